//! New code for a live market, by the commands that people have: a proposal that is voted down, and one that is carried out while jobs
//! are under way.
use std::path::PathBuf;
use std::time::{Duration, Instant};

use joule::config::{read_deployment, MarketFile};
use joule::demo::outcome::Posted;
use joule_types::Peer;
use joule_work::job::JobState;
use nix::sys::signal::Signal;
use serde_json::Value;

use super::crew::{providers, Crew};
use super::marked::{self, Process};
use super::net::{artifacts, Run};
use super::Result;

/// Who proposes: the deposit is of its wallet.
const PROPOSER: &str = "north";
/// Who has the stake that decides.
const VOTERS: [&str; 2] = ["north", "south"];
/// Patience with voting time and timelock together, which are 25 s.
const PATIENCE: Duration = Duration::from_secs(60);

/// One proposal is rejected and changes nothing; the other brings all contracts to newer code while one job waits for its provider
/// and another one is at work.
pub async fn by_vote(run: &Run, crew: &mut Crew) -> Result<()> {
    crew.act("New code").await?;
    let market = Files::of(run, crew)?;
    let before = read_deployment(&market.out, &MarketFile::read(&run.market)?.chain_id)?;
    let wallet = joule_of(crew, PROPOSER).await?;

    // The proposals run side by side: voting takes its time.
    let (escrow, all) = (newer(run, "escrow", &[Peer::Escrow])?, newer(run, "all", &Peer::ALL)?);
    let unwanted = market.propose(crew, &escrow, &["escrow"]).await?;
    let wanted = market
        .propose(
            crew,
            &all,
            &["token", "staking", "escrow", "registry", "marketplace", "dao"],
        )
        .await?;
    for voter in VOTERS {
        dao(crew, voter, "vote", &unwanted, Some("no")).await?;
        dao(crew, voter, "vote", &wanted, Some("yes")).await?;
    }
    refused(dao(crew, "studio", "execute", &wanted, None).await, "dao.not_passed")?;

    reached(crew, &unwanted, "rejected").await?;
    refused(dao(crew, "studio", "execute", &unwanted, None).await, "dao.not_passed")?;
    let closed = dao(crew, "studio", "close", &unwanted, None).await?;
    equal("the rejected proposal", &closed["state"], "closed")?;
    market.call(crew, &["--verify"]).await?;

    reached(crew, &wanted, "passed").await?;
    under_way(crew, &wanted).await?;
    if joule_of(crew, PROPOSER).await? != wallet {
        return Err("a deposit did not come back".into());
    }

    // The file tells of the codes before, until the command records what the dao did.
    let new = all.display().to_string();
    refused(market.call(crew, &["--verify"]).await, "12 differences")?;
    market.call(crew, &["--upgrade", "--artifacts", &new]).await?;
    market.call(crew, &["--verify", "--artifacts", &new]).await?;
    let after = read_deployment(&market.out, &before.chain_id)?;
    for (name, old) in &before.contracts {
        let fresh = &after.contracts[name];
        let runs = crew.stage.ground.market.chain.contract_info(&old.address).await?;
        let runs = runs.ok_or("a contract is gone")?.code_id;
        if fresh.address != old.address || fresh.code_id == old.code_id || runs != fresh.code_id {
            return Err(format!("{name}: {old:?} became {fresh:?} and runs code {runs}").into());
        }
    }
    // What was under way ends, and what comes after does too: `check` looks at the payments.
    let factors = crew.jobs.factors.clone();
    crew.post(&[factors]).await?;
    crew.carry().await
}

/// Executes the proposal while a job runs and another one is assigned to a provider that has not begun: the providers stand still
/// meanwhile, and go on without a restart.
async fn under_way(crew: &mut Crew, wanted: &str) -> Result<()> {
    let silent = crew.jobs.silent.clone();
    crew.post(&[silent]).await?;
    let at_work = crew.posted.last().cloned().ok_or("nothing was posted")?;
    let began = Instant::now();
    while state(crew, &at_work).await?.0 == JobState::Assigned && began.elapsed() < PATIENCE {
        crew.pass(Duration::from_millis(100)).await?;
    }
    let still = Still::stand(crew)?;
    let later = crew.jobs.later.clone();
    crew.post(&[later]).await?;
    let waiting = crew.posted.last().cloned().ok_or("nothing was posted")?;
    let before = [state(crew, &at_work).await?, state(crew, &waiting).await?];
    let executed = dao(crew, "studio", "execute", wanted, None).await?;
    let after = [state(crew, &at_work).await?, state(crew, &waiting).await?];
    drop(still);
    equal("the proposal", &executed["state"], "executed")?;
    let open = before
        .iter()
        .all(|(state, open, left)| !state.is_final() && *open && *left > 0);
    if !open || before[1].0 != JobState::Assigned || before != after {
        return Err(format!("the jobs were {before:?} before and are {after:?} behind the upgrade").into());
    }
    Ok(())
}

/// State of a job, whether its hold is open, and what is in it.
async fn state(crew: &Crew, posted: &Posted) -> Result<(JobState, bool, u128)> {
    let market = &crew.stage.ground.market;
    let job = market.marketplace.job(posted.id).await?;
    let hold = market.escrow.hold(job.hold).await?;
    Ok((job.state, hold.open, hold.remaining.u128()))
}

/// Providers that stand still until this is dropped.
struct Still(Vec<Process>);

impl Still {
    fn stand(crew: &Crew) -> Result<Self> {
        let mut all = vec![];
        for provider in providers() {
            all.extend(marked::family(
                crew.stage.pid(provider.owner).ok_or("a provider does not run")?,
            ));
        }
        all.iter().for_each(|process| process.signal(Signal::SIGSTOP));
        Ok(Self(all))
    }
}

impl Drop for Still {
    fn drop(&mut self) {
        self.0.iter().for_each(|process| process.signal(Signal::SIGCONT));
    }
}

/// What `joule deploy` works with, in the hands of the proposer.
struct Files {
    chain: PathBuf,
    out: PathBuf,
    passphrase: PathBuf,
}

impl Files {
    fn of(run: &Run, crew: &Crew) -> Result<Self> {
        Ok(Self {
            chain: run.market.clone(),
            out: crew.stage.ground.deployment.clone(),
            passphrase: crew.stage.home(&[PROPOSER])?.join("passphrase"),
        })
    }

    async fn call(&self, crew: &mut Crew, flags: &[&str]) -> Result<Value> {
        let paths = [&self.chain, &self.out, &self.passphrase].map(|path| path.display().to_string());
        let [chain, out, passphrase] = &paths;
        let common = [
            "deploy",
            "--chain",
            chain,
            "--out",
            out,
            "--key",
            PROPOSER,
            "--passphrase-file",
            passphrase,
        ];
        Ok(crew.stage.call(PROPOSER, &[&common, flags].concat()).await?)
    }

    /// Shows, stores and proposes, each by its own run as the documents say; the number of the proposal.
    async fn propose(&self, crew: &mut Crew, codes: &std::path::Path, names: &[&str]) -> Result<String> {
        let codes = codes.display().to_string();
        let flags = ["--upgrade", "--artifacts", &codes];
        let shown = self.call(crew, &flags).await?;
        let stored = self.call(crew, &[&flags[..], &["--store"]].concat()).await?;
        for (step, said, msgs) in [("shown", &shown, 0), ("stored", &stored, names.len())] {
            let changes = said["changes"].as_array().map(Vec::as_slice).unwrap_or_default();
            let changes: Vec<&str> = changes.iter().filter_map(|change| change["peer"].as_str()).collect();
            let found = said["msgs"].as_array().map_or(0, Vec::len);
            if changes != names || found != msgs || !said["proposal"].is_null() {
                return Err(format!("{step}: {said}").into());
            }
        }
        let open = self.call(crew, &[&flags[..], &["--propose"]].concat()).await?;
        let again = self.call(crew, &[&flags[..], &["--propose"]].concat()).await?;
        let id = open["proposal"]
            .as_str()
            .ok_or_else(|| format!("no proposal: {open}"))?;
        equal("the proposal of a second run", &again["proposal"], id)?;
        Ok(id.into())
    }
}

/// `joule dao ACT PROPOSAL [CHOICE]`.
async fn dao(crew: &mut Crew, who: &str, act: &str, proposal: &str, choice: Option<&str>) -> Result<Value> {
    let args: Vec<&str> = ["dao", act, proposal].into_iter().chain(choice).collect();
    Ok(crew.stage.call(who, &args).await?)
}

/// Waits until `joule dao list` and `show` say that the proposal is in a state.
async fn reached(crew: &mut Crew, proposal: &str, state: &str) -> Result<()> {
    let began = Instant::now();
    loop {
        let all = crew.stage.call(VOTERS[1], &["dao", "list"]).await?;
        let listed = all
            .as_array()
            .and_then(|all| all.iter().find(|one| one["proposal"] == proposal));
        let listed = listed.ok_or_else(|| format!("proposal {proposal} is not in {all}"))?;
        if listed["state"] == state {
            let shown = dao(crew, VOTERS[1], "show", proposal, None).await?;
            return equal("the shown proposal", &shown, listed.clone());
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("proposal {proposal} is not {state}: {listed}").into());
        }
        crew.pass(Duration::from_millis(500)).await?;
    }
}

/// JOULE in a wallet.
async fn joule_of(crew: &Crew, name: &str) -> Result<u128> {
    let address = &crew.stage.actor(name)?.address;
    Ok(crew.stage.ground.market.token.balance(address).await?)
}

fn equal(what: &str, found: &Value, expected: impl Into<Value>) -> Result<()> {
    let expected = expected.into();
    if *found == expected {
        return Ok(());
    }
    Err(format!("{what} is {found}, not {expected}").into())
}

/// The command has to fail in these words.
fn refused(outcome: Result<Value>, words: &str) -> Result<()> {
    match outcome {
        Err(error) if error.to_string().contains(words) => Ok(()),
        Err(error) => Err(format!("refused, but not with {words}: {error}").into()),
        Ok(said) => Err(format!("not refused with {words}: {said}").into()),
    }
}

/// A folder of compiled contracts of which some are of the next version: the text of the version stands once in each, behind the name.
fn newer(run: &Run, folder: &str, peers: &[Peer]) -> Result<PathBuf> {
    let folder = run.folder(&format!("codes-{folder}"))?;
    let old = env!("CARGO_PKG_VERSION");
    for peer in Peer::ALL {
        let name = format!("{peer}.wasm");
        let mut code = std::fs::read(artifacts().join(&name))?;
        if peers.contains(&peer) {
            let version = format!("joule:{peer}{old}");
            let places: Vec<usize> = code
                .windows(version.len())
                .enumerate()
                .filter_map(|(at, window)| (window == version.as_bytes()).then_some(at))
                .collect();
            let [at] = places[..] else {
                return Err(format!("{name} has {version} at {places:?}, not once").into());
            };
            let end = at + version.len();
            let digit = code[..end].iter().rposition(|byte| (b'0'..=b'8').contains(byte));
            let digit = digit
                .filter(|digit| *digit > end - old.len())
                .ok_or("no version behind this one")?;
            code[digit] += 1;
        }
        std::fs::write(folder.join(name), code)?;
    }
    Ok(folder)
}
