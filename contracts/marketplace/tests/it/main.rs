//! Handlers, a file a message; then the matrices, the index model, the search against brute force, and flat cost.

mod assign;
mod cancel;
mod post_job;
mod support;
