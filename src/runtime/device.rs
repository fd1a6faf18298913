//! The devices that programs run on, and the choice among them.

use super::format;
use crate::base::{Error, Result};
use once_cell::sync::OnceCell;
use std::fmt;
use std::str::FromStr;
use std::sync::RwLock;

/// Where a program runs and where its arrays lie.
///
/// Written as `cpu`, `cuda` (the first GPU) or `cuda:1`.
///
/// ```
/// use cotangent::Device;
/// # fn main() -> cotangent::Result<()> {
/// assert_eq!("cuda:1".parse::<Device>()?, Device::Cuda(1));
/// assert_eq!(Device::Cpu.to_string(), "cpu");
/// assert!("tpu".parse::<Device>().is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Device {
    /// The processor of this machine.
    Cpu,
    /// The NVIDIA GPU with this number, by XLA's CUDA plugin.
    ///
    /// The plugin is the file that the environment variable `COTANGENT_PJRT_CUDA_PLUGIN` names, or
    /// else the one of JAX for CUDA in the Python environment: that of `VIRTUAL_ENV`, or of the
    /// `python3` on the path.
    Cuda(usize),
}

/// The device that functions run on unless told otherwise.
///
/// It is the one last given to [`set_default_device`], or else what the environment variable
/// `COTANGENT_DEVICE` says, or else the CPU.
///
/// # Errors
/// When `COTANGENT_DEVICE` names no device.
///
/// ```
/// use cotangent::{Device, default_device, set_default_device};
/// # fn main() -> cotangent::Result<()> {
/// set_default_device(Device::Cpu);
/// assert_eq!(default_device()?, Device::Cpu);
/// # Ok(())
/// # }
/// ```
pub fn default_device() -> Result<Device> {
    let chosen = *CHOSEN.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    chosen.map_or_else(|| FROM_ENVIRONMENT.get_or_init(from_environment).clone(), Ok)
}

/// Choose the device that functions run on unless told otherwise, for the whole process.
///
/// Nothing is started yet: a device that does not work shows at its first use.
pub fn set_default_device(device: Device) {
    *CHOSEN.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(device);
}

static CHOSEN: RwLock<Option<Device>> = RwLock::new(None);
static FROM_ENVIRONMENT: OnceCell<Result<Device>> = OnceCell::new();

fn from_environment() -> Result<Device> {
    match std::env::var("COTANGENT_DEVICE") {
        Ok(name) if !name.is_empty() => {
            name.parse().map_err(|_| Error::argument("COTANGENT_DEVICE", unknown(&name)))
        }
        _ => Ok(Device::Cpu),
    }
}

fn unknown(name: &str) -> String {
    format!("there is no device `{name}`; write cpu, cuda or cuda:1")
}

impl Device {
    /// Whether programs for it can call the functions of `cotangent_kernels`.
    pub(crate) fn has_kernels(self) -> bool {
        cotangent_kernels::print_with(format::print);
        self == Device::Cpu && cotangent_kernels::available()
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            Device::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}

impl FromStr for Device {
    type Err = Error;

    fn from_str(name: &str) -> Result<Device> {
        match name.split_once(':') {
            None if name == "cpu" => Some(Device::Cpu),
            None if name == "cuda" => Some(Device::Cuda(0)),
            Some(("cuda", number)) => number.parse().ok().map(Device::Cuda),
            _ => None,
        }
        .ok_or_else(|| Error::argument("device", unknown(name)))
    }
}
