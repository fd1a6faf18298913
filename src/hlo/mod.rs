//! Layer 1: writing HLO text. It knows no jaxpr.
//!
//! XLA's text format is the one door to every opcode (see the operation semantics page of the XLA
//! documentation). Layouts are left out: XLA then takes the row-major ones.

use crate::base::{DType, HostArray, Scalar, Shape, Source};
use std::collections::HashMap;
use std::fmt::Write;

/// A value of the computation being written.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    name: String,
    /// The shape.
    pub(crate) shape: Shape,
    /// The element type.
    pub(crate) dtype: DType,
}

/// A module being written: finished computations, and a stack of open ones.
#[derive(Default)]
pub(crate) struct Module {
    /// Whether it may call the functions of `cotangent_kernels`.
    pub(crate) kernels: bool,
    done: String,
    open: Vec<Body>,
    regions: HashMap<(String, DType), String>,
    /// Of arrays of one number that number, by name.
    fills: HashMap<String, Value>,
    /// Of transposed arrays the array and the axes of it that theirs are, by name.
    transposed: HashMap<String, (Value, Vec<usize>)>,
    next: usize,
    source: Option<Source>,
}

#[derive(Default)]
struct Body {
    name: String,
    text: String,
    parameters: usize,
}

/// `f32[2,3]`.
fn type_name(dtype: DType, shape: &[usize]) -> String {
    let dims: Vec<String> = shape.iter().map(usize::to_string).collect();
    format!("{}[{}]", dtype.hlo_name(), dims.join(","))
}

/// `{0,1}`.
pub(crate) fn braces(items: &[usize]) -> String {
    let items: Vec<String> = items.iter().map(usize::to_string).collect();
    format!("{{{}}}", items.join(","))
}

/// The operands of an instruction.
fn names<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    values.into_iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn types(values: &[Value]) -> Vec<(DType, Shape)> {
    values.iter().map(|v| (v.dtype, v.shape.clone())).collect()
}

/// A scalar as HLO spells it.
fn scalar_text(value: Scalar) -> String {
    // Rust writes `NaN`; HLO wants `nan` (`inf` is the same in both).
    value.to_string().replace("NaN", "nan")
}

/// The attributes of a call of a function of `cotangent_kernels`.
fn kernel_attrs(target: &str, ins: &[&Value], text: &str) -> String {
    let layout = |v: &&Value| {
        let order: Vec<usize> = (0..v.shape.rank()).rev().collect();
        let order = if order.is_empty() { String::new() } else { braces(&order) };
        format!("{}{order}", type_name(v.dtype, &v.shape))
    };
    let layouts: Vec<String> = ins.iter().map(layout).collect();
    format!(
        ", custom_call_target=\"{target}\", operand_layout_constraints={{{}}}, \
         api_version=API_VERSION_TYPED_FFI, backend_config=\"{{text = {text}}}\"",
        layouts.join(", ")
    )
}

impl Module {
    /// An empty module, which may call the functions of `cotangent_kernels` or not.
    pub(crate) fn new(kernels: bool) -> Module {
        Module { kernels, ..Module::default() }
    }

    /// Opens a computation; what is written goes into it until [`Module::finish`].
    pub(crate) fn begin(&mut self, name: &str) {
        self.next += 1;
        let name = format!("{name}.{}", self.next);
        self.open.push(Body { name, ..Body::default() });
    }

    /// Closes the open computation with a tuple of results as its root; gives its name.
    pub(crate) fn finish(&mut self, outs: &[Value], entry: bool) -> String {
        let types: Vec<String> = outs.iter().map(|v| type_name(v.dtype, &v.shape)).collect();
        let names: Vec<&str> = outs.iter().map(|v| v.name.as_str()).collect();
        let body = self.open.pop().unwrap_or_default();
        let root = format!("  ROOT out = ({}) tuple({})\n", types.join(", "), names.join(", "));
        let entry = if entry { "ENTRY " } else { "" };
        let _ = write!(self.done, "{entry}{} {{\n{}{root}}}\n\n", body.name, body.text);
        body.name
    }

    /// Closes the open computation with one of its values as the root; gives its name.
    pub(crate) fn finish_value(&mut self, out: &Value) -> String {
        let Body { name, text, .. } = self.open.pop().unwrap_or_default();
        let text = text.replace(&format!("  {} =", out.name), &format!("  ROOT {} =", out.name));
        let _ = write!(self.done, "{name} {{\n{text}}}\n\n");
        name
    }

    /// The text of the module, after the entry computation is finished.
    pub(crate) fn text(&self, name: &str, attributes: &str) -> String {
        let name: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        format!("HloModule {name}{attributes}\n\n{}", self.done)
    }

    /// The user's line that the next instructions come from.
    pub(crate) fn set_source(&mut self, at: Source) {
        self.source = Some(at);
    }

    fn write(
        &mut self,
        op: &str,
        dtype: DType,
        shape: &Shape,
        operands: &str,
        attrs: &str,
    ) -> Value {
        self.next += 1;
        let name = format!("{}.{}", op.replace('-', "_"), self.next);
        let metadata = self.source.map_or(String::new(), |s| {
            let file: String = s.file().chars().filter(|c| !matches!(c, '"' | '\\')).collect();
            format!(", metadata={{source_file=\"{file}\" source_line={}}}", s.line())
        });
        let kind = type_name(dtype, shape);
        if let Some(body) = self.open.last_mut() {
            let _ = writeln!(body.text, "  {name} = {kind} {op}({operands}){attrs}{metadata}");
        }
        Value { name, shape: shape.clone(), dtype }
    }

    /// The next parameter of the open computation.
    pub(crate) fn parameter(&mut self, dtype: DType, shape: &Shape) -> Value {
        let index = self.open.last_mut().map_or(0, |b| {
            b.parameters += 1;
            b.parameters - 1
        });
        self.write("parameter", dtype, shape, &index.to_string(), "")
    }

    /// An instruction. `attrs` is empty or begins with `", "`.
    pub(crate) fn op(
        &mut self,
        op: &str,
        ins: &[&Value],
        dtype: DType,
        shape: impl Into<Shape>,
        attrs: &str,
    ) -> Value {
        self.write(op, dtype, &shape.into(), &names(ins.iter().copied()), attrs)
    }

    /// The value, in a kernel of its own: XLA fuses nothing across a dependency.
    pub(crate) fn apart(&mut self, x: &Value) -> Value {
        self.next += 1;
        let token = format!("token.{}", self.next);
        if let Some(body) = self.open.last_mut() {
            let _ = writeln!(body.text, "  {token} = token[] after-all()");
        }
        self.write("add-dependency", x.dtype, &x.shape, &format!("{}, {token}", x.name), "")
    }

    /// A scalar constant.
    pub(crate) fn scalar(&mut self, value: Scalar) -> Value {
        self.write("constant", value.dtype(), &Shape::scalar(), &scalar_text(value), "")
    }

    /// A constant array, spelt out.
    pub(crate) fn constant(&mut self, value: &HostArray) -> Value {
        fn nested(shape: &[usize], items: &mut dyn Iterator<Item = Scalar>, out: &mut String) {
            match shape.split_first() {
                None => out.push_str(&items.next().map_or(String::new(), scalar_text)),
                Some((&n, rest)) => {
                    out.push('{');
                    for i in 0..n {
                        out.push_str(if i == 0 { "" } else { "," });
                        nested(rest, items, out);
                    }
                    out.push('}');
                }
            }
        }
        let mut text = String::new();
        nested(value.shape(), &mut value.scalars(), &mut text);
        self.write("constant", value.dtype(), value.shape(), &text, "")
    }

    /// A value repeated to a shape; `dims[i]` is the result axis of operand axis `i`.
    pub(crate) fn broadcast(
        &mut self,
        x: &Value,
        shape: impl Into<Shape>,
        dims: &[usize],
    ) -> Value {
        let shape = shape.into();
        if x.shape == shape {
            return x.clone();
        }
        self.op("broadcast", &[x], x.dtype, shape, &format!(", dimensions={}", braces(dims)))
    }

    /// A scalar constant repeated to a shape.
    pub(crate) fn full(&mut self, value: Scalar, shape: impl Into<Shape>) -> Value {
        let c = self.scalar(value);
        self.broadcast(&c, shape, &[])
    }

    /// The name of a computation that applies the binary `op` to two scalars, or gives the `second`.
    pub(crate) fn region(&mut self, op: &str, dtype: DType) -> String {
        if let Some(name) = self.regions.get(&(op.to_string(), dtype)) {
            return name.clone();
        }
        self.next += 1;
        let (name, t) = (format!("{op}_{}.{}", dtype.hlo_name(), self.next), dtype.hlo_name());
        let (root, last) = match op {
            "second" => ("ROOT ", String::new()),
            _ => ("", format!("  ROOT c = {t}[] {op}(a, b)\n")),
        };
        let _ = write!(
            self.done,
            "{name} {{\n  a = {t}[] parameter(0)\n  {root}b = {t}[] parameter(1)\n{last}}}\n\n"
        );
        self.regions.insert((op.to_string(), dtype), name.clone());
        name
    }

    /// Calls a computation whose root is a tuple; gives the parts.
    pub(crate) fn call(
        &mut self,
        computation: &str,
        ins: &[Value],
        outs: &[(DType, Shape)],
    ) -> Vec<Value> {
        self.tuple_op("call", &names(ins), outs, &format!(", to_apply={computation}"))
    }

    /// Calls a function of XLA's own by name, whose result is a tuple; gives the parts.
    pub(crate) fn custom_call(
        &mut self,
        target: &str,
        ins: &[&Value],
        outs: &[(DType, Shape)],
    ) -> Vec<Value> {
        let attrs = format!(", custom_call_target=\"{target}\"");
        self.tuple_op("custom-call", &names(ins.iter().copied()), outs, &attrs)
    }

    /// A scalar repeated along axes.
    pub(crate) fn filled(&mut self, x: &Value, shape: &Shape) -> Value {
        let out = self.op("broadcast", &[x], x.dtype, shape, ", dimensions={}");
        self.fills.insert(out.name.clone(), x.clone());
        out
    }

    /// The number that all of an array is, if it was written so.
    pub(crate) fn fill_of(&self, x: &Value) -> Option<Value> {
        self.fills.get(&x.name).cloned()
    }

    /// The value with its axes in another order.
    pub(crate) fn transpose(&mut self, x: &Value, perm: &[usize]) -> Value {
        let shape: Shape = perm.iter().map(|&d| x.shape[d]).collect();
        let out =
            self.op("transpose", &[x], x.dtype, shape, &format!(", dimensions={}", braces(perm)));
        let (base, axes) = self.untransposed(x);
        let axes = perm.iter().map(|&d| axes[d]).collect();
        self.transposed.insert(out.name.clone(), (base, axes));
        out
    }

    /// The array that a value is, or is a transpose of, and which axis of that each of its axes is.
    pub(crate) fn untransposed(&self, x: &Value) -> (Value, Vec<usize>) {
        let own = || (x.clone(), (0..x.shape.rank()).collect());
        self.transposed.get(&x.name).cloned().unwrap_or_else(own)
    }

    /// Whether it may call those functions of `cotangent_kernels` that add up such elements.
    pub(crate) fn has_kernels(&self, dtype: DType) -> bool {
        self.kernels && matches!(dtype, DType::F32 | DType::F64 | DType::C64 | DType::C128)
    }

    /// Calls a function of `cotangent_kernels` by name, which has numbers beside its operands and one
    /// result of their dtype; with `over` that may lie where the first operand is, if it has its shape.
    pub(crate) fn kernel_by_numbers(
        &mut self,
        target: &str,
        ins: &[&Value],
        shape: &Shape,
        numbers: &[usize],
        over: bool,
    ) -> Value {
        let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
        let text = format!("array<i64: {}>", numbers.join(", "));
        let mut attrs = kernel_attrs(target, ins, &text);
        if over && ins[0].shape == *shape {
            attrs += ", output_to_operand_aliasing={{}: (0, {})}";
        }
        self.op("custom-call", ins, ins[0].dtype, shape.clone(), &attrs)
    }

    /// Calls a function of `cotangent_kernels` by name, with a text that describes the operands;
    /// gives the results.
    pub(crate) fn kernel(
        &mut self,
        target: &str,
        ins: &[&Value],
        outs: &[(DType, Shape)],
        text: &dyn std::fmt::Display,
    ) -> Vec<Value> {
        let attrs = kernel_attrs(target, ins, &format!("\\\"{text}\\\""));
        if let [(dtype, shape)] = outs {
            return vec![self.op("custom-call", ins, *dtype, shape.clone(), &attrs)];
        }
        self.tuple_op("custom-call", &names(ins.iter().copied()), outs, &attrs)
    }

    /// The operands in the order along an axis in which `less`, a computation on pairs of their
    /// elements, puts them; equals keep their order.
    pub(crate) fn sort(&mut self, ins: &[Value], axis: usize, less: &str) -> Vec<Value> {
        let attrs = format!(", dimensions={{{axis}}}, is_stable=true, to_apply={less}");
        if let [x] = ins {
            return vec![self.op("sort", &[x], x.dtype, x.shape.clone(), &attrs)];
        }
        self.tuple_op("sort", &names(ins), &types(ins), &attrs)
    }

    /// The parts of the one parameter of the open computation, a tuple.
    pub(crate) fn tuple_parameter(&mut self, types: &[(DType, Shape)]) -> Vec<Value> {
        self.tuple_op("parameter", "0", types, "")
    }

    /// Repeats a computation from one state, a tuple, to the next while the condition holds; gives
    /// the last state.
    pub(crate) fn repeat(&mut self, condition: &str, body: &str, state: &[Value]) -> Vec<Value> {
        let types = types(state);
        let init = self.write_tuple("tuple", &names(state), &types, "");
        let attrs = format!(", condition={condition}, body={body}");
        self.tuple_op("while", &init, &types, &attrs)
    }

    /// Runs one of several computations by number, on these operands; gives the results.
    pub(crate) fn conditional(
        &mut self,
        index: &Value,
        computations: &[String],
        operands: &[Value],
        outs: &[(DType, Shape)],
    ) -> Vec<Value> {
        let tuple = self.write_tuple("tuple", &names(operands), &types(operands), "");
        let operands = [vec![index.name.clone()], vec![tuple; computations.len()]].concat();
        let attrs = format!(", branch_computations={{{}}}", computations.join(", "));
        self.tuple_op("conditional", &operands.join(", "), outs, &attrs)
    }

    /// An instruction whose result is a tuple; gives its name.
    fn write_tuple(
        &mut self,
        op: &str,
        operands: &str,
        types: &[(DType, Shape)],
        attrs: &str,
    ) -> String {
        self.next += 1;
        let name = format!("{op}.{}", self.next);
        let types: Vec<String> = types.iter().map(|(d, s)| type_name(*d, s)).collect();
        if let Some(body) = self.open.last_mut() {
            let types = types.join(", ");
            let _ = writeln!(body.text, "  {name} = ({types}) {op}({operands}){attrs}");
        }
        name
    }

    /// An instruction whose result is a tuple; gives the parts.
    fn tuple_op(
        &mut self,
        op: &str,
        operands: &str,
        types: &[(DType, Shape)],
        attrs: &str,
    ) -> Vec<Value> {
        let name = self.write_tuple(op, operands, types, attrs);
        let tuple = Value { name, shape: Shape::scalar(), dtype: DType::Bool };
        let part = |(i, (d, s)): (usize, &(DType, Shape))| {
            self.op("get-tuple-element", &[&tuple], *d, s, &format!(", index={i}"))
        };
        types.iter().enumerate().map(part).collect()
    }
}
