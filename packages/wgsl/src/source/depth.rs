//! Depth of nesting. naga's parser and lowering recurse once or more for each bracket, operator, member access, template
//! and `else if`; a few KiB of any of them overflow its stack.

use super::token::{Kind, Token};
use crate::error::{Code, Refusal};

/// Most nesting at one point of the text: brackets, plus operators of each expression that is open there, plus
/// branches of each `else if` chain. naga 30.0.1 takes that on a stack of 2 MiB, whatever the kind of nesting.
pub(super) const MAX_DEPTH: u32 = 200;

#[derive(Default)]
struct Level {
    /// Marks since the last `;` or brace.
    chain: u32,
    /// Templates (or comparisons) open: what a comma does not end.
    open: u32,
    /// `else`s since the chain of branches began.
    elses: u32,
    /// The last token closed a brace.
    closed: bool,
}

impl Level {
    fn depth(&self) -> u32 {
        1 + self.chain + self.elses
    }
}

pub(super) fn check(tokens: &[Token<'_>]) -> Result<(), Refusal> {
    let mut levels = vec![Level::default()];
    // Depth of all levels but the last.
    let mut below = 0_u32;
    let mut before = None;
    for token in tokens {
        let count = levels.len();
        let Some(level) = levels.last_mut() else { break };
        let closed = std::mem::take(&mut level.closed);
        if token.word() == Some("else") {
            level.elses += 1;
        } else if closed {
            level.elses = 0;
        }
        match token.kind {
            Kind::Mark(b'(' | b'[' | b'{') => {
                if token.is(b'{') {
                    (level.chain, level.open) = (0, 0);
                }
                level.chain += 1;
                below += level.depth();
                levels.push(Level::default());
            }
            Kind::Mark(mark @ (b')' | b']' | b'}')) if count > 1 => {
                levels.pop();
                if let Some(outer) = levels.last_mut() {
                    below -= outer.depth();
                    if mark == b'}' {
                        (outer.chain, outer.open, outer.closed) = (0, 0, true);
                    }
                }
            }
            Kind::Mark(b';') => (level.chain, level.open) = (0, 0),
            Kind::Mark(b',') => level.chain = level.open,
            Kind::Mark(mark) => {
                level.chain += 1;
                match mark {
                    b'<' => level.open += 1,
                    b'>' if before != Some(b'-') => level.open = level.open.saturating_sub(1),
                    _ => {}
                }
            }
            Kind::Word(_) | Kind::Number(_) => {}
        }
        before = match token.kind {
            Kind::Mark(mark) => Some(mark),
            _ => None,
        };
        let depth = below + levels.last().map_or(0, Level::depth);
        if depth > MAX_DEPTH {
            let what = format!("nesting is deeper than {MAX_DEPTH}");
            return Err(Refusal::new(Code::Nesting, what).at(Some(token.line)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    fn deep(source: &str) -> bool {
        check(&tokens(source).unwrap()).is_err()
    }

    #[test]
    fn every_kind_of_nesting_is_counted() {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{", "}"),
            ("~", ""),
            ("!", ""),
            ("- ", ""),
            ("*&", ""),
            ("a^", ""),
            ("a&&", ""),
            ("a+", ""),
            ("a.x", ""),
            ("[0]", ""),
            ("array<", ""),
            ("array<u32, ", ""),
            ("if a {} else ", ""),
            ("f(a,", ")"),
        ] {
            let nest = |n: usize| format!("{}a{}", open.repeat(n), close.repeat(n));
            assert!(deep(&nest(MAX_DEPTH as usize)), "{open}");
            assert!(!deep(&nest(20)), "{open}");
        }
    }

    #[test]
    fn what_stands_in_a_row_is_not_deep() {
        for row in [
            "a=-b;",
            "{}",
            "f(a);",
            "if a {} else {}\n",
            "if a { b=c; }",
            "const a = array(-1, -2);",
        ] {
            assert!(!deep(&row.repeat(1000)), "{row}");
        }
        assert!(!deep(&format!("array({})", "-1, a.x, (b), c[0], ".repeat(500))));
    }
}
