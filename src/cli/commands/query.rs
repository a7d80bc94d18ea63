//! `git bench query`

use git_bench::Result;
use git_bench::index::{Found, FoundRun, Scalar, SqlRows, Wanted};
use git_bench::report::VERSION;
use git_bench::report::query::{Query, QueryColumn, QueryRun};
use git_bench::report::runs::{Measured, Run};
use git_bench::report::sql::{Sql, SqlCell};

use crate::cli::asking::{Asking, tell_nothing};
use crate::cli::context::Context;
use crate::cli::exit::Outcome;

/// List the runs that fit
///
/// All runs of the repository, newest first, narrowed by flags; a flag that stands several times takes any of its values,
/// different flags must all fit. With --benchmark the values stand in the table, with --format json every run comes whole.
/// --sql reads the index with a statement of your own: 'git bench query --sql "select machine, count(*) from runs group by
/// 1"'. Its views are in docs/query.md.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Only runs on this platform: a cloud (aws, gcp, local), a label, an instance type, or KEY=GLOB of any fact
    #[arg(long, value_name = "GLOB")]
    platform: Vec<String>,
    #[command(flatten)]
    asking: Asking,
    /// Runs to show at most, 0 = all (default: 100 as text or Markdown, else all)
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Order: time, commit, machine, branch, value ...; '-' before it turns it round (default: -time)
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    sort: Option<String>,
    /// Columns of the table: time, commit, machine, branch ..., env.KEY, BENCHMARK:METRIC
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    columns: Vec<String>,
    /// Run one SELECT over the index
    #[arg(long, value_name = "SELECT", conflicts_with_all = ["limit", "sort", "columns"])]
    sql: Option<String>,
}

/// Values of at most so many series become columns by themselves.
const VALUES: usize = 4;

/// Runs that are shown to a person who sets no limit.
const SHOWN: usize = 100;

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let Args { platform, asking, limit, sort, columns, sql } = args;
    if let Some(text) = sql {
        let rows = asking.ask(context, &|index| index.sql(&text))?;
        context.output.report(&sql_report(rows))?;
        return Ok(Outcome::Done);
    }
    let columns: Vec<QueryColumn> = columns.iter().map(|word| QueryColumn::parse(word)).collect::<Result<_>>()?;
    let filter = asking.filter(context, &platform)?;
    let for_people = context.output.is_text() || matches!(context.output.format(), "md" | "markdown");
    let wanted = Wanted {
        sort: sort.unwrap_or_default(),
        limit: match limit {
            Some(0) => None,
            Some(n) => Some(n),
            None => for_people.then_some(SHOWN),
        },
        measurements: context.output.format() == "json"
            || asking.chooses_series()
            || columns.iter().any(QueryColumn::is_value),
    };
    let found = asking.ask(context, &|index| {
        let found = index.runs(&filter, &wanted)?;
        if found.total == 0 {
            tell_nothing(context, index, &filter)?;
        }
        Ok(found)
    })?;
    found.remarks.iter().for_each(|remark| context.say(remark));
    let total = found.total;
    context.output.report(&report(found, columns))?;
    Ok(if total == 0 { Outcome::NoData } else { Outcome::Done })
}

fn report(found: Found, columns: Vec<QueryColumn>) -> Query {
    Query {
        version: VERSION,
        command: "query",
        total: found.total,
        dirty: found.dirty,
        first: found.times.map(|(first, _)| first.to_string()),
        last: found.times.map(|(_, last)| last.to_string()),
        values: value_columns(&found),
        runs: found.runs.into_iter().map(told).collect(),
        columns,
    }
}

/// A column for each metric that was asked for, where these are few.
fn value_columns(found: &Found) -> Vec<QueryColumn> {
    let Some(series) = &found.series else { return Vec::new() };
    let mut names: Vec<(&str, &str)> = series.iter().map(|s| (s.benchmark.as_str(), s.metric.as_str())).collect();
    names.dedup();
    if names.len() > VALUES {
        return Vec::new();
    }
    let one = names.iter().all(|(benchmark, _)| *benchmark == names[0].0);
    let title = |benchmark: &str, metric: &str| {
        if one { metric.to_owned() } else { format!("{benchmark}:{metric}") }
    };
    names.into_iter().map(|(b, m)| QueryColumn::Value(b.to_owned(), m.to_owned(), title(b, m))).collect()
}

fn told(found: FoundRun) -> QueryRun {
    let FoundRun { record, named, rows } = found;
    let measurements = record.m.into_iter().map(|row| Measured {
        benchmark: row.name,
        metric: row.metric,
        unit: row.unit,
        better: row.better.as_str().to_owned(),
        value: row.value,
        n: row.n,
        stddev: row.stddev,
        min: row.min,
        max: row.max,
    });
    let run = Run {
        id: record.id,
        commit: record.commit,
        time: record.time.to_string(),
        suite: record.suite,
        channel: record.channel,
        who: record.who,
        branch: record.branch,
        tag: record.tag,
        pr: record.pr,
        harness: record.harness,
        environment: named.environment,
        label: named.label,
        env: record.env.into_iter().collect(),
        tests: record.tests.map(Into::into),
        duration: record.duration,
        cost: record.cost,
        dirty: record.dirty,
        measurements: measurements.collect(),
        payload: record.payload.map(|p| format!("{}:{}", p.store, p.key)),
        origin: None,
    };
    QueryRun { run, platform: named.platform, hardware: named.hardware, rows }
}

fn sql_report(found: SqlRows) -> Sql {
    let cell = |scalar| match scalar {
        Scalar::Null => SqlCell::Null,
        Scalar::Integer(n) => SqlCell::Integer(n),
        Scalar::Real(v) => SqlCell::Real(v),
        Scalar::Text(text) => SqlCell::Text(text),
    };
    let rows = found.rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect();
    Sql { version: VERSION, columns: found.columns, rows }
}
