//! What the signer signs. Everything that is not listed is refused.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cw20::Cw20ExecuteMsg;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::chain::types::{Coin, Msg};
use crate::chain::wire::Decoded;
use crate::config::Settings;
use crate::error::{Error, Result};

/// Amounts by asset: a bank denom, or `cw20:<token address>`.
pub type Amounts = BTreeMap<String, u128>;

/// The policy file, TOML. Amounts are text, in smallest units.
///
/// ```toml
/// chain_id = "joule-dev-1"
/// max_gas = 5000000
/// granter = "wasm1..."           # may be charged for fees, and nobody else; leave out for none
/// [per_tx]                       # ceilings of one transaction, fee included; an asset that is not listed is not spent
/// uwatt = "200000"
/// [per_day]                      # ceilings of a day (UTC)
/// uwatt = "20000000"
/// [[contracts]]
/// address = "wasm1..."           # the marketplace
/// messages = ["start", "submit_result"]
/// [[tokens]]
/// address = "wasm1..."           # JOULE
/// [[tokens.send]]                # contracts it may be sent to, and with which messages inside
/// contract = "wasm1..."
/// hooks = ["bond"]
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The only chain.
    pub chain_id: String,
    /// Gas limit of a transaction.
    pub max_gas: u64,
    /// The only address that fees may be charged to instead of the key; empty for none.
    #[serde(default)]
    pub granter: String,
    /// Ceilings of one transaction, fee included.
    #[serde(with = "amounts")]
    pub per_tx: Amounts,
    /// Ceilings of a day (UTC), fees included.
    #[serde(with = "amounts")]
    pub per_day: Amounts,
    /// Contracts that may be called.
    #[serde(default)]
    pub contracts: Vec<ContractRule>,
    /// cw20 tokens that may be moved.
    #[serde(default)]
    pub tokens: Vec<TokenRule>,
    /// Addresses that plain bank transfers may go to. Empty: no bank transfers at all.
    #[serde(default)]
    pub bank_send_to: BTreeSet<String>,
}

/// A contract and the messages it may be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractRule {
    /// Address.
    pub address: String,
    /// Names of messages: the one key of the JSON object.
    pub messages: BTreeSet<String>,
}

impl ContractRule {
    /// These messages to the contract at `address`.
    pub fn new(address: &str, messages: &[&str]) -> Self {
        Self {
            address: address.into(),
            messages: messages.iter().map(|name| name.to_string()).collect(),
        }
    }
}

/// A cw20 token and where it may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRule {
    /// Address of the token.
    pub address: String,
    /// Contracts it may be sent to.
    #[serde(default)]
    pub send: Vec<SendRule>,
    /// Addresses it may be transferred to.
    #[serde(default)]
    pub transfer_to: BTreeSet<String>,
}

/// A contract that a token may be sent to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendRule {
    /// Address.
    pub contract: String,
    /// Names of the messages inside.
    pub hooks: BTreeSet<String>,
}

impl Policy {
    /// These messages to these contracts, and no coins but fees: at most `fees_per_day` a day, in base units of the fee coin.
    pub fn fees_only(settings: &Settings, fees_per_day: u64, contracts: Vec<ContractRule>) -> Self {
        let gas = &settings.gas;
        Self {
            chain_id: settings.chain.id.clone(),
            max_gas: gas.max_gas,
            granter: gas.granter.clone(),
            per_tx: Amounts::from([(gas.denom.clone(), gas.max_fee)]),
            per_day: Amounts::from([(gas.denom.clone(), u128::from(fees_per_day))]),
            contracts,
            tokens: Vec::new(),
            bank_send_to: BTreeSet::new(),
        }
    }

    /// Reads a policy file's text.
    pub fn parse(text: &str) -> Result<Self> {
        use figment::providers::{Format, Toml};
        figment::Figment::from(Toml::string(text)).extract().map_err(|e| {
            Error::config(
                "signer.bad_policy",
                e,
                "compare with the policy that `joule init` writes",
            )
        })
    }

    /// What the document spends if it is allowed; `address` and `public_key` are the signer's own.
    pub fn judge(&self, doc: &Decoded, address: &str, public_key: &[u8]) -> Result<Amounts> {
        if doc.chain_id != self.chain_id {
            return refuse(
                "signer.chain",
                format!("chain `{}`, policy is for `{}`", doc.chain_id, self.chain_id),
            );
        }
        if doc.public_key != public_key {
            return refuse("signer.other_key", "the document names another public key");
        }
        if doc.timeout_height == 0 {
            return refuse("signer.no_timeout", "the document never expires");
        }
        if doc.gas > self.max_gas {
            return refuse("signer.gas", format!("{} gas, ceiling {}", doc.gas, self.max_gas));
        }
        if !doc.granter.is_empty() && doc.granter != self.granter {
            return refuse("signer.granter", format!("the fee is charged to {}", doc.granter));
        }
        if doc.msgs.is_empty() {
            return refuse("signer.empty", "no messages");
        }
        let mut spent = Amounts::new();
        add_coins(&mut spent, &doc.fee)?;
        for (sender, msg) in &doc.msgs {
            if sender != address {
                return refuse("signer.other_sender", format!("a message is sent by {sender}"));
            }
            match msg {
                Msg::Execute { contract, msg, funds } => {
                    self.judge_call(contract, msg, &mut spent)?;
                    add_coins(&mut spent, funds)?;
                }
                Msg::Send { to, amount } => {
                    if !self.bank_send_to.contains(to) {
                        return refuse("signer.bank_send", format!("a transfer of {} to {to}", list(amount)));
                    }
                    add_coins(&mut spent, amount)?;
                }
                Msg::GrantFees { to, .. } | Msg::RevokeFees { to } => {
                    return refuse("signer.fee_grant", format!("a fee grant for {to}"));
                }
            }
        }
        within(&spent, &self.per_tx, "signer.tx_ceiling", "in one transaction")?;
        Ok(spent)
    }

    fn judge_call(&self, contract: &str, msg: &str, spent: &mut Amounts) -> Result<()> {
        if let Some(token) = self.tokens.iter().find(|t| t.address == contract) {
            return judge_token(token, msg, spent);
        }
        let Some(rule) = self.contracts.iter().find(|c| c.address == contract) else {
            return refuse("signer.contract", format!("contract {contract} is not listed"));
        };
        let name = message_name(msg.as_bytes())?;
        if !rule.messages.contains(&name) {
            return refuse(
                "signer.message",
                format!("message `{name}` to {contract} is not listed"),
            );
        }
        Ok(())
    }
}

fn judge_token(rule: &TokenRule, msg: &str, spent: &mut Amounts) -> Result<()> {
    let parsed: Cw20ExecuteMsg = serde_json::from_str(msg).map_err(|e| {
        Error::key(
            "signer.message",
            format!("unreadable message to token {}: {e}", rule.address),
            "",
        )
    })?;
    let amount = match parsed {
        Cw20ExecuteMsg::Send { contract, amount, msg } => {
            let hook = message_name(&msg)?;
            let allowed = rule
                .send
                .iter()
                .any(|s| s.contract == contract && s.hooks.contains(&hook));
            if !allowed {
                return refuse(
                    "signer.token_send",
                    format!("sending {amount} to {contract} with `{hook}` is not listed"),
                );
            }
            amount
        }
        Cw20ExecuteMsg::Transfer { recipient, amount } => {
            if !rule.transfer_to.contains(&recipient) {
                return refuse(
                    "signer.token_transfer",
                    format!("a transfer of {amount} to {recipient} is not listed"),
                );
            }
            amount
        }
        // Allowances, burns, minting and marketing are nothing an agent does.
        _ => {
            return refuse(
                "signer.message",
                format!("message to token {} is neither send nor transfer", rule.address),
            )
        }
    };
    add(spent, format!("cw20:{}", rule.address), amount.u128())
}

/// The single key of a message. Refuses more than one, also the same one twice: readers differ in which one they take.
fn message_name(json: &[u8]) -> Result<String> {
    let name: OneKey = serde_json::from_slice(json).map_err(|e| {
        Error::key(
            "signer.message",
            format!("not a contract message: {e}"),
            "only contract messages are signed",
        )
    })?;
    Ok(name.0)
}

struct OneKey(String);

impl<'de> Deserialize<'de> for OneKey {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = OneKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with one key")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OneKey, A::Error> {
                use serde::de::Error as _;
                let Some((key, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? else {
                    return Err(A::Error::custom("no key"));
                };
                match map.next_entry::<String, IgnoredAny>()? {
                    None => Ok(OneKey(key)),
                    Some(_) => Err(A::Error::custom("more than one key")),
                }
            }
        }
        d.deserialize_map(V)
    }
}

/// Every amount is at most its ceiling; assets without a ceiling are not spent at all.
pub(super) fn within(spent: &Amounts, ceilings: &Amounts, code: &'static str, when: &str) -> Result<()> {
    for (asset, amount) in spent {
        let ceiling = ceilings.get(asset).copied().unwrap_or(0);
        if *amount > ceiling {
            return refuse(code, format!("{amount} {asset} {when}, ceiling {ceiling}"));
        }
    }
    Ok(())
}

/// Adds up; an amount beyond 128 bits is no amount anybody has.
pub(super) fn add(to: &mut Amounts, asset: String, amount: u128) -> Result<()> {
    let sum = to.entry(asset).or_default();
    match sum.checked_add(amount) {
        Some(total) => *sum = total,
        None => return refuse("signer.amount", format!("{amount} on top of {sum}")),
    }
    Ok(())
}

fn add_coins(to: &mut Amounts, coins: &[Coin]) -> Result<()> {
    coins.iter().try_for_each(|c| add(to, c.denom.clone(), c.amount))
}

fn list(coins: &[Coin]) -> String {
    coins.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn refuse<T>(code: &'static str, what: impl fmt::Display) -> Result<T> {
    Err(Error::key(
        code,
        what,
        "the signer's policy does not allow it; its owner can change the policy file",
    ))
}

mod amounts {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Amounts;
    use crate::chain::types::text_amount;

    #[derive(Serialize, Deserialize)]
    struct Text(#[serde(with = "text_amount")] u128);

    pub fn serialize<S: Serializer>(amounts: &Amounts, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(amounts.iter().map(|(k, v)| (k, Text(*v))))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Amounts, D::Error> {
        let text = BTreeMap::<String, Text>::deserialize(d)?;
        Ok(text.into_iter().map(|(k, v)| (k, v.0)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_exactly_one_key() {
        assert_eq!(message_name(br#"{"start":{"job":"7"}}"#).unwrap(), "start");
        for bad in [
            &b"{}"[..],
            br#"{"a":{},"b":{}}"#,
            br#"{"a":{},"a":{}}"#,
            b"\"launch\"",
            b"[1]",
            b"nonsense",
            b"{\"a\":{}",
        ] {
            assert_eq!(
                message_name(bad).unwrap_err().code(),
                "signer.message",
                "{}",
                String::from_utf8_lossy(bad)
            );
        }
    }

    #[test]
    fn policy_files_refuse_unknown_keys_and_odd_amounts() {
        let good = "chain_id = \"c\"\nmax_gas = 1\n[per_tx]\nuwatt = \"5\"\n[per_day]\nuwatt = \"9\"\n";
        assert_eq!(Policy::parse(good).unwrap().per_day.get("uwatt"), Some(&9));
        for bad in [
            String::new(),
            format!("allow_everything = true\n{good}"),
            good.replace("\"5\"", "5"),
            good.replace("\"5\"", "\"-5\""),
            format!("{good}[[contracts]]\naddress = \"a\"\nmessages = [\"b\"]\nfunds = 1\n"),
        ] {
            assert_eq!(Policy::parse(&bad).unwrap_err().code(), "signer.bad_policy", "{bad}");
        }
    }

    #[test]
    fn assets_without_a_ceiling_are_not_spent() {
        let ceilings = Amounts::from([("a".to_string(), 5)]);
        assert!(within(&Amounts::from([("a".to_string(), 5)]), &ceilings, "x.y", "").is_ok());
        assert!(within(&Amounts::from([("a".to_string(), 6)]), &ceilings, "x.y", "").is_err());
        assert!(within(&Amounts::from([("b".to_string(), 1)]), &ceilings, "x.y", "").is_err());
        let mut huge = Amounts::from([("a".to_string(), u128::MAX)]);
        assert_eq!(add(&mut huge, "a".into(), 1).unwrap_err().code(), "signer.amount");
    }
}
