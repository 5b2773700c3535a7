//! A job of wgsl/1 on a device: admitted and rewritten by `joule_wgsl`, compiled with every check that wgpu has.

use std::collections::HashMap;

use joule_wgsl::{admit, fault_of_status, Dispatch, Limits, Program, StepOutput, Stop, STATUS_BYTES};
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry,
    BindingType, Buffer, BufferBindingType, BufferUsages, ComputePipeline, ComputePipelineDescriptor,
    PipelineCompilationOptions, PipelineLayoutDescriptor, ShaderModule, ShaderModuleDescriptor, ShaderSource,
    ShaderStages,
};

use super::confine;
use super::device::Gpu;
use crate::GpuError;

/// Bytes of the uniform `step`; adapters like uniforms of 16.
const STEP_BYTES: u64 = 16;

/// A program, its buffers, and the pipelines that it needed so far.
pub struct Job {
    program: Program,
    module: ShaderModule,
    buffers: Vec<Buffer>,
    status: Buffer,
    step: Buffer,
    pipelines: HashMap<usize, ComputePipeline>,
}

impl Job {
    /// Parses and checks a bundle with little memory to spare: a compiler front end on hostile input.
    pub fn admit(bundle: &[u8], fuel_per_step: u64, limits: &Limits) -> Result<Program, GpuError> {
        let _little = confine::memory(confine::FRONT_END);
        admit(bundle, fuel_per_step, limits).map_err(|refusal| GpuError::Refused {
            code: refusal.code().into(),
            text: refusal.to_string(),
        })
    }

    /// Puts an admitted program on a device, its buffers as they are before the first step.
    pub fn new(gpu: &Gpu, program: Program, input: &[u8]) -> Result<Self, GpuError> {
        fits(gpu, &program)?;
        let initial = program.initial(input).map_err(GpuError::Stopped)?;
        let mut buffers = Vec::new();
        for bytes in &initial {
            let buffer = gpu.buffer(bytes.len() as u64, BufferUsages::STORAGE)?;
            gpu.queue.write_buffer(&buffer, 0, bytes);
            buffers.push(buffer);
        }
        // As it is: checks of bounds, bounded loops, and zeros in all memory that a program has.
        let module = gpu.device.create_shader_module(ShaderModuleDescriptor {
            label: Some("job"),
            source: ShaderSource::Naga(std::borrow::Cow::Owned(program.module().clone())),
        });
        gpu.check()?;
        Ok(Self {
            module,
            buffers,
            status: gpu.buffer(STATUS_BYTES, BufferUsages::STORAGE)?,
            step: gpu.buffer(STEP_BYTES, BufferUsages::UNIFORM)?,
            pipelines: HashMap::new(),
            program,
        })
    }

    /// Runs a step; what the interpreter would return.
    pub fn step(&mut self, gpu: &Gpu, step: u32) -> Result<StepOutput, GpuError> {
        let Self {
            program,
            module,
            buffers,
            status,
            step: step_buffer,
            pipelines,
        } = self;
        let steps = program.steps();
        let dispatch = program
            .dispatch(step)
            .ok_or(GpuError::Stopped(Stop::NoSuchStep { step, steps }))?;
        let layouts = layouts(gpu, program, &dispatch);
        let bound = |buffer: usize| {
            buffers
                .get(buffer)
                .ok_or_else(|| GpuError::device("a job", "no such buffer"))
        };
        let mut entries = Vec::new();
        for binding in dispatch.bindings {
            entries.push((binding.binding, bound(binding.buffer)?));
        }
        let uniform = program.step_binding().filter(|_| dispatch.uses_step);
        entries.extend(uniform.map(|(_, binding)| (binding, &*step_buffer)));
        let groups = [
            group(gpu, &layouts[0], &entries),
            group(gpu, &layouts[1], &[(program.status_binding().1, &*status)]),
        ];
        gpu.check()?;
        let pipeline = match pipelines.entry(dispatch.entry_index) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => {
                new.insert(compile(gpu, module, dispatch.entry, &layouts)?)
            }
        };
        gpu.queue.write_buffer(status, 0, &[0; STATUS_BYTES as usize]);
        gpu.queue.write_buffer(step_buffer, 0, &step.to_le_bytes());
        gpu.run(|encoder| {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(pipeline);
            for (i, group) in (0..).zip(&groups) {
                pass.set_bind_group(i, group, &[]);
            }
            pass.dispatch_workgroups(dispatch.workgroups, 1, 1);
        })?;
        let word = gpu.read_words(status, STATUS_BYTES / 4)?;
        let [faults, fuel] = word[..] else {
            return Err(GpuError::device("a job", "the status has another size"));
        };
        if let Some(stop) = fault_of_status(faults) {
            return Err(GpuError::Stopped(stop));
        }
        let mut written = Vec::new();
        for binding in dispatch.bindings.iter().filter(|b| b.writable) {
            let buffer = bound(binding.buffer)?;
            written.extend(gpu.read(buffer, buffer.size())?);
        }
        let fuel = u64::from(fuel);
        Ok(StepOutput { written, fuel })
    }

    /// Content of the output buffer as it is now.
    pub fn output(&self, gpu: &Gpu) -> Result<Vec<u8>, GpuError> {
        match self.buffers.get(self.program.output()) {
            Some(buffer) => gpu.read(buffer, buffer.size()),
            None => Err(GpuError::device("a job", "no such buffer")),
        }
    }
}

/// wgpu checks most of this too, but says it in other words; the size of a binding it leaves to the driver.
fn fits(gpu: &Gpu, program: &Program) -> Result<(), GpuError> {
    let have = gpu.device.limits();
    let within = |what: &str, value: u64, max: u64| {
        let what = what.to_owned();
        if value <= max {
            Ok(())
        } else {
            Err(GpuError::Limit { what, value, max })
        }
    };
    for buffer in program.buffers() {
        within(
            "a buffer of the job",
            buffer.bytes,
            have.max_storage_buffer_binding_size,
        )?;
        within("a buffer of the job", buffer.bytes, have.max_buffer_size)?;
    }
    for dispatch in (0..program.steps()).map_while(|step| program.dispatch(step)) {
        let size = program.module().entry_points[dispatch.entry_index].workgroup_size[0];
        let invocations = have
            .max_compute_invocations_per_workgroup
            .min(have.max_compute_workgroup_size_x);
        within("the workgroup size", u64::from(size), u64::from(invocations))?;
        let most = u64::from(have.max_compute_workgroups_per_dimension);
        within("the number of workgroups", u64::from(dispatch.workgroups), most)?;
        let storage = dispatch.bindings.len() as u64 + 1;
        let most = u64::from(have.max_storage_buffers_per_shader_stage);
        within("the number of storage bindings", storage, most)?;
    }
    Ok(())
}

/// Group 0 holds the buffers and the number of the step, group 1 the status.
fn layouts(gpu: &Gpu, program: &Program, dispatch: &Dispatch<'_>) -> [BindGroupLayout; 2] {
    let storage = |binding: u32, read_only: bool| entry(binding, BufferBindingType::Storage { read_only });
    let mut entries: Vec<_> = dispatch
        .bindings
        .iter()
        .map(|b| storage(b.binding, !b.writable))
        .collect();
    let uniform = program.step_binding().filter(|_| dispatch.uses_step);
    entries.extend(uniform.map(|(_, binding)| entry(binding, BufferBindingType::Uniform)));
    let status = [storage(program.status_binding().1, false)];
    [&entries[..], &status[..]].map(|entries| {
        gpu.device
            .create_bind_group_layout(&BindGroupLayoutDescriptor { label: None, entries })
    })
}

fn entry(binding: u32, ty: BufferBindingType) -> BindGroupLayoutEntry {
    BindGroupLayoutEntry {
        binding,
        visibility: ShaderStages::COMPUTE,
        ty: BindingType::Buffer {
            ty,
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    }
}

fn group(gpu: &Gpu, layout: &BindGroupLayout, buffers: &[(u32, &Buffer)]) -> BindGroup {
    let entries: Vec<BindGroupEntry<'_>> = buffers
        .iter()
        .map(|(binding, buffer)| BindGroupEntry {
            binding: *binding,
            resource: buffer.as_entire_binding(),
        })
        .collect();
    gpu.device.create_bind_group(&BindGroupDescriptor {
        label: None,
        layout,
        entries: &entries,
    })
}

fn compile(
    gpu: &Gpu,
    module: &ShaderModule,
    entry: &str,
    layouts: &[BindGroupLayout; 2],
) -> Result<ComputePipeline, GpuError> {
    let layout = gpu.device.create_pipeline_layout(&PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(&layouts[0]), Some(&layouts[1])],
        immediate_size: 0,
    });
    let pipeline = gpu.device.create_compute_pipeline(&ComputePipelineDescriptor {
        label: Some(entry),
        layout: Some(&layout),
        module,
        entry_point: Some(entry),
        compilation_options: PipelineCompilationOptions {
            constants: &[],
            zero_initialize_workgroup_memory: true,
        },
        cache: None,
    });
    gpu.check()?;
    Ok(pipeline)
}
