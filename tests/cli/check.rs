//! `check`: may this be merged? What is judged, against what, by whose policy, and how it is said.

use serde_json::{Value, json};

use crate::{NO, NO_DATA, Repo, Sandbox, USAGE, repo, result, result_on};

/// Quiet commits on the branch that is checked out; the id of the last.
pub fn quiet(r: &Repo, n: i32, level: f64) -> String {
    let mut last = String::new();
    for i in 0..n {
        last = r.measured(&format!("c{i} at {level}"), level * (1.0 + f64::from(i % 3) * 0.001));
    }
    last
}

/// The report of a check that ended with this code.
#[track_caller]
pub fn checked(r: &Repo, words: &str, code: i32) -> Value {
    r.bench(&format!("--format json check {words}")).run().code(code).json()
}

/// The only series.
#[track_caller]
pub fn only(report: &Value) -> &Value {
    let series = report["series"].as_array().unwrap();
    assert_eq!(series.len(), 1, "{report:#}");
    &series[0]
}

fn branch() -> (Repo, String) {
    let r = repo();
    let base = quiet(&r, 12, 100.0);
    r.git("switch --quiet --create topic");
    (r, base)
}

#[test]
fn a_branch_passes_fails_or_was_not_measured() {
    let (r, base) = branch();
    r.commit("unmeasured");
    r.bench("check").run().fails(NO_DATA, "'HEAD'").tells("was not measured").hints("git bench record");
    let head = r.measured("slower", 150.0);
    let report = checked(&r, "", NO);
    assert_eq!((report["base"]["commit"].as_str(), report["head"]["commit"].as_str()), (Some(&*base), Some(&*head)));
    assert_eq!((only(&report)["verdict"].as_str(), report["outcome"].as_str()), (Some("regression"), Some("fail")));
    r.bench("check").run().code(NO).says("FAIL: 1 series: 1 regression").says("+49.9 %").says(&base[..8]);
    // Its own earlier commit was not measured, and is asked for by name.
    r.bench("check HEAD~1").run().fails(NO_DATA, "'HEAD~1'");
    r.measured("same as before", 100.1);
    r.bench("check").run().ok().says("pass: 1 series: 1 unchanged");
    r.measured("faster", 50.0);
    r.bench("check").run().ok().says("pass: 1 series: 1 improvement");
    r.bench("check --method magic").run().fails(USAGE, "unknown method 'magic'");
    r.bench("check --threshold 200% HEAD~2").run().ok();
}

#[test]
fn a_step_some_commits_ago_still_fails_and_names_its_first_bad_commit() {
    let r = repo();
    quiet(&r, 20, 100.0);
    r.commit("unmeasured 1");
    r.commit("unmeasured 2");
    let bad = r.measured("the slow one", 140.0);
    quiet(&r, 6, 140.0);
    let report = checked(&r, "", NO);
    let first = &only(&report)["first_bad"];
    assert_eq!((first["commit"].as_str(), first["subject"].as_str()), (Some(&*bad), Some("the slow one")));
    assert_eq!((first["unmeasured"].as_u64(), first["author"].as_str()), (Some(2), Some("Alice")));
    let ran =
        r.bench("check").run().code(NO).says(&bad[..8]).says("3 commits").says("the slow one").says("1 regression");
    // The same commit in every form.
    for format in ["md", "github", "junit", "csv"] {
        r.bench(&format!("check --format {format}")).run().code(NO).says(&bad[..8]).says("parse");
    }
    assert!(ran.out().lines().all(|l| !l.contains("NaN")));
}

#[test]
fn most_series_together_are_the_machine_and_not_the_code() {
    let names: Vec<String> = (0..8).map(|i| format!("bench{i}")).collect();
    let values = |factor: f64, odd: f64, wobble: f64| -> Vec<(&str, f64)> {
        let level = |i: usize| (10.0 + i as f64) * factor * (1.0 + wobble * (i as f64 - 3.5));
        names.iter().enumerate().map(|(i, n)| (n.as_str(), if i == 3 { level(i) * odd } else { level(i) })).collect()
    };
    let r = repo();
    for i in 0..12 {
        r.commit(&format!("c{i}"));
        r.record(&values(1.0, 1.0, f64::from(i % 4) * 0.0005));
    }
    r.git("switch --quiet --create topic");
    r.commit("on a slow day");
    r.record(&values(1.3, 1.0, 0.001));
    let report = checked(&r, "", 0);
    let factor = report["common_factor"].as_f64().unwrap();
    assert!((1.25..1.35).contains(&factor), "{factor}");
    r.bench("check").run().ok().says("most series moved together by +30.0 %: machine, not code");
    // What moved beside the others is found all the same.
    r.commit("a slow day and a slow benchmark");
    r.record(&values(1.3, 1.5, 0.001));
    let report = checked(&r, "", NO);
    let worse: Vec<_> = report["series"].as_array().unwrap().iter().filter(|s| s["verdict"] == "regression").collect();
    assert_eq!(worse.len(), 1, "{report:#}");
    assert_eq!(worse[0]["benchmark"], "bench3");
}

#[test]
fn what_is_missing_or_failed_at_head_is_told_one_by_one() {
    let r = repo();
    for i in 0..5 {
        r.commit(&format!("c{i}"));
        r.record(&[("kept", 1.0), ("gone", 2.0), ("fails", 3.0)]);
    }
    r.git("switch --quiet --create topic");
    r.commit("head");
    let head = json!({"platform": {"machine": "lab"}, "benchmarks": [{"name": "kept", "latency_ms": 1.0},
        {"name": "fails", "latency_ms": null}, {"name": "fresh", "latency_ms": 1.0}]});
    r.bench("record -").stdin(head.to_string()).run().ok();
    let ran = r.bench("check").run().code(NO_DATA);
    let ran = ran.says("not enough data").says("2 missing").says("1 new");
    ran.says("gone").says("missing at head").says("fails").says("failed at head").says("fresh");
    r.bench("check --missing warn").run().ok().says("2 missing").says("missing at head");
    r.bench("check --missing ok").run().ok().says_not("missing at head");
    r.bench("check --missing maybe").run().code(USAGE);
    // A regression beside it goes first.
    r.commit("slow as well");
    r.record(&[("kept", 3.0)]);
    r.bench("check").run().code(NO);
    r.bench("check --format github").run().code(NO).says("::error title=kept").says("::warning title=gone");
    r.bench("check --format junit").run().code(NO).says("errors=\"2\"").says("failures=\"1\"");
}

#[test]
fn inconclusive_alone_passes_and_fails_where_asked() {
    let r = repo();
    r.measured("base", 100.0);
    r.git("switch --quiet --create topic");
    r.measured("head", 120.0);
    r.bench("check").run().ok().says("1 inconclusive");
    r.bench("check --inconclusive fail").run().code(NO_DATA).says("1 inconclusive");
    r.bench("check").env("GIT_BENCH_CHECK_INCONCLUSIVE", "fail").run().code(NO_DATA);
}

/// A remote whose main has this `bench.toml`, twelve quiet commits, and a clone of it with the notes.
fn project(toml: &str) -> (std::rc::Rc<Sandbox>, Repo) {
    let sandbox = Sandbox::new();
    let remote = sandbox.bare("remote");
    let first = sandbox.repo("first");
    first.git(&format!("remote add origin {}", remote.path().display()));
    first.write("bench.toml", toml);
    quiet(&first, 12, 100.0);
    first.git("push --quiet origin main");
    first.bench("push").run().ok();
    let clone = sandbox.clone_of(&remote, "clone", &[]);
    clone.bench("pull").run().ok();
    (sandbox, clone)
}

#[test]
fn a_pull_request_cannot_loosen_its_own_gate() {
    let (_sandbox, r) = project("[check]\nthreshold = \"2%\"\n");
    r.git("switch --quiet --create topic");
    r.write(
        "bench.toml",
        "[check]\nthreshold = \"500%\"\nmissing = \"ok\"\n[[rule]]\nbenchmark = \"*\"\nbetter = \"higher\"\n",
    );
    r.measured("slower, and nobody minds", 150.0);
    r.bench("check").run().code(NO).says("1 regression");
    // Nor can it take another base.
    r.write("bench.toml", "[bench]\nbase = \"topic\"\n");
    r.measured("slower, and its own base", 150.1);
    r.bench("check").run().code(NO).says("1 regression");
    // 'diff' decides nothing and reads the work tree's.
    r.write("bench.toml", "[check]\nthreshold = \"500%\"\n");
    r.bench("diff").run().ok().says("unchanged");
}

#[test]
fn rules_of_the_base_are_followed_and_those_that_fit_nothing_are_told() {
    let (_sandbox, r) = project(
        "[[rule]]\nbenchmark = \"prase\"\nthreshold = \"90%\"\n[[rule]]\nmetric = \"latancy\"\nthreshold = \"90%\"\n\
         [[rule]]\nenvironment = \"lba\"\nthreshold = \"90%\"\n",
    );
    r.git("switch --quiet --create topic");
    r.measured("slower", 150.0);
    let ran = r.bench("check").run().code(NO);
    let ran = ran.says("the rule for 'prase' fits no benchmark; the nearest is 'parse'");
    ran.says("the rule for 'latancy' fits no metric; the nearest is 'latency'")
        .says("the rule for 'lba' fits no environment");
    let (_sandbox, r) = project("[[rule]]\nbenchmark = \"par*\"\nthreshold = \"90%\"\n");
    r.git("switch --quiet --create topic");
    r.measured("slower", 150.0);
    r.bench("check").run().ok().says_not("fits no");
}

#[test]
fn a_mistyped_pattern_metric_or_suite_never_passes_silently() {
    let (r, _) = branch();
    r.measured("slower", 150.0);
    r.bench("check -- prase")
        .run()
        .fails(NO_DATA, "no benchmark fits")
        .tells("'prase' fits no benchmark; the nearest is 'parse'");
    r.bench("check -- parse:latncy").run().fails(NO_DATA, "no benchmark fits").tells("the nearest is 'parse:latency'");
    r.bench("check --metric latncy")
        .run()
        .fails(NO_DATA, "no benchmark fits")
        .tells("'latncy' fits no metric; the nearest is 'latency'");
    // One of two fits: it is judged, and the other is told.
    r.bench("check -- parse prase").run().code(NO).tells("'prase' fits no benchmark; the nearest is 'parse'");
    let ran = r.bench("check --suite defualt").run().code(NO_DATA);
    assert!(ran.told().contains("'defualt'") && ran.told().contains("default"), "{}", ran.told());
    for words in ["log", "blame"] {
        let ran = r.bench(&format!("{words} -- prase")).run().code(NO_DATA);
        ran.tells("'prase' fits no benchmark; the nearest is 'parse'");
    }
}

#[test]
fn a_branch_that_only_merged_the_base_is_not_blamed_for_it() {
    let (r, _) = branch();
    r.write("topic.txt", "topic");
    r.commit_all("topic");
    r.git("switch --quiet main");
    let slow = quiet(&r, 8, 140.0);
    r.git("switch --quiet topic");
    r.git("merge --quiet --no-edit main");
    r.record(&[("parse", 140.2)]);
    let report = checked(&r, "", 0);
    assert_eq!(report["base"]["commit"], slow.as_str());
    assert!(only(&report)["change"].as_f64().unwrap().abs() < 0.01, "{report:#}");
    // The base branch itself is told.
    r.git("switch --quiet main");
    r.bench("check").run().code(NO).says("1 regression");
}

#[test]
fn a_squash_a_pick_and_a_revert_are_judged_by_their_twins() {
    let (r, _) = branch();
    r.write("a.txt", "a");
    let head = r.measured("topic", 100.2);
    r.git("switch --quiet main");
    r.git("merge --quiet --squash topic");
    r.commit_all("topic, squashed");
    let ran = r.bench("check").run().ok().says("pass").says(&head[..8]).says("same tree");
    assert!(ran.out().contains("squashed"), "{}", ran.told());
    // Reverted: the tree of the commit before, whose runs it has.
    let before = r.id("HEAD~1");
    r.git("revert --no-edit HEAD");
    r.bench("check").run().ok().says(&before[..8]).says("same tree");
    r.git("switch --quiet --create release HEAD~1");
    r.git("reset --quiet --hard HEAD~1");
    r.git(&format!("cherry-pick --no-commit {head}"));
    r.commit_all("topic, picked");
    r.bench("check").run().ok().says(&head[..8]).says("same tree");
}

#[test]
fn a_shallow_clone_says_which_line_deepens_it_and_does_it_itself() {
    let sandbox = Sandbox::new();
    let remote = sandbox.bare("remote");
    let first = sandbox.repo("first");
    first.git(&format!("remote add origin {}", remote.path().display()));
    quiet(&first, 12, 100.0);
    first.git("switch --quiet --create topic");
    for i in 0..3 {
        first.commit(&format!("t{i}"));
    }
    first.measured("slower", 150.0);
    first.git("push --quiet origin main topic");
    first.bench("push").run().ok();
    let job = sandbox.clone_of(&remote, "job", &["--depth", "1", "--no-single-branch", "--branch", "topic"]);
    job.bench("pull").run().ok();
    let ran = job.bench("check").run().fails(NO_DATA, "this clone is too shallow");
    ran.hints("git fetch --deepen=").hints("--deepen");
    // From below, too: the directory is changed to once.
    std::fs::create_dir(job.path().join("below")).unwrap();
    job.bench("-C below check --deepen").run().code(NO).says("1 regression");
    job.bench("check").run().code(NO).says("1 regression");
}

#[test]
fn only_the_machines_of_the_head_are_judged_and_the_others_are_named() {
    let r = repo();
    for i in 0..6 {
        r.commit(&format!("c{i}"));
        r.record(&[("parse", 100.0)]);
        r.bench("record -").stdin(result_on(json!({"machine": "attic"}), &[("parse", 50.0)])).run().ok();
    }
    r.git("switch --quiet --create topic");
    r.measured("head", 100.0);
    r.bench("check").run().ok().says("not judged, since HEAD was not measured there: attic");
    r.git("switch --quiet --create other main");
    r.commit("elsewhere");
    r.bench("record -").stdin(result_on(json!({"machine": "cellar"}), &[("parse", 50.0)])).run().ok();
    r.bench("check").run().fails(NO_DATA, "cellar").hints("--across");
}

#[test]
fn the_comment_begins_with_the_verdict_and_stays_under_githubs_limit() {
    let r = repo();
    let names: Vec<String> =
        (0..900).map(|i| format!("a rather long name of a benchmark in some group/case number {i}")).collect();
    let all = |slow: f64| -> Vec<(&str, f64)> {
        names.iter().enumerate().map(|(i, n)| (n.as_str(), if i % 2 == 0 { 10.0 * slow } else { 10.0 })).collect()
    };
    for i in 0..5 {
        r.commit(&format!("c{i}"));
        r.record(&all(1.0));
    }
    r.git("switch --quiet --create topic");
    r.commit("slow");
    r.record(&all(2.0));
    let ran = r.bench("check --format md").run();
    let text = ran.out();
    let first = text.lines().next().unwrap();
    assert!(first.contains("900 series compared"), "{first}");
    assert!(text.len() < 65_536 && text.chars().count() < 65_536, "{}", text.len());
    assert!(text.trim_end().ends_with("<!-- git-bench check -->"), "the marker is there");
    assert!(text.contains("left out of this comment") || text.contains("are shown"), "what is left out is said");
    // A small one folds the unchanged.
    r.git("switch --quiet --create small main");
    r.commit("one slow");
    let mut values = all(1.0);
    values.truncate(10);
    values[0].1 = 20.0;
    r.record(&values);
    let text = r.bench("check --missing ok --format md").run().out();
    assert!(text.contains("<details><summary>") && text.contains("unchanged"), "{text}");
}

#[test]
fn every_form_is_well_formed_and_the_same_twice() {
    let (r, _) = branch();
    r.measured("slower", 150.0);
    for format in ["text", "md", "json", "csv", "html", "github", "junit"] {
        let words = format!("check --format {format}");
        let (one, two) = (r.bench(&words).run().code(NO), r.bench(&words).run().code(NO));
        assert_eq!(one.bytes, two.bytes, "{format}");
        assert!(one.out().contains("parse"), "{}", one.told());
    }
    let junit = r.bench("check --format junit").run().code(NO).out();
    assert!(
        junit.starts_with("<?xml") && junit.contains("<failure message=") && junit.contains("tests=\"1\""),
        "{junit}"
    );
    let github = r.bench("check --format github").run().code(NO).out();
    assert!(
        github.lines().all(|line| line.starts_with("::")) && github.contains("::error title=parse latency::"),
        "{github}"
    );
    r.bench("check --format xml").run().fails(USAGE, "unknown format 'xml'");
    r.bench("record - --suite other").stdin(result(&[("parse", 1.0)])).run().ok();
    r.bench("check").run().code(NO).says("nothing at the base to compare with on lab, suite other");
}
