//! A plot as SVG, with its figures in it.

use std::{fmt::Write as _, fs, path::PathBuf};

/// Cumulative profit of one kind of validators.
pub struct Curve {
    pub name: &'static str,
    pub colour: &'static str,
    /// (jobs, JOULE a validator).
    pub points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 48.0;

/// Draws the curves over a grid.
pub fn draw(title: &str, curves: &[Curve]) -> String {
    let all = || curves.iter().flat_map(|curve| curve.points.iter());
    let most_jobs = all().map(|(jobs, _)| *jobs).fold(1.0, f64::max);
    let step = 250.0;
    let low = (all().map(|(_, sum)| *sum).fold(0.0, f64::min) / step).floor() * step;
    let high = (all().map(|(_, sum)| *sum).fold(0.0, f64::max) / step).ceil() * step;
    let x = |jobs: f64| LEFT + jobs / most_jobs * (WIDTH - LEFT - RIGHT);
    let y = |sum: f64| TOP + (high - sum) / (high - low) * (HEIGHT - TOP - BOTTOM);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"20\" font-size=\"14\">{title}</text>\n"
    );
    let mut line = low;
    while line <= high {
        let (at, weight) = (y(line), if line == 0.0 { 1.5 } else { 0.5 });
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {at:.1}H{:.1}\" stroke=\"#999999\" stroke-width=\"{weight}\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{line}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.0
        );
        line += step;
    }
    for jobs in [0.0, 250.0, 500.0, 750.0, 1_000.0] {
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{jobs}</text>",
            x(jobs),
            HEIGHT - BOTTOM + 18.0
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">jobs judged</text>",
        (LEFT + WIDTH - RIGHT) / 2.0,
        HEIGHT - 10.0
    );
    for curve in curves {
        let path: Vec<String> = curve
            .points
            .iter()
            .map(|(jobs, sum)| format!("{:.1} {:.1}", x(*jobs), y(*sum)))
            .collect();
        let (_, last) = curve.points.last().copied().unwrap_or_default();
        let _ = writeln!(
            svg,
            "<path d=\"M{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/><text x=\"{:.1}\" y=\"{:.1}\" fill=\"{}\">{} {last:+.0}</text>",
            path.join("L"),
            curve.colour,
            WIDTH - RIGHT + 6.0,
            y(last) + 4.0,
            curve.colour,
            curve.name
        );
    }
    let _ = writeln!(svg, "<desc>{}</desc>\n</svg>", figures(curves));
    svg
}

/// What the plot shows, as text: name and last point of each curve.
pub fn figures(curves: &[Curve]) -> String {
    let last = curves
        .iter()
        .filter_map(|curve| Some((curve.name, curve.points.last()?)));
    let last: Vec<String> = last
        .map(|(name, (jobs, sum))| format!("{name} {jobs:.0} {sum:.1}"))
        .collect();
    last.join("; ")
}

/// Writes the plot, or compares the figures in it with those of the curves.
pub fn compare_or_bless(file: &str, title: &str, curves: &[Curve]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/img")
        .join(file);
    if std::env::var_os("JOULE_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, draw(title, curves)).unwrap();
    }
    let text = fs::read_to_string(&path).unwrap_or_default();
    let drawn = text
        .split("<desc>")
        .nth(1)
        .and_then(|rest| rest.split("</desc>").next());
    assert_eq!(
        drawn,
        Some(figures(curves).as_str()),
        "stale plot: run with JOULE_BLESS=1"
    );
}
