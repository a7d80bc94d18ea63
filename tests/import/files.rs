//! Histories in files and folders.

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, failure, reasons};

fn element(commit: &str, date: u64, benches: &Value) -> Value {
    json!({"commit": {"id": commit}, "date": date, "tool": "cargo", "benches": benches})
}

fn data_js(suites: &Value) -> String {
    format!("window.BENCHMARK_DATA = {}", json!({"lastUpdate": 1, "repoUrl": "x", "entries": suites}))
}

/// Two suites: unsorted dates, strings for numbers, short, absent and missing ids, a broken element.
fn history(sandbox: &Sandbox) -> Value {
    let bench = |name: &str, value: Value| json!([{"name": name, "value": value, "unit": "ns/iter", "range": "± 20"}]);
    json!({
        "Rust": [
            element(&sandbox.id("HEAD"), 1_700_000_300_000, &bench("a", json!("1.5"))),
            element(&sandbox.id("HEAD~1")[..9], 1_700_000_100_000, &bench("a", json!(2))),
            element("prev commit id", 1_700_000_200_000, &bench("a", json!(3))),
            element(&"f".repeat(40), 1_700_000_000_000, &bench("a", json!(4))),
            element("abcdef0123", 1_700_000_000_000, &bench("a", json!(5))),
            element(&sandbox.id("HEAD"), 1_700_000_400_000, &json!([{"value": 6}])),
        ],
        "Go": [element(&sandbox.id("HEAD"), 1_700_000_300_000, &bench("b", json!("NaN")))],
    })
}

#[test]
fn data_js_is_taken_entry_by_entry() {
    let sandbox = Sandbox::new(3);
    let mut suites = history(&sandbox);
    let path = sandbox.file("data.js", &data_js(&suites));
    let args = ["github-action-benchmark", &path, "--platform", "machine=ubuntu-latest"];
    let report = sandbox.import(&args);
    for (name, want) in [("entries", 7), ("new", 4), ("commits", 3), ("not_in_this_clone", 1), ("not_taken", 3)] {
        assert_eq!(report[name], want, "{name}: {report:#}");
    }
    let why = reasons(&report);
    assert!(why.iter().any(|w| w.starts_with("entries.Rust[2]: no commit is named: 'prev commit id'")), "{why:?}");
    assert!(why.iter().any(|w| w.starts_with("entries.Rust[4]: the short id 'abcdef0123' is of no commit")), "{why:?}");
    assert!(why.iter().any(|w| w.starts_with("entries.Rust[5]: ") && w.contains(".benches[0]: expected")), "{why:?}");
    assert_eq!(
        sandbox.rows(),
        [
            "Go/b time None None",
            "Rust/a time Some(1.5) None",
            "Rust/a time Some(2.0) None",
            "Rust/a time Some(4.0) None"
        ]
    );
    let runs = sandbox.runs();
    let of = |id: &str| runs.iter().find(|run| run.commit == id).unwrap();
    let (here, absent) = (of(&sandbox.id("HEAD~1")), of(&"f".repeat(40)));
    assert_eq!(here.tree.as_deref(), Some(&*sandbox.id("HEAD~1^{tree}")));
    assert_eq!((here.ctime, &here.parents[..]), (Some(1_767_225_600), &[sandbox.id("HEAD~2")][..]));
    assert_eq!((&absent.tree, absent.ctime, absent.parents.len()), (&None, None, 0));
    assert_eq!((&here.who, &here.branch, &*here.channel, &here.payload), (&None, &None, "daily", &None));
    assert_eq!(serde_json::to_string(&here.env).unwrap(), r#"{"machine":"ubuntu-latest"}"#);
    assert_eq!(here.time.0, 1_700_000_100);
    // The twin line of the tree.
    assert!(sandbox.git(&["notes", "--ref=bench", "show", &sandbox.id("HEAD^{tree}")]).contains(r#""kind":"twin""#));
    // Again, and on another machine; then it grows.
    assert_eq!(sandbox.again(&args)["known"], 4);
    suites["Rust"].as_array_mut().unwrap().push(element(
        &sandbox.id("HEAD~2"),
        9,
        &json!([{"name": "c", "value": 1, "unit": ""}]),
    ));
    sandbox.file("data.js", &data_js(&suites));
    let grown = sandbox.import(&args);
    assert_eq!((&grown["new"], &grown["known"]), (&json!(1), &json!(4)));
    assert_eq!(sandbox.import(&["github-action-benchmark", &path, "--platform", "machine=other"])["new"], 5);
    // What was dropped stays dropped.
    let id = of(&sandbox.id("HEAD~1")).id.clone();
    assert!(sandbox.bench(&["drop", &id, "--reason", "noise"]).status.success());
    let why = reasons(&sandbox.again(&args));
    assert!(why.iter().any(|w| w.contains("was dropped here, and stays so")), "{why:?}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let sandbox = Sandbox::new(3);
    let path = sandbox.file("data.js", &data_js(&history(&sandbox)));
    let before = sandbox.git(&["for-each-ref"]);
    let report = sandbox.import(&["github-action-benchmark", &path, "--dry-run"]);
    assert_eq!((&report["new"], &report["dry_run"]), (&json!(4), &json!(true)));
    assert_eq!(sandbox.git(&["for-each-ref"]), before);
    assert!(!sandbox.repo.join(".git/bench").exists());
    let told = sandbox.bench(&["import", "github-action-benchmark", &path, "-n"]);
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(text.starts_with("would import 4 new runs with 4 measurements on 3 commits; 0 there already\n"), "{text}");
    assert!(text.contains("3 entries not taken:"), "{text}");
}

#[test]
fn lines_of_json_are_runs() {
    let sandbox = Sandbox::new(2);
    let (head, first) = (sandbox.id("HEAD"), sandbox.id("HEAD~1"));
    let line = |id: &str, at: u64, value: u64| json!({"host": {"cpu": "Xeon"}, "timestamp": at, "revision": id, "metrics": {"build": [value, "ms"], "x": [1, "#"]}});
    let text = format!("{}\n{{\"revision\":\n{}\n{}\n", line(&head, 20, 7), line(&first, 10, 8), line(&head, 20, 7));
    let path = sandbox.file("metrics.json", &text);
    let report = sandbox.import(&["line-json", &path]);
    assert_eq!((&report["new"], &report["repeated"], &report["measurements"]), (&json!(2), &json!(1), &json!(4)));
    assert!(reasons(&report)[0].starts_with("line 2: "), "{:?}", reasons(&report));
    sandbox.again(&["line-json", &path]);
    // Other shapes by a map.
    let other =
        format!("{}\n", json!({"build": {"sha": head, "at": "2024-01-02T00:00:00Z"}, "r": {"p": {"q": "2.5"}}}));
    let path = sandbox.file("other.json", &other);
    let (code, told) = failure(&sandbox.bench(&["import", "line-json", &path]));
    assert!(code == 4 && told.contains("--map commit=PATH"), "{code} {told}");
    let args = ["line-json", &path, "--map", "commit=build.sha", "--map", "time=build.at", "--map", "metrics=r"];
    assert_eq!(sandbox.import(&args)["new"], 1);
    sandbox.again(&args);
    assert!(sandbox.rows().contains(&"p/q value Some(2.5) None".to_owned()), "{:?}", sandbox.rows());
}

#[test]
fn asv_folders_are_taken_file_by_file() {
    let sandbox = Sandbox::new(2);
    let result = |id: &str, value: f64| {
        json!({"commit_hash": id, "date": 1_700_000_000_000_u64, "results": {"b.time_x": [[value], []]}, "version": 2})
            .to_string()
    };
    sandbox.file(
        "results/benchmarks.json",
        r#"{"b.time_x":{"name":"b.time_x","type":"time","unit":"seconds","params":[]},"version":2}"#,
    );
    sandbox.file("results/vm/machine.json", r#"{"machine":"vm","num_cpu":"2","version":1}"#);
    sandbox.file("results/vm/a.json", &result(&sandbox.id("HEAD"), 1.5));
    sandbox.file("results/vm/b.json", &result(&sandbox.id("HEAD~1")[..8], 2.5));
    sandbox.file("results/vm/c.json", "{\"commit_hash\": ");
    let path = sandbox.path("results");
    let report = sandbox.import(&["asv", &path]);
    assert_eq!((&report["new"], &report["not_taken"]), (&json!(2), &json!(1)));
    assert!(reasons(&report)[0].starts_with("vm/c.json: "), "{:?}", reasons(&report));
    assert_eq!(sandbox.runs()[0].env["machine"], "vm");
    sandbox.again(&["asv", &path]);
    sandbox.file("results/vm/c.json", &result(&sandbox.id("HEAD"), 3.5));
    assert_eq!(sandbox.import(&["asv", &path])["new"], 1);
}

#[test]
fn gobenchdata_and_bencher_are_read() {
    let sandbox = Sandbox::new(2);
    let head = sandbox.id("HEAD");
    let run = |id: &str, ns: f64| {
        let benchmark = json!({"Name": "BenchmarkA", "Runs": 10, "NsPerOp": ns});
        json!({"Version": id, "Date": 1_700_000_000, "Suites": [{"Goos": "linux", "Goarch": "amd64", "Pkg": "p", "Benchmarks": [benchmark]}]})
    };
    let go = sandbox.file(
        "benchmarks.json",
        &json!([run(&head, 5.5), run("", 6.5), {"Version": head, "Date": 1, "Suites": [{"Benchmarks": [3]}]}])
            .to_string(),
    );
    let report = sandbox.import(&["gobenchdata", &go]);
    assert_eq!(report["new"], 1);
    let why = reasons(&report);
    assert!(
        why.iter().any(|w| w == "[1]: no commit is named") && why.iter().any(|w| w.starts_with("[2]: ")),
        "{why:?}"
    );
    sandbox.again(&["gobenchdata", &go]);
    let point = json!({"report": "r1", "iteration": 0, "end_time": "2024-01-02T03:04:05Z", "version": {"hash": head}, "metric": {"value": 3}});
    let export = json!({"results": [{"branch": {"name": "main"}, "testbed": {"name": "box"}, "benchmark": {"name": "a"},
        "measure": {"name": "Latency", "units": "nanoseconds (ns)"}, "metrics": [point]}]});
    let bencher = sandbox.file("export.json", &export.to_string());
    assert_eq!(sandbox.import(&["bencher", &bencher])["new"], 1);
    sandbox.again(&["bencher", &bencher]);
    assert_eq!(
        sandbox.runs().iter().find(|run| run.env.contains_key("machine")).unwrap().branch.as_deref(),
        Some("main")
    );
}

#[test]
fn a_csv_is_read_by_its_columns() {
    let sandbox = Sandbox::new(2);
    let text = format!(
        "sha,when,bench,ms\n{0},1700000000,a,1.5\n{0},1700000000,b,2.5\n{1},1700000001,a,fast\n{1},1700000001,b,3\n",
        sandbox.id("HEAD"),
        sandbox.id("HEAD~1")
    );
    let path = sandbox.file("x.csv", &text);
    let args = [
        "csv",
        &path,
        "--column",
        "sha=commit",
        "--column",
        "when=time",
        "--column",
        "bench=name",
        "--column",
        "ms=value:latency_ms",
    ];
    let report =
        sandbox.import(&[&args[..], &["--suite", "nightly", "--branch", "main", "--channel", "weekly"]].concat());
    assert_eq!((&report["new"], &report["measurements"], &report["not_taken"]), (&json!(1), &json!(2), &json!(1)));
    let run = sandbox.runs().remove(0);
    assert_eq!((&*run.suite, &*run.channel, run.branch.as_deref()), ("nightly", "weekly", Some("main")));
    assert!(reasons(&report)[0].contains("line 4: 'fast' is no number"), "{:?}", reasons(&report));
}

#[test]
fn what_cannot_be_meant_is_said() {
    let sandbox = Sandbox::new(1);
    let empty =
        sandbox.file("data.js", &data_js(&json!({"S": [element("x", 1, &json!([{"name": "a", "value": 1}]))]})));
    let (code, told) = failure(&sandbox.bench(&["import", "github-action-benchmark", &empty]));
    assert!(code == 4 && told.contains("nothing could be taken"), "{code} {told}");
    for (args, want, part) in [
        (vec!["csv", &*empty, "--ref", "x"], 2, "'--ref' is of git-perf and git-metrics"),
        (vec!["csv"], 2, "where is the history of csv?"),
        (vec!["csv", &empty, "--platform", "auto"], 2, "expected KEY=VALUE"),
        (vec!["csv", &empty, "--channel", "x"], 2, "unknown channel 'x'"),
        (vec!["gobenchdata", &empty], 4, "it looks like 'github-action-benchmark-datajs'"),
        (vec!["git-perf"], 4, "there is no 'refs/notes/perf-v3' in '.'"),
        (vec!["layout", "."], 2, "no store is configured at '.'"),
    ] {
        let (code, told) = failure(&sandbox.bench(&[&["import"], &args[..]].concat()));
        assert!(code == want && told.contains(part), "{args:?}: {code} {told}");
    }
}
