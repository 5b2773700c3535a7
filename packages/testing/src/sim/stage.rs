//! A world with its cast, its model and everything that is checked after each message.

use std::collections::BTreeMap;

use cosmwasm_std::{Addr, Binary, Coin, Uint64};
use cw20::Denom;
use joule_rollout::ONE_JOULE;
use joule_types::{
    marketplace::{self, OfferTerms},
    registry::RegistryHook,
    NodeId, OfferId,
};

use super::{
    call::{Call, Msg},
    model::{Expect, Model},
};
use crate::{audit, observe::Observation, Backend, Provider, Run, Snapshot, World, STAKE, USDC};

/// Who acts.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Three providers of different prices: one was referred and has an operator and a payout address of its own, one only an operator,
    /// one does everything from one address.
    pub providers: Vec<Provider>,
    /// Everybody who may be named by number: buyers first, then keeper, stranger, arbiter, referrer, guardian, the dao, the providers'
    /// addresses and the validators' owners.
    pub people: Vec<Addr>,
}

impl Cast {
    /// The buyers among [`Cast::people`].
    pub const BUYERS: usize = 2;
    /// The keeper.
    pub const KEEPER: usize = 2;
    /// Somebody with no part in the market.
    pub const STRANGER: usize = 3;
    /// The arbiter.
    pub const ARBITER: usize = 4;

    /// A person by any number.
    #[must_use]
    pub fn who(&self, number: u8) -> Addr {
        self.people
            .get(usize::from(number) % self.people.len())
            .cloned()
            .expect("there are people")
    }
}

/// The stage of one sequence after another.
pub struct Stage {
    /// The world.
    pub world: World,
    /// Who acts.
    pub cast: Cast,
    /// What should be true.
    pub model: Model,
    /// What is true now.
    pub seen: Observation,
    /// What was sent, for the report of a failure.
    pub log: Vec<String>,
    /// How often each kind of message was carried out or refused, over all sequences.
    pub tally: BTreeMap<String, (u32, u32)>,
    /// The last message, for repeats.
    pub(super) last: Option<Call>,
    /// Lists that wait for their reveal, by window and node.
    pub(super) lists: BTreeMap<(u64, u64), Binary>,
    /// What seats sealed, by job, attempt, rung and seat.
    pub(super) runs: BTreeMap<(u64, u32, u8, u8), Run>,
    /// The next message stays in the block of the last one.
    pub(super) same_block: bool,
    digest: u64,
    sent: usize,
    start: (Snapshot, Model, Observation, u64),
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

/// The whole walk over all queries is made after every so many messages.
const WALK_EVERY: usize = 12;

impl Stage {
    /// A market with its cast ready to act.
    ///
    /// # Panics
    /// If the market does not deploy.
    #[must_use]
    pub fn new() -> Self {
        Self::on(Backend::new())
    }

    /// The same on a chain whose codes the caller has chosen.
    ///
    /// # Panics
    /// If the market does not deploy.
    #[must_use]
    pub fn on(backend: Backend) -> Self {
        let mut world = World::on(backend, |plan| {
            plan.registry.admission_units = Uint64::new(16);
            plan.registry.window_k = 64;
            plan.registry.beat_secs = 1_800;
            plan.registry.max_admission_failures = 20;
        });
        world.fund_tips(3 * ONE_JOULE / 10);
        let validators = validators(&mut world);
        let providers = vec![
            company(&mut world, "turbine", 400_000, Some("scout")),
            company(&mut world, "cheap", 90_007, None),
            sole(&mut world, "solo", 250_003),
        ];
        let names = ["ada", "bob", "keeper", "eve", "arbiter", "scout", "guardian"];
        let mut people: Vec<Addr> = names.iter().map(|name| world.account(name)).collect();
        for who in people.clone() {
            world.give(&who, 50_000_000, USDC);
            world.give(&who, 1_000, "ujunk");
            world.give_joule(&who, 200 * ONE_JOULE);
        }
        for buyer in people.iter().take(Cast::BUYERS).cloned().collect::<Vec<_>>() {
            world.deposit(&buyer, 20_000_000, USDC).unwrap();
            world.deposit_joule(&buyer, 20 * ONE_JOULE).unwrap();
        }
        people.push(world.peers.dao.clone());
        for provider in &providers {
            for address in [&provider.owner, &provider.operator, &provider.payout] {
                if !people.contains(address) {
                    world.give(address, 3_000_000, USDC);
                    world.deposit(address, 1_000_000, USDC).unwrap();
                    people.push(address.clone());
                }
            }
        }
        people.extend(validators);
        let seen = world.observe();
        let model = Model::of(&seen);
        let digest = world.digest();
        Self {
            start: (world.snapshot(), model.clone(), seen.clone(), digest),
            cast: Cast { providers, people },
            world,
            model,
            seen,
            log: vec![],
            tally: BTreeMap::new(),
            last: None,
            lists: BTreeMap::new(),
            runs: BTreeMap::new(),
            same_block: false,
            digest,
            sent: 0,
        }
    }

    /// Back to the beginning.
    pub fn reset(&mut self) {
        let (snapshot, model, seen, digest) = self.start.clone();
        self.world.restore(&snapshot);
        (self.model, self.seen, self.digest) = (model, seen, digest);
        (self.last, self.sent, self.same_block) = (None, 0, false);
        self.lists.clear();
        self.runs.clear();
        self.log.clear();
    }

    /// Sends a message, compares what comes of it with the model, and checks everything. True if it was carried out.
    ///
    /// # Errors
    /// What is broken, with all that was sent.
    pub fn send(&mut self, call: Call) -> Result<bool, String> {
        let now = self.world.now();
        self.seen.now = now;
        self.model.height = self.world.backend.app.block_info().height;
        let expect = self.model.expect(&call, now);
        let mut step = call.step(&self.seen);
        let msg = call.cosmos(&self.seen).map_err(|error| error.to_string())?;
        let answer = self.world.backend.app.execute_multi(call.sender.clone(), vec![msg]);
        self.log.push(format!(
            "{now} {} {:?} {:?} -> {}",
            self.name(&call.sender),
            call.msg,
            call.funds,
            shown(&answer)
        ));
        let tally = self.tally.entry(kind(&call.msg)).or_default();
        *(if answer.is_ok() { &mut tally.0 } else { &mut tally.1 }) += 1;
        let mut broken: Vec<String> = vec![];
        let code = answer.as_ref().err().map(crate::code);
        match (&expect, &code) {
            (Expect::Done, Some(code)) => broken.push(format!("refused with {code}, should be done")),
            (Expect::Refused(wanted), None) => broken.push(format!("done, should be refused with {wanted:?}")),
            (Expect::Refused(Some(wanted)), Some(code)) if wanted != code => {
                broken.push(format!("refused with {code}, should be {wanted}"));
            }
            _ => {}
        }
        step.ok = answer.is_ok();
        if let Ok(responses) = answer {
            step.events = responses.into_iter().flat_map(|response| response.events).collect();
            for ruled in audit::events_of::<marketplace::PanelClosed>(&step.events) {
                let key = format!("ruled {} on rung {}", ruled.ruling, ruled.rung);
                self.tally.entry(key).or_default().0 += 1;
            }
            if let Err(why) = self.model.apply(&call, &step.events, now) {
                broken.push(why);
            }
        }
        self.check(step, &mut broken);
        self.pass_block();
        self.last = Some(call);
        if broken.is_empty() {
            return Ok(self.log.last().is_some_and(|line| line.ends_with("-> done")));
        }
        Err(format!("{}\n--- after\n{}", broken.join("\n"), self.log.join("\n")))
    }

    fn check(&mut self, mut step: audit::Step, broken: &mut Vec<String>) {
        let digest = self.world.digest();
        step.digests = (self.digest, digest);
        let mut seen = if step.ok || digest != self.digest {
            self.world.observe()
        } else {
            self.seen.clone()
        };
        seen.donated = self.model.donated.clone();
        let found = if step.ok { audit::state(&seen) } else { vec![] };
        broken.extend(found.iter().map(ToString::to_string));
        broken.extend(audit::step(&self.seen, &seen, &step).iter().map(ToString::to_string));
        if step.ok {
            broken.extend(self.model.differences(&seen));
        }
        self.sent += 1;
        if self.sent.is_multiple_of(WALK_EVERY) {
            broken.extend(audit::queries(&self.world, &seen).iter().map(ToString::to_string));
        }
        let stranger = &self.cast.people[Cast::STRANGER];
        let given = self.model.gains.get(stranger).copied().unwrap_or(0);
        broken.extend(
            audit::gained(&self.start.2, &seen, stranger, given)
                .iter()
                .map(ToString::to_string),
        );
        (self.seen, self.digest) = (seen, digest);
    }

    fn pass_block(&mut self) {
        if !std::mem::take(&mut self.same_block) {
            self.world.backend.app.update_block(cw_multi_test::next_block);
        }
    }

    fn name(&self, who: &Addr) -> String {
        let place = self.cast.people.iter().position(|known| known == who);
        place.map_or_else(|| who.to_string(), |place| format!("#{place}"))
    }
}

/// The name of a message.
fn kind(msg: &Msg) -> String {
    let text = format!("{msg:?}");
    let mut words = text
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    match msg {
        Msg::Escrow(_) | Msg::Staking(_) | Msg::Registry(_) | Msg::Market(_) => {
            format!("{first} {}", words.next().unwrap_or_default())
        }
        _ => first.to_string(),
    }
}

fn shown(answer: &anyhow::Result<Vec<cw_multi_test::AppResponse>>) -> String {
    match answer {
        Ok(_) => "done".into(),
        Err(error) => error.root_cause().to_string(),
    }
}

/// A provider with an operator, and if it was referred a payout address, of its own.
fn company(world: &mut World, name: &str, price: u128, referrer: Option<&str>) -> Provider {
    let operator = world.account(&format!("{name}-agent"));
    let payout = referrer.map(|_| world.account(&format!("{name}-payout")));
    let referrer = referrer.map(|name| world.account(name));
    ready(world, name, price, Some(operator), payout, referrer)
}

fn sole(world: &mut World, name: &str, price: u128) -> Provider {
    ready(world, name, price, None, None, None)
}

fn ready(
    world: &mut World,
    name: &str,
    price: u128,
    operator: Option<Addr>,
    payout: Option<Addr>,
    referrer: Option<Addr>,
) -> Provider {
    let owner = world.account(name);
    world.give_joule(&owner, STAKE + 500 * ONE_JOULE);
    world.bond(&owner, STAKE).unwrap();
    world.deposit_joule(&owner, 20 * ONE_JOULE).unwrap();
    let text = |address: &Option<Addr>| address.as_ref().map(ToString::to_string);
    let hook = RegistryHook::Register {
        operator: text(&operator),
        payout: text(&payout),
        referrer: text(&referrer),
    };
    let (fee, registry) = (world.registry_params().fee, world.peers.registry.clone());
    let response = world.send_joule(&owner, &registry, fee, &hook).unwrap();
    let registered: joule_types::registry::ProviderRegistered = crate::event(&response);
    let mut provider = Provider {
        operator: operator.unwrap_or_else(|| owner.clone()),
        payout: payout.unwrap_or_else(|| owner.clone()),
        owner,
        id: registered.provider,
        node: NodeId(0),
        offer: OfferId(0),
    };
    provider.node = world.add_node(&provider, world.cpu_spec()).unwrap();
    world.admit(&provider, provider.node).unwrap();
    world.beat(&provider, &[provider.node]).unwrap();
    let operator = provider.operator.clone();
    for denom in [world.joule(), Denom::Native(USDC.into())] {
        let terms = OfferTerms {
            capacity: 3,
            denom,
            ..world.offer_terms(&provider, price)
        };
        let response = world
            .market(&operator, &marketplace::ExecuteMsg::CreateOffer { terms })
            .unwrap();
        provider.offer = crate::event::<marketplace::OfferOpened>(&response).offer;
    }
    provider
}

/// Fourteen validators of different weights, enough for two rungs with their standbys; half of them vote by a key of their own. What
/// they have besides their stake is little.
fn validators(world: &mut World) -> Vec<Addr> {
    let mut owners = vec![];
    for number in 0..14u128 {
        let stake = (100 + 150 * number) * ONE_JOULE;
        let name = format!("judge-{number}");
        let owner = world.account(&name);
        let operator = number
            .is_multiple_of(2)
            .then(|| world.account(&format!("{name}-agent")));
        world.give_joule(&owner, stake + ONE_JOULE);
        world.bond(&owner, stake).unwrap();
        world.enrol(&owner, operator.as_ref()).unwrap();
        owners.push(owner);
    }
    world.pass_epoch();
    owners
}

/// A message that sends coins without a word.
#[must_use]
pub(super) fn coins(from: &Addr, to: &Addr, amount: u128, denom: &str) -> Call {
    Call::new(from, Msg::Bank(to.clone(), Coin::new(amount, denom)))
}
