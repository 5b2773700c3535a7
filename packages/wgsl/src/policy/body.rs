//! Expressions and statements: a list of what is known, and a refusal for the rest.

use naga::{Expression, Function, Literal, MathFunction, Module, RelationalFunction, ScalarKind, Statement, TypeInner};

use super::{line, statements};
use crate::error::{Code, Refusal};

pub(crate) fn check(module: &Module, source: &str) -> Result<(), Refusal> {
    for (handle, expression) in module.global_expressions.iter() {
        let at = line(module.global_expressions.get_span(handle), source);
        known(expression).map_err(|e| e.at(at))?;
    }
    for (handle, function) in module.functions.iter() {
        let at = line(module.functions.get_span(handle), source);
        let pointer = |a: &naga::FunctionArgument| {
            matches!(
                module.types[a.ty].inner,
                TypeInner::Pointer { .. } | TypeInner::ValuePointer { .. }
            )
        };
        if function.arguments.iter().any(pointer) {
            let name = function.name.as_deref().unwrap_or("_");
            return Err(Refusal::new(Code::Pointer, format!("`{name}` takes a pointer")).at(at));
        }
        check_function(function, source)?;
    }
    module
        .entry_points
        .iter()
        .try_for_each(|e| check_function(&e.function, source))
}

fn check_function(function: &Function, source: &str) -> Result<(), Refusal> {
    for (handle, expression) in function.expressions.iter() {
        let at = line(function.expressions.get_span(handle), source);
        known(expression).map_err(|e| e.at(at))?;
    }
    statements(&function.body, &mut |statement, span| {
        let refused = match statement {
            Statement::Emit(_)
            | Statement::Block(_)
            | Statement::If { .. }
            | Statement::Switch { .. }
            | Statement::Loop { .. }
            | Statement::Break
            | Statement::Continue
            | Statement::Return { .. }
            | Statement::Store { .. }
            | Statement::Call { .. }
            | Statement::Atomic { .. } => return Ok(()),
            Statement::ControlBarrier(_) | Statement::MemoryBarrier(_) => Refusal::new(Code::Barrier, "a barrier"),
            Statement::WorkGroupUniformLoad { .. } => Refusal::new(Code::Barrier, "workgroupUniformLoad"),
            Statement::SubgroupBallot { .. }
            | Statement::SubgroupGather { .. }
            | Statement::SubgroupCollectiveOperation { .. } => Refusal::new(Code::Function, "a subgroup operation"),
            _ => Refusal::new(Code::Statement, "a statement that is not in wgsl/1"),
        };
        Err(refused.at(line(span, source)))
    })
}

fn known(expression: &Expression) -> Result<(), Refusal> {
    use Expression as E;
    let function = |what: String| Err(Refusal::new(Code::Function, what));
    match expression {
        E::Literal(Literal::U32(_) | Literal::I32(_) | Literal::Bool(_) | Literal::AbstractInt(_)) => Ok(()),
        E::Literal(Literal::I64(_) | Literal::U64(_) | Literal::I16(_) | Literal::U16(_)) => {
            Err(Refusal::new(Code::Type, "an integer that has not 32 bits"))
        }
        E::Literal(_) => Err(Refusal::new(Code::Float, "a float")),
        E::Override(_) => Err(Refusal::new(Code::Override, "an override")),
        E::Constant(_)
        | E::ZeroValue(_)
        | E::Compose { .. }
        | E::Access { .. }
        | E::AccessIndex { .. }
        | E::Splat { .. }
        | E::Swizzle { .. }
        | E::FunctionArgument(_)
        | E::GlobalVariable(_)
        | E::LocalVariable(_)
        | E::Load { .. }
        | E::Unary { .. }
        | E::Binary { .. }
        | E::Select { .. }
        | E::CallResult(_)
        | E::AtomicResult { .. }
        | E::ArrayLength(_) => Ok(()),
        E::As { kind, convert, .. } => match (kind, convert) {
            (ScalarKind::Float | ScalarKind::AbstractFloat, _) => {
                Err(Refusal::new(Code::Float, "a conversion to float"))
            }
            (ScalarKind::Sint | ScalarKind::Uint, None | Some(4)) | (ScalarKind::Bool, _) => Ok(()),
            _ => Err(Refusal::new(
                Code::Type,
                "a conversion to an integer that has not 32 bits",
            )),
        },
        E::Relational {
            fun: RelationalFunction::All | RelationalFunction::Any,
            ..
        } => Ok(()),
        E::Relational { fun, .. } => function(format!("`{fun:?}`")),
        E::Math { fun, .. } if integer(*fun) => Ok(()),
        E::Math { fun, .. } => function(format!("`{fun:?}`")),
        E::Derivative { .. } => function("a derivative".into()),
        E::ImageSample { .. } | E::ImageLoad { .. } | E::ImageQuery { .. } => function("a texture function".into()),
        E::SubgroupBallotResult | E::SubgroupOperationResult { .. } => function("a subgroup operation".into()),
        _ => function("an expression that is not in wgsl/1".into()),
    }
}

/// Built-in functions of integers. All but these may give different results on different hosts.
fn integer(fun: MathFunction) -> bool {
    use MathFunction as M;
    matches!(
        fun,
        M::Abs
            | M::Min
            | M::Max
            | M::Clamp
            | M::Dot
            | M::Dot4I8Packed
            | M::Dot4U8Packed
            | M::Sign
            | M::CountTrailingZeros
            | M::CountLeadingZeros
            | M::CountOneBits
            | M::ReverseBits
            | M::ExtractBits
            | M::InsertBits
            | M::FirstTrailingBit
            | M::FirstLeadingBit
            | M::Pack4xI8
            | M::Pack4xU8
            | M::Pack4xI8Clamp
            | M::Pack4xU8Clamp
            | M::Unpack4xI8
            | M::Unpack4xU8
    )
}
