//! Jobs that want to harm whoever runs them, through the confined child of the real program. Each is refused with a code,
//! or stopped by fuel or deadline; the agent neither hangs nor dies, and what the job itself causes is the same twice.

mod wasm;
mod wgsl;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use joule::runtime::{JobSpec, Limits, Outcome, Runtime};
use joule::sandbox::{Job, Sandbox, SandboxError, Stop};

/// How it has to end.
#[derive(Clone, Copy, Debug)]
enum End {
    /// As a failure of the job with this code.
    Fails(&'static str),
    /// As trouble of this machine with this code, of which nothing follows: time, or a runtime that is not there.
    Trouble(&'static str),
    /// With a result; what looks hostile is defined.
    Gives(&'static [u8]),
}
use End::{Fails, Gives, Trouble};

struct Hostile {
    name: String,
    job: Job,
    end: End,
}

/// Time of a job that would go on for ever, and of all others.
const SHORT: Duration = Duration::from_millis(1_500);
const LONG: Duration = Duration::from_secs(60);

fn case(name: &str, runtime: Runtime, module: Vec<u8>, end: End) -> Hostile {
    let limits = Limits {
        memory_bytes: 16 << 20,
        output_bytes: 1 << 20,
        ..Limits::default()
    };
    let fuel_per_step = match runtime {
        Runtime::Wasm => 10_000_000,
        Runtime::Wgsl => 100,
    };
    let job = Job {
        spec: JobSpec {
            runtime: runtime.id().into(),
            steps: 1,
            fuel_per_step,
            limits,
        },
        module: module.into(),
        input: Arc::from(&b"some input"[..]),
        time: if matches!(end, Trouble("sandbox.deadline")) {
            SHORT
        } else {
            LONG
        },
        journalled: vec![],
    };
    Hostile {
        name: name.into(),
        job,
        end,
    }
}

impl Hostile {
    fn with(mut self, change: impl FnOnce(&mut Job)) -> Self {
        change(&mut self.job);
        self
    }

    /// Runs it; the words are what went wrong.
    fn run(&self, sandbox: &Sandbox) -> Result<(), String> {
        let run = || sandbox.run(&self.job, &Stop::default(), &mut |_| {});
        let (started, first) = (Instant::now(), run());
        let most = self.job.time + Duration::from_secs(15);
        if started.elapsed() > most {
            return Err(format!("took {:?}", started.elapsed()));
        }
        let seen = |ended: &Result<Outcome, SandboxError>| match ended {
            Ok(outcome) => outcome.failure.as_ref().map_or_else(
                || format!("gave {:?}", String::from_utf8_lossy(&outcome.output)),
                |failure| failure.words.clone(),
            ),
            Err(error) => error.to_string(),
        };
        let as_wanted = match (&first, self.end) {
            (Ok(outcome), Fails(code)) => outcome.failure.as_ref().is_some_and(|failure| failure.code == code),
            (Ok(outcome), Gives(output)) => outcome.failure.is_none() && outcome.output == output,
            (Err(error), Trouble(code)) => error.code() == code,
            _ => false,
        };
        if !as_wanted {
            return Err(seen(&first));
        }
        if let Ok(first) = first {
            let second = run();
            if second.as_ref().ok().map(|o| (o.result_root, o.trace_root))
                != Some((first.result_root, first.trace_root))
            {
                return Err(format!("ended otherwise the second time: {}", seen(&second)));
            }
        }
        Ok(())
    }
}

/// Processes that this one started.
fn children() -> usize {
    let me = std::process::id().to_string();
    let parent = |stat: String| Some(stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.to_owned());
    let all = std::fs::read_dir("/proc").expect("a Linux machine");
    let stats = all.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("stat")).ok());
    stats.filter(|stat| parent(stat.clone()).as_ref() == Some(&me)).count()
}

#[test]
fn every_hostile_job_ends_as_it_must_and_the_agent_lives_on() {
    let sandbox = Sandbox::with_program(PathBuf::from(env!("CARGO_BIN_EXE_joule"))).expect("the program starts");
    let all: Vec<Hostile> = wasm::jobs().into_iter().chain(wgsl::jobs()).collect();
    assert!(all.len() >= 100, "{}", all.len());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut bad = Vec::new();
        while let Some(hostile) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(words) = hostile.run(&sandbox) {
                bad.push(format!("{} ({:?}): {words:.300}", hostile.name, hostile.end));
            }
        }
        bad
    };
    let started = Instant::now();
    let bad: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..3).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|w| w.join().expect("the agent lives on"))
            .collect()
    });
    assert!(
        bad.is_empty(),
        "{} of {} jobs\n  {}",
        bad.len(),
        all.len(),
        bad.join("\n  ")
    );
    assert_eq!(children(), 0, "nothing is left behind");
    assert!(started.elapsed() < Duration::from_secs(90), "{:?}", started.elapsed());
}
