//! The list of ids: packing, digest, and the check of a revealed list.

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{check_k, value};
use crate::WorkError;

const LIST_TAG: &[u8] = b"joule/tickets/a/v1";

/// What a node commits to inside the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment {
    /// Number of tickets, one of [`super::KSET`].
    pub k: u32,
    /// No ticket has a value above this.
    pub bound: u64,
    /// [`list_digest`] of the ids.
    pub digest: [u8; 32],
}

/// What is wrong with a revealed list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AuditFault {
    /// The commitment names a number of tickets that is not offered.
    #[error("work.audit_k: {k} tickets were committed; use 64, 128, 256 or 512")]
    UnknownK {
        /// The committed number.
        k: u32,
    },
    /// The list has another length than was committed.
    #[error("work.audit_count: the list has {got} ids, {expected} were committed")]
    WrongCount {
        /// The committed number.
        expected: u32,
        /// What was revealed.
        got: u32,
    },
    /// The bytes are no whole number of ids.
    #[error("work.audit_bytes: {len} bytes are no whole number of 8-byte ids")]
    Malformed {
        /// Length in bytes.
        len: u64,
    },
    /// The ids do not rise strictly, so one may be counted twice.
    #[error("work.audit_order: id {id} at position {position} is not above the one before it")]
    NotIncreasing {
        /// Position of the id, from zero.
        position: u32,
        /// The id.
        id: u64,
    },
    /// The list is not the one that was committed.
    #[error("work.audit_digest: the list is not the one that was committed")]
    WrongDigest,
    /// A ticket's value is above the committed bound: it was never worked for.
    #[error("work.audit_above_bound: ticket {id} has the value {value}, above the committed {bound}")]
    AboveBound {
        /// The id.
        id: u64,
        /// Its true value.
        value: u64,
        /// The committed bound.
        bound: u64,
    },
}

/// Ids as 8 bytes each, little endian.
///
/// # Errors
/// `work.ticket_order` unless they rise strictly.
pub fn pack_ids(ids: &[u64]) -> Result<Vec<u8>, WorkError> {
    check_order(ids).map_err(|(position, id)| WorkError::TicketOrder { position, id })?;
    Ok(ids.iter().flat_map(|id| id.to_le_bytes()).collect())
}

/// The ids of a packed list.
///
/// # Errors
/// `work.ticket_bytes`, or `work.ticket_order` unless they rise strictly.
pub fn unpack_ids(packed: &[u8]) -> Result<Vec<u64>, WorkError> {
    let ids = split_ids(packed).ok_or(WorkError::TicketBytes { len: length(packed) })?;
    check_order(&ids).map_err(|(position, id)| WorkError::TicketOrder { position, id })?;
    Ok(ids)
}

/// SHA-256 of `joule/tickets/a/v1`, the number of ids (4 bytes, big endian) and the ids (8 bytes each, little endian).
pub fn list_digest(ids: &[u64]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(LIST_TAG);
    hash.update(u32::try_from(ids.len()).unwrap_or(u32::MAX).to_be_bytes());
    for id in ids {
        hash.update(id.to_le_bytes());
    }
    hash.finalize().into()
}

/// Recomputes all tickets of a list: `k` of them, strictly increasing, none above `bound`. Answers the greatest value.
///
/// # Errors
/// The first [`AuditFault`] found; cheap checks come first.
pub fn audit(seed: &[u8; 32], ids: &[u64], k: u32, bound: u64) -> Result<u64, AuditFault> {
    check_k(k).map_err(|_| AuditFault::UnknownK { k })?;
    let got = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    if got != k {
        return Err(AuditFault::WrongCount { expected: k, got });
    }
    check_order(ids).map_err(|(position, id)| AuditFault::NotIncreasing { position, id })?;
    ids.iter().try_fold(0, |greatest: u64, id| {
        let value = value(seed, *id);
        if value > bound {
            return Err(AuditFault::AboveBound { id: *id, value, bound });
        }
        Ok(greatest.max(value))
    })
}

/// Checks a packed list against its commitment: the digest, then [`audit`].
///
/// # Errors
/// The first [`AuditFault`] found.
pub fn reveal(seed: &[u8; 32], packed: &[u8], commitment: &Commitment) -> Result<u64, AuditFault> {
    let ids = split_ids(packed).ok_or(AuditFault::Malformed { len: length(packed) })?;
    if list_digest(&ids) != commitment.digest {
        return Err(AuditFault::WrongDigest);
    }
    audit(seed, &ids, commitment.k, commitment.bound)
}

fn split_ids(packed: &[u8]) -> Option<Vec<u64>> {
    let (ids, rest) = packed.as_chunks::<8>();
    rest.is_empty()
        .then(|| ids.iter().map(|id| u64::from_le_bytes(*id)).collect())
}

/// The first position and id that is not above its predecessor.
fn check_order(ids: &[u64]) -> Result<(), (u32, u64)> {
    let mut previous = None;
    for (position, id) in ids.iter().enumerate() {
        if previous.is_some_and(|previous| *id <= previous) {
            return Err((u32::try_from(position).unwrap_or(u32::MAX), *id));
        }
        previous = Some(*id);
    }
    Ok(())
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::super::{select_k, Claim};
    use super::*;
    use proptest::prelude::*;

    const SEED: [u8; 32] = [9; 32];

    fn honest() -> Claim {
        select_k(&SEED, 0..2_000, 64).unwrap().unwrap()
    }

    #[test]
    fn an_honest_list_passes() {
        let claim = honest();
        assert_eq!(audit(&SEED, &claim.ids, 64, claim.bound), Ok(claim.bound));
        // A bound above the greatest value claims less work than was done, which harms nobody.
        assert_eq!(audit(&SEED, &claim.ids, 64, u64::MAX), Ok(claim.bound));
        let commitment = claim.commitment();
        assert_eq!((commitment.k, commitment.bound), (64, claim.bound));
        assert_eq!(
            reveal(&SEED, &pack_ids(&claim.ids).unwrap(), &commitment),
            Ok(claim.bound)
        );
    }

    #[test]
    fn each_fault_is_found() {
        let Claim { ids, bound } = honest();
        let count = |ids: &[u64], k| audit(&SEED, ids, k, bound).unwrap_err();
        assert_eq!(count(&ids, 65), AuditFault::UnknownK { k: 65 });
        assert_eq!(count(&ids[1..], 64), AuditFault::WrongCount { expected: 64, got: 63 });
        assert_eq!(count(&ids, 128), AuditFault::WrongCount { expected: 128, got: 64 });
        let mut twice = ids.clone();
        twice[5] = twice[4];
        assert_eq!(
            count(&twice, 64),
            AuditFault::NotIncreasing {
                position: 5,
                id: ids[4]
            }
        );
        let mut swapped = ids.clone();
        swapped.swap(62, 63);
        assert_eq!(
            count(&swapped, 64),
            AuditFault::NotIncreasing {
                position: 63,
                id: ids[62]
            }
        );
        let worst = *ids.iter().find(|id| value(&SEED, **id) == bound).unwrap();
        let above = AuditFault::AboveBound {
            id: worst,
            value: bound,
            bound: bound - 1,
        };
        assert_eq!(audit(&SEED, &ids, 64, bound - 1), Err(above));
        // The same work under another seed is worthless.
        assert!(matches!(
            audit(&[8; 32], &ids, 64, bound),
            Err(AuditFault::AboveBound { .. })
        ));
    }

    #[test]
    fn a_reveal_is_bound_to_its_commitment() {
        let claim = honest();
        let (commitment, mut packed) = (claim.commitment(), pack_ids(&claim.ids).unwrap());
        assert_eq!(
            reveal(&SEED, &packed[1..], &commitment),
            Err(AuditFault::Malformed { len: 511 })
        );
        packed[0] ^= 1;
        assert_eq!(reveal(&SEED, &packed, &commitment), Err(AuditFault::WrongDigest));
        // Committing to a bogus list beforehand does not help: its tickets are recomputed.
        let bogus = Claim {
            ids: (0..64).collect(),
            bound: claim.bound,
        };
        let packed = pack_ids(&bogus.ids).unwrap();
        assert!(matches!(
            reveal(&SEED, &packed, &bogus.commitment()),
            Err(AuditFault::AboveBound { .. })
        ));
    }

    proptest! {
        #[test]
        fn lists_pack_and_unpack(mut ids in prop::collection::vec(any::<u64>(), 0..100)) {
            let sorted = ids.is_sorted_by(|a, b| a < b);
            prop_assert_eq!(pack_ids(&ids).is_ok(), sorted);
            ids.sort_unstable();
            ids.dedup();
            let packed = pack_ids(&ids).unwrap();
            prop_assert_eq!(packed.len(), ids.len() * 8);
            prop_assert_eq!(unpack_ids(&packed), Ok(ids));
        }

        /// One bogus ticket anywhere is found, because all are recomputed.
        #[test]
        fn one_bogus_ticket_is_found(at in 0usize..64, offset in 1u64..) {
            let Claim { ids, bound } = honest();
            let mut list = ids.clone();
            list[at] = ids[at].wrapping_add(offset);
            prop_assume!(value(&SEED, list[at]) > bound);
            list.sort_unstable();
            list.dedup();
            prop_assert!(audit(&SEED, &list, 64, bound).is_err());
        }
    }

    #[test]
    fn packed_lists_are_strict() {
        assert_eq!(unpack_ids(&[0; 9]), Err(WorkError::TicketBytes { len: 9 }));
        assert_eq!(unpack_ids(&[0; 16]), Err(WorkError::TicketOrder { position: 1, id: 0 }));
        assert_eq!(pack_ids(&[3, 2]), Err(WorkError::TicketOrder { position: 1, id: 2 }));
    }
}
