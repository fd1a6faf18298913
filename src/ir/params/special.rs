//! Parameters of special functions.

/// A special function, element by element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Special {
    /// The function.
    pub op: SpecialOp,
}

/// The special functions. Those with orders are the derivatives of that order in the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names are the documentation
pub enum SpecialOp {
    Lgamma,
    Digamma,
    /// `ζ(s, q) = Σ (q + k)⁻ˢ`.
    Zeta,
    /// `P(a, x)`, or its derivative in `a` of this order.
    Igamma(u8),
    /// `Q(a, x) = 1 − P(a, x)`.
    Igammac,
    /// `I_x(a, b)`, or its derivative in `a` and `b` of these orders.
    Betainc(u8, u8),
    ErfInv,
    /// `e^−|x| I₀(x)`.
    BesselI0e,
    /// `e^−|x| I₁(x)`.
    BesselI1e,
}

impl SpecialOp {
    /// All functions.
    pub const ALL: [SpecialOp; 9] = [
        SpecialOp::Lgamma,
        SpecialOp::Digamma,
        SpecialOp::Zeta,
        SpecialOp::Igamma(0),
        SpecialOp::Igammac,
        SpecialOp::Betainc(0, 0),
        SpecialOp::ErfInv,
        SpecialOp::BesselI0e,
        SpecialOp::BesselI1e,
    ];
}
