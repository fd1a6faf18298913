//! What several groups of tests share.

pub mod claims;
pub mod compare;
pub mod document;
pub mod golden;
pub mod reference;
pub mod values;
