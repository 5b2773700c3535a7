//! Freedom from data races, proved before anything runs.
//!
//! Invocations of one dispatch run in any order, in any number at a time. A program is admitted only where that cannot
//! be seen. Each storage variable is one of:
//!
//! - *read-only*: nothing changes while the dispatch runs;
//! - *slots*: a `read_write` array whose every access, read or write, has the index `global_invocation_id.x`. Grids are
//!   one-dimensional, so this number belongs to one invocation alone, and no two touch the same element;
//! - *atomics*: nothing but atomics, changed by one commutative operation whose returned value is not used, and not
//!   read: the result after the dispatch does not depend on the order. (`add` and `max` on one word do not commute with
//!   each other, hence one operation for each variable.)

use std::collections::HashMap;

use naga::{
    AddressSpace, Arena, AtomicFunction, Binding, BuiltIn, Expression, Function, GlobalVariable, Handle, Literal,
    Module, Span, Statement, StorageAccess, Type, TypeInner,
};

use super::{global_of, line, statements};
use crate::error::{Code, Refusal};

/// What is known of a value at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// `global_invocation_id`.
    Id,
    /// `global_invocation_id.x`.
    IdX,
    /// An argument of an entry point, a struct of built-in values.
    Inputs(Handle<Type>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Slots,
    Atomics,
}

/// Operations that commute with themselves and each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Sum,
    Min,
    Max,
    And,
    Or,
    Xor,
}

struct Races<'a> {
    module: &'a Module,
    source: &'a str,
    kinds: HashMap<Handle<GlobalVariable>, Kind>,
    classes: HashMap<Handle<GlobalVariable>, Class>,
    /// Arguments of functions as all callers seen so far pass them; `None` before the first.
    arguments: HashMap<Handle<Function>, Vec<Option<Known>>>,
}

pub(crate) fn check(module: &Module, source: &str) -> Result<(), Refusal> {
    let mut races = Races {
        module,
        source,
        kinds: kinds(module, source)?,
        classes: HashMap::new(),
        arguments: HashMap::new(),
    };
    for entry in &module.entry_points {
        let arguments = entry.function.arguments.iter().map(|argument| match argument.binding {
            Some(Binding::BuiltIn(BuiltIn::GlobalInvocationId)) => Some(Known::Id),
            Some(_) => None,
            None => Some(Known::Inputs(argument.ty)),
        });
        races.function(&entry.function, &arguments.collect::<Vec<_>>())?;
    }
    // naga orders functions callees first, so that backwards every caller comes before what it calls.
    for (handle, function) in module.functions.iter().collect::<Vec<_>>().into_iter().rev() {
        let arguments = races.arguments.remove(&handle);
        races.function(
            function,
            &arguments.unwrap_or_else(|| vec![None; function.arguments.len()]),
        )?;
    }
    Ok(())
}

fn kinds(module: &Module, source: &str) -> Result<HashMap<Handle<GlobalVariable>, Kind>, Refusal> {
    let mut kinds = HashMap::new();
    for (handle, variable) in module.global_variables.iter() {
        let AddressSpace::Storage { access } = variable.space else {
            continue;
        };
        if !access.contains(StorageAccess::STORE) {
            continue;
        }
        let (atomic, plain) = leaves(module, variable.ty);
        let array = matches!(module.types[variable.ty].inner, TypeInner::Array { .. });
        let kind = match (atomic, plain) {
            (true, false) => Kind::Atomics,
            (false, _) if array => Kind::Slots,
            _ => {
                let name = variable.name.as_deref().unwrap_or("_");
                let what = format!("`{name}` is neither an array nor made of atomics alone");
                let at = line(module.global_variables.get_span(handle), source);
                return Err(Refusal::new(Code::DataRace, what).at(at));
            }
        };
        kinds.insert(handle, kind);
    }
    Ok(kinds)
}

/// Whether a type holds atomics, and whether it holds anything else.
fn leaves(module: &Module, ty: Handle<Type>) -> (bool, bool) {
    match &module.types[ty].inner {
        TypeInner::Atomic(_) => (true, false),
        TypeInner::Array { base, .. } => leaves(module, *base),
        TypeInner::Struct { members, .. } => members.iter().fold((false, false), |(atomic, plain), member| {
            let (a, p) = leaves(module, member.ty);
            (atomic || a, plain || p)
        }),
        _ => (false, true),
    }
}

impl Races<'_> {
    fn function(&mut self, function: &Function, arguments: &[Option<Known>]) -> Result<(), Refusal> {
        let known = self.known(function, arguments);
        for (handle, expression) in function.expressions.iter() {
            let at = function.expressions.get_span(handle);
            match *expression {
                Expression::Access { base, index } => {
                    let own = known.get(&index) == Some(&Known::IdX);
                    self.touch(&function.expressions, base, own, at)?;
                }
                Expression::AccessIndex { base, .. } => self.touch(&function.expressions, base, false, at)?,
                Expression::Load { pointer } => {
                    self.touch(&function.expressions, pointer, false, at)?;
                    if let Some(variable) = global_of(&function.expressions, pointer) {
                        if self.kinds.get(&variable) == Some(&Kind::Atomics) {
                            return self.refuse(Code::AtomicUse, variable, "is read in the pass that changes it", at);
                        }
                    }
                }
                _ => {}
            }
        }
        let used = crate::ir::uses(function);
        statements(&function.body, &mut |statement, span| match statement {
            Statement::Store { pointer, .. } => {
                self.touch(&function.expressions, *pointer, false, span).and_then(|()| {
                    match global_of(&function.expressions, *pointer) {
                        Some(v) if self.kinds.get(&v) == Some(&Kind::Atomics) => {
                            self.refuse(Code::AtomicUse, v, "is stored to", span)
                        }
                        _ => Ok(()),
                    }
                })
            }
            Statement::Atomic {
                pointer, fun, result, ..
            } => {
                let Some(variable) = global_of(&function.expressions, *pointer) else {
                    return Err(Refusal::new(Code::Internal, "an atomic without a variable"));
                };
                if result.is_some_and(|r| used.contains_key(&r)) {
                    return self.refuse(Code::AtomicUse, variable, "gives a value that is used", span);
                }
                self.operation(variable, fun, span)
            }
            Statement::Call {
                function: callee,
                arguments,
                ..
            } => {
                let passed: Vec<_> = arguments.iter().map(|a| known.get(a).copied()).collect();
                let seen = self.arguments.entry(*callee).or_insert_with(|| passed.clone());
                for (seen, passed) in seen.iter_mut().zip(passed) {
                    if *seen != passed {
                        *seen = None;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        })
    }

    fn known(&self, function: &Function, arguments: &[Option<Known>]) -> HashMap<Handle<Expression>, Known> {
        let mut known: HashMap<Handle<Expression>, Known> = HashMap::new();
        for (handle, expression) in function.expressions.iter() {
            let value = match *expression {
                Expression::FunctionArgument(at) => arguments.get(at as usize).copied().flatten(),
                Expression::AccessIndex { base, index } => match known.get(&base) {
                    Some(Known::Id) if index == 0 => Some(Known::IdX),
                    Some(Known::Inputs(ty)) => self.input(*ty, index as usize),
                    _ => None,
                },
                Expression::Access { base, index } => match (known.get(&base), &function.expressions[index]) {
                    (Some(Known::Id), Expression::Literal(Literal::U32(0) | Literal::I32(0))) => Some(Known::IdX),
                    _ => None,
                },
                _ => None,
            };
            known.extend(value.map(|value| (handle, value)));
        }
        known
    }

    fn input(&self, ty: Handle<Type>, index: usize) -> Option<Known> {
        let TypeInner::Struct { members, .. } = &self.module.types[ty].inner else {
            return None;
        };
        match members.get(index)?.binding {
            Some(Binding::BuiltIn(BuiltIn::GlobalInvocationId)) => Some(Known::Id),
            _ => None,
        }
    }

    /// `pointer` is used otherwise than for its length; `own` if it is indexed by the invocation's own number.
    fn touch(
        &self,
        arena: &Arena<Expression>,
        pointer: Handle<Expression>,
        own: bool,
        at: Span,
    ) -> Result<(), Refusal> {
        match arena[pointer] {
            Expression::GlobalVariable(variable) if !own && self.kinds.get(&variable) == Some(&Kind::Slots) => self
                .refuse(
                    Code::DataRace,
                    variable,
                    "is not indexed by global_invocation_id.x here",
                    at,
                ),
            _ => Ok(()),
        }
    }

    fn operation(&mut self, variable: Handle<GlobalVariable>, fun: &AtomicFunction, at: Span) -> Result<(), Refusal> {
        let class = match fun {
            AtomicFunction::Add | AtomicFunction::Subtract => Class::Sum,
            AtomicFunction::Min => Class::Min,
            AtomicFunction::Max => Class::Max,
            AtomicFunction::And => Class::And,
            AtomicFunction::InclusiveOr => Class::Or,
            AtomicFunction::ExclusiveOr => Class::Xor,
            AtomicFunction::Exchange { .. } => return self.refuse(Code::AtomicUse, variable, "is exchanged", at),
        };
        if *self.classes.entry(variable).or_insert(class) != class {
            return self.refuse(
                Code::AtomicUse,
                variable,
                "is changed by operations that do not commute",
                at,
            );
        }
        Ok(())
    }

    fn refuse(&self, code: Code, variable: Handle<GlobalVariable>, what: &str, at: Span) -> Result<(), Refusal> {
        let name = self.module.global_variables[variable].name.as_deref().unwrap_or("_");
        Err(Refusal::new(code, format!("`{name}` {what}")).at(line(at, self.source)))
    }
}
