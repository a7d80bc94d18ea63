//! Which runs and which series a question is about.

use std::collections::BTreeSet;

use rusqlite::Result as Sql;
use serde_json::Value;

use super::build::facts;
use super::fault::told;
use super::write::git_id;
use super::{Index, Named};
use crate::Result;
use crate::model::{Facts, Pattern, Time};

/// What is asked for. Lists are alternatives, an empty list takes all; texts are globs.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The cloud, the label, the instance type, the `machine` or the environment key; `KEY=GLOB` any fact of the machine.
    pub platform: Vec<String>,
    /// `nvidia`, `tpu`, `amd` or an architecture; or the model of the GPU or CPU; `KEY=GLOB` any fact.
    pub hardware: Vec<String>,
    /// Names of benchmarks. One without `*` and `?` that no benchmark has takes those that begin with it.
    pub benchmark: Vec<String>,
    /// Names of metrics.
    pub metric: Vec<String>,
    /// Branches.
    pub branch: Vec<String>,
    /// Suites.
    pub suite: Vec<String>,
    /// Channels.
    pub channel: Vec<String>,
    /// Tags.
    pub tag: Vec<String>,
    /// Who ran it.
    pub who: Vec<String>,
    /// Full ids of commits.
    pub commit: Vec<String>,
    /// Not before.
    pub since: Option<Time>,
    /// Not after.
    pub until: Option<Time>,
    /// Only runs of a clean work tree.
    pub clean: bool,
}

/// One (benchmark, metric) with its unit and direction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeriesName {
    /// Full identity of the benchmark.
    pub benchmark: String,
    /// The metric.
    pub metric: String,
    /// The unit of its values.
    pub unit: String,
    /// `lower`, `higher` or `none`.
    pub better: String,
    pub(super) id: i64,
}

/// A machine as the index knows it.
#[derive(Clone, Debug)]
pub(super) struct Env {
    pub(super) id: i64,
    pub(super) named: Named,
    pub(super) facts: Facts,
}

/// A filter, resolved to the numbers of one index.
#[derive(Debug, Default)]
pub(super) struct Selected {
    /// Machines; `None` = all.
    pub(super) envs: Option<BTreeSet<i64>>,
    /// Series; `None` = all.
    pub(super) series: Option<Vec<SeriesName>>,
    /// The condition on rows of `run`.
    pub(super) runs: String,
    /// Its values.
    pub(super) values: Vec<rusqlite::types::Value>,
    /// Whether `runs` says more than `envs` does.
    pub(super) by_run: bool,
    /// What the user should know.
    pub(super) remarks: Vec<String>,
}

impl Index {
    pub(super) fn select(&self, filter: &Filter) -> Result<Selected> {
        self.selected(filter).map_err(told)
    }

    fn selected(&self, filter: &Filter) -> Sql<Selected> {
        let mut selected = Selected { runs: "copy = 0".into(), ..Selected::default() };
        if !filter.platform.is_empty() || !filter.hardware.is_empty() {
            let fits = |env: &Env| {
                let platform = |text: &String| fits_platform(text, env);
                let hardware = |text: &String| fits_hardware(text, env);
                (filter.platform.is_empty() || filter.platform.iter().any(platform))
                    && (filter.hardware.is_empty() || filter.hardware.iter().any(hardware))
            };
            let ids: BTreeSet<i64> = self.envs()?.iter().filter(|env| fits(env)).map(|env| env.id).collect();
            selected.also(&format!("env IN ({})", list(&ids)));
            selected.envs = Some(ids);
        }
        if !filter.benchmark.is_empty() || !filter.metric.is_empty() {
            let all = self.series()?;
            let (names, remarks) = benchmarks(&filter.benchmark, &all);
            let metrics: Vec<Pattern> = filter.metric.iter().map(|m| Pattern::new(m)).collect();
            let fits = |series: &SeriesName| {
                (filter.benchmark.is_empty() || names.iter().any(|n| n.matches(&series.benchmark)))
                    && (metrics.is_empty() || metrics.iter().any(|m| m.matches(&series.metric)))
            };
            selected.remarks.extend(remarks);
            selected.series = Some(all.into_iter().filter(fits).collect());
        }
        for (column, patterns) in [
            ("branch", &filter.branch),
            ("suite", &filter.suite),
            ("channel", &filter.channel),
            ("tag", &filter.tag),
            ("who", &filter.who),
        ] {
            if !patterns.is_empty() {
                let ids = self.words(patterns)?;
                selected.also(&format!("{column} IN ({})", list(&ids)));
                selected.by_run = true;
            }
        }
        selected.times_and_commits(filter);
        selected.by_run |= self.has_copies()?;
        Ok(selected)
    }

    fn has_copies(&self) -> Sql<bool> {
        self.db.query_row("SELECT EXISTS (SELECT 1 FROM run WHERE owner IS NOT NULL AND copy)", [], |r| r.get(0))
    }

    /// All series, by benchmark, then metric.
    pub(super) fn series(&self) -> Sql<Vec<SeriesName>> {
        let sql = "SELECT id, benchmark, metric, unit, better FROM series ORDER BY benchmark, metric, unit, better";
        let mut statement = self.db.prepare(sql)?;
        let rows = statement.query_map([], |row| {
            Ok(SeriesName {
                id: row.get(0)?,
                benchmark: row.get(1)?,
                metric: row.get(2)?,
                unit: row.get(3)?,
                better: row.get(4)?,
            })
        })?;
        rows.collect()
    }

    /// All machines.
    pub(super) fn envs(&self) -> Sql<Vec<Env>> {
        let sql = "SELECT id, json, environment, label, platform, hardware FROM env ORDER BY id";
        let mut statement = self.db.prepare(sql)?;
        let rows = statement.query_map([], |row| {
            let named =
                Named { environment: row.get(2)?, label: row.get(3)?, platform: row.get(4)?, hardware: row.get(5)? };
            Ok(Env { id: row.get(0)?, facts: facts(&row.get::<_, String>(1)?), named })
        })?;
        rows.collect()
    }

    fn words(&self, patterns: &[String]) -> Sql<BTreeSet<i64>> {
        let patterns: Vec<Pattern> = patterns.iter().map(|p| Pattern::new(p)).collect();
        let mut statement = self.db.prepare("SELECT id, text FROM word")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        let mut ids = BTreeSet::new();
        for row in rows {
            let (id, text) = row?;
            if patterns.iter().any(|p| p.matches(&text)) {
                ids.insert(id);
            }
        }
        Ok(ids)
    }

    /// The names of all machines, for a message: platforms and labels.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the index is damaged.
    pub fn machines(&self) -> Result<Vec<Named>> {
        let mut all: Vec<Named> = self.envs().map_err(told)?.into_iter().map(|env| env.named).collect();
        all.sort_by(|a, b| (&a.platform, &a.label, &a.environment).cmp(&(&b.platform, &b.label, &b.environment)));
        all.dedup();
        Ok(all)
    }

    /// The names of all benchmarks, sorted.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the index is damaged.
    pub fn benchmarks(&self) -> Result<Vec<String>> {
        let mut names: Vec<String> = self.series().map_err(told)?.into_iter().map(|s| s.benchmark).collect();
        names.dedup();
        Ok(names)
    }
}

impl Selected {
    fn also(&mut self, condition: &str) {
        self.runs.push_str(" AND ");
        self.runs.push_str(condition);
    }

    fn times_and_commits(&mut self, filter: &Filter) {
        let mut more = Vec::new();
        more.extend(filter.since.map(|time| format!("time >= {}", time.0)));
        more.extend(filter.until.map(|time| format!("time <= {}", time.0)));
        more.extend(filter.clean.then(|| "dirty = 0".to_owned()));
        if !filter.commit.is_empty() {
            more.push(format!("note IN ({})", vec!["?"; filter.commit.len()].join(",")));
            self.values.extend(filter.commit.iter().map(|id| git_id(id)));
        }
        for condition in more {
            self.also(&condition);
            self.by_run = true;
        }
    }
}

/// The patterns that mean benchmarks: a plain name that none has means those that begin with it.
fn benchmarks(texts: &[String], all: &[SeriesName]) -> (Vec<Pattern>, Vec<String>) {
    let mut remarks = Vec::new();
    let patterns = texts.iter().map(|text| {
        if text.contains(['*', '?']) || all.iter().any(|s| s.benchmark == *text) {
            return Pattern::new(text);
        }
        let begin = all.iter().any(|s| s.benchmark.starts_with(text.as_str()));
        if begin {
            remarks.push(format!("no benchmark is called '{text}'; those that begin so are taken ('{text}*')"));
        }
        Pattern::new(&format!("{text}{}", if begin { "*" } else { "" }))
    });
    let patterns = patterns.collect();
    (patterns, remarks)
}

fn fits_platform(text: &str, env: &Env) -> bool {
    if let Some(fits) = fits_fact(text, env) {
        return fits;
    }
    let pattern = Pattern::new(text);
    let any = |name: &str| pattern.matches(name) || name.eq_ignore_ascii_case(text);
    any(&env.named.platform)
        || any(&env.named.label)
        || any(&env.named.environment)
        || ["machine", "instance_type", "cloud"].iter().any(|key| fact(env, key).is_some_and(|value| any(&value)))
}

fn fits_hardware(text: &str, env: &Env) -> bool {
    if let Some(fits) = fits_fact(text, env) {
        return fits;
    }
    let pattern = Pattern::new(text);
    let any = |name: &str| pattern.matches(name) || name.eq_ignore_ascii_case(text);
    any(&env.named.hardware)
        || ["hardware", "gpu_model", "cpu_model"].iter().any(|key| fact(env, key).is_some_and(|value| any(&value)))
}

/// Whether `KEY=GLOB` fits; `None` where the text has no such form.
fn fits_fact(text: &str, env: &Env) -> Option<bool> {
    let (key, glob) = text.split_once('=')?;
    Some(fact(env, key).is_some_and(|value| Pattern::new(glob).matches(&value)))
}

fn fact(env: &Env, key: &str) -> Option<String> {
    env.facts.get(key).map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

fn list(ids: &BTreeSet<i64>) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}
