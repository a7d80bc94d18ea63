//! The same code under another commit: squashed, rebased, cherry-picked, reverted.

use serde_json::Value;

use crate::{Repo, repo};

#[track_caller]
fn ends(r: &Repo, words: &str) -> [String; 2] {
    let report: Value = r.bench(&format!("diff {words} --format json")).run().ok().json();
    ["base", "head"].map(|end| report[end]["commit"].as_str().unwrap().to_owned())
}

/// A base on main and a topic of two commits, the second measured.
fn topic() -> (Repo, String, String) {
    let r = repo();
    let base = r.measured("base", 100.0);
    r.git("switch --quiet --create topic");
    r.write("a.txt", "a");
    r.commit_all("first");
    let head = r.measured("second", 120.0);
    (r, base, head)
}

#[test]
fn a_squash_is_found_by_its_tree() {
    let (r, base, head) = topic();
    r.git("switch --quiet main");
    r.git("merge --quiet --squash topic");
    let landed = r.commit_all("topic, squashed");
    assert_ne!(landed, head);
    assert!(r.runs(&landed).is_empty());
    let report: Value = r.bench("diff HEAD~1 HEAD --format json").run().ok().json();
    assert_eq!((report["base"]["commit"].as_str(), report["head"]["commit"].as_str()), (Some(&*base), Some(&*landed)));
    let reason = report["head"]["reason"].as_str().unwrap();
    assert!(reason.contains(&head[..8]) && reason.contains("same tree"), "{reason}");
    assert_eq!(report["series"][0]["head"]["value"], 120.0);
    let log = r.bench("log --format json").run().ok().json();
    assert_eq!(log["series"][0]["points"].as_array().unwrap().len(), 2);
}

#[test]
fn a_rebase_that_changes_no_tree_and_an_amend_are_found() {
    let (r, base, head) = topic();
    r.git("commit --quiet --amend -m reworded --date=2024-02-01T00:00:00Z");
    let reworded = r.id("HEAD");
    assert_ne!(reworded, head);
    assert_eq!(ends(&r, "main..topic"), [base, reworded]);
}

#[test]
fn a_cherry_pick_is_found() {
    let r = repo();
    let base = r.measured("base", 100.0);
    r.git("switch --quiet --create topic");
    r.write("a.txt", "a");
    let picked = r.commit_all("a");
    r.record(&[("parse", 130.0)]);
    r.git("switch --quiet --create release main");
    r.git_words(&["-c", "core.hooksPath=/dev/null", "cherry-pick", "--no-commit", &picked]);
    let there = r.commit_all("a, picked");
    assert_eq!(ends(&r, "main..release"), [base, there]);
}

#[test]
fn a_revert_is_measured_already() {
    let r = repo();
    let one = r.measured("one", 100.0);
    r.git("switch --quiet --create topic");
    let two = r.measured("two", 150.0);
    r.git("revert --no-edit HEAD");
    let report: Value = r.bench("diff main..topic --format json").run().ok().json();
    assert_eq!(report["head"]["commit"], r.id("HEAD").as_str());
    assert_eq!(report["series"][0]["head"]["value"], 100.0);
    assert!(report["head"]["reason"].as_str().unwrap().contains(&one[..8]));
    assert_ne!(one, two);
}

#[test]
fn own_runs_go_before_those_of_a_twin() {
    let (r, base, _) = topic();
    r.git("commit --quiet --amend -m reworded --date=2024-02-01T00:00:00Z");
    r.record(&[("parse", 125.0)]);
    let report: Value = r.bench("diff main..topic --format json").run().ok().json();
    assert_eq!(report["series"][0]["head"]["value"], 125.0);
    assert_eq!(report["base"]["commit"], base.as_str());
}

#[test]
fn a_dropped_run_of_a_twin_does_not_count() {
    let (r, _, head) = topic();
    let id = r.run(&head)["id"].as_str().unwrap().to_owned();
    r.git("commit --quiet --amend -m reworded --date=2024-02-01T00:00:00Z");
    r.bench("drop").arg(&id).arg("--reason").arg("noise").run().ok();
    r.bench("diff main..topic").run().code(crate::NO_DATA);
}
