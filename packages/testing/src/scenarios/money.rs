//! Token, escrow, staking, dao.

use crate::USDC;
use cosmwasm_std::{to_json_binary, WasmMsg};
use cw20::{Cw20ExecuteMsg, Denom};
use joule_rollout::ONE_JOULE;
use joule_types::{
    dao::{self, DaoHook, Vote},
    escrow, marketplace, AdminMsg, ProposalId,
};

use super::Book;

pub(super) fn escrow_and_stake(book: &mut impl Book) {
    let mut world = book.world();
    let ada = world.account("ada");
    world.give_joule(&ada, 1_000 * ONE_JOULE);
    world.give(&ada, 10_000_000, USDC);
    let (token, escrow) = (world.peers.token.clone(), world.peers.escrow.clone());
    let usdc = Denom::Native(USDC.into());

    book.tx(
        "token_transfer",
        "JOULE to an account that holds none: the unit of comparison",
        &mut world,
        |w| {
            let to = w.account("new");
            let msg = Cw20ExecuteMsg::Transfer {
                recipient: to.into(),
                amount: 1_000_000u128.into(),
            };
            w.send(&ada, &token, &msg, &[])
        },
    );
    book.tx("deposit_native", "a buyer deposits uusdc", &mut world, |w| {
        w.deposit(&ada, 5_000_000, USDC)
    });
    book.tx("deposit_joule", "a buyer deposits JOULE", &mut world, |w| {
        w.deposit_joule(&ada, 5_000_000u128)
    });
    book.tx("withdraw_native", "a free balance leaves", &mut world, |w| {
        w.withdraw(&ada, usdc)
    });
    book.tx("bond", "a pool is created", &mut world, |w| {
        w.bond(&ada, 500 * ONE_JOULE)
    });
    book.tx("bond_more", "stake is added", &mut world, |w| {
        w.bond(&ada, 100 * ONE_JOULE)
    });
    book.tx("unbond", "stake begins to unbond", &mut world, |w| {
        w.unbond(&ada, 50 * ONE_JOULE)
    });
    world.pass(1_000);
    book.tx("claim", "matured stake is paid", &mut world, |w| w.claim(&ada));
    let guardian = world.guardian.clone();
    book.tx("pause", "the guardian pauses the escrow", &mut world, |w| {
        w.send(
            &guardian,
            &escrow,
            &escrow::ExecuteMsg::Admin(AdminMsg::Pause { secs: 60 }),
            &[],
        )
    });
}

pub(super) fn governance(book: &mut impl Book) {
    let mut world = book.world();
    let proposer = world.account("proposer");
    world.give_joule(&proposer, 100 * ONE_JOULE);
    let (dao, voter) = (world.peers.dao.clone(), world.voter.clone());
    let update = marketplace::ParamsUpdate {
        max_attempts: Some(4),
        ..Default::default()
    };
    let msg = marketplace::ExecuteMsg::UpdateParams {
        update: Box::new(update),
    };
    let msg = WasmMsg::Execute {
        contract_addr: world.peers.marketplace.to_string(),
        msg: to_json_binary(&msg).unwrap(),
        funds: vec![],
    };
    let hook = DaoHook::Propose {
        title: "Four attempts".into(),
        description: "One more try for a job".into(),
        msgs: vec![msg.into()],
    };
    book.tx("propose", "a proposal with one message opens", &mut world, |w| {
        w.send_joule(&proposer, &dao, 100 * ONE_JOULE, &hook)
    });
    let proposal = ProposalId(1);
    book.tx("vote", "a voter votes", &mut world, |w| {
        w.send(
            &voter,
            &dao,
            &dao::ExecuteMsg::Vote {
                proposal,
                vote: Vote::Yes,
            },
            &[],
        )
    });
    world.pass(60);
    book.tx(
        "execute_proposal",
        "a parameter of the marketplace changes, the deposit returns",
        &mut world,
        |w| w.send(&proposer, &dao, &dao::ExecuteMsg::Execute { proposal }, &[]),
    );
}
