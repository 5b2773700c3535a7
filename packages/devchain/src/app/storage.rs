//! Contract storage that pays the SDK's key-value schedule for every access.

use super::meter::{self, DELETE, ITER_NEXT, READ, READ_BYTE, WRITE, WRITE_BYTE};
use cosmwasm_std::{ContractResult, Order, Querier, QuerierResult, Record, Storage, SystemResult};

/// A contract's storage as it sees it while it may write.
pub(crate) struct Metered<'a>(pub(crate) &'a mut dyn Storage);

/// A contract's storage in a query.
pub(crate) struct MeteredRead<'a>(pub(crate) &'a dyn Storage);

fn get(storage: &dyn Storage, key: &[u8]) -> Option<Vec<u8>> {
    let value = storage.get(key);
    let bytes = key.len() + value.as_ref().map_or(0, Vec::len);
    meter::charge_bytes(READ, READ_BYTE, bytes, "ReadPerByte");
    value
}

fn range<'a>(
    storage: &'a dyn Storage,
    start: Option<&[u8]>,
    end: Option<&[u8]>,
    order: Order,
) -> Box<dyn Iterator<Item = Record> + 'a> {
    meter::charge(READ, "IterNextFlat");
    Box::new(storage.range(start, end, order).inspect(|(key, value)| {
        meter::charge_bytes(ITER_NEXT, READ_BYTE, key.len() + value.len(), "ReadPerByte");
    }))
}

impl Storage for Metered<'_> {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        get(self.0, key)
    }

    fn range<'a>(
        &'a self,
        start: Option<&[u8]>,
        end: Option<&[u8]>,
        order: Order,
    ) -> Box<dyn Iterator<Item = Record> + 'a> {
        range(self.0, start, end, order)
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        meter::charge_bytes(WRITE, WRITE_BYTE, key.len() + value.len(), "WritePerByte");
        self.0.set(key, value);
    }

    fn remove(&mut self, key: &[u8]) {
        meter::charge(DELETE, "Delete");
        self.0.remove(key);
    }
}

impl Storage for MeteredRead<'_> {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        get(self.0, key)
    }

    fn range<'a>(
        &'a self,
        start: Option<&[u8]>,
        end: Option<&[u8]>,
        order: Order,
    ) -> Box<dyn Iterator<Item = Record> + 'a> {
        range(self.0, start, end, order)
    }

    fn set(&mut self, _key: &[u8], _value: &[u8]) {
        panic!("a query tried to write");
    }

    fn remove(&mut self, _key: &[u8]) {
        panic!("a query tried to remove");
    }
}

/// What a contract asks, paid by the size of the answer. A smart query pays inside the contract that answers too.
pub(crate) struct MeteredQuerier<'a>(pub(crate) &'a dyn Querier);

impl Querier for MeteredQuerier<'_> {
    fn raw_query(&self, bin_request: &[u8]) -> QuerierResult {
        let result = self.0.raw_query(bin_request);
        let bytes = match &result {
            SystemResult::Ok(ContractResult::Ok(data)) => data.len(),
            _ => 0,
        };
        meter::charge_query(bin_request.len() + bytes);
        result
    }
}
