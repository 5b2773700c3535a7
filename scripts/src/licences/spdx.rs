//! SPDX licence expressions: `A`, `A+`, `A WITH B`, `AND`, `OR`, parentheses, and the old `A/B` for `OR`.

use anyhow::{bail, Result};

/// Whether the allowed licences satisfy the expression. `A WITH B` must be allowed as a whole, or `A` alone: an
/// exception only widens what a licence permits.
pub fn satisfied(expression: &str, allowed: &dyn Fn(&str) -> bool) -> Result<bool> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser {
        tokens: &tokens,
        allowed,
    };
    let value = parser.any()?;
    match parser.tokens.first() {
        None => Ok(value),
        Some(token) => bail!("cannot read licence expression {expression:?} at {token:?}"),
    }
}

struct Parser<'a> {
    tokens: &'a [&'a str],
    allowed: &'a dyn Fn(&str) -> bool,
}

impl<'a> Parser<'a> {
    fn take(&mut self, token: &str) -> bool {
        let found = self.tokens.first() == Some(&token);
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn next(&mut self) -> Result<&'a str> {
        match self.tokens.split_first() {
            Some((first, rest)) => {
                self.tokens = rest;
                Ok(first)
            }
            None => bail!("a licence expression ends early"),
        }
    }

    fn any(&mut self) -> Result<bool> {
        let mut value = self.all()?;
        while self.take("OR") {
            value |= self.all()?;
        }
        Ok(value)
    }

    fn all(&mut self) -> Result<bool> {
        let mut value = self.one()?;
        while self.take("AND") {
            value &= self.one()?;
        }
        Ok(value)
    }

    fn one(&mut self) -> Result<bool> {
        if self.take("(") {
            let value = self.any()?;
            if !self.take(")") {
                bail!("a licence expression lacks a closing parenthesis");
            }
            return Ok(value);
        }
        let name = self.next()?;
        if matches!(name, "OR" | "AND" | "WITH" | ")") {
            bail!("a licence name was expected, not {name}");
        }
        let mut value = (self.allowed)(name);
        if self.take("WITH") {
            value |= (self.allowed)(&format!("{name} WITH {}", self.next()?));
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        let ok = |e: &str| satisfied(e, &|l| matches!(l, "MIT" | "Apache-2.0" | "GPL-2.0 WITH Classpath")).unwrap();
        for good in [
            "MIT",
            "MIT/GPL-3.0",
            "GPL-3.0 OR MIT",
            "(MIT OR GPL-3.0) AND Apache-2.0",
            "Apache-2.0 WITH LLVM-exception",
            "GPL-2.0 WITH Classpath",
            "GPL-3.0 AND GPL-3.0 OR MIT",
        ] {
            assert!(ok(good), "{good}");
        }
        for bad in ["GPL-3.0", "MIT AND GPL-3.0", "GPL-2.0", "(MIT AND GPL-3.0) OR GPL-2.0"] {
            assert!(!ok(bad), "{bad}");
        }
    }

    #[test]
    fn nonsense_is_an_error() {
        for text in ["", "MIT OR", "(MIT", "MIT MIT", "AND", "MIT)"] {
            assert!(satisfied(text, &|_| true).is_err(), "{text}");
        }
    }
}
