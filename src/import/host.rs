//! Facts of a machine as trackers write them, in the words of formats.md.

use super::facts;
use crate::model::Facts;

/// `os` with its release: of Linux the kernel (`Linux 6.1.0`), of a distribution its own name (`Ubuntu 18.04.4 LTS`).
pub(super) fn set_os(found: &mut Facts, text: &str) {
    let text = text.trim();
    let (first, rest) = text.split_once([' ', '-']).unwrap_or((text, ""));
    let rest = rest.trim().trim_start_matches('(').trim_end_matches(')');
    let (os, key, release) = match facts::os(first).as_str() {
        "" => return,
        "linux" if rest.starts_with(|c: char| c.is_ascii_digit()) => ("linux", "kernel", rest),
        "linux" => ("linux", "os_version", rest),
        "macos" | "mac" => ("macos", "os_version", rest),
        "windows" => ("windows", "os_version", rest),
        _ => ("linux", "os_version", text),
    };
    facts::put(found, "os", Some(os));
    facts::put(found, key, Some(release));
}

/// `memory_mb` (MiB) of an amount with a unit behind it (`7093488 kB`, `8.2G`); a bare number is kB below 4e9, as
/// `/proc/meminfo` has it, else bytes.
pub(super) fn set_memory(found: &mut Facts, text: &str) {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let Ok(number) = text[..end].parse::<f64>() else { return };
    let factor = match text[end..].trim().to_ascii_lowercase().as_str() {
        "" if number < 4e9 => 1024.0,
        "" | "b" | "bytes" => 1.0,
        "k" | "kb" | "kib" => 1024.0,
        "m" | "mb" | "mib" => 1048576.0,
        "g" | "gb" | "gib" => 1073741824.0,
        "t" | "tb" | "tib" => 1099511627776.0,
        _ => return,
    };
    let mib = number * factor / 1048576.0;
    facts::put_count(found, "memory_mb", (mib < 1e12).then_some(mib as u64));
}

/// Whether a text names a place in somebody's home: such a value is never a fact.
pub(super) fn is_path(text: &str) -> bool {
    text.contains('/') || text.contains('\\')
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn words_become_ours() {
        let mut facts = Facts::new();
        set_os(&mut facts, "Linux 6.18.44-fc");
        set_memory(&mut facts, "25276063744");
        let text = serde_json::to_string(&facts).unwrap();
        assert_eq!(text, r#"{"kernel":"6.18.44-fc","memory_mb":24105,"os":"linux"}"#);
        for (os, want) in [
            ("Ubuntu 18.04.4 LTS", r#"{"os":"linux","os_version":"Ubuntu 18.04.4 LTS"}"#),
            ("Linux (Fedora 20)", r#"{"os":"linux","os_version":"Fedora 20"}"#),
            ("Darwin 19.6.0", r#"{"os":"macos","os_version":"19.6.0"}"#),
            ("Windows-10-10.0.19041-SP0", r#"{"os":"windows","os_version":"10-10.0.19041-SP0"}"#),
            ("", "{}"),
        ] {
            let mut facts = Facts::new();
            set_os(&mut facts, os);
            assert_eq!(serde_json::to_string(&facts).unwrap(), want);
        }
        for (memory, want) in
            [("7093488 kB", Some(6927)), ("16416652", Some(16031)), ("8.2G", Some(8396)), ("much", None)]
        {
            let mut facts = Facts::new();
            set_memory(&mut facts, memory);
            assert_eq!(facts.get("memory_mb").and_then(Value::as_u64), want, "{memory}");
        }
    }
}
