//! Two chains with the same people, and the same market deployed on both by the plan of every deployment.

use std::io::Write;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cosmrs::proto::cosmwasm::wasm::v1 as wasm;
use cosmwasm_std::{Checksum, Coin};
use joule::keys::demo_key;
use joule_devchain::{Code, DevChain, Genesis, Options};
use joule_rollout::{CodeRef, InitialBalance, Plan, ONE_JOULE};
use joule_types::{staking::GenesisStake, NodeId, Peer};

use crate::deploy::Both;
use crate::dice::Dice;
use crate::market::{any, coins as proto_coins, Cast, Market, Provider};
use crate::pair::{Actor, How, Pair};
use crate::side::Side;

/// What everybody starts with, base units.
const WATT: u128 = 100_000_000;
const USDC: u128 = 100_000_000;

/// Connects, funds, deploys.
pub fn market(node: &str, seed: u64) -> Result<Market, String> {
    let runtime = Rc::new(tokio::runtime::Runtime::new().map_err(|e| e.to_string())?);
    let node = Side::new("node", node, runtime.clone())?;
    let (chain_id, _) = node.status()?;
    // Keys that no run had before: every account starts with nothing on the node too.
    let born = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos();
    let cast = cast(u64::try_from(born).unwrap_or(seed))?;
    let faucet = Actor {
        name: "faucet",
        key: demo_key(0, "faucet").map_err(|e| e.to_string())?.1,
    };
    let (genesis, codes) = genesis(&node, &chain_id, &faucet)?;
    let options = Options {
        block_time: Duration::from_secs(24 * 3_600),
        ..Options::default()
    };
    let people = cast.people();
    let funds = [Coin::new(USDC, "uusdc"), Coin::new(WATT, "uwatt")];
    let balances = people.iter().map(|actor| (actor.address(), funds.to_vec()));
    let genesis = Genesis {
        balances: balances.collect(),
        ..genesis
    };
    let chain = DevChain::start(genesis, options).map_err(|e| e.to_string())?;
    let dev = Side::new("embedded", &chain.rpc_url(), runtime)?;
    for group in people.chunks(8) {
        let gift = |actor: &Rc<Actor>| {
            any(&cosmrs::proto::cosmos::bank::v1beta1::MsgSend {
                from_address: faucet.address(),
                to_address: actor.address(),
                amount: proto_coins(&[(USDC, "uusdc"), (WATT, "uwatt")]),
            })
        };
        let gifts: Vec<_> = group.iter().map(gift).collect();
        alone(&node, &chain_id, &faucet, &gifts)?;
    }
    let mut pair = Pair::new(node, dev, chain, chain_id);
    let plan = plan(&cast);
    let mut ops = Both {
        pair: &mut pair,
        deployer: cast.deployer.clone(),
        codes,
    };
    let deployment = joule_rollout::deploy(&mut ops, &plan, None).map_err(|e| e.to_string())?;
    let peers = deployment.peers().map_err(|e| e.to_string())?;
    Ok(Market {
        pair,
        cast,
        peers,
        dice: Dice::new(seed),
        lists: Default::default(),
        runs: Default::default(),
    })
}

fn cast(keys: u64) -> Result<Cast, String> {
    let actor = |name: &'static str| -> Result<Rc<Actor>, String> {
        let key = demo_key(keys, name).map_err(|e| e.to_string())?.1;
        Ok(Rc::new(Actor { name, key }))
    };
    let several = |names: &[&'static str]| names.iter().map(|name| actor(name)).collect::<Result<Vec<_>, _>>();
    let provider = |owner: &'static str, agent: &'static str| -> Result<Provider, String> {
        Ok(Provider {
            owner: actor(owner)?,
            agent: actor(agent)?,
            node: NodeId(0),
        })
    };
    Ok(Cast {
        deployer: actor("deployer")?,
        guardian: actor("guardian")?,
        arbiter: actor("arbiter")?,
        keeper: actor("keeper")?,
        stranger: actor("stranger")?,
        nobody: actor("nobody")?,
        buyers: several(&["lab", "studio"])?,
        voters: several(&["north", "south"])?,
        validators: several(&["anchor", "beam", "bracket", "caliper", "compass", "gauge", "hinge"])?,
        providers: vec![
            provider("turbine", "turbine-agent")?,
            provider("windmill", "windmill-agent")?,
            provider("solo", "solo")?,
        ],
    })
}

/// The demo's parameters with waits that a test can sit through.
fn plan(cast: &Cast) -> Plan {
    let mut plan = Plan::demo(&cast.arbiter.address());
    plan.guardian = Some(cast.guardian.address());
    plan.genesis_stake = cast
        .voters
        .iter()
        .map(|voter| GenesisStake {
            owner: voter.address(),
            amount: (500_000 * ONE_JOULE).into(),
        })
        .collect();
    plan.token.treasury = (1_000_000 * ONE_JOULE).into();
    plan.token.balances = cast
        .people()
        .iter()
        .map(|actor| InitialBalance {
            address: actor.address(),
            amount: (20_000 * ONE_JOULE).into(),
        })
        .collect();
    plan.registry.admission_units = 16u64.into();
    plan.registry.window_k = 64;
    plan.registry.max_admission_failures = 20;
    plan.registry.beat_secs = 600;
    plan.registry.window_gap_secs = 30;
    plan.staking.unbonding_secs = 21;
    plan.marketplace.start_secs = 15;
    plan.marketplace.accept_secs = 15;
    plan.marketplace.arbiter_secs = 15;
    plan.marketplace.committee.beacon_secs = 20;
    plan.marketplace.committee.commit_secs = 12;
    plan.marketplace.committee.reveal_secs = 12;
    plan.dao.voting_secs = 12;
    plan.dao.timelock_secs = 3;
    plan
}

/// The genesis of the embedded chain without its people: the codes under the numbers that the node has for them, which stores those that
/// it lacks.
fn genesis(node: &Side, chain_id: &str, faucet: &Actor) -> Result<(Genesis, Vec<(Peer, CodeRef)>), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../artifacts");
    let mut genesis = Genesis {
        chain_id: chain_id.into(),
        ..Genesis::default()
    };
    let mut codes = vec![];
    for peer in Peer::ALL {
        let file = folder.join(format!("{peer}.wasm"));
        let bytes = std::fs::read(&file).map_err(|e| format!("{}: {e}; run scripts/build-wasm", file.display()))?;
        let checksum = Checksum::generate(&bytes);
        let code_id = match code_id(node, &checksum) {
            Some(id) => id,
            None => {
                store(node, chain_id, faucet, &bytes)?;
                code_id(node, &checksum).ok_or_else(|| format!("the node has not stored {peer}"))?
            }
        };
        genesis.compiled.insert(joule_native::code(peer).name.into(), checksum);
        codes.push((
            peer,
            CodeRef {
                code_id,
                checksum: checksum.as_slice().to_vec(),
            },
        ));
    }
    let last = codes.iter().map(|(_, code)| code.code_id).max().unwrap_or_default();
    genesis.codes = (1..=last)
        .map(|id| {
            let peer = codes.iter().find(|(_, code)| code.code_id == id).map(|(peer, _)| *peer);
            let code = joule_native::code(peer.unwrap_or(Peer::Token));
            // Other people's codes only keep the numbers apart.
            let name = peer.map_or_else(|| format!("foreign-{id}"), |_| code.name.to_string());
            Code {
                name,
                version: code.version.into(),
                contract: code.contract,
            }
        })
        .collect();
    Ok((genesis, codes))
}

fn code_id(node: &Side, checksum: &Checksum) -> Option<u64> {
    let query = wasm::QueryCodesRequest { pagination: None };
    let codes: wasm::QueryCodesResponse = node.ask("/cosmwasm.wasm.v1.Query/Codes", &query).ok()?;
    let found = codes
        .code_infos
        .iter()
        .find(|code| code.data_hash == checksum.as_slice());
    found.map(|code| code.code_id)
}

fn store(node: &Side, chain_id: &str, faucet: &Actor, bytes: &[u8]) -> Result<(), String> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).map_err(|e| e.to_string())?;
    let message = wasm::MsgStoreCode {
        sender: faucet.address(),
        wasm_byte_code: packed.finish().map_err(|e| e.to_string())?,
        instantiate_permission: None,
    };
    alone(node, chain_id, faucet, &[any(&message)])
}

/// A transaction of the node alone.
fn alone(node: &Side, chain_id: &str, who: &Actor, msgs: &[cosmrs::Any]) -> Result<(), String> {
    let bytes = crate::pair::signed(node, chain_id, who, msgs, &How::default());
    let checked = node.broadcast(&bytes);
    if checked.code != 0 {
        return Err(format!("the node refuses the faucet: {checked:?}"));
    }
    let ran = node.wait_for(joule::chain::types::TxHash::of(&bytes).0);
    if ran.verdict.code == 0 {
        Ok(())
    } else {
        Err(format!("{:?}", ran.verdict))
    }
}
