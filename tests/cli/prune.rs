//! `prune`: what the rules let go goes, nothing else, and never more than this clone can judge.

use std::rc::Rc;

use serde_json::{Value, json};

use crate::{DATA, Repo, STORAGE, Sandbox, USAGE, collect, result, result_on};

/// Long after everything, files of stores included.
const LATER: &str = "2099-01-01T00:00:00Z";

/// A remote, a clone of it, and a folder store that git config names.
fn project() -> (Rc<Sandbox>, Repo, Repo) {
    let sandbox = Sandbox::new();
    let remote = sandbox.bare("remote");
    let r = sandbox.repo("work");
    r.git(&format!("remote add origin {}", remote.path().display()));
    store(&sandbox, &r);
    r.commit("one");
    r.git("push --quiet origin main");
    r.git("remote set-head origin main");
    (sandbox, remote, r)
}

fn store(sandbox: &Sandbox, r: &Repo) {
    let folder = sandbox.path("store");
    std::fs::create_dir_all(&folder).unwrap();
    r.git(&format!("config bench.store.shared.url file://{}", folder.display()));
}

/// Records one latency at HEAD at this time.
fn record(r: &Repo, ms: f64, time: &str) {
    r.bench("record -").stdin(result(&[("parse", ms)])).at(time).run().ok();
}

/// Days of 2024 on which something was measured.
fn measured_on(r: &Repo, days: &[&str]) {
    for (i, day) in days.iter().enumerate() {
        record(r, i as f64 + 1.0, &format!("2024-{day}T00:00:00Z"));
    }
    r.bench("push").run().ok();
}

fn values(r: &Repo, object: &str) -> Vec<f64> {
    let mut all: Vec<f64> = r.runs(object).iter().map(|run| run["m"][0][4].as_f64().unwrap()).collect();
    all.sort_by(f64::total_cmp);
    all
}

fn stored(sandbox: &Sandbox) -> Vec<String> {
    let mut found = std::collections::BTreeMap::new();
    collect(&sandbox.path("store"), "", &mut found);
    found.into_keys().collect()
}

fn plan(r: &Repo, words: &str) -> Value {
    r.bench(&format!("prune --dry-run --format json {words}")).run().ok().json()
}

#[test]
fn a_dry_run_is_the_plan_as_data_and_changes_nothing() {
    let (_sandbox, remote, r) = project();
    measured_on(&r, &["01-01", "02-01", "03-01"]);
    let (before, there) = (r.state(), remote.git("for-each-ref"));
    let told = r.bench("prune --dry-run --older-than 2024-02-15 --format json").at(LATER).run().ok().json();
    assert_eq!((&told["runs"], &told["kept"], &told["objects"]), (&json!(2), &json!(1), &json!(2)), "{told:#}");
    let row = &told["rows"][0];
    assert_eq!((&row["time"], &row["payload"]), (&json!("2024-01-01T00:00:00Z"), &json!("would go")));
    assert_eq!((row["commit"].as_str(), row["store"].as_str()), (Some(&*r.id("HEAD")), Some("shared")));
    for format in ["csv", "md", "text"] {
        let ran = r.bench("prune -n --older-than 2024-02-15").arg("--format").arg(format).at(LATER).run().ok();
        ran.says("would go").says(&r.id("HEAD")[..8]);
    }
    r.is_still(&before);
    assert_eq!(remote.git("for-each-ref"), there);
}

#[test]
fn what_goes_by_age_goes_everywhere_and_leaves_a_drop() {
    let (sandbox, remote, r) = project();
    measured_on(&r, &["01-01", "02-01", "03-01"]);
    let old = sandbox.clone_of(&remote, "old", &[]);
    old.bench("pull").run().ok();
    assert_eq!(stored(&sandbox).len(), 3);
    r.bench("prune --older-than 2024-02-15").at(LATER).run().ok().says("2 of 3 runs dropped").says("2 lines taken out");
    assert_eq!(values(&r, "HEAD"), [3.0]);
    assert_eq!(stored(&sandbox).len(), 1);
    let drops = r.lines("HEAD", "drop");
    assert_eq!(drops.len(), 2, "the drops stay");
    assert_eq!(drops[0]["reason"], "prune: before 2024-02-15");
    assert_eq!(remote.git("rev-parse refs/notes/bench"), r.git("rev-parse refs/notes/bench"));
    // An old clone with a run of its own does not bring them back.
    record(&old, 9.0, "2024-04-01T00:00:00Z");
    old.bench("push --skip-payloads").run().ok();
    r.bench("pull").run().ok();
    assert_eq!((values(&r, "HEAD"), values(&old, "HEAD")), (vec![3.0, 9.0], vec![3.0, 9.0]));
    r.bench("prune --older-than 2024-02-15").at(LATER).run().ok().says("0 of 2 runs dropped").says("0 lines");
    r.bench("fsck").run().ok();
    r.git("fsck --strict --no-dangling");
}

#[test]
fn of_each_series_the_newest_stay() {
    let (_sandbox, _, r) = project();
    measured_on(&r, &["01-01", "01-02", "01-03", "01-04"]);
    // Measured once only, and of another machine: series of their own.
    r.bench("record -").stdin(result(&[("rare", 7.0)])).at("2023-01-01T00:00:00Z").run().ok();
    let other = result_on(json!({"machine": "other"}), &[("parse", 8.0)]);
    r.bench("record -").stdin(other).at("2023-01-01T00:00:00Z").run().ok();
    r.bench("prune --keep 2").at(LATER).run().ok().says("2 of 6 runs dropped");
    assert_eq!(values(&r, "HEAD"), [3.0, 4.0, 7.0, 8.0]);
}

#[test]
fn only_the_channels_that_are_named_and_never_releases() {
    let (_sandbox, _, r) = project();
    let at = |words: &str, ms: f64| {
        let call = r.bench(&format!("record - {words}")).stdin(result(&[("parse", ms)]));
        call.at("2024-01-01T00:00:00Z").run().ok();
    };
    at("--channel daily", 1.0);
    at("--channel pr --pr 7", 2.0);
    r.git("tag v1.0");
    at("--tag v1.0", 3.0);
    let told = plan(&r, "--older-than 2024-02-01");
    assert_eq!((&told["runs"], &told["kept_releases"]), (&json!(2), &json!(1)), "{told:#}");
    r.bench("prune --older-than 2024-02-01 --channel pr").at(LATER).run().ok().says("1 of 3 runs dropped");
    assert_eq!(values(&r, "HEAD"), [1.0, 3.0]);
    r.bench("prune --older-than 2024-02-01").at(LATER).run().ok().says("1 of releases stay");
    assert_eq!(values(&r, "HEAD"), [3.0]);
    r.bench("prune --older-than 1d --channel nightly").run().fails(USAGE, "the channel 'nightly'");
    r.bench("prune").run().fails(USAGE, "nothing says which runs may go").hints("--dry-run");
}

#[test]
fn what_no_branch_reaches_goes_and_what_one_reaches_stays() {
    let (_sandbox, _, r) = project();
    record(&r, 1.0, "2024-01-01T00:00:00Z");
    r.git("switch --quiet --create gone");
    let lost = r.commit("lost");
    record(&r, 2.0, "2024-01-01T00:00:00Z");
    r.git("switch --quiet --create tagged main");
    let tagged = r.commit("tagged");
    record(&r, 3.0, "2024-01-01T00:00:00Z");
    r.git("tag keep");
    r.git("switch --quiet main");
    r.git("branch --quiet -D gone tagged");
    // A second work tree, detached, holds one more.
    r.git(&format!("worktree add --quiet --detach {}", r.sandbox.path("linked").display()));
    let linked = r.sandbox.at("linked");
    let detached = linked.commit("detached");
    record(&linked, 4.0, "2024-01-01T00:00:00Z");
    assert_eq!(plan(&r, "--unreachable")["runs"], 1);
    let young = r.bench("prune --unreachable --dry-run --format json").at("2024-01-10T00:00:00Z").run().ok().json();
    assert_eq!(young["runs"], 0, "younger than the grace");
    r.bench("prune --unreachable").at(LATER).run().ok().says("1 of 4 runs dropped");
    assert!(r.runs(&lost).is_empty());
    assert_eq!((r.runs(&tagged).len(), r.runs(&detached).len(), r.runs("HEAD").len()), (1, 1, 1));
}

#[test]
fn a_replaced_or_grafted_commit_hides_nothing() {
    let (_sandbox, _, r) = project();
    let one = r.id("HEAD");
    record(&r, 1.0, "2024-01-01T00:00:00Z");
    let two = r.commit("two");
    record(&r, 2.0, "2024-01-01T00:00:00Z");
    r.commit("three");
    r.git("push --quiet origin main");
    // By git's own telling, 'two' is a root, and 'one' is on no branch.
    r.git(&format!("replace --graft {two}"));
    assert!(!r.git("rev-list HEAD").contains(&one));
    assert_eq!(plan(&r, "--unreachable")["runs"], 0);
    r.git(&format!("replace -d {two}"));
    r.write(".git/info/grafts", format!("{two}\n"));
    assert!(!r.git("rev-list HEAD").contains(&one));
    assert_eq!(plan(&r, "--unreachable")["runs"], 0);
}

#[test]
fn what_a_partial_view_cannot_judge_is_not_pruned() {
    let (sandbox, remote, r) = project();
    r.git("switch --quiet --create topic");
    let topic = r.commit("topic");
    measured_on(&r, &["01-01"]);
    r.git("push --quiet origin topic");
    for (name, options, hint) in [
        ("shallow", &["--depth", "1", "--no-single-branch"][..], "git fetch --unshallow"),
        ("single", &["--single-branch"], "git remote set-branches origin '*'"),
    ] {
        let clone = sandbox.clone_of(&remote, name, options);
        clone.bench("pull").run().ok();
        for words in ["prune --unreachable", "prune --unreachable --dry-run"] {
            clone.bench(words).at(LATER).run().fails(DATA, "cannot be judged").hints(hint);
        }
        assert_eq!(clone.runs(&topic).len(), 1);
    }
    // All branches are fetched, but not lately.
    let late = sandbox.clone_of(&remote, "late", &[]);
    r.commit("more");
    r.git("push --quiet origin topic");
    late.bench("prune --unreachable").run().fails(DATA, "'refs/heads/topic'").hints("git fetch --tags origin");
    late.git("fetch --quiet");
    late.bench("prune --unreachable").at(LATER).run().ok().says("0 of 1 runs");
    // Age needs no history.
    sandbox.at("shallow").bench("prune --older-than 1y --keep-payloads").at(LATER).run().ok().says("1 of 1 runs");
    r.bench("pull").run().ok();
    assert!(r.runs(&topic).is_empty());
}

#[test]
fn young_payloads_stay_until_a_later_prune() {
    let (sandbox, _, r) = project();
    measured_on(&r, &["01-01"]);
    // The run is old, the file in the store was written just now.
    let now = r.bench("prune --older-than 2024-02-01").without("GIT_BENCH_NOW").run().ok();
    now.says("1 of 1 runs dropped").says("the grace").says("0 lines").hints("git bench prune again");
    assert_eq!(stored(&sandbox).len(), 1);
    assert_eq!(r.lines("HEAD", "run").len(), 1, "the line stays, it knows where the payload is");
    r.bench("show").run().says("prune: before 2024-02-01").says_not("1 ms");
    r.bench("prune --older-than 2024-02-01").at(LATER).run().ok().says("0 of 0 runs dropped").says("1 lines taken out");
    assert!(stored(&sandbox).is_empty());
    assert!(r.lines("HEAD", "run").is_empty());
}

#[test]
fn a_payload_that_another_note_names_stays() {
    let (sandbox, remote, r) = project();
    measured_on(&r, &["01-01"]);
    // The same notes under another name on the remote only: somebody's copy.
    remote.git("update-ref refs/notes/copy refs/notes/bench");
    let told = r.bench("prune --older-than 2024-02-01 --format json").at(LATER).run().ok().json();
    assert_eq!(told["rows"][0]["payload"], "stays: another note names it");
    assert_eq!(stored(&sandbox).len(), 1);
    remote.git("update-ref -d refs/notes/copy");
    r.bench("prune --older-than 2024-02-01").at(LATER).run().ok().says("1 lines taken out");
    assert!(stored(&sandbox).is_empty());
}

#[test]
fn attachments_go_with_their_run_and_no_others() {
    let (sandbox, _, r) = project();
    let log = r.file("log.txt", "a log");
    for (day, ms) in [("01-01", 1.0), ("03-01", 2.0), ("04-01", 3.0)] {
        let call = r.bench("record - --attach").arg(&log).stdin(result(&[("parse", ms)]));
        call.at(&format!("2024-{day}T00:00:00Z")).run().ok();
    }
    r.bench("push").run().ok();
    let attached = || stored(&sandbox).into_iter().filter(|key| key.starts_with("attachments/")).count();
    let before = attached();
    r.bench("prune --older-than 2024-02-01").at(LATER).run().ok().says("1 of 3 runs dropped").says("2 objects");
    assert_eq!((before, attached()), (3, 2));
    r.bench("fsck --payloads").run().ok();
}

#[test]
fn payloads_are_kept_where_asked_and_where_the_store_is_none_of_ours() {
    let (sandbox, remote, r) = project();
    measured_on(&r, &["01-01", "03-01"]);
    let bare = sandbox.clone_of(&remote, "other", &[]);
    let ran = bare.bench("prune --older-than 2024-02-01").at(LATER).run().ok();
    ran.says("the store 'shared' is configured neither in git config").says("0 lines");
    assert_eq!(stored(&sandbox).len(), 2);
    // Where the store is known, the next prune finishes it: the drop says where the payload is, though a merge has left the
    // run's line out.
    r.bench("pull").run().ok();
    assert_eq!((values(&r, "HEAD"), r.lines("HEAD", "drop").len()), (vec![2.0], 1));
    r.bench("prune --older-than 2024-02-01 --keep-payloads").at(LATER).run().ok().says("0 objects");
    assert_eq!(stored(&sandbox).len(), 2);
    // At once: the grace is of what lies in the store, not of the drop.
    let ran = r.bench("prune --older-than 2024-02-01").at(LATER).run().ok();
    ran.says("0 of 1 runs dropped; 1 objects");
    assert_eq!(stored(&sandbox).len(), 1);
    r.bench("fsck --payloads").run().ok();
}

#[test]
fn nothing_is_deleted_before_the_drops_are_shared() {
    let (sandbox, remote, r) = project();
    measured_on(&r, &["01-01", "03-01"]);
    std::fs::rename(remote.path(), sandbox.path("away")).unwrap();
    r.bench("prune --older-than 2024-02-01").at(LATER).run().fails(STORAGE, "cannot fetch from 'origin'");
    assert!(r.lines("HEAD", "drop").is_empty());
    std::fs::rename(sandbox.path("away"), remote.path()).unwrap();
    let hook = remote.path().join("hooks/update");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\nexit 1\n").unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    r.bench("prune --older-than 2024-02-01").at(LATER).run().fails(STORAGE, "refuses 'refs/notes/bench'");
    assert_eq!(stored(&sandbox).len(), 2);
    assert_eq!(r.lines("HEAD", "run").len(), 2);
    // The next one finishes it.
    std::fs::remove_file(&hook).unwrap();
    r.bench("prune --older-than 2024-02-01").at(LATER).run().ok().says("1 lines taken out");
    assert_eq!((stored(&sandbox).len(), values(&r, "HEAD")), (1, vec![2.0]));
}

#[test]
fn of_several_remotes_the_one_that_is_meant_must_be_clear() {
    let (_sandbox, remote, r) = project();
    measured_on(&r, &["01-01"]);
    r.git("remote rename origin one");
    r.git(&format!("remote add two {}", remote.path().display()));
    r.bench("prune --older-than 1d").at(LATER).run().fails(USAGE, "which remote?");
    assert!(r.lines("HEAD", "drop").is_empty());
    r.bench("prune one --older-than 1d").at(LATER).run().ok().says("1 of 1 runs dropped");
}

#[test]
fn without_a_remote_it_prunes_this_clone() {
    let r = crate::repo();
    r.commit("one");
    record(&r, 1.0, "2024-01-01T00:00:00Z");
    record(&r, 2.0, "2024-03-01T00:00:00Z");
    r.bench("prune --older-than 2024-02-01").at(LATER).run().ok().says("1 of 2 runs dropped").says("1 lines");
    assert_eq!(values(&r, "HEAD"), [2.0]);
    r.bench("fsck --payloads").run().ok().says("1 payloads");
}
