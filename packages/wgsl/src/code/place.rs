//! Pointers, which exist at compile time only: a place in registers or in a buffer.

use naga::{AddressSpace, Expression, Handle, Module, Scalar, TypeInner};

use super::lower::Lower;
use super::op::{Op, Reg, Two};
use super::{BOUND_STATUS, BOUND_STEP};
use crate::error::Refusal;
use crate::ir::slots;
use crate::rewrite::internal;

/// Where a pointer leads; `index` is a register that is added to the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Registers {
        base: Reg,
        index: Option<Reg>,
    },
    /// `offset` in words.
    Buffer {
        bound: u8,
        offset: u32,
        index: Option<Reg>,
    },
}

/// Type behind a pointer.
pub(super) fn pointee(module: &Module, pointer: &TypeInner) -> Option<TypeInner> {
    match *pointer {
        TypeInner::Pointer { base, .. } => Some(module.types[base].inner.clone()),
        TypeInner::ValuePointer {
            size: Some(size),
            scalar,
            ..
        } => Some(TypeInner::Vector { size, scalar }),
        TypeInner::ValuePointer { size: None, scalar, .. } => Some(TypeInner::Scalar(scalar)),
        _ => None,
    }
}

/// Offsets in words of the scalars of a type as it lies in a buffer.
fn layout(module: &Module, inner: &TypeInner, at: u32, out: &mut Vec<u32>) {
    match *inner {
        TypeInner::Vector { size, .. } => out.extend((0..size as u32).map(|i| at + i)),
        TypeInner::Array {
            base,
            size: naga::ArraySize::Constant(length),
            stride,
        } => {
            for i in 0..length.get() {
                layout(module, &module.types[base].inner, at + i * (stride / 4), out);
            }
        }
        TypeInner::Struct { ref members, .. } => {
            for member in members {
                layout(module, &module.types[member.ty].inner, at + member.offset / 4, out);
            }
        }
        _ => out.push(at),
    }
}

impl Lower<'_> {
    /// The place of a module-scope variable.
    pub fn variable(&mut self, handle: Handle<naga::GlobalVariable>) -> Result<Place, Refusal> {
        let variable = &self.module.global_variables[handle];
        let bound = match variable.space {
            AddressSpace::Private => {
                let base = self.private(handle)?;
                return Ok(Place::Registers { base, index: None });
            }
            AddressSpace::Uniform => BOUND_STEP,
            _ if handle == self.added.status => BOUND_STATUS,
            _ => variable.binding.as_ref().map_or(usize::MAX, |b| b.binding as usize),
        };
        let bound = u8::try_from(bound).map_err(internal)?;
        Ok(Place::Buffer {
            bound,
            offset: 0,
            index: None,
        })
    }

    /// Element or member number `at` of the place.
    pub fn member(&self, place: Place, inner: &TypeInner, at: u32) -> Result<Place, Refusal> {
        let missing = || internal(("no such member", inner, at));
        let (slot, word) = match *inner {
            TypeInner::Vector { .. } => (at, at),
            TypeInner::Array { base, stride, .. } => {
                let width = slots(&self.module.types, &self.module.types[base].inner);
                (width.unwrap_or(0) * at, stride / 4 * at)
            }
            TypeInner::Struct { ref members, .. } => {
                let member = members.get(at as usize).ok_or_else(missing)?;
                let before = members[..at as usize].iter();
                let widths = before.filter_map(|m| slots(&self.module.types, &self.module.types[m.ty].inner));
                (widths.sum(), member.offset / 4)
            }
            _ => return Err(missing()),
        };
        Ok(match place {
            Place::Registers { base, index } => Place::Registers {
                base: base.wrapping_add(slot as Reg),
                index,
            },
            Place::Buffer { bound, offset, index } => Place::Buffer {
                bound,
                offset: offset.saturating_add(word),
                index,
            },
        })
    }

    /// Element number `[at]` of the place.
    pub fn element(&mut self, place: Place, inner: &TypeInner, at: Reg) -> Result<Place, Refusal> {
        let (slot, word) = match *inner {
            TypeInner::Vector { .. } => (1, 1),
            TypeInner::Array { base, stride, .. } => (
                slots(&self.module.types, &self.module.types[base].inner).unwrap_or(0),
                stride / 4,
            ),
            _ => return Err(internal(("not indexable", inner))),
        };
        let (stride, before) = match place {
            Place::Registers { index, .. } => (slot, index),
            Place::Buffer { index, .. } => (word, index),
        };
        let mut total = at;
        if stride != 1 {
            let by = self.frame.word(stride)?;
            total = self.compute(Two::Mul, at, by)?;
        }
        if let Some(before) = before {
            total = self.compute(Two::Add, before, total)?;
        }
        Ok(match place {
            Place::Registers { base, .. } => Place::Registers {
                base,
                index: Some(total),
            },
            Place::Buffer { bound, offset, .. } => Place::Buffer {
                bound,
                offset,
                index: Some(total),
            },
        })
    }

    /// Index register and small offset for a place in a buffer.
    fn address(&mut self, offset: u32, index: Option<Reg>) -> Result<(Reg, u16), Refusal> {
        // Types that are read whole are small; their offsets are added to this one.
        const SMALL: u32 = 1 << 14;
        match index {
            Some(index) if offset < SMALL => Ok((index, offset as u16)),
            Some(index) => {
                let offset = self.frame.word(offset)?;
                Ok((self.compute(Two::Add, index, offset)?, 0))
            }
            None => Ok((self.frame.word(offset)?, 0)),
        }
    }

    /// Reads the place into new registers.
    pub fn load(&mut self, place: Place, inner: &TypeInner) -> Result<Reg, Refusal> {
        let width = self.width(inner)?;
        let to = self.frame.take(width)?;
        match place {
            Place::Registers { base, index: None } => self.copy(to, base, width),
            Place::Registers {
                base,
                index: Some(index),
            } => {
                for i in 0..width as Reg {
                    self.ops.push(Op::Fetch {
                        to: to.wrapping_add(i),
                        base: base.wrapping_add(i),
                        index,
                    });
                }
            }
            Place::Buffer { bound, offset, index } => {
                let (at, small) = self.address(offset, index)?;
                let mut words = Vec::new();
                layout(self.module, inner, u32::from(small), &mut words);
                for (to, word) in (to..).zip(words) {
                    let offset = u16::try_from(word).map_err(internal)?;
                    self.ops.push(Op::Read { bound, to, at, offset });
                }
            }
        }
        Ok(to)
    }

    /// Writes registers to the place.
    pub fn store(&mut self, place: Place, inner: &TypeInner, from: Reg) -> Result<(), Refusal> {
        let width = self.width(inner)?;
        match place {
            Place::Registers { base, index: None } => self.copy(base, from, width),
            Place::Registers {
                base,
                index: Some(index),
            } => {
                for i in 0..width as Reg {
                    self.ops.push(Op::Put {
                        from: from.wrapping_add(i),
                        base: base.wrapping_add(i),
                        index,
                    });
                }
            }
            Place::Buffer { bound, offset, index } => {
                let (at, small) = self.address(offset, index)?;
                let mut words = Vec::new();
                layout(self.module, inner, u32::from(small), &mut words);
                for (from, word) in (from..).zip(words) {
                    let offset = u16::try_from(word).map_err(internal)?;
                    self.ops.push(Op::Write {
                        bound,
                        from,
                        at,
                        offset,
                    });
                }
            }
        }
        Ok(())
    }

    /// An atomic operation on the place.
    pub fn atomic(
        &mut self,
        place: Place,
        scalar: Scalar,
        fun: &naga::AtomicFunction,
        from: Reg,
    ) -> Result<(), Refusal> {
        use super::op::Atomic as A;
        use naga::AtomicFunction as F;
        let signed = scalar == Scalar::I32;
        let fun = match fun {
            F::Add => A::Add,
            F::Subtract => A::Sub,
            F::And => A::And,
            F::ExclusiveOr => A::Xor,
            F::InclusiveOr => A::Or,
            F::Min if signed => A::MinS,
            F::Max if signed => A::MaxS,
            F::Min => A::Min,
            F::Max => A::Max,
            F::Exchange { .. } => return Err(internal(fun)),
        };
        let Place::Buffer { bound, offset, index } = place else {
            return Err(internal(place));
        };
        let (at, offset) = self.address(offset, index)?;
        self.ops.push(Op::Atomic {
            bound,
            fun,
            from,
            at,
            offset,
        });
        Ok(())
    }

    /// `arrayLength`.
    pub fn length(&mut self, pointer: Handle<Expression>) -> Result<Reg, Refusal> {
        let inner = pointee(self.module, self.inner_of(pointer));
        let Place::Buffer {
            bound,
            offset,
            index: None,
        } = self.place(pointer)?
        else {
            return Err(internal(("length of", pointer)));
        };
        let Some(TypeInner::Array { stride, .. }) = inner else {
            return Err(internal(inner));
        };
        let to = self.frame.take(1)?;
        let (offset, stride) = (self.frame.word(offset)?, self.frame.word(stride / 4)?);
        self.ops.push(Op::Length {
            bound,
            to,
            offset,
            stride,
        });
        Ok(to)
    }
}
