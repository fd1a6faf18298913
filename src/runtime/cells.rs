//! Values in host memory as typed vectors, the form in which they travel to and from XLA without
//! a conversion.

use crate::base::{DType, Element, HostArray, Result, Scalar, Shape, with_dtypes};
use std::any::Any;

macro_rules! cells {
    ($($(#[$doc:meta])* $variant:ident($t:ty, $name:literal, $hlo:literal),)*) => {
        /// The elements of an array in row-major order.
        #[derive(Clone, Debug)]
        pub(super) enum Cells { $($variant(Vec<$t>)),* }

        /// Evaluates `$body` with `$v` bound to the vector inside `$cells`, whatever its type.
        macro_rules! each {
            ($cells:expr, $v:ident => $body:expr) => {
                match $cells { $(Cells::$variant($v) => $body),* }
            };
        }

        impl Cells {
            /// The cells that hold `values`, which are moved.
            pub(super) fn new<T: Element>(values: Vec<T>) -> Cells {
                match T::DTYPE { $(DType::$variant => Cells::$variant(cast(values))),* }
            }

            /// The cells of a host array.
            pub(super) fn from_host(host: &HostArray) -> Cells {
                match host.dtype() { $(DType::$variant => Cells::$variant(host.values())),* }
            }

            /// The type of the values.
            pub(super) fn dtype(&self) -> DType {
                match self { $(Cells::$variant(_) => DType::$variant),* }
            }
        }
    };
}
with_dtypes!(cells);

impl Cells {
    /// The host array of this shape with these values.
    pub(super) fn to_host(&self, shape: &Shape) -> Result<HostArray> {
        each!(self, v => HostArray::from_values(shape, v))
    }

    /// The values, moved out. Those of another type than `T` are converted.
    pub(super) fn into_vec<T: Element>(self) -> Vec<T> {
        each!(self, v => cast(v))
    }

    /// The bytes of the values in native order.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.len() * self.dtype().bytes());
        each!(self, v => v.iter().for_each(|v| v.write(&mut bytes)));
        bytes
    }

    /// The number of values.
    pub(super) fn len(&self) -> usize {
        each!(self, v => v.len())
    }

    /// The value at a row-major position, or zero beyond the end.
    pub(super) fn at(&self, index: usize) -> Scalar {
        each!(self, v => v.get(index).copied().unwrap_or_default().to_scalar())
    }
}

/// The same vector where `T` and `U` are one type; converted values otherwise.
fn cast<T: Element, U: Element>(values: Vec<T>) -> Vec<U> {
    let mut values = Some(values);
    match (&mut values as &mut dyn Any).downcast_mut::<Option<Vec<U>>>() {
        Some(same) => same.take().unwrap_or_default(),
        None => {
            values.unwrap_or_default().into_iter().map(|v| U::from_scalar(v.to_scalar())).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cast_to_the_same_type_moves() {
        let values = vec![1.5f32, 2.5];
        let place = values.as_ptr();
        let moved: Vec<f32> = Cells::new(values).into_vec();
        assert_eq!((moved.as_ptr(), moved), (place, vec![1.5, 2.5]));
    }

    #[test]
    fn a_cast_to_another_type_converts() {
        assert_eq!(Cells::new(vec![1u8, 0, 7]).into_vec::<f64>(), [1.0, 0.0, 7.0]);
    }
}
