//! Every kind of repository: what git can do there, git-bench can; what it cannot do it names.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::rc::Rc;

use serde_json::json;

use crate::{Call, DATA, Repo, STORAGE, Sandbox, repo, result};

/// A bare remote that was made with these words, and a clone of it with two measured commits, all of it pushed.
fn project(init: &str) -> Option<(Rc<Sandbox>, Repo, Repo)> {
    let sandbox = Sandbox::new();
    let (remote, r) = (sandbox.at("remote"), sandbox.at("work"));
    for made in [&remote, &r] {
        fs::create_dir(made.path()).unwrap();
    }
    if !remote.git_can(&format!("init --quiet --bare {init}")) || !r.git_can(&format!("init --quiet {init}")) {
        crate::skipped(&format!("this git has no {init}"));
        return None;
    }
    r.git(&format!("remote add origin {}", remote.path().display()));
    r.measured("one", 1.0);
    r.measured("two", 1.5);
    r.git("push --quiet origin main");
    r.bench("push").run().ok();
    Some((sandbox, remote, r))
}

/// How often git asked a remote while `call` ran, by git's own trace.
fn fetches(sandbox: &Sandbox, call: Call) -> usize {
    let trace = sandbox.path("trace");
    let _ = fs::remove_file(&trace);
    call.env("GIT_TRACE", trace.to_str().unwrap()).run().ok();
    let text = fs::read_to_string(&trace).unwrap_or_default();
    text.lines().filter(|line| line.contains("run_command:") && line.contains("upload-pack")).count()
}

#[test]
fn partial_clones_fetch_the_notes_whole_and_once() {
    let (sandbox, remote, r) = project("").unwrap();
    for i in 0..20 {
        r.measured(&format!("c{i}"), f64::from(i) + 2.0);
    }
    r.git("push --quiet origin main");
    r.bench("push").run().ok();
    remote.git("config uploadpack.allowFilter true");
    remote.git("config uploadpack.allowAnySHA1InWant true");
    for filter in ["blob:none", "tree:0"] {
        let name = filter.replace(':', "-");
        let partial = sandbox.clone_of(&remote, &name, &[&format!("--filter={filter}")]);
        assert_eq!(fetches(&sandbox, partial.bench("pull")), 1, "{filter}: one fetch brings them");
        for words in ["log", "show", "show HEAD~9", "fsck", "diff HEAD~1 HEAD", "status", "prune -n --keep 1"] {
            // A dry run of prune asks which notes the remote has, and fetches nothing.
            let asked = 2 * usize::from(words.starts_with("prune"));
            assert_eq!(fetches(&sandbox, partial.bench(words)), asked, "{filter}: {words}");
        }
        partial.bench("log").run().ok().says("22 of 22");
        partial.measured(&format!("in {name}"), 9.0);
        partial.bench("push").run().ok();
        assert_eq!(fetches(&sandbox, partial.bench("log")), 0, "{filter}");
        partial.bench("fsck").run().ok();
    }
    // One that fetched the notes itself, filtered: said, with the command that mends it.
    let filtered = sandbox.clone_of(&remote, "filtered", &["--filter=blob:none"]);
    filtered.git("fetch --quiet origin refs/notes/bench:refs/notes/bench");
    filtered.bench("show HEAD~1").run().fails(DATA, "a note is missing").hints("git bench pull --refetch");
    filtered.bench("pull --refetch").run().ok();
    filtered.bench("fsck").run().ok();
}

#[test]
fn a_shallow_clone_where_git_pruned_notes_loses_none() {
    let (sandbox, remote, r) = project("").unwrap();
    let shallow = sandbox.clone_of(&remote, "shallow", &["--depth", "1"]);
    shallow.bench("pull").run().ok();
    let before = shallow.noted();
    // To git, notes of commits that are cut off are notes of nothing.
    shallow.git("notes --ref=bench prune");
    assert!(shallow.noted().len() < before.len());
    shallow.record(&[("parse", 3.0)]);
    assert_eq!(shallow.noted(), before, "put back");
    shallow.bench("push").run().ok();
    r.bench("pull").run().ok();
    assert_eq!((r.runs("HEAD").len(), r.runs("HEAD~1").len()), (2, 1));
    shallow.git("notes --ref=bench prune");
    shallow.bench("push").run().ok();
    r.bench("pull").run().ok();
    assert_eq!(r.runs("HEAD~1").len(), 1, "push puts back, too");
}

#[test]
fn a_submodule_has_records_of_its_own() {
    let (sandbox, remote, _) = project("").unwrap();
    let whole = sandbox.repo("whole");
    whole.git(&format!("submodule --quiet add {} part", remote.path().display()));
    whole.commit("with a part");
    let part = sandbox.at("whole/part");
    assert!(part.path().join(".git").is_file(), "its git dir lies in that of the whole");
    part.bench("pull").run().ok();
    part.bench("log").run().ok().says("2 of 2");
    part.measured("three", 3.0);
    part.bench("push").run().ok();
    assert!(whole.path().join(".git/modules/part/bench/payloads").is_dir());
    assert_eq!(whole.git("for-each-ref refs/notes"), "");
    // A submodule that moved on makes the whole not dirty, as git describe has it not.
    whole.commit_all("moved");
    whole.record(&[("whole", 1.0)]);
    assert_eq!((whole.runs("HEAD").len(), part.runs("HEAD").len()), (1, 1));
    whole.bench("fsck --payloads").run().ok();
}

#[test]
fn sha_256_and_reftable_repositories_can_do_everything() {
    for init in ["--object-format=sha256", "--ref-format=reftable", "--object-format=sha256 --ref-format=reftable"] {
        let Some((sandbox, remote, r)) = project(init) else { continue };
        let length = if init.contains("sha256") { 64 } else { 40 };
        assert_eq!(r.run("HEAD")["commit"].as_str().unwrap().len(), length, "{init}");
        let hook = remote.path().join("hooks/update");
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        fs::write(&hook, "#!/bin/sh\nexec git bench hook update \"$@\"\n").unwrap();
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
        let other = sandbox.clone_of(&remote, "other", &[]);
        other.bench("pull").run().ok();
        other.bench("log").run().ok().says("2 of 2");
        other.bench("diff HEAD~1 HEAD").run().ok().says("+50.0 %");
        other.record(&[("parse", 3.0)]);
        r.record(&[("parse", 4.0)]);
        other.bench("push").run().ok();
        r.bench("push").run().ok().tells("merged with those of others");
        r.bench("fsck").run().ok().says("4 notes, 4 runs");
        r.bench("accept HEAD parse --reason known").run().ok();
        r.bench("prune --keep 2 --older-than 1d").at("2099-01-01T00:00:00Z").run().ok().says("2 of 4 runs dropped");
        r.bench("status").run().ok().says("up to date");
        let linked = sandbox.path("linked");
        r.git(&format!("worktree add --quiet -b topic {}", linked.display()));
        let linked = sandbox.at("linked");
        linked.measured("three", 5.0);
        assert_eq!((r.runs("topic").len(), linked.run("topic")["branch"].as_str()), (1, Some("topic")), "{init}");
        linked.bench("diff").run().ok();
        r.git("fsck --strict --no-dangling");
        remote.git("fsck --strict --no-dangling");
    }
}

#[test]
fn objects_of_an_alternate_are_read() {
    let (sandbox, remote, r) = project("").unwrap();
    let reference = format!("--reference={}", r.path().display());
    for (name, options) in [("referring", &[reference.as_str()][..]), ("sharing", &["--shared"])] {
        // Only a local path makes a shared clone.
        let target = sandbox.path(name);
        let mut words = vec!["clone", "--quiet"];
        words.extend(options);
        words.extend([remote.path().to_str().unwrap(), target.to_str().unwrap()]);
        r.git_words(&words);
        let clone = sandbox.at(name);
        assert!(clone.path().join(".git/objects/info/alternates").is_file());
        clone.bench("pull").run().ok();
        clone.bench("log").run().ok().says("2 of 2");
        clone.measured("three", 3.0);
        clone.bench("push").run().ok();
        clone.bench("fsck").run().ok();
        clone.git("fsck --strict --no-dangling");
    }
}

#[test]
fn a_repository_of_somebody_else_needs_the_word_of_git() {
    let r = repo();
    r.measured("one", 1.0);
    if std::os::unix::fs::chown(r.path(), Some(12_345), None).is_err() {
        crate::skipped("only root can give a folder away");
        return;
    }
    std::os::unix::fs::chown(r.path().join(".git"), Some(12_345), None).unwrap();
    r.bench("show").run().fails(DATA, "cannot open the repository").hints("safe.directory");
    // A pattern that libgit2 does not know: git's word counts.
    let pattern = format!("{}/*", r.sandbox.path("").display()).replace("//", "/");
    r.bench("show").run().code(DATA);
    let config = r.sandbox.path("home/.gitconfig");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{text}[safe]\n\tdirectory = {pattern}\n")).unwrap();
    if !r.git_can("status") {
        fs::write(&config, format!("{text}[safe]\n\tdirectory = *\n")).unwrap();
    }
    r.bench("show").run().ok().says("1 ms");
    r.bench("record - --suite more").stdin(result(&[("parse", 2.0)])).run().ok();
    r.bench("fsck --payloads").run().ok();
}

#[test]
fn a_server_that_hides_or_forbids_notes_is_told_with_the_setting_that_helps() {
    let (sandbox, remote, r) = project("").unwrap();
    r.record(&[("parse", 2.0)]);
    for key in ["receive.hideRefs", "transfer.hideRefs"] {
        remote.git(&format!("config {key} refs/notes"));
        let ran = r.bench("push").run().fails(STORAGE, "'origin' refuses 'refs/notes/bench'");
        ran.tells("hidden").hints("receive.hideRefs");
        // The hint, word by word.
        remote.git_words(&["config", "--add", key, "!refs/notes"]);
        r.bench("push").run().ok();
        remote.git(&format!("config --unset-all {key}"));
        r.record(&[("parse", key.len() as f64)]);
    }
    // What cannot be seen is not there; the local notes stay.
    remote.git("config uploadpack.hideRefs refs/notes");
    let clone = sandbox.clone_of(&remote, "clone", &[]);
    clone.bench("pull").run().ok().tells("has no notes yet");
    remote.git("config --unset uploadpack.hideRefs");
    // Somebody else's hook, with words of its own.
    let hook = remote.path().join("hooks/update");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\necho 'notes are frozen this week' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    r.bench("push").run().fails(STORAGE, "notes are frozen this week").hints("bench.ref");
    fs::remove_file(&hook).unwrap();
    r.bench("push").run().ok();
}

#[test]
fn the_notes_ref_of_the_remote_may_go_and_come_back() {
    let (_sandbox, remote, r) = project("").unwrap();
    remote.git("update-ref -d refs/notes/bench");
    r.bench("status").run().ok();
    r.bench("pull").run().ok().tells("has no notes yet");
    assert_eq!(r.runs("HEAD").len(), 1, "nothing is lost here");
    r.bench("push").run().ok();
    assert_eq!(remote.git("rev-parse refs/notes/bench"), r.git("rev-parse refs/notes/bench"));
}

#[test]
fn notes_of_commits_that_are_not_here_are_kept_and_travel() {
    let (sandbox, remote, r) = project("").unwrap();
    let absent = "1234567890123456789012345678901234567890";
    let entry = json!([{"metadata": {"commit_sha": absent}, "platform": {"machine": "lab"},
                        "benchmarks": [{"name": "parse", "latency_ms": 7}]},
                       {"metadata": {"commit_sha": r.id("HEAD")}, "platform": {"machine": "lab"},
                        "benchmarks": [{"name": "parse", "latency_ms": 8}]}]);
    r.bench("record -").stdin(entry.to_string()).run().ok();
    r.bench("push").run().ok();
    let clone = sandbox.clone_of(&remote, "clone", &[]);
    clone.bench("pull").run().ok();
    assert_eq!(clone.runs(absent).len(), 1);
    clone.bench(&format!("show {absent}")).run().fails(DATA, "unknown revision");
    clone.bench("fsck").run().ok();
    clone.bench("log").run().ok().says("2 of 2");
    if cfg!(feature = "index") {
        clone.bench("query --limit 10 --format json").run().ok().says(absent);
    }
}

#[test]
fn replaced_and_grafted_histories_are_walked_as_git_tells_them() {
    let r = repo();
    let old = r.measured("old history", 1.0);
    r.git("switch --quiet --orphan new");
    let first = r.measured("new history", 1.0);
    r.measured("newest", 1.5);
    r.bench("log").run().ok().says("2 of 2");
    assert!(r.git_words(&["log", "--format=%H"]).lines().count() == 2);
    // The two are joined, by a replacement and by a graft.
    let joined = || {
        assert_eq!(r.git("rev-list --count HEAD"), "3");
        r.bench("log").run().ok().says("3 of 3");
        r.bench("diff main..new").run().ok().says("+50.0 %");
        r.bench("log main..HEAD").run().ok().says("2 of 2");
    };
    r.bench("diff main..new").run().fails(DATA, "");
    r.git(&format!("replace --graft {first} {old}"));
    joined();
    r.git("pack-refs --all");
    joined();
    r.bench("log").env("GIT_DIR", r.path().join(".git").to_str().unwrap()).run().ok();
    r.git("config core.useReplaceRefs false");
    r.bench("log").run().ok().says("2 of 2");
    r.git("config --unset core.useReplaceRefs");
    r.git(&format!("replace -d {first}"));
    r.write(".git/info/grafts", format!("{first} {old}\n"));
    joined();
}
