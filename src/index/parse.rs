//! Notes as the writer wants them: rows as numbers, their names once for all runs that share them.

use std::sync::Arc;

use crate::model::{Better, format_f64};
use crate::record::{Beginnings, LightRow, Note, Row, RunRecord, light_runs};

/// What identifies a series: benchmark, metric, unit, direction.
pub(super) type Key = (String, String, String, Better);

/// The numbers of a row.
pub(super) struct Numbers {
    pub(super) value: Option<f64>,
    pub(super) n: Option<i64>,
    pub(super) stddev: Option<f64>,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    /// JSON.
    pub(super) samples: Option<String>,
}

/// A run, its rows as numbers in the order of `keys`.
pub(super) struct ParsedRun {
    pub(super) run: RunRecord<Numbers>,
    pub(super) keys: Arc<Vec<Key>>,
}

/// What counts of a note.
pub(super) struct ParsedNote {
    pub(super) runs: Vec<ParsedRun>,
    pub(super) unreadable: usize,
}

/// Parses notes; remembers the names of the run before.
#[derive(Default)]
pub(super) struct Parser {
    last: Arc<Vec<Key>>,
    beginnings: Beginnings,
}

impl Parser {
    pub(super) fn note(&mut self, content: &[u8]) -> ParsedNote {
        if let Some(runs) = light_runs(content, &mut self.beginnings) {
            return ParsedNote { runs: runs.into_iter().map(|run| self.light(run)).collect(), unreadable: 0 };
        }
        let note = Note::parse_after(content, &mut self.beginnings);
        let unreadable = note.unreadable.len();
        ParsedNote { runs: note.runs.into_iter().map(|run| self.whole(run)).collect(), unreadable }
    }

    fn light(&mut self, run: RunRecord<LightRow<'_>>) -> ParsedRun {
        let same =
            |(key, row): (&Key, &LightRow<'_>)| key.0 == row.0 && key.1 == row.1 && key.2 == row.2 && key.3 == row.3;
        if self.last.len() != run.m.len() || !self.last.iter().zip(&run.m).all(same) {
            let key = |row: &LightRow<'_>| {
                (row.0.clone().into_owned(), row.1.clone().into_owned(), row.2.clone().into_owned(), row.3)
            };
            self.last = Arc::new(run.m.iter().map(key).collect());
        }
        let (run, rows) = run.with_rows::<Row>(Vec::new());
        let numbers =
            |LightRow(_, _, _, _, value, n, stddev, min, max, samples)| numbers(value, n, [stddev, min, max], samples);
        let (run, _) = run.with_rows(rows.into_iter().map(numbers).collect());
        ParsedRun { run, keys: Arc::clone(&self.last) }
    }

    fn whole(&mut self, run: RunRecord) -> ParsedRun {
        let (run, rows) = run.with_rows::<Row>(Vec::new());
        let keys: Vec<Key> =
            rows.iter().map(|row| (row.name.clone(), row.metric.clone(), row.unit.clone(), row.better)).collect();
        if *self.last != keys {
            self.last = Arc::new(keys);
        }
        let numbers = |row: Row| numbers(row.value, row.n, [row.stddev, row.min, row.max], row.samples);
        let (run, _) = run.with_rows(rows.into_iter().map(numbers).collect());
        ParsedRun { run, keys: Arc::clone(&self.last) }
    }
}

fn numbers(value: Option<f64>, n: Option<u64>, spread: [Option<f64>; 3], samples: Option<Vec<f64>>) -> Numbers {
    let [stddev, min, max] = spread;
    let text = |all: Vec<f64>| format!("[{}]", all.into_iter().map(format_f64).collect::<Vec<_>>().join(","));
    Numbers { value, n: n.map(|n| n as i64), stddev, min, max, samples: samples.map(text) }
}
