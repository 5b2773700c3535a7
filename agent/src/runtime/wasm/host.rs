//! The three functions a module can call, and the ceilings of its store.

use wasmtime::{Caller, Extern, Linker, ResourceLimiter};

use crate::runtime::{Limits, RuntimeError};

/// Fuel of a call into the host, before its bytes.
pub const FUEL_PER_CALL: u64 = 64;
/// Bytes that one unit of fuel copies.
pub const BYTES_PER_FUEL: u64 = 8;
/// Tables of a module.
pub const TABLES: u32 = 1;
/// Elements of the table.
const TABLE_ELEMENTS: u64 = 1 << 16;

pub const MODULE: &str = "joule";

/// What the host knows during a run.
pub struct Guest {
    limits: Limits,
    input: Vec<u8>,
    /// The step that runs; none before the first.
    step: Option<u32>,
    /// What the current step wrote.
    pub written: Vec<u8>,
    /// Output of earlier steps, in bytes.
    flushed: u64,
}

impl Guest {
    pub fn new(limits: Limits, input: Vec<u8>) -> Self {
        Self {
            limits,
            input,
            step: None,
            written: Vec::new(),
            flushed: 0,
        }
    }

    /// A step begins; what the one before wrote has been taken.
    pub fn begin(&mut self, step: u32) {
        self.flushed += self.written.len() as u64;
        self.written.clear();
        self.step = Some(step);
    }
}

/// What the engine says of a growth beyond 4 GiB or the declared maximum, of which a module learns by its -1.
const BEYOND_TYPE: &str = "memory growth exceeds memory type's limits";

impl ResourceLimiter for Guest {
    fn memory_growing(&mut self, _now: usize, asked: usize, max: Option<usize>) -> wasmtime::Result<bool> {
        if max.is_some_and(|max| asked > max) {
            return Ok(false);
        }
        let (asked, cap) = (asked as u64, self.limits.memory_bytes);
        if asked > cap {
            // A refusal that the module could swallow would hide the limit from the buyer: end the run instead.
            return Err(wasmtime::Error::new(RuntimeError::MemoryLimit { asked, cap }));
        }
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        if error.to_string() == BEYOND_TYPE {
            return Ok(());
        }
        // A -1 that only this host gives would lead to a result that only this host gets.
        Err(no_memory(&error))
    }

    fn table_growing(&mut self, _now: usize, asked: usize, max: Option<usize>) -> wasmtime::Result<bool> {
        if max.is_some_and(|max| asked > max) {
            return Ok(false);
        }
        let (asked, cap) = (asked as u64, TABLE_ELEMENTS);
        if asked > cap {
            return Err(wasmtime::Error::new(RuntimeError::TableLimit { asked, cap }));
        }
        Ok(true)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(no_memory(&error))
    }

    fn instances(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        TABLES as usize
    }

    fn memories(&self) -> usize {
        1
    }
}

fn no_memory(error: &wasmtime::Error) -> wasmtime::Error {
    wasmtime::Error::new(RuntimeError::Host {
        reason: format!("no memory to grow: {error:#}"),
    })
}

type Call<'a> = Caller<'a, Guest>;

/// Names and types, for the check that names a wrong import.
pub const IMPORTS: [(&str, &str); 3] = [
    ("input_len", "() -> i64"),
    ("input_read", "(i64, i32, i32) -> i32"),
    ("output_write", "(i32, i32)"),
];

/// The job interface, and nothing beside it.
pub fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    linker.func_wrap(MODULE, "input_len", |mut caller: Call<'_>| -> wasmtime::Result<i64> {
        enter(&mut caller, "input_len", 0)?;
        Ok(i64::try_from(caller.data().input.len())?)
    })?;
    linker.func_wrap(
        MODULE,
        "input_read",
        |mut caller: Call<'_>, offset: i64, ptr: i32, len: i32| input_read(&mut caller, offset, ptr, len),
    )?;
    linker.func_wrap(MODULE, "output_write", |mut caller: Call<'_>, ptr: i32, len: i32| {
        output_write(&mut caller, ptr, len)
    })?;
    Ok(linker)
}

fn input_read(caller: &mut Call<'_>, offset: i64, ptr: i32, len: i32) -> wasmtime::Result<i32> {
    let call = "input_read";
    let step = enter(caller, call, u64::from(len.cast_unsigned()))?;
    let bad = || {
        wasmtime::Error::new(RuntimeError::BadPointer {
            step,
            call: call.into(),
        })
    };
    let memory = memory(caller)?;
    let (data, guest) = memory.data_and_store_mut(caller);
    let target = range(ptr, len).and_then(|r| data.get_mut(r)).ok_or_else(bad)?;
    let offset = usize::try_from(offset).map_err(|_| bad())?;
    let source = guest.input.get(offset..).unwrap_or_default();
    let n = source.len().min(target.len());
    target[..n].copy_from_slice(&source[..n]);
    Ok(i32::try_from(n)?)
}

fn output_write(caller: &mut Call<'_>, ptr: i32, len: i32) -> wasmtime::Result<()> {
    let call = "output_write";
    let step = enter(caller, call, u64::from(len.cast_unsigned()))?;
    let memory = memory(caller)?;
    let (data, guest) = memory.data_and_store_mut(caller);
    let source = range(ptr, len).and_then(|r| data.get(r)).ok_or_else(|| {
        wasmtime::Error::new(RuntimeError::BadPointer {
            step,
            call: call.into(),
        })
    })?;
    let bytes = guest.flushed + (guest.written.len() + source.len()) as u64;
    let cap = guest.limits.output_bytes;
    if bytes > cap {
        return Err(wasmtime::Error::new(RuntimeError::OutputLimit { step, bytes, cap }));
    }
    guest.written.extend_from_slice(source);
    Ok(())
}

/// Charges the call and tells the step it belongs to.
fn enter(caller: &mut Call<'_>, call: &str, bytes: u64) -> wasmtime::Result<u32> {
    let step = caller
        .data()
        .step
        .ok_or_else(|| wasmtime::Error::new(RuntimeError::OutsideStep { call: call.into() }))?;
    let left = caller
        .get_fuel()?
        .checked_sub(FUEL_PER_CALL + bytes.div_ceil(BYTES_PER_FUEL));
    caller.set_fuel(left.unwrap_or(0))?;
    match left {
        Some(_) => Ok(step),
        None => Err(wasmtime::Trap::OutOfFuel.into()),
    }
}

fn memory(caller: &mut Call<'_>) -> wasmtime::Result<wasmtime::Memory> {
    let found = caller.get_export("memory").and_then(Extern::into_memory);
    found.ok_or_else(|| {
        wasmtime::Error::new(RuntimeError::MissingExport {
            export: "memory".into(),
        })
    })
}

/// Pointers and lengths of a 32-bit module are unsigned.
fn range(ptr: i32, len: i32) -> Option<std::ops::Range<usize>> {
    let start = usize::try_from(ptr.cast_unsigned()).ok()?;
    Some(start..start.checked_add(usize::try_from(len.cast_unsigned()).ok()?)?)
}
