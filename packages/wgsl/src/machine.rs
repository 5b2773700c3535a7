//! The interpreter as a machine: buffers, and one step after the other.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use crate::bundle::{BufferSpec, Init};
use crate::code::{Bound, Registers, BOUND, BOUND_STATUS, BOUND_STEP};
use crate::error::Stop;
use crate::fault_of_status;
use crate::program::{Program, Shared};

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepOutput {
    /// Content of every buffer bound `read_write`, in order of `@binding`: what the digest of the step is taken of.
    pub written: Vec<u8>,
    /// Loop iterations of the invocation that used the most.
    pub fuel: u64,
}

/// Runs a program on the processor, in the order of the invocations. It is the reference: an adapter gives the same.
pub struct Machine {
    shared: Arc<Shared>,
    /// Buffers of the bundle, then status and step, in words.
    words: Vec<Vec<u32>>,
    /// Registers of each entry point that has run.
    registers: Vec<Option<Registers>>,
    output: Vec<u8>,
    interrupt: Option<Arc<AtomicBool>>,
}

pub(crate) fn initial(buffers: &[BufferSpec], input: &[u8]) -> Result<Vec<Vec<u8>>, Stop> {
    let takes = |init| init == Init::Input;
    let cap: u64 = buffers.iter().filter(|b| takes(b.init)).map(|b| b.bytes).sum();
    if input.len() as u64 > cap {
        return Err(Stop::InputSize {
            bytes: input.len() as u64,
            cap,
        });
    }
    let mut rest = input;
    let filled = buffers.iter().map(|buffer| {
        let mut bytes = vec![0; usize::try_from(buffer.bytes).unwrap_or(0)];
        if takes(buffer.init) {
            let (now, later) = rest.split_at(rest.len().min(bytes.len()));
            bytes[..now.len()].copy_from_slice(now);
            rest = later;
        }
        bytes
    });
    Ok(filled.collect())
}

impl Machine {
    /// A machine before the first step.
    pub fn new(program: &Program, input: &[u8]) -> Result<Self, Stop> {
        let shared = Arc::clone(&program.shared);
        let mut words: Vec<Vec<u32>> = program.initial(input)?.iter().map(|bytes| to_words(bytes)).collect();
        words.extend([vec![0; 2], vec![0]]);
        let registers = shared.code.iter().map(|_| None).collect();
        let mut machine = Self {
            shared,
            words,
            registers,
            output: Vec::new(),
            interrupt: None,
        };
        machine.refresh();
        Ok(machine)
    }

    /// Ends the step that runs soon after the flag is raised, with [`Stop::Interrupted`]. A single workgroup is bounded
    /// by fuel and static cost and is not interrupted.
    pub fn interrupt_by(&mut self, flag: Arc<AtomicBool>) {
        self.interrupt = Some(flag);
    }

    /// Runs step `step`. Steps are run in order, each once; a machine that stopped is not used any more.
    pub fn step(&mut self, step: u32) -> Result<StepOutput, Stop> {
        let shared = Arc::clone(&self.shared);
        let steps = shared.plan.steps();
        let dispatch = shared.plan.dispatch(step).ok_or(Stop::NoSuchStep { step, steps })?;
        let count = shared.buffers.len();
        let mut map = [usize::MAX; BOUND];
        for binding in dispatch.bindings {
            map[binding.binding as usize] = binding.buffer;
        }
        (map[BOUND_STATUS], map[BOUND_STEP]) = (count, count + 1);
        self.words[count].fill(0);
        self.words[count + 1].fill(step);
        let code = &shared.code[dispatch.entry_index];
        let registers = self.registers[dispatch.entry_index].get_or_insert_with(|| Registers::new(code));
        let mut bound = Bound {
            buffers: &mut self.words,
            map,
        };
        for group in 0..dispatch.workgroups {
            if self.interrupt.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed)) {
                return Err(Stop::Interrupted { step });
            }
            for local in 0..code.workgroup_size {
                code.run(registers, &mut bound, group, dispatch.workgroups, local);
            }
        }
        let status = &self.words[count];
        if let Some(stop) = fault_of_status(status[0]) {
            return Err(stop);
        }
        let fuel = u64::from(status[1]);
        let mut written = Vec::new();
        for binding in dispatch.bindings.iter().filter(|b| b.writable) {
            append_bytes(&mut written, &self.words[binding.buffer]);
        }
        if dispatch
            .bindings
            .iter()
            .any(|b| b.writable && b.buffer == shared.plan.output)
        {
            self.refresh();
        }
        Ok(StepOutput { written, fuel })
    }

    /// Content of the output buffer as it is now.
    pub fn output(&self) -> &[u8] {
        &self.output
    }

    /// Content of a buffer of the bundle as it is now.
    pub fn buffer(&self, at: usize) -> Option<Vec<u8>> {
        let words = self.words.get(at).filter(|_| at < self.shared.buffers.len())?;
        let mut bytes = Vec::new();
        append_bytes(&mut bytes, words);
        Some(bytes)
    }

    fn refresh(&mut self) {
        self.output.clear();
        append_bytes(&mut self.output, &self.words[self.shared.plan.output]);
    }
}

fn to_words(bytes: &[u8]) -> Vec<u32> {
    let word = |chunk: &[u8]| chunk.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
    bytes.chunks(4).map(word).collect()
}

/// Buffers are little endian, as on every adapter.
fn append_bytes(out: &mut Vec<u8>, words: &[u32]) {
    out.reserve(words.len() * 4);
    out.extend(words.iter().flat_map(|word| word.to_le_bytes()));
}
