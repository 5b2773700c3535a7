//! Writes `schema/` in the working folder.

use cosmwasm_schema::write_api;
use cosmwasm_std::Empty;
use joule_types::registry::{ExecuteMsg, InstantiateMsg, QueryMsg};

fn main() {
    write_api! {
        instantiate: InstantiateMsg,
        execute: ExecuteMsg,
        query: QueryMsg,
        migrate: Empty,
    }
}
