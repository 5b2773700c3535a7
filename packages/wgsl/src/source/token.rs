//! A lexer that is good enough for counting: identifiers, numbers, and punctuation character by character.

use crate::error::{Code, Refusal};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Word(&'a str),
    Number(&'a str),
    Mark(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub kind: Kind<'a>,
    /// From 1.
    pub line: u32,
}

impl<'a> Token<'a> {
    pub fn is(&self, mark: u8) -> bool {
        self.kind == Kind::Mark(mark)
    }

    pub fn word(&self) -> Option<&'a str> {
        match self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// Splits the source; only printable ASCII, tabs and line ends are allowed, so that no two readers of the text disagree
/// on what a line, a blank or an identifier is.
pub(super) fn tokens(source: &str) -> Result<Vec<Token<'_>>, Refusal> {
    let bytes = source.as_bytes();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let length = match byte {
            b'\n' | b'\r' | b'\t' | b' ' => 1,
            b'/' if rest.get(1) == Some(&b'/') => run(rest, |b| b != b'\n' && b != b'\r'),
            b'/' if rest.get(1) == Some(&b'*') => comment(rest),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => run(rest, |b| b.is_ascii_alphanumeric() || b == b'_'),
            b'0'..=b'9' => number(rest),
            b'.' if rest.get(1).is_some_and(u8::is_ascii_digit) => number(rest),
            _ => 1,
        };
        let text = source.get(at..at + length).unwrap_or_default();
        if let Some(bad) = rest[..length]
            .iter()
            .find(|b| !matches!(b, b'\n' | b'\r' | b'\t' | b' '..=b'~'))
        {
            let what = format!("byte {bad:#04x}");
            return Err(Refusal::new(Code::SourceText, what).at(Some(line)));
        }
        let kind = match byte {
            b'\n' | b'\r' | b'\t' | b' ' => None,
            b'/' if length > 1 => None,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Some(Kind::Word(text)),
            b'0'..=b'9' => Some(Kind::Number(text)),
            b'.' if length > 1 => Some(Kind::Number(text)),
            mark => Some(Kind::Mark(mark)),
        };
        tokens.extend(kind.map(|kind| Token { kind, line }));
        line += rest[..length].iter().filter(|b| **b == b'\n').count() as u32;
        at += length;
    }
    Ok(tokens)
}

fn run(rest: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    rest.iter().position(|b| !belongs(*b)).unwrap_or(rest.len())
}

/// Block comments nest.
fn comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_u32, 0);
    while at < rest.len() {
        match (rest[at], rest.get(at + 1)) {
            (b'/', Some(b'*')) => (depth, at) = (depth + 1, at + 2),
            (b'*', Some(b'/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// Digits, suffixes, fractions and signed exponents.
fn number(rest: &[u8]) -> usize {
    let hex = rest.len() > 1 && rest[0] == b'0' && matches!(rest[1], b'x' | b'X');
    let mut at = 0;
    while at < rest.len() {
        let exponent = at > 0
            && match rest[at - 1] {
                b'e' | b'E' => !hex,
                b'p' | b'P' => hex,
                _ => false,
            };
        match rest[at] {
            b'+' | b'-' if exponent => at += 1,
            b'.' => at += 1,
            b if b.is_ascii_alphanumeric() => at += 1,
            _ => break,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<Kind<'_>> {
        tokens(source).unwrap().iter().map(|t| t.kind).collect()
    }

    #[test]
    fn words_numbers_and_marks() {
        use Kind::*;
        assert_eq!(
            kinds("a_1+0x1p-2 .5e+3-7u//x\n/*/*y*/*/b.x"),
            [
                Word("a_1"),
                Mark(b'+'),
                Number("0x1p-2"),
                Number(".5e+3"),
                Mark(b'-'),
                Number("7u"),
                Word("b"),
                Mark(b'.'),
                Word("x")
            ]
        );
        assert_eq!(kinds("0xe-1"), [Number("0xe"), Mark(b'-'), Number("1")]);
    }

    #[test]
    fn a_carriage_return_ends_a_comment() {
        assert_eq!(kinds("//a\rb"), [Kind::Word("b")]);
    }

    #[test]
    fn an_open_comment_swallows_the_rest() {
        assert_eq!(kinds("a/*/**/b"), [Kind::Word("a")]);
    }

    #[test]
    fn lines_count_from_one() {
        let lines: Vec<u32> = tokens("a\n/*\n*/b\r\nc").unwrap().iter().map(|t| t.line).collect();
        assert_eq!(lines, [1, 3, 4]);
    }

    #[test]
    fn other_characters_are_refused_wherever_they_stand() {
        for bad in ["a\u{b}", "\u{e9}", "// \u{2028}", "/* \0 */", "a\u{85}b"] {
            assert_eq!(tokens(bad).unwrap_err().code(), "wgsl.source_text", "{bad:?}");
        }
    }
}
