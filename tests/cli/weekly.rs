//! The full benchmark of a week, and the places that have one fixed name.

use std::rc::Rc;

use serde_json::{Value, json};

use crate::{DATA, NO_DATA, Repo, STORAGE, Sandbox, USAGE, collect, repo, result_on};

const KEY: &str = "weekly/2024-W18/full-benchmark.json";

/// Records a latency at a time, on a cloud, in a channel.
fn record(r: &Repo, ms: f64, time: &str, cloud: &str, channel: &str) {
    let mut document: Value = serde_json::from_str(&result_on(json!({"cloud": cloud}), &[("parse", ms)])).unwrap();
    document["metadata"] = json!({"timestamp": time});
    r.bench(&format!("record - --channel {channel}")).stdin(document.to_string()).run().ok();
}

/// A remote, two folder stores (`aws` for that cloud, `rest`), and runs around the 18th week: Monday is 2024-04-29.
fn week() -> (Rc<Sandbox>, Repo) {
    let sandbox = Sandbox::new();
    let remote = sandbox.bare("remote");
    let r = sandbox.repo("work");
    r.git(&format!("remote add origin {}", remote.path().display()));
    for name in ["aws", "rest"] {
        let folder = sandbox.path(name);
        std::fs::create_dir(&folder).unwrap();
        r.git(&format!("config bench.store.{name}.url file://{}", folder.display()));
    }
    r.git("config bench.store.aws.when cloud=aws");
    r.commit("one");
    record(&r, 1.0, "2024-04-28T23:59:59Z", "gcp", "daily");
    record(&r, 3.0, "2024-05-05T23:59:59Z", "gcp", "daily");
    r.commit("two");
    record(&r, 2.0, "2024-04-29T00:00:00Z", "gcp", "weekly");
    record(&r, 4.0, "2024-05-06T00:00:00Z", "gcp", "daily");
    record(&r, 5.0, "2024-05-01T00:00:00Z", "gcp", "local");
    record(&r, 6.0, "2024-05-01T00:00:00Z", "aws", "daily");
    r.git("push --quiet origin main");
    r.bench("push").run().ok();
    (sandbox, r)
}

fn read(sandbox: &Sandbox, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(sandbox.path(name)).unwrap()).unwrap()
}

fn latencies(full: &Value) -> Vec<f64> {
    let runs = full["runs"].as_array().unwrap().iter();
    runs.map(|run| run["benchmarks"][0]["latency_ms"].as_f64().unwrap()).collect()
}

#[test]
fn a_week_holds_its_runs_by_time_in_each_store() {
    let (sandbox, r) = week();
    let told = r.bench("weekly 2024-W18 --format json").run().ok().json();
    assert_eq!((&told["week"], told["rows"].as_array().map(Vec::len)), (&json!("2024-W18"), Some(2)), "{told:#}");
    let rest = read(&sandbox, &format!("rest/{KEY}"));
    assert_eq!(rest.as_object().unwrap().keys().collect::<Vec<_>>(), ["schema_version", "week", "runs"]);
    assert_eq!((&rest["schema_version"], &rest["week"]), (&json!("1.0.0"), &json!("2024-W18")));
    assert_eq!(latencies(&rest), [2.0, 3.0], "Monday 00:00 to Sunday 23:59:59, by time; not those of channel local");
    assert_eq!(latencies(&read(&sandbox, &format!("aws/{KEY}"))), [6.0]);
    // Each is the payload, whole.
    let run = r.runs("HEAD~1").into_iter().find(|run| run["m"][0][4] == 3).unwrap();
    assert_eq!(rest["runs"][1], read(&sandbox, &format!("rest/{}", run["payload"]["key"].as_str().unwrap())));
    assert!(r.noted().iter().all(|id| r.note(id).iter().all(|line| !line.contains("full-benchmark"))));
}

#[test]
fn made_again_it_takes_in_what_came_and_leaves_no_copies() {
    let (sandbox, r) = week();
    let state =
        |told: &Value| told["rows"].as_array().unwrap().iter().map(|row| row["state"].clone()).collect::<Vec<_>>();
    r.bench("weekly").run().ok().says("2024-W18");
    assert_eq!(state(&r.bench("weekly --format json").run().ok().json()), ["unchanged", "unchanged"]);
    record(&r, 2.5, "2024-05-02T00:00:00Z", "gcp", "daily");
    // Not pushed yet: it lies in the spool.
    assert_eq!(state(&r.bench("weekly --format json").run().ok().json()), ["unchanged", "written"]);
    assert_eq!(latencies(&read(&sandbox, &format!("rest/{KEY}"))), [2.0, 2.5, 3.0]);
    let mut files = std::collections::BTreeMap::new();
    collect(&sandbox.path("rest/weekly/2024-W18"), "", &mut files);
    assert_eq!(files.keys().filter(|name| name.starts_with("full-benchmark")).count(), 1, "{:?}", files.keys());
}

#[test]
fn what_only_the_old_one_held_is_kept_beside_it() {
    let (sandbox, r) = week();
    let old = json!({"schema_version": "1.0.0", "week": "2024-W18", "runs": [{"benchmarks": [{"name": "x", "latency_ms": 9}]}]});
    std::fs::create_dir_all(sandbox.path("rest/weekly/2024-W18")).unwrap();
    std::fs::write(sandbox.path(&format!("rest/{KEY}")), old.to_string()).unwrap();
    r.bench("weekly").run().ok();
    assert_eq!(latencies(&read(&sandbox, &format!("rest/{KEY}"))), [2.0, 3.0]);
    let mut files = std::collections::BTreeMap::new();
    collect(&sandbox.path("rest/weekly/2024-W18"), "", &mut files);
    let kept = files.iter().find(|(name, _)| name.starts_with("full-benchmark-")).map(|(_, bytes)| bytes.clone());
    assert_eq!(kept.map(|bytes| String::from_utf8(bytes).unwrap()), Some(old.to_string()));
}

#[test]
fn without_a_store_it_lies_in_the_clone_and_is_never_pushed() {
    let r = repo();
    r.commit("one");
    record(&r, 1.0, "2024-05-01T00:00:00Z", "gcp", "daily");
    r.bench("weekly").run().ok().says("local");
    let there = r.path().join(".git/bench/payloads").join(KEY);
    assert!(there.is_file());
    let (remote, store) = (r.sandbox.bare("remote"), r.sandbox.path("store"));
    std::fs::create_dir(&store).unwrap();
    r.git(&format!("remote add origin {}", remote.path().display()));
    r.bench("push").run().ok().tells("1 payload");
    r.git(&format!("config bench.store.s.url file://{}", store.display()));
    r.bench("push").run().ok().tells("stored 1 payload");
    assert!(!store.join(KEY).exists(), "it is made anew there, from all that is there");
    r.bench("weekly").run().ok();
    assert!(store.join(KEY).is_file());
}

#[test]
fn what_cannot_be_made_whole_is_not_made() {
    let (sandbox, r) = week();
    r.bench("weekly 2024-18").run().fails(USAGE, "'2024-18' is no week").hints("git bench weekly 2024-W18");
    r.bench("weekly 2023-W01").run().code(NO_DATA).hints("git bench pull");
    let mut files = std::collections::BTreeMap::new();
    collect(&sandbox.path("rest/daily/2024-05-05"), "", &mut files);
    let name = files.keys().next().unwrap();
    let path = sandbox.path("rest/daily/2024-05-05").join(name);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    r.bench("weekly").run().code(STORAGE).hints("git bench fsck --payloads");
    assert!(!sandbox.path(&format!("rest/{KEY}")).exists() && !sandbox.path(&format!("aws/{KEY}")).exists());
    std::fs::write(&path, [b"x", &bytes[1..]].concat()).unwrap();
    r.bench("weekly").run().code(DATA);
}

#[test]
fn every_validation_is_kept_and_the_fixed_name_is_the_newest() {
    let (sandbox, r) = week();
    let times = ["2024-05-01T10:00:00Z", "2024-05-03T10:00:00Z", "2024-05-02T10:00:00Z"];
    for (i, time) in times.iter().enumerate() {
        let mut document: Value =
            serde_json::from_str(&result_on(json!({"cloud": "gcp"}), &[("parse", i as f64)])).unwrap();
        document["metadata"] = json!({"timestamp": time});
        r.bench("record - --pr 7").stdin(document.to_string()).run().ok();
        r.bench("push").run().ok();
    }
    assert_eq!(read(&sandbox, "rest/pr/pr-7/validation.json")["metadata"]["timestamp"], times[1]);
    let mut files = std::collections::BTreeMap::new();
    collect(&sandbox.path("rest/pr/pr-7"), "", &mut files);
    assert_eq!(files.len(), 4, "three runs and the fixed copy: {:?}", files.keys());
}
