//! What must never come of odd histories: a panic, a pass that nobody was told of, `inf` or `NaN`, two answers to one question.

use serde_json::json;

use crate::check::{checked, only, quiet};
use crate::{DATA, NO, NO_DATA, Repo, metric, repo, result, result_on};

/// All that asks about series gives an answer: an exit code of ours, no number that is none, the same bytes twice.
#[track_caller]
fn sane(r: &Repo) {
    for words in [
        "check",
        "check --all",
        "diff",
        "diff HEAD~1 HEAD",
        "diff --format benchstat",
        "log",
        "log --chart",
        "blame",
        "show",
    ] {
        let forms: &[&str] = if words.contains("--format") { &[""] } else { &["text", "json", "md", "csv", "html"] };
        for form in forms {
            let words = if form.is_empty() { words.to_owned() } else { format!("--format {form} {words}") };
            let (one, two) = (r.bench(&words).run(), r.bench(&words).run());
            let told = one.code == Some(DATA) && one.err.starts_with("error: ") && one.err.contains("hint: ");
            assert!(matches!(one.code, Some(0 | 1 | 3)) || told, "{}", one.told());
            assert_eq!((one.code, &one.bytes, &one.err), (two.code, &two.bytes, &two.err), "{words} twice");
            let text = format!("{}\n{}", one.out(), one.err);
            let wrong = text
                .split(|c: char| !c.is_alphanumeric())
                .find(|w| ["nan", "inf", "infinity"].iter().any(|bad| w.eq_ignore_ascii_case(bad)));
            assert_eq!(wrong, None, "{}", one.told());
        }
    }
}

/// Records one value of a metric at a commit of its own.
fn measured(r: &Repo, name: &str, unit: &str, value: f64) {
    r.commit(&format!("{name} {unit} {value} {}", r.noted_or_none()));
    r.bench("record -").stdin(metric("parse", name, unit, value)).run().ok();
}

impl Repo {
    fn noted_or_none(&self) -> usize {
        if self.git_can("rev-parse --verify refs/notes/bench") { self.noted().len() } else { 0 }
    }
}

#[test]
fn a_base_of_zero() {
    let r = repo();
    for _ in 0..8 {
        measured(&r, "allocations", "count", 0.0);
    }
    sane(&r);
    r.git("switch --quiet --create topic");
    measured(&r, "allocations", "count", 5.0);
    sane(&r);
    let ran = r.bench("check").run();
    assert_ne!(ran.code, Some(NO_DATA), "{}", ran.told());
    let report = checked(&r, "", ran.code.unwrap());
    let one = only(&report);
    assert_eq!((one.get("change"), one["difference"].as_f64()), (None, Some(5.0)));
    assert_ne!(one["verdict"], "unchanged", "never silently");
}

#[test]
fn values_that_are_all_equal() {
    let r = repo();
    for i in 0..8 {
        r.measured(&format!("c{i}"), 100.0);
    }
    r.git("switch --quiet --create topic");
    r.measured("equal", 100.0);
    sane(&r);
    r.bench("check").run().ok().says("1 unchanged");
    // A spread of zero does not make the smallest change a regression.
    r.measured("a hair more", 100.000_001);
    r.bench("check").run().ok();
    sane(&r);
    r.measured("twice", 200.0);
    let ran = r.bench("check").run();
    assert!(!ran.out().contains("unchanged"), "{}", ran.told());
}

#[test]
fn one_point_and_two_points() {
    let r = repo();
    r.measured("one", 100.0);
    sane(&r);
    r.bench("check").run().fails(NO_DATA, "was measured").hints("git bench record");
    r.measured("two", 300.0);
    sane(&r);
    r.bench("check").run().ok().says("1 inconclusive");
    r.bench("blame").run().ok().says("parse");
}

#[test]
fn numbers_that_are_none() {
    let r = repo();
    let go = |values: &[&str]| {
        let lines: String =
            values.iter().map(|v| format!("BenchmarkX-8 10 {v} ns/op\nBenchmarkY-8 10 7 ns/op\n")).collect();
        r.bench("record - --platform machine=lab").stdin(format!("pkg: p\n{lines}PASS\n")).run().ok();
    };
    for i in 0..6 {
        r.commit(&format!("c{i}"));
        go(&["5", "6"]);
    }
    r.git("switch --quiet --create topic");
    r.commit("not a number");
    go(&["NaN", "+Inf"]);
    sane(&r);
    r.bench("check").run().code(NO_DATA).says("p.BenchmarkX").says("failed at head");
    // Behind HEAD it is a gap.
    r.commit("numbers again");
    go(&["5", "6"]);
    sane(&r);
    r.bench("check").run().ok();
    r.bench("record -").stdin(r#"{"benchmarks":[{"name":"x","latency_ms":NaN}]}"#).run().code(DATA);
}

#[test]
fn negative_values() {
    let r = repo();
    for i in 0..12 {
        measured(&r, "score", "points", -10.0 - f64::from(i % 3) * 0.01);
    }
    r.git("switch --quiet --create topic");
    measured(&r, "score", "points", -20.0);
    sane(&r);
    let ran = r.bench("check").run();
    let report = checked(&r, "", ran.code.unwrap());
    assert!(only(&report)["difference"].as_f64().unwrap() < -9.0, "{report:#}");
    assert_eq!(only(&report)["verdict"], "inconclusive", "it has no good direction");
    r.bench("check").run().ok().says("which direction is the better one is not known");
    // From one side of zero to the other.
    measured(&r, "score", "points", 10.0);
    sane(&r);
}

#[test]
fn a_metric_that_was_renamed() {
    let r = repo();
    for i in 0..8 {
        measured(&r, "time", "ms", 100.0 + f64::from(i % 3));
    }
    r.git("switch --quiet --create topic");
    measured(&r, "duration", "ms", 300.0);
    sane(&r);
    let ran = r.bench("check").run().code(NO_DATA);
    ran.says("1 missing").says("1 new").says("time").says("duration").says("missing at head").says("new at head");
}

#[test]
fn units_that_changed_between_runs() {
    let r = repo();
    for i in 0..12 {
        measured(&r, "time", "ms", 1500.0 + f64::from(i % 3));
    }
    r.git("switch --quiet --create topic");
    measured(&r, "time", "s", 1.5);
    sane(&r);
    let report = checked(&r, "", 0);
    assert_eq!((only(&report)["verdict"].as_str(), only(&report)["unit"].as_str()), (Some("unchanged"), Some("s")));
    measured(&r, "time", "us", 2_200_000.0);
    r.bench("check").run().code(NO).says("1.501 s").says("2.2 s");
    let log = r.bench("log --format json").run().ok().json();
    assert_eq!(log["series"][0]["points"].as_array().unwrap().len(), 14);
    measured(&r, "time", "bytes", 1500.0);
    sane(&r);
    r.bench("check").run().code(NO_DATA).says("its unit changed from 'ms' to 'B'").says("1 missing");
    // On one line of history, older points in another quantity are left out, and that is said.
    let log = r.bench("log --format json").run().ok().json();
    assert_eq!(log["series"][0]["other_unit"], "ms");
    r.bench("log").run().ok().says("'ms'");
}

#[test]
fn clocks_that_disagree() {
    let r = repo();
    let mut ids = Vec::new();
    for i in 0..24_i64 {
        // Committed in a zigzag over two years, recorded backwards in time.
        let date = format!("{} +0000", 1_704_067_200 + (i % 5) * 15_000_000 - i * 1_000_000);
        r.write("code.txt", format!("{i}\n"));
        r.git("add --all");
        let mut git = r.sandbox.command("git");
        git.current_dir(r.path()).args(["commit", "--quiet", "-m", &format!("c{i}")]);
        assert!(git.env("GIT_COMMITTER_DATE", &date).env("GIT_AUTHOR_DATE", &date).status().unwrap().success());
        ids.push(r.id("HEAD"));
        let level = if i < 12 { 100.0 } else { 140.0 };
        let now = format!("20{:02}-05-01T12:00:00Z", 60 - i);
        r.bench("record -").at(&now).stdin(result(&[("parse", level + (i % 3) as f64 * 0.1)])).run().ok();
    }
    sane(&r);
    let report = checked(&r, "", NO);
    assert_eq!(only(&report)["first_bad"]["commit"], ids[12].as_str(), "by ancestry, not by clocks");
    let log = r.bench("log --format json").run().ok().json();
    assert_eq!(log["series"][0]["changes"][0]["commit"], ids[12].as_str());
    let blame = r.bench("blame --format json").run().ok().json();
    assert_eq!(blame["series"][0]["change"]["commit"], ids[12].as_str());
}

#[test]
fn a_record_on_a_commit_that_is_no_ancestor() {
    let r = repo();
    quiet(&r, 12, 100.0);
    r.git("switch --quiet --create side HEAD~6");
    r.write("side.txt", "side");
    r.commit_all("never merged");
    let side = r.id("HEAD");
    r.record(&[("parse", 10.0), ("only-there", 1.0)]);
    r.git("switch --quiet --orphan island");
    r.write("island.txt", "x");
    r.commit_all("no common commit");
    r.record(&[("parse", 1.0)]);
    sane(&r);
    r.bench("check").run().fails(DATA, "share no commit");
    r.git("switch --quiet main");
    sane(&r);
    let report = checked(&r, "", 0);
    assert_eq!(only(&report)["verdict"], "unchanged", "{report:#}");
    r.bench("log").run().ok().says("12 of 12").says_not("only-there");
    r.bench(&format!("check {side}")).run().ok().says("improvement");
    // Accepted there, it counts here for nothing.
    r.measured("slow", 150.0);
    r.bench(&format!("accept {side} parse --reason elsewhere")).run().ok();
    r.bench("check").run().code(NO).says_not("elsewhere");
    let list = r.bench("accept --list --format json").run().ok().json();
    assert_eq!(list["rows"][0]["ancestor_of_head"], json!(false));
}

#[test]
fn a_record_of_a_commit_that_is_not_here() {
    let r = repo();
    quiet(&r, 12, 100.0);
    let note = r.note("HEAD").remove(0).replace(&r.id("HEAD"), &"f".repeat(40));
    let blob = r.file("note", format!("{note}\n"));
    r.git(&format!("notes --ref=bench add -f -F {blob} HEAD~3"));
    sane(&r);
    r.bench("check").run().ok();
}

#[test]
fn machines_and_suites_beside_each_other() {
    let r = repo();
    for i in 0..6 {
        r.commit(&format!("c{i}"));
        for machine in ["lab", "attic"] {
            let one = result_on(json!({"machine": machine}), &[("parse", 100.0 + f64::from(i % 2))]);
            r.bench("record -").stdin(one).run().ok();
        }
    }
    sane(&r);
    r.bench("check").run().ok().says("2 series compared");
}
