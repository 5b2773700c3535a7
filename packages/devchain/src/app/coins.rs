//! Coins as the SDK accepts them, and the events of moving them.

use crate::error::{sdk, TxError};
use cosmos_sdk_proto::cosmos::base::v1beta1::Coin as ProtoCoin;
use cosmwasm_std::{Coin, Event, Uint128};
use std::cmp::Ordering;

/// Parses the coins of a message: plain digits, positive, valid denoms, sorted by denom without repeats
/// (`Coins.Validate` of the SDK).
pub(crate) fn parse(coins: &[ProtoCoin]) -> Result<Vec<Coin>, TxError> {
    let parsed = coins
        .iter()
        .map(|coin| {
            Ok(Coin {
                denom: coin.denom.clone(),
                amount: amount(&coin.amount).ok_or_else(|| invalid(&coin.amount, &coin.denom))?,
            })
        })
        .collect::<Result<Vec<_>, TxError>>()?;
    if !parsed.windows(2).all(|pair| pair[0].denom < pair[1].denom) {
        return Err(TxError::sdk(
            sdk::INVALID_COINS,
            format!("{}: invalid coins", text(&parsed)),
        ));
    }
    validate(&parsed)?;
    Ok(parsed)
}

/// What `Coins.Validate` of the SDK says of coins that [`parse`] refuses.
pub(crate) fn fault(coins: &[ProtoCoin]) -> String {
    let mut before: Option<&str> = None;
    for coin in coins {
        let denom = coin.denom.as_str();
        if !is_denom(denom) {
            return format!("invalid denom: {denom}");
        }
        match before.map(|before| denom.cmp(before)) {
            Some(Ordering::Less) => return format!("denomination {denom} is not sorted"),
            Some(Ordering::Equal) => return format!("duplicate denomination {denom}"),
            _ => before = Some(denom),
        }
        if amount(&coin.amount).is_none_or(|amount| amount.is_zero()) {
            return format!("coin {}{denom} amount is not positive", coin.amount);
        }
    }
    String::new()
}

/// A contract's coins: the chain sorts them first, then holds them to the same rules.
pub(crate) fn sorted(mut coins: Vec<Coin>) -> Result<Vec<Coin>, TxError> {
    coins.sort_by(|a, b| a.denom.cmp(&b.denom));
    validate(&coins)?;
    Ok(coins)
}

fn validate(coins: &[Coin]) -> Result<(), TxError> {
    if let Some(bad) = coins.iter().find(|c| c.amount.is_zero() || !is_denom(&c.denom)) {
        return Err(invalid(&bad.amount.to_string(), &bad.denom));
    }
    if let Some(pair) = coins.windows(2).find(|pair| pair[0].denom == pair[1].denom) {
        return Err(TxError::sdk(
            sdk::INVALID_COINS,
            format!("duplicate denomination {}: invalid coins", pair[0].denom),
        ));
    }
    Ok(())
}

fn invalid(amount: &str, denom: &str) -> TxError {
    TxError::sdk(sdk::INVALID_COINS, format!("{amount}{denom}: invalid coins"))
}

/// Only digits: no sign, no blanks, no point.
fn amount(text: &str) -> Option<Uint128> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse::<u128>().ok().map(Uint128::new)).flatten()
}

/// The SDK's rule: `[a-zA-Z][a-zA-Z0-9/:._-]{2,127}`.
pub(crate) fn is_denom(denom: &str) -> bool {
    (3..=128).contains(&denom.len())
        && denom.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && denom
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/:._-".contains(&b))
}

/// `1uusdc,2uwatt`
pub(crate) fn text(coins: &[Coin]) -> String {
    let parts: Vec<String> = coins.iter().map(|c| format!("{}{}", c.amount, c.denom)).collect();
    parts.join(",")
}

/// What the bank module emits when coins move, in its order.
pub(crate) fn transfer_events(sender: &str, recipient: &str, coins: &[Coin]) -> Vec<Event> {
    let amount = text(coins);
    vec![
        Event::new("coin_spent")
            .add_attribute("spender", sender)
            .add_attribute("amount", &amount),
        Event::new("coin_received")
            .add_attribute("receiver", recipient)
            .add_attribute("amount", &amount),
        Event::new("transfer")
            .add_attribute("recipient", recipient)
            .add_attribute("sender", sender)
            .add_attribute("amount", &amount),
        Event::new("message").add_attribute("sender", sender),
    ]
}

/// What the bank module emits when a contract burns coins.
pub(crate) fn burn_events(burner: &str, coins: &[Coin]) -> Vec<Event> {
    let amount = text(coins);
    vec![
        Event::new("coin_spent")
            .add_attribute("spender", burner)
            .add_attribute("amount", &amount),
        Event::new("burn")
            .add_attribute("burner", burner)
            .add_attribute("amount", &amount),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proto(list: &[(&str, &str)]) -> Vec<ProtoCoin> {
        let coin = |(amount, denom): &(&str, &str)| ProtoCoin {
            denom: denom.to_string(),
            amount: amount.to_string(),
        };
        list.iter().map(coin).collect()
    }

    #[test]
    fn good_coins_pass() {
        let coins = parse(&proto(&[("1", "uusdc"), ("2", "uwatt")])).unwrap();
        assert_eq!(text(&coins), "1uusdc,2uwatt");
        assert!(parse(&[]).unwrap().is_empty());
        assert_eq!(
            parse(&proto(&[("340282366920938463463374607431768211455", "ibc/AB.C-_:9")]))
                .unwrap()
                .len(),
            1
        );
    }

    #[test]
    fn junk_is_refused_with_code_10() {
        let junk: [&[(&str, &str)]; 14] = [
            &[("", "uwatt")],
            &[("-1", "uwatt")],
            &[("+1", "uwatt")],
            &[("1.5", "uwatt")],
            &[(" 1", "uwatt")],
            &[("1e3", "uwatt")],
            &[("0", "uwatt")],
            &[("340282366920938463463374607431768211456", "uwatt")],
            &[("1", "uw")],
            &[("1", "1watt")],
            &[("1", "u watt")],
            &[("1", "")],
            &[("1", "uwatt"), ("1", "uusdc")],
            &[("1", "uwatt"), ("1", "uwatt")],
        ];
        for coins in junk {
            let error = parse(&proto(coins)).unwrap_err();
            assert_eq!((error.codespace, error.code), ("sdk", 10), "{coins:?}");
        }
    }

    #[test]
    fn the_fault_of_coins_is_named_as_the_sdk_names_it() {
        let faults: [(&[(&str, &str)], &str); 5] = [
            (&[("0", "uusdc")], "coin 0uusdc amount is not positive"),
            (&[("1", "1x")], "invalid denom: 1x"),
            (&[("1", "uwatt"), ("1", "uusdc")], "denomination uusdc is not sorted"),
            (&[("1", "uusdc"), ("1", "uusdc")], "duplicate denomination uusdc"),
            (
                &[("1", "uusdc"), ("-1", "uwatt")],
                "coin -1uwatt amount is not positive",
            ),
        ];
        for (coins, text) in faults {
            assert_eq!(fault(&proto(coins)), text);
        }
    }

    #[test]
    fn contract_coins_are_sorted_first_but_never_merged() {
        let coin = |amount: u128, denom: &str| Coin::new(amount, denom);
        let sorted_coins = sorted(vec![coin(2, "uwatt"), coin(1, "uusdc")]).unwrap();
        assert_eq!(text(&sorted_coins), "1uusdc,2uwatt");
        assert!(sorted(vec![coin(1, "uwatt"), coin(1, "uwatt")]).is_err());
        assert!(sorted(vec![coin(0, "uwatt")]).is_err());
    }
}
