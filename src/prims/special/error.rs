//! The inverse of the error function.

use super::{equal, less, number, polynomial};
use crate::base::DType;
use crate::ir::Tensor;
use crate::lax;
use std::f64::consts::{FRAC_2_SQRT_PI, PI};

/// The `y` with `erf(y) = x`, by the polynomials of M. Giles, "Approximating the erfinv function", 2010,
/// and in f64 three steps of Halley's method from there.
pub(super) fn inverse(x: &Tensor) -> Tensor {
    const CENTRE: [f64; 9] = [
        1.50140941,
        0.246640727,
        -0.00417768164,
        -0.00125372503,
        0.00021858087,
        -4.39150654e-6,
        -3.5233877e-6,
        3.43273939e-7,
        2.81022636e-8,
    ];
    const TAIL: [f64; 9] = [
        2.83297682,
        1.00167406,
        0.00943887047,
        -0.0076224613,
        0.00573950773,
        -0.00367342844,
        0.00134934322,
        0.000100950558,
        -0.000200214257,
    ];
    let size = lax::abs(x);
    let w = -lax::log1p(&-lax::square(x));
    let centre = polynomial(&(&w - 2.5), &CENTRE);
    let tail = polynomial(&(lax::sqrt(&w) - 3.0), &TAIL);
    let mut y = lax::select(&less(&w, 5.0), &centre, &tail) * &size;
    if x.dtype() == DType::F64 {
        // Beyond what the polynomials were made for, erfc(y) ≈ e^(−y²) / (y √π).
        let log = -lax::log(&(1.0 - &size));
        let far = lax::sqrt(&(&log - 0.5 * lax::log(&(&log * PI))));
        y = lax::select(&less(&w, 16.0), &y, &far);
        for _ in 0..3 {
            let near = lax::erf(&y) - &size;
            let distant = (1.0 - &size) - lax::erfc(&y);
            let miss = lax::select(&less(&size, 0.5), &near, &distant);
            let step = miss / (lax::exp(&-lax::square(&y)) * FRAC_2_SQRT_PI);
            y = &y - &step / (1.0 + &y * &step);
        }
    }
    let edge = lax::select(&equal(&size, 1.0), &number(x, f64::INFINITY), &number(x, f64::NAN));
    let y = lax::select(&less(&size, 1.0), &y, &edge);
    // The sign of zero, too.
    lax::select(&equal(x, 0.0), x, &(lax::sign(x) * y))
}
