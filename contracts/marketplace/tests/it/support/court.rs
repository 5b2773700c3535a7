//! Validators, runs of a job, and the acts of a committee.

use cosmwasm_std::{Addr, HexBinary, Response, Uint128};
use joule_marketplace::MarketplaceError;
use joule_types::{
    marketplace::*,
    registry,
    staking::{self, DrawResponse, DrawnSeat},
    JobId,
};
use joule_work::{
    beacon::Clock,
    committee::{draw_point, Panel, Vote, RUNGS, UNFETCHABLE, WITHHELD},
    digest::{prove, result_root, step_digest, trace_root, Hash},
};

use super::{a, code, judged_spec, Market, START};

pub const EPOCH: u64 = 1_000;
pub const CLOCK: Clock = Clock {
    genesis: START - 10_000,
    period: 3,
};
/// Least bonded stake of a validator in these tests.
pub const LEAST_STAKE: u128 = 100_000_000;

/// A run of the job: what somebody found, with the steps behind it.
#[derive(Clone)]
pub struct Run {
    pub vote: Vote,
    pub steps: Vec<Hash>,
}

/// The run `tag` of a job of 16 steps; 1 is the right one.
pub fn run(tag: u8) -> Run {
    run_of(tag, 16)
}

pub fn run_of(tag: u8, steps: u64) -> Run {
    let steps: Vec<Hash> = (0..steps).map(|step| step_digest(step, &[tag])).collect();
    let vote = Vote {
        result_root: result_root(&[tag]),
        trace_root: trace_root(&steps),
    };
    Run { vote, steps }
}

/// The right run whose output could not be fetched.
pub fn withheld() -> Run {
    let mut run = run(1);
    run.vote.result_root = WITHHELD;
    run
}

/// No run: nothing could be fetched.
pub fn unfetchable() -> Run {
    Run {
        vote: UNFETCHABLE,
        steps: vec![],
    }
}

pub fn roots(vote: &Vote) -> VoteRoots {
    VoteRoots {
        result_root: vote.result_root.into(),
        trace_root: vote.trace_root.into(),
    }
}

pub fn delivery(job: JobId, attempt: u32, run: &Run) -> ExecuteMsg {
    ExecuteMsg::SubmitResult {
        job,
        attempt,
        result_root: run.vote.result_root.into(),
        trace_root: run.vote.trace_root.into(),
        output_url: "file:///objects/out".into(),
        output_size: 1u64.into(),
    }
}

fn salt(seat: &SeatResponse) -> Hash {
    [seat.seat ^ 0xa5; 32]
}

/// A market with `validators` and offers on three nodes, and one job whose result, `delivered`, waits for its committee.
pub fn trial(validators: u64, delivered: &Run) -> (Market, JobId) {
    let mut market = Market::with_offers(3);
    market.add_validators(validators);
    let job = market.post(judged_spec());
    market.deliver_run(job, delivered);
    (market, job)
}

/// As [`Market::judged`], delivered so long after the beginning of an epoch.
pub fn judged_at(into: u64) -> (Market, JobId) {
    let mut market = Market::with_offers(3);
    market.add_validators(33);
    market.now = START / EPOCH * EPOCH + into;
    let job = market.post(judged_spec());
    market.deliver_run(job, &run(1));
    (market, job)
}

impl Market {
    /// The records of beacon and staking before anybody is enrolled.
    pub fn init_court(&mut self) {
        let beacon = registry::BeaconParams {
            public_key: HexBinary::default(),
            genesis: CLOCK.genesis,
            period: CLOCK.period,
        };
        registry::handle::BEACON.save(&mut self.rounds, &beacon).unwrap();
        let params = staking::Params {
            unbonding_secs: 1_000_000,
            min_bond: Uint128::one(),
            min_validator_stake: LEAST_STAKE.into(),
        };
        staking::handle::PARAMS.save(&mut self.stakes, &params).unwrap();
        self.add_validators(0);
    }

    /// Enrols the validators `val0`, `val1`, ... with hot keys `hot0`, ...
    pub fn add_validators(&mut self, count: u64) {
        for id in 0..count {
            self.enrol(&a(&format!("val{id}")), &a(&format!("hot{id}")), LEAST_STAKE * 2);
        }
        self.count_validators();
    }

    pub fn enrol(&mut self, owner: &Addr, operator: &Addr, weight: u128) {
        self.bond(owner, weight);
        self.validators.push(DrawnSeat {
            owner: owner.clone(),
            operator: operator.clone(),
            weight: weight.into(),
        });
        self.count_validators();
    }

    pub fn count_validators(&mut self) {
        let count = u32::try_from(self.validators.len()).unwrap();
        let record = staking::ValidatorsRecord {
            epoch_secs: EPOCH,
            eligible: count,
            enrolled: count,
        };
        staking::handle::VALIDATORS.save(&mut self.stakes, &record).unwrap();
    }

    pub fn bond(&mut self, owner: &Addr, bonded: u128) {
        let pool = staking::PoolRecord {
            bonded: bonded.into(),
            shares: bonded.into(),
            ..Default::default()
        };
        staking::handle::POOLS.save(&mut self.stakes, owner, &pool).unwrap();
    }

    /// What staking answers: without replacement, by weight.
    pub fn drawn(&self, epoch: u64, seed: Hash, seats: u8, exclude: &[String]) -> DrawResponse {
        assert!(seats <= 23 && exclude.len() <= 48);
        let current = self.now / EPOCH;
        if epoch >= current || epoch + 1 < current {
            return DrawResponse {
                stale: true,
                seats: vec![],
            };
        }
        let linked = |address: &Addr| exclude.iter().any(|other| *other == address.as_str());
        let mut left: Vec<_> = self.validators.clone();
        left.retain(|seat| !linked(&seat.owner) && !linked(&seat.operator));
        let mut drawn = Vec::new();
        for index in 0..seats {
            let total: u128 = left.iter().map(|seat| seat.weight.u128()).sum();
            let Some(mut point) = draw_point(&seed, index, u64::try_from(total).unwrap()) else {
                break;
            };
            let place = left.iter().position(|seat| {
                let weight = u64::try_from(seat.weight.u128()).unwrap();
                let here = point < weight;
                point = point.saturating_sub(weight);
                here
            });
            drawn.push(left.remove(place.unwrap()));
        }
        DrawResponse {
            stale: false,
            seats: drawn,
        }
    }

    /// A job of the buyer that waits for the seal of its committee, with an honest result and 33 validators.
    pub fn judged() -> (Self, JobId) {
        trial(33, &run(1))
    }

    pub fn deliver_run(&mut self, job: JobId, run: &Run) -> Response {
        self.start(job);
        let (operator, attempt) = (self.operator(job), self.job(job).attempts);
        self.exec_as(&operator, &[], delivery(job, attempt, run)).unwrap()
    }

    pub fn panel(&self, job: JobId) -> PanelResponse {
        let found: Option<PanelResponse> = self.query(QueryMsg::Panel { job, attempt: None });
        found.expect("a committee")
    }

    pub fn panel_of(&self, job: JobId, attempt: u32) -> PanelResponse {
        let attempt = Some(attempt);
        let found: Option<PanelResponse> = self.query(QueryMsg::Panel { job, attempt });
        found.expect("a committee")
    }

    /// Seats of the present rung.
    pub fn seats(&self, job: JobId) -> Vec<SeatResponse> {
        let panel = self.panel(job);
        panel.seats.into_iter().filter(|seat| seat.rung == panel.rung).collect()
    }

    pub fn primaries(&self, job: JobId) -> Vec<SeatResponse> {
        let mut seats = self.seats(job);
        seats.retain(|seat| !seat.standby);
        seats
    }

    pub fn standbys(&self, job: JobId) -> Vec<SeatResponse> {
        let mut seats = self.seats(job);
        seats.retain(|seat| seat.standby);
        seats
    }

    pub fn try_seal(&mut self, job: JobId) -> Result<Response, MarketplaceError> {
        self.exec("keeper", ExecuteMsg::Seal { job })
    }

    /// Seals the present rung, two blocks later, or as soon as the next epoch has begun.
    pub fn seal(&mut self, job: JobId) -> Response {
        self.height += 2;
        let end = (self.now / EPOCH + 1) * EPOCH;
        if CLOCK.due_at(CLOCK.round_at(self.now) + 10) + 60 > end {
            assert_eq!(code(self.try_seal(job)), "mkt.too_early");
            self.now = end;
        }
        self.try_seal(job).unwrap()
    }

    pub fn post_round(&mut self, job: JobId) {
        let round = self.panel(job).round.unwrap();
        let record = registry::RoundRecord {
            randomness: HexBinary::from(joule_work::beacon::message(round)),
            posted_at: self.now,
        };
        registry::handle::ROUNDS.save(&mut self.rounds, round, &record).unwrap();
    }

    pub fn try_draw(&mut self, job: JobId) -> Result<Response, MarketplaceError> {
        self.exec("keeper", ExecuteMsg::Draw { job })
    }

    /// Seals, posts the round and draws.
    pub fn sit(&mut self, job: JobId) -> Response {
        self.seal(job);
        self.post_round(job);
        self.try_draw(job).unwrap()
    }

    fn bound<'a>(chain_id: &'a str, contract: &'a str, job: JobId, attempt: u32, rung: u8) -> Panel<'a> {
        Panel {
            chain_id,
            contract,
            job: job.u64(),
            attempt,
            rung,
        }
    }

    pub fn sealed(&self, job: JobId, seat: &SeatResponse, vote: &Vote) -> Hash {
        let (env, attempt) = (self.env(), self.panel(job).attempt);
        let bound = Self::bound(
            &env.block.chain_id,
            env.contract.address.as_str(),
            job,
            attempt,
            seat.rung,
        );
        bound.seal(seat.owner.as_str(), vote, &salt(seat))
    }

    /// What a seat opens of a run.
    pub fn openings(&self, job: JobId, seat: &SeatResponse, run: &Run) -> Vec<(u64, Vec<Hash>)> {
        let (env, panel) = (self.env(), self.panel(job));
        let bound = Self::bound(
            &env.block.chain_id,
            env.contract.address.as_str(),
            job,
            panel.attempt,
            seat.rung,
        );
        let randomness: Hash = panel.randomness.map_or([0; 32], |known| known.to_array().unwrap());
        let steps = u64::try_from(run.steps.len()).unwrap();
        let positions = if run.vote == UNFETCHABLE {
            vec![]
        } else {
            bound.openings(&randomness, seat.owner.as_str(), steps)
        };
        let open = |position: u64| {
            let step = run.steps[usize::try_from(position).unwrap()];
            let path = prove(&run.steps, position).unwrap();
            (position, std::iter::once(step).chain(path).collect())
        };
        positions.into_iter().map(open).collect()
    }

    pub fn commit_msg(&self, job: JobId, seat: &SeatResponse, run: &Run) -> ExecuteMsg {
        ExecuteMsg::CommitVote {
            job,
            attempt: self.panel(job).attempt,
            rung: seat.rung,
            seat: seat.seat,
            sealed: self.sealed(job, seat, &run.vote).into(),
        }
    }

    pub fn reveal_msg(&self, job: JobId, seat: &SeatResponse, run: &Run) -> ExecuteMsg {
        let openings = self.openings(job, seat, run);
        ExecuteMsg::RevealVote {
            job,
            attempt: self.panel(job).attempt,
            rung: seat.rung,
            seat: seat.seat,
            vote: roots(&run.vote),
            salt: salt(seat).into(),
            openings: openings.iter().map(|(_, hashes)| hashes.concat().into()).collect(),
        }
    }

    pub fn commit(&mut self, job: JobId, seat: &SeatResponse, run: &Run) -> Result<Response, MarketplaceError> {
        let msg = self.commit_msg(job, seat, run);
        self.exec_as(&seat.operator, &[], msg)
    }

    pub fn reveal(&mut self, job: JobId, seat: &SeatResponse, run: &Run) -> Result<Response, MarketplaceError> {
        let msg = self.reveal_msg(job, seat, run);
        self.exec_as(&seat.operator, &[], msg)
    }

    pub fn tally(&mut self, job: JobId) -> Result<Response, MarketplaceError> {
        self.exec("keeper", ExecuteMsg::Tally { job })
    }

    /// Lets the present deadline pass and sends `Timeout`.
    pub fn pass(&mut self, job: JobId) -> Response {
        self.now = self.job(job).next_deadline_at.unwrap() + 1;
        self.exec("keeper", ExecuteMsg::Timeout { job }).unwrap()
    }

    /// A whole rung in which the first `others` seats find `other` and the rest `found`.
    pub fn rung(&mut self, job: JobId, others: usize, other: &Run, found: &Run) -> Response {
        self.rung_by(job, |place| if place < others { other } else { found })
    }

    /// A whole rung in which each seat finds what is said of it.
    pub fn rung_by<'a>(&mut self, job: JobId, run: impl Fn(usize) -> &'a Run) -> Response {
        self.sit(job);
        let seats = self.primaries(job);
        assert_eq!(seats.len(), usize::from(RUNGS[usize::from(self.panel(job).rung)].seats));
        for (place, seat) in seats.iter().enumerate() {
            self.commit(job, seat, run(place)).unwrap();
        }
        for (place, seat) in seats.iter().enumerate() {
            self.reveal(job, seat, run(place)).unwrap();
        }
        self.tally(job).unwrap()
    }

    /// How many seats of a committee have each verdict: paid, wrong, no-show, excused.
    pub fn verdicts(&self, job: JobId, attempt: u32) -> [usize; 4] {
        let seats = self.panel_of(job, attempt).seats;
        let count = |verdict| seats.iter().filter(|seat| seat.verdict == Some(verdict)).count();
        [
            count(SeatVerdict::Paid),
            count(SeatVerdict::Wrong),
            count(SeatVerdict::NoShow),
            count(SeatVerdict::Excused),
        ]
    }
}
