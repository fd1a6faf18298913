//! The arrays that users hold: arguments and results of compiled functions.

use super::cells::Cells;
use super::{Buffer, Device, format};
use crate::base::{DType, Element, Error, HostArray, Result, Shape, Source, public_call};
use ndarray::{ArrayBase, ArrayD, Data, Dimension, IxDyn};
use once_cell::sync::OnceCell;
use std::fmt;
use std::sync::Arc;

/// A dense array of numbers or truth values, on a device or on its way there.
///
/// Results of compiled functions are arrays on the device that they ran on, and go into the next
/// call without a copy. An array made from values on the host is copied to a device by the first
/// call that takes it, and the copy is kept. Values are immutable, and a clone is cheap: it shares
/// them.
///
/// ```
/// use cotangent::{Array, DType};
/// # fn main() -> cotangent::Result<()> {
/// let a = Array::from(ndarray::array![[1.0f32, 2.0], [3.0, 4.0]]);
/// assert_eq!(a.dtype(), DType::F32);
/// assert_eq!(a.shape()[..], [2, 2]);
/// assert_eq!(a.to_vec::<f32>()?, [1.0, 2.0, 3.0, 4.0]);
/// assert_eq!(a.to_string(), "[[1. 2.]\n [3. 4.]]");
/// assert_eq!(Array::from(2.5).item::<f64>()?, 2.5);
/// # Ok(())
/// # }
/// ```
///
/// Scalars, vectors, Rust arrays, slices and everything of `ndarray` convert by [`From`]; owned
/// vectors and row-major `ndarray` arrays are moved, not copied.
#[derive(Clone)]
pub struct Array(Arc<Inner>);

/// At least one of `host` and `device` is filled.
struct Inner {
    dtype: DType,
    shape: Shape,
    host: Option<Cells>,
    device: OnceCell<Buffer>,
}

impl Array {
    /// An array of this shape from its values in row-major order.
    ///
    /// # Errors
    /// When the number of values is not the size of the shape.
    ///
    /// ```
    /// use cotangent::Array;
    /// # fn main() -> cotangent::Result<()> {
    /// let a = Array::from_vec([2, 3], vec![1, 2, 3, 4, 5, 6])?;
    /// assert_eq!(a.shape()[..], [2, 3]);
    /// assert!(Array::from_vec([2, 3], vec![1, 2]).is_err());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn from_vec<T: Element>(shape: impl Into<Shape>, values: Vec<T>) -> Result<Array> {
        let shape = shape.into();
        if !shape.is_addressable() {
            let why = format!("no memory can hold an array of shape {shape}");
            return Err(Error::argument("array", why).or_at(Source::here()));
        }
        if values.len() != shape.size() {
            let why = format!(
                "{} values do not fill an array of shape {shape}, which takes {}",
                values.len(),
                shape.size()
            );
            return Err(Error::argument("array", why).or_at(Source::here()));
        }
        Ok(Array::on_host(shape, Cells::new(values)))
    }

    /// An array of this shape from a copy of its values in row-major order.
    ///
    /// # Errors
    /// When the number of values is not the size of the shape.
    #[track_caller]
    pub fn from_slice<T: Element>(shape: impl Into<Shape>, values: &[T]) -> Result<Array> {
        Array::from_vec(shape, values.to_vec())
    }

    /// The array that this buffer holds.
    pub(crate) fn from_buffer(buffer: Buffer) -> Array {
        let (dtype, shape) = (buffer.dtype(), buffer.shape().clone());
        Array(Arc::new(Inner { dtype, shape, host: None, device: OnceCell::with_value(buffer) }))
    }

    fn on_host(shape: Shape, cells: Cells) -> Array {
        let dtype = cells.dtype();
        Array(Arc::new(Inner { dtype, shape, host: Some(cells), device: OnceCell::new() }))
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.0.dtype
    }

    /// The sizes of the axes, outermost first.
    pub fn shape(&self) -> &Shape {
        &self.0.shape
    }

    /// The device that holds the values, or `None` while only the host does.
    pub fn device(&self) -> Option<Device> {
        self.0.device.get().map(Buffer::device)
    }

    /// The same array on this device; no copy is made if it lies there already.
    ///
    /// # Errors
    /// When the device cannot be used or has no memory left.
    ///
    /// ```
    /// use cotangent::{Array, Device};
    /// # fn main() -> cotangent::Result<()> {
    /// let a = Array::from([1.0, 2.0]);
    /// assert_eq!(a.device(), None);
    /// assert_eq!(a.to_device(Device::Cpu)?.device(), Some(Device::Cpu));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn to_device(&self, device: Device) -> Result<Array> {
        let buffer = public_call(Source::here(), || self.buffer(device))?;
        Ok(if self.device() == Some(device) { self.clone() } else { Array::from_buffer(buffer) })
    }

    /// Waits until the values are computed.
    ///
    /// A call on a GPU returns while the GPU still works; on the CPU it returns when all is done.
    /// Whoever measures time waits for a result. Reading the values waits by itself.
    ///
    /// # Errors
    /// When the computation of the values failed.
    ///
    /// ```
    /// use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let y = jit(|x: Tensor| x.exp()).call(vec![0.0, 1.0])?;
    /// y.block_until_ready()?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn block_until_ready(&self) -> Result<()> {
        public_call(Source::here(), || self.0.device.get().map_or(Ok(()), Buffer::wait))
    }

    /// The values in row-major order.
    ///
    /// # Errors
    /// When `T` is not the element type, or the computation of the values failed.
    #[track_caller]
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>> {
        public_call(Source::here(), || self.values("to_vec"))
    }

    /// The values as an array of `ndarray`; fix its rank with `into_dimensionality`.
    ///
    /// # Errors
    /// When `T` is not the element type, or the computation of the values failed.
    ///
    /// ```
    /// use cotangent::Array;
    /// use ndarray::{Array2, Ix2, array};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let there = Array::from(array![[1.0, 2.0], [3.0, 4.0]]);
    /// let back: Array2<f64> = there.to_ndarray()?.into_dimensionality::<Ix2>()?;
    /// assert_eq!(back, array![[1.0, 2.0], [3.0, 4.0]]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn to_ndarray<T: Element>(&self) -> Result<ArrayD<T>> {
        let values = public_call(Source::here(), || self.values("to_ndarray"))?;
        ArrayD::from_shape_vec(IxDyn(self.shape()), values)
            .map_err(|e| Error::internal(format!("an array of shape {}: {e}", self.shape())))
    }

    /// The only value of an array of size one.
    ///
    /// # Errors
    /// When the array has another size, `T` is not its element type, or the computation failed.
    #[track_caller]
    pub fn item<T: Element>(&self) -> Result<T> {
        public_call(Source::here(), || match self.values("item")?[..] {
            [value] => Ok(value),
            _ => {
                let why = "only an array of one element is one value; use to_vec";
                Err(Error::shape("item", &[self.shape()], why))
            }
        })
    }

    /// The values on the host, typed at run time.
    ///
    /// # Errors
    /// When the computation of the values failed.
    #[track_caller]
    pub fn to_host(&self) -> Result<HostArray> {
        public_call(Source::here(), || self.cells()?.to_host(self.shape()))
    }

    /// The values on this device.
    pub(crate) fn buffer(&self, device: Device) -> Result<Buffer> {
        let upload = |cells: &Cells| Buffer::upload(device, self.shape(), cells);
        match (&self.0.host, self.0.device.get()) {
            (_, Some(here)) if here.device() == device => Ok(here.clone()),
            (Some(cells), None) => self.0.device.get_or_try_init(|| upload(cells)).cloned(),
            (Some(cells), Some(_)) => upload(cells),
            (None, _) => upload(&self.cells()?),
        }
    }

    /// A copy of the values.
    fn cells(&self) -> Result<Cells> {
        match (&self.0.host, self.0.device.get()) {
            (Some(cells), _) => Ok(cells.clone()),
            (None, Some(buffer)) => buffer.download(),
            (None, None) => Err(Error::internal("an array without values")),
        }
    }

    /// A copy of the values, which must be of type `T`.
    fn values<T: Element>(&self, op: &str) -> Result<Vec<T>> {
        if T::DTYPE == self.dtype() {
            return Ok(self.cells()?.into_vec());
        }
        let why = format!("the array holds {0}; ask for `{op}::<{0}>()`", self.dtype());
        Err(Error::dtype(op, &[self.dtype(), T::DTYPE], why))
    }
}

impl From<HostArray> for Array {
    fn from(host: HostArray) -> Array {
        Array::on_host(host.shape().clone(), Cells::from_host(&host))
    }
}

impl<T: Element> From<T> for Array {
    fn from(value: T) -> Array {
        Array::on_host(Shape::scalar(), Cells::new(vec![value]))
    }
}

impl<T: Element> From<Vec<T>> for Array {
    fn from(values: Vec<T>) -> Array {
        Array::on_host(Shape::from([values.len()]), Cells::new(values))
    }
}

impl<T: Element> From<&[T]> for Array {
    fn from(values: &[T]) -> Array {
        Array::from(values.to_vec())
    }
}

impl<T: Element, const N: usize> From<[T; N]> for Array {
    fn from(values: [T; N]) -> Array {
        Array::from(values.to_vec())
    }
}

impl<T: Element, const M: usize, const N: usize> From<[[T; N]; M]> for Array {
    fn from(rows: [[T; N]; M]) -> Array {
        Array::on_host(Shape::from([M, N]), Cells::new(rows.concat()))
    }
}

impl<T: Element, S: Data<Elem = T>, D: Dimension> From<ArrayBase<S, D>> for Array {
    fn from(array: ArrayBase<S, D>) -> Array {
        let shape = Shape::from(array.shape());
        let size = shape.size();
        let values = if array.is_standard_layout() {
            let (mut values, offset) = array.into_owned().into_raw_vec_and_offset();
            // What an owned array leaves unused of its vector, in front and behind.
            values.drain(..offset.unwrap_or(0).min(values.len()));
            values.truncate(size);
            values
        } else {
            array.iter().copied().collect()
        };
        Array::on_host(shape, Cells::new(values))
    }
}

impl<T: Element, S: Data<Elem = T>, D: Dimension> From<&ArrayBase<S, D>> for Array {
    fn from(array: &ArrayBase<S, D>) -> Array {
        Array::from(array.view())
    }
}

impl From<&Array> for Array {
    fn from(array: &Array) -> Array {
        array.clone()
    }
}

/// Prints as numpy does: aligned columns, eight digits, the middle of large arrays left out.
impl fmt::Display for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cells() {
            Ok(cells) => f.write_str(&format::array(self.shape(), &cells)),
            Err(error) => write!(f, "<{error}>"),
        }
    }
}

/// Prints the type, the device and the values, such as `f32[2]@cpu [1. 2.]`.
impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let device = self.device().map_or("host".to_string(), |d| d.to_string());
        let values = self.to_string();
        let gap = if values.contains('\n') { '\n' } else { ' ' };
        write!(f, "{}{}@{device}{gap}{values}", self.dtype(), self.shape())
    }
}
