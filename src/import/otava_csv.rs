//! Otava's CSV (formerly Hunter): one row a run, one column a metric.

use super::table::{Row, rows, separator};
use super::{Importer, Input, ReadOptions, broken};
use crate::Result;
use crate::model::{Better, Measurement, Run, Time};

/// Reader of Otava's CSV files.
pub struct OtavaCsv;

impl Importer for OtavaCsv {
    fn name(&self) -> &'static str {
        "otava-csv"
    }

    fn doc(&self) -> &'static str {
        "Otava's CSV: time, commit, branch, then a column a metric"
    }

    fn example(&self) -> &'static str {
        "git bench import otava-csv results.csv"
    }

    fn many(&self) -> bool {
        true
    }

    fn claims(&self, input: &Input) -> bool {
        let Some((head, mut body)) = input.text().and_then(parts) else { return false };
        // A table with a measurement a row also has numbers, but the names of what was measured beside them.
        let long = |row: &Row, (at, name): &(usize, String)| {
            ["name", "benchmark", "metric", "unit"].iter().any(|word| name.eq_ignore_ascii_case(word))
                && row.cells.get(*at).is_some_and(|cell| number(cell).is_none())
        };
        let fits = |row: Row| {
            (head.commit.is_some() || head.time(&row).is_some())
                && !head.metrics.iter().any(|column| long(&row, column))
                && head.metrics.iter().any(|(at, _)| row.cells.get(*at).is_some_and(|c| number(c).is_some()))
        };
        body.next().is_none_or(fits)
    }

    fn read(&self, input: &Input, options: &ReadOptions) -> Result<Vec<Run>> {
        let Some((head, body)) = input.text().and_then(parts) else { return Ok(Vec::new()) };
        let body: Vec<Row> = body.collect();
        // A column without any number is an attribute (a version, a host), no metric.
        let numeric = |at: usize| body.iter().any(|row| row.cells.get(at).is_some_and(|c| number(c).is_some()));
        let metrics: Vec<_> = head.metrics.iter().filter(|(at, _)| numeric(*at)).collect();
        let mut runs = Vec::with_capacity(body.len());
        for row in &body {
            let fault = |want: &str| broken(input, "Otava CSV", &format!("line {}", row.line), want);
            let cell = |at: Option<usize>| at.and_then(|i| row.cells.get(i)).filter(|c| !c.is_empty()).cloned();
            let time = head.time(row).ok_or_else(|| fault("expected a time in the column 'time'"))?;
            let mut run = Run {
                commit: cell(head.commit),
                branch: cell(head.branch),
                time: Some(time),
                entry: Some(row.raw.as_bytes().to_vec()),
                ..Run::default()
            };
            for (at, name) in &metrics {
                let Some(text) = cell(Some(*at)) else { continue };
                let value = number(&text).ok_or_else(|| fault(&format!("expected a number in the column '{name}'")))?;
                let better = options.better.unwrap_or(Better::None);
                run.measurements.push(Measurement::new(name, "value", "", better, Some(value)));
            }
            runs.push(run);
        }
        Ok(runs)
    }
}

/// Where the columns are.
struct Head {
    time: usize,
    commit: Option<usize>,
    branch: Option<usize>,
    metrics: Vec<(usize, String)>,
}

impl Head {
    fn time(&self, row: &Row) -> Option<Time> {
        let text = row.cells.get(self.time)?;
        match text.parse::<f64>() {
            Ok(seconds) => seconds.is_finite().then_some(Time(seconds as i64)),
            Err(_) => Time::parse(text),
        }
    }
}

/// The columns and the rows below; `time`, `commit` and `branch` come before the metrics.
fn parts(text: &str) -> Option<(Head, impl Iterator<Item = Row<'_>>)> {
    let text = text.trim_start();
    // Looked at before anything is split: every other text comes by here as well.
    let first = text.trim_start_matches('"');
    let key = |key: &&str| first.get(..key.len()).is_some_and(|head| head.eq_ignore_ascii_case(key));
    ["time", "commit", "branch"].iter().find(|word| key(word))?;
    let separator = separator(text.lines().next()?);
    let mut all = rows(text, separator);
    let names = all.next()?.cells;
    let is = |at: usize, want: &str| names.get(at).is_some_and(|name| name.eq_ignore_ascii_case(want));
    let keys = (0..names.len()).take_while(|i| ["time", "commit", "branch"].iter().any(|key| is(*i, key))).count();
    let find = |want| (0..keys).find(|i| is(*i, want));
    let metrics: Vec<_> = names.iter().cloned().enumerate().skip(keys).filter(|(_, name)| !name.is_empty()).collect();
    let head = Head { time: find("time")?, commit: find("commit"), branch: find("branch"), metrics };
    (!head.metrics.is_empty()).then_some((head, all))
}

fn number(text: &str) -> Option<f64> {
    match text.to_ascii_lowercase().as_str() {
        "nan" | "null" | "none" => Some(f64::NAN),
        "inf" | "infinity" | "-inf" | "-infinity" => Some(f64::INFINITY),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(text: &str) -> Result<Vec<Run>> {
        super::super::read(&Input::file("o.csv", text.into()), None, &ReadOptions::default()).map(|(_, runs)| runs)
    }

    #[test]
    fn a_row_is_a_run() {
        let found = runs(
            "time;commit;branch;m1;\"m 2\";version\n2024.01.02 3:00:00 +0100;aaa1;main;154023;10.5;x\n1704074400;aaa0;;;NaN;y\n",
        )
        .unwrap();
        let rows: Vec<_> = found.iter().flat_map(|r| &r.measurements).map(|m| (&*m.name, m.value)).collect();
        assert_eq!(rows, [("m1", Some(154023.0)), ("m 2", Some(10.5)), ("m 2", None)]);
        assert_eq!(
            (found[0].time.unwrap().to_string(), found[0].branch.as_deref()),
            ("2024-01-02T02:00:00Z".into(), Some("main"))
        );
        assert_eq!((found[1].commit.as_deref(), found[1].time), (Some("aaa0"), Some(Time(1704074400))));
        assert_eq!(found[1].entry.as_deref(), Some(b"1704074400;aaa0;;;NaN;y".as_slice()));
    }

    #[test]
    fn commits_may_be_absent_and_other_tables_are_refused() {
        assert_eq!(runs("time,a\n1,2\n").unwrap()[0].commit, None);
        for text in [
            "#Tag,Interval_Start\nTag=x,1\n",
            "name,time\na,1\n",
            "time\n1\n",
            "time,a\nx,y\n",
            "time,commit,name,value\n1,c,a,2\n",
            "command,mean\na,1\n",
        ] {
            assert!(!OtavaCsv.claims(&Input::file("o.csv", text.into())), "{text}");
        }
        let message = runs("time,a\n1,2\n2,x\n").unwrap_err().message;
        assert!(message.contains("line 3: expected a number in the column 'a'"), "{message}");
    }
}
