//! `__rust_probestack`, which wasmer 5 refers to and Rust no longer ships: since stack probes are inlined, its runtime
//! library has no such function. Contracts compiled by singlepass never call it; it only has to be there, and right.
//!
//! In: rax, the size of a frame. Touches each of its pages, so that the guard page is hit before anything below it.
#![allow(unsafe_code)]

core::arch::global_asm!(
    ".globl __rust_probestack",
    ".type __rust_probestack, @function",
    "__rust_probestack:",
    "pushq %rbp",
    "movq %rsp, %rbp",
    "movq %rax, %r11",
    "cmpq $0x1000, %r11",
    "jna 3f",
    "2:",
    "subq $0x1000, %rsp",
    "testq %rsp, 8(%rsp)",
    "subq $0x1000, %r11",
    "cmpq $0x1000, %r11",
    "ja 2b",
    "3:",
    "subq %r11, %rsp",
    "testq %rsp, 8(%rsp)",
    "addq %rax, %rsp",
    "leave",
    "ret",
    ".size __rust_probestack, . - __rust_probestack",
    options(att_syntax)
);
