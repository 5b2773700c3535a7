//! Random markets: sequences of actions over a world, right and wrong ones, each compared with an independent model and followed by the
//! checks of [`crate::audit`].
//!
//! `JOULE_SIM_CASES`, `JOULE_SIM_STEPS`, `JOULE_SIM_SEED` and `JOULE_SIM_SHRINKS` make a run longer or another.

mod act;
pub mod action;
pub mod call;
mod drain;
pub mod model;
mod plan;
mod roles;
mod stage;

pub use action::Action;
pub use plan::plan;
pub use stage::{Cast, Stage};

/// How much is run.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Sequences.
    pub cases: u32,
    /// Actions of the longest.
    pub steps: usize,
    /// Where the random numbers start.
    pub seed: u64,
    /// Tries to make a failing sequence shorter.
    pub shrinks: u32,
}

impl Effort {
    /// What the environment asks for: by default 128 sequences of up to 60 actions, the same ones each time.
    #[must_use]
    pub fn from_env() -> Self {
        let read = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        Self {
            cases: read("JOULE_SIM_CASES")
                .and_then(|cases| u32::try_from(cases).ok())
                .unwrap_or(128),
            steps: read("JOULE_SIM_STEPS")
                .and_then(|steps| usize::try_from(steps).ok())
                .unwrap_or(60),
            seed: read("JOULE_SIM_SEED").unwrap_or(1),
            shrinks: read("JOULE_SIM_SHRINKS")
                .and_then(|shrinks| u32::try_from(shrinks).ok())
                .unwrap_or(2_000),
        }
    }
}
