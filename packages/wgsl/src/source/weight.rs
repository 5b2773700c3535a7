//! Size of constants. naga copies a constant where it is used and writes zero values out, so a few lines that double an
//! array ask for gigabytes. The weight of a token is 1, of an array length its value, of the name of a constant, alias
//! or struct the weight of its declaration; the weight of the text is bounded.

use std::collections::HashMap;

use super::token::{Kind, Token};
use crate::error::{Code, Refusal};

/// Most weight of the text.
const MAX_WEIGHT: u64 = 1 << 20;
/// Most elements of an array with a constant length.
pub(crate) const MAX_ARRAY: u64 = 65_536;
/// Most declarations: naga orders them by recursion.
const MAX_DECLARATIONS: usize = 512;

/// Tokens of everything that is declared under a name (names are not told apart by scope).
type Named<'t, 'a> = HashMap<&'a str, Vec<&'t [Token<'a>]>>;

pub(super) fn check(tokens: &[Token<'_>]) -> Result<(), Refusal> {
    let count = |t: &&Token<'_>| matches!(t.word(), Some("const" | "alias" | "struct" | "fn" | "override"));
    let storage = |w: &[Token<'_>]| w[0].word() == Some("var") && w[1].is(b'<');
    let declared = tokens.iter().filter(count).count() + tokens.windows(2).filter(|w| storage(w)).count();
    if declared > MAX_DECLARATIONS {
        let what = format!("{declared} declarations, at most {MAX_DECLARATIONS}");
        return Err(Refusal::new(Code::TooManyDeclarations, what));
    }
    let mut weigher = Weigher {
        named: named(tokens),
        weights: HashMap::new(),
        bounds: HashMap::new(),
    };
    let total = weigher.weigh(tokens)?;
    if total > MAX_WEIGHT {
        let what = format!("constants and their uses weigh {total}, at most {MAX_WEIGHT}");
        return Err(Refusal::new(Code::ConstantSize, what));
    }
    Ok(())
}

fn named<'t, 'a>(tokens: &'t [Token<'a>]) -> Named<'t, 'a> {
    let mut named: Named<'t, 'a> = HashMap::new();
    for (at, token) in tokens.iter().enumerate() {
        let end: &[u8] = match token.word() {
            Some("const" | "alias") => b";",
            Some("struct") => b"}",
            _ => continue,
        };
        let Some(name) = tokens.get(at + 1).and_then(Token::word) else {
            continue;
        };
        let body = &tokens[at + 2..];
        let length = body.iter().position(|t| t.is(end[0])).unwrap_or(body.len());
        named.entry(name).or_default().push(&body[..length]);
    }
    named
}

struct Weigher<'t, 'a> {
    named: Named<'t, 'a>,
    /// `None` while a weight is being computed: a name that meets itself.
    weights: HashMap<&'a str, Option<u64>>,
    bounds: HashMap<&'a str, Option<u64>>,
}

impl<'a> Weigher<'_, 'a> {
    fn weigh(&mut self, tokens: &[Token<'a>]) -> Result<u64, Refusal> {
        let mut total = 0_u64;
        for (at, token) in tokens.iter().enumerate() {
            let member = at > 0 && tokens[at - 1].is(b'.');
            let weight = match token.word() {
                Some("array") => self.length(&tokens[at..])?,
                Some(word) if !member => self.weight_of(word, token.line)?,
                _ => 1,
            };
            total = total.saturating_add(weight);
        }
        Ok(total)
    }

    fn weight_of(&mut self, name: &'a str, line: u32) -> Result<u64, Refusal> {
        match self.weights.get(name) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err(cycle(name, line)),
            None => {}
        }
        let Some(declarations) = self.named.get(name).cloned() else {
            return Ok(1);
        };
        self.weights.insert(name, None);
        let mut weight = 1_u64;
        for tokens in declarations {
            weight = weight.saturating_add(self.weigh(tokens)?);
        }
        self.weights.insert(name, Some(weight));
        Ok(weight)
    }

    /// An upper bound for the length in `array<T, length>`, 1 without one.
    fn length(&mut self, tokens: &[Token<'a>]) -> Result<u64, Refusal> {
        let line = tokens[0].line;
        if !tokens.get(1).is_some_and(|t| t.is(b'<')) {
            return Ok(1);
        }
        let (mut depth, mut comma, mut end) = (0_u32, None, tokens.len());
        for (at, token) in tokens.iter().enumerate().skip(1) {
            match token.kind {
                Kind::Mark(b'<') => depth += 1,
                Kind::Mark(b'>') => depth -= 1,
                Kind::Mark(b',') if depth == 1 && comma.is_none() => comma = Some(at),
                _ => {}
            }
            if depth == 0 {
                end = at;
                break;
            }
        }
        let Some(comma) = comma else { return Ok(1) };
        let bound = self.bound(&tokens[comma + 1..end], line)?;
        if bound > MAX_ARRAY {
            let what = format!("an array may have {bound} elements, at most {MAX_ARRAY}");
            return Err(Refusal::new(Code::ArrayLength, what).at(Some(line)));
        }
        Ok(bound)
    }

    /// An upper bound for the value of a constant expression of literals, names and operators other than `<<` and `~`:
    /// none of them gives more than the product of its operands, each increased by one.
    fn bound(&mut self, tokens: &[Token<'a>], line: u32) -> Result<u64, Refusal> {
        if let [token] = tokens {
            if let Kind::Number(text) = token.kind {
                return Ok(value(text));
            }
        }
        let mut bound = 1_u64;
        for token in tokens {
            let factor = match token.kind {
                Kind::Number(text) => value(text),
                Kind::Word(name) => self.bound_of(name, token.line)?,
                Kind::Mark(b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^' | b',') => continue,
                Kind::Mark(mark) => {
                    let what = format!("`{}` in an array length", char::from(mark));
                    return Err(Refusal::new(Code::ArrayLength, what).at(Some(line)));
                }
            };
            bound = match tokens.len() {
                1 => factor,
                _ => bound.saturating_mul(factor.saturating_add(1)),
            };
        }
        Ok(bound)
    }

    fn bound_of(&mut self, name: &'a str, line: u32) -> Result<u64, Refusal> {
        match self.bounds.get(name) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err(cycle(name, line)),
            None => {}
        }
        let Some(declarations) = self.named.get(name).cloned() else {
            let what = format!("`{name}` in an array length is not a constant of the source");
            return Err(Refusal::new(Code::ArrayLength, what).at(Some(line)));
        };
        self.bounds.insert(name, None);
        let mut bound = 0;
        for tokens in declarations {
            let start = tokens.iter().position(|t| t.is(b'=')).map_or(0, |at| at + 1);
            bound = bound.max(self.bound(&tokens[start..], line)?);
        }
        self.bounds.insert(name, Some(bound));
        Ok(bound)
    }
}

/// Value of an integer literal; the largest number where it is not one, which refuses it.
fn value(text: &str) -> u64 {
    let digits = text.trim_end_matches(['i', 'u']);
    match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => digits.parse(),
    }
    .unwrap_or(u64::MAX)
}

fn cycle(name: &str, line: u32) -> Refusal {
    Refusal::new(Code::ConstantCycle, format!("`{name}` is declared by itself")).at(Some(line))
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    fn code(source: &str) -> Option<&'static str> {
        check(&tokens(source).unwrap()).err().map(|e| e.code())
    }

    fn doubling(n: usize) -> String {
        let mut source = String::from("const a0 = array(1, 1);");
        for i in 1..n {
            source += &format!("const a{i} = array(a{0}, a{0});", i - 1);
        }
        source
    }

    #[test]
    fn doubling_is_found_in_any_order_and_scope() {
        assert_eq!(code(&doubling(8)), None);
        assert_eq!(code(&doubling(30)), Some("wgsl.constant_size"));
        let inside = format!("fn f() {{ {} }}", doubling(30));
        assert_eq!(code(&inside), Some("wgsl.constant_size"));
        let mut lines: Vec<String> = doubling(30).split_inclusive(';').map(String::from).collect();
        lines.reverse();
        assert_eq!(code(&lines.concat()), Some("wgsl.constant_size"));
        assert_eq!(
            code("const a = 1; fn f() { const a = array(a, a); }"),
            Some("wgsl.constant_cycle")
        );
    }

    #[test]
    fn a_table_may_be_used_often_but_not_always() {
        let table = |uses| {
            format!(
                "const t = array({}); fn f() {{ {} }}",
                "1,".repeat(256),
                "a = t[b];".repeat(uses)
            )
        };
        assert_eq!(code(&table(100)), None);
        assert_eq!(code(&table(3000)), Some("wgsl.constant_size"));
    }

    #[test]
    fn lengths_are_bounded() {
        for good in [
            "array<u32, 65536>",
            "array<vec2<u32>, 0x10>",
            "array<array<u32, 4>, 8u>",
            "const N = 64; array<u32, N>",
            "const N: u32 = 64u; array<u32, N * N>",
            "array<u32>",
            "array(1, 2)",
        ] {
            assert_eq!(code(good), None, "{good}");
        }
        for bad in [
            "array<u32, 65537>",
            "array<u32, 4294967295>",
            "array<u32, 99999999999999999999>",
            "array<u32, 1 << 30>",
            "array<u32, u32(7)>",
            "array<u32, N>",
            "array<u32, ~0u>",
            "const N = 300; array<u32, N * N>",
            "const N = 1 << 30; array<u32, N>",
            "const N = max(1, 2); array<u32, N>",
        ] {
            assert_eq!(code(bad), Some("wgsl.array_length"), "{bad}");
        }
        assert_eq!(
            code("const N = M; const M = N; array<u32, N>"),
            Some("wgsl.constant_cycle")
        );
    }

    #[test]
    fn zero_values_weigh_what_they_hold() {
        assert_eq!(
            code(&format!(
                "alias A = array<u32, 65536>; fn f() {{ {} }}",
                "a = A();".repeat(20)
            )),
            Some("wgsl.constant_size")
        );
    }

    #[test]
    fn declarations_are_counted() {
        assert_eq!(code(&"fn f() {}".repeat(MAX_DECLARATIONS)), None);
        assert_eq!(
            code(&"fn f() {}".repeat(MAX_DECLARATIONS + 1)),
            Some("wgsl.too_many_declarations")
        );
        assert_eq!(
            code(&"@group(0) @binding(1) var<storage> a: u32;".repeat(600)),
            Some("wgsl.too_many_declarations")
        );
    }
}
