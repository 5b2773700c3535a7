//! What of WGSL is in wgsl/1, checked on naga's IR.

pub(crate) mod body;
pub(crate) mod cost;
pub(crate) mod module;
pub(crate) mod race;

use naga::{Arena, Block, Expression, Handle, Span, Statement};

/// Line of a span, from 1.
pub(crate) fn line(span: Span, source: &str) -> Option<u32> {
    (span.is_defined() && span.to_range()?.start <= source.len()).then(|| span.location(source).line_number)
}

/// Calls `each` for every statement of a block and of the blocks in it. The depth is bounded by the depth of the text.
pub(crate) fn statements<E>(block: &Block, each: &mut impl FnMut(&Statement, Span) -> Result<(), E>) -> Result<(), E> {
    for (statement, span) in block.span_iter() {
        each(statement, *span)?;
        match statement {
            Statement::Block(inner) => statements(inner, each)?,
            Statement::If { accept, reject, .. } => {
                statements(accept, each)?;
                statements(reject, each)?;
            }
            Statement::Switch { cases, .. } => {
                for case in cases {
                    statements(&case.body, each)?;
                }
            }
            Statement::Loop { body, continuing, .. } => {
                statements(body, each)?;
                statements(continuing, each)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The variable that a pointer leads into.
pub(crate) fn global_of(
    expressions: &Arena<Expression>,
    mut pointer: Handle<Expression>,
) -> Option<Handle<naga::GlobalVariable>> {
    loop {
        match expressions[pointer] {
            Expression::Access { base, .. } | Expression::AccessIndex { base, .. } => pointer = base,
            Expression::GlobalVariable(variable) => return Some(variable),
            _ => return None,
        }
    }
}
