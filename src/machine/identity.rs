//! Which facts make a machine the same machine, and whose facts count.

use std::fmt::Write;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::squeeze;
use crate::model::{Facts, canonical};

/// The built-in list of the fields that identify a machine; frozen with `git-bench-run-1`. `bench.environment` replaces it
/// for reading, never for run ids.
pub const IDENTITY: &[&str] =
    &["cloud", "instance_type", "hardware", "gpu_model", "gpu_count", "cpu_model", "cpu_count", "os", "arch"];

/// Facts that tell another machine from this one.
const TELLING: &[&str] = &["os", "arch", "cpu_model"];

/// The environment key: the first 12 hex digits of the SHA-256 of the RFC 8785 form of the identity fields that are
/// present. 0, empty and null count as absent. Where the environment states `machine`, that alone counts.
pub fn environment_key(env: &Facts, identity: &[&str]) -> String {
    let stated = env.get("machine").filter(|value| present(value));
    let fields: Map<String, Value> = match stated {
        Some(machine) => Map::from_iter([("machine".to_owned(), machine.clone())]),
        None => identity
            .iter()
            .filter_map(|name| env.get_key_value(*name))
            .filter(|(_, value)| present(value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    };
    let digest = Sha256::digest(canonical(&Value::Object(fields)).as_bytes());
    digest.iter().take(6).fold(String::new(), |mut key, byte| {
        let _ = write!(key, "{byte:02x}");
        key
    })
}

/// Whether a value says something: 0, empty and null do not.
fn present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) => true,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// Completes the facts that a file states by those of this machine: the file's win field by field, and what it leaves out
/// (or states as null or empty) is filled. Where `os`, `arch` or `cpu_model` disagree the file is from another machine:
/// then nothing is filled, and a warning says why.
pub fn merge(stated: &Facts, here: &Facts, warnings: &mut Vec<String>) -> Facts {
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    for name in TELLING {
        let pair = stated.get(*name).filter(|value| present(value)).zip(here.get(*name));
        if let Some((theirs, ours)) = pair
            && !agree(name, &shown(theirs), &shown(ours))
        {
            warnings.push(format!(
                "{name} is '{}' in the file and '{}' here: nothing of this machine is added to it",
                shown(theirs),
                shown(ours)
            ));
            return stated.clone();
        }
    }
    let mut merged = stated.clone();
    for (name, value) in here {
        let blank = merged.get(name).is_none_or(|v| v.is_null() || v.as_str() == Some(""));
        if blank {
            merged.insert(name.clone(), value.clone());
        }
    }
    merged
}

/// Whether two spellings mean the same: `amd64` is `x86_64`, `Darwin` is `macos`, and a processor's name may lack trade
/// marks, clock and the word CPU.
fn agree(name: &str, a: &str, b: &str) -> bool {
    match name {
        "os" => os(a) == os(b),
        "arch" => arch(a) == arch(b),
        _ => {
            let (a, b) = (cpu(a), cpu(b));
            a == b || (!a.is_empty() && !b.is_empty() && (a.contains(&b) || b.contains(&a)))
        }
    }
}

fn os(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    match text.split_whitespace().next().unwrap_or_default() {
        "darwin" | "osx" | "mac" => "macos".into(),
        "win32" | "windows_nt" => "windows".into(),
        "gnu/linux" => "linux".into(),
        first => first.to_owned(),
    }
}

fn arch(text: &str) -> String {
    match text.to_ascii_lowercase().as_str() {
        "amd64" | "x64" | "x86-64" => "x86_64".into(),
        "arm64" => "aarch64".into(),
        "386" | "i386" | "i586" | "i686" => "x86".into(),
        other => other.to_owned(),
    }
}

fn cpu(text: &str) -> String {
    let mut text = text.to_ascii_lowercase();
    for mark in ["(r)", "(tm)", "(c)", "®", "™"] {
        text = text.replace(mark, " ");
    }
    let text = text.split('@').next().unwrap_or_default();
    let noise =
        |word: &&str| !matches!(*word, "cpu" | "processor") && !word.ends_with("ghz") && !word.ends_with("-core");
    squeeze(&text.split_whitespace().filter(noise).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts(value: Value) -> Facts {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_key_is_of_the_identity_fields_that_are_present() {
        // printf '{"arch":"x86_64","cpu_count":2,"os":"linux"}' | sha256sum | cut -c1-12
        let env = facts(json!({"os": "linux", "arch": "x86_64", "cpu_count": 2, "kernel": "6.1", "memory_mb": 7}));
        assert_eq!(environment_key(&env, IDENTITY), "59e0e6996858");
        let absent = facts(json!({"os": "linux", "arch": "x86_64", "cpu_count": 2.0, "gpu_count": 0, "cloud": "",
            "hardware": null}));
        assert_eq!(environment_key(&absent, IDENTITY), "59e0e6996858");
        assert_ne!(environment_key(&env, &["os"]), environment_key(&env, IDENTITY));
    }

    #[test]
    fn a_stated_machine_stands_for_all_the_rest() {
        let one = facts(json!({"machine": "lab-1", "cpu_count": 2}));
        let other = facts(json!({"machine": "lab-1", "cpu_count": 64, "os": "linux"}));
        assert_eq!(environment_key(&one, IDENTITY), environment_key(&other, IDENTITY));
        let blank = facts(json!({"machine": "", "cpu_count": 2}));
        assert_ne!(environment_key(&one, IDENTITY), environment_key(&blank, IDENTITY));
    }

    #[test]
    fn the_file_wins_and_the_rest_is_filled() {
        let here = facts(json!({"os": "linux", "arch": "x86_64", "cpu_count": 2, "memory_mb": 100,
            "cpu_model": "Intel(R) Xeon(R) CPU @ 2.20GHz"}));
        let mut warnings = Vec::new();
        let stated = facts(json!({"cpu_count": 8, "arch": "amd64", "cpu_model": "Intel Xeon", "memory_mb": null}));
        let merged = merge(&stated, &here, &mut warnings);
        assert_eq!(warnings, Vec::<String>::new());
        assert_eq!(
            merged,
            facts(json!({"os": "linux", "arch": "amd64", "cpu_count": 8, "memory_mb": 100, "cpu_model": "Intel Xeon"}))
        );
    }

    #[test]
    fn another_machine_gets_nothing() {
        let here = facts(json!({"os": "linux", "arch": "x86_64", "cpu_model": "AMD EPYC 7B12"}));
        for (stated, name) in [
            (json!({"os": "macos"}), "os"),
            (json!({"arch": "aarch64", "os": "Linux"}), "arch"),
            (json!({"cpu_model": "Apple M1"}), "cpu_model"),
        ] {
            let mut warnings = Vec::new();
            let stated = facts(stated);
            assert_eq!(merge(&stated, &here, &mut warnings), stated);
            assert_eq!(warnings.len(), 1);
            assert!(warnings[0].starts_with(name), "{warnings:?}");
        }
    }
}
