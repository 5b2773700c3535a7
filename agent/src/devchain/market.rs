//! An embedded chain with a market on it.
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use joule_devchain::{Code, DevChain, Genesis, Handle, Options};
use joule_rollout::{Deployment, InitialBalance, Plan, ONE_JOULE};
use joule_types::staking::GenesisStake;

use super::cast::Actor;
use crate::chain::deploy::{Codes, Site};
use crate::chain::tx::{GasPolicy, GasPrice};
use crate::chain::{Client, Limits};
use crate::error::{Error, Result};
use crate::keys::{Key, Phrase};
use crate::signer::LocalSigner;

/// JOULE of the treasury at the start, base units.
pub const TREASURY: u128 = 1_000_000 * ONE_JOULE;

/// A running chain and its market. Dropping it stops the chain.
pub struct Running {
    /// The chain.
    pub chain: Handle,
    /// The contracts.
    pub deployment: Deployment,
}

/// Starts the chain on loopback (`port` 0 takes a free one) and deploys the market.
pub async fn start(cast: &[Actor], port: u16, block_time: Duration) -> Result<Running> {
    let genesis = Genesis {
        balances: cast
            .iter()
            .map(|actor| (actor.address.clone(), actor.coins()))
            .collect(),
        codes: joule_native::codes()
            .map(|code| Code {
                name: code.name.into(),
                version: code.version.into(),
                contract: code.contract,
            })
            .into(),
        ..Genesis::default()
    };
    let options = Options {
        block_time,
        rpc_addr: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        ..Options::default()
    };
    let chain = DevChain::start(genesis, options).map_err(|e| coded(&e.to_string()))?;
    let client = Client::connect(chain.chain_id(), &[chain.rpc_url()], Limits::default()).await?;
    let deployer = Key::from_phrase(&Phrase::parse(&actor(cast, "deployer")?.phrase)?)?;
    let gas = GasPolicy {
        denom: joule_devchain::FEE_DENOM.into(),
        price: GasPrice::DEFAULT,
        max_gas: 50_000_000,
        max_fee: 10_000_000,
    };
    let site = Site {
        chain: client,
        signer: Some(Arc::new(LocalSigner::new(deployer))),
        gas,
        codes: Codes::Preloaded,
    };
    let deployment = site.deploy(plan(cast)?, None).await?;
    Ok(Running { chain, deployment })
}

/// The parameters of the demo, with everybody's JOULE.
fn plan(cast: &[Actor]) -> Result<Plan> {
    let mut plan = Plan::demo(&actor(cast, "arbiter")?.address);
    plan.guardian = Some(actor(cast, "guardian")?.address.clone());
    plan.genesis_stake = cast
        .iter()
        .filter(|actor| actor.staked > 0)
        .map(|actor| GenesisStake {
            owner: actor.address.clone(),
            amount: actor.staked.into(),
        })
        .collect();
    plan.token.balances = cast
        .iter()
        .filter(|actor| actor.ujoule > 0)
        .map(|actor| InitialBalance {
            address: actor.address.clone(),
            amount: actor.ujoule.into(),
        })
        .collect();
    plan.token.treasury = TREASURY.into();
    Ok(plan)
}

/// The actor of a name.
pub fn actor<'a>(cast: &'a [Actor], name: &str) -> Result<&'a Actor> {
    let found = cast.iter().find(|actor| actor.name == name);
    found.ok_or_else(|| Error::internal("devchain.no_actor", format!("`{name}`"), "report this"))
}

/// The chain's own words start with a code (`dev.bind: ...`).
fn coded(text: &str) -> Error {
    let (code, rest) = text.split_once(": ").unwrap_or(("dev.start", text));
    let (what, next) = rest.rsplit_once("; ").unwrap_or((rest, "choose other options"));
    Error::local(code.to_string(), what, next.to_string())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::MarketFile;
    use crate::devchain::cast;

    /// The files of `scripts/localnet` and `joule deploy` name the cast of seed 0. JOULE_BLESS=1 writes the list of accounts anew.
    #[test]
    fn the_local_network_has_the_same_people() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let people = cast(0).unwrap();
        let mut table = String::from("name\trole\taddress\tuwatt\tuusdc\tphrase\n");
        for a in &people {
            let row = [
                &a.name,
                &a.role,
                &a.address,
                &a.uwatt.to_string(),
                &a.uusdc.to_string(),
                &a.phrase,
            ];
            table += &(row.map(String::as_str).join("\t") + "\n");
        }
        let accounts = root.join("scripts/wasmd/actors.tsv");
        if std::env::var_os("JOULE_BLESS").is_some() {
            std::fs::write(&accounts, &table).unwrap();
        }
        assert_eq!(std::fs::read_to_string(accounts).unwrap(), table);

        let deployed = MarketFile::read(&root.join("deployments/localnet.toml"))
            .unwrap()
            .plan()
            .unwrap();
        assert_eq!(deployed, plan(&people).unwrap());
    }
}
