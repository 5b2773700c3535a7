//! Names of floats and directives. naga evaluates constant expressions while it parses, with the host's mathematics: a
//! float that never reaches the module would still differ between hosts, so floats are refused as text.

use super::token::{Kind, Token};
use crate::error::{Code, Refusal};

/// Built-in functions that only know floats, or make floats of integers. Refused where they are called or declared.
const FLOAT_FUNCTIONS: &[&str] = &[
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "ceil",
    "cos",
    "cosh",
    "cross",
    "degrees",
    "determinant",
    "distance",
    "exp",
    "exp2",
    "faceForward",
    "floor",
    "fma",
    "fract",
    "frexp",
    "inverse",
    "inverseSqrt",
    "ldexp",
    "length",
    "log",
    "log2",
    "mix",
    "modf",
    "normalize",
    "outerProduct",
    "pack2x16float",
    "pack2x16snorm",
    "pack2x16unorm",
    "pack4x8snorm",
    "pack4x8unorm",
    "pow",
    "quantizeToF16",
    "radians",
    "reflect",
    "refract",
    "round",
    "saturate",
    "sin",
    "sinh",
    "smoothstep",
    "sqrt",
    "step",
    "tan",
    "tanh",
    "transpose",
    "trunc",
    "unpack2x16float",
    "unpack2x16snorm",
    "unpack2x16unorm",
    "unpack4x8snorm",
    "unpack4x8unorm",
];

pub(super) fn check(tokens: &[Token<'_>]) -> Result<(), Refusal> {
    for (at, token) in tokens.iter().enumerate() {
        let called = tokens.get(at + 1).is_some_and(|t| t.is(b'('));
        let (code, what) = match token.kind {
            Kind::Word(word) if is_float_type(word) => (Code::Float, format!("`{word}`")),
            Kind::Word(word) if called && FLOAT_FUNCTIONS.contains(&word) => {
                (Code::Float, format!("`{word}` is a function of floats"))
            }
            Kind::Word(word @ ("enable" | "requires")) => (Code::Extension, format!("`{word}`")),
            Kind::Number(text) if is_float(text) => (Code::Float, format!("`{text}`")),
            _ => continue,
        };
        return Err(Refusal::new(code, what).at(Some(token.line)));
    }
    Ok(())
}

fn is_float_type(word: &str) -> bool {
    let shape = |prefix: &str| word.strip_prefix(prefix).map(str::as_bytes);
    match (word, shape("vec"), shape("mat")) {
        ("f16" | "f32" | "f64", ..) => true,
        (_, Some([b'2'..=b'4', b'f' | b'h']), _) => true,
        (_, _, Some([b'2'..=b'4', b'x', b'2'..=b'4', rest @ ..])) => matches!(rest, [] | [b'f' | b'h']),
        _ => false,
    }
}

fn is_float(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    match lower.strip_prefix("0x") {
        Some(digits) => digits.contains(['.', 'p', 'h']),
        None => lower.contains(['.', 'e', 'f', 'h']),
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    fn code(source: &str) -> Option<&'static str> {
        check(&tokens(source).unwrap()).err().map(|e| e.code())
    }

    #[test]
    fn floats_are_found_as_text() {
        for bad in [
            "f32",
            "vec3f",
            "vec4h",
            "mat2x2",
            "mat4x3f",
            "1.0",
            ".5",
            "1f",
            "2h",
            "1e3",
            "0x1p4",
            "0x.8",
            "sqrt(2)",
            "step (1, 2)",
        ] {
            assert_eq!(code(bad), Some("wgsl.float"), "{bad}");
        }
    }

    #[test]
    fn integers_are_not() {
        for good in [
            "i32",
            "vec3u",
            "matter",
            "mat2",
            "0xfe",
            "1u",
            "0x1fu",
            "a.x",
            "length",
            "step",
            "v.length",
            "min(1, 2)",
        ] {
            assert_eq!(code(good), None, "{good}");
        }
    }

    #[test]
    fn directives_are_refused() {
        assert_eq!(code("enable f16;"), Some("wgsl.extension"));
        assert_eq!(code("requires x;"), Some("wgsl.extension"));
    }

    #[test]
    fn the_list_is_sorted() {
        assert!(FLOAT_FUNCTIONS.is_sorted());
    }
}
