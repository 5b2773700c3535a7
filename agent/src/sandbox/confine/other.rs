//! Systems without the layers: a child is an ordinary process there.

use std::process::ExitCode;
use std::time::Duration;

use super::Refusal;
use crate::sandbox::{Layer, Layers};

/// Descriptors that are not marked for it stay open here.
pub fn close_inherited() -> Result<(), Refusal> {
    Ok(())
}

/// There is no Landlock here.
pub fn landlock_abi() -> Option<u32> {
    None
}

/// Never asked for, since the layer is refused when probed.
pub fn outer(_layers: Layers, _parent: u32) -> Result<ExitCode, Refusal> {
    Err(absent(Layer::Namespaces))
}

/// There is no tie between processes here; the closed pipe ends the child at its next step.
pub fn tie_to(_parent: Option<u32>) -> Result<(), Refusal> {
    Ok(())
}

/// Refuses the layers asked for.
pub fn give_up_files(layers: Layers, _memory: u64, _time: Duration) -> Result<(), Refusal> {
    if layers.landlock {
        return Err(absent(Layer::Landlock));
    }
    Ok(())
}

/// Refuses the layer if asked for.
pub fn filter_calls(layers: Layers) -> Result<(), Refusal> {
    if layers.seccomp {
        return Err(absent(Layer::Seccomp));
    }
    Ok(())
}

fn absent(layer: Layer) -> Refusal {
    Refusal {
        layer,
        reason: "only Linux has it".into(),
    }
}
