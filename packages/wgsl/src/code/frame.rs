//! Registers: who holds what.

use std::collections::HashMap;

use super::op::{Reg, REGISTERS};
use crate::error::{Code, Refusal};

/// Hands out registers; constants get theirs once.
#[derive(Default)]
pub(super) struct Frame {
    next: usize,
    pub constants: Vec<(Reg, u32)>,
    words: HashMap<u32, Reg>,
    zeros: Option<(Reg, u32)>,
}

impl Frame {
    /// `count` registers in a row.
    pub fn take(&mut self, count: u32) -> Result<Reg, Refusal> {
        let first = self.next;
        self.next = first.saturating_add(usize::try_from(count).unwrap_or(REGISTERS));
        match Reg::try_from(first) {
            Ok(first) if self.next <= REGISTERS => Ok(first),
            _ => Err(Refusal::new(
                Code::Cost,
                format!("values and constants take more than {REGISTERS} words"),
            )),
        }
    }

    pub fn word(&mut self, value: u32) -> Result<Reg, Refusal> {
        if let Some(known) = self.words.get(&value) {
            return Ok(*known);
        }
        let at = self.take(1)?;
        self.constants.push((at, value));
        self.words.insert(value, at);
        Ok(at)
    }

    /// Registers that hold `values`.
    pub fn constant(&mut self, values: &[u32]) -> Result<Reg, Refusal> {
        if let [value] = values {
            return self.word(*value);
        }
        let first = self.take(u32::try_from(values.len()).unwrap_or(u32::MAX))?;
        self.constants.extend((first..).zip(values.iter().copied()));
        Ok(first)
    }

    pub fn zeros(&mut self, count: u32) -> Result<Reg, Refusal> {
        match self.zeros {
            Some((first, have)) if have >= count => Ok(first),
            _ => {
                let first = self.take(count)?;
                self.zeros = Some((first, count));
                Ok(first)
            }
        }
    }
}
