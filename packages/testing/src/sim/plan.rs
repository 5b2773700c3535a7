//! How often what happens.

use proptest::prelude::*;

use super::action::{Action, Leap, Part};

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        1 => Just(Part::None),
        1 => Just(Part::Unit),
        3 => (1u16..1000).prop_map(Part::Some),
        4 => Just(Part::All),
        1 => Just(Part::TooMuch),
    ]
}

fn leap() -> impl Strategy<Value = Leap> {
    prop_oneof![
        4 => Just(Leap::Stay),
        4 => (1u8..60).prop_map(Leap::Secs),
        2 => (1u8..12).prop_map(Leap::Minutes),
        6 => (any::<u8>(), -1i8..=1).prop_map(|(job, off)| Leap::Deadline(job, off)),
        2 => any::<bool>().prop_map(Leap::Epoch),
        1 => Just(Leap::HalfDay),
        1 => any::<u8>().prop_map(Leap::Reclaim),
    ]
}

fn amount() -> impl Strategy<Value = u32> {
    prop_oneof![1 => Just(0u32), 1 => Just(1u32), 6 => 1_000u32..5_000_000, 1 => Just(u32::MAX)]
}

/// Somebody else, now and then.
fn other() -> impl Strategy<Value = Option<u8>> {
    prop_oneof![5 => Just(None), 1 => any::<u8>().prop_map(Some)]
}

/// One action: the dull ones that keep a market alive often, those that must fail in about a third of all cases.
fn action() -> impl Strategy<Value = Action> {
    let money = prop_oneof![
        (any::<u8>(), any::<bool>(), amount(), other()).prop_map(|(who, joule, amount, to)| Action::Deposit {
            who,
            joule,
            amount,
            to
        }),
        (any::<u8>(), any::<bool>(), part(), other()).prop_map(|(who, joule, part, to)| Action::Withdraw {
            who,
            joule,
            part,
            to
        }),
        (any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>()).prop_map(|(who, to, kind, amount)| Action::Junk {
            who,
            to,
            kind,
            amount
        }),
        any::<bool>().prop_map(|joule| Action::Distribute { joule }),
        any::<u8>().prop_map(|hold| Action::Reclaim { hold }),
    ];
    let stake = prop_oneof![
        (any::<u8>(), amount()).prop_map(|(who, amount)| Action::Bond { who, amount }),
        (any::<u8>(), part()).prop_map(|(who, part)| Action::Unbond { who, part }),
        any::<u8>().prop_map(|who| Action::Claim { who }),
        (any::<u8>(), other()).prop_map(|(who, operator)| Action::Enrol { who, operator }),
        any::<u8>().prop_map(|who| Action::Retire { who }),
    ];
    let rounds = prop_oneof![
        4 => (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(which, by, flaw)| Action::Round { which, by, flaw }),
        1 => (any::<u8>(), amount()).prop_map(|(who, amount)| Action::Fund { who, amount }),
        1 => any::<u8>().prop_map(|who| Action::Tips { who }),
    ];
    let nodes = prop_oneof![
        8 => any::<u8>().prop_map(|provider| Action::Rally { provider }),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(who, provider)| Action::Beat { who, provider }),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(provider, on)| Action::Switch { provider, on }),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(provider, to)| Action::Payout { provider, to }),
        1 => (any::<u8>(), other(), any::<u8>())
            .prop_map(|(who, operator, fee)| Action::Register { who, operator, fee }),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(provider, to)| Action::Operator { provider, to }),
    ];
    let proofs = prop_oneof![
        2 => Just(Action::Window),
        4 => (any::<u8>(), prop::bool::weighted(0.25), prop::bool::weighted(0.2))
            .prop_map(|(provider, forged, withheld)| Action::Prove { provider, forged, withheld }),
        3 => (any::<u8>(), prop::bool::weighted(0.3)).prop_map(|(provider, forged)| Action::Commit { provider, forged }),
        3 => any::<u8>().prop_map(|provider| Action::Reveal { provider }),
        1 => any::<u8>().prop_map(|provider| Action::Missed { provider }),
        1 => any::<u8>().prop_map(|provider| Action::Judge { provider }),
    ];
    let offers = prop_oneof![
        2 => (prop_oneof![4 => Just(255u8), 1 => 0u8..20], any::<u8>(), any::<bool>(), 0u32..900_000)
            .prop_map(|(who, provider, joule, price)| Action::Offer { who, provider, joule, price }),
        2 => (any::<u8>(), 0u32..900_000, 0u8..5, other())
            .prop_map(|(offer, price, capacity, who)| Action::Reprice { offer, price, capacity, who }),
        1 => (any::<u8>(), other()).prop_map(|(offer, who)| Action::Close { offer, who }),
        1 => any::<u8>().prop_map(|offer| Action::Refresh { offer }),
    ];
    let post = (
        any::<u8>(),
        prop::bool::weighted(0.35),
        100_000u32..1_500_000,
        1u16..5_400,
        any::<u8>(),
        any::<bool>(),
        prop::bool::weighted(0.4),
    )
        .prop_map(|(buyer, joule, budget, secs, flaw, attach, judged)| Action::Post {
            buyer,
            joule,
            budget,
            secs,
            flaw,
            attach,
            judged,
        });
    let judge = (any::<u8>(), any::<u64>()).prop_map(|(job, conduct)| Action::Panel { job, conduct });
    let trial = (any::<u8>(), any::<bool>(), any::<u64>(), prop::bool::weighted(0.4)).prop_map(
        |(buyer, joule, conduct, honest)| Action::Trial {
            buyer,
            joule,
            conduct,
            honest,
        },
    );
    let ballot = (
        any::<u8>(),
        any::<u8>(),
        0u8..6,
        0u8..3,
        prop::option::weighted(0.3, any::<u8>()),
        any::<u8>(),
    )
        .prop_map(|(job, verb, seat, rung, who, run)| Action::Ballot {
            job,
            verb,
            seat,
            rung,
            who,
            run,
        });
    let advance = (any::<u8>(), any::<u8>()).prop_map(|(job, turn)| Action::Advance { job, turn });
    let poke = (any::<u8>(), any::<u8>(), any::<u8>(), 0u8..6).prop_map(|(job, verb, who, attempt)| Action::Poke {
        job,
        verb,
        who,
        attempt,
    });
    let govern = prop_oneof![
        4 => (any::<u8>(), any::<u16>()).prop_map(|(which, value)| Action::Rule { which, value }),
        1 => any::<u8>().prop_map(|weight| Action::Index { weight }),
        2 => (0u8..25).prop_map(|limit| Action::Reindex { limit }),
        1 => (any::<u8>(), any::<u8>(), 0u16..2_000).prop_map(|(contract, by, secs)| Action::Pause { contract, by, secs }),
        2 => any::<u8>().prop_map(|contract| Action::Resume { contract }),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(which, provider)| Action::Govern { which, provider }),
    ];
    let intrude =
        (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(who, which, victim)| Action::Intrude { who, which, victim });
    prop_oneof![
        9 => money,
        5 => stake,
        12 => nodes,
        5 => proofs,
        5 => offers,
        11 => post,
        34 => advance,
        8 => judge,
        4 => trial,
        5 => ballot,
        4 => rounds,
        9 => poke,
        4 => govern,
        4 => intrude,
        4 => Just(Action::Repeat),
        7 => leap().prop_map(Action::Pass),
    ]
}

/// A sequence of `steps` actions. A failing one shrinks by leaving actions out, so that what is left says why.
pub fn plan(steps: usize) -> impl Strategy<Value = Vec<Option<Action>>> {
    prop::collection::vec(prop::option::weighted(0.98, action()), steps)
}
