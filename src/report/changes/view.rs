//! `diff` and `check` for a person: the verdict, the two ends, what matters first.

use std::collections::BTreeMap;

use similar::TextDiff;

use super::{Changes, End, FirstBad, Machine, SeriesChange, Side};
use crate::model::READINGS;
use crate::report::{Block, Cell, Column, Report, Table, Tone, Verdict, View};

impl Changes {
    fn ends(&self) -> Vec<Block> {
        let line = |word: &str, end: &End| {
            let mut cells = vec![Cell::text(format!("{word} "))];
            match &end.commit {
                Some(commit) => cells.push(Cell::Commit(commit.clone())),
                None => cells.push(Cell::Text("not measured".into(), Tone::Warn)),
            }
            if let Some(subject) = &end.subject {
                cells.push(Cell::text(format!(" {subject}")));
            }
            let why: Vec<&str> = [end.asked.as_str()].into_iter().chain(end.reason.as_deref()).collect();
            cells.push(Cell::dim(format!(" ({})", why.join("; "))));
            Block::Line(cells)
        };
        vec![line("base", &self.base), line("head", &self.head)]
    }

    fn table(&self, wanted: &dyn Fn(&SeriesChange) -> bool) -> Option<Table> {
        let rows: Vec<&SeriesChange> = self.series.iter().filter(|s| wanted(s)).collect();
        if rows.is_empty() {
            return None;
        }
        let several = self.environments.len() > 1;
        let mut columns = vec![Column::left("verdict"), Column::left("benchmark"), Column::left("metric").shed(2)];
        if several {
            columns.push(Column::left("machine").shed(3));
        }
        columns.extend([Column::right("base"), Column::right("head"), Column::right("change")]);
        let since = rows.iter().any(|s| s.first_bad.is_some());
        if since {
            columns.push(Column::left("since"));
        }
        columns.extend([Column::right("noise").shed(5), Column::left("why").shed(4)]);
        let rows = rows.into_iter().map(|s| self.row(s, several, since)).collect();
        Some(Table { columns, rows })
    }

    fn row(&self, s: &SeriesChange, several: bool, since: bool) -> Vec<Cell> {
        let value = |side: &Side| side.value.map_or(Cell::Missing, |v| Cell::Value(v, s.unit.clone(), Tone::Plain));
        let mut cells = vec![
            Cell::Text(s.verdict.as_str().into(), s.verdict.tone()),
            Cell::name(&s.benchmark),
            Cell::text(&s.metric),
        ];
        if several {
            let machine = self.environments.iter().find(|m| m.environment == s.environment && m.suite == s.suite);
            cells.push(Cell::dim(machine.map_or(&s.environment, |m| &m.label)));
        }
        cells.extend([
            value(&s.base),
            value(&s.head),
            s.change.map_or(Cell::Missing, |c| Cell::Change(c, s.verdict.tone())),
        ]);
        if since {
            cells.push(s.first_bad.as_ref().map_or(Cell::text(""), |first| Cell::Commit(first.commit.clone())));
        }
        cells.extend([s.noise.map_or(Cell::Missing, |n| Cell::Share(n, Tone::Dim)), Cell::dim(reason(s))]);
        cells
    }

    /// The commits where levels changed before the head, those of most series first.
    fn steps(&self) -> Option<Table> {
        let mut steps: BTreeMap<&str, (&FirstBad, [usize; 2])> = BTreeMap::new();
        for s in &self.series {
            let Some(first) = &s.first_bad else { continue };
            let (known, count) = steps.entry(&first.commit).or_insert((first, [0, 0]));
            count[usize::from(s.verdict == Verdict::Improvement)] += 1;
            if first.unmeasured > known.unmeasured {
                *known = first;
            }
        }
        let mut steps: Vec<_> = steps.into_values().collect();
        steps.sort_by_key(|(first, [worse, better])| (usize::MAX - worse, usize::MAX - better, &first.commit));
        let rows: Vec<_> = steps.into_iter().map(|(first, count)| step(first, count)).collect();
        let columns = vec![
            Column::left("since"),
            Column::left("among").shed(1),
            Column::left("series"),
            Column::left("author").shed(3),
            Column::left("subject").shed(2),
        ];
        (!rows.is_empty()).then_some(Table { columns, rows })
    }
}

fn step(first: &FirstBad, [worse, better]: [usize; 2]) -> Vec<Cell> {
    let many = |n: usize, word: &str| match n {
        0 => None,
        1 => Some(format!("1 {word}")),
        n => Some(format!("{n} {word}s")),
    };
    let series: Vec<String> = [many(worse, "regression"), many(better, "improvement")].into_iter().flatten().collect();
    let among = match first.unmeasured {
        0 => String::new(),
        n => format!("{} commits", n + 1),
    };
    vec![
        Cell::Commit(first.commit.clone()),
        Cell::dim(among),
        Cell::text(series.join(", ")),
        Cell::text(&first.author),
        Cell::text(&first.subject),
    ]
}

/// The reason of a verdict in a few words, with the commit since which it is so.
pub fn why(s: &SeriesChange) -> String {
    let since = s.first_bad.as_ref().map(|first| {
        let range = match first.unmeasured {
            0 => String::new(),
            n => format!(" or one of {n} unmeasured before it"),
        };
        let commit = &first.commit[..first.commit.len().min(8)];
        format!("since {commit}{range} ({}: {})", first.author, first.subject)
    });
    since.into_iter().chain(Some(reason(s)).filter(|r| !r.is_empty())).collect::<Vec<_>>().join("; ")
}

/// The same without the commit.
fn reason(s: &SeriesChange) -> String {
    let mut parts = Vec::new();
    match s.verdict {
        Verdict::Unchanged => {
            if let Some(effect) = s.smallest_effect {
                parts.push(format!("would have shown {}", percent(effect)));
            }
        }
        Verdict::Inconclusive => {
            if let Some(n) = s.more_runs {
                parts.push(format!("{n} more run{} would decide", if n == 1 { "" } else { "s" }));
            }
        }
        Verdict::Regression | Verdict::Improvement => {}
    }
    parts.extend(s.notes.iter().cloned());
    parts.join("; ")
}

/// `0.0213` as `2.1 %`.
fn percent(ratio: f64) -> String {
    format!("{:.1} %", ratio * 100.0)
}

impl Report for Changes {
    fn view(&self) -> View {
        let mut first = vec![Cell::Text(self.summary(), Tone::Strong)];
        match self.outcome {
            Some("pass") => first.insert(0, Cell::Text("pass: ".into(), Tone::Good)),
            Some("fail") => first.insert(0, Cell::Text("FAIL: ".into(), Tone::Bad)),
            Some(_) => first.insert(0, Cell::Text("not enough data: ".into(), Tone::Warn)),
            None => {}
        }
        let mut blocks = vec![Block::Line(first)];
        blocks.extend(self.ends());
        if let [only] = &self.environments[..] {
            let suite = if only.suite == "default" { String::new() } else { format!(", suite {}", only.suite) };
            blocks.push(Block::Line(vec![Cell::text("on   "), Cell::dim(format!("{}{suite}", only.label))]));
        }
        for note in &self.notes {
            blocks.push(Block::Line(vec![Cell::Text(note.clone(), Tone::Warn)]));
        }
        if !self.show_env {
            blocks.extend(
                self.environments
                    .iter()
                    .filter_map(differing)
                    .map(|text| Block::Line(vec![Cell::Text(format!("{text} (--env shows how)"), Tone::Warn)])),
            );
        }
        blocks.extend(self.table(&|s| s.verdict != Verdict::Unchanged).map(Block::Table));
        blocks.extend(self.steps().map(Block::Table));
        if let Some(table) = self.table(&|s| s.verdict == Verdict::Unchanged) {
            let n = table.rows.len();
            let loudest = self.count(Verdict::Unchanged) == self.series.len();
            if loudest && n <= 40 {
                blocks.push(Block::Table(table));
            } else {
                blocks.push(Block::Folded { summary: format!("{n} unchanged"), blocks: vec![Block::Table(table)] });
            }
        }
        if !self.accepted.is_empty() {
            let rows = self
                .accepted
                .iter()
                .map(|a| {
                    let until = a.until.as_ref().map(|u| format!(" (until {})", u.get(..10).unwrap_or(u)));
                    vec![
                        Cell::name(&a.benchmark),
                        Cell::text(&a.metric),
                        Cell::Commit(a.commit.clone()),
                        Cell::dim(format!("{}{}", a.reason, until.unwrap_or_default())),
                    ]
                })
                .collect();
            let columns =
                vec![Column::left("accepted"), Column::left("metric"), Column::left("at"), Column::left("reason")];
            blocks.push(Block::Table(Table { columns, rows }));
        }
        for (title, list) in [("missing", &self.missing), ("new", &self.new)] {
            if !list.is_empty() {
                let rows = list
                    .iter()
                    .map(|m| vec![Cell::name(&m.benchmark), Cell::text(&m.metric), Cell::dim(&m.why)])
                    .collect();
                let columns = vec![Column::left(title), Column::left("metric"), Column::left("why")];
                blocks.push(Block::Table(Table { columns, rows }));
            }
        }
        if self.show_env {
            blocks.extend(self.environments.iter().map(environment_diff));
        }
        View { blocks }
    }
}

/// Which facts of the two ends' environments differ; facts of the moment are left out.
fn differing(machine: &Machine) -> Option<String> {
    let name = |line: &&String| line.split(": ").next().unwrap_or_default().to_owned();
    let only =
        |a: &[String], b: &[String]| a.iter().filter(|line| !b.contains(line)).map(|l| name(&l)).collect::<Vec<_>>();
    let mut names = only(&machine.base_env, &machine.head_env);
    names.extend(only(&machine.head_env, &machine.base_env));
    names.retain(|name| !READINGS.contains(&name.as_str()));
    names.sort();
    names.dedup();
    (!names.is_empty()).then(|| format!("{}: the environments differ in {}", machine.label, names.join(", ")))
}

/// The text diff of the two ends' environments.
fn environment_diff(machine: &Machine) -> Block {
    let (base, head) = (machine.base_env.join("\n") + "\n", machine.head_env.join("\n") + "\n");
    let diff = TextDiff::from_lines(base.as_str(), head.as_str());
    let text = diff.unified_diff().context_radius(1).header("base", "head").to_string();
    Block::Verbatim(if text.is_empty() { format!("{}: the same environment\n", machine.label) } else { text })
}
