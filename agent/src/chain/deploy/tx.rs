//! Transactions of a deployment: one after the other, each waited for. They need no journal, because a deployment finds
//! out from the chain what has already been done.
use std::time::Duration;

use cosmrs::Any;

use crate::chain::tx::failure::{refusal_of, Refusal};
use crate::chain::tx::GasPolicy;
use crate::chain::types::{Account, Event, TxHash};
use crate::chain::wire::{Plan, Unsigned};
use crate::chain::{Client, RpcError};
use crate::error::{contract_error, Error, Result};
use crate::signer::Signer;

/// Blocks that a transaction has to land.
const TIMEOUT_BLOCKS: u64 = 60;
/// Gas on top of the simulation, in percent.
const MARGIN: u64 = 30;
/// Code of the error that says that the sender's last transaction is not in a block yet.
pub const PENDING: &str = "tx.pending";
/// Pause between two looks for the outcome.
const POLL: Duration = Duration::from_millis(50);

/// Signs, sends and waits; the events of success. The sequence is the one that `account` had when the work began to look at the chain:
/// what an earlier run left in the mempool may land behind a look, but then this is refused.
pub async fn send(
    chain: &Client,
    signer: &dyn Signer,
    gas: &GasPolicy,
    account: &Account,
    messages: Vec<Any>,
) -> Result<Vec<Event>> {
    let address = signer.address();
    let timeout_height = chain.height().await?.saturating_add(TIMEOUT_BLOCKS);
    let mut plan = Plan {
        chain_id: chain.chain_id(),
        sender: address,
        public_key: signer.public_key(),
        account_number: account.number,
        sequence: account.sequence,
        timeout_height,
        gas: 0,
        fee: vec![],
        granter: "",
        msgs: &[],
    };
    let trial = Unsigned::of(&plan, messages.clone()).with_signature(vec![]);
    let simulated = chain.simulate(trial).await.map_err(told)?;
    plan.gas = simulated.saturating_add(simulated / 100 * MARGIN);
    plan.fee = vec![gas.fee(plan.gas, 1000).map_err(|over| gas.refuse(&over))?];
    let unsigned = Unsigned::of(&plan, messages);
    let bytes = unsigned.with_signature(signer.sign(&unsigned.sign_bytes()).await?);
    let hash = TxHash::of(&bytes);
    let checked = chain.broadcast(&bytes).await?;
    if checked.code != 0 {
        let refusal = Refusal::from(checked);
        return Err(match refusal.wrong_sequence() {
            true => pending(&refusal.log),
            false => refused(hash, &refusal.log),
        });
    }
    loop {
        match chain.tx(hash).await? {
            Some(tx) if tx.code == 0 => return Ok(tx.events),
            Some(tx) => return Err(refused(hash, &tx.log)),
            None if chain.height().await? > timeout_height => {
                let what = format!("{hash} did not land in {TIMEOUT_BLOCKS} blocks");
                return Err(Error::unreachable(
                    "tx.lapsed",
                    what,
                    "check that the chain is making blocks",
                ));
            }
            None => tokio::time::sleep(POLL).await,
        }
    }
}

/// Runs messages of any sender without a signature, in a simulation that changes nothing. A refusal says which of them it is of, by
/// `names` in their order.
pub async fn rehearse(chain: &Client, sender: &str, messages: Vec<Any>, names: &[&str]) -> Result<()> {
    let account = chain.account(sender).await?;
    let plan = Plan {
        chain_id: chain.chain_id(),
        sender,
        // A key of nobody's: a simulation checks none, and wants one.
        public_key: &[2; 33],
        account_number: account.as_ref().map_or(0, |account| account.number),
        sequence: account.map_or(0, |account| account.sequence),
        timeout_height: 0,
        gas: 0,
        fee: vec![],
        granter: "",
        msgs: &[],
    };
    let trial = Unsigned::of(&plan, messages).with_signature(vec![]);
    chain.simulate(trial).await.map(drop).map_err(|error| {
        let index = refusal_of(&error).and_then(|refusal| refusal.msg_index());
        let whose = index.and_then(|index| names.get(index));
        match whose {
            Some(name) => told(error).within(name),
            None => told(error),
        }
    })
}

/// A node puts the refusal of a simulation into words only.
fn told(error: RpcError) -> Error {
    match refusal_of(&error) {
        Some(refusal) if refusal.wrong_sequence() => pending(&refusal.log),
        _ => error.into(),
    }
}

fn pending(log: &str) -> Error {
    Error::refused(PENDING, log, "wait until the sender's last transaction is in a block")
}

fn refused(hash: TxHash, log: &str) -> Error {
    contract_error(log).unwrap_or_else(|| Error::refused("tx.refused", format!("{hash}: {log}"), "correct the cause"))
}
