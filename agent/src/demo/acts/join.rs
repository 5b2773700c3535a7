//! Keeper and providers come, and prove what they can do.
use std::time::Duration;

use futures::future::try_join_all;

use super::{Cast, LONG, PROVIDERS};
use crate::demo::stage::Stage;
use crate::demo::story::{amount, rate};
use crate::error::{Error, Result};

/// Starts the keeper, measures every provider's share of the machine and starts the agents.
pub async fn join(stage: &mut Stage) -> Result<()> {
    stage
        .act(
            "Four providers join",
            "Each is a process of its own: it stakes, registers, passes the admission and offers. A keeper posts the rounds of \
             the beacon that admissions, windows and juries are drawn from.",
        )
        .await?;
    keep(stage).await?;
    let bench = ["bench", "--cpu-only", "--threads", "1", "--seconds", "1", "--cpu-share"];
    let shares = PROVIDERS.map(|provider| provider.share.to_string());
    let runs = shares
        .iter()
        .map(|share| stage.command_of_anyone(&[&bench[..], &[share]].concat()));
    let runs = try_join_all(runs.collect::<Vec<_>>());
    stage.show_bar(Some(("benchmarks", Duration::from_secs(6))));
    let reports = stage.during(runs).await?;
    stage.show_bar(None);
    for (provider, report) in PROVIDERS.iter().zip(&reports) {
        let tickets = report["tickets_per_sec"].as_f64().unwrap_or_default();
        let gigaflops = report["f32_ops_per_sec"].as_f64().unwrap_or_default() / 1e9;
        let text = format!(
            "measures its {} % of a core: {} tickets, {gigaflops:.1} GFLOP/s; only the tickets will be verified",
            provider.share,
            rate(tickets as u64)
        );
        stage.note(provider.owner, text);
    }
    let device = match &stage.adapter {
        Some(name) => format!("WGSL jobs run on the graphics processor: {name}"),
        None => "there is no hardware graphics processor here: the interpreter runs WGSL jobs".into(),
    };
    stage.note("turbine", device);
    for provider in &PROVIDERS {
        provide(stage, provider)?;
    }
    Ok(())
}

/// Starts the keeper.
pub async fn keep(stage: &mut Stage) -> Result<()> {
    let home = stage.home(&["keeper"])?;
    let args = ["keep", "--distribute-every", "20", "--home"].map(String::from);
    let pid = stage.start("keeper", args.into_iter().chain([home.display().to_string()]).collect())?;
    let period = stage.ground.market.registry.beacon().await?.beacon.period;
    stage.note(
        "keeper",
        format!(
            "starts (process {pid}): it posts rounds of the beacon (a local one, every {period} s), moves juries on and carries \
             out deadlines"
        ),
    );
    Ok(())
}

/// Starts the agent of a provider; again after it has ended, it goes on where it was.
pub fn provide(stage: &mut Stage, provider: &Cast) -> Result<()> {
    let home = stage.home(&[provider.agent, provider.owner])?;
    let objects = stage.out.join("objects");
    // The strongest one has what there is of a graphics processor.
    let gpu = stage.adapter.is_some() && provider.owner == "turbine";
    let text = format!(
        "owner_key = \"{owner}\"\nowner_passphrase_file = \"passphrase\"\nstake = \"{stake}\"\n\
         store = \"{store}\"\nallow_files = [\"{folder}\"]\nthreads = 1\ncpu_share = {share}\ngpu = {gpu}\ntickets = \"cpu\"\n\n\
         [[nodes]]\nkind = \"cpu\"\nregion = \"{region}\"\nmodel = \"{share} % of a core\"\nunits = 1\nmemory_mb = {memory}\n\n\
         [[nodes.offers]]\nprice = \"{price}\"\nunit = \"hour\"\n",
        owner = provider.owner,
        stake = provider.stake,
        store = stage.store(),
        folder = objects.display(),
        share = provider.share,
        memory = provider.memory_mb,
        region = provider.region,
        price = provider.price,
    );
    let config = home.join("provider.toml");
    std::fs::write(&config, text).map_err(|e| {
        Error::local(
            "demo.io",
            format!("{}: {e}", config.display()),
            "choose a folder you may write to",
        )
    })?;
    let mut args: Vec<String> = ["run", "--config"].map(String::from).to_vec();
    args.extend([
        config.display().to_string(),
        "--home".into(),
        home.display().to_string(),
    ]);
    args.extend(
        provider
            .fault
            .iter()
            .flat_map(|fault| ["--fault".to_string(), (*fault).into()]),
    );
    let pid = stage.start(provider.owner, args)?;
    let fault = provider
        .fault
        .map_or_else(String::new, |fault| format!("; started with --fault {fault}"));
    stage.note(
        provider.owner,
        format!("starts its agent (process {pid}, with a signer process that holds the key{fault})"),
    );
    Ok(())
}

/// Waits until all of them have an offer.
pub async fn offered(stage: &mut Stage, providers: &[Cast]) -> Result<()> {
    for provider in providers {
        let agent = stage.actor(provider.agent)?.address.clone();
        stage
            .until("offer", LONG, async |market| {
                let Some(known) = market.registry.provider_of(&agent).await? else {
                    return Ok(None);
                };
                Ok(market.marketplace.offers_of(known.provider).await?.pop())
            })
            .await?;
    }
    Ok(())
}

/// One work window: everybody at the same time, on real processors. Returns what each has proven.
pub async fn prove(stage: &mut Stage) -> Result<Vec<u64>> {
    let secs = stage.ground.market.registry.params().await?.window_secs;
    let about = format!(
        "A round of the beacon that nobody can foresee opens a window: for {secs} s all nodes search tickets under its seed, and \
         the contract recomputes what they found."
    );
    stage.act("Proof of power", &about).await?;
    offered(stage, &PROVIDERS).await?;
    stage.show_bar(Some(("work window", Duration::from_secs(secs + 2))));
    let mut rates = vec![];
    for provider in &PROVIDERS {
        let agent = stage.actor(provider.agent)?.address.clone();
        let proven = stage
            .until("accepted window", LONG, async |market| {
                let Some(known) = market.registry.provider_of(&agent).await? else {
                    return Ok(None);
                };
                let nodes = market.registry.nodes_of(known.provider).await?;
                Ok(nodes
                    .into_iter()
                    .find(|node| node.verified.windows > 0)
                    .map(|node| (known, node)))
            })
            .await?;
        let (known, node) = proven;
        let text = format!(
            "is known for {} and {} of stake: trust level {}",
            rate(node.verified.hash_rate),
            amount(known.standing.stake.u128(), "joule"),
            known.standing.trust as u8
        );
        stage.note(provider.owner, text);
        rates.push(node.verified.hash_rate);
    }
    stage.show_bar(None);
    // A score counts what was booked: whoever gained has an interest in booking it.
    let offers = stage.ground.market.marketplace.offers(None, None, None).await?.items;
    let booked = stage
        .ground
        .market
        .marketplace
        .refresh(offers.iter().map(|offer| offer.offer).collect())?;
    stage
        .send(PROVIDERS.first().map_or("", |provider| provider.owner), vec![booked])
        .await?;
    Ok(rates)
}
