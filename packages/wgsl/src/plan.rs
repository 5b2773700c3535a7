//! Steps of a program: which entry point runs on which buffers.

use naga::valid::{GlobalUse, ModuleInfo};
use naga::{AddressSpace, GlobalVariable, Handle, Module, StorageAccess};

use crate::bundle::{Bundle, Limits, Pass, MAX_BUFFERS, MAX_PASSES, MAX_STEPS, MAX_WORKGROUPS};
use crate::error::{Code, Refusal};
use crate::ir::least_bytes;
use crate::policy::module::STEP;

/// A storage variable of an entry point and the buffer behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// `@binding` in group 0.
    pub binding: u32,
    /// Position in [`crate::Program::buffers`].
    pub buffer: usize,
    /// Whether the variable is `read_write`: its buffer is part of what the step writes.
    pub writable: bool,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispatch<'a> {
    /// Entry point.
    pub entry: &'a str,
    /// Position of the entry point in the module.
    pub entry_index: usize,
    /// Grid: `[workgroups, 1, 1]`.
    pub workgroups: u32,
    /// In order of their `binding`; what is bound is what the entry point uses.
    pub bindings: &'a [Binding],
    /// Whether the entry point uses the uniform `step`; if not, binding it is an error for some adapters.
    pub uses_step: bool,
}

#[derive(Debug)]
struct Planned {
    entry: String,
    entry_index: usize,
    workgroups: u32,
    bindings: Vec<Binding>,
    uses_step: bool,
    /// Number of steps up to and with this pass.
    end: u32,
}

/// All steps.
#[derive(Debug)]
pub(crate) struct Plan {
    passes: Vec<Planned>,
    pub output: usize,
    pub step_binding: Option<(u32, u32)>,
}

impl Plan {
    pub fn steps(&self) -> u32 {
        self.passes.last().map_or(0, |pass| pass.end)
    }

    pub fn dispatch(&self, step: u32) -> Option<Dispatch<'_>> {
        let pass = self.passes.get(self.passes.partition_point(|pass| pass.end <= step))?;
        Some(Dispatch {
            entry: &pass.entry,
            entry_index: pass.entry_index,
            workgroups: pass.workgroups,
            bindings: &pass.bindings,
            uses_step: pass.uses_step,
        })
    }

    /// `module` is the rewritten module, `info` belongs to it.
    pub fn new(bundle: &Bundle, module: &Module, info: &ModuleInfo, limits: &Limits) -> Result<Self, Refusal> {
        let output = buffers(bundle, limits)?;
        if bundle.passes.is_empty() || bundle.passes.len() > MAX_PASSES {
            return Err(Refusal::new(Code::Passes, format!("{} passes", bundle.passes.len())));
        }
        let mut passes = Vec::new();
        let (mut end, mut invocations) = (0_u32, 0_u64);
        for (at, pass) in bundle.passes.iter().enumerate() {
            if pass.workgroups == 0 || pass.workgroups > MAX_WORKGROUPS {
                return Err(Refusal::new(
                    Code::Workgroups,
                    format!("pass {at} has {}", pass.workgroups),
                ));
            }
            end = match end.checked_add(pass.repeat) {
                Some(end) if pass.repeat > 0 && end <= MAX_STEPS => end,
                _ => {
                    return Err(Refusal::new(
                        Code::Passes,
                        format!("pass {at} repeats {} times", pass.repeat),
                    ))
                }
            };
            let planned = planned(bundle, pass, at, module, info, end)?;
            let size = u64::from(module.entry_points[planned.entry_index].workgroup_size[0]);
            invocations += u64::from(pass.workgroups) * size * u64::from(pass.repeat);
            passes.push(planned);
        }
        if invocations > limits.invocations {
            let what = format!(
                "all steps have {invocations} invocations, at most {}",
                limits.invocations
            );
            return Err(Refusal::new(Code::Workgroups, what));
        }
        let step = module
            .global_variables
            .iter()
            .find(|(_, v)| v.space == AddressSpace::Uniform);
        let step_binding = step.and_then(|(_, v)| v.binding).map(|b| (b.group, b.binding));
        Ok(Self {
            passes,
            output,
            step_binding,
        })
    }
}

/// Checks the buffers; gives the position of the output.
fn buffers(bundle: &Bundle, limits: &Limits) -> Result<usize, Refusal> {
    if bundle.buffers.is_empty() || bundle.buffers.len() > MAX_BUFFERS {
        return Err(Refusal::new(Code::Buffers, format!("{} buffers", bundle.buffers.len())));
    }
    let mut total = 0_u64;
    for (at, buffer) in bundle.buffers.iter().enumerate() {
        let name = &buffer.name;
        if name.is_empty() || bundle.buffers[..at].iter().any(|b| b.name == *name) {
            return Err(Refusal::new(Code::Buffers, format!("the name `{name}`")));
        }
        let size = buffer.bytes;
        total = total.saturating_add(size);
        if size == 0 || size % 4 != 0 || size > Limits::ONE_BUFFER || total > limits.buffer_bytes {
            let what = format!("`{name}` has {size} bytes, with those before it {total}");
            return Err(Refusal::new(Code::BufferSize, what));
        }
    }
    let found = bundle.buffers.iter().position(|b| b.name == bundle.output);
    let output = found.ok_or_else(|| Refusal::new(Code::Output, format!("`{}` is no buffer", bundle.output)))?;
    let bytes = bundle.buffers[output].bytes;
    if bytes > limits.output_bytes {
        let what = format!("the output has {bytes} bytes, at most {}", limits.output_bytes);
        return Err(Refusal::new(Code::OutputSize, what));
    }
    Ok(output)
}

fn planned(
    bundle: &Bundle,
    pass: &Pass,
    at: usize,
    module: &Module,
    info: &ModuleInfo,
    end: u32,
) -> Result<Planned, Refusal> {
    let found = module.entry_points.iter().position(|e| e.name == pass.entry);
    let unknown = || Refusal::new(Code::UnknownEntry, format!("pass {at} runs `{}`", pass.entry));
    let entry_index = found.ok_or_else(unknown)?;
    let used = |variable: Handle<GlobalVariable>| info.get_entry_point(entry_index)[variable] != GlobalUse::empty();
    let mut bindings: Vec<Binding> = Vec::new();
    let mut uses_step = false;
    let mut known = Vec::new();
    for (handle, variable) in module.global_variables.iter() {
        let name = variable.name.as_deref().unwrap_or_default();
        let access = match variable.space {
            AddressSpace::Uniform if name == STEP => {
                uses_step |= used(handle);
                continue;
            }
            AddressSpace::Storage { access } => access,
            _ => continue,
        };
        let Some(slot) = variable.binding.as_ref().filter(|b| b.group == 0) else {
            continue;
        };
        if !used(handle) {
            continue;
        }
        known.push(name);
        let bound = pass.bind.0.iter().find(|(v, _)| v == name);
        let (_, buffer) =
            bound.ok_or_else(|| Refusal::new(Code::Unbound, format!("pass {at} does not bind `{name}`")))?;
        let missing = || Refusal::new(Code::UnknownBuffer, format!("pass {at} binds `{name}` to `{buffer}`"));
        let buffer = bundle
            .buffers
            .iter()
            .position(|b| b.name == *buffer)
            .ok_or_else(missing)?;
        let least = least_bytes(module, variable.ty);
        if bundle.buffers[buffer].bytes < least {
            let what = format!(
                "`{name}` needs {least} bytes, `{}` has less",
                bundle.buffers[buffer].name
            );
            return Err(Refusal::new(Code::BufferSize, what));
        }
        bindings.push(Binding {
            binding: slot.binding,
            buffer,
            writable: access.contains(StorageAccess::STORE),
        });
    }
    if let Some((name, _)) = pass.bind.0.iter().find(|(v, _)| !known.contains(&v.as_str())) {
        let what = format!("pass {at} binds `{name}`, which `{}` does not use", pass.entry);
        return Err(Refusal::new(Code::UnknownVariable, what));
    }
    bindings.sort_by_key(|b| b.binding);
    for (i, one) in bindings.iter().enumerate() {
        let shared = |other: &&Binding| other.buffer == one.buffer && (other.writable || one.writable);
        if bindings[..i].iter().any(|other| shared(&other)) {
            let what = format!("pass {at} binds `{}` twice", bundle.buffers[one.buffer].name);
            return Err(Refusal::new(Code::Aliasing, what));
        }
    }
    Ok(Planned {
        entry: pass.entry.clone(),
        entry_index,
        workgroups: pass.workgroups,
        bindings,
        uses_step,
        end,
    })
}
