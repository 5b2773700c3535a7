//! Execution of one invocation after the other.

use naga::BuiltIn;

use super::math;
use super::math::{s, u};
use super::op::{execute, Op, REGISTERS};
use super::{Code, BOUND};

/// Buffers of the machine, and which of them stands at each binding.
pub(crate) struct Bound<'m> {
    pub buffers: &'m mut [Vec<u32>],
    pub map: [usize; BOUND],
}

impl Bound<'_> {
    fn words(&mut self, bound: u8) -> &mut [u32] {
        let at = self.map.get(usize::from(bound)).copied().unwrap_or(usize::MAX);
        self.buffers.get_mut(at).map_or(&mut [], |words| words)
    }

    // The rewritten program compares indices before it uses them: the fall-backs below are never taken.
    #[inline]
    fn word(&mut self, bound: u8, at: u32, offset: u16) -> Option<&mut u32> {
        let at = at as usize + usize::from(offset);
        self.words(bound).get_mut(at)
    }
}

/// Registers of an entry point, constants in place.
pub(crate) struct Registers(Box<[u32; REGISTERS]>);

impl Registers {
    pub fn new(code: &Code) -> Self {
        let mut file = Self(
            vec![0; REGISTERS]
                .try_into()
                .unwrap_or_else(|_| Box::new([0; REGISTERS])),
        );
        file.load(code);
        file
    }

    fn load(&mut self, code: &Code) {
        for (at, value) in &code.constants {
            self.0[usize::from(*at)] = *value;
        }
    }
}

impl Code {
    /// Runs invocation `local` of workgroup `group` of `groups`.
    pub fn run(&self, registers: &mut Registers, bound: &mut Bound<'_>, group: u32, groups: u32, local: u32) {
        for (builtin, first) in &self.builtins {
            let first = usize::from(*first);
            match builtin {
                BuiltIn::LocalInvocationIndex => registers.0[first] = local,
                other => {
                    let vector = match other {
                        BuiltIn::GlobalInvocationId => [group * self.workgroup_size + local, 0, 0],
                        BuiltIn::LocalInvocationId => [local, 0, 0],
                        BuiltIn::WorkGroupId => [group, 0, 0],
                        _ => [groups, 1, 1],
                    };
                    registers.0[first..first + 3].copy_from_slice(&vector);
                }
            }
        }
        self.execute(&mut registers.0, bound);
    }

    fn execute(&self, regs: &mut [u32; REGISTERS], bound: &mut Bound<'_>) {
        let mut calls: Vec<usize> = Vec::new();
        let mut pc = self.entry;
        while let Some(op) = self.ops.get(pc) {
            pc += 1;
            execute!(*op, regs, {
                Op::Copy { to, from, count } => {
                    let (to, from) = (usize::from(to), usize::from(from));
                    regs.copy_within(from..from + usize::from(count), to);
                }
                Op::Select { to, condition, a, b } => {
                    let (a, b) = (regs[usize::from(a)], regs[usize::from(b)]);
                    regs[usize::from(to)] = if regs[usize::from(condition)] != 0 { a } else { b };
                }
                Op::Extract { signed, to, a, offset, count } => {
                    let (offset, count) = (regs[usize::from(offset)], regs[usize::from(count)]);
                    regs[usize::from(to)] = math::extract(signed, regs[usize::from(a)], offset, count);
                }
                Op::Insert { to, from, bits } => {
                    let (offset, count) = (regs[usize::from(bits)], regs[usize::from(bits.wrapping_add(1))]);
                    regs[usize::from(to)] = math::insert(regs[usize::from(to)], regs[usize::from(from)], offset, count);
                }
                Op::Fetch { to, base, index } => {
                    regs[usize::from(to)] = regs[usize::from(base.wrapping_add(regs[usize::from(index)] as u16))];
                }
                Op::Put { from, base, index } => {
                    regs[usize::from(base.wrapping_add(regs[usize::from(index)] as u16))] = regs[usize::from(from)];
                }
                Op::Read { bound: at, to, at: index, offset } => {
                    let word = bound.word(at, regs[usize::from(index)], offset);
                    regs[usize::from(to)] = word.map_or(0, |word| *word);
                }
                Op::Write { bound: at, from, at: index, offset } => {
                    if let Some(word) = bound.word(at, regs[usize::from(index)], offset) {
                        *word = regs[usize::from(from)];
                    }
                }
                Op::Atomic { bound: at, fun, from, at: index, offset } => {
                    if let Some(word) = bound.word(at, regs[usize::from(index)], offset) {
                        *word = fun.apply(*word, regs[usize::from(from)]);
                    }
                }
                Op::Length { bound: at, to, offset, stride } => {
                    let words = u32::try_from(bound.words(at).len()).unwrap_or(u32::MAX);
                    let rest = words.saturating_sub(regs[usize::from(offset)]);
                    regs[usize::from(to)] = rest.checked_div(regs[usize::from(stride)]).unwrap_or(0);
                }
                Op::Jump { to } => pc = to as usize,
                Op::JumpIf { condition, to } if regs[usize::from(condition)] != 0 => pc = to as usize,
                Op::JumpUnless { condition, to } if regs[usize::from(condition)] == 0 => pc = to as usize,
                Op::Call { to } => {
                    calls.push(pc);
                    pc = to as usize;
                }
                Op::Return => match calls.pop() {
                    Some(back) => pc = back,
                    None => return,
                },
                Op::JumpIf { .. } | Op::JumpUnless { .. } => {}
            });
        }
    }
}
