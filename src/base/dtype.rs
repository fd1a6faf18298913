//! Element types and scalar values.

use std::fmt;
use std::hash::{Hash, Hasher};

/// The element type of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DType {
    /// Truth value, one byte.
    Bool,
    /// Unsigned 8-bit integer.
    U8,
    /// Signed 32-bit integer.
    I32,
    /// Unsigned 32-bit integer.
    U32,
    /// Signed 64-bit integer.
    I64,
    /// IEEE 754 single precision.
    F32,
    /// IEEE 754 double precision.
    F64,
}

impl DType {
    /// Every dtype.
    pub const ALL: [DType; 7] =
        [DType::Bool, DType::U8, DType::I32, DType::U32, DType::I64, DType::F32, DType::F64];

    /// The Rust name of the element type, such as `f32`.
    pub fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::U8 => "u8",
            DType::I32 => "i32",
            DType::U32 => "u32",
            DType::I64 => "i64",
            DType::F32 => "f32",
            DType::F64 => "f64",
        }
    }

    /// The HLO name of the element type, such as `s32`.
    pub(crate) fn hlo_name(self) -> &'static str {
        match self {
            DType::Bool => "pred",
            DType::U8 => "u8",
            DType::I32 => "s32",
            DType::U32 => "u32",
            DType::I64 => "s64",
            DType::F32 => "f32",
            DType::F64 => "f64",
        }
    }

    /// Bytes per element.
    pub fn bytes(self) -> usize {
        match self {
            DType::Bool | DType::U8 => 1,
            DType::I32 | DType::U32 | DType::F32 => 4,
            DType::I64 | DType::F64 => 8,
        }
    }

    /// True for `f32` and `f64`: the dtypes that can be differentiated.
    pub fn is_float(self) -> bool {
        matches!(self, DType::F32 | DType::F64)
    }

    /// The distance from 1 to the next number of a floating-point dtype; 0 for the others.
    ///
    /// ```
    /// assert_eq!(cotangent::DType::F64.epsilon(), f64::EPSILON);
    /// ```
    pub fn epsilon(self) -> f64 {
        match self {
            DType::F32 => f32::EPSILON.into(),
            DType::F64 => f64::EPSILON,
            _ => 0.0,
        }
    }

    /// True for the integer dtypes (not for `bool`).
    pub fn is_int(self) -> bool {
        matches!(self, DType::U8 | DType::I32 | DType::U32 | DType::I64)
    }

    /// True for the unsigned integer dtypes.
    pub fn is_unsigned(self) -> bool {
        matches!(self, DType::U8 | DType::U32)
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One value of some dtype. Equality and hash are bitwise, so a NaN equals itself and `-0.0` is
/// not `0.0`.
#[derive(Clone, Copy, Debug)]
pub enum Scalar {
    /// A truth value.
    Bool(bool),
    /// An unsigned 8-bit integer.
    U8(u8),
    /// A signed 32-bit integer.
    I32(i32),
    /// An unsigned 32-bit integer.
    U32(u32),
    /// A signed 64-bit integer.
    I64(i64),
    /// A single-precision number.
    F32(f32),
    /// A double-precision number.
    F64(f64),
}

impl Scalar {
    /// The dtype of the value.
    pub fn dtype(self) -> DType {
        match self {
            Scalar::Bool(_) => DType::Bool,
            Scalar::U8(_) => DType::U8,
            Scalar::I32(_) => DType::I32,
            Scalar::U32(_) => DType::U32,
            Scalar::I64(_) => DType::I64,
            Scalar::F32(_) => DType::F32,
            Scalar::F64(_) => DType::F64,
        }
    }

    /// `value` as a scalar of `dtype`, rounded as Rust's `as` does (`bool`: nonzero is true).
    pub fn from_f64(value: f64, dtype: DType) -> Scalar {
        match dtype {
            DType::Bool => Scalar::Bool(value != 0.0),
            DType::U8 => Scalar::U8(value as u8),
            DType::I32 => Scalar::I32(value as i32),
            DType::U32 => Scalar::U32(value as u32),
            DType::I64 => Scalar::I64(value as i64),
            DType::F32 => Scalar::F32(value as f32),
            DType::F64 => Scalar::F64(value),
        }
    }

    /// The value as `f64`; an `i64` beyond 2^53 is rounded.
    pub fn to_f64(self) -> f64 {
        match self {
            Scalar::Bool(v) => f64::from(u8::from(v)),
            Scalar::U8(v) => f64::from(v),
            Scalar::I32(v) => f64::from(v),
            Scalar::U32(v) => f64::from(v),
            Scalar::I64(v) => v as f64,
            Scalar::F32(v) => f64::from(v),
            Scalar::F64(v) => v,
        }
    }

    /// The value converted to `dtype`; integers go over exactly where they fit.
    pub fn convert(self, dtype: DType) -> Scalar {
        match (self, dtype) {
            (Scalar::I64(v), DType::I64) => Scalar::I64(v),
            (Scalar::I64(v), DType::U32) => Scalar::U32(v as u32),
            (Scalar::I64(v), DType::U8) => Scalar::U8(v as u8),
            (Scalar::I64(v), DType::I32) => Scalar::I32(v as i32),
            _ => Scalar::from_f64(self.to_f64(), dtype),
        }
    }

    /// The bit pattern, widened to 64 bits.
    fn bits(self) -> u64 {
        match self {
            Scalar::Bool(v) => u64::from(v),
            Scalar::U8(v) => u64::from(v),
            Scalar::I32(v) => v as u64,
            Scalar::U32(v) => u64::from(v),
            Scalar::I64(v) => v as u64,
            Scalar::F32(v) => u64::from(v.to_bits()),
            Scalar::F64(v) => v.to_bits(),
        }
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Scalar) -> bool {
        self.dtype() == other.dtype() && self.bits() == other.bits()
    }
}
impl Eq for Scalar {}
impl Hash for Scalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.dtype().hash(state);
        self.bits().hash(state);
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Bool(v) => write!(f, "{v}"),
            Scalar::U8(v) => write!(f, "{v}"),
            Scalar::I32(v) => write!(f, "{v}"),
            Scalar::U32(v) => write!(f, "{v}"),
            Scalar::I64(v) => write!(f, "{v}"),
            // `{:?}` prints the shortest digits that read back as the same number.
            Scalar::F32(v) => write!(f, "{v:?}"),
            Scalar::F64(v) => write!(f, "{v:?}"),
        }
    }
}

/// A Rust type that is the element of an array.
///
/// ```
/// use cotangent::{DType, Element};
/// assert_eq!(f64::DTYPE, DType::F64);
/// ```
pub trait Element: Copy + Default + PartialEq + fmt::Debug + Send + Sync + 'static {
    /// The dtype of this Rust type.
    const DTYPE: DType;
    /// The value as a [`Scalar`].
    fn to_scalar(self) -> Scalar;
    /// The value of a scalar, converted to this type.
    fn from_scalar(value: Scalar) -> Self;
    /// Append the value's bytes in native order.
    fn write(self, bytes: &mut Vec<u8>);
    /// Read a value from exactly [`DType::bytes`] bytes in native order.
    fn read(bytes: &[u8]) -> Self;
}

macro_rules! number_element {
    ($($t:ident $v:ident),*) => {$(
        impl Element for $t {
            const DTYPE: DType = DType::$v;
            fn to_scalar(self) -> Scalar {
                Scalar::$v(self)
            }
            fn from_scalar(value: Scalar) -> $t {
                match value.convert(DType::$v) {
                    Scalar::$v(v) => v,
                    _ => $t::default(),
                }
            }
            fn write(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_ne_bytes());
            }
            fn read(bytes: &[u8]) -> $t {
                let mut raw = [0; size_of::<$t>()];
                raw.copy_from_slice(bytes);
                $t::from_ne_bytes(raw)
            }
        }
    )*};
}
number_element!(u8 U8, i32 I32, u32 U32, i64 I64, f32 F32, f64 F64);

impl Element for bool {
    const DTYPE: DType = DType::Bool;
    fn to_scalar(self) -> Scalar {
        Scalar::Bool(self)
    }
    fn from_scalar(value: Scalar) -> bool {
        value.to_f64() != 0.0
    }
    fn write(self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self));
    }
    fn read(bytes: &[u8]) -> bool {
        bytes.first().is_some_and(|&b| b != 0)
    }
}
