//! Types, module-scope variables and entry points.

use naga::{AddressSpace, ArraySize, Binding, BuiltIn, Module, Scalar, ScalarKind, StorageAccess, TypeInner};

use super::line;
use crate::error::{Code, Refusal};
use crate::source::MAX_ARRAY;

/// Most invocations of a workgroup.
pub(crate) const MAX_WORKGROUP_SIZE: u32 = 256;
/// Bindings 0 to 7 of group 0 belong to the bundle.
pub(crate) const MAX_BINDINGS: u32 = 8;
/// WebGPU guarantees 8 storage buffers; one is the status.
pub(crate) const MAX_STORAGE: usize = 7;
/// The uniform that receives the number of the step.
pub(crate) const STEP: &str = "step";

pub(crate) fn check(module: &Module, source: &str) -> Result<(), Refusal> {
    if let Some((handle, constant)) = module.overrides.iter().next() {
        let name = constant.name.as_deref().unwrap_or("_");
        let at = line(module.overrides.get_span(handle), source);
        return Err(Refusal::new(Code::Override, format!("override `{name}`")).at(at));
    }
    variables(module, source)?;
    types(module, source)?;
    entry_points(module)
}

fn types(module: &Module, source: &str) -> Result<(), Refusal> {
    for (handle, ty) in module.types.iter() {
        let refuse = |code, what: String| {
            let named = ty.name.as_ref().map(|n| format!(" (`{n}`)")).unwrap_or_default();
            Err(Refusal::new(code, what + &named).at(line(module.types.get_span(handle), source)))
        };
        match ty.inner {
            TypeInner::Scalar(scalar) | TypeInner::Vector { scalar, .. } => match scalar.kind {
                ScalarKind::Float | ScalarKind::AbstractFloat => return refuse(Code::Float, "a float type".into()),
                // What a module-scope `const` without a type holds.
                ScalarKind::AbstractInt => {}
                _ if is_ours(scalar) => {}
                _ => return refuse(Code::Type, format!("{scalar:?}")),
            },
            TypeInner::Atomic(scalar) if scalar == Scalar::I32 || scalar == Scalar::U32 => {}
            TypeInner::Array { size, .. } => match size {
                ArraySize::Constant(length) if u64::from(length.get()) > MAX_ARRAY => {
                    let what = format!("an array of {length} elements, at most {MAX_ARRAY}");
                    return refuse(Code::ArrayLength, what);
                }
                ArraySize::Constant(_) | ArraySize::Dynamic => {}
                ArraySize::Pending(_) => return refuse(Code::Override, "an array length".into()),
            },
            // Arguments are checked by function; a type alone does nothing.
            TypeInner::Struct { .. } | TypeInner::Pointer { .. } | TypeInner::ValuePointer { .. } => {}
            TypeInner::Matrix { .. } => return refuse(Code::Float, "a matrix".into()),
            TypeInner::Image { .. } | TypeInner::Sampler { .. } => return refuse(Code::Type, "a texture".into()),
            ref other => {
                let text = format!("{other:?}");
                let kind = text.split([' ', '(', '{']).next().unwrap_or_default().to_string();
                return refuse(Code::Type, kind);
            }
        }
    }
    Ok(())
}

fn is_ours(scalar: Scalar) -> bool {
    [Scalar::I32, Scalar::U32, Scalar::BOOL].contains(&scalar)
}

fn variables(module: &Module, source: &str) -> Result<(), Refusal> {
    let mut taken = Vec::new();
    let mut storage = 0;
    for (handle, variable) in module.global_variables.iter() {
        let name = variable.name.as_deref().unwrap_or("_");
        let at = line(module.global_variables.get_span(handle), source);
        let refuse = |code, what: String| Err(Refusal::new(code, what).at(at));
        match variable.space {
            AddressSpace::Private => continue,
            AddressSpace::Storage { access } if access.contains(StorageAccess::LOAD) => storage += 1,
            AddressSpace::Uniform => {
                if name != STEP || module.types[variable.ty].inner != TypeInner::Scalar(Scalar::U32) {
                    return refuse(Code::AddressSpace, format!("uniform `{name}` is not `{STEP}: u32`"));
                }
            }
            AddressSpace::WorkGroup => return refuse(Code::Workgroup, format!("`{name}`")),
            AddressSpace::Handle => return refuse(Code::Type, format!("`{name}` is a texture, sampler or the like")),
            space => return refuse(Code::AddressSpace, format!("`{name}` is in {space:?}")),
        }
        match variable.binding {
            Some(b) if b.group == 0 && b.binding < MAX_BINDINGS && !taken.contains(&b.binding) => taken.push(b.binding),
            Some(b) => {
                return refuse(
                    Code::Bindings,
                    format!("`{name}` at group {}, binding {}", b.group, b.binding),
                )
            }
            None => return refuse(Code::Bindings, format!("`{name}` has no binding")),
        }
        if storage > MAX_STORAGE {
            return refuse(Code::Bindings, format!("`{name}` is storage variable number {storage}"));
        }
    }
    Ok(())
}

fn entry_points(module: &Module) -> Result<(), Refusal> {
    if module.entry_points.is_empty() {
        return Err(Refusal::new(Code::NoEntryPoint, "the source has no entry point"));
    }
    for entry in &module.entry_points {
        let name = &entry.name;
        if entry.stage != naga::ShaderStage::Compute {
            return Err(Refusal::new(
                Code::Stage,
                format!("`{name}` is a {:?} entry point", entry.stage),
            ));
        }
        let [x, y, z] = entry.workgroup_size;
        if y != 1 || z != 1 || !(1..=MAX_WORKGROUP_SIZE).contains(&x) {
            return Err(Refusal::new(
                Code::WorkgroupSize,
                format!("`{name}` has {x} x {y} x {z}"),
            ));
        }
        if entry.workgroup_size_overrides.is_some() {
            return Err(Refusal::new(Code::Override, format!("workgroup size of `{name}`")));
        }
        for argument in &entry.function.arguments {
            let members = match &module.types[argument.ty].inner {
                TypeInner::Struct { members, .. } => members.iter().map(|m| m.binding.as_ref()).collect(),
                _ => vec![argument.binding.as_ref()],
            };
            for binding in members {
                builtin(binding, name)?;
            }
        }
    }
    Ok(())
}

fn builtin(binding: Option<&Binding>, entry: &str) -> Result<(), Refusal> {
    match binding {
        Some(Binding::BuiltIn(
            BuiltIn::GlobalInvocationId
            | BuiltIn::LocalInvocationId
            | BuiltIn::LocalInvocationIndex
            | BuiltIn::WorkGroupId
            | BuiltIn::NumWorkGroups,
        )) => Ok(()),
        Some(Binding::BuiltIn(other)) => Err(Refusal::new(Code::Builtin, format!("`{entry}` takes {other:?}"))),
        _ => Err(Refusal::new(
            Code::Builtin,
            format!("an argument of `{entry}` is not built in"),
        )),
    }
}
