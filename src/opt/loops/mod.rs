//! Loops: what moves into their bodies and out of them.
//!
//! Passes see a loop as one opaque equation, and its body as a program of its own whose operands
//! are nothing but inputs. So [`sink`] comes first: what the operands are made of, where it costs
//! nothing to make it again (broadcasts, and all that comes of literals and indices alone, such as
//! identities), goes into the body, where passes can use it. And [`hoist`] comes last: what a body
//! computes of its constants alone is computed once outside, but for such cheap things.
//!
//! Between, [`keep_few`] makes loops hand out fewer values of every run, and [`sink`] comes again.
//!
//! All preserve types, and values bitwise.

mod hoist;
mod kept;
mod sink;

use crate::ir::{Aval, Jaxpr, Prim, Var};
pub(super) use hoist::hoist;
pub(super) use kept::keep_few;
pub(super) use sink::sink;

/// A program with inputs of these types, to write equations into.
fn blank(avals: Vec<Aval>) -> Jaxpr {
    let n_ins = avals.len();
    Jaxpr { avals, consts: Vec::new(), n_ins, eqns: Vec::new(), outs: Vec::new() }
}

/// What of a program is cheap enough to be made again wherever it is needed: a few broadcasts, and
/// what comes of literals and indices alone.
struct Cheap {
    /// By variable, the number of equations that make it; 0 for a value that is not cheap.
    weight: Vec<usize>,
}

impl Cheap {
    /// A value of more equations is not cheap.
    const MOST: usize = 64;

    fn new(jaxpr: &Jaxpr) -> Cheap {
        let n = jaxpr.avals.len();
        let (mut pure, mut weight) = (vec![false; n], vec![0; n]);
        for e in &jaxpr.eqns {
            let ins: Vec<usize> = e.ins.iter().filter_map(|a| a.var()).map(Var::index).collect();
            let total = 1 + ins.iter().map(|&v| weight[v]).sum::<usize>();
            let spreads = matches!(e.prim, Prim::BroadcastInDim(_) | Prim::Iota(_));
            let is_pure = (spreads || is_elementwise(&e.prim)) && ins.iter().all(|&v| pure[v]);
            let is_cheap = total <= Cheap::MOST && (spreads || is_pure);
            for v in &e.outs {
                pure[v.index()] = is_pure && is_cheap;
                weight[v.index()] = if is_cheap { total } else { 0 };
            }
        }
        Cheap { weight }
    }

    fn is(&self, var: Var) -> bool {
        self.weight[var.index()] > 0
    }
}

fn is_elementwise(prim: &Prim) -> bool {
    use Prim::{Binary, Compare, Convert, Reshape, Select, Transpose, Unary};
    matches!(
        prim,
        Unary(_) | Binary(_) | Compare(_) | Convert(_) | Select(_) | Reshape(_) | Transpose(_)
    )
}
