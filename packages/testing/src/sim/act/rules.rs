//! Parameters, pauses, and who has no right to them.

use cosmwasm_std::{Addr, Uint128};
use joule_types::{
    escrow::{self, EscrowHook, HoldTerms},
    marketplace::{self, IndexParams, ParamsUpdate},
    registry,
    staking::{self, Incident, IncidentKind},
    work::{fees::FeeTerms, kind::Class, score::Weights, BPS},
    AdminMsg, HoldId, Money, ProviderId,
};

use super::{pick, Action, Call, Cast, Done, Msg, Stage};

impl Stage {
    /// A parameter changes in the middle of deals; sometimes to what is not allowed.
    pub(super) fn rule(&mut self, which: u8, value: u16) -> Done {
        let dao = self.world.peers.dao.clone();
        let mut update = ParamsUpdate::default();
        match which % 13 {
            0 => {
                let fees = FeeTerms {
                    fee_bps: value % 2_200,
                    discount_bps: value % 10_000,
                    ..FeeTerms::DEFAULT
                };
                update.fees = Some(fees);
            }
            1 => update.start_secs = Some(u64::from(value % 400)),
            2 => update.accept_secs = Some(u64::from(value % 400)),
            3 => update.arbiter_secs = Some(u64::from(value % 400)),
            4 => update.dispute_bps = Some(value % 1_100),
            5 => update.timeout_slash_bps = Some(value % 5_200),
            6 => update.max_attempts = u8::try_from(value % 12).ok(),
            7 => update.offer_deposit = Some(u128::from(value).into()),
            8 => update.arbiter = Some(self.cast.who(u8::try_from(value % 256).unwrap_or(0)).into()),
            9 => {
                let mut rules: Vec<_> = self.model.denoms.values().cloned().collect();
                for rules in &mut rules {
                    rules.tip = u128::from(value % 3_000).into();
                    rules.joule_per_million = (!value.is_multiple_of(3))
                        .then(|| u128::from(value) * 100)
                        .map(Uint128::new);
                }
                update.denoms = Some(rules);
            }
            10 => {
                let secs = 21 + u64::from(value % 2_000);
                let update = staking::ParamsUpdate {
                    unbonding_secs: Some(secs),
                    ..Default::default()
                };
                return self.quiet(Call::new(
                    &dao,
                    Msg::Staking(staking::ExecuteMsg::UpdateParams { update }),
                ));
            }
            11 => {
                // What is off the list may not enter, but may still be held and leave.
                let mut denoms = vec![self.denom(true)];
                denoms.extend(value.is_multiple_of(2).then(|| self.denom(false)));
                let update = escrow::ParamsUpdate { denoms: Some(denoms) };
                return self.quiet(Call::new(
                    &dao,
                    Msg::Escrow(escrow::ExecuteMsg::UpdateParams { update }),
                ));
            }
            _ => {
                let update = registry::ParamsUpdate {
                    beat_secs: Some(u64::from(value)),
                    ..Default::default()
                };
                let msg = registry::ExecuteMsg::UpdateParams {
                    update: Box::new(update),
                };
                return self.registry(&dao, msg);
            }
        }
        self.market(
            &dao,
            marketplace::ExecuteMsg::UpdateParams {
                update: Box::new(update),
            },
        )
    }

    pub(super) fn govern(&mut self, action: Action) -> Done {
        let dao = self.world.peers.dao.clone();
        match action {
            Action::Index { weight } => {
                let query = marketplace::QueryMsg::Index {};
                let index: marketplace::IndexResponse = self.world.ask(&self.world.peers.marketplace, &query);
                let moved = u16::from(weight) * 4;
                let weights = Weights {
                    price: index.params.weights.price.saturating_sub(moved),
                    reputation: index.params.weights.reputation + moved.min(index.params.weights.price),
                    ..index.params.weights
                };
                self.market(
                    &dao,
                    marketplace::ExecuteMsg::UpdateIndex {
                        index: IndexParams {
                            weights,
                            ..index.params
                        },
                    },
                )
            }
            Action::Reindex { limit } => {
                let keeper = self.cast.who(Cast::KEEPER as u8);
                self.market(
                    &keeper,
                    marketplace::ExecuteMsg::Reindex {
                        limit: u32::from(limit),
                    },
                )
            }
            Action::Pause { contract, by, secs } => {
                let guardian = self.world.guardian.clone();
                let who = [guardian, dao, self.cast.who(by)][usize::from(by) % 3].clone();
                self.admin(&who, contract, AdminMsg::Pause { secs: u64::from(secs) })
            }
            Action::Resume { contract } => self.admin(&dao, contract, AdminMsg::Resume {}),
            Action::Govern { which, provider } => {
                let provider = ProviderId(u64::from(provider % 4));
                let msg = match which % 8 {
                    0 => registry::ExecuteMsg::Ban { provider },
                    1..4 => registry::ExecuteMsg::SetPartner {
                        provider,
                        partner: which % 2 == 0,
                    },
                    _ => {
                        let class = [Class::Dedicated, Class::Cloud, Class::Community][usize::from(which) % 3];
                        registry::ExecuteMsg::SetClass { provider, class }
                    }
                };
                self.registry(&dao, msg)
            }
            _ => Ok(()),
        }
    }

    fn admin(&mut self, who: &Addr, contract: u8, msg: AdminMsg) -> Done {
        let msg = match contract % 4 {
            0 => Msg::Escrow(escrow::ExecuteMsg::Admin(msg)),
            1 => Msg::Staking(staking::ExecuteMsg::Admin(msg)),
            2 => Msg::Registry(registry::ExecuteMsg::Admin(msg)),
            _ => Msg::Market(marketplace::ExecuteMsg::Admin(msg)),
        };
        self.quiet(Call::new(who, msg))
    }

    /// What only contracts or the dao may send, by somebody else.
    pub(super) fn intrude(&mut self, who: u8, which: u8, victim: u8) -> Done {
        let sender = self.cast.who(who);
        if sender == self.world.peers.dao {
            return Ok(());
        }
        let victim = self.cast.who(victim);
        let hold = HoldId(pick(self.model.holds.keys().copied(), which).unwrap_or(4));
        let amount = Uint128::new(1_000_000);
        let money = Money::new(self.denom(false), amount);
        let terms = HoldTerms {
            fees: FeeTerms::DEFAULT,
            tips: Uint128::zero(),
            reclaim_at: 0,
        };
        let hook = cw20::Cw20ReceiveMsg {
            sender: sender.to_string(),
            amount,
            msg: cosmwasm_std::to_json_binary(&EscrowHook::Deposit { owner: None })
                .map_err(|error| error.to_string())?,
        };
        let incident = Incident {
            kind: IncidentKind::Misuse,
            id: 1,
            attempt: 1,
        };
        let to = sender.to_string();
        let msg = match which % 12 {
            0 => Msg::Escrow(escrow::ExecuteMsg::Receive(hook)),
            1 => Msg::Staking(staking::ExecuteMsg::Receive(hook)),
            2 => Msg::Registry(registry::ExecuteMsg::Receive(hook)),
            3 => Msg::Escrow(escrow::ExecuteMsg::OpenHold {
                hold: HoldId(999),
                payer: victim.to_string(),
                amount: money,
                terms,
            }),
            4 => Msg::Escrow(escrow::ExecuteMsg::Tip { hold, to, amount }),
            5 => Msg::Escrow(escrow::ExecuteMsg::Settle {
                hold,
                payee: Some(to),
                referrer: None,
                gross: amount,
                awards: vec![],
            }),
            6 => Msg::Escrow(escrow::ExecuteMsg::UpdateParams {
                update: escrow::ParamsUpdate { denoms: Some(vec![]) },
            }),
            7 => {
                let fraction_bps = BPS;
                Msg::Staking(staking::ExecuteMsg::Slash {
                    incident,
                    pool: victim.to_string(),
                    fraction_bps,
                    repay: vec![],
                })
            }
            8 => {
                let node = self.cast.providers[0].node;
                Msg::Registry(registry::ExecuteMsg::Record {
                    node,
                    load: 0,
                    outcome: None,
                })
            }
            9 => Msg::Registry(registry::ExecuteMsg::Ban {
                provider: ProviderId(1),
            }),
            10 => {
                let update = ParamsUpdate {
                    arbiter: Some(to),
                    ..Default::default()
                };
                Msg::Market(marketplace::ExecuteMsg::UpdateParams {
                    update: Box::new(update),
                })
            }
            _ => Msg::Market(marketplace::ExecuteMsg::Admin(AdminMsg::Launch {})),
        };
        self.quiet(Call::new(&sender, msg))
    }
}
