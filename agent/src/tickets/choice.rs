//! Which device searches.

use std::fmt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use joule_gpu::{GpuClient, Kind, State};
use joule_work::ticket::Best;
use joule_work::WorkError;
use serde::Deserialize;

use super::{finish, gpu, search, Found, Search, Until};

/// Time to measure each of the devices.
const TRIAL: Duration = Duration::from_millis(400);

/// What the owner wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// The faster of processor and graphics processor, as measured. A software adapter is the processor once more, without
    /// regard for threads and share, so it is left out.
    #[default]
    Fastest,
    /// The processor.
    Cpu,
    /// The best adapter, whatever it is; the processor where there is none.
    Gpu,
}

/// Searches on the device of choice. The choice is made by the first search, or by [`Self::prepare`].
pub struct Searcher {
    preference: Preference,
    client: Mutex<GpuClient>,
    chosen: OnceLock<String>,
    /// Set where the choice fell on the adapter, and taken back for good when it fails.
    on_gpu: AtomicBool,
}

impl fmt::Debug for Searcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Searcher")
            .field("preference", &self.preference)
            .field("chosen", &self.chosen)
            .finish_non_exhaustive()
    }
}

impl Searcher {
    /// With `worker` as the command that starts a GPU worker ([`crate::process::gpu_worker`]).
    pub fn new(preference: Preference, worker: Command) -> Self {
        Self {
            preference,
            client: Mutex::new(GpuClient::new(worker)),
            chosen: OnceLock::new(),
            on_gpu: AtomicBool::new(false),
        }
    }

    /// Chooses the device now, within a few seconds, and names it. Where the faster one is asked for, `threads` and
    /// `share` of `like` are what the processor is measured with.
    pub fn prepare(&self, like: &Search<'_>) -> &str {
        self.chosen.get_or_init(|| {
            // Nobody else asks before a device is chosen.
            let mut client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
            let (on_gpu, name) = self.choose(&mut client, like);
            if !on_gpu {
                client.rest();
            }
            self.on_gpu.store(on_gpu, Ordering::Relaxed);
            name
        })
    }

    /// As [`super::search`], on the device of choice. Where an adapter fails, the processor finishes what it began, and
    /// does all that comes after.
    ///
    /// # Errors
    /// `work.ticket_count` for another k.
    pub fn search(&self, wanted: &Search<'_>) -> Result<Found, WorkError> {
        let mut best = Best::new(wanted.k)?;
        let device = self.prepare(wanted);
        if !self.on_gpu.load(Ordering::Relaxed) {
            return search(wanted);
        }
        let (tried, error) = gpu::search(&self.client, wanted, &mut best);
        let Some(error) = error else {
            return Ok(Found {
                claim: best.claim(),
                units: tried,
            });
        };
        tracing::warn!(%error, device, tried, "the processor goes on");
        self.on_gpu.store(false, Ordering::Relaxed);
        finish(wanted, tried, best)
    }

    fn choose(&self, client: &mut GpuClient, like: &Search<'_>) -> (bool, String) {
        let cpu = |why: &str| (false, format!("processor ({why})"));
        if self.preference == Preference::Cpu {
            return cpu("asked for");
        }
        let state = match client.adapters() {
            Ok(found) => found.state,
            Err(error) => return cpu(&error.to_string()),
        };
        let name = match (&state, self.preference) {
            (State::NoAdapter { .. }, _) | (State::Software { .. }, Preference::Fastest) => return cpu(&state.words()),
            (State::Software { name }, _) => return (true, name.clone()),
            (State::Hardware { name }, Preference::Gpu) => return (true, name.clone()),
            (State::Hardware { name }, _) => name.clone(),
        };
        let there = match client.bench(0, Kind::Hash, TRIAL) {
            Ok(rate) => rate.per_sec,
            Err(error) => return cpu(&error.to_string()),
        };
        let here = trial(like);
        tracing::info!(device = name, there, here, "ticket rates of adapter and processor");
        if there > here {
            (true, name)
        } else {
            cpu("faster than the adapter")
        }
    }
}

/// Rate of the processor with the threads and share of a search.
fn trial(like: &Search<'_>) -> f64 {
    let begun = Instant::now();
    let found = search(&Search {
        seed: [0; 32],
        until: Until::Deadline(begun + TRIAL),
        stop: &AtomicBool::new(false),
        tried: &AtomicU64::new(0),
        ..like.clone()
    });
    found.map_or(0.0, |found| found.units as f64 / begun.elapsed().as_secs_f64())
}
