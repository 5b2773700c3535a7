//! Marketplace.

use crate::{Buyer, Provider, World, USDC};
use cosmwasm_std::{coins, to_json_binary, WasmMsg};
use cw20::{Cw20ExecuteMsg, Denom};
use joule_types::{
    escrow,
    marketplace::{ExecuteMsg, IndexResponse, QueryMsg},
};

use super::Book;

fn actors(book: &mut impl Book, n: usize) -> (World, Vec<Provider>, Buyer) {
    let mut world = book.world();
    let providers = (0..n)
        .map(|i| world.provider(&format!("provider-{i}"), 400_000 + 1_000 * i as u128))
        .collect();
    let buyer = world.buyer("ada", 100_000_000);
    (world, providers, buyer)
}

pub(super) fn offers(book: &mut impl Book) {
    let (mut world, providers, _) = actors(book, 2);
    let mut node = providers[0].clone();
    node.node = world.add_node(&node, world.cpu_spec()).unwrap();
    world.admit(&node, node.node).unwrap();
    world.beat(&node, &[node.node]).unwrap();
    node.offer = book.tx("create_offer", "an offer opens; its deposit is held", &mut world, |w| {
        w.offer(&node, 500_000)
    });
    let terms = world.offer_terms(&node, 450_000);
    book.tx("update_offer", "a price falls", &mut world, |w| {
        w.market(
            &node.operator,
            &ExecuteMsg::UpdateOffer {
                offer: node.offer,
                terms,
            },
        )
    });
    let anyone = world.account("anyone");
    book.tx("refresh_1", "the live score of an offer is booked", &mut world, |w| {
        w.market(
            &anyone,
            &ExecuteMsg::Refresh {
                offers: vec![node.offer],
            },
        )
    });
    book.tx("close_offer", "an offer closes; the deposit returns", &mut world, |w| {
        w.market(&node.operator, &ExecuteMsg::CloseOffer { offer: node.offer })
    });
    let market = world.peers.marketplace.clone();
    let mut index = world.ask::<IndexResponse>(&market, &QueryMsg::Index {}).params;
    index.ref_hash_rate += 1;
    let dao = world.peers.dao.clone();
    book.tx("update_index", "a new epoch of the index begins", &mut world, |w| {
        w.market(&dao, &ExecuteMsg::UpdateIndex { index })
    });
    book.tx("reindex", "two offers are re-keyed", &mut world, |w| {
        w.market(&anyone, &ExecuteMsg::Reindex { limit: 20 })
    });
}

pub(super) fn one_job(book: &mut impl Book) {
    let (mut world, providers, buyer) = actors(book, 3);
    let spec = world.job_spec();
    let job = book.tx(
        "post_and_match",
        "a job is posted, paid from a deposit and matched among three offers",
        &mut world,
        |w| w.try_post(&buyer, spec, vec![]),
    );
    book.tx("start", "work begins", &mut world, |w| w.start(&providers[0], job));
    book.tx("submit_result", "a result is delivered", &mut world, |w| {
        w.submit(&providers[0], job)
    });
    book.tx("accept", "the buyer accepts: hold, fee, reputation", &mut world, |w| {
        w.accept(&buyer, job)
    });
    let payout = providers[0].payout.clone();
    book.tx("withdraw_earnings", "a provider withdraws", &mut world, |w| {
        w.withdraw(&payout, Denom::Native(USDC.into()))
    });
    let (anyone, escrow) = (world.account("anyone"), world.peers.escrow.clone());
    book.tx(
        "distribute",
        "the treasury's share leaves for the dao",
        &mut world,
        |w| {
            let denom = Denom::Native(USDC.into());
            w.send(&anyone, &escrow, &escrow::ExecuteMsg::Distribute { denom }, &[])
        },
    );
    let eve = world.account("eve");
    world.give(&eve, 2_000_000, USDC);
    let market = world.peers.marketplace.clone();
    let msg = ExecuteMsg::PostJob {
        spec: Box::new(world.job_spec()),
        hints: vec![],
    };
    book.tx(
        "post_and_match_native",
        "the same with the deposit attached",
        &mut world,
        |w| w.send(&eve, &market, &msg, &coins(1_010_000, USDC)),
    );
}

/// A job in JOULE, which a deposit by cw20 `Send` in the same transaction pays for.
pub(super) fn token_job(book: &mut impl Book) {
    let (mut world, providers, _) = actors(book, 3);
    for (i, provider) in providers.iter().enumerate() {
        let mut terms = world.offer_terms(provider, 400_000 + 1_000 * i as u128);
        terms.denom = world.joule();
        world
            .market(&provider.operator, &ExecuteMsg::CreateOffer { terms })
            .unwrap();
    }
    let eve = world.account("eve");
    world.give_joule(&eve, 2_000_000u128);
    let mut spec = world.job_spec();
    spec.requirements.denom = world.joule();
    let cost = spec.requirements.budget + spec.crank_deposit;
    let deposit = Cw20ExecuteMsg::Send {
        contract: world.peers.escrow.to_string(),
        amount: cost,
        msg: to_json_binary(&escrow::EscrowHook::Deposit { owner: None }).unwrap(),
    };
    let post = ExecuteMsg::PostJob {
        spec: Box::new(spec),
        hints: vec![],
    };
    let msgs = [
        (&world.peers.token, to_json_binary(&deposit)),
        (&world.peers.marketplace, to_json_binary(&post)),
    ];
    let msgs = msgs.map(|(contract, msg)| WasmMsg::Execute {
        contract_addr: contract.to_string(),
        msg: msg.unwrap(),
        funds: vec![],
    });
    book.tx(
        "post_and_match_cw20",
        "the same in JOULE, with the deposit by a cw20 send in front of the post",
        &mut world,
        |w| w.send_all(&eve, msgs.map(Into::into).to_vec()),
    );
}

pub(super) fn failures(book: &mut impl Book) {
    let (mut world, providers, buyer) = actors(book, 1);
    let job = world.post(&buyer, world.job_spec());
    book.tx(
        "decline",
        "a provider hands a job back; nobody else is there",
        &mut world,
        |w| w.decline(&providers[0], job),
    );
    book.tx("cancel", "a queued job is cancelled", &mut world, |w| {
        w.cancel(&buyer, job)
    });
    let second = world.provider("second", 450_000);
    let job = world.post(&buyer, world.job_spec());
    world.start(&providers[0], job).unwrap();
    world.pass_deadline(job);
    world.beat(&second, &[second.node]).unwrap();
    book.tx(
        "timeout_run",
        "a silent provider is slashed, another is assigned, the keeper tipped",
        &mut world,
        |w| w.timeout(job),
    );
    world.deliver(&second, job);
    world.pass_deadline(job);
    book.tx("timeout_accept", "a silent buyer pays", &mut world, |w| w.timeout(job));
    let mut spec = world.job_spec();
    spec.requirements.min_reputation = 10_000_000;
    let job = book.tx("post_and_queue", "a job that nobody can serve waits", &mut world, |w| {
        w.try_post(&buyer, spec, vec![])
    });
    world.pass_deadline(job);
    book.tx(
        "timeout_queue",
        "a queued job expires and is refunded",
        &mut world,
        |w| w.timeout(job),
    );
}

pub(super) fn disputes(book: &mut impl Book) {
    let (mut world, providers, buyer) = actors(book, 1);
    for (arbiter, name, about) in [
        (true, "resolve", "the arbiter splits a job"),
        (false, "timeout_arbiter", "a silent arbiter: half each"),
    ] {
        let job = world.post(&buyer, world.job_spec());
        world.deliver(&providers[0], job);
        if arbiter {
            book.tx("dispute", "a result is disputed; the bond is held", &mut world, |w| {
                w.dispute(&buyer.address, job)
            });
            book.tx(name, about, &mut world, |w| w.resolve(job, 2_500));
        } else {
            world.dispute(&buyer.address, job).unwrap();
            world.pass_deadline(job);
            book.tx(name, about, &mut world, |w| w.timeout(job));
        }
    }
}

/// A hundred offers: the same work as three.
pub(super) fn crowd(book: &mut impl Book) {
    let (mut world, providers, buyer) = actors(book, 100);
    for provider in &providers {
        world.beat(provider, &[provider.node]).unwrap();
    }
    let spec = world.job_spec();
    book.tx(
        "post_and_match_100",
        "a job is posted and matched among a hundred offers",
        &mut world,
        |w| w.try_post(&buyer, spec, vec![]),
    );
    let mut queued = world.job_spec();
    queued.requirements.min_reputation = 10_000_000;
    let job = world.post(&buyer, queued);
    world.cancel(&buyer, job).unwrap();
    let mut spec = world.job_spec();
    spec.requirements.min_hash_rate = u64::MAX;
    book.tx(
        "post_and_scan_100",
        "a hundred cheap offers that all fail one filter",
        &mut world,
        |w| w.try_post(&buyer, spec, vec![]),
    );
}
