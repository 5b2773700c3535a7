//! Jobs: states, deadlines, and whose the money is in the end.

use cosmwasm_std::{Addr, Event};
use joule_types::{
    denom_key,
    marketplace::{ExecuteMsg, JobAssigned, JobPosted, JobSpec, JobTerms},
    work::{fees::FeeTerms, job::JobState},
};

use super::{edges::times, Call, Hold, Model, Panel, Party};
use crate::{audit::events_of, observe::DenomKey};

/// A provider's try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Provider.
    pub provider: u64,
    /// Owner, whose stake is behind it.
    pub owner: Addr,
    /// Operator.
    pub operator: Addr,
    /// Where earnings go.
    pub payout: Addr,
    /// Who shares in the fee.
    pub referrer: Option<Addr>,
    /// What it costs.
    pub quote: u128,
    /// What a slash repays at most, micro-JOULE.
    pub repay: u128,
}

/// A job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Who pays.
    pub buyer: Addr,
    /// In what.
    pub denom: DenomKey,
    /// What it asks for.
    pub spec: JobSpec,
    /// Terms of the day.
    pub terms: JobTerms,
    /// State.
    pub state: JobState,
    /// Last second of the state; 0 when it is over.
    pub deadline: u64,
    /// Attempts so far.
    pub attempts: u32,
    /// Providers that are not asked again.
    pub excluded: Vec<u64>,
    /// The running or last attempt.
    pub attempt: Option<Attempt>,
    /// Attempts that were handed back.
    pub declines: u32,
    /// The committee that judges the present attempt.
    pub panel: Option<Panel>,
    /// What validators were paid.
    pub spent: u128,
    /// By the buyer or not, the bond.
    pub dispute: Option<(bool, u128)>,
}

impl Job {
    /// Owner or operator of the present attempt.
    #[must_use]
    pub fn provides(&self, who: &Addr) -> bool {
        self.attempt
            .as_ref()
            .is_some_and(|attempt| attempt.owner == *who || attempt.operator == *who)
    }
}

impl Model {
    pub(super) fn apply_market(
        &mut self,
        call: &Call,
        msg: &ExecuteMsg,
        events: &[Event],
        now: u64,
    ) -> Result<(), String> {
        match msg {
            ExecuteMsg::CreateOffer { terms } => self.open_offer(call, terms, events, now),
            ExecuteMsg::UpdateOffer { offer, terms } => self.change_offer(offer.u64(), terms),
            ExecuteMsg::CloseOffer { offer } => self.close_offer(offer.u64()),
            ExecuteMsg::Refresh { .. } | ExecuteMsg::Reindex { .. } | ExecuteMsg::UpdateIndex { .. } => Ok(()),
            ExecuteMsg::PostJob { spec, .. } => self.post(call, spec, events, now),
            ExecuteMsg::Assign { job, .. } => {
                let tip = self.job(job.u64())?.terms.tip.u128();
                self.place(job.u64(), events, now)?;
                if self.job(job.u64())?.state != JobState::Assigned {
                    return Err(format!("job {job} was assigned to nobody"));
                }
                self.tip(job.u64() * 4, &call.sender, tip);
                Ok(())
            }
            ExecuteMsg::Decline { job, .. } => {
                self.job(job.u64())?.declines += 1;
                self.next_attempt(job.u64(), events, now)
            }
            ExecuteMsg::Start { job, .. } => {
                let job = self.job(job.u64())?;
                (job.state, job.deadline) = (JobState::Running, now + job.spec.requirements.max_secs);
                Ok(())
            }
            ExecuteMsg::SubmitResult {
                job: id,
                result_root,
                trace_root,
                ..
            } => {
                let job = self.job(id.u64())?;
                if job.terms.committee.is_some() {
                    job.state = JobState::Verifying;
                    let delivered = (result_root.to_vec(), trace_root.to_vec());
                    return self.open_panel(id.u64(), delivered, events, now);
                }
                (job.state, job.deadline) = (JobState::ResultSubmitted, now + job.terms.accept_secs);
                Ok(())
            }
            ExecuteMsg::Seal { .. }
            | ExecuteMsg::Draw { .. }
            | ExecuteMsg::CommitVote { .. }
            | ExecuteMsg::RevealVote { .. }
            | ExecuteMsg::Tally { .. } => self.apply_panel(call, msg, events, now),
            ExecuteMsg::Accept { job } => self.pay(job.u64()),
            ExecuteMsg::Cancel { job } => self.fail(job.u64()),
            ExecuteMsg::Dispute { job, .. } => self.dispute(call, job.u64(), now),
            ExecuteMsg::Resolve { job, provider_bps } => self.divide(job.u64(), Some(*provider_bps)),
            ExecuteMsg::Timeout { job } => self.timeout(call, job.u64(), events, now),
            ExecuteMsg::UpdateParams { update } => {
                self.change_rules(update);
                Ok(())
            }
            ExecuteMsg::Admin(msg) => self.apply_admin("marketplace", msg, now),
        }
    }

    pub(super) fn job(&mut self, id: u64) -> Result<&mut Job, String> {
        self.jobs.get_mut(&id).ok_or_else(|| format!("there is no job {id}"))
    }

    fn post(&mut self, call: &Call, spec: &JobSpec, events: &[Event], now: u64) -> Result<(), String> {
        let posted = events_of::<JobPosted>(events);
        let id = posted.first().ok_or("a job was posted without an event")?.job.u64();
        if id != self.jobs.len() as u64 + 1 {
            return Err(format!("job {id} follows {}", self.jobs.len()));
        }
        let denom = denom_key(&spec.requirements.denom);
        if let Some(coin) = call.funds.first() {
            self.deposit(&call.sender, &call.sender, &denom, coin.amount.u128())?;
        }
        let terms = self.terms(&denom, spec)?;
        let judged = terms.committee.as_ref();
        let judged = judged.map_or(0, |committee| times(committee, spec.requirements.max_secs).1);
        let attempt = terms.start_secs + spec.requirements.max_secs + judged;
        let last = spec.deadline_at + attempt * u64::from(terms.max_attempts) + terms.accept_secs + terms.arbiter_secs;
        let hold = Hold {
            payer: call.sender.clone(),
            denom: denom.clone(),
            left: (spec.requirements.budget + spec.verification_budget + spec.crank_deposit).u128(),
            tips: spec.crank_deposit.u128(),
            fees: terms.fees,
            reclaim_at: last + 30 * 24 * 3_600,
        };
        self.hold(id * 4, hold)?;
        let job = Job {
            buyer: call.sender.clone(),
            denom,
            spec: spec.clone(),
            terms,
            state: JobState::Submitted,
            deadline: spec.deadline_at,
            attempts: 0,
            excluded: vec![],
            attempt: None,
            declines: 0,
            panel: None,
            spent: 0,
            dispute: None,
        };
        self.jobs.insert(id, job);
        self.place(id, events, now)
    }

    /// Where the contract put a job: with an offer, whose right to it and price are checked here, or in the queue.
    fn place(&mut self, id: u64, events: &[Event], now: u64) -> Result<(), String> {
        let assigned = events_of::<JobAssigned>(events)
            .into_iter()
            .find(|event| event.job.u64() == id);
        let Some(event) = assigned else {
            let job = self.job(id)?;
            (job.state, job.deadline) = (JobState::Queued, job.spec.deadline_at);
            return Ok(());
        };
        let offer = self
            .offers
            .get(&event.offer.u64())
            .cloned()
            .ok_or("assigned to an offer that does not exist")?;
        let party = self
            .parties
            .get(&offer.provider)
            .cloned()
            .ok_or("an offer of no provider")?;
        let rate = self.denoms.get(&offer.denom).and_then(|rules| rules.joule_per_million);
        let is_joule = offer.denom == self.joule;
        let job = self.job(id)?;
        let wish = &job.spec.requirements;
        // DESIGN 11.2.
        let quote = (offer.price * u128::from(wish.max_secs)).div_ceil(3_600);
        let refusals = [
            (!offer.open, "the offer is closed"),
            (offer.denom != job.denom, "the offer is paid in another denomination"),
            (
                wish.max_secs < offer.secs.0 || wish.max_secs > offer.secs.1,
                "the offer is for other lengths",
            ),
            (quote > wish.budget.u128(), "the quote exceeds the budget"),
            (event.quote.u128() != quote, "the quote is wrong"),
            (
                party.is_linked(&job.buyer) || party.is_linked(&job.terms.arbiter),
                "the parties are linked",
            ),
            (
                job.excluded.contains(&offer.provider),
                "the provider failed or declined it before",
            ),
            (now > job.spec.deadline_at, "its time is over"),
            (event.attempt != job.attempts + 1, "the attempt has the wrong number"),
        ];
        if let Some((_, why)) = refusals.iter().find(|(refused, _)| *refused) {
            return Err(format!("job {id} was assigned, but {why}: {event:?}"));
        }
        let repay = match rate {
            _ if is_joule => quote,
            Some(rate) => quote * rate.u128() / 1_000_000,
            None => 0,
        };
        let Party {
            owner,
            operator,
            payout,
            referrer,
        } = party;
        job.attempt = Some(Attempt {
            provider: offer.provider,
            owner,
            operator,
            payout,
            referrer,
            quote,
            repay,
        });
        job.attempts += 1;
        job.panel = None;
        (job.state, job.deadline) = (JobState::Assigned, now + job.terms.start_secs);
        Ok(())
    }

    /// After an attempt that ended without a result.
    pub(super) fn next_attempt(&mut self, id: u64, events: &[Event], now: u64) -> Result<(), String> {
        let job = self.job(id)?;
        job.excluded
            .extend(job.attempt.as_ref().map(|attempt| attempt.provider));
        // Eight that were handed back are free.
        if job.attempts - job.declines.min(8) >= u32::from(job.terms.max_attempts) || now > job.spec.deadline_at {
            return self.fail(id);
        }
        self.place(id, events, now)
    }

    pub(super) fn fail(&mut self, id: u64) -> Result<(), String> {
        let job = self.job(id)?;
        (job.state, job.deadline) = (JobState::Failed, 0);
        self.settle(id * 4, 0, None, None, (&Addr::unchecked(""), 0));
        Ok(())
    }

    pub(super) fn pay(&mut self, id: u64) -> Result<(), String> {
        let job = self.job(id)?;
        (job.state, job.deadline) = (JobState::Completed, 0);
        let attempt = job.attempt.clone().ok_or("a job was paid that nobody did")?;
        let nobody = Addr::unchecked("");
        self.settle(
            id * 4,
            attempt.quote,
            Some(&attempt.payout),
            attempt.referrer.as_ref(),
            (&nobody, 0),
        );
        Ok(())
    }

    fn dispute(&mut self, call: &Call, id: u64, now: u64) -> Result<(), String> {
        let job = self.job(id)?;
        let quote = job.attempt.as_ref().ok_or("a job is disputed that nobody did")?.quote;
        let bond = quote * u128::from(job.terms.dispute_bps) / 10_000;
        (job.state, job.deadline) = (JobState::Disputed, now + job.terms.arbiter_secs);
        job.dispute = Some((job.buyer == call.sender, bond));
        let hold = Hold {
            payer: call.sender.clone(),
            denom: job.denom.clone(),
            left: bond,
            tips: 0,
            fees: FeeTerms::DEFAULT,
            reclaim_at: job.deadline + 30 * 24 * 3_600,
        };
        if bond == 0 {
            return Ok(());
        }
        self.hold(id * 4 + 1, hold)
    }

    /// DESIGN 11.5: who gets less than half owes the fee, on an equal split half of it each, the odd unit the buyer; the opener
    /// pays from the bond, the other side from its part as far as that goes. Silence: half each and no fee.
    fn divide(&mut self, id: u64, decision: Option<u16>) -> Result<(), String> {
        let job = self.job(id)?;
        (job.state, job.deadline) = (JobState::Resolved, 0);
        let attempt = job.attempt.clone().ok_or("a dispute about nothing")?;
        let (by_buyer, bond) = job.dispute.ok_or("a job was divided that nobody disputed")?;
        let arbiter = job.terms.arbiter.clone();
        let bps = decision.unwrap_or(5_000);
        let part = attempt.quote * u128::from(bps) / 10_000;
        let provider_owes = match (decision, bps) {
            (None, _) | (_, 5_001..) => 0,
            (_, 5_000) => bond / 2,
            _ => bond,
        };
        let buyer_owes = if decision.is_none() { 0 } else { bond - provider_owes };
        let (gross, from_hold, from_bond) = if by_buyer {
            let taken = provider_owes.min(part);
            (part - taken, taken, buyer_owes)
        } else {
            (part, buyer_owes.min(attempt.quote - part), provider_owes)
        };
        let payee = (gross > 0).then_some(&attempt.payout);
        self.settle(id * 4, gross, payee, attempt.referrer.as_ref(), (&arbiter, from_hold));
        self.settle(id * 4 + 1, 0, None, None, (&arbiter, from_bond));
        Ok(())
    }

    /// A committee that had nothing to judge: half of the quote each, the odd unit back to the buyer.
    pub(super) fn halve(&mut self, id: u64) -> Result<(), String> {
        let job = self.job(id)?;
        (job.state, job.deadline) = (JobState::Resolved, 0);
        let attempt = job.attempt.clone().ok_or("a job was divided that nobody did")?;
        let (gross, nobody) = (attempt.quote / 2, Addr::unchecked(""));
        let payee = (gross > 0).then_some(&attempt.payout);
        self.settle(id * 4, gross, payee, attempt.referrer.as_ref(), (&nobody, 0));
        Ok(())
    }

    fn timeout(&mut self, call: &Call, id: u64, events: &[Event], now: u64) -> Result<(), String> {
        let job = self.job(id)?;
        let (state, tip) = (job.state, job.terms.tip.u128());
        let slash = job
            .attempt
            .clone()
            .map(|attempt| (attempt, job.terms.timeout_slash_bps, job.buyer.clone()));
        self.tip(id * 4, &call.sender, tip);
        match state {
            JobState::Queued => self.fail(id),
            JobState::Assigned | JobState::Running => {
                let (attempt, bps, buyer) = slash.ok_or("an attempt ran out of time that never was")?;
                self.slash(&attempt.owner, bps, &[(buyer, attempt.repay)], now)?;
                self.next_attempt(id, events, now)
            }
            JobState::ResultSubmitted => self.pay(id),
            JobState::Verifying => self.end_phase(id, events, now),
            JobState::Disputed => self.divide(id, None),
            other => Err(format!("job {id} ran out of time in {other}")),
        }
    }
}
