//! Transactions that no client of ours would send.

use cosmrs::proto::cosmwasm::wasm::v1::{
    MsgClearAdmin, MsgExecuteContract, MsgInstantiateContract, MsgMigrateContract, MsgUpdateAdmin,
};
use cosmrs::Any;
use joule::chain::Coin;
use joule_types::{escrow, staking, Peer};
use serde_json::json;

use crate::market::{any, coins, Market};
use crate::pair::{Actor, How};

/// How many there are.
pub const WRONGS: u64 = 35;

impl Market {
    /// A message to a contract as text, which need be no JSON.
    fn raw(&self, who: &Actor, contract: &str, text: &str, funds: &[(u128, &str)]) -> Any {
        any(&MsgExecuteContract {
            sender: who.address(),
            contract: contract.into(),
            msg: text.into(),
            funds: coins(funds),
        })
    }

    /// One of them by its number.
    pub fn wrong(&mut self, number: u64) {
        let who = self.anyone();
        let other = self.anyone();
        let (escrow, dao) = (self.peers.escrow.clone(), self.peers.dao.clone());
        let fine = self.call(
            &who,
            Peer::Escrow,
            &escrow::ExecuteMsg::Deposit { owner: None },
            &[(7, "uusdc")],
        );
        let deposit = r#"{"deposit":{}}"#;
        if let Some((name, how)) = wrong_how(number) {
            self.send_as(&format!("wrong_{name}"), &who, &[fine], &how);
            return;
        }
        let (name, msgs) = match number {
            10 => ("no_contract", vec![self.raw(&who, &other.address(), deposit, &[])]),
            11 => ("no_address", vec![self.raw(&who, "wasm1nonsense", deposit, &[])]),
            12 => ("upper_case", vec![self.raw(&who, &escrow.to_uppercase(), deposit, &[])]),
            13 => ("no_json", vec![self.raw(&who, &escrow, "{deposit", &[])]),
            14 => ("no_message", vec![self.raw(&who, &escrow, r#"{"no_such":{}}"#, &[])]),
            15 => ("empty", vec![self.raw(&who, &escrow, "", &[])]),
            16 => (
                "wrong_shape",
                vec![self.raw(&who, &escrow, r#"{"withdraw":{"denom":3}}"#, &[])],
            ),
            17 => ("wrong_contract", vec![self.raw(&who, &dao, deposit, &[])]),
            18 => (
                "unsorted",
                vec![self.raw(&who, &escrow, deposit, &[(1, "uwatt"), (1, "uusdc")])],
            ),
            19 => (
                "repeated",
                vec![self.raw(&who, &escrow, deposit, &[(1, "uusdc"), (1, "uusdc")])],
            ),
            20 => ("zero_coin", vec![self.raw(&who, &escrow, deposit, &[(0, "uusdc")])]),
            21 => ("bad_denom", vec![self.raw(&who, &escrow, deposit, &[(1, "1x")])]),
            22 => (
                "beyond_means",
                vec![self.raw(&who, &escrow, deposit, &[(1 << 70, "uusdc")])],
            ),
            23 => {
                let claim = self.call(&who, Peer::Staking, &json!({"unbond": {"amount": "0"}}), &[]);
                ("later_fails", vec![fine, claim])
            }
            24 => {
                let retire = self.call(&who, Peer::Staking, &staking::ExecuteMsg::Retire {}, &[]);
                ("three", vec![fine.clone(), retire, fine])
            }
            25 => (
                "bank",
                vec![self.give(&who, &other.address(), &[(5, "uusdc"), (6, "uwatt")])],
            ),
            26 => (
                "bank_beyond",
                vec![self.give(&who, &other.address(), &[(1 << 70, "uusdc")])],
            ),
            27 => ("bank_to_contract", vec![self.give(&who, &escrow, &[(3, "uusdc")])]),
            28 => (
                "bank_unsorted",
                vec![self.give(&who, &escrow, &[(1, "uwatt"), (1, "uusdc")])],
            ),
            29 => ("bank_zero", vec![self.give(&who, &escrow, &[(0, "uusdc")])]),
            30 => ("bank_nothing", vec![self.give(&who, &escrow, &[])]),
            31 => (
                "bank_no_address",
                vec![self.give(&who, "wasm1nonsense", &[(1, "uusdc")])],
            ),
            32 => (
                "bank_upper_case",
                vec![self.give(&who, &other.address().to_uppercase(), &[(1, "uusdc")])],
            ),
            33 => ("admin", vec![self.chain_message(&who)]),
            _ => {
                let nobody = self.cast.nobody.clone();
                let fine = self.raw(&nobody, &escrow, deposit, &[]);
                self.send("wrong_account", &nobody, &[fine]);
                return;
            }
        };
        self.send(&format!("wrong_{name}"), &who, &msgs);
    }

    /// What the chain itself decides about contracts: refused to all but their admin.
    fn chain_message(&mut self, who: &Actor) -> Any {
        let (sender, contract) = (who.address(), self.peers.escrow.clone());
        match self.dice.below(5) {
            0 => any(&MsgMigrateContract {
                sender,
                contract,
                code_id: 1,
                msg: b"{}".to_vec(),
            }),
            1 => any(&MsgMigrateContract {
                sender,
                contract,
                code_id: 999_999,
                msg: b"{}".to_vec(),
            }),
            2 => any(&MsgUpdateAdmin {
                sender: sender.clone(),
                new_admin: sender,
                contract,
            }),
            3 => any(&MsgClearAdmin { sender, contract }),
            _ => any(&MsgInstantiateContract {
                sender,
                admin: String::new(),
                code_id: 999_999,
                label: "x".into(),
                msg: b"{}".to_vec(),
                funds: vec![],
            }),
        }
    }
}

/// What is wrong around a message that is not.
fn wrong_how(number: u64) -> Option<(&'static str, How)> {
    let usual = How::default();
    let (name, how) = match number {
        0 => ("sequence", How { ahead: 1, ..usual }),
        1 => (
            "chain_id",
            How {
                chain_id: Some("joule-other-1"),
                ..usual
            },
        ),
        2 => ("fee", paying(Coin::new(1, "uwatt"))),
        3 => ("fee_denom", paying(Coin::new(20_000, "uusdc"))),
        4 => ("gas_at_check", How { gas: 1_000, ..usual }),
        5 => ("gas_in_run", How { gas: 130_000, ..usual }),
        6 => (
            "timeout_height",
            How {
                timeout_height: 1,
                ..usual
            },
        ),
        7 => ("signature", How { forged: true, ..usual }),
        8 => ("no_fee", How { fee: vec![], ..usual }),
        9 => ("fee_beyond_means", paying(Coin::new(1 << 60, "uwatt"))),
        _ => return None,
    };
    Some((name, how))
}

fn paying(fee: Coin) -> How {
    How {
        fee: vec![fee],
        ..How::default()
    }
}
