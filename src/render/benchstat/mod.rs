//! `diff --format benchstat`: the tables of golang.org/x/perf/cmd/benchstat, for people and scripts that know them.
//!
//! Two columns, a table a unit: median, confidence interval, change, p value, geometric mean, numbered remarks below.

mod layout;
mod scale;

use layout::{Cell, Place, lines};
use scale::Scale;

use super::escape::one_line;
use crate::report::benchstat::{SampleRow, SampleTable, Samples};
use crate::stats::benchstat::{
    ALPHA, CONFIDENCE, Comparison, Summary, compare, exact_compare, exact_summary, geomean, summary,
};

/// The fewest samples with a finite interval of the median at [`CONFIDENCE`].
const FOR_INTERVAL: usize = 6;
/// The fewest samples a side with which the rank test can say anything at [`ALPHA`].
const FOR_TEST: usize = 4;

/// All tables, with an empty line between.
pub fn tables(samples: &Samples) -> String {
    let mut out = String::new();
    let mut before: &[(String, String)] = &[];
    for (i, table) in samples.tables.iter().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        for key in table.keys.iter().filter(|key| !before.contains(key)) {
            out.push_str(&format!("{}: {}\n", one_line(&key.0), one_line(&key.1)));
        }
        for gone in before.iter().filter(|old| table.keys.iter().all(|key| key.0 != old.0)) {
            out.push_str(&format!("{}:\n", one_line(&gone.0)));
        }
        before = &table.keys;
        out.push_str(&Printer::of(table, &samples.ends).print());
    }
    out
}

/// One table on its way to text.
struct Printer<'a> {
    table: &'a SampleTable,
    /// Which ends have a column, and its head.
    columns: Vec<(usize, String)>,
    /// Remarks, in the order in which they are numbered.
    remarks: Vec<String>,
}

/// First grid column of a column of the table: the first has center, interval and remarks, the others a comparison as well.
fn start(column: usize) -> usize {
    if column == 0 { 1 } else { 4 + (column - 1) * 6 }
}

impl<'a> Printer<'a> {
    fn of(table: &'a SampleTable, ends: &[String; 2]) -> Self {
        let measured = |end: &usize| table.rows.iter().any(|row| !row.ends[*end].is_empty());
        let columns = (0..2).filter(measured).map(|end| (end, one_line(&ends[end]))).collect();
        Self { table, columns, remarks: Vec::new() }
    }

    fn print(mut self) -> String {
        let mut grid = vec![self.heads(), self.units()];
        for row in &self.table.rows {
            grid.push(self.row(row));
        }
        if self.table.rows.len() > 1 {
            grid.push(self.means());
        }
        let mut out = lines(&grid);
        for (i, remark) in self.remarks.iter().enumerate() {
            out.push_str(&format!("{} {remark}\n", raised(i + 1)));
        }
        out
    }

    fn edge(&self) -> Cell {
        Cell { at: start(self.columns.len() + 1), span: 1, margin: " │", ..Cell::default() }
    }

    fn heads(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for (i, (_, text)) in self.columns.iter().enumerate() {
            let (at, span) = (start(i), start(i + 1) - start(i));
            cells.push(Cell { at, span, text: text.clone(), margin: " │ ", place: Place::Middle });
        }
        cells.push(self.edge());
        cells
    }

    fn units(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for i in 0..self.columns.len() {
            let text = one_line(&self.table.unit);
            cells.push(Cell { at: start(i), span: 3, text, margin: " │ ", place: Place::Middle });
            if i > 0 {
                let text = "vs base".to_owned();
                cells.push(Cell { at: start(i) + 3, span: 3, text, margin: "  ", place: Place::Left });
            }
        }
        cells.push(self.edge());
        cells
    }

    fn row(&mut self, row: &SampleRow) -> Vec<Cell> {
        let mut cells = vec![label(&row.name)];
        let found: Vec<Option<Summary>> = self.columns.iter().map(|(end, _)| self.summary(&row.ends[*end])).collect();
        let centers: Vec<f64> = found.iter().flatten().map(|s| s.center).collect();
        let scale = Scale::of(&centers, self.table.binary);
        for (i, one) in found.iter().enumerate() {
            let Some(one) = one else { continue };
            let at = start(i);
            cells.push(number(at, scale.write(one.center)));
            let interval = Cell { at: at + 1, span: 1, text: interval(one), margin: " ± ", place: Place::Right };
            cells.push(interval);
            cells.push(self.remark(at + 2, doubtful(one, self.table.exact)));
            if let (1.., Some(base)) = (i, &found[0]) {
                let ends = |column: usize| row.ends[self.columns[column].0].as_slice();
                let (a, b) = (ends(0), ends(i));
                let compared = if self.table.exact { exact_compare(a, b) } else { compare(a, b) };
                cells.push(delta_cell(at + 3, delta(&compared, base.center, one.center)));
                cells.push(text(at + 4, format!("({})", numbers(&compared))));
                let weak = if self.table.exact { None } else { weak(&compared, a, b) };
                cells.push(self.remark(at + 5, weak));
            }
        }
        cells
    }

    fn summary(&self, samples: &[f64]) -> Option<Summary> {
        if self.table.exact { exact_summary(samples) } else { summary(samples) }
    }

    /// The last row: geometric means of the centers and of the ratios.
    fn means(&mut self) -> Vec<Cell> {
        let mut cells = vec![label("geomean")];
        let exact = self.table.exact;
        let of = |samples: &[f64]| if exact { exact_summary(samples) } else { summary(samples) };
        let center = |row: &SampleRow, end: usize| of(&row.ends[end]).map(|s| s.center);
        let first = self.columns.first().map_or(0, |c| c.0);
        let bases = self.table.rows.iter().filter(|row| !row.ends[first].is_empty()).count();
        for i in 0..self.columns.len() {
            let end = self.columns[i].0;
            let mut remarks = Vec::new();
            let centers: Vec<f64> = self.table.rows.iter().filter_map(|row| center(row, end)).collect();
            let pairs = self.table.rows.iter().filter_map(|row| Some((center(row, first)?, center(row, end)?)));
            let ratios: Vec<Option<f64>> = pairs.map(|(base, head)| ratio(base, head)).collect();
            if i > 0 && ratios.len() != bases {
                remarks.push("benchmark set differs from baseline; geomeans may not be comparable");
            }
            match geomean(&centers) {
                Some(mean) => cells.push(number(start(i), Scale::of(&[mean], self.table.binary).write(mean))),
                None => remarks.push("summaries must be >0 to compute geomean"),
            }
            if i > 0 {
                let all: Option<Vec<f64>> = ratios.into_iter().collect();
                let mean = all.as_deref().map(geomean);
                cells.push(match mean.flatten() {
                    Some(mean) => delta_cell(start(i) + 3, format!("{:+.2}%", (mean - 1.0) * 100.0)),
                    None => Cell { place: Place::Left, ..delta_cell(start(i) + 3, "?".into()) },
                });
                if mean == Some(None) {
                    remarks.push("ratios must be >0 to compute geomean");
                }
            }
            cells.push(self.remark(start(i + 1) - 1, remarks.into_iter().map(str::to_owned)));
        }
        cells
    }

    /// The raised numbers of remarks, which are numbered as they come.
    fn remark(&mut self, at: usize, remarks: impl IntoIterator<Item = String>) -> Cell {
        let mut marks = Vec::new();
        for remark in remarks {
            let known = self.remarks.iter().position(|r| *r == remark).unwrap_or(self.remarks.len());
            if known == self.remarks.len() {
                self.remarks.push(remark);
            }
            marks.push(raised(known + 1));
        }
        text(at, marks.join(" "))
    }
}

fn label(name: &str) -> Cell {
    Cell { span: 1, text: one_line(name), ..Cell::default() }
}

fn text(at: usize, text: String) -> Cell {
    let margin = if text.is_empty() { "" } else { " " };
    Cell { at, span: 1, text, margin, place: Place::Left }
}

fn number(at: usize, text: String) -> Cell {
    Cell { at, span: 1, text, margin: " ", place: Place::Right }
}

fn delta_cell(at: usize, text: String) -> Cell {
    Cell { at, span: 1, text, margin: " ", place: Place::Right }
}

fn interval(one: &Summary) -> String {
    match one.percent() {
        Some(percent) => format!("{percent:.0}%"),
        None if one.lo.is_none() || one.hi.is_none() => "∞".into(),
        None => "?".into(),
    }
}

/// Why an interval is not what it seems.
fn doubtful(one: &Summary, exact: bool) -> Option<String> {
    match (one.lo, one.hi) {
        (Some(lo), Some(hi)) if exact && lo != hi => {
            let range = format!("values range from {} to {}", go_number(lo), go_number(hi));
            Some(format!("exact distribution expected, but {range}"))
        }
        (Some(_), Some(_)) => None,
        _ => Some(format!("need >= {FOR_INTERVAL} samples for confidence interval at level {CONFIDENCE}")),
    }
}

/// A number as `%v` of Go writes it: with an exponent below 1e-4 and from 1e21 on.
fn go_number(number: f64) -> String {
    let text = format!("{number:e}");
    match text.split_once('e').and_then(|(digits, exponent)| Some((digits, exponent.parse::<i32>().ok()?))) {
        Some((digits, exponent)) if !(-4..21).contains(&exponent) => format!("{digits}e{exponent:+03}"),
        _ => number.to_string(),
    }
}

fn ratio(base: f64, head: f64) -> Option<f64> {
    if base == head {
        return Some(1.0);
    }
    (base != 0.0).then_some(head / base)
}

fn delta(compared: &Comparison, base: f64, head: f64) -> String {
    match compared.ratio {
        _ if compared.p > compared.alpha => "~".into(),
        _ if base == head => "0.00%".into(),
        Some(ratio) => format!("{:+.2}%", (ratio - 1.0) * 100.0),
        None => "?".into(),
    }
}

fn numbers(compared: &Comparison) -> String {
    let p = if compared.p == 0.0 { String::new() } else { format!("p={:.3} ", compared.p) };
    match (compared.n1, compared.n2) {
        (a, b) if a == b => format!("{p}n={a}"),
        (a, b) => format!("{p}n={a}+{b}"),
    }
}

/// Why a comparison can say nothing.
fn weak(compared: &Comparison, a: &[f64], b: &[f64]) -> Option<String> {
    let mut all = a.iter().chain(b);
    let first = all.next();
    if all.all(|v| Some(v) == first) {
        return Some("all samples are equal".into());
    }
    let few = compared.p > compared.alpha && a.len().min(b.len()) < FOR_TEST;
    few.then(|| format!("need >= {FOR_TEST} samples to detect a difference at alpha level {ALPHA}"))
}

/// A number of a remark: `¹`, `¹²`.
fn raised(number: usize) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    number.to_string().bytes().filter_map(|b| DIGITS.get(usize::from(b - b'0'))).collect()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
