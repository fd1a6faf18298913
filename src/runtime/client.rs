//! The connection to XLA: one client per device, made at its first use and kept for the life of
//! the process.

use super::{Device, xla_error};
use crate::base::{Error, ErrorKind, Result};
use once_cell::sync::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use xla::{PjRtClient, PluginOption};

static CPU: OnceCell<Result<PjRtClient>> = OnceCell::new();
static CUDA: Mutex<BTreeMap<usize, Result<PjRtClient>>> = Mutex::new(BTreeMap::new());

/// The client of this device. An error at the first use is remembered and returned ever after.
pub(super) fn client(device: Device) -> Result<PjRtClient> {
    match device {
        Device::Cpu => CPU.get_or_init(start_cpu).clone(),
        Device::Cuda(number) => {
            let mut clients = CUDA.lock().unwrap_or_else(PoisonError::into_inner);
            clients.entry(number).or_insert_with(|| start_cuda(number)).clone()
        }
    }
}

fn start_cpu() -> Result<PjRtClient> {
    silence();
    PjRtClient::cpu().map_err(|e| xla_error("starting XLA on the CPU", &e))
}

/// XLA always compiles for the first device of a client, so each GPU has a client of its own that
/// sees no other.
fn start_cuda(number: usize) -> Result<PjRtClient> {
    silence();
    let plugin = cuda_plugin()?;
    let visible = [("visible_devices", PluginOption::IntList(vec![number as i64]))];
    PjRtClient::plugin_with_options("cuda", &plugin, &visible).map_err(|e| {
        let doing = format!("starting XLA on cuda:{number} with {}", plugin.display());
        xla_error(doing, &e)
    })
}

/// Keep XLA's progress messages off stderr; its errors still show.
fn silence() {
    xla::set_min_log_level(xla::TfLogLevel::Error);
}

const PLUGIN_VARIABLE: &str = "COTANGENT_PJRT_CUDA_PLUGIN";

/// Prints the path of the CUDA plugin that JAX for CUDA installs, the newest first.
const FIND_PLUGIN: &str = "
import os, sys
for folder in sys.path:
    for cuda in ('xla_cuda13', 'xla_cuda12'):
        file = os.path.join(folder, 'jax_plugins', cuda, 'xla_cuda_plugin.so')
        if os.path.exists(file):
            sys.exit(print(file))
";

/// The file of the CUDA plugin.
fn cuda_plugin() -> Result<PathBuf> {
    let missing = |message: String| {
        Error::new(ErrorKind::Runtime { doing: "looking for XLA's CUDA plugin".into(), message })
    };
    if let Some(named) = std::env::var_os(PLUGIN_VARIABLE).filter(|p| !p.is_empty()) {
        let named = PathBuf::from(named);
        return if named.is_file() {
            Ok(named)
        } else {
            Err(missing(format!("{PLUGIN_VARIABLE} is {}, which is no file", named.display())))
        };
    }
    let python = std::env::var_os("VIRTUAL_ENV")
        .map_or_else(|| "python3".into(), |env| Path::new(&env).join("bin").join("python"));
    let found = Command::new(&python)
        .args(["-c", FIND_PLUGIN])
        .stderr(Stdio::null())
        .output()
        .ok()
        .and_then(|out| String::from_utf8(out.stdout).ok())
        .unwrap_or_default();
    match found.trim() {
        "" => Err(missing(format!(
            "`{}` knows no JAX for CUDA; install it (`pip install jax[cuda13]`), or set \
             {PLUGIN_VARIABLE} to the path of a xla_cuda_plugin.so",
            python.display()
        ))),
        file => Ok(PathBuf::from(file)),
    }
}
