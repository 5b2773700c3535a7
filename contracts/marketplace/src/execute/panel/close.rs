//! The end of a committee: what becomes of its seats, of the provider and of the job.

use cosmwasm_std::{Addr, Uint128};
use joule_types::{
    escrow::{self, Award},
    marketplace::{PanelClosed, PanelPhase, PanelRuling, SeatVerdict},
    registry::Outcome,
    staking::{self, Incident, IncidentKind, Penalty, Repay},
};
use joule_work::{
    committee::{least_budget, pay, Vote, RUNGS, UNFETCHABLE, WITHHELD},
    job::{dispute_silence, FailReason, JobAction, Retry},
    BPS,
};

use super::Court;
use crate::{
    domain::panel::{seat_number, Owed, Seat},
    error::Res,
    execute::{
        attempt::{again, fail, leave},
        dispute::{pay_share, Share},
        result::complete,
        timeout::{repay_buyer, slash_late},
    },
    nodes,
    state::{seat_key, AttemptRecord, OPEN_SEATS, RESULTS, SEATS, SPENT},
};

/// What the seats of a committee come to.
#[derive(Default)]
struct Sentence {
    /// Owners of the majority votes.
    voters: Vec<Addr>,
    penalties: Vec<Penalty>,
    wrong: u32,
    no_shows: u32,
}

/// Whether as many committed as decide on the rung: then the job could be run and a vote be sent. Where even fewer did,
/// absence is held against nobody, since a party can bring it about.
fn has_quorum(rung: u8, seats: &[Seat]) -> bool {
    let committed = seats.iter().filter(|seat| seat.sealed.is_some()).count();
    let needed = RUNGS.get(usize::from(rung)).map(|rung| usize::from(rung.agree));
    needed.is_some_and(|needed| committed >= needed)
}

impl Court<'_> {
    /// The result is right: the voters and the provider are paid.
    pub(super) fn uphold(&mut self, delivered: &Vote) -> Res<()> {
        self.close(PanelRuling::Upheld, Some(delivered))?;
        let now = self.now();
        complete(&mut self.deps, &mut self.job, JobAction::Uphold, now, &mut self.out)
    }

    /// The result is wrong, or was not served: the provider is slashed, and the job goes on elsewhere as long as another
    /// jury can be paid.
    pub(super) fn overturn(&mut self, found: &Vote) -> Res<()> {
        let tried = self.job.attempt(self.deps.storage, JobAction::Overturn(Retry::Again))?;
        let voters = self.close(PanelRuling::Overturned, Some(found))?;
        let outcome = if self.only_withheld(found)? {
            slash_late(self.control, &self.job, &tried, &mut self.out)?;
            Outcome::Failure {}
        } else {
            self.slash(&tried, &voters)?;
            Outcome::Fraud {}
        };
        self.part(&tried, outcome)?;
        RESULTS.remove(self.deps.storage, self.job.id.u64());

        let budget = self.paid_by(self.job.posted.spec.requirements.budget);
        if self.budget_left()? < least_budget(budget, self.terms()?.verify_bps)? {
            let action = JobAction::Overturn(Retry::Exhausted);
            return fail(
                &mut self.deps,
                &mut self.job,
                action,
                FailReason::BudgetSpent,
                &mut self.out,
            );
        }
        again(
            &mut self.deps,
            self.env,
            self.control,
            &mut self.job,
            JobAction::Overturn,
            "overturned",
            &mut self.out,
        )
    }

    /// There was nothing to judge: the voters are paid, and both sides share the loss as when an arbiter is silent.
    pub(super) fn divide(&mut self) -> Res<()> {
        let tried = self.job.attempt(self.deps.storage, JobAction::Divide)?;
        self.close(PanelRuling::Unjudged, Some(&UNFETCHABLE))?;
        let (fee_bps, now) = (self.job.posted.terms.dispute_bps, self.now());
        let share = Share {
            gross: dispute_silence(tried.quote.u128(), fee_bps)?.provider,
            to_arbiter: 0,
            arbiter_fee: 0,
            provider_bps: BPS / 2,
            by_silence: true,
            outcome: Outcome::Neutral {},
        };
        self.job.advance(JobAction::Divide, 0)?;
        pay_share(&mut self.deps, &self.job, &tried, share, now, &mut self.out)
    }

    /// Whether the provider computed what the committee found and only did not serve it: late, but no fraud.
    fn only_withheld(&self, found: &Vote) -> Res<bool> {
        Ok(found.result_root == WITHHELD && found.trace_root == self.delivered()?.trace_root)
    }

    /// What the pay of validators is a part of: however little a job costs, a jury is never free.
    fn paid_by(&self, quote: Uint128) -> u128 {
        quote.max(self.job.posted.terms.rep_min_quote).u128()
    }

    /// No ruling: the buyer is refunded and the provider not at fault.
    pub(super) fn abandon(&mut self, reason: FailReason) -> Res<()> {
        let tried = self.job.attempt(self.deps.storage, JobAction::Abandon)?;
        self.close(PanelRuling::Abandoned, None)?;
        self.part(&tried, Outcome::Neutral {})?;
        fail(&mut self.deps, &mut self.job, JobAction::Abandon, reason, &mut self.out)
    }

    /// Gives every seat its verdict, pays the majority from the verification budget and slashes who was wrong or absent.
    /// Returns the owners of the majority votes.
    fn close(&mut self, ruling: PanelRuling, ruled: Option<&Vote>) -> Res<Vec<Addr>> {
        let sentence = self.judge(ruled)?;
        let each = self.pay_voters(&sentence.voters)?;
        if !sentence.penalties.is_empty() {
            let staking = &self.control.peers.staking;
            self.out.send(staking::handle::penalize(staking, sentence.penalties)?);
        }
        self.panel.phase = PanelPhase::Closed;
        self.panel.phase_until = self.now();
        self.panel.ruling = Some(ruling);
        let name = match ruling {
            PanelRuling::Upheld => "upheld",
            PanelRuling::Overturned => "overturned",
            PanelRuling::Unjudged => "unjudged",
            PanelRuling::Abandoned => "abandoned",
        };
        self.out.say(PanelClosed {
            job: self.job.id,
            attempt: self.attempt,
            rung: self.panel.rung,
            ruling: name.into(),
            paid: u32::try_from(sentence.voters.len()).unwrap_or(u32::MAX),
            each,
            wrong: sentence.wrong,
            no_shows: sentence.no_shows,
        });
        Ok(sentence.voters)
    }

    fn judge(&mut self, ruled: Option<&Vote>) -> Res<Sentence> {
        let (id, attempt, present) = (self.job.id, self.attempt, self.panel.rung);
        let terms = self.terms()?;
        let (wrong_bps, no_show_bps) = (terms.wrong_vote_bps, terms.no_show_bps);
        let mut sentence = Sentence::default();
        for rung in 0..=present {
            let owed = if rung < present {
                Owed::ALL
            } else {
                self.panel.owed(self.now())
            };
            let seats = self.seats(rung)?;
            let quorum = has_quorum(rung, &seats);
            for (number, mut seat) in (0u8..).zip(seats) {
                if rung == present {
                    OPEN_SEATS.remove(self.deps.storage, (&seat.owner, id.u64()));
                }
                let verdict = seat.judge(ruled, owed, quorum);
                seat.verdict = Some(verdict);
                SEATS.save(self.deps.storage, &seat_key(id, attempt, rung, number), &seat);
                let (kind, fraction_bps, count) = match verdict {
                    SeatVerdict::Paid => {
                        sentence.voters.push(seat.owner);
                        continue;
                    }
                    SeatVerdict::Excused => continue,
                    SeatVerdict::Wrong => (IncidentKind::WrongVote, wrong_bps, &mut sentence.wrong),
                    SeatVerdict::NoShow => (IncidentKind::NoShow, no_show_bps, &mut sentence.no_shows),
                };
                *count = count.saturating_add(1);
                if fraction_bps > 0 {
                    let incident = Incident {
                        kind,
                        id: id.u64(),
                        attempt: seat_number(attempt, rung, number),
                    };
                    sentence.penalties.push(Penalty {
                        incident,
                        pool: seat.owner.into(),
                        fraction_bps,
                    });
                }
            }
        }
        Ok(sentence)
    }

    /// Pays each majority vote alike, at most what is left of the budget. Returns what each gets.
    fn pay_voters(&mut self, voters: &[Addr]) -> Res<Uint128> {
        let quote = self.paid_by(self.job.attempt(self.deps.storage, JobAction::Uphold)?.quote);
        let count = u32::try_from(voters.len()).unwrap_or(u32::MAX);
        let each = pay(quote, self.terms()?.verify_bps, count, self.budget_left()?)?;
        if each == 0 {
            return Ok(Uint128::zero());
        }
        let id = self.job.id.u64();
        let spent = SPENT.may_load(self.deps.storage, id)?.unwrap_or_default();
        let sum = Uint128::from(each.saturating_mul(count.into()));
        SPENT.save(self.deps.storage, id, &spent.saturating_add(sum))?;
        let awards = voters.iter().map(|to| Award {
            to: to.to_string(),
            amount: each.into(),
        });
        let escrow = &self.control.peers.escrow;
        self.out
            .send(escrow::handle::pay(escrow, self.job.hold()?, awards.collect())?);
        Ok(each.into())
    }

    fn budget_left(&self) -> Res<u128> {
        let spent = SPENT
            .may_load(self.deps.storage, self.job.id.u64())?
            .unwrap_or_default();
        let budget = self.job.posted.spec.verification_budget;
        Ok(budget.saturating_sub(spent).u128())
    }

    /// Slashes the provider: the buyer is repaid first, then each voter gets the premium, the rest burns.
    fn slash(&mut self, tried: &AttemptRecord, voters: &[Addr]) -> Res<()> {
        let terms = self.terms()?;
        let (bps, premium) = (terms.wrong_result_bps, terms.premium);
        if bps == 0 {
            return Ok(());
        }
        let mut repay = repay_buyer(&self.job, tried);
        if !premium.is_zero() {
            repay.extend(voters.iter().map(|voter| Repay {
                to: voter.to_string(),
                up_to: premium,
            }));
        }
        let incident = Incident {
            kind: IncidentKind::WrongResult,
            id: self.job.id.u64(),
            attempt: self.attempt.into(),
        };
        let staking = &self.control.peers.staking;
        self.out
            .send(staking::handle::slash(staking, incident, &tried.owner, bps, repay)?);
        Ok(())
    }

    /// Takes the attempt off its provider; the node was free since the delivery.
    fn part(&mut self, tried: &AttemptRecord, outcome: Outcome) -> Res<()> {
        let load = nodes::load(self.deps.storage, tried.node.u64())?.load;
        leave(
            &mut self.deps,
            &mut self.job,
            tried,
            load.into(),
            outcome,
            &mut self.out,
        )
    }
}
