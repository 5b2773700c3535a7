//! A deployment over the agent's own client: the backend of `joule_rollout` for a chain behind an RPC.
mod codes;
mod ops;
mod tx;

use std::sync::Arc;
use std::time::{Duration, Instant};

use joule_rollout::{Deployment, Difference, Plan, Proposal, RolloutError, Upgrade};
use joule_types::dao::ProposalResponse;
use tokio::runtime::Handle;

pub use codes::Codes;

use crate::chain::tx::GasPolicy;
use crate::chain::Client;
use crate::error::{Error, Result};
use crate::signer::Signer;
use ops::Ops;

/// Patience with a transaction that an earlier run left behind.
const PATIENCE: Duration = Duration::from_secs(90);
/// Pause between two looks whether it is in a block.
const PAUSE: Duration = Duration::from_millis(250);

/// What a deployment works with.
#[derive(Clone)]
pub struct Site {
    /// The chain.
    pub chain: Client,
    /// Who pays and deploys; nobody where nothing is sent.
    pub signer: Option<Arc<dyn Signer>>,
    /// Price and ceilings of fees.
    pub gas: GasPolicy,
    /// The codes.
    pub codes: Codes,
}

impl Site {
    /// Deploys `plan`, or finishes what an earlier run began. Codes are looked up by their checksums and stored where the chain lacks
    /// them. A market that stands where `recorded` says is compared only.
    ///
    /// # Errors
    /// The step that the chain refused; `roll.differs` with all that is not as planned.
    pub async fn deploy(self, plan: Plan, recorded: Option<Deployment>) -> Result<Deployment> {
        self.run(move |ops| joule_rollout::deploy(ops, &plan, recorded.as_ref()))
            .await
    }

    /// All that is on the chain not as the file and the plan say, and, if `built`, not as the codes of this site.
    ///
    /// # Errors
    /// The chain does not answer; a code cannot be read.
    pub async fn differences(self, plan: Plan, deployment: Deployment, built: bool) -> Result<Vec<Difference>> {
        self.run(move |ops| {
            let mut all = joule_rollout::differences(ops, &deployment, &plan)?;
            if built {
                all.extend(joule_rollout::built(ops, &deployment)?);
            }
            Ok(all)
        })
        .await
    }

    /// What would bring the market to the codes of this site; `store` stores those that the chain lacks.
    ///
    /// # Errors
    /// The chain does not answer or refuses a code.
    pub async fn upgrade(self, deployment: Deployment, store: bool) -> Result<Upgrade> {
        self.run(move |ops| joule_rollout::upgrade(ops, &deployment, store))
            .await
    }

    /// Tries the migrations of an upgrade without changing anything: a proposal that could not be carried out is not worth a vote.
    ///
    /// # Errors
    /// What a contract refuses, `kit.not_newer` above all.
    pub async fn rehearse(&self, deployment: &Deployment, upgrade: &Upgrade) -> Result<()> {
        let dao = deployment.peers().map_err(|e| ops::coded(e, None))?.dao;
        let names: Vec<&str> = upgrade.changes.iter().map(|change| change.peer.name()).collect();
        let tried = tx::rehearse(&self.chain, &dao, ops::migrations(&dao, upgrade)?, &names).await;
        tried.map_err(|error| match error.code() {
            "kit.not_newer" => Error::refused(
                "kit.not_newer",
                error.what(),
                "raise the version before building, or give the folder of newer codes with --artifacts",
            ),
            _ => error,
        })
    }

    /// Opens the proposal, or finds the one with the same messages that is open already.
    ///
    /// # Errors
    /// `roll.deposit`; what the dao refuses.
    pub async fn propose(self, deployment: Deployment, proposal: Proposal) -> Result<ProposalResponse> {
        self.run(move |ops| joule_rollout::propose(ops, &deployment, proposal.clone()))
            .await
    }

    /// The contracts of a file with the codes that they run now.
    ///
    /// # Errors
    /// The chain does not answer, or lacks a contract.
    pub async fn refreshed(self, deployment: Deployment) -> Result<Deployment> {
        self.run(move |ops| deployment.refreshed(ops)).await
    }

    /// A transaction that a run left in the mempool when it was cut off is waited for; then the work starts again and sees what it did.
    async fn run<T: Send + 'static>(
        self,
        work: impl Fn(&mut Ops) -> Result<T, RolloutError> + Send + Sync + 'static,
    ) -> Result<T> {
        let runtime = Handle::current();
        let started = Instant::now();
        // The work waits for each of its steps: it may not hold up the async threads.
        let run = move || loop {
            let mut ops = Ops::new(&self, &runtime)?;
            match work(&mut ops) {
                Err(RolloutError::Pending { .. }) if started.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
                done => return done.map_err(|e| ops::coded(e, ops.failure())),
            }
        };
        tokio::task::spawn_blocking(run)
            .await
            .map_err(|e| Error::internal("deploy.panicked", e, "report this"))?
    }
}
