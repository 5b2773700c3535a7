//! Records that are kept packed, because they are read or written with every beat, match and proof.

use cosmwasm_std::Env;
use joule_types::registry::CommitState;
use joule_types::NodeId;
use joule_work::{
    beacon, reputation,
    uptime::{Clock, Outage},
};

use crate::codec::{packed, Field};
use crate::domain::lifecycle::Admission;

packed! {
    /// What changes about a node. Its description is kept apart ([`crate::state::CARDS`]).
    Node {
        /// Its provider.
        provider: u64,
        /// What the admission says.
        admission: Admission,
        /// Failed admissions in a row.
        failures: u8,
        /// Admission challenges ever opened; part of the next one's seed.
        challenges: u32,
        /// Time of the admission (seconds); 0 while not admitted.
        admitted_at: u64,
        /// Time of the last admission or accepted window (seconds); 0 if none.
        proved_at: u64,
        /// Slash epoch of the pool at that time: a later slash voids the proof.
        proved_epoch: u32,
        /// Verified tickets a second.
        hash_rate: u64,
        /// Accepted windows.
        windows: u32,
        /// Attempts it carries, as the marketplace reported.
        load: u32,
        /// Start of the running spell of work, if `load` is not 0 (seconds).
        busy_since: u64,
        /// Start of the latest finished spells of work with short rests between them (seconds); 0 before the first.
        spell_from: u64,
        /// End of the last of them (seconds); 0 before the first.
        spell_until: u64,
        /// Latest window at whose opening a finished spell of work ran; 0 if none.
        worked: u64,
        /// The window before it of which the same holds; 0 if none.
        worked_before: u64,
        /// Since when it takes no new work (seconds); 0 while it is available.
        off_since: u64,
        /// The online clock; `first_beat_at` is 0 before the first beat.
        clock: Clock,
        /// Start of the running period of uptime (seconds); 0 before the first beat.
        period_from: u64,
        /// Reading of the online clock at that moment.
        period_online: u64,
    }

    /// What a provider did; its addresses are kept apart ([`crate::state::PROFILES`]).
    Track {
        /// Thousandths of a point.
        reputation: u32,
        /// Banned for misuse or a second forgery.
        banned: bool,
        /// Paid results.
        succeeded: u32,
        /// Of them, judged by a committee and worth reputation.
        judged: u32,
        /// Failed attempts.
        failed: u32,
        /// Accepted windows of all nodes.
        windows: u32,
        /// Missed or failed challenges and windows.
        missed: u32,
        /// Proven forgeries.
        forgeries: u32,
        /// Results proven wrong.
        frauds: u32,
        /// Nodes ever added.
        nodes: u32,
        /// Last 20 outcomes, see [`reputation::Recent`].
        recent: u32,
    }

    /// An outage of the online clock, kept under (node, second in which it began).
    Gap {
        /// Time of the beat that ended it.
        until: u64,
        /// Offline seconds before it began.
        off_before: u64,
    }

    /// An open admission challenge with the terms that it began with.
    Challenge {
        /// Round that the seed of the tickets comes from.
        round: u64,
        /// Number of the challenge among those of the node; part of the seed.
        attempt: u32,
        /// A ticket's value must not exceed it.
        target: u64,
        /// Seconds.
        opened_at: u64,
        /// Seconds to solve it once the round is posted, and as many to post the round once it is due.
        secs: u64,
        /// Failures in a row after which the node is rejected.
        max_failures: u8,
    }

    /// A proof window with the terms that it began with.
    Window {
        /// Round that opened it.
        round: u64,
        /// Seed; each node derives its own.
        seed: [u8; 32],
        /// Opening of the window before this one (seconds); 0 for the first.
        previous_opened_at: u64,
        /// When its round was due, seconds.
        opened_at: u64,
        /// Last second for a commit.
        closes_at: u64,
        /// Last second for a reveal.
        reveal_by: u64,
        /// Tickets a list must have.
        k: u16,
        /// Slash for the first forgery, basis points.
        forgery_slash_bps: u16,
        /// Units that a list must prove to count: the pace of the admission over the length of the window.
        min_units: u64,
    }

    /// What a node committed in a window, and what became of it.
    Commit {
        /// Committed, accepted, forged; or nothing was, and that was reported.
        state: CommitState,
        /// Largest value of the list.
        bound: u64,
        /// Digest of the ids.
        digest: [u8; 32],
        /// Seed of the node's tickets, fixed with the operator of that moment.
        seed: [u8; 32],
        /// Time of the commitment (seconds); of the report if nothing was committed.
        committed_at: u64,
    }
}

impl Node {
    /// A node that has just been added.
    #[must_use]
    pub const fn new(provider: u64) -> Self {
        Self {
            provider,
            admission: Admission::Pending,
            failures: 0,
            challenges: 0,
            admitted_at: 0,
            proved_at: 0,
            proved_epoch: 0,
            hash_rate: 0,
            windows: 0,
            load: 0,
            busy_since: 0,
            spell_from: 0,
            spell_until: 0,
            worked: 0,
            worked_before: 0,
            off_since: 0,
            clock: Clock {
                first_beat_at: 0,
                last_beat_at: 0,
                covered_until: 0,
                off_secs: 0,
            },
            period_from: 0,
            period_online: 0,
        }
    }

    /// Whether it takes new work.
    #[must_use]
    pub const fn available(&self) -> bool {
        self.off_since == 0
    }

    /// Whether it ever beat.
    #[must_use]
    pub const fn beaten(&self) -> bool {
        self.clock.first_beat_at != 0
    }
}

impl Challenge {
    /// Seed of the tickets, once the randomness of the round is known.
    #[must_use]
    pub fn seed(&self, env: &Env, node: NodeId, randomness: &[u8; 32]) -> [u8; 32] {
        let (chain, contract) = (&env.block.chain_id, env.contract.address.as_str());
        beacon::admission_seed(chain, contract, self.round, randomness, node.u64(), self.attempt)
    }
}

impl Track {
    /// A provider that has just registered.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            reputation: reputation::START,
            banned: false,
            succeeded: 0,
            judged: 0,
            failed: 0,
            windows: 0,
            missed: 0,
            forgeries: 0,
            frauds: 0,
            nodes: 0,
            recent: 0,
        }
    }

    /// Books a missed or failed challenge or window.
    pub fn miss(&mut self) {
        self.reputation = reputation::missed(self.reputation);
        self.missed = self.missed.saturating_add(1);
    }
}

impl Default for Track {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Outage> for Gap {
    fn from(outage: Outage) -> Self {
        Self {
            until: outage.until,
            off_before: outage.off_before,
        }
    }
}

impl From<Gap> for Outage {
    fn from(gap: Gap) -> Self {
        Self {
            until: gap.until,
            off_before: gap.off_before,
        }
    }
}

impl Field for Clock {
    fn put(&self, out: &mut Vec<u8>) {
        let Self {
            first_beat_at,
            last_beat_at,
            covered_until,
            off_secs,
        } = self;
        for part in [first_beat_at, last_beat_at, covered_until, off_secs] {
            part.put(out);
        }
    }
    fn take(input: &mut &[u8]) -> Option<Self> {
        Some(Self {
            first_beat_at: u64::take(input)?,
            last_beat_at: u64::take(input)?,
            covered_until: u64::take(input)?,
            off_secs: u64::take(input)?,
        })
    }
}

impl Field for Admission {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(match self {
            Self::Pending => 0,
            Self::Verified => 1,
            Self::Rejected => 2,
        });
    }
    fn take(input: &mut &[u8]) -> Option<Self> {
        match u8::take(input)? {
            0 => Some(Self::Pending),
            1 => Some(Self::Verified),
            2 => Some(Self::Rejected),
            _ => None,
        }
    }
}

impl Field for CommitState {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(match self {
            Self::Committed => 0,
            Self::Accepted => 1,
            Self::Forged => 2,
            Self::Missed => 3,
        });
    }
    fn take(input: &mut &[u8]) -> Option<Self> {
        match u8::take(input)? {
            0 => Some(Self::Committed),
            1 => Some(Self::Accepted),
            2 => Some(Self::Forged),
            3 => Some(Self::Missed),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use joule_kit::packed::Packed;
    use proptest::prelude::*;

    #[test]
    fn a_node_takes_the_bytes_that_its_layout_says() {
        assert_eq!(Node::new(1).pack().len(), 146);
        assert_eq!(Track::new().pack().len(), 41);
    }

    #[test]
    fn other_lengths_and_unknown_tags_are_no_records() {
        let bytes = Node::new(1).pack();
        assert_eq!(Node::unpack(&bytes[1..]), None);
        assert_eq!(Node::unpack(&[bytes.as_slice(), &[0]].concat()), None);
        let mut tagged = bytes;
        tagged[8] = 3;
        assert_eq!(Node::unpack(&tagged), None);
        let mut track = Track::new().pack();
        track[4] = 2;
        assert_eq!(Track::unpack(&track), None);
    }

    proptest! {
        #[test]
        fn records_are_read_back_as_written(
            n in any::<[u64; 18]>(),
            s in any::<[u32; 5]>(),
            (failures, tag, digest, seed) in any::<(u8, u8, [u8; 32], [u8; 32])>(),
        ) {
            let admission = [Admission::Pending, Admission::Verified, Admission::Rejected][usize::from(tag % 3)];
            let node = Node {
                provider: n[0], admission, failures, challenges: s[0], admitted_at: n[1], proved_at: n[2],
                proved_epoch: s[1], hash_rate: n[3], windows: s[2], load: s[3], busy_since: n[4], worked: n[5],
                spell_from: n[16], spell_until: n[17], worked_before: n[6], off_since: n[7],
                clock: Clock { first_beat_at: n[8], last_beat_at: n[9], covered_until: n[10], off_secs: n[11] },
                period_from: n[12], period_online: n[13],
            };
            prop_assert_eq!(Node::unpack(&node.pack()), Some(node));
            let state = [CommitState::Committed, CommitState::Accepted, CommitState::Forged, CommitState::Missed]
                [usize::from(tag % 4)];
            let commit = Commit { state, bound: n[14], digest, seed, committed_at: n[15] };
            prop_assert_eq!(Commit::unpack(&commit.pack()), Some(commit));
        }
    }
}
