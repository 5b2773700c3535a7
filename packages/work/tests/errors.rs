//! Error codes are stable, prefixed and unique.

use std::collections::BTreeSet;

use joule_work::ticket::AuditFault;
use joule_work::WorkError;

#[test]
fn codes_are_unique() {
    let errors = [
        WorkError::Overflow { what: "the quote" },
        WorkError::Zero { what: "the divisor" },
        WorkError::BpsOutOfRange {
            what: "fee_bps",
            value: 2_001,
            max: 2_000,
        },
        WorkError::Weights { sum: 1 },
        WorkError::NotRising { what: "the caps" },
        WorkError::TicketCount { k: 7 },
        WorkError::TicketOrder { position: 1, id: 2 },
        WorkError::TicketBytes { len: 9 },
        WorkError::BeatInPast { at: 1, last: 2 },
    ];
    let faults = [
        AuditFault::UnknownK { k: 7 },
        AuditFault::WrongCount { expected: 64, got: 63 },
        AuditFault::Malformed { len: 9 },
        AuditFault::NotIncreasing { position: 1, id: 2 },
        AuditFault::WrongDigest,
        AuditFault::AboveBound {
            id: 1,
            value: 2,
            bound: 1,
        },
    ];
    let texts = errors
        .iter()
        .map(ToString::to_string)
        .chain(faults.iter().map(ToString::to_string));
    let codes: BTreeSet<String> = texts.map(|text| text.split_once(": ").unwrap().0.to_owned()).collect();
    let want = [
        "work.audit_above_bound",
        "work.audit_bytes",
        "work.audit_count",
        "work.audit_digest",
        "work.audit_k",
        "work.audit_order",
        "work.beat_in_past",
        "work.bps_out_of_range",
        "work.not_rising",
        "work.overflow",
        "work.ticket_bytes",
        "work.ticket_count",
        "work.ticket_order",
        "work.weights",
        "work.zero",
    ];
    assert_eq!(codes, want.map(str::to_owned).into());
}
