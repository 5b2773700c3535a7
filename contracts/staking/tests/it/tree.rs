//! The tree against a table: random bonds, unbonds, slashes, enrolments, retirements and epochs. After each step every
//! node is the sum of what is below it, now and at the end of the last closed epoch, and a draw gives the very seats that
//! drawing from the table of that epoch gives.

use std::collections::BTreeMap;

use crate::support::*;
use cosmwasm_std::Order;
use joule_staking::validators::{node, TREE, USED};
use joule_types::staking::{ExecuteMsg, ParamsUpdate, ValidatorEnrolled};
use joule_types::work::committee::draw_point;
use joule_types::Peer;
use proptest::prelude::*;

/// The first are owners of pools, the others keys.
const NAMES: [&str; 10] = ["o0", "o1", "o2", "o3", "o4", "o5", "k6", "k7", "k8", "k9"];
const OWNERS: usize = 6;

#[derive(Clone, Debug)]
enum Step {
    Bond { who: usize, amount: u128 },
    Unbond { who: usize, amount: u128 },
    Slash { who: usize, bps: u16 },
    Enrol { who: usize, operator: usize, skip: u32 },
    Retire { who: usize },
    Jump { secs: u64 },
    SetMinimum { min: u128 },
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..OWNERS;
    let amount = prop_oneof![10u128..300, 1_000u128..1_000_000_000];
    // Far into the tree, next door, or wherever the count is.
    let skip = prop_oneof![Just(0u32), 1u32..20, 1u32..9_000];
    prop_oneof![
        4 => (who.clone(), amount.clone()).prop_map(|(who, amount)| Step::Bond { who, amount }),
        3 => (who.clone(), amount).prop_map(|(who, amount)| Step::Unbond { who, amount }),
        2 => (who.clone(), prop_oneof![1u16..6_000, Just(10_000u16)]).prop_map(|(who, bps)| Step::Slash { who, bps }),
        6 => (who.clone(), 0..NAMES.len(), skip).prop_map(|(who, operator, skip)| Step::Enrol { who, operator, skip }),
        3 => who.prop_map(|who| Step::Retire { who }),
        5 => prop_oneof![3 => 1u64..400, 2 => 900u64..1_000, 1 => 1_000u64..5_000].prop_map(|secs| Step::Jump { secs }),
        1 => (1u128..500).prop_map(|min| Step::SetMinimum { min }),
    ]
}

/// A validator in the table.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    owner: usize,
    operator: usize,
    weight: u128,
}

#[derive(Clone, Debug, Default)]
struct Model {
    bonded: [u128; OWNERS],
    min: u128,
    /// Enrolled, by slot: now and when the last epoch closed.
    now: BTreeMap<u32, Row>,
    closed: BTreeMap<u32, Row>,
    /// Slot given back -> by whom and in which epoch.
    given: BTreeMap<u32, (usize, u64)>,
}

impl Model {
    fn weigh(&mut self, who: usize) {
        let (bonded, min) = (self.bonded[who], self.min);
        if let Some(row) = self.now.values_mut().find(|row| row.owner == who) {
            row.weight = if bonded < min { 0 } else { bonded };
        }
    }

    fn slot(&self, who: usize) -> Option<u32> {
        let found = self.now.iter().find(|(_, row)| row.owner == who);
        found.map(|(slot, _)| *slot)
    }

    fn may_enrol(&self, who: usize, operator: usize) -> bool {
        let others = || self.now.values().filter(|row| row.owner != who);
        let taken = operator != who && others().any(|row| row.owner == operator || row.operator == operator);
        self.bonded[who] > 0 && self.bonded[who] >= self.min && !taken
    }

    /// After an enrolment on `slot` in `epoch`.
    fn enrol(&mut self, who: usize, operator: usize, slot: u32, epoch: u64) {
        let own = self.slot(who);
        let own = own.or_else(|| {
            self.given
                .iter()
                .find(|(_, (last, _))| *last == who)
                .map(|(slot, _)| *slot)
        });
        assert!(
            own.is_none_or(|own| own == slot),
            "the own slot while nobody else has it"
        );
        if let Some((last, since)) = self.given.remove(&slot) {
            assert!(last == who || epoch >= since + 2, "a slot rests for two epochs");
        }
        let taken = self.now.get(&slot).is_some_and(|row| row.owner != who);
        assert!(!taken && slot < 65_536, "slot {slot}");
        for row in self.now.values_mut().filter(|row| row.operator == who) {
            row.operator = row.owner;
        }
        let row = Row {
            owner: who,
            operator,
            weight: 0,
        };
        self.now.insert(slot, row);
        self.weigh(who);
    }
}

/// Runs a step on both; the model follows what was accepted and knows what must be.
fn run(bench: &mut Bench, model: &mut Model, step: &Step) {
    match *step {
        Step::Bond { who, amount } => {
            if bench.bond(NAMES[who], amount).is_ok() {
                model.bonded[who] += amount;
                model.weigh(who);
            }
        }
        Step::Unbond { who, amount } => {
            let amount = amount.min(model.bonded[who]);
            if bench.unbond(NAMES[who], amount).is_ok() {
                model.bonded[who] -= amount;
                model.weigh(who);
            }
        }
        Step::Slash { who, bps } => {
            let stake = bench.stake(NAMES[who]);
            bench.slash(NAMES[who], bps);
            model.bonded[who] -= (model.bonded[who] * u128::from(bps)).div_ceil(10_000);
            if stake.0 + stake.1 > 0 {
                model.weigh(who);
            }
        }
        Step::Enrol { who, operator, skip } => {
            let used = USED.may_load(&bench.deps.storage).unwrap().unwrap_or_default();
            USED.save(&mut bench.deps.storage, &(used + skip).min(65_500)).unwrap();
            let outcome = bench.enrol(NAMES[who], Some(NAMES[operator]));
            assert_eq!(outcome.is_ok(), model.may_enrol(who, operator), "{outcome:?}");
            if let Ok(response) = outcome {
                let told = response
                    .events
                    .iter()
                    .filter_map(|e| ValidatorEnrolled::try_from(e).ok())
                    .next_back();
                model.enrol(who, operator, told.unwrap().slot, bench.epoch());
            }
        }
        Step::Retire { who } => {
            let slot = model.slot(who);
            assert_eq!(bench.retire(NAMES[who]).is_ok(), slot.is_some());
            if let Some(slot) = slot {
                model.now.remove(&slot);
                model.given.insert(slot, (who, bench.epoch()));
            }
        }
        Step::Jump { secs } => {
            let before = bench.epoch();
            bench.jump(secs);
            if bench.epoch() > before {
                model.closed = model.now.clone();
            }
        }
        Step::SetMinimum { min } => {
            let update = ParamsUpdate {
                min_validator_stake: Some(min.into()),
                ..Default::default()
            };
            bench
                .send(&peer(Peer::Dao), ExecuteMsg::UpdateParams { update })
                .unwrap();
            model.min = min;
        }
    }
}

/// Every child is the sum of its node; the slots are those of the table.
fn check_sums(bench: &Bench, model: &Model) {
    let storage = &bench.deps.storage;
    let closed = u32::try_from(bench.epoch() - 1).unwrap();
    let (mut now, mut before) = (BTreeMap::new(), BTreeMap::new());
    for item in TREE.range(storage, &[], None, Order::Ascending) {
        let (key, found) = item.unwrap();
        for (digit, child) in (0u8..).zip(&found.0) {
            let path = [key.as_slice(), &[digit]].concat();
            if path.len() < 4 {
                let below = node(storage, &path).unwrap();
                assert_eq!(child.now, below.0.iter().map(|c| c.now).sum::<u64>(), "{path:?}");
                let ended = below.0.iter().map(|c| *c.at_end_of(closed)).sum::<u64>();
                assert_eq!(*child.at_end_of(closed), ended, "{path:?}");
                continue;
            }
            let slot = path.iter().fold(0u32, |slot, digit| slot * 16 + u32::from(*digit));
            now.insert(slot, u128::from(child.now));
            before.insert(slot, u128::from(*child.at_end_of(closed)));
        }
    }
    for (found, table) in [(now, &model.now), (before, &model.closed)] {
        let found: Vec<_> = found.into_iter().filter(|(_, weight)| *weight > 0).collect();
        let expected: Vec<_> = table.iter().map(|(slot, row)| (*slot, row.weight)).collect();
        let expected: Vec<_> = expected.into_iter().filter(|(_, weight)| *weight > 0).collect();
        assert_eq!(found, expected);
    }
    let told = bench.validators();
    let weighty = model.now.values().filter(|row| row.weight > 0).count();
    assert_eq!(
        (told.enrolled as usize, told.eligible as usize),
        (model.now.len(), weighty)
    );
    assert_eq!(
        told.weight.u128(),
        model.now.values().map(|row| row.weight).sum::<u128>()
    );
}

/// Draws from the table itself.
fn expected(model: &Model, seed: &[u8; 32], seats: usize, exclude: &[usize]) -> Vec<Row> {
    let mut line: Vec<Row> = model.closed.values().cloned().collect();
    let mut drawn = vec![];
    for index in 0.. {
        let left = line.iter().map(|row| row.weight).sum::<u128>();
        let Some(point) = draw_point(seed, index, left.try_into().unwrap()).filter(|_| drawn.len() < seats) else {
            break;
        };
        let mut point = u128::from(point);
        let hit = line.iter().position(|row| {
            let inside = point < row.weight;
            point = point.saturating_sub(row.weight);
            inside
        });
        let row = line.remove(hit.unwrap());
        if !exclude.iter().any(|out| [row.owner, row.operator].contains(out)) {
            drawn.push(row);
        }
    }
    drawn
}

fn check_draw(bench: &Bench, model: &Model, number: u64, seats: u8, exclude: &[usize]) {
    let names: Vec<&str> = exclude.iter().map(|out| NAMES[*out]).collect();
    let seats_drawn = bench.draw(seed(number), seats, &names);
    let rows = expected(model, &seed(number), seats.into(), exclude);
    let found: Vec<_> = seats_drawn
        .iter()
        .map(|s| (s.owner.clone(), s.operator.clone(), s.weight.u128()))
        .collect();
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (addr(NAMES[row.owner]), addr(NAMES[row.operator]), row.weight))
        .collect();
    assert_eq!(found, rows);
}

fn check_lookups(bench: &Bench, model: &Model) {
    for (who, name) in NAMES.iter().enumerate() {
        let mut found = model
            .now
            .iter()
            .filter(|(_, row)| [row.owner, row.operator].contains(&who));
        let row = found.next();
        assert!(found.next().is_none(), "{name} stands for one validator");
        let told = bench
            .validator_of(name)
            .map(|v| (v.owner, v.operator, v.slot, v.weight.u128()));
        let row = row.map(|(slot, row)| (addr(NAMES[row.owner]), addr(NAMES[row.operator]), *slot, row.weight));
        assert_eq!(told, row);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_tree_follows_the_table(
        steps in prop::collection::vec(step(), 1..80),
        exclude in prop::collection::vec(0..NAMES.len(), 0..3),
    ) {
        let mut bench = Bench::new();
        let mut model = Model { min: MIN_STAKE, ..Model::default() };
        let begin = (0..OWNERS).map(|who| Step::Bond { who, amount: 1_000 });
        for (number, step) in (0u64..).zip(begin.chain(steps)) {
            run(&mut bench, &mut model, &step);
            check_sums(&bench, &model);
            check_lookups(&bench, &model);
            check_draw(&bench, &model, number, 23, &[]);
            check_draw(&bench, &model, number, 2, &exclude);
        }
    }
}
