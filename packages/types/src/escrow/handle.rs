//! How a peer of a higher rank speaks to the escrow.

use cosmwasm_std::{Addr, Coin, QuerierWrapper, StdResult, Uint128, WasmMsg};
use cw20::Denom;
use serde::Serialize;

use super::{Award, BalanceResponse, HoldTerms, QueryMsg};
use crate::message::message;
use crate::{HoldId, Money};

/// The messages below, encoded as in [`super::ExecuteMsg`], which is the wire format: the encoder of all its variants would weigh
/// down the code of every caller.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Sent {
    OpenHold {
        hold: HoldId,
        payer: String,
        amount: Money,
        terms: HoldTerms,
    },
    Tip {
        hold: HoldId,
        to: String,
        amount: Uint128,
    },
    Pay {
        hold: HoldId,
        awards: Vec<Award>,
    },
    Settle {
        hold: HoldId,
        payee: Option<String>,
        referrer: Option<String>,
        gross: Uint128,
        awards: Vec<Award>,
    },
}

/// Moves free balance of `payer` into a new hold; `funds` are deposited for the payer first.
pub fn open_hold(
    escrow: &Addr,
    hold: HoldId,
    payer: &Addr,
    amount: Money,
    terms: HoldTerms,
    funds: Vec<Coin>,
) -> StdResult<WasmMsg> {
    message(
        escrow,
        &Sent::OpenHold {
            hold,
            payer: payer.to_string(),
            amount,
            terms,
        },
        funds,
    )
}

/// Pays a tip from a hold; total over its state.
pub fn tip(escrow: &Addr, hold: HoldId, to: &Addr, amount: Uint128) -> StdResult<WasmMsg> {
    message(
        escrow,
        &Sent::Tip {
            hold,
            to: to.to_string(),
            amount,
        },
        vec![],
    )
}

/// Pays awards from a hold that stays open; total over its state.
pub fn pay(escrow: &Addr, hold: HoldId, awards: Vec<Award>) -> StdResult<WasmMsg> {
    message(escrow, &Sent::Pay { hold, awards }, vec![])
}

/// Closes a hold; total over its state.
pub fn settle(
    escrow: &Addr,
    hold: HoldId,
    payee: Option<&Addr>,
    referrer: Option<&Addr>,
    gross: Uint128,
    awards: Vec<Award>,
) -> StdResult<WasmMsg> {
    message(
        escrow,
        &Sent::Settle {
            hold,
            payee: payee.map(ToString::to_string),
            referrer: referrer.map(ToString::to_string),
            gross,
            awards,
        },
        vec![],
    )
}

/// Free balance of `owner`.
pub fn balance(querier: &QuerierWrapper, escrow: &Addr, owner: &Addr, denom: Denom) -> StdResult<BalanceResponse> {
    querier.query_wasm_smart(
        escrow,
        &QueryMsg::Balance {
            owner: owner.to_string(),
            denom,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escrow::ExecuteMsg;
    use crate::message::sent;
    use joule_work::fees::FeeTerms;

    #[test]
    fn what_is_sent_is_the_wire_format() {
        let sent = sent::<ExecuteMsg>;
        let (escrow, to, hold, five) = (
            Addr::unchecked("escrow"),
            Addr::unchecked("to"),
            HoldId(4),
            Uint128::new(5),
        );
        let terms = HoldTerms {
            fees: FeeTerms::DEFAULT,
            tips: five,
            reclaim_at: 6,
        };
        let amount = Money::new(Denom::Native("uusdc".into()), five);
        let awards = vec![Award {
            to: to.to_string(),
            amount: five,
        }];
        let wanted = ExecuteMsg::OpenHold {
            hold,
            payer: to.to_string(),
            amount: amount.clone(),
            terms: terms.clone(),
        };
        assert_eq!(sent(open_hold(&escrow, hold, &to, amount, terms, vec![])), wanted);
        let wanted = ExecuteMsg::Tip {
            hold,
            to: to.to_string(),
            amount: five,
        };
        assert_eq!(sent(tip(&escrow, hold, &to, five)), wanted);
        let wanted = ExecuteMsg::Pay {
            hold,
            awards: awards.clone(),
        };
        assert_eq!(sent(pay(&escrow, hold, awards.clone())), wanted);
        for party in [None, Some(&to)] {
            let name = party.map(ToString::to_string);
            let wanted = ExecuteMsg::Settle {
                hold,
                payee: name.clone(),
                referrer: name,
                gross: five,
                awards: awards.clone(),
            };
            assert_eq!(sent(settle(&escrow, hold, party, party, five, awards.clone())), wanted);
        }
    }
}
