//! One recording for each message of the market, replayed and weighed by `packages/vmcheck` on the compiled contracts. Fails when a recording is no
//! longer what the contracts do; `JOULE_BLESS=1` writes them again.

mod book;

use book::Recordings;

#[test]
fn recordings_are_what_the_contracts_do() {
    let mut book = Recordings::default();
    for scenario in joule_testing::scenarios::all() {
        scenario(&mut book);
    }
    book.compare_or_bless();
}
