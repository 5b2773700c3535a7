//! Why a job cannot run or stopped. Codes are stable; they travel from the child to its parent and into the journal.

use serde::{Deserialize, Serialize};

/// A refusal or failure of a run. All but `Interrupted` and `Host` are properties of the job: any machine meets them alike.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuntimeError {
    #[error("runtime.unknown: the job asks for {asked}, this agent has {have}; post the job for that id or use an agent that has it")]
    UnknownRuntime { asked: String, have: String },
    #[error("runtime.out_of_range: {field} is {value}, allowed are {min} to {max}")]
    OutOfRange {
        field: String,
        value: u64,
        min: u64,
        max: u64,
    },
    #[error("runtime.too_large: the {what} has {bytes} bytes, the job allows {cap}; raise its limit or shrink it")]
    TooLarge { what: String, bytes: u64, cap: u64 },
    #[error("wasm.invalid_module: {reason}; only core modules of the wasm/1 profile run")]
    InvalidModule { reason: String },
    #[error("wasm.forbidden_import: the module imports {import}; wasm/1 offers joule.input_len, joule.input_read and joule.output_write")]
    ForbiddenImport { import: String },
    #[error("wasm.import_type: {import} has another type than wasm/1 gives it ({expected})")]
    ImportType { import: String, expected: String },
    #[error("wasm.missing_export: the module does not export {export}")]
    MissingExport { export: String },
    #[error("wasm.memory_limit: the module asks for {asked} bytes of memory, the job allows {cap}")]
    MemoryLimit { asked: u64, cap: u64 },
    #[error("wasm.table_limit: the module asks for {asked} table elements, {cap} are allowed")]
    TableLimit { asked: u64, cap: u64 },
    #[error("wasm.output_limit: step {step} brings the output to {bytes} bytes, the job allows {cap}")]
    OutputLimit { step: u32, bytes: u64, cap: u64 },
    #[error("wasm.bad_pointer: step {step} passed {call} a range outside its memory")]
    BadPointer { step: u32, call: String },
    #[error("wasm.outside_step: the start function called {call}; input and output belong to steps")]
    OutsideStep { call: String },
    #[error(
        "wasm.out_of_fuel: step {step} used up its {fuel} units; raise fuel_per_step or split the work into more steps"
    )]
    OutOfFuel { step: u32, fuel: u64 },
    #[error("wasm.trap: step {step} trapped: {reason}")]
    Trap { step: u32, reason: String },
    #[error("wasm.interrupted: step {step} was running when the time of the job was over")]
    Interrupted { step: u32 },
    #[error("runtime.replay_diverged: step {step} gave another digest than before the restart; the attempt is not resumed, report the job")]
    ReplayDiverged { step: u32 },
    #[error("runtime.refused_by_host: {reason}")]
    Host { reason: String },
}

impl RuntimeError {
    /// The stable code in front of the message.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownRuntime { .. } => "runtime.unknown",
            Self::OutOfRange { .. } => "runtime.out_of_range",
            Self::TooLarge { .. } => "runtime.too_large",
            Self::InvalidModule { .. } => "wasm.invalid_module",
            Self::ForbiddenImport { .. } => "wasm.forbidden_import",
            Self::ImportType { .. } => "wasm.import_type",
            Self::MissingExport { .. } => "wasm.missing_export",
            Self::MemoryLimit { .. } => "wasm.memory_limit",
            Self::TableLimit { .. } => "wasm.table_limit",
            Self::OutputLimit { .. } => "wasm.output_limit",
            Self::BadPointer { .. } => "wasm.bad_pointer",
            Self::OutsideStep { .. } => "wasm.outside_step",
            Self::OutOfFuel { .. } => "wasm.out_of_fuel",
            Self::Trap { .. } => "wasm.trap",
            Self::Interrupted { .. } => "wasm.interrupted",
            Self::ReplayDiverged { .. } => "runtime.replay_diverged",
            Self::Host { .. } => "runtime.refused_by_host",
        }
    }
}
