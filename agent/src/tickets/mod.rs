//! Searching tickets: on the processor, where all threads try ids of their own and keep their best, or on a graphics
//! processor ([`Searcher`]). The result depends on the ids that were tried and on nothing else.

mod choice;
mod gpu;
mod share;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use joule_work::ticket::{value, Best, Claim};
use joule_work::WorkError;

pub use choice::{Preference, Searcher};
pub use share::{thread_time, CpuShare, Pace};

/// Ids tried between two looks at the clock: about a millisecond of work.
const BATCH: u64 = 4096;

/// When a search ends.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// At this moment: the end of a work window.
    Deadline(Instant),
    /// After exactly this many units, ids 0 and up: the same result on every machine and number of threads.
    Units(u64),
}

/// How a search runs.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    /// Seed of the node in this window (`joule_work::ticket::node_seed`).
    pub seed: [u8; 32],
    /// Number of tickets to keep: 64, 128, 256 or 512.
    pub k: u32,
    pub until: Until,
    /// Threads to use; at least one is.
    pub threads: usize,
    pub share: CpuShare,
    /// Ends the search early when set.
    pub stop: &'a AtomicBool,
    /// Counts the units tried so far, for progress.
    pub tried: &'a AtomicU64,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The tickets with their bound, or none where fewer than k units were tried.
    pub claim: Option<Claim>,
    /// Units of work done, which the claim's estimate should come near to.
    pub units: u64,
}

/// Searches on `threads` threads and returns when all have ended.
///
/// # Errors
/// `work.ticket_count` for another k.
pub fn search(search: &Search<'_>) -> Result<Found, WorkError> {
    finish(search, 0, Best::new(search.k)?)
}

/// Goes on at id `first` with what is known of the ids before.
fn finish(search: &Search<'_>, first: u64, mut best: Best) -> Result<Found, WorkError> {
    let next = AtomicU64::new(first);
    let started = search.tried.load(Ordering::Relaxed);
    let workers: Vec<Best> = (0..search.threads.max(1))
        .map(|_| Best::new(search.k))
        .collect::<Result<_, _>>()?;
    let found: Vec<Best> = thread::scope(|scope| {
        let handles: Vec<_> = workers
            .into_iter()
            .map(|best| scope.spawn(|| work(search, &next, best)))
            .collect();
        // A worker has nothing to panic about; if one does, its tickets are lost and the others count.
        handles.into_iter().filter_map(|h| h.join().ok()).collect()
    });
    for one in &found {
        best.merge(one);
    }
    Ok(Found {
        claim: best.claim(),
        units: first + search.tried.load(Ordering::Relaxed) - started,
    })
}

/// One thread: takes batches of ids until the search ends. A ticket worse than the thread's own k-th is dropped by one
/// comparison, so threads share nothing but the counters.
fn work(search: &Search<'_>, next: &AtomicU64, mut best: Best) -> Best {
    let mut pace = Pace::start(search.share);
    while !search.stop.load(Ordering::Relaxed) {
        let limit = match search.until {
            Until::Deadline(end) if Instant::now() >= end => break,
            Until::Deadline(_) => u64::MAX,
            Until::Units(units) => units,
        };
        let from = next.fetch_add(BATCH, Ordering::Relaxed);
        if from >= limit {
            break;
        }
        let to = limit.min(from.saturating_add(BATCH));
        let mut worst = best.threshold();
        for id in from..to {
            let v = value(&search.seed, id);
            if v <= worst {
                best.offer(v, id);
                worst = best.threshold();
            }
        }
        search.tried.fetch_add(to - from, Ordering::Relaxed);
        let end = match search.until {
            Until::Deadline(end) => end.saturating_duration_since(Instant::now()),
            Until::Units(_) => Duration::MAX,
        };
        pace.rest(end);
    }
    best
}

#[cfg(test)]
mod tests {
    use joule_work::ticket::{estimate, search_range};

    use super::*;

    fn run(k: u32, until: Until, threads: usize, share: CpuShare) -> Found {
        let (stop, tried) = (AtomicBool::new(false), AtomicU64::new(0));
        search(&Search {
            seed: [7; 32],
            k,
            until,
            threads,
            share,
            stop: &stop,
            tried: &tried,
        })
        .unwrap()
    }

    #[test]
    fn a_counted_search_is_the_same_on_any_number_of_threads() {
        let mut plain = Best::new(64).unwrap();
        search_range(&[7; 32], 0, 100_001, &mut plain);
        for threads in [0, 1, 2, 5] {
            let found = run(64, Until::Units(100_001), threads, CpuShare::FULL);
            assert_eq!(
                found,
                Found {
                    claim: plain.claim(),
                    units: 100_001
                },
                "{threads} threads"
            );
        }
    }

    #[test]
    fn a_search_ends_at_its_deadline_with_a_fitting_claim() {
        let begun = Instant::now();
        let end = begun + Duration::from_millis(400);
        let found = run(64, Until::Deadline(end), 2, CpuShare::FULL);
        assert!(begun.elapsed() >= Duration::from_millis(400) && begun.elapsed() < Duration::from_secs(3));
        let claim = found.claim.unwrap();
        // The estimate has a relative deviation of 1/8 at k = 64: six of them leave no room for chance.
        let estimate = estimate(64, claim.bound).unwrap() as f64;
        assert!(
            (estimate / found.units as f64 - 1.0).abs() < 0.75,
            "{estimate} for {}",
            found.units
        );
    }

    #[test]
    fn too_few_units_claim_nothing_and_a_stop_ends_at_once() {
        assert_eq!(
            run(64, Until::Units(63), 2, CpuShare::FULL),
            Found { claim: None, units: 63 }
        );
        assert_eq!(
            run(64, Until::Units(0), 2, CpuShare::FULL),
            Found { claim: None, units: 0 }
        );
        let (stop, tried) = (AtomicBool::new(true), AtomicU64::new(5));
        let until = Until::Deadline(Instant::now() + Duration::from_secs(3600));
        let spec = Search {
            seed: [0; 32],
            k: 64,
            until,
            threads: 2,
            share: CpuShare::FULL,
            stop: &stop,
            tried: &tried,
        };
        assert_eq!(search(&spec).unwrap(), Found { claim: None, units: 0 });
        assert!(search(&Search { k: 65, ..spec }).is_err());
    }
}
