//! What is known before anything runs: places of built-in values, and constants.

use naga::{Binding, BuiltIn, Expression, Function, Handle, Module, Type, TypeInner};

use super::math;
use super::op::Reg;
use crate::error::Refusal;
use crate::ir::slots;
use crate::rewrite::internal;

/// Built-in values of an entry point's arguments and the first register of each.
pub(super) fn builtins(module: &Module, function: &Function, arguments: &[Reg]) -> Vec<(BuiltIn, Reg)> {
    let mut all = Vec::new();
    for (argument, first) in function.arguments.iter().zip(arguments) {
        let mut at = *first;
        let mut put = |binding: &Option<Binding>, ty: Handle<Type>| {
            if let Some(Binding::BuiltIn(builtin)) = binding {
                all.push((*builtin, at));
            }
            at = at.wrapping_add(slots(&module.types, &module.types[ty].inner).unwrap_or(0) as Reg);
        };
        match &module.types[argument.ty].inner {
            TypeInner::Struct { members, .. } => members.iter().for_each(|m| put(&m.binding, m.ty)),
            _ => put(&argument.binding, argument.ty),
        }
    }
    all
}

/// The words of a constant expression.
pub(super) fn constant(
    module: &Module,
    arena: &naga::Arena<Expression>,
    handle: Handle<Expression>,
) -> Result<Vec<u32>, Refusal> {
    use naga::Literal as L;
    Ok(match arena[handle] {
        Expression::Literal(L::U32(value)) => vec![value],
        Expression::Literal(L::I32(value)) => vec![math::u(value)],
        Expression::Literal(L::Bool(value)) => vec![u32::from(value)],
        Expression::Constant(constant) => {
            return self::constant(module, &module.global_expressions, module.constants[constant].init)
        }
        Expression::ZeroValue(ty) => {
            let width = slots(&module.types, &module.types[ty].inner).ok_or_else(|| internal(ty))?;
            vec![0; width as usize]
        }
        Expression::Compose { ref components, .. } => {
            let mut all = Vec::new();
            for component in components {
                all.extend(constant(module, arena, *component)?);
            }
            all
        }
        Expression::Splat { size, value } => constant(module, arena, value)?.repeat(size as usize),
        ref other => return Err(internal(("not a constant", other))),
    })
}
