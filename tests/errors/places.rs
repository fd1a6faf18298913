//! The place of a mistake is the user's line, however the operation is called.

use super::{array, check, given, given2};
use cotangent::{Error, Function, Source, Tensor, grad, jit, lax, make_jaxpr, vmap};
use expect_test::expect;

#[track_caller]
fn place<T>(result: Result<T, Error>) -> (String, u32) {
    let error = result.err().unwrap();
    let at = error.source_location().unwrap();
    assert!(error.to_string().ends_with(&at.to_string()), "{error}");
    (at.file().to_string(), at.line())
}

#[test]
fn the_line_is_that_of_the_operation() {
    let here = |line: u32| (file!().to_string(), line);
    let f = |x: Tensor| {
        let y = x.sin();
        (y.reshape([7]), line!()).0
    };
    let line = line!() - 2;
    assert_eq!(place(make_jaxpr(f, array(&[2]))), here(line));
    assert_eq!(place(jit(f).call(vec![1.0])), here(line));
    assert_eq!(place(jit(vmap(vmap(f))).call(array(&[2, 3, 4]))), here(line));
    assert_eq!(place(jit(grad(grad(|x: Tensor| f(x).sum()))).call(1.0)), here(line));
    let nested = jit(|x: Tensor| vmap(|x: Tensor| jit(f).apply((x,))).call(x));
    assert_eq!(place(nested.call(vec![1.0])), here(line));
    // A mistake of the transformation itself is where it is applied.
    let outer = |x: Tensor| grad(|x: Tensor| x.sin()).call(x);
    assert_eq!(place(jit(outer).call(vec![1.0])), here(line!() - 1));
    assert_eq!(place(jit(grad(|x: Tensor| x.sin())).call(vec![1.0])), here(line!()));
}

/// A user's own helper: as in Rust's library, the caller's line if it asks for it.
#[track_caller]
fn tracked(x: &Tensor) -> Tensor {
    x.reshape([7])
}

fn untracked(x: &Tensor) -> Tensor {
    x.reshape([8])
}

#[test]
fn helpers_operators_and_pointers() {
    let pointer: fn(&Tensor) -> Tensor = Tensor::sqrt;
    let own: fn(&Tensor) -> Tensor = tracked;
    let binary: fn(&Tensor, &Tensor) -> Tensor = lax::add;
    let captured = |y: &Tensor| {
        let y = y.clone();
        move |x: &Tensor| x - &y
    };
    let results = [
        given(&[2], |x| tracked(&x)),
        given(&[2], |x| untracked(&x)),
        given2([&[2], &[3]], |x, y| captured(&y)(&x)),
        given2([&[2], &[3]], |x, y| [x].iter().map(captured(&y)).collect::<Vec<_>>()),
        given2([&[2], &[3]], |x, y| vec![x, y].into_iter().fold(Tensor::scalar(0.0), |a, b| a + b)),
        // No line of this file calls the operation: the call around is named.
        given(&[2], |x| pointer(&x.gt(0.0))),
        given(&[2], |x| own(&x)),
        given2([&[2], &[3]], |x, y| binary(&x, &y)),
        given2([&[2], &[3]], |x, y| [x, y].iter().sum::<Tensor>()),
        given2([&[2], &[3]], |x, y| [y].into_iter().fold(x, std::ops::Add::add)),
        given(&[2], |x| [x.gt(0.0)].iter().map(Tensor::sin).collect::<Vec<_>>()),
        given(&[2], |x| {
            grad(|x: Tensor| [x].iter().map(Tensor::t).map(|x| pointer(&x.gt(0.0))).sum::<Tensor>())
                .call(x)
        }),
    ];
    check(
        results,
        expect![[r#"
        reshape: shapes [2] and [7]: they hold 2 and 7 elements
          at tracked(&x)
        reshape: shapes [2] and [8]: they hold 2 and 8 elements
          at reshape([8])
        sub: shapes [2] and [3]: they do not broadcast to a common shape
          at x - &y
        sub: shapes [2] and [3]: they do not broadcast to a common shape
          at x - &y
        add: shapes [2] and [3]: they do not broadcast to a common shape
          at a + b
        sqrt: dtypes bool: it takes floating-point or complex operands; use `convert`
          at given(&[2], |x| pointer(&x.gt(0.0)))
        reshape: shapes [2] and [7]: they hold 2 and 7 elements
          at fn tracked(x: &Tensor) -> Tensor {
        add: shapes [2] and [3]: they must be equal
          at given2([&[2], &[3]], |x, y| binary(&x, &y))
        add: shapes [2] and [3]: they do not broadcast to a common shape
          at given2([&[2], &[3]], |x, y| [x, y].iter().sum::<Tensor>())
        add: shapes [2] and [3]: they do not broadcast to a common shape
          at given2([&[2], &[3]], |x, y| [y].into_iter().fold(x, std::ops::Add::add))
        sin: dtypes bool: it takes floating-point or complex operands; use `convert`
          at given(&[2], |x| [x.gt(0.0)].iter().map(Tensor::sin).collect::<Vec<_>>())
        sqrt: dtypes bool: it takes floating-point or complex operands; use `convert`
          at call(x)
    "#]],
    );
}

#[test]
fn equations_carry_their_line() {
    let f = |x: Tensor| x.sin().sum();
    let line = line!() - 1;
    let on_line = |at: &Source| at.line() == line && at.file() == file!();
    for jaxpr in [
        make_jaxpr(f, array(&[2])),
        make_jaxpr(grad(f), array(&[2])),
        make_jaxpr(vmap(f), array(&[2, 3])),
    ] {
        let jaxpr = jaxpr.unwrap();
        assert!(jaxpr.eqns.iter().any(|e| on_line(&e.at)), "{jaxpr}");
        let files = jaxpr.eqns.iter().map(|e| e.at.file());
        assert_eq!(files.filter(|f| *f != file!()).count(), 0, "{jaxpr}");
    }
    let lowered = jit(f).lower(vec![1.0, 2.0]).unwrap();
    assert!(lowered.hlo().contains(&format!("source_line={line}")), "{}", lowered.hlo());
}
