//! Everybody goes home with what is theirs.
use cosmwasm_std::Addr;
use cw20::Denom;

use super::{JURORS, LONG, PROVIDERS};
use crate::chain::Msg;
use crate::demo::stage::Stage;
use crate::devchain::USDC;
use crate::error::Result;

/// Fees to the treasury, offers closed, stake unbonded and claimed, balances withdrawn.
pub async fn accounts(stage: &mut Stage) -> Result<()> {
    stage
        .act(
            "Accounts",
            "Agents end, fees go to the treasury, stake unbonds, everybody withdraws.",
        )
        .await?;
    // The keeper first: what it would book of agents that end is no story.
    stage.stop(&["keeper"]).await;
    stage.stop(&PROVIDERS.map(|provider| provider.owner)).await;
    stage.stop(&JURORS.map(|juror| juror.name)).await;
    let market = stage.ground.market.clone();
    let waiting = market.escrow.fees(Denom::Native(USDC.into())).await?.treasury;
    if !waiting.is_zero() {
        stage
            .send("keeper", vec![market.escrow.distribute(Denom::Native(USDC.into()))?])
            .await?;
    }
    let mut leaving = vec![];
    for provider in &PROVIDERS {
        leaving.push((provider.owner.to_string(), leave(stage, provider.owner).await?));
    }
    for juror in &JURORS {
        let mut msgs = vec![market.staking.retire()?];
        msgs.extend(leave(stage, juror.name).await?);
        leaving.push((juror.name.to_string(), msgs));
    }
    stage.send_all(leaving).await?;
    mature(stage).await?;
    let people: Vec<String> = stage.ground.actors.iter().map(|actor| actor.name.clone()).collect();
    let mut last = vec![];
    for name in people {
        let msgs = withdraw(stage, &name).await?;
        if !msgs.is_empty() {
            last.push((name, msgs));
        }
    }
    stage.send_all(last).await
}

/// Closes the offers of an owner and starts to unbond its stake.
async fn leave(stage: &Stage, owner: &str) -> Result<Vec<Msg>> {
    let (market, address) = (stage.ground.market.clone(), stage.actor(owner)?.address.clone());
    let mut msgs: Vec<Msg> = vec![];
    if let Some(known) = market.registry.provider_of(&address).await? {
        for offer in market.marketplace.offers_of(known.provider).await? {
            msgs.push(market.marketplace.close_offer(offer.offer)?);
        }
    }
    let bonded = market.staking.pool(&address).await?.bonded.u128();
    msgs.push(market.staking.unbond(bonded)?);
    Ok(msgs)
}

/// Lets the stake mature.
async fn mature(stage: &mut Stage) -> Result<()> {
    // Cohorts gather stake by the day: it may mature up to a day later than the parameter says.
    let unbonding = stage.ground.market.staking.params().await?.unbonding_secs;
    let secs = unbonding + unbonding / 10;
    let (left, said) = stage.ground.pass(secs).await?;
    stage.note("chain", said);
    if !left.is_zero() {
        stage.show_bar(Some(("unbonding", left)));
    }
    let owners = PROVIDERS.iter().map(|provider| provider.owner);
    let addresses: Vec<String> = owners
        .chain(JURORS.iter().map(|juror| juror.name))
        .map(|name| Ok(stage.actor(name)?.address.clone()))
        .collect::<Result<_>>()?;
    stage
        .until("matured stake", left + LONG, async |market| {
            for address in &addresses {
                if market.staking.claimable(address).await?.matured.is_zero() {
                    return Ok(None);
                }
            }
            Ok(Some(()))
        })
        .await?;
    stage.show_bar(None);
    Ok(())
}

/// What claims and withdraws all that somebody can.
async fn withdraw(stage: &Stage, name: &str) -> Result<Vec<Msg>> {
    let (market, address) = (stage.ground.market.clone(), stage.actor(name)?.address.clone());
    let mut msgs = vec![];
    let claims = market.staking.claimable(&address).await?;
    if !claims.matured.is_zero() || !claims.awarded.is_zero() {
        msgs.push(market.staking.claim()?);
    }
    let joule = Denom::Cw20(Addr::unchecked(market.token.address()));
    for denom in [Denom::Native(USDC.into()), joule] {
        if !market.escrow.balance(&address, denom.clone()).await?.total().is_zero() {
            msgs.push(market.escrow.withdraw(denom, None, None)?);
        }
    }
    Ok(msgs)
}
