//! kill -9 at each step, and `git gc` beside us: nothing is lost, the repository is whole, and the next call finishes it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use crate::{Repo, Sandbox, collect, result};

const LATER: &str = "2099-01-01T00:00:00Z";

/// A remote, a clone and a folder store.
fn project() -> (Rc<Sandbox>, Repo, Repo) {
    let sandbox = Sandbox::new();
    let remote = sandbox.bare("remote");
    let r = sandbox.repo("work");
    r.git(&format!("remote add origin {}", remote.path().display()));
    fs::create_dir(sandbox.path("store")).unwrap();
    r.git(&format!("config bench.store.shared.url file://{}", sandbox.path("store").display()));
    r.commit("one");
    r.git("push --quiet origin main");
    (sandbox, remote, r)
}

/// A hook of the remote that says by a file that it was reached, and then waits until another one is there.
struct Gate {
    reached: PathBuf,
    open: PathBuf,
    hook: PathBuf,
}

impl Gate {
    fn new(remote: &Repo) -> Self {
        let at = |name: &str| remote.sandbox.path(name);
        let gate = Self { reached: at("reached"), open: at("open"), hook: remote.path().join("hooks/update") };
        fs::create_dir_all(gate.hook.parent().unwrap()).unwrap();
        let (reached, open) = (gate.reached.display(), gate.open.display());
        let script = format!("#!/bin/sh\ntouch '{reached}'\nwhile [ ! -e '{open}' ]; do sleep 0.02; done\nexit 1\n");
        fs::write(&gate.hook, script).unwrap();
        fs::set_permissions(&gate.hook, fs::Permissions::from_mode(0o755)).unwrap();
        gate
    }

    /// Waits until the hook runs.
    fn wait(&self) {
        for _ in 0..1500 {
            if self.reached.exists() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the hook was never reached");
    }

    /// Refuses what waits, and is no more.
    fn end(self) {
        fs::remove_file(&self.hook).unwrap();
        fs::write(&self.open, "").unwrap();
    }
}

fn stored(sandbox: &Sandbox) -> usize {
    let mut found = std::collections::BTreeMap::new();
    collect(&sandbox.path("store"), "", &mut found);
    // What a killed upload has half written is nobody's business.
    found.keys().filter(|key| !key.contains("/.tmp-")).count()
}

fn record(r: &Repo, ms: f64, time: &str) {
    r.bench("record -").stdin(result(&[("parse", ms)])).at(time).run().ok();
}

#[test]
fn a_push_that_dies_before_the_notes_are_in_is_finished_by_the_next() {
    let (sandbox, remote, r) = project();
    record(&r, 1.0, "2024-01-01T00:00:00Z");
    let gate = Gate::new(&remote);
    let push = r.bench("push").start();
    gate.wait();
    push.kill();
    assert_eq!(stored(&sandbox), 1, "the payload is there before the note");
    assert_eq!(remote.git("for-each-ref refs/notes"), "");
    gate.end();
    r.bench("push").run().ok().tells("pushed the notes");
    assert_eq!(remote.git("rev-parse refs/notes/bench"), r.git("rev-parse refs/notes/bench"));
    r.bench("fsck --payloads").run().ok().says("1 payloads: 0 faults");
    for one in [&r, &remote] {
        one.git("fsck --strict --no-dangling");
    }
}

#[test]
fn a_prune_that_dies_at_either_push_is_finished_by_the_next() {
    for second in [false, true] {
        let (sandbox, remote, r) = project();
        record(&r, 1.0, "2024-01-01T00:00:00Z");
        record(&r, 2.0, "2024-03-01T00:00:00Z");
        r.bench("push").run().ok();
        let words = "prune --older-than 2024-02-01";
        if second {
            // The drops are in, and the payload stays for the grace: the next prune has all the rest to do.
            r.bench(words).without("GIT_BENCH_NOW").run().ok().says("within the grace");
        }
        let gate = Gate::new(&remote);
        let prune = r.bench(words).at(LATER).start();
        gate.wait();
        prune.kill();
        assert_eq!(stored(&sandbox), if second { 1 } else { 2 }, "no payload goes before its drop is shared");
        gate.end();
        r.bench(words).at(LATER).run().ok();
        assert_eq!(stored(&sandbox), 1);
        assert_eq!((r.lines("HEAD", "run").len(), r.lines("HEAD", "drop").len()), (1, 1));
        r.bench("push").run().ok();
        assert_eq!(remote.git("rev-parse refs/notes/bench"), r.git("rev-parse refs/notes/bench"));
        r.bench("fsck --payloads").run().ok();
        r.git("fsck --strict --no-dangling");
    }
}

#[test]
fn a_record_that_dies_anywhere_loses_nothing_that_was_said_to_be_kept() {
    let (_sandbox, _, r) = project();
    let mut kept = 0;
    for step in 0_u32..24 {
        let call = r.bench("record -").stdin(result(&[("parse", f64::from(step) + 1.0)]));
        let started = call.start();
        std::thread::sleep(Duration::from_millis(u64::from(step) * 3));
        started.kill();
        // What it had written, it had written whole.
        let before = r.runs("HEAD").len();
        assert!(before <= kept + 1, "step {step}");
        r.bench("record -").stdin(result(&[("parse", f64::from(step) + 1.0)])).run().ok();
        kept += 1;
        assert_eq!(r.runs("HEAD").len(), kept, "step {step}: the second try succeeds, and is no second run");
    }
    r.bench("push").run().ok();
    r.bench("fsck --payloads").run().ok().says("24 payloads: 0 faults");
    r.git("fsck --strict --no-dangling");
}

#[test]
fn a_push_that_dies_anywhere_is_finished_by_the_next() {
    let (sandbox, remote, r) = project();
    let mut recorded = 0;
    for step in 0_u64..16 {
        for _ in 0..3 {
            recorded += 1;
            record(&r, recorded as f64, "2024-01-01T00:00:00Z");
        }
        let push = r.bench("push").start();
        std::thread::sleep(Duration::from_millis(step * 8));
        // By -9 and by Ctrl-C in turn.
        if step % 2 == 0 {
            push.kill()
        } else {
            drop(push.interrupt())
        }
        assert_eq!(r.runs("HEAD").len(), recorded, "step {step}");
        // A git that goes on by itself may still hold the remote's ref; that is said, and the next try succeeds.
        let again = || r.bench("push").run();
        let tries: Vec<_> = std::iter::repeat_with(again).take(50).take_while(|ran| ran.code != Some(0)).collect();
        assert!(tries.len() < 50 && tries.iter().all(|ran| ran.err.contains("error: ")), "step {step}");
        assert_eq!(remote.git("rev-parse refs/notes/bench"), r.git("rev-parse refs/notes/bench"), "step {step}");
        assert_eq!(stored(&sandbox), recorded, "step {step}: each payload once");
    }
    r.bench("fsck --payloads").run().ok().says("48 payloads: 0 faults");
    for one in [&r, &remote] {
        one.git("fsck --strict --no-dangling");
    }
}

#[test]
fn a_prune_that_dies_anywhere_is_finished_by_the_next() {
    for step in 0_u64..12 {
        let (sandbox, remote, r) = project();
        for i in 0..4 {
            record(&r, f64::from(i) + 1.0, if i == 0 { "2024-03-01T00:00:00Z" } else { "2024-01-01T00:00:00Z" });
        }
        r.bench("push").run().ok();
        let words = "prune --older-than 2024-02-01";
        let prune = r.bench(words).at(LATER).start();
        std::thread::sleep(Duration::from_millis(step * 20));
        if step % 2 == 0 {
            prune.kill()
        } else {
            drop(prune.interrupt())
        }
        let again = || r.bench(words).at(LATER).run();
        let tries: Vec<_> = std::iter::repeat_with(again).take(50).take_while(|ran| ran.code != Some(0)).collect();
        assert!(tries.len() < 50 && tries.iter().all(|ran| ran.err.contains("error: ")), "step {step}");
        assert_eq!((r.lines("HEAD", "run").len(), stored(&sandbox)), (1, 1), "step {step}");
        r.bench("push").run().ok();
        assert_eq!(remote.git("rev-parse refs/notes/bench"), r.git("rev-parse refs/notes/bench"));
        r.bench("fsck --payloads").run().ok();
        r.git("fsck --strict --no-dangling");
    }
}

#[test]
fn ctrl_c_while_the_remote_works_leaves_a_push_that_the_next_finishes() {
    let (sandbox, remote, r) = project();
    record(&r, 1.0, "2024-01-01T00:00:00Z");
    let gate = Gate::new(&remote);
    let push = r.bench("push").start();
    gate.wait();
    assert_eq!(push.interrupt().code, None, "a signal ends it at once");
    assert_eq!(stored(&sandbox), 1);
    gate.end();
    r.bench("push").run().ok().tells("pushed the notes");
    for one in [&r, &remote] {
        one.git("fsck --strict --no-dangling");
    }
}

#[test]
fn a_pull_that_dies_anywhere_is_finished_by_the_next() {
    let (sandbox, remote, r) = project();
    record(&r, 1.0, "2024-01-01T00:00:00Z");
    r.bench("push").run().ok();
    for step in 0_u64..10 {
        let clone = sandbox.clone_of(&remote, &format!("clone-{step}"), &[]);
        clone.record(&[("parse", 7.0)]);
        let pull = clone.bench("pull").start();
        std::thread::sleep(Duration::from_millis(step * 6));
        pull.kill();
        // A fetch that goes on by itself may still hold a lock; that is said, and the next try succeeds.
        let again = || clone.bench("pull").run();
        let tries: Vec<_> = std::iter::repeat_with(again).take(50).take_while(|ran| ran.code != Some(0)).collect();
        assert!(tries.len() < 50 && tries.iter().all(|ran| ran.err.contains("error: ")), "step {step}");
        assert_eq!(clone.runs("HEAD").len(), 2, "step {step}");
        clone.git("fsck --strict --no-dangling");
    }
}

#[test]
fn pushes_beside_git_gc_lose_nothing() {
    let (sandbox, remote, r) = project();
    record(&r, 1.0, "2024-01-01T00:00:00Z");
    r.bench("push").run().ok();
    let clones: Vec<Repo> = (0..3).map(|i| sandbox.clone_of(&remote, &format!("clone-{i}"), &[])).collect();
    for round in 0..4 {
        let collectors: Vec<_> = clones
            .iter()
            .chain([&remote])
            .map(|one| {
                let mut git = sandbox.command("git");
                git.current_dir(one.path()).args(["gc", "--quiet", "--force"]).spawn().unwrap()
            })
            .collect();
        let pushes: Vec<_> = clones
            .iter()
            .enumerate()
            .map(|(i, clone)| {
                let ms = f64::from(round * 10) + i as f64 + 2.0;
                clone.bench("record - --push --platform machine=lab").stdin(result(&[("parse", ms)])).start()
            })
            .collect();
        for push in pushes {
            push.wait().ok();
        }
        for mut collector in collectors {
            collector.wait().unwrap();
        }
    }
    r.bench("pull").run().ok();
    assert_eq!(r.runs("HEAD").len(), 13);
    for one in clones.iter().chain([&r, &remote]) {
        one.git("fsck --strict --no-dangling");
    }
}
