//! The child's side: `joule job-child`. Two stages, since only a new process can be inside new process namespaces:
//! `outer` leaves the host's namespaces and waits for `inner`, which gives up the rest and works.

use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::time::Duration;

use super::confine::{self, Refusal};
use super::protocol::{self, Event, Order, Sink};
use super::Layers;
use crate::runtime::engine::Ready;
use crate::runtime::{JobSpec, RuntimeError};

/// The hidden subcommand; it must be dispatched before the program starts any thread.
pub const COMMAND: &str = "job-child";
/// Stages, as first argument after the subcommand.
pub(super) const OUTER: &str = "outer";
pub(super) const INNER: &str = "inner";

/// Takes in the module, asks for the input ([`Sink::input`]) and runs.
pub type Work = Box<dyn FnOnce(Vec<u8>, &mut Sink<'_>) -> Result<(), RuntimeError>>;
/// Gets the work ready (threads, engines) before the filter forbids it; sees nothing that the job's owner wrote but
/// the checked numbers of the specification. The time is what the job has from now on.
pub type Prepare = fn(&JobSpec, Duration) -> Result<Work, RuntimeError>;

/// Entry point of `joule job-child`.
pub fn child_main() -> ExitCode {
    child_main_with(job_work)
}

/// The same with other work behind the same confinement.
pub fn child_main_with(prepare: Prepare) -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().skip(2).collect();
    let text: Vec<&str> = args.iter().filter_map(|a| a.to_str()).collect();
    let [stage, layers, parent] = text[..] else {
        return usage();
    };
    let (Ok(layers), Ok(parent)) = (layers.parse::<Layers>(), parent.parse::<u32>()) else {
        return usage();
    };
    let ended = confine::close_inherited().and_then(|()| match stage {
        OUTER if layers.namespaces => confine::outer(layers, parent),
        OUTER => confine::tie_to(Some(parent)).and_then(|()| inner(layers, prepare)),
        INNER => confine::tie_to(None).and_then(|()| inner(layers, prepare)),
        _ => Ok(usage()),
    });
    ended.unwrap_or_else(|Refusal { layer, reason }| {
        // The supervisor may be gone; the exit code says the same.
        let _ = protocol::send(&mut io::stdout(), &Event::Layer { layer, reason }, &[]);
        ExitCode::FAILURE
    })
}

fn usage() -> ExitCode {
    eprintln!("sandbox.usage: {COMMAND} is started by the agent itself, for one job; there is nothing to call here");
    ExitCode::from(2)
}

fn inner(layers: Layers, prepare: Prepare) -> Result<ExitCode, Refusal> {
    let mut from = io::stdin().lock();
    let mut to = BufWriter::new(io::stdout().lock());
    let order = match protocol::receive::<Order>(&mut from) {
        Ok(Some(order)) => order,
        _ => return Ok(usage()),
    };
    let Order::Job {
        spec,
        time_ms,
        module_bytes,
    } = order
    else {
        confine::give_up_files(layers, 0, Duration::from_secs(1))?;
        confine::filter_calls(layers)?;
        return Ok(told(protocol::send(&mut to, &Event::Ready, &[])));
    };
    let time = Duration::from_millis(time_ms);
    confine::give_up_files(layers, spec.footprint(), time)?;
    let work = prepare(&spec, time);
    confine::filter_calls(layers)?;

    let mut sink = Sink {
        from: &mut from,
        to: &mut to,
        most: spec.limits.input_bytes,
    };
    let end = sink
        .event(&Event::Ready, &[])
        .and_then(|()| {
            spec.check_sizes(module_bytes, 0)?;
            let module = sink.bytes(module_bytes, spec.limits.module_bytes)?;
            work?(module, &mut sink)
        })
        .map_or_else(|error| Event::Failed { error }, |()| Event::Done);
    Ok(told(protocol::send(&mut to, &end, &[])))
}

fn told(sent: io::Result<()>) -> ExitCode {
    if sent.and_then(|()| io::stdout().flush()).is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn job_work(spec: &JobSpec, time: Duration) -> Result<Work, RuntimeError> {
    let ready = Ready::new(spec, time)?;
    let spec = spec.clone();
    Ok(Box::new(move |module, sink| {
        let admitted = ready.admit(&spec, &module)?;
        drop(module);
        match sink.input()? {
            Some(input) => admitted.run(&spec, input, sink),
            None => Ok(()),
        }
    }))
}
