//! Codes of errors: unique, in the README, and those of the DePIN seed.

use std::collections::BTreeSet;

use joule_types::depin::depin_number;
use joule_types::NodeId;

use crate::suite::*;

const SOURCE: &str = include_str!("../../src/error.rs");
const README: &str = include_str!("../../README.md");

fn codes() -> Vec<&'static str> {
    SOURCE
        .lines()
        .filter_map(|line| line.trim().strip_prefix("#[error(\"")?.split(':').next())
        .collect()
}

#[test]
fn every_error_has_a_code_of_its_own_and_a_place_in_the_readme() {
    let codes = codes();
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    assert!(codes.len() > 25, "the source was not read");
    for code in codes {
        assert!(code.starts_with("reg."), "{code}");
        assert!(README.contains(&format!("`{code}`")), "{code} is not in the README");
    }
}

#[test]
fn the_codes_of_the_depin_seed_are_the_ones_in_use() {
    use joule_types::registry::{ExecuteMsg, QueryMsg};
    let mut suite = Suite::new();
    let node = NodeId(1);
    let stranger = suite
        .exec("stranger", ExecuteMsg::RequestChallenge { node })
        .unwrap_err();
    assert_eq!(depin_number(&code(&stranger)), Some(500));
    let unknown = QueryMsg::Provider {
        provider: joule_types::ProviderId(5),
    };
    assert_eq!(depin_number(&code(&suite.try_query(unknown).unwrap_err())), Some(500));

    suite.register("alice");
    let small = suite
        .exec("alice", ExecuteMsg::AddNode { spec: gpu(1_024) })
        .unwrap_err();
    assert_eq!(depin_number(&code(&small)), Some(506));

    suite.add_node("alice");
    suite.challenge("alice", node);
    let nonce = suite.first_ticket(node, false);
    let wrong = suite
        .exec("alice", ExecuteMsg::SolveChallenge { node, nonce })
        .unwrap_err();
    assert_eq!(depin_number(&code(&wrong)), Some(504));
}
