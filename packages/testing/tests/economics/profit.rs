//! 1,000 jobs before committees of 40 validators. One job in twenty has a known answer: its poster runs the provider too, from accounts
//! that nothing links, and delivers a wrong result on purpose. That takes no privilege: the job looks like any other. It costs what the
//! provider loses of the least stake there is, less the price, which its poster gets back.

use std::collections::BTreeMap;

use cosmwasm_std::Uint128;
use cw20::Denom;
use joule_rollout::ONE_JOULE;
use joule_testing::{Buyer, Conduct, Provider, Run, Validator, World, STAKE, USDC, VALIDATOR_STAKE};
use joule_types::{
    marketplace::{JobSpec, PanelRuling, SeatResponse},
    registry::NodeState,
    staking::{ClaimableResponse, QueryMsg},
    work::price::PriceUnit,
};

use crate::plot::{compare_or_bless, Curve};

/// Jobs in all.
const JOBS: u64 = 1_000;
/// One job in so many has a known answer.
const KNOWN_EVERY: u64 = 20;
/// Stake of the provider of known answers, micro-JOULE: what trust level 1 asks for.
const LEAST_STAKE: u128 = 100 * ONE_JOULE;
/// What the provider gets for a job: 2 USDC, for a minute at 120 an hour.
const PRICE: u128 = 120_000_000;
const QUOTE: u128 = PRICE / 60;
/// What a vote earns: half of it.
const PAY: u128 = QUOTE / 2;
/// What it costs to run a job again: six tenths of what a vote earns.
const WORK: u128 = PAY * 6 / 10;

/// How a validator behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Runs the job and votes what it found.
    Honest,
    /// Votes what the provider delivered; it is given that it can open the provider's trace.
    Copier,
    /// Votes anything.
    Random,
    /// Seals the right vote and never reveals it.
    Hides,
    /// Never votes.
    Absent,
}

const KINDS: [(Kind, &str, &str, usize); 5] = [
    (Kind::Honest, "honest", "#1b7837", 32),
    (Kind::Copier, "copies", "#762a83", 2),
    (Kind::Random, "votes anything", "#d73027", 2),
    (Kind::Hides, "never reveals", "#f46d43", 2),
    (Kind::Absent, "never votes", "#4575b4", 2),
];

struct Trial {
    world: World,
    kinds: BTreeMap<cosmwasm_std::Addr, Kind>,
    buyer: Buyer,
    provider: Provider,
    /// Runs the jobs with a known answer, in a region where nobody else is.
    tester: Provider,
    /// Runs that each validator paid for.
    worked: BTreeMap<cosmwasm_std::Addr, u128>,
    votes: u64,
    /// Stake that known answers cost, micro-JOULE.
    lost: u128,
}

impl Trial {
    fn new() -> Self {
        let mut world = World::with(|plan| {
            plan.registry.admission_units = 8u64.into();
        });
        let validators = world.validators(KINDS.iter().map(|(.., count)| count).sum());
        let kinds = KINDS.iter().flat_map(|(kind, .., count)| vec![*kind; *count]);
        let owners = validators.into_iter().map(|validator: Validator| validator.owner);
        let kinds = owners.zip(kinds).collect();
        let provider = world.provider("turbine", PRICE);
        let mut tester = world.registered("tester");
        world.unbond(&tester.owner, STAKE - LEAST_STAKE).unwrap();
        world.pass(300);
        world.claim(&tester.owner).unwrap();
        let spec = joule_types::registry::NodeSpec {
            region: "eu".into(),
            ..world.cpu_spec()
        };
        tester.node = world.add_node(&tester, spec).unwrap();
        world.admit(&tester, tester.node).unwrap();
        world.beat(&tester, &[tester.node]).unwrap();
        tester.offer = world.offer(&tester, PRICE).unwrap();
        let buyer = world.buyer("ada", 100_000 * ONE_JOULE);
        Self {
            world,
            kinds,
            buyer,
            provider,
            tester,
            worked: BTreeMap::new(),
            votes: 0,
            lost: 0,
        }
    }

    fn spec(&self, region: &str) -> JobSpec {
        let mut spec = self.world.judged_spec();
        spec.requirements.max_secs = 60;
        spec.estimated_secs = 30;
        spec.requirements.budget = QUOTE.into();
        spec.requirements.region = Some(region.into());
        spec.requirements.only_region = true;
        spec.crank_deposit = Uint128::zero();
        // Two rungs at full pay; what is not needed goes back.
        spec.verification_budget = (10 * PAY).into();
        spec
    }

    /// One job from its post to its ruling; true if the result was held to be right.
    fn job(&mut self, number: u64, known: bool) -> bool {
        let provider = if known {
            self.tester.clone()
        } else {
            self.provider.clone()
        };
        self.ready(&provider);
        let spec = self.spec(if known { "eu" } else { "us" });
        let job = self.world.post(&self.buyer, spec);
        let delivered = if known {
            Run::of(b"a known mistake")
        } else {
            Run::right()
        };
        self.world.start(&provider, job).unwrap();
        self.world.submit_run(&provider, job, &delivered).unwrap();
        let Self {
            world,
            kinds,
            worked,
            votes,
            ..
        } = self;
        let mut conduct = |seat: &SeatResponse| {
            *votes += 1;
            let kind = kinds[&seat.owner];
            if matches!(kind, Kind::Honest) && !seat.standby {
                *worked.entry(seat.owner.clone()).or_default() += 1;
            }
            match kind {
                Kind::Honest => Conduct::Votes(Run::right()),
                Kind::Copier => Conduct::Votes(delivered.clone()),
                Kind::Random => Conduct::Votes(Run::of(&[number.to_be_bytes(), votes.to_be_bytes()].concat())),
                Kind::Hides => Conduct::Hides(Run::right()),
                Kind::Absent => Conduct::Absent,
            }
        };
        world.judge(job, &mut conduct) == PanelRuling::Upheld
    }

    /// What a provider's agent does before it takes a job; after a slash it stakes and proves itself again.
    fn ready(&mut self, provider: &Provider) {
        if self.world.node(provider.node).state == NodeState::Slashed {
            let lost = LEAST_STAKE - self.world.pool(&provider.owner).bonded.u128();
            self.world.bond(&provider.owner, lost).unwrap();
            self.lost += lost;
            self.world.admit(provider, provider.node).unwrap();
        }
        self.world.beat(provider, &[provider.node]).unwrap();
        if provider.id == self.tester.id {
            let msg = joule_types::marketplace::ExecuteMsg::Refresh {
                offers: vec![provider.offer],
            };
            self.world.market(&provider.operator, &msg).unwrap();
        }
    }

    /// Everybody takes out what has matured of the awards from slashes.
    fn claim(&mut self) {
        let owners = self.kinds.keys().cloned().chain([self.buyer.address.clone()]);
        for owner in owners.collect::<Vec<_>>() {
            let address = owner.to_string();
            let query = QueryMsg::Claimable { address };
            let claims: ClaimableResponse = self.world.ask(&self.world.peers.staking, &query);
            if !claims.awarded.is_zero() {
                self.world.claim(&owner).unwrap();
            }
        }
    }

    /// Mean profit of a kind so far, in JOULE, a USDC counted as one.
    fn profit(&self, of: Kind) -> f64 {
        let owners: Vec<_> = self
            .kinds
            .iter()
            .filter(|(_, kind)| **kind == of)
            .map(|(owner, _)| owner)
            .collect();
        owners.iter().map(|owner| self.profit_of(owner)).sum::<f64>() / owners.len() as f64
    }

    fn profit_of(&self, owner: &cosmwasm_std::Addr) -> f64 {
        let earned = self.world.balance(owner, Denom::Native(USDC.into())).earned.u128();
        let address = owner.to_string();
        let claims: ClaimableResponse = self
            .world
            .ask(&self.world.peers.staking, &QueryMsg::Claimable { address });
        // What was claimed is in the wallet, which was empty.
        let awards = (claims.awarded + claims.maturing + self.world.joule_of(owner)).u128();
        let work = self.worked.get(owner).copied().unwrap_or(0) * WORK;
        let has = self.world.pool(owner).bonded.u128() + earned + awards;
        (has as f64 - (VALIDATOR_STAKE + work) as f64) / ONE_JOULE as f64
    }
}

#[test]
fn only_honest_validators_earn() {
    let mut trial = Trial::new();
    assert_eq!(trial.world.offer_terms(&trial.provider, PRICE).unit, PriceUnit::Hour);
    let mut curves: Vec<Curve> = KINDS
        .iter()
        .map(|(_, name, colour, _)| Curve {
            name,
            colour,
            points: vec![(0.0, 0.0)],
        })
        .collect();
    let (mut captured, mut failed) = (0, 0);
    for number in 1..=JOBS {
        let known = number.is_multiple_of(KNOWN_EVERY);
        let upheld = trial.job(number, known);
        captured += u32::from(known && upheld);
        failed += u32::from(!known && !upheld);
        if number.is_multiple_of(20) {
            trial.claim();
            for (curve, (kind, ..)) in curves.iter_mut().zip(KINDS) {
                curve.points.push((number as f64, trial.profit(kind)));
            }
        }
    }
    trial.world.check();
    println!(
        "{} jobs, {} of them with a known answer, {} seats",
        JOBS,
        JOBS / KNOWN_EVERY,
        trial.votes
    );
    let poster = trial.buyer.address.to_string();
    let repaid: ClaimableResponse = trial
        .world
        .ask(&trial.world.peers.staking, &QueryMsg::Claimable { address: poster });
    let repaid = (repaid.awarded + repaid.maturing + trial.world.joule_of(&trial.buyer.address)).u128();
    let known = f64::from(u32::try_from(JOBS / KNOWN_EVERY).unwrap()) * ONE_JOULE as f64;
    println!(
        "a known answer costs {:.2} JOULE of stake, of which {:.2} come back",
        trial.lost as f64 / known,
        repaid as f64 / known
    );
    for (curve, (kind, ..)) in curves.iter().zip(KINDS) {
        let owners = trial.kinds.iter().filter(|(_, other)| **other == kind);
        let each: Vec<String> = owners
            .map(|(owner, _)| format!("{:.1}", trial.profit_of(owner)))
            .collect();
        println!("{}: {:+.1} ({})", curve.name, trial.profit(kind), each.join(", "));
    }
    assert_eq!(
        (captured, failed),
        (0, 0),
        "known mistakes that passed, right results that did not"
    );
    let least = trial
        .kinds
        .iter()
        .filter(|(_, kind)| **kind == Kind::Honest)
        .map(|(owner, _)| owner);
    for owner in least {
        assert!(trial.profit_of(owner) > 0.0, "{owner} was honest and lost");
        assert_eq!(
            trial.world.pool(owner).bonded.u128(),
            VALIDATOR_STAKE,
            "nobody honest is slashed"
        );
    }
    for (owner, kind) in trial.kinds.iter().filter(|(_, kind)| **kind != Kind::Honest) {
        assert!(
            trial.profit_of(owner) < 0.0,
            "{kind:?} pays: {}",
            trial.profit_of(owner)
        );
    }
    let title = "Profit of a validator with 1,000 JOULE at stake, in JOULE";
    compare_or_bless("validator-economics.svg", title, &curves);
}
