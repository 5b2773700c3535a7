//! Messages of the escrow.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::Uint128;
use cw20::{Cw20ReceiveMsg, Denom};
use joule_work::fees::FeeTerms;

use crate::{AdminMsg, HoldId, Money, Peer, Peers, Role};

/// Instantiation, by the deployer.
#[cw_serde]
pub struct InstantiateMsg {
    /// All contracts of the deployment, predicted.
    pub peers: Peers<String>,
    /// May pause.
    pub guardian: Option<String>,
    /// Parameters.
    pub params: Params,
}

/// Parameters.
#[cw_serde]
pub struct Params {
    /// Denominations that may enter: native denoms and cw20 contracts, at most 16, each once. One that is taken off the
    /// list can still leave.
    pub denoms: Vec<Denom>,
}

/// New values; absent ones stay.
#[cw_serde]
#[derive(Default)]
pub struct ParamsUpdate {
    /// See [`Params::denoms`].
    pub denoms: Option<Vec<Denom>>,
}

/// Messages. Funds are refused unless a message says otherwise.
#[cw_serde]
pub enum ExecuteMsg {
    /// A cw20 token arrives with an [`EscrowHook`]; the token is the sender and must be listed. Errors:
    /// `esc.denom_not_listed`.
    Receive(Cw20ReceiveMsg),
    /// Credits the attached native coin (exactly one, listed) to `owner`, or to the sender. Refused while paused.
    /// Errors: `kit.no_funds`, `kit.one_coin`, `esc.denom_not_listed`, `kit.paused`. Event: `joule_deposited`.
    Deposit {
        /// Who is credited.
        owner: Option<String>,
    },
    /// Pays free balance out to `to`, or to the sender. Open in a pause. Earnings leave before deposits. Errors:
    /// `esc.insufficient_balance`, `esc.nothing_to_withdraw`. Event: `joule_withdrawn`.
    Withdraw {
        /// Denomination.
        denom: Denom,
        /// Base units; all of it if absent.
        amount: Option<Uint128>,
        /// Who is paid.
        to: Option<String>,
    },
    /// Moves `amount` of the payer's free balance into a hold. Native coins attached are deposited for the payer first.
    /// They must be of the hold's denomination, which must be listed, and are refused while paused. Without coins it is
    /// open in a pause and in a denomination that was taken off the list, since a dispute opens a hold too. By the
    /// marketplace. Errors: `esc.insufficient_balance`, `esc.hold_exists`, `esc.denom_not_listed`, `esc.wrong_coin`,
    /// `esc.tips_exceed_hold`, `esc.discount_not_joule`, `work.bps_out_of_range`, `kit.paused`. Event:
    /// `joule_hold_opened`.
    OpenHold {
        /// Chosen by the marketplace, never reused.
        hold: HoldId,
        /// Whose balance.
        payer: String,
        /// Sum.
        amount: Money,
        /// Terms of the day, kept to the end.
        terms: HoldTerms,
    },
    /// Pays `amount` of the hold's tip budget to `to`, or what is left of it; a closed or unknown hold pays nothing and
    /// is no error. By the marketplace. Event: `joule_tip_paid`.
    Tip {
        /// Hold.
        hold: HoldId,
        /// Who is credited.
        to: String,
        /// Base units.
        amount: Uint128,
    },
    /// Pays awards out of a hold that stays open, without fee, each cut to what is left, in order. A closed or unknown hold pays
    /// nothing and is no error. By the marketplace. At most 40 awards. Errors: `esc.too_many_awards`, `kit.invalid_address`. Event: `joule_awards_paid`.
    Pay {
        /// Hold.
        hold: HoldId,
        /// Who is credited, with how much.
        awards: Vec<Award>,
    },
    /// Closes a hold: `gross` is split by the fee terms and the provider's part credited to `payee`; each award is
    /// credited in full; the rest goes back to the payer. Sums beyond what the hold has are cut, gross first, then
    /// awards in order. A closed or unknown hold changes nothing and is no error. By the marketplace. At most 4 awards.
    /// Errors: `esc.no_payee`, `esc.too_many_awards`, `kit.invalid_address`. Event: `joule_hold_settled`.
    Settle {
        /// Hold.
        hold: HoldId,
        /// The provider's payout address; may be absent if `gross` is zero.
        payee: Option<String>,
        /// Who gets the referrer's share of the fee, if anyone: known only when a provider was chosen.
        referrer: Option<String>,
        /// Base units to which the fee applies.
        gross: Uint128,
        /// Sums without fee: the arbiter.
        awards: Vec<Award>,
    },
    /// Refunds a hold whose controller fell silent past `reclaim_at`, to its payer. By anyone. Errors:
    /// `esc.hold_not_found`, `esc.already_claimed`, `esc.too_early`. Event: `joule_hold_settled`.
    Reclaim {
        /// Hold.
        hold: HoldId,
    },
    /// Sends the treasury's share of the fees in `denom` to the dao. By anyone. Errors: `esc.nothing_to_distribute`.
    /// Event: `joule_fees_distributed`.
    Distribute {
        /// Denomination.
        denom: Denom,
    },
    /// Changes parameters. By the dao. Errors: `esc.invalid_params`. Event: `joule_params_updated`.
    UpdateParams {
        /// New values.
        update: ParamsUpdate,
    },
    /// Launch, pause, resume, guardian.
    Admin(AdminMsg),
}

/// Message inside a cw20 `Send` to the escrow.
#[cw_serde]
pub enum EscrowHook {
    /// Credits the amount to `owner`, or to the sender of the tokens. Refused while paused. Event: `joule_deposited`.
    Deposit {
        /// Who is credited.
        owner: Option<String>,
    },
}

/// Terms of a hold, fixed when it opens.
#[cw_serde]
pub struct HoldTerms {
    /// Fee and its split; `discount_bps` is non-zero only for deals in JOULE.
    pub fees: FeeTerms,
    /// Part of the hold that may be spent on tips, in base units.
    pub tips: Uint128,
    /// From this time on (seconds) anyone may refund the hold to its payer: far past every deadline of the deal.
    pub reclaim_at: u64,
}

/// A sum credited in full.
#[cw_serde]
pub struct Award {
    /// Who is credited.
    pub to: String,
    /// Base units.
    pub amount: Uint128,
}

impl ExecuteMsg {
    /// Who may send it.
    #[must_use]
    pub const fn required_role(&self) -> Role {
        match self {
            ExecuteMsg::Receive(_)
            | ExecuteMsg::Deposit { .. }
            | ExecuteMsg::Withdraw { .. }
            | ExecuteMsg::Reclaim { .. }
            | ExecuteMsg::Distribute { .. } => Role::Anyone,
            ExecuteMsg::OpenHold { .. }
            | ExecuteMsg::Tip { .. }
            | ExecuteMsg::Pay { .. }
            | ExecuteMsg::Settle { .. } => Role::Peer(Peer::Marketplace),
            ExecuteMsg::UpdateParams { .. } => Role::Owner,
            ExecuteMsg::Admin(admin) => admin.required_role(),
        }
    }
}
