//! Where objects lie: the directories and names of the seed's layout, as pure functions.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::model::{Facts, Time};

/// What a payload's key is made of.
#[derive(Clone, Copy, Debug)]
pub struct KeyParts<'a> {
    /// `daily`, `local`, `weekly`, `pr` or `release`.
    pub channel: &'a str,
    /// Of the run.
    pub time: Time,
    /// Of a release.
    pub tag: Option<&'a str>,
    /// Number of the pull request.
    pub pr: Option<u64>,
    /// Facts of the machine that was measured.
    pub env: &'a Facts,
    /// Suite of the run.
    pub suite: &'a str,
    /// Full id of the commit.
    pub commit: &'a str,
    /// Of the payload's bytes, 64 hex digits.
    pub sha256: &'a str,
}

/// The channels that have a place.
pub const CHANNELS: [&str; 5] = ["daily", "local", "weekly", "pr", "release"];

/// The key of a payload: `daily/2024-01-15/aws-nvidia-default-abc123de-20240115T1030-1a2b3c4d.json`.
///
/// # Errors
/// Usage: a channel that has no place, a release without a tag, a pull request without its number.
pub fn payload_key(parts: &KeyParts<'_>) -> Result<String> {
    let minute = parts.time.utc().format("%Y%m%dT%H%M");
    Ok(format!(
        "{}/{}-{}-{}-{}-{minute}-{}.json",
        place(parts)?,
        platform(parts.env),
        hardware(parts.env),
        clean(parts.suite),
        clean(first(parts.commit, 8)),
        clean(first(parts.sha256, 8)),
    ))
}

/// The fixed name of the newest of a place, where the channel has one: `pr/pr-7/validation.json`.
pub fn fixed_copy(parts: &KeyParts<'_>) -> Option<String> {
    let name = match parts.channel {
        "pr" => "validation.json",
        "release" => "release-benchmark.json",
        "weekly" => "full-benchmark.json",
        _ => return None,
    };
    Some(format!("{}/{name}", place(parts).ok()?))
}

/// The full benchmark of the ISO week in which `time` lies: `weekly/2024-W03/full-benchmark.json`.
pub fn weekly_key(time: Time) -> String {
    format!("weekly/{}/full-benchmark.json", time.week())
}

/// Whether a key is that of a fixed copy (or of what one held before): no note of ours points there.
pub fn is_fixed_copy(key: &str) -> bool {
    let Some((place, name)) = key.rsplit_once('/') else { return false };
    let stem = match place.split('/').next() {
        Some("pr") => "validation",
        Some("releases") => "release-benchmark",
        Some("weekly") => "full-benchmark",
        _ => return false,
    };
    name.strip_prefix(stem).is_some_and(|rest| rest == ".json" || (rest.starts_with('-') && rest.ends_with(".json")))
}

/// The key of a file that goes with a run: `attachments/{run id}/{first 16 of its sha256}.txt`.
pub fn attachment_key(run_id: &str, sha256: &str, file_name: &str) -> String {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let extension = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && !extension.is_empty() => {
            format!(".{}", clean(first(extension, 16)))
        }
        _ => String::new(),
    };
    format!("{}{}{extension}", attachment_folder(run_id), clean(first(sha256, 16)))
}

/// What the keys of all files that go with a run begin with: `attachments/{run id}/`.
pub fn attachment_folder(run_id: &str) -> String {
    format!("attachments/{}/", clean(run_id))
}

/// The folder of a run's channel, without a slash at its end.
fn place(parts: &KeyParts<'_>) -> Result<String> {
    Ok(match parts.channel {
        "daily" | "local" => format!("daily/{}", parts.time.date()),
        "weekly" => format!("weekly/{}", parts.time.week()),
        "pr" => {
            let number = parts.pr.ok_or_else(|| {
                Error::usage("a run of channel 'pr' needs the number of its pull request")
                    .hint("git bench record --channel pr --pr NUMBER")
            })?;
            format!("pr/pr-{number}")
        }
        "release" => {
            let tag = parts.tag.filter(|tag| !tag.is_empty()).ok_or_else(|| {
                Error::usage("a run of channel 'release' needs its tag").hint("git bench record --tag TAG")
            })?;
            let v = if tag.starts_with(|c: char| c.is_ascii_digit()) { "v" } else { "" };
            format!("releases/{v}{}", clean(tag))
        }
        other => {
            let other: String = other.chars().flat_map(char::escape_debug).take(60).collect();
            return Err(Error::usage(format!("the channel '{other}' is not known"))
                .hint(format!("use one of {}", CHANNELS.join(", "))));
        }
    })
}

/// The cloud of a machine, `local` where it is in none.
pub fn platform(env: &Facts) -> String {
    text(env, "cloud").map_or_else(|| "local".into(), |cloud| clean(&cloud.to_ascii_lowercase()))
}

/// The kind of hardware: what is stated, else from the GPU (`nvidia`, `tpu`, `amd`), else the architecture.
pub fn hardware(env: &Facts) -> String {
    if let Some(stated) = text(env, "hardware") {
        return clean(stated);
    }
    let gpu = text(env, "gpu_model").unwrap_or_default().to_ascii_lowercase();
    let none = env.get("gpu_count").and_then(Value::as_u64) == Some(0);
    let kind = GPUS.iter().find(|(_, words)| !none && words.iter().any(|word| gpu.contains(word)));
    if let Some((kind, _)) = kind {
        return (*kind).into();
    }
    text(env, "arch").map_or_else(|| "unknown".into(), clean)
}

/// How the makers of accelerators are known by their models' names.
const GPUS: [(&str, &[&str]); 3] = [
    ("tpu", &["tpu"]),
    ("amd", &["amd", "radeon", "instinct", "mi210", "mi250", "mi300", "mi325", "mi350"]),
    (
        "nvidia",
        &[
            "nvidia", "tesla", "geforce", "quadro", "rtx", "gtx", "a100", "a10", "a40", "h100", "h200", "gh200",
            "b100", "b200", "gb200", "v100", "p100", "t4", "l4", "l40", "k80",
        ],
    ),
];

fn text<'a>(env: &'a Facts, name: &str) -> Option<&'a str> {
    env.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

fn first(text: &str, n: usize) -> &str {
    text.char_indices().nth(n).map_or(text, |(end, _)| &text[..end])
}

/// A part of a name: everything but `[A-Za-z0-9._-]` becomes `-`; never empty, never beginning with a dot, at most 80
/// characters.
pub fn clean(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' };
    let cleaned: String = text.chars().map(plain).take(80).collect();
    match cleaned.as_bytes().first() {
        None => "unnamed".into(),
        Some(b'.') => format!("-{}", &cleaned[1..]),
        Some(_) => cleaned,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts(value: &Value) -> Facts {
        value.as_object().unwrap().iter().map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    fn parts<'a>(channel: &'a str, env: &'a Facts) -> KeyParts<'a> {
        KeyParts {
            channel,
            time: Time::parse("2024-01-15T10:30:00Z").unwrap(),
            tag: None,
            pr: None,
            env,
            suite: "default",
            commit: "abc123def4567890abc123def4567890abc123de",
            sha256: "1a2b3c4d5e6f77889900aabbccddeeff1a2b3c4d5e6f77889900aabbccddeeff",
        }
    }

    #[test]
    fn every_channel_has_its_place() {
        let env = facts(&json!({"cloud": "aws", "gpu_model": "NVIDIA A100", "gpu_count": 8, "arch": "x86_64"}));
        let name = "aws-nvidia-default-abc123de-20240115T1030-1a2b3c4d.json";
        let p = parts("daily", &env);
        assert_eq!(payload_key(&p).unwrap(), format!("daily/2024-01-15/{name}"));
        assert_eq!(fixed_copy(&p), None);
        assert_eq!(payload_key(&parts("local", &env)).unwrap(), format!("daily/2024-01-15/{name}"));
        let p = parts("weekly", &env);
        assert_eq!(payload_key(&p).unwrap(), format!("weekly/2024-W03/{name}"));
        assert_eq!(fixed_copy(&p).as_deref(), Some("weekly/2024-W03/full-benchmark.json"));
        assert_eq!(weekly_key(p.time), "weekly/2024-W03/full-benchmark.json");
        let p = KeyParts { pr: Some(7), ..parts("pr", &env) };
        assert_eq!(payload_key(&p).unwrap(), format!("pr/pr-7/{name}"));
        assert_eq!(fixed_copy(&p).as_deref(), Some("pr/pr-7/validation.json"));
        for (tag, place) in
            [("1.2.0", "v1.2.0"), ("v1.2.0", "v1.2.0"), ("lib/v2", "lib-v2"), ("../x", "-.-x"), ("é", "-")]
        {
            let p = KeyParts { tag: Some(tag), ..parts("release", &env) };
            assert_eq!(payload_key(&p).unwrap(), format!("releases/{place}/{name}"));
            assert_eq!(fixed_copy(&p).unwrap(), format!("releases/{place}/release-benchmark.json"));
        }
    }

    #[test]
    fn fixed_copies_are_told_from_own_names() {
        for (key, want) in [
            ("pr/pr-7/validation.json", true),
            ("pr/pr-7/validation-1a2b3c4d5e6f7a8b.json", true),
            ("weekly/2024-W03/full-benchmark.json", true),
            ("releases/v1/release-benchmark.json", true),
            ("daily/2024-01-15/validation.json", false),
            ("weekly/2024-W03/aws-nvidia-default-abc123de-20240115T1030-1a2b3c4d.json", false),
            ("validation.json", false),
        ] {
            assert_eq!(is_fixed_copy(key), want, "{key}");
        }
    }

    #[test]
    fn what_has_no_place_is_said() {
        let env = Facts::new();
        for channel in ["pr", "release", "nightly", "../x\n"] {
            let error = payload_key(&parts(channel, &env)).unwrap_err();
            assert!(!error.hints.is_empty() && !error.message.contains('\n'), "{}", error.message);
        }
    }

    #[test]
    fn hardware_is_stated_or_the_gpu_or_the_architecture() {
        for (env, want) in [
            (json!({"hardware": "p4d lab/1", "gpu_model": "NVIDIA A100"}), "p4d-lab-1"),
            (json!({"gpu_model": "NVIDIA A100-SXM4-40GB", "arch": "x86_64"}), "nvidia"),
            (json!({"gpu_model": "Tesla V100"}), "nvidia"),
            (json!({"gpu_model": "TPU v4"}), "tpu"),
            (json!({"gpu_model": "AMD Instinct MI300X"}), "amd"),
            (json!({"gpu_model": "NVIDIA A100", "gpu_count": 0, "arch": "x86_64"}), "x86_64"),
            (json!({"gpu_model": "Apple M2", "arch": "aarch64"}), "aarch64"),
            (json!({"arch": ""}), "unknown"),
            (json!({"hardware": 7, "arch": "aarch64"}), "aarch64"),
        ] {
            assert_eq!(hardware(&facts(&env)), want, "{env}");
        }
        assert_eq!(platform(&facts(&json!({"cloud": "GCP"}))), "gcp");
        assert_eq!(platform(&Facts::new()), "local");
    }

    #[test]
    fn every_key_is_one_that_stores_take() {
        for hostile in ["..", ".", "", "/", "a/../b", "\u{202e}x\n", "ü", "C:\\x", ".tmp-x", "x".repeat(5000).as_str()]
        {
            let env = facts(&json!({"cloud": hostile, "hardware": hostile}));
            let p = KeyParts {
                suite: hostile,
                commit: hostile,
                sha256: hostile,
                tag: Some(hostile),
                ..parts(if hostile.is_empty() { "daily" } else { "release" }, &env)
            };
            super::super::check_key(&payload_key(&p).unwrap()).unwrap();
            super::super::check_key(&attachment_key(hostile, hostile, hostile)).unwrap();
        }
        let sha = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert_eq!(attachment_key("id", sha, "a/b/out.tar.gz"), "attachments/id/9f86d081884c7d65.gz");
        assert_eq!(attachment_key("id", sha, "Makefile"), "attachments/id/9f86d081884c7d65");
        assert_eq!(attachment_key("id", sha, ".bashrc"), "attachments/id/9f86d081884c7d65");
    }
}
