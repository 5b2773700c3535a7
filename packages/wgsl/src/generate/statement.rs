//! Statements, functions and the bundle.

use super::expression::{Expressions, Helper, Kind, Scope, Ty, B, I, U};
use super::Random;

const HEAD: &str = "\
struct Cell { a: u32, b: i32, v: vec4<u32>, w: vec3<i32>, xs: array<u32, 4> }
@group(0) @binding(0) var<storage, read> src: array<u32>;
@group(0) @binding(1) var<storage, read_write> dst: array<Cell>;
@group(0) @binding(2) var<storage, read_write> sums: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> ends: array<atomic<i32>>;
@group(0) @binding(4) var<storage, read> prev: array<Cell>;
@group(0) @binding(5) var<storage, read> counts: array<u32>;
@group(0) @binding(6) var<uniform> step: u32;
const TABLE = array<u32, 5>(3u, 1u, 4u, 1u, 5u);
var<private> kept: u32 = 7u;
var<private> deck: array<i32, 6>;
";

/// Invocations write one element each; some more run and find no element.
const CELLS: usize = 96;
const CELL_BYTES: usize = 64;
const WORDS: usize = 256;
const COUNTS: usize = 16;

pub(super) struct Writer {
    random: Random,
    /// Statements of a function.
    size: usize,
    wild: bool,
    text: String,
    helpers: Vec<Helper>,
    /// For names.
    count: usize,
    depth: usize,
    /// What an atomic of the unsigned and of the signed buffer does.
    atomics: [&'static str; 2],
}

impl Writer {
    pub fn new(mut random: Random, size: usize, wild: bool) -> Self {
        const ALL: [&str; 6] = [
            "atomicAdd",
            "atomicMin",
            "atomicMax",
            "atomicAnd",
            "atomicOr",
            "atomicXor",
        ];
        let atomics = [*random.pick(&ALL), *random.pick(&ALL)];
        Self {
            random,
            size,
            wild,
            text: HEAD.into(),
            helpers: Vec::new(),
            count: 0,
            depth: 0,
            atomics,
        }
    }

    pub fn bundle(mut self) -> Vec<u8> {
        for _ in 0..1 + self.random.below(3) {
            self.helper();
        }
        self.line("fn put(at: u32, value: u32) { dst[at].xs[value % 4u] += value; }");
        self.entry("first", false);
        self.entry("second", true);
        let buffer =
            |name: &str, bytes: usize, init: &str| serde_json::json!({"name": name, "bytes": bytes, "init": init});
        let groups = CELLS.div_ceil(16) + 1;
        let pass = |entry: &str, repeat: u32, bind: serde_json::Value| serde_json::json!({"entry": entry, "workgroups": groups, "repeat": repeat, "bind": bind});
        let second = |from: &str, to: &str| serde_json::json!({"src": "in", "dst": to, "prev": from, "counts": "sums", "ends": "ends"});
        serde_json::json!({
            "source": self.text,
            "buffers": [
                buffer("in", 4 * WORDS, "input"),
                buffer("a", CELLS * CELL_BYTES, "zero"),
                buffer("b", CELLS * CELL_BYTES, "zero"),
                buffer("sums", 4 * COUNTS, "zero"),
                buffer("ends", 4 * COUNTS, "zero"),
            ],
            "passes": [
                pass("first", 2, serde_json::json!({"src": "in", "dst": "a", "sums": "sums", "ends": "ends"})),
                pass("second", 1, second("a", "b")),
                pass("second", 1, second("b", "a")),
            ],
            "output": "a",
        })
        .to_string()
        .into_bytes()
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn name(&mut self) -> String {
        self.count += 1;
        format!("n{}", self.count)
    }

    fn expression(&mut self, scope: &Scope, ty: Ty, depth: usize) -> String {
        let wild = self.wild;
        Expressions {
            random: &mut self.random,
            scope,
            wild,
        }
        .expression(ty, depth)
    }

    fn index(&mut self, scope: &Scope, length: usize) -> String {
        let wild = self.wild;
        Expressions {
            random: &mut self.random,
            scope,
            wild,
        }
        .index(length)
    }

    fn globals(&self) -> Scope {
        Scope {
            values: vec![("kept".into(), U), ("step".into(), U)],
            variables: vec![("kept".into(), U)],
            arrays: vec![
                ("src".into(), U, None),
                ("TABLE".into(), U, Some(5)),
                ("deck".into(), I, Some(6)),
            ],
            helpers: self.helpers.clone(),
        }
    }

    fn helper(&mut self) {
        let name = format!("help{}", self.helpers.len());
        let arguments: Vec<Ty> = (0..1 + self.random.below(3))
            .map(|_| Ty::any(&mut self.random))
            .collect();
        let result = Ty::any(&mut self.random);
        let mut scope = self.globals();
        let list: Vec<_> = arguments
            .iter()
            .enumerate()
            .map(|(i, ty)| format!("a{i}: {}", ty.name()))
            .collect();
        scope
            .values
            .extend(arguments.iter().enumerate().map(|(i, ty)| (format!("a{i}"), *ty)));
        self.line(&format!("fn {name}({}) -> {} {{", list.join(", "), result.name()));
        for _ in 0..1 + self.size / 4 {
            self.statement(&mut scope, false);
        }
        if self.random.one_in(3) {
            let (condition, value) = (self.expression(&scope, B, 1), self.expression(&scope, result, 1));
            self.line(&format!("if {condition} {{ return {value}; }}"));
        }
        let value = self.expression(&scope, result, 2);
        self.line(&format!("return {value};\n}}"));
        self.helpers.push(Helper {
            name,
            arguments,
            result,
        });
    }

    fn entry(&mut self, name: &str, second: bool) {
        let mut scope = self.globals();
        self.line(&format!(
            "@compute @workgroup_size(16) fn {name}(@builtin(global_invocation_id) gid: vec3<u32>, \
             @builtin(local_invocation_index) lane: u32, @builtin(num_workgroups) groups: vec3<u32>) {{"
        ));
        self.line("if gid.x >= arrayLength(&dst) { return; }");
        self.line("let at = src[gid.x % arrayLength(&src)];");
        self.line("var v = vec4(at, src[(gid.x + 1u) % arrayLength(&src)], gid.x, lane + groups.x);");
        self.line("var w = bitcast<vec3<i32>>(v.yzx);\nvar heap: array<u32, 7>;\nvar mine = dst[gid.x];");
        let v = Ty { kind: Kind::U, n: 4 };
        let w = Ty { kind: Kind::I, n: 3 };
        scope.values.extend([
            ("at".into(), U),
            ("v".into(), v),
            ("w".into(), w),
            ("mine.b".into(), I),
            ("mine.v".into(), v),
        ]);
        scope.variables.extend([
            ("v".into(), v),
            ("w".into(), w),
            ("mine.b".into(), I),
            ("mine.v".into(), v),
        ]);
        scope.arrays.push(("heap".into(), U, Some(7)));
        scope.arrays.push(("mine.xs".into(), U, Some(4)));
        if second {
            self.line("let before = prev[(gid.x + 1u) % arrayLength(&prev)];");
            scope.values.extend([("before.a".into(), U), ("before.w".into(), w)]);
            scope.arrays.push(("before.xs".into(), U, Some(4)));
            scope.arrays.push(("counts".into(), U, None));
        }
        for _ in 0..self.size {
            self.statement(&mut scope, !second);
        }
        self.line("dst[gid.x] = mine;");
        for (field, ty) in [("a", U), ("w", w)] {
            let value = self.expression(&scope, ty, 2);
            self.line(&format!("dst[gid.x].{field} = {value};"));
        }
        let (at, value) = (self.index(&scope, 4), self.expression(&scope, U, 1));
        self.line(&format!("dst[gid.x].xs[{at}] ^= {value};\nput(gid.x, at);"));
        // Both entry points use all that their passes bind.
        let atomic = self.atomics[1];
        self.line(&format!("{atomic}(&ends[gid.x % arrayLength(&ends)], w.x);"));
        match second {
            true => self.line("dst[gid.x].b = i32(counts[gid.x % arrayLength(&counts)]) + prev[gid.x].b;"),
            false => {
                let atomic = self.atomics[0];
                self.line(&format!("{atomic}(&sums[at % arrayLength(&sums)], v.x);"));
            }
        }
        self.line("}");
    }

    /// Statements inside of braces; what they declare ends there.
    fn inner(&mut self, scope: &Scope, atomics: bool) {
        let mut scope = scope.clone();
        self.depth += 1;
        for _ in 0..1 + self.random.below(2) {
            self.statement(&mut scope, atomics);
        }
        self.depth -= 1;
    }

    fn statement(&mut self, scope: &mut Scope, atomics: bool) {
        let nests = self.depth < 2;
        match self.random.below(16) {
            0..=2 => self.declare(scope),
            3..=6 => self.assign(scope),
            7 => {
                let arrays: Vec<_> = scope
                    .arrays
                    .iter()
                    .filter(|a| ["heap", "deck", "mine.xs"].contains(&a.0.as_str()))
                    .cloned()
                    .collect();
                let (name, ty, length) = self.random.pick(&arrays).clone();
                let (at, value) = (self.index(scope, length.unwrap_or(1)), self.expression(scope, ty, 2));
                self.line(&format!("{name}[{at}] = {value};"));
            }
            8 if atomics => {
                let (name, ty, atomic) = match self.random.one_in(2) {
                    true => ("sums", U, self.atomics[0]),
                    false => ("ends", I, self.atomics[1]),
                };
                let (at, value) = (self.expression(scope, U, 1), self.expression(scope, ty, 1));
                self.line(&format!("{atomic}(&{name}[{at} % arrayLength(&{name})], {value});"));
            }
            9..=10 if nests => {
                let condition = self.expression(scope, B, 2);
                self.line(&format!("if {condition} {{"));
                self.inner(scope, atomics);
                if self.random.one_in(2) {
                    self.line("} else {");
                    self.inner(scope, atomics);
                }
                self.line("}");
            }
            11 if nests => self.switch(scope, atomics),
            12..=13 if nests => {
                let (name, end) = (self.name(), self.expression(scope, U, 1));
                self.line(&format!("for (var {name} = 0u; {name} < {end} % 6u; {name}++) {{"));
                let mut scope = scope.clone();
                scope.values.push((name, U));
                self.inner(&scope, atomics);
                self.line("}");
            }
            14 if nests => self.endless(scope, atomics),
            _ => self.assign(scope),
        }
    }

    fn declare(&mut self, scope: &mut Scope) {
        let (name, ty) = (self.name(), Ty::any(&mut self.random));
        let value = self.expression(scope, ty, 3);
        match self.random.below(4) {
            0 => self.line(&format!("let {name} = {value};")),
            1 => {
                // Zero, and set later or never.
                self.line(&format!("var {name}: {};", ty.name()));
                scope.variables.push((name.clone(), ty));
            }
            _ => {
                self.line(&format!("var {name} = {value};"));
                scope.variables.push((name.clone(), ty));
            }
        }
        scope.values.push((name, ty));
    }

    fn assign(&mut self, scope: &Scope) {
        let (name, ty) = self.random.pick(&scope.variables).clone();
        match self.random.below(4) {
            0 if ty.n > 1 => {
                let (at, value) = (self.index(scope, ty.n), self.expression(scope, Ty { n: 1, ..ty }, 2));
                self.line(&format!("{name}[{at}] = {value};"));
            }
            1 if ty.kind != Kind::B => {
                let op = *self.random.pick(&["+=", "-=", "*=", "^=", "|=", "&="]);
                let value = self.expression(scope, ty, 2);
                self.line(&format!("{name} {op} {value};"));
            }
            _ => {
                let value = self.expression(scope, ty, 3);
                self.line(&format!("{name} = {value};"));
            }
        }
    }

    fn switch(&mut self, scope: &Scope, atomics: bool) {
        let selector = self.expression(scope, U, 1);
        self.line(&format!("switch {selector} % 5u {{"));
        for case in ["case 0u", "case 1u, 3u", "default"] {
            self.line(&format!("{case}: {{"));
            self.inner(scope, atomics);
            if self.random.one_in(3) {
                let condition = self.expression(scope, B, 1);
                self.line(&format!("if {condition} {{ break; }}"));
                self.inner(scope, atomics);
            }
            self.line("}");
        }
        self.line("}");
    }

    /// A loop that counts for itself, with `continue`, `continuing` and `break if`.
    fn endless(&mut self, scope: &Scope, atomics: bool) {
        let (name, condition) = (self.name(), self.expression(scope, B, 1));
        let end = 1 + self.random.below(6);
        self.line(&format!("var {name} = 0u;\nloop {{"));
        self.inner(scope, atomics);
        self.line(&format!("if {condition} {{ continue; }}"));
        self.inner(scope, atomics);
        // Fuel ends the loop where nothing else does.
        let end = if self.wild && self.random.one_in(4) {
            usize::MAX >> 33
        } else {
            end
        };
        self.line(&format!("continuing {{ {name}++; break if {name} >= {end}u; }}\n}}"));
    }
}
