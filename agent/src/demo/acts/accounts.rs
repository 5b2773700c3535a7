//! Everybody goes home with what is theirs.
use std::time::Duration;

use cosmwasm_std::Addr;
use cw20::Denom;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{LONG, PROVIDERS};
use crate::chain::Msg;
use crate::demo::stage::Stage;
use crate::devchain::USDC;
use crate::error::{Error, Result};

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
    let market = stage.market.clone();
    let waiting = market.escrow.fees(Denom::Native(USDC.into())).await?.treasury;
    if !waiting.is_zero() {
        stage
            .send("keeper", vec![market.escrow.distribute(Denom::Native(USDC.into()))?])
            .await?;
    }
    for provider in &PROVIDERS {
        leave(stage, provider.owner).await?;
    }
    mature(stage).await?;
    let people: Vec<String> = stage.actors.iter().map(|actor| actor.name.clone()).collect();
    for name in people {
        withdraw(stage, &name).await?;
    }
    Ok(())
}

/// Closes the offers of a provider and starts to unbond its stake.
async fn leave(stage: &mut Stage, owner: &str) -> Result<()> {
    let (market, address) = (stage.market.clone(), stage.actor(owner)?.address.clone());
    let mut msgs: Vec<Msg> = vec![];
    if let Some(known) = market.registry.provider_of(&address).await? {
        for offer in market.marketplace.offers_of(known.provider).await? {
            msgs.push(market.marketplace.close_offer(offer.offer)?);
        }
    }
    let bonded = market.staking.pool(&address).await?.bonded.u128();
    msgs.push(market.staking.unbond(bonded)?);
    stage.send(owner, msgs).await.map(drop)
}

/// Puts the chain's clock forward until the stake has matured: nobody watches a demo that long.
async fn mature(stage: &mut Stage) -> Result<()> {
    // Cohorts gather stake by the day: it may mature up to a day later than the parameter says.
    let unbonding = stage.market.staking.params().await?.unbonding_secs;
    let secs = unbonding + unbonding / 10;
    advance(&stage.rpc, secs).await?;
    stage.note(
        "chain",
        format!("the clock is put forward by {secs} s, so that the unbonding stake matures"),
    );
    let addresses: Vec<String> = PROVIDERS
        .iter()
        .map(|provider| Ok(stage.actor(provider.owner)?.address.clone()))
        .collect::<Result<_>>()?;
    stage
        .until("matured stake", LONG, async |market| {
            for address in &addresses {
                if market.staking.claimable(address).await?.matured.is_zero() {
                    return Ok(None);
                }
            }
            Ok(Some(()))
        })
        .await
}

/// Claims and withdraws all that somebody can.
async fn withdraw(stage: &mut Stage, name: &str) -> Result<()> {
    let (market, address) = (stage.market.clone(), stage.actor(name)?.address.clone());
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
    if msgs.is_empty() {
        return Ok(());
    }
    stage.send(name, msgs).await.map(drop)
}

/// The embedded chain's own call; a real chain has none, so the client has none either.
async fn advance(rpc: &str, secs: u64) -> Result<()> {
    let host = rpc.trim_start_matches("http://");
    let request = format!("GET /joule_advance?seconds={secs} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let lost = |e: std::io::Error| Error::internal("demo.no_advance", e, "report this");
    let call = async {
        let mut stream = TcpStream::connect(host).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    };
    let answer: std::io::Result<String> = tokio::time::timeout(Duration::from_secs(10), call)
        .await
        .map_err(|_| Error::internal("demo.no_advance", "no answer in 10 s", "report this"))?;
    match answer.map_err(lost)? {
        answer if answer.contains("\"result\"") => Ok(()),
        answer => Err(Error::internal("demo.no_advance", answer, "report this")),
    }
}
