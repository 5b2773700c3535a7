//! Role x message, funds x message.

use cosmwasm_std::{coin, Addr, Coin};
use joule_testing::{code, World, USDC};
use joule_types::{Peer, Role};

use super::every_message;

/// A raw message: what is inside is sent as it is.
struct Raw<'a>(&'a cosmwasm_std::Binary);

impl Raw<'_> {
    fn send(&self, world: &mut World, sender: &Addr, to: &Addr, funds: &[Coin]) -> anyhow::Result<()> {
        let msg = cosmwasm_std::WasmMsg::Execute {
            contract_addr: to.into(),
            msg: self.0.clone(),
            funds: funds.to_vec(),
        };
        world.send_all(sender, vec![msg.into()]).map(|_| ())
    }
}

fn has_role(world: &World, role: Role, sender: &Addr, deployer: &Addr) -> bool {
    let peers = &world.peers;
    match role {
        Role::Anyone | Role::Party => true,
        Role::Owner => *sender == peers.dao,
        Role::Guardian => *sender == peers.dao || *sender == world.guardian,
        Role::Peer(peer) => sender == peers.get(peer),
        Role::Slasher => [&peers.registry, &peers.marketplace, &peers.dao].contains(&sender),
        Role::Deployer => sender == deployer,
    }
}

#[test]
fn every_role_against_every_message() {
    let mut world = World::new();
    world.provider("turbine", 400_000);
    let deployer = Addr::unchecked(joule_rollout::ChainOps::deployer(&world.backend));
    let mut senders = vec![
        world.account("eve"),
        world.guardian.clone(),
        deployer.clone(),
        world.arbiter.clone(),
    ];
    senders.extend(Peer::ALL.map(|peer| world.peers.get(peer).clone()));
    let start = world.snapshot();
    let (mut refused, mut let_in) = (0, 0);
    for case in every_message(&world) {
        for sender in &senders {
            world.restore(&start);
            let (to, before) = (world.peers.get(case.peer).clone(), world.digest());
            let answer = Raw(&case.json).send(&mut world, sender, &to, &[]);
            let code = answer.as_ref().err().map(code);
            let place = format!("{sender} sends {}: {code:?}", case.name);
            if case.role == Role::Deployer {
                assert_eq!(code.as_deref(), Some("kit.not_setup"), "{place}");
            } else if !has_role(&world, case.role, sender, &deployer) {
                assert_eq!(code.as_deref(), Some("kit.unauthorized"), "{place}");
                refused += 1;
            } else {
                assert_ne!(code.as_deref(), Some("kit.unauthorized"), "{place}");
                let_in += 1;
                // What only one role may send is carried out for it: there is nothing else to be refused for.
                let parsed = matches!(case.role, Role::Owner | Role::Guardian);
                assert!(!parsed || answer.is_ok(), "{place}");
            }
            if answer.is_err() {
                assert_eq!(world.digest(), before, "{place}");
            }
        }
    }
    assert!(refused > 250 && let_in > 250, "{refused} refused, {let_in} let in");
}

#[test]
fn every_kind_of_funds_with_every_message() {
    let mut world = World::new();
    let provider = world.provider("turbine", 400_000);
    let eve = world.account("eve");
    for who in [&eve, &provider.owner, &world.guardian.clone()] {
        world.give(who, 5_000_000, USDC);
        world.give(who, 10, "ujunk");
    }
    // The contracts that may send a message need coins to attach.
    for peer in Peer::ALL {
        let address = world.peers.get(peer).clone();
        world.give(&address, 5_000_000, USDC);
        world.give(&address, 10, "ujunk");
    }
    let start = world.snapshot();
    let kinds = [
        vec![coin(1_010_000, USDC)],
        vec![coin(1_010_001, USDC)],
        vec![coin(1, USDC)],
        vec![coin(1, "ujunk")],
        vec![coin(1, "ujunk"), coin(1_010_000, USDC)],
    ];
    for case in every_message(&world) {
        let sender = match case.role {
            Role::Owner | Role::Guardian | Role::Slasher => world.peers.dao.clone(),
            Role::Peer(peer) => world.peers.get(peer).clone(),
            Role::Anyone | Role::Party => eve.clone(),
            Role::Deployer => continue,
        };
        for funds in &kinds {
            world.restore(&start);
            let (to, before) = (world.peers.get(case.peer).clone(), world.digest());
            let answer = Raw(&case.json).send(&mut world, &sender, &to, funds);
            let code = answer.as_ref().err().map(code);
            let place = format!("{} with {funds:?}: {code:?}", case.name);
            match funds.as_slice() {
                [one] if case.takes_funds && one.denom == USDC => {
                    // A job needs all of its hold; a deposit and a hold opened by the marketplace take what comes.
                    let enough = case.peer == Peer::Escrow || one.amount.u128() >= 1_010_000;
                    assert_eq!(answer.is_ok(), enough, "{place}");
                }
                _ if case.takes_funds => {
                    let known = [
                        "mkt.wrong_funds",
                        "kit.one_coin",
                        "esc.denom_not_listed",
                        "esc.wrong_coin",
                    ];
                    assert!(code.as_deref().is_some_and(|code| known.contains(&code)), "{place}");
                }
                _ => assert_eq!(code.as_deref(), Some("kit.unexpected_funds"), "{place}"),
            }
            if answer.is_err() {
                assert_eq!(world.digest(), before, "{place}");
            }
        }
    }
}
