//! The facts of a page as its script reads them (`app/data.js`): names once, points as packed columns, values rounded for
//! drawing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::pack::{counted, exponent, integers, optional};
use crate::render::{escape, number};
use crate::report::page::{Branch, Page, Series, Step};

/// Characters of a subject that a tooltip shows.
const SUBJECT: usize = 120;

#[derive(Serialize)]
struct Data<'p> {
    url: Option<&'p str>,
    ids: Vec<&'p str>,
    times: String,
    authors: Vec<String>,
    by: String,
    subjects: Vec<String>,
    machines: Vec<String>,
    texts: Vec<String>,
    units: Vec<(String, Scale)>,
    columns: Vec<String>,
    branches: Vec<BranchData>,
}

/// What stands behind a number, its size, and from which size on it is chosen.
type Scale = Vec<(String, f64, f64)>;

#[derive(Serialize)]
struct BranchData {
    name: String,
    tip: String,
    walked: usize,
    commits: String,
    distances: String,
    twins: Vec<(usize, String)>,
    /// Commit, pattern with metric, reason, who, day it was said, day it expires.
    accepted: Vec<(usize, String, String, String, String, String)>,
    notes: Vec<String>,
    series: Vec<SeriesData>,
}

/// Benchmark, metric, unit, better, suite, machine.
type Names = [usize; 6];
/// At, n, runs, spread, failed: places in `columns`.
type Columns = [usize; 5];
/// Index, before, level, change, verdict, unmeasured, accepted (or -1).
type StepData = (usize, f64, f64, Option<f64>, &'static str, usize, i64);

/// Names, columns, exponent, values, steps, first and last value, the unit that is left out.
type SeriesData = (Names, Columns, i32, String, Vec<StepData>, Option<(f64, f64)>, Option<String>);

/// Texts, each once.
#[derive(Default)]
struct Once {
    list: Vec<String>,
    places: BTreeMap<String, usize>,
}

impl Once {
    fn place(&mut self, text: String) -> usize {
        if let Some(at) = self.places.get(&text) {
            return *at;
        }
        self.list.push(text.clone());
        self.places.insert(text, self.list.len() - 1);
        self.list.len() - 1
    }
}

#[derive(Default)]
struct Shared {
    texts: Once,
    units: Once,
    columns: Once,
}

/// The facts as JSON that may stand inside a script element.
pub(super) fn json(page: &Page) -> String {
    let mut shared = Shared::default();
    let branches = page.branches.iter().map(|b| branch(b, &mut shared)).collect();
    let mut authors = Once::default();
    let by: Vec<i64> = page.commits.iter().map(|c| authors.place(escape::one_line(&c.author)) as i64).collect();
    let scale = |unit: String| {
        let steps = number::scale(&unit).into_iter();
        (escape::one_line(&unit), steps.map(|(name, size, from)| (escape::one_line(&name), size, from)).collect())
    };
    let data = Data {
        url: page.commit_url.as_deref(),
        ids: page.commits.iter().map(|c| c.id.as_str()).collect(),
        times: integers(page.commits.iter().map(|c| c.time.0)),
        authors: authors.list,
        by: integers(by),
        subjects: page.commits.iter().map(|c| escape::shorten(&escape::one_line(&c.subject), SUBJECT, "…")).collect(),
        machines: machines(page),
        texts: shared.texts.list,
        units: shared.units.list.into_iter().map(scale).collect(),
        columns: shared.columns.list,
        branches,
    };
    // Nothing that could end the element stands in it.
    serde_json::to_string(&data).unwrap_or_default().replace('<', "\\u003c")
}

/// The labels; those that stand for several machines with the environment key.
fn machines(page: &Page) -> Vec<String> {
    let several = |label: &str| page.machines.iter().filter(|m| m.label == label).count() > 1;
    let name = |m: &crate::report::page::Machine| match several(&m.label) {
        true => format!("{} ({})", m.label, m.environment),
        false => m.label.clone(),
    };
    page.machines.iter().map(|m| escape::one_line(&name(m))).collect()
}

fn branch(b: &Branch, shared: &mut Shared) -> BranchData {
    let day = |time: Option<crate::model::Time>| time.map(crate::model::Time::date).unwrap_or_default();
    let accepted = |a: &crate::report::page::Accepted| {
        let what = a.metric.as_ref().map_or(a.pattern.clone(), |m| format!("{} {m}", a.pattern));
        let who = a.who.as_deref().unwrap_or_default();
        let text = escape::one_line;
        (a.commit, text(&what), text(&a.reason), text(who), day(Some(a.time)), day(a.until))
    };
    BranchData {
        name: escape::one_line(&b.name),
        tip: b.tip.clone(),
        walked: b.walked,
        commits: integers(b.commits.iter().map(|c| *c as i64)),
        distances: integers(b.distances.iter().map(|d| *d as i64)),
        twins: b.twins.clone(),
        accepted: b.accepted.iter().map(accepted).collect(),
        notes: b.notes.iter().map(|n| escape::one_line(n)).collect(),
        series: b.series.iter().map(|s| series(s, shared)).collect(),
    }
}

fn series(s: &Series, shared: &mut Shared) -> SeriesData {
    let e = exponent(&s.values);
    let place = |at: &[usize]| integers(at.iter().map(|i| *i as i64));
    let n: Vec<Option<i64>> = s.n.iter().map(|n| n.and_then(|n| i64::try_from(n).ok())).collect();
    let spread: Vec<Option<i64>> = s.stddev.iter().map(|d| d.and_then(|d| counted(d, e))).collect();
    let runs = if s.runs.iter().all(|r| *r == 1) { String::new() } else { integers(s.runs.iter().map(|r| *r as i64)) };
    let mut text = |text: &str| shared.texts.place(escape::one_line(text));
    let names = [text(&s.benchmark), text(&s.metric), 0, text(&s.better), text(&s.suite), s.machine];
    let columns = [place(&s.at), optional(&n), runs, optional(&spread), place(&s.failed)];
    (
        [names[0], names[1], shared.units.place(s.unit.clone()), names[3], names[4], names[5]],
        columns.map(|column| shared.columns.place(column)),
        e,
        integers(s.values.iter().map(|v| counted(*v, e).unwrap_or(0))),
        s.changes.iter().map(step).collect(),
        s.values.first().zip(s.values.last()).map(|(a, b)| (rounded(*a), rounded(*b))),
        s.other_unit.as_deref().map(escape::one_line),
    )
}

fn step(s: &Step) -> StepData {
    let accepted = s.accepted.map_or(-1, |a| a as i64);
    (s.index, rounded(s.before), rounded(s.level), s.change.map(rounded), s.verdict, s.unmeasured, accepted)
}

/// Six significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}
