//! Money as a drawing: deposits on the left, the escrow, and where everything went on the right, all to scale.
use std::collections::BTreeMap;

use joule_types::escrow;

use super::html::escape;
use crate::chain::contracts::events;
use crate::demo::outcome::Outcome;
use crate::demo::stage::Stage;
use crate::demo::story::amount;

const WIDTH: f64 = 960.0;
/// Pixels that all the money together is high.
const SCALE: f64 = 230.0;
/// Space between two ends, enough for a label.
const GAP: f64 = 16.0;
/// Width of a block.
const BLOCK: f64 = 14.0;
/// Left edges of the three columns.
const COLUMNS: [f64; 3] = [150.0, 430.0, 660.0];

/// An end of the flow.
struct End {
    label: String,
    units: u128,
    class: &'static str,
}

/// The drawing for USDC.
pub fn usdc(stage: &Stage, outcome: &Outcome) -> String {
    let seen = &stage.watch.events;
    let contract = stage.ground.market.escrow.address();
    let names = &stage.watch.names;
    let mut into: BTreeMap<String, u128> = BTreeMap::new();
    for e in events::of::<escrow::Deposited>(contract, seen).filter(|e| names.denom(&e.denom) == "uusdc") {
        *into.entry(names.addr(&e.owner)).or_default() += e.amount.u128();
    }
    let (mut earned, mut back): (BTreeMap<String, u128>, BTreeMap<String, u128>) = Default::default();
    let mut judges = 0;
    for e in events::of::<escrow::Withdrawn>(contract, seen).filter(|e| names.denom(&e.denom) == "uusdc") {
        match names.addr(&e.to) {
            who if names.is_juror(&who) => judges += e.earned.u128(),
            who => *earned.entry(who).or_default() += e.earned.u128(),
        }
        *back.entry(names.addr(&e.to)).or_default() += e.amount.u128() - e.earned.u128();
    }
    let Some(totals) = outcome.summary.money.get("uusdc") else {
        return String::new();
    };
    let end = |class: &'static str, suffix: &str, ends: BTreeMap<String, u128>| {
        let suffix = suffix.to_string();
        ends.into_iter()
            .filter(|(_, units)| *units > 0)
            .map(move |(who, units)| End {
                label: format!("{who}{suffix}"),
                units,
                class,
            })
    };
    let left: Vec<End> = end("in", "", into).collect();
    let mut right: Vec<End> = end("money", ", earned", earned).collect();
    right.sort_by_key(|end| std::cmp::Reverse(end.units));
    right.push(End {
        label: "validators, earned".into(),
        units: judges,
        class: "jury",
    });
    right.push(End {
        label: "treasury, fees".into(),
        units: totals.fees,
        class: "vote",
    });
    right.push(End {
        label: "stakers, held for them".into(),
        units: totals.held,
        class: "proof",
    });
    right.extend(end("in", ", back", back));
    draw(&left, &right, totals.deposited)
}

fn draw(left: &[End], right: &[End], total: u128) -> String {
    let high = |units: u128| (units as f64 / total.max(1) as f64 * SCALE).max(1.0);
    let height = right.iter().map(|end| high(end.units) + GAP).sum::<f64>().max(SCALE) + 30.0;
    let middle = (height - SCALE) / 2.0;
    let column = |ends: &[End]| {
        let all: f64 = ends.iter().map(|end| high(end.units)).sum::<f64>() + GAP * ends.len().saturating_sub(1) as f64;
        (height - all) / 2.0
    };
    let mut svg =
        format!("<svg class=\"flow\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"Flow of USDC\">");
    let mut side = |ends: &[End], outside: f64, inside: f64, is_left: bool| {
        let (mut y, mut joint) = (column(ends), middle);
        for end in ends {
            let h = high(end.units);
            let exact = end.units as f64 / total.max(1) as f64 * SCALE;
            let (from, to) = if is_left {
                (outside + BLOCK, inside)
            } else {
                (inside + BLOCK, outside)
            };
            let (y0, y1) = if is_left { (y, joint) } else { (joint, y) };
            let bend = (from + to) / 2.0;
            svg.push_str(&format!(
                "<path class=\"{c}\" d=\"M{from} {a:.1}C{bend} {a:.1} {bend} {b:.1} {to} {b:.1}V{d:.1}C{bend} {d:.1} {bend} {e:.1} {from} {e:.1}Z\"/>\
                 <rect class=\"{c}\" x=\"{outside}\" y=\"{y:.1}\" width=\"{BLOCK}\" height=\"{h:.1}\" rx=\"2\"/>",
                c = end.class,
                a = y0,
                b = y1,
                d = y1 + h,
                e = y0 + h,
            ));
            let (x, anchor) = if is_left {
                (outside - 10.0, "end")
            } else {
                (outside + BLOCK + 10.0, "start")
            };
            svg.push_str(&format!(
                "<text x=\"{x}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}<tspan dx=\"8\">{}</tspan></text>",
                y + h / 2.0 + 4.5,
                escape(&end.label),
                amount(end.units, "uusdc"),
            ));
            y += h + GAP;
            joint += exact;
        }
    };
    let [first, second, third] = COLUMNS;
    side(left, first, second, true);
    side(right, third, second, false);
    svg.push_str(&format!(
        "<rect class=\"escrow\" x=\"{second}\" y=\"{middle:.1}\" width=\"{BLOCK}\" height=\"{SCALE}\" rx=\"2\"/>\
         <text x=\"{x}\" y=\"{y:.1}\" text-anchor=\"middle\">escrow</text></svg>",
        x = second + BLOCK / 2.0,
        y = middle - 10.0,
    ));
    svg
}
