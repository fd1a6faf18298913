//! What several examples share: the inputs and the closed-form answers of the workloads, timing,
//! and the rows they are reported in.

#![allow(dead_code, unreachable_pub, reason = "every example uses a part of it")]

pub mod answer;
pub mod functions;
pub mod inputs;
pub mod measure;
pub mod reference;
pub mod report;
pub mod timing;

use anyhow::{Result, bail};

/// Fails with the message unless the claim holds.
pub fn check(holds: bool, claim: &str) -> Result<()> {
    if !holds {
        bail!("check failed: {claim}");
    }
    println!("ok: {claim}");
    Ok(())
}
