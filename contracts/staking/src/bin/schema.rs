//! Writes the JSON schema of staking to `schema/`.

use cosmwasm_schema::write_api;
use cosmwasm_std::Empty;
use joule_types::staking::{ExecuteMsg, InstantiateMsg, QueryMsg};

fn main() {
    write_api! {
        instantiate: InstantiateMsg,
        execute: ExecuteMsg,
        query: QueryMsg,
        migrate: Empty,
    }
}
