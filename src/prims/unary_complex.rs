//! The inverse functions of complex numbers, as programs: by square roots of `1 ± z`, which keep the
//! sides of the branch cuts and do not overflow (W. Kahan, "Branch cuts for complex elementary
//! functions", 1987).

use crate::base::DType;
use crate::ir::Tensor;
use crate::ir::params::UnaryOp;
use crate::lax;

/// The function, if it is one of these.
pub(super) fn program(op: UnaryOp) -> Option<fn(&Tensor) -> Tensor> {
    Some(match op {
        UnaryOp::Asin => asin,
        UnaryOp::Acos => acos,
        UnaryOp::Atan => |z| turned_back(&atanh(&turned(z))),
        UnaryOp::Asinh => |z| turned_back(&asin(&turned(z))),
        UnaryOp::Acosh => acosh,
        UnaryOp::Atanh => atanh,
        _ => return None,
    })
}

/// `i z`.
fn turned(z: &Tensor) -> Tensor {
    lax::complex(&-lax::imag(z), &lax::real(z))
}

/// `−i z`.
fn turned_back(z: &Tensor) -> Tensor {
    lax::complex(&lax::imag(z), &-lax::real(z))
}

/// `√(1 − z)` and `√(1 + z)`.
fn roots(z: &Tensor) -> (Tensor, Tensor) {
    let (x, y) = (lax::real(z), lax::imag(z));
    let less = lax::sqrt(&lax::complex(&(1.0 - &x), &-&y));
    (less, lax::sqrt(&lax::complex(&(1.0 + x), &y)))
}

fn asin(z: &Tensor) -> Tensor {
    let (less, more) = roots(z);
    let re = lax::atan2(&lax::real(z), &lax::real(&(&less * &more)));
    lax::complex(&re, &lax::asinh(&lax::imag(&(lax::conj(&less) * more))))
}

fn acos(z: &Tensor) -> Tensor {
    let (less, more) = roots(z);
    let re = lax::atan2(&lax::real(&less), &lax::real(&more)) * 2.0;
    lax::complex(&re, &lax::asinh(&lax::imag(&(lax::conj(&more) * less))))
}

fn acosh(z: &Tensor) -> Tensor {
    let (x, y) = (lax::real(z), lax::imag(z));
    let less = lax::sqrt(&lax::complex(&(&x - 1.0), &y));
    let more = lax::sqrt(&lax::complex(&(x + 1.0), &y));
    let im = lax::atan2(&lax::imag(&less), &lax::real(&more)) * 2.0;
    lax::complex(&lax::asinh(&lax::real(&(lax::conj(&less) * more))), &im)
}

/// `¼ log(|1 + z|²/|1 − z|²) + ½ i arg((1 + z)/(1 − z))`: for a real part `x > 0` the logarithm is that of
/// `1 + 4x/|1 − z|²`.
fn atanh(z: &Tensor) -> Tensor {
    let (x, y) = (lax::real(z), lax::imag(z));
    let size = lax::abs(&x);
    let less = 1.0 - &size;
    // |1 − z|² = scale²·(a² + b²) without overflow, and not 0/0 at ±1.
    let scale = lax::max(&lax::max(&lax::abs(&less), &lax::abs(&y)), &least(&x));
    let square = lax::square(&(&less / &scale)) + lax::square(&(&y / &scale));
    let re = lax::log1p(&(&size * 4.0 / &scale / square / scale)) * 0.25;
    let im = lax::atan2(&(&y * 2.0), &(less * (1.0 + size) - lax::square(&y))) * 0.5;
    lax::complex(&(re * lax::sign(&x)), &im)
}

/// The least normal number of a dtype.
fn least(like: &Tensor) -> Tensor {
    let least =
        if like.dtype() == DType::F32 { f32::MIN_POSITIVE.into() } else { f64::MIN_POSITIVE };
    lax::number(like, least)
}
