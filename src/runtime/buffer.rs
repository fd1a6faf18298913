//! An array in the memory of a device, and the ways up and down.

use super::cells::Cells;
use super::client::client;
use super::{Device, xla_error};
use crate::base::{DType, Error, HostArray, Result, Shape};
use std::sync::Arc;
use xla::{ArrayElement, PjRtBuffer, PrimitiveType};

/// An array in the memory of a device. Immutable and cheap to clone.
#[derive(Clone)]
pub(crate) struct Buffer {
    raw: Arc<PjRtBuffer>,
    dtype: DType,
    shape: Shape,
    device: Device,
}

impl Buffer {
    /// A buffer that XLA made, described by whoever asked for it.
    pub(super) fn new(raw: PjRtBuffer, dtype: DType, shape: Shape, device: Device) -> Buffer {
        Buffer { raw: Arc::new(raw), dtype, shape, device }
    }

    /// A copy of `cells` on the device, as an array of this shape.
    pub(super) fn upload(device: Device, shape: &Shape, cells: &Cells) -> Result<Buffer> {
        if cells.len() != shape.size() {
            let what = format!("{} values uploaded as an array {shape}", cells.len());
            return Err(Error::internal(what));
        }
        let client = client(device)?;
        let uploaded = match cells {
            Cells::U8(v) => client.buffer_from_host_buffer(v, shape, None),
            Cells::I32(v) => client.buffer_from_host_buffer(v, shape, None),
            Cells::U32(v) => client.buffer_from_host_buffer(v, shape, None),
            Cells::I64(v) => client.buffer_from_host_buffer(v, shape, None),
            Cells::F32(v) => client.buffer_from_host_buffer(v, shape, None),
            Cells::F64(v) => client.buffer_from_host_buffer(v, shape, None),
            other => {
                let kind = primitive(cells.dtype())
                    .element_type()
                    .map_err(|e| xla_error(format!("arrays of {}", cells.dtype()), &e))?;
                client.buffer_from_host_raw_bytes(kind, &other.bytes(), shape, None)
            }
        };
        let raw = uploaded.map_err(|e| xla_error(format!("copying an array to {device}"), &e))?;
        Ok(Buffer::new(raw, cells.dtype(), shape.clone(), device))
    }

    /// The values, copied to host memory. Waits until they are computed.
    pub(super) fn download(&self) -> Result<Cells> {
        Ok(match self.dtype {
            DType::U8 => Cells::U8(self.values()?),
            DType::I32 => Cells::I32(self.values()?),
            DType::U32 => Cells::U32(self.values()?),
            DType::I64 => Cells::I64(self.values()?),
            DType::F32 => Cells::F32(self.values()?),
            DType::F64 => Cells::F64(self.values()?),
            dtype => {
                let host = HostArray::from_bytes(dtype, self.shape.clone(), self.bytes()?)?;
                Cells::from_host(&host)
            }
        })
    }

    /// Waits until the values are computed.
    pub(super) fn wait(&self) -> Result<()> {
        fn first<T: ArrayElement>(raw: &PjRtBuffer) -> xla::Result<()> {
            raw.copy_raw_to_host_sync(&mut [T::ZERO], 0)
        }
        // XLA's Rust interface has no other way to wait than to copy, so one value is copied.
        match (self.device, self.dtype) {
            // Programs on the CPU return when they are done.
            (Device::Cpu, _) => Ok(()),
            _ if self.shape.size() == 0 => Ok(()),
            (_, DType::U8) => first::<u8>(&self.raw),
            (_, DType::I32) => first::<i32>(&self.raw),
            (_, DType::U32) => first::<u32>(&self.raw),
            (_, DType::I64) => first::<i64>(&self.raw),
            (_, DType::F32) => first::<f32>(&self.raw),
            (_, DType::F64) => first::<f64>(&self.raw),
            _ => return self.bytes().map(drop),
        }
        .map_err(|e| xla_error(format!("computing {}{}", self.dtype, self.shape), &e))
    }

    /// The element type.
    pub(crate) fn dtype(&self) -> DType {
        self.dtype
    }

    /// The shape.
    pub(crate) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Where the buffer lies.
    pub(crate) fn device(&self) -> Device {
        self.device
    }

    /// The buffer as XLA knows it.
    pub(super) fn raw(&self) -> &PjRtBuffer {
        &self.raw
    }

    /// That XLA's idea of the buffer agrees with what the one who asked for it said.
    pub(super) fn check(&self) -> Result<()> {
        let shape = match self.raw.on_device_shape() {
            Ok(xla::Shape::Array(shape)) => shape,
            other => return Err(Error::internal(format!("a result of shape {other:?}"))),
        };
        let dims = shape.dims().iter().map(|&d| d as usize);
        if dims.eq(self.shape.iter().copied()) && shape.primitive_type() == primitive(self.dtype) {
            return Ok(());
        }
        Err(Error::internal(format!("{shape:?} instead of {}{}", self.dtype, self.shape)))
    }

    /// The values of a dtype that XLA can copy as they stand.
    fn values<T: ArrayElement>(&self) -> Result<Vec<T>> {
        let mut values = vec![T::ZERO; self.shape.size()];
        match self.device {
            _ if values.is_empty() => Ok(values),
            // On the CPU a buffer is always dense and row-major.
            Device::Cpu => self.raw.copy_raw_to_host_sync(&mut values, 0).map(|()| values),
            Device::Cuda(_) => self.raw.to_literal_sync().and_then(|literal| literal.to_vec()),
        }
        .map_err(|e| self.download_error(&e))
    }

    /// The bytes of an array of a dtype that XLA's Rust interface has no type for.
    fn bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = vec![0; self.shape.size() * self.dtype.bytes()];
        if !bytes.is_empty() {
            self.raw
                .to_literal_sync()
                .and_then(|literal| literal.copy_untyped_to(&mut bytes))
                .map_err(|e| self.download_error(&e))?;
        }
        Ok(bytes)
    }

    fn download_error(&self, error: &xla::Error) -> Error {
        xla_error(format!("copying {}{} from {}", self.dtype, self.shape, self.device), error)
    }
}

fn primitive(dtype: DType) -> PrimitiveType {
    match dtype {
        DType::Bool => PrimitiveType::Pred,
        DType::U8 => PrimitiveType::U8,
        DType::I32 => PrimitiveType::S32,
        DType::U32 => PrimitiveType::U32,
        DType::I64 => PrimitiveType::S64,
        DType::F32 => PrimitiveType::F32,
        DType::F64 => PrimitiveType::F64,
        DType::F16 => PrimitiveType::F16,
        DType::BF16 => PrimitiveType::Bf16,
        DType::C64 => PrimitiveType::C64,
        DType::C128 => PrimitiveType::C128,
    }
}
