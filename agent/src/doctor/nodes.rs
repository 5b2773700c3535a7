//! The nodes: do they answer, for the right chain, in the dialect that is spoken to them, and do they move; and the clock.
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{Report, Subject};
use crate::chain::endpoints::Report as Seen;
use crate::chain::{Client, Dialect, Endpoints, RpcError, Status};

/// Pause between two looks for a new block.
const LOOK: Duration = Duration::from_millis(200);
/// Skew that deadlines bear, and the one that they do not.
const SKEW_WARN: Duration = Duration::from_secs(5);
const SKEW_FAIL: Duration = Duration::from_secs(60);

/// A block seen as it came.
struct Fresh {
    /// Our clock, when it was seen.
    ours: Duration,
    /// Its own time.
    block: Duration,
    /// Time between blocks.
    interval: Duration,
}

/// Checks every node of the settings. A client, where one of them can be used.
pub async fn check(subject: &Subject, report: &mut Report) -> Option<Client> {
    let chain = &subject.settings.chain;
    let endpoints = match Endpoints::new(&chain.id, &chain.rpc, subject.settings.limits()) {
        Ok(endpoints) => endpoints,
        Err(error) => {
            report.error("node", &error);
            return None;
        }
    };
    let first = endpoints.check().await;
    let (last, seen_at) = watch(&endpoints, &first, subject.limits.patience).await;
    let best = last
        .iter()
        .filter_map(|seen| seen.status.as_ref().ok())
        .map(|s| s.height)
        .max();
    let mut fresh = None;
    for (before, after) in first.iter().zip(&last) {
        match (&before.status, &after.status) {
            (Ok(before), Ok(now)) if now.height > before.height && !now.catching_up => {
                let lag = best.unwrap_or(now.height).saturating_sub(now.height);
                if lag > chain.max_lag {
                    let found = format!("{} is {lag} blocks behind the best node", after.url);
                    report.warn("node", found, "list a node that keeps up first under chain.rpc");
                } else {
                    report.ok(
                        "node",
                        format!(
                            "{}: {}, height {}, CometBFT {}",
                            after.url, now.chain_id, now.height, now.version
                        ),
                    );
                }
                dialect(endpoints.dialect(), &after.url, &now.version, report);
                fresh.get_or_insert(Fresh {
                    ours: seen_at,
                    block: time(now),
                    interval: interval(before, now),
                });
            }
            (_, Ok(now)) if now.catching_up => report.fail(
                "node",
                format!(
                    "{} still loads blocks (height {}): its answers are old",
                    after.url, now.height
                ),
                "wait until it has caught up, or list another node first under chain.rpc",
            ),
            (_, Ok(now)) => report.fail(
                "node",
                format!(
                    "{} stands still at height {}, its last block is {} s old",
                    after.url,
                    now.height,
                    seen_at.saturating_sub(time(now)).as_secs()
                ),
                "look into the node's log; a chain of one node stands while that node does",
            ),
            (_, Err(error)) => unusable(subject, after, error, report),
        }
    }
    match fresh {
        Some(fresh) => clock(&fresh, report),
        None => return None,
    }
    Some(Client::new(endpoints))
}

/// Looks until every node that answers has a new block, or patience ends.
async fn watch(endpoints: &Endpoints, first: &[Seen], patience: Duration) -> (Vec<Seen>, Duration) {
    let started = Instant::now();
    loop {
        tokio::time::sleep(LOOK).await;
        let (now, seen_at) = (endpoints.check().await, our_time());
        let moved = |(before, after): (&Seen, &Seen)| match (&before.status, &after.status) {
            (Ok(before), Ok(after)) => after.height > before.height,
            _ => true,
        };
        if first.iter().zip(&now).all(moved) || started.elapsed() >= patience {
            return (now, seen_at);
        }
    }
}

fn unusable(subject: &Subject, seen: &Seen, error: &RpcError, report: &mut Report) {
    let url = &seen.url;
    let fix = match error {
        RpcError::WrongChain { found, .. } => format!(
            "give the address of a node of {} (--node, or chain.rpc), or work on {found} with its deployment file",
            subject.settings.chain.id
        ),
        _ => match subject.settings.chain.id.as_str() {
            "joule-local-1" => "scripts/localnet start".into(),
            "joule-dev-1" => "start it with `joule devchain`".into(),
            _ => format!("check that `curl {url}/status` answers, or list another node with --node or chain.rpc"),
        },
    };
    report.fail("node", error, fix);
}

/// What is spoken to the node beside what it speaks.
fn dialect(spoken: Dialect, url: &str, version: &str, report: &mut Report) {
    let found = format!("{url} is CometBFT {version}, {spoken} is spoken to it (chain.dialect)");
    match Dialect::of(version) {
        Some(own) if own == spoken => report.ok("dialect", found),
        Some(own) => report.warn("dialect", found, format!("set chain.dialect = \"{own}\" in joule.toml")),
        None => {
            let known = Dialect::ALL.map(|dialect| dialect.to_string()).join(" and ");
            let fix = format!(
                "this joule knows {known}: if answers cannot be read, list a node of one of them, or get a newer joule"
            );
            report.warn("dialect", found, fix);
        }
    }
}

/// Between our clock and a block's. A block's time is when the one before it was agreed on, an interval ago.
fn clock(fresh: &Fresh, report: &mut Report) {
    let expected = fresh.block.saturating_add(fresh.interval);
    let (skew, side) = match fresh.ours >= expected {
        true => (fresh.ours.saturating_sub(expected), "ahead of"),
        false => (expected.saturating_sub(fresh.ours), "behind"),
    };
    let skew = skew.saturating_sub(fresh.interval);
    let found = format!("this clock is {:.1} s {side} the chain's", skew.as_secs_f64());
    let fix = "timedatectl set-ntp true (a local chain whose clock was put forward is restarted instead)";
    if skew > SKEW_FAIL {
        report.fail("clock", found, fix);
    } else if skew > SKEW_WARN {
        report.warn("clock", found, fix);
    } else {
        report.ok(
            "clock",
            format!("within {:.1} s of the chain's", skew.as_secs_f64().max(0.1)),
        );
    }
}

fn interval(before: &Status, now: &Status) -> Duration {
    let blocks = u32::try_from(now.height.saturating_sub(before.height)).unwrap_or(u32::MAX);
    let time = time(now).saturating_sub(time(before));
    time.checked_div(blocks).unwrap_or_default()
}

fn time(status: &Status) -> Duration {
    u64::try_from(status.block_time_nanos)
        .map(Duration::from_nanos)
        .unwrap_or_default()
}

fn our_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn the_dialect_of_the_settings_is_told_beside_the_nodes() {
        let told = |spoken, version| {
            let mut report = Report::default();
            dialect(spoken, "http://x", version, &mut report);
            let finding = report.into_findings().remove(0);
            (finding.verdict, finding.found, finding.fix.unwrap_or_default())
        };
        let (verdict, found, _) = told(Dialect::V0_37, "0.37.4");
        assert_eq!(
            (verdict, found.as_str()),
            (
                Verdict::Ok,
                "http://x is CometBFT 0.37.4, 0.37 is spoken to it (chain.dialect)"
            )
        );
        let (verdict, found, fix) = told(Dialect::V0_37, "0.38.19");
        assert_eq!(verdict, Verdict::Warn);
        assert!(found.contains("CometBFT 0.38.19, 0.37 is spoken"), "{found}");
        assert_eq!(fix, "set chain.dialect = \"0.38\" in joule.toml");
        let (verdict, found, fix) = told(Dialect::V0_38, "0.39.0");
        assert_eq!(verdict, Verdict::Warn);
        assert!(found.contains("CometBFT 0.39.0, 0.38 is spoken"), "{found}");
        assert!(fix.contains("knows 0.37 and 0.38"), "{fix}");
    }

    #[test]
    fn clocks_are_judged_beside_the_time_between_blocks() {
        let verdict = |ours: u64, block: u64, interval: u64| {
            let mut report = Report::default();
            let [ours, block, interval] = [ours, block, interval].map(Duration::from_secs);
            clock(&Fresh { ours, block, interval }, &mut report);
            report.into_findings().remove(0).verdict
        };
        assert_eq!(verdict(1_000, 1_000, 0), Verdict::Ok);
        // Six seconds old is what a block of such a chain is.
        assert_eq!(verdict(1_006, 1_000, 6), Verdict::Ok);
        assert_eq!(verdict(1_020, 1_000, 6), Verdict::Warn);
        assert_eq!(verdict(980, 1_000, 1), Verdict::Warn);
        assert_eq!(verdict(1_000, 5_000, 1), Verdict::Fail);
        assert_eq!(verdict(5_000, 1_000, 1), Verdict::Fail);
    }
}
