use cosmwasm_schema::write_api;
use cosmwasm_std::Empty;
use joule_types::marketplace::{ExecuteMsg, InstantiateMsg, QueryMsg};

fn main() {
    write_api! { name: "marketplace", instantiate: InstantiateMsg, execute: ExecuteMsg, query: QueryMsg, migrate: Empty }
}
