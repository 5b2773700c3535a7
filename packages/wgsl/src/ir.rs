//! Small questions about naga's IR.

use std::collections::HashMap;
use std::convert::Infallible;

use naga::{ArraySize, Expression, Function, Handle, Module, Statement, Type, TypeInner, UniqueArena};

use crate::policy::statements;

/// Calls `each` for the operands of an expression of wgsl/1.
pub(crate) fn operands(expression: &Expression, mut each: impl FnMut(Handle<Expression>)) {
    let mut copy = expression.clone();
    map_operands(&mut copy, |operand| {
        each(operand);
        operand
    });
}

/// Replaces the operands of an expression of wgsl/1; others have none here, and admission has refused them.
pub(crate) fn map_operands(expression: &mut Expression, mut map: impl FnMut(Handle<Expression>) -> Handle<Expression>) {
    use Expression as E;
    let mut one = |handle: &mut Handle<Expression>| *handle = map(*handle);
    match expression {
        E::Compose { components, .. } => components.iter_mut().for_each(one),
        E::Access { base, index } => {
            one(base);
            one(index);
        }
        E::AccessIndex { base: operand, .. }
        | E::Splat { value: operand, .. }
        | E::Swizzle { vector: operand, .. }
        | E::Load { pointer: operand }
        | E::Unary { expr: operand, .. }
        | E::Relational { argument: operand, .. }
        | E::As { expr: operand, .. }
        | E::ArrayLength(operand) => one(operand),
        E::Binary { left, right, .. } => {
            one(left);
            one(right);
        }
        E::Select {
            condition,
            accept,
            reject,
        } => {
            one(condition);
            one(accept);
            one(reject);
        }
        E::Math {
            arg, arg1, arg2, arg3, ..
        } => {
            one(arg);
            for operand in [arg1, arg2, arg3].into_iter().flatten() {
                one(operand);
            }
        }
        _ => {}
    }
}

/// Calls `each` for the expressions that a statement of wgsl/1 itself uses.
pub(crate) fn statement_operands(statement: &Statement, mut each: impl FnMut(Handle<Expression>)) {
    match statement {
        Statement::If { condition, .. } => each(*condition),
        Statement::Switch { selector, .. } => each(*selector),
        Statement::Loop { break_if, .. } => break_if.iter().for_each(|condition| each(*condition)),
        Statement::Return { value } => value.iter().for_each(|value| each(*value)),
        Statement::Store { pointer, value } | Statement::Atomic { pointer, value, .. } => {
            each(*pointer);
            each(*value);
        }
        Statement::Call { arguments, .. } => arguments.iter().for_each(|argument| each(*argument)),
        _ => {}
    }
}

/// How often each expression of a function is used, by statements and by other expressions.
pub(crate) fn uses(function: &Function) -> HashMap<Handle<Expression>, u32> {
    let mut uses = HashMap::new();
    let mut count = |handle| *uses.entry(handle).or_insert(0) += 1;
    for (_, expression) in function.expressions.iter() {
        operands(expression, &mut count);
    }
    let walked: Result<(), Infallible> = statements(&function.body, &mut |statement, _| {
        statement_operands(statement, &mut count);
        Ok(())
    });
    let Ok(()) = walked;
    uses
}

/// Number of 32-bit scalars of a value of a type; `None` where it has no size or more than `u32::MAX`.
pub(crate) fn slots(types: &UniqueArena<Type>, inner: &TypeInner) -> Option<u32> {
    match inner {
        TypeInner::Scalar(_) | TypeInner::Atomic(_) | TypeInner::Pointer { .. } | TypeInner::ValuePointer { .. } => {
            Some(1)
        }
        TypeInner::Vector { size, .. } => Some(*size as u32),
        TypeInner::Array {
            base,
            size: ArraySize::Constant(length),
            ..
        } => slots(types, &types[*base].inner)?.checked_mul(length.get()),
        TypeInner::Struct { members, .. } => members.iter().try_fold(0_u32, |sum, member| {
            sum.checked_add(slots(types, &types[member.ty].inner)?)
        }),
        _ => None,
    }
}

/// Fewest bytes that a buffer for a variable of the type has: one element where the length is open.
pub(crate) fn least_bytes(module: &Module, ty: Handle<Type>) -> u64 {
    match &module.types[ty].inner {
        TypeInner::Array {
            size: ArraySize::Dynamic,
            stride,
            ..
        } => u64::from(*stride),
        TypeInner::Struct { members, span } => match members.last() {
            Some(last) => u64::from(*span).max(u64::from(last.offset) + least_bytes(module, last.ty)),
            None => u64::from(*span),
        },
        inner => u64::from(inner.size(module.to_ctx())),
    }
}
