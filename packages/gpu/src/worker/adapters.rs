//! Finding adapters, and what they are.

use pollster::block_on;
use wgpu::{Backend, Backends, DeviceType, Instance, InstanceDescriptor, InstanceFlags, RequestAdapterOptions};

use super::memory;
use crate::{Adapter, AdapterKind, Adapters, GpuError, State};

/// The adapters of this machine, the best first.
pub struct Found {
    adapters: Vec<wgpu::Adapter>,
    /// Why there is none.
    reason: String,
}

impl Found {
    pub fn look() -> Self {
        let mut wanted = InstanceDescriptor::new_without_display_handle();
        wanted.backends = Backends::VULKAN | Backends::METAL | Backends::DX12;
        wanted.flags = InstanceFlags::empty();
        let instance = Instance::new(wanted);
        let mut adapters = block_on(instance.enumerate_adapters(Backends::all()));
        adapters.sort_by_key(|adapter| kind(&adapter.get_info()));
        let reason = if adapters.is_empty() {
            match block_on(instance.request_adapter(&RequestAdapterOptions::default())) {
                Ok(_) => "an adapter came and went".into(),
                Err(e) => e.to_string(),
            }
        } else {
            String::new()
        };
        Self { adapters, reason }
    }

    pub fn get(&self, index: u32) -> Result<&wgpu::Adapter, GpuError> {
        if self.adapters.is_empty() {
            return Err(GpuError::NoAdapter {
                reason: self.reason.clone(),
            });
        }
        let at = usize::try_from(index).unwrap_or(usize::MAX);
        self.adapters.get(at).ok_or_else(|| GpuError::UnknownAdapter {
            index,
            count: u32::try_from(self.adapters.len()).unwrap_or(u32::MAX),
        })
    }

    pub fn describe(&self) -> Adapters {
        let list: Vec<Adapter> = (0..).zip(&self.adapters).map(|(i, a)| describe(i, a)).collect();
        let state = match list.first() {
            None => State::NoAdapter {
                reason: self.reason.clone(),
            },
            Some(best) if best.kind == AdapterKind::Software => State::Software {
                name: best.name.clone(),
            },
            Some(best) => State::Hardware {
                name: best.name.clone(),
            },
        };
        Adapters { state, list }
    }
}

fn describe(index: u32, adapter: &wgpu::Adapter) -> Adapter {
    let info = adapter.get_info();
    let kind = kind(&info);
    let seen = memory::look(adapter);
    Adapter {
        index,
        backend: info.backend.to_string(),
        driver: [info.driver, info.driver_info].join(" ").trim().to_owned(),
        kind,
        // What a software adapter calls its heap is a made-up share of main memory.
        memory_bytes: seen.heap.filter(|_| kind != AdapterKind::Software),
        max_binding_bytes: adapter.limits().max_storage_buffer_binding_size,
        int8_dot: match info.backend {
            Backend::Metal => crate::Dot::Emulated,
            _ => seen.dot,
        },
        name: info.name,
    }
}

pub fn kind(info: &wgpu::AdapterInfo) -> AdapterKind {
    match info.device_type {
        DeviceType::DiscreteGpu => AdapterKind::Discrete,
        DeviceType::IntegratedGpu => AdapterKind::Integrated,
        DeviceType::VirtualGpu => AdapterKind::Virtual,
        DeviceType::Cpu => AdapterKind::Software,
        DeviceType::Other => AdapterKind::Other,
    }
}
