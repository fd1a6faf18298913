//! The table of what is tested about each primitive, `docs/COVERAGE.md`.
//!
//! `UPDATE_EXPECT=1 cargo test --test all coverage` writes it anew.

use crate::support::document;
use crate::support::golden::{self, Case};
use crate::support::reference::has_second;
use cotangent::lax::GatherDims;
use cotangent::params::{
    Binary, BinaryOp, Reduce, ReduceOp, Scatter, ScatterOp, Special, SpecialOp, Unary, UnaryOp,
};
use cotangent::{DType, Prim};
use std::fmt::Write;

/// The kinds of primitives that have cases in `tests/golden`, and the names of each.
fn kinds() -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        ("Unary", UnaryOp::ALL.map(|op| Prim::from(Unary { op }).name()).to_vec()),
        ("Binary", BinaryOp::ALL.map(|op| Prim::from(Binary { op }).name()).to_vec()),
        ("Special", SpecialOp::ALL.map(|op| Prim::from(Special { op }).name()).to_vec()),
        ("Compare", vec!["eq", "ne", "lt", "le", "gt", "ge"]),
        ("IntegerPow", vec!["integer_pow"]),
        ("Select", vec!["select"]),
        ("Clamp", vec!["clamp"]),
        ("Convert", vec!["convert_element_type"]),
        ("BitcastConvert", vec!["bitcast_convert_type"]),
        ("OptimizationBarrier", vec!["optimization_barrier"]),
        ("StopGradient", vec!["stop_gradient"]),
        ("Iota", vec!["iota"]),
        ("BroadcastInDim", vec!["broadcast_in_dim"]),
        ("Reshape", vec!["reshape"]),
        ("Transpose", vec!["transpose"]),
        ("Squeeze", vec!["squeeze"]),
        ("Rev", vec!["rev"]),
        ("Slice", vec!["slice"]),
        ("Pad", vec!["pad"]),
        ("Concatenate", vec!["concatenate"]),
        ("DynamicSlice", vec!["dynamic_slice"]),
        ("DynamicUpdateSlice", vec!["dynamic_update_slice"]),
        ("Gather", vec!["gather"]),
        ("Scatter", ScatterOp::ALL.map(scatter_name).to_vec()),
        ("Reduce", ReduceOp::ALL.map(|op| Prim::from(Reduce { op, axes: vec![] }).name()).to_vec()),
        ("ArgReduce", vec!["argmax", "argmin"]),
        ("Cumulative", vec!["cumsum"]),
        ("Sort", vec!["sort"]),
        ("DotGeneral", vec!["dot_general"]),
        ("Fft", vec!["fft", "ifft", "rfft", "irfft"]),
        ("Cholesky", vec!["cholesky"]),
        ("TriangularSolve", vec!["triangular_solve"]),
        ("Lu", vec!["lu"]),
        ("LinearSolve", vec!["linear_solve"]),
        ("Det", vec!["det", "logabsdet"]),
        ("Qr", vec!["qr"]),
        ("Eig", vec!["eig"]),
        ("Eigh", vec!["eigh"]),
        ("Svd", vec!["svd"]),
        ("Pinv", vec!["pinv"]),
    ]
}

fn scatter_name(op: ScatterOp) -> &'static str {
    let dims = GatherDims {
        offset_dims: vec![],
        collapsed: vec![],
        operand_batching: vec![],
        indices_batching: vec![],
        start_index_map: vec![],
    };
    Prim::from(Scatter { op, dims, unique: false }).name()
}

/// The kinds that carry a program: what is tested follows from the program, and where.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("Call", "jit", "tests/transformations/nesting.rs, tests/jit.rs"),
    ("Custom", "custom_jvp, custom_vjp", "tests/transformations/custom.rs, implicit.rs"),
    ("Pullback", "pullback", "tests/transformations/custom.rs; it has a transpose alone"),
    ("CustomLinearSolve", "custom_linear_solve", "tests/transformations/implicit.rs"),
    ("Checkpoint", "checkpoint", "tests/transformations/checkpoint.rs"),
    ("Name", "name", "tests/transformations/checkpoint.rs"),
    ("DebugPrint", "debug_print", "tests/transformations/printing.rs"),
    ("Cond", "cond", "tests/loops/choices.rs"),
    ("Scan", "scan", "tests/loops/bodies.rs"),
    ("While", "while", "tests/loops/endings.rs; no reverse mode without a bound"),
];

/// Why a primitive has no derivative.
const WITHOUT: &[(&str, &[&str])] = &[
    ("truth values", &["eq", "ne", "lt", "le", "gt", "ge", "is_finite", "reduce_and", "reduce_or"]),
    (
        "bits",
        &[
            "and",
            "or",
            "xor",
            "not",
            "population_count",
            "clz",
            "shift_left",
            "shift_right_arithmetic",
            "shift_right_logical",
            "bitcast_convert_type",
        ],
    ),
    ("places", &["argmax", "argmin", "iota"]),
];

/// Primitives of which JAX lacks derivatives; they are compared with differences.
const NOT_IN_JAX: &[&str] = &["zeta", "regularized_incomplete_beta"];

/// Primitives without operands.
const CONSTANT: &[&str] = &["iota"];

const FAMILIES: &[&str] = &[
    "unary",
    "binary",
    "compare",
    "choose",
    "convert",
    "shape",
    "indexing",
    "reduce",
    "contract",
    "linalg",
    "complex_linalg",
    "special",
    "order",
    "complex",
    "half",
    "bits",
    "fft",
];

/// The element types of the operands and results, in the order of the library.
fn dtypes(cases: &[&Case]) -> String {
    let arrays = || cases.iter().flat_map(|c| c.inputs.iter().chain(&c.outputs));
    let all = DType::ALL.map(DType::name);
    let found = all.into_iter().filter(|name| arrays().any(|a| a.dtype == *name));
    found.collect::<Vec<_>>().join(" ")
}

/// A row of the table.
fn row(name: &str, cases: &[&Case]) -> String {
    let without = WITHOUT.iter().find(|(_, names)| names.contains(&name)).map(|(why, _)| *why);
    let cell = |what: &str, has: &dyn Fn(&Case) -> bool, none: Option<&str>| {
        let count = cases.iter().filter(|c| has(c)).count();
        match (count, none) {
            (0, Some(why)) => why.to_string(),
            (0, None) => panic!("{name}: nothing tests {what}, and nothing says why"),
            (n, None) => n.to_string(),
            (_, Some(why)) => panic!("{name}: {what} is tested, and said to be `{why}`"),
        }
    };
    let differences = NOT_IN_JAX.contains(&name).then(|| "by differences".to_string());
    let none = without.map(|why| format!("none: {why}")).or(differences);
    let jvp = cell("forward mode", &|c| c.jvp.is_some(), none.as_deref());
    let vjp = cell("reverse mode", &|c| c.vjp.is_some(), none.as_deref());
    let second = cell("second derivatives", &has_second, none.as_deref());
    let constant = CONSTANT.contains(&name).then_some("none: no operands");
    let vmap = cell("batching", &|c| !c.vmap.is_empty(), constant);
    let (n, types) = (cases.len(), dtypes(cases));
    format!("| `{name}` | {n} | {types} | {jvp} | {vjp} | {second} | {vmap} |")
}

fn table() -> String {
    let cases: Vec<Case> = FAMILIES.iter().flat_map(|f| golden::load(f)).collect();
    let mut text = String::from(
        "# What is tested about each primitive\n\n\
         Written by `UPDATE_EXPECT=1 cargo test --test all coverage`.\n\
         Each number counts cases in [`tests/golden`](../tests/golden/generate.py) whose values JAX gave; \
         [`tests/support/reference.rs`](../tests/support/reference.rs) says what is compared, beside JAX \
         with differences, dot products and both Jacobians.\n\n\
         | primitive | values | dtypes | forward mode | reverse mode | second derivatives | batching |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for name in kinds().into_iter().flat_map(|(_, names)| names) {
        let own: Vec<&Case> = cases.iter().filter(|c| c.op == name).collect();
        assert!(!own.is_empty(), "no cases for {name}");
        let _ = writeln!(text, "{}", row(name, &own));
    }
    text += "\nPrimitives that carry programs have the derivatives of all orders and the batching of \
             these, which are compared with the same written out:\n\n\
             | primitive | tests |\n| --- | --- |\n";
    for (_, name, tests) in PROGRAMS {
        let _ = writeln!(text, "| `{}` | {tests} |", name.replace(", ", "`, `"));
    }
    text
}

#[test]
fn coverage() {
    let mut known: Vec<&str> = kinds().into_iter().map(|(kind, _)| kind).collect();
    known.extend(PROGRAMS.iter().map(|(kind, _, _)| *kind));
    for kind in Prim::KINDS {
        assert!(known.contains(kind), "{kind} stands in no table");
    }
    document::check("docs/COVERAGE.md", &table());
}
