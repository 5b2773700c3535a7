//! Every operator and built-in function against plain Rust, on scalars and vectors, over edge values and random ones.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

use joule_wgsl::Program;
use proptest::prelude::*;

use super::support::*;

type Reference = fn(u32, u32, u32) -> u32;

fn s(bits: u32) -> i32 {
    bits as i32
}

/// Type of the operands, expression over `$a`, `$b` and `$c`, reference. Operands of a component are it and the two
/// after it. Expressions that begin with `=` do not work on vectors.
const TABLE: &[(&str, &str, Reference)] = &[
    ("u", "$a + $b", |a, b, _| a.wrapping_add(b)),
    ("u", "$a - $b", |a, b, _| a.wrapping_sub(b)),
    ("u", "$a * $b", |a, b, _| a.wrapping_mul(b)),
    ("u", "$a / $b", |a, b, _| a.checked_div(b).unwrap_or(a)),
    ("u", "$a % $b", |a, b, _| a.checked_rem(b).unwrap_or(0)),
    ("u", "$a & $b", |a, b, _| a & b),
    ("u", "$a | $b", |a, b, _| a | b),
    ("u", "$a ^ $b", |a, b, _| a ^ b),
    ("u", "~$a", |a, _, _| !a),
    ("u", "$a << $b", |a, b, _| a << (b % 32)),
    ("u", "$a >> $b", |a, b, _| a >> (b % 32)),
    ("u", "u($a == $b)", |a, b, _| u32::from(a == b)),
    ("u", "u($a != $b)", |a, b, _| u32::from(a != b)),
    ("u", "u($a < $b)", |a, b, _| u32::from(a < b)),
    ("u", "u($a <= $b)", |a, b, _| u32::from(a <= b)),
    ("u", "u($a > $b)", |a, b, _| u32::from(a > b)),
    ("u", "u($a >= $b)", |a, b, _| u32::from(a >= b)),
    ("u", "abs($a)", |a, _, _| a),
    ("u", "min($a, $b)", |a, b, _| a.min(b)),
    ("u", "max($a, $b)", |a, b, _| a.max(b)),
    ("u", "clamp($a, $b, $c)", |a, b, c| a.max(b).min(c)),
    ("u", "select($a, $b, $c > $a)", |a, b, c| if c > a { b } else { a }),
    ("u", "countOneBits($a)", |a, _, _| a.count_ones()),
    ("u", "countLeadingZeros($a)", |a, _, _| a.leading_zeros()),
    ("u", "countTrailingZeros($a)", |a, _, _| a.trailing_zeros()),
    ("u", "reverseBits($a)", |a, _, _| a.reverse_bits()),
    ("u", "firstTrailingBit($a)", |a, _, _| {
        a.checked_ilog2().map_or(u32::MAX, |_| a.trailing_zeros())
    }),
    ("u", "firstLeadingBit($a)", |a, _, _| {
        a.checked_ilog2().unwrap_or(u32::MAX)
    }),
    ("u", "=extractBits($a, $b, $c)", |a, b, c| bits(a, b, c, false)),
    ("u", "=insertBits($a, ~$a, $b, $c)", |a, b, c| insert(a, !a, b, c)),
    ("u", "=dot4U8Packed($a, $b)", |a, b, _| dot(a, b, i64::from)),
    ("u", "=bitcast<u32>(dot4I8Packed($a, $b))", |a, b, _| {
        dot(a, b, |x| i64::from(x as i8))
    }),
    ("u", "=pack4xU8(vec4($a, $b, $c, $a))", |a, b, c| {
        u32::from_le_bytes([a, b, c, a].map(|x| x as u8))
    }),
    ("u", "=pack4xU8Clamp(vec4($a, $b, $c, $a))", |a, b, c| {
        u32::from_le_bytes([a, b, c, a].map(|x| x.min(255) as u8))
    }),
    ("u", "=unpack4xU8($a)[$b & 3u]", |a, b, _| {
        u32::from(a.to_le_bytes()[(b & 3) as usize])
    }),
    ("u", "=bitcast<u32>(unpack4xI8($a)[$b & 3u])", |a, b, _| {
        i32::from(a.to_le_bytes()[(b & 3) as usize] as i8) as u32
    }),
    ("u", "=dot(vec3($a, $b, $c), vec3($b, $c, $a))", |a, b, c| {
        a.wrapping_mul(b)
            .wrapping_add(b.wrapping_mul(c))
            .wrapping_add(c.wrapping_mul(a))
    }),
    ("u", "=u(all(vec2($a, $b) < vec2($c)))", |a, b, c| {
        u32::from(a < c && b < c)
    }),
    ("u", "=u(any(vec2($a, $b) < vec2($c)))", |a, b, c| {
        u32::from(a < c || b < c)
    }),
    ("u", "=u($a < $b && $b < $c)", |a, b, c| u32::from(a < b && b < c)),
    ("u", "=u($a < $b || $b < $c)", |a, b, c| u32::from(a < b || b < c)),
    ("u", "=u(!($a < $b))", |a, b, _| u32::from(a >= b)),
    ("u", "u(($a < $b) & ($b < $c))", |a, b, c| u32::from(a < b && b < c)),
    ("u", "u(($a < $b) | ($b < $c))", |a, b, c| u32::from(a < b || b < c)),
    ("u", "u(($a < $b) == ($b < $c))", |a, b, c| {
        u32::from((a < b) == (b < c))
    }),
    ("u", "u(bool_($a & 4u))", |a, _, _| u32::from(a & 4 != 0)),
    ("i", "$a + $b", |a, b, _| a.wrapping_add(b)),
    ("i", "$a - $b", |a, b, _| a.wrapping_sub(b)),
    ("i", "$a * $b", |a, b, _| a.wrapping_mul(b)),
    (
        "i",
        "$a / $b",
        |a, b, _| if b == 0 { a } else { s(a).wrapping_div(s(b)) as u32 },
    ),
    (
        "i",
        "$a % $b",
        |a, b, _| if b == 0 { 0 } else { s(a).wrapping_rem(s(b)) as u32 },
    ),
    ("i", "$a / -1", |a, _, _| s(a).wrapping_neg() as u32),
    ("i", "$a % -1", |_, _, _| 0),
    ("i", "$a / 7", |a, _, _| (s(a) / 7) as u32),
    ("i", "$a % -7", |a, _, _| (s(a) % -7) as u32),
    ("i", "-$a", |a, _, _| a.wrapping_neg()),
    ("i", "~$a", |a, _, _| !a),
    ("i", "$a << bitcast_($b)", |a, b, _| a << (b % 32)),
    ("i", "$a >> bitcast_($b)", |a, b, _| (s(a) >> (b % 32)) as u32),
    ("i", "i($a == $b)", |a, b, _| u32::from(a == b)),
    ("i", "i($a < $b)", |a, b, _| u32::from(s(a) < s(b))),
    ("i", "i($a <= $b)", |a, b, _| u32::from(s(a) <= s(b))),
    ("i", "i($a > $b)", |a, b, _| u32::from(s(a) > s(b))),
    ("i", "i($a >= $b)", |a, b, _| u32::from(s(a) >= s(b))),
    ("i", "abs($a)", |a, _, _| s(a).unsigned_abs()),
    ("i", "sign($a)", |a, _, _| s(a).signum() as u32),
    ("i", "min($a, $b)", |a, b, _| s(a).min(s(b)) as u32),
    ("i", "max($a, $b)", |a, b, _| s(a).max(s(b)) as u32),
    ("i", "clamp($a, $b, $c)", |a, b, c| s(a).max(s(b)).min(s(c)) as u32),
    ("i", "countOneBits($a)", |a, _, _| a.count_ones()),
    ("i", "countLeadingZeros($a)", |a, _, _| a.leading_zeros()),
    ("i", "countTrailingZeros($a)", |a, _, _| a.trailing_zeros()),
    ("i", "reverseBits($a)", |a, _, _| a.reverse_bits()),
    ("i", "firstTrailingBit($a)", |a, _, _| {
        if a == 0 {
            u32::MAX
        } else {
            a.trailing_zeros()
        }
    }),
    ("i", "firstLeadingBit($a)", |a, _, _| {
        (if s(a) < 0 { !a } else { a }).checked_ilog2().unwrap_or(u32::MAX)
    }),
    (
        "i",
        "=extractBits($a, bitcast<u32>($b), bitcast<u32>($c))",
        |a, b, c| bits(a, b, c, true),
    ),
    (
        "i",
        "=insertBits($a, ~$a, bitcast<u32>($b), bitcast<u32>($c))",
        |a, b, c| insert(a, !a, b, c),
    ),
    ("i", "=bitcast<i32>(pack4xI8(vec4($a, $b, $c, $a)))", |a, b, c| {
        u32::from_le_bytes([a, b, c, a].map(|x| x as u8))
    }),
    ("i", "=bitcast<i32>(pack4xI8Clamp(vec4($a, $b, $c, $a)))", |a, b, c| {
        u32::from_le_bytes([a, b, c, a].map(|x| s(x).clamp(-128, 127) as u8))
    }),
    ("i", "=dot(vec2($a, $b), vec2($b, $c))", |a, b, c| {
        a.wrapping_mul(b).wrapping_add(b.wrapping_mul(c))
    }),
];

fn bits(a: u32, offset: u32, count: u32, signed: bool) -> u32 {
    let (offset, count) = (offset.min(32), count.min(32 - offset.min(32)));
    let field = (u64::from(a) >> offset) & ((1_u64 << count) - 1);
    match signed && count > 0 && field >> (count - 1) == 1 {
        true => (field as i64 - (1_i64 << count)) as u32,
        false => field as u32,
    }
}

fn insert(a: u32, b: u32, offset: u32, count: u32) -> u32 {
    let (offset, count) = (offset.min(32), count.min(32 - offset.min(32)));
    let mask = (((1_u64 << count) - 1) << offset) as u32;
    a & !mask | ((u64::from(b) << offset) as u32 & mask)
}

fn dot(a: u32, b: u32, value: fn(u8) -> i64) -> u32 {
    a.to_le_bytes()
        .iter()
        .zip(b.to_le_bytes())
        .map(|(x, y)| value(*x) * value(y))
        .sum::<i64>() as u32
}

/// Fills in the placeholders for a vector (`part` is empty) or one component.
fn expression(text: &str, part: &str) -> String {
    let (u, i, b) = match part {
        "" => ("vec4<u32>(", "vec4<i32>(", "vec4<bool>("),
        _ => ("u32(", "i32(", "bool("),
    };
    let text = text.trim_start_matches('=');
    let text = match text
        .strip_prefix("u(")
        .map(|rest| (u, rest))
        .or(text.strip_prefix("i(").map(|rest| (i, rest)))
    {
        Some((cast, rest)) => format!("{cast}{rest}"),
        None => text.to_string(),
    };
    let bitcast = if part.is_empty() {
        "bitcast<vec4<u32>>("
    } else {
        "bitcast<u32>("
    };
    let constant = |digit: &str| {
        if part.is_empty() {
            format!("vec4({digit})")
        } else {
            digit.to_string()
        }
    };
    text.replace("bool_(", b)
        .replace("bitcast_(", bitcast)
        .replace("4u", &constant("4u"))
        .replace("$a", &format!("a{part}"))
        .replace("$b", &format!("b{part}"))
        .replace("$c", &format!("c{part}"))
}

fn body(kind: &str, text: &str, vector: bool) -> String {
    let (ty, back) = match kind {
        "u" => ("u32", "v"),
        _ => ("i32", "bitcast<vec4<i32>>(v)"),
    };
    let value = match vector {
        true => expression(text, ""),
        false => format!(
            "vec4<{ty}>({})",
            [".x", ".y", ".z", ".w"].map(|part| expression(text, part)).join(", ")
        ),
    };
    let result = if text.contains("abs") && kind == "i" {
        format!("vec4<i32>({value})")
    } else {
        value
    };
    format!("let a: vec4<{ty}> = {back}; let b = a.yzwx; let c = a.zwxy; dst[gid.x] = bitcast<vec4<u32>>({result});")
}

const CASES: usize = 64;

fn check(kind: &str, text: &str, reference: Reference, cases: &[[u32; 4]]) {
    static PROGRAMS: OnceLock<Mutex<HashMap<String, Program>>> = OnceLock::new();
    for vector in [false, true] {
        if vector && text.starts_with('=') {
            continue;
        }
        let body = body(kind, text, vector);
        let mut programs = PROGRAMS.get_or_init(Mutex::default).lock().unwrap();
        let program = programs.entry(body.clone()).or_insert_with(|| {
            let bundle = bundle(&kernel(&body), CASES as u32, 16 * CASES, 16 * CASES);
            program(&bundle).unwrap_or_else(|e| panic!("{body}: {e}"))
        });
        for cases in cases.chunks(CASES) {
            let input: Vec<u8> = cases.iter().flat_map(|c| bytes(c)).collect();
            let (output, _) = run(program, &input).unwrap();
            for (case, got) in cases.iter().zip(words(&output).chunks(4)) {
                let at = |i: usize| case[i % 4];
                let want: Vec<u32> = (0..4).map(|i| reference(at(i), at(i + 1), at(i + 2))).collect();
                assert_eq!(got, want, "{kind} {text} vector {vector} on {case:x?}");
            }
        }
    }
}

#[test]
fn all_operators_at_edge_values() {
    const EDGES: [u32; 14] = [
        0,
        1,
        2,
        3,
        7,
        31,
        32,
        33,
        0x80ff,
        0x7fff_ffff,
        0x8000_0000,
        0x8000_0001,
        0xffff_fffe,
        u32::MAX,
    ];
    let pairs = EDGES
        .iter()
        .flat_map(|a| EDGES.iter().map(move |b| [*a, *b, a ^ b, b.wrapping_sub(*a)]));
    let cases: Vec<_> = pairs.collect();
    for (kind, text, reference) in TABLE {
        check(kind, text, *reference, &cases);
    }
}

fn operand() -> impl Strategy<Value = u32> {
    prop_oneof![
        any::<u32>(),
        0..40_u32,
        (0..3_u32).prop_map(|x| x.wrapping_neg()),
        Just(1 << 31),
        (0..32_u32).prop_map(|x| 1 << x)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn all_operators_at_random_values(cases in proptest::collection::vec([operand(), operand(), operand(), operand()], CASES)) {
        for (kind, text, reference) in TABLE {
            check(kind, text, *reference, &cases);
        }
    }
}

#[test]
fn vectors_of_bits_share_a_window() {
    let body = "dst[gid.x] = insertBits(vec4(1u, 2u, 3u, v.w), v, 4u, 8u) ^ extractBits(v, v.x, 5u);";
    let case = [3, 0x1234, u32::MAX, 0x8765_4321];
    let want = [0, 1, 2, 3].map(|i| insert([1, 2, 3, case[3]][i], case[i], 4, 8) ^ bits(case[i], 3, 5, false));
    assert_eq!(evaluate(body, &[case]), [want]);
}

#[test]
fn conversions_keep_bits_or_truth() {
    let body = "let i = vec4<i32>(v); let t = vec4<bool>(i); dst[gid.x] = vec4(u32(i.x), u32(t.y), u32(i32(t.z)), u32(bool(v.w)));";
    assert_eq!(evaluate(body, &[[u32::MAX, 0, 7, 1 << 31]]), [[u32::MAX, 0, 1, 1]]);
}
