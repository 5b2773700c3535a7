//! `joule job post`.
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use cosmwasm_std::{HexBinary, Uint64};
use cw20::Denom;
use joule_types::marketplace::{JobAssigned, JobPosted, JobQueued, Object, Params, RankResponse};
use joule_types::{JobId, Money, OfferId};
use joule_work::fees::{split, FeeTerms};
use serde::Serialize;

use super::super::common::{Common, Session};
use super::super::offers::certificate;
use super::super::store::Store;
use super::super::{funds, output};
use super::file::{JobFile, Source};
use super::judge::Judge;
use super::Reach;
use crate::chain::contracts::events;
use crate::chain::contracts::money::Amount;
use crate::error::{Error, Result};
use crate::objects::{digest, Objects};
use crate::provider::object_error;
use crate::runtime::Limits;

/// Offers that a post may name besides the index.
const HINTS: usize = 8;

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Job file, TOML or JSON; examples/jobs explains it
    file: PathBuf,
    /// Where providers find bundle and input: an https address, or a folder of this machine (local chains) [default: <home>/objects]
    #[arg(long, env = "JOULE_STORE", value_name = "URL|DIR")]
    store: Option<String>,
    /// Who judges the result [default: what the file says]
    #[arg(long, value_name = "WHO")]
    verification: Option<Judge>,
    /// What is set aside for validators, e.g. 0.3usdc [default: what the file says, or the first jury of every attempt]
    #[arg(long, value_name = "AMOUNT")]
    verification_budget: Option<Amount>,
    /// Bring missing native coins from the wallet with the same transaction
    #[arg(long)]
    from_wallet: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Only show what it would cost
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    common: Common,
}

/// What a post will do, before it does it.
#[derive(Serialize)]
struct Plan {
    denom: String,
    hold: String,
    from_wallet: String,
    budget: String,
    verification_budget: String,
    tips: String,
    best_offer: Option<OfferId>,
    quote: Option<String>,
    provider_gets: Option<String>,
    fee: Option<String>,
    discount: Option<String>,
    certain: bool,
    #[serde(skip)]
    text: String,
}

/// A posted job.
#[derive(Serialize)]
struct Posted {
    job: JobId,
    tx: String,
    height: u64,
    hold: String,
    denom: String,
    assigned: Option<Assigned>,
    queued: Option<String>,
}

#[derive(Serialize)]
struct Assigned {
    offer: OfferId,
    provider: joule_types::ProviderId,
    quote: String,
}

pub async fn run(args: Args) -> Result<()> {
    let file = args.job_file()?;
    let bundle = file.local(&file.bundle, Limits::CEILING.module_bytes)?;
    let input = file.local(&file.input, Limits::CEILING.input_bytes)?;
    let session = args.common.open().await?;
    let store = args.store(&session.settings.chain.id)?;
    let market = &session.market.marketplace;
    let requirements = file.requirements(&session.denoms)?;
    let buyer = args.common.address()?;
    let params = market.params().await?;
    let found = market.rank(requirements, Some(buyer.clone()), 30, Vec::new()).await?;
    jury(&session, &file, &params).await?;
    let parts = Parts {
        budget: session.denoms.money(&file.budget)?,
        judges: file.verification_budget(&session.denoms, &params)?,
        tips: file.tips(&session.denoms)?,
    };
    let (hold, missing) = money(&args, &session, &parts, &buyer).await?;
    let plan = plan(&session, &parts, &params, &found, &hold, missing)?;
    if args.dry_run {
        return output::show(args.common.json, &plan, |plan| plan.text.clone());
    }
    if !args.common.json {
        output::line(&plan.text);
    }
    confirm(args.yes)?;
    let sender = args.common.sender(&session).await?;

    let store = match store {
        Some(store) => store,
        None => Store::in_home(&args.common.home.dir()?)?,
    };
    let objects = Objects::open(
        &args.common.home.dir()?.join("cache"),
        args.reach.policy(store.folder()),
    );
    let objects = objects.map_err(object_error)?;
    let bundle = place(&objects, &store.url(), &file.bundle, bundle).await?;
    let input = place(&objects, &store.url(), &file.input, input).await?;
    let spec = file.spec(&session.denoms, &params, bundle, input, session.market.now().await?)?;
    let hints = found
        .offers
        .iter()
        .filter(|o| o.unmet.is_empty())
        .map(|o| o.offer)
        .take(HINTS)
        .collect();
    let coins = match (&hold.denom, missing) {
        (_, 0) => Vec::new(),
        (Denom::Native(denom), missing) => vec![crate::chain::Coin::new(missing, denom)],
        (Denom::Cw20(_), _) => Vec::new(),
    };
    let mut messages = Vec::new();
    if let (Denom::Cw20(_), 1..) = (&hold.denom, missing) {
        messages.push(funds::deposit_msg(&session, &Money::new(hold.denom.clone(), missing))?);
    }
    messages.push(market.post_job(spec, hints, coins)?);
    let receipt = sender.submit(messages).await?;
    let posted: JobPosted = events::first(market.address(), &receipt.events)?;
    let assigned = events::of::<JobAssigned>(market.address(), &receipt.events).next();
    let queued = events::of::<JobQueued>(market.address(), &receipt.events).next();
    let posted = Posted {
        job: posted.job,
        tx: receipt.hash.to_string(),
        height: receipt.height,
        hold: posted.amount.to_string(),
        denom: session.denoms.name(&hold.denom),
        assigned: assigned.map(|a| Assigned {
            offer: a.offer,
            provider: a.provider,
            quote: a.quote.to_string(),
        }),
        queued: queued.map(|q| q.reason),
    };
    output::show(args.common.json, &posted, |p| {
        let what = match (&p.assigned, &p.queued) {
            (Some(a), _) => format!("assigned to provider {} (offer {})", a.provider, a.offer),
            (None, Some(why)) => format!("queued ({why})"),
            (None, None) => "posted".into(),
        };
        format!("job {} is {what}; block {}, {}", p.job, p.height, p.tx)
    })
}

/// What the hold is made of.
struct Parts {
    budget: Money,
    /// For validators.
    judges: u128,
    tips: u128,
}

impl Args {
    /// The file with what the flags say instead.
    fn job_file(&self) -> Result<JobFile> {
        let mut file = JobFile::read(&self.file)?;
        if let Some(judge) = self.verification {
            file.verification = judge;
        }
        if let Some(budget) = &self.verification_budget {
            file.verification_budget = Some(budget.clone());
        }
        file.check_judge()
            .map_err(|why| Error::usage("job_file.invalid", why, "change the file, or the flags"))?;
        Ok(file)
    }

    /// The place that is named, if one is.
    fn store(&self, chain_id: &str) -> Result<Option<Store>> {
        let local = crate::config::is_local(chain_id);
        self.store.as_deref().map(|text| Store::parse(text, local)).transpose()
    }
}

/// Makes sure that the market has a jury, before anything is uploaded.
async fn jury(session: &Session, file: &JobFile, params: &Params) -> Result<()> {
    if file.verification == Judge::Buyer {
        return Ok(());
    }
    let (eligible, least) = (
        session.market.staking.validators().await?.eligible,
        params.committee.min_validators,
    );
    if eligible >= least {
        return Ok(());
    }
    Err(Error::refused(
        "mkt.too_few_validators",
        format!("{eligible} validators are eligible, a committee needs {least}"),
        "post it for the buyer's own judgement, or wait for more validators",
    ))
}

/// The hold, and what of it has to come from the wallet. Too little anywhere is an error before anything is sent.
async fn money(args: &Args, session: &Session, parts: &Parts, buyer: &str) -> Result<(Money, u128)> {
    let sum = parts.budget.amount.u128().checked_add(parts.judges);
    let sum = sum.and_then(|sum| sum.checked_add(parts.tips));
    let sum = sum.ok_or_else(|| Error::usage("money.bad_amount", "the sums are beyond all coins there are", ""))?;
    let hold = Money::new(parts.budget.denom.clone(), sum);
    let free = session
        .market
        .escrow
        .balance(buyer, hold.denom.clone())
        .await?
        .total()
        .u128();
    let missing = sum.saturating_sub(free);
    if missing == 0 {
        return Ok((hold, 0));
    }
    if !args.from_wallet {
        let error = funds::too_little(session, &hold, free, format!("the escrow account of {buyer}"));
        let next = format!(
            "run `joule deposit {}`, or give --from-wallet",
            session.denoms.show(&hold.denom, missing)
        );
        return Err(Error::funds("funds.too_little", error.what(), next));
    }
    let wallet = funds::in_wallet(session, buyer, &hold.denom).await?;
    if wallet < missing {
        let wanted = Money::new(hold.denom, missing);
        return Err(funds::too_little(
            session,
            &wanted,
            wallet,
            format!("the wallet {buyer}"),
        ));
    }
    Ok((hold, missing))
}

fn plan(
    session: &Session,
    parts: &Parts,
    params: &Params,
    found: &RankResponse,
    hold: &Money,
    missing: u128,
) -> Result<Plan> {
    let show = |amount: u128| session.denoms.show(&hold.denom, amount);
    let Parts { judges, tips, .. } = *parts;
    let budget = parts.budget.amount.u128();
    let best = found.offers.iter().find(|o| o.unmet.is_empty());
    // The discount is for deals in JOULE only; whether there is a referrer does not change what the two parties see.
    let in_joule = hold.denom == session.denoms.joule()?.denom;
    let terms = if in_joule {
        params.fees
    } else {
        FeeTerms {
            discount_bps: 0,
            ..params.fees
        }
    };
    let shares = best.map(|o| split(o.quote.u128(), &terms, false)).transpose();
    let shares =
        shares.map_err(|e| Error::internal("job.bad_terms", e, "report this: the market's terms are out of bounds"))?;
    let mut rows = vec![(
        "held until the job ends",
        format!(
            "{} = budget {} + validators {} + tips {}",
            show(hold.amount.u128()),
            show(budget),
            show(judges),
            show(tips)
        ),
    )];
    if missing > 0 {
        rows.push(("of it from the wallet", show(missing)));
    }
    match (best, &shares) {
        (Some(best), Some(shares)) => {
            rows.push((
                "best offer",
                format!(
                    "{} of provider {}, score {}",
                    best.offer, best.provider, best.score.effective
                ),
            ));
            rows.push(("its price", show(best.quote.u128())));
            rows.push(("the provider gets", show(shares.provider)));
            rows.push(("the platform's fee", show(shares.fee_kept())));
            if shares.discount > 0 {
                rows.push(("your discount", show(shares.discount)));
            }
            let back = hold
                .amount
                .u128()
                .saturating_sub(best.quote.u128())
                .saturating_add(shares.discount);
            let but = if judges > 0 {
                "comes back, less tips and validators"
            } else {
                "comes back unless tips are paid"
            };
            rows.push((but, show(back)));
            rows.push(("guarantee", certificate(found)));
        }
        _ => rows.push(("best offer", "none now: the job will wait in the queue".into())),
    }
    Ok(Plan {
        denom: session.denoms.name(&hold.denom),
        hold: hold.amount.to_string(),
        from_wallet: missing.to_string(),
        budget: budget.to_string(),
        verification_budget: judges.to_string(),
        tips: tips.to_string(),
        best_offer: best.map(|o| o.offer),
        quote: best.map(|o| o.quote.to_string()),
        provider_gets: shares.map(|p| p.provider.to_string()),
        fee: shares.map(|p| p.fee_kept().to_string()),
        discount: shares.map(|p| p.discount.to_string()),
        certain: found.certain,
        text: output::facts(rows),
    })
}

fn confirm(yes: bool) -> Result<()> {
    if yes {
        return Ok(());
    }
    let not = |what| Error::usage("cli.not_confirmed", what, "give --yes to post without being asked");
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(not("nobody can be asked"));
    }
    eprint!("Post it? [y/N] ");
    // A question that cannot be shown cannot be answered either.
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    stdin.read_line(&mut answer).map_err(|_| not("no answer"))?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(not("not posted")),
    }
}

/// Makes sure that the object lies where providers find it.
async fn place(objects: &Objects, store: &str, source: &Source, bytes: Option<Vec<u8>>) -> Result<Object> {
    match (source, bytes) {
        (Source::Placed { url, sha256, size }, _) => Ok(Object {
            sha256: sha256.clone(),
            size: Uint64::new(*size),
            url: url.clone(),
        }),
        (Source::File { .. }, bytes) => {
            let bytes = bytes.unwrap_or_default();
            let url = objects.store(store, &bytes).await.map_err(object_error)?;
            Ok(Object {
                sha256: HexBinary::from(digest(&bytes)),
                size: Uint64::new(bytes.len() as u64),
                url,
            })
        }
    }
}
