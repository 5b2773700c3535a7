//! What had to happen in the demo.
use joule_types::marketplace::{AttemptTimedOut, JobAssigned, JobPosted, JobResponse};
use joule_types::{staking, JobId, ParamsUpdated};
use joule_work::job::JobState;

use super::{due_and_fee, Expected, JobEnd, Posted, Summary};
use crate::chain::contracts::events;
use crate::demo::acts::{ABSENT_JOB, FORGED_JOB, FORGER, LIAR, LIED_JOB, PROVIDERS, SILENT, SILENT_JOB, TRUANT};
use crate::demo::money::Money;
use crate::demo::panels::PanelEnd;
use crate::demo::stage::Stage;
use crate::error::Result;

/// Base units of a whole JOULE.
const WHOLE: u128 = 1_000_000;

/// Everything that there is to look at.
struct Look<'a> {
    stage: &'a Stage,
    jobs: &'a [(Posted, JobResponse)],
    summary: &'a Summary,
}

/// All expectations.
pub async fn expected(
    stage: &Stage,
    jobs: &[(Posted, JobResponse)],
    summary: &Summary,
    money: &Money,
    proven: &[u64],
) -> Result<Vec<Expected>> {
    let look = Look { stage, jobs, summary };
    let mut left = 0u128;
    for actor in &stage.ground.actors {
        for balance in stage.ground.market.escrow.balances(&actor.address).await? {
            left += balance.total().u128();
        }
    }
    // On a busy machine shares next to each other may come out alike.
    let ordered = matches!(proven, [most, .., least] if most > least && *least > 0);
    let mut all = vec![expect(
        "the largest processor share proved more power than the smallest",
        ordered,
    )];
    all.extend(look.market());
    all.extend(look.committees());
    all.push(expect("everybody has withdrawn", left == 0));
    all.push(expect("no unit of money is missing", money.conserved()));
    Ok(all)
}

fn expect(what: impl Into<String>, met: bool) -> Expected {
    Expected { what: what.into(), met }
}

impl Look<'_> {
    /// Providers, buyers, deadlines, disputes and fees.
    fn market(&self) -> Vec<Expected> {
        let dispute = self.job("marbles");
        let split = dispute
            .and_then(|job| job.settlement.as_ref())
            .and_then(|end| end.provider_bps);
        let old = ["codes", "ledger", "fractal", "census", "picture", "factors", "marbles"];
        let timed_out: Option<AttemptTimedOut> = self
            .first(self.stage.ground.market.marketplace.address(), |e: &AttemptTimedOut| {
                e.job == SILENT_JOB
            });
        vec![
            expect(
                "the picture over examples/raytrace is accepted by its buyer and paid",
                self.ended("picture", JobState::Completed),
            ),
            expect(
                "the silent provider's attempt timed out and 5 % of its stake was slashed",
                {
                    timed_out.is_some_and(|e| e.started)
                        && self.began(SILENT_JOB) == self.provider(SILENT)
                        && self.slashed(SILENT, "timeout", SILENT_JOB, 5)
                },
            ),
            expect("another provider finished that job", {
                self.ended("codes", JobState::Completed)
                    && self.again("codes")
                    && self.finished("codes") != self.provider(SILENT)
            }),
            expect("the disputed job was split by the arbiter", {
                self.ended("marbles", JobState::Resolved) && split == Some(6_000)
            }),
            expect(
                "jobs posted before the vote paid 8 %, also those that ended after it",
                // On a slow machine the keeper carries the vote out before the last of them is posted.
                old.iter()
                    .all(|title| self.paid_fee(title, if self.after_the_vote(title) { 700 } else { 800 })),
            ),
            expect("the next job paid 7 %", {
                self.ended("late", JobState::Completed) && self.paid_fee("late", 700)
            }),
        ]
    }

    /// Juries.
    fn committees(&self) -> Vec<Expected> {
        let upheld = |panel: &PanelEnd| unanimous(panel, "upheld", "accept");
        let forged = self.panels(FORGED_JOB);
        let lied = self.panels(LIED_JOB).first();
        let absent = self.panels(ABSENT_JOB).first();
        let factors = self.job("factors").map(|job| self.panels(job.job)).unwrap_or_default();
        let stake = |name: &str| {
            let known = self.summary.validators.iter().find(|validator| validator.name == name);
            known.map_or(0, |validator| validator.stake)
        };
        let lie = lied.and_then(|panel| panel.with("wrong").next());
        let truant = absent.and_then(|panel| panel.with("no_show").next());
        let panels = || self.summary.jobs.iter().flat_map(|job| &job.panels);
        vec![
            expect("three strangers upheld the factors over examples/factor, 3 to 0", {
                self.ended("factors", JobState::Completed) && factors.first().is_some_and(upheld)
            }),
            expect(
                "a wrong result was overturned 3 to 0 and cost its provider 30 % of its stake",
                {
                    forged
                        .first()
                        .is_some_and(|panel| unanimous(panel, "overturned", "other"))
                        && self.began(FORGED_JOB) == self.provider(FORGER)
                        && self.slashed(FORGER, "wrong_result", FORGED_JOB, 30)
                },
            ),
            expect(
                "its buyer was repaid from that, and another provider's result was upheld 3 to 0",
                {
                    self.repaid(FORGED_JOB)
                        && self.ended("ledger", JobState::Completed)
                        && self.again("ledger")
                        && self.finished("ledger") != self.provider(FORGER)
                        && forged.last().is_some_and(upheld)
                },
            ),
            expect(
                format!("{LIAR} lied about the WGSL job on the first jury, and seven fresh seats overruled it"),
                self.ended("fractal", JobState::Completed)
                    && lied.is_some_and(|panel| {
                        let second = panel
                            .seats
                            .iter()
                            .filter(|seat| seat.rung == 1 && seat.vote == Some("accept"));
                        panel.rung == 1 && panel.ruling.as_deref() == Some("upheld") && second.count() >= 5
                    })
                    && lie.is_some_and(|seat| {
                        (seat.validator.as_str(), seat.rung, seat.vote) == (LIAR, 0, Some("other"))
                            && seat.slashed >= stake(LIAR) * 9 / 100
                    }),
            ),
            expect(
                format!("{TRUANT} never voted, lost 1 % of its stake, and a standby took its seat"),
                self.ended("census", JobState::Completed)
                    && absent.is_some_and(|panel| {
                        panel.ruling.as_deref() == Some("upheld")
                            && panel.with("paid").count() == 3
                            && panel.with("paid").any(|seat| seat.standby)
                    })
                    && truant.is_some_and(|seat| {
                        seat.validator == TRUANT && seat.slashed > 0 && seat.slashed <= stake(TRUANT).div_ceil(100)
                    }),
            ),
            expect(
                "every vote that the ruling agrees with was paid, nobody else; no honest validator lost stake",
                {
                    panels().flat_map(|panel| &panel.seats).all(|seat| {
                        let paid = seat.verdict.as_deref() == Some("paid");
                        let honest = seat.validator != LIAR && seat.validator != TRUANT;
                        (seat.paid > 0) == paid && !(honest && seat.slashed > 0)
                    })
                },
            ),
        ]
    }

    fn job(&self, title: &str) -> Option<&JobResponse> {
        let found = self.jobs.iter().find(|(posted, _)| posted.work.title == title);
        found.map(|(_, job)| job)
    }

    fn ended(&self, title: &str, state: JobState) -> bool {
        self.job(title).is_some_and(|job| job.state == state)
    }

    fn again(&self, title: &str) -> bool {
        self.job(title).is_some_and(|job| job.attempts > 1)
    }

    /// Whether a job paid this fee, which is rounded up to the unit.
    fn paid_fee(&self, title: &str, bps: u128) -> bool {
        let settled = self.job(title).and_then(|job| due_and_fee(self.stage, job));
        settled.is_some_and(|(due, fee)| due > 0 && fee == (due * bps).div_ceil(10_000))
    }

    /// Whether a job was posted when the vote had taken effect.
    fn after_the_vote(&self, title: &str) -> bool {
        let market = self.stage.ground.market.marketplace.address();
        let events = &self.stage.watch.events;
        let changed = events.iter().position(|event| {
            events::of::<ParamsUpdated>(market, std::slice::from_ref(event))
                .next()
                .is_some()
        });
        let after = changed.and_then(|at| events.get(at..)).unwrap_or_default();
        let job = self.job(title).map(|job| job.job);
        events::of::<JobPosted>(market, after).any(|e| Some(e.job) == job)
    }

    fn panels(&self, job: JobId) -> &[PanelEnd] {
        let found: Option<&JobEnd> = self.summary.jobs.iter().find(|end| end.id == job.u64());
        found.map_or(&[], |end| &end.panels)
    }

    /// Id of a provider by its place in the cast.
    fn provider(&self, at: usize) -> Option<u64> {
        self.summary.providers.get(at).map(|provider| provider.id)
    }

    /// Who had the first attempt at a job.
    fn began(&self, job: JobId) -> Option<u64> {
        let market = self.stage.ground.market.marketplace.address();
        let first = self.first(market, |e: &JobAssigned| e.job == job && e.attempt == 1);
        first.map(|e| e.provider.u64())
    }

    /// Who had the last attempt at a job.
    fn finished(&self, title: &str) -> Option<u64> {
        let last = self.job(title).and_then(|job| job.attempt.as_ref());
        last.map(|attempt| attempt.provider.u64())
    }

    /// Whether a provider lost so many percent of its stake for an attempt. Up to a fifth of the first stake may be gone by
    /// then: on a busy machine deadlines are missed.
    fn slashed(&self, at: usize, kind: &str, job: JobId, percent: u128) -> bool {
        let (Some(provider), Some(e)) = (PROVIDERS.get(at), self.slash(kind, job)) else {
            return false;
        };
        let whole: u128 = provider.stake.trim_end_matches("joule").parse().unwrap_or(0);
        let most = whole * WHOLE * percent / 100;
        let its = self
            .stage
            .actor(provider.owner)
            .is_ok_and(|actor| actor.address == e.pool.as_str());
        let taken = e.slashed.u128();
        its && e.repaid + e.burned == e.slashed && taken <= most && taken >= most * 4 / 5
    }

    /// The buyer of a job was the first to be repaid from the slash for it.
    fn repaid(&self, job: JobId) -> bool {
        let buyer = self
            .jobs
            .iter()
            .find(|(posted, _)| posted.id == job)
            .map(|(_, job)| &job.buyer);
        let slash = self.slash("wrong_result", job);
        slash.is_some_and(|e| !e.repaid.is_zero() && e.repaid_to.as_ref() == buyer)
    }

    fn slash(&self, kind: &str, job: JobId) -> Option<staking::Slashed> {
        let staking = self.stage.ground.market.staking.address();
        self.first(staking, |e: &staking::Slashed| {
            e.kind == kind && e.id == job.u64() && !e.slashed.is_zero()
        })
    }

    /// The first event of a contract that fits.
    fn first<E>(&self, contract: &str, fits: impl Fn(&E) -> bool) -> Option<E>
    where
        E: for<'e> TryFrom<&'e cosmwasm_std::Event>,
    {
        events::of::<E>(contract, &self.stage.watch.events).find(fits)
    }
}

/// Three votes alike on the first jury, all of them paid.
fn unanimous(panel: &PanelEnd, ruling: &str, vote: &str) -> bool {
    let paid: Vec<_> = panel.with("paid").collect();
    panel.ruling.as_deref() == Some(ruling)
        && panel.rung == 0
        && paid.len() == 3
        && paid.iter().all(|seat| seat.vote == Some(vote))
}
