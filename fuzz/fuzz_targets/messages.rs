//! Messages to the contracts: any JSON is a message that reads back as itself, has a role and says no more than it did, or
//! is refused.
#![no_main]

use std::fmt::Debug;

use cosmwasm_std::{from_json, to_json_vec};
use joule_types::{dao, escrow, marketplace, registry, staking};
use libfuzzer_sys::fuzz_target;
use serde::{de::DeserializeOwned, Serialize};

fn same<T: DeserializeOwned + Serialize + PartialEq + Debug>(bytes: &[u8]) -> Option<T> {
    let message: T = from_json(bytes).ok()?;
    let again = to_json_vec(&message).expect("a message can be written");
    assert_eq!(from_json::<T>(&again).as_ref(), Ok(&message));
    Some(message)
}

fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = data.split_first() else {
        return;
    };
    match kind % 12 {
        0 => drop(same::<registry::ExecuteMsg>(bytes).map(|m| m.required_role())),
        1 => drop(same::<marketplace::ExecuteMsg>(bytes).map(|m| m.required_role())),
        2 => drop(same::<escrow::ExecuteMsg>(bytes).map(|m| m.required_role())),
        3 => drop(same::<staking::ExecuteMsg>(bytes).map(|m| m.required_role())),
        4 => drop(same::<dao::ExecuteMsg>(bytes).map(|m| m.required_role())),
        5 => drop(same::<registry::QueryMsg>(bytes)),
        6 => drop(same::<marketplace::QueryMsg>(bytes)),
        7 => drop(same::<escrow::QueryMsg>(bytes)),
        8 => drop(same::<staking::QueryMsg>(bytes)),
        9 => drop(same::<dao::QueryMsg>(bytes)),
        10 => drop(same::<registry::RegistryHook>(bytes)),
        _ => drop(same::<marketplace::InstantiateMsg>(bytes)),
    }
});
