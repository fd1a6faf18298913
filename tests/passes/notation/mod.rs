//! The rules of index notation, one by one: for each the smallest program that it is for, what the
//! program becomes, and that values stay; and programs that it must leave alone.

mod contractions;
mod deltas;
mod functions;
mod labels;
mod places;
mod windows;
mod writing;

use super::body;
use cotangent::{Array, Tensor, jit};
use expect_test::Expect;

/// Sizes at which values are compared; programs are shown at the third.
const SIZES: [usize; 4] = [0, 1, 3, 7];

/// Where a window starts that only the running program knows; not all in range.
const PLACES: [i32; 4] = [-1, 0, 2, 50];

type Inputs = Vec<Array>;

/// Arrays of these shapes: no number twice, none of them zero, both signs.
fn arrays<const N: usize>(shapes: [&[usize]; N]) -> Inputs {
    let array = |(k, &shape): (usize, &&[usize])| {
        let size = shape.iter().product::<usize>();
        let value = |i: usize| 0.5 + (1.7 * i as f64 + k as f64).cos();
        Array::from_vec(shape, (0..size).map(value).collect()).unwrap()
    };
    shapes.iter().enumerate().map(array).collect()
}

/// A rule for programs of `N` arrays.
#[track_caller]
fn rule<const N: usize>(
    inputs: fn(usize) -> Inputs,
    program: fn([Tensor; N]) -> Tensor,
    expected: Expect,
) {
    fires(inputs(3), program, expected);
    agree(SIZES.map(inputs).to_vec(), program);
}

/// A rule for programs of a place and of `N − 1` arrays.
#[track_caller]
fn rule_at<const N: usize>(
    inputs: fn(usize) -> Inputs,
    program: fn([Tensor; N]) -> Tensor,
    expected: Expect,
) {
    fires(at(1, inputs(3)), program, expected);
    agree(everywhere(inputs), program);
}

/// A program that the rules must leave alone, or one that they make nothing cheaper of.
#[track_caller]
fn left_alone<const N: usize>(inputs: fn(usize) -> Inputs, program: fn([Tensor; N]) -> Tensor) {
    stays(inputs(3), program);
    agree(SIZES.map(inputs).to_vec(), program);
}

/// A place and arrays.
fn at(place: i32, arrays: Inputs) -> Inputs {
    [vec![Array::from(place)], arrays].concat()
}

fn everywhere(inputs: fn(usize) -> Inputs) -> Vec<Inputs> {
    PLACES.into_iter().flat_map(|p| SIZES.map(|n| at(p, inputs(n)))).collect()
}

fn apply<const N: usize>(program: fn([Tensor; N]) -> Tensor, inputs: Vec<Tensor>) -> Tensor {
    program(inputs.try_into().unwrap_or_else(|_| panic!("{N} arrays")))
}

fn text<const N: usize>(inputs: Inputs, program: fn([Tensor; N]) -> Tensor, on: bool) -> String {
    let lowered = jit(move |x| apply(program, x)).notation(on).lower(inputs).unwrap();
    lowered.jaxpr().check().unwrap();
    body(lowered.jaxpr())
}

/// The program is the expected one, and without index notation it is another.
#[track_caller]
fn fires<const N: usize>(inputs: Inputs, program: fn([Tensor; N]) -> Tensor, expected: Expect) {
    let [on, off] = [true, false].map(|on| text(inputs.clone(), program, on));
    expected.assert_eq(&on);
    assert_ne!(on, off, "the other passes do it");
}

/// With index notation the program is as without.
#[track_caller]
fn stays<const N: usize>(inputs: Inputs, program: fn([Tensor; N]) -> Tensor) {
    let [on, off] = [true, false].map(|on| text(inputs.clone(), program, on));
    assert_eq!(on, off);
}

/// Values are those without index notation.
#[track_caller]
fn agree<const N: usize>(inputs: Vec<Inputs>, program: fn([Tensor; N]) -> Tensor) {
    let all = move |inputs: Vec<Vec<Tensor>>| -> Vec<Tensor> {
        inputs.into_iter().map(|x| apply(program, x)).collect()
    };
    let [on, off] = [true, false].map(|on| jit(all).notation(on).call(inputs.clone()).unwrap());
    for (on, off) in on.iter().zip(&off) {
        assert_eq!(on.shape(), off.shape());
        let (a, b) = (on.to_vec::<f64>().unwrap(), off.to_vec::<f64>().unwrap());
        let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-13 * (1.0 + b.abs());
        assert!(a.iter().zip(&b).all(close), "{on} and {off}");
    }
}
