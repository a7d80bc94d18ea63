//! A store in a folder: `file://` and the local store.
//!
//! Written by std and not by object_store's `LocalFileSystem`, which follows symbolic links out of the folder, overwrites
//! through them, and fails where the file system has no hard links.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use super::Listed;
use super::fault::{Again, Fault, Trouble};
use super::place::TEMPORARY;

/// One folder. Nothing outside is read or written: links below it are refused.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Whether a missing folder is made on the first write; a shared one is not, it may be a mount that is away.
    make: bool,
}

type Outcome<T> = Result<T, Trouble>;

static COUNTER: AtomicU64 = AtomicU64::new(0);

impl Folder {
    pub fn new(root: PathBuf, make: bool) -> Self {
        Self { root, make }
    }

    fn root(&self) -> Outcome<()> {
        match fs::metadata(&self.root) {
            Ok(data) if data.is_dir() => Ok(()),
            Ok(_) => Err(self.missing("is no folder")),
            Err(e) if e.kind() == ErrorKind::NotFound => Err(self.missing("is not there")),
            Err(e) => Err(trouble(&e)),
        }
    }

    fn missing(&self, why: &str) -> Trouble {
        let path = self.root.display();
        Trouble::new(Fault::MissingBucket, format!("the folder '{path}' {why}")).hint(format!("mkdir -p '{path}'"))
    }

    /// The file of a key (checked before). Each folder on the way must be a real one.
    fn file(&self, key: &str, make: bool) -> Outcome<PathBuf> {
        if make && self.make {
            fs::create_dir_all(&self.root).map_err(|e| trouble(&e))?;
        }
        self.root()?;
        let mut path = self.root.clone();
        let (parents, name) = key.rsplit_once('/').map_or((None, key), |(p, n)| (Some(p), n));
        for part in parents.into_iter().flat_map(|p| p.split('/')) {
            path.push(part);
            match fs::symlink_metadata(&path) {
                Ok(data) if data.is_dir() => {}
                Ok(data) => return Err(in_the_way(&path, data.is_symlink())),
                Err(e) if e.kind() == ErrorKind::NotFound && make => match fs::create_dir(&path) {
                    Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(trouble(&e)),
                    _ => {}
                },
                Err(e) => return Err(trouble(&e)),
            }
        }
        path.push(name);
        Ok(path)
    }

    /// Size of the file under a key; what is no plain file is refused.
    pub fn size(&self, key: &str) -> Outcome<u64> {
        let path = self.file(key, false)?;
        match fs::symlink_metadata(&path) {
            Ok(data) if data.is_file() => Ok(data.len()),
            Ok(data) => Err(in_the_way(&path, data.is_symlink())),
            Err(e) => Err(trouble(&e)),
        }
    }

    /// The bytes under a key, at most `limit`.
    pub fn read(&self, key: &str, limit: u64) -> Outcome<Vec<u8>> {
        let size = self.size(key)?;
        if size > limit {
            return Err(super::transfer::too_large(size, limit));
        }
        let path = self.file(key, false)?;
        let file = File::open(&path).map_err(|e| trouble(&e))?;
        same_file(&file, &path)?;
        let mut bytes = Vec::with_capacity(size.min(1 << 24) as usize);
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| trouble(&e))?;
        Ok(bytes)
    }

    /// Writes the bytes unless something is there: `false` where it is. Of many writers one wins.
    pub fn create(&self, key: &str, bytes: &[u8]) -> Outcome<bool> {
        let path = self.file(key, true)?;
        match fs::symlink_metadata(&path) {
            Ok(data) if data.is_file() => return Ok(false),
            Ok(data) => return Err(in_the_way(&path, data.is_symlink())),
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(trouble(&e)),
        }
        let temporary = Temporary::write(&path, bytes)?;
        match fs::hard_link(&temporary.0, &path) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(false),
            // The folder went, or there is no space for the name.
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::StorageFull) => Err(trouble(&e)),
            Err(_) => without_links(&temporary, &path),
        }
    }

    /// Writes the bytes over whatever file is there, at once.
    pub fn overwrite(&self, key: &str, bytes: &[u8]) -> Outcome<()> {
        let path = self.file(key, true)?;
        match fs::symlink_metadata(&path) {
            Ok(data) if !data.is_file() => return Err(in_the_way(&path, data.is_symlink())),
            _ => {}
        }
        let temporary = Temporary::write(&path, bytes)?;
        fs::rename(&temporary.0, &path).map_err(|e| trouble(&e))
    }

    /// Removes the file; none there is fine.
    pub fn delete(&self, key: &str) -> Outcome<()> {
        let gone = self.file(key, false).and_then(|path| match fs::symlink_metadata(&path) {
            Ok(data) if data.is_dir() => Err(in_the_way(&path, false)),
            _ => fs::remove_file(&path).map_err(|e| trouble(&e)),
        });
        match gone {
            Err(e) if e.fault == Fault::Missing => Ok(()),
            other => other,
        }
    }

    /// Every file whose key begins with `prefix`, in no order. Links and half-written files are not listed.
    pub fn list(&self, prefix: &str) -> Outcome<Vec<Listed>> {
        match self.root() {
            Err(e) if self.make && e.fault == Fault::MissingBucket => return Ok(Vec::new()),
            other => other?,
        }
        let mut found = Vec::new();
        // Only the folders on the way to the prefix, and those below it.
        let mut open = vec![String::new()];
        while let Some(dir) = open.pop() {
            let path = if dir.is_empty() { self.root.clone() } else { self.root.join(&dir) };
            let entries = match fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(e) if e.kind() == ErrorKind::NotFound => continue,
                Err(e) => return Err(trouble(&e)),
            };
            for entry in entries {
                let entry = entry.map_err(|e| trouble(&e))?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                if name.starts_with(TEMPORARY) {
                    continue;
                }
                let key = if dir.is_empty() { name } else { format!("{dir}/{name}") };
                // Does not follow links, and costs no call of its own on most systems.
                let Ok(kind) = entry.file_type() else { continue };
                if kind.is_dir() {
                    let below = format!("{key}/");
                    if below.starts_with(prefix) || prefix.starts_with(&below) {
                        open.push(key);
                    }
                } else if kind.is_file() && key.starts_with(prefix) {
                    let Ok(data) = entry.metadata() else { continue };
                    let modified = data.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
                    found.push(Listed { key, size: data.len(), modified: modified.map_or(0, |d| d.as_secs() as i64) });
                }
            }
        }
        Ok(found)
    }
}

/// A file that is removed again unless it was renamed.
struct Temporary(PathBuf);

impl Temporary {
    fn write(beside: &Path, bytes: &[u8]) -> Outcome<Self> {
        let folder = beside.parent().unwrap_or(Path::new("."));
        let (mut file, temporary) = loop {
            let n = COUNTER.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("{TEMPORARY}{}-{n}", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => break (file, Temporary(path)),
                // Left by a process of the same number, or another machine's on a shared disk.
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
                Err(e) => return Err(trouble(&e)),
            }
        };
        file.write_all(bytes).map_err(|e| trouble(&e))?;
        Ok(temporary)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Create-if-absent where there are no hard links (exFAT, some network shares): a lock file decides who may rename.
fn without_links(temporary: &Temporary, path: &Path) -> Outcome<bool> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let lock = path.with_file_name(format!("{TEMPORARY}lock-{name}"));
    match OpenOptions::new().write(true).create_new(true).open(&lock) {
        Ok(_) => {}
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            // A lock is held for one rename; one much older than our own fresh file is of a writer that died.
            let written = |path: &Path| fs::metadata(path).and_then(|m| m.modified()).ok();
            let age = written(&temporary.0).zip(written(&lock)).and_then(|(now, then)| now.duration_since(then).ok());
            if age.is_some_and(|a| a > Duration::from_secs(10)) {
                let _ = fs::remove_file(&lock);
            }
            return Err(Trouble::new(Fault::Busy, "another writer holds this key").again(Again::Yes));
        }
        Err(e) => return Err(trouble(&e)),
    }
    let lock = Temporary(lock);
    let outcome = match fs::symlink_metadata(path) {
        Ok(_) => Ok(false),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            fs::rename(&temporary.0, path).map(|()| true).map_err(|e| trouble(&e))
        }
        Err(e) => Err(trouble(&e)),
    };
    drop(lock);
    outcome
}

/// The file that was opened is the one that was looked at, and no link came between.
#[cfg(unix)]
fn same_file(file: &File, path: &Path) -> Outcome<()> {
    use std::os::unix::fs::MetadataExt;
    let opened = file.metadata().map_err(|e| trouble(&e))?;
    let seen = fs::symlink_metadata(path).map_err(|e| trouble(&e))?;
    if seen.is_file() && (opened.dev(), opened.ino()) == (seen.dev(), seen.ino()) {
        return Ok(());
    }
    Err(in_the_way(path, seen.is_symlink()))
}

#[cfg(not(unix))]
fn same_file(_: &File, path: &Path) -> Outcome<()> {
    let seen = fs::symlink_metadata(path).map_err(|e| trouble(&e))?;
    if seen.is_file() { Ok(()) } else { Err(in_the_way(path, seen.is_symlink())) }
}

fn in_the_way(path: &Path, link: bool) -> Trouble {
    let what = if link { "is a symbolic link, and none is followed" } else { "is in the way" };
    Trouble::new(Fault::Refused, format!("'{}' {what}", path.display()))
}

fn trouble(error: &io::Error) -> Trouble {
    let said = error.to_string();
    match error.kind() {
        ErrorKind::NotFound => Trouble::new(Fault::Missing, "it is not there"),
        ErrorKind::PermissionDenied => {
            Trouble::new(Fault::Denied, "no permission").hint("check the owner and mode of the folder with 'ls -ld'")
        }
        ErrorKind::ReadOnlyFilesystem => Trouble::new(Fault::Denied, "the file system is read-only")
            .hint("mount it writable: 'mount' shows how it is"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Trouble::new(Fault::Full, "no space is left on the device").hint("make room, then run the command again")
        }
        ErrorKind::Interrupted => Trouble::new(Fault::Broken, &*said).again(Again::Yes),
        _ => Trouble::new(Fault::Other, &*said),
    }
    .said(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_hard_links_one_of_many_still_wins() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k.json");
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let path = &path;
            let writers: Vec<_> = (0..16)
                .map(|n| {
                    scope.spawn(move || {
                        loop {
                            let temporary = Temporary::write(path, format!("writer {n}").as_bytes()).unwrap();
                            match without_links(&temporary, path) {
                                Err(t) if t.again == Again::Yes => std::thread::yield_now(),
                                outcome => return outcome.unwrap(),
                            }
                        }
                    })
                })
                .collect();
            writers.into_iter().map(|w| w.join().unwrap()).collect()
        });
        let winner = outcomes.iter().position(|&won| won).unwrap();
        assert_eq!(outcomes.iter().filter(|&&won| won).count(), 1);
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("writer {winner}"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no lock and no half-written file stays");
    }

    #[test]
    fn the_lock_of_a_dead_writer_is_broken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k.json");
        let lock = File::create(dir.path().join(format!("{TEMPORARY}lock-k.json"))).unwrap();
        let temporary = Temporary::write(&path, b"mine").unwrap();
        assert_eq!(without_links(&temporary, &path).unwrap_err().again, Again::Yes);
        lock.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(without_links(&temporary, &path).unwrap_err().again, Again::Yes);
        assert!(without_links(&temporary, &path).unwrap());
    }
}
