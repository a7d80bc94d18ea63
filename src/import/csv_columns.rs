//! Any CSV with a header, by a column map: which column holds the name, the value, the commit and so on.

use std::collections::BTreeMap;

use super::seed::{direction, split_suffix};
use super::table::{Row, rows, separator};
use super::{Found, Importer, Input, ReadOptions, broken, json};
use crate::model::{Better, Measurement, Run, Time, Unit};
use crate::{Error, Result};

/// Reader of CSV files by [`ReadOptions::columns`]; never tried unasked.
///
/// Long form: a row is a measurement, with the roles `name`, `metric`, `unit`, `value`, `better`, `n`, `param:KEY`. Wide
/// form: one or more columns `value:METRIC`, whose unit may stand in METRIC's ending (`latency_ms`). `commit`, `time` and
/// `branch` say the run; rows that agree in them are one run. Columns that are called like a role have it without a map.
pub struct Csv;

const ROLES: &[&str] = &["name", "metric", "unit", "value", "commit", "time", "branch", "n", "better"];

impl Importer for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn doc(&self) -> &'static str {
        "any CSV with a header, by --column NAME=ROLE; only where it is named"
    }

    fn example(&self) -> &'static str {
        "git bench import csv results.csv --column sha=commit --column ms=value:latency_ms"
    }

    fn many(&self) -> bool {
        true
    }

    fn unasked(&self) -> bool {
        false
    }

    fn claims(&self, _input: &Input) -> bool {
        false
    }

    fn read(&self, input: &Input, options: &ReadOptions) -> Result<Vec<Run>> {
        Found::all(self.read_each(input, options)?)
    }

    fn read_each(&self, input: &Input, options: &ReadOptions) -> Result<Vec<Found>> {
        let fault = |place: &str, want: &str| broken(input, "CSV", place, want);
        let text = input.text().ok_or_else(|| fault("the file", "expected text"))?;
        let head =
            text.lines().find(|line| !line.trim().is_empty()).ok_or_else(|| fault("the file", "expected a header"))?;
        let mut all = rows(text, separator(head));
        let header = all.next().map(|row| row.cells).unwrap_or_default();
        let map = Columns::new(&header, options)?;
        let mut found: Vec<Found> = Vec::new();
        let mut places: BTreeMap<[Option<String>; 3], usize> = BTreeMap::new();
        for row in all {
            let place = format!("line {}", row.line);
            let key = ["commit", "time", "branch"].map(|role| map.cell(&row, role).map(str::to_owned));
            let at = *places.entry(key.clone()).or_insert_with(|| {
                let [commit, time, branch] = key;
                let time = time.map(|t| read_time(&t).ok_or_else(|| fault(&place, &format!("'{t}' is no time"))));
                let run = |time| Run { commit, branch, time, entry: Some(Vec::new()), ..Run::default() };
                found.push(Found::new(&*place, time.transpose().map(run)));
                found.len() - 1
            });
            // A run of which one row is broken is not taken in part.
            let Ok(run) = &mut found[at].run else { continue };
            match map.measurements(&row, options, &mut run.measurements) {
                Ok(()) => add_entry(run, row.raw),
                Err(want) => found[at].run = Err(fault(&place, &want)),
            }
        }
        for run in found.iter_mut().filter_map(|entry| entry.run.as_mut().ok()) {
            run.measurements = merged(std::mem::take(&mut run.measurements));
        }
        Ok(found)
    }
}

fn add_entry(run: &mut Run, row: &str) {
    let Some(entry) = &mut run.entry else { return };
    if !entry.is_empty() {
        entry.push(b'\n');
    }
    entry.extend_from_slice(row.as_bytes());
}

/// Rows of one name, metric and unit that do not say how many samples are behind them are the samples themselves: one
/// measurement with their mean.
fn merged(rows: Vec<Measurement>) -> Vec<Measurement> {
    let mut places: BTreeMap<(String, String, Unit), usize> = BTreeMap::new();
    let mut groups: Vec<Vec<Measurement>> = Vec::new();
    for row in rows {
        let key = (row.name.clone(), row.metric.clone(), row.unit.clone());
        match places.get(&key).filter(|_| row.n.is_none()) {
            Some(at) => groups[*at].push(row),
            None => {
                if row.n.is_none() {
                    places.insert(key, groups.len());
                }
                groups.push(vec![row]);
            }
        }
    }
    let one = |mut group: Vec<Measurement>| {
        let (count, samples) = (group.len(), group.iter().filter_map(|m| m.value).collect::<Vec<_>>());
        let mut first = group.swap_remove(0);
        if count > 1 {
            first.value = (!samples.is_empty()).then(|| samples.iter().sum::<f64>() / samples.len() as f64);
            first = first.sampled(samples);
        }
        first
    };
    groups.into_iter().map(one).collect()
}

/// Seconds since 1970, milliseconds, or ISO 8601.
fn read_time(text: &str) -> Option<Time> {
    match text.parse::<f64>() {
        Ok(millis) if millis.abs() >= 1e11 => Some(Time::from_millis(millis as i64)),
        Ok(seconds) => seconds.is_finite().then_some(Time(seconds as i64)),
        Err(_) => Time::parse(text),
    }
}

/// Which column plays which role.
struct Columns<'a> {
    header: &'a [String],
    roles: BTreeMap<&'a str, usize>,
    params: Vec<(&'a str, usize)>,
    values: Vec<(&'a str, usize)>,
}

impl<'a> Columns<'a> {
    fn new(header: &'a [String], options: &'a ReadOptions) -> Result<Self> {
        let mut map = Self { header, roles: BTreeMap::new(), params: Vec::new(), values: Vec::new() };
        for (column, role) in &options.columns {
            let at = header.iter().position(|name| name == column).ok_or_else(|| {
                let hint = format!("its columns are {}", header.join(", "));
                Error::usage(format!("the CSV has no column '{column}'")).hint(hint)
            })?;
            match role.split_once(':') {
                Some(("param", key)) if !key.is_empty() => map.params.push((key, at)),
                Some(("value", metric)) if !metric.is_empty() => map.values.push((metric, at)),
                None if ROLES.contains(&role.as_str()) => _ = map.roles.insert(role, at),
                _ => {
                    let hint = format!("roles are {}, param:KEY, value:METRIC", ROLES.join(", "));
                    return Err(Error::usage(format!("unknown role '{role}' of the column '{column}'")).hint(hint));
                }
            }
        }
        let taken = |at: usize| options.columns.iter().any(|(column, _)| *column == header[at]);
        for (at, name) in header.iter().enumerate().filter(|(at, _)| !taken(*at)) {
            if let Some(role) = ROLES.iter().find(|role| name.eq_ignore_ascii_case(role))
                && (*role != "value" || map.values.is_empty())
            {
                map.roles.entry(role).or_insert(at);
            }
        }
        if map.values.is_empty() && !map.roles.contains_key("value") {
            return Err(Error::usage("no column of the CSV holds the values")
                .hint("say which: --column NAME=value, or --column NAME=value:METRIC of each"));
        }
        Ok(map)
    }

    /// The cell with this role, if it holds something.
    fn cell<'r>(&self, row: &'r Row, role: &str) -> Option<&'r str> {
        self.roles.get(role).and_then(|at| row.cells.get(*at)).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    fn measurements(&self, row: &Row, options: &ReadOptions, out: &mut Vec<Measurement>) -> Result<(), String> {
        let params: Vec<(&str, &str)> = self
            .params
            .iter()
            .filter_map(|(key, at)| Some((*key, row.cells.get(*at)?.as_str())))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let n = self.cell(row, "n").map(|n| n.parse::<u64>().map_err(|_| format!("'{n}' is no count"))).transpose()?;
        let said =
            self.cell(row, "better").map(|b| Better::parse(b).ok_or(format!("'{b}' is no direction"))).transpose()?;
        let long = self.roles.get("value").map(|at| (self.cell(row, "metric").unwrap_or("value"), *at));
        for (metric, at) in self.values.iter().copied().chain(long) {
            let Some(cell) = row.cells.get(at).filter(|cell| !cell.is_empty()) else { continue };
            let value = read_number(cell).ok_or_else(|| format!("'{cell}' is no number"))?;
            let (short, suffix) = split_suffix(metric);
            let (metric, unit) = match self.cell(row, "unit") {
                Some(unit) => (metric, unit),
                None => (short, suffix),
            };
            let unit = Unit::new(unit);
            let better = match (said, direction(metric, &unit)) {
                (Some(said), _) => said,
                (None, Better::None) => options.better.unwrap_or(Better::None),
                (None, known) => known,
            };
            let name = self.cell(row, "name").unwrap_or(&self.header[at]);
            let name = json::with_params(name, &params);
            out.push(Measurement::new(name, metric, unit.as_str(), better, Some(value)).count(n));
        }
        Ok(())
    }
}

/// A number; words for none are a failure.
fn read_number(text: &str) -> Option<f64> {
    match text.to_ascii_lowercase().as_str() {
        "nan" | "null" | "none" | "failed" | "inf" | "-inf" | "infinity" | "-infinity" => Some(f64::NAN),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, columns: &[(&str, &str)]) -> Result<Vec<Run>> {
        let columns = columns.iter().map(|(c, r)| (c.to_string(), r.to_string())).collect();
        let options = ReadOptions { columns, ..ReadOptions::default() };
        super::super::read(&Input::file("x.csv", text.into()), Some("csv"), &options).map(|(_, runs)| runs)
    }

    fn rows(runs: &[Run]) -> Vec<String> {
        let one = |m: &Measurement| {
            format!("{} {} {:?} {} {} {:?}", m.name, m.metric, m.value, m.unit, m.better.as_str(), m.n)
        };
        runs.iter().flat_map(|run| &run.measurements).map(one).collect()
    }

    #[test]
    fn the_long_form_has_a_measurement_a_row() {
        let text = "sha,when,bench,metric,unit,value,n,size\nc1,2024-01-02,\"a, b\",time,ms,1.5,3,10\nc2,2024-01-03,b,fps,,NaN,,\nc1,2024-01-02,b,score,,7,1,10\n";
        let columns = [("sha", "commit"), ("when", "time"), ("bench", "name"), ("size", "param:size")];
        let runs = read(text, &columns).unwrap();
        assert_eq!(
            rows(&runs),
            [
                "a, b[size=10] time Some(1.5) ms lower Some(3)",
                "b[size=10] score Some(7.0)  none Some(1)",
                "b fps None  none None"
            ]
        );
        assert_eq!((runs[1].commit.as_deref(), runs[1].time), (Some("c2"), Time::parse("2024-01-03")));
        assert_eq!(runs[1].entry.as_deref(), Some(b"c2,2024-01-03,b,fps,,NaN,,".as_slice()));
    }

    #[test]
    fn the_wide_form_has_a_metric_a_column() {
        let text = "commit;time;build;mem\nc1;1700000000;3.5;7\nc2;1700000000123;;8\n";
        let runs = read(text, &[("build", "value:latency_ms"), ("mem", "value:memory_mb")]).unwrap();
        assert_eq!(
            rows(&runs),
            [
                "build latency Some(3.5) ms lower None",
                "mem memory Some(7.0) MB lower None",
                "mem memory Some(8.0) MB lower None"
            ]
        );
        assert_eq!(runs[1].time, Some(Time(1700000000)));
    }

    #[test]
    fn repeated_rows_are_samples() {
        let runs = read("commit,name,value\nc,a,1\nc,b,5\nc,a,2\nc,a,NaN\n", &[]).unwrap();
        assert_eq!(rows(&runs), ["a value Some(1.5)  none Some(2)", "b value Some(5.0)  none None"]);
        assert_eq!(runs[0].measurements[0].samples, [1.0, 2.0]);
    }

    #[test]
    fn faults_are_named() {
        let fails = |text: &str, columns: &[(&str, &str)]| read(text, columns).unwrap_err().message;
        assert!(fails("a,b\n1,2\n", &[("c", "value")]).contains("no column 'c'"));
        assert!(fails("a,b\n1,2\n", &[("a", "worth")]).contains("unknown role 'worth'"));
        assert!(fails("a,b\n1,2\n", &[]).contains("no column of the CSV holds the values"));
        assert!(fails("name,value\na,1\nb,x\n", &[]).contains("line 3: 'x' is no number"));
    }
}
