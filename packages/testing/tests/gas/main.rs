//! One recording for each message of the market, replayed and weighed by `packages/vmcheck` on the compiled contracts. Fails when a recording is no
//! longer what the contracts do; `JOULE_BLESS=1` writes them again.

mod book;
mod judges;
mod market;
mod money;
mod nodes;

use book::Book;

#[test]
fn recordings_are_what_the_contracts_do() {
    let mut book = Book::default();
    money::record(&mut book);
    nodes::record(&mut book);
    market::record(&mut book);
    judges::record(&mut book);
    book.compare_or_bless();
}
