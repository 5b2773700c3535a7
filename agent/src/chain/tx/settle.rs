//! What became of signed bytes. A transaction is given up only when it is proven that it can never land: its timeout
//! height has passed and its sequence is unused, or its sequence was used and no block up to the timeout holds it.
use std::sync::atomic::{AtomicBool, Ordering};

use super::failure::Refusal;
use super::Options;
use crate::chain::node::Node;
use crate::chain::types::{TxHash, TxInfo};
use crate::chain::{Client, RpcError};
use crate::journal::OutboxTx;

/// The end of a transaction.
#[derive(Debug)]
pub(super) enum Settled {
    /// In a block, successful or not. It may be one of the `earlier` ones.
    Landed(TxInfo),
    /// Every node it was shown to refused it at once: nobody holds it.
    Rejected(Refusal),
    /// It can never land.
    Lapsed,
}

/// What one look found.
enum Look {
    Found(TxInfo),
    Never,
    Undecided,
}

/// Sends `tx` until its end is known. `fresh`: nobody has seen it yet. Does not return while no node can tell.
pub(super) async fn settle(chain: &Client, address: &str, tx: &OutboxTx, fresh: bool, options: &Options) -> Settled {
    // While false, a refusal by a mempool settles the matter.
    let mut may_be_out = !fresh;
    let mut sequence_doubtful = false;
    for round in 0u32.. {
        if may_be_out {
            match chain
                .endpoints()
                .with(|node| look(node, address, tx, sequence_doubtful))
                .await
            {
                Ok(Look::Found(info)) => return Settled::Landed(info),
                Ok(Look::Never) => return Settled::Lapsed,
                Ok(Look::Undecided) => {}
                Err(error) => tracing::warn!(hash = %tx.hash, %error, "outcome unknown, asking again"),
            }
        }
        if round % options.resend_every.max(1) == 0 {
            match broadcast(chain, tx, &mut may_be_out).await {
                Ok(()) => may_be_out = true,
                Err(refusal) if !may_be_out => return Settled::Rejected(refusal),
                // It was shown to others before: this refusal may come from its own success.
                Err(refusal) => sequence_doubtful |= refusal.wrong_sequence(),
            }
        }
        tokio::time::sleep(options.poll).await;
    }
    Settled::Lapsed
}

/// Hands the bytes to a mempool. An error is a definite refusal; everything else may have left them somewhere.
async fn broadcast(chain: &Client, tx: &OutboxTx, may_be_out: &mut bool) -> Result<(), Refusal> {
    let lost = AtomicBool::new(false);
    let answer = chain
        .endpoints()
        .with(|node| {
            let lost = &lost;
            async move {
                let answer = node.broadcast(&tx.bytes).await;
                if answer.is_err() {
                    lost.store(true, Ordering::Relaxed);
                }
                answer
            }
        })
        .await;
    *may_be_out |= lost.into_inner();
    match answer {
        Ok(check) if check.code == 0 => Ok(()),
        Ok(check) => {
            let refusal = Refusal {
                codespace: check.codespace,
                code: check.code,
                log: check.log,
            };
            tracing::debug!(hash = %tx.hash, ?refusal, "mempool");
            if refusal.is_known() || refusal.try_again() {
                return Ok(());
            }
            Err(refusal)
        }
        Err(error) => {
            tracing::warn!(hash = %tx.hash, %error, "no answer to a broadcast; looking it up");
            Ok(())
        }
    }
}

/// Looks at one node, so that its answers belong together: the height comes first, what follows is at least as new.
async fn look(node: Node, address: &str, tx: &OutboxTx, sequence_doubtful: bool) -> Result<Look, RpcError> {
    let height = node.status().await?.height;
    for hash in tx.hashes() {
        if let Some(info) = node.tx(hash).await? {
            return Ok(Look::Found(info));
        }
    }
    let late = height > tx.timeout_height;
    if !late && !sequence_doubtful {
        return Ok(Look::Undecided);
    }
    let (account, at) = node.account(address).await?;
    let used = account.is_some_and(|a| a.sequence > tx.sequence);
    if used {
        return scan(&node, tx, height).await;
    }
    // An account state from before the timeout proves nothing.
    let state_is_late = late && (at == 0 || at > tx.timeout_height);
    Ok(if state_is_late { Look::Never } else { Look::Undecided })
}

/// The sequence is used, but the index does not know the hash: the blocks themselves decide.
async fn scan(node: &Node, tx: &OutboxTx, height: u64) -> Result<Look, RpcError> {
    let known: Vec<TxHash> = tx.hashes().collect();
    for h in tx.born_height.saturating_add(1)..=height.min(tx.timeout_height) {
        let hashes = node.block_txs(h).await?;
        let Some((index, hash)) = hashes.iter().enumerate().find(|(_, hash)| known.contains(hash)) else {
            continue;
        };
        let results = node.block_results(h).await?;
        let result = results.txs.into_iter().nth(index);
        let result = result.ok_or_else(|| node.unreadable(format!("block {h} has no result {index}")))?;
        return Ok(Look::Found(result.into_info(*hash, h)));
    }
    Ok(Look::Never)
}
