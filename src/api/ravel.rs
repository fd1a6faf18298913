//! Trees as flat vectors.

use super::tree::{leaves, traced_call};
use super::{Tree, TreeDef};
use crate::base::{DType, Error, Result, Source};
use crate::ir::{Aval, Tensor};
use crate::lax;
use std::marker::PhantomData;
use std::ops::Range;

/// The way back from a flat vector to a tree, from [`ravel`].
pub struct Unravel<T> {
    def: TreeDef,
    avals: Vec<Aval>,
    dtype: DType,
    types: PhantomData<fn() -> T>,
}

/// All leaves of a tree one after the other, each in row-major order, as one vector, and the way back.
///
/// # Shapes
/// The vector has as many elements as the leaves together; none for a tree without leaves, which
/// gives a vector of `f64`.
///
/// # Errors
/// When leaves have different dtypes; returned by the transformation around the call.
///
/// ```
/// use cotangent::{Tensor, hessian, jit, ravel};
/// # fn main() -> cotangent::Result<()> {
/// let loss = |(w, b): (Tensor, Tensor)| (w * b).sum();
/// let h = jit(move |params: (Tensor, Tensor)| {
///     let (flat, unravel) = ravel(&params);
///     hessian(move |flat: Tensor| loss(unravel.call(&flat))).call(flat)
/// });
/// let h = h.call((vec![1.0, 2.0], 3.0))?;
/// assert_eq!(h.to_vec::<f64>()?, [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0]);
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn ravel<T: Tree>(tree: &T) -> (Tensor, Unravel<T>) {
    let leaves = leaves(tree);
    let avals: Vec<Aval> = leaves.iter().map(|t| t.aval().clone()).collect();
    let dtype = avals.first().map_or(DType::F64, |a| a.dtype);
    let unravel = Unravel { def: tree.def(), avals, dtype, types: PhantomData };
    let flat = || {
        let dtypes: Vec<DType> = unravel.avals.iter().map(|a| a.dtype).collect();
        if dtypes.iter().any(|d| *d != dtype) {
            let why = "the leaves of a flat vector must have one dtype; use `convert`";
            return Err(Error::dtype("ravel", &dtypes, why));
        }
        let flat: Vec<Tensor> = leaves.iter().map(|t| lax::reshape(t, [t.aval().size()])).collect();
        Ok(match flat.as_slice() {
            [] => lax::zeros_like(&Aval::new([0], dtype)),
            flat => lax::concatenate(&flat.iter().collect::<Vec<_>>(), 0),
        })
    };
    (traced_call(Source::here(), flat), unravel)
}

impl<T: Tree> Unravel<T> {
    /// The tree of the shapes it was made of, with these elements.
    ///
    /// # Errors
    /// When `flat` is not a vector of as many elements, of the dtype of the leaves; returned by the
    /// transformation around the call.
    #[track_caller]
    pub fn call(&self, flat: &Tensor) -> T {
        traced_call(Source::here(), || self.tree(flat))
    }

    fn tree(&self, flat: &Tensor) -> Result<T> {
        if flat.shape()[..] != [self.size()] {
            let why = format!("the tree {} has {} elements", self.def, self.size());
            return Err(Error::shape("unravel", &[flat.shape()], why));
        }
        if flat.dtype() != self.dtype {
            let why = "the vector must have the dtype of the leaves; use `convert`";
            return Err(Error::dtype("unravel", &[flat.dtype(), self.dtype], why));
        }
        let leaf = |(aval, range): (&Aval, Range<usize>)| {
            lax::reshape(&lax::slice(flat, &[range.start], &[range.end], &[1]), &aval.shape)
        };
        T::build(&self.def, &mut self.avals.iter().zip(self.ranges()).map(leaf))
    }

    /// The number of elements of the vector.
    pub fn size(&self) -> usize {
        self.avals.iter().map(Aval::size).sum()
    }

    /// The path of each leaf and its place in the vector.
    ///
    /// ```
    /// use cotangent::{Tensor, jit, ravel};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: [Tensor; 2]| {
    ///     let (flat, unravel) = ravel(&x);
    ///     assert_eq!(unravel.blocks(), [("[0]".to_string(), 0..2), ("[1]".to_string(), 2..5)]);
    ///     flat
    /// });
    /// f.call([vec![1.0; 2], vec![2.0; 3]])?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn blocks(&self) -> Vec<(String, Range<usize>)> {
        self.def.paths().into_iter().zip(self.ranges()).collect()
    }

    fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        self.avals.iter().scan(0, |end, aval| {
            let start = *end;
            *end += aval.size();
            Some(start..*end)
        })
    }
}

impl<T> Clone for Unravel<T> {
    fn clone(&self) -> Self {
        let (def, avals) = (self.def.clone(), self.avals.clone());
        Unravel { def, avals, dtype: self.dtype, types: PhantomData }
    }
}
