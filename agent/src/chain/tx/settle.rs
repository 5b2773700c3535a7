//! What became of signed bytes. A transaction is given up only when it is proven that it can never land: its timeout
//! height has passed and its sequence is unused, or its sequence was used and no block up to the timeout holds it.
use std::sync::atomic::{AtomicBool, Ordering};

use super::failure::{refusal_before_check, Refusal};
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
    /// It can never land: its timeout height has passed.
    Lapsed,
    /// It can never land: somebody else used its sequence.
    Taken,
}

/// What one look found.
enum Look {
    Found(TxInfo),
    Late,
    Taken,
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
                Ok(Look::Late) => return Settled::Lapsed,
                Ok(Look::Taken) => return Settled::Taken,
                Ok(Look::Undecided) => {}
                Err(error) => tracing::warn!(hash = %tx.hash, %error, "outcome unknown, asking again"),
            }
        }
        if round % options.resend_every.max(1) == 0 {
            match broadcast(chain, tx, &mut may_be_out).await {
                Ok(()) => may_be_out = true,
                // It may be the refusal of a copy, whose cause is the success of the first one: the chain has to say.
                Err(refusal) if refusal.wrong_sequence() => {
                    sequence_doubtful = true;
                    if !std::mem::replace(&mut may_be_out, true) {
                        continue;
                    }
                }
                Err(refusal) if !may_be_out => return Settled::Rejected(refusal),
                Err(_) => {}
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
            let refusal = Refusal::from(check);
            tracing::debug!(hash = %tx.hash, ?refusal, "mempool");
            if refusal.is_known() || refusal.try_again() {
                return Ok(());
            }
            Err(refusal)
        }
        Err(error) => match refusal_before_check(&error) {
            Some(refusal) => Err(refusal),
            None => {
                tracing::warn!(hash = %tx.hash, %error, "no answer to a broadcast; looking it up");
                Ok(())
            }
        },
    }
}

/// Looks at one node, so that its answers belong together. Each of them may be older than the one before, if the address is a
/// balancer's or a cache's: what is concluded follows from the height that comes with the account, not from the order.
async fn look(node: Node, address: &str, tx: &OutboxTx, sequence_doubtful: bool) -> Result<Look, RpcError> {
    let height = node.status().await?.height;
    let mut doubtful = sequence_doubtful;
    for hash in tx.hashes() {
        match node.tx(hash).await? {
            Some(info) if Refusal::left_no_trace(&info) => doubtful = true,
            Some(info) => return Ok(Look::Found(info)),
            None => {}
        }
    }
    let late = height > tx.timeout_height;
    if !late && !doubtful {
        return Ok(Look::Undecided);
    }
    let (Some(account), at) = node.account(address).await? else {
        // It signed before, so this state is older than the transaction.
        return Ok(Look::Undecided);
    };
    if account.sequence > tx.sequence {
        return scan(&node, tx, at).await;
    }
    // An account state from before the timeout proves nothing.
    Ok(if at > tx.timeout_height {
        Look::Late
    } else {
        Look::Undecided
    })
}

/// The sequence is used in the state of height `at`, but the index does not know the hash: the blocks up to there decide.
async fn scan(node: &Node, tx: &OutboxTx, at: u64) -> Result<Look, RpcError> {
    let known: Vec<TxHash> = tx.hashes().collect();
    for h in tx.born_height.saturating_add(1)..=at.min(tx.timeout_height) {
        let hashes = node.block_txs(h).await?;
        let Some((index, hash)) = hashes.iter().enumerate().find(|(_, hash)| known.contains(hash)) else {
            continue;
        };
        let results = node.block_results(h).await?;
        let result = results.txs.into_iter().nth(index);
        let result = result.ok_or_else(|| node.unreadable(format!("block {h} has no result {index}")))?;
        let info = result.into_info(*hash, h);
        if !Refusal::left_no_trace(&info) {
            return Ok(Look::Found(info));
        }
    }
    Ok(if at > tx.born_height {
        Look::Taken
    } else {
        Look::Undecided
    })
}
