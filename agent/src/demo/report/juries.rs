//! Every committee with every seat.
use super::html::escape;
use crate::demo::outcome::Outcome;
use crate::demo::panels::{PanelEnd, SeatEnd};
use crate::demo::stage::Stage;
use crate::demo::story::amount;

const HEADER: [&str; 7] = ["jury", "seat", "validator", "vote", "outcome", "paid", "slashed"];

/// A table for each committee.
pub fn juries(stage: &Stage, outcome: &Outcome) -> String {
    let mut html = String::new();
    for ((posted, _), end) in outcome.jobs.iter().zip(&outcome.summary.jobs) {
        for panel in &end.panels {
            html += &committee(&stage.watch.names.job(posted.id), panel);
        }
    }
    html
}

fn committee(job: &str, panel: &PanelEnd) -> String {
    let ruling = match panel.ruling.as_deref() {
        Some("upheld") => "the result is right",
        Some("overturned") => "the result is wrong",
        _ => "no ruling",
    };
    let drawn = match (panel.round, panel.epoch) {
        (Some(round), Some(epoch)) => {
            format!("the last jury was drawn by round {round} from the stake of epoch {epoch}")
        }
        _ => "never drawn".into(),
    };
    let head: String = HEADER.iter().map(|name| format!("<th>{name}</th>")).collect();
    let mut last = 0;
    let body: String = panel
        .seats
        .iter()
        .map(|seat| {
            let first = std::mem::replace(&mut last, seat.rung) != seat.rung;
            row(seat, first)
        })
        .collect();
    format!(
        "<div class=\"panel\"><h3>{job}, attempt {attempt}: {ruling}</h3><p>{votes}; {drawn}.</p>\
         <div class=\"wide\"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></div>",
        job = escape(job),
        attempt = panel.attempt,
        votes = counted(panel),
    )
}

/// `2 to 1 on the first jury, 7 to 0 on the second`.
fn counted(panel: &PanelEnd) -> String {
    let counts = (0..=panel.rung).map(|rung| {
        let votes = || {
            panel
                .seats
                .iter()
                .filter(|seat| seat.rung == rung)
                .filter_map(|seat| seat.vote)
        };
        let right = votes().filter(|vote| *vote == "accept").count();
        let name = ["first", "second", "third"]
            .get(usize::from(rung))
            .copied()
            .unwrap_or_default();
        format!(
            "{right} for the result and {} against on the {name} jury",
            votes().count() - right
        )
    });
    counts.collect::<Vec<_>>().join(", ")
}

fn row(seat: &SeatEnd, first: bool) -> String {
    let vote = match seat.vote {
        Some("accept") => "for the result".into(),
        Some("withheld") => "output withheld".into(),
        Some("sealed") => "sealed, not revealed".into(),
        Some(_) => "another result".into(),
        None => String::from("none"),
    };
    let vote = match &seat.root {
        Some(root) => format!("{vote} ({root}…)"),
        None => vote,
    };
    let (class, outcome) = match seat.verdict.as_deref() {
        Some("paid") => ("good", "agrees with the ruling"),
        Some("wrong") => ("bad", "overruled"),
        Some("no_show") => ("bad", "never voted"),
        Some("excused") if seat.standby => ("idle", "was not needed"),
        _ => ("idle", "excused"),
    };
    let kind = if seat.standby { "standby" } else { "seat" };
    let sum = |units: u128, denom: &str| {
        if units == 0 {
            String::new()
        } else {
            amount(units, denom)
        }
    };
    let cells = [
        (seat.rung + 1).to_string(),
        format!("{kind} {}", seat.seat + 1),
        seat.validator.clone(),
        vote,
        outcome.into(),
        sum(seat.paid, "uusdc"),
        sum(seat.slashed, "joule"),
    ];
    let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect();
    let rung = if first { " rung" } else { "" };
    format!("<tr class=\"{class}{rung}\">{cells}</tr>")
}
