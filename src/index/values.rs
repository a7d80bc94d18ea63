//! Values of many runs, for statistics: numbers only, by series, machine and further words of their runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Result as Sql, params_from_iter};

use super::fault::told;
use super::filter::{Env, Filter, Selected, SeriesName};
use super::{Index, Named};
use crate::Result;
use crate::model::Facts;

/// A word of a run that values are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The suite.
    Suite,
    /// The channel.
    Channel,
    /// The branch.
    Branch,
    /// The tag.
    Tag,
    /// Who ran it.
    Who,
    /// The harness.
    Harness,
}

impl Field {
    fn column(self) -> &'static str {
        match self {
            Self::Suite => "suite",
            Self::Channel => "channel",
            Self::Branch => "branch",
            Self::Tag => "tag",
            Self::Who => "who",
            Self::Harness => "harness",
        }
    }
}

/// One value of one run.
#[derive(Clone, Copy, Debug)]
pub struct RowValue {
    /// Place in [`Values::series`].
    pub series: usize,
    /// Place in [`Values::machines`].
    pub machine: usize,
    /// Place in [`Values::kinds`].
    pub kind: usize,
    /// The value; `None` = it failed.
    pub value: Option<f64>,
    /// Samples behind it.
    pub n: Option<u64>,
    /// Their standard deviation.
    pub stddev: Option<f64>,
}

/// What the numbers of [`RowValue`] mean.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// The series.
    pub series: Vec<SeriesName>,
    /// The machines.
    pub machines: Vec<Named>,
    /// The words of the fields that were asked for.
    pub kinds: Vec<Vec<Option<String>>>,
    /// What the user should know.
    pub remarks: Vec<String>,
}

/// The fitting runs of one machine.
#[derive(Clone, Debug)]
pub struct Tally {
    /// What it is called.
    pub named: Named,
    /// Its facts.
    pub facts: Facts,
    /// Runs.
    pub runs: usize,
    /// Mean of cost by duration, in USD per hour, of the runs that state both.
    pub usd_per_hour: Option<f64>,
}

/// Which runs are asked for, by number, each with its place in [`Values::kinds`].
struct Kinds {
    of_run: Vec<u32>,
    kinds: Vec<Vec<Option<String>>>,
}

const NOT_ASKED: u32 = u32::MAX;

impl Index {
    /// Visits the values that fit, series by series, in the order of recording within each.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the index is damaged.
    pub fn values(&self, filter: &Filter, fields: &[Field], visit: &mut dyn FnMut(RowValue)) -> Result<Values> {
        let selected = self.select(filter)?;
        self.visited(selected, fields, visit).map_err(told)
    }

    fn visited(&self, selected: Selected, fields: &[Field], visit: &mut dyn FnMut(RowValue)) -> Sql<Values> {
        let envs = self.envs()?;
        let mut place = vec![usize::MAX; envs.iter().map(|env| env.id as usize + 1).max().unwrap_or(0)];
        for (i, env) in envs.iter().enumerate() {
            if selected.envs.as_ref().is_none_or(|ids| ids.contains(&env.id)) {
                place[env.id as usize] = i;
            }
        }
        let kinds = if selected.by_run || !fields.is_empty() { Some(self.kinds(&selected, fields)?) } else { None };
        let series = match selected.series {
            Some(series) => series,
            None => self.series()?,
        };
        let mut find = self.db.prepare("SELECT run, env, value, n, stddev FROM measurement WHERE series = ?1")?;
        for (at, name) in series.iter().enumerate() {
            let mut rows = find.query([name.id])?;
            while let Some(row) = rows.next()? {
                let kind = match &kinds {
                    None => 0,
                    Some(kinds) => kinds.of_run.get(row.get::<_, i64>(0)? as usize).copied().unwrap_or(NOT_ASKED),
                };
                let machine = place.get(row.get::<_, i64>(1)? as usize).copied().unwrap_or(usize::MAX);
                if kind == NOT_ASKED || machine == usize::MAX {
                    continue;
                }
                visit(RowValue {
                    series: at,
                    machine,
                    kind: kind as usize,
                    value: row.get(2)?,
                    n: row.get::<_, Option<i64>>(3)?.map(|n| n as u64),
                    stddev: row.get(4)?,
                });
            }
        }
        let machines = envs.into_iter().map(|env| env.named).collect();
        let kinds = kinds.map_or_else(|| vec![vec![None; fields.len()]], |kinds| kinds.kinds);
        Ok(Values { series, machines, kinds, remarks: selected.remarks })
    }

    fn kinds(&self, selected: &Selected, fields: &[Field]) -> Sql<Kinds> {
        let size: i64 = self.db.query_row("SELECT coalesce(max(id), 0) + 1 FROM run", [], |row| row.get(0))?;
        let columns: String = fields.iter().map(|field| format!(", {}", field.column())).collect();
        let mut find = self.db.prepare(&format!("SELECT id{columns} FROM run WHERE {}", selected.runs))?;
        let mut rows = find.query(params_from_iter(&selected.values))?;
        let mut of_run = vec![NOT_ASKED; size as usize];
        let mut known: HashMap<Vec<Option<i64>>, u32> = HashMap::new();
        let mut kinds = Vec::new();
        while let Some(row) = rows.next()? {
            let key: Vec<Option<i64>> = (0..fields.len()).map(|i| row.get(i + 1)).collect::<Sql<_>>()?;
            let place = match known.get(&key) {
                Some(place) => *place,
                None => {
                    kinds.push(key.iter().map(|id| id.map(|id| self.word(id)).transpose()).collect::<Sql<Vec<_>>>()?);
                    let place = kinds.len() as u32 - 1;
                    known.insert(key, place);
                    place
                }
            };
            if let Some(slot) = of_run.get_mut(row.get::<_, i64>(0)? as usize) {
                *slot = place;
            }
        }
        Ok(Kinds { of_run, kinds })
    }

    fn word(&self, id: i64) -> Sql<String> {
        self.db.query_row("SELECT text FROM word WHERE id = ?1", [id], |row| row.get(0))
    }

    /// The runs that fit, counted by machine; machines without one are left out.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the index is damaged.
    pub fn tally(&self, filter: &Filter) -> Result<Vec<Tally>> {
        let (condition, values) = self.condition(filter)?;
        let sql = format!(
            "SELECT env, count(*), avg(CASE WHEN duration > 0 THEN cost / duration * 3600 END) FROM run
             WHERE {condition} GROUP BY env ORDER BY env"
        );
        let counted = || -> Sql<Vec<Tally>> {
            let envs: BTreeMap<i64, Env> = self.envs()?.into_iter().map(|env| (env.id, env)).collect();
            let mut find = self.db.prepare(&sql)?;
            let mut rows = find.query(params_from_iter(&values))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let Some(env) = envs.get(&row.get(0)?) else { continue };
                found.push(Tally {
                    named: env.named.clone(),
                    facts: env.facts.clone(),
                    runs: row.get::<_, i64>(1)? as usize,
                    usd_per_hour: row.get(2)?,
                });
            }
            Ok(found)
        };
        counted().map_err(told)
    }

    /// Full ids of the commits of the runs that fit.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the index is damaged.
    pub fn commits(&self, filter: &Filter) -> Result<BTreeSet<String>> {
        let (condition, values) = self.condition(filter)?;
        let listed = || -> Sql<BTreeSet<String>> {
            let sql = format!("SELECT DISTINCT lower(hex(note)) FROM run WHERE {condition}");
            let mut find = self.db.prepare(&sql)?;
            let rows = find.query_map(params_from_iter(&values), |row| row.get(0))?;
            rows.collect()
        };
        listed().map_err(told)
    }
}
