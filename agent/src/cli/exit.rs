//! How the process ends.
//!
//! | code | meaning | examples of error codes |
//! |---|---|---|
//! | 0 | done | |
//! | 1 | a bug of the agent or a failure of the machine below it | `*.panicked`, `chain.bad_message` |
//! | 2 | wrong flags, arguments, or a file of the user's that does not hold what it should | `cli.usage`, `init.missing`, `job_file.invalid`, `money.unknown_denom` |
//! | 3 | settings or deployment file | `config.unknown_key`, `config.no_deployment`, `chain.wrong_id` |
//! | 4 | key, passphrase, or the signer's policy | `keys.unknown`, `keys.wrong_passphrase`, `signer.message` |
//! | 5 | no node answers, or none can be used | `chain.unreachable` |
//! | 6 | the chain or a contract refused | `mkt.job_not_open`, `tx.lapsed` |
//! | 7 | not enough money for amount or fee | `funds.too_little`, `esc.insufficient_balance` |
//! | 8 | the agent's own files: journal, lock, home directory, object store | `journal.locked`, `objects.folder`, `doctor.failed` |
//! | 9 | what was asked for does not exist | `mkt.job_not_found`, `reg.node_not_found` |
//!
//! The error itself is one line on standard error, `code: what; next step`, or with `--json` one object
//! `{"error":{"code":...,"what":...,"next":...}}`.
use std::process::ExitCode;

use serde_json::json;

use crate::error::{Error, Exit};

/// Exit code for things that do not exist.
pub const NOT_FOUND: u8 = 9;

/// The exit code of an error: its class, refined by the code of a contract.
pub fn code_of(error: &Error) -> u8 {
    match error.code().split_once('.').map_or("", |(_, reason)| reason) {
        reason if reason.ends_with("not_found") => NOT_FOUND,
        "insufficient_balance" | "no_funds" => Exit::Funds.code(),
        _ => error.exit().code(),
    }
}

/// Prints an error where people or scripts look for it, and turns it into the exit code.
pub fn report(error: &Error, json: bool) -> ExitCode {
    if json {
        eprintln!(
            "{}",
            json!({ "error": { "code": error.code(), "what": error.what(), "next": error.next() } })
        );
    } else {
        eprintln!("{error}");
    }
    ExitCode::from(code_of(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_codes_refine_the_class() {
        for (code, exit) in [
            ("mkt.job_not_found", 9),
            ("esc.insufficient_balance", 7),
            ("mkt.job_not_open", 6),
            ("objects.not_found", 9),
        ] {
            assert_eq!(code_of(&Error::refused(code, "", "")), exit, "{code}");
        }
        assert_eq!(code_of(&Error::usage("cli.usage", "", "")), 2);
    }
}
