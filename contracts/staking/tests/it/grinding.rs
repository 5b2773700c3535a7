//! Once a round is known, nothing that anybody sends moves a seat, who votes on it or its weight while the draw is valid
//! (research/review.md, 1: with live stake a fifth of it took 3 of 3 seats after 100 tries).

use crate::support::*;
use joule_staking::validators::USED;
use joule_types::staking::DrawnSeat;

const NAMES: usize = 40;

fn name(i: usize) -> String {
    format!("validator{i}")
}

fn seats(bench: &Bench, epoch: u64) -> Vec<Vec<DrawnSeat>> {
    let draw = |number| {
        let told = bench.draw_at(epoch, seed(number), 23, &["validator3", "key5"]).unwrap();
        assert!(!told.stale);
        told.seats
    };
    (0..5).map(draw).collect()
}

#[test]
fn nothing_sent_after_the_epoch_closed_moves_a_seat() {
    let mut bench = Bench::new();
    for i in 0..NAMES {
        bench.bond(&name(i), 1_000 + 37 * i as u128).unwrap();
        bench.enrol(&name(i), Some(&format!("key{i}"))).unwrap();
    }
    for i in 0..5 {
        bench.bond(&format!("rich{i}"), 1_000_000).unwrap();
    }
    USED.save(&mut bench.deps.storage, &1_000).unwrap();
    bench.retire(&name(39)).unwrap();
    bench.next_epoch();
    bench.retire(&name(38)).unwrap();
    bench.next_epoch();
    let closed = bench.epoch() - 1;
    let known = seats(&bench, closed);
    assert!(known.iter().all(|seats| seats.len() == 23));

    let step = |bench: &mut Bench, turn: usize| {
        let who = name(turn * 7 % 38);
        let _ = match turn % 8 {
            0 => bench.bond(&who, 1_000_000),
            1 => bench.unbond(&who, bench.stake(&who).0),
            2 => bench.retire(&who),
            // New ones come, first into slots that have rested.
            3 => bench.enrol(&format!("rich{}", turn % 5), None),
            4 => bench.enrol(&who, Some(&format!("fresh{turn}"))),
            // An address that is left out, as operator.
            5 => bench
                .enrol(&who, Some("validator3"))
                .or_else(|_| bench.enrol(&who, Some("key5"))),
            6 => bench.enrol(&who, None),
            _ => {
                bench.slash(&who, 5_000);
                Ok(Default::default())
            }
        };
    };
    for turn in 0..200 {
        step(&mut bench, turn);
        assert_eq!(seats(&bench, closed), known, "turn {turn}");
        bench.jump(4);
    }
    assert_eq!(bench.epoch(), closed + 1);
    bench.next_epoch();
    assert!(bench.draw_at(closed, seed(0), 23, &[]).unwrap().stale);
    assert_ne!(
        seats(&bench, closed + 1),
        known,
        "from the next epoch on all of it counts"
    );
}
