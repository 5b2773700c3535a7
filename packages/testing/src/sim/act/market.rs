//! Offers and jobs.

use cosmwasm_std::{Addr, Coin, HexBinary, Uint128, Uint64};
use cw20::Denom;
use joule_types::{
    marketplace::{self, OfferTerms, Verification},
    work::{job::JobState, price::PriceUnit},
    JobId, OfferId,
};

use super::{pick, Action, Call, Cast, Done, Msg, Stage};
use crate::{Run, USDC};

impl Stage {
    pub(super) fn act_offer(&mut self, action: Action) -> Done {
        match action {
            Action::Offer {
                who,
                provider,
                joule,
                price,
            } => {
                let provider = self.provider(provider);
                let who = if who == u8::MAX {
                    provider.operator.clone()
                } else {
                    self.cast.who(who)
                };
                let terms = OfferTerms {
                    node: provider.node,
                    denom: self.denom(joule),
                    price: u128::from(price).into(),
                    unit: PriceUnit::Hour,
                    min_secs: 1,
                    max_secs: 7 * 24 * 3_600,
                    capacity: 1 + u16::try_from(price % 3).unwrap_or(0),
                    sla_bps: 9_500,
                };
                self.market(&who, marketplace::ExecuteMsg::CreateOffer { terms })
            }
            Action::Reprice {
                offer,
                price,
                capacity,
                who,
            } => {
                let Some((id, offer)) = self.offer(offer) else {
                    return Ok(());
                };
                let agent = self
                    .model
                    .parties
                    .get(&offer.provider)
                    .map(|party| party.operator.clone());
                let who = who
                    .map(|who| self.cast.who(who))
                    .or(agent)
                    .ok_or("an offer of no provider")?;
                let denom = self.denom(offer.denom == self.model.joule);
                let terms = OfferTerms {
                    node: joule_types::NodeId(offer.node),
                    denom,
                    price: u128::from(price).into(),
                    unit: PriceUnit::Hour,
                    min_secs: 1,
                    max_secs: 24 * 3_600,
                    capacity: u16::from(capacity),
                    sla_bps: 9_000,
                };
                self.market(
                    &who,
                    marketplace::ExecuteMsg::UpdateOffer {
                        offer: OfferId(id),
                        terms,
                    },
                )
            }
            Action::Close { offer, who } => {
                let Some((id, offer)) = self.offer(offer) else {
                    return Ok(());
                };
                let owner = self.model.parties.get(&offer.provider).map(|party| party.owner.clone());
                let who = who
                    .map(|who| self.cast.who(who))
                    .or(owner)
                    .ok_or("an offer of no provider")?;
                self.market(&who, marketplace::ExecuteMsg::CloseOffer { offer: OfferId(id) })
            }
            Action::Refresh { offer } => {
                let Some((id, _)) = self.offer(offer) else {
                    return Ok(());
                };
                let keeper = self.cast.who(Cast::KEEPER as u8);
                self.market(
                    &keeper,
                    marketplace::ExecuteMsg::Refresh {
                        offers: vec![OfferId(id)],
                    },
                )
            }
            _ => Ok(()),
        }
    }

    fn offer(&self, number: u8) -> Option<(u64, crate::sim::model::Offer)> {
        let id = pick(self.model.offers.keys().copied(), number)?;
        Some((id, self.model.offers.get(&id)?.clone()))
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn post(
        &mut self,
        buyer: u8,
        joule: bool,
        budget: u32,
        secs: u16,
        flaw: u8,
        attach: bool,
        judged: bool,
    ) -> Done {
        // Mostly one of the two buyers; anybody else may as well.
        let number = if buyer < 220 { buyer % 2 } else { buyer };
        let buyer = self.cast.who(number);
        let mut spec = self.world.job_spec();
        spec.requirements.denom = self.denom(joule);
        spec.requirements.budget = u128::from(budget).into();
        spec.requirements.max_secs = u64::from(secs);
        spec.estimated_secs = u64::from(secs) / 2;
        spec.crank_deposit = u128::from(budget % 5 * 1_000).into();
        spec.deadline_at = self.world.now() + u64::from(flaw) * 40;
        if judged {
            spec.verification = Verification::Committee {};
            // Up to the price of one more vote above what a first jury costs.
            let vote = u128::from(budget / 2);
            spec.verification_budget = (3 * vote + vote * u128::from(flaw % 3)).into();
        }
        match flaw {
            1 => spec.steps = 0,
            2 => spec.requirements.budget = Uint128::zero(),
            3 => spec.estimated_secs = u64::from(secs) + 1,
            4 => spec.runtime.clear(),
            5 => spec.bundle.sha256 = HexBinary::from([1u8; 31]),
            6 => spec.verification_budget = Uint128::one(),
            14 => spec.steps = 15,
            7 => spec.requirements.budget = Uint128::new(1 << 100),
            8 => spec.input.url.clear(),
            9 => spec.requirements.denom = Denom::Native("ujunk".into()),
            10 => spec.requirements.max_secs = 0,
            _ => {}
        }
        let hints = if flaw.is_multiple_of(4) {
            self.model.offers.keys().take(8).map(|id| OfferId(*id)).collect()
        } else {
            vec![]
        };
        let sum = spec.requirements.budget.saturating_add(spec.crank_deposit);
        let sum = sum.saturating_add(spec.verification_budget).u128();
        let mut call = Call::new(
            &buyer,
            Msg::Market(marketplace::ExecuteMsg::PostJob {
                spec: Box::new(spec),
                hints,
            }),
        );
        if attach && !joule {
            call.funds = match flaw {
                11 => vec![Coin::new(1u128, "ujunk")],
                12 => vec![Coin::new(1u128, "ujunk"), Coin::new(sum, USDC)],
                13 => vec![Coin::new(1u128, USDC)],
                _ => vec![Coin::new(sum, USDC)],
            };
        }
        self.quiet(call)
    }

    /// The next right thing for a job, by who may do it.
    pub(super) fn advance(&mut self, number: u8, turn: u8) -> Done {
        let open: Vec<u64> = self.model.open_jobs().map(|(id, _)| id).collect();
        let Some(id) = pick(open.into_iter(), number) else {
            return Ok(());
        };
        let Some(job) = self.model.jobs.get(&id).cloned() else {
            return Ok(());
        };
        if job.state == JobState::Verifying && turn % 8 != 7 {
            // Mostly honest seats: what liars do is in the random conduct of `Panel`.
            return self.advance_panel(id, 1 << 56 | u64::from(turn) << 40);
        }
        let (buyer, keeper) = (job.buyer.clone(), self.cast.who(Cast::KEEPER as u8));
        let agent = job
            .attempt
            .as_ref()
            .map(|attempt| attempt.operator.clone())
            .unwrap_or_else(|| buyer.clone());
        let late = turn % 6 == 5 && (job.state != JobState::Queued || turn > 200);
        if late {
            self.pass_to(job.deadline + 1);
            return self.verb(&keeper, id, 8, job.attempts);
        }
        let (who, verb) = match (job.state, turn % 6) {
            (JobState::Queued, 0) => (buyer, 5),
            (JobState::Queued, _) => (keeper, 0),
            (JobState::Assigned, 0) if turn.is_multiple_of(4) => (buyer, 5),
            (JobState::Assigned, 1) if turn % 4 == 1 => (agent, 1),
            (JobState::Assigned, _) => (agent, 2),
            (JobState::Running, _) => (agent, 3),
            (JobState::ResultSubmitted, 0) => (buyer, 6),
            (JobState::ResultSubmitted, 1) => (agent, 6),
            (JobState::ResultSubmitted, _) => (buyer, 4),
            (JobState::Disputed, _) => (job.terms.arbiter.clone(), 7),
            _ => (keeper, 8),
        };
        self.verb(&who, id, verb, job.attempts)
    }

    pub(super) fn verb(&mut self, who: &Addr, id: u64, verb: u8, attempt: u32) -> Done {
        use marketplace::ExecuteMsg as M;
        let job = JobId(id);
        let msg = match verb % 12 {
            0 => M::Assign {
                job,
                hints: self.model.offers.keys().take(2).map(|id| OfferId(*id)).collect(),
            },
            1 => M::Decline {
                job,
                attempt,
                reason: "inputs not found".into(),
            },
            2 => M::Start { job, attempt },
            3 => {
                // One result in five is wrong.
                let run = if (self.world.now() / 5).is_multiple_of(5) {
                    super::panel::lie()
                } else {
                    Run::right()
                };
                M::SubmitResult {
                    job,
                    attempt,
                    result_root: run.vote.result_root.into(),
                    trace_root: run.vote.trace_root.into(),
                    output_url: "https://objects.example/out".into(),
                    output_size: Uint64::new(6),
                }
            }
            4 => M::Accept { job },
            5 => M::Cancel { job },
            6 => M::Dispute {
                job,
                reason: "the output is wrong".into(),
            },
            7 => {
                let bps = [0, 1, 2_500, 4_999, 5_000, 5_001, 9_999, 10_000];
                let place = usize::try_from(self.world.now() / 5).unwrap_or(0) % bps.len();
                M::Resolve {
                    job,
                    provider_bps: bps[place],
                }
            }
            8 => M::Timeout { job },
            9 => M::Seal { job },
            10 => M::Draw { job },
            _ => M::Tally { job },
        };
        self.market(who, msg)
    }
}
