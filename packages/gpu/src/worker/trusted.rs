//! Our own kernels, compiled without the checks that strangers' kernels get.
#![allow(unsafe_code)]

use wgpu::{Device, ShaderModule, ShaderModuleDescriptor, ShaderRuntimeChecks, ShaderSource};

/// A module of one of the sources in `kernels/`.
pub fn module(device: &Device, label: &str, source: &'static str, header: &str) -> ShaderModule {
    let wanted = ShaderModuleDescriptor {
        label: Some(label),
        source: ShaderSource::Wgsl(format!("{header}{source}").into()),
    };
    // SAFETY: the source is part of this program (`'static`), the header is a few constants of ours. Its loops are
    // counted, its indices stay within the buffers that `bench`, `gemm` and `hash` bind, and nothing is divided by a
    // variable. Tests compare every kernel's results with the processor's.
    unsafe { device.create_shader_module_trusted(wanted, ShaderRuntimeChecks::unchecked()) }
}
