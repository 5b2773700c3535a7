//! Gas of a transaction as it is counted off chain (DESIGN 11.20). A node's own figures replace this once it runs.
//! All figures are SDK gas unless they say VM gas.

/// VM gas in one unit of SDK gas.
pub const VM_PER_SDK: u64 = 140_000;
/// A transaction with one signature, its fee handling and its first code.
pub const FIRST_CODE: u64 = 116_500;
/// Each further code that a transaction loads.
pub const FURTHER_CODE: u64 = 60_000;
/// A further call to a code that the transaction has loaded already.
pub const REPEAT: u64 = 2_000;
/// Each byte of the transaction.
pub const TX_BYTE: u64 = 10;
/// A contract's keys start with a marker byte and its address of 32 bytes.
pub const PREFIX_BYTES: u64 = 33;

/// VM gas of turning an address into bytes, bytes into an address, and of checking one, as chains charge it.
pub const CANONICALIZE_VM: u64 = 4 * VM_PER_SDK;
/// See [`CANONICALIZE_VM`].
pub const HUMANIZE_VM: u64 = 5 * VM_PER_SDK;
/// See [`CANONICALIZE_VM`].
pub const VALIDATE_VM: u64 = CANONICALIZE_VM + HUMANIZE_VM;

/// The SDK's storage schedule.
pub mod storage {
    use super::PREFIX_BYTES;

    fn bytes(key: usize, value: usize) -> u64 {
        PREFIX_BYTES + key as u64 + value as u64
    }

    /// Reading a value; a missing one has length 0.
    pub fn read(key: usize, value: usize) -> u64 {
        1_000 + 3 * bytes(key, value)
    }

    /// Writing a value.
    pub fn write(key: usize, value: usize) -> u64 {
        2_000 + 30 * bytes(key, value)
    }

    /// Removing a key.
    pub fn delete() -> u64 {
        1_000
    }

    /// A step of an iterator onto an item. Opening an iterator charges its first item too.
    pub fn step(key: usize, value: usize) -> u64 {
        30 + 3 * bytes(key, value)
    }

    /// Opening an iterator over nothing.
    pub fn empty_range() -> u64 {
        30
    }
}

/// Storage operations of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Values read by key.
    pub reads: u64,
    /// Values written.
    pub writes: u64,
    /// Keys removed.
    pub deletes: u64,
    /// Items that iterators returned.
    pub steps: u64,
    /// What all that costs.
    pub gas: u64,
}

/// What one call costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallGas {
    /// Spent in the VM, in VM gas.
    pub vm: u64,
    /// The contract's own storage.
    pub storage: Tally,
    /// Answers of the chain to queries, other contracts' calls excepted: those are calls of their own.
    pub queries: u64,
}

impl CallGas {
    /// Without the loading of the code, rounded up.
    pub fn total(&self) -> u64 {
        self.vm.div_ceil(VM_PER_SDK) + self.storage.gas + self.queries
    }
}

/// What a transaction costs whose calls loaded these codes, one name a call, and spent `calls` in them.
pub fn transaction(codes: &[&str], calls: u64, tx_bytes: u64) -> u64 {
    let mut distinct = codes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let loads = match distinct.len() as u64 {
        0 => 0,
        n => FIRST_CODE + (n - 1) * FURTHER_CODE + (codes.len() as u64 - n) * REPEAT,
    };
    loads + calls + tx_bytes * TX_BYTE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule() {
        assert_eq!(storage::read(7, 60), 1_000 + 300);
        assert_eq!(storage::write(7, 60), 2_000 + 3_000);
        assert_eq!(storage::step(7, 60), 330);
        let call = CallGas {
            vm: 140_001,
            storage: Tally {
                gas: 10,
                ..Tally::default()
            },
            queries: 5,
        };
        assert_eq!(call.total(), 2 + 10 + 5);
    }

    #[test]
    fn codes_are_loaded_once() {
        assert_eq!(transaction(&[], 7, 3), 37);
        assert_eq!(transaction(&["a"], 0, 0), 116_500);
        assert_eq!(
            transaction(&["a", "b", "a", "a"], 1, 1),
            116_500 + 60_000 + 2 * 2_000 + 1 + 10
        );
    }
}
