//! `log`: the development of series along the first parents.

use serde_json::Value;

use crate::{DATA, NO_DATA, Repo, repo, result};

fn series(report: &Value) -> &Vec<Value> {
    report["series"].as_array().unwrap()
}

fn values(series: &Value) -> Vec<f64> {
    series["points"].as_array().unwrap().iter().map(|p| p["value"].as_f64().unwrap()).collect()
}

fn stepped() -> Repo {
    let r = repo();
    for i in 0..24 {
        let level = if i < 12 { 100.0 } else { 140.0 };
        r.measured(&format!("c{i}"), level + f64::from(i % 3) * 0.2);
    }
    r
}

#[test]
fn a_series_is_listed_with_a_curve_and_its_change_points() {
    let r = stepped();
    let text =
        r.bench("log").run().ok().says("24 of 24 commits measured").says("parse").says("change points").says("c12");
    assert!(text.out().chars().any(|c| ('\u{2581}'..='\u{2588}').contains(&c)), "{}", text.told());
    let report = r.bench("log --format json").run().ok().json();
    let one = &series(&report)[0];
    assert_eq!(values(one).len(), 24);
    assert_eq!(values(one)[0], 100.0, "oldest first");
    let changes = one["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!((changes[0]["subject"].as_str(), changes[0]["index"].as_u64()), (Some("c12"), Some(12)));
    assert_eq!((changes[0]["verdict"].as_str(), changes[0]["unmeasured"].as_u64()), (Some("regression"), Some(0)));
    r.bench("log -- parse").run().ok().says("c12");
    r.bench("log --format csv").run().ok().says("parse");
    r.bench("log --format md").run().ok().says("parse");
}

#[test]
fn gaps_are_shown_and_ranges_are_named() {
    let r = repo();
    for i in 0..24 {
        let level = if i < 12 { 100.0 } else { 140.0 };
        r.measured(&format!("c{i}"), level + f64::from(i % 3) * 0.2);
        if i == 11 {
            r.commit("unmeasured 1");
            r.commit("unmeasured 2");
        }
    }
    let report = r.bench("log --format json").run().ok().json();
    assert_eq!((report["walked"].as_u64(), report["measured"].as_u64()), (Some(26), Some(24)));
    assert_eq!(series(&report)[0]["changes"][0]["unmeasured"], 2);
}

#[test]
fn revisions_ranges_patterns_and_numbers_select() {
    let r = stepped();
    let points = |words: &str| {
        let report = r.bench(&format!("--format json log {words}")).run().ok().json();
        values(&series(&report)[0]).len()
    };
    assert_eq!(points("HEAD~4"), 20);
    assert_eq!(points("HEAD~4..HEAD"), 4);
    assert_eq!(points("HEAD~4.."), 4);
    assert_eq!(points("HEAD~4...HEAD"), 4);
    assert_eq!(points("-n 5"), 5);
    assert_eq!(points("-- p*"), 24);
    assert_eq!(points("-- parse:latency"), 24);
    r.bench("log -- nothing").run().code(NO_DATA);
    r.bench("log --metric memory").run().code(NO_DATA);
    r.bench("log nothing").run().fails(DATA, "unknown revision");
}

#[test]
fn suites_and_machines_are_series_of_their_own() {
    let r = repo();
    r.commit("one");
    for (suite, machine, ms) in [("a", "lab", 1.0), ("b", "lab", 2.0), ("a", "attic", 3.0)] {
        let words = format!("record - --suite {suite} --platform machine={machine}");
        r.bench(&words).stdin(result(&[("parse", ms)])).run().ok();
    }
    let report = r.bench("log --format json").run().ok().json();
    assert_eq!(series(&report).len(), 3);
    let report = r.bench("log --suite b --format json").run().ok().json();
    assert_eq!(values(&series(&report)[0]), [2.0]);
}

#[test]
fn first_parents_only() {
    let r = repo();
    r.measured("base", 1.0);
    r.git("switch --quiet --create side");
    r.measured("side", 99.0);
    r.git("switch --quiet main");
    r.measured("main", 2.0);
    r.git("merge --quiet --no-ff -m merged -s ours side");
    let report = r.bench("log --format json").run().ok().json();
    // The merge has the tree of its first parent, whose runs are its own by the twin.
    assert_eq!(values(&series(&report)[0]), [1.0, 2.0, 2.0]);
}

#[test]
fn no_measured_commit_is_code_3() {
    let r = repo();
    r.commit("one");
    r.bench("log").run().code(NO_DATA).tells("no commit of this history was measured").hints("git bench record");
}

#[test]
fn a_shallow_clone_says_where_its_history_ends() {
    let r = stepped();
    let sandbox = r.sandbox.clone();
    let clone = sandbox.clone_of(&r, "shallow", &["--depth", "3"]);
    clone.bench("pull").run().ok();
    let ran = clone.bench("log").run().ok().says("shallow").says("git fetch --deepen");
    assert!(ran.out().contains("3 of 3 commits measured"), "{}", ran.told());
}
