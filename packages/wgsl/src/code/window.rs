//! Reads of variables that need no copy.
//!
//! A read takes the value that a variable has at that point; later writes do not change it. Where a value is used up before
//! the next statement that may write, the variable's own registers serve. The *window* of a read is the run of `Emit`s
//! that it stands in and the one statement after them, which reads its operands before it writes.

use std::collections::{HashMap, HashSet};

use naga::{Expression, Function, Handle, ScalarKind, Statement};

/// The expressions of a window that nothing outside of it uses, directly or through a part of them.
pub(super) fn confined(
    function: &Function,
    uses: &HashMap<Handle<Expression>, u32>,
    emitted: &[Handle<Expression>],
    next: Option<&Statement>,
) -> HashSet<Handle<Expression>> {
    let mut inside: HashMap<Handle<Expression>, u32> = HashMap::new();
    // A loop uses its operand at its end.
    if let Some(next) = next.filter(|s| !matches!(s, Statement::Loop { .. })) {
        crate::ir::statement_operands(next, |operand| *inside.entry(operand).or_insert(0) += 1);
    }
    let mut confined = HashSet::new();
    // Backwards, so that users are judged before what they use.
    for handle in emitted.iter().rev() {
        let expression = &function.expressions[*handle];
        let all_inside = inside.get(handle) == uses.get(handle);
        if all_inside {
            confined.insert(*handle);
        }
        // What leaves the window as a part of its operand, in the same registers, takes the operand with it.
        if all_inside || !shares(expression) {
            crate::ir::operands(expression, |operand| *inside.entry(operand).or_insert(0) += 1);
        }
    }
    confined
}

/// Whether the value may lie in the registers of an operand, or, being a pointer, need them later.
fn shares(expression: &Expression) -> bool {
    match expression {
        Expression::Access { .. } | Expression::AccessIndex { .. } | Expression::Relational { .. } => true,
        Expression::As { kind, .. } => *kind != ScalarKind::Bool,
        _ => false,
    }
}
