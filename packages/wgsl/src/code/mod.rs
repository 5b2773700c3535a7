//! The interpreter: the rewritten IR of an entry point, compiled to instructions on registers, and their execution.
//!
//! There is no recursion, so every value and variable of every function has registers of its own: no stack but that of
//! return addresses.

mod branch;
mod constant;
mod exec;
mod expression;
mod frame;
mod lower;
mod math;
mod op;
mod place;
#[cfg(test)]
mod tests;
mod window;

use naga::valid::ModuleInfo;
use naga::{BuiltIn, Module};

use crate::error::Refusal;
use crate::rewrite::Added;
use op::{Op, Reg};

pub(crate) use exec::{Bound, Registers};

/// Where buffers stand among what is bound: the bundle's bindings, then these.
pub(crate) const BOUND_STATUS: usize = 8;
/// The uniform `step`.
pub(crate) const BOUND_STEP: usize = 9;
/// Number of places for buffers.
pub(crate) const BOUND: usize = 10;

/// An entry point, compiled.
#[derive(Debug)]
pub(crate) struct Code {
    ops: Vec<Op>,
    entry: usize,
    /// Content of the registers before anything runs; constants keep it.
    constants: Vec<(Reg, u32)>,
    /// Built-in values and the first register of each.
    builtins: Vec<(BuiltIn, Reg)>,
    /// Invocations of a workgroup.
    pub workgroup_size: u32,
}

impl Code {
    /// Compiles an entry point of a rewritten module.
    pub fn new(module: &Module, info: &ModuleInfo, entry: usize, added: Added) -> Result<Self, Refusal> {
        lower::Lower::entry(module, info, entry, added)
    }
}
