//! A deployment that is killed again and again.
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use joule::chain::{Account, Client, Limits};
use joule::config::MarketFile;
use joule::devchain::{self, cast, PASSPHRASE};
use joule::keys::Phrase;

use super::net::{artifacts, Run};
use super::Result;

/// Contracts of a market, each with a code of its own.
const CODES: usize = 6;

/// Kills the deployment at moments of chance. The next one finishes it, a further one changes nothing, and the chain agrees with the file.
pub async fn cut_off(run: &Run) -> Result<()> {
    run.fresh()?;
    let home = run.folder("deployer")?;
    let deployer = devchain::actor(&cast(0)?, "deployer")?.clone();
    devchain::store_key(&home, "deployer", &Phrase::parse(&deployer.phrase)?)?;
    let passphrase = home.join("passphrase");
    std::fs::write(&passphrase, PASSPHRASE)?;
    std::fs::set_permissions(&passphrase, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let out = home.join("deployment.json");

    let mut dice = run.dice(1);
    let mut kills = 0;
    for _ in 0..run.times(4, 20) {
        let mut child = deploy(run, &home, &out, &[])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        tokio::time::sleep(Duration::from_millis(dice.u64(200..4_000))).await;
        kills += usize::from(child.try_wait()?.is_none());
        // One that has ended is as good as a killed one.
        let _ = child.kill();
        child.wait()?;
    }
    if kills == 0 {
        return Err("no deployment was still at work when it was to be killed".into());
    }
    said(deploy(run, &home, &out, &[]).output()?)?;
    let file = std::fs::read(&out)?;
    let chain = MarketFile::read(&run.market)?;
    let client = Client::connect(&chain.chain_id, &chain.rpc, Limits::default()).await?;
    let before = state(&client, &deployer.address).await?;
    if before.0 != CODES {
        return Err(format!("{} codes are stored, not {CODES}", before.0).into());
    }
    said(deploy(run, &home, &out, &["--verify"]).output()?)?;
    said(deploy(run, &home, &out, &[]).output()?)?;
    if std::fs::read(&out)? != file || state(&client, &deployer.address).await? != before {
        return Err("a deployment over a finished one changed something".into());
    }
    Ok(())
}

fn deploy(run: &Run, home: &Path, out: &Path, flags: &[&str]) -> Command {
    let mut command = run.joule();
    command
        .arg("deploy")
        .arg("--chain")
        .arg(&run.market)
        .arg("--artifacts")
        .arg(artifacts());
    command
        .arg("--home")
        .arg(home)
        .arg("--passphrase-file")
        .arg(home.join("passphrase"));
    command.arg("--out").arg(out).args(flags);
    command
}

/// Codes on the chain, and how many transactions the deployer has sent.
async fn state(client: &Client, deployer: &str) -> Result<(usize, Option<Account>)> {
    Ok((client.codes().await?.len(), client.account(deployer).await?))
}

fn said(output: Output) -> Result<()> {
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into())
}
