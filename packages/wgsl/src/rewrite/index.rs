//! Indices. An index that may be out of bounds is compared with the length; the comparison is the *guard* of the access.
//! Where it fails the fault word gets its bit, the access goes to element 0 (there is one: buffers hold at least one
//! element), a read gives zero, and a write does not happen. So nothing depends on what a driver does out of bounds.

use naga::{
    ArraySize, BinaryOperator, Expression, Handle, LocalVariable, Scalar, ScalarKind, Span, Statement, Type, TypeInner,
};

use super::function::Rewriter;
use super::{internal, FAULT_BOUNDS};
use crate::error::Refusal;

/// Number of elements of something that is indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Known(u32),
    /// A buffer's array, as long as the buffer allows.
    Open,
}

impl Rewriter<'_, '_> {
    /// Whether the base is an array without a fixed length.
    pub fn is_open(&self, base: Handle<Expression>) -> bool {
        self.length(base) == Some(Length::Open)
    }

    fn length(&self, base: Handle<Expression>) -> Option<Length> {
        let pointed = match self.inner_of(base) {
            TypeInner::Pointer { base, .. } => &self.module.types[*base].inner,
            inner => inner,
        };
        match *pointed {
            TypeInner::Vector { size, .. } | TypeInner::ValuePointer { size: Some(size), .. } => {
                Some(Length::Known(size as u32))
            }
            TypeInner::Array {
                size: ArraySize::Constant(length),
                ..
            } => Some(Length::Known(length.get())),
            TypeInner::Array {
                size: ArraySize::Dynamic,
                ..
            } => Some(Length::Open),
            _ => None,
        }
    }

    /// The index as `u32`: a negative one becomes a large one.
    pub fn unsigned(&mut self, index: Handle<Expression>) -> Result<Handle<Expression>, Refusal> {
        let new = self.mapped(index)?;
        let signed = matches!(self.inner_of(index), TypeInner::Scalar(Scalar::I32));
        Ok(match signed {
            true => self.out.push(Expression::As {
                expr: new,
                kind: ScalarKind::Uint,
                convert: Some(4),
            }),
            false => new,
        })
    }

    /// Element `index` of `base`; `handle` is the old expression for it.
    pub fn index(
        &mut self,
        handle: Handle<Expression>,
        base: Handle<Expression>,
        index: Handle<Expression>,
    ) -> Result<Handle<Expression>, Refusal> {
        let new = self.mapped(base)?;
        let length = match self.length(base) {
            Some(Length::Known(length)) => self.out.word(length),
            Some(Length::Open) => self.out.push(Expression::ArrayLength(new)),
            None => return Err(internal(("not indexable", handle))),
        };
        let (zero, bit) = (self.out.word(0), self.out.word(FAULT_BOUNDS));
        let fault = self.out.global(self.added.fault);
        let inside = self.out.binary(BinaryOperator::Less, index, length);
        let index = self.out.select(inside, index, zero);
        let before = self.out.push(Expression::Load { pointer: fault });
        let bit = self.out.select(inside, zero, bit);
        let value = self.out.binary(BinaryOperator::InclusiveOr, before, bit);
        self.out.statement(Statement::Store { pointer: fault, value });
        let access = Expression::Access { base: new, index };
        if matches!(self.inner_of(base), TypeInner::Vector { .. } | TypeInner::Array { .. }) {
            return self.read(handle, inside, access);
        }
        let guard = match self.guards.get(&base).copied() {
            Some(outer) => self.out.binary(BinaryOperator::LogicalAnd, outer, inside),
            None => inside,
        };
        self.guards.insert(handle, guard);
        Ok(self.out.push(access))
    }

    /// The value of `read`, or zero where the guard fails; `handle` is the old expression, for its type.
    pub fn read(
        &mut self,
        handle: Handle<Expression>,
        guard: Handle<Expression>,
        read: Expression,
    ) -> Result<Handle<Expression>, Refusal> {
        let ty = self.type_of(handle);
        let zero = self.out.pre(Expression::ZeroValue(ty));
        if matches!(self.inner_of(handle), TypeInner::Scalar(_) | TypeInner::Vector { .. }) {
            let value = self.out.push(read);
            return Ok(self.out.select(guard, value, zero));
        }
        // `select` takes no composites.
        let pointer = self.scratch(ty);
        self.out.statement(Statement::Store { pointer, value: zero });
        self.out.when(guard, |out| {
            let value = out.push(read);
            out.statement(Statement::Store { pointer, value });
        });
        Ok(self.out.push(Expression::Load { pointer }))
    }

    fn scratch(&mut self, ty: Handle<Type>) -> Handle<Expression> {
        if let Some(known) = self.scratch.get(&ty) {
            return *known;
        }
        let variable = LocalVariable {
            name: None,
            ty,
            init: None,
        };
        let variable = self.locals.append(variable, Span::UNDEFINED);
        let pointer = self.out.pre(Expression::LocalVariable(variable));
        self.scratch.insert(ty, pointer);
        pointer
    }
}
