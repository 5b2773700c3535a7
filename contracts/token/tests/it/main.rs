//! The token's own rules; cw20 itself is tested by cw20-base.

use cosmwasm_std::testing::{message_info, mock_dependencies, mock_env, MockApi};
use cosmwasm_std::{coins, from_json, Addr, Empty, Uint128};
use cw20::{BalanceResponse, Cw20Coin, MinterResponse, TokenInfoResponse};
use joule_kit::KitError;
use joule_token::contract::{
    execute, instantiate, migrate, query, ExecuteMsg, InstantiateMsg, QueryMsg, NAME, VERSION,
};
use joule_token::TokenError;

fn addr(name: &str) -> Addr {
    MockApi::default().addr_make(name)
}

fn genesis() -> InstantiateMsg {
    InstantiateMsg {
        name: "Joule".into(),
        symbol: "JOULE".into(),
        decimals: 6,
        initial_balances: vec![Cw20Coin {
            address: addr("holder").into(),
            amount: Uint128::new(1_000),
        }],
        mint: None,
        marketing: None,
    }
}

#[test]
fn the_supply_is_fixed() {
    let mut deps = mock_dependencies();
    let deployer = message_info(&addr("deployer"), &[]);
    let minted = InstantiateMsg {
        mint: Some(MinterResponse {
            minter: addr("deployer").into(),
            cap: None,
        }),
        ..genesis()
    };
    assert_eq!(
        instantiate(deps.as_mut(), mock_env(), deployer.clone(), minted),
        Err(TokenError::NoMinter)
    );
    instantiate(deps.as_mut(), mock_env(), deployer.clone(), genesis()).unwrap();
    let version = cw2::get_contract_version(&deps.storage).unwrap();
    assert_eq!((version.contract.as_str(), version.version.as_str()), (NAME, VERSION));
    for msg in [
        ExecuteMsg::Mint {
            recipient: addr("holder").into(),
            amount: Uint128::one(),
        },
        ExecuteMsg::UpdateMinter {
            new_minter: Some(addr("deployer").into()),
        },
    ] {
        assert!(matches!(
            execute(deps.as_mut(), mock_env(), deployer.clone(), msg),
            Err(TokenError::Base(cw20_base::ContractError::Unauthorized {}))
        ));
    }
    let info: TokenInfoResponse = from_json(query(deps.as_ref(), mock_env(), QueryMsg::TokenInfo {}).unwrap()).unwrap();
    assert_eq!(info.total_supply, Uint128::new(1_000));
}

#[test]
fn coins_are_refused_and_a_transfer_moves_the_sum() {
    let mut deps = mock_dependencies();
    instantiate(
        deps.as_mut(),
        mock_env(),
        message_info(&addr("deployer"), &[]),
        genesis(),
    )
    .unwrap();
    let transfer = ExecuteMsg::Transfer {
        recipient: addr("other").into(),
        amount: Uint128::new(400),
    };
    let paid = message_info(&addr("holder"), &coins(1, "uusdc"));
    assert!(matches!(
        execute(deps.as_mut(), mock_env(), paid, transfer.clone()),
        Err(TokenError::Kit(KitError::UnexpectedFunds { .. }))
    ));
    execute(deps.as_mut(), mock_env(), message_info(&addr("holder"), &[]), transfer).unwrap();
    for (name, left) in [("holder", 600u128), ("other", 400)] {
        let msg = QueryMsg::Balance {
            address: addr(name).into(),
        };
        let balance: BalanceResponse = from_json(query(deps.as_ref(), mock_env(), msg).unwrap()).unwrap();
        assert_eq!(balance.balance.u128(), left, "{name}");
    }
}

#[test]
fn only_newer_code_of_the_token_migrates() {
    let mut deps = mock_dependencies();
    instantiate(
        deps.as_mut(),
        mock_env(),
        message_info(&addr("deployer"), &[]),
        genesis(),
    )
    .unwrap();
    assert!(matches!(
        migrate(deps.as_mut(), mock_env(), Empty {}),
        Err(TokenError::Kit(KitError::NotNewer { .. }))
    ));
    cw2::set_contract_version(&mut deps.storage, NAME, "0.0.1").unwrap();
    migrate(deps.as_mut(), mock_env(), Empty {}).unwrap();
    cw2::set_contract_version(&mut deps.storage, "crates.io:cw20-base", "0.0.1").unwrap();
    assert!(matches!(
        migrate(deps.as_mut(), mock_env(), Empty {}),
        Err(TokenError::Kit(KitError::WrongContract { .. }))
    ));
}
