use crate::support::*;

#[test]
fn power_is_the_state_at_the_start_of_the_block() {
    let mut bench = Bench::new();
    let first = bench.env.block.height;
    bench.bond("ann", 100).unwrap();
    assert_eq!((bench.power_at("ann", first), bench.total_at(first)), (0, 0));
    assert_eq!(
        (bench.power_at("ann", first + 1), bench.total_at(first + 1)),
        (100, 100)
    );
    bench.jump(1);
    bench.bond("ann", 50).unwrap();
    bench.bond("bob", 10).unwrap();
    bench.unbond("ann", 20).unwrap();
    assert_eq!(
        (bench.power_at("ann", first + 1), bench.total_at(first + 1)),
        (100, 100)
    );
    assert_eq!(
        (bench.power_at("ann", first + 2), bench.total_at(first + 2)),
        (130, 140)
    );
    assert_eq!(bench.power_at("bob", first + 1), 0);
    assert_eq!(bench.power_at("cat", first + 2), 0);
}

#[test]
fn a_later_slash_changes_no_earlier_power() {
    let mut bench = Bench::new();
    bench.bond("ann", 1_000).unwrap();
    bench.bond("bob", 1_000).unwrap();
    bench.jump(1);
    let voted_at = bench.env.block.height;
    bench.slash("ann", 10_000);
    assert_eq!(
        (bench.power_at("ann", voted_at), bench.total_at(voted_at)),
        (1_000, 2_000)
    );
    bench.jump(1);
    assert_eq!(
        (bench.power_at("ann", voted_at + 1), bench.total_at(voted_at + 1)),
        (0, 1_000)
    );
    bench.bond("ann", 30).unwrap();
    bench.jump(1);
    assert_eq!(bench.power_at("ann", voted_at), 1_000);
    assert_eq!(bench.power_at("ann", voted_at + 1), 0);
    assert_eq!(bench.power_at("ann", voted_at + 2), 30);
}

#[test]
fn genesis_stake_has_power_after_its_block() {
    let bench = Bench::setup(&[("ann", 500), ("bob", 300)]);
    let born = bench.env.block.height;
    assert_eq!((bench.power_at("ann", born), bench.total_at(born)), (0, 0));
    assert_eq!((bench.power_at("ann", born + 1), bench.total_at(born + 1)), (500, 800));
}
