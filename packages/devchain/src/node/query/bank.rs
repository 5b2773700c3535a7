//! Balances and supply.

use super::{invalid_argument, page, request};
use crate::app::coins;
use crate::error::TxError;
use crate::node::Node;
use cosmos_sdk_proto::cosmos::bank::v1beta1::{
    QueryAllBalancesRequest, QueryAllBalancesResponse, QueryBalanceRequest, QueryBalanceResponse, QuerySupplyOfRequest,
    QuerySupplyOfResponse,
};
use cosmos_sdk_proto::cosmos::base::v1beta1::Coin as ProtoCoin;
use cosmos_sdk_proto::prost::Message;
use cosmwasm_std::{AllBalanceResponse, Api, BalanceResponse, BankQuery, Coin, QueryRequest, SupplyResponse};

impl Node {
    /// `None` for a method that is not known.
    pub(super) fn bank_query(&self, method: &str, data: &[u8]) -> Result<Option<Vec<u8>>, TxError> {
        let answer = match method {
            "Balance" => {
                let QueryBalanceRequest { address, denom } = request(data)?;
                self.check_args(&address, Some(&denom))?;
                let balance: BalanceResponse = self.ask(BankQuery::Balance { address, denom })?;
                let balance = Some(proto(&balance.amount));
                QueryBalanceResponse { balance }.encode_to_vec()
            }
            "AllBalances" => {
                let query: QueryAllBalancesRequest = request(data)?;
                let balances = self.balances(query.address)?;
                let items = balances
                    .iter()
                    .map(|coin| (coin.denom.clone().into_bytes(), proto(coin)));
                let (balances, pagination) = page(items.collect(), query.pagination);
                QueryAllBalancesResponse {
                    balances,
                    pagination: Some(pagination),
                }
                .encode_to_vec()
            }
            "SupplyOf" => {
                let QuerySupplyOfRequest { denom } = request(data)?;
                let supply: SupplyResponse = self.ask(BankQuery::Supply { denom })?;
                let amount = Some(proto(&supply.amount));
                QuerySupplyOfResponse { amount }.encode_to_vec()
            }
            _ => return Ok(None),
        };
        Ok(Some(answer))
    }

    /// Everything an account holds.
    fn balances(&self, address: String) -> Result<Vec<Coin>, TxError> {
        self.check_args(&address, None)?;
        #[allow(deprecated)]
        let all: AllBalanceResponse = self.ask(BankQuery::AllBalances { address })?;
        Ok(all.amount)
    }

    fn ask<T: serde::de::DeserializeOwned>(&self, query: BankQuery) -> Result<T, TxError> {
        let answer = self.app.wrap().query(&QueryRequest::Bank(query));
        answer.map_err(|error| invalid_argument(&error.to_string()))
    }

    fn check_args(&self, address: &str, denom: Option<&str>) -> Result<(), TxError> {
        if let Err(error) = self.app.api().addr_validate(address) {
            return Err(invalid_argument(&format!("invalid address {address:?}: {error}")));
        }
        match denom {
            Some(denom) if !coins::is_denom(denom) => Err(invalid_argument(&format!("invalid denom: {denom:?}"))),
            _ => Ok(()),
        }
    }
}

fn proto(coin: &Coin) -> ProtoCoin {
    ProtoCoin {
        denom: coin.denom.clone(),
        amount: coin.amount.to_string(),
    }
}
