//! The JAX reference values of `tests/golden`: `generate.py` there describes the format.

use cotangent::{Array, Complex, DType, HostArray, Scalar};
use serde::Deserialize;
use serde_json::Value;

/// The cases of one file.
#[derive(Deserialize)]
struct Family {
    cases: Vec<Case>,
}

/// One operation on one set of inputs, and what JAX makes of it.
#[derive(Deserialize)]
pub struct Case {
    pub id: String,
    pub op: String,
    pub params: Params,
    pub inputs: Vec<Golden>,
    pub outputs: Vec<Golden>,
    /// False at edges and kinks, where difference quotients mean nothing.
    #[serde(default = "yes")]
    pub smooth: bool,
    pub tangents: Option<Flat>,
    pub jvp: Option<Flat>,
    pub jvp2: Option<Flat>,
    pub cotangents: Option<Flat>,
    pub vjp: Option<Flat>,
    #[serde(default)]
    pub vmap: Vec<Batching>,
}

fn yes() -> bool {
    true
}

/// Values per input or output; none for those that are not floats.
pub type Flat = Vec<Option<Vec<Value>>>;

/// An array with its type.
#[derive(Deserialize)]
pub struct Golden {
    pub dtype: String,
    pub shape: Vec<usize>,
    pub data: Vec<Value>,
}

/// The operation on batched inputs.
#[derive(Deserialize)]
pub struct Batching {
    pub in_axes: Vec<Option<isize>>,
    pub out_axes: isize,
    pub inputs: Vec<Golden>,
    pub outputs: Vec<Golden>,
}

/// The parameters of an operation.
#[derive(Deserialize)]
pub struct Params(serde_json::Map<String, Value>);

impl Params {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|v| !v.is_null())
    }

    fn need(&self, name: &str) -> &Value {
        self.get(name).unwrap_or_else(|| panic!("no parameter {name} in {:?}", self.0))
    }

    pub fn int(&self, name: &str) -> isize {
        integer(self.need(name))
    }

    pub fn int_or(&self, name: &str, default: isize) -> isize {
        self.get(name).map_or(default, integer)
    }

    pub fn float(&self, name: &str) -> f64 {
        self.need(name).as_f64().unwrap()
    }

    pub fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|v| v.as_bool().unwrap())
    }

    pub fn text(&self, name: &str) -> &str {
        self.need(name).as_str().unwrap()
    }

    pub fn dtype(&self, name: &str) -> DType {
        dtype(self.text(name))
    }

    /// A list of integers; a single integer is a list of one.
    pub fn ints(&self, name: &str) -> Vec<isize> {
        integers(self.need(name))
    }

    pub fn sizes(&self, name: &str) -> Vec<usize> {
        self.ints(name).into_iter().map(|i| usize::try_from(i).unwrap()).collect()
    }

    /// A list of lists of integers.
    pub fn table(&self, name: &str) -> Vec<Vec<isize>> {
        self.need(name).as_array().unwrap().iter().map(integers).collect()
    }

    pub fn list(&self, name: &str) -> &[Value] {
        self.need(name).as_array().unwrap()
    }
}

pub fn integer(v: &Value) -> isize {
    v.as_i64().unwrap_or_else(|| panic!("{v} is no integer")) as isize
}

fn integers(v: &Value) -> Vec<isize> {
    v.as_array().map_or_else(|| vec![integer(v)], |a| a.iter().map(integer).collect())
}

pub fn dtype(name: &str) -> DType {
    DType::ALL.into_iter().find(|d| d.name() == name).unwrap()
}

pub fn float(v: &Value) -> f64 {
    match v.as_str() {
        Some("nan") => f64::NAN,
        Some("inf") => f64::INFINITY,
        Some("-inf") => f64::NEG_INFINITY,
        _ => v.as_f64().unwrap_or_else(|| panic!("{v} is no number")),
    }
}

/// A value of the given type from JSON.
pub fn scalar(v: &Value, dtype: DType) -> Scalar {
    match v {
        Value::Bool(b) => Scalar::Bool(*b),
        Value::Array(parts) => {
            Scalar::C128(Complex::new(float(&parts[0]), float(&parts[1]))).convert(dtype)
        }
        _ if dtype.is_float() => Scalar::from_f64(float(v), dtype),
        _ => Scalar::I64(v.as_i64().unwrap()).convert(dtype),
    }
}

fn array(dtype: DType, shape: &[usize], data: &[Value]) -> Array {
    let values: Vec<Scalar> = data.iter().map(|v| scalar(v, dtype)).collect();
    HostArray::from_scalars(dtype, shape, &values).unwrap().into()
}

impl Golden {
    pub fn dtype(&self) -> DType {
        dtype(&self.dtype)
    }

    pub fn array(&self) -> Array {
        array(self.dtype(), &self.shape, &self.data)
    }

    /// An array of the same type with other values.
    pub fn array_of(&self, data: &[Value]) -> Array {
        array(self.dtype(), &self.shape, data)
    }
}

/// The cases of a family.
pub fn load(family: &str) -> Vec<Case> {
    let path = format!("{}/tests/golden/{family}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let family: Family = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"));
    family.cases
}
