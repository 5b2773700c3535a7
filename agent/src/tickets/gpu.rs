//! Searching on a graphics processor: ranges are tried there, and the few tickets that may still count come back.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use joule_gpu::{GpuClient, GpuError, Range};
use joule_work::ticket::Best;

use super::{Search, Until};

/// Ids of the first range, all of which come back. Also the least that a range shrinks to.
const FIRST: u64 = 1 << 14;
/// What a range should take: short against a window, long against a request.
const STEP: Duration = Duration::from_millis(150);
/// Wait for a range where nothing else ends the search.
const PATIENCE: Duration = Duration::from_secs(60);
/// What a range may take beyond the end of the window before its worker is killed.
const LATE: Duration = Duration::from_secs(1);
/// Ranges grow by this factor at most. It also keeps the number of hits low: of `n` ids before, k are known, so a range
/// of `16 n` ids has about `16 k` hits, at most 8,192.
const GROWTH: u64 = 16;

/// Tries ids from 0 up until the search ends. Returns how many were tried, and why it ended early if it did: what
/// `best` holds by then is right, and another device can go on.
pub fn search(gpu: &Mutex<GpuClient>, search: &Search<'_>, best: &mut Best) -> (u64, Option<GpuError>) {
    let (mut next, mut range) = (0, FIRST);
    // Time of an id, as seen in the range before.
    let mut pace = Duration::ZERO;
    while !search.stop.load(Ordering::Relaxed) {
        let count = match search.until {
            Until::Units(units) => range.min(units.saturating_sub(next)),
            Until::Deadline(end) => {
                let left = end.saturating_duration_since(Instant::now());
                // The last range ends with the window.
                let fits = left.as_nanos() / pace.as_nanos().max(1);
                if left.is_zero() {
                    0
                } else {
                    range.min(u64::try_from(fits).unwrap_or(u64::MAX))
                }
            }
        };
        if count == 0 {
            break;
        }
        let asked = Range {
            start: next,
            count,
            threshold: best.threshold(),
        };
        let begun = Instant::now();
        let mut client = gpu.lock().unwrap_or_else(PoisonError::into_inner);
        client.set_patience(match search.until {
            Until::Units(_) => PATIENCE,
            // A device that hangs must not take the time in which the list is committed.
            Until::Deadline(end) => end.saturating_duration_since(begun) + LATE,
        });
        let hits = client.tickets(0, &search.seed, asked);
        drop(client);
        let hits = match hits {
            Ok(hits) if hits.overflowed && count > FIRST => {
                range = (count / 2).max(FIRST);
                continue;
            }
            Ok(hits) => hits,
            Err(error) => return (next, Some(error)),
        };
        for (value, id) in hits.tickets {
            best.offer(value, id);
        }
        next += count;
        search.tried.fetch_add(count, Ordering::Relaxed);
        range = (next * GROWTH).min(in_time(count, begun.elapsed())).max(FIRST);
        pace = begun.elapsed() / u32::try_from(count).unwrap_or(u32::MAX);
    }
    (next, None)
}

/// Ids that take [`STEP`] where `count` took `time`.
fn in_time(count: u64, time: Duration) -> u64 {
    let scaled = u128::from(count) * STEP.as_nanos() / time.as_nanos().max(1);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}
