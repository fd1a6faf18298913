//! Many claims about values, checked by one compiled program.
//!
//! A compilation costs tens of milliseconds whatever its size, so one program computes all the
//! values of a test. A failure names the line of its claim all the same.

use super::compare::{compare, numbers, rtol};
use super::document::reads_back;
use cotangent::{Array, IntoHost, Tensor, Tree, jit, make_jaxpr};
use std::cell::RefCell;
use std::panic::Location;

/// Pairs of values that should agree.
#[derive(Default)]
pub struct Claims(RefCell<Vec<Claim>>);

struct Claim {
    at: &'static Location<'static>,
    note: String,
    /// The relative error that passes.
    tolerance: f64,
    found: Vec<Tensor>,
    wanted: Vec<Tensor>,
}

fn leaves(tree: &impl Tree) -> Vec<Tensor> {
    let mut leaves = Vec::new();
    tree.flatten(&mut leaves);
    leaves
}

impl Claims {
    /// The two trees have equal structure, types and, up to rounding, values.
    #[track_caller]
    pub fn agree<A: Tree, B: Tree>(&self, found: A, wanted: B) {
        self.agree_within(rtol(cotangent::DType::F64), "", found, wanted);
    }

    /// The same up to a relative error, with a note for the case of a failure.
    #[track_caller]
    pub fn agree_within<A: Tree, B: Tree>(&self, tolerance: f64, note: &str, found: A, wanted: B) {
        let at = Location::caller();
        assert_eq!(found.def(), wanted.def(), "{at}: {note}: structure");
        let (found, wanted) = (leaves(&found), leaves(&wanted));
        let claim = Claim { at, note: note.into(), tolerance, found, wanted };
        self.0.borrow_mut().push(claim);
    }
}

impl Claim {
    /// What is wrong with it, leaf by leaf.
    fn failures(&self, found: &[Array], wanted: &[Array]) -> Vec<String> {
        let wrong = |(f, w): (&Array, &Array)| {
            let types = [f, w].map(|a| format!("{}{}", a.dtype(), a.shape()));
            if types[0] != types[1] {
                return Some(types.join(" instead of "));
            }
            let tolerance = self.tolerance.max(rtol(f.dtype()));
            compare(&numbers(f).unwrap(), &numbers(w).unwrap(), tolerance, false)
        };
        let wrong = found.iter().zip(wanted).filter_map(wrong);
        wrong.map(|why| format!("{}: {} {why}", self.at, self.note)).collect()
    }
}

/// Checks the claims that a function makes about its arguments.
#[track_caller]
pub fn prove<const N: usize>(
    points: [impl IntoHost<Array>; N],
    claims: impl Fn(&Claims, [Tensor; N]),
) {
    let collected = Claims::default();
    let program = |points: [Tensor; N]| -> Vec<Tensor> {
        collected.0.borrow_mut().clear();
        claims(&collected, points);
        let claims = collected.0.borrow();
        claims.iter().flat_map(|c| [&c.found[..], &c.wanted[..]].concat()).collect()
    };
    let points = points.map(IntoHost::into_host);
    reads_back(&make_jaxpr(program, points.clone()).unwrap());
    let values = jit(program).call(points).unwrap();
    let (mut rest, mut wrong) = (&values[..], Vec::new());
    for claim in collected.0.borrow().iter() {
        let (found, after) = rest.split_at(claim.found.len());
        let (wanted, after) = after.split_at(claim.wanted.len());
        rest = after;
        wrong.extend(claim.failures(found, wanted));
    }
    assert!(!collected.0.borrow().is_empty(), "no claims");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_claim_fails() {
    type Claim<'a> = &'a dyn Fn(&Claims, Tensor);
    let wrong: [(&str, Claim<'_>); 4] = [
        ("instead of 1", &|c, x| c.agree(&x * 2.0, x)),
        ("f64[1] instead of f64[]", &|c, x| c.agree(x.expand_dims(0), x)),
        ("f32[] instead of f64[]", &|c, x| c.agree(x.as_type::<f32>(), x)),
        ("structure", &|c, x| c.agree([x.clone(), x.clone()], x)),
    ];
    for (why, claim) in wrong {
        let run = || prove([1.0], |c, [x]| claim(c, x));
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains(why) && message.contains("claims.rs"), "{message}");
    }
}
