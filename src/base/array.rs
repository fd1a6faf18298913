//! Arrays in host memory: constants of a jaxpr, and what travels to and from a device.

use super::{DType, Element, Error, Result, Scalar, Shape, Source};
use std::hash::{Hash, Hasher};

/// A dense row-major array in host memory, typed at run time.
///
/// Equality and hash are bitwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostArray {
    dtype: DType,
    shape: Shape,
    bytes: Vec<u8>,
}

impl HostArray {
    /// An array from its raw bytes in native order.
    ///
    /// # Errors
    /// When the number of bytes is not that of `shape` and `dtype`.
    #[track_caller]
    pub fn from_bytes(dtype: DType, shape: impl Into<Shape>, bytes: Vec<u8>) -> Result<HostArray> {
        let shape = shape.into();
        if bytes.len() != shape.size().saturating_mul(dtype.bytes()) {
            let why = format!("{} bytes do not fill an array {dtype}{shape}", bytes.len());
            return Err(Error::argument("array", why).or_at(Source::here()));
        }
        Ok(HostArray { dtype, shape, bytes })
    }

    /// An array from values in row-major order.
    ///
    /// # Errors
    /// When the number of values is not the size of `shape`.
    #[track_caller]
    pub fn from_values<T: Element>(shape: impl Into<Shape>, values: &[T]) -> Result<HostArray> {
        let mut bytes = Vec::with_capacity(std::mem::size_of_val(values));
        values.iter().for_each(|v| v.write(&mut bytes));
        HostArray::from_bytes(T::DTYPE, shape, bytes)
    }

    /// An array of scalars in row-major order, converted to `dtype`.
    ///
    /// # Errors
    /// When the number of values is not the size of `shape`.
    #[track_caller]
    pub fn from_scalars(
        dtype: DType,
        shape: impl Into<Shape>,
        values: &[Scalar],
    ) -> Result<HostArray> {
        let mut bytes = Vec::with_capacity(values.len() * dtype.bytes());
        values.iter().for_each(|v| v.convert(dtype).write(&mut bytes));
        HostArray::from_bytes(dtype, shape, bytes)
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The raw bytes, row-major, in native order.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The values in row-major order, converted to `T`.
    pub fn values<T: Element>(&self) -> Vec<T> {
        self.scalars().map(T::from_scalar).collect()
    }

    /// The values in row-major order.
    pub(crate) fn scalars(&self) -> impl Iterator<Item = Scalar> + '_ {
        self.bytes.chunks_exact(self.dtype.bytes()).map(|b| self.dtype.read(b))
    }
}

impl Hash for HostArray {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.dtype.hash(state);
        self.shape.hash(state);
        self.bytes.hash(state);
    }
}
