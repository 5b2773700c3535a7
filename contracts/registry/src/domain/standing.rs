//! What a buyer may expect of a provider: computed from its track record and stake when read.

use cosmwasm_std::Uint128;
use joule_types::registry::{Counters, Standing};
use joule_work::incident::REVIEW_OVER_BPS;
use joule_work::reputation::{success_rate_bps, Recent};
use joule_work::trust::{level, Evidence, TrustRules};
use joule_work::BPS;

use crate::records::Track;

/// Standing of a provider with this record, stake (micro-JOULE) and grant.
#[must_use]
pub fn standing(track: &Track, partner: bool, stake: Uint128, rules: &TrustRules) -> Standing {
    let success_bps = success_bps(track);
    let evidence = Evidence {
        stake: stake.u128(),
        accepted_windows: track.windows,
        // Only results that a committee judged count for level 3 (DESIGN 11.7): a buyer's acceptance could be its own
        // provider's.
        successes: track.judged,
        success_bps,
        partner,
        banned: track.banned,
    };
    Standing {
        reputation: track.reputation,
        success_bps,
        trust: level(&evidence, rules),
        stake,
        under_review: Recent(track.recent).needs_review(REVIEW_OVER_BPS),
    }
}

/// Share of attempts that ended well, rounded down; the whole before the first.
fn success_bps(track: &Track) -> u16 {
    let total = u64::from(track.succeeded).saturating_add(u64::from(track.failed));
    if total == 0 {
        return BPS;
    }
    success_rate_bps(u64::from(track.succeeded), total)
}

/// The counters that others see.
#[must_use]
pub const fn counters(track: &Track) -> Counters {
    Counters {
        succeeded: track.succeeded,
        judged: track.judged,
        failed: track.failed,
        windows: track.windows,
        missed: track.missed,
        forgeries: track.forgeries,
        frauds: track.frauds,
        nodes: track.nodes,
        recent: track.recent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use joule_work::trust::TrustLevel;

    const JOULE: u128 = 1_000_000;

    fn trust(track: &Track, partner: bool, stake: u128) -> TrustLevel {
        standing(track, partner, Uint128::new(stake), &TrustRules::DEFAULT).trust
    }

    #[test]
    fn trust_follows_from_stake_windows_grant_and_ban() {
        let mut track = Track::new();
        assert_eq!(trust(&track, false, 100 * JOULE - 1), TrustLevel::None);
        assert_eq!(trust(&track, false, 100 * JOULE), TrustLevel::Basic);
        assert_eq!(trust(&track, false, 1_000 * JOULE), TrustLevel::Basic);
        track.windows = 10;
        assert_eq!(trust(&track, false, 1_000 * JOULE - 1), TrustLevel::Basic);
        assert_eq!(trust(&track, false, 1_000 * JOULE), TrustLevel::Verified);
        assert_eq!(trust(&track, true, 10_000 * JOULE - 1), TrustLevel::Verified);
        assert_eq!(trust(&track, true, 10_000 * JOULE), TrustLevel::Partner);
        // Accepted by buyers only: no number of successes makes level 3.
        track.succeeded = 100_000;
        assert_eq!(trust(&track, false, 10_000 * JOULE), TrustLevel::Verified);
        track.judged = 99;
        assert_eq!(trust(&track, false, 10_000 * JOULE), TrustLevel::Verified);
        track.judged = 100;
        assert_eq!(trust(&track, false, 10_000 * JOULE - 1), TrustLevel::Verified);
        assert_eq!(trust(&track, false, 10_000 * JOULE), TrustLevel::Trusted);
        track.failed = 5_264;
        assert_eq!(trust(&track, false, 10_000 * JOULE), TrustLevel::Verified, "below 95 %");
        track.failed = 0;
        track.banned = true;
        assert_eq!(trust(&track, true, 10_000 * JOULE), TrustLevel::None);
    }

    #[test]
    fn the_success_rate_is_whole_before_the_first_attempt() {
        let mut track = Track::new();
        let rate = |track: &Track| standing(track, false, Uint128::zero(), &TrustRules::DEFAULT).success_bps;
        assert_eq!(rate(&track), 10_000);
        track.failed = 1;
        assert_eq!(rate(&track), 0);
        track.succeeded = 2;
        assert_eq!(rate(&track), 6_666);
    }

    #[test]
    fn more_than_four_failures_of_twenty_are_under_review() {
        let review = |recent| {
            let track = Track { recent, ..Track::new() };
            standing(&track, false, Uint128::zero(), &TrustRules::DEFAULT).under_review
        };
        assert!(!review(0b1111));
        assert!(review(0b1_1111));
    }
}
