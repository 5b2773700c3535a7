//! Why a job cannot run or stopped. Codes are stable; they travel from the child to its parent and into the journal.

use serde::{Deserialize, Serialize};

use super::wgsl;

/// A refusal or failure of a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuntimeError {
    #[error("runtime.unknown: the job asks for {asked}, this agent has {have}; post the job for one of them or use an agent that has it")]
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
    #[error("wasm.too_complex: {what} is {value}, at most {cap} are compiled; split functions, turn off inlining or data into input")]
    TooComplex { what: String, value: u64, cap: u64 },
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
    /// A refusal at admission, or a stop of the program; the text begins with the code.
    #[error("{text}")]
    Wgsl { code: wgsl::StableCode, text: String },
    #[error("wgsl.steps: the job has {asked} steps, the passes of its bundle {planned}; make both the same")]
    Steps { asked: u32, planned: u32 },
    #[error("runtime.interrupted: step {step} was running when the time of the job was over")]
    Interrupted { step: u32 },
    #[error("runtime.replay_diverged: step {step} gave another digest than before; the attempt is not resumed, report the job")]
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
            Self::TooComplex { .. } => "wasm.too_complex",
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
            Self::Wgsl { code, .. } => code.as_str(),
            Self::Steps { .. } => "wgsl.steps",
            Self::Interrupted { .. } => "runtime.interrupted",
            Self::ReplayDiverged { .. } => "runtime.replay_diverged",
            Self::Host { .. } => "runtime.refused_by_host",
        }
    }

    /// Whether the failure lies in the job, so that every machine meets the same code in the same step: only then is it a
    /// result that may be delivered, or a vote. Everything else is trouble of this machine (time, memory, device) or of
    /// this agent (a runtime that it does not have), of which nothing may follow for anybody else.
    pub fn is_deterministic(&self) -> bool {
        match self {
            Self::OutOfRange { .. }
            | Self::TooLarge { .. }
            | Self::InvalidModule { .. }
            | Self::TooComplex { .. }
            | Self::ForbiddenImport { .. }
            | Self::ImportType { .. }
            | Self::MissingExport { .. }
            | Self::MemoryLimit { .. }
            | Self::TableLimit { .. }
            | Self::OutputLimit { .. }
            | Self::BadPointer { .. }
            | Self::OutsideStep { .. }
            | Self::OutOfFuel { .. }
            | Self::Trap { .. }
            | Self::Wgsl { .. }
            | Self::Steps { .. } => true,
            Self::UnknownRuntime { .. }
            | Self::Interrupted { .. }
            | Self::ReplayDiverged { .. }
            | Self::Host { .. } => false,
        }
    }
}
