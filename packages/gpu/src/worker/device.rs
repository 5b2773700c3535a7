//! A device: buffers, pipelines, dispatches, and errors that come back as values instead of panics.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pollster::block_on;
use wgpu::{
    Adapter, BindGroup, BindGroupDescriptor, BindGroupEntry, Buffer, BufferDescriptor, BufferUsages, CommandEncoder,
    CommandEncoderDescriptor, ComputePassDescriptor, ComputePipeline, ComputePipelineDescriptor, Device,
    DeviceDescriptor, ExperimentalFeatures, Features, MapMode, MemoryHints, PipelineCompilationOptions, PollType,
    Queue, Trace,
};

use super::{adapters, trusted};
use crate::{AdapterKind, GpuError};

/// An opened device.
pub struct Gpu {
    pub device: Device,
    pub queue: Queue,
    pub kind: AdapterKind,
    fault: Fault,
}

/// The first thing that went wrong since the last look.
#[derive(Clone, Default)]
struct Fault(Arc<Mutex<Option<GpuError>>>);

impl Fault {
    fn put(&self, error: GpuError) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
    }

    fn take(&self) -> Option<GpuError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Gpu {
    pub fn open(adapter: &Adapter) -> Result<Self, GpuError> {
        let wanted = DeviceDescriptor {
            label: None,
            required_features: Features::empty(),
            required_limits: adapter.limits(),
            experimental_features: ExperimentalFeatures::disabled(),
            memory_hints: MemoryHints::Performance,
            trace: Trace::Off,
        };
        let (device, queue) =
            block_on(adapter.request_device(&wanted)).map_err(|e| GpuError::device("opening the adapter", e))?;
        let fault = Fault::default();
        let seen = fault.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            seen.put(match error {
                wgpu::Error::OutOfMemory { .. } => GpuError::OutOfMemory {
                    what: "a buffer".into(),
                },
                other => GpuError::device("the device", other),
            });
        }));
        let seen = fault.clone();
        device.set_device_lost_callback(move |reason, text| {
            seen.put(GpuError::device("the device was lost", format!("{reason:?} {text}")));
        });
        Ok(Self {
            device,
            queue,
            kind: adapters::kind(&adapter.get_info()),
            fault,
        })
    }

    pub fn is_software(&self) -> bool {
        self.kind == AdapterKind::Software
    }

    /// Fails with what went wrong since the last look.
    pub fn check(&self) -> Result<(), GpuError> {
        self.fault.take().map_or(Ok(()), Err)
    }

    /// A buffer of zeros.
    pub fn buffer(&self, bytes: u64, usage: BufferUsages) -> Result<Buffer, GpuError> {
        let buffer = self.device.create_buffer(&BufferDescriptor {
            label: None,
            size: bytes,
            usage: usage | BufferUsages::COPY_DST | BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        });
        self.check()?;
        Ok(buffer)
    }

    /// A storage buffer with these words in it.
    pub fn words(&self, words: impl IntoIterator<Item = u32>) -> Result<Buffer, GpuError> {
        let bytes: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
        let buffer = self.buffer(bytes.len() as u64, BufferUsages::STORAGE)?;
        self.queue.write_buffer(&buffer, 0, &bytes);
        self.check()?;
        Ok(buffer)
    }

    /// A pipeline of one of our own kernels, with the layout that its source gives it.
    pub fn own(&self, label: &str, source: &'static str, header: &str) -> Result<ComputePipeline, GpuError> {
        let module = trusted::module(&self.device, label, source, header);
        let pipeline = self.device.create_compute_pipeline(&ComputePipelineDescriptor {
            label: Some(label),
            layout: None,
            module: &module,
            entry_point: None,
            compilation_options: PipelineCompilationOptions::default(),
            cache: None,
        });
        self.check()?;
        Ok(pipeline)
    }

    /// The buffers as bindings 0, 1, ... of group 0.
    pub fn bind(&self, pipeline: &ComputePipeline, buffers: &[&Buffer]) -> Result<BindGroup, GpuError> {
        let entries: Vec<BindGroupEntry<'_>> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let group = self.device.create_bind_group(&BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        self.check()?;
        Ok(group)
    }

    /// Records commands, submits them and waits for their end. Returns the time from submission to end.
    pub fn run(&self, record: impl FnOnce(&mut CommandEncoder)) -> Result<Duration, GpuError> {
        let mut encoder = self.device.create_command_encoder(&CommandEncoderDescriptor::default());
        record(&mut encoder);
        let commands = encoder.finish();
        let started = Instant::now();
        let index = self.queue.submit([commands]);
        let waited = self.device.poll(PollType::Wait {
            submission_index: Some(index),
            timeout: None,
        });
        let time = started.elapsed();
        self.check()?;
        waited.map_err(|e| GpuError::device("waiting for the device", e))?;
        Ok(time)
    }

    /// Dispatches a kernel `times` times in one submission.
    pub fn dispatch(&self, kernel: &Kernel, times: u32) -> Result<Duration, GpuError> {
        self.run(|encoder| {
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
            pass.set_pipeline(&kernel.pipeline);
            pass.set_bind_group(0, &kernel.group, &[]);
            let [x, y] = kernel.grid;
            for _ in 0..times {
                pass.dispatch_workgroups(x, y, 1);
            }
        })
    }

    /// The first `bytes` of a buffer.
    pub fn read(&self, buffer: &Buffer, bytes: u64) -> Result<Vec<u8>, GpuError> {
        let staging = self.device.create_buffer(&BufferDescriptor {
            label: None,
            size: bytes,
            usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.check()?;
        self.run(|encoder| encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, bytes))?;
        let (to, mapped) = std::sync::mpsc::channel();
        staging.map_async(MapMode::Read, .., move |result| {
            let _ = to.send(result);
        });
        let waited = self.device.poll(PollType::wait_indefinitely());
        self.check()?;
        waited.map_err(|e| GpuError::device("waiting for the device", e))?;
        let failed = |e: &dyn ToString| GpuError::device("reading from the device", e.to_string());
        match mapped.try_recv() {
            Ok(Ok(())) => {}
            Ok(Err(e)) => return Err(failed(&e)),
            Err(e) => return Err(failed(&e)),
        }
        let view = staging.get_mapped_range(..).map_err(|e| failed(&e))?;
        Ok(view.to_vec())
    }

    /// The first `count` words of a buffer.
    pub fn read_words(&self, buffer: &Buffer, count: u64) -> Result<Vec<u32>, GpuError> {
        let bytes = self.read(buffer, count * 4)?;
        let (words, _) = bytes.as_chunks::<4>();
        Ok(words.iter().map(|word| u32::from_le_bytes(*word)).collect())
    }
}

/// A kernel with its buffers and its workgroups.
pub struct Kernel {
    pub pipeline: ComputePipeline,
    pub group: BindGroup,
    pub grid: [u32; 2],
}
