//! Expressions of a wanted type over the names in scope. No operator has constants on both sides: what WGSL refuses in
//! constant expressions (overflow, division by zero) then cannot come up.

use super::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    U,
    I,
    B,
}

/// A scalar (`n` = 1) or vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ty {
    pub kind: Kind,
    pub n: usize,
}

pub(super) const U: Ty = Ty { kind: Kind::U, n: 1 };
pub(super) const I: Ty = Ty { kind: Kind::I, n: 1 };
pub(super) const B: Ty = Ty { kind: Kind::B, n: 1 };

impl Ty {
    pub fn name(self) -> String {
        let scalar = match self.kind {
            Kind::U => "u32",
            Kind::I => "i32",
            Kind::B => "bool",
        };
        match self.n {
            1 => scalar.into(),
            n => format!("vec{n}<{scalar}>"),
        }
    }

    pub fn of(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    fn scalar(self) -> Self {
        Self { n: 1, ..self }
    }

    pub fn any(random: &mut Random) -> Self {
        Self {
            kind: *random.pick(&[Kind::U, Kind::U, Kind::I, Kind::I, Kind::B]),
            n: *random.pick(&[1, 1, 1, 2, 3, 4]),
        }
    }
}

/// A function that can be called.
#[derive(Clone, Debug)]
pub(super) struct Helper {
    pub name: String,
    pub arguments: Vec<Ty>,
    pub result: Ty,
}

/// What an expression may use.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// Values, among them all variables.
    pub values: Vec<(String, Ty)>,
    /// Variables that may be assigned.
    pub variables: Vec<(String, Ty)>,
    /// Arrays of scalars: name, element, length (`None` for a buffer, whose length is asked for).
    pub arrays: Vec<(String, Ty, Option<usize>)>,
    pub helpers: Vec<Helper>,
}

pub(super) struct Expressions<'a> {
    pub random: &'a mut Random,
    pub scope: &'a Scope,
    /// Whether an index may be out of bounds.
    pub wild: bool,
}

impl Expressions<'_> {
    fn literal(&mut self, ty: Ty) -> String {
        let word = self.random.word();
        let scalar = match ty.kind {
            Kind::U => format!("{word}u"),
            // The least one is no literal of WGSL.
            Kind::I => format!("{}i", (word as i32).max(-i32::MAX)),
            Kind::B => format!("{}", word & 1 == 1),
        };
        match ty.n {
            1 => scalar,
            _ => format!("{}({scalar})", ty.name()),
        }
    }

    fn leaf(&mut self, ty: Ty) -> String {
        let fits: Vec<_> = self.scope.values.iter().filter(|(_, t)| *t == ty).collect();
        if !fits.is_empty() && !self.random.one_in(6) {
            return self.random.pick(&fits).0.clone();
        }
        let of_kind: Vec<_> = self.scope.values.iter().filter(|(_, t)| t.kind == ty.kind).collect();
        if of_kind.is_empty() {
            return match ty.kind {
                Kind::B => format!("({} != {})", self.leaf(ty.of(Kind::U)), self.literal(ty.of(Kind::U))),
                Kind::U => format!("bitcast<{}>({})", ty.name(), self.leaf(ty.of(Kind::I))),
                Kind::I => format!("bitcast<{}>({})", ty.name(), self.leaf(ty.of(Kind::U))),
            };
        }
        let (name, have) = (*self.random.pick(&of_kind)).clone();
        match (have.n, ty.n) {
            (1, 1) => name,
            (1, _) => format!("{}({name})", ty.name()),
            (have, want) => {
                let letters: String = (0..want)
                    .map(|_| ['x', 'y', 'z', 'w'][self.random.below(have)])
                    .collect();
                format!("{name}.{letters}")
            }
        }
    }

    /// An expression that is not constant.
    pub fn expression(&mut self, ty: Ty, depth: usize) -> String {
        if depth == 0 {
            return self.leaf(ty);
        }
        let d = depth - 1;
        match self.random.below(20) {
            0..=1 => self.leaf(ty),
            2..=10 => self.operator(ty, d),
            11..=13 => self.function(ty, d),
            14 => {
                let condition = if self.random.one_in(2) { B } else { ty.of(Kind::B) };
                let (a, b) = (self.expression(ty, d), self.operand(ty, d));
                format!("select({a}, {b}, {})", self.expression(condition, d))
            }
            15 => self.conversion(ty, d),
            16 if ty.n > 1 => {
                let parts: Vec<_> = (0..ty.n).map(|_| self.expression(ty.scalar(), d.min(1))).collect();
                format!("{}({})", ty.name(), parts.join(", "))
            }
            17 if ty.n == 1 => {
                let n = 2 + self.random.below(3);
                let vector = self.expression(Ty { n, ..ty }, d);
                format!("({vector})[{}]", self.index(n))
            }
            18 if ty.n == 1 => self.element(ty),
            _ => self.call(ty, d),
        }
    }

    /// The right side of an operator: may be a literal.
    fn operand(&mut self, ty: Ty, depth: usize) -> String {
        match self.random.one_in(3) {
            true => self.literal(ty),
            false => self.expression(ty, depth),
        }
    }

    fn operator(&mut self, ty: Ty, d: usize) -> String {
        let left = self.expression(ty, d);
        match ty.kind {
            Kind::B => match self.random.below(6) {
                0 => format!("!({left})"),
                1 if ty.n == 1 => format!("({left} && {})", self.expression(ty, d)),
                2 if ty.n == 1 => format!("({left} || {})", self.expression(ty, d)),
                3 => format!("({left} {} {})", self.random.pick(&["&", "|"]), self.expression(ty, d)),
                _ => {
                    let of = ty.of(*self.random.pick(&[Kind::U, Kind::I]));
                    let op = *self.random.pick(&["<", "<=", ">", ">=", "==", "!="]);
                    format!("({} {op} {})", self.expression(of, d), self.operand(of, d))
                }
            },
            _ => match self.random.below(12) {
                0..=5 => {
                    let op = *self.random.pick(&["+", "-", "*", "&", "|", "^"]);
                    format!("({left} {op} {})", self.operand(ty, d))
                }
                6..=7 => {
                    let op = *self.random.pick(&["/", "%"]);
                    let literal = format!("{}", 1 + self.random.below(9));
                    match self.random.one_in(3) {
                        true => format!("({left} {op} {}({literal}))", ty.name()),
                        false => format!("({left} {op} {})", self.expression(ty, d)),
                    }
                }
                8..=9 => {
                    let (op, by) = (*self.random.pick(&["<<", ">>"]), ty.of(Kind::U));
                    match self.random.one_in(3) {
                        true => format!("({left} {op} {}({}u))", by.name(), self.random.below(32)),
                        false => format!("({left} {op} {})", self.expression(by, d)),
                    }
                }
                10 if ty.kind == Kind::I => format!("(-{left})"),
                _ => format!("(~{left})"),
            },
        }
    }

    fn function(&mut self, ty: Ty, d: usize) -> String {
        let a = self.expression(ty, d);
        if ty.kind == Kind::B {
            let n = 2 + self.random.below(3);
            let of = Ty { n, ..ty };
            return match ty.n {
                1 => format!("{}({})", self.random.pick(&["all", "any"]), self.expression(of, d)),
                _ => format!("select({a}, {}, {})", self.leaf(ty), self.leaf(B)),
            };
        }
        match self.random.below(9) {
            0..=1 => {
                const ONE: [&str; 8] = [
                    "abs",
                    "sign",
                    "countOneBits",
                    "countLeadingZeros",
                    "countTrailingZeros",
                    "reverseBits",
                    "firstLeadingBit",
                    "firstTrailingBit",
                ];
                // `sign` is for signed numbers.
                let name = ONE[self.random.below(ONE.len())];
                let name = if ty.kind == Kind::U && name == "sign" {
                    "abs"
                } else {
                    name
                };
                format!("{name}({a})")
            }
            2..=3 => format!("{}({a}, {})", self.random.pick(&["min", "max"]), self.operand(ty, d)),
            4 => format!("clamp({a}, {}, {})", self.expression(ty, d), self.expression(ty, d)),
            5 => format!("extractBits({a}, {}, {})", self.leaf(U), self.leaf(U)),
            6 => format!(
                "insertBits({a}, {}, {}, {})",
                self.expression(ty, d),
                self.leaf(U),
                self.leaf(U)
            ),
            7 if ty.n == 1 => {
                let of = Ty {
                    n: 2 + self.random.below(3),
                    ..ty
                };
                format!("dot({}, {})", self.expression(of, d), self.expression(of, d))
            }
            8 if ty.n == 4 && ty.kind == Kind::I => format!("unpack4xI8({})", self.expression(U, d)),
            8 if ty.n == 4 => format!("unpack4xU8({})", self.expression(U, d)),
            8 if ty == U => self.packed(d),
            8 if ty == I => format!("dot4I8Packed({}, {})", self.expression(U, d), self.expression(U, d)),
            _ => a,
        }
    }

    fn packed(&mut self, d: usize) -> String {
        let of = |kind| Ty { kind, n: 4 };
        match self.random.below(5) {
            0 => format!("pack4xI8({})", self.expression(of(Kind::I), d)),
            1 => format!("pack4xU8({})", self.expression(of(Kind::U), d)),
            2 => format!("pack4xI8Clamp({})", self.expression(of(Kind::I), d)),
            3 => format!("pack4xU8Clamp({})", self.expression(of(Kind::U), d)),
            _ => format!("dot4U8Packed({}, {})", self.expression(U, d), self.expression(U, d)),
        }
    }

    fn conversion(&mut self, ty: Ty, d: usize) -> String {
        let from = *self.random.pick(&[Kind::U, Kind::I, Kind::B]);
        let inner = self.expression(ty.of(from), d);
        match (from, ty.kind, self.random.one_in(2)) {
            (Kind::U | Kind::I, Kind::U | Kind::I, true) => format!("bitcast<{}>({inner})", ty.name()),
            _ => format!("{}({inner})", ty.name()),
        }
    }

    /// An index for `length` elements.
    pub fn index(&mut self, length: usize) -> String {
        let index = self.expression(U, 1);
        match self.wild && self.random.one_in(6) {
            true => format!("{index} % {}u", length + 1),
            false => format!("{index} % {length}u"),
        }
    }

    fn element(&mut self, ty: Ty) -> String {
        let fits: Vec<_> = self
            .scope
            .arrays
            .iter()
            .filter(|(_, of, _)| *of == ty)
            .cloned()
            .collect();
        if fits.is_empty() {
            return self.leaf(ty);
        }
        let (name, _, length) = self.random.pick(&fits).clone();
        match length {
            Some(length) => format!("{name}[{}]", self.index(length)),
            None => format!("{name}[{} % arrayLength(&{name})]", self.expression(U, 1)),
        }
    }

    fn call(&mut self, ty: Ty, d: usize) -> String {
        let fits: Vec<_> = self.scope.helpers.iter().filter(|h| h.result == ty).cloned().collect();
        if fits.is_empty() {
            return self.operator(ty, d);
        }
        let helper = self.random.pick(&fits).clone();
        let arguments: Vec<_> = helper
            .arguments
            .iter()
            .map(|ty| self.expression(*ty, d.min(1)))
            .collect();
        format!("{}({})", helper.name, arguments.join(", "))
    }
}
