//! What a forged or withheld list costs.

use joule_work::{incident::FORGED_AGAIN_BPS, reputation};

use crate::records::Track;

/// Books a forgery and answers the share of the stake to slash, basis points: `first_bps`, then everything and a ban.
pub fn book(track: &mut Track, first_bps: u16) -> u16 {
    track.reputation = reputation::fraud(track.reputation);
    track.forgeries = track.forgeries.saturating_add(1);
    if track.forgeries < 2 {
        return first_bps;
    }
    track.banned = true;
    FORGED_AGAIN_BPS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_forgery_takes_all_and_bans() {
        let mut track = Track::new();
        assert_eq!((book(&mut track, 3_000), track.banned), (3_000, false));
        assert_eq!(track.reputation, 50_000);
        assert_eq!((book(&mut track, 3_000), track.banned), (10_000, true));
        assert_eq!((track.reputation, track.forgeries), (25_000, 2));
    }
}
