//! `diff --format benchstat`: the samples of the two ends, as they were measured.

use std::collections::BTreeMap;

use git_bench::history::{Group, Measured, groups};
use git_bench::import::{self, Input, ReadOptions};
use git_bench::model::{Facts, Unit};
use git_bench::record::{Row, RunRecord};
use git_bench::render;
use git_bench::report::benchstat::{EXACT_METRICS, SampleRow, SampleTable, Samples, package_of, unit_of};
use git_bench::report::changes::{Changes, End};
use git_bench::{Error, Result};

use super::context::Context;
use super::ends::Ends;
use super::options::Selection;
use super::patterns::selected;

/// What was asked for.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Which series.
    pub(crate) selection: &'a Selection,
    /// The facts that identify a machine.
    pub(crate) identity: &'a [String],
    /// Compare unlike machines.
    pub(crate) across: bool,
}

/// Prints the tables; what is no number (which commits, what was left out) goes to standard error.
pub(crate) fn print(context: &Context, changes: &Changes, ends: &Ends, asked: Asked<'_>) -> Result<()> {
    let Asked { selection, identity, across } = asked;
    for (word, end) in [("base", &changes.base), ("head", &changes.head)] {
        let subject = end.subject.as_deref().unwrap_or_default();
        let why: Vec<&str> = [end.asked.as_str()].into_iter().chain(end.reason.as_deref()).collect();
        context.say(&format!("{word} {} {subject} ({})", short(end), why.join("; ")));
    }
    for note in &changes.notes {
        context.warn(note);
    }
    for missing in changes.missing.iter().filter(|m| m.why.contains("unit changed")) {
        context.warn(&format!("{} {}: {}", missing.benchmark, missing.metric, missing.why));
    }
    let (mut gathered, mut unread) = (Gathered::default(), Vec::new());
    let measured = groups(&ends.head_point, identity);
    let several = measured.len() > 1;
    for (group, env) in &measured {
        let in_group = |p: &&Measured| across || p.is_in(group, identity);
        let suite = selection.suite.as_ref().is_none_or(|s| *s == group.suite);
        let Some(base) = ends.base_trail.points.iter().find(in_group).filter(|_| suite) else { continue };
        let group = Described { group, env, label: several.then(|| context.label(env)) };
        for (end, point) in [base, &ends.head_point].into_iter().enumerate() {
            for (_, run) in point.grouped(identity).filter(|(of, _)| across || **of == *group.group) {
                let known = full(context, run).inspect_err(|error| unread.push(error.to_string())).unwrap_or_default();
                gathered.take(run, &known, end, &group, selection);
            }
        }
    }
    if let Some(why) = unread.first() {
        context.warn(&format!(
            "{} full results are not at hand, so rows are in the order of their names: {why}",
            unread.len()
        ));
    }
    if gathered.summarised > 0 {
        let n = gathered.summarised;
        context.warn(&format!(
            "{n} values stand for several samples each that are not recorded: each counts as one sample"
        ));
    }
    if gathered.samples.tables.is_empty() {
        return Err(Error::no_data("no samples of these benchmarks").hint("git bench diff tells what was measured"));
    }
    gathered.sort();
    gathered.samples.ends = [head(&changes.base), head(&changes.head)];
    context.output.write(render::benchstat::tables(&gathered.samples).as_bytes())
}

/// The head of a column: the revision as it was asked for where that was measured itself, else the commit.
fn head(end: &End) -> String {
    match &end.commit {
        Some(commit) if *commit == end.asked_commit && !end.asked.contains(' ') => end.asked.clone(),
        _ => short(end).to_owned(),
    }
}

fn short(end: &End) -> &str {
    end.commit.as_deref().map_or("-", |commit| &commit[..commit.len().min(12)])
}

/// Samples of (benchmark, metric), with their place in the order in which they were measured.
type Known = BTreeMap<(String, String), (usize, Vec<f64>)>;

/// What the full result says beyond the note line: the order, and samples that are too many for a line.
fn full(context: &Context, run: &RunRecord) -> Result<Known> {
    let Some(payload) = &run.payload else { return Ok(Known::new()) };
    let input = Input::file("payload.json", context.fetch_payload(payload)?);
    let (_, runs) = import::read(&input, Some("git-bench"), &ReadOptions::default())?;
    let mut known = Known::new();
    for (i, m) in runs.into_iter().flat_map(|run| run.measurements).enumerate() {
        // Of several with one name, the first keeps it.
        known.entry((m.name, m.metric)).or_insert((i, m.samples));
    }
    Ok(known)
}

/// An environment and suite with what is said of it.
struct Described<'a> {
    group: &'a Group,
    env: &'a Facts,
    /// The machine's name, where there are several.
    label: Option<String>,
}

impl Described<'_> {
    /// What all rows of a table have in common, in the order of `go test`.
    fn keys(&self, go: bool, package: &str) -> Vec<(String, String)> {
        let fact = |name: &str| self.env.get(name).and_then(|v| v.as_str()).map(str::to_owned);
        let (os, arch) = (fact("os"), fact("arch"));
        let keys = [
            ("machine", self.label.clone()),
            ("suite", Some(self.group.suite.clone()).filter(|s| s != "default")),
            (if go { "goos" } else { "os" }, os.map(|os| if go { go_os(&os) } else { os })),
            (if go { "goarch" } else { "arch" }, arch.map(|arch| if go { go_arch(&arch) } else { arch })),
            ("pkg", Some(package.to_owned()).filter(|p| !p.is_empty())),
            ("cpu", fact("cpu_model")),
        ];
        keys.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
    }
}

/// Whether the harness says that the values of a metric do not vary.
fn is_exact(run: &RunRecord, metric: &str) -> bool {
    let exact = run.env.get(EXACT_METRICS).and_then(|metrics| metrics.as_str());
    exact.is_some_and(|metrics| metrics.split(' ').any(|one| one == metric))
}

/// The words of Go where they are not ours.
fn go_os(os: &str) -> String {
    if os == "macos" { "darwin" } else { os }.to_owned()
}

fn go_arch(arch: &str) -> String {
    match arch {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
    .to_owned()
}

/// Tables while they fill.
#[derive(Default)]
struct Gathered {
    samples: Samples,
    /// Place of (keys, unit) among the tables, of a name among a table's rows.
    tables: BTreeMap<(Vec<(String, String)>, String), usize>,
    rows: BTreeMap<(usize, String), usize>,
    /// Values of several samples whose samples are nowhere.
    summarised: usize,
}

impl Gathered {
    fn take(&mut self, run: &RunRecord, known: &Known, end: usize, group: &Described, selection: &Selection) {
        let wanted = selected(selection);
        let go = run.harness.as_deref().is_some_and(|h| h.starts_with("go "));
        let of = |row: &Row| known.get(&(row.name.clone(), row.metric.clone()));
        let mut rows: Vec<&Row> = run.m.iter().filter(|row| wanted(&row.name, &row.metric)).collect();
        rows.sort_by_key(|row| of(row).map_or(usize::MAX, |(place, _)| *place));
        for row in rows {
            let Some(value) = row.value else { continue };
            let (package, name) = if go { package_of(&row.name) } else { ("", row.name.as_str()) };
            let table = self.table(group.keys(go, package), row);
            self.samples.tables[table].exact |= is_exact(run, &row.metric);
            let rows = &mut self.samples.tables[table].rows;
            let i = *self.rows.entry((table, name.to_owned())).or_insert(rows.len());
            if i == rows.len() {
                rows.push(SampleRow { name: name.to_owned(), ends: Default::default() });
            }
            let (_, factor, _) = unit_of(&row.metric, &Unit::new(&row.unit));
            let kept = of(row).map(|(_, samples)| samples).filter(|samples| !samples.is_empty());
            // Those of the line have seven digits.
            match kept.or(row.samples.as_ref()) {
                Some(all) => rows[i].ends[end].extend(all.iter().filter(|v| v.is_finite()).map(|v| v * factor)),
                None => {
                    self.summarised += usize::from(row.n.is_some_and(|n| n > 1));
                    rows[i].ends[end].push(value * factor);
                }
            }
        }
    }

    /// All tables of one package beside each other.
    fn sort(&mut self) {
        let order: Vec<_> = self.samples.tables.iter().map(|t| t.keys.clone()).collect();
        self.samples.tables.sort_by_key(|t| order.iter().position(|keys| *keys == t.keys));
    }

    fn table(&mut self, keys: Vec<(String, String)>, row: &Row) -> usize {
        let (unit, _, binary) = unit_of(&row.metric, &Unit::new(&row.unit));
        let next = self.samples.tables.len();
        let place = *self.tables.entry((keys.clone(), unit.clone())).or_insert(next);
        if place == next {
            self.samples.tables.push(SampleTable { keys, unit, binary, ..SampleTable::default() });
        }
        place
    }
}
