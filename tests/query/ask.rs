//! What is asked is what is answered.

use serde_json::{Value, json};

use crate::sandbox::{NOW, Said, Sandbox, result, seed};

fn runs(said: &Said) -> usize {
    said.json()["runs"].as_array().unwrap().len()
}

/// Three runs as the seed has them, and three of another benchmark over a month.
fn full() -> Sandbox {
    let sandbox = Sandbox::new(3);
    sandbox.record(&seed("aws", 1.51), "HEAD");
    sandbox.record(&seed("aws", 1.52), "HEAD");
    sandbox.record(&seed("gcp", 1.53), "HEAD");
    for (i, time) in ["2023-12-20T00:00:00Z", "2024-01-14T12:00:00Z", "2024-01-20T11:00:00Z"].iter().enumerate() {
        sandbox.record(&result("parse/small", 10.0 + i as f64, time), &format!("HEAD~{i}"));
    }
    sandbox
}

#[test]
fn flags_narrow() {
    let sandbox = full();
    let count = |args: &[&str]| {
        let said = sandbox.bench(&[&["query", "--format", "json"], args].concat());
        let json = said.json();
        assert_eq!(json["total"].as_u64().unwrap() as usize, runs(&said));
        runs(&said)
    };
    for (args, want) in [
        (&[][..], 6),
        (&["--platform", "aws"], 2),
        (&["--platform", "AWS"], 2),
        (&["--platform", "aws", "--platform", "gcp"], 3),
        (&["--platform", "instance_type=p4*"], 2),
        (&["--platform", "p4d.24xlarge"], 2),
        (&["--platform", "local"], 3),
        (&["--platform", "lab"], 3),
        (&["--platform", "azure"], 0),
        (&["--hardware", "nvidia"], 3),
        (&["--hardware", "*A100"], 3),
        (&["--hardware", "nvidia", "--benchmark", "flash_attention"], 3),
        (&["--benchmark", "parse/*"], 3),
        (&["--benchmark", "parse"], 3),
        (&["--benchmark", "arse"], 0),
        (&["--metric", "latency"], 3),
        (&["--branch", "main", "--who", "bob"], 3),
        (&["--branch", "other"], 0),
        (&["--suite", "default", "--clean"], 6),
        (&["--channel", "release"], 0),
        (&["--commit", "HEAD~1"], 1),
        (&["--since", "2024-01-01", "--until", "2024-01-15"], 4),
        (&["--since", "2024-01-01", "--until", "2024-01-15T10:29:59"], 1),
        (&["--days", "7"], 5),
        (&["--since", "6d"], 5),
        (&["--since", "1h"], 1),
        (&["--since", "2 weeks ago", "--until", "yesterday"], 4),
        (&["--days", "36500", "--limit", "0"], 6),
    ] {
        assert_eq!(count(args), want, "{args:?}");
    }
    let said = sandbox.bench(&["query", "--since", "soon"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("hint: --since 2024-01-15"), "{}", said.err);
    let said = sandbox.bench(&["query", "--benchmark", "parse/smal1"]);
    assert!(said.err.contains("the nearest is 'parse/small'"), "{}", said.err);
    let said = sandbox.ok(&["query", "--limit", "2", "--format", "json"]);
    assert_eq!((said.json()["total"].as_u64(), runs(&said)), (Some(6), 2));
    assert!(sandbox.ok(&["query", "--limit", "2"]).out.contains("6 runs from 2023-12-20 to 2024-01-20; 2 shown"));
}

#[test]
fn order_and_columns_are_as_asked() {
    let sandbox = full();
    let values = |sort: &str| {
        let out = sandbox.ok(&["query", "--benchmark", "parse/small", "--sort", sort, "--format", "json"]);
        let of = |run: &Value| run["measurements"][0]["value"].as_f64().unwrap();
        out.json()["runs"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(values("time"), [10.0, 11.0, 12.0]);
    assert_eq!(values("-time"), [12.0, 11.0, 10.0]);
    assert_eq!(values("-value"), [12.0, 11.0, 10.0]);
    for key in ["commit", "machine", "platform", "suite", "branch", "who", "duration", "cost", "ctime", "harness"] {
        assert_eq!(values(key).len(), 3, "{key}");
    }
    assert_eq!(sandbox.bench(&["query", "--sort", "moon"]).code, 2);
    assert_eq!(sandbox.bench(&["query", "--sort", "value"]).code, 2);
    let columns = "who,env.machine,parse/small:time,pr";
    let out =
        sandbox.ok(&["query", "--platform", "lab", "--columns", columns, "--sort", "time", "--format", "csv"]).out;
    assert_eq!(
        out,
        "who,machine,parse/small:time,parse/small:time unit,pr\r\nbob,lab,10,ms,\r\nbob,lab,11,ms,\r\nbob,lab,12,ms,\r\n"
    );
    assert_eq!(sandbox.bench(&["query", "--columns", "moon"]).code, 2);
    let text = sandbox.ok(&["query", "--platform", "aws", "--benchmark", "flash_attention"]);
    assert!(text.out.contains("latency") && text.out.contains("1.52 ms"), "{}", text.out);
    assert!(text.err.contains("no benchmark is called 'flash_attention'"), "{}", text.err);
    for format in ["text", "table", "md", "csv", "html", "json"] {
        assert!(!sandbox.ok(&["query", "--format", format]).out.is_empty());
    }
}

#[test]
fn statistics_are_right() {
    let sandbox = full();
    let said =
        sandbox.ok(&["stats", "--benchmark", "flash_attention_forward", "--platform", "aws", "--format", "json"]);
    let groups = said.json()["groups"].as_array().unwrap().clone();
    let latency = groups.iter().find(|g| g["metric"] == "latency").unwrap();
    assert_eq!((latency["n"].as_u64(), latency["unit"].as_str()), (Some(2), Some("ms")));
    for (key, want) in [("mean", 1.515), ("min", 1.51), ("max", 1.52), ("avg_latency_ms", 1.515)] {
        assert!((latency[key].as_f64().unwrap() - want).abs() < 1e-12, "{key}: {latency}");
    }
    let by = |words: &str| {
        let json = sandbox.ok(&["stats", "--metric", "latency", "--by", words, "--format", "json"]).json();
        json["groups"].as_array().unwrap().iter().map(|g| g["n"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(by("platform,benchmark"), [2, 1]);
    assert_eq!(by("benchmark"), [3]);
    assert_eq!(by("who,suite,channel,branch,tag,harness,hardware"), [3]);
    assert_eq!(sandbox.bench(&["stats", "--by", "moon"]).code, 2);
    // Units that convert are one group, others are not; failures are counted.
    let sandbox = Sandbox::new(1);
    for (value, unit) in [(json!(1000), "us"), (json!(2), "ms"), (json!(4), "ms"), (json!(5), "B"), (json!(null), "ms")]
    {
        let metrics = json!({"time": {"value": value, "unit": unit}});
        let run = json!({"platform": {"machine": "lab"}, "benchmarks": [{"name": "a", "metrics": metrics}]});
        sandbox.record(&run, "HEAD");
    }
    let json = sandbox.ok(&["stats", "--format", "json"]).json();
    let told: Vec<_> = json["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|g| {
            (g["unit"].as_str().unwrap(), g["n"].as_u64().unwrap(), g["failed"].as_u64().unwrap(), g["median"].as_f64())
        })
        .collect();
    assert_eq!(told, [("B", 1, 0, Some(5.0)), ("ms", 3, 1, Some(2.0))]);
}

#[test]
fn sql_reads_and_only_reads() {
    let sandbox = full();
    let sql = |text: &str| sandbox.bench(&["query", "--sql", text, "--format", "json"]);
    let said = sql("select benchmark, count(*) n, avg(value) from measurements where metric = 'time' group by 1;");
    assert_eq!(said.json()["rows"], json!([{"benchmark": "parse/small", "n": 3, "avg(value)": 11.0}]));
    assert_eq!(sql("select count(*) n from samples").json()["rows"][0]["n"], 6);
    assert_eq!(sql("with a as (select 1 x) select x, x, null y from a").json()["rows"], json!([{"x": 1, "x#2": 1}]));
    for view in ["runs", "measurements", "samples", "machines", "benchmarks"] {
        assert_eq!(sql(&format!("select * from {view}")).code, 0, "{view}");
    }
    for bad in [
        "delete from run",
        "with a as (select 1) delete from run",
        "select 1; delete from run",
        "attach 'x' as x",
        "vacuum into 'x.db'",
        "pragma query_only = 0",
        "select moon from runs",
        "",
    ] {
        let said = sql(bad);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{bad}: {}", said.err);
        assert!(said.err.contains("hint: "), "{bad}: {}", said.err);
    }
    assert_eq!(runs(&sandbox.ok(&["query", "--format", "json"])), 6);
}

#[test]
fn hostile_names_stay_text() {
    let sandbox = Sandbox::new(1);
    let long = "x".repeat(500);
    let names = ["'; drop table run; --", "\u{1b}[31mred", "<script>alert(1)</script>", "a|b*?[x]", "مرحبا", "", &long];
    for name in names {
        sandbox.record(&result(&format!("n{name}"), 1.0, NOW), "HEAD");
    }
    sandbox.record(
        &json!({"platform": {"machine": "\u{1b}]0;x\u{7}<b>"}, "benchmarks": [{"name": "m", "time_ms": 1}]}),
        "HEAD",
    );
    assert_eq!(sandbox.same(), names.len() + 1);
    for name in names {
        let asked = format!("n{name}");
        let said = sandbox.bench(&["query", "--format", "json", "--benchmark", &asked]);
        assert!(runs(&said) >= 1, "{name}: {}", said.err);
    }
    for command in [&["query"][..], &["stats"], &["query", "--columns", "machine,nm:time,env.machine"]] {
        for format in ["text", "md", "html", "csv"] {
            let said = sandbox.ok(&[command, &["--format", format]].concat());
            assert!(
                !said.out.contains('\u{1b}') && (format != "html" || !said.out.contains("<script>")),
                "{format}: {}",
                said.out
            );
            assert!(!said.err.contains('\u{1b}'));
        }
    }
    let said = sandbox.bench(&["query", "--platform", "\u{1b}[31m"]);
    assert!(said.code == 3 && !said.err.contains('\u{1b}'), "{}", said.err);
}

#[test]
fn dirty_runs_are_named() {
    let sandbox = Sandbox::new(1);
    std::fs::write(sandbox.path("repo/file"), "changed").unwrap();
    sandbox.record(&result("a", 1.0, NOW), "HEAD");
    let said = sandbox.ok(&["query"]);
    assert!(said.out.contains("1 of a dirty work tree"), "{}", said.out);
    assert_eq!(sandbox.bench(&["query", "--clean"]).code, 3);
    assert_eq!(sandbox.bench(&["stats", "--clean"]).code, 3);
}
