//! From votes and time to the state of a proposal.

use cosmwasm_std::{Uint128, Uint256};
use joule_types::dao::{Params, ProposalState, Tally, Vote};

/// The times of a proposal, seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Last second of voting.
    pub voting_ends_at: u64,
    /// First second of execution.
    pub executable_at: u64,
    /// Last second of execution.
    pub expires_at: u64,
}

/// The times of a proposal that opened at `opened_at`.
pub fn times(opened_at: u64, params: &Params) -> Times {
    let voting_ends_at = opened_at.saturating_add(params.voting_secs);
    let executable_at = voting_ends_at.saturating_add(params.timelock_secs).saturating_add(1);
    Times {
        voting_ends_at,
        executable_at,
        expires_at: executable_at.saturating_add(params.expiry_secs),
    }
}

/// Adds a vote. Powers are shares of one total, so the sums cannot overflow; saturation keeps that total.
pub fn count(tally: &mut Tally, vote: Vote, power: Uint128) {
    let side = match vote {
        Vote::Yes => &mut tally.yes,
        Vote::No => &mut tally.no,
        Vote::Abstain => &mut tally.abstain,
        Vote::Veto => &mut tally.veto,
    };
    *side = side.saturating_add(power);
}

/// State of a proposal that was neither executed nor closed. Votes count up to and including the last second of voting; nothing
/// passes early.
pub fn state(tally: &Tally, total: Uint128, floor: Uint128, params: &Params, times: Times, now: u64) -> ProposalState {
    if now <= times.voting_ends_at {
        return ProposalState::Open;
    }
    match verdict(tally, total, floor, params) {
        Verdict::Vetoed => ProposalState::Vetoed,
        Verdict::Rejected => ProposalState::Rejected,
        Verdict::Passed if now < times.executable_at => ProposalState::Timelocked,
        Verdict::Passed if now <= times.expires_at => ProposalState::Passed,
        Verdict::Passed => ProposalState::Expired,
    }
}

enum Verdict {
    Passed,
    Rejected,
    Vetoed,
}

fn verdict(tally: &Tally, total: Uint128, floor: Uint128, params: &Params) -> Verdict {
    let against = tally.no.saturating_add(tally.veto);
    let decided = tally.yes.saturating_add(against);
    let cast = decided.saturating_add(tally.abstain);
    // A veto forfeits a deposit, so it takes a quorum as well: else the smallest stake could do it where few vote.
    let quorum = cast >= floor && reaches(cast, total, params.quorum_bps);
    if quorum && !tally.veto.is_zero() && reaches(tally.veto, cast, params.veto_bps) {
        return Verdict::Vetoed;
    }
    if quorum && exceeds(tally.yes, decided, params.threshold_bps) {
        Verdict::Passed
    } else {
        Verdict::Rejected
    }
}

/// `part / whole >= bps / 10000`, exactly.
fn reaches(part: Uint128, whole: Uint128, bps: u16) -> bool {
    part.full_mul(10_000u128) >= share(whole, bps)
}

/// `part / whole > bps / 10000`, exactly; never with nothing decided.
fn exceeds(part: Uint128, whole: Uint128, bps: u16) -> bool {
    part.full_mul(10_000u128) > share(whole, bps)
}

fn share(whole: Uint128, bps: u16) -> Uint256 {
    whole.full_mul(u128::from(bps))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn params() -> Params {
        Params {
            voting_secs: 100,
            timelock_secs: 10,
            expiry_secs: 50,
            quorum_bps: 2_000,
            threshold_bps: 5_000,
            veto_bps: 3_300,
            deposit: Uint128::new(1),
            max_open: 1,
        }
    }

    fn tally(yes: u128, no: u128, abstain: u128, veto: u128) -> Tally {
        Tally {
            yes: yes.into(),
            no: no.into(),
            abstain: abstain.into(),
            veto: veto.into(),
        }
    }

    fn ended(tally: &Tally, total: u128, floor: u128) -> ProposalState {
        let times = times(0, &params());
        state(tally, total.into(), floor.into(), &params(), times, times.executable_at)
    }

    #[test]
    fn every_edge_of_the_count() {
        use ProposalState::{Passed, Rejected, Vetoed};
        let cases = [
            (tally(20, 0, 0, 0), 100, 0, Passed, "quorum met exactly"),
            (tally(19, 0, 0, 0), 100, 0, Rejected, "quorum missed by one"),
            (tally(20, 0, 0, 0), 100, 21, Rejected, "the floor is above the votes"),
            (tally(20, 0, 0, 0), 100, 20, Passed, "the floor is met"),
            (tally(10, 10, 0, 0), 100, 0, Rejected, "a tie does not pass"),
            (tally(11, 10, 0, 0), 100, 0, Passed, "one more than half"),
            (tally(1, 0, 99, 0), 100, 0, Passed, "abstentions fill the quorum only"),
            (tally(0, 0, 100, 0), 100, 0, Rejected, "nobody decided"),
            (tally(67, 0, 0, 33), 100, 0, Vetoed, "a third vetoes"),
            (tally(68, 0, 0, 32), 100, 0, Passed, "less than the veto share"),
            (tally(0, 0, 0, 0), 0, 0, Rejected, "no stake at all"),
            (
                tally(0, 0, 0, 19),
                100,
                0,
                Rejected,
                "a veto without a quorum rejects like any other end",
            ),
            (
                tally(0, 0, 0, 20),
                100,
                21,
                Rejected,
                "nor with fewer votes than the floor",
            ),
            (tally(0, 0, 0, 20), 100, 20, Vetoed, "a quorum of vetoes"),
        ];
        for (tally, total, floor, expected, why) in cases {
            assert_eq!(ended(&tally, total, floor), expected, "{why}");
        }
    }

    #[test]
    fn time_decides_at_the_second() {
        use ProposalState::{Expired, Open, Passed, Timelocked};
        let (p, t) = (params(), times(0, &params()));
        assert_eq!(
            t,
            Times {
                voting_ends_at: 100,
                executable_at: 111,
                expires_at: 161
            }
        );
        for (now, expected) in [
            (0, Open),
            (100, Open),
            (101, Timelocked),
            (110, Timelocked),
            (111, Passed),
            (161, Passed),
            (162, Expired),
        ] {
            let found = state(&tally(100, 0, 0, 0), Uint128::new(100), Uint128::zero(), &p, t, now);
            assert_eq!(found, expected, "at {now}");
        }
    }

    proptest! {
        #[test]
        fn more_yes_never_turns_a_pass_into_a_rejection(
            yes in 0u128..1000, no in 0u128..1000, abstain in 0u128..1000, veto in 0u128..1000, more in 0u128..1000,
        ) {
            let total = 10_000;
            if ended(&tally(yes, no, abstain, veto), total, 0) == ProposalState::Passed {
                prop_assert_eq!(ended(&tally(yes + more, no, abstain, veto), total, 0), ProposalState::Passed);
            }
        }

        #[test]
        fn shares_are_exact_at_the_largest_amounts(part in any::<u128>(), bps in 1u16..=10_000) {
            prop_assert_eq!(reaches(part.into(), u128::MAX.into(), 10_000), part == u128::MAX);
            prop_assert!(reaches(part.into(), part.into(), bps));
        }
    }
}
