//! What only the owner can do: stake, register, deposit. The owner's key is opened when something is missing, and dropped
//! when it is there.
use std::path::Path;
use std::sync::Arc;

use crate::chain::tx::{Options, Sender};
use crate::chain::Client;
use crate::error::{Error, Result};
use crate::journal::Journal;
use crate::keys::{KeyStore, PassphraseSource};
use crate::signer::LocalSigner;

use super::ProviderConfig;

/// The owner's address and, when needed, its key.
pub struct Owner {
    /// Address.
    pub address: String,
    hand: Hand,
}

enum Hand {
    /// The operator is the owner.
    Operator(Sender),
    /// Another key, opened on demand.
    Key(Box<Closed>),
}

struct Closed {
    name: String,
    store: KeyStore,
    passphrase: Option<PassphraseSource>,
    chain: Client,
    journal: Arc<Journal>,
    options: Options,
}

impl Owner {
    /// From the configuration; `operator` sends for an operator that is the owner.
    pub fn new(
        config: &ProviderConfig,
        home: &Path,
        operator: &Sender,
        chain: &Client,
        journal: &Arc<Journal>,
        options: &Options,
    ) -> Result<Self> {
        let Some(name) = &config.owner_key else {
            return Ok(Self {
                address: operator.address().into(),
                hand: Hand::Operator(operator.clone()),
            });
        };
        let store = KeyStore::new(home.join("keys"));
        let address = store.show(name)?.address;
        let closed = Closed {
            name: name.clone(),
            store,
            passphrase: config.owner_passphrase_file.clone().map(PassphraseSource::File),
            chain: chain.clone(),
            journal: journal.clone(),
            options: options.clone(),
        };
        Ok(Self {
            address,
            hand: Hand::Key(Box::new(closed)),
        })
    }

    /// The way to send as the owner. `why` says what for, should the passphrase be missing.
    pub fn sender(&self, why: &str) -> Result<Sender> {
        match &self.hand {
            Hand::Operator(sender) => Ok(sender.clone()),
            Hand::Key(closed) => closed.open(why),
        }
    }
}

impl Closed {
    fn open(&self, why: &str) -> Result<Sender> {
        let passphrase = self.passphrase.as_ref().ok_or_else(|| {
            Error::key(
                "provider.owner_needed",
                format!("the owner's key `{}` has to sign: {why}", self.name),
                "set owner_passphrase_file for this start, or do it with the owner's wallet",
            )
        })?;
        let key = self.store.open(&self.name, &passphrase.read()?)?;
        let signer = Arc::new(LocalSigner::new(key));
        Ok(Sender::start(
            self.chain.clone(),
            signer,
            self.journal.clone(),
            self.options.clone(),
        ))
    }
}
