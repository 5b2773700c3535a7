//! Events of the contracts in words. Nothing is said that is not in an event.
/// Tries the event types in order.
macro_rules! tell {
    ($event:expr, $($ty:path as $e:pat => $line:expr,)*) => {
        $(if let Ok($e) = <$ty>::try_from($event) {
            return $line.into();
        })*
    };
}

mod panel;

pub use panel::drawn;

use cosmwasm_std::{Event as CwEvent, Uint128};
use joule_types::{dao, escrow, marketplace as market, registry, staking, ParamsUpdated};

use super::names::Names;
use super::story::{amount, grouped, rate, Kind, Line};
use crate::chain::contracts::events::plain;
use crate::chain::Event;

/// The line of an event, if there is something to tell. Learns names on the way.
pub fn line(names: &mut Names, event: &Event) -> Option<Line> {
    let contract = event.get("_contract_address")?;
    if !names.is_contract(contract) {
        return None;
    }
    let plain = plain(event);
    provider(names, &plain)
        .or_else(|| proof(names, &plain))
        .or_else(|| job(names, &plain))
        .or_else(|| end(names, &plain))
        .or_else(|| money(names, &plain))
        .or_else(|| panel::line(names, &plain))
        .or_else(|| vote(names, contract, &plain))
        .map(|line| quiet(names, line))
}

/// Validators come and go by the dozen: the terminal has one line for all of them.
fn quiet(names: &Names, line: Line) -> Line {
    let juror = line.who.as_ref().is_some_and(|who| names.is_juror(who));
    match line.kind {
        Kind::Join | Kind::Money if juror => line.detail(),
        _ => line,
    }
}

fn joule(units: Uint128) -> String {
    amount(units.u128(), "joule")
}

fn short(hex: &str) -> &str {
    hex.get(..8).unwrap_or(hex)
}

/// Reputation in points.
fn points(thousandths: u32) -> String {
    let (whole, rest) = (thousandths / 1000, thousandths % 1000 / 10);
    if rest == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{rest:02}")
    }
}

fn provider(names: &mut Names, event: &CwEvent) -> Option<Line> {
    tell!(event,
        staking::Bonded as e => {
            let who = names.addr(&e.pool);
            Line::new(Kind::Join, format!("stakes {}", joule(e.amount)))
                .moved(&who, "stake", e.amount.u128(), "joule").by(who)
        },
        registry::ProviderRegistered as e => {
            names.learn_provider(e.provider, &e.owner, &e.payout);
            let who = names.addr(&e.owner);
            Line::new(Kind::Join, format!("registers as provider {}; the fee of {} goes to the treasury", e.provider, joule(e.fee)))
                .moved(&who, "treasury", e.fee.u128(), "joule").by(who)
        },
        registry::NodeAdded as e => {
            names.learn_node(e.node, e.provider);
            Line::new(Kind::Join, format!("adds node {}: a {} in region {}", e.node, e.kind.to_lowercase(), e.region))
        },
        market::OfferOpened as e => {
            let price = amount(e.price.u128(), names.denom(&e.denom));
            Line::new(Kind::Join, format!("offers node {} at {price} an hour; score {}", e.node, grouped(e.booked.into())))
        },
        market::OffersRefreshed as e => {
            (e.changed > 0).then(|| Line::new(Kind::Join, format!("has the scores of {} offers booked anew", e.changed)).detail())
        },
        market::OfferClosed as e => Line::new(Kind::Join, format!("closes offer {}", e.offer)),
        staking::Unbonded as e => {
            let who = names.addr(&e.pool);
            Line::new(Kind::Money, format!("starts to unbond {}, slashable until it matures", joule(e.amount))).by(who)
        },
        staking::StakeClaimed as e => {
            let who = names.addr(&e.to);
            let text = match (e.matured.u128(), e.awarded.u128()) {
                (matured, 0) => format!("claims {} of matured stake", amount(matured, "joule")),
                (0, awarded) => format!("claims {} repaid from a slash", amount(awarded, "joule")),
                (matured, awarded) => format!("claims {} of stake and {} from a slash", amount(matured, "joule"), amount(awarded, "joule")),
            };
            Line::new(Kind::Money, text).moved("stake", &who, e.matured.u128() + e.awarded.u128(), "joule").by(who)
        },
    );
    None
}

fn proof(names: &mut Names, event: &CwEvent) -> Option<Line> {
    tell!(event,
        registry::ChallengeOpened as e => {
            Line::new(Kind::Proof, format!("asks for the admission challenge of node {}, from round {} of the beacon", e.node, e.round))
        },
        registry::NodeAdmitted as e => {
            let nonce = grouped(e.nonce.u64().into());
            Line::new(Kind::Proof, format!("solves it with ticket {nonce}: node {} is admitted", e.node))
        },
        registry::WindowOpened as e => {
            Line::new(Kind::Proof, format!("opens work window {} (seed {}…)", e.window, short(&e.seed)))
        },
        registry::WindowCommitted as e => {
            Line::new(Kind::Proof, format!("commits to the best tickets of node {}", e.node)).detail()
        },
        registry::WindowAccepted as e => {
            let units = grouped(e.units.u64().into());
            Line::new(Kind::Proof, format!(
                "reveals its tickets; the contract recomputes each one: about {units} units of work, {} verified, reputation {}",
                rate(e.hash_rate), points(e.reputation)
            ))
        },
        registry::ChallengeMissed as e => {
            let text = format!("let the challenge of node {} pass: reputation {}", e.node, points(e.reputation));
            Line::new(Kind::Fault, text).by(names.node(e.node))
        },
        registry::WindowMissed as e => {
            let text = format!("missed window {}: reputation {}", e.window, points(e.reputation));
            Line::new(Kind::Fault, text).by(names.node(e.node))
        },
        registry::Forgery as e => {
            let text = format!("forged or withheld its tickets of window {}: {} % of the stake", e.window, e.slashed_bps / 100);
            Line::new(Kind::Fault, text).by(names.node(e.node))
        },
        registry::OutcomeRecorded as e => {
            let (kind, word) = match e.outcome.as_str() {
                "success" => (Kind::Proof, "success"),
                "failure" => (Kind::Fault, "failure"),
                _ => return None,
            };
            let text = format!("has one more {word} on record: reputation {}", points(e.reputation));
            Line::new(kind, text).by(names.node(e.node))
        },
    );
    None
}

fn job(names: &mut Names, event: &CwEvent) -> Option<Line> {
    tell!(event,
        market::JobPosted as e => {
            let (who, denom) = (names.addr(&e.buyer), names.denom(&e.denom));
            let held = e.amount.u128();
            Line::new(Kind::Job, format!("posts {}; {} are held", names.job(e.job), amount(held, denom)))
                .moved(&who, "hold", held, denom).by(who)
        },
        market::JobQueued as e => Line::new(Kind::Job, format!("{} waits: {}", names.job(e.job), e.reason)).by("market"),
        market::JobAssigned as e => {
            let certain = if e.exhaustive || e.score >= e.bound { "certainly the best" } else { "the best that was seen" };
            Line::new(Kind::Job, format!(
                "matches {}, attempt {}, with {}: {} at most, score {}, {certain}",
                names.job(e.job), e.attempt, names.provider(e.provider), amount(e.quote.u128(), "uusdc"), grouped(e.score.into())
            )).by("market")
        },
        market::JobDeclined as e => {
            Line::new(Kind::Fault, format!("hands {} back: {}", names.job(e.job), e.reason))
        },
        market::JobStarted as e => Line::new(Kind::Job, format!("has the inputs of {} and begins", names.job(e.job))),
        market::ResultSubmitted as e => {
            Line::new(Kind::Job, format!("delivers {}: output {}…", names.job(e.job), short(&e.result_root)))
        },
    );
    None
}

fn end(names: &mut Names, event: &CwEvent) -> Option<Line> {
    tell!(event,
        market::JobCompleted as e => {
            let how = if e.accepted { "accepts" } else { "ends" };
            Line::new(Kind::Job, format!("{how} {}; {} are due", names.job(e.job), amount(e.quote.u128(), "uusdc")))
        },
        market::AttemptTimedOut as e => {
            let what = if e.started { "did not finish" } else { "never started" };
            Line::new(Kind::Fault, format!("{what} {}, attempt {}, in time", names.job(e.job), e.attempt))
                .by(names.provider(e.provider))
        },
        staking::Slashed as e => slashed(names, &e),
        market::JobFailed as e => Line::new(Kind::Fault, format!("{} fails: {}", names.job(e.job), e.reason)).by("market"),
        market::JobDisputed as e => {
            let who = names.addr(&e.opened_by);
            let bond = amount(e.bond.u128(), "uusdc");
            Line::new(Kind::Fault, format!("disputes {}, with a bond of {bond}", names.job(e.job)))
                .moved(&who, "hold", e.bond.u128(), "uusdc").by(who)
        },
        market::JobResolved as e => {
            let (share, fee) = (e.provider_bps / 100, amount(e.arbiter_fee.u128(), "uusdc"));
            Line::new(Kind::Job, format!("splits {}: {share} % to the provider, {fee} for the decision", names.job(e.job)))
        },
    );
    None
}

/// What a slash took, and why.
fn slashed(names: &Names, e: &staking::Slashed) -> Option<Line> {
    if e.slashed.is_zero() {
        return None;
    }
    let (pool, took) = (names.addr(&e.pool), joule(e.slashed));
    let why = match e.kind.as_str() {
        "wrong_result" => " for a wrong result",
        "wrong_vote" => " for a wrong vote",
        "no_show" => " for a seat without a vote",
        _ => "",
    };
    let harmed = e
        .repaid_to
        .as_ref()
        .map_or_else(|| "harmed".into(), |to| names.addr(to));
    let to = match (&e.repaid_to, e.kind.as_str()) {
        (None, _) => String::new(),
        (Some(_), "wrong_result") => format!("{} to {harmed} and the voters, ", joule(e.repaid)),
        (Some(_), _) => format!("{} to {harmed}, ", joule(e.repaid)),
    };
    let line = Line::new(
        Kind::Fault,
        format!("loses {took} of its stake{why}: {to}{} burned", joule(e.burned)),
    );
    let line =
        line.moved("stake", &harmed, e.repaid.u128(), "joule")
            .moved("stake", "burned", e.burned.u128(), "joule");
    Some(line.by(pool))
}

fn money(names: &mut Names, event: &CwEvent) -> Option<Line> {
    tell!(event,
        escrow::Deposited as e => {
            let (who, denom, units) = (names.addr(&e.owner), names.denom(&e.denom), e.amount.u128());
            Line::new(Kind::Money, format!("deposits {}", amount(units, denom))).moved(&who, "escrow", units, denom).by(who)
        },
        escrow::HoldOpened as e => {
            names.learn_hold(e.hold, &e.payer);
            None::<Line>
        },
        escrow::HoldSettled as e => settled(names, &e),
        escrow::TipPaid as e => {
            let (to, denom) = (names.addr(&e.to), names.denom(&e.denom));
            (!e.amount.is_zero()).then(|| {
                Line::new(Kind::Money, format!("earns a tip of {}", amount(e.amount.u128(), denom)))
                    .moved("hold", &to, e.amount.u128(), denom).by(to).detail()
            })
        },
        escrow::FeesDistributed as e => {
            let (denom, units) = (names.denom(&e.denom), e.amount.u128());
            Line::new(Kind::Money, format!("has the fees of {} sent to the treasury", amount(units, denom)))
                .moved("escrow", "treasury", units, denom)
        },
        escrow::Withdrawn as e => {
            let (who, denom, units) = (names.addr(&e.to), names.denom(&e.denom), e.amount.u128());
            let earned = if e.earned.is_zero() { String::new() } else { format!(", of it {} earned", amount(e.earned.u128(), denom)) };
            Line::new(Kind::Money, format!("withdraws {}{earned}", amount(units, denom))).moved("escrow", &who, units, denom).by(who)
        },
    );
    None
}

/// How a hold was divided.
fn settled(names: &Names, e: &escrow::HoldSettled) -> Option<Line> {
    if e.closed_before {
        return None;
    }
    let denom = names.denom(&e.denom);
    let payer = names.payer(e.hold);
    let show = |units: Uint128| amount(units.u128(), denom);
    let back = format!("{} back to {payer}", show(e.refunded));
    let line = match &e.payee {
        Some(payee) if !e.gross.is_zero() => {
            let fee = e.stakers + e.treasury + e.referrer;
            let bps = fee
                .u128()
                .saturating_mul(10_000)
                .checked_div(e.gross.u128())
                .unwrap_or(0);
            let percent = format!("{}.{} %", bps / 100, bps / 10 % 10);
            let to = names.addr(payee);
            Line::new(
                Kind::Money,
                format!(
                    "pays {} to {to}, {} as fee ({percent}), {back}",
                    show(e.provider),
                    show(fee)
                ),
            )
            .moved("hold", &to, e.provider.u128(), denom)
            .moved("hold", "fees", fee.u128(), denom)
        }
        _ if e.refunded.is_zero() && e.awards.is_zero() => return None,
        _ => Line::new(Kind::Money, format!("gives {back}")),
    };
    Some(
        line.moved("hold", "awards", e.awards.u128(), denom)
            .moved("hold", &payer, e.refunded.u128(), denom)
            .by("escrow"),
    )
}

fn vote(names: &mut Names, contract: &str, event: &CwEvent) -> Option<Line> {
    tell!(event,
        dao::ProposalOpened as e => Line::new(Kind::Vote, format!("proposes: {}", e.title)).by(names.addr(&e.proposer)),
        dao::Voted as e => {
            let power = grouped(e.power.u128() / 1_000_000);
            Line::new(Kind::Vote, format!("votes {} with {power} JOULE of stake", e.vote)).by(names.addr(&e.voter))
        },
        dao::ProposalExecuted as e => Line::new(Kind::Vote, format!("executes proposal {} after the timelock", e.proposal)),
        dao::ProposalClosed as e => {
            let deposit = if e.forfeited { "stays in the treasury" } else { "goes back" };
            Line::new(Kind::Vote, format!("closes proposal {}: {}; its deposit {deposit}", e.proposal, e.state))
        },
        ParamsUpdated as e => {
            let (old, new) = (fee(&e.old)?, fee(&e.new)?);
            let percent = |bps: u64| format!("{}.{} %", bps / 100, bps / 10 % 10);
            Line::new(Kind::Vote, format!("changes its fee from {} to {} for later deals", percent(old), percent(new)))
                .by(names.of(contract))
        },
    );
    None
}

fn fee(params: &str) -> Option<u64> {
    let params: serde_json::Value = serde_json::from_str(params).ok()?;
    params.get("fees")?.get("fee_bps")?.as_u64()
}
