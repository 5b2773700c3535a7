//! The embedded chain against a real node: the same messages at the same heights and times, compared step by step. Runs over the node
//! that `JOULE_LOCALNET` names by its RPC (`scripts/localnet start`), and shows as ignored without it. `JOULE_DIFF_STEPS` (80) is the
//! length of the random part, `JOULE_DIFF_SEED` (1) where its choices start. Where the chains are known to differ: docs/differences.md.

mod acts;
mod compare;
mod deploy;
mod dice;
mod market;
mod pair;
mod setup;
mod side;
mod state;

use libtest_mimic::{Arguments, Trial};

fn main() {
    let args = Arguments::from_args();
    let node = std::env::var("JOULE_LOCALNET").ok().filter(|url| !url.is_empty());
    if node.is_none() {
        eprintln!("differential: SKIPPED, no node to compare with: set JOULE_LOCALNET to the RPC of a running scripts/localnet");
    }
    let ignored = node.is_none();
    let run = move || compare_chains(&node.unwrap_or_default()).map_err(Into::into);
    let trial = Trial::test("embedded chain and node agree", run).with_ignored_flag(ignored);
    libtest_mimic::run(&args, vec![trial]).exit();
}

fn number(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name}: `{text}` is not a number"))
    })
}

/// Deploys a market on both, brings it to life, acts at random, and compares all along; what differed.
fn compare_chains(node: &str) -> Result<(), String> {
    let (steps, seed) = (number("JOULE_DIFF_STEPS", 80), number("JOULE_DIFF_SEED", 1));
    println!("seed {seed}, {steps} random actions");
    let mut market = setup::market(node, seed)?;
    market.open();
    market.compare_state();
    for step in 1..=steps {
        market.act();
        if step % 20 == 0 {
            market.compare_state();
        }
    }
    market.compare_state();
    let pair = market.pair;
    println!("{}", pair.summary());
    if pair.differences.is_empty() {
        return Ok(());
    }
    let shown: Vec<&str> = pair.differences.iter().take(40).map(String::as_str).collect();
    Err(format!("{} differences\n{}", pair.differences.len(), shown.join("\n")))
}
