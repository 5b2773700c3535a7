//! The frequent messages in markets of ten records, a thousand, or as many as one has time for: what they cost must not depend on it.

use std::path::Path;

use anyhow::{Context, Result};
use cosmwasm_std::{to_json_binary, to_json_string, WasmMsg};
use joule::chain::{Client, Msg};
use joule_rollout::ONE_JOULE;
use joule_testing::{Provider, Run, World};
use joule_types::{
    dao::{self, DaoHook, Vote},
    marketplace::{self, ExecuteMsg, PanelPhase},
    registry, JobId, NodeId, ProposalId,
};

use crate::genesis::Setup;
use crate::market::{freeze, key, world, Frozen, Names, EPOCH};
use crate::network::{clock, wait_for_time, Network};
use crate::page::table;
use crate::payer::{landed, Payer};

const LIMIT: u64 = 40_000_000;

/// A market of a size with what is to be sent in it.
struct Stage {
    size: usize,
    seed: String,
    market: Frozen,
    acts: Vec<(&'static str, String, Vec<Msg>)>,
}

/// Measures and returns the page's section.
pub async fn run(root: &Path, port: u16, lead: u64, sizes: &[usize]) -> Result<String> {
    let epoch = (clock() + lead).div_ceil(EPOCH) * EPOCH;
    let mut stages = vec![];
    for size in sizes {
        stages.push(stage(*size, epoch).with_context(|| format!("a market of {size}"))?);
        println!("{size} records, {} s before their time", epoch as i64 - clock() as i64);
    }
    let artifacts = root.join("artifacts");
    let network = Network::new(root, "bench-scale", port, 1_000);
    let setup = Setup {
        artifacts: &artifacts,
        pinned: false,
        max_gas: None,
    };
    let markets: Vec<Frozen> = stages.iter().map(|stage| stage.market.clone()).collect();
    network.start(&setup, &markets)?;
    println!("the node runs, {} s before its time", epoch as i64 - clock() as i64);
    let client = network.client().await?;
    wait_for_time(&client, epoch + 10).await?;
    let mut columns = vec![];
    for stage in &stages {
        columns.push(measure(&client, stage).await?);
    }
    network.reset()?;
    Ok(report(sizes, &columns))
}

async fn measure(client: &Client, stage: &Stage) -> Result<Vec<(&'static str, u64)>> {
    let mut column = vec![];
    for (name, signer, msgs) in &stage.acts {
        let mut payer = Payer::new(client, key(&stage.seed, signer)?).await?;
        let hash = payer.send(client, msgs, LIMIT).await?;
        let info = landed(client, hash).await?;
        anyhow::ensure!(info.code == 0, "{name} at {}: {}", stage.size, info.log);
        column.push((*name, info.gas_used));
    }
    Ok(column)
}

fn report(sizes: &[usize], columns: &[Vec<(&'static str, u64)>]) -> String {
    let mut head = vec!["message".to_string()];
    head.extend(sizes.iter().map(|size| format!("at {size}")));
    head.extend(["transfers".to_string(), "growth".to_string()]);
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let names = columns.first().into_iter().flatten().map(|(name, _)| *name);
    let rows: Vec<Vec<String>> = names
        .enumerate()
        .map(|(row, name)| {
            let gas: Vec<u64> = columns.iter().filter_map(|column| Some(column.get(row)?.1)).collect();
            let (first, last) = (gas.first().copied().unwrap_or(1), gas.last().copied().unwrap_or(1));
            let unit = columns.last().and_then(|column| Some(column.first()?.1)).unwrap_or(1);
            let mut cells = vec![name.to_string()];
            cells.extend(gas.iter().map(u64::to_string));
            cells.push(format!("{:.2}", last as f64 / unit as f64));
            cells.push(format!("{:.3}", last as f64 / first as f64));
            cells
        })
        .collect();
    table(&head, &rows)
}

/// `size` providers with nodes and offers, jobs, validators and votes; then the moment before each message, at the start of `epoch`.
fn stage(size: usize, epoch: u64) -> Result<Stage> {
    let seed = format!("scale-{size}");
    // A provider takes a minute of the simulator's clock, a job and a voter less.
    let span = 100 * size as u64 + 20_000;
    let (mut world, names) = world(&seed, epoch - span, |plan| {
        plan.registry.admission_units = 64u64.into();
        plan.registry.beat_secs = span;
        plan.marketplace.start_secs = 3_600;
        plan.marketplace.accept_secs = 3_600;
        plan.marketplace.committee.beacon_secs = 1_200;
        plan.marketplace.committee.commit_secs = 1_200;
        plan.dao.voting_secs = 10 * size as u64 + 3_600;
    });
    let buyer = world.buyer("ada", 1_000_000_000);
    let mut providers = vec![];
    for n in 0..size {
        providers.push(world.provider(&format!("provider-{n}"), 400_000 + 1_000 * (n as u128 % 300)));
        let mut queued = world.job_spec();
        queued.requirements.min_reputation = 10_000_000;
        world.post(&buyer, queued);
    }
    world.validators(size.max(12));
    acts(&mut world, &names, &providers, size, epoch).map(|(market, acts)| Stage {
        size,
        seed,
        market,
        acts,
    })
}

type Acts = Vec<(&'static str, String, Vec<Msg>)>;

fn acts(world: &mut World, names: &Names, providers: &[Provider], size: usize, epoch: u64) -> Result<(Frozen, Acts)> {
    let buyer = world.buyer("bob", 1_000_000_000);
    let (market, registry, dao) = (
        &world.peers.marketplace.clone(),
        &world.peers.registry.clone(),
        &world.peers.dao.clone(),
    );
    let token = &world.peers.token.clone();
    let name_of = |address: &cosmwasm_std::Addr| {
        let names = names.borrow();
        let found = names.iter().find(|(_, known)| *known == address);
        found.map(|(name, _)| name.clone()).context("an account of the market")
    };
    let execute = |contract: &cosmwasm_std::Addr, msg: String, funds: Vec<joule::chain::Coin>| {
        let contract = contract.to_string();
        vec![Msg::Execute { contract, msg, funds }]
    };
    // A provider of eight nodes.
    let mut eight = world.registered("eight");
    let nodes = (0..8)
        .map(|_| {
            eight.node = world.add_node(&eight, world.cpu_spec())?;
            world.admit(&eight, eight.node)?;
            Ok(eight.node)
        })
        .collect::<Result<Vec<NodeId>>>()?;
    world.beat(&eight, &nodes)?;
    // A proposal with votes, which takes the simulator its time; then all waits for the epoch.
    proposal(world, size)?;
    world.pass_to(epoch - 1_200);
    // A job to accept.
    let settled = world.post(&buyer, world.job_spec());
    let operator = world.job(settled).attempt.context("a provider")?.provider;
    let provider = providers
        .iter()
        .find(|p| p.id == operator)
        .context("a provider of ours")?
        .clone();
    world.deliver(&provider, settled);
    // A committee that votes, and one about to be drawn.
    let (voting, drawn) = (judged(world, &buyer, providers)?, judged(world, &buyer, providers)?);
    let seats = world.seat(voting);
    let seat = seats.first().context("a seat")?.clone();
    drawable(world, drawn, epoch)?;
    let keeper = world.account("keeper");
    world.give_joule(&keeper.clone(), ONE_JOULE);
    let voter = world.account("voter");

    let transfer = cw20::Cw20ExecuteMsg::Transfer {
        recipient: keeper.to_string(),
        amount: 1u128.into(),
    };
    let post = to_json_string(&ExecuteMsg::PostJob {
        spec: Box::new(world.job_spec()),
        hints: vec![],
    })?;
    let mut hard = world.job_spec();
    hard.requirements.min_reputation = 10_000_000;
    let queue = to_json_string(&ExecuteMsg::PostJob {
        spec: Box::new(hard),
        hints: vec![],
    })?;
    let eve = world.account("eve");
    world.give(&eve, 10_000_000, joule_testing::USDC);
    let attached = vec![joule::chain::Coin::new(1_010_000, joule_testing::USDC)];
    let beat = to_json_string(&registry::ExecuteMsg::Beat { nodes })?;
    let vote = to_json_string(&dao::ExecuteMsg::Vote {
        proposal: ProposalId(1),
        vote: Vote::Yes,
    })?;
    let accept = to_json_string(&ExecuteMsg::Accept { job: settled })?;
    let commit = to_json_string(&world.commit_msg(voting, &seat, &Run::right()))?;
    let draw = to_json_string(&ExecuteMsg::Draw { job: drawn })?;
    let acts = vec![
        (
            "cw20 transfer",
            name_of(&eight.owner)?,
            execute(token, to_json_string(&transfer)?, vec![]),
        ),
        (
            "post and match",
            name_of(&buyer.address)?,
            execute(market, post.clone(), vec![]),
        ),
        (
            "post and match, deposit attached",
            name_of(&eve)?,
            execute(market, post, attached),
        ),
        ("post, nobody can serve", "ada".into(), execute(market, queue, vec![])),
        (
            "settle: accept",
            name_of(&buyer.address)?,
            execute(market, accept, vec![]),
        ),
        (
            "beat of 8 nodes",
            name_of(&eight.operator)?,
            execute(registry, beat, vec![]),
        ),
        ("vote on a proposal", name_of(&voter)?, execute(dao, vote, vec![])),
        (
            "vote of a committee, sealed",
            name_of(&seat.operator)?,
            execute(market, commit, vec![]),
        ),
        (
            "draw of 3 seats and 2 standbys",
            name_of(&keeper)?,
            execute(market, draw, vec![]),
        ),
    ];
    Ok((freeze(world, names), acts))
}

fn proposal(world: &mut World, size: usize) -> Result<()> {
    let proposer = world.account("proposer");
    world.give_joule(&proposer, 100 * ONE_JOULE);
    let update = marketplace::ParamsUpdate {
        max_attempts: Some(4),
        ..Default::default()
    };
    let msg = WasmMsg::Execute {
        contract_addr: world.peers.marketplace.to_string(),
        msg: to_json_binary(&marketplace::ExecuteMsg::UpdateParams {
            update: Box::new(update),
        })?,
        funds: vec![],
    };
    let hook = DaoHook::Propose {
        title: "Four attempts".into(),
        description: "One more try for a job".into(),
        msgs: vec![msg.into()],
    };
    let dao = world.peers.dao.clone();
    world.send_joule(&proposer, &dao, 100 * ONE_JOULE, &hook)?;
    for n in 0..size {
        let voter = world.account(&format!("validator-{n}"));
        let vote = dao::ExecuteMsg::Vote {
            proposal: ProposalId(1),
            vote: Vote::Yes,
        };
        world.send(&voter, &dao, &vote, &[])?;
    }
    Ok(())
}

fn judged(world: &mut World, buyer: &joule_testing::Buyer, providers: &[Provider]) -> Result<JobId> {
    let spec = world.judged_spec();
    let job = world.post(buyer, spec);
    let id = world.job(job).attempt.context("a provider")?.provider;
    let provider = providers.iter().find(|p| p.id == id).context("a provider of ours")?;
    world.start(provider, job)?;
    world.submit_run(provider, job, &Run::right())?;
    Ok(job)
}

/// Sealed, its round posted, its epoch over: the next message can be the draw.
fn drawable(world: &mut World, job: JobId, epoch: u64) -> Result<()> {
    world.pass_to(epoch - EPOCH + 20);
    anyhow::ensure!(world.panel(job).phase == PanelPhase::Sealing, "{:?}", world.panel(job));
    world.seal(job)?;
    let round = world.panel(job).round.context("sealed")?;
    world.pass_to_round(round);
    world.post_round(round)?;
    world.pass_to(epoch);
    Ok(())
}
