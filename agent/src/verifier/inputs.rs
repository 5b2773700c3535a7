//! What a judge fetches, outside of any turn: program and input before the run, the output after it.
//!
//! A few fetches at once, each within the time of its seat and at the least rate of [`crate::objects`]; what arrives goes
//! to disk. So an address that drips costs its own seats their time, and no other's.
use std::time::{Duration, Instant};

use joule_types::marketplace::{JobResponse, JobResult, PanelResponse};

use super::context::Context;
use super::turns::Need;
use crate::objects::ObjectError;
use crate::provider::{bring, NotReady};

/// Fetches at once; as many again for seats that would be late.
pub const FETCHES: usize = 8;
/// Share of the time to commit that is kept for the transaction, and its bounds.
const MARGIN_SHARE: u32 = 4;
const LEAST_MARGIN: Duration = Duration::from_secs(2);
const MOST_MARGIN: Duration = Duration::from_secs(30);
/// Looks for an output that is not there or is not the right one, before it counts as withheld. What fails on the way
/// there is tried for as long as there is time: it may be this machine's own network.
const LOOKS: u32 = 3;
/// Pause between two of them.
const PAUSE: Duration = Duration::from_secs(2);
/// Share of the time for a fetch that it is thought to take.
const FETCH_SHARE: u32 = 4;
/// Reports of failures may be larger than the output that the job allows.
const LEAST_OUTPUT: u64 = 1 << 16;

/// What is left to commit, without the margin for the transaction.
pub fn left(cx: &Context, panel: &PanelResponse) -> Duration {
    let whole = cx.clock.left(panel.phase_until);
    whole.saturating_sub((whole / MARGIN_SHARE).clamp(LEAST_MARGIN, MOST_MARGIN))
}

/// Whether program and input are in the cache now. If not, they could not be fetched in the first half of the time: later
/// there would be none left to run the job.
///
/// # Errors
/// In words, why this machine cannot judge the job at all, or did not even get to ask for its bytes.
pub async fn inputs(cx: &Context, panel: &PanelResponse, job: &JobResponse) -> Result<bool, String> {
    let half = left(cx, panel) / 2;
    let mut asked = false;
    loop {
        let patience = left(cx, panel).saturating_sub(half);
        if let Some(turn) = cx.fetches.take(need(patience)).await {
            asked = true;
            let patience = left(cx, panel).saturating_sub(half);
            let brought = bring(&cx.objects, &cx.sandbox, &job.spec, patience).await;
            drop(turn);
            match brought {
                Ok(()) => return Ok(true),
                Err(NotReady::Unfit(why)) => return Err(why),
                Err(NotReady::Unfetchable(why)) => tracing::warn!(job = %job.job, why, "there is nothing to judge yet"),
            }
        }
        if left(cx, panel).saturating_sub(half) <= PAUSE {
            let never = || format!("more than {FETCHES} fetches of other seats left no time to ask for its bytes");
            return asked.then_some(false).ok_or_else(never);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether the output can be fetched where the provider says, by its digest.
pub async fn output_is_there(
    cx: &Context,
    panel: &PanelResponse,
    result: &JobResult,
    sha256: &[u8; 32],
    size: u64,
) -> bool {
    let most = LEAST_OUTPUT.max(size);
    let mut looks = 0;
    loop {
        // The last look gets some time in any case.
        let patience = left(cx, panel).max(LEAST_MARGIN / 2);
        let look = async {
            let _turn = cx.fetches.take(need(patience)).await;
            cx.objects.look(&result.output_url, sha256, most).await
        };
        let error = match tokio::time::timeout(patience, look).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => error,
            Err(_) => return false,
        };
        tracing::warn!(url = result.output_url, %error, "the output cannot be fetched");
        if !matches!(error, ObjectError::Transport { .. } | ObjectError::TooSlow { .. }) {
            looks += 1;
        }
        if looks >= LOOKS || left(cx, panel) <= PAUSE {
            return false;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn need(patience: Duration) -> Need {
    Need {
        by: Instant::now() + patience,
        takes: patience / FETCH_SHARE,
    }
}
