//! Layer 5: devices, device arrays and executables. The only folder that names the `xla` crate,
//! and the only one that does input or output.
//!
//! Faults of that crate which the code here steers around:
//! - `buffer_from_host_literal` copies on another thread while the literal may already be gone:
//!   data goes up by `buffer_from_host_buffer` and `buffer_from_host_raw_bytes`, which copy first;
//! - `execute` on literals leaks its inputs: only `execute_b` is used;
//! - `Literal::copy_raw_to` writes past a destination that is too short, and
//!   `copy_raw_to_host_sync` checks its offset in elements but uses it in bytes: destinations here
//!   have exactly the right size, and offsets are zero.

mod array;
mod buffer;
mod cells;
mod client;
mod device;
mod executable;
mod format;
mod memory;

pub use array::Array;
pub(crate) use buffer::Buffer;
pub use device::{Device, default_device, set_default_device};
pub(crate) use executable::Executable;
pub(crate) use memory::machine_memory;

use crate::base::{Error, ErrorKind};

/// An error of XLA, met while `doing` something.
fn xla_error(doing: impl Into<String>, error: &xla::Error) -> Error {
    let message = match error {
        // Its display would add a backtrace through this crate.
        xla::Error::XlaError { msg, .. } => msg.trim().to_string(),
        other => other.to_string(),
    };
    Error::new(ErrorKind::Runtime { doing: doing.into(), message })
}
