//! What a vote must show.

use joule_types::{
    marketplace::{ExecuteMsg, VoteRoots},
    work::{
        beacon, committee,
        digest::{verify, Hash},
    },
};

use super::Model;
use crate::signature;

impl Model {
    /// Whether a revealed vote is what its seat sealed, and opens the steps that it must.
    pub(super) fn opens(&self, id: u64, msg: &ExecuteMsg) -> Option<bool> {
        let ExecuteMsg::RevealVote {
            attempt,
            rung,
            seat,
            vote,
            salt,
            openings,
            ..
        } = msg
        else {
            return None;
        };
        let job = self.jobs.get(&id)?;
        let panel = job.panel.as_ref()?;
        let seat = panel.seats.get(usize::from(*rung))?.get(usize::from(*seat))?;
        let salt: Hash = salt.as_slice().try_into().ok()?;
        let bound = committee::Panel {
            chain_id: &self.chain_id,
            contract: self.peers.marketplace.as_str(),
            job: id,
            attempt: *attempt,
            rung: *rung,
        };
        let wire = committee::Vote {
            result_root: vote.result_root.as_slice().try_into().ok()?,
            trace_root: vote.trace_root.as_slice().try_into().ok()?,
        };
        let sealed = seat.sealed.as_deref() == Some(&bound.seal(seat.owner.as_str(), &wire, &salt));
        let randomness = beacon::randomness(&signature(panel.seal.0));
        let steps = if is_blank(&roots(vote)) {
            0
        } else {
            u64::from(job.spec.steps)
        };
        let places = bound.openings(&randomness, seat.owner.as_str(), steps);
        let fits = places.len() == openings.len()
            && places.iter().zip(openings).all(|(place, opening)| {
                let (hashes, rest) = opening.as_chunks::<32>();
                let Some((step, path)) = hashes.split_first().filter(|_| rest.is_empty()) else {
                    return false;
                };
                verify(&wire.trace_root, step, *place, steps, path)
            });
        Some(sealed && fits)
    }
}

/// A vote that says that there was nothing to run.
pub(super) fn is_blank(vote: &(Vec<u8>, Vec<u8>)) -> bool {
    [&vote.0, &vote.1].iter().all(|root| root.iter().all(|byte| *byte == 0))
}

/// Whether two votes differ only in what each of them could fetch.
pub(super) fn differs_in_sight(one: &(Vec<u8>, Vec<u8>), other: &(Vec<u8>, Vec<u8>)) -> bool {
    let unseen = |vote: &(Vec<u8>, Vec<u8>)| vote.0.iter().all(|byte| *byte == 0);
    is_blank(one) || is_blank(other) || (one.1 == other.1 && (unseen(one) || unseen(other)))
}

/// A vote as two roots.
pub(super) fn roots(vote: &VoteRoots) -> (Vec<u8>, Vec<u8>) {
    (vote.result_root.to_vec(), vote.trace_root.to_vec())
}
