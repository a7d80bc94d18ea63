//! What only a folder has: links, permissions, a missing mount, processes that are killed.

use std::fs;
use std::path::Path;

use git_bench::payload::{Fault, Options, Payloads, Put, StoreSpec, fault, is_denied};
use git_bench::{Kind, Result};

use super::peers::object;

fn open(folder: &Path) -> Payloads {
    Payloads::open(&StoreSpec::folder("shared", folder), &Options::default()).unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.unwrap_err();
    assert_eq!((error.kind, fault(&error)), (Kind::Data, Some(Fault::Refused)), "{}", error.chain());
    assert!(error.message.contains("symbolic link"), "{}", error.message);
}

#[cfg(unix)]
#[test]
fn no_link_leads_out() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let (root, outside) = (dir.path().join("root"), dir.path().join("outside"));
    fs::create_dir_all(root.join("daily")).unwrap();
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret.json"), "secret").unwrap();
    symlink(&outside, root.join("out")).unwrap();
    symlink(outside.join("secret.json"), root.join("daily/link.json")).unwrap();
    symlink(outside.join("new.json"), root.join("daily/dangling.json")).unwrap();
    let store = open(&root);
    for key in ["out/secret.json", "daily/link.json", "daily/dangling.json", "out/new.json"] {
        refused(store.get(key, None, None));
        refused(store.put(&object(key, b"mine")));
        refused(store.overwrite(&object(key, b"mine")));
    }
    assert!(store.delete_all(&["out/secret.json".into()])[0].is_err());
    assert_eq!(store.list("").unwrap(), []);
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    assert_eq!(fs::read(outside.join("secret.json")).unwrap(), b"secret");
    // The link itself may go, what it names stays.
    assert!(store.delete_all(&["daily/link.json".into()])[0].is_ok());
    assert_eq!(fs::read(outside.join("secret.json")).unwrap(), b"secret");
    // The folder itself may be named by a link: whoever configured it chose so.
    symlink(&root, dir.path().join("alias")).unwrap();
    assert_eq!(open(&dir.path().join("alias")).put(&object("a/k.json", b"1")).unwrap(), Put::Created);
}

#[test]
fn half_written_files_are_nobodys_business() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.put(&object("daily/k.json", b"1")).unwrap();
    fs::write(dir.path().join("daily/.tmp-1-0"), "half").unwrap();
    assert_eq!(store.list("").unwrap().len(), 1);
    assert!(store.put(&object("daily/.tmp-1-0", b"1")).is_err());
    assert_eq!(store.put(&object("daily/other.json", b"2")).unwrap(), Put::Created);
    let names: Vec<_> = fs::read_dir(dir.path().join("daily")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn a_shared_folder_that_is_away_is_not_made() {
    let dir = tempfile::tempdir().unwrap();
    let away = dir.path().join("mnt/bench");
    let error = open(&away).put(&object("k.json", b"1")).unwrap_err();
    assert_eq!(fault(&error), Some(Fault::MissingBucket), "{}", error.chain());
    assert!(error.hints.iter().any(|h| h.starts_with("mkdir -p '")), "{:?}", error.hints);
    assert!(!away.exists());
    // One's own is.
    let own = Payloads::local("local", &away, &Options::default()).unwrap();
    assert_eq!(own.list("").unwrap(), []);
    assert_eq!(own.head("k.json").ok().flatten(), None);
    assert_eq!(own.put(&object("daily/k.json", b"1")).unwrap(), Put::Created);
    assert_eq!(own.get("daily/k.json", None, Some(1)).unwrap(), b"1");
}

#[test]
fn a_file_where_a_folder_should_be_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.put(&object("daily", b"1")).unwrap();
    let error = store.put(&object("daily/k.json", b"1")).unwrap_err();
    assert!(error.message.contains("is in the way"), "{}", error.message);
    fs::write(dir.path().join("plain"), "x").unwrap();
    let error = open(&dir.path().join("plain")).put(&object("k", b"1")).unwrap_err();
    assert_eq!(fault(&error), Some(Fault::MissingBucket), "{}", error.message);
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_that_cannot_be_written_is_denied() {
    // As root a mode stops nobody; the kernel's own folders stop root too.
    let error = open(Path::new("/proc/self")).put(&object("k.json", b"1")).unwrap_err();
    assert!(is_denied(&error) || fault(&error) == Some(Fault::Missing), "{}", error.chain());
    let error = open(Path::new("/sys")).put(&object("k.json", b"1")).unwrap_err();
    assert!(is_denied(&error), "{}", error.chain());
}

/// A file system of 64 KiB, where we may make one.
#[cfg(target_os = "linux")]
struct Small(tempfile::TempDir);

#[cfg(target_os = "linux")]
impl Small {
    fn new() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mount = ["-t", "tmpfs", "-o", "size=64k", "none"];
        let made = std::process::Command::new("mount").args(mount).arg(dir.path()).output();
        made.is_ok_and(|m| m.status.success()).then_some(Self(dir))
    }
}

#[cfg(target_os = "linux")]
impl Drop for Small {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).output();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_leaves_nothing_half() {
    use git_bench::payload::sha256_hex;
    use git_bench::payload::spool::{Item, Spool};
    // Only root may mount; elsewhere there is nothing to hold.
    let Some(small) = Small::new() else { return };
    let store = open(small.0.path());
    store.put(&object("daily/small.json", b"1")).unwrap();
    for result in [
        store.put(&object("daily/big.json", &[7; 100_000])).map(drop),
        store.overwrite(&object("daily/small.json", &[7; 100_000])),
    ] {
        let error = result.unwrap_err();
        assert_eq!((error.kind, fault(&error)), (Kind::Storage, Some(Fault::Full)), "{}", error.chain());
        assert!(error.message.contains("no space is left") && !error.hints.is_empty());
    }
    assert_eq!(store.list("").unwrap().len(), 1);
    assert_eq!(store.get("daily/small.json", None, None).unwrap(), b"1");
    assert_eq!(fs::read_dir(small.0.path().join("daily")).unwrap().count(), 1);

    let spool = Spool::at(small.0.path().join("spool"));
    let bytes = [7; 100_000];
    let item = Item { sha256: sha256_hex(&bytes), size: 100_000, key: "k.json".into(), ..Item::default() };
    let error = spool.add(&item, &bytes).unwrap_err();
    assert!(error.kind == Kind::Storage && error.message.contains("No space left"), "{}", error.message);
    assert_eq!(fs::read_dir(small.0.path().join("spool")).unwrap().count(), 0);
    // There is room again: the next try succeeds.
    let item = Item { sha256: sha256_hex(b"1"), size: 1, key: "k.json".into(), ..Item::default() };
    spool.add(&item, b"1").unwrap();
    assert_eq!(spool.items().unwrap().items.len(), 1);
}
