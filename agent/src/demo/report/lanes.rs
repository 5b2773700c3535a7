//! Time as a drawing: a lane for everybody, a mark for each transaction, a bar for each job at work.
use std::collections::BTreeMap;

use cosmwasm_std::Event as CwEvent;
use joule_types::marketplace::{AttemptTimedOut, JobStarted, ResultSubmitted};
use joule_types::registry::WindowOpened;
use joule_types::{JobId, ProviderId};

use super::html::{class, escape};
use crate::chain::contracts::events::plain;
use crate::demo::acts::{JURORS, PROVIDERS};
use crate::demo::stage::Stage;

const WIDTH: f64 = 960.0;
/// Where time begins.
const LEFT: f64 = 96.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 28.0;
const LANE: f64 = 34.0;
/// Height of a validator's lane.
const LOW: f64 = 17.0;
/// Everybody else with a lane, from top to bottom; the providers first.
const WHO: [&str; 10] = [
    "turbine", "windmill", "dynamo", "rotor", "studio", "lab", "keeper", "arbiter", "north", "south",
];

/// Seconds from and to, and what it is.
struct Span {
    who: String,
    from: f64,
    to: f64,
    label: String,
    class: &'static str,
}

/// The drawing.
pub fn lanes(stage: &Stage) -> String {
    let end = stage.elapsed().as_secs_f64().max(1.0);
    let x = |at: f64| LEFT + at / end * (WIDTH - LEFT - RIGHT);
    let jurors = TOP + LANE * WHO.len() as f64;
    let lane = |who: &str| {
        let place = WHO.iter().position(|name| *name == who);
        let place = place.map(|at| TOP + LANE * at as f64 + LANE / 2.0);
        place.or_else(|| {
            let at = JURORS.iter().position(|juror| juror.name == who)?;
            Some(jurors + LOW * at as f64 + LOW / 2.0)
        })
    };
    let bottom = jurors + LOW * JURORS.len() as f64;
    let mut svg = format!(
        "<div class=\"wide\"><svg class=\"lanes\" viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\" aria-label=\"Timeline\">",
        bottom + 26.0
    );
    let (windows, spans) = read(stage, end);
    for (from, to) in windows {
        svg += &format!(
            "<rect class=\"window\" x=\"{:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\"/>\
             <text class=\"small\" x=\"{:.1}\" y=\"{:.1}\">work window</text>",
            x(from),
            x(to) - x(from),
            LANE * PROVIDERS.len() as f64,
            x(from) + 4.0,
            TOP - 6.0,
        );
    }
    for at in (0..=end as u32).step_by(10) {
        let at = f64::from(at);
        svg += &format!(
            "<path class=\"grid\" d=\"M{x:.1} {TOP}V{bottom}\"/><text class=\"small\" x=\"{x:.1}\" y=\"{:.1}\" \
             text-anchor=\"middle\">{at} s</text>",
            bottom + 18.0,
            x = x(at),
        );
    }
    for who in WHO.into_iter().chain(JURORS.iter().map(|juror| juror.name)) {
        let Some(y) = lane(who) else { continue };
        svg += &format!(
            "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{:.1}\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{who}</text>",
            WIDTH - RIGHT,
            LEFT - 12.0,
            y + 4.5,
        );
    }
    // Where the last label of each lane ends: the next one that would run into it goes below its bar.
    let mut taken: BTreeMap<&str, f64> = BTreeMap::new();
    for span in &spans {
        let Some(y) = lane(&span.who) else { continue };
        let free = taken.get(span.who.as_str()).is_none_or(|end| *end < x(span.from));
        let label_y = if free { y - 11.0 } else { y + 18.0 };
        taken.insert(&span.who, x(span.from) + span.label.len() as f64 * 6.0);
        let wide = (x(span.to) - x(span.from)).max(6.0);
        svg += &format!(
            "<rect class=\"span {}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{wide:.1}\" height=\"16\" rx=\"4\"><title>{}</title></rect>",
            span.class,
            x(span.from),
            y - 8.0,
            escape(&span.label),
        );
        svg += &format!(
            "<text class=\"small\" x=\"{:.1}\" y=\"{label_y:.1}\">{}</text>",
            x(span.from),
            escape(&span.label)
        );
    }
    for entry in stage
        .acts
        .iter()
        .flat_map(|act| &act.entries)
        .filter(|entry| entry.tx.is_some())
    {
        let Some(y) = lane(&entry.who) else { continue };
        svg += &format!(
            "<circle class=\"{}\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"3.5\"><title>{}</title></circle>",
            class(entry.kind),
            x(entry.at),
            escape(&format!("{:.1} s  {} {}", entry.at, entry.who, entry.what)),
        );
    }
    svg + "</svg></div>"
}

/// Work windows, and attempts from their start to their end.
fn read(stage: &Stage, end: f64) -> (Vec<(f64, f64)>, Vec<Span>) {
    let names = &stage.watch.names;
    let mut windows = vec![];
    let mut running: BTreeMap<(JobId, u32), (ProviderId, f64)> = BTreeMap::new();
    let mut spans = vec![];
    let mut done = |running: &mut BTreeMap<_, _>, job: JobId, attempt: u32, to: f64, class| {
        if let Some((provider, from)) = running.remove(&(job, attempt)) {
            spans.push(Span {
                who: names.provider(provider),
                from,
                to,
                label: names.title(job),
                class,
            });
        }
    };
    for (at, event) in stage.watch.times.iter().zip(&stage.watch.events) {
        let event: CwEvent = plain(event);
        if WindowOpened::try_from(&event).is_ok() {
            windows.push((*at, (*at + stage.window_secs).min(end)));
        } else if let Ok(e) = JobStarted::try_from(&event) {
            running.insert((e.job, e.attempt), (e.provider, *at));
        } else if let Ok(e) = ResultSubmitted::try_from(&event) {
            done(&mut running, e.job, e.attempt, *at, "job");
        } else if let Ok(e) = AttemptTimedOut::try_from(&event) {
            done(&mut running, e.job, e.attempt, *at, "fault");
        }
    }
    (windows, spans)
}
