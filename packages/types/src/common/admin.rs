//! Messages and state that every Joule contract shares; the handlers live in the kit.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::Addr;

use crate::{Peers, Role};

/// Life of a deployment: nothing but `Launch` works in `Setup`.
#[cw_serde]
#[derive(Copy, Eq)]
pub enum Phase {
    /// Instantiated; peers not yet compared.
    Setup,
    /// Launched.
    Live,
}

/// Administration that is the same in every contract. No funds.
#[cw_serde]
pub enum AdminMsg {
    /// Ends `Setup` once, by the deployer, who has no role left afterwards. The contract checks what its genesis
    /// needs (staking: that the token backs the genesis stake; dao: that the stake reaches the quorum floor).
    /// Errors: `kit.not_setup`. Event: `joule_launched`.
    Launch {},
    /// Stops entry (new deposits, registrations, offers, jobs, proposals) for `secs` seconds, at most
    /// [`crate::common::AdminMsg::MAX_PAUSE_SECS`]; exits and deadlines stay open and the pause ends by itself. By the
    /// guardian, once until the dao resumes or the pause and as long again have passed; or by the dao at any time.
    /// Errors: `kit.pause_too_long`, `kit.pause_again`. Event: `joule_paused`.
    Pause {
        /// Seconds from now.
        secs: u64,
    },
    /// Ends a pause. By the dao. Event: `joule_resumed`.
    Resume {},
    /// Names or removes the guardian. By the dao. Errors: `kit.invalid_address`. Event: `joule_guardian_set`.
    SetGuardian {
        /// The new guardian; none removes it.
        guardian: Option<String>,
    },
}

impl AdminMsg {
    /// Longest pause: 7 days, shorter than the dao needs to replace the guardian twice.
    pub const MAX_PAUSE_SECS: u64 = 7 * 24 * 3600;

    /// Who may send it.
    #[must_use]
    pub const fn required_role(&self) -> Role {
        match self {
            AdminMsg::Launch {} => Role::Deployer,
            AdminMsg::Pause { .. } => Role::Guardian,
            AdminMsg::Resume {} | AdminMsg::SetGuardian { .. } => Role::Owner,
        }
    }
}

/// Answer to `QueryMsg::Admin`.
#[cw_serde]
pub struct AdminResponse {
    /// Setup or live.
    pub phase: Phase,
    /// The account that may launch; kept for the record.
    pub deployer: Addr,
    /// May pause and tighten.
    pub guardian: Option<Addr>,
    /// Entry is refused until this time (seconds); 0 or past: not paused.
    pub paused_until: u64,
    /// The deployment that this contract belongs to.
    pub peers: Peers<Addr>,
}

crate::events! {
    /// The contract left `Setup`.
    Launched = "joule_launched" {
        /// Who launched.
        deployer: Addr,
    }
    /// Entry is refused for a while.
    Paused = "joule_paused" {
        /// Guardian or dao.
        by: Addr,
        /// Seconds; the pause ends by itself at this time.
        until: u64,
    }
    /// The dao ended a pause.
    Resumed = "joule_resumed" {
        /// The dao.
        by: Addr,
    }
    /// The guardian changed.
    GuardianSet = "joule_guardian_set" {
        /// The new guardian.
        guardian: Option<Addr>,
    }
    /// Parameters changed; later deals use the new ones, running ones keep their terms.
    ParamsUpdated = "joule_params_updated" {
        /// JSON of the old parameters.
        old: String,
        /// JSON of the new parameters.
        new: String,
    }
}
