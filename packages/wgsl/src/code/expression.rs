//! Expressions to instructions.

use naga::{
    BinaryOperator, Expression, Handle, MathFunction, RelationalFunction, ScalarKind, SwizzleComponent, TypeInner,
    UnaryOperator,
};

use super::constant::constant;
use super::lower::{Lower, Value};
use super::op::{One, Op, Reg, Two};
use super::place::{pointee, Place};
use crate::error::Refusal;
use crate::rewrite::internal;

impl Lower<'_> {
    /// First register of a value.
    pub fn value(&mut self, handle: Handle<Expression>) -> Result<Reg, Refusal> {
        match self.resolve(handle)? {
            Value::At(at) => Ok(at),
            Value::Pointer(_) => Err(internal(("a pointer as a value", handle))),
        }
    }

    pub fn place(&mut self, handle: Handle<Expression>) -> Result<Place, Refusal> {
        match self.resolve(handle)? {
            Value::Pointer(place) => Ok(place),
            Value::At(_) => Err(internal(("a value as a pointer", handle))),
        }
    }

    fn resolve(&mut self, handle: Handle<Expression>) -> Result<Value, Refusal> {
        if let Some(known) = self.values.get(&handle) {
            return Ok(*known);
        }
        let arena = &self.function.expressions;
        let missing = || internal(("not evaluated", handle));
        let value = match arena[handle] {
            Expression::Literal(_) | Expression::ZeroValue(_) => {
                let words = constant(self.module, arena, handle)?;
                Value::At(self.frame.constant(&words)?)
            }
            Expression::Constant(which) => match self.constants.get(&which) {
                Some(known) => Value::At(*known),
                None => {
                    let words = constant(self.module, arena, handle)?;
                    let at = self.frame.constant(&words)?;
                    self.constants.insert(which, at);
                    Value::At(at)
                }
            },
            Expression::FunctionArgument(at) => Value::At(self.argument(at).ok_or_else(missing)?),
            Expression::LocalVariable(local) => Value::Pointer(Place::Registers {
                base: self.local(local).ok_or_else(missing)?,
                index: None,
            }),
            Expression::GlobalVariable(variable) => Value::Pointer(self.variable(variable)?),
            _ => return Err(missing()),
        };
        self.values.insert(handle, value);
        Ok(value)
    }

    /// Evaluates an expression where it is emitted.
    pub fn expression(&mut self, handle: Handle<Expression>) -> Result<Value, Refusal> {
        let function = self.function;
        let inner = self.inner_of(handle);
        let at = match function.expressions[handle] {
            Expression::Access { base, index } => {
                let index = self.value(index)?;
                return self.access(handle, base, index);
            }
            Expression::AccessIndex { base, index } => return self.part(base, index),
            Expression::Load { pointer } => {
                let place = self.place(pointer)?;
                match place {
                    Place::Registers { base, index: None } if self.confined.contains(&handle) => base,
                    _ => self.load(place, inner)?,
                }
            }
            Expression::Compose { ref components, .. } => {
                let to = self.frame.take(self.width(inner)?)?;
                let mut at = to;
                for component in components {
                    let width = self.width(self.inner_of(*component))?;
                    let from = self.value(*component)?;
                    self.copy(at, from, width);
                    at = at.wrapping_add(width as Reg);
                }
                to
            }
            Expression::Splat { value, .. } => {
                let from = self.value(value)?;
                self.each(inner, |_, to, _| Ok(Op::Move { to, a: from }))?
            }
            Expression::Swizzle { vector, pattern, .. } => {
                let from = self.value(vector)?;
                self.each(inner, |_, to, i| {
                    let component = pattern.get(usize::from(i)).copied().unwrap_or(SwizzleComponent::X);
                    Ok(Op::Move {
                        to,
                        a: from + component as Reg,
                    })
                })?
            }
            Expression::Unary { op, expr } => {
                let from = self.value(expr)?;
                let one = match op {
                    UnaryOperator::Negate => One::Negate,
                    UnaryOperator::LogicalNot => One::Not,
                    UnaryOperator::BitwiseNot => One::BitNot,
                };
                self.each(inner, |_, to, i| Ok(Op::one(one, to, from + i)))?
            }
            Expression::Binary { op, left, right } => self.binary(inner, op, left, right)?,
            Expression::Select {
                condition,
                accept,
                reject,
            } => {
                let vector = matches!(self.inner_of(condition), TypeInner::Vector { .. });
                let (c, a, b) = (self.value(condition)?, self.value(accept)?, self.value(reject)?);
                self.each(inner, |_, to, i| {
                    let condition = if vector { c + i } else { c };
                    Ok(Op::Select {
                        to,
                        condition,
                        a: a + i,
                        b: b + i,
                    })
                })?
            }
            Expression::Relational { fun, argument } => {
                let width = self.width(self.inner_of(argument))?;
                let two = match fun {
                    RelationalFunction::All => Two::And,
                    RelationalFunction::Any => Two::Or,
                    _ => return Err(internal(fun)),
                };
                let from = self.value(argument)?;
                (1..width as Reg).try_fold(from, |so_far, i| self.compute(two, so_far, from + i))?
            }
            Expression::As { expr, kind, .. } => {
                let from = self.value(expr)?;
                match kind {
                    ScalarKind::Bool => self.each(inner, |_, to, i| Ok(Op::one(One::IsTrue, to, from + i)))?,
                    // The bits stay.
                    _ => from,
                }
            }
            Expression::Math {
                fun,
                arg,
                arg1,
                arg2,
                arg3,
            } => self.math(inner, fun, [Some(arg), arg1, arg2, arg3])?,
            Expression::ArrayLength(pointer) => self.length(pointer)?,
            ref other => return Err(internal(other)),
        };
        Ok(Value::At(at))
    }

    /// New registers for a value, each filled by the instruction that `op` gives for it.
    fn each(
        &mut self,
        inner: &TypeInner,
        mut op: impl FnMut(&mut Self, Reg, Reg) -> Result<Op, Refusal>,
    ) -> Result<Reg, Refusal> {
        let width = self.width(inner)?;
        let first = self.frame.take(width)?;
        for i in 0..width as Reg {
            let op = op(self, first + i, i)?;
            self.ops.push(op);
        }
        Ok(first)
    }

    fn access(&mut self, handle: Handle<Expression>, base: Handle<Expression>, index: Reg) -> Result<Value, Refusal> {
        let of = self.inner_of(base);
        if let Some(inner) = pointee(self.module, of) {
            let place = self.place(base)?;
            return Ok(Value::Pointer(self.element(place, &inner, index)?));
        }
        let place = Place::Registers {
            base: self.value(base)?,
            index: None,
        };
        let place = self.element(place, of, index)?;
        Ok(Value::At(self.load(place, self.inner_of(handle))?))
    }

    fn part(&mut self, base: Handle<Expression>, index: u32) -> Result<Value, Refusal> {
        let of = self.inner_of(base);
        if let Some(inner) = pointee(self.module, of) {
            let place = self.place(base)?;
            return Ok(Value::Pointer(self.member(place, &inner, index)?));
        }
        let place = Place::Registers {
            base: self.value(base)?,
            index: None,
        };
        match self.member(place, of, index)? {
            Place::Registers { base, .. } => Ok(Value::At(base)),
            other => Err(internal(other)),
        }
    }

    fn binary(
        &mut self,
        inner: &TypeInner,
        op: BinaryOperator,
        left: Handle<Expression>,
        right: Handle<Expression>,
    ) -> Result<Reg, Refusal> {
        use BinaryOperator as B;
        let operand = self.inner_of(left);
        let signed = operand.scalar_kind() == Some(ScalarKind::Sint);
        let pick = |plain, with_sign| if signed { with_sign } else { plain };
        let (two, swap) = match op {
            B::Add => (Two::Add, false),
            B::Subtract => (Two::Sub, false),
            B::Multiply => (Two::Mul, false),
            B::Divide => (pick(Two::Div, Two::DivS), false),
            B::Modulo if !signed => (Two::Rem, false),
            B::Modulo => return Err(internal(op)),
            B::Equal => (Two::Eq, false),
            B::NotEqual => (Two::Ne, false),
            B::Less => (pick(Two::Lt, Two::LtS), false),
            B::LessEqual => (pick(Two::Le, Two::LeS), false),
            B::Greater => (pick(Two::Lt, Two::LtS), true),
            B::GreaterEqual => (pick(Two::Le, Two::LeS), true),
            B::And | B::LogicalAnd => (Two::And, false),
            B::ExclusiveOr => (Two::Xor, false),
            B::InclusiveOr | B::LogicalOr => (Two::Or, false),
            B::ShiftLeft => (Two::Shl, false),
            B::ShiftRight => (pick(Two::Shr, Two::ShrS), false),
        };
        let (mut a, mut b) = (self.value(left)?, self.value(right)?);
        let (mut steps_a, mut steps_b) = (self.step(left), self.step(right));
        if swap {
            ((a, b), (steps_a, steps_b)) = ((b, a), (steps_b, steps_a));
        }
        self.each(inner, |_, to, i| Ok(Op::two(two, to, a + i * steps_a, b + i * steps_b)))
    }

    /// 1 for a vector, 0 for a scalar that meets a vector.
    fn step(&self, handle: Handle<Expression>) -> Reg {
        Reg::from(matches!(self.inner_of(handle), TypeInner::Vector { .. }))
    }

    fn math(
        &mut self,
        inner: &TypeInner,
        fun: MathFunction,
        arguments: [Option<Handle<Expression>>; 4],
    ) -> Result<Reg, Refusal> {
        use MathFunction as M;
        let mut at = [0; 4];
        for (at, argument) in at.iter_mut().zip(arguments) {
            if let Some(argument) = argument {
                *at = self.value(argument)?;
            }
        }
        let [a, b, c, d] = at;
        let of = arguments[0]
            .map(|handle| self.inner_of(handle))
            .ok_or_else(|| internal(fun))?;
        let signed = of.scalar_kind() == Some(ScalarKind::Sint);
        let pick = |plain, with_sign| if signed { with_sign } else { plain };
        let one = match fun {
            M::Abs => Some(if signed { One::Abs } else { One::Move }),
            M::Sign => Some(if signed { One::Sign } else { One::SignU }),
            M::CountOneBits => Some(One::CountOnes),
            M::CountLeadingZeros => Some(One::LeadingZeros),
            M::CountTrailingZeros => Some(One::TrailingZeros),
            M::ReverseBits => Some(One::Reverse),
            M::FirstTrailingBit => Some(One::FirstTrailing),
            M::FirstLeadingBit => Some(if signed { One::FirstLeadingS } else { One::FirstLeading }),
            _ => None,
        };
        if let Some(one) = one {
            return self.each(inner, |_, to, i| Ok(Op::one(one, to, a + i)));
        }
        match fun {
            M::Min => self.each(inner, |_, to, i| {
                Ok(Op::two(pick(Two::Min, Two::MinS), to, a + i, b + i))
            }),
            M::Max => self.each(inner, |_, to, i| {
                Ok(Op::two(pick(Two::Max, Two::MaxS), to, a + i, b + i))
            }),
            M::ExtractBits => self.each(inner, |_, to, i| {
                Ok(Op::Extract {
                    signed,
                    to,
                    a: a + i,
                    offset: b,
                    count: c,
                })
            }),
            M::InsertBits => {
                let bits = self.frame.take(2)?;
                self.copy(bits, c, 1);
                self.copy(bits + 1, d, 1);
                self.each(inner, |lower, to, i| {
                    lower.ops.push(Op::Move { to, a: a + i });
                    Ok(Op::Insert { to, from: b + i, bits })
                })
            }
            M::Dot => {
                let width = self.width(of)?;
                let first = self.compute(Two::Mul, a, b)?;
                (1..width as Reg).try_fold(first, |sum, i| {
                    let product = self.compute(Two::Mul, a + i, b + i)?;
                    self.compute(Two::Add, sum, product)
                })
            }
            M::Dot4I8Packed => self.compute(Two::Dot4S, a, b),
            M::Dot4U8Packed => self.compute(Two::Dot4, a, b),
            M::Pack4xI8 | M::Pack4xU8 | M::Pack4xI8Clamp | M::Pack4xU8Clamp => self.pack(fun, a),
            M::Unpack4xI8 | M::Unpack4xU8 => {
                let two = if fun == M::Unpack4xI8 { Two::ByteS } else { Two::Byte };
                self.each(inner, |lower, to, i| {
                    Ok(Op::two(two, to, a, lower.frame.word(u32::from(i))?))
                })
            }
            other => Err(internal(other)),
        }
    }

    /// Four numbers into the four bytes of a word, the first into the lowest.
    fn pack(&mut self, fun: MathFunction, from: Reg) -> Result<Reg, Refusal> {
        use MathFunction as M;
        let clamp = match fun {
            M::Pack4xI8Clamp => Some((Two::MaxS, Two::MinS, i32::from(i8::MIN), i32::from(i8::MAX))),
            M::Pack4xU8Clamp => Some((Two::Max, Two::Min, 0, i32::from(u8::MAX))),
            _ => None,
        };
        let mask = self.frame.word(0xff)?;
        let mut packed = self.frame.word(0)?;
        for i in 0..4 {
            let mut byte = from + i;
            if let Some((max, min, low, high)) = clamp {
                let (low, high) = (
                    self.frame.word(super::math::u(low))?,
                    self.frame.word(super::math::u(high))?,
                );
                let raised = self.compute(max, byte, low)?;
                byte = self.compute(min, raised, high)?;
            }
            let low = self.compute(Two::And, byte, mask)?;
            let by = self.frame.word(8 * u32::from(i))?;
            let placed = self.compute(Two::Shl, low, by)?;
            packed = self.compute(Two::Or, packed, placed)?;
        }
        Ok(packed)
    }
}
