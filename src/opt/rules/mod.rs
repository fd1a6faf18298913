//! Rewrite rules: what an equation may be replaced by, given the equations behind its operands.
//!
//! Laws for rules:
//! - a rule never makes a program larger or slower, so applying rules ends;
//! - it holds for NaN, infinities and −0.0; what it does to the payload of a NaN is free. A rule
//!   that may change the sign of a zero, or the order in which a sum is taken, says so;
//! - it is named by a function of its own, and `tests/passes.rs` has a case for each.

mod arith;
mod choice;
mod elementwise;
mod shape;

use super::builder::Builder;
use crate::base::Result;
use crate::ir::{Atom, Prim};

/// The atom that the result of a primitive on these operands may be replaced by.
type Rule = fn(&mut Builder, &Prim, &[Atom]) -> Result<Option<Atom>>;

/// The first replacement that a rule finds.
///
/// # Errors
/// When a rule emits an equation that does not fit, which is a bug here.
pub(super) fn apply(b: &mut Builder, prim: &Prim, ins: &[Atom]) -> Result<Option<Atom>> {
    let rules: &[Rule] = match prim {
        Prim::Unary(_) => &[
            elementwise::of_scalars,
            arith::neg_neg,
            arith::neg_scaled,
            arith::abs_neg,
            arith::not_not,
        ],
        Prim::Binary(_) => &[
            elementwise::of_scalars,
            elementwise::literal_operands,
            arith::add_zero,
            arith::mul_one,
            arith::mul_minus_one,
            arith::div_one,
            arith::add_neg,
            arith::sub_neg,
            arith::mul_neg,
            arith::div_neg,
            arith::same_operand,
            elementwise::of_views,
        ],
        Prim::Compare(_) => &[elementwise::of_scalars, elementwise::literal_operands],
        Prim::IntegerPow(_) => &[elementwise::of_scalars, arith::power_zero, arith::power_one],
        Prim::Select(_) => &[
            elementwise::of_scalars,
            elementwise::literal_operands,
            choice::select_known,
            choice::select_same,
            choice::select_not,
            choice::select_select,
        ],
        Prim::Clamp(_) => &[elementwise::of_scalars, elementwise::literal_operands],
        Prim::Convert(_) => {
            &[elementwise::of_scalars, choice::convert_same, choice::convert_convert]
        }
        Prim::StopGradient(_) => &[choice::stop_gradient],
        Prim::BroadcastInDim(_) => &[shape::broadcast_same, shape::broadcast_broadcast],
        Prim::Reshape(_) => {
            &[shape::reshape_same, shape::reshape_reshape, shape::reshape_of_scalar]
        }
        Prim::Squeeze(_) => &[shape::squeeze_is_reshape],
        Prim::Transpose(_) => &[
            shape::transpose_same,
            shape::transpose_transpose,
            shape::transpose_of_units,
            shape::transpose_broadcast,
        ],
        Prim::Iota(_) => &[shape::iota_unit],
        Prim::Pad(_) => &[shape::pad_crops],
        Prim::Rev(_) => &[shape::rev_rev],
        Prim::Slice(_) => &[
            shape::slice_all,
            shape::slice_slice,
            shape::slice_broadcast,
            shape::slice_concatenate,
        ],
        Prim::DynamicSlice(_) => &[shape::dynamic_slice_known],
        Prim::Concatenate(_) => &[shape::concatenate_one, shape::concatenate_slices],
        Prim::Reduce(_) => &[shape::reduce_nothing, shape::reduce_units, shape::reduce_reduce],
        _ => &[],
    };
    for rule in rules {
        if let Some(atom) = rule(b, prim, ins)? {
            return Ok(Some(atom));
        }
    }
    Ok(None)
}

/// The value of a literal, as a number.
fn number(atom: Atom) -> Option<f64> {
    match atom {
        Atom::Lit(s) => Some(s.to_f64()),
        Atom::Var(_) => None,
    }
}
