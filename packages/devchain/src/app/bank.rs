//! The bank as a node runs it: real addresses only, whole coins only, all its events.

use super::wasm::MESSAGE;
use super::{accounts, coins, meter};
use crate::error::{sdk, TxError};
use cosmwasm_std::{
    from_json, Addr, Api, BalanceResponse, BankMsg, BankQuery, Binary, BlockInfo, Coin, CustomMsg, CustomQuery, Empty,
    Querier, Storage,
};
use cw_multi_test::error::AnyResult;
use cw_multi_test::{AppResponse, Bank, BankKeeper, BankSudo, CosmosRouter, Module};
use serde::de::DeserializeOwned;

/// The simulator's bank behind the checks that it lacks.
pub(crate) struct NodeBank {
    keeper: BankKeeper,
    /// Module accounts, which nobody may send to.
    blocked: Vec<String>,
}

impl NodeBank {
    pub(crate) fn new(blocked: Vec<String>) -> Self {
        Self {
            keeper: BankKeeper::new(),
            blocked,
        }
    }

    /// Sets the balance that an account starts with.
    pub(crate) fn init(&self, storage: &mut dyn Storage, account: &Addr, coins: Vec<Coin>) -> AnyResult<()> {
        accounts::ensure(storage, account.as_str());
        self.keeper.init_balance(storage, account, coins)
    }

    /// Moves a transaction's fee to its collector, which nobody else may send to.
    pub(crate) fn pay_fee(
        &self,
        api: &dyn Api,
        storage: &mut dyn Storage,
        router: &dyn CosmosRouter<ExecC = Empty, QueryC = Empty>,
        block: &BlockInfo,
        payer: &Addr,
        (collector, fee): (&str, &[Coin]),
    ) -> AnyResult<()> {
        self.check_balance(api, storage, block, payer, fee)?;
        let msg = BankMsg::Send {
            to_address: collector.to_string(),
            amount: fee.to_vec(),
        };
        self.keeper
            .execute(api, storage, router, block, payer.clone(), msg)
            .map(|_| ())
    }

    /// Refuses what the owner does not have, in the SDK's words.
    fn check_balance(
        &self,
        api: &dyn Api,
        storage: &dyn Storage,
        block: &BlockInfo,
        owner: &Addr,
        coins: &[Coin],
    ) -> AnyResult<()> {
        for coin in coins {
            let query = BankQuery::Balance {
                address: owner.to_string(),
                denom: coin.denom.clone(),
            };
            let balance: BalanceResponse = from_json(self.keeper.query(api, storage, &NoQuerier, block, query)?)?;
            if balance.amount.amount < coin.amount {
                let log = format!(
                    "spendable balance {} is smaller than {coin}: insufficient funds",
                    balance.amount
                );
                return Err(TxError::sdk(sdk::INSUFFICIENT_FUNDS, log).into());
            }
        }
        Ok(())
    }
}

/// The coins of a contract's message: at least one.
fn some_coins(amount: Vec<Coin>) -> Result<Vec<Coin>, TxError> {
    if amount.is_empty() {
        return Err(TxError::sdk(sdk::INVALID_COINS, "no coins: invalid coins"));
    }
    coins::sorted(amount)
}

/// Bech32 may be written in capitals throughout: messages may do so, contracts are more strict with what they are told.
pub(crate) fn lower(address: &str) -> String {
    if address.bytes().any(|b| b.is_ascii_lowercase()) {
        address.to_string()
    } else {
        address.to_ascii_lowercase()
    }
}

/// Accepts the addresses of this chain only, and returns them in lower case.
pub(crate) fn check_address(api: &dyn Api, address: &str, role: &str) -> Result<Addr, TxError> {
    api.addr_validate(&lower(address)).map_err(|error| {
        let log = format!("invalid {role} address: decoding bech32 failed: {error}: invalid address");
        TxError::sdk(sdk::INVALID_ADDRESS, log)
    })
}

/// For queries that never ask back.
struct NoQuerier;

impl Querier for NoQuerier {
    fn raw_query(&self, _bin_request: &[u8]) -> cosmwasm_std::QuerierResult {
        cosmwasm_std::SystemResult::Err(cosmwasm_std::SystemError::Unknown {})
    }
}

impl Bank for NodeBank {}

impl Module for NodeBank {
    type ExecT = BankMsg;
    type QueryT = BankQuery;
    type SudoT = BankSudo;

    fn execute<ExecC, QueryC>(
        &self,
        api: &dyn Api,
        storage: &mut dyn Storage,
        router: &dyn CosmosRouter<ExecC = ExecC, QueryC = QueryC>,
        block: &BlockInfo,
        sender: Addr,
        msg: BankMsg,
    ) -> AnyResult<AppResponse>
    where
        ExecC: CustomMsg + DeserializeOwned + 'static,
        QueryC: CustomQuery + DeserializeOwned + 'static,
    {
        let (msg, events) = match msg {
            BankMsg::Send { to_address, amount } => {
                let to_address = check_address(api, &to_address, "recipient")?.into_string();
                let amount = some_coins(amount)?;
                if self.blocked.contains(&to_address) {
                    let log = format!("{to_address} is not allowed to receive funds: unauthorized");
                    return Err(TxError::sdk(sdk::UNAUTHORIZED, log).into());
                }
                self.check_balance(api, storage, block, &sender, &amount)?;
                meter::charge(meter::BANK_COIN.saturating_mul(amount.len() as u64), "bank send");
                accounts::ensure(storage, &to_address);
                let events = coins::transfer_events(sender.as_str(), &to_address, &amount);
                (BankMsg::Send { to_address, amount }, events)
            }
            BankMsg::Burn { amount } => {
                let amount = some_coins(amount)?;
                self.check_balance(api, storage, block, &sender, &amount)?;
                meter::charge(meter::BANK_COIN.saturating_mul(amount.len() as u64), "bank burn");
                let events = coins::burn_events(sender.as_str(), &amount);
                (BankMsg::Burn { amount }, events)
            }
            other => {
                let log = format!("bank message {other:?}: unknown request");
                return Err(TxError::sdk(sdk::UNKNOWN_REQUEST, log).into());
            }
        };
        let mut response = self.keeper.execute(api, storage, router, block, sender, msg)?;
        response.events = events;
        if meter::call_depth() > 0 {
            response.events.retain(|event| event.ty != MESSAGE);
        }
        Ok(response)
    }

    fn query(
        &self,
        api: &dyn Api,
        storage: &dyn Storage,
        querier: &dyn Querier,
        block: &BlockInfo,
        request: BankQuery,
    ) -> AnyResult<Binary> {
        self.keeper.query(api, storage, querier, block, request)
    }

    fn sudo<ExecC, QueryC>(
        &self,
        api: &dyn Api,
        storage: &mut dyn Storage,
        router: &dyn CosmosRouter<ExecC = ExecC, QueryC = QueryC>,
        block: &BlockInfo,
        msg: BankSudo,
    ) -> AnyResult<AppResponse>
    where
        ExecC: CustomMsg + DeserializeOwned + 'static,
        QueryC: CustomQuery + DeserializeOwned + 'static,
    {
        self.keeper.sudo(api, storage, router, block, msg)
    }
}
