//! Operators whose result a device may leave open: division, remainder, shifts.

use naga::{BinaryOperator, Expression, Handle, Literal, ScalarKind, TypeInner, VectorSize};

use super::function::Rewriter;
use crate::error::Refusal;

/// WGSL defines `x / 0 = x`, `x % 0 = 0`, `MIN / -1 = MIN`, `MIN % -1 = 0`: division by 1 gives all four, so such
/// divisors are replaced by 1. Shifts take the low 5 bits of their distance.
pub(super) fn binary(
    rewriter: &mut Rewriter<'_, '_>,
    op: BinaryOperator,
    left: Handle<Expression>,
    right: Handle<Expression>,
) -> Result<Handle<Expression>, Refusal> {
    use BinaryOperator as B;
    let (size, kind) = match *rewriter.inner_of(right) {
        TypeInner::Vector { size, scalar } => (Some(size), scalar.kind),
        TypeInner::Scalar(scalar) => (None, scalar.kind),
        _ => (None, ScalarKind::Bool),
    };
    let (x, y) = (rewriter.mapped(left)?, rewriter.mapped(right)?);
    let y = match (op, literal(rewriter, y)) {
        (B::Divide | B::Modulo, Some(Literal::U32(1..) | Literal::I32(1.. | i32::MIN..=-2))) => y,
        (B::ShiftLeft | B::ShiftRight, Some(Literal::U32(0..32))) => y,
        (B::Divide | B::Modulo, _) if kind == ScalarKind::Sint => signed_divisor(rewriter, x, y, size),
        (B::Divide | B::Modulo, _) => {
            let (zero, one) = (
                splat(rewriter, Literal::U32(0), size),
                splat(rewriter, Literal::U32(1), size),
            );
            let bad = rewriter.out.binary(B::Equal, y, zero);
            rewriter.out.select(bad, one, y)
        }
        (B::ShiftLeft | B::ShiftRight, _) => {
            let mask = splat(rewriter, Literal::U32(31), size);
            rewriter.out.binary(B::And, y, mask)
        }
        _ => y,
    };
    if op == B::Modulo && kind == ScalarKind::Sint {
        // Some devices leave the remainder of negative numbers open, but not their quotient.
        let quotient = rewriter.out.binary(B::Divide, x, y);
        let whole = rewriter.out.binary(B::Multiply, quotient, y);
        return Ok(rewriter.out.binary(B::Subtract, x, whole));
    }
    Ok(rewriter.out.binary(op, x, y))
}

fn signed_divisor(
    rewriter: &mut Rewriter<'_, '_>,
    x: Handle<Expression>,
    y: Handle<Expression>,
    size: Option<VectorSize>,
) -> Handle<Expression> {
    use BinaryOperator as B;
    let [zero, one, minus, least] = [0, 1, -1, i32::MIN].map(|v| splat(rewriter, Literal::I32(v), size));
    let out = &mut rewriter.out;
    let by_zero = out.binary(B::Equal, y, zero);
    let is_least = out.binary(B::Equal, x, least);
    let is_minus = out.binary(B::Equal, y, minus);
    let overflow = out.binary(B::And, is_least, is_minus);
    let bad = out.binary(B::InclusiveOr, by_zero, overflow);
    out.select(bad, one, y)
}

fn splat(rewriter: &mut Rewriter<'_, '_>, literal: Literal, size: Option<VectorSize>) -> Handle<Expression> {
    rewriter.out.splat(literal, size)
}

/// The literal that an expression, or each component of it, is.
fn literal(rewriter: &Rewriter<'_, '_>, handle: Handle<Expression>) -> Option<Literal> {
    match *rewriter.out.get(handle) {
        Expression::Literal(literal) => Some(literal),
        Expression::Splat { value, .. } => match *rewriter.out.get(value) {
            Expression::Literal(literal) => Some(literal),
            _ => None,
        },
        _ => None,
    }
}
