//! I-48: pages put together are the full list, in order, without repeats; each record of a list answers by itself.

use cosmwasm_std::to_json_binary;
use joule_rollout::ChainOps;
use joule_types::{
    dao, escrow,
    marketplace::{self, JobFilter},
    registry, staking, HoldId, JobId, NodeId, OfferId, Page, Peer, ProviderId,
};
use serde::{de::DeserializeOwned, Serialize};

use super::{market::job_state, tree, Report};
use crate::{observe::Observation, World};

const LIMIT: Option<u32> = Some(2);

fn ask<T: DeserializeOwned>(world: &World, peer: Peer, msg: &impl Serialize) -> Option<T> {
    let msg = to_json_binary(msg).ok()?;
    let answer = world.backend.query(world.peers.get(peer).as_str(), msg).ok()?;
    cosmwasm_std::from_json(answer).ok()
}

struct Walk<'a> {
    world: &'a World,
    report: &'a mut Report,
}

impl Walk<'_> {
    /// Walks a list and compares it with `wanted`.
    fn list<T, C, K>(&mut self, peer: Peer, query: impl Fn(Option<C>) -> Msg, of: impl Fn(&T) -> K, wanted: Vec<K>)
    where
        T: DeserializeOwned,
        C: DeserializeOwned + Clone,
        K: PartialEq + std::fmt::Debug,
    {
        let (mut found, mut cursor) = (vec![], None);
        loop {
            let msg = query(cursor.clone());
            let Some(page) = ask::<Page<T, C>>(self.world, peer, &msg) else {
                self.report
                    .unless(false, "I-48", || format!("{peer} does not answer {msg:?}"));
                return;
            };
            found.extend(page.items.iter().map(&of));
            match page.next {
                Some(next) if found.len() <= wanted.len() => cursor = Some(next),
                _ => break,
            }
        }
        self.report
            .equal("I-48", &format!("pages of {peer} {:?}", query(None)), &found, &wanted);
    }

    fn one<T: DeserializeOwned>(&mut self, peer: Peer, msg: Msg) {
        let answered = ask::<T>(self.world, peer, &msg).is_some();
        self.report
            .unless(answered, "I-48", || format!("{peer} does not answer {msg:?}"));
    }
}

/// A query of any contract.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Msg {
    Escrow(escrow::QueryMsg),
    Staking(staking::QueryMsg),
    Registry(registry::QueryMsg),
    Market(marketplace::QueryMsg),
    Dao(dao::QueryMsg),
}

pub(super) fn walk(world: &World, seen: &Observation, report: &mut Report) {
    let mut walk = Walk { world, report };
    escrow_pages(&mut walk, seen);
    staking_pages(&mut walk, seen);
    validator_pages(&mut walk, seen);
    registry_pages(&mut walk, seen);
    market_pages(&mut walk, seen);
    let proposals = |start_after| {
        Msg::Dao(dao::QueryMsg::Proposals {
            start_after,
            limit: LIMIT,
        })
    };
    walk.list(
        Peer::Dao,
        proposals,
        |found: &dao::ProposalResponse| found.proposal,
        vec![],
    );
}

fn escrow_pages(walk: &mut Walk, seen: &Observation) {
    let books = &seen.escrow;
    let holds = |start_after| {
        Msg::Escrow(escrow::QueryMsg::Holds {
            start_after,
            limit: LIMIT,
        })
    };
    let ids = books.holds.keys().map(|id| HoldId(*id)).collect();
    walk.list(Peer::Escrow, holds, |found: &escrow::HoldResponse| found.hold, ids);
    let owners: std::collections::BTreeSet<_> = books.balances.keys().map(|(owner, _)| owner).collect();
    for owner in owners {
        let query = |start_after| {
            Msg::Escrow(escrow::QueryMsg::Balances {
                owner: owner.to_string(),
                start_after,
                limit: Some(1),
            })
        };
        let of_owner = books.balances.keys().filter(|(known, _)| known == owner);
        let denoms = of_owner.map(|(_, denom)| denom.clone()).collect();
        walk.list(
            Peer::Escrow,
            query,
            |found: &escrow::BalanceResponse| joule_types::denom_key(&found.denom),
            denoms,
        );
    }
    for id in books.holds.keys().chain(books.closed.keys()) {
        walk.one::<escrow::HoldResponse>(Peer::Escrow, Msg::Escrow(escrow::QueryMsg::Hold { hold: HoldId(*id) }));
    }
}

fn staking_pages(walk: &mut Walk, seen: &Observation) {
    let pools = |start_after| {
        Msg::Staking(staking::QueryMsg::Pools {
            start_after,
            limit: LIMIT,
        })
    };
    let owners = seen.staking.pools.keys().cloned().collect();
    walk.list::<_, String, _>(
        Peer::Staking,
        pools,
        |found: &staking::PoolResponse| found.owner.clone(),
        owners,
    );
    for staker in seen.staking.pools.keys() {
        let query = |start_after| {
            Msg::Staking(staking::QueryMsg::Unbondings {
                staker: staker.to_string(),
                start_after,
                limit: LIMIT,
            })
        };
        let own = seen.staking.entries.keys().filter(|(who, _, _)| who == staker);
        let times = own.map(|(_, at, _)| *at).collect();
        walk.list(
            Peer::Staking,
            query,
            |found: &staking::Unbonding| found.matures_at,
            times,
        );
        let claimable = staking::QueryMsg::Claimable {
            address: staker.to_string(),
        };
        walk.one::<staking::ClaimableResponse>(Peer::Staking, Msg::Staking(claimable));
    }
}

/// Validators, and the seats that each of them may still have to vote on.
fn validator_pages(walk: &mut Walk, seen: &Observation) {
    let query = |start_after| {
        Msg::Staking(staking::QueryMsg::ListValidators {
            start_after,
            limit: LIMIT,
        })
    };
    let slots = &seen.staking.validators.slots;
    let wanted = slots
        .iter()
        .filter_map(|(owner, slot)| tree::answer(seen, owner, *slot));
    walk.list::<staking::ValidatorResponse, String, _>(Peer::Staking, query, Clone::clone, wanted.collect());
    let mut open = std::collections::BTreeMap::<_, Vec<_>>::new();
    for (job, attempt, books) in super::panels::all(seen) {
        for ((rung, number), seat) in &books.seats {
            let seats = open.entry(seat.owner.clone()).or_default();
            if books.panel.phase != marketplace::PanelPhase::Closed && *rung == books.panel.rung {
                seats.push((job, attempt, *rung, *number));
            }
        }
        let panel = marketplace::QueryMsg::Panel {
            job: JobId(job),
            attempt: Some(attempt),
        };
        walk.one::<Option<marketplace::PanelResponse>>(Peer::Marketplace, Msg::Market(panel));
    }
    for (owner, wanted) in open {
        let query = |start_after| {
            Msg::Market(marketplace::QueryMsg::SeatsOf {
                owner: owner.to_string(),
                start_after,
                limit: LIMIT,
            })
        };
        let key = |seat: &marketplace::OpenSeat| (seat.job.u64(), seat.attempt, seat.rung, seat.seat);
        walk.list::<_, JobId, _>(Peer::Marketplace, query, key, wanted);
    }
}

fn registry_pages(walk: &mut Walk, seen: &Observation) {
    let providers = |start_after| {
        Msg::Registry(registry::QueryMsg::Providers {
            start_after,
            limit: LIMIT,
        })
    };
    let ids = seen.registry.profiles.keys().map(|id| ProviderId(*id)).collect();
    walk.list(
        Peer::Registry,
        providers,
        |found: &registry::ProviderResponse| found.provider,
        ids,
    );
    for provider in [None]
        .into_iter()
        .chain(seen.registry.profiles.keys().map(|id| Some(ProviderId(*id))))
    {
        let nodes = |start_after| {
            Msg::Registry(registry::QueryMsg::Nodes {
                provider,
                start_after,
                limit: LIMIT,
            })
        };
        let of = seen
            .registry
            .nodes
            .iter()
            .filter(|(_, node)| provider.is_none_or(|id| id.u64() == node.provider));
        let ids = of.map(|(id, _)| NodeId(*id)).collect();
        walk.list(Peer::Registry, nodes, |found: &registry::NodeResponse| found.node, ids);
    }
    for id in seen.registry.nodes.keys() {
        let online = registry::QueryMsg::Online {
            node: NodeId(*id),
            at: None,
        };
        walk.one::<registry::OnlineResponse>(Peer::Registry, Msg::Registry(online));
    }
}

fn market_pages(walk: &mut Walk, seen: &Observation) {
    let market = &seen.market;
    for provider in [None]
        .into_iter()
        .chain(seen.registry.profiles.keys().map(|id| Some(ProviderId(*id))))
    {
        let query = |start_after| {
            Msg::Market(marketplace::QueryMsg::Offers {
                provider,
                start_after,
                limit: LIMIT,
            })
        };
        let of = market
            .offers
            .iter()
            .filter(|(_, offer)| offer.open && provider.is_none_or(|id| id == offer.provider));
        let ids = of.map(|(id, _)| OfferId(*id)).collect();
        walk.list(
            Peer::Marketplace,
            query,
            |found: &marketplace::OfferResponse| found.offer,
            ids,
        );
    }
    let mut jobs = |filter: JobFilter, ids: Vec<JobId>| {
        let query = |start_after| {
            Msg::Market(marketplace::QueryMsg::Jobs {
                filter: filter.clone(),
                start_after,
                limit: LIMIT,
            })
        };
        walk.list(
            Peer::Marketplace,
            query,
            |found: &marketplace::JobResponse| found.job,
            ids,
        );
    };
    let those = |wanted: &dyn Fn(&crate::observe::JobBooks) -> bool| {
        let found = market.jobs.iter().filter(|(_, job)| wanted(job));
        found.map(|(id, _)| JobId(*id)).collect::<Vec<_>>()
    };
    jobs(JobFilter::All {}, those(&|_| true));
    jobs(
        JobFilter::Open {},
        those(&|job| job_state(job).is_some_and(|state| !state.is_final())),
    );
    let queued = joule_types::work::job::JobState::Queued;
    jobs(JobFilter::Queued {}, those(&|job| job_state(job) == Some(queued)));
    let verifying = joule_types::work::job::JobState::Verifying;
    jobs(JobFilter::Verifying {}, those(&|job| job_state(job) == Some(verifying)));
    let buyers: std::collections::BTreeSet<_> = market.jobs.values().map(|job| &job.posted.buyer).collect();
    for buyer in buyers {
        jobs(
            JobFilter::Buyer {
                buyer: buyer.to_string(),
            },
            those(&|job| job.posted.buyer == *buyer),
        );
    }
    for denom in market.denoms.values() {
        let query = marketplace::QueryMsg::Stats {
            denom: denom.rules.denom.clone(),
        };
        walk.one::<marketplace::StatsResponse>(Peer::Marketplace, Msg::Market(query));
    }
    walk.one::<marketplace::CapacityShareResponse>(
        Peer::Marketplace,
        Msg::Market(marketplace::QueryMsg::CapacityShare {}),
    );
    walk.one::<marketplace::IndexResponse>(Peer::Marketplace, Msg::Market(marketplace::QueryMsg::Index {}));
}
