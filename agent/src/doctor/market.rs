//! The contracts: are they those of the deployment file, with its code, and do they know each other.
use joule_rollout::{ContractRecord, Deployment};
use joule_types::{AdminResponse, Peers, Phase};
use serde_json::json;

use super::{Report, Subject};
use crate::chain::contracts::money::Denoms;
use crate::chain::contracts::Market;
use crate::chain::Client;
use crate::config;
use crate::error::Result;

/// Name of the one contract that is not ours: a plain cw20.
const TOKEN: &str = "token";

/// Compares chain and file. The market, where it can be used.
pub async fn check(subject: &Subject, client: Client, report: &mut Report) -> Option<(Market, Denoms)> {
    let settings = &subject.settings;
    let path = settings.deployment_file(&subject.home);
    let read = config::read_deployment(&path, &settings.chain.id);
    let deployment = match read {
        Ok(deployment) => deployment,
        Err(error) => {
            let fix = match error.code() {
                "config.no_deployment" => format!(
                    "put the chain's deployments/{}.json there, or name it with --deployment",
                    settings.chain.id
                ),
                _ => error.next().to_string(),
            };
            report.fail("contracts", format!("{}: {}", error.code(), error.what()), fix);
            return None;
        }
    };
    let peers = match deployment.peers() {
        Ok(peers) => peers,
        Err(error) => {
            report.fail("contracts", error, "get the chain's deployment file again");
            return None;
        }
    };
    let market = Market::new(client, &peers);
    match differences(&market, &deployment, &peers).await {
        Ok(found) if found.is_empty() => {
            let count = deployment.contracts.len();
            report.ok(
                "contracts",
                format!("{count}, with code, admin and peers as in {}", path.display()),
            );
        }
        Ok(found) => {
            let fix = "get the chain's deployment file again; `joule deploy --verify` says more";
            report.fail("contracts", found.join("; "), fix);
            return None;
        }
        Err(error) => {
            report.error("contracts", &error);
            return None;
        }
    }
    paused(&market, report).await;
    match market.escrow.params().await {
        Ok(params) => {
            let denoms = Denoms::new(&params.denoms, market.token.address());
            Some((market, denoms))
        }
        Err(error) => {
            report.error("contracts", &error);
            None
        }
    }
}

/// What is not as the file says.
async fn differences(market: &Market, deployment: &Deployment, peers: &Peers<String>) -> Result<Vec<String>> {
    let codes = market.chain.codes().await?;
    let mut found = Vec::new();
    for (name, record) in &deployment.contracts {
        let Some(info) = market.chain.contract_info(&record.address).await? else {
            found.push(format!("there is no contract at {}, the {name}", record.address));
            continue;
        };
        if info.code_id != record.code_id {
            found.push(format!("the {name} runs code {}, not {}", info.code_id, record.code_id));
        }
        let checksum = codes
            .iter()
            .find(|(id, _)| *id == info.code_id)
            .map(|(_, sum)| hex::encode(sum));
        if checksum
            .as_deref()
            .is_some_and(|sum| !sum.eq_ignore_ascii_case(&record.checksum))
        {
            found.push(format!("the {name}'s code is another than {}", record.checksum));
        }
        if info.admin != peers.dao {
            found.push(format!("the {name} may be changed by `{}`, not by the dao", info.admin));
        }
        if name != TOKEN {
            found.extend(stranger(market, name, record, peers).await?);
        }
    }
    Ok(found)
}

/// A contract that is not launched, or belongs to another market.
async fn stranger(
    market: &Market,
    name: &str,
    record: &ContractRecord,
    peers: &Peers<String>,
) -> Result<Option<String>> {
    let admin: AdminResponse = market.chain.smart(&record.address, &json!({ "admin": {} })).await?;
    if admin.phase != Phase::Live {
        return Ok(Some(format!("the {name} is not launched")));
    }
    let known = [
        (&admin.peers.registry, &peers.registry),
        (&admin.peers.marketplace, &peers.marketplace),
        (&admin.peers.escrow, &peers.escrow),
        (&admin.peers.staking, &peers.staking),
        (&admin.peers.dao, &peers.dao),
        (&admin.peers.token, &peers.token),
    ];
    let same = known.iter().all(|(theirs, ours)| theirs.as_str() == ours.as_str());
    Ok((!same).then(|| format!("the {name} belongs to another market")))
}

/// A pause stops entry; what is there goes on.
async fn paused(market: &Market, report: &mut Report) {
    let (Ok(now), Ok(admin)) = (
        market.now().await,
        market
            .chain
            .smart::<AdminResponse>(market.marketplace.address(), &json!({ "admin": {} }))
            .await,
    ) else {
        return;
    };
    if admin.paused_until > now {
        let secs = admin.paused_until.saturating_sub(now);
        report.warn(
            "contracts",
            format!("the market is paused for {secs} s more: nothing new is taken"),
            "wait; what runs goes on",
        );
    }
}
