//! What only one role needs.
use cw20::Denom;
use joule_types::registry::NodeState;

use super::{files, money, Report, Subject};
use crate::beacon;
use crate::chain::contracts::money::Denoms;
use crate::chain::contracts::Market;
use crate::config::Role;
use crate::error::Result;
use crate::objects::{digest, Objects, Policy};
use crate::provider::ProviderConfig;

/// The chain as the checks see it.
pub struct Chain<'a> {
    pub market: &'a Market,
    pub denoms: &'a Denoms,
    /// Of the key.
    pub address: Option<&'a str>,
}

impl Chain<'_> {
    /// Coins of an address outside the escrow.
    pub async fn wallet(&self, address: &str, denom: &Denom) -> Result<u128> {
        match denom {
            Denom::Native(denom) => Ok(self.market.chain.balance(address, denom).await?),
            Denom::Cw20(_) => self.market.token.balance(address).await,
        }
    }
}

/// Checks the subject's role.
pub async fn check(subject: &Subject, cx: &Chain<'_>, report: &mut Report) {
    files::policy(subject, cx.market, report);
    let (what, checked) = match subject.role {
        Role::Provider => ("provider", provider(subject, cx, report).await),
        Role::Validator => ("validator", validator(subject, cx, report).await),
        Role::Keeper => ("beacon", keeper(subject, cx, report).await),
        Role::Buyer => return,
    };
    if let Err(error) = checked {
        report.error(what, &error);
    }
}

async fn provider(subject: &Subject, cx: &Chain<'_>, report: &mut Report) -> Result<()> {
    let Some(config) = &subject.provider else {
        report.fail(
            "provider",
            format!("there is no provider.toml in {}", subject.home.display()),
            "name the file with --config; examples/provider.toml explains every line",
        );
        return Ok(());
    };
    store(subject, config, report).await;
    let registry = cx.market.registry.params().await?;
    for node in &config.nodes {
        if !registry.regions.contains(&node.region) {
            report.fail(
                "provider",
                format!("the market has no region `{}`", node.region),
                format!("choose one of {} for the node's region", registry.regions.join(", ")),
            );
        }
    }
    let operator = cx.address.map(str::to_string);
    let owner = match &config.owner_key {
        Some(name) => match subject.store().show(name) {
            Ok(entry) => Some(entry.address),
            Err(error) => {
                let fix = subject.command(&format!("keys create {name}"));
                report.fail("provider", format!("owner_key: {}", error.what()), fix);
                None
            }
        },
        None => operator.clone(),
    };
    let (Some(owner), Some(operator)) = (owner, operator) else {
        return Ok(());
    };
    let known = cx.market.registry.provider_of(&operator).await?;
    if let Some(known) = known.as_ref().filter(|known| known.owner.as_str() != owner) {
        let found = format!("{operator} works for {}, owner_key says {owner}", known.owner);
        report.fail(
            "provider",
            found,
            "correct owner_key, or choose another operator with --key",
        );
        return Ok(());
    }
    let wanted = cx.denoms.ujoule(&config.stake)?;
    let bonded = cx.market.staking.pool(&owner).await?.bonded.u128();
    let (mut missing, mut what) = (wanted.saturating_sub(bonded), vec!["stake"]);
    match known {
        None => {
            missing = missing.saturating_add(registry.fee.u128());
            what.push("registration");
            report.warn("provider", format!("{owner} is not registered"), register(subject));
        }
        Some(known) => {
            let nodes = cx.market.registry.nodes_of(known.provider).await?;
            let good = nodes
                .iter()
                .filter(|node| {
                    !matches!(
                        node.state,
                        NodeState::Pending | NodeState::Rejected | NodeState::Slashed
                    )
                })
                .count();
            let found = format!("provider {}, {good} of {} nodes admitted", known.provider, nodes.len());
            if known.banned {
                report.fail(
                    "provider",
                    format!("provider {} is banned", known.provider),
                    "ask the dao",
                );
            } else if good == 0 {
                report.warn("provider", found, register(subject));
            } else {
                report.ok("provider", found);
            }
        }
    }
    let offers: usize = config.nodes.iter().map(|node| node.offers.len()).sum();
    let open = known_offers(cx, &operator).await?.unwrap_or_default();
    let new = u128::try_from(offers.saturating_sub(open)).unwrap_or(u128::MAX);
    if new > 0 {
        let joule = cx.denoms.joule()?.denom.clone();
        let free = cx.market.escrow.balance(&owner, joule).await?.total().u128();
        let deposits = cx
            .market
            .marketplace
            .params()
            .await?
            .offer_deposit
            .u128()
            .saturating_mul(new);
        missing = missing.saturating_add(deposits.saturating_sub(free));
        what.push("deposits of offers");
    }
    if missing == 0 {
        report.ok(
            "stake",
            format!("{} bonded by {owner}", cx.denoms.joule()?.show(bonded)),
        );
        return Ok(());
    }
    if owner != operator {
        money::owner_fees(subject, cx, &owner, report).await?;
    }
    money::joule(cx, &owner, missing, &what.join(", "), report).await
}

fn register(subject: &Subject) -> String {
    subject.command(&format!("register --config {}", subject.provider_file.display()))
}

/// Open offers of the operator's provider.
async fn known_offers(cx: &Chain<'_>, operator: &str) -> Result<Option<usize>> {
    let Some(known) = cx.market.registry.provider_of(operator).await? else {
        return Ok(None);
    };
    let offers = cx.market.marketplace.offers_of(known.provider).await?;
    Ok(Some(offers.iter().filter(|offer| offer.open).count()))
}

/// Puts a small object where outputs go, and reads it back.
async fn store(subject: &Subject, config: &ProviderConfig, report: &mut Report) {
    let policy = Policy {
        files: config.allow_files.clone(),
        allow_loopback: config.allow_loopback,
    };
    let probe = b"joule doctor";
    let tried = async {
        let objects = Objects::open(&subject.home.join("cache"), policy)?;
        let url = objects.store(&config.store, probe).await?;
        objects.look(&url, &digest(probe), probe.len() as u64).await
    };
    match tried.await {
        Ok(_) => report.ok("store", format!("{} takes objects and gives them back", config.store)),
        Err(error) => {
            let error = crate::provider::object_error(error);
            let fix = "make the folder of `store` in provider.toml writable (file: also needs it under allow_files)";
            report.fail("store", format!("{}: {}", error.code(), error.what()), fix);
        }
    }
}

async fn validator(subject: &Subject, cx: &Chain<'_>, report: &mut Report) -> Result<()> {
    let Some(address) = cx.address else { return Ok(()) };
    let joule = cx.denoms.joule()?;
    let least = cx.market.staking.params().await?.min_validator_stake.u128();
    let Some(own) = cx.market.staking.validator_of(address).await? else {
        report.warn(
            "validator",
            format!("{address} is not enrolled"),
            subject.command(&format!("validator enrol --stake {}", joule.show(least))),
        );
        return money::joule(cx, address, least, "a validator's stake", report).await;
    };
    let bonded = cx.market.staking.pool(own.owner.as_str()).await?.bonded.u128();
    let found = format!(
        "{} behind slot {}, the least is {}",
        joule.show(bonded),
        own.slot,
        joule.show(least)
    );
    if bonded < least {
        let fix = subject.command(&format!("validator enrol --stake {}", joule.show(least)));
        report.fail("validator", found, fix);
    } else {
        report.ok("validator", found);
    }
    if own.operator.as_str() != address && own.owner.as_str() != address {
        report.fail(
            "validator",
            format!("{} votes, not {address}", own.operator),
            "choose its key with --key",
        );
    }
    Ok(())
}

/// Every source of rounds, asked for the latest round that the chain knows, or its first.
async fn keeper(subject: &Subject, cx: &Chain<'_>, report: &mut Report) -> Result<()> {
    let known = cx.market.registry.beacon().await?;
    let round = known.latest.unwrap_or(1);
    let sources = beacon::open_each(&subject.beacon, &known.beacon)?;
    let (mut good, all) = (0_usize, sources.len());
    for (name, source) in sources {
        match source.round(round).await {
            Ok(Some(_)) => good = good.saturating_add(1),
            Ok(None) => report.warn(
                "beacon",
                format!("{name} has no round {round}"),
                "leave it out of --beacon",
            ),
            Err(error) => report.warn(
                "beacon",
                format!("{name}: {}", error.what()),
                "check the way out of this machine, or give other endpoints with --beacon",
            ),
        }
    }
    let found = format!("{good} of {all} sources sign round {round} under the chain's key");
    if good == 0 {
        report.fail(
            "beacon",
            found,
            "without rounds nothing is drawn: give endpoints that answer with --beacon",
        );
    } else {
        report.ok("beacon", found);
    }
    Ok(())
}
