//! Instructions of the interpreter: on 32-bit registers, each operand the number of one.

/// Number of registers; every `u16` names one, so that no access needs a check.
pub(crate) const REGISTERS: usize = 1 << 16;

pub(super) type Reg = u16;

macro_rules! operations {
    (
        // A dollar sign, for the macro that this one defines.
        ($d:tt)
        one { $($one:ident($a:ident) $one_value:expr;)* }
        two { $($two:ident($x:ident, $y:ident) $two_value:expr;)* }
    ) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Op {
            $($one { to: Reg, a: Reg },)*
            $($two { to: Reg, a: Reg, b: Reg },)*
            /// `count` registers.
            Copy { to: Reg, from: Reg, count: u16 },
            /// `to = if condition != 0 { a } else { b }`.
            Select { to: Reg, condition: Reg, a: Reg, b: Reg },
            Extract { signed: bool, to: Reg, a: Reg, offset: Reg, count: Reg },
            /// `to` holds the word that bits are inserted into; `bits` the offset, the register after it the count.
            Insert { to: Reg, from: Reg, bits: Reg },
            /// The register `base + [index]`, and back.
            Fetch { to: Reg, base: Reg, index: Reg },
            Put { from: Reg, base: Reg, index: Reg },
            /// The word `[at] + offset` of a bound buffer, and back.
            Read { bound: u8, to: Reg, at: Reg, offset: u16 },
            Write { bound: u8, from: Reg, at: Reg, offset: u16 },
            Atomic { bound: u8, fun: Atomic, from: Reg, at: Reg, offset: u16 },
            /// `(words of the buffer - [offset]) / [stride]`.
            Length { bound: u8, to: Reg, offset: Reg, stride: Reg },
            Jump { to: u32 },
            JumpIf { condition: Reg, to: u32 },
            JumpUnless { condition: Reg, to: u32 },
            Call { to: u32 },
            Return,
        }

        impl Op {
            pub fn one(name: One, to: Reg, a: Reg) -> Self {
                match name { $(One::$one => Self::$one { to, a },)* }
            }

            /// The register that a computation writes.
            pub fn target(&mut self) -> Option<&mut Reg> {
                match self {
                    $(Self::$one { to, .. } => Some(to),)*
                    $(Self::$two { to, .. } => Some(to),)*
                    Self::Select { to, .. } | Self::Fetch { to, .. } | Self::Read { to, .. } => Some(to),
                    _ => None,
                }
            }

            pub fn two(name: Two, to: Reg, a: Reg, b: Reg) -> Self {
                match name { $(Two::$two => Self::$two { to, a, b },)* }
            }
        }

        /// Operations of one operand.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum One { $($one,)* }

        /// Operations of two operands.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Two { $($two,)* }

        /// A match of all instructions: those that only compute, then the given arms.
        macro_rules! execute {
            ($d op:expr, $d regs:expr, { $d($d rest:tt)* }) => {
                match $d op {
                    $(Op::$one { to, a } => {
                        let $a = $d regs[usize::from(a)];
                        $d regs[usize::from(to)] = $one_value;
                    })*
                    $(Op::$two { to, a, b } => {
                        let ($x, $y) = ($d regs[usize::from(a)], $d regs[usize::from(b)]);
                        $d regs[usize::from(to)] = $two_value;
                    })*
                    $d($d rest)*
                }
            };
        }
        pub(super) use execute;
    };
}

operations! {
    ($)
    one {
        Move(a) a;
        Not(a) u32::from(a == 0);
        BitNot(a) !a;
        Negate(a) a.wrapping_neg();
        IsTrue(a) u32::from(a != 0);
        Abs(a) s(a).unsigned_abs();
        Sign(a) u(s(a).signum());
        SignU(a) u32::from(a != 0);
        CountOnes(a) a.count_ones();
        LeadingZeros(a) a.leading_zeros();
        TrailingZeros(a) a.trailing_zeros();
        Reverse(a) a.reverse_bits();
        FirstTrailing(a) math::first_trailing(a);
        FirstLeading(a) math::first_leading(a);
        FirstLeadingS(a) math::first_leading_signed(a);
    }
    two {
        Add(a, b) a.wrapping_add(b);
        Sub(a, b) a.wrapping_sub(b);
        Mul(a, b) a.wrapping_mul(b);
        Div(a, b) a.checked_div(b).unwrap_or(a);
        DivS(a, b) math::divide(a, b);
        Rem(a, b) a.checked_rem(b).unwrap_or(0);
        And(a, b) a & b;
        Or(a, b) a | b;
        Xor(a, b) a ^ b;
        Shl(a, b) a.wrapping_shl(b);
        Shr(a, b) a.wrapping_shr(b);
        ShrS(a, b) u(s(a).wrapping_shr(b));
        Eq(a, b) u32::from(a == b);
        Ne(a, b) u32::from(a != b);
        Lt(a, b) u32::from(a < b);
        Le(a, b) u32::from(a <= b);
        LtS(a, b) u32::from(s(a) < s(b));
        LeS(a, b) u32::from(s(a) <= s(b));
        Min(a, b) a.min(b);
        Max(a, b) a.max(b);
        MinS(a, b) u(s(a).min(s(b)));
        MaxS(a, b) u(s(a).max(s(b)));
        Dot4(a, b) math::dot4(a, b);
        Dot4S(a, b) math::dot4_signed(a, b);
        Byte(a, b) (a >> (8 * (b & 3))) & 0xff;
        ByteS(a, b) u(i32::from((a >> (8 * (b & 3))) as u8 as i8));
    }
}

use super::math::{s, u};

/// Changes of a word that no invocation reads before the step is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Atomic {
    Add,
    Sub,
    Min,
    Max,
    MinS,
    MaxS,
    And,
    Or,
    Xor,
}

impl Atomic {
    pub fn apply(self, old: u32, value: u32) -> u32 {
        match self {
            Self::Add => old.wrapping_add(value),
            Self::Sub => old.wrapping_sub(value),
            Self::Min => old.min(value),
            Self::Max => old.max(value),
            Self::MinS => u(s(old).min(s(value))),
            Self::MaxS => u(s(old).max(s(value))),
            Self::And => old & value,
            Self::Or => old | value,
            Self::Xor => old ^ value,
        }
    }
}
