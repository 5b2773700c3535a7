//! The crash-safe journal of one home directory: intent before effect, receipt after it.
//!
//! Every record is on disk when its call returns (redb, immediate durability). A replay of the same record is a no-op; a
//! contradicting one is an error. The chain wins over the journal: what the chain knows is reconciled at start, the
//! journal only holds what the chain cannot know (signed bytes in flight, steps done, results not sent yet).
//!
//! | table | key | holds |
//! |---|---|---|
//! | `outbox` | key address | the one signed transaction whose outcome is not known yet |
//! | `receipts` | key address, tag | what a tagged submission left on the chain |
//! | `attempts` | job, attempt | how far an attempt got |
//! | `steps` | job, attempt, step | digest of each finished step |
//! | `results` | job, attempt | the one result that may ever be sent for an attempt |
//! | `lists` | window, node | ticket list from before its commitment until it is revealed |
//! | `ballots` | job, attempt, rung, seat | a vote from before its commitment until its committee is closed |
//! | `cursors` | name | last block that was dealt with |
mod attempts;
mod ballots;
mod db;
mod lock;
mod outbox;
mod windows;

use std::path::{Path, PathBuf};

pub use attempts::{Attempt, Child, Stage, WorkResult};
pub use ballots::Ballot;
pub use lock::holder;
pub use outbox::{OutboxTx, Part, Receipt};
pub use windows::TicketList;

use crate::error::{Error, Result};
use db::{Db, CURSORS};
use lock::HomeLock;

/// File name of the journal inside the home directory.
const FILE: &str = "journal.redb";

/// The journal of one home directory, held by one process at a time. Share it as `Arc<Journal>`.
pub struct Journal {
    db: Db,
    home: PathBuf,
    // Dropped last: nobody else may open the file before it is closed.
    _lock: HomeLock,
}

impl Journal {
    /// Opens or creates the journal in `home`, which only one process may do at a time.
    pub fn open(home: &Path) -> Result<Self> {
        let lock = HomeLock::take(home)?;
        let db = Db::open(&home.join(FILE))?;
        Ok(Self {
            db,
            home: home.to_path_buf(),
            _lock: lock,
        })
    }

    /// The home directory.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Last height that was dealt with under that name.
    pub fn cursor(&self, name: &str) -> Result<Option<u64>> {
        self.db.get(CURSORS, name)
    }

    /// Moves a cursor on. It never goes back: a lower height is an error.
    pub fn set_cursor(&self, name: &str, height: u64) -> Result<()> {
        self.db.write(|tx| {
            let mut table = tx.table(CURSORS)?;
            match table.get::<u64>(name)? {
                Some(done) if done > height => Err(Error::internal(
                    "journal.cursor_back",
                    format!("cursor `{name}` is at {done}, not {height}"),
                    "report this: blocks were dealt with out of order",
                )),
                _ => table.put(name, &height),
            }
        })
    }
}
