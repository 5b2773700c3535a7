//! Offers and jobs.

use cosmwasm_std::{HexBinary, Uint128, Uint64};
use joule_testing::Run;
use joule_types::{
    marketplace::{ExecuteMsg, JobResponse, JobSpec, Object, OfferResponse, QueryMsg, Verification},
    work::{committee::least_budget, digest, job::JobState},
    JobId, OfferId, Page, Peer,
};

use crate::market::Market;

impl Market {
    fn offers(&self) -> Vec<OfferResponse> {
        let query = QueryMsg::Offers {
            provider: None,
            start_after: None,
            limit: Some(30),
        };
        self.ask::<Page<OfferResponse, OfferId>>(Peer::Marketplace, &query)
            .items
    }

    /// Opens, changes, closes or refreshes an offer.
    pub fn act_offer(&mut self) {
        let number = usize::try_from(self.dice.below(3)).unwrap_or(0);
        let provider = &self.cast.providers[number];
        let (node, agent) = (provider.node, provider.agent.clone());
        let (choice, price) = (self.dice.below(6), u128::from(self.dice.below(900_000)));
        let offers = self.offers();
        let offer = self.dice.pick(&offers);
        let agent = self.mostly(agent);
        let mut terms = self.terms(node, price);
        if self.dice.once_in(3) {
            terms.denom = self.joule();
        }
        match (choice, offer) {
            (0 | 1, _) | (_, None) => {
                terms.capacity = u16::try_from(self.dice.below(4)).unwrap_or(1);
                self.tell(
                    "create_offer",
                    &agent,
                    Peer::Marketplace,
                    &ExecuteMsg::CreateOffer { terms },
                )
            }
            (2, Some(offer)) => {
                let (owner, offer) = (self.actor(&offer.owner), offer.offer);
                let who = self.mostly(owner);
                self.tell(
                    "close_offer",
                    &who,
                    Peer::Marketplace,
                    &ExecuteMsg::CloseOffer { offer },
                )
            }
            (3 | 4, Some(offer)) => {
                terms.node = offer.terms.node;
                let owner = self.cast.providers.iter().find(|provider| provider.node == terms.node);
                let who = owner.map_or(agent, |provider| provider.agent.clone());
                let offer = offer.offer;
                self.tell(
                    "update_offer",
                    &who,
                    Peer::Marketplace,
                    &ExecuteMsg::UpdateOffer { offer, terms },
                )
            }
            (_, Some(offer)) => {
                let offers = vec![offer.offer, OfferId(offer.offer.u64() + 1)];
                self.tell("refresh", &agent, Peer::Marketplace, &ExecuteMsg::Refresh { offers })
            }
        };
    }

    fn spec(&mut self) -> JobSpec {
        let object = |tag: &[u8]| Object {
            sha256: HexBinary::from(digest::result_root(tag)),
            size: Uint64::new(1_000),
            url: "https://objects.example/1".into(),
        };
        let mut requirements = self.requirements();
        requirements.max_secs = 1 + self.dice.below(60);
        requirements.budget = Uint128::new(u128::from(100_000 + self.dice.below(900_000)));
        if self.dice.once_in(4) {
            requirements.denom = self.joule();
        }
        JobSpec {
            runtime: "wasm/1@test".into(),
            bundle: object(b"bundle"),
            input: object(b"input"),
            steps: 16,
            fuel_per_step: Uint64::new(1_000_000),
            memory_mb: 64,
            max_output: Uint64::new(1 << 20),
            complexity: 1,
            estimated_secs: requirements.max_secs / 2,
            requirements,
            verification_budget: Uint128::zero(),
            crank_deposit: Uint128::new(u128::from(self.dice.below(5) * 1_000)),
            deadline_at: self.pair.now + 400 + self.dice.below(400),
            verification: Verification::BuyerAccept {},
        }
    }

    /// Posts a job, with something wrong in one of six; `judged`: for a committee.
    pub fn post(&mut self, judged: bool) {
        let buyer = self.dice.pick(&self.cast.buyers).expect("buyers");
        let buyer = self.mostly(buyer);
        let mut spec = self.spec();
        if judged {
            spec.verification = Verification::Committee {};
            let least = least_budget(spec.requirements.budget.u128(), 5_000).expect("a budget");
            spec.verification_budget = (least + u128::from(self.dice.below(50_000))).into();
        }
        match self.dice.below(60) {
            0 => spec.steps = 0,
            1 => spec.requirements.budget = Uint128::zero(),
            2 => spec.estimated_secs = spec.requirements.max_secs + 1,
            3 => spec.runtime.clear(),
            4 => spec.bundle.sha256 = HexBinary::from([1u8; 31]),
            5 => spec.verification_budget = Uint128::one(),
            6 => spec.requirements.budget = Uint128::new(1 << 100),
            7 => spec.requirements.denom = cw20::Denom::Native("ujunk".into()),
            8 => spec.deadline_at = self.pair.now.saturating_sub(1),
            9 => spec.requirements.budget = Uint128::MAX,
            _ => {}
        }
        let sum = spec.requirements.budget.saturating_add(spec.crank_deposit);
        let sum = sum.saturating_add(spec.verification_budget).u128();
        let hints: Vec<OfferId> = self.offers().iter().map(|offer| offer.offer).take(4).collect();
        let hints = if self.dice.once_in(2) { hints } else { vec![] };
        let msg = ExecuteMsg::PostJob {
            spec: Box::new(spec),
            hints,
        };
        let native: Vec<(u128, &str)> = match self.dice.below(6) {
            0 => vec![(sum, "uusdc")],
            1 => vec![(1, "uusdc")],
            2 => vec![(1, "uusdc"), (1, "uwatt")],
            _ => vec![],
        };
        let msg = self.call(&buyer, Peer::Marketplace, &msg, &native);
        self.send("post_job", &buyer, &[msg]);
    }

    /// A verb of a job by its number in [`ExecuteMsg`]'s order of a life.
    fn verb(&mut self, job: &JobResponse, verb: u64) -> (&'static str, ExecuteMsg) {
        let (id, attempt) = (job.job, job.attempts);
        match verb {
            0 => {
                let hints = self.offers().iter().map(|offer| offer.offer).take(2).collect();
                ("assign", ExecuteMsg::Assign { job: id, hints })
            }
            1 => {
                let reason = "inputs not found".into();
                (
                    "decline",
                    ExecuteMsg::Decline {
                        job: id,
                        attempt,
                        reason,
                    },
                )
            }
            2 => ("start", ExecuteMsg::Start { job: id, attempt }),
            3 => {
                let run = if self.dice.once_in(4) {
                    Run::of(b"a lie")
                } else {
                    Run::right()
                };
                let result = ExecuteMsg::SubmitResult {
                    job: id,
                    attempt,
                    result_root: run.vote.result_root.into(),
                    trace_root: run.vote.trace_root.into(),
                    output_url: "https://objects.example/out".into(),
                    output_size: Uint64::new(6),
                };
                ("submit_result", result)
            }
            4 => ("accept", ExecuteMsg::Accept { job: id }),
            5 => ("cancel", ExecuteMsg::Cancel { job: id }),
            6 => {
                let reason = "the output is wrong".into();
                ("dispute", ExecuteMsg::Dispute { job: id, reason })
            }
            7 => {
                let all = [0, 1, 2_500, 4_999, 5_000, 5_001, 10_000, 10_001];
                let provider_bps = self.dice.pick(&all).unwrap_or(5_000);
                ("resolve", ExecuteMsg::Resolve { job: id, provider_bps })
            }
            8 => ("timeout", ExecuteMsg::Timeout { job: id }),
            9 => ("seal", ExecuteMsg::Seal { job: id }),
            10 => ("draw", ExecuteMsg::Draw { job: id }),
            _ => ("tally", ExecuteMsg::Tally { job: id }),
        }
    }

    /// The next right thing for a job, by who may do it; posts one if there is none.
    pub fn advance(&mut self) {
        let jobs = self.open_jobs();
        let Some(job) = self.dice.pick(&jobs) else {
            return self.post(false);
        };
        if job.state == JobState::Verifying {
            return self.advance_panel(&job);
        }
        let keeper = self.cast.keeper.clone();
        let buyer = self.actor(&job.buyer);
        let agent = job.attempt.as_ref().map(|attempt| self.actor(&attempt.operator));
        let agent = agent.unwrap_or_else(|| buyer.clone());
        let turn = self.dice.below(12);
        let late = job.next_deadline_at.is_some_and(|at| at < self.pair.now);
        let (who, verb) = match (job.state, turn) {
            (_, 0) if job.next_deadline_at.is_some_and(|at| self.wait_until(at + 1)) => (keeper, 8),
            _ if late && turn < 9 => (keeper, 8),
            (JobState::Queued, 1) => (buyer, 5),
            (JobState::Queued, _) => (keeper, 0),
            (JobState::Assigned, 1) => (buyer, 5),
            (JobState::Assigned, 2) => (agent, 1),
            (JobState::Assigned, _) => (agent, 2),
            (JobState::Running, _) => (agent, 3),
            (JobState::ResultSubmitted, 1..5) => (buyer, 6),
            (JobState::ResultSubmitted, 5) => (agent, 6),
            (JobState::ResultSubmitted, _) => (buyer, 4),
            (JobState::Disputed, _) => (self.cast.arbiter.clone(), 7),
            _ => (keeper, 8),
        };
        let (what, msg) = self.verb(&job, verb);
        let who = self.mostly(who);
        self.tell(what, &who, Peer::Marketplace, &msg);
    }

    /// Anything by anybody to a job, also to one that does not exist.
    pub fn poke(&mut self) {
        let jobs = self.open_jobs();
        let Some(mut job) = self.dice.pick(&jobs) else { return };
        match self.dice.below(6) {
            0 => job.job = JobId(0),
            1 => job.job = JobId(1 << 60),
            2 => job.attempts += 1,
            _ => {}
        }
        let (verb, who) = (self.dice.below(12), self.anyone());
        let (what, msg) = self.verb(&job, verb);
        self.tell(what, &who, Peer::Marketplace, &msg);
    }
}
