//! What can happen.

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
