//! Gas of every message: each scenario's transaction carried to a node on which its market goes on, once with the codes in memory and once without.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{bail, Context, Result};
use joule::chain::{Client, TxHash};

use crate::gather::{acts, Act};
use crate::genesis::Setup;
use crate::market::{key, Frozen, EPOCH};
use crate::network::{clock, left, wait_for_time, Network};
use crate::page::table;
use crate::payer::{landed, simulate_as, Payer};

/// Gas limit of every transaction: what is used does not depend on it.
const LIMIT: u64 = 40_000_000;
/// Seconds into an epoch at which the simulator stops and the node goes on, and the last second for what waits for an epoch or a round.
const AIM: u64 = 8;
const LATEST: u64 = EPOCH - 30;
/// The scenario whose repetition is the unit: then the recipient holds JOULE already.
const TRANSFER: &str = "token_transfer";

/// Gas by name; what failed is in words.
type Measured = BTreeMap<&'static str, Result<u64, String>>;

/// How often a run is repeated whose nodes were late.
const TRIES: u32 = 3;

/// Measures and returns the page's section. `lead` seconds are left for making the markets and starting the nodes; where they do not suffice, twice
/// as many the next time.
pub async fn run(root: &Path, port: u16, lead: u64) -> Result<String> {
    for lead in (0..TRIES).map(|n| lead << n) {
        let epoch = (clock() + lead).div_ceil(EPOCH) * EPOCH;
        let acts = acts(epoch + AIM, epoch + LATEST)?;
        println!("{} transactions, {} s before their time", acts.len(), left(epoch));
        let networks = start(root, port, &acts)?;
        println!("the nodes run, {} s before their time", left(epoch));
        if left(epoch + AIM) < 0 {
            println!("too late: once more, with twice the time");
            continue;
        }
        let (plain, pinned) = (networks[0].client().await?, networks[1].client().await?);
        let (plain, pinned) = tokio::join!(measure(&plain, &acts, epoch), measure(&pinned, &acts, epoch));
        let (plain, pinned) = (plain?, pinned?);
        for network in &networks {
            network.reset()?;
        }
        return report(&acts, &plain, &pinned);
    }
    bail!("the nodes were late {TRIES} times: leave more time (--lead)")
}

/// A node without the codes in memory, and one with them.
fn start(root: &Path, port: u16, acts: &[Act]) -> Result<[Network; 2]> {
    let markets: Vec<Frozen> = acts.iter().map(|act| act.market.clone()).collect();
    let artifacts = root.join("artifacts");
    let node = |name, port, pinned| {
        let network = Network::new(root, name, port, 1_000);
        let setup = Setup {
            artifacts: &artifacts,
            pinned,
            max_gas: None,
        };
        network.start(&setup, &markets)?;
        anyhow::Ok(network)
    };
    Ok([
        node("bench-gas", port, false)?,
        node("bench-gas-pinned", port + 100, true)?,
    ])
}

async fn measure(client: &Client, acts: &[Act], epoch: u64) -> Result<Measured> {
    wait_for_time(client, epoch + AIM).await?;
    let mut measured = Measured::new();
    let mut sent: Vec<(&'static str, TxHash)> = vec![];
    for act in acts {
        wait_for_time(client, act.time + 1).await?;
        let Some(signer) = &act.signer else {
            // Only a proposal makes a contract act: the message alone is simulated.
            let gas = simulate_as(client, &act.sender, &act.msgs).await;
            measured.insert(act.name, gas.map_err(|e| format!("{e:#}")));
            continue;
        };
        let mut payer = Payer::new(client, key(&act.seed, signer)?).await?;
        match payer.send(client, &act.msgs, LIMIT).await {
            Ok(hash) => sent.push((act.name, hash)),
            Err(error) => {
                measured.insert(act.name, Err(format!("{error:#}")));
            }
        }
    }
    for (name, hash) in sent {
        let info = landed(client, hash).await.with_context(|| name.to_string())?;
        let gas = if info.code == 0 {
            Ok(info.gas_used)
        } else {
            Err(info.log)
        };
        measured.insert(name, gas);
    }
    let act = acts.iter().find(|act| act.name == TRANSFER).context("the unit")?;
    let signer = act.signer.as_deref().context("an account transfers")?;
    let mut payer = Payer::new(client, key(&act.seed, signer)?).await?;
    let hash = payer.send(client, &act.msgs, LIMIT).await?;
    let info = landed(client, hash).await?;
    if info.code != 0 {
        bail!("the transfer failed: {}", info.log);
    }
    measured.insert("unit", Ok(info.gas_used));
    Ok(measured)
}

fn report(acts: &[Act], plain: &Measured, pinned: &Measured) -> Result<String> {
    let of = |measured: &Measured, name: &'static str| {
        let found = measured
            .get(name)
            .cloned()
            .unwrap_or_else(|| Err("not measured".into()));
        found.map_err(|why| format!("`{name}`: {why}"))
    };
    let mut failed = vec![];
    let mut rows = vec![];
    let units = [plain, pinned].map(|measured| of(measured, "unit"));
    let [unit, unit_pinned] = units.map(|unit| unit.unwrap_or(u64::MAX));
    let ratio = |gas: u64, unit: u64| format!("{:.2}", gas as f64 / unit as f64);
    rows.push(vec![
        "cw20 transfer, the unit".into(),
        unit.to_string(),
        "1".into(),
        unit_pinned.to_string(),
        "1".into(),
        "JOULE to an account that holds some".into(),
    ]);
    let mut names: Vec<&Act> = acts.iter().collect();
    names.sort_by_key(|act| act.name);
    for act in names {
        match (of(plain, act.name), of(pinned, act.name)) {
            (Ok(gas), Ok(gas_pinned)) => {
                let star = if act.signer.is_none() { " \\*" } else { "" };
                rows.push(vec![
                    format!("`{}`{star}", act.name),
                    gas.to_string(),
                    ratio(gas, unit),
                    gas_pinned.to_string(),
                    ratio(gas_pinned, unit_pinned),
                    act.about.clone(),
                ]);
            }
            (first, second) => failed.extend([first.err(), second.err()].into_iter().flatten()),
        }
    }
    let text = table(
        &[
            "transaction",
            "gas",
            "transfers",
            "gas, pinned",
            "transfers, pinned",
            "what",
        ],
        &rows,
    );
    if failed.is_empty() {
        return Ok(text);
    }
    println!("{text}");
    bail!(
        "{} transactions failed on the node:\n{}",
        failed.len(),
        failed.join("\n")
    )
}
