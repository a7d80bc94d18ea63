//! Runs as they were recorded, out of the index.

use std::collections::HashMap;

use rusqlite::types::Value;
use rusqlite::{Result as Sql, Row, params_from_iter};

use super::fault::told;
use super::filter::{Env, Filter, Selected, SeriesName};
use super::write::ids;
use super::{Index, Named};
use crate::model::{Better, Facts, Tests, Time};
use crate::record::{self, PayloadRef, RunRecord};
use crate::{Error, Result};

/// Which of the fitting runs are wanted, and how much of them.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// `time`, `ctime`, `duration`, `cost`, `who`, `branch`, `tag`, `suite`, `channel`, `harness`, `machine`, `platform`,
    /// `commit` or `value` (of the only series that is asked for), `-` before it turns it round; empty = `-time`.
    pub sort: String,
    /// At most so many; `None` = all.
    pub limit: Option<usize>,
    /// Whether measurements are wanted too (those of the filter).
    pub measurements: bool,
}

/// A run as it was recorded.
#[derive(Clone, Debug)]
pub struct FoundRun {
    /// The note line; `m` only where measurements were wanted, and then only those that the filter takes.
    pub record: RunRecord,
    /// What its machine is called.
    pub named: Named,
    /// Measurements of the whole run.
    pub rows: usize,
}

/// The runs that a filter takes.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// How many fit.
    pub total: usize,
    /// How many of them are of a work tree with changes.
    pub dirty: usize,
    /// The earliest and the latest time of all that fit.
    pub times: Option<(Time, Time)>,
    /// Those that were wanted.
    pub runs: Vec<FoundRun>,
    /// The series that the filter names; `None` = it names none.
    pub series: Option<Vec<SeriesName>>,
    /// What the user should know.
    pub remarks: Vec<String>,
}

const COLUMNS: &str = "id, note, uuid, time, (SELECT text FROM word WHERE id = who), owner, tree, ctime, parents,
    measured, (SELECT text FROM word WHERE id = branch), base, pr, (SELECT text FROM word WHERE id = tag),
    (SELECT text FROM word WHERE id = suite), (SELECT text FROM word WHERE id = channel), dirty, env, tests, duration,
    cost, spot, (SELECT text FROM word WHERE id = harness), input,
    (SELECT series FROM shape WHERE id = shape), (SELECT text FROM word WHERE id = payload_store), payload_key,
    payload_sha256, payload_size";

impl Index {
    /// The runs that fit, sorted.
    ///
    /// # Errors
    /// [`crate::Kind::Usage`] where the order is not known; [`crate::Kind::Data`] where the index is damaged.
    pub fn runs(&self, filter: &Filter, wanted: &Wanted) -> Result<Found> {
        let selected = self.with_shapes(filter)?;
        let order = order(&wanted.sort, selected.series.as_deref())?;
        self.found(selected, wanted, &order).map_err(told)
    }

    /// The same, one run at a time, so that no more than one is held; [`Found::runs`] stays empty. An error of `visit` ends it.
    ///
    /// # Errors
    /// As [`Index::runs`], and those of `visit`.
    pub fn each_run(
        &self,
        filter: &Filter,
        wanted: &Wanted,
        visit: &mut dyn FnMut(FoundRun) -> Result<()>,
    ) -> Result<Found> {
        let selected = self.with_shapes(filter)?;
        let order = order(&wanted.sort, selected.series.as_deref())?;
        let mut failed = None;
        let found = self.visited_runs(selected, wanted, &order, &mut |run| {
            failed = visit(run).err();
            failed.is_none()
        });
        failed.map_or_else(|| found.map_err(told), Err)
    }

    /// The condition on runs, also that they measured one of the series that are asked for.
    pub(super) fn condition(&self, filter: &Filter) -> Result<(String, Vec<Value>)> {
        self.with_shapes(filter).map(|selected| (selected.runs, selected.values))
    }

    fn with_shapes(&self, filter: &Filter) -> Result<Selected> {
        let mut selected = self.select(filter)?;
        if let Some(series) = &selected.series {
            let shapes = self.shapes_with(series).map_err(told)?;
            selected.runs.push_str(&format!(" AND shape IN ({shapes})"));
        }
        Ok(selected)
    }

    fn found(&self, selected: Selected, wanted: &Wanted, order: &str) -> Sql<Found> {
        let mut runs = Vec::new();
        let found = self.visited_runs(selected, wanted, order, &mut |run| {
            runs.push(run);
            true
        })?;
        Ok(Found { runs, ..found })
    }

    /// Visits runs until `visit` has enough.
    fn visited_runs(
        &self,
        selected: Selected,
        wanted: &Wanted,
        order: &str,
        visit: &mut dyn FnMut(FoundRun) -> bool,
    ) -> Sql<Found> {
        let Selected { series, runs: condition, values, remarks, .. } = selected;
        let sql = format!("SELECT count(*), total(dirty), min(time), max(time) FROM run WHERE {condition}");
        let (total, dirty, first, last) = self.db.query_row(&sql, params_from_iter(&values), |row| {
            let times: (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
            Ok((row.get::<_, i64>(0)? as usize, row.get::<_, f64>(1)? as usize, times.0, times.1))
        })?;
        let times = first.zip(last).map(|(a, b)| (Time(a), Time(b)));
        let limit = wanted.limit.map(|n| format!(" LIMIT {n}")).unwrap_or_default();
        let sql = format!("SELECT {COLUMNS} FROM run WHERE {condition} ORDER BY {order}{limit}");
        let mut statement = self.db.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(&values))?;
        let envs: HashMap<i64, Env> = self.envs()?.into_iter().map(|env| (env.id, env)).collect();
        let mut measured = if wanted.measurements { Some(self.measured(series.as_deref())?) } else { None };
        while let Some(row) = rows.next()? {
            let shape: String = row.get(24)?;
            let env = envs.get(&row.get(17)?);
            let mut record = record(row, env.map(|env| env.facts.clone()).unwrap_or_default())?;
            if let Some(measured) = &mut measured {
                record.m = measured.of(row.get(0)?, &shape)?;
            }
            let named = env.map(|env| env.named.clone()).unwrap_or_default();
            if !visit(FoundRun { record, named, rows: ids(&shape).count() }) {
                break;
            }
        }
        Ok(Found { total, dirty, times, runs: Vec::new(), series, remarks })
    }

    /// Ids of the shapes that hold one of these series.
    fn shapes_with(&self, series: &[SeriesName]) -> Sql<String> {
        let mut wanted: Vec<i64> = series.iter().map(|s| s.id).collect();
        wanted.sort_unstable();
        let mut statement = self.db.prepare("SELECT id, series FROM shape")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        let mut found = Vec::new();
        for row in rows {
            let (id, shape) = row?;
            if ids(&shape).any(|series| wanted.binary_search(&series).is_ok()) {
                found.push(id.to_string());
            }
        }
        Ok(found.join(","))
    }

    fn measured(&self, only: Option<&[SeriesName]>) -> Sql<Measured<'_>> {
        let names = match only {
            Some(series) => series.to_vec(),
            None => self.series()?,
        };
        let sql = "SELECT value, n, stddev, min, max, samples FROM measurement WHERE series = ?1 AND run = ?2";
        Ok(Measured { names: names.into_iter().map(|s| (s.id, s)).collect(), find: self.db.prepare(sql)? })
    }
}

/// Looks up the measurements of runs.
struct Measured<'i> {
    names: HashMap<i64, SeriesName>,
    find: rusqlite::Statement<'i>,
}

impl Measured<'_> {
    fn of(&mut self, run: i64, shape: &str) -> Sql<Vec<record::Row>> {
        let mut found = Vec::new();
        for series in ids(shape) {
            let Some(name) = self.names.get(&series) else { continue };
            found.push(self.find.query_row([series, run], |row| {
                let samples: Option<String> = row.get(5)?;
                Ok(record::Row {
                    name: name.benchmark.clone(),
                    metric: name.metric.clone(),
                    unit: name.unit.clone(),
                    better: Better::parse(&name.better).unwrap_or_default(),
                    value: row.get(0)?,
                    n: row.get::<_, Option<i64>>(1)?.map(|n| n as u64),
                    stddev: row.get(2)?,
                    min: row.get(3)?,
                    max: row.get(4)?,
                    samples: samples.and_then(|text| serde_json::from_str(&text).ok()),
                })
            })?);
        }
        Ok(found)
    }
}

/// The order as SQL; equal ones by id, so that the same question gives the same answer.
fn order(sort: &str, series: Option<&[SeriesName]>) -> Result<String> {
    let (key, direction) = match sort.strip_prefix('-') {
        Some(key) => (key, "DESC"),
        None if sort.is_empty() => ("time", "DESC"),
        None => (sort, "ASC"),
    };
    let expression = match key {
        "time" | "ctime" | "duration" | "cost" => key.to_owned(),
        "commit" => "note".into(),
        "who" | "branch" | "tag" | "suite" | "channel" | "harness" => {
            format!("(SELECT text FROM word WHERE id = {key})")
        }
        "machine" => "(SELECT label FROM env WHERE id = env)".replace("= env)", "= run.env)"),
        "platform" | "hardware" => format!("(SELECT {key} FROM env WHERE id = run.env)"),
        "value" => match series {
            Some([one]) => format!("(SELECT value FROM measurement WHERE series = {} AND run = run.id)", one.id)
                .replace("run = run.id", "measurement.run = run.id"),
            _ => {
                return Err(Error::usage("--sort value needs one benchmark and one metric")
                    .hint("git bench query --benchmark NAME --metric METRIC --sort value"));
            }
        },
        other => {
            return Err(Error::usage(format!("cannot sort by '{other}'")).hint(
                "sort by time, ctime, commit, machine, platform, hardware, suite, channel, branch, tag, who, harness, \
                 duration, cost or value; '-' before it turns it round",
            ));
        }
    };
    Ok(format!("{expression} {direction}, uuid, note"))
}

fn record(row: &Row<'_>, env: Facts) -> Sql<RunRecord> {
    let note = hex(row.get(1)?).unwrap_or_default();
    let text = |i: usize| row.get::<_, Option<String>>(i);
    let id = |i: usize| row.get::<_, Value>(i).map(hex);
    let digits = note.len().max(1);
    let parents = id(8)?.unwrap_or_default();
    let tests: Option<[u64; 5]> = text(18)?.and_then(|json| serde_json::from_str(&json).ok());
    let payload = match (text(25)?, text(26)?, id(27)?, row.get::<_, Option<i64>>(28)?) {
        (Some(store), Some(key), Some(sha256), Some(size)) => {
            Some(PayloadRef { sha256, size: size as u64, key, store })
        }
        _ => None,
    };
    Ok(RunRecord {
        id: row.get(2)?,
        time: Time(row.get(3)?),
        who: text(4)?,
        commit: id(5)?.unwrap_or(note),
        tree: id(6)?,
        ctime: row.get(7)?,
        parents: parents.as_bytes().chunks(digits).map(|c| String::from_utf8_lossy(c).into_owned()).collect(),
        measured: id(9)?,
        branch: text(10)?,
        base: id(11)?,
        pr: row.get::<_, Option<i64>>(12)?.map(|n| n as u64),
        tag: text(13)?,
        suite: text(14)?.unwrap_or_default(),
        channel: text(15)?.unwrap_or_default(),
        dirty: row.get(16)?,
        env,
        tests: tests.map(Tests::from),
        duration: row.get(19)?,
        cost: row.get(20)?,
        spot: row.get(21)?,
        harness: text(22)?,
        input: row.get(23)?,
        m: Vec::new(),
        payload,
    })
}

/// The text that [`super::write::git_id`] made a value of.
fn hex(value: Value) -> Option<String> {
    match value {
        Value::Blob(bytes) => Some(bytes.iter().map(|b| format!("{b:02x}")).collect()),
        Value::Text(text) => Some(text),
        _ => None,
    }
}
