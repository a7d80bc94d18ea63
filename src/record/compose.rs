//! From what a reader found and what git-bench knows to a note line and a payload document.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::document;
use super::id::{Identified, new_id, run_id};
use super::v1::{Row, RunRecord};
use crate::model::{Facts, Measurement, Run, Time, round7};
use crate::{Error, Result};

/// Lines keep the raw samples of a measurement where there are at most this many.
const SAMPLES_IN_LINE: usize = 16;

/// What git-bench knows of a run beside its input. What the input says itself goes before `who` and `time` here.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Full id of the commit that the run belongs to.
    pub commit: String,
    /// The tree that was measured; `None` for a dirty run or where the commit is not here.
    pub tree: Option<String>,
    /// Committer's time of the commit.
    pub ctime: Option<i64>,
    /// Parents of the commit.
    pub parents: Vec<String>,
    /// Subject of the commit.
    pub subject: Option<String>,
    /// The commit that was checked out, if it is another one.
    pub measured: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// What the run is to be compared with.
    pub base: Option<String>,
    /// Number of the pull request.
    pub pr: Option<u64>,
    /// Name of the tag.
    pub tag: Option<String>,
    /// The suite.
    pub suite: String,
    /// The channel.
    pub channel: String,
    /// Whether tracked files differed.
    pub dirty: bool,
    /// Who recorded it, for inputs that do not say.
    pub who: Option<String>,
    /// The time for inputs that state none.
    pub now: Time,
    /// The machine that was measured, as decided by the rule "Whose facts".
    pub platform: Facts,
    /// Versions and settings that were measured with.
    pub environment: Facts,
    /// The input digest, 64 hex digits.
    pub input: String,
    /// Further fields of `execution`: command, exit_code, spot_instance, estimated_cost_usd.
    pub execution: Map<String, Value>,
    /// Descriptions of attachments, as in the payload.
    pub attachments: Vec<Value>,
    /// Whether to record it again although it is there: a random id.
    pub again: bool,
}

/// A run in its two written forms.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The summary; `payload` is set once the document is stored.
    pub record: RunRecord,
    /// The full result; `None` where the line holds everything.
    pub document: Option<Map<String, Value>>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Puts a run together. `environment_key` gives the identity of a machine by the built-in list.
///
/// # Errors
/// [`crate::Kind::Data`] where a measured time is negative.
pub fn compose(run: Run, known: &Known, environment_key: &dyn Fn(&Facts) -> String) -> Result<Composed> {
    let mut run = run;
    let mut warnings = std::mem::take(&mut run.warnings);
    let negative = |m: &Measurement| m.value.into_iter().chain(m.samples.iter().copied()).find(|v| *v < 0.0);
    if let Some((m, value)) = run.measurements.iter().filter(|m| m.unit.is_time()).find_map(|m| Some((m, negative(m)?)))
    {
        return Err(Error::data(format!("'{}': a {} of {value} {} cannot be", m.name, m.metric, m.unit))
            .hint("a measured time is never negative; mend the file or the harness, nothing was recorded"));
    }
    make_unique(&mut run.measurements, &mut warnings);
    let execution = merged_execution(&run, known);
    let number = |key: &str| execution.get(key).and_then(Value::as_f64);
    let env = note_env(&known.platform, &known.environment);
    let metadata = run.document.as_ref().and_then(|d| d.get("metadata")).and_then(Value::as_object);
    let own_id = metadata.and_then(|m| m.get("run_id")).and_then(Value::as_str);
    let id = if known.again {
        new_id()
    } else {
        run_id(
            own_id,
            &Identified {
                commit: &known.commit,
                measured: known.measured.as_deref().unwrap_or_default(),
                suite: &known.suite,
                environment: &environment_key(&env),
                input: &known.input,
            },
        )
    };
    let mut record = RunRecord {
        id,
        time: run.time.unwrap_or(known.now),
        who: run.who.clone().or_else(|| known.who.clone()),
        commit: known.commit.clone(),
        tree: known.tree.clone(),
        ctime: known.ctime,
        parents: known.parents.clone(),
        measured: known.measured.clone(),
        branch: known.branch.clone(),
        base: known.base.clone(),
        pr: known.pr,
        tag: known.tag.clone(),
        suite: known.suite.clone(),
        channel: known.channel.clone(),
        dirty: known.dirty,
        env,
        tests: run.tests,
        duration: number("duration_seconds"),
        cost: number("estimated_cost_usd"),
        spot: execution.get("spot_instance").and_then(Value::as_bool),
        harness: run.harness.clone(),
        input: known.input.chars().take(16).collect(),
        m: Vec::new(),
        payload: None,
    };
    let document = (!line_holds_all(&run)).then(|| {
        let stated = run.document.take().unwrap_or_default();
        document::build(stated, &run, known, &record, execution)
    });
    record.m = rows(run.measurements);
    Ok(Composed { record, document, warnings })
}

/// Whether a run of a tracker's history loses nothing without a payload.
fn line_holds_all(run: &Run) -> bool {
    run.entry.is_some()
        && run.document.is_none()
        && run.failures.is_empty()
        && run.measurements.iter().all(|m| m.samples.len() <= SAMPLES_IN_LINE)
}

fn merged_execution(run: &Run, known: &Known) -> Map<String, Value> {
    let stated = run.document.as_ref().and_then(|d| d.get("execution")).and_then(Value::as_object);
    let mut execution = stated.cloned().unwrap_or_default();
    for (key, value) in &known.execution {
        execution.entry(key.clone()).or_insert_with(|| value.clone());
    }
    if let Some(seconds) = run.duration {
        execution.entry("duration_seconds").or_insert_with(|| seconds.into());
    }
    if let Some(harness) = &run.harness {
        execution.entry("harness").or_insert_with(|| harness.as_str().into());
    }
    execution
}

/// The flat env of a note: all of the platform, the scalars of the environment; where a name is in both, the platform's.
fn note_env(platform: &Facts, environment: &Facts) -> Facts {
    let scalar = |value: &Value| !value.is_null() && !value.is_array() && !value.is_object();
    environment
        .iter()
        .chain(platform)
        .filter(|(_, value)| scalar(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Gives every further measurement of one (name, metric) the name `name#2`, `name#3`, in file order.
fn make_unique(measurements: &mut [Measurement], warnings: &mut Vec<String>) {
    let mut names: Vec<_> = measurements.iter().map(|m| (&m.name, &m.metric)).collect();
    names.sort_unstable();
    if names.windows(2).all(|pair| pair[0] != pair[1]) {
        return;
    }
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut repeated = BTreeSet::new();
    for m in measurements {
        let first = m.name.clone();
        let mut count = 1;
        while !seen.insert((m.name.clone(), m.metric.clone())) {
            count += 1;
            m.name = format!("{first}#{count}");
            repeated.insert(first.clone());
        }
    }
    let shown: Vec<_> = repeated.iter().take(3).map(|name| format!("'{name}'")).collect();
    if !shown.is_empty() {
        let more = if repeated.len() > 3 { format!(" and {} more", repeated.len() - 3) } else { String::new() };
        warnings.push(format!("{}{more} stand more than once: further ones are kept as '#2', '#3'", shown.join(", ")));
    }
}

fn rows(measurements: Vec<Measurement>) -> Vec<Row> {
    let mut rows: Vec<Row> = measurements
        .into_iter()
        .map(|m| Row {
            unit: m.unit.as_str().to_owned(),
            better: m.better,
            value: m.value,
            n: m.n,
            stddev: m.stddev.filter(|v| v.is_finite()).map(round7),
            min: m.min.filter(|v| v.is_finite()).map(round7),
            max: m.max.filter(|v| v.is_finite()).map(round7),
            samples: (!m.samples.is_empty() && m.samples.len() <= SAMPLES_IN_LINE)
                .then(|| m.samples.iter().copied().map(round7).collect()),
            name: m.name,
            metric: m.metric,
        })
        .collect();
    rows.sort_by(|a, b| (&a.name, &a.metric).cmp(&(&b.name, &b.metric)));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Better;

    fn measured(name: &str, value: f64) -> Measurement {
        Measurement::new(name, "time", "ms", Better::Lower, Some(value))
    }

    fn composed(run: Run) -> Result<Composed> {
        let known = Known { commit: "c".into(), suite: "default".into(), channel: "local".into(), ..Known::default() };
        compose(run, &known, &|_| "key".into())
    }

    #[test]
    fn repeats_get_numbers_and_rows_are_sorted() {
        let run =
            Run { measurements: vec![measured("b", 1.0), measured("a", 2.0), measured("b", 3.0)], ..Run::default() };
        let done = composed(run).unwrap();
        let names: Vec<_> = done.record.m.iter().map(|r| (r.name.as_str(), r.value)).collect();
        assert_eq!(names, [("a", Some(2.0)), ("b", Some(1.0)), ("b#2", Some(3.0))]);
        assert_eq!(done.warnings.len(), 1);
    }

    #[test]
    fn a_negative_time_is_refused() {
        let error = composed(Run { measurements: vec![measured("b", -1.0)], ..Run::default() }).unwrap_err();
        assert_eq!(error.message, "'b': a time of -1 ms cannot be");
    }

    #[test]
    fn many_samples_stay_in_the_payload() {
        let few = measured("few", 1.0).sampled(vec![1.0; 16]);
        let many = measured("many", 1.0).sampled(vec![1.0; 17]);
        let done = composed(Run { measurements: vec![few, many], ..Run::default() }).unwrap();
        assert!(done.record.m[0].samples.is_some() && done.record.m[1].samples.is_none());
        assert_eq!(done.record.m[1].n, Some(17));
    }
}
