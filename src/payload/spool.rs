//! What is recorded and not yet uploaded, in `<git common dir>/bench/spool`.
//!
//! An entry is two files of one name: `{sha256}.{n}.bytes`, then `{sha256}.{n}.json`, whose appearance makes the entry.
//! Each `add` makes an entry of its own and each `remove` takes away just those it was shown, so that processes at work
//! at the same time need no lock. A process that is killed leaves at most files without their `.json`; they are ignored,
//! and cleaned away when they are old. Nothing is synced to the disk: a record takes milliseconds.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::Time;

use super::transfer::sha256_hex;
use super::{Object, check_key};

/// One thing to be uploaded; the bytes lie beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// SHA-256 of the bytes, 64 hex digits.
    pub sha256: String,
    /// Number of the bytes.
    pub size: u64,
    /// Where it goes, relative to the store.
    pub key: String,
    /// Name of the store, looked up at upload; never a URL.
    pub store: String,
    /// Id of the run it belongs to.
    pub run_id: String,
    /// Object metadata.
    #[serde(default)]
    pub meta: Vec<(String, String)>,
    /// Name of the entry's files, set by [`Spool::items`].
    #[serde(skip)]
    pub entry: String,
}

/// An entry that cannot be uploaded as it is; its files stay where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The file that is wrong or missing.
    pub path: PathBuf,
    /// Why, in words.
    pub why: String,
}

/// All that lies in the spool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Items {
    /// What can be uploaded, by run id and key; the same thing added twice stands twice.
    pub items: Vec<Item>,
    /// What cannot.
    pub broken: Vec<Broken>,
}

/// The folder.
#[derive(Clone, Debug)]
pub struct Spool {
    dir: PathBuf,
}

static COUNTER: AtomicU64 = AtomicU64::new(0);

impl Spool {
    /// The spool in this folder, which is made when something is added.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Keeps an object until it is uploaded. The item's `sha256` and `size` are those of `bytes`.
    ///
    /// # Errors
    /// Data: the item does not say what the bytes are, or its key is none. Storage: it cannot be written; then nothing
    /// is there.
    pub fn add(&self, item: &Item, bytes: &[u8]) -> Result<()> {
        check_key(&item.key)?;
        if item.size != bytes.len() as u64 || item.sha256 != sha256_hex(bytes) {
            return Err(Error::data(format!("the bytes for '{}' are not those that the item names", item.key)));
        }
        fs::create_dir_all(&self.dir).map_err(|e| self.cannot("make", &self.dir, e))?;
        let entry = self.claim(&item.sha256, bytes)?;
        let json = serde_json::to_vec(item).map_err(|e| Error::data("the item cannot be written").because(e))?;
        let (temporary, path) = (self.path(&entry, "json.tmp"), self.path(&entry, "json"));
        fs::write(&temporary, json).and_then(|()| fs::rename(&temporary, &path)).map_err(|e| {
            for extension in ["json.tmp", "bytes"] {
                let _ = fs::remove_file(self.path(&entry, extension));
            }
            self.cannot("write", &path, e)
        })
    }

    /// Writes the bytes under a name that nobody else has, and gives the name.
    fn claim(&self, sha256: &str, bytes: &[u8]) -> Result<String> {
        loop {
            let n = COUNTER.fetch_add(1, Ordering::Relaxed);
            let entry = format!("{sha256}.{:x}-{n:x}", std::process::id());
            let (temporary, path) = (self.path(&entry, "bytes.tmp"), self.path(&entry, "bytes"));
            let mut file = match OpenOptions::new().write(true).create_new(true).open(&temporary) {
                Ok(file) => file,
                Err(e) if e.kind() == ErrorKind::AlreadyExists => continue,
                Err(e) => return Err(self.cannot("write", &temporary, e)),
            };
            // Another process that had our number: containers begin theirs at 1.
            if path.exists() || self.path(&entry, "json").exists() {
                let _ = fs::remove_file(&temporary);
                continue;
            }
            let written = file.write_all(bytes).and_then(|()| fs::rename(&temporary, &path));
            return match written {
                Ok(()) => Ok(entry),
                Err(e) => {
                    let _ = fs::remove_file(&temporary);
                    Err(self.cannot("write", &path, e))
                }
            };
        }
    }

    /// Everything that waits. Looks at names and sizes only; the bytes are verified when they are read.
    ///
    /// # Errors
    /// Storage: the folder cannot be read; one that is not there is empty.
    pub fn items(&self) -> Result<Items> {
        let mut found = Items::default();
        for name in self.names()? {
            let Some(entry) = name.strip_suffix(".json") else { continue };
            let path = self.dir.join(&name);
            let broken = |why: &str| Broken { path: path.clone(), why: why.to_owned() };
            let item = match fs::read(&path) {
                Ok(bytes) => serde_json::from_slice::<Item>(&bytes),
                // Uploaded in this moment by another process.
                Err(e) if e.kind() == ErrorKind::NotFound => continue,
                Err(e) => {
                    found.broken.push(broken(&e.to_string()));
                    continue;
                }
            };
            match item {
                Err(_) => found.broken.push(broken("it cannot be read as an entry of the spool")),
                Ok(item) if check_key(&item.key).is_err() => found.broken.push(broken("its key is none")),
                Ok(item) => match fs::metadata(self.path(entry, "bytes")) {
                    Ok(data) if data.len() == item.size => found.items.push(Item { entry: entry.to_owned(), ..item }),
                    Ok(_) => found.broken.push(broken("its bytes are not all there")),
                    Err(_) if !path.exists() => {}
                    Err(_) => found.broken.push(broken("its bytes are not there")),
                },
            }
        }
        found.items.sort_by(|a, b| (&a.run_id, &a.key, &a.entry).cmp(&(&b.run_id, &b.key, &b.entry)));
        found.broken.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// The bytes of this SHA-256, verified; `None` where the spool has none that are right.
    ///
    /// # Errors
    /// Storage: the folder cannot be read.
    pub fn read(&self, sha256: &str) -> Result<Option<Vec<u8>>> {
        if sha256.len() != 64 || !sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(None);
        }
        for name in self.names()? {
            if name.starts_with(sha256) && name.ends_with(".bytes") {
                match fs::read(self.dir.join(&name)) {
                    Ok(bytes) if sha256_hex(&bytes) == sha256 => return Ok(Some(bytes)),
                    _ => {}
                }
            }
        }
        Ok(None)
    }

    /// The object to upload for an item, its bytes verified.
    ///
    /// # Errors
    /// Data: the bytes are spoilt or gone.
    pub fn object(&self, item: &Item) -> Result<Object> {
        let bytes = self.read(&item.sha256)?.ok_or_else(|| {
            Error::data(format!("the spooled bytes of '{}' are spoilt or gone", item.key)).hint("git bench fsck")
        })?;
        Ok(Object { key: item.key.clone(), bytes, meta: item.meta.clone() })
    }

    /// Whether an item that was shown by [`Spool::items`] still waits; if not, another process has sent it.
    pub fn waits(&self, item: &Item) -> bool {
        self.path(&item.entry, "json").exists()
    }

    /// Takes an item away that was shown by [`Spool::items`], after its upload.
    ///
    /// # Errors
    /// Storage: a file cannot be removed; one that is gone is fine.
    pub fn remove_item(&self, item: &Item) -> Result<()> {
        self.remove_entry(&item.entry)
    }

    /// Takes every entry of this SHA-256 away.
    ///
    /// # Errors
    /// As [`Spool::remove_item`].
    pub fn remove(&self, sha256: &str) -> Result<()> {
        for name in self.names()? {
            if let Some(entry) = name.strip_suffix(".json")
                && entry.split('.').next() == Some(sha256)
            {
                self.remove_entry(entry)?;
            }
        }
        Ok(())
    }

    fn remove_entry(&self, entry: &str) -> Result<()> {
        if entry.is_empty() || entry.contains(['/', '\\']) {
            return Ok(());
        }
        // In this order: bytes without their entry are nothing, an entry without its bytes is broken.
        for extension in ["json", "bytes"] {
            let path = self.path(entry, extension);
            match fs::remove_file(&path) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(self.cannot("remove", &path, e)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes what killed processes left, if it is older than a day at `now`; gives the number of files.
    ///
    /// # Errors
    /// Storage: the folder cannot be read.
    pub fn clean(&self, now: Time) -> Result<usize> {
        let mut removed = 0;
        for name in self.names()? {
            let left = name.ends_with(".tmp")
                || name.strip_suffix(".bytes").is_some_and(|entry| !self.path(entry, "json").exists());
            let path = self.dir.join(&name);
            let written = fs::metadata(&path).and_then(|m| m.modified()).ok();
            let written = written.and_then(|t| t.duration_since(UNIX_EPOCH).ok()).map_or(now.0, |d| d.as_secs() as i64);
            if left && now.0 - written > 86_400 && fs::remove_file(&path).is_ok() {
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn path(&self, entry: &str, extension: &str) -> PathBuf {
        self.dir.join(format!("{entry}.{extension}"))
    }

    fn names(&self) -> Result<Vec<String>> {
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(self.cannot("read", &self.dir, e)),
        };
        let mut names: Vec<String> = entries.filter_map(|e| e.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        Ok(names)
    }

    fn cannot(&self, verb: &str, path: &Path, error: std::io::Error) -> Error {
        let full = matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
        let cannot = Error::storage(format!("cannot {verb} '{}': {error}", path.display())).because(error);
        cannot.hint(if full {
            "make room, then run the command again"
        } else {
            "check the owner of the git directory, and that it can be written"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(bytes: &[u8], key: &str) -> Item {
        Item {
            sha256: sha256_hex(bytes),
            size: bytes.len() as u64,
            key: key.into(),
            store: "aws".into(),
            run_id: "r1".into(),
            meta: vec![("developer".into(), "Jürgen".into())],
            entry: String::new(),
        }
    }

    #[test]
    fn what_is_added_is_found_and_goes() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::at(dir.path().join("bench/spool"));
        assert_eq!(spool.items().unwrap(), Items::default());
        // The same bytes under two keys, as two runs with one attachment have them.
        spool.add(&item(b"one", "a.json"), b"one").unwrap();
        spool.add(&item(b"one", "b.json"), b"one").unwrap();
        let found = spool.items().unwrap();
        assert_eq!(found.items.iter().map(|i| &*i.key).collect::<Vec<_>>(), ["a.json", "b.json"]);
        assert_eq!(spool.object(&found.items[0]).unwrap().bytes, b"one");
        spool.remove_item(&found.items[0]).unwrap();
        spool.remove_item(&found.items[0]).unwrap();
        assert_eq!(spool.items().unwrap().items.len(), 1);
        assert_eq!(spool.read(&found.items[0].sha256).unwrap().unwrap(), b"one");
        spool.remove(&found.items[0].sha256).unwrap();
        assert_eq!(spool.items().unwrap(), Items::default());
        assert_eq!(fs::read_dir(spool.dir).unwrap().count(), 0);
    }

    #[test]
    fn wrong_items_are_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::at(dir.path());
        assert!(spool.add(&item(b"one", "a"), b"two").is_err());
        assert!(spool.add(&item(b"one", "../a"), b"one").is_err());
        assert_eq!(spool.read("../../etc/passwd").unwrap(), None);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_broken_is_reported_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::at(dir.path());
        for bytes in [b"one", b"two", b"six"] {
            spool.add(&item(bytes, "k"), bytes).unwrap();
        }
        let entries: Vec<String> = spool.items().unwrap().items.into_iter().map(|i| i.entry).collect();
        fs::remove_file(spool.path(&entries[0], "bytes")).unwrap();
        fs::write(spool.path(&entries[1], "json"), "{\"sha").unwrap();
        let found = spool.items().unwrap();
        assert_eq!((found.items.len(), found.broken.len()), (1, 2));
        fs::write(spool.path(&found.items[0].entry, "bytes"), "666").unwrap();
        assert!(spool.object(&found.items[0]).unwrap_err().message.contains("spoilt"));
        assert!(spool.path(&entries[0], "json").exists());
    }

    #[test]
    fn what_a_killed_process_left_is_ignored_then_cleaned() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::at(dir.path());
        spool.add(&item(b"one", "k"), b"one").unwrap();
        for name in ["ab.1-0.bytes.tmp", "ab.1-1.bytes", "ab.1-1.json.tmp"] {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        let found = spool.items().unwrap();
        assert_eq!((found.items.len(), found.broken.len()), (1, 0));
        let written = fs::metadata(dir.path().join("ab.1-1.bytes")).unwrap().modified().unwrap();
        let now = Time(written.duration_since(UNIX_EPOCH).unwrap().as_secs() as i64);
        assert_eq!(spool.clean(now).unwrap(), 0);
        assert_eq!(spool.clean(Time(now.0 + 90_000)).unwrap(), 3);
        assert_eq!(spool.items().unwrap().items.len(), 1);
    }

    #[test]
    fn many_at_once_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::at(dir.path());
        std::thread::scope(|scope| {
            for t in 0..8 {
                let spool = spool.clone();
                scope.spawn(move || {
                    for n in 0..25 {
                        let bytes = format!("{t} {n}");
                        spool.add(&item(bytes.as_bytes(), "k"), bytes.as_bytes()).unwrap();
                        // And one that all of them share, taken away by whoever sees it.
                        spool.add(&item(b"shared", "s"), b"shared").unwrap();
                        for seen in spool.items().unwrap().items.iter().filter(|i| i.key == "s") {
                            spool.remove_item(seen).unwrap();
                        }
                    }
                });
            }
        });
        let found = spool.items().unwrap();
        assert_eq!((found.items.iter().filter(|i| i.key == "k").count(), found.broken.len()), (200, 0));
    }
}
