//! Every mistake that a user can make gives an error that names the operation, says what is wrong,
//! and ends with the line of the mistake; nothing panics.

mod devices;
mod indices;
mod linalg;
mod loops;
mod nans;
mod numbers;
mod operations;
mod places;
mod robustness;
mod traces;
mod transformations;

use cotangent::{Array, Error, Jaxpr, Tensor, Tree, make_jaxpr};
use expect_test::Expect;
use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::{Arc, Mutex};

/// Compares the messages of the errors with a snapshot. The place is shown as what stands there in
/// this file, so that the snapshot tells whether it is the right one, wherever the line moves.
#[track_caller]
fn check<T>(results: impl IntoIterator<Item = Result<T, Error>>, messages: Expect) {
    let here = Location::caller().file();
    let text = text(here);
    let shown = results.into_iter().map(|result| match result {
        Ok(_) => "NO ERROR\n".to_string(),
        Err(error) => show(&error, here, &text) + "\n",
    });
    let shown: String = shown.collect();
    messages.assert_eq(&shown);
    assert!(!shown.contains("NO ERROR"), "{shown}");
    assert!(!shown.contains("ELSEWHERE"), "{shown}");
}

/// The text of a test file: of the time before snapshots in it were updated, as the lines are.
fn text(file: &'static str) -> Arc<str> {
    static TEXTS: Mutex<BTreeMap<&str, Arc<str>>> = Mutex::new(BTreeMap::new());
    let mut texts = TEXTS.lock().unwrap();
    texts.entry(file).or_insert_with(|| std::fs::read_to_string(file).unwrap().into()).clone()
}

fn show(error: &Error, here: &str, text: &str) -> String {
    let message = error.to_string();
    let Some((what, place)) = message.rsplit_once("\n  at ") else { return message };
    let line = error.source_location().unwrap().line();
    let Some(column) = place.strip_prefix(&format!("{here}:{line}:")) else {
        return format!("{what}\n  at {place} ELSEWHERE");
    };
    let text = text.lines().nth(line as usize - 1).unwrap();
    format!("{what}\n  at {}", expression(&text[column.parse::<usize>().unwrap() - 1..]))
}

/// The expression that begins here: up to a comma, semicolon or bracket that ends it.
fn expression(rest: &str) -> &str {
    let mut depth = 0;
    let end = rest.find(|c| {
        depth += i32::from("([{".contains(c)) - i32::from(")]}".contains(c));
        depth < 0 || depth == 0 && ",;".contains(c)
    });
    rest[..end.unwrap_or(rest.len())].trim_end()
}

/// The program of a function of an f64 array of this shape.
#[track_caller]
fn given<Out: Tree>(shape: &[usize], f: impl Fn(Tensor) -> Out) -> Result<Jaxpr, Error> {
    make_jaxpr(f, array(shape))
}

/// The program of a function of two f64 arrays of these shapes.
#[track_caller]
fn given2<Out: Tree>(
    shapes: [&[usize]; 2],
    f: impl Fn(Tensor, Tensor) -> Out,
) -> Result<Jaxpr, Error> {
    make_jaxpr(f, (array(shapes[0]), array(shapes[1])))
}

fn array(shape: &[usize]) -> Array {
    Array::from_vec(shape, vec![0.5; shape.iter().product()]).unwrap()
}
