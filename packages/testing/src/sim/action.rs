//! What can happen, and how often.

use proptest::prelude::*;

/// How much of something is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// Nothing.
    None,
    /// One base unit.
    Unit,
    /// Some thousandths.
    Some(u16),
    /// All.
    All,
    /// One more than there is.
    TooMuch,
}

/// What time does.
#[derive(Clone, Copy, Debug)]
pub enum Leap {
    /// The next message comes in the same block.
    Stay,
    /// Some seconds pass.
    Secs(u8),
    /// Minutes pass.
    Minutes(u8),
    /// To around the deadline of a job: as many seconds before or after it.
    Deadline(u8, i8),
    /// To the first second of the next epoch of the validators' tree, or to the last before it.
    Epoch(bool),
    /// Half a day passes: a halt of the chain.
    HalfDay,
    /// To the second at which a hold can be reclaimed.
    Reclaim(u8),
}

/// One thing that happens. Numbers name whatever there is, modulo how much there is.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Action {
    Deposit {
        who: u8,
        joule: bool,
        amount: u32,
        to: Option<u8>,
    },
    Withdraw {
        who: u8,
        joule: bool,
        part: Part,
        to: Option<u8>,
    },
    Junk {
        who: u8,
        to: u8,
        kind: u8,
        amount: u16,
    },
    Bond {
        who: u8,
        amount: u32,
    },
    Unbond {
        who: u8,
        part: Part,
    },
    Claim {
        who: u8,
    },
    /// A provider does what an agent does after a while: proves itself again if it has to, beats, refreshes its offers.
    Rally {
        provider: u8,
    },
    Beat {
        who: u8,
        provider: u8,
    },
    Switch {
        provider: u8,
        on: bool,
    },
    /// Somebody bonds and registers.
    Register {
        who: u8,
        operator: Option<u8>,
        fee: u8,
    },
    Payout {
        provider: u8,
        to: u8,
    },
    Operator {
        provider: u8,
        to: u8,
    },
    Offer {
        who: u8,
        provider: u8,
        joule: bool,
        price: u32,
    },
    Reprice {
        offer: u8,
        price: u32,
        capacity: u8,
        who: Option<u8>,
    },
    Close {
        offer: u8,
        who: Option<u8>,
    },
    Refresh {
        offer: u8,
    },
    Post {
        buyer: u8,
        joule: bool,
        budget: u32,
        secs: u16,
        flaw: u8,
        attach: bool,
        judged: bool,
    },
    /// The next right thing in the life of a job.
    Advance {
        job: u8,
        turn: u8,
    },
    /// Anything by anybody to a job.
    Poke {
        job: u8,
        verb: u8,
        who: u8,
        attempt: u8,
    },
    Reclaim {
        hold: u8,
    },
    Distribute {
        joule: bool,
    },
    /// A pool becomes a validator, or another key votes for it.
    Enrol {
        who: u8,
        operator: Option<u8>,
    },
    Retire {
        who: u8,
    },
    /// A round is posted: wanted or not, known, not due, or forged.
    Round {
        which: u8,
        by: u8,
        flaw: u8,
    },
    Fund {
        who: u8,
        amount: u32,
    },
    Tips {
        who: u8,
    },
    /// A whole job for a committee: posted, started, delivered, and judged phase by phase, each seat as its part of `conduct` says.
    Trial {
        buyer: u8,
        joule: bool,
        conduct: u64,
        honest: bool,
    },
    /// A committee goes one phase on; each seat as its part of `conduct` says.
    Panel {
        job: u8,
        conduct: u64,
    },
    /// Anything about a vote by anybody.
    Ballot {
        job: u8,
        verb: u8,
        seat: u8,
        rung: u8,
        who: Option<u8>,
        run: u8,
    },
    Window,
    /// A whole proof of a provider: window, commitment, the wait, the list; or the list is withheld and reported.
    Prove {
        provider: u8,
        forged: bool,
        withheld: bool,
    },
    Commit {
        provider: u8,
        forged: bool,
    },
    Reveal {
        provider: u8,
    },
    Missed {
        provider: u8,
    },
    Judge {
        provider: u8,
    },
    Rule {
        which: u8,
        value: u16,
    },
    Index {
        weight: u8,
    },
    Reindex {
        limit: u8,
    },
    Pause {
        contract: u8,
        by: u8,
        secs: u16,
    },
    Resume {
        contract: u8,
    },
    Govern {
        which: u8,
        provider: u8,
    },
    /// A message that only contracts or the dao may send.
    Intrude {
        who: u8,
        which: u8,
        victim: u8,
    },
    /// The last message once more, word for word.
    Repeat,
    Pass(Leap),
}

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
