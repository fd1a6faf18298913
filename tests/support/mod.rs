//! What several groups of tests share.

pub mod golden;
pub mod reference;
