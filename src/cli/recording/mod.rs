//! Recording runs: which commit, which machine, which store; then payload first, note second.

mod about;
mod facts;
mod input;
mod inputs;
mod place;
mod redacting;

pub(crate) use about::{About, Reading};
pub(crate) use facts::{machine_facts, platform};
pub(crate) use input::{Loaded, load, paths_or_stdin};
pub(crate) use inputs::Found;
pub(crate) use place::{Named, Place, place};

use git_bench::config::Config;
use git_bench::import::{combined_digest, hex_digest};
use git_bench::machine::Tool;
use git_bench::measure::Redaction;
use git_bench::model::{Facts, IDENTITY, Run, environment_key};
use git_bench::payload::keys::{KeyParts, attachment_key, payload_key};
use git_bench::payload::sha256_hex;
use git_bench::payload::spool::Item;
use git_bench::record::{Composed, Known, MAX_LINE, PayloadRef, RunRecord, compose, document_bytes};
use git_bench::store::Added;
use git_bench::{Error, Result};
use serde_json::{Map, Value, json};

use super::context::Context;
use super::stores::{LOCAL, fitting, named};

/// What the command line says of runs that are recorded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) named: Named,
    pub(crate) suite: Option<String>,
    pub(crate) platform: Vec<String>,
    pub(crate) store: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) meta: Vec<(String, String)>,
    pub(crate) again: bool,
    pub(crate) execution: Map<String, Value>,
    pub(crate) environment: Facts,
    /// Name and bytes of files that travel beside the payload.
    pub(crate) attachments: Vec<(String, Vec<u8>)>,
    /// What is hidden everywhere.
    pub(crate) redact: Vec<Redaction>,
    /// The command that was run, whose secrets are hidden.
    pub(crate) command: Vec<String>,
    /// Programs that are started for their versions.
    pub(crate) tools: Vec<Tool>,
}

/// What became of a run.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) record: RunRecord,
    pub(crate) added: Added,
    pub(crate) place: Place,
}

/// Records runs, each with its input digest: all are checked first, then payloads and attachments are kept, then all notes
/// are written at once. A fault of one of them leaves everything as it was; a run that is known is left as it is.
pub(crate) fn record(context: &Context, runs: Vec<(Run, String)>, wishes: &Wishes) -> Result<Vec<Recorded>> {
    let config = context.config()?;
    let store = context.store()?;
    let reader = store.reader()?;
    let mut all = Vec::with_capacity(runs.len());
    let mut items = Vec::new();
    for (run, digest) in runs {
        let place = place(context, config, &run, &wishes.named)?;
        let mut composed = composed(context, config, run, &digest, wishes, &place)?;
        for warning in &composed.warnings {
            context.warn(warning);
        }
        // A run that is known changes nothing, whatever time, who or load say now.
        match if wishes.again { None } else { store.known(&reader, &composed.record)? } {
            Some(record) => all.push(Recorded { record, added: Added::Known, place }),
            None => {
                items.extend(pack(context, config, &mut composed, wishes)?);
                all.push(Recorded { record: composed.record, added: Added::New, place });
            }
        }
    }
    for (item, bytes) in &items {
        context.keep(item, bytes)?;
    }
    let fresh: Vec<&RunRecord> = all.iter().filter(|r| r.added == Added::New).map(|r| &r.record).collect();
    let added = if fresh.is_empty() { Vec::new() } else { store.add_runs(&fresh)? };
    for (one, added) in all.iter_mut().filter(|r| r.added == Added::New).zip(added) {
        one.added = added;
    }
    Ok(all)
}

/// The note line and the document of a run.
fn composed(
    context: &Context,
    config: &Config,
    mut run: Run,
    digest: &str,
    wishes: &Wishes,
    place: &Place,
) -> Result<Composed> {
    let mut warnings = Vec::new();
    let (platform, from_here) = facts::platform(context, &run, &wishes.platform, &mut warnings)?;
    let stated_suite = run
        .document
        .as_ref()
        .and_then(|d| d.get("metadata")?.get("suite")?.as_str().map(str::to_owned))
        .filter(|s| !s.is_empty());
    let suite = wishes.suite.clone().or(stated_suite).unwrap_or_else(|| config.text("bench.suite").to_owned());
    let mut environment = run.environment.clone();
    if from_here {
        for (key, value) in wishes.environment.iter().chain(&facts::reproducibility(context, &wishes.tools)?) {
            environment.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    let mut execution = wishes.execution.clone();
    if let Some(cost) = facts::priced(config, &platform, &run, &execution) {
        execution.entry("estimated_cost_usd").or_insert_with(|| cost.into());
    }
    redacting::hide_unasked(&mut run, &context.private());
    let mut known = Known {
        platform,
        environment,
        suite,
        who: context.git_value("user.name").map(str::to_owned),
        now: context.now(),
        input: digest.to_owned(),
        execution,
        again: wishes.again,
        ..place.known()
    };
    let patterns = redacting::patterns(context, wishes);
    if !patterns.is_empty() {
        redacting::redact_run(&mut run, &patterns);
        redacting::redact_known(&mut known, &patterns);
    }
    let mut composed = compose(run, &known, &|env| environment_key(env, IDENTITY))?;
    composed.warnings.extend(warnings);
    Ok(composed)
}

/// Stores the payload and the attachments, or spools them, and notes where they lie.
pub(crate) fn keep(context: &Context, config: &Config, composed: &mut Composed, wishes: &Wishes) -> Result<()> {
    pack(context, config, composed, wishes)?.iter().try_for_each(|(item, bytes)| context.keep(item, bytes))
}

/// The payload and the attachments as they are to be kept; the record says then where they lie.
fn pack(context: &Context, config: &Config, composed: &mut Composed, wishes: &Wishes) -> Result<Vec<(Item, Vec<u8>)>> {
    let Some(mut document) = composed.document.take() else {
        within_limit(&mut composed.record)?;
        return Ok(Vec::new());
    };
    let record = &mut composed.record;
    let store = match &wishes.store {
        Some(name) if name == LOCAL => LOCAL.to_owned(),
        Some(name) => named(config, name)?.name.clone(),
        None => fitting(config, &record.env).map_or(LOCAL, |entry| &entry.name).to_owned(),
    };
    let item = |key: String, sha256: String, bytes: &[u8], record: &RunRecord| Item {
        sha256,
        size: bytes.len() as u64,
        key,
        store: store.clone(),
        run_id: record.id.clone(),
        meta: metadata(record, wishes),
        ..Item::default()
    };
    let mut items = Vec::new();
    let mut described = Vec::new();
    for (name, bytes) in &redacting::attachments(context, wishes) {
        let sha256 = hex_digest(bytes);
        let key = attachment_key(&record.id, &sha256, name);
        described.push(json!({"name": name, "key": key, "sha256": sha256, "size": bytes.len()}));
        items.push((item(key, sha256, bytes, record), bytes.clone()));
    }
    if !described.is_empty() {
        let all = document.entry("attachments").or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = all {
            list.extend(described);
        }
    }
    let bytes = document_bytes(&document);
    let sha256 = sha256_hex(&bytes);
    let key = match &wishes.key {
        Some(key) => key.clone(),
        None => payload_key(&KeyParts {
            channel: &record.channel,
            time: record.time,
            tag: record.tag.as_deref(),
            pr: record.pr,
            env: &record.env,
            suite: &record.suite,
            commit: &record.commit,
            sha256: &sha256,
        })?,
    };
    git_bench::payload::check_key(&key)?;
    let size = bytes.len() as u64;
    record.payload = Some(PayloadRef { sha256: sha256.clone(), size, key: key.clone(), store: store.clone() });
    within_limit(record)?;
    items.push((item(key, sha256, &bytes, record), bytes));
    Ok(items)
}

fn within_limit(record: &mut RunRecord) -> Result<()> {
    match record.over_limit() {
        None => Ok(()),
        Some(size) => Err(Error::data(format!(
            "the summary of this run is {size} bytes, over the limit of {MAX_LINE} of a note line"
        ))
        .hint("record it in parts, each with its own --suite")),
    }
}

fn metadata(record: &RunRecord, wishes: &Wishes) -> Vec<(String, String)> {
    let mut meta = redacting::metadata(wishes);
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|_| !meta.iter().any(|(known, _)| known == name)) {
            meta.push((name.to_owned(), value.to_owned()));
        }
    };
    add("developer", record.who.as_deref());
    add("branch", record.branch.as_deref());
    add("commit", Some(&record.commit));
    add("run_id", Some(&record.id));
    add("schema", Some("1.0.0"));
    meta
}

/// The input digest of a run: of its own entry, where the format holds many; else of all files of the call.
pub(crate) fn digest_of(run: &Run, files: &[String]) -> String {
    match (&run.entry, files) {
        (Some(entry), _) => hex_digest(entry),
        (None, [one]) => one.clone(),
        (None, several) => combined_digest(several),
    }
}
