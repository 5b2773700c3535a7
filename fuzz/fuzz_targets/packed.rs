//! Packed records: bytes are a record that packs and unpacks to itself, or no record.
#![no_main]

use joule_kit::packed::Packed;
use joule_marketplace::domain::{figures, panel, record};
use joule_marketplace::state;
use joule_registry::records;
use joule_staking::domain::tree;
use libfuzzer_sys::fuzz_target;

fn same<T: Packed>(bytes: &[u8]) {
    if let Some(record) = T::unpack(bytes) {
        let packed = record.pack();
        let again = T::unpack(&packed).expect("a packed record");
        assert_eq!(again.pack(), packed);
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = data.split_first() else {
        return;
    };
    match kind % 16 {
        0 => same::<figures::Stats>(bytes),
        1 => same::<figures::Totals>(bytes),
        2 => same::<panel::Panel>(bytes),
        3 => same::<panel::Seat>(bytes),
        4 => same::<record::Record>(bytes),
        5 => same::<record::Entry>(bytes),
        6 => same::<state::IndexState>(bytes),
        7 => same::<state::NodeRecord>(bytes),
        8 => same::<state::Progress>(bytes),
        9 => same::<tree::Node>(bytes),
        10 => same::<records::Node>(bytes),
        11 => same::<records::Track>(bytes),
        12 => same::<records::Gap>(bytes),
        13 => same::<records::Challenge>(bytes),
        14 => same::<records::Window>(bytes),
        _ => same::<records::Commit>(bytes),
    }
});
