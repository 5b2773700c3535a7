//! What is sent: first what brings the market to life, then anything, valid most of the time.

mod jobs;
mod money;
mod nodes;
mod panel;
mod proofs;
mod rules;
mod wrong;

use joule_rollout::ONE_JOULE;
use joule_types::{escrow, registry, staking, Peer};

use crate::market::Market;

impl Market {
    /// Providers with offers, validators, buyers with deposits.
    pub fn open(&mut self) {
        let keeper = self.cast.keeper.clone();
        let fund = self.pay(&keeper, Peer::Registry, ONE_JOULE, &registry::RegistryHook::FundTips {});
        self.send("fund_tips", &keeper, &[fund]);
        for buyer in self.cast.buyers.clone() {
            let native = self.call(
                &buyer,
                Peer::Escrow,
                &escrow::ExecuteMsg::Deposit { owner: None },
                &[(50_000_000, "uusdc")],
            );
            let hook = escrow::EscrowHook::Deposit { owner: None };
            let joule = self.pay(&buyer, Peer::Escrow, 100 * ONE_JOULE, &hook);
            self.send("deposit", &buyer, &[native, joule]);
        }
        for validator in self.cast.validators.clone() {
            let bond = self.pay(
                &validator,
                Peer::Staking,
                1_000 * ONE_JOULE,
                &staking::StakingHook::Bond {},
            );
            let enrol = staking::ExecuteMsg::Enrol { operator: None };
            let enrol = self.call(&validator, Peer::Staking, &enrol, &[]);
            self.send("bond+enrol", &validator, &[bond, enrol]);
        }
        for number in 0..self.cast.providers.len() {
            self.equip(number);
        }
        for number in 0..wrong::WRONGS {
            self.wrong(number);
        }
    }

    /// One action: those that keep a market alive often, wrong ones in about a fourth of all cases.
    pub fn act(&mut self) {
        match self.dice.below(60) {
            0..6 => self.act_escrow(),
            6..9 => self.act_token(),
            9..13 => self.act_stake(),
            13..16 => self.act_node(),
            16..20 => self.prove(),
            20..23 => self.act_offer(),
            23..27 => self.post(false),
            27..29 => self.post(true),
            29..45 => self.advance(),
            45..48 => self.poke(),
            48..51 => self.act_dao(),
            51 => self.act_pause(),
            52 => self.act_tips(),
            53 | 54 => self.intrude(),
            _ => {
                let number = self.dice.below(wrong::WRONGS);
                self.wrong(number);
            }
        }
    }
}
