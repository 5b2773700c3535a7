//! Events of the escrow. Amounts in base units of `denom` (the name of the denomination).

use cosmwasm_std::{Addr, Uint128};

use crate::HoldId;

crate::events! {
    /// Coins came in.
    Deposited = "joule_deposited" {
        /// Who was credited.
        owner: Addr,
        /// Denomination.
        denom: String,
        /// Amount.
        amount: Uint128,
    }
    /// Coins left.
    Withdrawn = "joule_withdrawn" {
        /// Whose balance.
        owner: Addr,
        /// Who was paid.
        to: Addr,
        /// Denomination.
        denom: String,
        /// Amount.
        amount: Uint128,
        /// Of it, earnings.
        earned: Uint128,
    }
    /// A hold opened.
    HoldOpened = "joule_hold_opened" {
        /// Hold.
        hold: HoldId,
        /// Whose money.
        payer: Addr,
        /// Denomination.
        denom: String,
        /// Amount.
        amount: Uint128,
    }
    /// A tip was paid from a hold.
    TipPaid = "joule_tip_paid" {
        /// Hold.
        hold: HoldId,
        /// Who was credited.
        to: Addr,
        /// Denomination.
        denom: String,
        /// Amount; 0 when nothing was left.
        amount: Uint128,
    }
    /// Awards were paid from a hold.
    AwardsPaid = "joule_awards_paid" {
        /// Hold.
        hold: HoldId,
        /// Denomination; empty for an unknown hold.
        denom: String,
        /// How many were credited.
        parties: u32,
        /// Sum credited.
        amount: Uint128,
    }
    /// A hold closed; with zero amounts and `closed_before` true when it had been closed already.
    HoldSettled = "joule_hold_settled" {
        /// Hold.
        hold: HoldId,
        /// Nothing was left to settle.
        closed_before: bool,
        /// Denomination.
        denom: String,
        /// Who earned.
        payee: Option<Addr>,
        /// Sum to which the fee applied.
        gross: Uint128,
        /// Earned by the payee.
        provider: Uint128,
        /// Discount that went back to the payer.
        discount: Uint128,
        /// Stakers' part of the fee.
        stakers: Uint128,
        /// Referrer's part of the fee.
        referrer: Uint128,
        /// Treasury's part of the fee.
        treasury: Uint128,
        /// Sum of the awards.
        awards: Uint128,
        /// Back to the payer, discount included.
        refunded: Uint128,
    }
    /// The treasury's share left for the dao.
    FeesDistributed = "joule_fees_distributed" {
        /// Denomination.
        denom: String,
        /// Amount.
        amount: Uint128,
    }
}
