//! Handlers, a file a message; then the matrices, the index model, the search against brute force, and flat cost.

mod assign;
mod attempt;
mod cancel;
mod dispute;
mod index;
mod offers;
mod post_job;
mod support;
mod timeout;
