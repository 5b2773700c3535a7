//! `joule run`.
use std::path::PathBuf;

use super::common::Common;
use super::config::provider_file;
use crate::daemon::{Scope, SignerPlace, Stop};
use crate::error::Result;
use crate::monitor::{Monitor, Role};
use crate::provider::{self, Fault, ProviderConfig, Setup};

/// Serves until it is asked to end (Ctrl-C, SIGTERM); then it finishes what was begun. Asked twice, it ends at once.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// What is sold and on which terms; examples/provider.toml explains every line [default: provider.toml in the home folder]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Misbehave, for tests on a local chain: silent-after-start, wrong-result, withhold-output; in one job only: wrong-result@7
    #[arg(long, value_name = "FAULT", hide = true)]
    fault: Option<Scope<Fault>>,
    #[command(flatten)]
    common: Common,
}

pub async fn run(args: Args) -> Result<()> {
    let config = ProviderConfig::read(&provider_file(args.config, &args.common.home.dir()?))?;
    let session = args.common.open().await?;
    let signer = args.common.signer_place("run")?;
    let chain = session.market.chain.clone();
    let monitor = Monitor::start(Role::Provider, &session.settings, &signer.home, chain).await?;
    let setup = Setup {
        market: session.market,
        denoms: session.denoms,
        settings: session.settings,
        config,
        signer,
        fault: args.fault,
    };
    provider::run(setup, monitor, Stop::on_signals()?).await
}

impl Common {
    /// Where the signer of a role finds its key and keeps its books.
    pub fn signer_place(&self, role: &str) -> Result<SignerPlace> {
        let settings = self.settings()?;
        let home = self.home.dir()?;
        let own_policy = Some(settings.policy_file(&home)).filter(|path| path.exists());
        let socket = Some(&settings.signer.socket)
            .filter(|path| !path.as_os_str().is_empty())
            .map(|path| home.join(path));
        if socket.is_none() {
            // A name that does not exist is told here, not by a child's log.
            self.home.keys()?.show(&settings.key.name)?;
        }
        Ok(SignerPlace {
            passphrase: self.passphrase_source()?,
            state: self.state(role)?,
            key: settings.key.name,
            home,
            own_policy,
            socket,
        })
    }
}
