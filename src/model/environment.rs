//! Which machines are the same: the environment key.

use std::cell::RefCell;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{Facts, canonical};

/// The built-in identity of a machine, frozen with `git-bench-run-1`; `bench.environment` configures another one for
/// comparing.
pub const IDENTITY: &[&str] =
    &["cloud", "instance_type", "hardware", "gpu_model", "gpu_count", "cpu_model", "cpu_count", "os", "arch"];

/// Facts of the moment, which differ from run to run by nature: no reason to tell two runs apart.
pub const READINGS: &[&str] = &["container_id", "load_1m", "load_average", "uptime"];

/// The facts that identify the machine: the fields of `identity` that are present (0, empty and null count as absent);
/// where the run states `machine`, that alone.
pub fn identity_facts<S: AsRef<str>>(env: &Facts, identity: &[S]) -> Facts {
    let present =
        |key: &str| env.get(key).filter(|value| !is_absent(value)).map(|value| (key.to_owned(), value.clone()));
    if let Some(machine) = present("machine") {
        return Facts::from([machine]);
    }
    identity.iter().filter_map(|key| present(key.as_ref())).collect()
}

/// The environment key: the first 12 hex digits of the SHA-256 of the RFC 8785 form of [`identity_facts`].
pub fn environment_key<S: AsRef<str>>(env: &Facts, identity: &[S]) -> String {
    let facts = identity_facts(env, identity);
    // Most runs are of the machine of the run before.
    LAST.with_borrow_mut(|last| match last {
        Some((of, key)) if *of == facts => key.clone(),
        _ => last.insert((facts.clone(), key_of(facts))).1.clone(),
    })
}

thread_local! {
    static LAST: RefCell<Option<(Facts, String)>> = const { RefCell::new(None) };
}

fn key_of(facts: Facts) -> String {
    let fields: Map<String, Value> = facts.into_iter().collect();
    let digest = Sha256::digest(canonical(&Value::Object(fields)).as_bytes());
    digest.iter().take(6).map(|b| format!("{b:02x}")).collect()
}

fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        _ => false,
    }
}

/// A short name of a machine for people, from its identity: `aws p4d.24xlarge, 8 x NVIDIA A100`.
pub fn describe(env: &Facts) -> String {
    let text =
        |key: &str| env.get(key).filter(|v| !is_absent(v)).map(|v| v.as_str().map_or(v.to_string(), str::to_owned));
    if let Some(machine) = text("machine") {
        return machine;
    }
    let mut parts = Vec::new();
    let place: Vec<String> = [text("cloud"), text("instance_type")].into_iter().flatten().collect();
    if !place.is_empty() {
        parts.push(place.join(" "));
    }
    match (text("gpu_count").filter(|n| n != "1"), text("gpu_model").or_else(|| text("hardware"))) {
        (Some(count), Some(gpu)) => parts.push(format!("{count} x {gpu}")),
        (None, Some(gpu)) => parts.push(gpu),
        _ => {}
    }
    if let Some(cpu) = text("cpu_model") {
        let count = text("cpu_count").map(|n| format!("{n} x ")).unwrap_or_default();
        parts.push(format!("{count}{cpu}"));
    }
    if parts.len() < 2 {
        parts.extend([text("os"), text("arch")].into_iter().flatten());
    }
    if parts.is_empty() { "unknown machine".into() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn absent_and_zero_are_the_same_and_machine_stands_for_all() {
        let a = Facts::from([("cloud".into(), json!("aws")), ("gpu_count".into(), json!(0))]);
        let b = Facts::from([("cloud".into(), json!("aws")), ("region".into(), json!("x"))]);
        assert_eq!(environment_key(&a, IDENTITY), environment_key(&b, IDENTITY));
        assert_eq!(environment_key(&a, IDENTITY).len(), 12);
        let c = Facts::from([("machine".into(), json!("lab")), ("cloud".into(), json!("aws"))]);
        let d = Facts::from([("machine".into(), json!("lab"))]);
        assert_eq!(environment_key(&c, IDENTITY), environment_key(&d, IDENTITY));
        assert_eq!(describe(&a), "aws");
    }
}
