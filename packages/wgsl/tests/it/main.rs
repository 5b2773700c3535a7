//! wgsl/1 from outside: bundles in, bytes or codes out.

mod support;

mod control;
mod example;
mod faults;
mod hostile;

mod operators;
mod storage;
