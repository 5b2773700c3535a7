//! The market end to end on a real node: a deployment that is cut off, the story of the demo, faults of every kind, and new code by
//! vote. `scripts/e2e` runs this; without it (JOULE_E2E names no local network) there is nothing to do.
mod check;
mod crew;
mod deploy;
mod faults;
mod marked;
mod net;
mod story;
mod upgrade;

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;

use crew::Crew;
use net::Run;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What the trials have in common: one at a time, the crew of the faults stays from one to the next.
struct Shared {
    run: Run,
    runtime: Runtime,
    crew: Mutex<Option<Crew>>,
}

fn main() -> ExitCode {
    let mut args = Arguments::from_args();
    // They share one network, and deadlines on it are seconds.
    args.test_threads = Some(1);
    let Some(run) = Run::from_env() else {
        return libtest_mimic::run(&args, vec![]).exit_code();
    };
    println!("seed {}", run.seed);
    let shared = Arc::new(Shared {
        run,
        runtime: Runtime::new().expect("a runtime"),
        crew: Mutex::new(None),
    });
    let end = libtest_mimic::run(&args, trials(&shared));
    shared.close();
    end.exit_code()
}

fn trials(shared: &Arc<Shared>) -> Vec<Trial> {
    let mut trials = vec![
        of(shared, "a deployment that is killed is finished by the next", |s| {
            s.runtime.block_on(deploy::cut_off(&s.run))
        }),
        of(shared, "the story of the demo", |s| story::story(&s.run)),
    ];
    for (name, fault) in faults::ALL {
        let label = format!("{fault:?}").to_lowercase();
        trials.push(of(shared, name, move |s| {
            s.with_crew(&label, async |crew| fault.strike(&s.run, crew).await)
        }));
    }
    trials.push(of(shared, "the dao brings a market at work to new code", |s| {
        s.with_crew("upgrade", async |crew| upgrade::by_vote(&s.run, crew).await)
    }));
    trials
}

fn of(shared: &Arc<Shared>, name: &str, work: impl FnOnce(&Shared) -> Result<()> + Send + 'static) -> Trial {
    let shared = shared.clone();
    Trial::test(name, move || work(&shared).map_err(|e| Failed::from(e.to_string())))
}

impl Shared {
    /// Lets the crew go through something, and looks at everything behind it. A crew that has failed is not used again.
    fn with_crew(&self, label: &str, work: impl AsyncFnOnce(&mut Crew) -> Result<()>) -> Result<()> {
        let mut place = self.crew.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = place.take();
        self.runtime.block_on(async {
            let mut crew = match taken {
                Some(crew) => crew,
                None => Crew::open(&self.run, label).await?,
            };
            let outcome = match work(&mut crew).await {
                Ok(()) => check::everything(&mut crew).await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(()) => *place = Some(crew),
                Err(error) => {
                    // At once: what follows may take long.
                    eprintln!("{label}: {error}");
                    crew.close().await;
                    return Err(error);
                }
            }
            Ok(())
        })
    }

    /// Ends what is still there.
    fn close(&self) {
        let mut place = self.crew.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(crew) = place.take() {
            self.runtime.block_on(crew.close());
        }
    }
}
