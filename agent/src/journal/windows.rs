//! Ticket lists of proof windows. A list is put down before its commitment is sent: whoever commits and cannot reveal is
//! taken for a forger.
use serde::{Deserialize, Serialize};

use super::db::LISTS;
use super::Journal;
use crate::error::{Error, Result};

/// A list that was, or is about to be, committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketList {
    /// Window.
    pub window: u64,
    /// Node.
    pub node: u64,
    /// Largest value of the list.
    pub bound: u64,
    /// The ids, strictly increasing.
    pub ids: Vec<u64>,
}

impl Journal {
    /// Puts a list down before it is committed. A window and node have one list: another one is an error.
    pub fn record_list(&self, list: &TicketList) -> Result<()> {
        self.db.write(|tx| {
            let mut table = tx.table(LISTS)?;
            match table.get::<TicketList>((list.window, list.node))? {
                Some(old) if old != *list => Err(Error::internal(
                    "journal.list_differs",
                    format!("window {} node {} has a list already", list.window, list.node),
                    "report this: a second list of one window is never committed",
                )),
                _ => table.put((list.window, list.node), list),
            }
        })
    }

    /// The lists that are not settled, by window and node.
    pub fn lists(&self) -> Result<Vec<TicketList>> {
        self.db.range(LISTS, (0, 0)..=(u64::MAX, u64::MAX))
    }

    /// The list was revealed, or can be no more.
    pub fn forget_list(&self, window: u64, node: u64) -> Result<()> {
        self.db.write(|tx| tx.table(LISTS)?.remove((window, node)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_keeps_its_first_list_across_restarts_until_it_is_settled() {
        let dir = tempfile::tempdir().unwrap();
        let list = TicketList {
            window: 3,
            node: 1,
            bound: 9,
            ids: vec![4, 7],
        };
        {
            let journal = Journal::open(dir.path()).unwrap();
            journal.record_list(&list).unwrap();
            journal.record_list(&list).unwrap();
            let other = TicketList {
                bound: 8,
                ..list.clone()
            };
            assert_eq!(journal.record_list(&other).unwrap_err().code(), "journal.list_differs");
        }
        let journal = Journal::open(dir.path()).unwrap();
        assert_eq!(journal.lists().unwrap(), [list]);
        journal.forget_list(3, 1).unwrap();
        assert!(journal.lists().unwrap().is_empty());
    }
}
