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
