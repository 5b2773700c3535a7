//! The rewritten program: what interpreter and adapters both run.
//!
//! Added to the bundle's module are a private fuel counter, a private fault word and the status, a storage buffer of two
//! words outside of the bundle's bindings. Every body of a loop first takes one from the fuel and leaves the loop if
//! there is none; every index is compared with its length (see [`function`]); every entry point becomes a function that
//! a new entry point calls before it reports: faults are joined by `atomicOr`, the fuel used by `atomicMax`.

mod emit;
mod function;
mod index;
mod operator;
#[cfg(test)]
mod tests;

use naga::valid::ModuleInfo;
use naga::{
    AddressSpace, AtomicFunction, BinaryOperator, EntryPoint, Expression, Function, GlobalVariable, Handle, Literal,
    Module, ResourceBinding, Scalar, Span, Statement, StorageAccess, Type, TypeInner,
};

use crate::error::{Code, Refusal};
use emit::Emit;

/// Fault bit: an index was out of bounds.
pub(crate) const FAULT_BOUNDS: u32 = 1;
/// Fault bit: a loop found no fuel.
pub(crate) const FAULT_FUEL: u32 = 2;
/// Group and binding of the status.
pub(crate) const STATUS: (u32, u32) = (1, 0);

/// What the rewriting adds at module scope.
#[derive(Clone, Copy)]
pub(crate) struct Added {
    pub fuel: Handle<GlobalVariable>,
    pub fault: Handle<GlobalVariable>,
    pub status: Handle<GlobalVariable>,
}

/// Rewrites a valid module of wgsl/1; `fuel` is what one invocation has for one dispatch.
pub(crate) fn rewrite(module: &Module, info: &ModuleInfo, fuel: u32) -> Result<(Module, Added), Refusal> {
    let mut new = module.clone();
    new.doc_comments = None;
    let added = add(&mut new, fuel);
    let mut fuelled = Vec::new();
    for (handle, function) in module.functions.iter() {
        let (body, uses) = function::rewrite(module, &info[handle], function, &mut new.types, added, &fuelled)?;
        fuelled.push(uses);
        new.functions[handle] = body;
    }
    new.entry_points.clear();
    for (at, entry) in module.entry_points.iter().enumerate() {
        let types = &mut new.types;
        let (mut body, uses) = function::rewrite(
            module,
            info.get_entry_point(at),
            &entry.function,
            types,
            added,
            &fuelled,
        )?;
        for argument in &mut body.arguments {
            argument.binding = None;
        }
        body.name = Some(format!("body_of_{}", entry.name));
        let callee = new.functions.append(body, Span::UNDEFINED);
        let outer = EntryPoint {
            function: report(&entry.function, callee, added, uses.then_some(fuel)),
            ..entry.clone()
        };
        new.entry_points.push(outer);
    }
    Ok((new, added))
}

fn add(module: &mut Module, fuel: u32) -> Added {
    let mut ty = |inner| module.types.insert(Type { name: None, inner }, Span::UNDEFINED);
    let word = ty(TypeInner::Scalar(Scalar::U32));
    let atomic = ty(TypeInner::Atomic(Scalar::U32));
    let pair = ty(TypeInner::Array {
        base: atomic,
        size: naga::ArraySize::Constant(std::num::NonZeroU32::MIN.saturating_add(1)),
        stride: 4,
    });
    let expressions = &mut module.global_expressions;
    let fuel = expressions.append(Expression::Literal(Literal::U32(fuel)), Span::UNDEFINED);
    let mut variable = |name: &str, space, ty, init, binding| {
        let variable = GlobalVariable {
            name: Some(name.into()),
            space,
            binding,
            ty,
            init,
            memory_decorations: naga::MemoryDecorations::empty(),
        };
        module.global_variables.append(variable, Span::UNDEFINED)
    };
    let status = ResourceBinding {
        group: STATUS.0,
        binding: STATUS.1,
    };
    let access = StorageAccess::LOAD | StorageAccess::STORE;
    Added {
        fuel: variable("joule_fuel", AddressSpace::Private, word, Some(fuel), None),
        fault: variable("joule_fault", AddressSpace::Private, word, None, None),
        status: variable(
            "joule_status",
            AddressSpace::Storage { access },
            pair,
            None,
            Some(status),
        ),
    }
}

/// The new entry point: calls what the old one was, then reports.
fn report(old: &Function, callee: Handle<Function>, added: Added, fuel: Option<u32>) -> Function {
    let mut function = Function {
        name: old.name.clone(),
        arguments: old.arguments.clone(),
        ..Function::default()
    };
    let mut out = Emit::new(&mut function.expressions);
    let count = u32::try_from(old.arguments.len()).unwrap_or(u32::MAX);
    let arguments = (0..count).map(|at| out.pre(Expression::FunctionArgument(at))).collect();
    out.statement(Statement::Call {
        function: callee,
        arguments,
        result: None,
    });
    let zero = out.word(0);
    let fault = out.global(added.fault);
    let fault = out.push(Expression::Load { pointer: fault });
    let failed = out.binary(BinaryOperator::NotEqual, fault, zero);
    let status = out.global(added.status);
    let faults = out.push(Expression::AccessIndex { base: status, index: 0 });
    out.when(failed, |out| out.atomic(faults, AtomicFunction::InclusiveOr, fault));
    if let Some(fuel) = fuel {
        let fuel = out.word(fuel);
        let left = out.global(added.fuel);
        let left = out.push(Expression::Load { pointer: left });
        let used = out.binary(BinaryOperator::Subtract, fuel, left);
        let most = out.push(Expression::AccessIndex { base: status, index: 1 });
        // Most invocations find their figure exceeded and need not wait for the word.
        let before = out.push(Expression::Load { pointer: most });
        let more = out.binary(BinaryOperator::Greater, used, before);
        out.when(more, |out| out.atomic(most, AtomicFunction::Max, used));
    }
    out.statement(Statement::Return { value: None });
    function.body = out.finish();
    function
}

pub(crate) fn internal(what: impl std::fmt::Debug) -> Refusal {
    Refusal::new(Code::Internal, format!("{what:?}"))
}
