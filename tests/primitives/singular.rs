//! The table of derivatives at kinks, poles and ties, `docs/SINGULAR.md`.
//!
//! `UPDATE_EXPECT=1 cargo test --test all singular` writes it anew.

use crate::support::document;
use cotangent::{Array, Tensor, hessian, jacfwd, jacrev, jit, linalg};
use std::fmt::Write;

/// What is computed, of the elements of a vector; where; and what the convention is.
struct Row {
    name: &'static str,
    f: fn(&Tensor) -> Tensor,
    x: &'static [f64],
    why: &'static str,
}

const fn row(
    name: &'static str,
    f: fn(&Tensor) -> Tensor,
    x: &'static [f64],
    why: &'static str,
) -> Row {
    Row { name, f, x, why }
}

const INF: f64 = f64::INFINITY;
const POLE: &str = "the limit";
const NOWHERE: &str = "0 · ∞: no limit is the right one";
const SHARED: &str = "equals share";
const FLAT: &str = "0 wherever there is a derivative, and at the steps";

/// Row by row what a user can run into.
const ROWS: &[Row] = &[
    row("`x.abs()`", |v| v.index(0).abs(), &[0.0], "the slope from the right"),
    row("`x.sqrt()`", |v| v.index(0).sqrt(), &[0.0], POLE),
    row("`x.cbrt()`", |v| v.index(0).cbrt(), &[0.0], POLE),
    row("`x.log()`", |v| v.index(0).log(), &[0.0], POLE),
    row("`x.asin()`", |v| v.index(0).asin(), &[1.0], POLE),
    row("`x.acosh()`", |v| v.index(0).acosh(), &[1.0], POLE),
    row("`x.sign()`", |v| v.index(0).sign(), &[0.0], FLAT),
    row("`x.floor()`", |v| v.index(0).floor(), &[2.0], FLAT),
    row("`x / y`", |v| v.index(0) / v.index(1), &[0.0, 0.0], NOWHERE),
    row(
        "`x.pow(y)`",
        |v| v.index(0).pow(v.index(1)),
        &[0.0, 0.0],
        "x⁰ is 1 for all x; in y it counts as constant, too",
    ),
    row("`x.pow(y)`", |v| v.index(0).pow(v.index(1)), &[0.0, 2.0], "as `x.powi(2)` in x"),
    row("`x.powi(0)`", |v| v.index(0).powi(0), &[0.0], "1 for all x"),
    row("`y.atan2(x)`", |v| v.index(0).atan2(v.index(1)), &[0.0, 0.0], NOWHERE),
    row("`x.hypot(y)`", |v| v.index(0).hypot(v.index(1)), &[0.0, 0.0], "0 by choice"),
    row(
        "`v.norm()`",
        |v| v.norm(),
        &[0.0, 0.0],
        "0 · ∞; use `square().sum()` where only the square matters, or `where_` on both sides",
    ),
    row("`v.std()`", |v| v.std(), &[1.0, 1.0], "a norm at 0"),
    row("`v.max()`", |v| v.max(), &[1.0, 3.0, 3.0], SHARED),
    row("`x.maximum(y)`", |v| v.index(0).maximum(v.index(1)), &[2.0, 2.0], SHARED),
    row(
        "`x.relu()`",
        |v| v.index(0).relu(),
        &[0.0],
        "the slope from the left, as in most networks",
    ),
    row(
        "`x.clip(-1.0, 1.0)`",
        |v| v.index(0).clip(-1.0, 1.0),
        &[1.0],
        "shared between x and the bound",
    ),
    row(
        "`x.gt(0.0).where_(x.log(), 0.0)`",
        |v| v.index(0).gt(0.0).where_(v.index(0).log(), 0.0),
        &[0.0],
        "the branch that is not chosen has slope ∞, and reverse mode multiplies it with 0",
    ),
    row(
        "the same with `x.gt(0.0).where_(&x, 1.0).log()`",
        |v| {
            let x = v.index(0);
            x.gt(0.0).where_(x.gt(0.0).where_(&x, 1.0).log(), 0.0)
        },
        &[0.0],
        "safe: the branch that is not chosen is finite",
    ),
    row("`v.prod()`", |v| v.prod(), &[0.0, 2.0, 3.0], "exact, without dividing"),
    row("`v.prod()`", |v| v.prod(), &[0.0, 0.0, 3.0], "exact, without dividing"),
    row("`v.logsumexp()`", |v| v.logsumexp(), &[-INF, 0.0], POLE),
    row("`v.logsumexp()`", |v| v.logsumexp(), &[-INF, -INF], "nothing has a part in it"),
    row(
        "`x.logaddexp(y)`",
        |v| v.index(0).logaddexp(v.index(1)),
        &[-INF, -INF],
        "of two equal infinities each counts as if alone",
    ),
    row("`v.softmax(0)`, first", |v| v.softmax(0).index(0), &[-INF, 0.0], POLE),
    row(
        "`linalg::det` of `[[x, y], [y, x]]`",
        |v| {
            let (x, y) = (v.index(0), v.index(1));
            linalg::det(&Tensor::stack([Tensor::stack([&x, &y], 0), Tensor::stack([&y, &x], 0)], 0))
        },
        &[0.0, 0.0],
        "exact, also where the matrix is singular",
    ),
    row(
        "`linalg::eigvalsh` of `diag(v)`, least",
        |v| linalg::eigvalsh(&v.diag()).index(0),
        &[1.0, 1.0],
        "of equal eigenvalues the order is that of the vectors; second derivatives leave the coupling of equals out",
    ),
    row(
        "`linalg::eigh` of `diag(v)`, a vector",
        |v| linalg::eigh(&v.diag()).1.index((0, 0)),
        &[1.0, 1.0],
        "vectors of equal eigenvalues do not turn into each other",
    ),
];

fn number(x: f64) -> String {
    match x {
        _ if x == INF => "∞".into(),
        _ if x == -INF => "−∞".into(),
        _ if x.is_nan() => "NaN".into(),
        // Rounding is not what the table is about.
        _ => format!("{}", (x * 1e6).round() / 1e6 + 0.0).replace('-', "−"),
    }
}

fn numbers(a: &Array) -> String {
    let values = a.to_vec::<f64>().unwrap();
    values.into_iter().map(number).collect::<Vec<_>>().join(", ")
}

#[test]
fn singular() {
    let points: Vec<Array> = ROWS.iter().map(|r| Array::from(r.x)).collect();
    let program = jit(|points: Vec<Tensor>| -> Vec<[Tensor; 4]> {
        let all = |(r, x): (&Row, Tensor)| {
            let f = |x: Tensor| (r.f)(&x);
            let x = || x.clone();
            [f(x()), jacfwd(f).call(x()), jacrev(f).call(x()), hessian(f).call(x())]
        };
        ROWS.iter().zip(points).map(all).collect()
    });
    let mut text = String::from(
        "# Derivatives at kinks, poles and ties\n\n\
         Written by `UPDATE_EXPECT=1 cargo test --test all singular`, which computes each row.\n\
         Where forward and reverse mode differ, both stand there.\n\
         With few exceptions the conventions are those of JAX; \
         [tests/primitives/mod.rs](../tests/primitives/mod.rs) has the others.\n\n\
         | function | at | value | derivative | second derivative | convention |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for (r, [value, forward, reverse, second]) in ROWS.iter().zip(program.call(points).unwrap()) {
        let at = r.x.iter().copied().map(number).collect::<Vec<_>>().join(", ");
        let (forward, reverse) = (numbers(&forward), numbers(&reverse));
        let slope = match forward == reverse {
            true => forward,
            false => format!("forward {forward}; reverse {reverse}"),
        };
        let (name, value, second, why) = (r.name, numbers(&value), numbers(&second), r.why);
        let _ = writeln!(text, "| {name} | {at} | {value} | {slope} | {second} | {why} |");
    }
    document::check("docs/SINGULAR.md", &text);
}
