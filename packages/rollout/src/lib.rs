//! The deployment plan over a ChainOps trait
