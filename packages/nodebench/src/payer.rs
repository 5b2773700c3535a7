//! Accounts that sign as the agent does.

use std::time::Duration;

use anyhow::{ensure, Context, Result};
use joule::chain::tx::GasPrice;
use joule::chain::wire::{Plan, Unsigned};
use joule::chain::{Client, Coin, Msg, TxHash, TxInfo};
use joule::keys::Key;

use crate::market::CHAIN;

/// A key with the next sequence of its account.
pub struct Payer {
    key: Key,
    number: u64,
    sequence: u64,
}

impl Payer {
    /// Reads number and sequence from the chain.
    pub async fn new(client: &Client, key: Key) -> Result<Self> {
        let account = client.account(key.address()).await?;
        let account = account.with_context(|| format!("{} is not on the chain", key.address()))?;
        Ok(Self {
            key,
            number: account.number,
            sequence: account.sequence,
        })
    }

    /// Its address.
    pub fn address(&self) -> &str {
        self.key.address()
    }

    /// Gas that these messages would use now.
    pub async fn simulate(&self, client: &Client, msgs: &[Msg]) -> Result<u64> {
        let tx = self.unsigned(self.key.address(), msgs, 0).with_signature(vec![]);
        Ok(client.simulate(tx).await?)
    }

    /// Signs with a gas limit, hands to the mempool, counts the sequence up.
    pub async fn send(&mut self, client: &Client, msgs: &[Msg], gas: u64) -> Result<TxHash> {
        let tx = self.sign(msgs, gas)?;
        self.broadcast(client, &tx).await
    }

    /// Signs with a gas limit and the next sequence.
    pub fn sign(&self, msgs: &[Msg], gas: u64) -> Result<Vec<u8>> {
        let unsigned = self.unsigned(self.key.address(), msgs, gas);
        Ok(unsigned.with_signature(self.key.sign(&unsigned.sign_bytes())?))
    }

    /// Hands what was signed last to the mempool, counts the sequence up.
    pub async fn broadcast(&mut self, client: &Client, tx: &[u8]) -> Result<TxHash> {
        let check = client.broadcast(tx).await?;
        ensure!(check.code == 0, "{} {}: {}", check.codespace, check.code, check.log);
        self.sequence += 1;
        Ok(TxHash::of(tx))
    }

    fn unsigned(&self, sender: &str, msgs: &[Msg], gas: u64) -> Unsigned {
        Unsigned::new(&Plan {
            chain_id: CHAIN,
            sender,
            public_key: self.key.public_key(),
            account_number: self.number,
            sequence: self.sequence,
            timeout_height: 0,
            gas,
            fee: vec![Coin::new(GasPrice::DEFAULT.fee(gas.max(1)), "uwatt")],
            granter: "",
            msgs,
        })
    }
}

/// Gas that messages of `sender` would use now; a simulation needs no signature, so a contract can be the sender.
pub async fn simulate_as(client: &Client, sender: &str, msgs: &[Msg]) -> Result<u64> {
    let account = client.account(sender).await?;
    let account = account.with_context(|| format!("{sender} is not on the chain"))?;
    let key = crate::market::key("any", "key")?;
    let payer = Payer {
        key,
        number: account.number,
        sequence: account.sequence,
    };
    Ok(client
        .simulate(payer.unsigned(sender, msgs, 0).with_signature(vec![]))
        .await?)
}

/// Waits for a transaction to land.
pub async fn landed(client: &Client, hash: TxHash) -> Result<TxInfo> {
    for _ in 0..600 {
        if let Some(info) = client.tx(hash).await? {
            return Ok(info);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("{hash:?} has not landed in a minute")
}
