//! Element types and scalar values.

use half::{bf16, f16};
use num_complex::Complex;
use std::fmt;
use std::hash::{Hash, Hasher};

/// Hands the table of dtypes to a macro: `Variant(Rust type, name, name in HLO)`.
macro_rules! with_dtypes {
    ($callback:ident) => {
        $callback! {
            /// Truth value, one byte.
            Bool(bool, "bool", "pred"),
            /// Unsigned 8-bit integer.
            U8(u8, "u8", "u8"),
            /// Signed 32-bit integer.
            I32(i32, "i32", "s32"),
            /// Unsigned 32-bit integer.
            U32(u32, "u32", "u32"),
            /// Signed 64-bit integer.
            I64(i64, "i64", "s64"),
            /// IEEE 754 half precision: 11 bits of precision, up to 65504.
            F16(half::f16, "f16", "f16"),
            /// The upper half of an `f32`: 8 bits of precision, its range.
            BF16(half::bf16, "bf16", "bf16"),
            /// IEEE 754 single precision.
            F32(f32, "f32", "f32"),
            /// IEEE 754 double precision.
            F64(f64, "f64", "f64"),
            /// Complex number of two `f32`.
            C64(num_complex::Complex<f32>, "c64", "c64"),
            /// Complex number of two `f64`.
            C128(num_complex::Complex<f64>, "c128", "c128"),
        }
    };
}
pub(crate) use with_dtypes;

macro_rules! dtypes {
    ($($(#[$doc:meta])* $variant:ident($t:ty, $name:literal, $hlo:literal),)*) => {
        /// The element type of an array.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum DType { $($(#[$doc])* $variant),* }

        impl DType {
            /// Every dtype.
            pub const ALL: [DType; [$($name),*].len()] = [$(DType::$variant),*];

            /// The name of the element type, such as `f32`.
            pub fn name(self) -> &'static str {
                match self { $(DType::$variant => $name),* }
            }

            /// The HLO name of the element type, such as `s32`.
            pub(crate) fn hlo_name(self) -> &'static str {
                match self { $(DType::$variant => $hlo),* }
            }

            /// Bytes per element.
            pub fn bytes(self) -> usize {
                match self { $(DType::$variant => size_of::<$t>()),* }
            }

            /// The value in exactly [`DType::bytes`] bytes in native order.
            pub(crate) fn read(self, bytes: &[u8]) -> Scalar {
                match self { $(DType::$variant => <$t>::read(bytes).to_scalar()),* }
            }
        }

        /// One value of some dtype. Equality and hash are bitwise, so a NaN equals itself and `-0.0`
        /// is not `0.0`.
        #[derive(Clone, Copy, Debug)]
        pub enum Scalar { $($(#[$doc])* $variant($t)),* }

        impl Scalar {
            /// The dtype of the value.
            pub fn dtype(self) -> DType {
                match self { $(Scalar::$variant(_) => DType::$variant),* }
            }

            /// Append the value's bytes in native order.
            pub(crate) fn write(self, bytes: &mut Vec<u8>) {
                match self { $(Scalar::$variant(v) => v.write(bytes)),* }
            }
        }
    };
}
with_dtypes!(dtypes);

impl DType {
    /// True for `f16`, `bf16`, `f32` and `f64`.
    pub fn is_float(self) -> bool {
        matches!(self, DType::F16 | DType::BF16 | DType::F32 | DType::F64)
    }

    /// True for `c64` and `c128`.
    pub fn is_complex(self) -> bool {
        matches!(self, DType::C64 | DType::C128)
    }

    /// True for floating-point and complex dtypes: those that can be differentiated.
    pub fn is_inexact(self) -> bool {
        self.is_float() || self.is_complex()
    }

    /// True for `f16` and `bf16`.
    pub fn is_half(self) -> bool {
        matches!(self, DType::F16 | DType::BF16)
    }

    /// The dtype of the real part: `f32` for `c64`, `f64` for `c128`, and otherwise the dtype itself.
    ///
    /// ```
    /// use cotangent::DType;
    /// assert_eq!(DType::C64.real(), DType::F32);
    /// assert_eq!(DType::F64.real(), DType::F64);
    /// ```
    pub fn real(self) -> DType {
        match self {
            DType::C64 => DType::F32,
            DType::C128 => DType::F64,
            other => other,
        }
    }

    /// The complex dtype whose parts are of this one: `c64` for `f32`, `c128` for `f64`.
    pub(crate) fn complex(self) -> Option<DType> {
        match self {
            DType::F32 | DType::C64 => Some(DType::C64),
            DType::F64 | DType::C128 => Some(DType::C128),
            _ => None,
        }
    }

    /// The distance from 1 to the next number of a floating-point dtype, or of the parts of a complex
    /// one; 0 for the others.
    ///
    /// ```
    /// assert_eq!(cotangent::DType::F64.epsilon(), f64::EPSILON);
    /// ```
    pub fn epsilon(self) -> f64 {
        match self {
            DType::F16 => f16::EPSILON.into(),
            DType::BF16 => bf16::EPSILON.into(),
            DType::F32 | DType::C64 => f32::EPSILON.into(),
            DType::F64 | DType::C128 => f64::EPSILON,
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

impl Scalar {
    /// `value` as a scalar of `dtype`, rounded as Rust's `as` does (`bool`: nonzero is true).
    pub fn from_f64(value: f64, dtype: DType) -> Scalar {
        Scalar::from_complex(Complex::new(value, 0.0), dtype)
    }

    /// `value` as a scalar of `dtype`; one that is not complex takes the real part.
    fn from_complex(value: Complex<f64>, dtype: DType) -> Scalar {
        let re = value.re;
        match dtype {
            DType::Bool => Scalar::Bool(value != Complex::ZERO),
            DType::U8 => Scalar::U8(re as u8),
            DType::I32 => Scalar::I32(re as i32),
            DType::U32 => Scalar::U32(re as u32),
            DType::I64 => Scalar::I64(re as i64),
            DType::F16 => Scalar::F16(f16::from_f64(re)),
            DType::BF16 => Scalar::BF16(bf16::from_f64(re)),
            DType::F32 => Scalar::F32(re as f32),
            DType::F64 => Scalar::F64(re),
            DType::C64 => Scalar::C64(Complex::new(re as f32, value.im as f32)),
            DType::C128 => Scalar::C128(value),
        }
    }

    /// The value as `f64`; an `i64` beyond 2^53 is rounded, and a complex number that is not real
    /// gives NaN.
    pub fn to_f64(self) -> f64 {
        let Complex { re, im } = self.to_complex();
        if im == 0.0 { re } else { f64::NAN }
    }

    /// The value as a complex number; an `i64` beyond 2^53 is rounded.
    pub fn to_complex(self) -> Complex<f64> {
        let real = match self {
            Scalar::Bool(v) => f64::from(u8::from(v)),
            Scalar::U8(v) => f64::from(v),
            Scalar::I32(v) => f64::from(v),
            Scalar::U32(v) => f64::from(v),
            Scalar::I64(v) => v as f64,
            Scalar::F16(v) => v.to_f64(),
            Scalar::BF16(v) => v.to_f64(),
            Scalar::F32(v) => f64::from(v),
            Scalar::F64(v) => v,
            Scalar::C64(v) => return Complex::new(v.re.into(), v.im.into()),
            Scalar::C128(v) => return v,
        };
        Complex::new(real, 0.0)
    }

    /// The value converted to `dtype`; integers go over exactly where they fit, and of a complex
    /// number only the real part where `dtype` is not complex.
    pub fn convert(self, dtype: DType) -> Scalar {
        match (self, dtype) {
            (Scalar::I64(v), DType::I64) => Scalar::I64(v),
            (Scalar::I64(v), DType::U32) => Scalar::U32(v as u32),
            (Scalar::I64(v), DType::U8) => Scalar::U8(v as u8),
            (Scalar::I64(v), DType::I32) => Scalar::I32(v as i32),
            _ => Scalar::from_complex(self.to_complex(), dtype),
        }
    }

    /// The bit pattern.
    fn bits(self) -> (u64, u64) {
        let real = match self {
            Scalar::Bool(v) => u64::from(v),
            Scalar::U8(v) => u64::from(v),
            Scalar::I32(v) => v as u64,
            Scalar::U32(v) => u64::from(v),
            Scalar::I64(v) => v as u64,
            Scalar::F16(v) => u64::from(v.to_bits()),
            Scalar::BF16(v) => u64::from(v.to_bits()),
            Scalar::F32(v) => u64::from(v.to_bits()),
            Scalar::F64(v) => v.to_bits(),
            Scalar::C64(v) => return (v.re.to_bits().into(), v.im.to_bits().into()),
            Scalar::C128(v) => return (v.re.to_bits(), v.im.to_bits()),
        };
        (real, 0)
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

/// The fewest digits that read back as the same number; a complex number as the pair that HLO writes.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Bool(v) => write!(f, "{v}"),
            Scalar::U8(v) => write!(f, "{v}"),
            Scalar::I32(v) => write!(f, "{v}"),
            Scalar::U32(v) => write!(f, "{v}"),
            Scalar::I64(v) => write!(f, "{v}"),
            Scalar::F16(v) => write!(f, "{:?}", v.to_f32()),
            Scalar::BF16(v) => write!(f, "{:?}", v.to_f32()),
            Scalar::F32(v) => write!(f, "{v:?}"),
            Scalar::F64(v) => write!(f, "{v:?}"),
            Scalar::C64(v) => write!(f, "({:?}, {:?})", v.re, v.im),
            Scalar::C128(v) => write!(f, "({:?}, {:?})", v.re, v.im),
        }
    }
}

/// A Rust type that is the element of an array: `bool`, the integers, `f32` and `f64`, the half
/// precision types of the `half` crate, and complex numbers of `num-complex`.
///
/// ```
/// use cotangent::{Complex, DType, Element, bf16};
/// assert_eq!(f64::DTYPE, DType::F64);
/// assert_eq!(bf16::DTYPE, DType::BF16);
/// assert_eq!(Complex::<f32>::DTYPE, DType::C64);
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

/// `|v| bytes` and `|bytes| v` of each type.
macro_rules! elements {
    ($($t:ty, $v:ident: $write:expr, $read:expr;)*) => {$(
        impl Element for $t {
            const DTYPE: DType = DType::$v;
            fn to_scalar(self) -> Scalar {
                Scalar::$v(self)
            }
            fn from_scalar(value: Scalar) -> $t {
                match value.convert(DType::$v) {
                    Scalar::$v(v) => v,
                    _ => <$t>::default(),
                }
            }
            fn write(self, bytes: &mut Vec<u8>) {
                let write: fn($t, &mut Vec<u8>) = $write;
                write(self, bytes);
            }
            fn read(bytes: &[u8]) -> $t {
                let read: fn(&[u8]) -> $t = $read;
                read(bytes)
            }
        }
    )*};
    (numbers $($t:ident $v:ident)*) => {elements! {$(
        $t, $v:
        |v, bytes| bytes.extend_from_slice(&v.to_ne_bytes()),
        |bytes| {
            let mut raw = [0; size_of::<$t>()];
            raw.copy_from_slice(bytes);
            $t::from_ne_bytes(raw)
        };
    )*}};
    (complex $($part:ident $v:ident)*) => {elements! {$(
        Complex<$part>, $v:
        |v, bytes| {
            v.re.write(bytes);
            v.im.write(bytes);
        },
        |bytes| {
            let (re, im) = bytes.split_at(size_of::<$part>());
            Complex::new($part::read(re), $part::read(im))
        };
    )*}};
}
elements! {
    bool, Bool: |v, bytes| bytes.push(u8::from(v)), |bytes| bytes.first().is_some_and(|&b| b != 0);
}
elements!(numbers u8 U8 i32 I32 u32 U32 i64 I64 f16 F16 bf16 BF16 f32 F32 f64 F64);
elements!(complex f32 C64 f64 C128);
