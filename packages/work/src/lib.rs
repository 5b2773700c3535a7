//! The mathematics that chain and agent must agree on; no chain types
