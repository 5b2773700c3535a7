//! `abci_query` of contracts and codes, and what it refuses.

use crate::world::*;
use cosmos_sdk_proto::cosmos::auth::v1beta1::QueryAccountRequest;
use cosmos_sdk_proto::cosmos::bank::v1beta1::QueryBalanceRequest;
use cosmos_sdk_proto::cosmos::base::query::v1beta1::PageRequest;
use cosmos_sdk_proto::cosmwasm::wasm::v1::{
    QueryAllContractStateRequest, QueryAllContractStateResponse, QueryCodeRequest, QueryCodesRequest,
    QueryCodesResponse, QueryContractInfoRequest, QueryContractInfoResponse, QueryContractsByCodeRequest,
    QueryContractsByCodeResponse, QueryRawContractStateRequest, QueryRawContractStateResponse,
};
use cosmos_sdk_proto::prost::Message;
use joule_devchain::code_checksum;
use tendermint_rpc::Client;

const WASM: &str = "/cosmwasm.wasm.v1.Query/";

#[tokio::test]
async fn contracts_and_their_state() {
    let world = World::start(slow());
    let contract = world.counter(8).await;
    let info = QueryContractInfoRequest {
        address: contract.clone(),
    };
    let info = world.abci(&format!("{WASM}ContractInfo"), &info).await;
    let info = QueryContractInfoResponse::decode(info.value.as_slice()).unwrap();
    assert_eq!(info.address, contract);
    let info = info.contract_info.unwrap();
    assert_eq!((info.code_id, info.label.as_str()), (1, "counter"));
    assert_eq!(
        (&info.creator, &info.admin),
        (&world.alice.address, &world.alice.address)
    );

    let raw = |key: &[u8]| QueryRawContractStateRequest {
        address: contract.clone(),
        query_data: key.to_vec(),
    };
    let answer = world.abci(&format!("{WASM}RawContractState"), &raw(b"count")).await;
    assert_eq!(
        QueryRawContractStateResponse::decode(answer.value.as_slice())
            .unwrap()
            .data,
        b"8"
    );
    let answer = world.abci(&format!("{WASM}RawContractState"), &raw(b"nothing")).await;
    assert!(
        answer.code.is_ok()
            && QueryRawContractStateResponse::decode(answer.value.as_slice())
                .unwrap()
                .data
                .is_empty()
    );

    let all = QueryAllContractStateRequest {
        address: contract.clone(),
        pagination: None,
    };
    let all = world.abci(&format!("{WASM}AllContractState"), &all).await;
    let models = QueryAllContractStateResponse::decode(all.value.as_slice())
        .unwrap()
        .models;
    assert_eq!(models.len(), 1);
    assert_eq!(
        (models[0].key.as_slice(), models[0].value.as_slice()),
        (&b"count"[..], &b"8"[..])
    );

    let second = world.counter(9).await;
    let by_code = |key: Vec<u8>| QueryContractsByCodeRequest {
        code_id: 1,
        pagination: Some(PageRequest {
            key,
            limit: 1,
            ..PageRequest::default()
        }),
    };
    let mut found = Vec::new();
    let mut key = Vec::new();
    loop {
        let answer = world.abci(&format!("{WASM}ContractsByCode"), &by_code(key)).await;
        let answer = QueryContractsByCodeResponse::decode(answer.value.as_slice()).unwrap();
        found.extend(answer.contracts);
        key = answer.pagination.unwrap().next_key;
        if key.is_empty() {
            break;
        }
    }
    let mut want = vec![contract, second];
    want.sort();
    assert_eq!(found, want);
}

#[tokio::test]
async fn codes_by_checksum() {
    let world = World::start(slow());
    let codes = world.abci(&format!("{WASM}Codes"), &QueryCodesRequest::default()).await;
    let codes = QueryCodesResponse::decode(codes.value.as_slice()).unwrap().code_infos;
    let hashes: Vec<_> = codes
        .iter()
        .map(|code| (code.code_id, code.data_hash.clone()))
        .collect();
    let want = |version| code_checksum("counter", version).as_slice().to_vec();
    assert_eq!(hashes, [(1, want("1.0.0")), (2, want("2.0.0"))]);
    let missing = world
        .abci(&format!("{WASM}Code"), &QueryCodeRequest { code_id: 3 })
        .await;
    assert_eq!((missing.codespace.as_str(), missing.code.value()), ("sdk", 22));
}

#[tokio::test]
async fn refusals() {
    let world = World::start(slow());
    let unknown = world
        .abci("/cosmos.gov.v1.Query/Proposals", &QueryCodesRequest::default())
        .await;
    assert_eq!((unknown.codespace.as_str(), unknown.code.value()), ("sdk", 6));
    let upper = QueryAccountRequest {
        address: world.alice.address.to_uppercase(),
    };
    let upper = world.abci("/cosmos.auth.v1beta1.Query/Account", &upper).await;
    assert_eq!((upper.codespace.as_str(), upper.code.value()), ("sdk", 18));
    let denom = QueryBalanceRequest {
        address: world.alice.address.clone(),
        denom: "!".into(),
    };
    let denom = world.abci("/cosmos.bank.v1beta1.Query/Balance", &denom).await;
    assert_eq!((denom.codespace.as_str(), denom.code.value()), ("sdk", 18));
    let user = QueryContractInfoRequest {
        address: world.alice.address.clone(),
    };
    let user = world.abci(&format!("{WASM}ContractInfo"), &user).await;
    assert_eq!((user.codespace.as_str(), user.code.value()), ("sdk", 6));
    assert!(world.account(&world.nobody.address).await.is_none());
    world.block();
    let old = world.client.abci_query(
        Some("/cosmwasm.wasm.v1.Query/Codes".into()),
        vec![],
        Some(1u32.into()),
        false,
    );
    assert!(old.await.unwrap().log.contains("failed to load state at height 1"));
}
