//! A table in parts, in a folder or a bucket: `date=2024-01-15/suite=default/part-0123456789abcdef.parquet`, the form that
//! DuckDB, Spark, Athena and BigQuery take for a table with two more columns.
//!
//! Nothing is ever written twice: a part is named by the SHA-256 of its bytes, and before parts are written, a list of them is,
//! with the runs that each holds: `_git-bench/parquet-0123456789abcdef.json` (readers of tables skip names that begin with
//! `_`). A run is there when a list names it in a part that is there. So an export that was ended half-way goes on where it
//! was: the parts that it did not write count as not exported.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::VERSION;
use super::points::within;
use crate::payload::{Object, Payloads, Put, Wanted, sha256_hex};
use crate::{Error, Result};

/// Where the lists of parts lie.
const LISTS: &str = "_git-bench/";

/// A part of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Day of its runs, `2024-01-15`.
    pub date: String,
    /// Suite of its runs.
    pub suite: String,
    /// The runs in it, by [`run_key`].
    pub runs: Vec<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a run is called in the lists: its id is unique only at its commit.
pub fn run_key(id: &str, commit: &str) -> String {
    format!("{id}@{commit}")
}

/// A list of parts.
#[derive(Debug, Serialize, Deserialize)]
struct List {
    version: u64,
    /// Runs by the key of their part.
    parts: BTreeMap<String, Vec<String>>,
}

/// A table that may have parts already.
pub struct Parts<'s> {
    store: &'s Payloads,
    ending: &'static str,
    /// Runs that are there.
    known: HashSet<String>,
    /// Parts that are there, by the lists.
    keys: BTreeSet<String>,
    lists: Vec<String>,
}

impl<'s> Parts<'s> {
    /// Reads what is there; `ending` is that of the format (`parquet`), and parts of other formats are left alone.
    ///
    /// # Errors
    /// Storage, see [`crate::payload::Fault`]. Data: a list that is none, or of a newer git-bench.
    pub fn open(store: &'s Payloads, ending: &'static str) -> Result<Self> {
        let begin = format!("{LISTS}{ending}-");
        let lists: Vec<String> =
            store.list(LISTS)?.into_iter().map(|l| l.key).filter(|k| k.starts_with(&begin)).collect();
        let mut parts = Self { store, ending, known: HashSet::new(), keys: BTreeSet::new(), lists };
        if parts.lists.is_empty() {
            return Ok(parts);
        }
        let there: HashSet<String> = store.list("date=")?.into_iter().map(|listed| listed.key).collect();
        let wanted: Vec<Wanted> =
            parts.lists.iter().map(|key| Wanted { key: key.clone(), ..Wanted::default() }).collect();
        for (key, bytes) in parts.lists.iter().zip(store.get_all(&wanted, &|_| {})) {
            let list: List = serde_json::from_slice(&bytes?)
                .map_err(|e| Error::data(format!("'{key}' is no list of exported runs")).because(e))?;
            if list.version > VERSION {
                return Err(Error::data(format!("'{key}' is of a newer git-bench (version {})", list.version))
                    .hint("update git-bench, or export to another place"));
            }
            for (part, runs) in list.parts {
                if there.contains(&part) {
                    parts.known.extend(runs);
                    parts.keys.insert(part);
                }
            }
        }
        Ok(parts)
    }

    /// Whether a run is there.
    pub fn has(&self, run: &str) -> bool {
        self.known.contains(run)
    }

    /// How many runs are there.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Runs that are there and not among these.
    pub fn beyond(&self, runs: &HashSet<String>) -> usize {
        self.known.iter().filter(|run| !runs.contains(*run)).count()
    }

    /// Removes every part and list of this format, so that all runs count as not exported.
    ///
    /// # Errors
    /// Storage: the first that cannot be removed. Lists go last.
    pub fn clear(&mut self) -> Result<usize> {
        let count = self.keys.len();
        for keys in [std::mem::take(&mut self.keys).into_iter().collect(), std::mem::take(&mut self.lists)] {
            self.store.delete_all(&keys).into_iter().collect::<Result<Vec<()>>>()?;
        }
        self.known.clear();
        Ok(count)
    }

    /// Writes parts, the list of them first; how many were not there before.
    ///
    /// # Errors
    /// Storage: the first that cannot be written.
    pub fn write(&mut self, parts: Vec<Part>, progress: &dyn Fn(usize)) -> Result<usize> {
        if parts.is_empty() {
            return Ok(0);
        }
        let mut list = List { version: VERSION, parts: BTreeMap::new() };
        let mut objects = Vec::with_capacity(parts.len());
        for part in parts {
            let key = self.key(&part);
            list.parts.insert(key.clone(), part.runs);
            objects.push(Object { key, bytes: part.bytes, meta: Vec::new() });
        }
        let bytes = serde_json::to_vec(&list).map_err(|e| Error::data("cannot write the list of parts").because(e))?;
        let key = format!("{LISTS}{}-{}.json", self.ending, &sha256_hex(&bytes)[..16]);
        self.store.put(&Object { key: key.clone(), bytes, meta: Vec::new() })?;
        self.lists.push(key);
        let mut created = 0;
        for put in self.store.put_all(&objects, progress) {
            created += usize::from(put? == Put::Created);
        }
        self.keys.extend(list.parts.keys().cloned());
        self.known.extend(list.parts.into_values().flatten());
        Ok(created)
    }

    fn key(&self, part: &Part) -> String {
        let digest = sha256_hex(&part.bytes);
        format!("date={}/suite={}/part-{}.{}", part.date, segment(&part.suite), &digest[..16], self.ending)
    }
}

/// A value as it stands in a path: everything but plain characters as `%41`, which readers turn back; a very long one is cut
/// and told apart by its digest.
fn segment(value: &str) -> String {
    let mut out = String::new();
    for byte in within(value, 60).bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    // What Hive calls an empty value.
    if out.is_empty() { "__HIVE_DEFAULT_PARTITION__".into() } else { out }
}

/// Whether a suite's name is too long to stand in a path whole.
pub fn is_cut(suite: &str) -> bool {
    within(suite, 60) != suite
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Options;

    fn part(day: u32, runs: &[&str]) -> Part {
        let bytes = format!("{day} {runs:?}").into_bytes();
        Part {
            date: format!("2024-01-{day:02}"),
            suite: "a b/c".into(),
            runs: runs.iter().map(|r| (*r).into()).collect(),
            bytes,
        }
    }

    #[test]
    fn what_is_there_is_known_again_and_a_lost_part_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let store = Payloads::local("export", dir.path(), &Options::default()).unwrap();
        let mut parts = Parts::open(&store, "parquet").unwrap();
        assert!(parts.is_empty());
        assert_eq!(parts.write(vec![part(1, &["a", "b"]), part(2, &["c"])], &|_| {}).unwrap(), 2);
        assert_eq!(parts.write(Vec::new(), &|_| {}).unwrap(), 0);
        let again = Parts::open(&store, "parquet").unwrap();
        assert!(again.has("a") && again.has("c") && !again.has("d"));
        assert_eq!((again.len(), again.beyond(&HashSet::from(["a".to_owned()]))), (3, 2));
        assert!(Parts::open(&store, "csv").unwrap().is_empty());
        let key = store.list("date=2024-01-02").unwrap().remove(0).key;
        assert!(key.starts_with("date=2024-01-02/suite=a%20b%2Fc/part-"), "{key}");
        std::fs::remove_file(dir.path().join(&key)).unwrap();
        let mut again = Parts::open(&store, "parquet").unwrap();
        assert!(again.has("a") && !again.has("c"));
        assert_eq!(again.write(vec![part(2, &["c"])], &|_| {}).unwrap(), 1);
        assert_eq!(again.clear().unwrap(), 2);
        assert!(Parts::open(&store, "parquet").unwrap().is_empty());
        assert!(store.list("").unwrap().is_empty());
    }

    #[test]
    fn a_list_of_a_newer_version_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let store = Payloads::local("export", dir.path(), &Options::default()).unwrap();
        let bytes = br#"{"version":2,"parts":{}}"#.to_vec();
        store.put(&Object { key: "_git-bench/csv-0.json".into(), bytes, meta: Vec::new() }).unwrap();
        let error = Parts::open(&store, "csv").err().unwrap();
        assert_eq!(error.kind, crate::Kind::Data);
        assert!(error.message.contains("newer"), "{}", error.message);
    }

    #[test]
    fn values_are_one_folder() {
        assert_eq!(segment("../x"), "..%2Fx");
        assert_eq!(segment(""), "__HIVE_DEFAULT_PARTITION__");
        let long = segment(&"ü".repeat(500));
        assert!(long.len() <= 180 && is_cut(&"ü".repeat(500)), "{long}");
    }
}
