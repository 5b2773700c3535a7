//! Three providers, seven validators, a keeper and a buyer, all processes of their own; the agents see the node through a proxy
//! that can be told to fail.
use std::fs::File;
use std::time::{Duration, Instant};

use joule::demo::acts::{self, Cast, Juror, JURORS, PROVIDERS};
use joule::demo::ground::Place;
use joule::demo::jobs::{Jobs, Work};
use joule::demo::outcome::Posted;
use joule::demo::screen::Screen;
use joule::demo::stage::Stage;
use joule_faultproxy::{Knobs, Proxy};
use joule_work::job::JobState;

use super::net::{artifacts, program, Run};
use super::{marked, Result};

/// Longest wait for the end of a job, faults and a busy machine included.
const PATIENCE: Duration = Duration::from_secs(240);
/// Key of the keeper.
const KEEPER: &str = "keeper";

/// Seven of the demo's validators that do what they should.
fn jurors() -> &'static [Juror] {
    let all: &'static [Juror] = &JURORS;
    let honest = all.iter().position(|juror| juror.fault.is_none()).unwrap_or_default();
    &all[honest..honest + 7]
}

/// Everybody.
pub struct Crew {
    /// Where they are.
    pub stage: Stage,
    /// Between the agents and the node.
    pub proxy: Proxy,
    /// Jobs to post.
    pub jobs: Jobs,
    /// Those that were posted.
    pub posted: Vec<Posted>,
}

/// The providers, all of them honest.
pub fn providers() -> [Cast; 3] {
    let [turbine, windmill, dynamo, _] = PROVIDERS;
    [turbine, windmill, Cast { fault: None, ..dynamo }]
}

/// Names of those who can be killed.
pub fn agents() -> Vec<&'static str> {
    let owners = providers().map(|provider| provider.owner);
    let jurors = jurors().iter().map(|juror| juror.name);
    owners.into_iter().chain(jurors).chain([KEEPER]).collect()
}

impl Crew {
    /// On a new chain; logs and story are called `name`.
    pub async fn open(run: &Run, name: &str) -> Result<Self> {
        run.fresh()?;
        let place = Place::Node {
            file: run.market.clone(),
            artifacts: artifacts(),
        };
        let screen = Screen::plain(Box::new(File::create(run.dir.join(format!("{name}.txt")))?));
        let mut stage = Stage::open(&run.dir.join(name), true, &place, program(), screen).await?;
        stage.act("The crew", stage.ground.about()).await?;
        let jobs = Jobs::write(&stage.out.join("jobs"), &stage.out, run.seed)?;
        // Buyers ask the node itself: a person sees what fails and asks again.
        for buyer in ["studio", "lab"] {
            stage.call(buyer, &["deposit", "20usdc"]).await?;
        }
        let knobs = Knobs {
            seed: run.seed,
            ..Knobs::default()
        };
        let proxy = Proxy::start("127.0.0.1:0", &stage.ground.rpc, knobs).await?;
        stage.ground.rpc = proxy.url();
        acts::keep(&mut stage).await?;
        for provider in &providers() {
            acts::provide(&mut stage, provider)?;
        }
        acts::stake(&mut stage, jurors()).await?;
        for juror in jurors() {
            acts::judge(&mut stage, juror)?;
        }
        acts::eligible(&mut stage, jurors()).await?;
        acts::offered(&mut stage, &providers()).await?;
        Ok(Self {
            stage,
            proxy,
            jobs,
            posted: vec![],
        })
    }

    /// Ends everybody in order.
    pub async fn close(mut self) {
        self.stage.close().await;
    }

    /// Waits until the node answers again.
    pub async fn answers(&mut self) -> Result<()> {
        let began = Instant::now();
        while let Err(error) = self.stage.ground.market.chain.height().await {
            if began.elapsed() > Duration::from_secs(30) {
                return Err(error.into());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    }

    /// Begins a part of the story.
    pub async fn act(&mut self, title: &str) -> Result<()> {
        Ok(self.stage.act(title, "").await?)
    }

    /// Posts jobs.
    pub async fn post(&mut self, works: &[Work]) -> Result<()> {
        for work in works {
            // The same work comes again and again, and a buyer does not overwrite what it has.
            let mut work = work.clone();
            let name = work.output.file_name().unwrap_or_default().to_string_lossy();
            let output = work.output.with_file_name(format!("{}-{name}", self.posted.len()));
            work.output = output;
            let posted = acts::one(&mut self.stage, &work).await?;
            self.posted.push(posted);
        }
        Ok(())
    }

    /// Lets time pass, and tells what happens.
    pub async fn pass(&mut self, time: Duration) -> Result<()> {
        let rest = async {
            tokio::time::sleep(time).await;
            Ok(())
        };
        Ok(self.stage.during(rest).await?)
    }

    /// Kills an agent; nothing that it has started may stay.
    pub async fn kill(&mut self, name: &str) -> Result<()> {
        let family = self.stage.pid(name).map(marked::family).unwrap_or_default();
        if family.is_empty() {
            return Err(format!("{name} does not run").into());
        }
        self.stage.note(name, "is killed");
        self.stage.kill(&[name]).await;
        marked::gone(&family).await
    }

    /// Starts an agent again.
    pub async fn restart(&mut self, name: &str) -> Result<()> {
        self.stage.note(name, "starts again");
        if name == KEEPER {
            return Ok(acts::keep(&mut self.stage).await?);
        }
        if let Some(provider) = providers().iter().find(|provider| provider.owner == name) {
            return Ok(acts::provide(&mut self.stage, provider)?);
        }
        let juror = jurors()
            .iter()
            .find(|juror| juror.name == name)
            .ok_or("nobody has that name")?;
        Ok(acts::judge(&mut self.stage, juror)?)
    }

    /// Waits until all jobs have ended; their buyers fetch what comes, check it and accept.
    pub async fn carry(&mut self) -> Result<()> {
        let began = Instant::now();
        loop {
            self.pass(Duration::from_millis(500)).await?;
            let mut open = vec![];
            for posted in self.posted.clone() {
                let job = self.stage.ground.market.marketplace.job(posted.id).await?;
                if job.state == JobState::ResultSubmitted {
                    acts::fetch(&mut self.stage, &posted).await?;
                    let accept = ["job", "accept", &posted.id.to_string()].map(String::from);
                    let accept: Vec<&str> = accept.iter().map(String::as_str).collect();
                    self.stage.call(posted.work.buyer, &accept).await?;
                }
                if !job.state.is_final() {
                    open.push(format!("{} {} {:?}", posted.id, posted.work.title, job.state));
                }
            }
            if open.is_empty() {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("after {} s still open: {}", PATIENCE.as_secs(), open.join(", ")).into());
            }
        }
    }
}
