//! Coins, tokens, stake.

use cosmwasm_std::Uint128;
use cw20::{Cw20ExecuteMsg, Expiration};
use joule_rollout::ONE_JOULE;
use joule_types::{
    escrow::{EscrowHook, ExecuteMsg as Escrow},
    registry::{ExecuteMsg as Registry, RegistryHook},
    staking::{ExecuteMsg as Staking, StakingHook},
    HoldId, Peer,
};

use crate::market::Market;

impl Market {
    /// Deposits, withdrawals, fees, holds.
    pub fn act_escrow(&mut self) {
        let who = self.anyone();
        let other = self.anyone();
        let owner = self.dice.once_in(4).then(|| other.address());
        let amount = self.dice.amount(3_000_000);
        let denom = if self.dice.once_in(3) {
            self.joule()
        } else {
            self.usdc()
        };
        match self.dice.below(8) {
            0..3 => {
                let odd: &[(u128, &str)] = &[(1, "uusdc"), (1, "uwatt")];
                let funds = match self.dice.below(8) {
                    0 => vec![],
                    1 => odd.to_vec(),
                    2 => vec![(5, "uwatt")],
                    3 => vec![(5, "ujunk")],
                    _ => vec![(amount, "uusdc")],
                };
                let msg = self.call(&who, Peer::Escrow, &Escrow::Deposit { owner }, &funds);
                self.send("deposit", &who, &[msg]);
            }
            3 => {
                let msg = self.pay(&who, Peer::Escrow, amount, &EscrowHook::Deposit { owner });
                self.send("deposit_joule", &who, &[msg]);
            }
            4 | 5 => {
                let amount = self.dice.once_in(2).then(|| Uint128::new(amount));
                let msg = Escrow::Withdraw {
                    denom,
                    amount,
                    to: owner,
                };
                self.tell("withdraw", &who, Peer::Escrow, &msg);
            }
            6 => drop(self.tell("distribute", &who, Peer::Escrow, &Escrow::Distribute { denom })),
            _ => {
                let hold = HoldId(self.dice.below(40));
                self.tell("reclaim", &who, Peer::Escrow, &Escrow::Reclaim { hold });
            }
        }
    }

    /// The token by itself.
    pub fn act_token(&mut self) {
        let (who, other) = (self.anyone(), self.anyone());
        let amount = Uint128::new(self.dice.amount(30 * ONE_JOULE));
        let (spender, owner, recipient) = (other.address(), other.address(), other.address());
        let msg = match self.dice.below(8) {
            0 | 1 => Cw20ExecuteMsg::Transfer { recipient, amount },
            2 => Cw20ExecuteMsg::Burn { amount },
            3 => Cw20ExecuteMsg::IncreaseAllowance {
                spender,
                amount,
                expires: self
                    .dice
                    .once_in(2)
                    .then_some(Expiration::AtTime(cosmwasm_std::Timestamp::from_seconds(
                        self.pair.now + 5,
                    ))),
            },
            4 => Cw20ExecuteMsg::DecreaseAllowance {
                spender,
                amount,
                expires: None,
            },
            5 => Cw20ExecuteMsg::TransferFrom {
                owner,
                recipient: who.address(),
                amount,
            },
            6 => Cw20ExecuteMsg::Mint { recipient, amount },
            _ => Cw20ExecuteMsg::Transfer {
                recipient: self.peers.escrow.clone(),
                amount,
            },
        };
        self.tell("token", &who, Peer::Token, &msg);
    }

    /// Bonds, unbonds, claims, validators.
    pub fn act_stake(&mut self) {
        let amount = self.dice.amount(300 * ONE_JOULE);
        let validator = self.dice.pick(&self.cast.validators).expect("validators");
        let other = self.anyone();
        let who = if self.dice.once_in(3) { other.clone() } else { validator };
        let operator = self.dice.once_in(3).then(|| other.address());
        match self.dice.below(8) {
            0 | 1 => {
                let msg = self.pay(&who, Peer::Staking, amount, &StakingHook::Bond {});
                self.send("bond", &who, &[msg]);
            }
            2 | 3 => {
                let amount = amount.into();
                self.tell("unbond", &who, Peer::Staking, &Staking::Unbond { amount });
            }
            4 => drop(self.tell("claim", &who, Peer::Staking, &Staking::Claim {})),
            5 | 6 => drop(self.tell("enrol", &who, Peer::Staking, &Staking::Enrol { operator })),
            _ => drop(self.tell("retire", &who, Peer::Staking, &Staking::Retire {})),
        }
    }

    /// The fund of tips.
    pub fn act_tips(&mut self) {
        let who = self.cast.keeper.clone();
        let who = self.mostly(who);
        if self.dice.once_in(2) {
            let amount = self.dice.amount(ONE_JOULE);
            let msg = self.pay(&who, Peer::Registry, amount, &RegistryHook::FundTips {});
            self.send("fund_tips", &who, &[msg]);
        } else {
            self.tell("claim_tips", &who, Peer::Registry, &Registry::ClaimTips {});
        }
    }
}
