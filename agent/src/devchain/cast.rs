//! The people of an embedded chain: who they are, what they start with. All keys are public demo keys.
use cosmwasm_std::Coin;
use joule_devchain::FEE_DENOM;
use joule_rollout::ONE_JOULE;
use serde::{Deserialize, Serialize};

use crate::chain::types::text_amount;
use crate::error::Result;
use crate::keys::demo_key;

/// The stable coin of the local chains.
pub const USDC: &str = "uusdc";
/// Base units of one whole native coin.
const WHOLE: u128 = 1_000_000;

/// Name, part, whole WATT, whole USDC, whole JOULE, whole JOULE staked from the start.
type Row = (&'static str, &'static str, u128, u128, u128, u128);

const ROWS: [Row; 31] = [
    ("deployer", "deploys the contracts; no role afterwards", 1_000, 0, 0, 0),
    ("faucet", "hands out coins", 1_000_000, 1_000_000, 10_000_000, 0),
    ("guardian", "may pause entry for a while", 1_000, 0, 0, 0),
    ("arbiter", "decides disputes", 1_000, 0, 0, 0),
    ("north", "stakes and votes", 1_000, 0, 1_000, 600_000),
    ("south", "stakes and votes", 1_000, 0, 1_000, 400_000),
    ("keeper", "posts rounds, carries out deadlines for tips", 1_000, 0, 0, 0),
    ("turbine", "provider: owner of stake and record", 1_000, 0, 20_000, 0),
    ("turbine-agent", "provider: the agent's key", 1_000, 0, 0, 0),
    ("windmill", "provider: owner of stake and record", 1_000, 0, 20_000, 0),
    ("windmill-agent", "provider: the agent's key", 1_000, 0, 0, 0),
    ("dynamo", "provider: owner of stake and record", 1_000, 0, 20_000, 0),
    ("dynamo-agent", "provider: the agent's key", 1_000, 0, 0, 0),
    ("rotor", "provider: owner of stake and record", 1_000, 0, 20_000, 0),
    ("rotor-agent", "provider: the agent's key", 1_000, 0, 0, 0),
    ("anchor", "validator", 1_000, 0, 3_000, 0),
    ("beam", "validator", 1_000, 0, 3_000, 0),
    ("bracket", "validator", 1_000, 0, 3_000, 0),
    ("caliper", "validator", 1_000, 0, 3_000, 0),
    ("compass", "validator", 1_000, 0, 3_000, 0),
    ("gauge", "validator", 1_000, 0, 3_000, 0),
    ("hinge", "validator", 1_000, 0, 120_000, 0),
    ("lever", "validator", 1_000, 0, 120_000, 0),
    ("plumb", "validator", 1_000, 0, 3_000, 0),
    ("ratchet", "validator", 1_000, 0, 3_000, 0),
    ("scale", "validator", 1_000, 0, 3_000, 0),
    ("sextant", "validator", 1_000, 0, 3_000, 0),
    ("spindle", "validator", 1_000, 0, 3_000, 0),
    ("wedge", "validator", 1_000, 0, 3_000, 0),
    ("studio", "buyer", 1_000, 100, 100, 0),
    ("lab", "buyer", 1_000, 100, 100, 0),
];

/// Somebody with a key and coins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Name; also of its key.
    pub name: String,
    /// What it is there for.
    pub role: String,
    /// Address.
    pub address: String,
    /// Recovery phrase, 24 words. Public: worth nothing outside an embedded chain.
    pub phrase: String,
    /// Gas coins at the start, base units.
    #[serde(with = "text_amount")]
    pub uwatt: u128,
    /// Stable coins at the start, base units.
    #[serde(with = "text_amount")]
    pub uusdc: u128,
    /// JOULE at the start, base units.
    #[serde(with = "text_amount")]
    pub ujoule: u128,
    /// JOULE staked from the start, base units.
    #[serde(with = "text_amount")]
    pub staked: u128,
}

impl Actor {
    /// What the bank gives it at the start.
    pub fn coins(&self) -> Vec<Coin> {
        let coins = [(self.uusdc, USDC), (self.uwatt, FEE_DENOM)];
        coins
            .into_iter()
            .filter(|(amount, _)| *amount > 0)
            .map(|(amount, denom)| Coin::new(amount, denom))
            .collect()
    }
}

/// Everybody, with the keys of `seed`.
pub fn cast(seed: u64) -> Result<Vec<Actor>> {
    let actor = |(name, role, watt, usdc, joule, staked): Row| {
        let (phrase, key) = demo_key(seed, name)?;
        Ok(Actor {
            name: name.into(),
            role: role.into(),
            address: key.address().into(),
            phrase: phrase.expose().into(),
            uwatt: watt * WHOLE,
            uusdc: usdc * WHOLE,
            ujoule: joule * ONE_JOULE,
            staked: staked * ONE_JOULE,
        })
    };
    ROWS.into_iter().map(actor).collect()
}
