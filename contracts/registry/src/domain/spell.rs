//! Spells of work: which nodes are exempt from a window because they carried work when it opened.
//!
//! A spell runs from the report that raises the load above zero to the one that brings it back. A window becomes known
//! only when its round is posted, up to the grace after it opened, and by then the spell in which it opened may be over.
//! So a node keeps its last finished spell. Spells with less rest between them than the grace are kept as one: a window
//! that opens in such a rest is excused too, which errs on the side of the node. When a spell ends, the node remembers
//! which of the two latest windows opened in it or in the ones before it; older windows can no longer be reported. A spell
//! that begins in the second in which a window opens counts as running.

use joule_types::WindowId;

use crate::records::{Node, Window};

/// Books a load at `now` that ends no spell.
pub fn set_load(node: &mut Node, load: u32, now: u64) {
    if node.load == 0 && load > 0 {
        node.busy_since = now;
    }
    node.load = load;
}

/// Whether a report of this load ends a spell.
#[must_use]
pub const fn ends(node: &Node, load: u32) -> bool {
    node.load > 0 && load == 0
}

/// Ends the running spell at `now`; `grace` is how long after its opening a window may become known, `latest` is the
/// latest known window, if any.
pub fn end(node: &mut Node, now: u64, grace: u64, latest: Option<(WindowId, &Window)>) {
    if let Some((id, window)) = latest {
        for (id, opened_at) in [
            (id.u64().saturating_sub(1), window.previous_opened_at),
            (id.u64(), window.opened_at),
        ] {
            if node.worked < id && (node.busy_since <= opened_at || worked_at(node, opened_at)) {
                node.worked_before = node.worked;
                node.worked = id;
            }
        }
    }
    if node.spell_until == 0 || node.busy_since.saturating_sub(node.spell_until) > grace {
        node.spell_from = node.busy_since;
    }
    node.spell_until = now;
    node.load = 0;
}

/// Whether the kept spells cover a moment. Nothing opens in the second 0, which stands for none.
const fn worked_at(node: &Node, t: u64) -> bool {
    node.spell_from <= t && t <= node.spell_until
}

/// Whether the node carried work when the window opened; for the two latest windows.
#[must_use]
pub const fn carried_work(node: &Node, id: WindowId, opened_at: u64) -> bool {
    node.worked == id.u64()
        || node.worked_before == id.u64()
        || worked_at(node, opened_at)
        || (node.load > 0 && node.busy_since <= opened_at)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GRACE: u64 = 6;

    fn window(previous_opened_at: u64, opened_at: u64) -> Window {
        Window {
            round: 1,
            seed: [0; 32],
            previous_opened_at,
            opened_at,
            closes_at: opened_at,
            reveal_by: opened_at,
            k: 64,
            forgery_slash_bps: 1,
            min_units: 0,
        }
    }

    /// Books a load as the handler does; `windows` are the openings known so far.
    fn book(node: &mut Node, load: u32, now: u64, windows: &[u64]) {
        if !ends(node, load) {
            return set_load(node, load, now);
        }
        let latest = windows.len().checked_sub(1).map(|last| {
            let previous = last.checked_sub(1).map_or(0, |i| windows[i]);
            (WindowId(windows.len() as u64), window(previous, windows[last]))
        });
        end(node, now, GRACE, latest.as_ref().map(|(id, w)| (*id, w)));
    }

    proptest! {
        /// Against the whole history: loads change at rising times, and windows become known up to the grace after they
        /// opened. Work at the opening always excuses; else only a rest of at most the grace between two spells does.
        #[test]
        fn the_memory_of_two_windows_never_blames_a_busy_node(
            steps in prop::collection::vec((0u64..5, prop::option::of(0u32..3), 0..=GRACE), 1..80),
        ) {
            let (mut node, mut now) = (Node::new(1), 100u64);
            let mut windows: Vec<u64> = vec![];
            let mut spells: Vec<(u64, u64)> = vec![];
            let mut running: Option<u64> = None;
            for (wait, step, late) in steps {
                now += wait;
                match step {
                    // A window is over before the next one opens, so openings are further apart than the grace.
                    None if windows.last().is_none_or(|last| now - late > last + 2 * GRACE) => windows.push(now - late),
                    None => {}
                    Some(load) => {
                        book(&mut node, load, now, &windows);
                        match (running, load > 0) {
                            (None, true) => running = Some(now),
                            (Some(from), false) => {
                                spells.push((from, now));
                                running = None;
                            }
                            _ => {}
                        }
                    }
                }
                for (i, t) in windows.iter().enumerate().rev().take(2) {
                    let busy = spells.iter().any(|(from, until)| from <= t && t <= until)
                        || running.is_some_and(|from| from <= *t);
                    let resting = spells.windows(2).any(|two| {
                        two[0].1 < *t && *t < two[1].0 && two[1].0 - two[0].1 <= GRACE
                    });
                    let excused = carried_work(&node, WindowId(i as u64 + 1), *t);
                    prop_assert!(excused || !busy, "blamed at {}", t);
                    prop_assert!(!excused || busy || resting, "excused at {}", t);
                }
            }
        }
    }

    #[test]
    fn work_that_comes_in_the_second_of_the_opening_counts() {
        let mut node = Node::new(1);
        book(&mut node, 1, 50, &[50]);
        assert!(carried_work(&node, WindowId(1), 50));
        assert!(!carried_work(&node, WindowId(1), 49));
    }

    #[test]
    fn a_spell_that_ended_before_its_window_was_known_excuses() {
        let mut node = Node::new(1);
        book(&mut node, 1, 90, &[]);
        book(&mut node, 0, 101, &[]);
        // A rest longer than the grace: the next spell is kept apart.
        book(&mut node, 1, 101 + GRACE + 1, &[100]);
        assert!(carried_work(&node, WindowId(1), 100));
        book(&mut node, 0, 120, &[100]);
        book(&mut node, 1, 130, &[100]);
        book(&mut node, 0, 140, &[100]);
        assert!(carried_work(&node, WindowId(1), 100));
        assert!(!carried_work(&node, WindowId(2), 125));
    }

    #[test]
    fn a_node_that_never_worked_is_not_excused_by_the_grace() {
        let mut node = Node::new(1);
        book(&mut node, 1, 3, &[]);
        book(&mut node, 0, 4, &[]);
        assert_eq!((node.spell_from, node.spell_until), (3, 4));
        assert!(!carried_work(&node, WindowId(1), 2));
    }

    /// Two spells can touch one opening only within its second; the window before it stays remembered.
    #[test]
    fn a_second_spell_in_the_second_of_the_opening_forgets_nothing() {
        let mut node = Node::new(1);
        for (load, now) in [(1, 90), (0, 200), (1, 200), (0, 210)] {
            book(&mut node, load, now, &[100, 200]);
        }
        assert!(carried_work(&node, WindowId(1), 100));
        assert!(carried_work(&node, WindowId(2), 200));
    }
}
