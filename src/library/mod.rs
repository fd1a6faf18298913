//! Layer 5: the everyday numpy-like methods of [`Tensor`](crate::Tensor).
//!
//! Every one is a composition of [`lax`](crate::lax) functions, so none has a rule of its own:
//! derivatives and batching follow. The files are numpy's groups. Names are numpy's, too, with
//! three forms where Rust has no optional arguments: `sum()` over everything, `sum_axis(axes)`,
//! and `sum_keep(axes)` with `keepdims`.
//!
//! Methods bind the user's line: no `lax` function is called from a closure here, because a
//! closure does not pass its caller's location on.

mod axes;
mod complex;
mod create;
mod diagonal;
mod einsum;
mod elementwise;
pub mod fft;
mod index;
pub mod linalg;
mod linear;
mod manipulate;
mod order;
pub mod random;
mod rearrange;
mod reduce;
mod smooth;
pub mod special;
pub mod stats;
mod update;
mod windows;

pub use axes::Axes;
pub use create::ToHostArray;
pub use index::{Ellipsis, IndexItem, IndexSpec, NewAxis, Step};
pub use windows::Conv;

use crate::base::{DType, Error, Result, Shape, Source, shape};
use crate::ir::{Aval, Tensor, poison};
use crate::lax;

/// The value of a `Result`; its error is the result of the method, as a poisoned tensor of the
/// type of `$like` at the user's line, or as many of them as the function `$outs` makes of it.
macro_rules! or_poison {
    ($result:expr, $like:expr) => {
        or_poison!($result, $like, |x| x)
    };
    ($result:expr, $like:expr, $outs:expr) => {
        match $result {
            Ok(value) => value,
            Err(e) => {
                let at = crate::base::Source::here();
                let outs: fn(crate::ir::Tensor) -> _ = $outs;
                return outs(crate::ir::poison(e.or_at(at), $like.aval().clone()));
            }
        }
    };
}
use or_poison;

/// `x` broadcast as numpy does to a shape that it is known to fit; literals go with any shape.
#[track_caller]
fn fit(x: &Tensor, shape: &Shape) -> Tensor {
    if x.aval().weak {
        return x.clone();
    }
    let lead = shape.rank().saturating_sub(x.rank());
    let dims: Vec<usize> = (lead..shape.rank()).collect();
    lax::broadcast_in_dim(x, shape, &dims)
}

/// The common shape of numpy broadcasting; literals go with any shape.
fn common_shape(op: &str, xs: &[&Tensor]) -> Result<Shape> {
    let arrays = || xs.iter().filter(|x| !x.aval().weak);
    let mut common = Shape::scalar();
    for x in arrays() {
        common = shape::broadcast(&common, x.shape()).ok_or_else(|| {
            let shapes: Vec<&Shape> = arrays().map(|x| x.shape()).collect();
            Error::shape(op, &shapes, "they do not broadcast to a common shape")
        })?;
    }
    Ok(common)
}

/// A zero that goes with any array of the dtype of `x`.
fn zero(x: &Tensor) -> Tensor {
    lax::number(x, 0.0)
}

/// Operands of a function of floats, of the dtype of the first tensor among them, broadcast as numpy
/// does; numbers stay literals. After a mistake they are stand-ins.
#[track_caller]
fn operands<const N: usize>(op: &str, xs: [&dyn lax::ToTensor; N]) -> [Tensor; N] {
    let like = xs.iter().find(|x| !x.is_number()).or(xs.first());
    let dtype = like.map_or(DType::F64, |x| x.own_dtype());
    let xs = xs.map(|x| x.to_tensor(dtype));
    let shape = xs.iter().try_for_each(|x| float(op, x)).and_then(|()| one_dtype(op, &xs));
    match shape.and_then(|()| common_shape(op, &xs.each_ref())) {
        Ok(shape) => xs.map(|x| fit(&x, &shape)),
        Err(e) => {
            let aval = Aval::new(Shape::scalar(), DType::F64);
            let stand_in = poison(e.or_at(Source::here()), aval);
            xs.map(|_| stand_in.clone())
        }
    }
}

/// An error in the name of the method, not of the primitive below it, unless all have one dtype.
fn one_dtype<'a>(op: &str, xs: impl IntoIterator<Item = &'a Tensor>) -> Result<()> {
    let dtypes: Vec<DType> = xs.into_iter().map(Tensor::dtype).collect();
    if dtypes.windows(2).all(|pair| pair[0] == pair[1]) {
        return Ok(());
    }
    Err(Error::dtype(op, &dtypes, "they must be the same; convert one with `convert`"))
}

/// An error unless `x` is floating-point.
fn float(op: &str, x: &Tensor) -> Result<()> {
    if x.dtype().is_float() {
        return Ok(());
    }
    let why = "it takes floating-point operands; convert with `as_type::<f64>()`";
    Err(Error::dtype(op, &[x.dtype()], why))
}
