//! What wgpu does not tell of a Vulkan device: its memory, and whether products of packed bytes are instructions.
#![allow(unsafe_code)]

use ash::vk;

use crate::Dot;

/// What the driver says.
pub struct Seen {
    /// Bytes of the largest heap that is local to the device.
    pub heap: Option<u64>,
    pub dot: Dot,
}

/// Asks the Vulkan driver; other backends do not tell.
pub fn look(adapter: &wgpu::Adapter) -> Seen {
    // SAFETY: the handles behind the guard are only read, and nothing made from them outlives it.
    let Some(hal) = (unsafe { adapter.as_hal::<wgpu::hal::api::Vulkan>() }) else {
        return Seen {
            heap: None,
            dot: Dot::Unknown,
        };
    };
    let instance = hal.shared_instance().raw_instance();
    let device = hal.raw_physical_device();
    // SAFETY: `device` is a physical device of `instance`; both live as long as the guard `hal`.
    let (memory, properties) = unsafe {
        (
            instance.get_physical_device_memory_properties(device),
            instance.get_physical_device_properties(device),
        )
    };
    let heap = memory
        .memory_heaps_as_slice()
        .iter()
        .filter(|heap| heap.flags.contains(vk::MemoryHeapFlags::DEVICE_LOCAL))
        .map(|heap| heap.size)
        .max();
    // Vulkan 1.3 asks every driver for the operation; before, wgpu uses the extension, which is rare without it.
    if properties.api_version < vk::API_VERSION_1_3 {
        return Seen {
            heap,
            dot: Dot::Emulated,
        };
    }
    let mut dot = vk::PhysicalDeviceShaderIntegerDotProductProperties::default();
    let mut all = vk::PhysicalDeviceProperties2::default().push_next(&mut dot);
    // SAFETY: as above, and the structure that is chained on belongs to Vulkan 1.3, which the device has.
    unsafe { instance.get_physical_device_properties2(device, &mut all) };
    let native = dot.integer_dot_product4x8_bit_packed_signed_accelerated == vk::TRUE;
    Seen {
        heap,
        dot: if native { Dot::Native } else { Dot::Slow },
    }
}
