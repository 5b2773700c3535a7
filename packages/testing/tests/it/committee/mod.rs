//! Committees over all contracts, end to end: every way through the ladder, and everybody who tries to turn it.

mod attacks;
mod beacon;
mod ladder;

use joule_testing::{Buyer, Conduct, Provider, Run, Validator, World};
use joule_types::{marketplace::SeatResponse, JobId};

/// A market with `n` validators, a provider and a buyer.
struct Court {
    world: World,
    validators: Vec<Validator>,
    provider: Provider,
    buyer: Buyer,
}

/// What the provider is paid for a judged job, before the fee: ten minutes at 0.4 USDC an hour.
const QUOTE: u128 = 66_667;
/// What a majority vote earns: half of it.
const PAY: u128 = 33_333;

impl Court {
    fn new(n: usize) -> Self {
        let mut world = World::new();
        let validators = world.validators(n);
        Self {
            validators,
            ..Self::of(world)
        }
    }

    /// In a world whose validators are ready.
    fn of(mut world: World) -> Self {
        let provider = world.provider("turbine", 400_000);
        let buyer = world.buyer("ada", 5_000_000);
        Self {
            world,
            validators: vec![],
            provider,
            buyer,
        }
    }

    /// A job whose result the provider has delivered.
    fn delivered(&mut self, run: &Run) -> JobId {
        let spec = self.world.judged_spec();
        let job = self.world.post(&self.buyer, spec);
        self.world.start(&self.provider, job).unwrap();
        self.world.submit_run(&self.provider, job, run).unwrap();
        job
    }

    fn stake(&self, seat: &SeatResponse) -> u128 {
        self.world.pool(&seat.owner).bonded.u128()
    }
}

fn lie() -> Run {
    Run::of(b"a lie")
}

/// Every seat votes what it found.
fn honest(_: &SeatResponse) -> Conduct {
    Conduct::Votes(Run::right())
}

/// The first seats of each rung, as many as the rung's place of `liars` says, vote for a lie; the others are honest.
fn with_liars(liars: [u8; 3]) -> impl FnMut(&SeatResponse) -> Conduct {
    move |seat| {
        if seat.seat < liars[usize::from(seat.rung)] {
            Conduct::Votes(lie())
        } else {
            Conduct::Votes(Run::right())
        }
    }
}
