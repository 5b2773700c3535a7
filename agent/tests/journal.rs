//! The journal after a crash at any point: exactly what was recorded is there, and nothing can be done twice.
use std::path::Path;

use joule::chain::TxHash;
use joule::error::Result;
use joule::journal::{Child, Journal, OutboxTx, Part, Receipt, Stage, WorkResult};

fn code<T>(result: Result<T>) -> String {
    result.err().map(|e| e.code().to_string()).unwrap_or_default()
}

/// The journal as a crash at this moment would leave it: a copy of the file under a writer that never closed it.
fn crashed(journal: &Journal) -> (tempfile::TempDir, Journal) {
    let home = tempfile::tempdir().unwrap();
    std::fs::copy(journal.home().join("journal.redb"), home.path().join("journal.redb")).unwrap();
    let copy = Journal::open(home.path()).unwrap();
    (home, copy)
}

fn open(home: &Path) -> Journal {
    Journal::open(home).unwrap()
}

fn result(tag: u8) -> WorkResult {
    WorkResult {
        output_sha256: hex::encode([tag; 32]),
        result_root: "aa".into(),
        trace_root: "bb".into(),
    }
}

fn tx(tag: u8, sequence: u64) -> OutboxTx {
    OutboxTx {
        hash: TxHash([tag; 32]),
        bytes: vec![tag; 200],
        sequence,
        born_height: 10,
        timeout_height: 70,
        parts: vec![Part {
            tag: Some("t".into()),
            msgs: 1,
        }],
        earlier: vec![],
    }
}

fn receipt(height: u64) -> Receipt {
    Receipt {
        hash: TxHash([1; 32]),
        height,
        gas_used: 5,
        events: vec![],
    }
}

#[test]
fn one_process_a_home() {
    let home = tempfile::tempdir().unwrap();
    let nested = home.path().join("a/b");
    let journal = open(&nested);
    let error = Journal::open(&nested).err().unwrap();
    assert_eq!(error.code(), "journal.locked");
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    drop(journal);
    open(&nested);
}

#[test]
fn homes_that_cannot_be_written_and_files_that_are_none_are_refused() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("journal.redb"), b"not a journal at all").unwrap();
    assert_eq!(code(Journal::open(home.path())), "journal.open_failed");
    assert_eq!(
        code(Journal::open(&home.path().join("journal.redb"))),
        "journal.no_home"
    );
}

#[test]
fn a_crash_at_each_boundary_of_an_attempt_leaves_the_last_recorded_stage() {
    let home = tempfile::tempdir().unwrap();
    let j = open(home.path());
    let check = |stage: Stage, steps: u64| {
        let (_dir, after) = crashed(&j);
        let open = after.open_attempts().unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!(
            (open[0].job, open[0].attempt, open[0].stage, open[0].steps),
            (7, 1, stage, steps)
        );
        assert_eq!(open[0].may_resume(), stage == Stage::Started);
        after
    };
    assert!(crashed(&j).1.open_attempts().unwrap().is_empty());

    j.record_claim(7, 1).unwrap();
    // Claimed on paper only: it may not run, and running it anyway is an error.
    let after = check(Stage::Claimed, 0);
    assert_eq!(code(after.record_step(7, 1, 0, [0; 32])), "journal.step_out_of_order");
    assert_eq!(code(after.record_result(7, 1, &result(1))), "journal.wrong_stage");

    j.record_started(7, 1).unwrap();
    check(Stage::Started, 0);
    j.record_child(
        7,
        1,
        Child {
            pid: 41,
            start_ticks: 99,
        },
    )
    .unwrap();
    let after = check(Stage::Started, 0);
    assert_eq!(
        after.open_attempts().unwrap()[0].child,
        Some(Child {
            pid: 41,
            start_ticks: 99
        })
    );

    for step in 0..3 {
        j.record_step(7, 1, step, [step as u8; 32]).unwrap();
        let after = check(Stage::Started, step + 1);
        assert_eq!(after.steps(7, 1).unwrap().len() as u64, step + 1);
    }

    j.record_result(7, 1, &result(1)).unwrap();
    // The result is fixed before it is sent: after the crash the same one is sent, and no other.
    let after = check(Stage::Result, 3);
    assert_eq!(after.open_attempts().unwrap()[0].result, Some(result(1)));
    assert_eq!(code(after.record_result(7, 1, &result(2))), "journal.result_differs");
    assert_eq!(code(after.record_step(7, 1, 3, [9; 32])), "journal.step_out_of_order");

    j.record_submitted(7, 1, TxHash([3; 32])).unwrap();
    let after = check(Stage::Submitted, 3);
    assert_eq!(after.open_attempts().unwrap()[0].tx, Some(TxHash([3; 32])));
    assert_eq!(code(after.record_started(7, 1)), "journal.wrong_stage");

    j.record_done(7, 1, "completed").unwrap();
    assert!(crashed(&j).1.open_attempts().unwrap().is_empty());
    assert_eq!(j.attempt(7, 1).unwrap().unwrap().end.as_deref(), Some("completed"));
    j.forget_attempt(7, 1).unwrap();
    // Forgotten, but never to be done again.
    assert_eq!((j.attempt(7, 1).unwrap(), j.steps(7, 1).unwrap().len()), (None, 0));
    assert_eq!(code(crashed(&j).1.record_claim(7, 1)), "journal.wrong_stage");
    j.record_claim(7, 2).unwrap();
}

#[test]
fn replays_change_nothing() {
    let home = tempfile::tempdir().unwrap();
    let j = open(home.path());
    let twice = |f: &dyn Fn() -> Result<()>| {
        f().unwrap();
        let before = j.attempt(1, 1).unwrap();
        f().unwrap();
        assert_eq!(j.attempt(1, 1).unwrap(), before);
    };
    twice(&|| j.record_claim(1, 1));
    twice(&|| j.record_started(1, 1));
    twice(&|| j.record_step(1, 1, 0, [4; 32]));
    assert_eq!(code(j.record_step(1, 1, 0, [5; 32])), "journal.step_differs");
    twice(&|| j.record_result(1, 1, &result(1)));
    twice(&|| j.record_step(1, 1, 0, [4; 32]));
    twice(&|| j.record_submitted(1, 1, TxHash([1; 32])));
    twice(&|| j.record_result(1, 1, &result(1)));
    twice(&|| j.record_done(1, 1, "completed"));
    j.record_done(1, 1, "timed_out").unwrap();
    assert_eq!(
        j.attempt(1, 1).unwrap().unwrap().end.as_deref(),
        Some("completed"),
        "the first end stays"
    );
    assert_eq!(j.steps(1, 1).unwrap(), [[4; 32]]);
}

#[test]
fn the_chain_may_end_an_attempt_at_any_stage_but_unknown_ones_are_errors() {
    let home = tempfile::tempdir().unwrap();
    let j = open(home.path());
    j.record_claim(1, 1).unwrap();
    assert_eq!(code(j.forget_attempt(1, 1)), "journal.wrong_stage");
    j.record_done(1, 1, "cancelled").unwrap();
    for f in [
        code(j.record_started(1, 1)),
        code(j.record_claim(1, 1)),
        code(j.record_child(1, 1, Child { pid: 1, start_ticks: 1 })),
        code(j.record_submitted(1, 1, TxHash([0; 32]))),
    ] {
        assert_eq!(f, "journal.wrong_stage");
    }
    for f in [
        code(j.record_started(2, 1)),
        code(j.record_step(2, 1, 0, [0; 32])),
        code(j.record_result(2, 1, &result(1))),
        code(j.record_done(2, 1, "x")),
    ] {
        assert_eq!(f, "journal.unknown_attempt");
    }
}

#[test]
fn the_outbox_holds_one_transaction_until_it_is_decided() {
    let home = tempfile::tempdir().unwrap();
    let j = open(home.path());
    assert_eq!(j.outbox_current("key").unwrap(), None);
    j.outbox_begin("key", &tx(1, 4)).unwrap();
    j.outbox_begin("key", &tx(1, 4)).unwrap();
    j.outbox_begin("other key", &tx(9, 0)).unwrap();
    assert_eq!(code(j.outbox_begin("key", &tx(2, 4))), "journal.tx_in_flight");
    // Only the same sequence may take its place, and only by name.
    assert_eq!(
        code(j.outbox_begin(
            "key",
            &OutboxTx {
                earlier: vec![TxHash([1; 32])],
                ..tx(2, 5)
            }
        )),
        "journal.tx_in_flight"
    );
    let replacement = OutboxTx {
        earlier: vec![TxHash([1; 32])],
        ..tx(2, 4)
    };
    j.outbox_begin("key", &replacement).unwrap();

    let (_dir, after) = crashed(&j);
    assert_eq!(after.outbox_current("key").unwrap(), Some(replacement));
    assert_eq!(after.receipt("key", "t").unwrap(), None);

    // Out of the outbox and into the receipts in one step.
    j.outbox_decided("key", &[("t".into(), receipt(12))]).unwrap();
    let (_dir, after) = crashed(&j);
    assert_eq!(after.outbox_current("key").unwrap(), None);
    assert_eq!(after.receipt("key", "t").unwrap(), Some(receipt(12)));
    assert_eq!(after.receipt("other key", "t").unwrap(), None);
    assert_eq!(after.outbox_current("other key").unwrap(), Some(tx(9, 0)));
}

#[test]
fn old_receipts_can_be_forgotten() {
    let home = tempfile::tempdir().unwrap();
    let j = open(home.path());
    j.outbox_decided("k", &[("old".into(), receipt(5)), ("new".into(), receipt(6))])
        .unwrap();
    j.forget_receipts_before(6).unwrap();
    assert_eq!(
        (j.receipt("k", "old").unwrap(), j.receipt("k", "new").unwrap()),
        (None, Some(receipt(6)))
    );
}

#[test]
fn cursors_only_move_forward() {
    let home = tempfile::tempdir().unwrap();
    let j = open(home.path());
    assert_eq!(j.cursor("jobs").unwrap(), None);
    j.set_cursor("jobs", 5).unwrap();
    j.set_cursor("jobs", 5).unwrap();
    assert_eq!(code(j.set_cursor("jobs", 4)), "journal.cursor_back");
    assert_eq!(crashed(&j).1.cursor("jobs").unwrap(), Some(5));
}
