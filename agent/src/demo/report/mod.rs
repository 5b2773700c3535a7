//! `report.html`: the demo on one page that needs nothing else - no script, no font, no picture from elsewhere.
mod flow;
mod html;
mod juries;
mod lanes;
mod results;

use std::path::PathBuf;

use html::{escape, table};

use super::acts;
use super::outcome::Outcome;
use super::stage::Stage;
use super::story::{Act, Entry};
use super::tables;
use crate::error::{Error, Result};

const STYLE: &str = include_str!("style.css");

/// Writes the report and returns where it is.
pub fn write(stage: &Stage, outcome: &Outcome, seed: u64) -> Result<PathBuf> {
    let path = stage.out.join("report.html");
    std::fs::write(&path, page(stage, outcome, seed)?).map_err(|e| {
        Error::local(
            "demo.io",
            format!("{}: {e}", path.display()),
            "choose a folder you may write to",
        )
    })?;
    Ok(path)
}

fn page(stage: &Stage, outcome: &Outcome, seed: u64) -> Result<String> {
    let [providers, jobs, validators, money] = tables::rows(stage, outcome).map(|rows| table(&rows));
    let story: String = stage
        .acts
        .iter()
        .enumerate()
        .map(|(at, act)| part(at + 1, act))
        .collect();
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Joule demo, seed {seed}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<p class=\"eyebrow\">Joule demo</p>\n<h1>A market for computing power, from stake to payment</h1>\n\
         <p class=\"lead\">Four providers, thirteen validators, two buyers, a keeper and an arbiter, each a process or a key of its \
         own, on {kind}. Everything on this page was read from that chain.</p>\n{facts}</header>\n\
         <main>\n\
         <section><h2>What came of it</h2>{results}</section>\n\
         <section><h2>Providers</h2>{providers}</section>\n\
         <section><h2>Jobs</h2>{jobs}<p class=\"note\">{device}</p></section>\n\
         <section><h2>Every vote</h2><p>Seats are drawn by stake, with a round of the beacon that nobody knew when the result came. \
         Nobody can choose a jury: {liar} and {truant} stake most of what the validators stake, which is how this demo gets \
         them seated, and they misbehave in one job each.</p>{juries}{validators}</section>\n\
         <section><h2>Where the money went</h2>\
         <p>USDC through the escrow, from the deposits to where each unit left or still is.</p>{flow}{money}\
         <p class=\"note\">Deposited = paid + fees + refunded + burned + held. Slashed is a part of burned and paid.</p></section>\n\
         <section><h2>Timeline</h2><p>Marks are transactions, bars are jobs at work, bands are work windows. Validators are marked where they seal and where they reveal a vote.</p>{lanes}</section>\n\
         <section class=\"story\"><h2>Step by step</h2>{story}</section>\n\
         <section><h2>Checks</h2>{checks}</section>\n\
         </main>\n\
         <footer><p>Written by <code>joule demo --seed {seed}</code>. The same seed gives the same keys, inputs and outputs; \
         power, times and hashes of transactions differ from run to run.</p></footer>\n\
         </body>\n</html>\n",
        kind = stage.ground.kind(),
        facts = facts(stage, outcome, seed),
        results = results::figures(outcome)?,
        device = escape(&device(stage)),
        liar = acts::LIAR,
        truant = acts::TRUANT,
        juries = juries::juries(stage, outcome),
        flow = flow::usdc(stage, outcome),
        lanes = lanes::lanes(stage),
        checks = checks(outcome),
    ))
}

/// What the WGSL job ran on.
fn device(stage: &Stage) -> String {
    match &stage.adapter {
        Some(name) => format!(
            "The provider ran the WGSL job on its graphics processor ({name}); the validators' interpreters found the same bytes."
        ),
        None => "There was no hardware graphics processor: provider and validators ran the WGSL job in the interpreter.".into(),
    }
}

fn facts(stage: &Stage, outcome: &Outcome, seed: u64) -> String {
    let met = outcome.expected.iter().filter(|e| e.met).count();
    let conserved = if outcome.summary.conserved { "to the unit" } else { "NO" };
    let panels = outcome.summary.jobs.iter().flat_map(|job| &job.panels);
    let votes = panels
        .flat_map(|panel| &panel.seats)
        .filter(|seat| seat.vote.is_some())
        .count();
    let facts = [
        ("money conserved", conserved.to_string()),
        ("expectations met", format!("{met} of {}", outcome.expected.len())),
        ("jobs", outcome.jobs.len().to_string()),
        ("votes", votes.to_string()),
        ("transactions", stage.watch.txs.to_string()),
        ("time", format!("{:.0} s", stage.elapsed().as_secs_f64())),
        ("seed", seed.to_string()),
    ];
    let items: String = facts
        .iter()
        .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(value)))
        .collect();
    format!("<dl class=\"facts\">{items}</dl>\n")
}

/// One part of the story.
fn part(number: usize, act: &Act) -> String {
    let lines: String = act.entries.iter().map(line).collect();
    format!(
        "<article><h3><span>{number}</span>{}</h3><p>{}</p><ol>{lines}</ol></article>\n",
        escape(&act.title),
        escape(&act.about)
    )
}

fn line(entry: &Entry) -> String {
    let tx = entry.tx.as_deref().map_or_else(String::new, |tx| {
        let block = entry.height.unwrap_or_default();
        format!(
            "<code title=\"transaction {tx}, block {block}\">{}</code>",
            tx.get(..8).unwrap_or(tx)
        )
    });
    format!(
        "<li class=\"{kind}\"><time>{at:.1} s</time><b>{who}</b><span>{what}</span>{tx}</li>",
        kind = html::class(entry.kind),
        at = entry.at,
        who = escape(&entry.who),
        what = escape(&entry.what),
    )
}

fn checks(outcome: &Outcome) -> String {
    let item = |(what, holds): (String, bool)| {
        let (class, mark) = if holds { ("yes", "✓") } else { ("no", "✗") };
        format!("<li class=\"{class}\"><span>{mark}</span>{}</li>", escape(&what))
    };
    let expected: String = outcome.expected.iter().map(|e| item((e.what.clone(), e.met))).collect();
    let money: String = outcome.money.text().into_iter().map(item).collect();
    format!(
        "<div class=\"checks\"><div><h3>What had to happen</h3><ul>{expected}</ul></div>\
         <div><h3>The contracts' books against the chain's balances</h3><ul>{money}</ul></div></div>"
    )
}
