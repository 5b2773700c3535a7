//! What should be true, kept apart from the contracts: ideal amounts by own arithmetic, and what should come of each message.

mod beacon;
mod edges;
mod expect;
mod jobs;
mod money;
mod offers;
mod panels;
mod rules;
mod stake;
mod validators;
mod votes;

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::{Addr, Event};
use joule_types::{marketplace, work::job::JobState};

use super::call::{Call, Msg};
use crate::observe::{DenomKey, Observation};

pub use beacon::Beacon;
pub use expect::Expect;
pub use jobs::{Attempt, Job};
pub use money::{Flows, Hold, Purse};
pub use offers::{Offer, Party};
pub use panels::{Panel, Seat};
pub use stake::Stake;

/// The ideal market.
#[derive(Clone, Debug)]
pub struct Model {
    /// Addresses of the contracts.
    pub peers: joule_types::Peers<Addr>,
    /// JOULE by its key.
    pub joule: DenomKey,
    /// Free balances.
    pub free: BTreeMap<(Addr, DenomKey), Purse>,
    /// Open holds.
    pub holds: BTreeMap<u64, Hold>,
    /// Fees that wait for the treasury and for the stakers.
    pub fees: BTreeMap<DenomKey, (u128, u128)>,
    /// What went in and out of the escrow.
    pub flows: BTreeMap<DenomKey, Flows>,
    /// What everybody has outside.
    pub wallets: BTreeMap<(DenomKey, Addr), u128>,
    /// What was sent to contracts for nothing.
    pub donated: BTreeMap<(DenomKey, Addr), u128>,
    /// Denominations that the escrow takes.
    pub listed: BTreeSet<DenomKey>,
    /// Stake by owner.
    pub stakes: BTreeMap<Addr, Stake>,
    /// Claims from slashes, by party and maturity.
    pub awards: BTreeMap<(Addr, u64), u128>,
    /// Stake that ever came in, was claimed, burned.
    pub stake_flows: (u128, u128, u128),
    /// Validators with who votes for each.
    pub validators: BTreeMap<Addr, Addr>,
    /// Seconds of an epoch of the validators' tree.
    pub epoch_secs: u64,
    /// Rounds of the beacon.
    pub beacon: Beacon,
    /// The chain, which seals and draws are bound to.
    pub chain_id: String,
    /// Height of the block in which the next message runs.
    pub height: u64,
    /// Parameters of staking.
    pub stake_rules: joule_types::staking::Params,
    /// Providers.
    pub parties: BTreeMap<u64, Party>,
    /// Provider of each node.
    pub nodes: BTreeMap<u64, u64>,
    /// Offers.
    pub offers: BTreeMap<u64, Offer>,
    /// Jobs.
    pub jobs: BTreeMap<u64, Job>,
    /// Parameters of the marketplace.
    pub rules: marketplace::Params,
    /// Denominations of the marketplace.
    pub denoms: BTreeMap<DenomKey, marketplace::DenomRules>,
    /// Until when each contract refuses entry.
    pub paused: BTreeMap<&'static str, u64>,
    /// What accounts that serve nobody were given or earned, in base units of any denomination: tips, gifts, repayments.
    pub gains: BTreeMap<Addr, u128>,
}

impl Model {
    /// The model of a market that stands still: everything in it is taken as given.
    #[must_use]
    pub fn of(seen: &Observation) -> Self {
        let market = &seen.market;
        let mut model = Self {
            peers: seen.peers.clone(),
            joule: seen.joule.clone(),
            free: BTreeMap::new(),
            holds: BTreeMap::new(),
            fees: BTreeMap::new(),
            flows: BTreeMap::new(),
            wallets: seen.wallets.clone(),
            donated: BTreeMap::new(),
            listed: seen.escrow.params.denoms.iter().map(joule_types::denom_key).collect(),
            stakes: BTreeMap::new(),
            awards: seen.staking.awards.clone(),
            stake_flows: Default::default(),
            validators: BTreeMap::new(),
            epoch_secs: 1,
            beacon: Beacon::of(seen),
            chain_id: seen.chain_id.clone(),
            height: 0,
            stake_rules: seen.staking.params.clone(),
            parties: BTreeMap::new(),
            nodes: seen
                .registry
                .nodes
                .iter()
                .map(|(id, node)| (*id, node.provider))
                .collect(),
            offers: BTreeMap::new(),
            jobs: BTreeMap::new(),
            rules: market.params.clone(),
            denoms: market
                .denoms
                .iter()
                .map(|(key, denom)| (key.clone(), denom.rules.clone()))
                .collect(),
            paused: BTreeMap::new(),
            gains: BTreeMap::new(),
        };
        assert!(market.jobs.is_empty(), "the model starts before the first job");
        model.take_money(seen);
        model.take_stake(seen);
        model.take_validators(seen);
        model.take_offers(seen);
        model
    }

    /// Books a message that was carried out.
    ///
    /// # Errors
    /// What the contracts said that cannot be.
    pub fn apply(&mut self, call: &Call, events: &[Event], now: u64) -> Result<(), String> {
        match &call.msg {
            Msg::Escrow(msg) => self.apply_escrow(call, msg, now),
            Msg::Deposit(amount, hook) => self.apply_deposit(call, *amount, hook),
            Msg::Staking(msg) => self.apply_staking(call, msg, events, now),
            Msg::Bond(amount) => self.apply_bond(call, *amount),
            Msg::Register(amount, hook) => self.register(call, *amount, hook, events),
            Msg::Fund(amount) => self.apply_fund(call, *amount),
            Msg::Transfer(to, amount) => self.gift(&call.sender, &self.joule.clone(), to, *amount),
            Msg::Bank(to, coin) => self.gift(&call.sender, &format!("n{}", coin.denom), to, coin.amount.u128()),
            Msg::Registry(msg) => self.apply_registry(call, msg, events, now),
            Msg::Market(msg) => self.apply_market(call, msg, events, now),
        }
    }

    fn apply_admin(&mut self, name: &'static str, msg: &joule_types::AdminMsg, now: u64) -> Result<(), String> {
        match msg {
            joule_types::AdminMsg::Pause { secs } => self.paused.insert(name, now + secs),
            joule_types::AdminMsg::Resume {} => self.paused.insert(name, 0),
            joule_types::AdminMsg::Launch {} => return Err("a launch after the launch".into()),
            joule_types::AdminMsg::SetGuardian { .. } => None,
        };
        Ok(())
    }

    /// Whether a contract refuses entry.
    #[must_use]
    pub fn is_paused(&self, name: &str, now: u64) -> bool {
        self.paused.get(name).is_some_and(|until| now < *until)
    }

    /// Where the books differ from the model, in words.
    #[must_use]
    pub fn differences(&self, seen: &Observation) -> Vec<String> {
        let mut found = vec![];
        self.compare_money(seen, &mut found);
        self.compare_stake(seen, &mut found);
        self.compare_validators(seen, &mut found);
        self.compare_beacon(seen, &mut found);
        for (id, job) in &self.jobs {
            let books = seen.market.jobs.get(id);
            let state = books.and_then(|job| job.progress.as_ref());
            let is = state.map(|state| (state.state, state.attempts, state.next_deadline_at));
            compare(
                &format!("job {id}"),
                &is,
                &Some((job.state, job.attempts, job.deadline)),
                &mut found,
            );
            let quote = books
                .and_then(|job| job.attempt.as_ref())
                .map(|attempt| attempt.quote.u128());
            compare(
                &format!("votes paid by job {id}"),
                &books.map_or(0, |job| job.spent),
                &job.spent,
                &mut found,
            );
            if let (Some(is), Some(should)) = (books.and_then(|job| job.panels.values().last()), &job.panel) {
                let is = (
                    usize::from(is.panel.rung),
                    is.panel.phase,
                    is.panel.phase_until,
                    is.panel.judge_by,
                );
                let should = (should.rung, should.phase, should.until, should.judge_by);
                compare(&format!("committee of job {id}"), &is, &should, &mut found);
            }
            compare(
                &format!("quote of job {id}"),
                &quote,
                &job.attempt.as_ref().map(|a| a.quote),
                &mut found,
            );
        }
        compare("number of jobs", &seen.market.jobs.len(), &self.jobs.len(), &mut found);
        for (id, offer) in &self.offers {
            let is = seen
                .market
                .offers
                .get(id)
                .map(|offer| (offer.open, offer.terms.price.u128()));
            compare(
                &format!("offer {id}"),
                &is,
                &Some((offer.open, offer.price)),
                &mut found,
            );
        }
        found
    }

    /// Jobs in which something can still happen.
    pub fn open_jobs(&self) -> impl Iterator<Item = (u64, &Job)> {
        self.jobs
            .iter()
            .filter(|(_, job)| !super::call::is_over(job.state))
            .map(|(id, job)| (*id, job))
    }

    /// A job's state, if there is such a job.
    #[must_use]
    pub fn state(&self, job: u64) -> Option<JobState> {
        self.jobs.get(&job).map(|job| job.state)
    }
}

fn compare<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, should: &T, found: &mut Vec<String>) {
    if is != should {
        found.push(format!("{what} is {is:?}, should be {should:?}"));
    }
}
