//! Registry.

use crate::{Provider, World};
use joule_rollout::ONE_JOULE;
use joule_types::{
    registry::{ExecuteMsg, NodeUpdate, RegistryHook},
    work::kind::Class,
    NodeId,
};

use super::Book;

pub(super) fn registration(book: &mut impl Book) {
    let mut world = book.world();
    let owner = world.account("owner");
    world.give_joule(&owner, 20_000 * ONE_JOULE);
    world.bond(&owner, 10_000 * ONE_JOULE).unwrap();
    let registry = world.peers.registry.clone();
    let hook = RegistryHook::Register {
        operator: None,
        payout: None,
        referrer: None,
    };
    book.tx(
        "register",
        "a provider registers; the fee goes to the treasury",
        &mut world,
        |w| w.send_joule(&owner, &registry, 10 * ONE_JOULE, &hook),
    );
    let spec = world.cpu_spec();
    book.tx("add_node", "a node is added", &mut world, |w| {
        w.registry(&owner, &ExecuteMsg::AddNode { spec })
    });
    let node = NodeId(1);
    let update = NodeUpdate {
        region: Some("eu".into()),
        ..Default::default()
    };
    book.tx("update_node", "a node moves", &mut world, |w| {
        w.registry(&owner, &ExecuteMsg::UpdateNode { node, update })
    });
    book.tx("request_challenge", "a node asks for its admission", &mut world, |w| {
        w.registry(&owner, &ExecuteMsg::RequestChallenge { node })
    });
    let nonce = world.solution(node).unwrap();
    book.tx("solve_challenge", "a node is admitted", &mut world, |w| {
        w.registry(&owner, &ExecuteMsg::SolveChallenge { node, nonce })
    });
    book.tx("set_available", "a node is switched off", &mut world, |w| {
        w.registry(&owner, &ExecuteMsg::SetAvailable { node, available: false })
    });
}

/// A provider with `n` admitted nodes.
fn provider(world: &mut World, n: usize) -> (Provider, Vec<NodeId>) {
    let mut provider = world.registered("turbine");
    let spec = world.cpu_spec();
    let nodes: Vec<NodeId> = (0..n)
        .map(|_| {
            let node = world.add_node(&provider, spec.clone()).unwrap();
            world.admit(&provider, node).unwrap();
            node
        })
        .collect();
    provider.node = nodes[0];
    (provider, nodes)
}

pub(super) fn proofs(book: &mut impl Book) {
    let mut world = book.world();
    let (honest, _) = provider(&mut world, 1);
    world.beat(&honest, &[honest.node]).unwrap();
    let window = world.open_window().unwrap();
    let mut ids = None;
    book.tx("commit_window", "a node commits to 512 tickets", &mut world, |w| {
        ids = Some(w.commit(&honest, &window, 4_096)?);
        Ok(())
    });
    world.pass(window.closes_at + 1 - world.now());
    book.tx(
        "reveal_window",
        "512 tickets are recomputed and accepted",
        &mut world,
        |w| w.reveal(&honest, window.window, ids.take().unwrap()),
    );
    world.pass(200);
    world.beat(&honest, &[honest.node]).unwrap();
    let window = world.open_window().unwrap();
    world.pass(window.reveal_by + 1 - world.now());
    let anyone = world.account("anyone");
    book.tx(
        "report_missed",
        "a window that a node missed is booked",
        &mut world,
        |w| {
            w.registry(
                &anyone,
                &ExecuteMsg::ReportMissed {
                    window: window.window,
                    node: honest.node,
                },
            )
        },
    );
    book.tx("judge_uptime", "a period of uptime is judged", &mut world, |w| {
        w.pass(700);
        w.registry(&anyone, &ExecuteMsg::JudgeUptime { node: honest.node })
    });
}

pub(super) fn duties(book: &mut impl Book) {
    let mut world = book.world();
    let (turbine, nodes) = provider(&mut world, 8);
    book.tx("beat_1", "the first beat of one node", &mut world, |w| {
        w.beat(&turbine, &nodes[..1])
    });
    world.beat(&turbine, &nodes).unwrap();
    book.tx("beat_8", "a beat of eight nodes, on time", &mut world, |w| {
        w.beat(&turbine, &nodes)
    });
    world.pass(700);
    book.tx(
        "beat_8_late",
        "a beat of eight nodes after an outage",
        &mut world,
        |w| w.beat(&turbine, &nodes),
    );
    let dao = world.peers.dao.clone();
    book.tx("set_class", "the dao makes a provider a cloud", &mut world, |w| {
        w.registry(
            &dao,
            &ExecuteMsg::SetClass {
                provider: turbine.id,
                class: Class::Cloud,
            },
        )
    });
    book.tx(
        "ban",
        "the dao bans a provider: half of its stake burns",
        &mut world,
        |w| w.registry(&dao, &ExecuteMsg::Ban { provider: turbine.id }),
    );
}
