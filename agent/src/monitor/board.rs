//! What is known about the running role.
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;

use super::gauges::Gauges;
use super::watch::{look, Watched};
use super::{server, systemd, Role};
use crate::chain::contracts::Market;
use crate::chain::known::discreet;
use crate::chain::tx::Sender;
use crate::chain::Client;
use crate::config::Settings;
use crate::daemon::Pulse;
use crate::error::Result;
use crate::journal::Journal;
use crate::metrics::Book;

/// How far the role is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Getting ready: signer, registration, admission.
    Starting,
    /// At work.
    Serving,
    /// Asked to end.
    Finishing,
}

impl Stage {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Serving => "serving",
            Self::Finishing => "finishing",
        }
    }
}

/// What a role works with, once it has it.
pub struct Own {
    /// Contracts.
    pub market: Market,
    /// Way of its transactions.
    pub sender: Sender,
    /// Books.
    pub journal: Arc<Journal>,
    /// Name of its saved height.
    pub cursor: &'static str,
    /// Folder of fetched objects, for roles that fetch some.
    pub cache: Option<PathBuf>,
}

/// Everything that the pages are made of.
pub struct Board {
    pub role: Role,
    pub chain: Client,
    pub home: PathBuf,
    pub fee_denom: String,
    pub stalled_after: Duration,
    pub started: SystemTime,
    pub pulse: Pulse,
    pub gauges: Gauges,
    /// The stage changed.
    pub changed: Notify,
    stage: Mutex<Stage>,
    own: OnceLock<Own>,
    watched: OnceLock<Arc<dyn Watched>>,
    /// Why the role cannot work, by what the chain last said.
    standing: Mutex<Result<(), String>>,
    book: Mutex<Book>,
}

impl Board {
    fn new(role: Role, settings: &Settings, home: &Path, chain: Client) -> Self {
        let started = SystemTime::now();
        let gauges = Gauges::new(role, started, chain.endpoints().switches().clone());
        let mut book = Book::default();
        gauges.list(&mut book);
        Self {
            role,
            chain,
            home: home.to_path_buf(),
            fee_denom: settings.gas.denom.clone(),
            stalled_after: settings.monitor.stalled_after(),
            started,
            pulse: Pulse::default(),
            gauges,
            changed: Notify::new(),
            stage: Mutex::new(Stage::Starting),
            own: OnceLock::new(),
            watched: OnceLock::new(),
            standing: Mutex::new(Err("not asked yet".into())),
            book: Mutex::new(book),
        }
    }

    /// How far the role is.
    pub fn stage(&self) -> Stage {
        *lock(&self.stage)
    }

    /// What it works with.
    pub fn own(&self) -> Option<&Own> {
        self.own.get()
    }

    /// What it says about itself.
    pub fn watched(&self) -> Option<&Arc<dyn Watched>> {
        self.watched.get()
    }

    /// What the chain last said about it.
    pub fn standing(&self) -> Result<(), String> {
        lock(&self.standing).clone()
    }

    /// The chain says why it cannot work, or that it can.
    pub fn stands(&self, why: Option<String>) {
        *lock(&self.standing) = why.map_or(Ok(()), Err);
    }

    /// A text without what addresses of nodes may hide.
    pub fn discreet(&self, text: &str) -> String {
        let nodes = self.chain.endpoints().known();
        discreet(text, nodes.iter().map(|node| node.url.as_str()))
    }

    /// Last block that was dealt with.
    pub fn processed(&self) -> Option<u64> {
        let own = self.own()?;
        own.journal.cursor(own.cursor).ok().flatten()
    }

    /// The page of metrics, up to date.
    pub async fn page(&self) -> String {
        if let Some(watched) = self.watched() {
            if let Err(error) = watched.in_hand().await {
                tracing::debug!(%error, "what is in hand is not known");
            }
        }
        if let Some(own) = self.own() {
            own.sender.stats().refresh();
        }
        let nodes = self.chain.endpoints().known();
        self.gauges.refresh(self.pulse.idle(), &nodes, self.processed());
        lock(&self.book).page()
    }
}

/// The handle of a role. Clones share everything.
#[derive(Clone)]
pub struct Monitor(Arc<Board>);

impl Monitor {
    /// Serves the pages where the settings say, from now on; a port that is taken is an error.
    pub async fn start(role: Role, settings: &Settings, home: &Path, chain: Client) -> Result<Self> {
        let board = Arc::new(Board::new(role, settings, home, chain));
        if let Some(address) = settings.monitor.address(role.port())? {
            server::start(address, board.clone()).await?;
        }
        systemd::watch(board.clone());
        tokio::spawn(look(board.clone()));
        Ok(Self(board))
    }

    /// Lists the metrics of the role.
    pub fn list(&self, list: impl FnOnce(&mut Book)) {
        list(&mut lock(&self.0.book));
    }

    /// The sign of life of the main loop.
    pub fn pulse(&self) -> Pulse {
        self.0.pulse.clone()
    }

    /// Signer and journal are there. Once a process.
    pub fn owns(&self, own: Own) {
        self.list(|book| own.sender.stats().list(book));
        // A second time has no meaning, and the first one stays.
        let _ = self.0.own.set(own);
        systemd::started(self.0.role);
    }

    /// The main loop begins.
    pub fn serving(&self, watched: Arc<dyn Watched>) {
        let _ = self.0.watched.set(watched);
        self.0.pulse.beat();
        self.enter(Stage::Serving);
    }

    /// Asked to end.
    pub fn finishing(&self) {
        self.enter(Stage::Finishing);
    }

    fn enter(&self, stage: Stage) {
        *lock(&self.0.stage) = stage;
        self.0.changed.notify_one();
        systemd::stage(stage);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
