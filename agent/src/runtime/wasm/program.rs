//! A checked, compiled module and its run.

use wasmtime::{ExternType, Module, Store, Trap, TypedFunc, ValType};

use super::engine::Engine;
use super::host::{self, Guest};
use crate::runtime::{JobSpec, RuntimeError};

/// Takes what a step wrote and the fuel it used; an error ends the run.
pub type EachStep<'a> = dyn FnMut(&[u8], u64) -> Result<(), RuntimeError> + 'a;

/// A compiled module that keeps to the job interface.
pub struct Program {
    module: Module,
}

impl Program {
    /// Checks size and interface and compiles. Compiling can take long for a hostile module of the allowed size, so it
    /// belongs under the deadline of a process.
    pub fn compile(engine: &Engine, spec: &JobSpec, module: &[u8]) -> Result<Self, RuntimeError> {
        spec.check_sizes(module.len() as u64, 0)?;
        let invalid = |e: wasmtime::Error| RuntimeError::InvalidModule {
            reason: format!("{e:#}"),
        };
        let module = Module::from_binary(&engine.0, module).map_err(invalid)?;
        check_imports(&module)?;
        check_exports(&module)?;
        Ok(Self { module })
    }

    /// Runs every step in order.
    pub fn run(&self, spec: &JobSpec, input: Vec<u8>, each: &mut EachStep<'_>) -> Result<(), RuntimeError> {
        spec.check_sizes(0, input.len() as u64)?;
        let guest = Guest {
            limits: spec.limits,
            input,
            step: None,
            written: Vec::new(),
            flushed: 0,
        };
        let mut store = Store::new(self.module.engine(), guest);
        store.limiter(|guest| guest);
        store.set_epoch_deadline(1);
        store.epoch_deadline_trap();
        let step = self.instantiate(&mut store, spec).map_err(|e| explain(e, 0, spec))?;
        for index in 0..spec.steps {
            store.data_mut().step = Some(index);
            let used = (|| {
                store.set_fuel(spec.fuel_per_step)?;
                step.call(&mut store, i64::from(index))?;
                Ok(spec.fuel_per_step - store.get_fuel()?)
            })()
            .map_err(|e| explain(e, index, spec))?;
            let guest = store.data_mut();
            guest.flushed += guest.written.len() as u64;
            each(&guest.written, used)?;
            guest.written.clear();
        }
        Ok(())
    }

    /// The start function, if there is one, runs here with the fuel of a step.
    fn instantiate(&self, store: &mut Store<Guest>, spec: &JobSpec) -> wasmtime::Result<TypedFunc<i64, ()>> {
        store.set_fuel(spec.fuel_per_step)?;
        let instance = host::linker(self.module.engine())?.instantiate(&mut *store, &self.module)?;
        instance.get_typed_func(store, "step")
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

fn explain(error: wasmtime::Error, step: u32, spec: &JobSpec) -> RuntimeError {
    if let Some(known) = error.downcast_ref::<RuntimeError>() {
        return known.clone();
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => RuntimeError::OutOfFuel {
            step,
            fuel: spec.fuel_per_step,
        },
        Some(Trap::Interrupt) => RuntimeError::Interrupted { step },
        Some(trap) => RuntimeError::Trap {
            step,
            reason: trap.to_string(),
        },
        None => RuntimeError::Trap {
            step,
            reason: format!("{error:#}"),
        },
    }
}
