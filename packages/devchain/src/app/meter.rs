//! Gas: what a transaction has used, and the counting model that says so.
//!
//! The model is DESIGN 11.20: 116.5k for a transaction with its first code, 60k for each further code, 2k for a repeat,
//! storage by the SDK's key-value schedule, 10 a byte of transaction. Contracts run natively here, so the VM's own work
//! cannot be measured; it is charged per call and per byte that crosses the boundary, which grows with real work but
//! does not see computation. Bank transfers, which run outside any contract, cost a fixed amount per coin.
//!
//! The meter belongs to the thread: the simulator hands contracts no context of ours.

use crate::panics;
use cosmwasm_std::Checksum;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// Fixed part of every transaction: the 116.5k of DESIGN 11.20 without the first code's load.
pub(crate) const TX: u64 = 56_500;
/// Each byte of the encoded transaction.
pub(crate) const TX_BYTE: u64 = 10;
/// First call of a code in a transaction.
const CODE_FIRST: u64 = 60_000;
/// Each further call of the same code.
const CODE_REPEAT: u64 = 2_000;
/// Stand-in for the VM's own work: per entry point call, and per byte of message, answer and event.
const CALL: u64 = 5_000;
const CALL_BYTE: u64 = 20;
/// Moving one coin between two balances.
pub(crate) const BANK_COIN: u64 = 12_000;
/// Answering a query of a contract outside contracts (balances, raw keys, infos), beside [`READ_BYTE`].
const QUERY: u64 = 1_000;

/// The SDK's key-value schedule (`store/types/gas.go`).
pub(crate) const READ: u64 = 1_000;
pub(crate) const READ_BYTE: u64 = 3;
pub(crate) const WRITE: u64 = 2_000;
pub(crate) const WRITE_BYTE: u64 = 30;
pub(crate) const DELETE: u64 = 1_000;
pub(crate) const ITER_NEXT: u64 = 30;

/// Deepest chain of messages that contracts may send each other: wasmd's default.
pub(crate) const MAX_CALL_DEPTH: u32 = 500;
/// Deepest chain of smart queries: wasmd's default.
const MAX_QUERY_DEPTH: u32 = 10;

thread_local! {
    static METER: Meter = const { Meter::new() };
}

struct Meter {
    limit: Cell<u64>,
    used: Cell<u64>,
    calls: Cell<u32>,
    queries: Cell<u32>,
    index: Cell<Option<u32>>,
    codes: RefCell<BTreeSet<[u8; 32]>>,
}

impl Meter {
    const fn new() -> Self {
        Self {
            limit: Cell::new(u64::MAX),
            used: Cell::new(0),
            calls: Cell::new(0),
            queries: Cell::new(0),
            index: Cell::new(None),
            codes: RefCell::new(BTreeSet::new()),
        }
    }

    fn reset(&self, limit: u64, index: Option<u32>) {
        self.limit.set(limit);
        self.used.set(0);
        self.calls.set(0);
        self.queries.set(0);
        self.index.set(index);
        self.codes.borrow_mut().clear();
    }
}

/// Unwinds through everything when the limit is passed, as the SDK's gas meter does.
pub(crate) struct OutOfGas {
    pub(crate) location: &'static str,
}

/// Why a metered run did not come to its end.
pub(crate) enum Abort {
    OutOfGas { location: &'static str },
    Panic(String),
}

/// Runs `f` under a fresh meter with `limit`; says what it used even if it was cut short.
/// `index` is the transaction's position in its block, which contracts see; queries have none.
pub(crate) fn run<T>(limit: u64, index: Option<u32>, f: impl FnOnce() -> T) -> (Result<T, Abort>, u64) {
    METER.with(|m| m.reset(limit, index));
    let result = panics::catch(f).map_err(|payload| match payload.downcast::<OutOfGas>() {
        Ok(out) => Abort::OutOfGas { location: out.location },
        Err(payload) => Abort::Panic(panics::message(payload.as_ref())),
    });
    let used = METER.with(|m| m.used.get());
    METER.with(|m| m.reset(u64::MAX, None));
    (result, used)
}

/// Whether a caught panic is the meter's own and must travel on.
pub(crate) fn is_out_of_gas(payload: &(dyn Any + Send)) -> bool {
    payload.is::<OutOfGas>()
}

/// Adds to what was used; does not return when the limit is passed.
pub(crate) fn charge(amount: u64, location: &'static str) {
    METER.with(|m| {
        m.used.set(m.used.get().saturating_add(amount));
        if m.used.get() > m.limit.get() {
            std::panic::panic_any(OutOfGas { location });
        }
    });
}

pub(crate) fn charge_bytes(flat: u64, per_byte: u64, bytes: usize, location: &'static str) {
    charge(flat.saturating_add(per_byte.saturating_mul(bytes as u64)), location);
}

/// An entry point of a code is called with, or answers, `bytes`.
pub(crate) fn charge_call(code: &Checksum, bytes: usize) {
    let mut key = [0u8; 32];
    key.copy_from_slice(code.as_slice());
    let load = if METER.with(|m| m.codes.borrow_mut().insert(key)) {
        CODE_FIRST
    } else {
        CODE_REPEAT
    };
    charge(load, "Loading CosmWasm module");
    charge_bytes(CALL, CALL_BYTE, bytes, "wasm contract");
}

/// A call handed `bytes` back.
pub(crate) fn charge_answer(bytes: usize) {
    charge_bytes(0, CALL_BYTE, bytes, "wasm contract");
}

/// A contract asked something and got `bytes`.
pub(crate) fn charge_query(bytes: usize) {
    charge_bytes(QUERY, READ_BYTE, bytes, "contract query");
}

/// Position of the running transaction in its block.
pub(crate) fn tx_index() -> Option<u32> {
    METER.with(|m| m.index.get())
}

/// Depth of message calls right now; 1 inside the message of a transaction.
pub(crate) fn call_depth() -> u32 {
    METER.with(|m| m.calls.get())
}

/// Goes one call deeper until the guard is dropped.
pub(crate) fn enter_call() -> DepthGuard {
    METER.with(|m| m.calls.set(m.calls.get() + 1));
    DepthGuard { query: false }
}

/// Goes one smart query deeper; `None` past wasmd's limit.
pub(crate) fn enter_query() -> Option<DepthGuard> {
    METER.with(|m| m.queries.set(m.queries.get() + 1));
    let guard = DepthGuard { query: true };
    (METER.with(|m| m.queries.get()) <= MAX_QUERY_DEPTH).then_some(guard)
}

/// Leaves a call or query when dropped, also when unwinding.
pub(crate) struct DepthGuard {
    query: bool,
}

impl Drop for DepthGuard {
    fn drop(&mut self) {
        METER.with(|m| {
            let cell = if self.query { &m.queries } else { &m.calls };
            cell.set(cell.get().saturating_sub(1));
        });
    }
}
