//! One transaction for a group of submissions: from account and simulation to a proven end, signed again where that is
//! safe.
use super::actor::Actor;
use super::failure::{refusal_of, Refusal};
use super::parts::{at_fault, receipts};
use super::settle::{settle, Settled};
use super::Submission;
use crate::chain::endpoints::jitter;
use crate::chain::types::{Coin, Msg, TxHash, TxInfo};
use crate::chain::wire::{Plan, Unsigned};
use crate::chain::RpcError;
use crate::error::{Error, Result};
use crate::journal::{OutboxTx, Part, Receipt};

/// Times a transaction is signed again (other sequence, more gas, more fee, lapsed) before its submitters are told.
const TRIES: u32 = 6;

/// Fee permille after a node asked for more: half again each time.
fn boosted(boost: u32) -> u32 {
    boost.saturating_add(boost / 2)
}

/// What became of a group of submissions.
pub(super) enum Outcome {
    Done(Vec<Receipt>),
    /// One submission is at fault; the others are to be sent without it.
    Blame(usize, Error),
    /// Somebody is at fault, or together they are too much: try them in smaller groups.
    Split(Error),
    /// Nobody can be served.
    Failed(Error),
}

/// A transaction ready to go, and what is needed to learn from it.
struct Signed {
    tx: OutboxTx,
    gas: u64,
    fee: Coin,
    /// Fees of those in `tx.earlier` that this process signed.
    earlier: Vec<(TxHash, Coin)>,
}

/// Why a step of an attempt ended it.
enum Stop {
    /// Sign again.
    Again(Error),
    /// Over.
    Outcome(Outcome),
}

fn failed(error: impl Into<Error>) -> Stop {
    Stop::Outcome(Outcome::Failed(error.into()))
}

/// Nothing was sent yet: a node that did not answer this time may do so the next.
fn unasked(error: RpcError) -> Stop {
    match error {
        RpcError::NoAnswer { .. } | RpcError::Unreadable { .. } | RpcError::NoNode { .. } => Stop::Again(error.into()),
        other => failed(other),
    }
}

/// Puts a refusal down to the submission whose message it names, to all of them when it names none.
fn blamed(group: &[Submission], refusal: &Refusal) -> Outcome {
    let sizes = group.iter().map(|s| s.msgs.len());
    match refusal.msg_index().and_then(|index| at_fault(sizes, index)) {
        Some(n) => Outcome::Blame(n, refusal.error()),
        None => Outcome::Split(refusal.error()),
    }
}

impl Actor {
    /// One transaction for the group, signed again where that is safe.
    pub(super) async fn attempt(&mut self, group: &[Submission]) -> Outcome {
        let mut boost = 1000;
        // Refused for its fee by everybody who saw it; still in the journal, to be replaced at the same sequence.
        let mut refused: Option<Signed> = None;
        let mut last = Error::internal("tx.no_try", "no transaction was tried", "report this");
        for _ in 0..TRIES {
            let (signed, fresh) = match self.sign(group, boost, refused.as_ref()).await {
                Ok(signed) => match self.begin(&signed.tx).await {
                    Ok(()) => (signed, true),
                    Err(error) => return Outcome::Failed(error),
                },
                Err(Stop::Again(error)) => {
                    self.account = None;
                    last = error;
                    match refused.take() {
                        // The sequence moved although everybody refused: prove what became of it.
                        Some(old) => (old, false),
                        None => {
                            tokio::time::sleep(self.options.poll).await;
                            continue;
                        }
                    }
                }
                Err(Stop::Outcome(outcome)) => return self.closing(refused.is_some(), outcome).await,
            };
            match settle(&self.chain, self.signer.address(), &signed.tx, fresh, &self.options).await {
                Settled::Landed(info) => match self.landed(group, &signed, &info).await {
                    Ok(receipts) => return Outcome::Done(receipts),
                    Err(Stop::Outcome(outcome)) => return outcome,
                    Err(Stop::Again(error)) => {
                        refused = None;
                        last = error;
                    }
                },
                Settled::Rejected(refusal) if refusal.fee_too_low() => {
                    boost = boosted(boost);
                    last = refusal.error();
                    refused = Some(signed);
                }
                Settled::Rejected(refusal) if refusal.out_of_gas() => {
                    refused = None;
                    self.margin.ran_out();
                    if let Err(error) = self.forget().await {
                        return Outcome::Failed(error);
                    }
                    last = refusal.error();
                }
                Settled::Rejected(refusal) => {
                    self.account = None;
                    if let Err(error) = self.forget().await {
                        return Outcome::Failed(error);
                    }
                    return blamed(group, &refusal);
                }
                Settled::Taken => {
                    refused = None;
                    self.account = None;
                    if let Err(error) = self.forget().await {
                        return Outcome::Failed(error);
                    }
                    last = Error::local(
                        "tx.sequence_taken",
                        format!("another process signs with the key of {} too", self.signer.address()),
                        "let one process at a time use a key, or give each its own",
                    );
                    // Two that take turns by chance do so sooner than two in step.
                    tokio::time::sleep(jitter(self.options.poll)).await;
                }
                Settled::Lapsed => {
                    refused = None;
                    self.account = None;
                    if let Err(error) = self.forget().await {
                        return Outcome::Failed(error);
                    }
                    last = Error::unreachable(
                        "tx.lapsed",
                        format!(
                            "{} did not land in {} blocks",
                            signed.tx.hash, self.options.timeout_blocks
                        ),
                        "check that the chain is making blocks and that gas.price is enough",
                    );
                }
            }
        }
        self.closing(refused.is_some(), Outcome::Failed(last)).await
    }

    /// Puts a signed transaction down before anybody sees it.
    async fn begin(&self, tx: &OutboxTx) -> Result<()> {
        let key = self.signer.address().to_string();
        let tx = tx.clone();
        self.stats.began(tx.hash);
        self.journal(move |j| j.outbox_begin(&key, &tx)).await
    }

    /// Takes a refused transaction out of the journal before its submitters are told.
    async fn closing(&mut self, undecided: bool, outcome: Outcome) -> Outcome {
        if !undecided {
            return outcome;
        }
        match self.forget().await {
            Ok(()) => outcome,
            Err(error) => Outcome::Failed(error),
        }
    }

    /// Account, simulation, fee, signature. Nothing has left the house when this fails.
    async fn sign(
        &mut self,
        group: &[Submission],
        boost: u32,
        refused: Option<&Signed>,
    ) -> std::result::Result<Signed, Stop> {
        let address = self.signer.address().to_string();
        let account = match self.account {
            Some(account) => account,
            None => {
                let account = self.chain.account(&address).await.map_err(unasked)?;
                account.ok_or_else(|| {
                    let next = match self.options.granter.as_str() {
                        "" => format!("send it some {} for fees first", self.options.gas.denom),
                        granter => format!("let {granter} grant it fees first: joule fees grant {address}"),
                    };
                    failed(Error::funds(
                        "tx.no_account",
                        format!("{address} was never funded"),
                        next,
                    ))
                })?
            }
        };
        self.account = Some(account);
        let height = self.chain.height().await.map_err(unasked)?;
        let timeout_height = height.saturating_add(self.options.timeout_blocks.max(1));
        let msgs: Vec<Msg> = group.iter().flat_map(|s| s.msgs.iter().cloned()).collect();
        let mut plan = Plan {
            chain_id: self.chain.chain_id(),
            sender: &address,
            public_key: self.signer.public_key(),
            account_number: account.number,
            sequence: account.sequence,
            timeout_height,
            gas: 0,
            fee: Vec::new(),
            granter: &self.options.granter,
            msgs: &msgs,
        };
        let simulated = match self
            .chain
            .simulate(Unsigned::new(&plan).with_signature(Vec::new()))
            .await
        {
            Ok(gas) => gas,
            Err(error) => {
                return Err(match refusal_of(&error) {
                    Some(refusal) if refusal.wrong_sequence() || refusal.too_late() => Stop::Again(refusal.error()),
                    Some(refusal) => Stop::Outcome(blamed(group, &refusal)),
                    None => unasked(error),
                })
            }
        };
        plan.gas = self.margin.limit(simulated);
        let fee = self.options.gas.fee(plan.gas, boost);
        let fee = fee.map_err(|over| Stop::Outcome(Outcome::Split(self.options.gas.refuse(&over))))?;
        plan.fee = vec![fee.clone()];
        if simulated > 0 {
            self.stats.multiplier.set(plan.gas as f64 / simulated as f64);
        }
        let unsigned = Unsigned::new(&plan);
        // A refused document may become acceptable without one of its submissions.
        let signature = self
            .signer
            .sign(&unsigned.sign_bytes())
            .await
            .map_err(|e| Stop::Outcome(Outcome::Split(e)))?;
        let bytes = unsigned.with_signature(signature);
        let before = refused.filter(|r| r.tx.sequence == account.sequence);
        let tx = OutboxTx {
            hash: TxHash::of(&bytes),
            bytes,
            sequence: account.sequence,
            born_height: before.map_or(height, |r| r.tx.born_height.min(height)),
            timeout_height,
            parts: group
                .iter()
                .map(|s| Part {
                    tag: s.tag.clone(),
                    msgs: s.msgs.len(),
                })
                .collect(),
            earlier: before.map_or(Vec::new(), |r| r.tx.hashes().collect()),
        };
        let mut earlier = Vec::new();
        if let Some(refused) = refused {
            earlier.push((refused.tx.hash, refused.fee.clone()));
            earlier.extend(refused.earlier.iter().cloned());
        }
        Ok(Signed {
            tx,
            gas: plan.gas,
            fee,
            earlier,
        })
    }

    /// Learns from a transaction that is in a block.
    async fn landed(
        &mut self,
        group: &[Submission],
        signed: &Signed,
        info: &TxInfo,
    ) -> std::result::Result<Vec<Receipt>, Stop> {
        let receipts = match self.decided(&signed.tx, info).await {
            Ok(receipts) => receipts,
            Err(error) => {
                // The chain has it, whatever our disk says.
                tracing::error!(hash = %info.hash, %error, "landed, but the journal could not be written");
                receipts(&signed.tx.parts, info)
            }
        };
        let older = signed.earlier.iter().find(|(hash, _)| *hash == info.hash);
        self.stats.paid(older.map_or(&signed.fee, |(_, fee)| fee));
        self.stats.gas_used.inc_by(info.gas_used);
        if info.code == 0 {
            self.stats.landed.inc();
            self.margin.succeeded(info.gas_used, signed.gas);
            return Ok(receipts);
        }
        self.stats.reverted.inc();
        // Whether a failure used the sequence depends on where it failed.
        self.account = None;
        let refusal = Refusal::from(info);
        if refusal.out_of_gas() {
            self.margin.ran_out();
            return Err(Stop::Again(refusal.error()));
        }
        Err(Stop::Outcome(blamed(group, &refusal)))
    }
}
