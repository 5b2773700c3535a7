//! Figures of the best adapter, and two ratios taken in one run: the ticket kernel against the processor's rule, and the
//! tuned matrix product against the textbook one. On a software adapter rates are also given per second of processor time,
//! which a busy machine does not falsify. `cargo run --release -p joule-gpu --example rates`

use std::process::Command;
use std::time::{Duration, Instant};

use joule_gpu::{AdapterKind, GpuClient, GpuError, Kind};
use joule_work::ticket::value;

/// Time of each measurement.
const TIME: Duration = Duration::from_secs(3);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().nth(1).as_deref() == Some("worker") {
        joule_gpu::serve();
    }
    let mut worker = Command::new(std::env::current_exe()?);
    worker.arg("worker");
    let mut client = GpuClient::new(worker);
    let found = client.adapters()?;
    println!("{}", found.state.words());
    let Some(adapter) = found.list.first() else {
        return Ok(());
    };
    println!("{} ({}, {})", adapter.name, adapter.backend, adapter.driver);
    let software = adapter.kind == AdapterKind::Software;
    let mut rates = Vec::new();
    for kind in Kind::ALL {
        let (rate, per_core) = measure(&mut client, kind)?;
        let (low, high) = rate.range;
        print!(
            "{kind:?}: {:.3e}/s, slices {low:.3e} to {high:.3e}, {}",
            rate.per_sec, rate.how
        );
        match per_core.filter(|_| software) {
            Some(per_core) => println!("; {per_core:.3e} per second of processor time"),
            None => println!(),
        }
        rates.push((
            kind,
            if software {
                per_core.unwrap_or(rate.per_sec)
            } else {
                rate.per_sec
            },
        ));
    }
    let rate = |kind| rates.iter().find(|(k, _)| *k == kind).map_or(0.0, |(_, rate)| *rate);
    let rule = rule_rate();
    println!("tickets by the rule on one thread: {rule:.3e} per second of processor time");
    println!("ticket kernel over rule: {:.2}", rate(Kind::Hash) / rule);
    println!(
        "matrix product over textbook: {:.2}",
        rate(Kind::GemmF32) / rate(Kind::GemmF32Naive)
    );
    println!(
        "matrix product over peak: {:.3}",
        rate(Kind::GemmF32) / rate(Kind::FmaPeak)
    );
    Ok(())
}

/// The rate, and, where the system tells, the same per second of the worker's processor time. A first round compiles, so
/// that the second one's processor time is the kernel's.
fn measure(client: &mut GpuClient, kind: Kind) -> Result<(joule_gpu::Rate, Option<f64>), GpuError> {
    client.bench(0, kind, Duration::from_millis(300))?;
    let (begun, before) = (Instant::now(), client.worker().and_then(processor_time));
    let rate = client.bench(0, kind, TIME)?;
    let used = client
        .worker()
        .and_then(processor_time)
        .zip(before)
        .map(|(after, before)| after - before);
    let cores = used
        .map(|used| used / begun.elapsed().as_secs_f64())
        .filter(|cores| *cores > 0.0);
    let per_core = cores.map(|cores| rate.per_sec / cores);
    Ok((rate, per_core))
}

/// Seconds of processor time that a process has used.
fn processor_time(id: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // Times are fields 14 and 15; the name, field 2, ends with the last parenthesis.
    let after = stat.rsplit(')').next()?;
    let ticks: Vec<f64> = after
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|t| t.parse().ok())
        .collect();
    Some(ticks.iter().sum::<f64>() / rustix::param::clock_ticks_per_second() as f64)
}

/// Tickets per second of processor time by `joule_work::ticket::value` on this thread.
fn rule_rate() -> f64 {
    let id = std::process::id();
    let (begun, before) = (Instant::now(), processor_time(id));
    let mut tried = 0u64;
    while begun.elapsed() < TIME {
        for _ in 0..4096 {
            std::hint::black_box(value(&[7; 32], std::hint::black_box(tried)));
            tried += 1;
        }
    }
    let used = processor_time(id).zip(before).map(|(after, before)| after - before);
    tried as f64 / used.filter(|used| *used > 0.0).unwrap_or(begun.elapsed().as_secs_f64())
}
