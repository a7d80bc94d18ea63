//! `accept`: yes, we know. Where a baseline starts anew, for how long, and that it is said.

use serde_json::Value;

use crate::check::{checked, only, quiet};
use crate::{DATA, NO, Repo, USAGE, repo};

/// Twenty quiet commits on main, then some at a level 40 % up; the first of those.
fn stepped() -> (Repo, String) {
    let r = repo();
    quiet(&r, 20, 100.0);
    let bad = r.measured("safer, and slower", 140.0);
    quiet(&r, 5, 140.0);
    (r, bad)
}

#[track_caller]
fn accept(r: &Repo, words: &str) -> String {
    let ran = r.bench(&format!("accept {words} --reason")).arg("we want it safe").run().ok();
    let id = ran.err.split("its id is ").nth(1).unwrap_or_else(|| panic!("{}", ran.told()));
    id.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn a_check_that_passes_because_of_one_says_so_until_it_is_undone() {
    let (r, bad) = stepped();
    r.bench("check").run().code(NO);
    let id = accept(&r, &format!("{bad} parse"));
    let ran = r.bench("check").run().ok().says("pass").says("accepted at").says(&bad[..8]).says("we want it safe");
    assert!(ran.out().contains("the baseline of 1 series begins there"), "{}", ran.told());
    let report = checked(&r, "", 0);
    assert!(only(&report)["notes"].to_string().contains("baseline since"), "{report:#}");
    r.bench("accept --list").run().ok().says(&id).says("parse").says("we want it safe").says("Alice");
    let list = r.bench("accept --list --format json").run().ok().json();
    assert_eq!(list["rows"][0]["ancestor_of_head"], Value::from(true));
    // A further step is found from there.
    quiet(&r, 6, 190.0);
    let first = &only(&checked(&r, "", NO))["first_bad"].clone();
    assert!(first["subject"].as_str().unwrap().contains("190"), "{first}");
    r.git("reset --quiet --hard HEAD~6");
    r.bench("check").run().ok();
    r.bench(&format!("accept --undo {id}")).run().ok().tells("no longer accepted");
    r.bench("check").run().code(NO).says_not("accepted at");
    r.bench("accept --list").run().ok().says("nothing is accepted");
    r.bench(&format!("accept --undo {id}")).run().fails(DATA, "no accept has an id").hints("git bench accept --list");
}

#[test]
fn one_that_expired_no_longer_counts() {
    let (r, bad) = stepped();
    r.bench(&format!("accept {bad} parse --until 2024-06-01 --reason")).arg("until the next release").run().ok();
    r.bench("accept --list").run().ok().says("2024-06-01");
    r.bench("check").run().ok().says("until the next release");
    // It is seen from the time of the judged run, not from today.
    r.bench("check").at("2025-01-01T00:00:00Z").run().ok();
    r.commit("later");
    r.bench("record -").at("2024-07-01T00:00:00Z").stdin(crate::result(&[("parse", 140.1)])).run().ok();
    r.bench("check").run().code(NO);
    r.bench("accept HEAD parse --until tomorrow --reason x").run().code(USAGE).tells("2024-06-30");
}

#[test]
fn a_mistyped_pattern_is_refused_and_nothing_is_recorded() {
    let (r, bad) = stepped();
    let before = r.state();
    for (pattern, near) in [("prase", "'parse'"), ("parse:latncy", "'parse:latency'"), ("par?e?", "'parse'")] {
        let ran = r.bench(&format!("accept {bad} {pattern} --reason x")).run();
        ran.fails(USAGE, "fits no benchmark").tells(near).hints("git bench show");
    }
    r.bench(&format!("accept {bad} parse")).run().fails(USAGE, "needs a reason");
    r.bench("accept --reason x").run().fails(USAGE, "REV and PATTERN");
    r.bench("accept nothing parse --reason x").run().fails(DATA, "unknown revision");
    r.is_still(&before);
    r.bench("check").run().code(NO);
    for pattern in ["parse:latency", "p*", "*"] {
        let id = accept(&r, &format!("{bad} {pattern}"));
        r.bench("check").run().ok().says("accepted at");
        r.bench(&format!("accept --undo {id}")).run().ok();
    }
}

#[test]
fn where_all_that_was_found_is_accepted_it_is_said_in_plain_words() {
    let r = repo();
    quiet(&r, 12, 100.0);
    r.git("switch --quiet --create topic");
    let head = r.measured("slower", 150.0);
    r.bench("check").run().code(NO);
    accept(&r, "HEAD parse");
    let ran = r.bench("check").run().ok();
    ran.says("pass: the only series is accepted at this commit, so it was not judged")
        .says("we want it safe")
        .says(&head[..8]);
    r.bench("check --format github").run().ok().says("is accepted at this commit");
    r.bench("check --format md").run().ok().says("is accepted at this commit");
    // The next commit of the branch is compared with the accepted one.
    r.measured("slower still", 300.0);
    let told = r.bench("check").run();
    assert!(told.out().contains("accepted at"), "{}", told.told());
    assert_ne!(only(&checked(&r, "", told.code.unwrap()))["verdict"], "unchanged");
}

#[test]
fn one_for_what_is_gone_at_head_covers_it() {
    let r = repo();
    for i in 0..4 {
        r.commit(&format!("c{i}"));
        r.record(&[("kept", 1.0), ("gone", 2.0)]);
    }
    r.git("switch --quiet --create topic");
    r.commit("retire a benchmark");
    r.record(&[("kept", 1.0)]);
    r.bench("check").run().code(crate::NO_DATA).says("gone");
    accept(&r, "HEAD gone");
    r.bench("check").run().ok().says("1 accepted").says_not("missing at head");
}

#[test]
fn a_merge_of_two_accepted_branches_keeps_both() {
    let r = repo();
    for i in 0..20 {
        r.commit(&format!("c{i}"));
        r.record(&[("a", 100.0 + f64::from(i % 3) * 0.1), ("b", 50.0 + f64::from(i % 3) * 0.1)]);
    }
    for (name, values) in [("left", [("a", 140.0), ("b", 50.0)]), ("right", [("a", 100.0), ("b", 80.0)])] {
        r.git(&format!("switch --quiet --create {name} main"));
        r.write(&format!("{name}.txt"), name);
        r.commit_all(name);
        r.record(&values);
        r.bench("check").run().code(NO);
        let pattern = if name == "left" { "a" } else { "b" };
        accept(&r, &format!("HEAD {pattern}"));
        r.bench("check").run().ok();
    }
    r.git("switch --quiet main");
    r.git("merge --quiet --no-ff --no-edit left");
    r.record(&[("a", 140.1), ("b", 50.0)]);
    r.bench("check").run().ok().says("accepted");
    r.git("merge --quiet --no-ff --no-edit right");
    r.record(&[("a", 140.0), ("b", 80.1)]);
    r.bench("check").run().ok().says("accepted");
    for i in 0..3 {
        r.commit(&format!("after {i}"));
        r.record(&[("a", 140.0 + f64::from(i) * 0.1), ("b", 80.0 + f64::from(i) * 0.1)]);
        let ran = r.bench("check").run().ok();
        assert_eq!(ran.out().matches("accepted at").count(), 2, "{}", ran.told());
    }
}

#[test]
fn a_squash_of_the_accepted_commit_is_accepted() {
    let r = repo();
    quiet(&r, 20, 100.0);
    r.git("switch --quiet --create topic");
    r.write("a.txt", "a");
    r.measured("slower", 150.0);
    accept(&r, "HEAD parse");
    r.git("switch --quiet main");
    r.git("merge --quiet --squash topic");
    r.commit_all("squashed");
    r.bench("check").run().ok().says("accepted");
    quiet(&r, 3, 150.0);
    r.bench("check").run().ok().says("accepted at");
}
