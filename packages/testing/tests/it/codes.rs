//! The numbers 500 to 507 of the DePIN seed: each is a refusal that really happens, under the code that stands for it.

use std::collections::BTreeSet;

use joule_rollout::ONE_JOULE;
use joule_testing::{code, Provider, World};
use joule_types::{
    depin::{depin_number, DEPIN_CODES},
    marketplace::ExecuteMsg,
    registry::{self, Hardware, NodeSpec},
    work::kind::ResourceKind,
    JobId,
};

fn number(error: anyhow::Error) -> Option<u16> {
    depin_number(&code(&error))
}

fn world() -> (World, Provider) {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    (world, provider)
}

#[test]
fn every_number_has_a_test_here() {
    let numbers: BTreeSet<u16> = DEPIN_CODES.iter().map(|(number, _, _)| *number).collect();
    assert_eq!(numbers, (500..=507).collect());
}

#[test]
fn err_500_invalid_provider() {
    let (mut world, provider) = world();
    let eve = world.account("eve");
    let error = world.registry(
        &eve,
        &registry::ExecuteMsg::Beat {
            nodes: vec![provider.node],
        },
    );
    assert_eq!(number(error.unwrap_err()), Some(500));
}

#[test]
fn err_501_insufficient_compute() {
    let mut world = World::new();
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    assert_eq!(number(world.assign(job).unwrap_err()), Some(501));
}

#[test]
fn err_502_job_not_found() {
    let (mut world, _) = world();
    assert_eq!(number(world.timeout(JobId(7)).unwrap_err()), Some(502));
}

#[test]
fn err_503_already_claimed() {
    let (mut world, provider) = world();
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    world.deliver(&provider, job);
    assert_eq!(number(world.submit(&provider, job).unwrap_err()), Some(503));
}

#[test]
fn err_504_invalid_proof() {
    let (mut world, provider) = world();
    let node = world.add_node(&provider, world.cpu_spec()).unwrap();
    let operator = provider.operator.clone();
    world
        .registry(&operator, &registry::ExecuteMsg::RequestChallenge { node })
        .unwrap();
    world.solution(node).unwrap();
    // One nonce in a hundred solves; of these ten at least one does not.
    let mut solve = |nonce: u64| {
        world.registry(
            &operator,
            &registry::ExecuteMsg::SolveChallenge {
                node,
                nonce: nonce.into(),
            },
        )
    };
    let error = (0..10).find_map(|nonce| solve(nonce).err()).unwrap();
    assert_eq!(number(error), Some(504));
}

#[test]
fn err_505_provider_offline() {
    let (mut world, mut provider) = world();
    provider.node = world.add_node(&provider, world.cpu_spec()).unwrap();
    assert_eq!(number(world.offer(&provider, 400_000).unwrap_err()), Some(505));
}

#[test]
fn err_506_invalid_gpu() {
    let (mut world, provider) = world();
    let spec = NodeSpec {
        kind: ResourceKind::Gpu,
        hardware: Hardware {
            model: "small".into(),
            units: 1,
            memory_mb: 8 * 1024 - 1,
        },
        ..world.cpu_spec()
    };
    assert_eq!(number(world.add_node(&provider, spec).unwrap_err()), Some(506));
}

#[test]
fn err_507_job_active() {
    let (mut world, provider) = world();
    let buyer = world.buyer("ada", 5_000_000);
    let job = world.post(&buyer, world.job_spec());
    assert_eq!(number(world.assign(job).unwrap_err()), Some(507));
    world.start(&provider, job).unwrap();
    let keeper = world.account("keeper");
    let again = ExecuteMsg::Assign {
        job,
        hints: vec![provider.offer],
    };
    assert_eq!(number(world.market(&keeper, &again).unwrap_err()), Some(507));
    assert_eq!(world.pool(&provider.owner).bonded.u128(), 10_000 * ONE_JOULE);
}
