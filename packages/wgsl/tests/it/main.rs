//! wgsl/1 from outside: bundles in, bytes or codes out.

mod support;

mod semantics;
