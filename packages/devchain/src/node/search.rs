//! The query language of `tx_search` and `subscribe`: conditions joined by AND.

use std::collections::BTreeMap;

/// Values by `type.key`.
pub(crate) type Tags = BTreeMap<String, Vec<String>>;

/// A parsed query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conditions(Vec<Condition>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Is(String),
    Contains(String),
    Exists,
    Less(i128),
    AtMost(i128),
    More(i128),
    AtLeast(i128),
}

impl Conditions {
    /// Parses `key='text' AND key>=5 AND key CONTAINS 'part' AND key EXISTS`. CometBFT's DATE and TIME operands are not
    /// known here.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.trim();
        let mut conditions = Vec::new();
        loop {
            let (condition, after) =
                condition(rest).ok_or_else(|| format!("failed to parse query {text:?} at {rest:?}"))?;
            conditions.push(condition);
            let after = after.trim_start();
            if after.is_empty() {
                return Ok(Self(conditions));
            }
            rest = after
                .strip_prefix("AND")
                .filter(|tail| tail.starts_with(char::is_whitespace))
                .ok_or_else(|| format!("failed to parse query {text:?}: expected AND at {after:?}"))?
                .trim_start();
        }
    }

    /// The text that a key must equal, if there is such a condition.
    pub(crate) fn exact(&self, key: &str) -> Option<&str> {
        self.0.iter().find_map(|condition| match &condition.test {
            Test::Is(value) if condition.key == key => Some(value.as_str()),
            _ => None,
        })
    }

    /// Whether every condition holds for some value of its key.
    pub(crate) fn matches(&self, tags: &Tags) -> bool {
        self.0.iter().all(|condition| {
            let values = tags.get(&condition.key).map(Vec::as_slice).unwrap_or_default();
            values.iter().any(|value| condition.test.holds(&condition.key, value))
        })
    }
}

impl Test {
    fn holds(&self, key: &str, value: &str) -> bool {
        let number = || value.parse::<i128>().ok();
        match self {
            // Hashes are written in either case.
            Test::Is(want) if key == "tx.hash" => value.eq_ignore_ascii_case(want),
            Test::Is(want) => value == want,
            Test::Contains(part) => value.contains(part.as_str()),
            Test::Exists => true,
            Test::Less(bound) => number().is_some_and(|n| n < *bound),
            Test::AtMost(bound) => number().is_some_and(|n| n <= *bound),
            Test::More(bound) => number().is_some_and(|n| n > *bound),
            Test::AtLeast(bound) => number().is_some_and(|n| n >= *bound),
        }
    }
}

fn condition(text: &str) -> Option<(Condition, &str)> {
    let end = text.find(|c: char| c.is_whitespace() || "=<>'".contains(c))?;
    let (key, rest) = text.split_at(end);
    if key.is_empty() {
        return None;
    }
    let rest = rest.trim_start();
    let key = key.to_string();
    if let Some(after) = rest.strip_prefix("EXISTS") {
        return Some((
            Condition {
                key,
                test: Test::Exists,
            },
            after,
        ));
    }
    if let Some(after) = rest.strip_prefix("CONTAINS") {
        let (value, after) = quoted(after.trim_start())?;
        let test = Test::Contains(value);
        return Some((Condition { key, test }, after));
    }
    let operators = [
        ("<=", Test::AtMost as fn(i128) -> Test),
        (">=", Test::AtLeast),
        ("<", Test::Less),
        (">", Test::More),
    ];
    for (operator, make) in operators {
        if let Some(after) = rest.strip_prefix(operator) {
            let (value, after) = number(after.trim_start())?;
            let test = make(value.parse().ok()?);
            return Some((Condition { key, test }, after));
        }
    }
    let after = rest.strip_prefix('=')?.trim_start();
    let (value, after) = quoted(after).or_else(|| number(after))?;
    let test = Test::Is(value);
    Some((Condition { key, test }, after))
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let rest = text.strip_prefix('\'')?;
    let end = rest.find('\'')?;
    Some((rest[..end].to_string(), &rest[end + 1..]))
}

fn number(text: &str) -> Option<(String, &str)> {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    digits.parse::<i128>().ok()?;
    Some((digits.to_string(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags() -> Tags {
        let pairs = [
            ("tm.event", "Tx"),
            ("tx.hash", "AB12"),
            ("tx.height", "7"),
            ("wasm.action", "post job"),
            ("wasm.action", "pay"),
        ];
        let mut tags = Tags::new();
        for (key, value) in pairs {
            tags.entry(key.into()).or_default().push(value.into());
        }
        tags
    }

    #[test]
    fn conditions_hold_or_not() {
        let cases = [
            ("tm.event='Tx'", true),
            ("tm.event = 'Tx'", true),
            ("tm.event='NewBlock'", false),
            ("tx.hash='ab12'", true),
            ("tx.height=7", true),
            ("tx.height='7'", true),
            ("tx.height>=7 AND tx.height<=7", true),
            ("tx.height > 6 AND tx.height < 8", true),
            ("tx.height>7", false),
            ("wasm.action='pay' AND tm.event='Tx'", true),
            ("wasm.action='post job'", true),
            ("wasm.action CONTAINS 'job'", true),
            ("wasm.action EXISTS AND tx.height<7", false),
            ("wasm.nothing EXISTS", false),
        ];
        for (text, want) in cases {
            assert_eq!(Conditions::parse(text).unwrap().matches(&tags()), want, "{text}");
        }
    }

    #[test]
    fn junk_is_refused() {
        for text in [
            "",
            "x",
            "='1'",
            "a='1' OR b='2'",
            "a='1",
            "a>x",
            "a='1' AND",
            "a='1'AND b='2' c",
            "a=DATE 2020",
        ] {
            assert!(Conditions::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_hash_is_found_for_the_index() {
        let query = Conditions::parse("tx.hash='AB' AND tx.height=3").unwrap();
        assert_eq!(query.exact("tx.hash"), Some("AB"));
        assert_eq!(query.exact("tm.event"), None);
    }
}
