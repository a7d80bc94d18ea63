//! Full and read-only file systems: the message names the cause, nothing is lost, and the second try succeeds.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;

use crate::{DATA, DONE, Ran, Repo, STORAGE, Sandbox, result};

/// A file system of its own in the sandbox. Let it go before the sandbox.
struct Disk {
    path: PathBuf,
}

impl Disk {
    /// Of so many KiB; none where we may not mount one.
    fn new(sandbox: &Sandbox, name: &str, kib: usize) -> Option<Self> {
        let path = sandbox.path(name);
        fs::create_dir(&path).unwrap();
        let size = format!("size={kib}k");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "none"]).arg(&path).output();
        if !mounted.is_ok_and(|ran| ran.status.success()) {
            crate::skipped("only root may mount a small tmpfs");
            return None;
        }
        Some(Self { path })
    }

    fn remount(&self, how: &str) {
        let ran = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&self.path).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }

    /// Takes all room but this.
    fn fill(&self, left: u64) {
        let mut filler = fs::File::create(self.path.join("filler")).unwrap();
        while filler.write_all(&[0; 4096]).is_ok() {}
        let all = filler.metadata().unwrap().len();
        filler.set_len(all.saturating_sub(left)).unwrap();
    }

    fn make_room(&self) {
        fs::remove_file(self.path.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.path).output();
    }
}

/// A remote with a run, a folder store beside it, and a clone on a small disk, its one commit measured.
fn project() -> Option<(Rc<Sandbox>, Repo, Repo, Disk)> {
    let sandbox = Sandbox::new();
    let disk = Disk::new(&sandbox, "disk", 4096)?;
    let remote = sandbox.bare("remote");
    let r = sandbox.repo("disk/work");
    r.git(&format!("remote add origin {}", remote.path().display()));
    fs::create_dir(sandbox.path("store")).unwrap();
    r.git(&format!("config bench.store.shared.url file://{}", sandbox.path("store").display()));
    r.measured("one", 1.0);
    r.git("push --quiet origin main");
    r.bench("push").run().ok();
    Some((sandbox, remote, r, disk))
}

/// It failed, said that the disk is full, and what to do.
#[track_caller]
fn says_full(ran: &Ran) {
    let said = ran.err.to_lowercase();
    let cause = said.contains("no space left") || said.contains("no space is left");
    // Of a ref git does not say why, only which file.
    let file = said.contains("couldn't write") && said.contains("hint: check the free space");
    assert!(cause || file, "{}", ran.told());
    assert!(matches!(ran.code, Some(DATA | STORAGE)) && ran.err.contains("hint: "), "{}", ran.told());
}

#[test]
fn a_record_on_a_disk_that_fills_at_any_step_is_refused_whole() {
    let Some((_sandbox, _, r, disk)) = project() else { return };
    let (mut kept, mut refused) = (1, 0);
    for pages in (0_u32..24).step_by(2) {
        let record = || r.bench("record -").stdin(result(&[("parse", f64::from(pages) + 2.0)]));
        disk.fill(u64::from(pages) * 4096);
        let ran = record().run();
        let there = r.runs("HEAD").len();
        disk.make_room();
        r.git("fsck --strict --no-dangling");
        if ran.code == Some(DONE) {
            assert_eq!(there, kept + 1, "{pages} pages: what was said to be kept is");
        } else {
            says_full(&ran);
            // The last step may have been the one that failed, with the note in place.
            assert!((kept..=kept + 1).contains(&there), "{pages} pages");
            refused += 1;
            record().run().ok();
        }
        kept += 1;
        assert_eq!(r.runs("HEAD").len(), kept, "{pages} pages: the second try succeeds, and is no second run");
    }
    assert!((2..12).contains(&refused), "{refused} of 12 were refused");
    r.bench("push").run().ok();
    r.bench("fsck --payloads").run().ok().says("13 payloads: 0 faults");
}

#[test]
fn many_records_on_a_full_disk_are_refused_whole() {
    let Some((_sandbox, _, r, disk)) = project() else { return };
    let many: Vec<_> = (0..300)
        .map(|i| {
            serde_json::json!({"platform": {"machine": "lab"}, "metadata": {"run_id": format!("r{i}")},
                                    "benchmarks": [{"name": "parse", "latency_ms": i + 2}]})
        })
        .collect();
    let many = serde_json::Value::from(many).to_string();
    for pages in [0, 4, 64, 256] {
        disk.fill(pages * 4096);
        let ran = r.bench("record -").stdin(many.clone()).run();
        says_full(&ran);
        disk.make_room();
        r.git("fsck --strict --no-dangling");
        assert_eq!(r.runs("HEAD").len(), 1, "{pages} pages");
    }
    r.bench("record -").stdin(many).run().ok();
    assert_eq!(r.runs("HEAD").len(), 301);
}

#[test]
fn a_pull_onto_a_full_disk_is_refused_and_the_next_succeeds() {
    let Some((sandbox, remote, r, disk)) = project() else { return };
    let other = sandbox.clone_of(&remote, "other", &[]);
    let mut told = 0;
    for pages in 0_u32..16 {
        other.bench("pull").run().ok();
        other.record(&[("parse", f64::from(pages) + 2.0)]);
        other.bench("push").run().ok();
        disk.fill(u64::from(pages) * 4096);
        let ran = r.bench("pull").run();
        disk.make_room();
        r.git("fsck --strict --no-dangling");
        if ran.code != Some(DONE) {
            says_full(&ran);
            told += 1;
            r.bench("pull").run().ok();
        }
        assert_eq!(r.runs("HEAD").len(), pages as usize + 2, "{pages} pages");
    }
    assert!((2..16).contains(&told), "{told} of 16 were refused");
}

#[test]
fn a_store_on_a_full_disk_keeps_the_notes_back() {
    let Some((sandbox, remote, r, disk)) = project() else { return };
    let other = sandbox.clone_of(&remote, "other", &[]);
    let store = sandbox.path("disk/store");
    fs::create_dir(&store).unwrap();
    other.git(&format!("config bench.store.small.url file://{}", store.display()));
    other.record(&[("parse", 5.0)]);
    let before = remote.git("rev-parse refs/notes/bench");
    disk.fill(0);
    let ran = other.bench("push").run();
    says_full(&ran);
    let ran = ran.code(STORAGE).tells("no note was pushed").hints("git bench push again");
    assert!(ran.err.contains("'small'"), "{}", ran.told());
    assert_eq!(remote.git("rev-parse refs/notes/bench"), before);
    disk.make_room();
    other.bench("push").run().ok().tells("stored 1 payload");
    other.bench("pull").run().ok();
    r.bench("pull").run().ok();
    assert_eq!(r.runs("HEAD").len(), 2);
}

#[test]
fn what_is_read_only_can_be_read_and_says_why_it_is_not_written() {
    let Some((sandbox, remote, r, disk)) = project() else { return };
    let other = sandbox.clone_of(&remote, "other", &[]);
    other.bench("pull").run().ok();
    other.record(&[("parse", 7.0)]);
    other.bench("push").run().ok();
    let before = r.state();
    disk.remount("ro");
    for words in ["show", "log", "status", "fsck", "show --payload", "check"] {
        let ran = r.bench(words).run();
        assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.told());
    }
    if cfg!(feature = "index") {
        r.bench("query --limit 3").run().ok().says("1 run");
    }
    let record = || r.bench("record -").stdin(result(&[("parse", 2.0)]));
    let drop = format!("drop {} --reason wrong", r.run("HEAD")["id"].as_str().unwrap());
    for ran in [record().run(), r.bench("pull").run(), r.bench(&drop).run()] {
        assert!(ran.err.contains("Read-only file system") && ran.err.contains("hint: "), "{}", ran.told());
        assert!(matches!(ran.code, Some(DATA | STORAGE)), "{}", ran.told());
    }
    disk.remount("rw");
    r.is_still(&before);
    r.git("fsck --strict --no-dangling");
    record().run().ok();
    r.bench("pull").run().ok();
    assert_eq!(r.runs("HEAD").len(), 3);
}

#[test]
fn a_store_that_is_read_only_is_a_readers() {
    let Some((sandbox, remote, _, disk)) = project() else { return };
    let other = sandbox.clone_of(&remote, "other", &[]);
    let store = sandbox.path("disk/store");
    fs::create_dir(&store).unwrap();
    other.git(&format!("config bench.store.small.url file://{}", store.display()));
    other.bench("pull").run().ok();
    disk.remount("ro");
    // Whoever only reads is well; who has something to send is not.
    other.bench("doctor").run().ok().says("store small: read").says("note  store small: write");
    other.record(&[("parse", 5.0)]);
    other.bench("doctor").run().code(DATA).says("bad   store small: write");
    let ran = other.bench("push").run().code(STORAGE).tells("no note was pushed");
    assert!(ran.err.contains("Read-only file system") || ran.err.contains("read-only"), "{}", ran.told());
    disk.remount("rw");
    other.bench("doctor").run().ok();
    other.bench("push").run().ok().tells("stored 1 payload");
}
