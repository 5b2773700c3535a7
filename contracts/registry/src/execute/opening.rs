//! Openings of proof windows.
//!
//! A round opens a window by itself, memoryless, and is the window's seed (DESIGN 6; verification study, section 2): nobody
//! knows of it before the round is out, and nobody chooses it. The window counts from the second in which the round was
//! due, not from the one in which it was posted, so that posting it late gains nobody time; a round that is posted too
//! late opens nothing.

use cosmwasm_std::{Env, HexBinary, Storage};
use joule_kit::Control;
use joule_types::registry::{Params, WindowOpened};
use joule_types::WindowId;
use joule_work::{beacon, math::mul_div_floor};

use crate::records::Window;
use crate::state::{self, LAST_WINDOW, WINDOWS};
use crate::RegistryError;

/// A verified round.
pub struct Drawn {
    /// Number.
    pub round: u64,
    /// Seconds.
    pub due_at: u64,
    /// Seconds between two rounds.
    pub period: u64,
    /// SHA-256 of its signature.
    pub randomness: [u8; 32],
}

/// Opens the next window for all nodes at once if this round triggers one, came in time, the gap to the window before is
/// over and the market is not paused.
pub fn open(
    storage: &mut dyn Storage,
    env: &Env,
    control: &Control,
    params: &Params,
    drawn: &Drawn,
) -> Result<Option<WindowOpened>, RegistryError> {
    let now = env.block.time.seconds();
    let in_time = now <= drawn.due_at.saturating_add(params.window_grace_secs);
    let triggers = beacon::opens_window(&drawn.randomness, drawn.period, params.window_every_secs)?;
    if !in_time || !triggers || control.ensure_open(env).is_err() {
        return Ok(None);
    }
    let latest = state::latest_window(storage)?.map(|(_, latest)| latest);
    if let Some(latest) = &latest {
        // The gap may have become shorter than what the latest window was promised.
        let gap = latest.opened_at.saturating_add(params.window_gap_secs);
        if drawn.due_at < gap.max(latest.reveal_by.saturating_add(1)) {
            return Ok(None);
        }
    }

    let id = WindowId(joule_kit::ids::next(storage, &LAST_WINDOW)?);
    let closes_at = drawn.due_at.saturating_add(params.window_secs);
    let (chain, contract) = (&env.block.chain_id, env.contract.address.as_str());
    let window = Window {
        round: drawn.round,
        seed: beacon::window_seed(chain, contract, drawn.round, &drawn.randomness),
        previous_opened_at: latest.map_or(0, |latest| latest.opened_at),
        opened_at: drawn.due_at,
        closes_at,
        reveal_by: closes_at.saturating_add(params.reveal_secs),
        k: params.window_k,
        forgery_slash_bps: params.forgery_slash_bps,
        min_units: pace(params),
    };
    WINDOWS.save(storage, &id.u64().to_be_bytes(), &window);

    Ok(Some(WindowOpened {
        window: id,
        round: window.round,
        seed: HexBinary::from(&window.seed).to_hex(),
        closes_at: window.closes_at,
        reveal_by: window.reveal_by,
    }))
}

/// Units of a whole window at the pace that the admission asks: `floor(admission_units x window_secs / admission_secs)`.
fn pace(params: &Params) -> u64 {
    let units = mul_div_floor(
        params.admission_units.u64().into(),
        params.window_secs.into(),
        params.admission_secs.into(),
    );
    units
        .ok()
        .and_then(|units| u64::try_from(units).ok())
        .unwrap_or(u64::MAX)
}
