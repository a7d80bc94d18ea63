//! `hook update` in a real bare remote: what real pushes get in, and what the pusher reads where they do not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::rc::Rc;

use crate::{Repo, STORAGE, Sandbox, USAGE, result};

/// A bare remote with the hook, and a clone with one run that was pushed.
fn guarded() -> (Rc<Sandbox>, Repo, Repo) {
    let sandbox = Sandbox::new();
    let remote = sandbox.bare("remote");
    let hook = remote.path().join("hooks/update");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\nexec git bench hook update \"$@\"\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let r = sandbox.repo("work");
    r.git(&format!("remote add origin {}", remote.path().display()));
    r.commit("one");
    r.git("push --quiet origin main");
    r.record(&[("parse", 1.0)]);
    r.bench("push").run().ok().tells("pushed the notes");
    (sandbox, remote, r)
}

/// Pushes the notes by plain git, which must be refused with these words for the pusher.
#[track_caller]
fn refused(r: &Repo, remote: &Repo, words: &str) {
    let before = remote.git("for-each-ref");
    let git = |words: &[&str]| {
        // The pusher sees what is sent, not what replaces it.
        let mut git = r.sandbox.command("git");
        git.current_dir(r.path()).env("GIT_NO_REPLACE_OBJECTS", "1").args(words).output().unwrap()
    };
    let output = git(&["push", "--force", "origin", "refs/notes/bench"]);
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{err}");
    let told: Vec<&str> = err.lines().filter_map(|l| l.strip_prefix("remote: ")).collect();
    assert!(told.iter().any(|line| line.starts_with("error: ") && line.contains(words)), "no '{words}' in\n{err}");
    assert_eq!(remote.git("for-each-ref"), before);
}

/// What a CI job leaves that never fetched the notes.
fn incoming(sandbox: &Rc<Sandbox>, remote: &Repo, ms: f64) -> Repo {
    let job = sandbox.clone_of(remote, "job", &[]);
    job.bench("record - --suite ci").stdin(result(&[("parse", ms)])).run().ok();
    job.bench("push --incoming").run().ok().tells("refs/notes/bench-incoming/");
    job
}

#[test]
fn what_git_bench_does_comes_in() {
    let (sandbox, remote, r) = guarded();
    // Runs, accepts, drops, merges of two clones, incoming refs and their cleaning up, and a prune.
    let other = sandbox.clone_of(&remote, "other", &[]);
    other.record(&[("parse", 2.0)]);
    r.record(&[("parse", 3.0)]);
    r.bench("push").run().ok();
    other.bench("push").run().ok().tells("merged with those of others");
    incoming(&sandbox, &remote, 4.0);
    r.bench("pull").run().ok();
    r.bench("accept HEAD parse --reason known").run().ok();
    let id = r.runs("HEAD")[0]["id"].as_str().unwrap().to_owned();
    r.bench("drop --reason noise").arg(&id).run().ok();
    r.bench("push").run().ok();
    assert_eq!(remote.git("for-each-ref refs/notes/bench-incoming"), "");
    r.bench("prune --older-than 1d").at("2099-01-01T00:00:00Z").run().ok().says("lines taken out");
    assert!(r.lines("HEAD", "run").is_empty() && r.lines("HEAD", "drop").len() == 4);
    assert_eq!(remote.git("rev-parse refs/notes/bench"), r.git("rev-parse refs/notes/bench"));
    // Other refs are not its affair.
    r.commit("two");
    r.git("push --quiet origin main");
}

#[test]
fn a_line_that_is_gone_is_refused() {
    let (_sandbox, remote, r) = guarded();
    r.git_words(&["notes", "--ref=bench", "add", "-f", "-m", "", "HEAD"]);
    r.git_words(&[
        "notes",
        "--ref=bench",
        "append",
        "-m",
        r#"{"v":1,"kind":"twin","commit":"0000000000000000000000000000000000000001"}"#,
    ]);
    refused(&r, &remote, "is gone without a drop that stays");
    r.git("update-ref refs/notes/bench refs/bench/seen");
    r.git("notes --ref=bench remove HEAD");
    refused(&r, &remote, "a run line of");
}

#[test]
fn a_line_that_is_broken_or_newer_or_elsewhere_is_refused() {
    let (_sandbox, remote, r) = guarded();
    let line = r.note("HEAD").remove(0);
    for (text, words) in [
        ("looks good to me".to_owned(), "a broken line"),
        (r#"{"v":2,"kind":"run"}"#.into(), "version 2"),
        (line.replacen("\"parse\"", "7", 1), "a broken line"),
        (
            line.replacen(&r.id("HEAD"), &"1".repeat(40), 1).replacen("\"id\":\"", "\"id\":\"x", 1),
            "a line about another commit",
        ),
        (line.replacen("\"channel\":\"daily\"", "\"channel\":7", 1), "a broken line"),
        (line.replacen("\"suite\":\"default\"", "\"suite\":\"s\",\"ctime\":1.5", 1), "a broken line"),
    ] {
        r.git("update-ref refs/notes/bench refs/bench/seen");
        r.git_words(&["notes", "--ref=bench", "append", "-m", &text]);
        refused(&r, &remote, words);
    }
}

#[test]
fn what_is_no_note_is_refused() {
    let (_sandbox, remote, r) = guarded();
    // A commit of the code on the notes ref: no fast-forward, then with the right parent but the wrong files.
    r.git("update-ref refs/notes/bench HEAD");
    refused_by_force(&r, &remote);
    let tip = r.git("rev-parse refs/bench/seen");
    let commit = r.git_words(&["commit-tree", "HEAD^{tree}", "-p", &tip, "-m", "code"]);
    r.git(&format!("update-ref refs/notes/bench {commit}"));
    refused(&r, &remote, "only notes may lie in this ref");
}

/// A push that is no fast-forward, forced.
#[track_caller]
fn refused_by_force(r: &Repo, remote: &Repo) {
    let before = remote.git("for-each-ref");
    assert!(!r.git_can("push --quiet --force origin refs/notes/bench"));
    assert!(!r.git_can("push --quiet origin :refs/notes/bench"), "nor is it deleted");
    assert_eq!(remote.git("for-each-ref"), before);
}

#[test]
fn a_replacement_that_was_pushed_hides_nothing() {
    let (_sandbox, remote, r) = guarded();
    let tip = r.git("rev-parse refs/notes/bench");
    // Notes without any line, and a replacement that makes the server see the old ones in their place.
    let tree = r.git_words(&["hash-object", "-t", "tree", "-w", "/dev/null"]);
    let empty = r.git_words(&["commit-tree", &tree, "-p", &tip, "-m", "empty"]);
    r.git(&format!("replace {empty} {tip}"));
    r.git("push --quiet origin refs/replace/*:refs/replace/*");
    r.git(&format!("update-ref refs/notes/bench {empty}"));
    refused(&r, &remote, "is gone without a drop that stays");
    let orphan = r.git_words(&["commit-tree", &format!("{tip}^{{tree}}"), "-m", "orphan"]);
    r.git(&format!("replace --graft {orphan} {tip}"));
    r.git("push --quiet origin refs/replace/*:refs/replace/*");
    r.git(&format!("update-ref refs/notes/bench {orphan}"));
    refused(&r, &remote, "notes move forward only");
}

#[test]
fn who_is_no_writer_is_refused_and_told_so() {
    let (_sandbox, remote, r) = guarded();
    remote.git("config --add bench.writers bob@example.org");
    remote.git("config --add bench.writers *@ci.example.org");
    r.record(&[("parse", 2.0)]);
    refused(&r, &remote, "'alice@example.org' is no benchmark writer here");
    // git-bench passes the server's word on.
    r.bench("push").run().fails(STORAGE, "'alice@example.org' is no benchmark writer here");
    // The committer is what the client says it is; the server's own name of the pusher counts more.
    let push = |name: &str| {
        let mut git = r.sandbox.command("git");
        git.current_dir(r.path()).args(["push", "--quiet", "origin", "refs/notes/bench"]).env("REMOTE_USER", name);
        git.output().unwrap().status.success()
    };
    assert!(!push("mallory"));
    assert!(push("Bob@example.org"));
    r.git("config user.email job7@ci.example.org");
    r.record(&[("parse", 3.0)]);
    r.bench("push").run().ok();
    assert!(!push("mallory") || remote.git("rev-parse refs/notes/bench") == r.git("rev-parse refs/notes/bench"));
}

#[test]
fn an_incoming_ref_is_held_to_the_same_and_not_deleted_unmerged() {
    let (sandbox, remote, _) = guarded();
    let job = incoming(&sandbox, &remote, 2.0);
    let name = remote.git("for-each-ref --format=%(refname) refs/notes/bench-incoming");
    assert!(!job.git_can(&format!("push --quiet origin :{name}")), "not merged yet");
    job.git_words(&["notes", "--ref=bench", "append", "-m", "looks good to me"]);
    job.bench("push --incoming").run().fails(STORAGE, "a broken line");
    assert_eq!(remote.git("for-each-ref --format=%(refname) refs/notes/bench-incoming"), name);
}

#[test]
fn called_by_hand_it_says_how_it_is_meant() {
    let (_sandbox, remote, _) = guarded();
    remote.bench("hook").run().code(USAGE);
    remote.bench("hook update refs/notes/bench x y").run().fails(USAGE, "'x' is no full id").hints("hooks/update");
}
