//! Curves as inline SVG: no script, readable for a screen reader.

use super::{escaped, label};
use crate::render::bars::shares;
use crate::render::chart::range;
use crate::render::escape::{one_line, shorten};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 160.0;
/// Room for the labels at the left.
const SIDE: f64 = 80.0;
const EDGE: f64 = 10.0;

/// A small curve within a line of text.
pub(super) fn spark(values: &[Option<f64>]) -> String {
    let (w, h) = (80.0, 18.0);
    let plot = Plot { x: (2.0, w - 2.0), y: (2.0, h - 2.0), count: values.len(), range: range(values) };
    let label = range(values).map_or_else(
        || "not measured".into(),
        |(least, greatest)| format!("from {} to {}", label(least, ""), label(greatest, "")),
    );
    format!(
        "<svg role=\"img\" aria-label=\"{label}\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\">{}</svg>",
        plot.curve(values)
    )
}

/// A chart as a figure: curve, gaps as gaps, change points as dashed lines.
pub(super) fn chart(title: &str, unit: &str, values: &[Option<f64>], marks: &[usize], out: &mut String) {
    let title = escaped(title);
    out.push_str(&format!("<figure>\n<figcaption>{title}</figcaption>\n"));
    let Some((least, greatest)) = range(values) else {
        out.push_str("<p class=\"dim\">not measured</p>\n</figure>\n");
        return;
    };
    let (top, bottom) = (label(greatest, unit), label(least, unit));
    let plot =
        Plot { x: (SIDE, WIDTH - EDGE), y: (EDGE, HEIGHT - EDGE), count: values.len(), range: Some((least, greatest)) };
    out.push_str(&format!(
        "<svg role=\"img\" aria-label=\"{title}: {bottom} to {top} over {} commits\" class=\"wide\" \
         viewBox=\"0 0 {WIDTH} {HEIGHT}\">\n",
        values.len()
    ));
    let x = SIDE - 8.0;
    out.push_str(&format!("<text x=\"{x}\" y=\"{}\" text-anchor=\"end\">{top}</text>\n", EDGE + 4.0));
    if greatest > least {
        out.push_str(&format!("<text x=\"{x}\" y=\"{}\" text-anchor=\"end\">{bottom}</text>\n", HEIGHT - EDGE + 4.0));
    }
    for mark in marks.iter().filter(|m| **m < values.len()) {
        let x = plot.column(*mark);
        out.push_str(&format!(
            "<line x1=\"{x}\" y1=\"0\" x2=\"{x}\" y2=\"{HEIGHT}\" stroke=\"var(--bad)\" stroke-dasharray=\"3 3\">\
             <title>change point</title></line>\n"
        ));
    }
    out.push_str(&plot.curve(values));
    out.push_str("\n</svg>\n</figure>\n");
}

/// Bars as a figure, each with its name and value.
pub(super) fn bars(title: &str, unit: &str, bars: &[(String, f64)], out: &mut String) {
    let title = escaped(title);
    let height = 22 * bars.len();
    out.push_str(&format!(
        "<figure>\n<figcaption>{title}</figcaption>\n<svg role=\"img\" aria-label=\"{title}\" class=\"wide\" \
         viewBox=\"0 0 {WIDTH} {height}\">\n"
    ));
    for (i, ((name, value), share)) in bars.iter().zip(shares(bars)).enumerate() {
        let (y, long) = (22 * i, tenth(share * (WIDTH - 3.0 * SIDE)));
        let (middle, side) = (y + 15, 2.0 * SIDE);
        out.push_str(&format!(
            "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{}</text>\n\
             <rect x=\"{side}\" y=\"{}\" width=\"{long}\" height=\"14\" fill=\"currentColor\"/>\n\
             <text x=\"{}\" y=\"{middle}\">{}</text>\n",
            side - 8.0,
            escaped(&shorten(&one_line(name), 24, "…")),
            y + 4,
            side + long + 6.0,
            label(*value, unit)
        ));
    }
    out.push_str("</svg>\n</figure>\n");
}

/// Where values stand.
pub(in crate::render) struct Plot {
    /// Left and right edge.
    pub(in crate::render) x: (f64, f64),
    /// Upper and lower edge.
    pub(in crate::render) y: (f64, f64),
    /// Places from left to right.
    pub(in crate::render) count: usize,
    /// Least and greatest value.
    pub(in crate::render) range: Option<(f64, f64)>,
}

impl Plot {
    /// The x of a place.
    pub(in crate::render) fn column(&self, index: usize) -> f64 {
        let share = if self.count < 2 { 0.5 } else { index as f64 / (self.count - 1) as f64 };
        tenth(self.x.0 + share * (self.x.1 - self.x.0))
    }

    fn row(&self, value: f64) -> f64 {
        let (least, greatest) = self.range.unwrap_or((value, value));
        let share = if greatest > least { (value / 2.0 - least / 2.0) / (greatest / 2.0 - least / 2.0) } else { 0.5 };
        tenth(self.y.1 - share * (self.y.1 - self.y.0))
    }

    /// A line for each run of measured values; a lonely one is a dot.
    pub(in crate::render) fn curve(&self, values: &[Option<f64>]) -> String {
        let points: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(i, v)| v.filter(|v| v.is_finite()).map(|v| (self.column(i), self.row(v))))
            .collect();
        let mut out = String::new();
        for run in points.split(Option::is_none) {
            let run: Vec<_> = run.iter().flatten().collect();
            match run.as_slice() {
                [] => {}
                [(x, y)] => out.push_str(&format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"1.5\" fill=\"currentColor\"/>")),
                many => {
                    let list: Vec<_> = many.iter().map(|(x, y)| format!("{x},{y}")).collect();
                    out.push_str(&format!(
                        "<polyline points=\"{}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\"/>",
                        list.join(" ")
                    ));
                }
            }
        }
        out
    }
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
