//! A compiled program.

use super::client::client;
use super::{Buffer, Device, xla_error};
use crate::base::{DType, Error, Result, Shape};
use once_cell::sync::OnceCell;
use xla::{HloModuleProto, PjRtLoadedExecutable, XlaComputation};

/// A program compiled for one device.
pub(crate) struct Executable {
    raw: PjRtLoadedExecutable,
    outputs: Vec<(DType, Shape)>,
    device: Device,
    /// That the first run's results had the types in `outputs`.
    checked: OnceCell<Result<()>>,
}

impl Executable {
    /// Compile HLO text whose entry computation returns a tuple of arrays of the given types.
    ///
    /// # Errors
    /// When XLA rejects the text, or the device cannot be used.
    pub(crate) fn compile(
        hlo: &str,
        outputs: Vec<(DType, Shape)>,
        device: Device,
    ) -> Result<Executable> {
        let client = client(device)?;
        let module = HloModuleProto::parse_and_return_unverified_module(hlo.as_bytes())
            .map_err(|e| xla_error("parsing HLO", &e))?;
        let raw = client
            .compile(&XlaComputation::from_proto(&module))
            .map_err(|e| xla_error(format!("compiling for {device}"), &e))?;
        Ok(Executable { raw, outputs, device, checked: OnceCell::new() })
    }

    /// Run the program. The inputs lie on its device and have the types it was compiled for.
    ///
    /// # Errors
    /// When XLA fails, for example for want of memory.
    pub(crate) fn execute(&self, inputs: &[&Buffer]) -> Result<Vec<Buffer>> {
        if let Some(stray) = inputs.iter().find(|b| b.device() != self.device) {
            let what = format!("an input on {} for {}", stray.device(), self.device);
            return Err(Error::internal(what));
        }
        let inputs: Vec<_> = inputs.iter().map(|b| b.raw()).collect();
        let results = self
            .raw
            .execute_b(&inputs)
            .map_err(|e| xla_error(format!("running on {}", self.device), &e))?
            .into_iter()
            .next()
            .unwrap_or_default();
        if results.len() != self.outputs.len() {
            let what = format!("{} results instead of {}", results.len(), self.outputs.len());
            return Err(Error::internal(what));
        }
        let results: Vec<_> = results
            .into_iter()
            .zip(&self.outputs)
            .map(|(raw, (dtype, shape))| Buffer::new(raw, *dtype, shape.clone(), self.device))
            .collect();
        self.checked.get_or_init(|| results.iter().try_for_each(Buffer::check)).clone()?;
        Ok(results)
    }

    /// The device that the program is compiled for.
    pub(crate) fn device(&self) -> Device {
        self.device
    }
}
