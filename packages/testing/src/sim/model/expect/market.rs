//! What should come of a message to the marketplace.

use cosmwasm_std::Addr;
use joule_types::{
    denom_key,
    marketplace::{ExecuteMsg as Market, JobSpec, PanelPhase, Verification},
    work::job::JobState,
};

use super::{
    refused, Call, Expect,
    Expect::{Done, Either},
    Model, ANY,
};
use crate::sim::{
    call::is_over,
    model::{Job, Seat},
};

impl Model {
    pub(super) fn expect_market(&self, call: &Call, msg: &Market, now: u64) -> Expect {
        let who = &call.sender;
        let dao = *who == self.peers.dao;
        let with = |id: &joule_types::JobId, then: &dyn Fn(&Job) -> Expect| match self.jobs.get(&id.u64()) {
            Some(job) => then(job),
            None => refused("mkt.job_not_found"),
        };
        match msg {
            Market::CreateOffer { .. } if self.is_paused("marketplace", now) => refused("kit.paused"),
            Market::CreateOffer { terms } => {
                let own = self.party_of(who).map(|(id, _)| id);
                if own.is_none() || self.nodes.get(&terms.node.u64()) != own.as_ref() {
                    return refused("mkt.not_your_node");
                }
                let payer = self.party_of(who).map(|(_, party)| party.owner.clone());
                let free = payer.map_or(0, |payer| self.purse(&payer, &self.joule).sum());
                if terms.price.is_zero() || free < self.rules.offer_deposit.u128() {
                    ANY
                } else {
                    Either
                }
            }
            Market::UpdateOffer { offer, .. } | Market::CloseOffer { offer } => {
                let open = self.offers.get(&offer.u64()).filter(|offer| offer.open);
                let Some(open) = open else {
                    return refused("mkt.offer_not_found");
                };
                let own = self.party_of(who).is_some_and(|(id, _)| id == open.provider);
                match msg {
                    _ if !own => refused("mkt.not_your_node"),
                    Market::CloseOffer { .. } => Done,
                    _ => Either,
                }
            }
            Market::Refresh { .. } | Market::Reindex { .. } => Either,
            Market::PostJob { spec, .. } => self.expect_post(call, spec, now),
            Market::Assign { job, .. } => with(job, &|job| match job.state {
                JobState::Queued if now > job.deadline => refused("mkt.too_late"),
                JobState::Queued => Either,
                state if is_over(state) => refused("mkt.job_final"),
                _ => refused("mkt.job_active"),
            }),
            Market::Decline { job, attempt, .. } => {
                with(job, &|job| on_attempt(job, *attempt, who, now, JobState::Assigned))
            }
            Market::Start { job, attempt } => with(job, &|job| on_attempt(job, *attempt, who, now, JobState::Assigned)),
            Market::SubmitResult { job, attempt, .. } => with(job, &|job| {
                if *attempt == job.attempts && matches!(job.state, JobState::ResultSubmitted | JobState::Verifying) {
                    return refused("mkt.already_claimed");
                }
                on_attempt(job, *attempt, who, now, JobState::Running)
            }),
            Market::Seal { job } => with(job, &|job| self.expect_seal(job, now)),
            Market::Draw { job } => with(job, &|job| self.expect_draw(job, now)),
            Market::Tally { job } => with(job, &|job| expect_tally(job, now)),
            Market::CommitVote {
                job,
                attempt,
                rung,
                seat,
                sealed,
            } => with(job, &|job| {
                self.expect_commit(job, who, (*attempt, *rung, *seat), sealed.len(), now)
            }),
            Market::RevealVote {
                job: id,
                attempt,
                rung,
                seat,
                ..
            } => with(
                id,
                &|job| match expect_seat(job, who, (*attempt, *rung, *seat), &[PanelPhase::Reveal], now) {
                    Ok(seat) if seat.vote.is_some() => refused("mkt.already_claimed"),
                    Ok(_) if self.opens(id.u64(), msg) == Some(true) => Done,
                    Ok(_) => refused("mkt.invalid_vote"),
                    Err(refusal) => refusal,
                },
            ),
            Market::Accept { job } => with(job, &|job| by_buyer(job, who, &[JobState::ResultSubmitted])),
            Market::Cancel { job } => with(job, &|job| by_buyer(job, who, &[JobState::Queued, JobState::Assigned])),
            Market::Dispute { job, .. } => with(job, &|job| self.expect_dispute(job, who, now)),
            Market::Resolve { job, provider_bps } => with(job, &|job| {
                if *who != job.terms.arbiter {
                    refused("mkt.not_arbiter")
                } else if job.state != JobState::Disputed {
                    refused("mkt.job_not_open")
                } else if now > job.deadline {
                    refused("mkt.too_late")
                } else if *provider_bps > 10_000 {
                    refused("mkt.invalid_split")
                } else {
                    Done
                }
            }),
            Market::Timeout { job } => with(job, &|job| {
                if is_over(job.state) {
                    refused("mkt.job_final")
                } else if now <= job.deadline {
                    refused("mkt.too_early")
                } else {
                    Done
                }
            }),
            Market::UpdateParams { .. } | Market::UpdateIndex { .. } if dao => Either,
            Market::UpdateParams { .. } | Market::UpdateIndex { .. } => refused("kit.unauthorized"),
            Market::Admin(msg) => self.expect_admin(call, msg),
        }
    }

    fn expect_dispute(&self, job: &Job, who: &Addr, now: u64) -> Expect {
        if job.state != JobState::ResultSubmitted {
            return refused("mkt.job_not_open");
        }
        if *who != job.buyer && !job.provides(who) {
            return refused("mkt.not_party");
        }
        if now > job.deadline {
            return refused("mkt.too_late");
        }
        let quote = job.attempt.as_ref().map_or(0, |attempt| attempt.quote);
        if self.purse(who, &job.denom).sum() < quote * u128::from(job.terms.dispute_bps) / 10_000 {
            return refused("esc.insufficient_balance");
        }
        Done
    }

    fn expect_post(&self, call: &Call, spec: &JobSpec, now: u64) -> Expect {
        if self.is_paused("marketplace", now) {
            return if call.funds.is_empty() {
                refused("kit.paused")
            } else {
                ANY
            };
        }
        let wish = &spec.requirements;
        let denom = denom_key(&wish.denom);
        let judged = spec.verification == Verification::Committee {};
        let committee = &self.rules.committee;
        let floor = self.denoms.get(&denom).map_or(0, |rules| rules.rep_min_quote.u128());
        let least = 3
            * (wish
                .budget
                .u128()
                .max(floor)
                .saturating_mul(u128::from(committee.verify_bps))
                / 10_000);
        let judgeable = spec.steps >= 16
            && wish.max_secs <= committee.max_secs
            && spec.verification_budget.u128() >= least
            && (spec.runtime.starts_with("wasm/1@") || spec.runtime.starts_with("wgsl/1@"));
        let sound = spec.steps > 0
            && !spec.runtime.is_empty()
            && !wish.budget.is_zero()
            && if judged {
                judgeable
            } else {
                spec.verification_budget.is_zero()
            }
            && (1..=self.rules.max_job_secs).contains(&wish.max_secs)
            && spec.estimated_secs <= wish.max_secs
            && [&spec.bundle, &spec.input]
                .iter()
                .all(|object| object.sha256.len() == 32 && !object.url.is_empty())
            && (now + 1..=now + self.rules.max_queue_secs).contains(&spec.deadline_at)
            && self.denoms.contains_key(&denom);
        let attached = match call.funds.as_slice() {
            [] => 0,
            [coin]
                if format!("n{}", coin.denom) == denom && coin.amount.u128() <= self.wallet(&denom, &call.sender) =>
            {
                coin.amount.u128()
            }
            _ => return ANY,
        };
        let brought = (wish.budget + spec.verification_budget + spec.crank_deposit).u128();
        if !sound || self.is_contract(call.sender.as_str()) {
            ANY
        } else if judged && self.eligible() < committee.min_validators as usize {
            refused("mkt.too_few_validators")
        } else if call.sender.as_str() == self.rules.arbiter {
            ANY
        } else if attached > 0 && self.is_paused("escrow", now) {
            refused("kit.paused")
        } else if attached > 0 && !self.listed.contains(&denom) {
            refused("esc.denom_not_listed")
        } else if self.purse(&call.sender, &denom).sum() + attached < brought {
            refused("esc.insufficient_balance")
        } else {
            Done
        }
    }
}

fn on_attempt(job: &Job, attempt: u32, who: &Addr, now: u64, state: JobState) -> Expect {
    if attempt != job.attempts {
        refused("mkt.stale_attempt")
    } else if job.state != state {
        refused("mkt.job_not_open")
    } else if !job.provides(who) {
        refused("mkt.not_party")
    } else if now > job.deadline {
        refused("mkt.too_late")
    } else {
        Done
    }
}

fn by_buyer(job: &Job, who: &Addr, states: &[JobState]) -> Expect {
    if *who != job.buyer {
        refused("mkt.not_buyer")
    } else if states.contains(&job.state) {
        Done
    } else {
        refused("mkt.job_not_open")
    }
}

/// What the phase of a committee says to a message that needs one.
fn in_phase(job: &Job, phases: &[PanelPhase], now: u64) -> Result<(), Expect> {
    let panel = job.panel.as_ref().ok_or(refused("mkt.no_panel"))?;
    if !phases.contains(&panel.phase) {
        Err(refused("mkt.wrong_phase"))
    } else if now > job.deadline {
        Err(refused("mkt.too_late"))
    } else {
        Ok(())
    }
}

fn expect_tally(job: &Job, now: u64) -> Expect {
    let Some(panel) = &job.panel else {
        return refused("mkt.no_panel");
    };
    let (sealed, revealed) = panel.votes();
    if panel.phase != PanelPhase::Reveal {
        refused("mkt.wrong_phase")
    } else if now > panel.judge_by {
        refused("mkt.too_late")
    } else if revealed < sealed && now <= panel.until {
        refused("mkt.too_early")
    } else {
        Done
    }
}

/// The seat that a message speaks for, if it may speak now.
fn expect_seat<'a>(
    job: &'a Job,
    who: &Addr,
    (attempt, rung, seat): (u32, u8, u8),
    phases: &[PanelPhase],
    now: u64,
) -> Result<&'a Seat, Expect> {
    if attempt != job.attempts {
        return Err(refused("mkt.stale_attempt"));
    }
    let panel = job.panel.as_ref().ok_or(refused("mkt.no_panel"))?;
    if usize::from(rung) != panel.rung {
        return Err(refused("mkt.stale_attempt"));
    }
    in_phase(job, phases, now)?;
    let seat = panel.present().get(usize::from(seat));
    let seat = seat.filter(|seat| seat.owner == *who || seat.operator == *who);
    seat.ok_or(refused("mkt.not_seated"))
}

impl Model {
    fn expect_seal(&self, job: &Job, now: u64) -> Expect {
        match (in_phase(job, &[PanelPhase::Sealing], now), &job.panel) {
            (Err(refusal), _) => refusal,
            (_, Some(panel)) if self.height < panel.seal_from => refused("mkt.too_early"),
            _ if self.at_edge(job, now) => refused("mkt.too_early"),
            _ => Done,
        }
    }

    fn expect_draw(&self, job: &Job, now: u64) -> Expect {
        match (in_phase(job, &[PanelPhase::AwaitBeacon], now), &job.panel) {
            (Err(refusal), _) => refusal,
            (_, Some(panel)) if !self.beacon.posted.contains(&panel.seal.0) => refused("mkt.no_round"),
            _ => Done,
        }
    }

    fn expect_commit(&self, job: &Job, who: &Addr, place: (u32, u8, u8), bytes: usize, now: u64) -> Expect {
        let phases = [PanelPhase::Commit, PanelPhase::Standby];
        let seat = match expect_seat(job, who, place, &phases, now) {
            Ok(seat) => seat,
            Err(refusal) => return refusal,
        };
        let phase = job.panel.as_ref().map(|panel| panel.phase);
        let bonded = self.stakes.get(&seat.owner).map_or(0, |stake| stake.bonded);
        if seat.sealed.is_some() {
            refused("mkt.already_claimed")
        } else if seat.standby != (phase == Some(PanelPhase::Standby)) {
            refused("mkt.wrong_phase")
        } else if bytes != 32 || 2 * bonded < self.stake_rules.min_validator_stake.u128() {
            refused("mkt.invalid_vote")
        } else {
            Done
        }
    }
}
