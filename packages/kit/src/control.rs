//! Phase, pause, guardian and peers of a contract: one record, read once a message.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, Api, Deps, DepsMut, Env, MessageInfo, Response, StdResult, Storage};
use cw_storage_plus::Item;
use joule_types::{AdminMsg, AdminResponse, GuardianSet, Launched, Paused, Peer, Peers, Phase, Resumed, Role};

use crate::{addr, opt_addr, KitError};

/// Who may act on this contract, and when.
#[cw_serde]
pub struct Control {
    /// Setup or live.
    pub phase: Phase,
    /// May launch.
    pub deployer: Addr,
    /// May pause.
    pub guardian: Option<Addr>,
    /// Entry is refused until this time (seconds); 0: never paused.
    pub paused_until: u64,
    /// The guardian may pause again from this time on (seconds).
    pub guardian_free_at: u64,
    /// All contracts of the deployment.
    pub peers: Peers<Addr>,
}

/// `control`: written by instantiate and the admin messages only.
pub const CONTROL: Item<Control> = Item::new("control");

/// Writes the record at instantiation.
///
/// # Errors
/// [`KitError::InvalidAddress`] for a peer or guardian that is not an address.
pub fn init(
    storage: &mut dyn Storage,
    api: &dyn Api,
    deployer: &Addr,
    peers: &Peers<String>,
    guardian: Option<&str>,
) -> Result<Control, KitError> {
    let control = Control {
        phase: Phase::Setup,
        deployer: deployer.clone(),
        guardian: opt_addr(api, guardian)?,
        paused_until: 0,
        guardian_free_at: 0,
        peers: peers.try_map(|text| addr(api, text))?,
    };
    CONTROL.save(storage, &control)?;
    Ok(control)
}

/// The first check of every dispatcher: the contract is launched (except for the deployer's launch) and the sender has
/// the role. Returns the record, so that handlers do not read it again.
///
/// # Errors
/// [`KitError::Setup`], [`KitError::NotSetup`], [`KitError::Unauthorized`].
pub fn authorize(storage: &dyn Storage, sender: &Addr, role: Role) -> Result<Control, KitError> {
    let control = CONTROL.load(storage)?;
    match (control.phase, role) {
        (Phase::Setup, Role::Deployer) | (Phase::Live, _) => {}
        (Phase::Setup, _) => return Err(KitError::Setup),
    }
    if control.phase == Phase::Live && role == Role::Deployer {
        return Err(KitError::NotSetup);
    }
    if control.holds(sender, role) {
        Ok(control)
    } else {
        Err(KitError::Unauthorized {
            sender: sender.to_string(),
            role,
        })
    }
}

impl Control {
    fn holds(&self, sender: &Addr, role: Role) -> bool {
        match role {
            Role::Anyone | Role::Party => true,
            Role::Owner => *sender == self.peers.dao,
            Role::Guardian => *sender == self.peers.dao || self.guardian.as_ref() == Some(sender),
            Role::Peer(peer) => sender == self.peers.get(peer),
            Role::Slasher => [Peer::Registry, Peer::Marketplace, Peer::Dao]
                .iter()
                .any(|peer| sender == self.peers.get(*peer)),
            Role::Deployer => *sender == self.deployer,
        }
    }

    /// Entry messages call this; exits do not.
    ///
    /// # Errors
    /// [`KitError::Paused`] with the second at which the pause ends.
    pub fn ensure_open(&self, env: &Env) -> Result<(), KitError> {
        if env.block.time.seconds() < self.paused_until {
            return Err(KitError::Paused {
                until: self.paused_until,
            });
        }
        Ok(())
    }

    /// Whether `address` is a contract of this deployment.
    #[must_use]
    pub fn is_peer(&self, address: &Addr) -> bool {
        Peer::ALL.iter().any(|peer| address == self.peers.get(*peer))
    }

    /// A checked address of a party: never a contract of the market (V-02).
    ///
    /// # Errors
    /// [`KitError::InvalidAddress`], [`KitError::OwnAddress`].
    pub fn party(&self, api: &dyn Api, text: &str) -> Result<Addr, KitError> {
        let party = addr(api, text)?;
        if self.is_peer(&party) {
            return Err(KitError::OwnAddress { address: text.into() });
        }
        Ok(party)
    }
}

/// Handles the admin messages; the role was checked by [`authorize`], whose record is passed on.
///
/// # Errors
/// [`KitError::PauseTooLong`], [`KitError::PauseAgain`], [`KitError::InvalidAddress`].
pub fn execute(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    mut control: Control,
    msg: AdminMsg,
) -> Result<Response, KitError> {
    crate::funds::none(info)?;
    let response = Response::new();
    let response = match msg {
        AdminMsg::Launch {} => {
            control.phase = Phase::Live;
            response.add_attribute("action", "launch").add_event(Launched {
                deployer: info.sender.clone(),
            })
        }
        AdminMsg::Pause { secs } => {
            let until = pause(&mut control, env, &info.sender, secs)?;
            response.add_attribute("action", "pause").add_event(Paused {
                by: info.sender.clone(),
                until,
            })
        }
        AdminMsg::Resume {} => {
            control.paused_until = 0;
            control.guardian_free_at = 0;
            response.add_attribute("action", "resume").add_event(Resumed {
                by: info.sender.clone(),
            })
        }
        AdminMsg::SetGuardian { guardian } => {
            control.guardian = opt_addr(deps.api, guardian.as_deref())?;
            response.add_attribute("action", "set_guardian").add_event(GuardianSet {
                guardian: control.guardian.clone(),
            })
        }
    };
    CONTROL.save(deps.storage, &control)?;
    Ok(response)
}

fn pause(control: &mut Control, env: &Env, sender: &Addr, secs: u64) -> Result<u64, KitError> {
    if secs == 0 || secs > AdminMsg::MAX_PAUSE_SECS {
        return Err(KitError::PauseTooLong {
            secs,
            max: AdminMsg::MAX_PAUSE_SECS,
        });
    }
    let now = env.block.time.seconds();
    if *sender != control.peers.dao && now < control.guardian_free_at {
        return Err(KitError::PauseAgain {
            free_at: control.guardian_free_at,
        });
    }
    let until = now.saturating_add(secs);
    control.paused_until = until;
    control.guardian_free_at = until.saturating_add(secs);
    Ok(until)
}

/// Answers `QueryMsg::Admin`.
///
/// # Errors
/// Storage errors.
pub fn query(deps: Deps) -> StdResult<AdminResponse> {
    let control = CONTROL.load(deps.storage)?;
    Ok(AdminResponse {
        phase: control.phase,
        deployer: control.deployer,
        guardian: control.guardian,
        paused_until: control.paused_until,
        peers: control.peers,
    })
}
