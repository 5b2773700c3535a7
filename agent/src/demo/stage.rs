//! Where the demo plays: the folders, the chain, the parties, and the story as it grows.
use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use joule_types::marketplace::JobPosted;
use serde_json::Value;

use super::calls::{answer, hardware};
use super::folders::{fresh, make, Homes};
use super::ground::{Ground, Place};
use super::names::Names;
use super::party::{self, Party};
use super::screen::{Bar, Screen};
use super::story::{seconds, Act, Entry, Kind};
use super::watch::Watch;
use crate::chain::contracts::{events, Market};
use crate::chain::tx::{self, Sender};
use crate::chain::Msg;
use crate::devchain::{self, Actor};
use crate::error::{Error, Result};
use crate::journal::{Journal, Receipt};
use crate::keys::{Key, Phrase};
use crate::signer::LocalSigner;

/// Pause between two looks at the chain.
const LOOK: Duration = Duration::from_millis(120);

/// The stage. Dropping it kills the parties and removes their homes.
pub struct Stage {
    /// Results: outputs, objects, logs, report.
    pub out: PathBuf,
    /// The chain and its market.
    pub ground: Ground,
    /// Follows the chain.
    pub watch: Watch,
    /// The story.
    pub acts: Vec<Act>,
    /// Where it is told.
    pub screen: Screen,
    /// Seconds of a work window.
    pub window_secs: f64,
    /// Name of the graphics processor that WGSL jobs run on, if there is one.
    pub adapter: Option<String>,
    program: PathBuf,
    began: Instant,
    bar: Option<Bar>,
    /// Keys that this process signs with.
    wallets: BTreeMap<String, Sender>,
    // In this order: the agents before the chain that they talk to, and the folders last.
    parties: Vec<Party>,
    homes: Homes,
}

impl Stage {
    /// Makes the folders and opens the chain.
    /// `program` is the binary that the parties run.
    pub async fn open(out: &Path, keep: bool, place: &Place, program: PathBuf, screen: Screen) -> Result<Self> {
        let began = Instant::now();
        let out = fresh(out)?;
        let homes = Homes::open(&out, keep)?;
        let (ground, chain) = Ground::open(place, &program, homes.path(), &out.join("logs")).await?;
        let names = Names::new(&ground.actors, &ground.peers);
        let window_secs = ground.market.registry.params().await?.window_secs as f64;
        let adapter = hardware(program.clone()).await?;
        Ok(Self {
            watch: Watch::new(ground.market.chain.clone(), names, ground.height, began),
            out,
            ground,
            acts: vec![],
            screen,
            window_secs,
            adapter,
            program,
            began,
            bar: None,
            wallets: BTreeMap::new(),
            parties: chain.into_iter().collect(),
            homes,
        })
    }

    /// Time since the beginning.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Where the parties' homes stay, if they do.
    pub fn kept(&self) -> Option<&Path> {
        self.homes.kept()
    }

    /// The actor of a name.
    pub fn actor(&self, name: &str) -> Result<&Actor> {
        devchain::actor(&self.ground.actors, name)
    }

    /// Begins a part of the story.
    pub async fn act(&mut self, title: &str, about: &str) -> Result<()> {
        self.pump().await?;
        let act = Act {
            title: title.into(),
            about: about.into(),
            at: seconds(self.elapsed()),
            entries: vec![],
        };
        self.acts.push(act);
        if let Some(act) = self.acts.last() {
            self.screen.act(self.acts.len(), act);
        }
        Ok(())
    }

    /// Tells something that no transaction says.
    pub fn note(&mut self, who: &str, what: impl Into<String>) {
        let at = seconds(self.elapsed());
        self.tell(Entry {
            at,
            who: who.into(),
            what: what.into(),
            kind: Kind::Note,
            tx: None,
            height: None,
            money: vec![],
            detail: false,
        });
    }

    fn tell(&mut self, entry: Entry) {
        match &self.bar {
            Some(bar) => bar.aside(|| self.screen.entry(&entry)),
            None => self.screen.entry(&entry),
        }
        if let Some(act) = self.acts.last_mut() {
            act.entries.push(entry);
        }
    }

    /// Tells what has happened on the chain, and makes sure that everybody is still there.
    pub async fn pump(&mut self) -> Result<()> {
        for entry in self.watch.news().await? {
            self.tell(entry);
        }
        self.parties.iter_mut().try_for_each(Party::check)
    }

    /// Goes on telling until `work` is done.
    pub async fn during<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => {
                    let done = done?;
                    self.pump().await?;
                    return Ok(done);
                }
                () = tokio::time::sleep(LOOK) => self.pump().await?,
            }
        }
    }

    /// Waits until `ask` has an answer, at most `limit`; a bar shows the time if it is named.
    pub async fn until<T>(
        &mut self,
        what: &str,
        limit: Duration,
        ask: impl AsyncFn(&Market) -> Result<Option<T>>,
    ) -> Result<T> {
        let started = Instant::now();
        let market = self.ground.market.clone();
        loop {
            self.pump().await?;
            if let Some(bar) = &self.bar {
                bar.at(started.elapsed());
            }
            if let Some(answer) = ask(&market).await? {
                // What led to the answer is told before what follows from it.
                self.pump().await?;
                return Ok(answer);
            }
            if started.elapsed() > limit {
                let what = format!("after {} s still no {what}", limit.as_secs());
                return Err(Error::internal(
                    "demo.timeout",
                    what,
                    format!("see the logs in {}", self.out.join("logs").display()),
                ));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Shows a bar until it is taken away with none.
    pub fn show_bar(&mut self, about: Option<(&str, Duration)>) {
        self.bar = about.map(|(about, time)| self.screen.bar(about, time));
    }

    /// A home with the keys of some actors, the first of which signs; made once.
    pub fn home(&self, keys: &[&str]) -> Result<PathBuf> {
        let name = keys.first().copied().unwrap_or_default();
        let home = self.homes.path().join(name);
        if home.join("joule.toml").exists() {
            return Ok(home);
        }
        make(&home)?;
        for key in keys {
            devchain::store_key(&home, key, &Phrase::parse(&self.actor(key)?.phrase)?)?;
        }
        let settings = devchain::Settings {
            chain_id: self.ground.market.chain.chain_id(),
            rpc: &self.ground.rpc,
            deployment: &self.ground.deployment,
            key: name,
        };
        devchain::store_settings(&home, &settings)?;
        Ok(home)
    }

    /// Starts an agent that runs until it is ended.
    pub fn start(&mut self, name: &str, args: Vec<String>) -> Result<u32> {
        let log = self.out.join("logs").join(format!("{name}.log"));
        let party = Party::start(name, &self.program, &args, log, false)?;
        let pid = party.pid;
        self.parties.push(party);
        Ok(pid)
    }

    /// Ends agents in order, all at once.
    pub async fn stop(&mut self, names: &[&str]) {
        futures::future::join_all(self.leaving(names).into_iter().map(Party::end)).await;
    }

    /// The process of an agent that runs.
    pub fn pid(&self, name: &str) -> Option<u32> {
        self.parties
            .iter()
            .find(|party| party.name == name)
            .map(|party| party.pid)
    }

    /// Kills agents at once, as a machine that fails would. What they have started ends by itself.
    pub async fn kill(&mut self, names: &[&str]) {
        futures::future::join_all(self.leaving(names).into_iter().map(Party::kill)).await;
    }

    fn leaving(&mut self, names: &[&str]) -> Vec<Party> {
        let (leaving, staying) = std::mem::take(&mut self.parties)
            .into_iter()
            .partition(|party| names.contains(&party.name.as_str()));
        self.parties = staying;
        leaving
    }

    /// Ends everybody in order, the chain last.
    pub async fn close(&mut self) {
        self.bar = None;
        let mut all = std::mem::take(&mut self.parties);
        let agents = all.split_off(all.len().min(1));
        futures::future::join_all(agents.into_iter().map(Party::end)).await;
        futures::future::join_all(all.into_iter().map(Party::end)).await;
    }

    /// Where objects are put and found.
    pub fn store(&self) -> String {
        format!("file://{}", self.out.join("objects").display())
    }

    /// How many jobs were posted so far.
    pub fn jobs_posted(&self) -> u64 {
        let posted = events::of::<JobPosted>(self.ground.market.marketplace.address(), &self.watch.events).count();
        u64::try_from(posted).unwrap_or(u64::MAX)
    }

    /// Runs a command that needs no home, as a process.
    pub fn command_of_anyone(&self, args: &[&str]) -> impl Future<Output = Result<Value>> + use<> {
        let mut command = party::command(&self.program);
        command.args(args).arg("--json");
        answer(command, format!("joule {}", args.join(" ")))
    }

    /// Runs a command of somebody's, as a process, and returns what it says.
    pub async fn call(&mut self, who: &str, args: &[&str]) -> Result<Value> {
        let home = self.home(&[who])?;
        let mut command = party::command(&self.program);
        command.args(args).arg("--json").arg("--home").arg(home);
        self.during(answer(command, format!("{who}: joule {}", args.join(" "))))
            .await
    }

    /// Sends messages as somebody, from this process.
    pub async fn send(&mut self, who: &str, msgs: Vec<Msg>) -> Result<Receipt> {
        let sender = self.sender(who)?;
        self.during(async { sender.submit(msgs).await }).await
    }

    /// Sends messages as many, all at once.
    pub async fn send_all(&mut self, all: Vec<(String, Vec<Msg>)>) -> Result<()> {
        let mut sending = vec![];
        for (who, msgs) in all {
            let sender = self.sender(&who)?;
            sending.push(async move { sender.submit(msgs).await });
        }
        self.during(futures::future::try_join_all(sending)).await.map(drop)
    }

    fn sender(&mut self, who: &str) -> Result<Sender> {
        match self.wallets.get(who) {
            Some(sender) => Ok(sender.clone()),
            None => self.wallet(who),
        }
    }

    /// The one transaction actor of a key: its journal can be open only once.
    fn wallet(&mut self, who: &str) -> Result<Sender> {
        let key = Key::from_phrase(&Phrase::parse(&self.actor(who)?.phrase)?)?;
        let journal = Journal::open(&self.homes.path().join("wallets").join(who))?;
        let options = tx::Options {
            tick: Duration::ZERO,
            poll: Duration::from_millis(100),
            ..tx::Options::new(self.ground.gas.clone())
        };
        let signer = Arc::new(LocalSigner::new(key));
        let sender = Sender::start(self.ground.market.chain.clone(), signer, Arc::new(journal), options);
        self.wallets.insert(who.into(), sender.clone());
        Ok(sender)
    }
}
