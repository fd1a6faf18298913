//! How much memory there is.

use once_cell::sync::OnceCell;
use std::fs;

/// The bytes of memory that this process may use, where the system tells: those of the machine, or
/// fewer in a container that has a limit.
pub(crate) fn machine_memory() -> Option<usize> {
    static BYTES: OnceCell<Option<usize>> = OnceCell::new();
    *BYTES.get_or_init(|| {
        let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
        let container = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
        let container = container.and_then(|text| text.trim().parse().ok());
        machine.into_iter().chain(container).min()
    })
}

/// The first line of `/proc/meminfo`: `MemTotal: 24590612 kB`.
fn total(meminfo: &str) -> Option<usize> {
    let kilobytes = meminfo.lines().next()?.strip_prefix("MemTotal:")?.split_whitespace().next()?;
    kilobytes.parse::<usize>().ok()?.checked_mul(1024)
}
