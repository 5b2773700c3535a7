//! The state of a node, derived from facts whenever it is read, so that nobody has to be told of a change.
//!
//! Stored are only the steps of the admission. The rest follows:
//!
//! | state | when (first line that applies) |
//! |---|---|
//! | Rejected | too many failed admissions, or the dao |
//! | Slashed | the provider is banned |
//! | Pending | not admitted, or its proofs were voided |
//! | Slashed | its pool was slashed after its last proof |
//! | Verified | it never beat |
//! | Inactive | no beat covers now, or it is switched off |
//! | Earning | it carries work |
//! | Active | else |
//!
//! DESIGN 11.18 names the first beat *with a live offer* as the step to Active. Offers live in the marketplace, which
//! ranks above the registry, so the registry derives Active from the beat and the switch, and the marketplace adds the
//! offer as its own condition.

use joule_types::registry::NodeState;

use crate::records::Node;

/// Stored part of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Nothing proven.
    Pending,
    /// Passed.
    Verified,
    /// For good.
    Rejected,
}

/// What the state of a node follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The admission.
    pub admission: Admission,
    /// The provider is banned.
    pub banned: bool,
    /// The pool was slashed after the last proof.
    pub slashed: bool,
    /// It ever beat.
    pub beaten: bool,
    /// A beat covers now.
    pub covered: bool,
    /// It is switched on.
    pub available: bool,
    /// It carries work.
    pub busy: bool,
}

impl Facts {
    /// The facts about a node at `now`; `slash_epoch` is the one of its owner's pool.
    #[must_use]
    pub const fn of(node: &Node, banned: bool, slash_epoch: u32, now: u64) -> Self {
        Self {
            admission: node.admission,
            banned,
            slashed: node.proved_epoch < slash_epoch,
            beaten: node.beaten(),
            covered: node.beaten() && node.clock.is_online(now),
            available: node.available(),
            busy: node.load > 0,
        }
    }

    /// The state.
    #[must_use]
    pub const fn state(&self) -> NodeState {
        match self.admission {
            Admission::Rejected => NodeState::Rejected,
            _ if self.banned => NodeState::Slashed,
            Admission::Pending => NodeState::Pending,
            Admission::Verified if self.slashed => NodeState::Slashed,
            Admission::Verified if !self.beaten => NodeState::Verified,
            Admission::Verified if !self.covered || !self.available => NodeState::Inactive,
            Admission::Verified if self.busy => NodeState::Earning,
            Admission::Verified => NodeState::Active,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use NodeState::{Active, Earning, Inactive, Pending, Rejected, Slashed, Verified};

    fn all() -> Vec<Facts> {
        let bits = |n: u32, bit: u32| n >> bit & 1 == 1;
        [Admission::Pending, Admission::Verified, Admission::Rejected]
            .into_iter()
            .flat_map(|admission| {
                (0..64).map(move |n| Facts {
                    admission,
                    banned: bits(n, 0),
                    slashed: bits(n, 1),
                    beaten: bits(n, 2),
                    covered: bits(n, 3),
                    available: bits(n, 4),
                    busy: bits(n, 5),
                })
            })
            .filter(|facts| facts.beaten || !facts.covered)
            .collect()
    }

    /// The table of the module, written as independent conditions for each state.
    fn expected(f: &Facts) -> Vec<NodeState> {
        let rejected = f.admission == Admission::Rejected;
        let admitted = f.admission == Admission::Verified && !f.banned;
        let proven = admitted && !f.slashed;
        let up = proven && f.beaten && f.covered && f.available;
        [
            (Rejected, rejected),
            (Slashed, !rejected && f.banned || admitted && f.slashed),
            (Pending, f.admission == Admission::Pending && !f.banned),
            (Verified, proven && !f.beaten),
            (Inactive, proven && f.beaten && !(f.covered && f.available)),
            (Earning, up && f.busy),
            (Active, up && !f.busy),
        ]
        .into_iter()
        .filter_map(|(state, holds)| holds.then_some(state))
        .collect()
    }

    #[test]
    fn every_combination_of_facts_has_the_one_state_of_the_table() {
        let mut seen = vec![];
        for facts in all() {
            let state = facts.state();
            assert_eq!(expected(&facts), [state], "{facts:?}");
            seen.push(state);
        }
        assert_eq!(all().len(), 3 * 48);
        assert!(NodeState::ALL.iter().all(|state| seen.contains(state)));
    }

    /// The facts after an event; none where its handler refuses.
    type Apply = fn(Facts) -> Option<Facts>;

    /// What can happen to a node, each changing the facts that its handler changes.
    const EVENTS: [(&str, Apply); 13] = [
        ("admitted", |f| {
            let open = f.admission == Admission::Pending || f.admission == Admission::Verified && f.slashed;
            (open && !f.banned).then_some(Facts {
                admission: Admission::Verified,
                slashed: false,
                ..f
            })
        }),
        ("rejected", |f| {
            Some(Facts {
                admission: Admission::Rejected,
                ..f
            })
        }),
        ("voided", |f| {
            (f.admission == Admission::Verified && !f.busy && !f.banned).then_some(Facts {
                admission: Admission::Pending,
                ..f
            })
        }),
        ("beat", |f| {
            (f.admission == Admission::Verified && !f.banned).then_some(Facts {
                beaten: true,
                covered: true,
                ..f
            })
        }),
        ("lapsed", |f| Some(Facts { covered: false, ..f })),
        ("switched on", |f| Some(Facts { available: true, ..f })),
        ("switched off", |f| Some(Facts { available: false, ..f })),
        ("work came", |f| Some(Facts { busy: true, ..f })),
        ("work went", |f| Some(Facts { busy: false, ..f })),
        ("slashed", |f| Some(Facts { slashed: true, ..f })),
        ("banned", |f| Some(Facts { banned: true, ..f })),
        ("proved in a window", |f| {
            (f.admission == Admission::Verified).then_some(Facts { slashed: false, ..f })
        }),
        ("nothing", Some),
    ];

    #[test]
    fn no_event_leaves_the_table_of_transitions() {
        use std::collections::BTreeSet;
        let name = |state: NodeState| format!("{state:?}");
        let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
        for facts in all() {
            for (event, apply) in EVENTS {
                let Some(next) = apply(facts) else { continue };
                let (from, to) = (facts.state(), next.state());
                let legal = from == to
                    || match (from, to) {
                        (Rejected, _) => false,
                        (_, Slashed | Rejected) => true,
                        // The proof: afterwards the state is what beats, switch and load say.
                        (Pending | Slashed, Verified | Active | Earning | Inactive) => {
                            event == "admitted" || event == "proved in a window"
                        }
                        (Verified, Active | Earning | Inactive) => event == "beat",
                        (Active | Earning | Inactive, Active | Earning | Inactive) => true,
                        // New hardware, never while the node carries work.
                        (_, Pending) => event == "voided" && !facts.busy,
                        _ => false,
                    };
                assert!(legal, "{event}: {from:?} -> {to:?} of {facts:?}");
                seen.insert((name(from), name(to)));
            }
        }
        for (from, to) in [
            (Pending, Verified),
            (Verified, Active),
            (Active, Earning),
            (Earning, Active),
            (Active, Inactive),
            (Inactive, Active),
            (Pending, Rejected),
            (Verified, Rejected),
            (Earning, Slashed),
            (Slashed, Active),
        ] {
            assert!(
                seen.contains(&(name(from), name(to))),
                "{from:?} -> {to:?} never happens"
            );
        }
    }
}
