//! What a description of a node may say.

use cosmwasm_std::Binary;
use joule_types::registry::{Hardware, Params, MAX_ENDPOINT, MAX_MODEL};
use joule_work::kind::ResourceKind;

use crate::RegistryError;

/// Most devices or cores of a node.
pub const MAX_UNITS: u32 = 65_536;
/// Most memory of a node in MiB: 1 PiB, so that its bytes fit 64 bits.
pub const MAX_MEMORY_MB: u64 = 1 << 30;

/// Index of a region.
///
/// # Errors
/// `reg.unknown_region`.
pub fn region(params: &Params, region: &str) -> Result<u8, RegistryError> {
    params
        .regions
        .iter()
        .position(|known| known == region)
        .and_then(|at| u8::try_from(at).ok())
        .ok_or_else(|| RegistryError::UnknownRegion {
            region: region.chars().take(32).collect(),
            known: params.regions.join(","),
        })
}

/// Checks declared hardware.
///
/// # Errors
/// `reg.invalid_gpu`, `reg.invalid_node`.
pub fn check(params: &Params, kind: ResourceKind, hardware: &Hardware) -> Result<(), RegistryError> {
    let Hardware {
        model,
        units,
        memory_mb,
    } = hardware;
    text("model", model, MAX_MODEL)?;
    let most = match kind {
        ResourceKind::Gpu | ResourceKind::Cpu => MAX_UNITS,
        ResourceKind::Network | ResourceKind::Mobile | ResourceKind::Iot => 1,
    };
    if !(1..=most).contains(units) {
        return Err(fault(
            "units",
            format!("{units} for a {kind} node; 1 to {most} are allowed"),
        ));
    }
    if *memory_mb > MAX_MEMORY_MB {
        return Err(fault(
            "memory_mb",
            format!("{memory_mb}; at most {MAX_MEMORY_MB} are allowed"),
        ));
    }
    if kind == ResourceKind::Gpu && *memory_mb < params.min_gpu_memory_mb {
        return Err(RegistryError::InvalidGpu {
            memory_mb: *memory_mb,
            min_mb: params.min_gpu_memory_mb,
        });
    }
    Ok(())
}

/// Checks where tenants reach a node.
///
/// # Errors
/// `reg.invalid_node`.
pub fn check_endpoint(endpoint: Option<&str>, key: Option<&Binary>) -> Result<(), RegistryError> {
    if let Some(endpoint) = endpoint {
        text("endpoint", endpoint, MAX_ENDPOINT)?;
        if !endpoint.starts_with("https://") {
            return Err(fault("endpoint", "must be an https:// address".into()));
        }
    }
    match key.map(|key| key.len()) {
        None | Some(32 | 33) => Ok(()),
        Some(len) => Err(fault("endpoint_key", format!("{len} bytes; a key has 32 or 33"))),
    }
}

fn text(field: &'static str, text: &str, max: usize) -> Result<(), RegistryError> {
    if text.is_empty() || text.len() > max || text.chars().any(char::is_control) {
        return Err(fault(
            field,
            format!(
                "{} bytes; 1 to {max} without control characters are allowed",
                text.len()
            ),
        ));
    }
    Ok(())
}

fn fault(field: &'static str, reason: String) -> RegistryError {
    RegistryError::InvalidNode { field, reason }
}
