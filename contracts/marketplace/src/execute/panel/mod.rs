//! Committees: strangers judge a result (DESIGN 7). A file an act; every act works on a [`Court`].
//!
//! The dearest act is the last tally: 37 seats of three rungs (5, 9 and 23 with their standbys), which are read, written
//! with their verdict, and paid or slashed in one message each.

mod close;
mod draw;
mod open;
mod phase;
mod seal;
mod tally;
mod vote;

pub use open::open;
pub use vote::{commit, place, reveal, Ballot};

use cosmwasm_std::{DepsMut, Env, Response};
use joule_kit::Control;
use joule_types::{
    marketplace::{CommitteeTerms, PanelPhase, PanelPhased},
    JobId,
};
use joule_work::committee::{self, Durations, Rung, RUNGS};

use super::Ctx;
use crate::{
    domain::panel::{durations, phase_name, Panel},
    error::Res,
    jobs::Job,
    outbox::Outbox,
    state::{panel_key, PANELS},
    MarketplaceError,
};

/// Blocks between what opens a rung and its seal, so that whoever delivers a result or tallies does not choose the round.
const SEAL_BLOCKS: u64 = 2;

/// A job with the committee of its present attempt.
pub struct Court<'a> {
    deps: DepsMut<'a>,
    env: &'a Env,
    control: &'a Control,
    job: Job,
    /// The attempt that is judged; the job's own number rises when another one begins.
    attempt: u32,
    panel: Panel,
    out: Outbox<'a>,
}

/// Carries out an act that anyone may send, for a tip.
///
/// # Errors
/// Those of the act, [`MarketplaceError::JobNotFound`], [`MarketplaceError::NoPanel`].
pub fn crank(ctx: Ctx, id: JobId, act: fn(&mut Court) -> Res<()>, name: &str) -> Res<Response> {
    let Ctx {
        mut deps,
        env,
        info,
        control,
    } = ctx;
    let job = Job::load(deps.storage, id)?;
    let mut out = Outbox::new(&control);
    // First: nothing can be paid from a hold that a later message has closed.
    out.tip(&job, &info.sender)?;

    let mut court = Court::new(deps.branch(), &env, &control, job, out)?;
    act(&mut court)?;
    court.finish(name)
}

/// Ends the present phase, whose time is over.
///
/// # Errors
/// Storage errors.
pub fn timeout(mut deps: DepsMut, env: &Env, control: &Control, job: Job, out: Outbox) -> Res<Response> {
    let mut court = Court::new(deps.branch(), env, control, job, out)?;
    court.end_phase()?;
    court.finish("timeout")
}

impl<'a> Court<'a> {
    fn new(deps: DepsMut<'a>, env: &'a Env, control: &'a Control, job: Job, out: Outbox<'a>) -> Res<Self> {
        let attempt = job.progress.attempts;
        let panel = PANELS
            .load(deps.storage, &panel_key(job.id, attempt))?
            .ok_or(MarketplaceError::NoPanel { job: job.id })?;
        Ok(Self {
            deps,
            env,
            control,
            job,
            attempt,
            panel,
            out,
        })
    }

    /// Stores the committee alone, where the job stays as it was.
    fn save_panel(&mut self) {
        let key = panel_key(self.job.id, self.attempt);
        PANELS.save(self.deps.storage, &key, &self.panel);
    }

    /// Stores job and committee.
    fn finish(mut self, action: &str) -> Res<Response> {
        self.save_panel();
        self.job.save(self.deps.storage)?;
        Ok(self.out.respond(action))
    }

    fn now(&self) -> u64 {
        self.env.block.time.seconds()
    }

    fn terms(&self) -> Res<&CommitteeTerms> {
        let terms = self.job.posted.terms.committee.as_ref();
        terms.ok_or(MarketplaceError::NoPanel { job: self.job.id })
    }

    fn durations(&self) -> Res<Durations> {
        Ok(durations(self.terms()?, self.job.posted.spec.requirements.max_secs))
    }

    fn rung(&self) -> Res<&'static Rung> {
        let rung = RUNGS.get(usize::from(self.panel.rung));
        rung.ok_or(MarketplaceError::NoPanel { job: self.job.id })
    }

    /// What the seeds and seals of the rung are bound to.
    fn bound(&self) -> committee::Panel<'_> {
        committee::Panel {
            chain_id: &self.env.block.chain_id,
            contract: self.env.contract.address.as_str(),
            job: self.job.id.u64(),
            attempt: self.attempt,
            rung: self.panel.rung,
        }
    }

    fn wrong_phase(&self, action: &'static str) -> MarketplaceError {
        MarketplaceError::WrongPhase {
            job: self.job.id,
            phase: phase_name(self.panel.phase),
            action,
        }
    }

    fn expect_phase(&self, phase: PanelPhase, action: &'static str) -> Res<()> {
        if self.panel.phase != phase {
            return Err(self.wrong_phase(action));
        }
        self.job.expect_in_time(self.now(), "this phase of the committee")
    }

    /// Begins a phase; what counts is the earlier of its end and the end of the whole time to judge.
    fn enter(&mut self, phase: PanelPhase, secs: u64) {
        self.panel.phase = phase;
        self.panel.phase_until = self.now().saturating_add(secs);
        self.job.progress.next_deadline_at = self.panel.deadline();
        if matches!(phase, PanelPhase::Commit | PanelPhase::Standby | PanelPhase::Reveal) {
            self.out.say(PanelPhased {
                job: self.job.id,
                attempt: self.attempt,
                rung: self.panel.rung,
                phase: phase_name(phase).into(),
                until: self.panel.phase_until,
            });
        }
    }
}
