//! Committees: what was run, how a validator behaves, and a rung from its seal to its tally.

use cosmwasm_std::{Addr, Binary, HexBinary, Uint128, Uint64};
use cw_multi_test::AppResponse;
use joule_types::{
    marketplace::{
        ExecuteMsg, JobSpec, PanelPhase, PanelResponse, PanelRuling, QueryMsg, SeatResponse, Verification, VoteRoots,
    },
    staking,
    work::{
        committee::{least_budget, Panel, Vote, UNFETCHABLE, WITHHELD},
        digest::{prove, result_root, step_digest, trace_root, Hash},
    },
    JobId,
};

use super::{code, Provider, World};

/// What a machine that ran a job, or says so, has to show: the digests of the steps and the roots over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Digest of each step.
    pub steps: Vec<Hash>,
    /// Both roots.
    pub vote: Vote,
}

impl Run {
    /// The run whose output is `output`, of 16 steps; another output has another trace.
    #[must_use]
    pub fn of(output: &[u8]) -> Self {
        let steps: Vec<Hash> = (0..16).map(|i| step_digest(i, output)).collect();
        let vote = Vote {
            result_root: result_root(output),
            trace_root: trace_root(&steps),
        };
        Self { steps, vote }
    }

    /// The run of the right output.
    #[must_use]
    pub fn right() -> Self {
        Self::of(b"output")
    }

    /// The same run by who could not fetch the output.
    #[must_use]
    pub fn withheld(mut self) -> Self {
        self.vote.result_root = WITHHELD;
        self
    }

    /// What is left to say for who could not fetch program or input: nothing was run.
    #[must_use]
    pub fn unfetchable() -> Self {
        Self {
            steps: vec![],
            vote: UNFETCHABLE,
        }
    }

    fn roots(&self) -> VoteRoots {
        VoteRoots {
            result_root: self.vote.result_root.into(),
            trace_root: self.vote.trace_root.into(),
        }
    }
}

/// What a seat does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// Commits and reveals this.
    Votes(Run),
    /// Commits this and never reveals it.
    Hides(Run),
    /// Nothing.
    Absent,
}

/// The salt of every vote: what keeps a vote secret is no matter of the simulator.
const SALT: Hash = [7; 32];

impl World {
    /// A job for a committee: ten minutes at most for up to 0.1 USDC.
    ///
    /// # Panics
    /// Never: the figures are small.
    #[must_use]
    pub fn judged_spec(&self) -> JobSpec {
        let mut spec = self.job_spec();
        spec.requirements.max_secs = 600;
        spec.requirements.budget = Uint128::new(100_000);
        spec.verification = Verification::Committee {};
        let bps = self.market_params().committee.verify_bps;
        spec.verification_budget = least_budget(100_000, bps).unwrap().into();
        spec
    }

    /// Submits what a run says.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn submit_run(&mut self, provider: &Provider, job: JobId, run: &Run) -> anyhow::Result<AppResponse> {
        let roots = run.roots();
        let msg = ExecuteMsg::SubmitResult {
            job,
            attempt: self.job(job).attempts,
            result_root: roots.result_root,
            trace_root: roots.trace_root,
            output_url: "https://objects.example/out".into(),
            output_size: Uint64::new(6),
        };
        self.market(&provider.operator, &msg)
    }

    /// The committee of the last attempt.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn panel(&self, job: JobId) -> PanelResponse {
        self.panel_of(job, None)
    }

    /// The committee of an attempt; of the last one if none is named.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn panel_of(&self, job: JobId, attempt: Option<u32>) -> PanelResponse {
        let msg = QueryMsg::Panel { job, attempt };
        let found: Option<PanelResponse> = self.ask(&self.peers.marketplace, &msg);
        found.expect("a committee judges the job")
    }

    /// The seats of the present rung.
    #[must_use]
    pub fn seats(&self, job: JobId) -> Vec<SeatResponse> {
        let panel = self.panel(job);
        panel.seats.into_iter().filter(|seat| seat.rung == panel.rung).collect()
    }

    /// Seals the present rung as soon as that is possible.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn seal(&mut self, job: JobId) -> anyhow::Result<AppResponse> {
        let from = self.panel(job).seal_from;
        while self.backend.app.block_info().height < from {
            self.backend.app.update_block(cw_multi_test::next_block);
        }
        let set = self.validator_set();
        let keeper = self.account("keeper");
        let sealed = self.market(&keeper, &ExecuteMsg::Seal { job });
        if !sealed.as_ref().is_err_and(|refusal| code(refusal) == "mkt.too_early") {
            return sealed;
        }
        // The epoch is about to end.
        self.pass_to((set.epoch + 1) * set.epoch_secs);
        self.market(&keeper, &ExecuteMsg::Seal { job })
    }

    /// Posts the sealed round once it is due and draws by it.
    ///
    /// # Errors
    /// What the marketplace answered.
    ///
    /// # Panics
    /// If nothing is sealed.
    pub fn draw(&mut self, job: JobId) -> anyhow::Result<AppResponse> {
        let round = self.panel(job).round.expect("a round is sealed");
        self.pass_to_round(round);
        self.post_round(round)?;
        let keeper = self.account("keeper");
        self.market(&keeper, &ExecuteMsg::Draw { job })
    }

    /// Seals and draws until seats are drawn, which takes twice when an epoch ends in between, or until the job is over.
    ///
    /// # Panics
    /// If a step is refused.
    pub fn seat(&mut self, job: JobId) -> Vec<SeatResponse> {
        for _ in 0..3 {
            self.seal(job).unwrap();
            self.draw(job).unwrap();
            if self.job(job).state.is_final() {
                return vec![];
            }
            if self.panel(job).phase == PanelPhase::Commit {
                return self.seats(job);
            }
        }
        panic!("no seats after three draws: {:?}", self.panel(job));
    }

    /// The message that seals a vote.
    #[must_use]
    pub fn commit_msg(&self, job: JobId, seat: &SeatResponse, run: &Run) -> ExecuteMsg {
        let (attempt, chain) = (self.panel(job).attempt, self.chain_id());
        ExecuteMsg::CommitVote {
            job,
            attempt,
            rung: seat.rung,
            seat: seat.seat,
            sealed: self
                .panel_id(&chain, job, attempt, seat.rung)
                .seal(seat.owner.as_str(), &run.vote, &SALT)
                .into(),
        }
    }

    /// The message that reveals a vote.
    ///
    /// # Panics
    /// If the rung has not been drawn.
    #[must_use]
    pub fn reveal_msg(&self, job: JobId, seat: &SeatResponse, run: &Run) -> ExecuteMsg {
        let (panel, chain) = (self.panel(job), self.chain_id());
        let randomness = panel.randomness.expect("the rung was drawn");
        let randomness: Hash = randomness.as_slice().try_into().expect("32 bytes");
        let id = self.panel_id(&chain, job, panel.attempt, seat.rung);
        let steps = run.steps.len() as u64;
        let openings = id.openings(&randomness, seat.owner.as_str(), steps);
        ExecuteMsg::RevealVote {
            job,
            attempt: panel.attempt,
            rung: seat.rung,
            seat: seat.seat,
            vote: run.roots(),
            salt: SALT.into(),
            openings: openings.into_iter().map(|at| opening(run, at)).collect(),
        }
    }

    fn panel_id<'a>(&'a self, chain_id: &'a str, job: JobId, attempt: u32, rung: u8) -> Panel<'a> {
        Panel {
            chain_id,
            contract: self.peers.marketplace.as_str(),
            job: job.u64(),
            attempt,
            rung,
        }
    }

    fn chain_id(&self) -> String {
        self.backend.app.block_info().chain_id
    }

    /// Commits a vote, by the seat's operator.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn commit_vote(&mut self, job: JobId, seat: &SeatResponse, run: &Run) -> anyhow::Result<AppResponse> {
        let msg = self.commit_msg(job, seat, run);
        self.market(&seat.operator, &msg)
    }

    /// Reveals a vote, by the seat's operator.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn reveal_vote(&mut self, job: JobId, seat: &SeatResponse, run: &Run) -> anyhow::Result<AppResponse> {
        let msg = self.reveal_msg(job, seat, run);
        self.market(&seat.operator, &msg)
    }

    /// Counts the votes of the present rung, by the account `keeper`.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn tally(&mut self, job: JobId) -> anyhow::Result<AppResponse> {
        let keeper = self.account("keeper");
        self.market(&keeper, &ExecuteMsg::Tally { job })
    }

    /// Lets the phase of the committee run out and says so.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn end_phase(&mut self, job: JobId) -> anyhow::Result<AppResponse> {
        let until = self.panel(job).phase_until;
        self.pass_to(until + 1);
        self.timeout(job)
    }

    /// Runs the present rung from its seal to its tally, each seat as `conduct` says for its owner.
    ///
    /// # Panics
    /// If an honest step is refused.
    pub fn rung(&mut self, job: JobId, conduct: &mut dyn FnMut(&SeatResponse) -> Conduct) -> Option<PanelRuling> {
        let PanelResponse { rung, attempt, .. } = self.panel(job);
        let seats: Vec<_> = self
            .seat(job)
            .into_iter()
            .map(|seat| {
                let conduct = conduct(&seat);
                (seat, conduct)
            })
            .collect();
        for standby in [false, true] {
            if standby && self.panel(job).phase == PanelPhase::Commit {
                self.end_phase(job).unwrap();
            }
            for (seat, conduct) in seats.iter().filter(|(seat, _)| seat.standby == standby) {
                let phase = self.panel(job).phase;
                if !self.may_vote(seat) {
                    continue;
                }
                if let (Conduct::Votes(run) | Conduct::Hides(run), PanelPhase::Commit | PanelPhase::Standby) =
                    (conduct, phase)
                {
                    self.commit_vote(job, seat, run).unwrap();
                }
            }
        }
        if self.panel(job).phase == PanelPhase::Standby {
            self.end_phase(job).unwrap();
        }
        self.reveal_all(job, rung, &seats);
        let panel = self.panel_of(job, Some(attempt));
        (panel.phase == PanelPhase::Closed).then_some(panel.ruling).flatten()
    }

    /// Whether the pool of a seat still has half of the least stake of a validator; without it no vote is taken.
    #[must_use]
    pub fn may_vote(&self, seat: &SeatResponse) -> bool {
        let params: staking::Params = self.ask(&self.peers.staking, &staking::QueryMsg::Params {});
        self.pool(&seat.owner).bonded.u128() * 2 >= params.min_validator_stake.u128()
    }

    fn reveal_all(&mut self, job: JobId, rung: u8, seats: &[(SeatResponse, Conduct)]) {
        let committed: Vec<u8> = self
            .seats(job)
            .iter()
            .filter(|seat| seat.sealed.is_some())
            .map(|s| s.seat)
            .collect();
        let mut hidden = committed.is_empty();
        for (seat, conduct) in seats.iter().filter(|(seat, _)| committed.contains(&seat.seat)) {
            match conduct {
                Conduct::Votes(run) => drop(self.reveal_vote(job, seat, run).unwrap()),
                _ => hidden = true,
            }
        }
        let panel = self.panel(job);
        if panel.phase != PanelPhase::Reveal || panel.rung != rung {
            return;
        }
        if hidden {
            self.pass_to(panel.phase_until + 1);
        }
        self.tally(job).unwrap();
    }

    /// Runs rung after rung until the committee has ruled.
    ///
    /// # Panics
    /// If an honest step is refused, or nothing is ruled after the last rung.
    pub fn judge(&mut self, job: JobId, conduct: &mut dyn FnMut(&SeatResponse) -> Conduct) -> PanelRuling {
        for _ in 0..3 {
            if let Some(ruling) = self.rung(job, conduct) {
                return ruling;
            }
        }
        panic!("no ruling after the last rung: {:?}", self.panel(job));
    }
}

/// The digest of a step followed by its path to the trace root.
///
/// # Panics
/// If there is no such step.
#[must_use]
pub fn opening(run: &Run, at: u64) -> Binary {
    let place = usize::try_from(at).expect("a step");
    let path = prove(&run.steps, at).expect("a step");
    let mut bytes = run.steps[place].to_vec();
    bytes.extend(path.concat());
    bytes.into()
}

/// A salt as it is sent.
#[must_use]
pub fn salt() -> HexBinary {
    SALT.into()
}

/// Whether a seat is one of these owners'.
#[must_use]
pub fn sits(seat: &SeatResponse, owners: &[Addr]) -> bool {
    owners.contains(&seat.owner)
}
