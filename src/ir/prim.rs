//! The closed set of primitives.

use super::params::*;
use super::parse::Written;
use super::rules::Rules;
use crate::base::{Error, Result};

/// Writes the enum of primitives, its conversions and the one dispatch to their rules.
///
/// `prims! { Unary, Dot }` expands to `enum Prim { Unary(Unary), Dot(Dot) }`, `impl From<Unary> for
/// Prim` and so on, and `Prim::rules`, which needs `impl Rules` for each: a primitive without its
/// room, or a room without one of its rules, does not compile.
macro_rules! prims {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// An operation with its parameters.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Prim { $($(#[$doc])* $name($name)),* }

        impl Prim {
            /// The names of the kinds of primitives, in the order above.
            pub const KINDS: &[&str] = &[$(stringify!($name)),*];

            /// The primitive that an equation is written with.
            ///
            /// # Errors
            /// When there is none of that name, or its parameters are not complete.
            pub(super) fn read(w: &Written) -> Result<Prim> {
                $(if let Some(p) = $name::read(w)? {
                    return Ok(p.into());
                })*
                Err(Error::argument("jaxpr", format!("no primitive `{}`", w.name)))
            }

            /// The rules of the primitive.
            pub(crate) fn rules(&self) -> &dyn Rules {
                match self { $(Prim::$name(p) => p),* }
            }
        }

        $(impl From<$name> for Prim {
            fn from(params: $name) -> Prim {
                Prim::$name(params)
            }
        })*
    };
}

prims! {
    /// Element-wise function of one operand.
    Unary,
    /// Element-wise function of two operands.
    Binary,
    /// Element-wise special function.
    Special,
    /// Element-wise comparison.
    Compare,
    /// Element-wise power with a constant integer exponent.
    IntegerPow,
    /// Element-wise choice by a predicate.
    Select,
    /// Element-wise clamp between bounds.
    Clamp,
    /// Change of dtype.
    Convert,
    /// The same bits as another dtype.
    BitcastConvert,
    /// Identity that is stored.
    OptimizationBarrier,
    /// Identity without derivative.
    StopGradient,
    /// Index along one axis.
    Iota,
    /// Broadcast with a map of axes.
    BroadcastInDim,
    /// Row-major reshape.
    Reshape,
    /// Permutation of axes.
    Transpose,
    /// Removal of axes of size one.
    Squeeze,
    /// Reversal of axes.
    Rev,
    /// Strided window with static bounds.
    Slice,
    /// Padding with a scalar, negative and interior too.
    Pad,
    /// Concatenation along one axis.
    Concatenate,
    /// Window at a computed place.
    DynamicSlice,
    /// Replacement of a window at a computed place.
    DynamicUpdateSlice,
    /// Windows at many computed places.
    Gather,
    /// Updates of windows at many computed places.
    Scatter,
    /// Reduction over axes.
    Reduce,
    /// Index of the extreme along an axis.
    ArgReduce,
    /// Cumulative reduction along an axis.
    Cumulative,
    /// Order along an axis.
    Sort,
    /// General contraction of two operands.
    DotGeneral,
    /// Fourier transform.
    Fft,
    /// Cholesky factor of the Hermitian part of matrices.
    Cholesky,
    /// Solution of triangular systems.
    TriangularSolve,
    /// LU decomposition with partial pivoting.
    Lu,
    /// Solution of systems with a known LU decomposition.
    LinearSolve,
    /// Determinant of matrices with a known LU decomposition.
    Det,
    /// QR decomposition.
    Qr,
    /// Eigenvectors and eigenvalues of square matrices, complex.
    Eig,
    /// Eigenvectors and eigenvalues of the Hermitian part.
    Eigh,
    /// Singular value decomposition.
    Svd,
    /// Pseudo-inverse of Moore and Penrose.
    Pinv,
    /// Call of a program.
    Call,
    /// Function with a derivative of its own.
    Custom,
    /// Derivative that is known by its transpose alone.
    Pullback,
    /// Solution of a linear system that programs describe.
    CustomLinearSolve,
    /// Function whose derivative computes values anew.
    Checkpoint,
    /// Identity with a name.
    Name,
    /// Identity that prints.
    DebugPrint,
    /// Choice of a program.
    Cond,
    /// Loop of known length.
    Scan,
    /// Loop that ends by itself.
    While,
}

impl Prim {
    /// The name, spelt as in JAX.
    ///
    /// ```
    /// use cotangent::{Tensor, make_jaxpr};
    /// # fn main() -> cotangent::Result<()> {
    /// let jaxpr = make_jaxpr(|x: Tensor| x.sin(), 1.0)?;
    /// assert_eq!(jaxpr.eqns[0].prim.name(), "sin");
    /// # Ok(())
    /// # }
    /// ```
    pub fn name(&self) -> &'static str {
        self.rules().name()
    }
}
