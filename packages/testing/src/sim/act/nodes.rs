//! What agents do: beats, proofs, addresses.

use cosmwasm_std::{Binary, Uint64};
use joule_rollout::ONE_JOULE;
use joule_types::{
    marketplace,
    registry::{self, NodeState},
    work::ticket,
    OfferId,
};

use super::{Action, Call, Cast, Done, Msg, Stage};

impl Stage {
    pub(super) fn act_node(&mut self, action: Action) -> Done {
        match action {
            // Mostly all of them: agents do not wait for one another.
            Action::Rally { provider } if provider % 4 == 0 => self.rally(provider),
            Action::Rally { .. } => (0..3).try_for_each(|provider| self.rally(provider)),
            Action::Beat { who, provider } => {
                let (who, node) = (self.cast.who(who), self.provider(provider).node);
                self.registry(&who, registry::ExecuteMsg::Beat { nodes: vec![node] })
            }
            Action::Switch { provider, on } => {
                let provider = self.provider(provider);
                let msg = registry::ExecuteMsg::SetAvailable {
                    node: provider.node,
                    available: on,
                };
                self.registry(&provider.operator, msg)
            }
            Action::Register { who, operator, fee } => {
                let who = self.cast.who(who);
                let operator = operator.map(|number| self.cast.who(number).to_string());
                self.quiet(Call::new(&who, Msg::Bond(100 * ONE_JOULE)))?;
                // Now and then a unit too little.
                let fee = 10 * ONE_JOULE - u128::from(fee.is_multiple_of(8));
                let hook = registry::RegistryHook::Register {
                    operator,
                    payout: None,
                    referrer: None,
                };
                self.quiet(Call::new(&who, Msg::Register(fee, hook)))
            }
            Action::Payout { provider, to } => {
                let (owner, to) = (self.provider(provider).owner, self.cast.who(to));
                let msg = registry::ExecuteMsg::UpdateProvider {
                    operator: None,
                    payout: Some(to.into()),
                };
                self.registry(&owner, msg)
            }
            Action::Operator { provider, to } => {
                let (owner, to) = (self.provider(provider).owner, self.cast.who(to));
                let msg = registry::ExecuteMsg::UpdateProvider {
                    operator: Some(to.into()),
                    payout: None,
                };
                self.registry(&owner, msg)
            }
            _ => Ok(()),
        }
    }

    /// What an agent does after a while.
    fn rally(&mut self, number: u8) -> Done {
        let provider = self.provider(number);
        let (node, agent) = (provider.node, provider.operator);
        if matches!(self.world.node(node).state, NodeState::Slashed | NodeState::Pending) {
            self.registry(&agent, registry::ExecuteMsg::RequestChallenge { node })?;
            if let Some(challenge) = self.world.challenge(node) {
                self.post_round(challenge.round)?;
            }
            let seeded = self
                .world
                .challenge(node)
                .and_then(|found| Some((found.seed.clone()?, found)));
            if let Some((seed, challenge)) = seeded {
                let seed: [u8; 32] = seed.as_slice().try_into().map_err(|_| "a seed of 32 bytes")?;
                let nonce = (0..)
                    .find(|nonce| ticket::solves(&seed, *nonce, challenge.target.u64()))
                    .unwrap_or(0);
                self.registry(
                    &agent,
                    registry::ExecuteMsg::SolveChallenge {
                        node,
                        nonce: Uint64::new(nonce),
                    },
                )?;
            }
        }
        self.registry(&agent, registry::ExecuteMsg::Beat { nodes: vec![node] })?;
        let own = self
            .model
            .offers
            .iter()
            .filter(|(_, offer)| offer.open && offer.node == node.u64());
        let offers: Vec<_> = own.map(|(id, _)| OfferId(*id)).take(8).collect();
        self.market(&agent, marketplace::ExecuteMsg::Refresh { offers })
    }

    pub(super) fn act_proof(&mut self, action: Action) -> Done {
        let window = self.world.window();
        let keeper = self.cast.who(Cast::KEEPER as u8);
        match action {
            Action::Window => self.open_window(),
            Action::Commit { provider, forged } => {
                let Some(window) = window else { return Ok(()) };
                let provider = self.provider(provider);
                let seed: [u8; 32] = window.seed.as_slice().try_into().map_err(|_| "a seed of 32 bytes")?;
                let seed = ticket::node_seed(&seed, provider.node.u64(), 0, provider.operator.as_str());
                let claim = ticket::select_k(&seed, 0..200, u32::from(window.k)).map_err(|error| error.to_string())?;
                let Some(mut claim) = claim else { return Ok(()) };
                if forged {
                    claim.bound /= 4;
                }
                let commitment = claim.commitment();
                let msg = registry::ExecuteMsg::CommitWindow {
                    window: window.window,
                    node: provider.node,
                    bound: Uint64::new(commitment.bound),
                    list_hash: Binary::from(commitment.digest),
                };
                let ids = ticket::pack_ids(&claim.ids).map_err(|error| error.to_string())?;
                if self.send(Call::new(&provider.operator, Msg::Registry(msg)))? {
                    self.lists
                        .insert((window.window.u64(), provider.node.u64()), ids.into());
                }
                Ok(())
            }
            Action::Reveal { provider } => {
                let Some(window) = window else { return Ok(()) };
                let provider = self.provider(provider);
                let list = self.lists.get(&(window.window.u64(), provider.node.u64())).cloned();
                // Who waits for the end of the window passes it; a reveal before it is tried as well.
                if !self.world.now().is_multiple_of(4) {
                    self.pass_to(window.closes_at + 1);
                }
                let ids = list.unwrap_or_else(|| Binary::from(vec![0; 64 * 8]));
                let msg = registry::ExecuteMsg::RevealWindow {
                    window: window.window,
                    node: provider.node,
                    ids,
                };
                self.registry(&provider.operator, msg)
            }
            Action::Missed { provider } => {
                let Some(window) = window else { return Ok(()) };
                let node = self.provider(provider).node;
                self.pass_to(window.reveal_by + 1);
                self.registry(
                    &keeper,
                    registry::ExecuteMsg::ReportMissed {
                        window: window.window,
                        node,
                    },
                )
            }
            Action::Judge { provider } => {
                let node = self.provider(provider).node;
                self.registry(&keeper, registry::ExecuteMsg::JudgeUptime { node })
            }
            _ => Ok(()),
        }
    }
}
