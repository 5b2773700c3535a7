//! Admission: from the bytes of a bundle to a program that any machine runs alike.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;

use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::Module;

use crate::bundle::{BufferSpec, Bundle, Limits};
use crate::code::Code as Bytecode;
use crate::error::{Code, Refusal, Stop};
use crate::machine::initial;
use crate::plan::{Dispatch, Plan};
use crate::rewrite::{rewrite, STATUS};
use crate::{policy, source, MAX_FUEL};

/// An admitted program: the rewritten module, and which of its entry points run on what.
#[derive(Debug)]
pub struct Program {
    pub(crate) shared: Arc<Shared>,
}

/// What a [`crate::Machine`] keeps of its program.
#[derive(Debug)]
pub(crate) struct Shared {
    pub buffers: Vec<BufferSpec>,
    pub plan: Plan,
    pub code: Vec<Bytecode>,
    module: Module,
    info: ModuleInfo,
    fuel: u32,
}

/// Admits a bundle, or says why not.
///
/// `fuel_per_step` is the number of loop iterations that one invocation has in one step, 1 to [`MAX_FUEL`].
///
/// Parsing is bounded by counts taken on the text, which hold for the version of naga that [`crate::RUNTIME_ID`] names.
/// Still, this is a compiler front end on hostile input: call it where running out of memory or stack costs a process
/// that can be lost, under `RLIMIT_AS`, a deadline, and a stack of at least 2 MiB.
pub fn admit(bundle: &[u8], fuel_per_step: u64, limits: &Limits) -> Result<Program, Refusal> {
    let fuel = match u32::try_from(fuel_per_step) {
        Ok(fuel @ 1..) if fuel_per_step <= MAX_FUEL => fuel,
        _ => return Err(Refusal::new(Code::Fuel, format!("fuel_per_step is {fuel_per_step}"))),
    };
    limits.check()?;
    let bundle = Bundle::read(bundle, limits)?;
    source::check(&bundle.source)?;
    // naga has assertions of its own.
    let done = catch_unwind(AssertUnwindSafe(|| compile(&bundle, fuel, limits)));
    let shared = done.unwrap_or_else(|_| Err(Refusal::new(Code::Internal, "the compiler panicked")))?;
    Ok(Program {
        shared: Arc::new(shared),
    })
}

fn compile(bundle: &Bundle, fuel: u32, limits: &Limits) -> Result<Shared, Refusal> {
    let text = &bundle.source;
    let parsed = naga::front::wgsl::parse_str(text).map_err(|e| {
        let at = e.location(text).map(|l| l.line_number);
        Refusal::new(Code::Parse, e.message()).at(at)
    })?;
    policy::module::check(&parsed, text)?;
    policy::body::check(&parsed, text)?;
    let info = validate(&parsed).map_err(|e| {
        let at = e.location(text).map(|l| l.line_number);
        Refusal::new(Code::Invalid, chain(e.as_inner())).at(at)
    })?;
    policy::race::check(&parsed, text)?;
    let (module, added) = rewrite(&parsed, &info, fuel)?;
    let invalid = |e: Box<Invalid>| Refusal::new(Code::Internal, format!("rewritten: {}", chain(e.as_inner())));
    let info = validate(&module).map_err(invalid)?;
    policy::cost::check(&module, &info)?;
    let plan = Plan::new(bundle, &module, &info, limits)?;
    let entries = 0..module.entry_points.len();
    let code = entries
        .map(|entry| Bytecode::new(&module, &info, entry, added))
        .collect::<Result<_, _>>()?;
    Ok(Shared {
        buffers: bundle.buffers.clone(),
        plan,
        code,
        module,
        info,
        fuel,
    })
}

type Invalid = naga::WithSpan<naga::valid::ValidationError>;

fn validate(module: &Module) -> Result<ModuleInfo, Box<Invalid>> {
    Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(module)
        .map_err(Box::new)
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}

impl Program {
    /// Number of steps.
    pub fn steps(&self) -> u32 {
        self.shared.plan.steps()
    }

    /// Step `step`, from 0.
    pub fn dispatch(&self, step: u32) -> Option<Dispatch<'_>> {
        self.shared.plan.dispatch(step)
    }

    /// Buffers, in the order of the bundle.
    pub fn buffers(&self) -> &[BufferSpec] {
        &self.shared.buffers
    }

    /// Position of the output among the buffers.
    pub fn output(&self) -> usize {
        self.shared.plan.output
    }

    /// The rewritten module; adapters take it as it is. It is valid without any capability.
    pub fn module(&self) -> &Module {
        &self.shared.module
    }

    /// Types and uses of [`Self::module`].
    pub fn info(&self) -> &ModuleInfo {
        &self.shared.info
    }

    /// Group and binding of the status: a storage buffer of [`crate::STATUS_BYTES`] bytes, zero before each step. Its
    /// first word goes to [`crate::fault_of_status`], its second is the fuel that the step used.
    pub fn status_binding(&self) -> (u32, u32) {
        STATUS
    }

    /// Group and binding of the uniform `step`, if the source declares it: a buffer of 4 bytes, the number of the step.
    /// To be bound where [`Dispatch::uses_step`] says so.
    pub fn step_binding(&self) -> Option<(u32, u32)> {
        self.shared.plan.step_binding
    }

    /// Content of all buffers before the first step: input where it belongs, zeros elsewhere.
    pub fn initial(&self, input: &[u8]) -> Result<Vec<Vec<u8>>, Stop> {
        initial(&self.shared.buffers, input)
    }

    /// Loop iterations that one invocation has in one step.
    pub fn fuel_per_step(&self) -> u32 {
        self.shared.fuel
    }
}
