//! Random sequences against a model of its own (I-26 to I-32): plain amounts without shares, which is what one staker a
//! pool comes to. After each step every amount equals the model's, the recount of the records equals the ledger, and
//! the ledger equals what the token would show; at the end every power at every height equals the history that was
//! written down.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::*;
use cosmwasm_std::{Order, Response};
use cw20::Cw20ExecuteMsg;
use joule_staking::state::{AWARDS, COHORTS, ENTRIES, POOLS, SHARES};
use joule_types::staking::{ExecuteMsg, SlashOutcome, Unbonded};
use joule_types::Peer;
use proptest::prelude::*;

const NAMES: [&str; 3] = ["ann", "bob", "cat"];
const CALLERS: [Peer; 3] = [Peer::Registry, Peer::Marketplace, Peer::Dao];

#[derive(Clone, Debug)]
enum Step {
    Bond {
        who: usize,
        amount: u128,
    },
    Unbond {
        who: usize,
        part: u128,
        of: u128,
    },
    Slash {
        who: usize,
        caller: usize,
        id: u64,
        bps: u16,
        repay: Option<(usize, u128)>,
    },
    Claim {
        who: usize,
    },
    Jump {
        secs: u64,
    },
    SetUnbonding {
        secs: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    // Mostly the first, so that one pool gets many cohorts.
    let who = prop_oneof![4 => Just(0usize), 1 => 0usize..NAMES.len()];
    let amount = prop_oneof![0u128..20, 10u128..1_000_000_000];
    let bps = prop_oneof![4 => 1u16..=3_000, 2 => Just(500u16), 1 => Just(9_999u16), 1 => Just(10_000u16)];
    let repay = prop::option::of((who.clone(), amount.clone()));
    prop_oneof![
        4 => (who.clone(), amount).prop_map(|(who, amount)| Step::Bond { who, amount }),
        10 => (who.clone(), 0u128..=11, prop_oneof![1 => Just(10u128), 9 => Just(1_000)])
            .prop_map(|(who, part, of)| Step::Unbond { who, part, of }),
        3 => (who.clone(), 0usize..3, 0u64..6, bps, repay)
            .prop_map(|(who, caller, id, bps, repay)| Step::Slash { who, caller, id, bps, repay }),
        2 => who.prop_map(|who| Step::Claim { who }),
        8 => prop_oneof![1 => Just(0u64), 9 => 1u64..4, 2 => 1u64..150, 1 => 1u64..3_000].prop_map(|secs| Step::Jump { secs }),
        1 => prop_oneof![10u64..70, 1_000u64..4_000].prop_map(|secs| Step::SetUnbonding { secs }),
    ]
}

#[derive(Clone, Debug, Default)]
struct Pool {
    bonded: u128,
    epoch: u32,
    /// Maturity -> amount; an entry slashed to nothing stays until it is claimed.
    cohorts: BTreeMap<u64, u128>,
}

#[derive(Clone, Default)]
struct Model {
    pools: [Pool; 3],
    /// Maturity -> amount of each.
    awards: [BTreeMap<u64, u128>; 3],
    incidents: BTreeSet<(usize, u64)>,
    unbonding_secs: u64,
    deposited: u128,
    withdrawn: u128,
    burned: u128,
    slashed: u128,
}

/// What a step pays or burns.
#[derive(Debug, Default, PartialEq)]
struct Moved {
    paid: u128,
    burned: u128,
    slashed: u128,
}

impl Model {
    /// None if the step must fail.
    fn apply(&mut self, step: &Step, now: u64) -> Option<Moved> {
        let mut moved = Moved::default();
        match *step {
            Step::Bond { who, amount } => {
                let pool = &mut self.pools[who];
                (amount > 0 && pool.bonded + amount >= MIN_BOND).then_some(())?;
                pool.bonded += amount;
                self.deposited += amount;
            }
            Step::Unbond { who, part, of } => {
                let amount = self.unbonds(who, part, of);
                let at = self.place(who, now);
                let pool = &mut self.pools[who];
                let left = pool.bonded.checked_sub(amount)?;
                (amount > 0 && (left == 0 || left >= MIN_BOND)).then_some(())?;
                *pool.cohorts.entry(at?).or_default() += amount;
                pool.bonded = left;
            }
            Step::Slash {
                who,
                caller,
                id,
                bps,
                repay,
            } => {
                if self.incidents.insert((caller, id)) {
                    let pool = &mut self.pools[who];
                    let unmatured = pool.cohorts.iter_mut().filter(|(at, _)| **at > now);
                    for amount in unmatured.map(|(_, amount)| amount).chain([&mut pool.bonded]) {
                        let taken = (*amount * u128::from(bps)).div_ceil(10_000);
                        *amount -= taken;
                        moved.slashed += taken;
                    }
                    pool.epoch += u32::from(moved.slashed > 0);
                }
                let repaid = repay.map_or(0, |(_, up_to)| up_to.min(moved.slashed));
                if let (Some((to, _)), 1..) = (repay, repaid) {
                    *self.awards[to].entry(self.maturity(now)).or_default() += repaid;
                }
                moved.burned = moved.slashed - repaid;
                self.burned += moved.burned;
                self.slashed += moved.slashed;
            }
            Step::Claim { who } => {
                let (due, awards) = (due(&self.pools[who].cohorts, now), due(&self.awards[who], now));
                (!due.is_empty() || !awards.is_empty()).then_some(())?;
                moved.paid = due.values().chain(awards.values()).sum();
                self.pools[who].cohorts.retain(|at, _| !due.contains_key(at));
                self.awards[who].retain(|at, _| !awards.contains_key(at));
                self.withdrawn += moved.paid;
            }
            Step::Jump { .. } => {}
            Step::SetUnbonding { secs } => self.unbonding_secs = secs,
        }
        Some(moved)
    }

    fn unbonds(&self, who: usize, part: u128, of: u128) -> u128 {
        self.pools[who].bonded * part / of
    }

    /// Maturity of what unbonds now; none if 22 earlier cohorts are under way.
    fn place(&self, who: usize, now: u64) -> Option<u64> {
        let at = self.maturity(now);
        let under_way: Vec<u64> = self.pools[who].cohorts.range(now + 1..).map(|(at, _)| *at).collect();
        if under_way.len() < 22 {
            return Some(at);
        }
        under_way.into_iter().find(|other| *other >= at)
    }

    fn maturity(&self, now: u64) -> u64 {
        let length = self.unbonding_secs.div_ceil(21);
        (now + self.unbonding_secs..).find(|at| at % length == 0).unwrap()
    }

    fn held(&self) -> u128 {
        let pools = self
            .pools
            .iter()
            .map(|pool| pool.bonded + pool.cohorts.values().sum::<u128>());
        pools.sum::<u128>() + self.awards.iter().flat_map(BTreeMap::values).sum::<u128>()
    }
}

/// The oldest 30 that have matured.
fn due(amounts: &BTreeMap<u64, u128>, now: u64) -> BTreeMap<u64, u128> {
    let matured = amounts.range(..=now);
    matured.map(|(at, amount)| (*at, *amount)).take(30).collect()
}

/// Runs a step; none if it failed.
fn run(bench: &mut Bench, model: &Model, step: &Step) -> Option<Response> {
    match *step {
        Step::Bond { who, amount } => bench.bond(NAMES[who], amount).ok(),
        Step::Unbond { who, part, of } => bench.unbond(NAMES[who], model.unbonds(who, part, of)).ok(),
        Step::Slash {
            who,
            caller,
            id,
            bps,
            repay,
        } => {
            let repay = repay.map(|(to, up_to)| (NAMES[to], up_to));
            bench
                .send(&peer(CALLERS[caller]), slash_msg(id, NAMES[who], bps, repay))
                .ok()
        }
        Step::Claim { who } => bench.send(&addr(NAMES[who]), ExecuteMsg::Claim {}).ok(),
        Step::Jump { secs } => {
            bench.jump(secs);
            Some(Response::new())
        }
        Step::SetUnbonding { secs } => {
            bench.set_unbonding(secs);
            Some(Response::new())
        }
    }
}

fn moved(response: &Response) -> Moved {
    let slashed = response
        .data
        .as_ref()
        .map(|_| data(response))
        .map_or(0, |told: SlashOutcome| {
            assert_eq!(told.slashed, told.repaid + told.burned);
            told.slashed.u128()
        });
    let (paid, burned) = match to_token(response) {
        Some(Cw20ExecuteMsg::Transfer { amount, .. }) => (amount.u128(), 0),
        Some(Cw20ExecuteMsg::Burn { amount }) => (0, amount.u128()),
        None => (0, 0),
        Some(other) => panic!("{other:?}"),
    };
    Moved { paid, burned, slashed }
}

fn check(bench: &Bench, model: &Model) {
    let (storage, now) = (&bench.deps.storage, bench.now());
    for (who, name) in NAMES.iter().enumerate() {
        let pool = &model.pools[who];
        let under_way: Vec<_> = pool.cohorts.range(now + 1..).collect();
        assert!(under_way.len() <= 22, "cohorts of {name}");
        let unbonding = under_way.iter().map(|(_, amount)| **amount).sum::<u128>();
        assert_eq!(bench.stake(name), (pool.bonded, unbonding, pool.epoch), "{name}");
        let sum = |amounts: BTreeMap<u64, u128>| amounts.into_values().sum::<u128>();
        assert_eq!(
            bench.claimable(name),
            (sum(due(&pool.cohorts, now)), sum(due(&model.awards[who], now))),
            "{name}"
        );
        let maturing = model.awards[who].range(now + 1..).map(|(_, amount)| *amount);
        assert_eq!(bench.due(name).maturing.u128(), maturing.sum::<u128>(), "{name}");
        // I-26, I-27: the shares of the one staker are all shares, and worth all of it.
        let owner = addr(name);
        if let Some(record) = POOLS.may_load(storage, &owner).unwrap() {
            let shares = SHARES.may_load(storage, (&owner, record.generation, &owner)).unwrap();
            assert_eq!(shares.unwrap_or_default(), record.shares);
            assert_eq!(record.bonded.is_zero(), record.shares.is_zero());
        }
    }
    let cohorts = COHORTS
        .range(storage, None, None, Order::Ascending)
        .map(|item| item.unwrap().1.amount.u128());
    let pools = POOLS
        .range(storage, None, None, Order::Ascending)
        .map(|item| item.unwrap().1.bonded.u128());
    let awards = AWARDS
        .range(storage, None, None, Order::Ascending)
        .map(|item| item.unwrap().1.u128());
    let entries = ENTRIES.keys(storage, None, None, Order::Ascending).count();
    assert_eq!(
        entries,
        model.pools.iter().map(|pool| pool.cohorts.len()).sum::<usize>()
    );
    let bonded: u128 = pools.sum();
    let told = bench.conservation();
    // I-28, by recount, by the model and by what the token would show.
    assert_eq!(told.held.u128(), bonded + cohorts.sum::<u128>() + awards.sum::<u128>());
    assert_eq!(told.held.u128(), model.held());
    assert_eq!(told.deposited, told.withdrawn + told.burned + told.held);
    let sums = [told.deposited, told.withdrawn, told.burned, told.slashed, told.repaid].map(|sum| sum.u128());
    let repaid = model.slashed - model.burned;
    assert_eq!(
        sums,
        [model.deposited, model.withdrawn, model.burned, model.slashed, repaid]
    );
    assert_eq!(bench.total_at(bench.env.block.height + 1), bonded);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn stake_follows_the_model(start in 21u64..70, steps in prop::collection::vec(step(), 1..100)) {
        let mut bench = Bench::new();
        let mut model = Model { unbonding_secs: start, ..Model::default() };
        bench.set_unbonding(model.unbonding_secs);
        let mut history: BTreeMap<u64, [u128; 3]> = BTreeMap::new();
        let begin = (0..3).map(|who| Step::Bond { who, amount: 1_000_000 });
        // A full pool: 22 cohorts, one part of the time after another.
        let fill = (0..22).flat_map(|_| {
            let secs = start.div_ceil(21);
            [Step::Unbond { who: 0, part: 1, of: 1_000 }, Step::Jump { secs }]
        });
        for step in begin.chain(fill).chain(steps) {
            let height = bench.env.block.height;
            history.entry(height).or_insert_with(|| model.pools.clone().map(|pool| pool.bonded));
            let mut after = model.clone();
            let expected = after.apply(&step, bench.now());
            let outcome = run(&mut bench, &model, &step);
            prop_assert_eq!(outcome.as_ref().map(moved), expected, "{:?}", step);
            if let (Some(response), Step::Unbond { .. }) = (&outcome, &step) {
                let told: Unbonded = event(response);
                prop_assert!(told.matures_at >= bench.now() + model.unbonding_secs);
            }
            if outcome.is_some() {
                model = after;
            }
            check(&bench, &model);
        }
        for (height, powers) in &history {
            for (who, power) in powers.iter().enumerate() {
                prop_assert_eq!(bench.power_at(NAMES[who], *height), *power, "{} at {}", NAMES[who], height);
            }
            prop_assert_eq!(bench.total_at(*height), powers.iter().sum::<u128>());
        }
        // I-46: everybody can leave with all that is left.
        for name in NAMES {
            let bonded = bench.stake(name).0;
            if bonded > 0 && bench.unbond(name, bonded).is_err() {
                bench.jump(4_000);
                bench.unbond(name, bonded).unwrap();
            }
        }
        bench.jump(10_000);
        for name in NAMES {
            while bench.claim(name).is_ok() {}
        }
        prop_assert!(bench.conservation().held.is_zero());
        prop_assert!(COHORTS.is_empty(&bench.deps.storage) && ENTRIES.is_empty(&bench.deps.storage));
    }
}
