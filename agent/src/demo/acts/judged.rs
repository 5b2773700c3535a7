//! Strangers judge.
use joule_types::marketplace::{PanelPhase, PanelResponse, PanelRuling, SeatVerdict};
use joule_types::JobId;
use joule_work::job::JobState;

use super::work::fetch;
use super::{reached, LONG};
use crate::demo::outcome::Posted;
use crate::demo::stage::Stage;
use crate::error::Result;

/// Waits until the committees have decided on all of `posted`, and fetches what they upheld.
pub async fn juries(stage: &mut Stage, posted: &[&Posted]) -> Result<()> {
    stage
        .act(
            "Strangers judge",
            "Three validators are drawn by a round of the beacon that nobody knew when the result came. They run the job again, vote \
             in secret, then reveal. If they do not agree, seven fresh ones decide.",
        )
        .await?;
    for posted in posted {
        let mut last = 0;
        loop {
            let panel = closed(stage, posted.id, last).await?;
            let text = told(stage, &panel);
            stage.note("market", text);
            if panel.ruling != Some(PanelRuling::Overturned) {
                break;
            }
            last = panel.attempt;
        }
        reached(stage, posted.id, JobState::Completed).await?;
        fetch(stage, posted).await?;
    }
    Ok(())
}

/// The first committee behind attempt `last` that is closed: attempts that ran out of time or were declined have none.
async fn closed(stage: &mut Stage, job: JobId, last: u32) -> Result<PanelResponse> {
    let what = format!("ruling on {} behind attempt {last}", stage.watch.names.job(job));
    stage
        .until(&what, LONG, async |market| {
            let attempts = market.marketplace.job(job).await?.attempts;
            for attempt in last + 1..=attempts {
                let panel = market.marketplace.panel(job, Some(attempt)).await?;
                if panel.as_ref().is_some_and(|panel| panel.phase == PanelPhase::Closed) {
                    return Ok(panel);
                }
            }
            Ok(None)
        })
        .await
}

/// What a committee came to, in words.
fn told(stage: &Stage, panel: &PanelResponse) -> String {
    let names = &stage.watch.names;
    let with = |verdict: SeatVerdict| {
        let seats = panel.seats.iter().filter(move |seat| seat.verdict == Some(verdict));
        seats.map(|seat| names.addr(&seat.owner)).collect::<Vec<_>>()
    };
    let ruling = match panel.ruling {
        Some(PanelRuling::Upheld) => "the result is right",
        Some(PanelRuling::Overturned) => "the result is wrong",
        _ => "no ruling",
    };
    let (right, wrong, absent) = (
        with(SeatVerdict::Paid),
        with(SeatVerdict::Wrong),
        with(SeatVerdict::NoShow),
    );
    let mut text = format!(
        "{}, attempt {}, jury {}: {ruling}, say {}",
        names.job(panel.job),
        panel.attempt,
        panel.rung + 1,
        right.join(", ")
    );
    for (list, what) in [(wrong, "was overruled"), (absent, "never voted")] {
        if !list.is_empty() {
            text += &format!("; {} {what}", list.join(", "));
        }
    }
    text
}
