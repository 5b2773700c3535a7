//! A parameter changes by vote.
use cosmwasm_std::{to_json_binary, CosmosMsg, WasmMsg};
use joule_types::dao::{DaoHook, ProposalOpened, ProposalState, Vote};
use joule_types::marketplace::{ExecuteMsg, ParamsUpdate};
use joule_types::work::fees::FeeTerms;
use joule_types::ProposalId;

use super::LONG;
use crate::chain::contracts::events;
use crate::demo::stage::Stage;
use crate::error::{Error, Result};

/// The fee that is voted on, basis points.
const NEW_FEE: u16 = 700;

/// The proposal and the votes.
pub async fn propose(stage: &mut Stage) -> Result<ProposalId> {
    stage
        .act(
            "A proposal",
            "Stakers vote on a lower fee. Nobody else can change a parameter.",
        )
        .await?;
    let old = stage.ground.market.marketplace.params().await?.fees;
    let update = ParamsUpdate {
        fees: Some(FeeTerms {
            fee_bps: NEW_FEE,
            ..old
        }),
        ..ParamsUpdate::default()
    };
    let msg = to_json_binary(&ExecuteMsg::UpdateParams {
        update: Box::new(update),
    })
    .map_err(|e| Error::internal("demo.bad_message", e, "report this"))?;
    let change = WasmMsg::Execute {
        contract_addr: stage.ground.market.marketplace.address().into(),
        msg,
        funds: vec![],
    };
    let hook = DaoHook::Propose {
        title: format!("platform fee {} % to {} %", old.fee_bps / 100, NEW_FEE / 100),
        description: "Later deals pay less; deals that were made keep their terms.".into(),
        msgs: vec![CosmosMsg::from(change)],
    };
    let dao = stage.ground.market.dao.clone();
    let deposit = dao.params().await?.params.deposit.u128();
    let receipt = stage
        .send(
            "north",
            vec![dao.propose(stage.ground.market.token.address(), deposit, &hook)?],
        )
        .await?;
    let opened: ProposalOpened = events::first(dao.address(), &receipt.events)?;
    for voter in ["north", "south"] {
        stage.send(voter, vec![dao.vote(opened.proposal, Vote::Yes)?]).await?;
    }
    let params = dao.params().await?.params;
    let text = format!(
        "votes are open for {} s, then a timelock of {} s runs",
        params.voting_secs, params.timelock_secs
    );
    stage.note("dao", text);
    Ok(opened.proposal)
}

/// The execution, once voting and timelock are over.
pub async fn execute(stage: &mut Stage, proposal: ProposalId) -> Result<()> {
    stage
        .act(
            "The vote takes effect",
            "After the timelock anybody may execute it. Deals that were made keep their terms.",
        )
        .await?;
    let run = stage.ground.market.dao.run(proposal)?;
    let passed = stage
        .until("passed proposal", LONG, async |market| {
            let now = market.dao.proposal(proposal).await?.state;
            Ok(matches!(now, ProposalState::Passed | ProposalState::Executed).then_some(now))
        })
        .await?;
    // A keeper executes what is left alone for long.
    if passed == ProposalState::Executed {
        return Ok(());
    }
    stage.send("south", vec![run]).await.map(drop)
}
