//! The online clock of a node over periods.

use joule_work::uptime::{availability_bps, Outage};
use joule_work::BPS;

use super::lifecycle::Admission;
use crate::records::Node;

/// Seconds on line from the first beat to `now`, which must not lie before the last beat: no look at the log.
#[must_use]
pub fn online_now(node: &Node, now: u64) -> u64 {
    let clock = &node.clock;
    now.min(clock.covered_until)
        .saturating_sub(clock.first_beat_at)
        .saturating_sub(clock.off_secs)
}

/// Availability since the start of the running period, basis points; 0 before the first beat. In the second in which a
/// period starts nothing is measured yet, and it is the whole or nothing as the node is up or not.
#[must_use]
pub fn running_bps(node: &Node, now: u64) -> u16 {
    if !node.beaten() {
        return 0;
    }
    let measured = availability_bps(node.period_online, online_now(node, now), node.period_from, now);
    measured.unwrap_or(if node.clock.is_online(now) { BPS } else { 0 })
}

/// Whether the node was on line at a past `t`; `latest` is the outage that began last at or before `t`.
#[must_use]
pub fn was_online(node: &Node, t: u64, latest: Option<(u64, Outage)>) -> bool {
    let off = latest.is_some_and(|(began, outage)| began < t && t < outage.until);
    node.beaten() && node.clock.first_beat_at <= t && t <= node.clock.covered_until && !off
}

/// The last full period of `period` seconds as (begin, end), counted from the start of the running one; none if it is not
/// over yet.
#[must_use]
pub fn last_full(node: &Node, now: u64, period: u64) -> Option<(u64, u64)> {
    let elapsed = now.saturating_sub(node.period_from);
    let periods = elapsed.checked_div(period)?;
    let before = periods.checked_sub(1)?.checked_mul(period)?;
    let begin = node.period_from.checked_add(before)?;
    Some((begin, begin.checked_add(period)?))
}

/// Whether the node promised nothing in a period that began at `begin`: it was switched off for the whole of it, or may
/// no longer beat at all.
#[must_use]
pub fn promised_nothing(node: &Node, begin: u64) -> bool {
    node.admission == Admission::Rejected || (!node.available() && node.off_since <= begin)
}

/// Switches the node on or off. One that was off for a whole period or longer starts a new period.
pub fn switch(node: &mut Node, available: bool, now: u64, period: u64) {
    if !available {
        if node.available() {
            node.off_since = now;
        }
        return;
    }
    let rested = !node.available() && now.saturating_sub(node.off_since) >= period;
    if rested && node.beaten() {
        node.period_from = now;
        node.period_online = online_now(node, now);
    }
    node.off_since = 0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use joule_work::uptime::Clock;

    fn beating(from: u64, until: u64) -> Node {
        let mut node = Node::new(1);
        node.clock = Clock {
            first_beat_at: from,
            last_beat_at: from,
            covered_until: until,
            off_secs: 0,
        };
        node.period_from = from;
        node
    }

    #[test]
    fn a_period_is_full_at_its_last_second_and_the_latest_one_counts() {
        let node = beating(1_000, 1_100);
        assert_eq!(last_full(&node, 1_099, 100), None);
        assert_eq!(last_full(&node, 1_100, 100), Some((1_000, 1_100)));
        assert_eq!(last_full(&node, 1_350, 100), Some((1_200, 1_300)));
        assert_eq!(last_full(&node, 1_350, 0), None);
    }

    #[test]
    fn the_running_period_is_whole_or_nothing_in_its_first_second() {
        assert_eq!(running_bps(&Node::new(1), 1_000), 0);
        let mut node = beating(1_000, 1_100);
        assert_eq!(running_bps(&node, 1_000), 10_000);
        assert_eq!(running_bps(&node, 1_200), 5_000);
        node.period_from = 1_200;
        node.period_online = 100;
        assert_eq!(running_bps(&node, 1_200), 0);
    }

    #[test]
    fn a_switch_moves_the_period_only_after_a_whole_one_off() {
        let mut node = beating(1_000, 5_000);
        switch(&mut node, false, 1_010, 100);
        switch(&mut node, false, 1_050, 100);
        assert_eq!(node.off_since, 1_010);
        assert!(promised_nothing(&node, 1_010) && !promised_nothing(&node, 1_009));
        switch(&mut node, true, 1_109, 100);
        assert_eq!((node.off_since, node.period_from), (0, 1_000));
        switch(&mut node, false, 1_200, 100);
        switch(&mut node, true, 1_300, 100);
        assert_eq!((node.period_from, node.period_online), (1_300, 300));
    }

    #[test]
    fn the_edges_of_an_outage_are_on_line() {
        let mut node = beating(100, 300);
        node.clock.off_secs = 50;
        let outage = |t: u64| {
            (t >= 150).then_some((
                150,
                Outage {
                    until: 200,
                    off_before: 0,
                },
            ))
        };
        let up: Vec<u64> = [99, 100, 150, 151, 199, 200, 300, 301]
            .into_iter()
            .filter(|t| was_online(&node, *t, outage(*t)))
            .collect();
        assert_eq!(up, [100, 150, 200, 300]);
    }
}
