//! A bucket in the layout of result files.

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, failure, reasons};

fn result(commit: &str, latency: f64, more: &Value) -> String {
    let mut metadata =
        json!({"timestamp": "2024-01-15T10:30:00Z", "developer": "alice", "branch": "main", "commit_sha": commit});
    for (key, value) in more.as_object().unwrap() {
        metadata[key] = value.clone();
    }
    let platform = json!({"cloud": "aws", "gpu_model": "NVIDIA A100"});
    format!(
        "{:#}\n",
        json!({"metadata": metadata, "platform": platform, "benchmarks": [{"name": "mm", "latency_ms": latency}], "failures": [{"test": "t", "error": "e"}]})
    )
}

/// A folder with every place of the layout, and what cannot be taken.
fn bucket(sandbox: &Sandbox) -> String {
    let (head, first, second) = (sandbox.id("HEAD"), sandbox.id("HEAD~1"), sandbox.id("HEAD~2"));
    let id = json!({"run_id": "550e8400-e29b-41d4-a716-446655440000"});
    let put = |key: &str, text: &str| sandbox.file(&format!("bucket/{key}"), text);
    put("daily/2024-01-15/aws-nvidia-abc.json", &result(&head[..12], 1.5, &id));
    put("daily/2024-01-16/unversioned.json", &result("unversioned", 1.0, &json!({})));
    put("daily/2024-01-16/broken.json", "{\"benchmarks\": [{}]}");
    put("daily/2024-01-16/note.txt", "hello");
    // A copy under the fixed name beside its own, and one that stands alone.
    let validated = result(&first, 2.5, &json!({"pr_number": 7}));
    put("pr/pr-7/aws-nvidia-x.json", &validated);
    put("pr/pr-7/validation.json", &validated);
    put("pr/pr-8/validation.json", &result(&first, 3.5, &json!({})));
    put("releases/v1.2.0/release-benchmark.json", &result(&head, 4.5, &json!({})));
    let week = json!({"week": "2024-W03", "runs": [
        serde_json::from_str::<Value>(&result(&head[..12], 1.5, &id)).unwrap(),
        serde_json::from_str::<Value>(&result(&second, 5.5, &json!({"channel": "daily"}))).unwrap(),
    ]});
    put("weekly/2024-W03/full-benchmark.json", &week.to_string());
    put("attachments/1/2.txt", "log");
    sandbox.path("bucket")
}

#[test]
fn payloads_stay_where_they_are() {
    let sandbox = Sandbox::new(3);
    sandbox.git(&["tag", "1.2.0"]);
    let path = bucket(&sandbox);
    sandbox.git(&["config", "bench.store.results.url", &format!("file://{path}")]);
    let report = sandbox.import(&["layout", &path]);
    let why = reasons(&report);
    for (name, want) in [("new", 5), ("not_taken", 3), ("passed_over", 3), ("payloads", 1), ("commits", 3)] {
        assert_eq!(report[name], want, "{name}: {report:#}");
    }
    assert!(why.iter().any(|w| w.starts_with("daily/2024-01-16/unversioned.json: no commit is named")), "{why:?}");
    assert!(
        why.iter().any(|w| w.starts_with("daily/2024-01-16/broken.json: ") && w.contains("'name' is missing")),
        "{why:?}"
    );
    assert!(why.iter().any(|w| w.starts_with("daily/2024-01-16/note.txt: ")), "{why:?}");
    let runs = sandbox.runs();
    let of = |latency: f64| runs.iter().find(|run| run.m[0].value == Some(latency)).unwrap();
    let told = |latency: f64| {
        let run = of(latency);
        let payload = run.payload.as_ref().unwrap();
        (&*run.channel, run.pr, run.tag.as_deref(), &*payload.key, &*payload.store)
    };
    assert_eq!(told(1.5), ("daily", None, None, "daily/2024-01-15/aws-nvidia-abc.json", "results"));
    assert_eq!(told(2.5), ("pr", Some(7), None, "pr/pr-7/aws-nvidia-x.json", "results"));
    assert_eq!(told(3.5), ("pr", Some(8), None, "pr/pr-8/validation.json", "results"));
    assert_eq!(told(4.5), ("release", None, Some("1.2.0"), "releases/v1.2.0/release-benchmark.json", "results"));
    // Only a run that lies inside the benchmark of a week gets an object of its own.
    assert_eq!((&*of(5.5).channel, &*of(5.5).payload.as_ref().unwrap().store), ("daily", "results"));
    assert_eq!((&*of(1.5).id, of(1.5).who.as_deref()), ("550e8400-e29b-41d4-a716-446655440000", Some("alice")));
    assert_eq!(of(1.5).tests.unwrap().failed, 1);
    assert_eq!(sandbox.again(&["layout", &format!("file://{path}")])["known"], 5);
    sandbox.again(&["layout", "--store", "results"]);
    assert_eq!(sandbox.import(&["layout", "--store", "results", "--dry-run"])["new"], 0);
    // Shown and verified: exactly the bytes that lie there.
    let shown = sandbox.bench(&["show", "--payload", "--run", "550e8400"]);
    assert_eq!(shown.stdout, std::fs::read(format!("{path}/daily/2024-01-15/aws-nvidia-abc.json")).unwrap());
    assert!(sandbox.bench(&["fsck", "--payloads"]).status.success());
    std::fs::write(format!("{path}/pr/pr-8/validation.json"), "{}").unwrap();
    let (code, told) = failure(&sandbox.bench(&["show", "--payload", "HEAD~1", "--run", &of(3.5).id]));
    assert!(code != 0 && told.contains("it has 2 bytes"), "{code} {told}");
}

#[test]
fn the_store_must_be_the_one_that_is_meant() {
    let sandbox = Sandbox::new(3);
    let path = bucket(&sandbox);
    sandbox.git(&["config", "bench.store.aws.url", "s3://torchbridge-benchmarks"]);
    let (code, told) = failure(&sandbox.bench(&["import", "layout", &path]));
    assert!(code == 2 && told.contains("git config bench.store.results.url file://"), "{code} {told}");
    let (code, told) = failure(&sandbox.bench(&["import", "layout", "s3://other", "--store", "aws"]));
    assert!(code == 2 && told.contains("is at 's3://torchbridge-benchmarks'"), "{code} {told}");
    // A folder that is a copy of the bucket: notes name the bucket.
    assert_eq!(sandbox.import(&["layout", &path, "--store", "aws"])["new"], 5);
    assert!(sandbox.runs().iter().all(|run| run.payload.as_ref().unwrap().store == "aws"));
}
