//! `query`: which runs there are.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Block, Cell, Column, Report, Table, Tone, View, runs};
use crate::{Error, Result};

/// One run, with the names of its machine that `--platform` and `--hardware` ask for.
#[derive(Clone, Debug, Serialize)]
pub struct QueryRun {
    /// The run as `show` has it.
    #[serde(flatten)]
    pub run: runs::Run,
    /// The cloud, `local` where it is in none.
    pub platform: String,
    /// `nvidia`, `tpu`, `amd`, or the architecture.
    pub hardware: String,
    /// How many measurements the run has in all.
    #[serde(skip)]
    pub rows: usize,
}

/// A column of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryColumn {
    /// A field of the run, by its name in [`FIELDS`].
    Field(&'static str),
    /// A fact of the machine: `env.KEY`.
    Fact(String),
    /// The value of a benchmark's metric: `BENCHMARK:METRIC`, with its title.
    Value(String, String, String),
}

/// Fields that are columns, with what their titles are.
pub const FIELDS: &[&str] = &[
    "time",
    "commit",
    "machine",
    "environment",
    "platform",
    "hardware",
    "suite",
    "channel",
    "branch",
    "tag",
    "pr",
    "who",
    "harness",
    "tests",
    "benchmarks",
    "duration",
    "cost",
    "dirty",
    "id",
    "payload",
];

impl QueryColumn {
    /// Reads one word of `--columns`.
    ///
    /// # Errors
    /// [`crate::Kind::Usage`] that names the known columns.
    pub fn parse(word: &str) -> Result<Self> {
        let word = word.trim();
        if let Some(field) = FIELDS.iter().find(|field| **field == word) {
            return Ok(Self::Field(field));
        }
        if let Some(key) = word.strip_prefix("env.").filter(|key| !key.is_empty()) {
            return Ok(Self::Fact(key.to_owned()));
        }
        match word.rsplit_once(':') {
            Some((benchmark, metric)) if !benchmark.is_empty() && !metric.is_empty() => {
                Ok(Self::Value(benchmark.to_owned(), metric.to_owned(), word.to_owned()))
            }
            _ => Err(Error::usage(format!("unknown column '{word}'"))
                .hint(format!("columns are {}, env.KEY and BENCHMARK:METRIC", FIELDS.join(", ")))),
        }
    }

    /// Whether it needs the measurements of the runs.
    pub fn is_value(&self) -> bool {
        matches!(self, Self::Value(..))
    }

    fn head(&self) -> Column {
        match self {
            Self::Value(_, _, title) => Column::right(title),
            Self::Fact(key) => Column::left(key),
            Self::Field(name) => {
                let right = matches!(*name, "pr" | "tests" | "benchmarks" | "duration" | "cost");
                let column = if right { Column::right(name) } else { Column::left(name) };
                column.shed(match *name {
                    "time" | "commit" => 0,
                    "machine" => 1,
                    "branch" | "tag" => 2,
                    "suite" | "tests" | "benchmarks" => 3,
                    _ => 4,
                })
            }
        }
    }

    fn cell(&self, one: &QueryRun) -> Cell {
        let run = &one.run;
        let name = match self {
            Self::Value(benchmark, metric, _) => {
                let found = run.measurements.iter().find(|m| m.benchmark == *benchmark && m.metric == *metric);
                return match found.map(|m| (m.value, &m.unit)) {
                    Some((Some(value), unit)) => Cell::Value(value, unit.clone(), Tone::Strong),
                    Some((None, _)) => Cell::Text("failed".into(), Tone::Bad),
                    None => Cell::Missing,
                };
            }
            Self::Fact(key) => return fact(&run.env, key),
            Self::Field(name) => *name,
        };
        match name {
            "time" => Cell::dim(run.time.get(..16).map_or(run.time.clone(), |minute| minute.replace('T', " "))),
            "commit" => Cell::Commit(run.commit.clone()),
            "machine" => Cell::text(&run.label),
            "environment" => Cell::text(&run.environment),
            "platform" => Cell::text(&one.platform),
            "hardware" => Cell::text(&one.hardware),
            "suite" => Cell::text(&run.suite),
            "channel" => Cell::text(&run.channel),
            "branch" => Cell::maybe(run.branch.as_ref()),
            "tag" => Cell::maybe(run.tag.as_ref()),
            "pr" => run.pr.map_or(Cell::Missing, |n| Cell::Number(n as f64, Tone::Plain)),
            "who" => Cell::maybe(run.who.as_ref()),
            "harness" => Cell::maybe(run.harness.as_ref()),
            "tests" => run.tests.map_or(Cell::Missing, |t| {
                let bad = t[2] + t[4] > 0;
                Cell::Text(format!("{}/{}", t[1], t[0]), if bad { Tone::Warn } else { Tone::Plain })
            }),
            "benchmarks" => Cell::Number(one.rows as f64, Tone::Plain),
            "duration" => run.duration.map_or(Cell::Missing, |s| Cell::Duration(s, Tone::Plain)),
            "cost" => run.cost.map_or(Cell::Missing, |usd| Cell::Value(usd, "USD".into(), Tone::Plain)),
            "dirty" if run.dirty => Cell::Text("dirty".into(), Tone::Warn),
            "dirty" => Cell::text(""),
            "id" => Cell::text(&run.id),
            _ => Cell::maybe(run.payload.as_ref()),
        }
    }
}

fn fact(env: &Map<String, Value>, key: &str) -> Cell {
    match env.get(key) {
        None | Some(Value::Null) => Cell::Missing,
        Some(Value::String(text)) => Cell::text(text),
        Some(Value::Number(number)) => Cell::Number(number.as_f64().unwrap_or(f64::NAN), Tone::Plain),
        Some(other) => Cell::text(other.to_string()),
    }
}

/// The report of `query`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Query {
    /// Version of this form.
    pub version: u64,
    /// `query`.
    pub command: &'static str,
    /// How many runs fit; more than `runs` holds where a limit was set.
    pub total: usize,
    /// How many of them are of a work tree with changes.
    pub dirty: usize,
    /// Time of the earliest of all that fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// Time of the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// The runs, in the order that was asked for.
    pub runs: Vec<QueryRun>,
    /// The columns of the table; empty = by what the runs have.
    #[serde(skip)]
    pub columns: Vec<QueryColumn>,
    /// Columns behind those that are told by what the runs have: values of few series that were asked for.
    #[serde(skip)]
    pub values: Vec<QueryColumn>,
}

impl Query {
    /// The columns that say something of these runs, where none were asked for.
    fn told(&self) -> Vec<QueryColumn> {
        let has = |wanted: &dyn Fn(&QueryRun) -> bool| self.runs.iter().any(wanted);
        let mut fields = vec!["time", "commit", "machine"];
        for (name, there) in [
            ("branch", has(&|r| r.run.branch.is_some())),
            ("tag", has(&|r| r.run.tag.is_some())),
            ("suite", has(&|r| r.run.suite != "default")),
            ("tests", has(&|r| r.run.tests.is_some())),
            ("benchmarks", self.values.is_empty()),
            ("dirty", has(&|r| r.run.dirty)),
        ] {
            if there {
                fields.push(name);
            }
        }
        fields.into_iter().map(QueryColumn::Field).chain(self.values.iter().cloned()).collect()
    }

    fn totals(&self) -> Block {
        let mut text = match self.total {
            0 => "no run fits".to_owned(),
            1 => "1 run".to_owned(),
            n => format!("{n} runs"),
        };
        if let (Some(first), Some(last)) = (&self.first, &self.last) {
            let day = |time: &str| time.get(..10).unwrap_or(time).to_owned();
            match (day(first), day(last)) {
                (a, b) if a == b => text.push_str(&format!(" on {a}")),
                (a, b) => text.push_str(&format!(" from {a} to {b}")),
            }
        }
        if self.dirty > 0 {
            text.push_str(&format!(", {} of a dirty work tree", self.dirty));
        }
        if self.runs.len() < self.total {
            text.push_str(&format!("; {} shown (--limit 0 shows all)", self.runs.len()));
        }
        Block::Line(vec![Cell::Text(text, Tone::Dim)])
    }
}

impl Report for Query {
    fn view(&self) -> View {
        let told;
        let columns = if self.columns.is_empty() {
            told = self.told();
            &told
        } else {
            &self.columns
        };
        let rows: Vec<_> = self.runs.iter().map(|run| columns.iter().map(|c| c.cell(run)).collect()).collect();
        let mut blocks = Vec::new();
        if !rows.is_empty() {
            blocks.push(Block::Table(Table { columns: columns.iter().map(QueryColumn::head).collect(), rows }));
        }
        blocks.push(self.totals());
        View { blocks }
    }
}

/// A value of a cell that the user's own SQL gave.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlCell {
    /// Nothing; left out in JSON.
    Null,
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Real(f64),
    /// Text.
    Text(String),
}

/// The report of `query --sql`.
#[derive(Clone, Debug, Default)]
pub struct Sql {
    /// Version of this form.
    pub version: u64,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Each as long as `columns`.
    pub rows: Vec<Vec<SqlCell>>,
}

impl Serialize for Sql {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Form<'a> {
            version: u64,
            command: &'static str,
            columns: &'a [String],
            rows: Vec<Map<String, Value>>,
        }
        let object = |row: &Vec<SqlCell>| {
            let value = |cell: &SqlCell| match cell {
                SqlCell::Null => None,
                SqlCell::Integer(n) => Some(Value::from(*n)),
                SqlCell::Real(v) => serde_json::Number::from_f64(*v).map(Value::Number),
                SqlCell::Text(text) => Some(Value::from(text.as_str())),
            };
            self.columns.iter().zip(row).filter_map(|(name, cell)| Some((name.clone(), value(cell)?))).collect()
        };
        let rows = self.rows.iter().map(object).collect();
        Form { version: self.version, command: "query", columns: &self.columns, rows }.serialize(serializer)
    }
}

impl Report for Sql {
    fn view(&self) -> View {
        let number = |i: usize| {
            self.rows.iter().all(|row| !matches!(row.get(i), Some(SqlCell::Text(_)))) && !self.rows.is_empty()
        };
        let head = |(i, name): (usize, &String)| if number(i) { Column::right(name) } else { Column::left(name) };
        let columns = self.columns.iter().enumerate().map(head).collect();
        let cell = |cell: &SqlCell| match cell {
            SqlCell::Null => Cell::Missing,
            SqlCell::Integer(n) if n.unsigned_abs() > 1 << 53 => Cell::text(n.to_string()),
            SqlCell::Integer(n) => Cell::Number(*n as f64, Tone::Plain),
            SqlCell::Real(v) => Cell::Number(*v, Tone::Plain),
            SqlCell::Text(text) => Cell::text(text),
        };
        let rows = self.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        View { blocks: vec![Block::Table(Table { columns, rows })] }
    }
}
