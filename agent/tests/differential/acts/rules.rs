//! The dao, pauses, and who has no right to them.

use cosmwasm_std::{to_json_binary, CosmosMsg, Uint128, WasmMsg};
use joule_rollout::ONE_JOULE;
use joule_types::{
    dao::{DaoHook, ExecuteMsg as Dao, ProposalResponse, ProposalState, QueryMsg, Vote},
    escrow, marketplace, registry, staking,
    work::{fees::FeeTerms, kind::Class},
    AdminMsg, Money, Page, Peer, ProposalId, ProviderId,
};
use serde_json::json;

use crate::market::Market;

impl Market {
    /// The next step of a proposal, or a new one.
    pub fn act_dao(&mut self) {
        let query = QueryMsg::Proposals {
            start_after: None,
            limit: Some(100),
        };
        let all: Page<ProposalResponse, ProposalId> = self.ask(Peer::Dao, &query);
        let over = |state| matches!(state, ProposalState::Executed | ProposalState::Closed);
        let open: Vec<ProposalResponse> = all.items.into_iter().filter(|proposal| !over(proposal.state)).collect();
        let Some(found) = self.dice.pick(&open) else {
            return self.propose();
        };
        let proposal = found.proposal;
        let who = self.anyone();
        match found.state {
            ProposalState::Open if self.dice.once_in(4) => {
                self.wait_until(found.executable_at + 1);
                self.tell("dao_execute", &who, Peer::Dao, &Dao::Execute { proposal });
            }
            ProposalState::Open => {
                let voter = self.dice.pick(&self.cast.voters).expect("voters");
                let voter = self.mostly(voter);
                let vote = if self.dice.once_in(6) { Vote::Veto } else { Vote::Yes };
                self.tell("dao_vote", &voter, Peer::Dao, &Dao::Vote { proposal, vote });
            }
            ProposalState::Timelocked | ProposalState::Passed => {
                self.wait_until(found.executable_at + 1);
                self.tell("dao_execute", &who, Peer::Dao, &Dao::Execute { proposal });
            }
            _ => drop(self.tell("dao_close", &who, Peer::Dao, &Dao::Close { proposal })),
        }
    }

    fn propose(&mut self) {
        let call = |peer: Peer, msg: serde_json::Value| {
            CosmosMsg::Wasm(WasmMsg::Execute {
                contract_addr: self.peers.get(peer).clone(),
                msg: to_json_binary(&msg).expect("a message"),
                funds: vec![],
            })
        };
        let fees = FeeTerms {
            fee_bps: 700,
            ..FeeTerms::DEFAULT
        };
        let msgs = match self.dice.below(7) {
            0 => vec![call(
                Peer::Marketplace,
                json!({"update_params": {"update": {"fees": fees}}}),
            )],
            1 => vec![call(
                Peer::Staking,
                json!({"update_params": {"update": {"unbonding_secs": 30}}}),
            )],
            // Refused when it is executed: below the floor.
            2 => vec![call(
                Peer::Staking,
                json!({"update_params": {"update": {"unbonding_secs": 1}}}),
            )],
            3 => vec![
                call(
                    Peer::Registry,
                    json!({"set_partner": {"provider": "1", "partner": true}}),
                ),
                call(
                    Peer::Registry,
                    json!({"set_class": {"provider": "2", "class": Class::Cloud}}),
                ),
            ],
            4 => {
                let to = self.cast.stranger.address();
                vec![call(Peer::Token, json!({"transfer": {"recipient": to, "amount": "5"}}))]
            }
            5 => vec![call(Peer::Escrow, json!({"admin": {"resume": {}}}))],
            // A contract that panics on nothing is refused all the same: no such message.
            _ => vec![call(Peer::Dao, json!({"no_such_message": {}}))],
        };
        let hook = DaoHook::Propose {
            title: "a change".into(),
            description: "for the better".into(),
            msgs,
        };
        let voter = self.dice.pick(&self.cast.voters).expect("voters");
        let voter = self.mostly(voter);
        let deposit = if self.dice.once_in(6) { 1 } else { 100 * ONE_JOULE };
        let msg = self.pay(&voter, Peer::Dao, deposit, &hook);
        self.send("dao_propose", &voter, &[msg]);
    }

    /// A pause of a few seconds by the guardian, or by somebody who may not.
    pub fn act_pause(&mut self) {
        let guardian = self.cast.guardian.clone();
        let who = self.mostly(guardian);
        let secs = self.dice.below(4);
        let peer = [
            Peer::Escrow,
            Peer::Staking,
            Peer::Registry,
            Peer::Marketplace,
            Peer::Dao,
        ];
        let peer = self.dice.pick(&peer).expect("contracts");
        let msg = match self.dice.below(5) {
            0 => AdminMsg::Resume {},
            1 => AdminMsg::Launch {},
            _ => AdminMsg::Pause { secs },
        };
        self.tell("admin", &who, peer, &json!({ "admin": msg }));
    }

    /// What only contracts or the dao may send.
    pub fn intrude(&mut self) {
        let who = self.anyone();
        let amount = Uint128::new(1_000_000);
        let hook = to_json_binary(&escrow::EscrowHook::Deposit { owner: None }).expect("a message");
        let receive = json!({"receive": {"sender": who.address(), "amount": amount, "msg": hook}});
        let money = Money::new(self.usdc(), amount);
        let hold = json!({"open_hold": {"hold": "999", "payer": who.address(), "amount": money,
            "terms": {"fees": FeeTerms::DEFAULT, "tips": "0", "reclaim_at": 0}}});
        let slash = staking::ExecuteMsg::Slash {
            incident: staking::Incident {
                kind: staking::IncidentKind::Misuse,
                id: 1,
                attempt: 1,
            },
            pool: who.address(),
            fraction_bps: 10_000,
            repay: vec![],
        };
        let ban = registry::ExecuteMsg::Ban {
            provider: ProviderId(1),
        };
        let update = marketplace::ExecuteMsg::UpdateParams { update: Box::default() };
        let value = |msg: serde_json::Result<serde_json::Value>| msg.expect("a message");
        let all = [
            (Peer::Escrow, receive.clone()),
            (Peer::Staking, receive.clone()),
            (Peer::Registry, receive.clone()),
            (Peer::Dao, receive),
            (Peer::Escrow, hold),
            (Peer::Staking, value(serde_json::to_value(slash))),
            (Peer::Registry, value(serde_json::to_value(ban))),
            (Peer::Marketplace, value(serde_json::to_value(update))),
            (Peer::Dao, json!({"update_params": {"update": {}}})),
        ];
        let (peer, msg) = self.dice.pick(&all).expect("messages");
        self.tell("intrude", &who, peer, &msg);
    }
}
