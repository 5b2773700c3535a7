//! A checked, compiled module and its run.

use wasmtime::{ExternType, Module, Store, Trap, TypedFunc, ValType};

use super::engine::{Ready, STACK_IS_UNIFORM};
use super::host::{self, Guest};
use super::limits;
use crate::runtime::engine::{Engine, Step, Written};
use crate::runtime::{JobSpec, RuntimeError};

/// A compiled module that keeps to the job interface.
pub struct Program {
    module: Module,
}

impl Ready {
    /// Checks and compiles. Compiling can take long for a hostile module of the allowed size, so it belongs under the
    /// deadline of a process.
    pub fn compile(&self, module: &[u8]) -> Result<Program, RuntimeError> {
        // Apart from compiling, since a valid module that does not compile is this machine's trouble.
        Module::validate(&self.engine, module).map_err(|e| RuntimeError::InvalidModule {
            reason: format!("{e:#}"),
        })?;
        limits::check(module)?;
        let module = Module::from_binary(&self.engine, module).map_err(|e| RuntimeError::Host {
            reason: format!("the module is valid but does not compile: {e:#}"),
        })?;
        check_imports(&module)?;
        check_exports(&module)?;
        check_tables(&module)?;
        Ok(Program { module })
    }
}

impl Program {
    /// Makes an instance. The start function, if there is one, runs here with the fuel of a step.
    pub fn start(self, spec: &JobSpec, input: Vec<u8>) -> Result<Instance, RuntimeError> {
        let guest = Guest::new(spec.limits, input);
        let mut store = Store::new(self.module.engine(), guest);
        store.limiter(|guest| guest);
        store.set_epoch_deadline(1);
        store.epoch_deadline_trap();
        let started = (|| {
            store.set_fuel(spec.fuel_per_step)?;
            let instance = host::linker(self.module.engine())?.instantiate(&mut store, &self.module)?;
            instance.get_typed_func(&mut store, "step")
        })();
        let step = started.map_err(|e| explain(&e, 0, spec.fuel_per_step))?;
        Ok(Instance {
            store,
            step,
            fuel: spec.fuel_per_step,
        })
    }
}

/// A running module: memory and globals live from step to step.
pub struct Instance {
    store: Store<Guest>,
    step: TypedFunc<i64, ()>,
    fuel: u64,
}

impl Engine for Instance {
    fn step(&mut self, index: u32) -> Result<Step<'_>, RuntimeError> {
        self.store.data_mut().begin(index);
        let used = (|| {
            self.store.set_fuel(self.fuel)?;
            self.step.call(&mut self.store, i64::from(index))?;
            Ok(self.fuel - self.store.get_fuel()?)
        })();
        let fuel = used.map_err(|e| explain(&e, index, self.fuel))?;
        Ok(Step {
            written: Written::Output(&self.store.data().written),
            fuel,
        })
    }

    fn output(&mut self) -> Result<Option<Vec<u8>>, RuntimeError> {
        Ok(None)
    }
}

fn check_imports(module: &Module) -> Result<(), RuntimeError> {
    for import in module.imports() {
        let name = format!("{}.{}", import.module(), import.name());
        let known = host::IMPORTS
            .iter()
            .find(|(n, _)| import.module() == host::MODULE && import.name() == *n);
        let Some((_, expected)) = known else {
            return Err(RuntimeError::ForbiddenImport { import: name });
        };
        let shape = match import.ty() {
            ExternType::Func(f) => shape(f.params(), f.results()),
            _ => None,
        };
        if shape.as_deref() != Some(*expected) {
            return Err(RuntimeError::ImportType {
                import: name,
                expected: (*expected).into(),
            });
        }
    }
    Ok(())
}

fn check_exports(module: &Module) -> Result<(), RuntimeError> {
    let missing = |export: &str| RuntimeError::MissingExport { export: export.into() };
    match module.get_export("memory") {
        Some(ExternType::Memory(_)) => {}
        _ => return Err(missing("memory")),
    }
    match module.get_export("step") {
        Some(ExternType::Func(f)) if shape(f.params(), f.results()).as_deref() == Some("(i64)") => Ok(()),
        _ => Err(missing("step: (i64) -> ()")),
    }
}

fn check_tables(module: &Module) -> Result<(), RuntimeError> {
    let tables = module.resources_required().num_tables;
    if tables <= host::TABLES {
        return Ok(());
    }
    Err(RuntimeError::InvalidModule {
        reason: format!("{tables} tables"),
    })
}

/// `(i64, i32) -> i32`; none where a type is not a plain number.
fn shape(params: impl Iterator<Item = ValType>, results: impl Iterator<Item = ValType>) -> Option<String> {
    fn names(types: impl Iterator<Item = ValType>) -> Option<Vec<&'static str>> {
        types
            .map(|t| match t {
                ValType::I32 => Some("i32"),
                ValType::I64 => Some("i64"),
                ValType::F32 => Some("f32"),
                ValType::F64 => Some("f64"),
                _ => None,
            })
            .collect()
    }
    let (params, results) = (names(params)?.join(", "), names(results)?.join(", "));
    Some(if results.is_empty() {
        format!("({params})")
    } else {
        format!("({params}) -> {results}")
    })
}

/// What the engine's error means. What is no trap and none of our own errors is the host's.
fn explain(error: &wasmtime::Error, step: u32, fuel: u64) -> RuntimeError {
    if let Some(known) = error.downcast_ref::<RuntimeError>() {
        return known.clone();
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => RuntimeError::OutOfFuel { step, fuel },
        Some(Trap::Interrupt) => RuntimeError::Interrupted { step },
        Some(Trap::StackOverflow) if !STACK_IS_UNIFORM => RuntimeError::Host {
            reason: format!("step {step} overflowed the stack, whose size in calls is only fixed on x86-64 Linux"),
        },
        Some(trap) => RuntimeError::Trap {
            step,
            reason: trap.to_string(),
        },
        None => RuntimeError::Host {
            reason: format!("step {step}: {error:#}"),
        },
    }
}
