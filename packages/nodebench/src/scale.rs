//! The frequent messages in markets of ten records, a thousand, or as many as one has time for: what they cost must not depend on it.

use std::ops::Range;
use std::path::Path;

use anyhow::{ensure, Context, Result};
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
use crate::network::{clock, left, wait_for_time, Network};
use crate::page::table;
use crate::payer::{landed, Payer};

const LIMIT: u64 = 40_000_000;

/// Providers that join in one block: they share a round of the beacon.
const JOIN: usize = 1_000;
/// Slots of the validators' tree.
const SLOTS: usize = 65_536;
/// Simulated seconds between the first block of a market and its crowd being complete, at most.
const SPAN: u64 = 20_000;
/// What stays open from when the crowd does it until the node runs, seconds.
const OPEN: u64 = 86_400;

/// A market of a size with what is to be sent in it.
struct Stage {
    size: usize,
    seed: String,
    acts: Acts,
}

/// Message by message: name, signer, what is sent.
type Acts = Vec<(&'static str, String, Vec<Msg>)>;

/// A market with its records, at rest.
struct Crowd {
    size: usize,
    seed: String,
    world: World,
    names: Names,
    providers: Vec<Provider>,
}

/// Measures and returns the page's section. `lead` seconds are left for starting the node, when the markets have their records.
pub async fn run(root: &Path, port: u16, lead: u64, sizes: &[usize]) -> Result<String> {
    let mut crowds = vec![];
    for size in sizes {
        let begun = clock();
        crowds.push(crowd(*size).with_context(|| format!("a market of {size}"))?);
        println!("{size} records of each kind made in {} s", clock() - begun);
    }
    let epoch = (clock() + lead).div_ceil(EPOCH) * EPOCH;
    let (mut stages, mut markets) = (vec![], vec![]);
    for mut crowd in crowds {
        let (market, acts) = acts(&mut crowd, epoch)?;
        markets.push(market);
        stages.push(Stage {
            size: crowd.size,
            seed: crowd.seed,
            acts,
        });
    }
    println!("the markets are frozen, {} s before their time", left(epoch));
    let artifacts = root.join("artifacts");
    let network = Network::new(root, "bench-scale", port, 1_000);
    let setup = Setup {
        artifacts: &artifacts,
        pinned: false,
        max_gas: None,
    };
    network.start(&setup, &markets)?;
    println!(
        "the node runs with a genesis of {} MB, {} s before its time",
        network.genesis_bytes()? / 1_000_000,
        left(epoch)
    );
    drop(markets);
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
        ensure!(info.code == 0, "{name} at {}: {}", stage.size, info.log);
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

/// `size` providers with a node and an offer each, as many jobs that wait, votes on a proposal, and validators as far as there are slots.
fn crowd(size: usize) -> Result<Crowd> {
    let seed = format!("scale-{size}");
    let (mut world, names) = world(&seed, clock() - SPAN, |plan| {
        plan.registry.admission_units = 64u64.into();
        plan.registry.beat_secs = OPEN;
        plan.marketplace.start_secs = 3_600;
        plan.marketplace.accept_secs = 3_600;
        plan.marketplace.committee.beacon_secs = 1_200;
        plan.marketplace.committee.commit_secs = 1_200;
        plan.dao.voting_secs = OPEN;
        // Enough for everybody's stake.
        plan.token.balances[0].amount = (10_000_000_000 * ONE_JOULE).into();
    });
    // The crowd does all in a few blocks, so that it is in time whatever its size.
    world.tick = |_| {};
    let mut providers = vec![];
    while providers.len() < size {
        let joining = providers.len()..size.min(providers.len() + JOIN);
        join(&mut world, joining, &mut providers)?;
    }
    let buyer = world.buyer("ada", (size as u128 + 1_000) * 2_000_000);
    let mut queued = world.job_spec();
    queued.requirements.min_reputation = 10_000_000;
    queued.deadline_at += OPEN;
    for _ in 0..size {
        world.try_post(&buyer, queued.clone(), vec![])?;
    }
    world.validators(size.clamp(12, SLOTS));
    proposal(&mut world, &providers)?;
    world.tick = cw_multi_test::next_block;
    ensure!(world.now() < clock(), "the crowd took longer than {SPAN} s");
    Ok(Crowd {
        size,
        seed,
        world,
        names,
        providers,
    })
}

/// Providers with consecutive numbers register, pass the admission by one round, and offer.
fn join(world: &mut World, numbers: Range<usize>, providers: &mut Vec<Provider>) -> Result<()> {
    let first = providers.len();
    for n in numbers {
        let mut provider = world.registered(&format!("provider-{n}"));
        let node = world.add_node(&provider, world.cpu_spec())?;
        world.registry(&provider.operator, &registry::ExecuteMsg::RequestChallenge { node })?;
        provider.node = node;
        providers.push(provider);
    }
    for (n, provider) in providers.iter_mut().enumerate().skip(first) {
        let node = provider.node;
        let nonce = world.solution(node)?;
        world.registry(
            &provider.operator,
            &registry::ExecuteMsg::SolveChallenge { node, nonce },
        )?;
        world.beat(provider, &[node])?;
        provider.offer = world.offer(provider, 400_000 + 1_000 * (n as u128 % 300))?;
    }
    Ok(())
}

/// Goes on to the moment before each message, at the start of `epoch`.
fn acts(crowd: &mut Crowd, epoch: u64) -> Result<(Frozen, Acts)> {
    let Crowd {
        world,
        names,
        providers,
        seed,
        ..
    } = crowd;
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
    world.pass_to(epoch - 1_200);
    // A job to accept.
    let settled = world.post(&buyer, world.job_spec());
    let provider = assigned(world, providers, settled)?;
    world.deliver(provider, settled);
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
    // Accounts of the crowd would only make the genesis longer.
    let signs = |name: &str| acts.iter().any(|(_, signer, _)| signer == name);
    Ok((freeze(world, seed, names, signs), acts))
}

/// A proposal on which all providers have voted.
fn proposal(world: &mut World, providers: &[Provider]) -> Result<()> {
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
    for provider in providers {
        let vote = dao::ExecuteMsg::Vote {
            proposal: ProposalId(1),
            vote: Vote::Yes,
        };
        world.send(&provider.owner, &dao, &vote, &[])?;
    }
    Ok(())
}

/// Whose the job is.
fn assigned<'a>(world: &World, providers: &'a [Provider], job: JobId) -> Result<&'a Provider> {
    let id = world.job(job).attempt.context("a provider")?.provider;
    providers.iter().find(|p| p.id == id).context("a provider of ours")
}

fn judged(world: &mut World, buyer: &joule_testing::Buyer, providers: &[Provider]) -> Result<JobId> {
    let spec = world.judged_spec();
    let job = world.post(buyer, spec);
    let provider = assigned(world, providers, job)?;
    world.start(provider, job)?;
    world.submit_run(provider, job, &Run::right())?;
    Ok(job)
}

/// Sealed, its round posted, its epoch over: the next message can be the draw.
fn drawable(world: &mut World, job: JobId, epoch: u64) -> Result<()> {
    world.pass_to(epoch - EPOCH + 20);
    ensure!(world.panel(job).phase == PanelPhase::Sealing, "{:?}", world.panel(job));
    world.seal(job)?;
    let round = world.panel(job).round.context("sealed")?;
    world.pass_to_round(round);
    world.post_round(round)?;
    world.pass_to(epoch);
    Ok(())
}
