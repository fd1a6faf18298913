//! Handles to values of a program that is being traced.

use super::{Atom, Aval, Trace};
use crate::base::{DType, Element, Error, Scalar, Shape};
use std::fmt;
use std::rc::Rc;

/// An array inside a traced function.
///
/// It holds no numbers: every operation on it adds an equation to the function's jaxpr. Clones are
/// cheap. Operators broadcast as numpy does; a mistake (shapes that do not fit, mixed dtypes, ...)
/// does not panic but makes the call of the transformation return an
/// [`Error`] that names the operation, the shapes and the line.
///
/// ```
/// use cotangent::{Tensor, jit};
/// # fn main() -> cotangent::Result<()> {
/// let norm2 = jit(|x: Tensor| (&x * &x).sum());
/// assert_eq!(norm2.call(vec![3.0, 4.0])?.item::<f64>()?, 25.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Tensor {
    pub(crate) atom: Atom,
    pub(crate) aval: Aval,
    pub(crate) home: Home,
}

/// What a tensor belongs to.
#[derive(Clone)]
pub(crate) enum Home {
    /// A scalar literal belongs to no trace.
    Literal,
    /// A variable of a trace.
    Trace(Rc<Trace>),
    /// The result of an operation that failed.
    Poisoned(Rc<Error>),
}

impl Tensor {
    /// A scalar constant of the dtype of its Rust type.
    ///
    /// ```
    /// use cotangent::{DType, Tensor};
    /// assert_eq!(Tensor::scalar(2.0f32).dtype(), DType::F32);
    /// ```
    pub fn scalar<T: Element>(value: T) -> Tensor {
        Tensor::literal(value.to_scalar())
    }

    /// A scalar constant.
    pub(crate) fn literal(value: Scalar) -> Tensor {
        let aval = Aval { weak: true, ..Aval::new((), value.dtype()) };
        Tensor { atom: Atom::Lit(value), aval, home: Home::Literal }
    }

    /// Shape and dtype.
    pub fn aval(&self) -> &Aval {
        &self.aval
    }

    /// The sizes of the axes.
    pub fn shape(&self) -> &Shape {
        &self.aval.shape
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.aval.dtype
    }

    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.aval.rank()
    }

    /// Number of elements.
    pub fn size(&self) -> usize {
        self.aval.size()
    }

    /// The value of a literal.
    pub(crate) fn as_literal(&self) -> Option<Scalar> {
        match (self.atom, &self.home) {
            (Atom::Lit(s), Home::Literal) => Some(s),
            _ => None,
        }
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.home {
            Home::Poisoned(e) => write!(f, "Tensor<{}, failed: {e}>", self.aval),
            _ => write!(f, "Tensor<{}>", self.aval),
        }
    }
}
