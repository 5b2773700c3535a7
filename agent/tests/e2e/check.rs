//! What must hold behind every fault.
use std::time::Duration;

use joule::chain::contracts::events;
use joule::demo::money::Money;
use joule::demo::outcome::Posted;
use joule_types::escrow::{HoldSettled, Withdrawn};
use joule_types::marketplace::{JobAssigned, JobDeclined, JobResponse, JobStarted, ResultSubmitted};
use joule_work::job::JobState;

use super::crew::{providers, Crew};
use super::Result;

/// Looks at the money, until one of them finds nothing moving between its questions.
const LOOKS: u32 = 10;

/// No unit of money is missing, every job has ended and was paid once, no attempt gave two results, all that was earned was credited.
pub async fn everything(crew: &mut Crew) -> Result<()> {
    crew.stage.pump().await?;
    conserved(crew).await?;
    for posted in crew.posted.clone() {
        let job = crew.stage.ground.market.marketplace.job(posted.id).await?;
        once(crew, &posted, &job)?;
    }
    credited(crew).await
}

async fn conserved(crew: &mut Crew) -> Result<()> {
    let mut missing = vec![];
    for _ in 0..LOOKS {
        let money = Money::count(&crew.stage.ground, &crew.stage.watch.events).await?;
        if money.conserved() {
            return Ok(());
        }
        missing = money.text();
        crew.pass(Duration::from_millis(700)).await?;
    }
    missing.retain(|(_, holds)| !holds);
    Err(format!("money is missing: {missing:?}").into())
}

/// Attempts, results and payments of a job, from its events.
fn once(crew: &Crew, posted: &Posted, job: &JobResponse) -> Result<()> {
    let market = crew.stage.ground.market.marketplace.address();
    let seen = &crew.stage.watch.events;
    let assigned = events::of::<JobAssigned>(market, seen)
        .filter(|e| e.job == posted.id)
        .count();
    let declined = events::of::<JobDeclined>(market, seen)
        .filter(|e| e.job == posted.id)
        .count();
    let wrong = |what: String| Err(format!("job {} ({}): {what}", posted.id, posted.work.title).into());
    if !job.state.is_final() {
        return wrong(format!("it is {:?}", job.state));
    }
    if assigned - declined != usize::try_from(job.attempts)? {
        return wrong(format!(
            "{assigned} assigned, {declined} declined, {} attempts",
            job.attempts
        ));
    }
    for attempt in 1..=job.attempts {
        let of = |(job, at)| (job, at) == (posted.id, attempt);
        let started = events::of::<JobStarted>(market, seen)
            .filter(|e| of((e.job, e.attempt)))
            .count();
        let results = events::of::<ResultSubmitted>(market, seen)
            .filter(|e| of((e.job, e.attempt)))
            .count();
        if started > 1 || results > 1 {
            return wrong(format!(
                "attempt {attempt} began {started} times and gave {results} results"
            ));
        }
    }
    let escrow = crew.stage.ground.market.escrow.address();
    let settled = events::of::<HoldSettled>(escrow, seen)
        .filter(|e| e.hold == job.hold && !e.closed_before)
        .count();
    if settled > 1 || (job.state == JobState::Completed && settled != 1) {
        return wrong(format!("its hold was settled {settled} times"));
    }
    Ok(())
}

/// What the holds gave to each provider is what its balance has, and what it has taken out.
async fn credited(crew: &Crew) -> Result<()> {
    let (ground, seen) = (&crew.stage.ground, &crew.stage.watch.events);
    let escrow = ground.market.escrow.address();
    let mut all = 0;
    for provider in &providers() {
        let owner = &crew.stage.actor(provider.owner)?.address;
        let known = ground
            .market
            .registry
            .provider_of(owner)
            .await?
            .ok_or("a provider is gone")?;
        let due: u128 = events::of::<HoldSettled>(escrow, seen)
            .filter(|e| e.payee.as_ref() == Some(&known.payout))
            .map(|e| e.provider.u128())
            .sum();
        let taken: u128 = events::of::<Withdrawn>(escrow, seen)
            .filter(|e| e.owner == known.payout)
            .map(|e| e.earned.u128())
            .sum();
        let balances = ground.market.escrow.balances(known.payout.as_str()).await?;
        let has: u128 = balances.iter().map(|balance| balance.earned.u128()).sum();
        if due != has + taken {
            return Err(format!("{} is due {due} and has {has} + {taken}", provider.owner).into());
        }
        all += due;
    }
    if all == 0 {
        return Err("nobody has earned anything".into());
    }
    Ok(())
}
