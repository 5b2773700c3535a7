//! `joule search` and `joule explain`: what the market would match, and why not the others.
use std::path::PathBuf;

use joule_types::marketplace::{RankResponse, RankedOffer, Requirements, Unmet};

use super::common::{Common, Session};
use super::job::file::JobFile;
use super::job::wanted::{self, Wanted};
use super::output;
use crate::chain::contracts::money::Amount;
use crate::error::{Error, Result};

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Take the request from this job file instead of the flags
    #[arg(long, value_name = "FILE", conflicts_with_all = ["budget", "kind", "max_secs", "min_memory_mb", "min_units"])]
    job: Option<PathBuf>,
    /// The most the deal may cost; its coin is the denomination searched for, e.g. 1usdc
    #[arg(long, required_unless_present = "job")]
    budget: Option<Amount>,
    /// What is asked for: gpu, cpu, network, mobile or iot
    #[arg(long, default_value = "cpu")]
    kind: String,
    /// Longest running time in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    max_secs: u64,
    /// Least declared memory in MiB
    #[arg(long, value_name = "MIB", default_value_t = 0)]
    min_memory_mb: u64,
    /// Least declared devices or cores
    #[arg(long, value_name = "N", default_value_t = 0)]
    min_units: u32,
    /// Offers to show
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=30))]
    limit: u32,
    #[command(flatten)]
    common: Common,
}

impl Args {
    fn requirements(&self, session: &Session) -> Result<Requirements> {
        let job = self.job.as_deref().map(JobFile::read).transpose()?;
        match (job, &self.budget) {
            (Some(job), _) => job.requirements(&session.denoms),
            (None, Some(budget)) => {
                let wanted = Wanted {
                    kind: wanted::kind(&self.kind)?,
                    min_memory_mb: self.min_memory_mb,
                    min_units: self.min_units,
                    ..Wanted::default()
                };
                Ok(wanted.requirements(session.denoms.money(budget)?, self.max_secs))
            }
            (None, None) => Err(Error::usage(
                "cli.usage",
                "neither a budget nor a job file",
                "give --budget or --job",
            )),
        }
    }
}

pub async fn search(args: Args) -> Result<()> {
    let session = args.common.open().await?;
    let requirements = args.requirements(&session)?;
    let denom = requirements.denom.clone();
    let buyer = args.common.known_address()?;
    let found = session
        .market
        .marketplace
        .rank(requirements, buyer, args.limit, Vec::new())
        .await?;
    output::show(args.common.json, &found, |found| {
        if found.offers.is_empty() {
            return "No offer meets the request; `joule explain` with the same flags says why.".into();
        }
        let rows = found
            .offers
            .iter()
            .map(|offer| scored(offer, session.denoms.show(&denom, offer.quote.u128())));
        let header = [
            "offer",
            "node",
            "provider",
            "quote",
            "price",
            "reputation",
            "uptime",
            "power",
            "region",
            "score",
        ];
        format!("{}\n{}", output::table(header, rows), certificate(found))
    })
}

pub async fn explain(args: Args) -> Result<()> {
    let session = args.common.open().await?;
    let requirements = args.requirements(&session)?;
    let denom = requirements.denom.clone();
    let buyer = args.common.known_address()?;
    let found = session
        .market
        .marketplace
        .explain(requirements, buyer, args.limit)
        .await?;
    output::show(args.common.json, &found, |found| {
        if found.offers.is_empty() {
            return "There is no offer of that kind and denomination at all.".into();
        }
        let rows = found.offers.iter().map(|offer| {
            let quote = session.denoms.show(&denom, offer.quote.u128());
            let words: Vec<&str> = offer.unmet.iter().map(|unmet| reason(*unmet)).collect();
            let verdict = if words.is_empty() {
                "could be matched".into()
            } else {
                words.join("; ")
            };
            [
                offer.offer.to_string(),
                offer.provider.to_string(),
                quote,
                offer.score.effective.to_string(),
                verdict,
            ]
        });
        output::table(["offer", "provider", "quote", "score", "verdict"], rows)
    })
}

fn scored(offer: &RankedOffer, quote: String) -> [String; 10] {
    let score = &offer.score;
    let text = |id: &dyn std::fmt::Display| id.to_string();
    [
        text(&offer.offer),
        text(&offer.node),
        text(&offer.provider),
        quote,
        text(&score.price),
        text(&score.reputation),
        text(&score.uptime),
        text(&score.power),
        text(&score.latency),
        text(&score.effective),
    ]
}

/// What the market guarantees about a ranking.
pub fn certificate(found: &RankResponse) -> String {
    if found.certain {
        return "The first offer is certainly the best.".into();
    }
    format!(
        "{} offers were scanned; one that was not may score up to {}.",
        found.scanned, found.bound
    )
}

/// Why an offer is excluded, for people.
fn reason(unmet: Unmet) -> &'static str {
    match unmet {
        Unmet::OfferClosed => "closed",
        Unmet::Kind => "another kind of resource",
        Unmet::Denom => "sold for another coin",
        Unmet::Budget => "its quote is above the budget",
        Unmet::Duration => "the running time is outside its limits",
        Unmet::Memory => "too little memory",
        Unmet::Units => "too few devices or cores",
        Unmet::Tier => "tier not proven or too low",
        Unmet::HashRate => "verified power too low",
        Unmet::Reputation => "reputation too low",
        Unmet::Trust => "trust level too low",
        Unmet::Uptime => "availability too low",
        Unmet::Region => "another region",
        Unmet::Class => "reserved for enterprise requests",
        Unmet::Offline => "not admitted, off line, switched off or slashed",
        Unmet::Busy => "carries as much as it can",
        Unmet::DealCap => "the quote is above what its trust level may take",
        Unmet::Linked => "buyer and provider are linked",
        Unmet::Excluded => "declined or failed this job before",
    }
}
