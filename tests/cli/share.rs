//! `push`, `pull`, `status`: nothing is lost between clones, whoever is first.

use std::rc::Rc;

use serde_json::Value;

use crate::{Repo, STORAGE, Sandbox, USAGE, result};

/// A bare remote with one commit, and clones of it.
fn shared(clones: &[&str]) -> (Rc<Sandbox>, Repo, Vec<Repo>) {
    let sandbox = Sandbox::new();
    let remote = sandbox.bare("remote");
    let first = sandbox.repo("first");
    first.commit("one");
    first.git(&format!("push --quiet {} main", remote.path().display()));
    let made = clones.iter().map(|name| sandbox.clone_of(&remote, name, &[])).collect();
    (sandbox, remote, made)
}

fn count(r: &Repo) -> usize {
    r.noted().iter().map(|id| r.runs(id).len()).sum()
}

fn status(r: &Repo) -> Value {
    r.bench("status --format json").run().ok().json()
}

fn record(r: &Repo, ms: f64) {
    r.record(&[("parse", ms)]);
}

#[test]
fn what_one_clone_pushes_another_pulls() {
    let (_sandbox, _, clones) = shared(&["a", "b"]);
    let [a, b] = &clones[..] else { unreachable!() };
    a.bench("record -").stdin(result(&[("parse", 1.0)])).run().ok().hints("git bench push");
    assert_eq!(status(a)["ahead"], 2);
    a.bench("push").run().ok().tells("pushed the notes to 'origin'");
    assert_eq!(status(a)["ahead"], 0);
    a.bench("push").run().ok().tells("'origin' is up to date");
    b.bench("pull").run().ok().tells("merged the notes of 'origin'");
    assert_eq!(b.git("rev-parse refs/notes/bench"), a.git("rev-parse refs/notes/bench"), "a fast-forward");
    b.bench("pull").run().ok().tells("already up to date");
    b.bench("show").run().ok().says("1 ms");
}

#[test]
fn record_pushes_when_asked() {
    let (_sandbox, remote, clones) = shared(&["a"]);
    clones[0].bench("record - --push").stdin(result(&[("parse", 1.0)])).run().ok().tells("pushed the notes");
    assert_ne!(remote.git("for-each-ref refs/notes/bench"), "");
}

#[test]
fn two_clones_that_start_from_nothing_lose_nothing() {
    let (_sandbox, _, clones) = shared(&["a", "b"]);
    let [a, b] = &clones[..] else { unreachable!() };
    record(a, 1.0);
    record(b, 2.0);
    a.bench("push").run().ok();
    b.bench("push").run().ok().tells("merged with those of others");
    a.bench("pull").run().ok();
    assert_eq!((count(a), count(b)), (2, 2));
    assert_eq!(a.git("rev-parse refs/notes/bench^{tree}"), b.git("rev-parse refs/notes/bench^{tree}"));
    // And once more, now that both know each other.
    record(a, 3.0);
    record(b, 4.0);
    b.bench("push").run().ok();
    a.bench("push").run().ok();
    b.bench("pull").run().ok();
    assert_eq!((count(a), count(b)), (4, 4));
    b.git("fsck --strict --no-dangling");
    assert_eq!(b.git("log --merges --oneline refs/notes/bench").lines().count(), 2);
}

#[test]
fn pushers_at_the_same_time_lose_nothing() {
    let (sandbox, remote, clones) = shared(&["a", "b", "c", "d"]);
    for (i, clone) in clones.iter().enumerate() {
        record(clone, i as f64 + 1.0);
    }
    let pushes: Vec<_> = clones.iter().map(|clone| clone.bench("push").start()).collect();
    for push in pushes {
        push.wait().ok();
    }
    let reader = sandbox.clone_of(&remote, "reader", &[]);
    reader.bench("pull").run().ok();
    assert_eq!(count(&reader), 4);
}

#[test]
fn status_tells_what_is_pending_on_both_sides() {
    let (_sandbox, _, clones) = shared(&["a", "b"]);
    let [a, b] = &clones[..] else { unreachable!() };
    a.bench("status").run().ok().says("nothing is recorded here yet");
    record(a, 1.0);
    a.bench("status").run().ok().says("never fetched from or pushed to 'origin'").hints("git bench push");
    a.bench("push").run().ok();
    a.bench("status").run().ok().says("up to date with 'origin'");
    b.bench("pull").run().ok();
    record(b, 2.0);
    b.bench("push").run().ok();
    a.git("fetch --quiet origin +refs/notes/bench:refs/bench/remotes/origin/notes/bench");
    let told = status(a);
    assert_eq!((told["ahead"].as_u64(), told["behind"].as_u64()), (Some(0), Some(1)), "{told:#}");
    a.bench("status").run().ok().says("1 note of 'origin' is not merged").hints("git bench pull");
    a.bench("push").run().ok();
    a.bench("pull").run().ok();
    assert_eq!(count(a), 2);
}

#[test]
fn an_incoming_ref_is_merged_by_pull_and_deleted_by_push() {
    let (_sandbox, remote, clones) = shared(&["job", "main"]);
    let [job, main] = &clones[..] else { unreachable!() };
    record(main, 1.0);
    main.bench("push").run().ok();
    record(job, 2.0);
    job.bench("push --incoming").run().ok().tells("refs/notes/bench-incoming/");
    let incoming = || remote.git("for-each-ref --format=%(refname) refs/notes/bench-incoming");
    assert_eq!(incoming().lines().count(), 1);
    main.bench("pull").run().ok().tells("1 incoming").hints("git bench push");
    assert_eq!(status(main)["incoming"], 1);
    assert_eq!(count(main), 2);
    assert_eq!(incoming().lines().count(), 1, "pull never writes to the remote");
    main.bench("push").run().ok();
    assert_eq!(incoming(), "");
    assert_eq!(status(main)["incoming"], 0);
    job.bench("pull").run().ok();
    assert_eq!(count(job), 2);
}

#[test]
fn a_ci_clone_that_never_had_the_notes_pushes_without_fetching_them() {
    let (sandbox, remote, clones) = shared(&["main"]);
    record(&clones[0], 1.0);
    clones[0].bench("push").run().ok();
    let job = sandbox.clone_of(&remote, "job", &["--depth", "1"]);
    record(&job, 2.0);
    job.bench("push").env("CI", "true").run().ok().tells("refs/notes/bench-incoming/");
    assert_eq!(job.git("for-each-ref refs/bench/remotes"), "", "nothing was fetched");
    clones[0].bench("pull").run().ok();
    assert_eq!(count(&clones[0]), 2);
}

#[test]
fn a_shallow_clone_stays_shallow_and_gets_every_note() {
    let (sandbox, remote, clones) = shared(&["a"]);
    let a = &clones[0];
    for i in 0..5 {
        a.measured(&format!("c{i}"), f64::from(i));
    }
    a.git("push --quiet origin main");
    a.bench("push").run().ok();
    let shallow = sandbox.clone_of(&remote, "shallow", &["--depth", "2"]);
    shallow.bench("pull").run().ok();
    assert_eq!(count(&shallow), 5);
    assert_eq!(shallow.git("rev-list --count HEAD"), "2", "no history came with the notes");
    assert_eq!(shallow.git("rev-list --count refs/notes/bench"), "1", "nor that of the notes");
    // What it adds is merged without a merge base.
    record(&shallow, 9.0);
    a.bench("record - --suite more").stdin(result(&[("parse", 8.0)])).run().ok();
    a.bench("push").run().ok();
    shallow.bench("push").run().ok();
    a.bench("pull").run().ok();
    assert_eq!(count(a), 7);
    assert_eq!(shallow.git("rev-list --count HEAD"), "2");
}

#[test]
fn a_partial_clone_gets_its_notes_whole() {
    let (sandbox, remote, clones) = shared(&["a"]);
    record(&clones[0], 1.0);
    clones[0].bench("push").run().ok();
    remote.git("config uploadpack.allowFilter true");
    let partial = sandbox.clone_of(&remote, "partial", &["--filter=blob:none"]);
    partial.bench("pull").run().ok();
    partial.git("remote set-url origin /nowhere");
    partial.bench("show").run().ok().says("1 ms");
    partial.bench("fsck").run().ok();
}

#[test]
fn lines_that_only_the_remote_lost_are_put_back_by_the_next_push() {
    let (_sandbox, remote, clones) = shared(&["a", "b"]);
    let [a, b] = &clones[..] else { unreachable!() };
    record(a, 1.0);
    a.bench("push").run().ok();
    b.bench("pull").run().ok();
    // Somebody forces notes of their own over ours.
    b.git("update-ref -d refs/notes/bench");
    b.git_words(&["notes", "--ref=bench", "add", "-m", "mine", "HEAD"]);
    b.git("push --quiet --force origin refs/notes/bench");
    a.bench("pull").run().ok();
    assert_eq!(count(a), 1);
    assert!(a.note("HEAD").contains(&"mine".to_owned()));
    a.bench("push").run().ok();
    b.bench("pull").run().ok();
    assert_eq!(count(b), 1);
    assert!(remote.git("log --oneline refs/notes/bench").lines().count() >= 2);
}

#[test]
fn newer_lines_travel_byte_for_byte() {
    let (_sandbox, _, clones) = shared(&["a", "b"]);
    let [a, b] = &clones[..] else { unreachable!() };
    let newer = r#"{"v":2,"kind":"run","id":"x","shape":[1,2]}"#;
    record(a, 1.0);
    a.git_words(&["notes", "--ref=bench", "append", "-m", newer]);
    record(b, 2.0);
    a.bench("push").run().ok();
    b.bench("push").run().ok();
    assert!(b.note("HEAD").contains(&newer.to_owned()), "{:?}", b.note("HEAD"));
    assert_eq!(count(b), 2);
}

#[test]
fn the_remote_is_the_named_the_configured_or_origin() {
    let (sandbox, remote, clones) = shared(&["a"]);
    let a = &clones[0];
    let other = sandbox.bare("other");
    record(a, 1.0);
    a.git(&format!("remote add backup {}", other.path().display()));
    a.bench("push backup").run().ok().tells("'backup'");
    assert_eq!(remote.git("for-each-ref refs/notes"), "");
    a.git("config bench.remote backup");
    a.bench("push").run().ok().tells("'backup' is up to date");
    a.git("config --unset bench.remote");
    a.bench("push").run().ok().tells("'origin'");
    a.git("remote rename origin upstream");
    a.git("config --unset branch.main.remote");
    a.bench("push").run().fails(USAGE, "which remote? there are backup, upstream").hints("git bench push REMOTE");
}

#[test]
fn a_remote_may_be_a_url_or_a_path() {
    let (_sandbox, remote, clones) = shared(&["a", "b"]);
    let path = remote.path().display().to_string();
    for (i, (clone, place)) in clones.iter().zip([format!("file://{path}"), path]).enumerate() {
        record(clone, i as f64 + 1.0);
        clone.bench("push").arg(&place).run().ok().tells("pushed the notes");
        clone.bench("push").arg(&place).run().ok().tells("is up to date");
        clone.bench("pull").arg(&place).run().ok();
        let refs = clone.git("for-each-ref --format=%(refname) refs/bench/remotes");
        assert!(refs.starts_with("refs/bench/remotes/url-") && !refs.contains("remote/"), "{refs}");
        clone.git("fsck --strict --no-dangling");
    }
    assert_eq!((count(&clones[0]), count(&clones[1])), (1, 2));
}

#[test]
fn a_remote_that_hangs_is_given_up_as_git_is_configured() {
    let (_sandbox, remote, clones) = shared(&["a"]);
    let a = &clones[0];
    record(a, 1.0);
    // Takes connections and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    a.git(&format!("remote set-url origin http://127.0.0.1:{port}/repo.git"));
    a.git("config http.lowSpeedLimit 1");
    a.git("config http.lowSpeedTime 1");
    for words in ["push", "pull"] {
        let ran = a.bench(words).env("NO_PROXY", "127.0.0.1").run().code(STORAGE).hints("git ls-remote origin");
        if ran.err.contains("remote-http") || ran.err.contains("remote helper") {
            crate::skipped("this git does not speak http");
            return;
        }
        assert!(ran.err.contains("127.0.0.1"), "{}", ran.told());
    }
    a.git(&format!("remote set-url origin {}", remote.path().display()));
    a.bench("push").run().ok().tells("pushed the notes");
    a.git("fsck --strict --no-dangling");
}

#[test]
fn a_remote_that_cannot_be_reached_or_refuses_is_code_5() {
    let (sandbox, remote, clones) = shared(&["a"]);
    let a = &clones[0];
    record(a, 1.0);
    let hook = remote.path().join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\necho notes are forbidden here >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    a.bench("push").run().fails(STORAGE, "'origin' refuses 'refs/notes/bench'").hints("bench.ref");
    a.git(&format!("remote set-url origin {}", sandbox.path("nowhere").display()));
    a.bench("push").run().code(STORAGE).hints("git ls-remote origin");
    a.bench("pull").run().fails(STORAGE, "cannot fetch from 'origin'");
    assert_eq!(count(a), 1, "what was recorded stays");
}

#[test]
fn a_remote_without_notes_is_no_error() {
    let (_sandbox, _, clones) = shared(&["a"]);
    clones[0].bench("pull").run().ok().tells("'origin' has no notes yet");
    clones[0].bench("push").run().ok().tells("nothing is recorded here yet");
}

#[test]
fn status_counts_in_plain_words_and_gives_each_hint_once() {
    let sandbox = Sandbox::new();
    let remote = sandbox.bare("remote");
    let r = sandbox.repo("work");
    r.git(&format!("remote add origin {}", remote.path().display()));
    r.git("config bench.store.shared.url s3://bucket");
    r.commit("one");
    r.git("push --quiet origin main");
    r.record(&[("parse", 1.0)]);
    let ran = r.bench("status").run().ok().says("1 payload waits to be stored").says_not("1 payloads");
    assert_eq!(ran.err.matches("git bench push").count(), 1, "{}", ran.told());
    r.commit("two");
    r.record(&[("parse", 2.0)]);
    r.bench("status").run().ok().says("2 payloads wait to be stored");
}
