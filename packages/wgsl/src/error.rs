//! Why a bundle is not admitted, and why an admitted program stops. Codes are stable.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($name:ident $code:literal $advice:literal)*) => {
        /// What is wrong with a bundle. The code is stable; it is what tests, journals and other programs look at.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $advice] $name,)* }

        impl Code {
            /// Every code, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What the author of the bundle can do.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }
        }
    };
}

codes! {
    BundleSize "wgsl.bundle_size" "shrink the bundle; data belongs into the input"
    BundleFormat "wgsl.bundle_format" "write the JSON object that wgsl/1 describes, with no other fields"
    SourceSize "wgsl.source_size" "shrink the source"
    SourceText "wgsl.source_text" "write the source in printable ASCII, comments included"
    Nesting "wgsl.nesting" "split the expression, type or chain of branches into named parts"
    TooManyDeclarations "wgsl.too_many_declarations" "declare less at module scope"
    ConstantSize "wgsl.constant_size" "keep constants and the uses of composite constants small; large tables belong into a buffer"
    ConstantCycle "wgsl.constant_cycle" "give each constant, type and alias a name of its own"
    ArrayLength "wgsl.array_length" "use a literal or a named constant of at most 65536; runtime-sized arrays may be longer"
    Extension "wgsl.extension" "remove the directive; wgsl/1 is the core language"
    Float "wgsl.float" "use i32, u32 or bool; fixed point replaces fractions"
    Parse "wgsl.parse" "correct the source"
    Invalid "wgsl.invalid" "correct the source"
    Override "wgsl.override" "use const"
    Type "wgsl.type" "use bool, i32, u32, vectors, arrays, structs and atomic<i32|u32> only"
    Pointer "wgsl.pointer" "pass values and return results; pointers are not passed to functions"
    Workgroup "wgsl.workgroup_memory" "use storage buffers and several passes"
    Barrier "wgsl.barrier" "split the entry point into passes; a pass sees all that earlier passes wrote"
    AddressSpace "wgsl.address_space" "use storage buffers, private and function variables, and a uniform `step: u32`"
    Builtin "wgsl.builtin" "use global_invocation_id, local_invocation_id, local_invocation_index, workgroup_id or num_workgroups"
    Function "wgsl.function" "use integer built-in functions"
    Statement "wgsl.statement" "remove it"
    Stage "wgsl.stage" "use @compute entry points only"
    WorkgroupSize "wgsl.workgroup_size" "use @workgroup_size(k) with 1 <= k <= 256"
    NoEntryPoint "wgsl.no_entry_point" "declare an @compute function"
    Bindings "wgsl.bindings" "use @group(0) and distinct @binding(0) to @binding(7), with at most 7 storage variables"
    DataRace "wgsl.data_race" "index it by global_invocation_id.x, or use an array of atomics, or bind it read-only"
    AtomicUse "wgsl.atomic_use" "use one of add/sub, min, max, and, or, xor on each variable, without its returned value; read in a later pass"
    Cost "wgsl.static_cost" "make the program shorter; loops cost nothing here, inlined calls and loads do"
    Memory "wgsl.memory" "make local and private variables and values smaller, or keep them in a storage buffer"
    Buffers "wgsl.buffers" "use 1 to 8 buffers with distinct names"
    BufferSize "wgsl.buffer_size" "use a multiple of 4 bytes, at least one element of the variable, within the limits of the job"
    OutputSize "wgsl.output_size" "shrink the output buffer or raise the limit of the job"
    Output "wgsl.output" "name one of the buffers"
    Passes "wgsl.passes" "use 1 to 256 passes of at least one step each, 4096 steps in all"
    Workgroups "wgsl.workgroups" "use 1 to 65535 workgroups a step, within the invocations that the job allows"
    UnknownEntry "wgsl.unknown_entry" "name one of the entry points"
    UnknownBuffer "wgsl.unknown_buffer" "name one of the buffers"
    UnknownVariable "wgsl.unknown_variable" "bind storage variables that the entry point uses, and no others"
    Unbound "wgsl.unbound" "bind every storage variable that the entry point uses"
    Aliasing "wgsl.aliasing" "bind a buffer that is written to one variable only"
    Fuel "wgsl.fuel" "ask for 1 to 8000 loop iterations a step"
    Limits "wgsl.limits" "stay within the ceilings"
    Internal "wgsl.internal" "report the bundle; the program is not run"
}

/// A bundle is not admitted: code, value at fault, where it stands, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    code: Code,
    what: String,
    line: Option<u32>,
}

impl Refusal {
    pub(crate) fn new(code: Code, what: impl Into<String>) -> Self {
        Self {
            code,
            what: what.into(),
            line: None,
        }
    }

    pub(crate) fn at(mut self, line: Option<u32>) -> Self {
        self.line = self.line.or(line);
        self
    }

    /// The stable code, e.g. `wgsl.float`.
    pub fn code(&self) -> &'static str {
        self.code.as_str()
    }

    /// Line of the source, from 1, where one is known.
    pub fn line(&self) -> Option<u32> {
        self.line
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.code())?;
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{}; {}", self.what, self.code.advice())
    }
}

impl std::error::Error for Refusal {}

/// An admitted program stopped. All but `Interrupted` are properties of the job: every machine meets them alike.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// An index outside of its vector, array or buffer.
    #[error("wgsl.out_of_bounds: an invocation used an index outside of its array; compare it with arrayLength first")]
    OutOfBounds,
    /// More loop iterations than the job allows for one invocation in one step.
    #[error("wgsl.out_of_fuel: an invocation used up the loop iterations of its step; raise fuel_per_step or split the work into more passes")]
    OutOfFuel,
    /// The status word holds bits that the rewritten program never sets: the device did not run it as written.
    #[error("wgsl.bad_status: the status word is {word:#x}, which no program sets; the device is at fault")]
    BadStatus {
        /// What was read.
        word: u32,
    },
    /// More input than the buffers of kind `input` take.
    #[error("wgsl.input_size: the input has {bytes} bytes, the buffers for it take {cap}; post a shorter input")]
    InputSize {
        /// Bytes given.
        bytes: u64,
        /// Bytes that the bundle declares.
        cap: u64,
    },
    /// The plan has fewer steps.
    #[error("wgsl.no_such_step: step {step} does not exist, the program has {steps}")]
    NoSuchStep {
        /// Step asked for.
        step: u32,
        /// Steps of the program.
        steps: u32,
    },
    /// The owner of the machine raised its flag.
    #[error("wgsl.interrupted: step {step} was running when the time of the job was over")]
    Interrupted {
        /// Step that was running.
        step: u32,
    },
}

impl Stop {
    /// The stable code in front of the message.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutOfBounds => "wgsl.out_of_bounds",
            Self::OutOfFuel => "wgsl.out_of_fuel",
            Self::BadStatus { .. } => "wgsl.bad_status",
            Self::InputSize { .. } => "wgsl.input_size",
            Self::NoSuchStep { .. } => "wgsl.no_such_step",
            Self::Interrupted { .. } => "wgsl.interrupted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_in_the_namespace() {
        let mut seen = std::collections::HashSet::new();
        for code in Code::ALL {
            assert!(code.as_str().starts_with("wgsl."), "{code:?}");
            assert!(seen.insert(code.as_str()), "{code:?}");
        }
    }

    #[test]
    fn a_refusal_says_code_place_value_and_advice() {
        let refusal = Refusal::new(Code::Float, "`sqrt`").at(Some(3));
        assert_eq!(
            refusal.to_string(),
            "wgsl.float: line 3: `sqrt`; use i32, u32 or bool; fixed point replaces fractions"
        );
    }

    #[test]
    fn the_message_of_a_stop_begins_with_its_code() {
        for stop in [
            Stop::OutOfBounds,
            Stop::OutOfFuel,
            Stop::BadStatus { word: 8 },
            Stop::InputSize { bytes: 1, cap: 0 },
            Stop::NoSuchStep { step: 1, steps: 1 },
            Stop::Interrupted { step: 0 },
        ] {
            assert!(stop.to_string().starts_with(stop.code()));
        }
    }
}
