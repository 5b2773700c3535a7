//! What native code can do in the confined child, as if a job had broken out of the engine. This program is supervisor
//! and child at once: the child's work here is hostile code, behind the confinement of the real one.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs, hint, io, thread};

use joule::runtime::{wasm, JobSpec, Limits, Outcome, RuntimeError};
use joule::sandbox::{child_main_with, Job, Layer, Layers, Sandbox, SandboxError, Sink, Stop, Work, COMMAND};
use libtest_mimic::{Arguments, Failed, Trial};
use sha2::{Digest, Sha256};

const OUTPUT_CAP: u64 = 64 << 10;
/// Mode of this program in which it supervises an endless job until it is killed.
const SUPERVISE: &str = "supervise-an-endless-job";

fn main() -> ExitCode {
    match env::args().nth(1).as_deref() {
        Some(COMMAND) => return child_main_with(hostile),
        Some(SUPERVISE) => {
            let _ = attempt(Layers::NONE, "spin", Duration::from_secs(120));
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    libtest_mimic::run(&Arguments::from_args(), trials()).exit_code()
}

// ---- the child's work -------------------------------------------------------------------------------------------

fn hostile(_: &JobSpec, _: Duration) -> Result<Work, RuntimeError> {
    Ok(Box::new(|_module, sink| {
        let input = sink.input()?.expect("every probe runs");
        let text = String::from_utf8(input).expect("probes are text");
        let (what, with) = text.split_once(' ').unwrap_or((&text, ""));
        let said = match probe(what, with, sink) {
            Ok(said) => said,
            Err(e) => format!("denied: {e}"),
        };
        sink.write(said.as_bytes(), 0)
    }))
}

fn probe(what: &str, with: &str, sink: &mut Sink<'_>) -> io::Result<String> {
    let done = |_| "done".to_owned();
    match what {
        "read" => fs::read_to_string(with),
        "list" => Ok(fs::read_dir(with)?
            .map(|e| e.map(|e| e.file_name().to_string_lossy().into_owned() + " "))
            .collect::<io::Result<String>>()?),
        "write" => fs::write(with, "was here").map(done),
        "connect" => TcpStream::connect(with).map(|_| "done".into()),
        "listen" => TcpListener::bind("127.0.0.1:0").map(|_| "done".into()),
        "exec" => Command::new(with).status().map(|s| s.to_string()),
        "thread" => thread::Builder::new().spawn(|| {}).map(|_| "done".into()),
        "signal" => {
            let pid = nix::unistd::Pid::from_raw(with.parse().expect("a process id"));
            nix::sys::signal::kill(pid, None).map_err(io::Error::from).map(done)
        }
        "environment" => Ok(format!("{:?}", env::vars().collect::<Vec<_>>())),
        "hog" => {
            let mut held: Vec<Vec<u8>> = Vec::new();
            loop {
                let mut more = Vec::new();
                more.try_reserve_exact(64 << 20)
                    .map_err(|e| io::Error::other(format!("{} MiB: {e}", held.len() * 64)))?;
                more.resize(1, 1);
                held.push(more);
            }
        }
        "spin" => loop {
            hint::spin_loop();
        },
        "abort" => panic!("hostile words: {with}"),
        "flood" => loop {
            eprintln!("{}", "x".repeat(4096));
        },
        "chatter" => loop {
            sink.write(b"one more step", 0).map_err(io::Error::other)?;
        },
        "oversize" => sink
            .write(&vec![0; OUTPUT_CAP as usize + 1], 0)
            .map(done)
            .map_err(io::Error::other),
        "silence" => std::process::exit(0),
        other => Err(io::Error::other(format!("unknown probe {other}"))),
    }
}

// ---- the supervisor's side --------------------------------------------------------------------------------------

fn attempt(without: Layers, probe: &str, time: Duration) -> Result<Outcome, SandboxError> {
    let module: Arc<[u8]> = Arc::from(&b"native"[..]);
    let digest: [u8; 32] = Sha256::digest(&module).into();
    let sandbox = Sandbox::with_program(env::current_exe().expect("this program"))?
        .without(without)
        .trusting(&[digest]);
    let limits = Limits {
        memory_bytes: 64 << 20,
        output_bytes: OUTPUT_CAP,
        ..Limits::default()
    };
    let spec = JobSpec {
        runtime: wasm::RUNTIME_ID.into(),
        steps: 1,
        fuel_per_step: 1,
        limits,
    };
    let job = Job {
        spec,
        module,
        input: Arc::from(probe.as_bytes()),
        time,
        journalled: vec![],
    };
    sandbox.run(&job, &Stop::default(), &mut |_| {})
}

const TIME: Duration = Duration::from_secs(20);

fn with(layers: Layers, probe: &str) -> String {
    let without = Layers {
        namespaces: !layers.namespaces,
        landlock: !layers.landlock,
        seccomp: !layers.seccomp,
    };
    match attempt(without, probe, TIME) {
        Ok(outcome) => String::from_utf8(outcome.output).expect("text"),
        Err(e) => e.to_string(),
    }
}

fn expect(layers: Layers, probe: &str, needle: &str) -> Result<(), Failed> {
    let said = with(layers, probe);
    if said.contains(needle) {
        Ok(())
    } else {
        Err(format!("{probe} behind {layers} said {said:?}, expected {needle:?}").into())
    }
}

fn killed(probe: &str) -> Result<(), Failed> {
    expect(Layers::ALL, probe, "sandbox.died: the child ended by SIGSYS")
}

fn trials() -> Vec<Trial> {
    let trial = |name: &str, body: fn() -> Result<(), Failed>| Trial::test(name, body);
    vec![
        trial("probes_work_where_nothing_confines_them", || {
            expect(Layers::NONE, "read /etc/passwd", "root:")?;
            expect(Layers::NONE, "listen", "done")?;
            expect(Layers::NONE, "exec /bin/true", "exit status: 0")?;
            expect(Layers::NONE, "thread", "done")
        }),
        trial("files_are_out_of_reach_behind_each_layer", || {
            expect(
                Layers::only(Layer::Namespaces),
                "read /etc/passwd",
                "denied: No such file",
            )?;
            expect(
                Layers::only(Layer::Landlock),
                "read /etc/passwd",
                "denied: Permission denied",
            )?;
            expect(
                Layers::only(Layer::Seccomp),
                "read /etc/passwd",
                "denied: Operation not permitted",
            )?;
            expect(Layers::ALL, "read /etc/passwd", "denied: ")?;
            expect(Layers::ALL, "list /", "denied: ")?;
            expect(Layers::ALL, "read /proc/self/environ", "denied: ")
        }),
        trial("nothing_can_be_written_behind_each_layer", || {
            let dir = tempfile::tempdir()?;
            let path = dir.path().join("mark");
            let probe = format!("write {}", path.display());
            for layer in [Layer::Namespaces, Layer::Landlock, Layer::Seccomp] {
                expect(Layers::only(layer), &probe, "denied: ")?;
            }
            expect(Layers::only(Layer::Namespaces), "write /mark", "denied: Read-only")?;
            expect(Layers::ALL, &probe, "denied: ")?;
            if path.exists() {
                return Err("a file appeared".into());
            }
            Ok(())
        }),
        trial("the_network_is_out_of_reach_behind_each_layer", || {
            let server = TcpListener::bind("127.0.0.1:0")?;
            let probe = format!("connect {}", server.local_addr()?);
            expect(Layers::NONE, &probe, "done")?;
            expect(Layers::only(Layer::Namespaces), &probe, "denied: ")?;
            expect(Layers::only(Layer::Landlock), &probe, "denied: Permission denied")?;
            killed(&probe)?;
            killed("listen")
        }),
        trial("no_program_and_no_thread_can_be_started", || {
            expect(
                Layers::only(Layer::Namespaces),
                "exec /bin/true",
                "denied: No such file",
            )?;
            expect(
                Layers::only(Layer::Landlock),
                "exec /bin/true",
                "denied: Permission denied",
            )?;
            killed("exec /bin/true")?;
            killed("thread")
        }),
        trial("no_other_process_can_be_signalled", || {
            let probe = format!("signal {}", std::process::id());
            expect(Layers::only(Layer::Namespaces), &probe, "denied: No such process")?;
            expect(Layers::only(Layer::Landlock), &probe, "denied: ")?;
            expect(Layers::ALL, &probe, "denied: ")
        }),
        trial("the_environment_is_empty", || expect(Layers::ALL, "environment", "[]")),
        trial("native_memory_ends_at_the_limit", || {
            let said = with(Layers::ALL, "hog");
            let held: u64 = said
                .split_whitespace()
                .nth(1)
                .and_then(|n| n.parse().ok())
                .ok_or(said)?;
            if held > 2048 {
                return Err(format!("{held} MiB were granted").into());
            }
            Ok(())
        }),
        trial("native_loops_are_killed_at_the_deadline", || {
            let started = Instant::now();
            match attempt(Layers::NONE, "spin", Duration::from_millis(300)) {
                Err(SandboxError::Deadline { steps: 0, .. }) if started.elapsed() < Duration::from_secs(8) => Ok(()),
                other => Err(format!("{other:?} after {:?}", started.elapsed()).into()),
            }
        }),
        trial("a_panic_is_reported_with_what_it_said", || {
            expect(Layers::ALL, "abort \u{1b}[2Jred", r"hostile words: \u{1b}[2Jred")
        }),
        trial("a_flood_of_complaints_is_read_but_not_kept", || {
            match attempt(Layers::NONE, "flood", Duration::from_millis(300)) {
                Err(SandboxError::Deadline { .. }) => Ok(()),
                other => Err(format!("{other:?}").into()),
            }
        }),
        trial("a_child_that_speaks_out_of_turn_is_ended", || {
            expect(Layers::ALL, "chatter", "sandbox.protocol: ")?;
            expect(Layers::ALL, "oversize", "sandbox.protocol: ")?;
            expect(
                Layers::ALL,
                "silence",
                "sandbox.died: the child ended by exit status: 0 after 0 steps",
            )
        }),
        trial("a_killed_supervisor_leaves_no_child", || {
            let mut supervisor = Command::new(env::current_exe()?).arg(SUPERVISE).spawn()?;
            let begun = Instant::now();
            // Probing starts and ends children; the job's are the two that stay.
            let mut last = Vec::new();
            let stable = loop {
                let now = descendants(supervisor.id());
                if now.len() == 2 && now == last {
                    break now;
                }
                last = now;
                if begun.elapsed() > Duration::from_secs(30) {
                    supervisor.kill()?;
                    supervisor.wait()?;
                    return Err(format!("the job did not come up: {last:?}").into());
                }
                thread::sleep(Duration::from_millis(300));
            };
            supervisor.kill()?;
            supervisor.wait()?;
            let begun = Instant::now();
            while stable.iter().any(|pid| alive(*pid)) {
                if begun.elapsed() > Duration::from_secs(5) {
                    return Err(format!("left behind: {stable:?}").into());
                }
                thread::sleep(Duration::from_millis(10));
            }
            Ok(())
        }),
    ]
}

/// State letter and parent.
fn stat(pid: u32) -> Option<(char, u32)> {
    let text = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

fn alive(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != 'Z')
}

fn descendants(of: u32) -> Vec<u32> {
    let pids: Vec<u32> = fs::read_dir("/proc")
        .map(|all| all.filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok()).collect())
        .unwrap_or_default();
    let mut found = vec![of];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        found.extend(pids.iter().filter(|p| stat(**p).is_some_and(|(_, pp)| pp == parent)));
        at += 1;
    }
    found.split_off(1)
}
