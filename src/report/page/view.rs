//! The page for those who read text: what changed, then every series as a small curve.

use super::{Branch, Page, Series, Step};
use crate::report::history::{relative, series_columns};
use crate::report::{Block, Cell, Column, Report, Table, Tone, View};

/// A table of more rows than this is folded.
const MANY: usize = 40;

/// Points of a small curve.
const CURVE: usize = 60;

pub(super) fn view(page: &Page) -> View {
    let mut blocks = vec![Block::Heading(page.title.clone())];
    blocks.extend(page.notes.iter().map(|note| warning(note)));
    if let Some(changes) = &page.changes {
        blocks.extend(changes.view().blocks);
    }
    if let Some(platforms) = &page.platforms {
        blocks.extend(platforms.view().blocks);
    }
    // Beside a comparison the histories are for the page alone: as text the comparison is what was asked for.
    let beside = page.changes.is_some() || page.platforms.is_some();
    for branch in page.branches.iter().filter(|_| !beside) {
        blocks.push(Block::Heading(branch.name.clone()));
        blocks.push(Block::Line(vec![Cell::Commit(branch.tip.clone()), Cell::text(summary(branch))]));
        blocks.extend(branch.notes.iter().map(|note| warning(note)));
        blocks.extend(changed(page, branch));
        blocks.extend(accepted(page, branch));
        if !branch.series.is_empty() {
            blocks.push(folded("series", series_table(page, branch)));
        }
    }
    View { blocks }
}

fn warning(note: &str) -> Block {
    Block::Line(vec![Cell::Text(note.to_owned(), Tone::Warn)])
}

fn summary(branch: &Branch) -> String {
    format!(" {} of {} commits measured, {} series", branch.commits.len(), branch.walked, branch.series.len())
}

fn folded(what: &str, table: Table) -> Block {
    let rows = table.rows.len();
    if rows <= MANY {
        return Block::Table(table);
    }
    Block::Folded { summary: format!("{rows} {what}"), blocks: vec![Block::Table(table)] }
}

/// The change points, the newest first.
fn changed(page: &Page, branch: &Branch) -> Option<Block> {
    let mut found: Vec<(&Series, &Step)> =
        branch.series.iter().flat_map(|s| s.changes.iter().map(move |step| (s, step))).collect();
    if found.is_empty() {
        return None;
    }
    found.sort_by_key(|(series, step)| std::cmp::Reverse(series.at[step.index]));
    let several = page.machines.len() > 1;
    let mut columns = vec![Column::left("commit"), Column::left("date").shed(4), Column::left("changed")];
    if several {
        columns.push(Column::left("machine").shed(5));
    }
    columns.extend([
        Column::right("before"),
        Column::right("after"),
        Column::right("change"),
        Column::left("author").shed(3),
        Column::left("subject").shed(2),
    ]);
    let rows = found.into_iter().map(|(s, step)| step_row(page, branch, s, step, several)).collect();
    Some(folded("changes", Table { columns, rows }))
}

fn step_row(page: &Page, branch: &Branch, s: &Series, step: &Step, several: bool) -> Vec<Cell> {
    let commit = &page.commits[branch.commits[s.at[step.index]]];
    let tone = match (step.accepted, step.verdict) {
        (Some(_), _) => Tone::Dim,
        (None, "regression") => Tone::Bad,
        (None, "improvement") => Tone::Good,
        _ => Tone::Plain,
    };
    let mut subject = commit.subject.clone();
    if step.unmeasured > 0 {
        subject.push_str(&format!(" (or one of {} unmeasured before it)", step.unmeasured));
    }
    if let Some(accept) = step.accepted.and_then(|i| branch.accepted.get(i)) {
        subject.push_str(&format!(" (accepted: {})", accept.reason));
    }
    let mut row = vec![
        Cell::Commit(commit.id.clone()),
        Cell::dim(commit.time.date()),
        Cell::name(format!("{} {}", s.benchmark, s.metric)),
    ];
    if several {
        row.push(Cell::dim(&page.machines[s.machine].label));
    }
    row.extend([
        Cell::Value(step.before, s.unit.clone(), Tone::Plain),
        Cell::Value(step.level, s.unit.clone(), Tone::Plain),
        step.change.map_or(Cell::Missing, |c| Cell::Change(c, tone)),
        Cell::text(&commit.author),
        Cell::text(subject),
    ]);
    row
}

fn accepted(page: &Page, branch: &Branch) -> Option<Block> {
    let row = |a: &super::Accepted| {
        vec![
            Cell::Commit(page.commits[a.commit].id.clone()),
            Cell::name(&a.pattern),
            Cell::maybe(a.metric.as_deref()),
            Cell::dim(&a.reason),
            Cell::maybe(a.who.as_deref()),
            Cell::maybe(a.until.map(|until| until.date())),
        ]
    };
    let columns = ["at", "accepted", "metric", "reason", "who", "until"].map(Column::left).to_vec();
    let rows: Vec<_> = branch.accepted.iter().map(row).collect();
    (!rows.is_empty()).then(|| folded("accepted changes", Table { columns, rows }))
}

fn series_table(page: &Page, branch: &Branch) -> Table {
    let several = page.machines.len() > 1;
    let columns = series_columns(several);
    let rows = branch
        .series
        .iter()
        .map(|s| {
            let mut row = vec![Cell::name(&s.benchmark), Cell::text(&s.metric)];
            if several {
                row.push(Cell::dim(&page.machines[s.machine].label));
            }
            let (first, last) = (s.values.first(), s.values.last());
            let change = first.zip(last).and_then(|(a, b)| relative(*a, *b));
            row.extend([
                Cell::Spark(s.curve(CURVE)),
                last.map_or(Cell::Missing, |v| Cell::Value(*v, s.unit.clone(), Tone::Plain)),
                change.map_or(Cell::Missing, |c| Cell::Change(c, Tone::Plain)),
                Cell::Number(s.at.len() as f64, Tone::Dim),
            ]);
            row
        })
        .collect();
    Table { columns, rows }
}

impl Series {
    /// The last `most` places between its first and its last point, oldest first; `None` where a measured commit of the
    /// branch has no value of it.
    pub fn curve(&self, most: usize) -> Vec<Option<f64>> {
        let (Some(first), Some(last)) = (self.at.first(), self.at.last()) else { return Vec::new() };
        let from = (*first).max((last + 1).saturating_sub(most));
        let mut values = vec![None; last + 1 - from];
        for (at, value) in self.at.iter().zip(&self.values).filter(|(at, _)| **at >= from) {
            values[at - from] = Some(*value);
        }
        values
    }
}
