//! Broken programs: tokens of admitted and of hostile sources removed, doubled, swapped and mixed. Whatever comes out is
//! refused with a code or runs; the compiler does not panic, and what it rewrites stays valid.

use std::path::Path;

use super::{generate, Random};
use crate::{admit, Bundle, Limits, Machine};

/// Sources to begin with.
fn seeds() -> Vec<Bundle> {
    let mut seeds: Vec<Bundle> = (0..12).map(|seed| read(&generate(seed).bundle)).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let plain = read(&std::fs::read(root.join("testdata/hostile/plain.json")).unwrap());
    for file in std::fs::read_dir(root.join("testdata/hostile")).unwrap() {
        let path = file.unwrap().path();
        let source = std::fs::read(&path).unwrap();
        if path.extension().is_some_and(|e| e == "wgsl") && (40..4000).contains(&source.len()) {
            let source = String::from_utf8_lossy(&source).into_owned();
            seeds.push(Bundle {
                source,
                ..plain.clone()
            });
        }
    }
    assert!(seeds.len() > 100);
    seeds
}

fn read(bytes: &[u8]) -> Bundle {
    Bundle::read(bytes, &Limits::default()).unwrap()
}

/// Words, numbers and marks with the blanks before them.
fn pieces(source: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in source.chars() {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        match pieces.last_mut() {
            Some(piece) if last.is_whitespace() || (word(last) && word(c)) => piece.push(c),
            _ => pieces.push(c.into()),
        }
        last = c;
    }
    pieces
}

/// Word, number, operator, or a mark of its own.
fn kind(piece: &str) -> char {
    match piece.trim_start().chars().next().unwrap_or(' ') {
        c if c.is_ascii_alphabetic() => 'a',
        c if c.is_ascii_digit() => '0',
        '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' => '+',
        other => other,
    }
}

fn mutate(random: &mut Random, pieces: &mut Vec<String>, other: &[String]) {
    for _ in 0..1 + random.below(2) {
        let at = random.below(pieces.len());
        let end = (at + 1 + random.below(6)).min(pieces.len());
        let with = random.below(pieces.len());
        match random.below(16) {
            0 => drop(pieces.drain(at..end)),
            1 => {
                let copy = pieces[at..end].to_vec();
                pieces.splice(with..with, copy);
            }
            2 => pieces.swap(at, with),
            3 => pieces[at] = random.pick(other).clone(),
            4 => pieces[at] = pieces[with].clone(),
            5 => {
                let from = random.below(other.len());
                let copy = other[from..(from + 12).min(other.len())].to_vec();
                pieces.splice(at..at, copy);
            }
            // One of its kind, which is often a program still.
            _ => {
                let like = |piece: &&String| kind(piece) == kind(&pieces[at]);
                let same: Vec<_> = pieces.iter().filter(like).collect();
                pieces[at] = (*random.pick(&same)).clone();
            }
        }
        if pieces.is_empty() {
            return;
        }
    }
}

#[test]
fn mutants_are_refused_or_run() {
    let count = std::env::var("JOULE_WGSL_MUTANTS").map_or(1_000, |n| n.parse().unwrap());
    let seeds = seeds();
    let limits = Limits {
        invocations: 2_000,
        ..Limits::default()
    };
    let mut random = Random(count);
    let mut admitted = 0;
    for _ in 0..count {
        let first = if random.one_in(2) { 12 } else { seeds.len() };
        let (bundle, other) = (seeds[random.below(first)].clone(), random.pick(&seeds).clone());
        let mut parts = pieces(&bundle.source);
        mutate(&mut random, &mut parts, &pieces(&other.source));
        let bundle = Bundle {
            source: parts.concat(),
            ..bundle
        };
        let bytes = serde_json::to_vec(&bundle).unwrap();
        match admit(&bytes, 200, &limits) {
            Err(refusal) => assert_ne!(refusal.code(), "wgsl.internal", "{refusal}\n{}", bundle.source),
            Ok(program) => {
                let mut machine = Machine::new(&program, &[]).unwrap();
                admitted += 1;
                let _stop = (0..program.steps()).try_for_each(|step| machine.step(step).map(drop));
            }
        }
    }
    assert!(admitted > count / 50, "{admitted}");
}
