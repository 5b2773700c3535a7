//! Giving up rights, in the child. On systems other than Linux every layer is refused, so that only listed jobs run.

use super::Layer;

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod spaces;
#[cfg(target_os = "linux")]
pub use linux::{close_inherited, filter_calls, give_up_files, landlock_abi, outer, tie_to};

#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(not(target_os = "linux"))]
pub use other::{close_inherited, filter_calls, give_up_files, landlock_abi, outer, tie_to};

/// A layer that could not be set up.
#[derive(Debug)]
pub struct Refusal {
    pub layer: Layer,
    pub reason: String,
}

/// Turns any error into the refusal of a layer, with what was tried.
fn refused<E: std::fmt::Display>(layer: Layer, what: &str) -> impl FnOnce(E) -> Refusal + '_ {
    move |e| Refusal {
        layer,
        reason: format!("{what}: {e}"),
    }
}
