//! Pictures for a README or a comment: charts and a badge as SVG of its own, in the colours of light and dark.
//!
//! Written by hand: there is no script in it, nothing from elsewhere, and text stays text for a screen reader.

use super::chart::range;
use super::escape::{html, one_line, shorten, width};
use super::html::svg::Plot;
use super::number;
use crate::report::page::{Branch, Page, Series, Step};

/// Charts of one picture; more would be no picture any more.
const CHARTS: usize = 12;

/// Commits of a chart.
const COMMITS: usize = 500;

/// What a badge calls lately: as many measured commits as `check` looks back.
const LATELY: usize = 20;

const WIDTH: usize = 640;
const PANEL: usize = 120;

const STYLE: &str = "<style>svg{color:#0969da;font:12px system-ui,sans-serif}text{fill:#1f2328}.d{fill:#59636e}\
.g{stroke:#1a7f37}.b{stroke:#cf222e}.n{stroke:#59636e}@media(prefers-color-scheme:dark){svg{color:#4493f8}\
text{fill:#e6edf3}.d{fill:#9198a1}.g{stroke:#3fb950}.b{stroke:#f85149}.n{stroke:#9198a1}}</style>\n";

/// The series of the first branch below each other, with their change points; further ones than twelve are counted.
pub fn charts(page: &Page) -> String {
    let series: Vec<&Series> = page.branches.first().map(|b| b.series.iter().collect()).unwrap_or_default();
    let shown = series.len().min(CHARTS);
    let more = series.len() - shown;
    let height = (PANEL * shown + if more > 0 || shown == 0 { 24 } else { 0 }).max(24);
    let title = html(&one_line(&page.title));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{title} benchmarks\" width=\"{WIDTH}\" \
         height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\">\n<title>{title} benchmarks</title>\n{STYLE}"
    );
    for (i, one) in series.iter().take(shown).enumerate() {
        panel(page, one, (PANEL * i) as f64, &mut out);
    }
    let last = match (shown, more) {
        (0, _) => "nothing was measured".to_owned(),
        (_, 0) => String::new(),
        (_, n) => format!("and {n} more series"),
    };
    if !last.is_empty() {
        out.push_str(&format!("<text class=\"d\" x=\"8\" y=\"{}\">{last}</text>\n", height - 8));
    }
    out.push_str("</svg>\n");
    out
}

fn panel(page: &Page, s: &Series, top: f64, out: &mut String) {
    let words = |text: &str, room: usize| html(&shorten(&one_line(text), room, "…"));
    let machine = page.machines.get(s.machine).filter(|_| page.machines.len() > 1).map(|m| m.label.as_str());
    let name = words(&format!("{} {}", s.benchmark, s.metric), 60);
    let machine = machine.map(|m| format!(" <tspan class=\"d\">{}</tspan>", words(m, 24))).unwrap_or_default();
    let now = s.values.last().map_or("no value".into(), |v| words(&number::value(*v, &s.unit), 24));
    out.push_str(&format!(
        "<g>\n<text x=\"8\" y=\"{}\">{name}{machine}</text>\n<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{now}</text>\n",
        top + 16.0,
        WIDTH - 8,
        top + 16.0
    ));
    let values = s.curve(COMMITS);
    if let Some((least, greatest)) = range(&values) {
        // Noise of less than 2 % of the level does not fill the height.
        let middle = least / 2.0 + greatest / 2.0;
        let half = (greatest / 2.0 - least / 2.0).max(middle.abs() * 0.01);
        let plot = Plot {
            x: (88.0, WIDTH as f64 - 8.0),
            y: (top + 28.0, top + PANEL as f64 - 12.0),
            count: values.len(),
            range: Some((middle - half, middle + half)),
        };
        let mut label = |value: f64, y: f64| {
            let text = words(&number::value(value, &s.unit), 12);
            out.push_str(&format!("<text class=\"d\" x=\"80\" y=\"{y}\" text-anchor=\"end\">{text}</text>\n"));
        };
        if half > 0.0 {
            label(middle + half, plot.y.0 + 4.0);
        }
        label(middle - half, plot.y.1 + 4.0);
        let first = s.at.last().map_or(0, |last| last + 1 - values.len());
        for step in &s.changes {
            let Some(place) = s.at.get(step.index).and_then(|at| at.checked_sub(first)) else { continue };
            let x = plot.column(place);
            out.push_str(&format!(
                "<line class=\"{}\" x1=\"{x}\" y1=\"{}\" x2=\"{x}\" y2=\"{}\" stroke-dasharray=\"3 3\"/>\n",
                class(step),
                plot.y.0,
                plot.y.1
            ));
        }
        out.push_str(&plot.curve(&values));
    }
    out.push_str("\n</g>\n");
}

fn class(step: &Step) -> &'static str {
    match (step.accepted, step.verdict) {
        (None, "regression") => "b",
        (None, "improvement") => "g",
        _ => "n",
    }
}

/// A badge: of one series its newest value, else how many series became worse within the last measured commits and were
/// not accepted.
pub fn badge(page: &Page) -> String {
    let (label, value, colour) = match page.branches.first() {
        Some(branch) if branch.series.len() == 1 => of_one(branch, &branch.series[0]),
        Some(branch) if !branch.series.is_empty() => of_many(branch),
        _ => ("benchmarks".into(), "no data".into(), "#59636e"),
    };
    let (label, value) = (one_line(&label), one_line(&value));
    let long = |text: &str| width(text) * 7 + 12;
    let (left, right) = (long(&label), long(&value));
    let (label, value, all) = (html(&label), html(&value), left + right);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{label}: {value}\" width=\"{all}\" \
         height=\"20\" viewBox=\"0 0 {all} 20\">\n<title>{label}: {value}</title>\n\
         <rect width=\"{all}\" height=\"20\" rx=\"3\" fill=\"{colour}\"/>\n\
         <path d=\"M3 0H{left}V20H3A3 3 0 0 1 0 17V3A3 3 0 0 1 3 0Z\" fill=\"#444c56\"/>\n\
         <g fill=\"#fff\" text-anchor=\"middle\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">\n\
         <text x=\"{}\" y=\"14\" textLength=\"{}\">{label}</text>\n<text x=\"{}\" y=\"14\" textLength=\"{}\">{value}</text>\n\
         </g>\n</svg>\n",
        left / 2,
        left - 12,
        left + right / 2,
        right - 12
    )
}

fn of_one(branch: &Branch, s: &Series) -> (String, String, &'static str) {
    let value = s.values.last().map_or("no value".into(), |v| number::value(*v, &s.unit));
    let colour = match recent(branch, s).map(class) {
        Some("b") => "#cf222e",
        Some("g") => "#1a7f37",
        _ => "#0969da",
    };
    (shorten(&one_line(&format!("{} {}", s.benchmark, s.metric)), 40, "…"), value, colour)
}

fn of_many(branch: &Branch) -> (String, String, &'static str) {
    let worse = branch.series.iter().filter(|s| recent(branch, s).map(class) == Some("b")).count();
    let commits = branch.commits.len().min(LATELY);
    let words = match worse {
        0 => format!("no regression in {commits} commits"),
        1 => format!("1 regression in {commits} commits"),
        n => format!("{n} regressions in {commits} commits"),
    };
    ("benchmarks".into(), words, if worse == 0 { "#1a7f37" } else { "#cf222e" })
}

/// The last change of a series, where it lies within the last measured commits.
fn recent<'s>(branch: &Branch, s: &'s Series) -> Option<&'s Step> {
    s.changes.last().filter(|step| s.at[step.index] + LATELY >= branch.commits.len())
}
