//! The fixed copies of the newest (`validation.json` and so on): the only objects that are ever overwritten.
//!
//! Our own notes never name one, but those of an imported bucket do: there the fixed name is all that a payload has. So
//! what is about to be overwritten is first kept under a name that follows from its content, where readers find it. The
//! full benchmark of a week is made anew many times: where the new one holds all runs of the old, nothing is kept.

use serde_json::Value;

use crate::error::Result;

use super::Object;
use super::fault::{Fault, Trouble};
use super::transfer::{Store, sha256_hex};

/// The names that are written again and again.
const NAMES: [&str; 3] = ["validation.json", "release-benchmark.json", "full-benchmark.json"];

/// Where the bytes of this SHA-256 lie once the fixed name has others: `pr/pr-7/validation-1a2b3c4d5e6f7a8b.json`; `None`
/// for a key that is not overwritten.
pub(super) fn kept_copy(key: &str, sha256: &str) -> Option<String> {
    let (place, name) = key.rsplit_once('/')?;
    let stem = name.strip_suffix(".json").filter(|_| NAMES.contains(&name))?;
    Some(format!("{place}/{stem}-{}.json", sha256.get(..16)?.to_ascii_lowercase()))
}

impl Store {
    /// Keeps what lies under a fixed name and is about to be overwritten, unless it lies in its place under another name.
    pub(super) async fn keep_replaced(&self, object: &Object) -> Result<(), Trouble> {
        if kept_copy(&object.key, &sha256_hex(&object.bytes)).is_none() {
            return Ok(());
        }
        let bytes = match self.read_raw(&object.key).await {
            Ok(bytes) if bytes == object.bytes || holds_all(&object.bytes, &bytes) => return Ok(()),
            Ok(bytes) => bytes,
            Err(t) if t.fault == Fault::Missing => return Ok(()),
            Err(t) => return Err(t),
        };
        let sha256 = sha256_hex(&bytes);
        let (Some(key), Some((place, _))) = (kept_copy(&object.key, &sha256), object.key.rsplit_once('/')) else {
            return Ok(());
        };
        let own = format!("-{}.json", &sha256[..8]);
        if self.list_raw(&format!("{place}/")).await.is_ok_and(|all| all.iter().any(|o| o.key.ends_with(&own))) {
            return Ok(());
        }
        self.put_raw(&Object { key, bytes, ..Object::default() }).await
    }
}

/// Whether both are full benchmarks, and each run of the old one stands in the new one.
fn holds_all(new: &[u8], old: &[u8]) -> bool {
    let runs = |bytes: &[u8]| -> Option<Vec<Value>> {
        let Ok(Value::Object(mut document)) = serde_json::from_slice(bytes) else { return None };
        let Some(Value::Array(runs)) = document.remove("runs") else { return None };
        // Anything else in it would be lost.
        document.keys().all(|key| matches!(key.as_str(), "schema_version" | "week")).then_some(runs)
    };
    let (Some(new), Some(old)) = (runs(new), runs(old)) else { return false };
    let texts: std::collections::BTreeSet<String> = new.iter().map(Value::to_string).collect();
    old.iter().all(|run| texts.contains(&run.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Payloads};
    use super::*;

    #[test]
    fn what_a_note_may_name_is_kept_and_found() {
        let folder = tempfile::tempdir().unwrap();
        let store = Payloads::local("s", folder.path(), &Options::default()).unwrap();
        let object = |key: &str, bytes: &[u8]| Object { key: key.into(), bytes: bytes.to_vec(), ..Object::default() };
        let key = "pr/pr-7/validation.json";
        store.overwrite(&object(key, b"first")).unwrap();
        store.overwrite(&object(key, b"second")).unwrap();
        assert_eq!(store.get(key, Some(&sha256_hex(b"first")), Some(5)).unwrap(), b"first");
        assert_eq!(store.get(key, None, None).unwrap(), b"second");
        // What lies there under its own name needs no copy.
        let own = format!("pr/pr-7/local-x-{}.json", &sha256_hex(b"second")[..8]);
        store.put(&object(&own, b"second")).unwrap();
        store.overwrite(&object(key, b"third")).unwrap();
        assert_eq!(store.list("").unwrap().len(), 3);
        assert!(store.get(key, Some(&sha256_hex(b"other")), None).is_err());
    }

    #[test]
    fn a_full_benchmark_is_kept_only_where_the_new_one_lacks_something() {
        let old = br#"{"week": "2024-W03", "runs": [{"a": 1}]}"#;
        assert!(holds_all(br#"{"week": "2024-W03", "runs": [{"b": 2}, {"a": 1}]}"#, old));
        assert!(!holds_all(br#"{"week": "2024-W03", "runs": [{"b": 2}]}"#, old));
        for other in [&br#"{"runs": [{"a": 1}], "benchmarks": []}"#[..], br#"{"benchmarks": []}"#, b"", b"[]"] {
            assert!(!holds_all(old, other), "{}", String::from_utf8_lossy(other));
        }
    }

    #[test]
    fn only_fixed_names_have_kept_copies() {
        let sha256 = sha256_hex(b"x");
        let want = format!("weekly/2024-W03/full-benchmark-{}.json", &sha256[..16]);
        assert_eq!(kept_copy("weekly/2024-W03/full-benchmark.json", &sha256), Some(want));
        assert_eq!(kept_copy("daily/2024-01-15/a.json", &sha256), None);
    }
}
