//! Modules that run even where a host offers too little to confine strangers' code: the jobs of `examples/`, whose
//! sources and builds are in this repository.

/// Name and SHA-256 of each module.
pub const SHIPPED: &[(&str, [u8; 32])] = &[];
