//! Which part of a shared transaction a message or an event belongs to.
use crate::chain::types::TxInfo;
use crate::journal::{Part, Receipt};

/// Number of the part that holds message `index`, for parts of these many messages.
pub(super) fn at_fault(sizes: impl IntoIterator<Item = usize>, mut index: usize) -> Option<usize> {
    for (n, size) in sizes.into_iter().enumerate() {
        match index.checked_sub(size) {
            None => return Some(n),
            Some(rest) => index = rest,
        }
    }
    None
}

/// One receipt a part, each with the events of its messages.
pub(super) fn receipts(parts: &[Part], info: &TxInfo) -> Vec<Receipt> {
    let indexed = info.events.iter().any(|e| e.msg_index().is_some());
    let mut first = 0usize;
    let mut out = Vec::with_capacity(parts.len());
    for part in parts {
        let mine = first..first.saturating_add(part.msgs);
        first = mine.end;
        let events = info.events.iter().filter(|e| match e.msg_index() {
            Some(index) => mine.contains(&index),
            // Nodes before SDK 0.50 do not number events; alone, they are all ours.
            None => !indexed && parts.len() == 1,
        });
        let events = events.cloned().collect();
        out.push(Receipt {
            hash: info.hash,
            height: info.height,
            gas_used: info.gas_used,
            events,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::types::{Event, TxHash};

    #[test]
    fn a_message_belongs_to_the_part_it_was_submitted_with() {
        let found: Vec<_> = (0..5).map(|i| at_fault([1, 2, 1], i)).collect();
        assert_eq!(found, [Some(0), Some(1), Some(1), Some(2), None]);
    }

    #[test]
    fn events_without_numbers_go_to_a_part_that_is_alone() {
        let event = Event {
            kind: "wasm".into(),
            attributes: vec![],
        };
        let info = TxInfo {
            hash: TxHash([0; 32]),
            height: 1,
            code: 0,
            codespace: String::new(),
            log: String::new(),
            gas_used: 1,
            gas_wanted: 1,
            events: vec![event],
        };
        let part = Part { tag: None, msgs: 1 };
        assert_eq!(receipts(std::slice::from_ref(&part), &info)[0].events.len(), 1);
        assert!(receipts(&[part.clone(), part], &info)
            .iter()
            .all(|r| r.events.is_empty()));
    }
}
