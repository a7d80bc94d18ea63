//! Many writers and pushers at once: everything arrives.

use std::rc::Rc;

use crate::calls::Started;
use crate::{Call, Ran, Repo, Sandbox, result};

/// A bare remote with one commit, and a clone of it.
fn shared() -> (Rc<Sandbox>, Repo, Repo) {
    let sandbox = Sandbox::new();
    let remote = sandbox.bare("remote");
    let first = sandbox.repo("first");
    for i in 0..5 {
        first.commit(&format!("c{i}"));
    }
    first.git(&format!("remote add origin {}", remote.path().display()));
    first.git("push --quiet origin main");
    (sandbox, remote, first)
}

fn count(r: &Repo) -> usize {
    r.noted().iter().map(|id| r.runs(id).len()).sum()
}

/// Runs the calls, at most `width` at once, each as soon as another one has ended.
fn at_once(width: usize, calls: impl Iterator<Item = Call>) -> Vec<Ran> {
    let (mut running, mut done): (Vec<Started>, _) = (Vec::new(), Vec::new());
    for call in calls {
        while running.len() >= width {
            match running.iter_mut().position(Started::ended) {
                Some(at) => done.push(running.swap_remove(at).wait().ok()),
                None => std::thread::sleep(std::time::Duration::from_millis(2)),
            }
        }
        running.push(call.start());
    }
    done.extend(running.into_iter().map(|started| started.wait().ok()));
    done
}

fn record(r: &Repo, words: &str, number: usize) -> Call {
    r.bench(&format!("record - {words}")).stdin(result(&[("parse", number as f64 + 0.5)]))
}

/// 20 processes at a time on five commits of one clone.
fn in_one_clone(records: usize) {
    let (_sandbox, _, r) = shared();
    at_once(20, (0..records).map(|i| record(&r, &format!("--commit HEAD~{}", i % 5), i)));
    assert_eq!(count(&r), records);
    assert_eq!(r.git("rev-parse refs/bench/seen"), r.git("rev-parse refs/notes/bench"));
    r.bench("fsck --payloads").run().ok().says(&format!("{records} payloads: 0 faults"));
    r.git("fsck --strict --no-dangling");
}

#[test]
fn twenty_writers_in_one_clone_lose_nothing() {
    in_one_clone(100);
}

#[test]
#[ignore = "takes a minute: cargo test --test cli -- --ignored writers"]
fn twenty_writers_of_fifty_records_lose_nothing() {
    in_one_clone(1000);
}

#[test]
fn ten_fresh_clones_that_record_and_push_at_once_lose_nothing() {
    let (sandbox, remote, _) = shared();
    let clones: Vec<Repo> = (0..10).map(|i| sandbox.clone_of(&remote, &format!("clone-{i}"), &[])).collect();
    let ran = at_once(10, clones.iter().enumerate().map(|(i, clone)| record(clone, "--push", i)));
    for ran in &ran {
        // None had to give up and leave its notes on a ref of their own: so it lost eight races at most.
        assert!(ran.err.contains("pushed the notes to 'origin'"), "{}", ran.told());
    }
    let reader = sandbox.clone_of(&remote, "reader", &[]);
    reader.bench("pull").run().ok();
    assert_eq!(count(&reader), 10);
    assert_eq!(remote.git("for-each-ref refs/notes/bench-incoming"), "");
    for one in clones.iter().chain([&remote, &reader]) {
        one.git("fsck --strict --no-dangling");
    }
}

#[test]
fn pushes_at_once_in_one_clone_take_nothing_from_each_other() {
    let (sandbox, remote, r) = shared();
    std::fs::create_dir(sandbox.path("store")).unwrap();
    r.git(&format!("config bench.store.shared.url file://{}", sandbox.path("store").display()));
    for round in 0..4 {
        at_once(4, (0..12).map(|i| record(&r, &format!("--commit HEAD~{}", i % 5), round * 12 + i)));
        // What one of them has sent and taken out of the spool is no loss to the others.
        at_once(6, (0..6).map(|_| r.bench("push")));
        assert_eq!(remote.git("rev-parse refs/notes/bench"), r.git("rev-parse refs/notes/bench"));
    }
    r.bench("fsck --payloads").run().ok().says("48 payloads: 0 faults");
}

/// Jobs of a CI, each in a checkout of depth 1 that never saw the notes, eight at a time; then the job of the base branch.
fn jobs(number: usize) {
    let (sandbox, remote, base) = shared();
    record(&base, "--push", number).run().ok();
    let calls = (0..number).map(|i| {
        let job = sandbox.clone_of(&remote, &format!("job-{i}"), &["--depth", "1"]);
        record(&job, "--push", i).env("CI", "true")
    });
    let ran = at_once(8, calls);
    let waiting = ran.iter().filter(|ran| ran.err.contains("refs/notes/bench-incoming/")).count();
    assert_eq!(waiting, number, "the remote has notes, and no job fetches them");
    assert_eq!(remote.git("for-each-ref refs/notes/bench-incoming").lines().count(), number);
    // What a recipe of the base branch ends in.
    base.bench("pull").run().ok().tells(&format!("{number} incoming"));
    base.bench("push").run().ok();
    assert_eq!(remote.git("for-each-ref refs/notes/bench-incoming"), "");
    let reader = sandbox.clone_of(&remote, "reader", &[]);
    reader.bench("pull").run().ok();
    assert_eq!(count(&reader), number + 1);
    remote.git("fsck --strict --no-dangling");
}

#[test]
fn ci_jobs_at_the_same_time_never_fail() {
    jobs(16);
}

#[test]
#[ignore = "takes a minute: cargo test --test cli -- --ignored writers"]
fn two_hundred_ci_jobs_lose_nothing() {
    jobs(200);
}
