//! The set of recordings and its files.

use std::{collections::BTreeMap, fs, path::PathBuf};

use joule_testing::{
    record::{record, recorded, Call},
    scenarios::{adjust, Book},
    Backend, World,
};
use serde_json::{json, Value};

/// Recordings by name.
#[derive(Default)]
pub struct Recordings {
    scenarios: BTreeMap<&'static str, Value>,
}

/// Bytes of a signed transaction with one message besides the JSON of the message: type urls, addresses, signer, fee,
/// signature; and of each further message.
const TX_BYTES: usize = 335;
const MSG_BYTES: usize = 158;

impl Book for Recordings {
    fn world(&mut self) -> World {
        World::on(Backend::with_codes(recorded), adjust)
    }

    fn tx<T>(
        &mut self,
        name: &'static str,
        about: &str,
        world: &mut World,
        action: impl FnOnce(&mut World) -> anyhow::Result<T>,
    ) -> T {
        let (outcome, calls) = record(|| action(world));
        let outcome = outcome.unwrap_or_else(|error| panic!("{name}: {error:#}"));
        let scenario = json!({
            "about": about,
            "prefix": "wasm",
            "tx_bytes": tx_bytes(&calls),
            "calls": calls,
        });
        assert!(
            self.scenarios.insert(name, scenario).is_none(),
            "{name} is recorded twice"
        );
        outcome
    }
}

impl Recordings {
    /// Compares with the files, or writes them.
    pub fn compare_or_bless(self) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vmcheck/gas/scenarios");
        let bless = std::env::var_os("JOULE_BLESS").is_some();
        if bless {
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).unwrap();
        }
        let mut stale = vec![];
        for (name, scenario) in &self.scenarios {
            let path = folder.join(format!("{name}.json"));
            let text = format!("{scenario}\n");
            if bless {
                fs::write(&path, &text).unwrap();
            } else if fs::read_to_string(&path).ok().as_deref() != Some(&text) {
                stale.push(*name);
            }
        }
        assert!(
            stale.is_empty(),
            "stale recordings {stale:?}: run with JOULE_BLESS=1, then bless the gas snapshot"
        );
        let files = fs::read_dir(&folder).unwrap().count();
        assert_eq!(
            files,
            self.scenarios.len(),
            "a recording has no scenario any more: run with JOULE_BLESS=1"
        );
    }
}

/// Messages of the user are the calls that the first sender made.
fn tx_bytes(calls: &[Call]) -> usize {
    let calls: Vec<Value> = calls.iter().map(|call| json!(call)).collect();
    let user = calls.first().and_then(|call| call.pointer("/info/sender").cloned());
    let own = calls
        .iter()
        .filter(|call| call.pointer("/info/sender").cloned() == user);
    let (count, json) = own.fold((0, 0), |(n, len), call| (n + 1, len + call["msg"].to_string().len()));
    TX_BYTES + (count - 1) * MSG_BYTES + json
}
