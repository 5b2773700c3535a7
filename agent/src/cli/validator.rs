//! `joule validator enrol|retire|status`.
use joule_types::staking::{ValidatorResponse, ValidatorsResponse};
use joule_types::Money;
use serde::Serialize;

use super::common::{Common, Session};
use super::{funds, output};
use crate::chain::contracts::money::Amount;
use crate::chain::contracts::Seat;
use crate::chain::types::Msg;
use crate::error::{Error, Result};

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Stake and take a slot among the validators; again, to add stake or to change who votes
    Enrol(Enrol),
    /// Give the slot back; seats that are drawn still have to vote
    Retire(Retire),
    /// Show the validators together, and one of them
    Status(Status),
}

/// The key is the owner's: its pool stands behind the votes and is paid for them.
#[derive(clap::Args, Debug)]
pub struct Enrol {
    /// Stake to hold bonded, e.g. 1000joule; what is missing of it is bonded now [default: the least a validator needs]
    #[arg(long, value_name = "AMOUNT")]
    stake: Option<Amount>,
    /// Who votes: the address that `joule verify` signs with [default: the owner]
    #[arg(long, value_name = "ADDRESS")]
    operator: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args, Debug)]
pub struct Retire {
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args, Debug)]
pub struct Status {
    /// Owner or operator [default: the key's]
    address: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub async fn run(command: Command) -> Result<()> {
    match command {
        Command::Enrol(args) => enrol(args).await,
        Command::Retire(args) => retire(args).await,
        Command::Status(args) => status(args).await,
    }
}

/// What a transaction did.
#[derive(Serialize)]
struct Changed {
    validator: Option<ValidatorResponse>,
    bonded: String,
    tx: String,
    height: u64,
}

async fn enrol(args: Enrol) -> Result<()> {
    let session = args.common.open().await?;
    let (market, joule) = (&session.market, session.denoms.joule()?);
    let owner = args.common.address()?;
    let least = market.staking.params().await?.min_validator_stake.u128();
    let wanted = args
        .stake
        .as_ref()
        .map(|stake| session.denoms.ujoule(stake))
        .transpose()?;
    if let Some(stake) = wanted.filter(|stake| *stake < least) {
        let what = format!("a stake of {}", joule.show(stake));
        let next = format!("give at least {}", joule.show(least));
        return Err(Error::usage("validator.stake_too_low", what, next));
    }
    let bonded = market.staking.pool(&owner).await?.bonded.u128();
    let missing = wanted.unwrap_or(least).saturating_sub(bonded);
    let mut msgs = Vec::new();
    if missing > 0 {
        let wallet = market.token.balance(&owner).await?;
        if wallet < missing {
            let money = Money::new(joule.denom.clone(), missing);
            return Err(funds::too_little(
                &session,
                &money,
                wallet,
                format!("the wallet {owner}"),
            ));
        }
        msgs.push(market.staking.bond(market.token.address(), missing)?);
    }
    msgs.push(
        market
            .staking
            .enrol(args.operator.filter(|operator| *operator != owner))?,
    );
    send(&args.common, &session, msgs, missing).await
}

async fn retire(args: Retire) -> Result<()> {
    let session = args.common.open().await?;
    let owner = args.common.address()?;
    let known = session.market.staking.validator_of(&owner).await?;
    if known.is_none_or(|known| known.owner.as_str() != owner) {
        return Err(Error::refused(
            "validator.not_enrolled",
            format!("{owner} owns no validator"),
            "choose the owner's key with --key",
        ));
    }
    let msg = session.market.staking.retire()?;
    send(&args.common, &session, vec![msg], 0).await
}

async fn send(common: &Common, session: &Session, msgs: Vec<Msg>, bonded: u128) -> Result<()> {
    let receipt = common.sender(session).await?.submit(msgs).await?;
    let staking = &session.market.staking;
    let changed = Changed {
        validator: staking.validator_of(&common.address()?).await?,
        bonded: bonded.to_string(),
        tx: receipt.hash.to_string(),
        height: receipt.height,
    };
    let epoch_secs = staking.validators().await?.epoch_secs;
    let joule = session.denoms.joule()?;
    output::show(common.json, &changed, |changed| {
        match &changed.validator {
        Some(validator) => format!(
            "validator with {} behind it, slot {}, votes by {}; drawn from the next epoch on, in at most {epoch_secs} s (block {}, {})",
            joule.show(validator.weight.u128()),
            validator.slot,
            validator.operator,
            changed.height,
            changed.tx
        ),
        None => format!("retired in block {} ({})", changed.height, changed.tx),
    }
    })
}

/// The validators and one of them.
#[derive(Serialize)]
struct State {
    validators: ValidatorsResponse,
    validator: Option<ValidatorResponse>,
    bonded: String,
    seats: Vec<String>,
}

async fn status(args: Status) -> Result<()> {
    let session = args.common.open().await?;
    let market = &session.market;
    let address = match args.address {
        Some(address) => Some(address),
        None => args.common.known_address()?,
    };
    let validator = match &address {
        Some(address) => market.staking.validator_of(address).await?,
        None => None,
    };
    let (mut seats, mut bonded) = (Vec::new(), 0);
    if let Some(validator) = &validator {
        let open = market.marketplace.seats_of(validator.owner.as_str()).await?;
        seats = open.into_iter().map(|seat| Seat::from(seat).to_string()).collect();
        bonded = market.staking.pool(validator.owner.as_str()).await?.bonded.u128();
    }
    let state = State {
        validators: market.staking.validators().await?,
        validator,
        bonded: bonded.to_string(),
        seats,
    };
    let joule = session.denoms.joule()?;
    output::show(args.common.json, &state, |state| {
        let all = &state.validators;
        let mut rows = vec![
            (
                "validators",
                format!("{} enrolled, {} eligible", all.enrolled, all.eligible),
            ),
            ("their stake", joule.show(all.weight.u128())),
            ("epoch", format!("{} of {} s", all.epoch, all.epoch_secs)),
        ];
        match (&state.validator, address) {
            (Some(own), _) => {
                rows.push(("owner", own.owner.to_string()));
                rows.push(("votes by", own.operator.to_string()));
                rows.push(("staked", joule.show(bonded)));
                rows.push(("weight", joule.show(own.weight.u128())));
                rows.push(("weight in a draw now", joule.show(own.drawn_by.u128())));
                let seats = if state.seats.is_empty() {
                    "none".into()
                } else {
                    state.seats.join(", ")
                };
                rows.push(("open seats (job/attempt/rung/seat)", seats));
            }
            (None, Some(address)) => rows.push(("validator", format!("{address} is none"))),
            (None, None) => {}
        }
        output::facts(rows)
    })
}
