//! Odd histories: empty, one point, nothing but failures, ten thousand names, long and right-to-left names, two units.

use serde_json::{Value, json};

use crate::browser::{Browser, expect};
use crate::sandbox::{Sandbox, holds, read};

const LONG: usize = 500;

/// Draws the page in the browser, if there is one, and holds the count of charts against what is expected.
fn drawn(sandbox: &Sandbox, code: i32, charts: &str, more: Value) {
    let page = sandbox.page(code, &[]);
    assert!(read(&page).ends_with("</html>\n"));
    if let Some(browser) = Browser::find() {
        let mut wanted = json!({"count": charts});
        wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        expect(&browser, &page, "odd", &wanted);
    }
}

#[test]
fn a_repository_without_commits_is_told() {
    holds(&Sandbox::new().ends(4, &["report"]).err, &["no commit yet", "hint: git commit"]);
}

#[test]
fn nothing_measured_is_a_page_that_says_so() {
    let sandbox = Sandbox::new();
    sandbox.commit("one");
    holds(&sandbox.ends(3, &["report", "--out", "page.html"]).err, &["no commit of these branches was measured"]);
    drawn(&sandbox, 3, "0 charts", json!({"text": "0 of 1 commit of main measured"}));
    for flag in ["--svg", "--badge"] {
        holds(&sandbox.ends(3, &["report", flag]).out, &["</svg>"]);
    }
}

#[test]
fn one_point_is_a_chart() {
    let sandbox = Sandbox::new();
    sandbox.commit("one");
    sandbox.record("a", &[("x", 1.0, 0.1, 5)]);
    drawn(&sandbox, 0, "1 chart", json!({"text": "No level has changed.", "drawn": 1}));
}

#[test]
fn nothing_but_failures_is_said() {
    let sandbox = Sandbox::new();
    for i in 0..3 {
        sandbox.commit(&format!("{i}"));
        let failed = json!({"context": {"num_cpus": 1}, "benchmarks": [{"name": "bad", "run_name": "bad",
            "run_type": "iteration", "iterations": 0, "real_time": 0, "cpu_time": 0, "time_unit": "ns",
            "error_occurred": true, "error_message": "no"}]});
        sandbox.record_text("a", &failed.to_string());
    }
    let json = sandbox.json(&[]);
    let series = &json["branches"][0]["series"][0];
    assert_eq!((&series["benchmark"], &series["failed"]), (&"bad".into(), &json!([0, 1, 2])));
    let charts = json["branches"][0]["series"].as_array().unwrap().len();
    let count = format!("{charts} chart{}", if charts == 1 { "" } else { "s" });
    drawn(&sandbox, 0, &count, json!({"text": "failed at 3 commits"}));
}

#[test]
fn ten_thousand_names_are_found() {
    let sandbox = Sandbox::new();
    let names: Vec<String> = (0..10_000).map(|i| format!("group_{:02}/case_{i}", i % 50)).collect();
    for i in 0..2 {
        sandbox.commit(&format!("{i}"));
        let benches: Vec<_> = names.iter().map(|n| (n.as_str(), 1.0 + f64::from(i), 0.1, 5)).collect();
        sandbox.record("a", &benches);
    }
    drawn(&sandbox, 0, "10,000 charts", json!({"search": ["case_9999", "1 chart fit 'case_9999'"], "cards": 240}));
}

#[test]
fn long_and_right_to_left_names_stay_whole_and_in_their_place() {
    let sandbox = Sandbox::new();
    sandbox.commit("שלום עולם");
    let long = "x".repeat(LONG);
    let names = [long.as_str(), "قياس/سرعة (1)", "a\u{202e}b", "emoji 🦀"];
    sandbox.record("machine ماكينة", &names.map(|n| (n, 1.0, 0.1, 5)));
    let page = read(&sandbox.page(0, &[]));
    assert!(!page.contains('\u{202e}'), "what turns the reading direction is shown, not obeyed");
    drawn(
        &sandbox,
        0,
        "4 charts",
        json!({"text": "قياس/سرعة (1)", "fits": true, "search": [long, format!("1 chart fit '{}'", "x".repeat(LONG))]}),
    );
}

#[test]
fn a_metric_with_two_units_says_what_is_left_out() {
    let sandbox = Sandbox::new();
    let mut table = "commit,name,metric,unit,value\n".to_owned();
    for unit in ["widgets", "ms", "ms"] {
        table.push_str(&format!("{},x,size,{unit},5\n", sandbox.commit(unit)));
    }
    let file = sandbox.path("table.csv");
    std::fs::write(&file, table).unwrap();
    sandbox.ends(0, &["import", "csv", file.to_str().unwrap()]);
    let json = sandbox.json(&[]);
    let series = &json["branches"][0]["series"][0];
    assert_eq!((&series["unit"], &series["other_unit"]), (&"ms".into(), &"widgets".into()));
    assert_eq!(series["at"], json!([1, 2]));
    drawn(&sandbox, 0, "1 chart", json!({"text": "older points in 'widgets' are left out"}));
}
