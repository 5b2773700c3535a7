//! Jobs.

use cosmwasm_std::{Addr, HexBinary, Uint128, Uint64};
use cw20::Denom;
use cw_multi_test::AppResponse;
use joule_types::{
    marketplace::{
        ExecuteMsg, JobPosted, JobResponse, JobSpec, Object, Params, QueryMsg, RankResponse, Requirements, Verification,
    },
    work::{digest, job::JobState, kind::ResourceKind, trust::TrustLevel},
    JobId, OfferId,
};

use super::{event, Buyer, Provider, Run, World, USDC};

impl World {
    /// Sends a message to the marketplace.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn market(&mut self, sender: &Addr, msg: &ExecuteMsg) -> anyhow::Result<AppResponse> {
        let market = self.peers.marketplace.clone();
        self.send(sender, &market, msg, &[])
    }

    /// Parameters of the marketplace.
    #[must_use]
    pub fn market_params(&self) -> Params {
        self.ask(&self.peers.marketplace, &QueryMsg::Params {})
    }

    /// What any cpu of the world can serve: an hour at most for up to 1 USDC.
    #[must_use]
    pub fn requirements(&self) -> Requirements {
        Requirements {
            kind: ResourceKind::Cpu,
            denom: Denom::Native(USDC.into()),
            max_secs: 3600,
            units: 1,
            budget: Uint128::new(1_000_000),
            min_memory_mb: 0,
            min_units: 0,
            min_tier: None,
            min_hash_rate: 0,
            min_reputation: 0,
            min_trust: TrustLevel::Basic,
            min_uptime_bps: 0,
            region: None,
            only_region: false,
            enterprise: false,
            max_gap: None,
        }
    }

    /// A job with those requirements.
    #[must_use]
    pub fn job_spec(&self) -> JobSpec {
        let object = |tag: &[u8]| Object {
            sha256: HexBinary::from(digest::result_root(tag)),
            size: Uint64::new(1_000),
            url: "https://objects.example/1".into(),
        };
        JobSpec {
            runtime: "wasm/1@test".into(),
            bundle: object(b"bundle"),
            input: object(b"input"),
            steps: 16,
            fuel_per_step: Uint64::new(1_000_000),
            memory_mb: 64,
            max_output: Uint64::new(1 << 20),
            complexity: 1,
            estimated_secs: 60,
            requirements: self.requirements(),
            verification_budget: Uint128::zero(),
            crank_deposit: Uint128::new(10_000),
            deadline_at: self.now() + 24 * 3600,
            verification: Verification::BuyerAccept {},
        }
    }

    /// Posts a job.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn try_post(&mut self, buyer: &Buyer, spec: JobSpec, hints: Vec<OfferId>) -> anyhow::Result<JobId> {
        let response = self.market(
            &buyer.address,
            &ExecuteMsg::PostJob {
                spec: Box::new(spec),
                hints,
            },
        )?;
        Ok(event::<JobPosted>(&response).job)
    }

    /// Posts a job that must be taken.
    ///
    /// # Panics
    /// If it is refused.
    pub fn post(&mut self, buyer: &Buyer, spec: JobSpec) -> JobId {
        self.try_post(buyer, spec, vec![]).unwrap()
    }

    /// A job.
    #[must_use]
    pub fn job(&self, job: JobId) -> JobResponse {
        self.ask(&self.peers.marketplace, &QueryMsg::Job { job })
    }

    /// State of a job.
    #[must_use]
    pub fn state(&self, job: JobId) -> JobState {
        self.job(job).state
    }

    /// Quote of the running attempt; zero without one.
    #[must_use]
    pub fn quote(&self, job: JobId) -> Uint128 {
        self.job(job).attempt.map_or(Uint128::zero(), |attempt| attempt.quote)
    }

    fn attempt(&self, job: JobId) -> u32 {
        self.job(job).attempts
    }

    /// Starts the running attempt.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn start(&mut self, provider: &Provider, job: JobId) -> anyhow::Result<AppResponse> {
        let attempt = self.attempt(job);
        self.market(&provider.operator, &ExecuteMsg::Start { job, attempt })
    }

    /// Declines the running attempt.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn decline(&mut self, provider: &Provider, job: JobId) -> anyhow::Result<AppResponse> {
        let attempt = self.attempt(job);
        self.market(
            &provider.operator,
            &ExecuteMsg::Decline {
                job,
                attempt,
                reason: "inputs not found".into(),
            },
        )
    }

    /// Submits a result of the running attempt.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn submit(&mut self, provider: &Provider, job: JobId) -> anyhow::Result<AppResponse> {
        self.submit_run(provider, job, &Run::right())
    }

    /// Starts and submits.
    ///
    /// # Panics
    /// If either is refused.
    pub fn deliver(&mut self, provider: &Provider, job: JobId) {
        self.start(provider, job).unwrap();
        self.submit(provider, job).unwrap();
    }

    /// Accepts a result.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn accept(&mut self, buyer: &Buyer, job: JobId) -> anyhow::Result<AppResponse> {
        self.market(&buyer.address, &ExecuteMsg::Accept { job })
    }

    /// Cancels a job.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn cancel(&mut self, buyer: &Buyer, job: JobId) -> anyhow::Result<AppResponse> {
        self.market(&buyer.address, &ExecuteMsg::Cancel { job })
    }

    /// Disputes a result.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn dispute(&mut self, opener: &Addr, job: JobId) -> anyhow::Result<AppResponse> {
        self.market(
            opener,
            &ExecuteMsg::Dispute {
                job,
                reason: "the output is wrong".into(),
            },
        )
    }

    /// Splits a disputed job by the arbiter.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn resolve(&mut self, job: JobId, provider_bps: u16) -> anyhow::Result<AppResponse> {
        let arbiter = self.arbiter.clone();
        self.market(&arbiter, &ExecuteMsg::Resolve { job, provider_bps })
    }

    /// Carries out a deadline, by the account `keeper`.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn timeout(&mut self, job: JobId) -> anyhow::Result<AppResponse> {
        let keeper = self.account("keeper");
        self.market(&keeper, &ExecuteMsg::Timeout { job })
    }

    /// Tries to match a queued job, by the account `keeper`.
    ///
    /// # Errors
    /// What the marketplace answered.
    pub fn assign(&mut self, job: JobId) -> anyhow::Result<AppResponse> {
        let keeper = self.account("keeper");
        self.market(&keeper, &ExecuteMsg::Assign { job, hints: vec![] })
    }

    /// Lets the next deadline of a job pass.
    ///
    /// # Panics
    /// If the job has none.
    pub fn pass_deadline(&mut self, job: JobId) {
        let deadline = self.job(job).next_deadline_at.expect("the job is not final");
        let secs = (deadline + 1).saturating_sub(self.now());
        self.pass(secs);
    }

    /// The ranking for requirements.
    #[must_use]
    pub fn rank(&self, requirements: Requirements) -> RankResponse {
        let msg = QueryMsg::Rank {
            requirements,
            buyer: None,
            limit: None,
            hints: vec![],
        };
        self.ask(&self.peers.marketplace, &msg)
    }
}
