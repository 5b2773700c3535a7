//! The key of an incident.

use joule_types::staking::{Incident, IncidentKind};

/// Tag of the kind, id and attempt big-endian: fixed length, so that no two incidents share a key.
#[must_use]
pub fn key(incident: &Incident) -> [u8; 17] {
    let mut key = [0; 17];
    let tag = match incident.kind {
        IncidentKind::Timeout => 1u8,
        IncidentKind::Forgery => 2,
        IncidentKind::Misuse => 3,
        IncidentKind::WrongResult => 4,
        IncidentKind::WrongVote => 5,
        IncidentKind::NoShow => 6,
    };
    let bytes = [tag]
        .into_iter()
        .chain(incident.id.to_be_bytes())
        .chain(incident.attempt.to_be_bytes());
    for (place, byte) in key.iter_mut().zip(bytes) {
        *place = byte;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_field_changes_the_key() {
        let mut keys = BTreeSet::new();
        for kind in [
            IncidentKind::Timeout,
            IncidentKind::Forgery,
            IncidentKind::Misuse,
            IncidentKind::WrongResult,
            IncidentKind::WrongVote,
            IncidentKind::NoShow,
        ] {
            for id in [0, 1, 256, u64::MAX] {
                for attempt in [0, 1, 256, u64::MAX] {
                    assert!(keys.insert(key(&Incident { kind, id, attempt })));
                }
            }
        }
    }
}
