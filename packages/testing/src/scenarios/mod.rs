//! One transaction for each message of the market, each in a market where it is ordinary. What becomes of them is a matter of the [`Book`]: they are
//! recorded for the compiled contracts (`tests/gas`), or carried to a real node (`packages/nodebench`).

mod judges;
mod market;
mod money;
mod nodes;

use crate::World;

/// What keeps the transactions of the scenarios.
pub trait Book {
    /// A market for the next scenarios, see [`adjust`].
    fn world(&mut self) -> World;

    /// Runs `action`, which sends one transaction, and keeps it under a name that no other has.
    ///
    /// # Panics
    /// If it is refused.
    fn tx<T>(
        &mut self,
        name: &'static str,
        about: &str,
        world: &mut World,
        action: impl FnOnce(&mut World) -> anyhow::Result<T>,
    ) -> T;
}

/// The market of the scenarios: the proof parameters of a public chain but a cheap admission.
pub fn adjust(plan: &mut joule_rollout::Plan) {
    plan.registry.admission_units = 64u64.into();
    plan.registry.window_k = 512;
}

/// Scenarios that share nothing, in the order of the page.
#[must_use]
pub fn all<B: Book>() -> Vec<fn(&mut B)> {
    vec![
        money::escrow_and_stake,
        money::governance,
        nodes::registration,
        nodes::proofs,
        nodes::duties,
        market::offers,
        market::one_job,
        market::token_job,
        market::failures,
        market::disputes,
        market::crowd,
        judges::rounds,
        judges::validators,
        judges::ladder,
        judges::crowd,
    ]
}
