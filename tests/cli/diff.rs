//! `diff`: which two points are compared, what is said of them, and the exit code.

use serde_json::{Value, json};

use crate::{DATA, NO, NO_DATA, Repo, USAGE, metric, repo, result, result_on};

/// The report of a diff that compared something.
#[track_caller]
fn diff(r: &Repo, words: &str) -> Value {
    r.bench(&format!("--format json diff {words}")).run().ok().json()
}

/// The ids of both ends.
fn ends(report: &Value) -> [&str; 2] {
    [report["base"]["commit"].as_str().unwrap(), report["head"]["commit"].as_str().unwrap()]
}

/// The one series of a report.
#[track_caller]
fn only(report: &Value) -> &Value {
    let series = report["series"].as_array().unwrap();
    assert_eq!(series.len(), 1, "{report:#}");
    &series[0]
}

/// Twelve quiet commits on main, and a branch whose one commit takes half as long again.
fn slower_branch() -> (Repo, String, String) {
    let r = repo();
    let mut base = String::new();
    for i in 0..12 {
        base = r.measured(&format!("c{i}"), 100.0 + f64::from(i % 3) * 0.1);
    }
    r.git("switch --quiet --create topic");
    let head = r.measured("slower", 150.0);
    (r, base, head)
}

#[test]
fn a_branch_is_compared_from_its_merge_base_whatever_the_words() {
    let (r, base, head) = slower_branch();
    r.git("switch --quiet main");
    r.measured("main goes on", 500.0);
    r.git("switch --quiet topic");
    for words in ["", "main..topic", "main...topic", "main..", "main..HEAD", "topic"] {
        let report = diff(&r, words);
        assert_eq!(ends(&report), [&base, &head], "diff {words}");
        assert_eq!(only(&report)["verdict"], "regression", "diff {words}");
    }
    let text = r.bench("diff").run().ok().says("1 series: 1 regression").says(&base[..8]).says(&head[..8]);
    text.says("+49.9 %").says("merge base of main and HEAD");
    // Two arguments are the two ends themselves.
    let report = diff(&r, "main topic");
    assert_eq!(ends(&report)[1], head);
    assert!((only(&report)["base"]["value"].as_f64().unwrap() - 500.0).abs() < 1e-6);
    assert_eq!(only(&report)["verdict"], "improvement");
}

#[test]
fn exit_codes_say_what_a_script_asks() {
    let (r, _, _) = slower_branch();
    r.bench("diff").run().ok();
    r.bench("diff --exit-code").run().code(NO);
    r.bench("diff --exit-code --threshold 200%").run().ok();
    r.bench("diff --exit-code HEAD HEAD").run().ok();
    r.git("switch --quiet main");
    r.git("switch --quiet --create quiet");
    r.measured("same", 100.1);
    r.bench("diff --exit-code").run().ok().says("unchanged");
    r.measured("faster", 50.0);
    r.bench("diff --exit-code").run().code(NO).says("improvement");
    r.bench("diff a b c").run().fails(USAGE, "at most two revisions");
    r.bench("diff nothing..topic").run().fails(DATA, "unknown revision 'nothing'");
    r.bench("diff --threshold much").run().code(USAGE);
    r.bench("diff --method magic").run().fails(USAGE, "unknown method 'magic'");
}

#[test]
fn one_point_without_history_is_inconclusive() {
    let r = repo();
    r.measured("base", 100.0);
    r.git("switch --quiet --create topic");
    r.measured("head", 103.0);
    let report = diff(&r, "");
    assert_eq!(only(&report)["verdict"], "inconclusive");
    assert_eq!(report["verdict"], "inconclusive");
    // With a change at or over its threshold.
    r.bench("diff --exit-code").run().code(NO);
    r.bench("diff --exit-code --threshold 10%").run().ok();
}

#[test]
fn nothing_to_compare_is_code_3_and_says_what_to_run() {
    let r = repo();
    r.commit("one");
    r.bench("diff").run().code(NO_DATA);
    r.git("switch --quiet --create topic");
    r.commit("two");
    r.bench("diff").run().fails(NO_DATA, "was measured").hints("git bench record");
    r.record(&[("parse", 1.0)]);
    r.bench("diff").run().fails(NO_DATA, "was measured").hints("git bench record");
    r.bench("diff main topic").run().fails(NO_DATA, "was measured");
    r.bench("record - --commit main").stdin(result(&[("other", 1.0)])).run().ok();
    r.bench("diff").run().code(NO_DATA).says("1 new").says("1 missing").says("new at head").says("missing at head");
    r.bench("diff --exit-code").run().code(NO_DATA);
}

#[test]
fn the_head_end_is_one_of_the_branchs_own_commits() {
    let r = repo();
    let base = r.measured("base", 100.0);
    r.git("switch --quiet --create topic");
    r.commit("unmeasured");
    r.bench("diff").run().fails(NO_DATA, "was measured");
    let own = r.measured("measured", 101.0);
    r.commit("unmeasured again");
    r.commit("and again");
    let report = diff(&r, "");
    assert_eq!(ends(&report), [&base, &own]);
    assert_eq!(report["head"]["distance"], 2);
    assert!(report["head"]["reason"].as_str().unwrap().contains("2 commits back"));
    r.bench("diff").run().ok().says("2 commits back");
}

#[test]
fn the_base_end_is_the_nearest_measured_first_parent() {
    let r = repo();
    let measured = r.measured("measured", 100.0);
    r.git("switch --quiet --create side");
    r.write("side.txt", "new");
    r.commit_all("on a side branch");
    r.record(&[("parse", 300.0)]);
    r.git("switch --quiet main");
    r.commit("on main");
    r.git("merge --quiet --no-ff -m merged side");
    r.commit("unmeasured");
    r.git("switch --quiet --create topic");
    let head = r.measured("head", 101.0);
    let report = diff(&r, "");
    assert_eq!(ends(&report), [&measured, &head], "first parents only");
    assert_eq!(report["base"]["distance"], 3);
}

#[test]
fn a_dirty_run_is_never_a_baseline_nor_a_head() {
    let r = repo();
    let clean = r.measured("clean", 100.0);
    r.commit("dirty");
    r.write("code.txt", "uncommitted");
    r.record(&[("parse", 500.0)]);
    r.git("checkout --quiet -- code.txt");
    r.git("switch --quiet --create topic");
    let head = r.measured("head", 101.0);
    assert_eq!(ends(&diff(&r, "")), [&clean, &head]);
    r.commit("dirty head");
    r.write("code.txt", "uncommitted");
    r.record(&[("parse", 500.0)]);
    assert_eq!(ends(&diff(&r, "")), [&clean, &head]);
    r.git("switch --quiet --force --create other main");
    r.commit("only dirty");
    r.write("code.txt", "uncommitted");
    r.record(&[("parse", 500.0)]);
    r.bench("diff main..").run().fails(NO_DATA, "only with uncommitted changes");
}

#[test]
fn unlike_machines_are_compared_only_when_asked() {
    let r = repo();
    let on = |machine: &str, ms: f64| {
        r.bench("record -").stdin(result_on(json!({"machine": machine}), &[("parse", ms)])).run().ok();
    };
    let far = r.commit("far");
    on("lab", 100.0);
    let near = r.commit("near");
    on("attic", 300.0);
    r.git("switch --quiet --create topic");
    let head = r.commit("head");
    on("lab", 101.0);
    let report = diff(&r, "");
    assert_eq!(ends(&report), [&far, &head]);
    assert!(report["base"]["reason"].as_str().unwrap().contains("other machines"), "{report:#}");
    let report = diff(&r, "--across");
    assert_eq!(ends(&report), [&near, &head]);
    r.git("switch --quiet --create elsewhere");
    r.commit("elsewhere");
    on("cellar", 100.0);
    let ran = r.bench("diff main..").run();
    // One machine of the branch is comparable, the newest is not: either answer names the machine.
    assert!(ran.out().contains("lab") || ran.err.contains("cellar"), "{}", ran.told());
    r.git("switch --quiet --create third main");
    r.commit("third");
    on("cellar", 100.0);
    r.bench("diff main..").run().fails(NO_DATA, "cellar").hints("--across");
    r.bench("diff main.. --across").run().ok();
}

#[test]
fn units_are_converted_or_refused_by_name() {
    let r = repo();
    let record = |file: String| r.bench("record -").stdin(file).run().ok();
    r.commit("base");
    record(metric("parse", "time", "ms", 1500.0));
    r.git("switch --quiet --create topic");
    r.commit("head");
    record(metric("parse", "time", "s", 1.53));
    let report = diff(&r, "");
    let one = only(&report);
    assert_eq!(one["unit"], "s");
    assert!((one["base"]["value"].as_f64().unwrap() - 1.5).abs() < 1e-9, "{one:#}");
    assert!((one["change"].as_f64().unwrap() - 0.02).abs() < 1e-9, "{one:#}");
    r.git("switch --quiet --create bytes main");
    r.commit("bytes");
    record(metric("parse", "time", "B", 1500.0));
    let ran = r.bench("diff main.. --format json").run().code(NO_DATA);
    let missing = ran.json()["missing"].clone();
    let why = missing[0]["why"].as_str().unwrap();
    assert!(why.contains("'ms'") && why.contains("'B'"), "{why}");
}

#[test]
fn missing_new_and_failed_are_listed() {
    let r = repo();
    r.commit("base");
    r.record(&[("kept", 1.0), ("gone", 2.0), ("fails", 3.0)]);
    r.git("switch --quiet --create topic");
    r.commit("head");
    let head = json!({"platform": {"machine": "lab"}, "benchmarks": [{"name": "kept", "latency_ms": 1.0},
        {"name": "fresh", "latency_ms": 2.0}, {"name": "fails", "latency_ms": null}]});
    r.bench("record -").stdin(head.to_string()).run().ok().tells("1 failed");
    let report = diff(&r, "");
    let named = |key: &str| -> Vec<String> {
        let list = report[key].as_array().unwrap();
        list.iter().map(|m| format!("{}: {}", m["benchmark"].as_str().unwrap(), m["why"].as_str().unwrap())).collect()
    };
    assert_eq!(named("missing"), ["fails: failed at head", "gone: missing at head"]);
    assert_eq!(named("new"), ["fresh: new at head"]);
    assert_eq!(only(&report)["benchmark"], "kept");
    r.bench("diff").run().ok().says("2 missing").says("1 new").says("gone").says("fresh");
}

#[test]
fn environments_that_differ_are_shown_as_a_text_diff() {
    let r = repo();
    let with = |rustc: &str, ms: f64| {
        let document = json!({"platform": {"machine": "lab"}, "environment": {"rustc": rustc},
                              "benchmarks": [{"name": "parse", "latency_ms": ms}]});
        r.bench("record -").stdin(document.to_string()).run().ok();
    };
    r.commit("base");
    with("1.94", 100.0);
    r.git("switch --quiet --create topic");
    r.commit("head");
    with("1.95", 101.0);
    r.bench("diff").run().ok().says("rustc").says("--env").says_not("1.94");
    let shown = r.bench("diff --env").run().ok();
    shown.says("-rustc: 1.94").says("+rustc: 1.95");
}

#[test]
fn direction_decides_and_what_matters_comes_first() {
    let r = repo();
    let values = |i: i32, slower: f64| {
        let noise = f64::from(i % 3) * 0.01;
        json!({"platform": {"machine": "lab"}, "benchmarks": [
            {"name": "a", "latency_ms": 10.0 + noise}, {"name": "b", "throughput": 1000.0 + noise},
            {"name": "c", "latency_ms": (10.0 + noise) * slower}, {"name": "d", "throughput": (1000.0 + noise) * slower},
            {"name": "e", "latency_ms": (10.0 + noise) * 2.0 * slower}]})
        .to_string()
    };
    for i in 0..12 {
        r.commit(&format!("c{i}"));
        r.bench("record -").stdin(values(i, 1.0)).run().ok();
    }
    r.git("switch --quiet --create topic");
    r.commit("head");
    r.bench("record -").stdin(values(1, 1.5)).run().ok();
    let report = diff(&r, "");
    let told: Vec<_> = report["series"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| format!("{} {}", s["benchmark"].as_str().unwrap(), s["verdict"].as_str().unwrap()))
        .collect();
    let mut worst = told[..2].to_vec();
    worst.sort();
    assert_eq!(worst, ["c regression", "e regression"]);
    assert_eq!(told[2..], ["d improvement", "a unchanged", "b unchanged"]);
    assert_eq!(report["verdict"], "regression");
    r.bench("diff").run().ok().says("5 series compared: 2 regressions, 1 improvement, 2 unchanged").says_not("NaN");
    let chosen = diff(&r, "-- c d");
    assert_eq!(chosen["series"].as_array().unwrap().len(), 2);
    assert_eq!(diff(&r, "--metric throughput")["series"].as_array().unwrap().len(), 2);
    r.bench("diff -- c nothing").run().ok().tells("'nothing' fits no benchmark");
    r.bench("diff -- nothing").run().fails(NO_DATA, "no benchmark fits");
}

#[test]
fn rules_of_bench_toml_are_followed() {
    let (r, _, _) = slower_branch();
    r.write("bench.toml", "[[rule]]\nbenchmark = \"par*\"\nthreshold = \"80%\"\n");
    assert_eq!(only(&diff(&r, ""))["verdict"], "unchanged");
    r.write("bench.toml", "[[rule]]\nbenchmark = \"par*\"\nbetter = \"higher\"\n");
    assert_eq!(only(&diff(&r, ""))["verdict"], "improvement");
    r.write("bench.toml", "[[rule]]\nmetric = \"latency\"\nfloor = \"0.1 s\"\n");
    assert_eq!(only(&diff(&r, ""))["verdict"], "unchanged");
}

#[test]
fn zero_neither_divides_nor_passes_for_a_number() {
    let r = repo();
    for i in 0..3 {
        r.commit(&format!("c{i}"));
        r.record(&[("parse", 0.0)]);
    }
    r.git("switch --quiet --create topic");
    r.measured("head", 5.0);
    let ran = r.bench("diff").run().ok().says_not("NaN").says_not("inf");
    assert!(ran.out().contains("parse"), "{}", ran.told());
    assert_eq!(only(&diff(&r, "")).get("change"), None);
}
