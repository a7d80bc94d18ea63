//! What is hidden: unasked in what a harness says of failures and in names, on request everywhere.

use git_bench::measure::{Private, Redaction, redact, redact_value, secret_values};
use git_bench::model::{Facts, Run, Time};
use git_bench::record::Known;
use serde_json::Value;

use super::Wishes;
use crate::cli::context::Context;

impl Context {
    /// What is not to leave this machine: the home folder, the names of host and user.
    pub(crate) fn private(&self) -> Private {
        let file =
            |path: &str| std::fs::read_to_string(path).ok().map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let variable = |names: &[&str]| names.iter().find_map(|name| self.variable(name)).map(str::to_owned);
        Private {
            home: variable(&["HOME", "USERPROFILE"]),
            host: file("/proc/sys/kernel/hostname")
                .or_else(|| file("/etc/hostname"))
                .or_else(|| variable(&["HOSTNAME", "COMPUTERNAME"])),
            user: variable(&["USER", "LOGNAME", "USERNAME"]),
            patterns: Vec::new(),
        }
    }
}

/// Takes out of a harness's words what nobody asked to keep: the home folder in names, and in failures also secrets, host and
/// user. A result file of the user's own, and another tracker's history, stay as they are.
pub(super) fn hide_unasked(run: &mut Run, private: &Private) {
    if run.document.is_some() || run.entry.is_some() {
        return;
    }
    for m in &mut run.measurements {
        m.name = private.without_home(&m.name);
    }
    for failure in &mut run.failures {
        for text in [&mut failure.test, &mut failure.error, &mut failure.traceback] {
            *text = private.clean(text);
        }
    }
}

/// Hides what the patterns match in all that a run says.
pub(super) fn redact_run(run: &mut Run, patterns: &[Redaction]) {
    let clean = |text: &str| redact(text, patterns);
    for text in [&mut run.harness, &mut run.branch, &mut run.who].into_iter().flatten() {
        *text = clean(text);
    }
    for m in &mut run.measurements {
        m.name = clean(&m.name);
    }
    for failure in &mut run.failures {
        for text in [&mut failure.test, &mut failure.error, &mut failure.traceback] {
            *text = clean(text);
        }
    }
    redact_facts(&mut run.platform, patterns);
    redact_facts(&mut run.environment, patterns);
    for (key, value) in run.document.iter_mut().flatten() {
        match value {
            Value::Object(fields) if key == "metadata" => {
                for (_, value) in fields.iter_mut().filter(|(key, value)| !is_id(key, value)) {
                    redact_value(value, &clean);
                }
            }
            value => redact_value(value, &clean),
        }
    }
}

/// Fields of `metadata` that must stay whole where they hold an id or a time, which say nothing.
const IDS: &[&str] = &["run_id", "timestamp", "commit", "commit_sha", "tree", "measured", "base_commit"];

fn is_id(key: &str, value: &Value) -> bool {
    let id = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') || Time::parse(text).is_some();
    IDS.contains(&key) && value.as_str().is_some_and(id)
}

/// Hides what the patterns match in all that git-bench knows of a run, but for ids.
pub(super) fn redact_known(known: &mut Known, patterns: &[Redaction]) {
    let clean = |text: &str| redact(text, patterns);
    for text in [&mut known.branch, &mut known.who, &mut known.subject, &mut known.tag].into_iter().flatten() {
        *text = clean(text);
    }
    known.suite = clean(&known.suite);
    redact_facts(&mut known.platform, patterns);
    redact_facts(&mut known.environment, patterns);
    for (_, value) in &mut known.execution {
        redact_value(value, &clean);
    }
}

fn redact_facts(facts: &mut Facts, patterns: &[Redaction]) {
    let mut object = Value::Object(std::mem::take(facts).into_iter().collect());
    redact_value(&mut object, &|text| redact(text, patterns));
    if let Value::Object(object) = object {
        *facts = object.into_iter().collect();
    }
}

/// The patterns of a recording: what the user named, and the secrets of the command and of the environment, should the harness
/// have repeated them.
pub(super) fn patterns(context: &Context, wishes: &Wishes) -> Vec<Redaction> {
    let secrets = secret_values(&wishes.command, &context.variables);
    wishes.redact.iter().cloned().chain(secrets.iter().filter_map(|secret| Redaction::new(secret))).collect()
}

/// The metadata that the user gave, redacted.
pub(super) fn metadata(wishes: &Wishes) -> Vec<(String, String)> {
    let clean = |text: &String| redact(text, &wishes.redact);
    wishes.meta.iter().map(|(key, value)| (clean(key), clean(value))).collect()
}

/// The attachments, redacted. What is no text cannot be, and is left out where something was to be hidden.
pub(super) fn attachments(context: &Context, wishes: &Wishes) -> Vec<(String, Vec<u8>)> {
    let patterns = patterns(context, wishes);
    let mut kept = Vec::new();
    for (name, bytes) in &wishes.attachments {
        match redacted(bytes, &patterns) {
            Some(bytes) => kept.push((redact(name, &patterns), bytes)),
            None if wishes.redact.is_empty() => kept.push((name.clone(), bytes.clone())),
            None => context.warn(&format!("'{name}' is no text, so '--redact' cannot look into it: it is left out")),
        }
    }
    kept
}

fn redacted(bytes: &[u8], patterns: &[Redaction]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))?;
    if patterns.is_empty() {
        return Some(bytes.to_vec());
    }
    let clean = |text: &str| redact(text, patterns);
    let plain = clean(text);
    // What JSON writes by escapes is not seen in its bytes.
    if plain.contains('\\')
        && let Ok(value) = serde_json::from_str::<Value>(&plain)
    {
        let mut cleaned = value.clone();
        redact_value(&mut cleaned, &clean);
        if cleaned != value {
            return serde_json::to_vec_pretty(&cleaned).ok();
        }
    }
    Some(plain.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachments_are_cleaned_through_their_escapes() {
        let patterns = [Redaction::new("größe").unwrap(), Redaction::new("acme*").unwrap()];
        let clean = |text: &str| redacted(text.as_bytes(), &patterns).map(|b| String::from_utf8(b).unwrap());
        assert_eq!(clean("x acme-1 y").unwrap(), "x *** y");
        assert!(!clean(r#"{"a":"gr\u00f6\u00dfe"}"#).unwrap().contains("00f6"));
        assert_eq!(clean(r#"{"a":"b\n"}"#).unwrap(), r#"{"a":"b\n"}"#);
        assert_eq!(clean("a\0acme"), None);
    }

    #[test]
    fn ids_and_times_of_a_file_stay() {
        let document = serde_json::json!({"metadata": {"commit_sha": "abc123", "timestamp": "2024-01-15T10:30:00Z",
            "developer": "abba"}, "benchmarks": [{"name": "abc123"}]});
        let Value::Object(document) = document else { unreachable!() };
        let mut run = Run { document: Some(document), ..Run::default() };
        redact_run(&mut run, &[Redaction::new("ab").unwrap(), Redaction::new("2024").unwrap()]);
        let text = Value::Object(run.document.unwrap()).to_string();
        assert!(text.contains(r#""commit_sha":"abc123""#) && text.contains("2024-01"), "{text}");
        assert!(text.contains(r#""developer":"***ba""#) && text.contains(r#""name":"***c123""#), "{text}");
    }
}
