//! Random sequences against a model of its own (I-01 to I-05, I-07, I-08): after each step every balance, hold, fee and
//! total equals the model's, the recount of the records equals the ledger, and the ledger equals what the bank would
//! hold.

use std::collections::BTreeMap;

use crate::support::*;
use cosmwasm_std::{Order, Uint128};
use cw20::Denom;
use joule_escrow::state::{BALANCES, CLOSED, HOLDS, LEDGERS};
use joule_types::escrow::{Award, ExecuteMsg, HoldSettled, HoldTerms, ParamsUpdate};
use joule_types::work::fees::FeeTerms;
use joule_types::{denom_key, denom_name, HoldId, Peer};
use proptest::prelude::*;

/// Stands for the next free id.
const FRESH: u64 = u64::MAX;

const NAMES: [&str; 5] = ["ann", "bob", "cat", "ref", "dao"];

#[derive(Clone, Debug)]
enum Step {
    Deposit {
        who: usize,
        denom: usize,
        amount: u128,
    },
    Withdraw {
        who: usize,
        denom: usize,
        amount: Option<u128>,
    },
    Open {
        id: u64,
        who: usize,
        denom: usize,
        amount: u128,
        attach: u128,
        tips: u128,
        fees: FeeTerms,
    },
    Tip {
        id: u64,
        who: usize,
        amount: u128,
    },
    Pay {
        id: u64,
        awards: Vec<(usize, u128)>,
    },
    Settle {
        id: u64,
        payee: Option<usize>,
        referrer: Option<usize>,
        gross: u128,
        awards: Vec<(usize, u128)>,
    },
    Reclaim {
        id: u64,
    },
    Distribute {
        denom: usize,
    },
    List {
        second: bool,
    },
    Jump {
        secs: u64,
    },
}

fn denom(index: usize) -> Denom {
    [usdc(), joule(), Denom::Native("ufake".into())][index].clone()
}

fn amount() -> impl Strategy<Value = u128> {
    prop_oneof![
        30 => 0u128..50,
        60 => 0u128..100_000,
        1 => Just(u128::MAX / 4),
        1 => Just(u128::MAX),
    ]
}

fn denoms() -> impl Strategy<Value = usize> + Clone {
    prop_oneof![5 => Just(0usize), 5 => Just(1usize), 1 => Just(2usize)]
}

fn terms() -> impl Strategy<Value = FeeTerms> {
    (
        0u16..=2_200,
        0u16..=6_000,
        0u16..=5_000,
        prop_oneof![Just(0u16), 0u16..=10_000],
    )
        .prop_map(|(fee_bps, stakers_bps, referrer_bps, discount_bps)| FeeTerms {
            fee_bps,
            stakers_bps,
            referrer_bps,
            discount_bps,
        })
}

/// Mostly holds that the rules allow; one in five breaks a rule about tips, discounts or coins.
fn open() -> impl Strategy<Value = Step> {
    let attach = prop_oneof![2 => Just(0u128), 1 => amount()];
    let numbers = (
        prop::option::weighted(0.1, 0u64..1_000),
        0usize..NAMES.len(),
        denoms(),
        amount(),
        attach,
        amount(),
    );
    (numbers, terms(), prop::bool::weighted(0.2)).prop_map(|((id, who, denom, amount, attach, tips), fees, wild)| {
        let amount = amount / 4;
        Step::Open {
            id: id.unwrap_or(FRESH),
            who,
            denom,
            amount,
            attach: if wild || denom == 0 { attach } else { 0 },
            tips: if wild { tips } else { tips.min(amount / 2) },
            fees: FeeTerms {
                discount_bps: if wild || denom == 1 { fees.discount_bps } else { 0 },
                ..fees
            },
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0usize..NAMES.len();
    let denom = denoms();
    let id = 0u64..1_000;
    prop_oneof![
        4 => (who.clone(), denom.clone(), amount()).prop_map(|(who, denom, amount)| Step::Deposit { who, denom, amount }),
        2 => (who.clone(), denom.clone(), prop::option::of(amount()))
            .prop_map(|(who, denom, amount)| Step::Withdraw { who, denom, amount }),
        6 => open(),
        2 => (id.clone(), who.clone(), amount()).prop_map(|(id, who, amount)| Step::Tip { id, who, amount }),
        2 => (id.clone(), prop::collection::vec((who.clone(), amount()), 0..=41))
            .prop_map(|(id, awards)| Step::Pay { id, awards }),
        4 => (id.clone(), prop::option::weighted(0.9, who.clone()), prop::option::of(who.clone()), amount(),
            prop::collection::vec((who, amount()), 0..=5))
            .prop_map(|(id, payee, referrer, gross, awards)| Step::Settle { id, payee, referrer, gross, awards }),
        1 => id.prop_map(|id| Step::Reclaim { id }),
        1 => denom.prop_map(|denom| Step::Distribute { denom }),
        1 => any::<bool>().prop_map(|second| Step::List { second }),
        1 => (0u64..20).prop_map(|days| Step::Jump { secs: days * DAY }),
    ]
}

#[derive(Clone, Debug, PartialEq)]
struct Held {
    payer: usize,
    denom: usize,
    remaining: u128,
    tips: u128,
    fees: FeeTerms,
    open: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Sums {
    deposited: u128,
    paid: u128,
    refunded: u128,
    fees: u128,
    treasury: u128,
    stakers: u128,
    /// What the bank and the token would show for the contract.
    bank: u128,
}

/// What must be the case, in plain numbers. Overflow is an error of the step, as on the chain.
#[derive(Clone, Default)]
struct Model {
    free: BTreeMap<(usize, usize), (u128, u128)>,
    holds: BTreeMap<u64, Held>,
    sums: BTreeMap<usize, Sums>,
    second_unlisted: bool,
}

impl Model {
    /// The step with its hold's id made one that exists, mostly.
    fn resolve(&self, step: &Step) -> Step {
        let mut step = step.clone();
        let next = self.holds.len() as u64 + 1;
        match &mut step {
            Step::Open { id, .. } if *id == FRESH => *id = next,
            Step::Open { id, .. }
            | Step::Tip { id, .. }
            | Step::Pay { id, .. }
            | Step::Settle { id, .. }
            | Step::Reclaim { id } => {
                *id = 1 + *id % next;
            }
            _ => {}
        }
        step
    }

    fn free(&mut self, who: usize, denom: usize) -> &mut (u128, u128) {
        self.free.entry((who, denom)).or_default()
    }

    fn enter(&mut self, who: usize, denom: usize, amount: u128) -> Option<()> {
        let sums = self.sums.entry(denom).or_default();
        sums.deposited = sums.deposited.checked_add(amount)?;
        sums.bank += amount;
        let free = self.free(who, denom);
        free.0 += amount;
        Some(())
    }

    fn earn(&mut self, who: usize, denom: usize, amount: u128) {
        self.free(who, denom).1 += amount;
    }

    fn listed(&self, denom: usize) -> bool {
        denom == 0 || (denom == 1 && !self.second_unlisted)
    }

    /// None if the step must fail; the model is then left as it was by the caller.
    fn apply(&mut self, step: &Step, reclaimable: bool) -> Option<()> {
        match step {
            Step::Deposit { who, denom, amount } => {
                // The last name is the dao, a contract of the market.
                (self.listed(*denom) && *amount > 0 && *who != 4).then_some(())?;
                self.enter(*who, *denom, *amount)
            }
            Step::Withdraw { who, denom, amount } => {
                let free = self.free(*who, *denom);
                let asked = amount.unwrap_or(free.0 + free.1);
                (asked > 0 && asked <= free.0 + free.1).then_some(())?;
                let earned = asked.min(free.1);
                *free = (free.0 - (asked - earned), free.1 - earned);
                let sums = self.sums.entry(*denom).or_default();
                sums.paid += earned;
                sums.refunded += asked - earned;
                sums.bank -= asked;
                Some(())
            }
            Step::Open {
                id,
                who,
                denom,
                amount,
                attach,
                tips,
                fees,
            } => {
                // The list is for coins that enter, and only the first denomination, always listed, is a coin.
                let fine = !self.holds.contains_key(id)
                    && fees.fee_bps <= 2_000
                    && fees.stakers_bps + fees.referrer_bps <= 10_000
                    && (fees.discount_bps == 0 || *denom == 1)
                    && tips <= amount
                    && (*attach == 0 || *denom == 0);
                fine.then_some(())?;
                self.enter(*who, *denom, *attach)?;
                let free = self.free(*who, *denom);
                (*amount <= free.0 + free.1).then_some(())?;
                let deposited = free.0.min(*amount);
                *free = (free.0 - deposited, free.1 - (amount - deposited));
                let held = Held {
                    payer: *who,
                    denom: *denom,
                    remaining: *amount,
                    tips: *tips,
                    fees: *fees,
                    open: true,
                };
                self.holds.insert(*id, held);
                Some(())
            }
            Step::Tip { id, who, amount } => {
                if let Some(held) = self.holds.get_mut(id).filter(|held| held.open) {
                    let paid = held.tips.min(*amount);
                    held.tips -= paid;
                    held.remaining -= paid;
                    let denom = held.denom;
                    self.earn(*who, denom, paid);
                }
                Some(())
            }
            Step::Pay { id, awards } => {
                (awards.len() <= 40).then_some(())?;
                let Some(held) = self.holds.get_mut(id).filter(|held| held.open) else {
                    return Some(());
                };
                let (denom, mut paid) = (held.denom, Vec::new());
                for (to, amount) in awards {
                    let sum = held.remaining.min(*amount);
                    held.remaining -= sum;
                    paid.push((*to, sum));
                }
                held.tips = held.tips.min(held.remaining);
                for (to, sum) in paid {
                    self.earn(to, denom, sum);
                }
                Some(())
            }
            Step::Settle {
                id,
                payee,
                referrer,
                gross,
                awards,
            } => {
                (awards.len() <= 4 && (payee.is_some() || *gross == 0)).then_some(())?;
                if let Some(held) = self.close(*id) {
                    let rest = self.pay(&held, *payee, *referrer, *gross, awards);
                    self.free(held.payer, held.denom).0 += rest;
                }
                Some(())
            }
            Step::Reclaim { id } => {
                self.holds.get(id).filter(|held| held.open && reclaimable)?;
                let held = self.close(*id)?;
                self.free(held.payer, held.denom).0 += held.remaining;
                Some(())
            }
            Step::Distribute { denom } => {
                let sums = self.sums.entry(*denom).or_default();
                (sums.treasury > 0).then_some(())?;
                sums.fees += sums.treasury;
                sums.bank -= sums.treasury;
                sums.treasury = 0;
                Some(())
            }
            Step::List { second } => {
                self.second_unlisted = !second;
                Some(())
            }
            Step::Jump { .. } => Some(()),
        }
    }

    fn close(&mut self, id: u64) -> Option<Held> {
        let held = self.holds.get_mut(&id).filter(|held| held.open)?;
        let before = held.clone();
        *held = Held {
            remaining: 0,
            tips: 0,
            open: false,
            ..before.clone()
        };
        Some(before)
    }

    /// Pays out of a closed hold and returns what is left for the payer. The formulas of DESIGN 11.1, written again.
    fn pay(
        &mut self,
        held: &Held,
        payee: Option<usize>,
        referrer: Option<usize>,
        gross: u128,
        awards: &[(usize, u128)],
    ) -> u128 {
        let gross = gross.min(held.remaining);
        let of = |sum: u128, bps: u16| {
            // Exact without a wide product: the whole part and the rest apart.
            sum / 10_000 * u128::from(bps) + sum % 10_000 * u128::from(bps) / 10_000
        };
        let provider = of(gross, 10_000 - held.fees.fee_bps);
        let fee = gross - provider;
        let discount = of(fee, held.fees.discount_bps);
        let stakers = of(fee - discount, held.fees.stakers_bps);
        let referred = referrer.map_or(0, |_| of(fee - discount, held.fees.referrer_bps));
        let sums = self.sums.entry(held.denom).or_default();
        sums.stakers += stakers;
        sums.treasury += fee - discount - stakers - referred;
        if let Some(payee) = payee {
            self.earn(payee, held.denom, provider);
        }
        if let Some(referrer) = referrer {
            self.earn(referrer, held.denom, referred);
        }
        let mut rest = held.remaining - gross;
        for (to, amount) in awards {
            let paid = rest.min(*amount);
            rest -= paid;
            self.earn(*to, held.denom, paid);
        }
        rest + discount
    }
}

/// Runs a step; the payments of its response.
fn run(bench: &mut Bench, step: &Step) -> Option<Vec<(cosmwasm_std::Addr, Denom, u128)>> {
    let name = |who: &usize| NAMES[*who];
    let market = peer(Peer::Marketplace);
    let outcome = match step {
        Step::Deposit { who, denom: d, amount } => bench.deposit(name(who), &denom(*d), *amount),
        Step::Withdraw { who, denom: d, amount } => bench.withdraw(name(who), &denom(*d), *amount),
        Step::Open {
            id,
            who,
            denom: d,
            amount,
            attach,
            tips,
            fees,
        } => {
            let terms = HoldTerms {
                fees: *fees,
                ..bench.terms(*tips)
            };
            let msg = bench.open_msg(*id, name(who), denom(*d), *amount, terms);
            let coins = [(denom_name(&denom(*d)).to_owned(), *attach)];
            let coins: Vec<_> = coins.iter().map(|(denom, amount)| (denom.as_str(), *amount)).collect();
            bench.send_with(&market, &coins, msg)
        }
        Step::Tip { id, who, amount } => bench.tip(*id, name(who), *amount),
        Step::Pay { id, awards } => {
            let awards = awards.iter().map(|(to, amount)| award(name(to), *amount));
            bench.pay(*id, awards.collect())
        }
        Step::Settle {
            id,
            payee,
            referrer,
            gross,
            awards,
        } => {
            let awards: Vec<Award> = awards.iter().map(|(to, amount)| award(name(to), *amount)).collect();
            let outcome = bench.settle(
                *id,
                payee.as_ref().map(name),
                referrer.as_ref().map(name),
                *gross,
                awards,
            );
            if let Ok(response) = &outcome {
                // I-07: the net and the fee make up the gross.
                let told: HoldSettled = event(response);
                let fee = told.discount + told.stakers + told.referrer + told.treasury;
                assert_eq!(told.provider + fee, told.gross);
            }
            outcome
        }
        Step::Reclaim { id } => bench.send(&addr("eve"), ExecuteMsg::Reclaim { hold: HoldId(*id) }),
        Step::Distribute { denom: d } => bench.send(&addr("eve"), ExecuteMsg::Distribute { denom: denom(*d) }),
        Step::List { second } => {
            let denoms = if *second { vec![usdc(), joule()] } else { vec![usdc()] };
            let update = ParamsUpdate { denoms: Some(denoms) };
            bench.send(&peer(Peer::Dao), ExecuteMsg::UpdateParams { update })
        }
        Step::Jump { secs } => {
            bench.jump(*secs);
            return Some(vec![]);
        }
    };
    outcome.ok().map(|response| payments(&response))
}

fn check(bench: &Bench, model: &Model) {
    let storage = &bench.deps.storage;
    for index in 0..3 {
        let (denom, key) = (denom(index), denom_key(&denom(index)));
        let sums = model.sums.get(&index).cloned().unwrap_or_default();
        let told = bench.conservation(&denom);
        let (treasury, stakers) = bench.fees(&denom);
        let sum = |values: Vec<Uint128>| values.iter().map(|value| value.u128()).sum::<u128>();
        let balances = BALANCES
            .range(storage, None, None, Order::Ascending)
            .map(Result::unwrap);
        let free = sum(balances
            .filter(|((_, k), _)| *k == key)
            .map(|(_, b)| b.deposited + b.earned)
            .collect());
        let holds = HOLDS
            .range(storage, None, None, Order::Ascending)
            .map(|hold| hold.unwrap().1);
        let in_holds = sum(holds
            .filter(|hold| hold.denom == denom)
            .map(|hold| hold.remaining)
            .collect());
        // I-01, and the memo of the holds.
        assert_eq!(
            told.held.u128(),
            free + in_holds + treasury + stakers,
            "recount of {key}"
        );
        assert_eq!(told.in_holds.u128(), in_holds);
        // I-02.
        assert_eq!(told.held.u128(), sums.bank);
        // I-03.
        let gone = told.paid + told.refunded + told.fees + told.burned;
        assert_eq!(told.deposited, gone + told.held);
        // I-04.
        let record = LEDGERS.may_load(storage, &key).unwrap().unwrap_or_default();
        for part in [
            record.paid,
            record.refunded,
            record.fees,
            record.held,
            record.in_holds,
            record.treasury,
            record.stakers,
        ] {
            assert!(part <= record.deposited);
        }
        let shown = Sums {
            deposited: told.deposited.u128(),
            paid: told.paid.u128(),
            refunded: told.refunded.u128(),
            fees: told.fees.u128(),
            treasury,
            stakers,
            bank: sums.bank,
        };
        assert_eq!(shown, sums);
        for (who, name) in NAMES.iter().enumerate() {
            let expected = model.free.get(&(who, index)).copied().unwrap_or_default();
            assert_eq!(bench.balance(name, &denom), expected, "{name} in {key}");
        }
    }
    for (id, held) in &model.holds {
        let shown = bench.hold(*id).unwrap();
        assert_eq!(
            (shown.open, shown.remaining.u128(), shown.tips.u128()),
            (held.open, held.remaining, held.tips)
        );
        assert!(shown.tips <= shown.remaining && shown.remaining <= shown.amount.amount);
        assert_ne!(
            HOLDS.has(storage, *id),
            CLOSED.has(storage, *id),
            "a hold is open or closed"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_ledger_follows_the_model(steps in prop::collection::vec(step(), 1..60)) {
        let mut bench = Bench::new();
        let reclaim_at = bench.now() + RECLAIM_AFTER;
        let mut model = Model::default();
        // Some money to begin with, so that most sequences get far.
        let begin = (0..4).flat_map(|who| [0, 1].map(|denom| Step::Deposit { who, denom, amount: 60_000 }));
        for step in &begin.chain(steps).collect::<Vec<_>>() {
            let step = &model.resolve(step);
            let mut after = model.clone();
            let expected = after.apply(step, bench.now() >= reclaim_at);
            let outcome = run(&mut bench, step);
            prop_assert_eq!(outcome.is_some(), expected.is_some(), "{:?}", step);
            if let Some(paid) = outcome {
                for (_, denom, sum) in &paid {
                    let index = (0..3).find(|index| self::denom(*index) == *denom).unwrap();
                    let bank = |model: &Model| model.sums.get(&index).map_or(0, |sums| sums.bank);
                    // I-49: what the messages pay is what left.
                    prop_assert_eq!(*sum, bank(&model) - bank(&after));
                }
                model = after;
            }
            check(&bench, &model);
        }
        // I-46: once the controller is silent for long enough, every hold can be emptied by anyone, and all free
        // balance leaves.
        bench.jump(RECLAIM_AFTER);
        for id in model.holds.iter().filter(|(_, held)| held.open).map(|(id, _)| *id) {
            bench.send(&addr("eve"), ExecuteMsg::Reclaim { hold: HoldId(id) }).unwrap();
        }
        for index in 0..3 {
            for name in NAMES {
                if bench.balance(name, &denom(index)) != (0, 0) {
                    bench.withdraw(name, &denom(index), None).unwrap();
                }
            }
            let (treasury, stakers) = bench.fees(&denom(index));
            prop_assert_eq!(bench.conservation(&denom(index)).held.u128(), treasury + stakers);
        }
    }
}
