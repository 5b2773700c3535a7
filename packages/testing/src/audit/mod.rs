//! The invariants of the market (security.md section 4, as amended by DESIGN 11), over [`Observation`]s: plain data in, what is broken
//! out, so that a test can break each one on purpose and see that it is reported.

mod beacon;
mod config;
mod events;
mod index;
mod market;
mod money;
mod pages;
mod panels;
mod registry;
mod stake;
mod tree;

use std::fmt;

use cosmwasm_std::{Addr, Event};

use crate::observe::Observation;

pub use events::all as events_of;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Broken {
    /// Its number.
    pub id: &'static str,
    /// Where, with the figures.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id, self.what)
    }
}

/// A message that was carried out or refused, as the checks between two observations see it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Who sent it.
    pub sender: Addr,
    /// It was carried out.
    pub ok: bool,
    /// The role that it asks for was the sender's.
    pub allowed: bool,
    /// It lets something in, which a pause of its contract refuses.
    pub entry_of: Option<&'static str>,
    /// The account that may claim nothing more from staking afterwards: the sender of a claim.
    pub claims: bool,
    /// The owner on whose behalf the sender may spend: an operator's provider.
    pub on_behalf_of: Option<Addr>,
    /// Coins moved by the message itself, from the sender: (denomination, to, amount).
    pub carried: Vec<(String, Addr, u128)>,
    /// What the contracts said.
    pub events: Vec<Event>,
    /// Block time at which it ran, seconds.
    pub at: u64,
    /// Digests of all storage before and after.
    pub digests: (u64, u64),
}

/// Collects what is broken.
#[derive(Default)]
struct Report(Vec<Broken>);

impl Report {
    fn unless(&mut self, holds: bool, id: &'static str, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(Broken { id, what: what() });
        }
    }

    fn equal<T: PartialEq + fmt::Debug>(&mut self, id: &'static str, what: &str, found: &T, wanted: &T) {
        self.unless(found == wanted, id, || {
            format!("{what}: found {found:?}, wanted {wanted:?}")
        });
    }
}

/// What is broken in one state.
#[must_use]
pub fn state(seen: &Observation) -> Vec<Broken> {
    let mut report = Report::default();
    money::state(seen, &mut report);
    stake::state(seen, &mut report);
    market::state(seen, &mut report);
    index::state(seen, &mut report);
    registry::state(seen, &mut report);
    beacon::state(seen, &mut report);
    panels::state(seen, &mut report);
    tree::state(seen, &mut report);
    config::state(seen, &mut report);
    report.0
}

/// What a message broke between two states.
#[must_use]
pub fn step(before: &Observation, after: &Observation, step: &Step) -> Vec<Broken> {
    let mut report = Report::default();
    let (was, is) = step.digests;
    report.unless(step.ok || was == is, "I-06", || {
        format!("a refused message of {} changed the storage", step.sender)
    });
    report.unless(!step.ok || step.allowed, "I-43", || {
        format!("{} sent what its role does not allow", step.sender)
    });
    config::step(before, step, &mut report);
    money::step(before, after, step, &mut report);
    stake::step(before, after, step, &mut report);
    market::step(before, after, step, &mut report);
    panels::step(before, after, step, &mut report);
    tree::step(before, after, step, &mut report);
    events::step(before, after, step, &mut report);
    report.0
}

/// I-11: whether an account that serves nobody got richer by more than it was given.
#[must_use]
pub fn gained(before: &Observation, after: &Observation, who: &Addr, given: u128) -> Vec<Broken> {
    let mut report = Report::default();
    money::gained(before, after, who, given, &mut report);
    report.0
}

/// I-46: whether a market that everybody has left is empty but for the stakers' share of the fees.
#[must_use]
pub fn drained(seen: &Observation) -> Vec<Broken> {
    let mut report = Report::default();
    money::drained(seen, &mut report);
    report.0
}

/// I-48: walks every paged query of every contract with small pages, and asks for each record by itself.
#[must_use]
pub fn queries(world: &crate::World, seen: &Observation) -> Vec<Broken> {
    let mut report = Report::default();
    pages::walk(world, seen, &mut report);
    report.0
}
