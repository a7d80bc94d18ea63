//! Facts of a machine, in the words of `formats.md`.

use serde_json::Value;

use crate::model::Facts;

/// Rust's name of an architecture: `AMD64` and `x64` are `x86_64`, `arm64` is `aarch64`.
pub fn arch(raw: &str) -> String {
    let lower = raw.trim().to_ascii_lowercase();
    match lower.as_str() {
        "amd64" | "x64" | "x86-64" | "x86_64" => "x86_64".into(),
        "arm64" | "aarch64" => "aarch64".into(),
        "i386" | "i486" | "i586" | "i686" | "x86" | "ia32" => "x86".into(),
        _ => lower,
    }
}

/// `linux`, `macos`, `windows` from any spelling of them; other names in lower case.
pub fn os(raw: &str) -> String {
    let lower = raw.trim().to_ascii_lowercase();
    match lower.as_str() {
        "darwin" | "osx" | "mac os x" | "macos" => "macos".into(),
        "win32" | "cygwin" | "msys" => "windows".into(),
        _ if lower.starts_with("windows") => "windows".into(),
        _ if lower.starts_with("linux") => "linux".into(),
        _ => lower,
    }
}

/// Adds a text where there is one.
pub fn put(facts: &mut Facts, key: &str, text: Option<&str>) {
    if let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) {
        facts.insert(key.to_owned(), Value::from(text));
    }
}

/// Adds a count where it is known and not zero.
pub fn put_count(facts: &mut Facts, key: &str, count: Option<u64>) {
    if let Some(count) = count.filter(|count| *count > 0) {
        facts.insert(key.to_owned(), Value::from(count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_become_ours() {
        assert_eq!((arch("AMD64").as_str(), arch("arm64").as_str()), ("x86_64", "aarch64"));
        assert_eq!(
            (os("Darwin").as_str(), os("Windows Server 2022").as_str(), os("Linux").as_str()),
            ("macos", "windows", "linux")
        );
    }
}
