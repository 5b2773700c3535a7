//! `Dispute`, `Resolve`, and the division of a disputed job.

use cosmwasm_std::{Addr, DepsMut, Response, Uint128};
use joule_types::{
    escrow::{Award, HoldTerms},
    marketplace::{Dispute, JobDisputed, JobResolved},
    registry::Outcome,
    JobId, Money,
};
use joule_work::{
    fees::FeeTerms,
    job::{dispute_bond, JobAction, Party},
    BPS,
};

use super::{expect_words, result::book_payment, Ctx};
use crate::{
    domain::settlement::divide,
    error::Res,
    jobs::Job,
    nodes,
    outbox::Outbox,
    state::{AttemptRecord, DISPUTES},
    MarketplaceError,
};

/// The bond can be reclaimed without the marketplace this long after the arbiter's deadline.
const RECLAIM_SECS: u64 = 30 * 24 * 3600;

/// Disputes a result.
pub fn open(ctx: Ctx, id: JobId, reason: String) -> Res<Response> {
    let now = ctx.now();
    let Ctx {
        deps, info, control, ..
    } = ctx;
    expect_words(&reason)?;
    let mut job = Job::load(deps.storage, id)?;
    job.expect(JobAction::Dispute)?;
    let tried = job.attempt(deps.storage, JobAction::Dispute)?;
    let opener = party(&job, &tried, &info.sender)?;
    job.expect_in_time(now, "the time to dispute")?;
    let terms = &job.posted.terms;
    let bond = Uint128::from(dispute_bond(tried.quote.u128(), terms.dispute_bps)?);
    let deadline_at = now.saturating_add(terms.arbiter_secs);

    job.advance(JobAction::Dispute, deadline_at)?;
    job.save(deps.storage)?;
    let dispute = Dispute {
        opened_by: info.sender.clone(),
        by_buyer: opener == Party::Buyer,
        reason,
        bond: job.bond()?,
        bond_amount: bond,
        opened_at: now,
        deadline_at,
    };
    DISPUTES.save(deps.storage, id.u64(), &dispute)?;

    let mut out = Outbox::new(&control);
    if !bond.is_zero() {
        let amount = Money::new(job.posted.spec.requirements.denom.clone(), bond);
        let terms = HoldTerms {
            fees: FeeTerms::default(),
            tips: Uint128::zero(),
            reclaim_at: deadline_at.saturating_add(RECLAIM_SECS),
        };
        out.hold(dispute.bond, &info.sender, amount, terms, vec![])?;
    }

    out.say(JobDisputed {
        job: id,
        opened_by: info.sender,
        bond,
        deadline_at,
    });
    Ok(out.respond("dispute"))
}

fn party(job: &Job, tried: &AttemptRecord, sender: &Addr) -> Res<Party> {
    if *sender == job.posted.buyer {
        Ok(Party::Buyer)
    } else if *sender == tried.owner || *sender == tried.operator {
        Ok(Party::Provider)
    } else {
        Err(MarketplaceError::NotParty {
            sender: sender.to_string(),
            job: job.id,
            action: "dispute",
            party: "buyer or provider",
        })
    }
}

/// Divides a disputed job as the arbiter decides.
pub fn resolve(ctx: Ctx, id: JobId, provider_bps: u16) -> Res<Response> {
    let now = ctx.now();
    let Ctx {
        mut deps,
        info,
        control,
        ..
    } = ctx;
    let mut job = Job::load(deps.storage, id)?;
    if info.sender != job.posted.terms.arbiter {
        return Err(MarketplaceError::NotArbiter {
            sender: info.sender.into(),
            job: id,
            arbiter: job.posted.terms.arbiter.into(),
        });
    }
    job.expect(JobAction::Resolve)?;
    job.expect_in_time(now, "the arbiter's time")?;
    if provider_bps > BPS {
        return Err(MarketplaceError::InvalidSplit { found: provider_bps });
    }

    let mut out = Outbox::new(&control);
    end(&mut deps, &mut job, Some(provider_bps), now, &mut out)?;
    job.save(deps.storage)?;
    Ok(out.respond("resolve"))
}

/// Ends a dispute by decision, or by silence where there is none.
pub fn end(deps: &mut DepsMut, job: &mut Job, decision: Option<u16>, now: u64, out: &mut Outbox) -> Res<()> {
    let action = match decision {
        Some(_) => JobAction::Resolve,
        None => JobAction::ArbiterTimeout,
    };
    let tried = job.attempt(deps.storage, action)?;
    let dispute = DISPUTES.load(deps.storage, job.id.u64())?;
    let opener = if dispute.by_buyer {
        Party::Buyer
    } else {
        Party::Provider
    };
    let (quote, bond) = (tried.quote.u128(), dispute.bond_amount.u128());
    let division = divide(quote, bond, job.posted.terms.dispute_bps, opener, decision)?;
    let provider_bps = decision.unwrap_or(BPS / 2);
    job.advance(action, 0)?;

    let outcome = if provider_bps >= BPS / 2 {
        Outcome::Success {
            reputation: false,
            judged: false,
        }
    } else {
        Outcome::Failure {}
    };
    let share = Share {
        gross: division.gross,
        to_arbiter: division.from_hold,
        arbiter_fee: division.from_hold.saturating_add(division.from_bond),
        provider_bps,
        by_silence: decision.is_none(),
        outcome,
    };
    pay_share(deps, job, &tried, share, now, out)?;
    if bond > 0 {
        let award = award(&job.posted.terms.arbiter, division.from_bond);
        out.settle(dispute.bond, None, None, Uint128::zero(), award)?;
    }
    Ok(())
}

/// How a job that is neither paid nor refunded in full is divided. Base units.
pub struct Share {
    /// To the provider, before the fee.
    pub gross: u128,
    /// From the job's hold to the arbiter.
    pub to_arbiter: u128,
    /// To the arbiter in all.
    pub arbiter_fee: u128,
    /// Share of the quote, basis points.
    pub provider_bps: u16,
    /// By rule, not by an arbiter.
    pub by_silence: bool,
    /// What it says of the provider.
    pub outcome: Outcome,
}

/// Books and pays a divided job; the rest of its hold goes back to the buyer.
pub fn pay_share(
    deps: &mut DepsMut,
    job: &Job,
    tried: &AttemptRecord,
    share: Share,
    now: u64,
    out: &mut Outbox,
) -> Res<()> {
    let dispute = Some((share.to_arbiter, share.provider_bps));
    book_payment(deps, job, tried, share.gross, dispute, now)?;

    let load = nodes::load(deps.storage, tried.node.u64())?.load;
    let gross = Uint128::from(share.gross);
    let payee = Some(&tried.payout).filter(|_| !gross.is_zero());
    let awards = award(&job.posted.terms.arbiter, share.to_arbiter);
    out.settle(job.hold()?, payee, tried.referrer.as_ref(), gross, awards)?;
    out.record(tried.node, load.into(), Some(share.outcome))?;

    out.say(JobResolved {
        job: job.id,
        provider_bps: share.provider_bps,
        gross,
        arbiter_fee: share.arbiter_fee.into(),
        by_silence: share.by_silence,
    });
    Ok(())
}

fn award(to: &Addr, amount: u128) -> Vec<Award> {
    let award = Award {
        to: to.to_string(),
        amount: amount.into(),
    };
    Some(award)
        .filter(|award| !award.amount.is_zero())
        .into_iter()
        .collect()
}
