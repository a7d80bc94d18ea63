//! `show`: what is known of a commit, and its full results byte for byte.

use serde_json::{Value, json};

use crate::{DATA, NO_DATA, repo, result};

#[test]
fn a_commit_shows_its_runs_with_machine_and_measurements() {
    let r = repo();
    let id = r.measured("Parse faster", 1.5);
    let shown = r.bench("show").run().ok();
    for part in [&id[..8], "Parse faster", "parse", "latency", "1.5 ms", "lab", "Alice", "daily"] {
        assert!(shown.out().contains(part), "no '{part}'\n{}", shown.told());
    }
    let report = r.bench("show HEAD --format json").run().ok().json();
    let run = &report["runs"][0];
    assert_eq!(json!([report["commit"], report["subject"], run["who"]]), json!([id, "Parse faster", "Alice"]));
    let row = json!({"benchmark": "parse", "metric": "latency", "unit": "ms", "better": "lower", "value": 1.5, "n": 1});
    assert_eq!(run["measurements"], json!([row]));
    r.bench("show --format csv").run().ok().says("parse,latency");
    r.bench("show --format md").run().ok().says("| `parse` | latency | **1.5 ms** |");
    r.bench("show --format table").run().ok().out_is(&shown.out());
    r.bench("show --format yaml").run().code(crate::USAGE);
}

#[test]
fn nothing_recorded_is_said_with_what_to_do() {
    let r = repo();
    r.commit("one");
    r.bench("show").run().fails(NO_DATA, "nothing is recorded for 'HEAD'").hints("git bench record");
    r.bench("show --payload").run().fails(NO_DATA, "no payload is recorded for 'HEAD'");
    r.bench("show nothing").run().fails(DATA, "unknown revision 'nothing'");
    r.bench("show HEAD:code.txt").run().code(DATA);
}

#[test]
fn one_payload_is_its_exact_bytes_several_are_an_array_by_time_then_id() {
    let r = repo();
    r.commit("one");
    let record = |ms: f64, at: &str| r.bench("record -").stdin(result(&[("parse", ms)])).at(at).run().ok();
    record(1.0, "2024-05-03T00:00:00Z");
    let only = r.bench("show --payload").run().ok();
    let file = r.path().join(".git/bench/payloads").join(r.run("HEAD")["payload"]["key"].as_str().unwrap());
    assert_eq!(only.bytes, std::fs::read(file).unwrap());
    record(2.0, "2024-05-01T00:00:00Z");
    record(3.0, "2024-05-02T00:00:00Z");
    let all: Value = serde_json::from_slice(&r.bench("show --payload").run().ok().bytes).unwrap();
    let times: Vec<_> =
        all.as_array().unwrap().iter().map(|p| p["metadata"]["timestamp"].as_str().unwrap()[..10].to_owned()).collect();
    assert_eq!(times, ["2024-05-01", "2024-05-02", "2024-05-03"]);
    let id = r.runs("HEAD").iter().find(|run| run["m"][0][4] == 1).unwrap()["id"].as_str().unwrap().to_owned();
    let chosen = r.bench(&format!("show --payload --run {}", &id[..8])).run().ok();
    assert_eq!(chosen.bytes, only.bytes);
}

#[test]
fn runs_can_be_chosen_by_suite_and_id() {
    let r = repo();
    r.commit("one");
    for suite in ["gpu", "cpu"] {
        r.bench("record - --suite").arg(suite).stdin(result(&[(suite, 1.0)])).run().ok();
    }
    let report = r.bench("show --suite gpu --format json").run().ok().json();
    assert_eq!(report["runs"].as_array().unwrap().len(), 1);
    assert_eq!(report["runs"][0]["measurements"][0]["benchmark"], "gpu");
}

#[test]
fn runs_of_the_same_tree_are_shown_with_their_origin() {
    let r = repo();
    let one = r.measured("one", 1.5);
    r.git("commit --quiet --amend -m again --date=2024-01-02T00:00:00Z");
    let again = r.id("HEAD");
    assert_ne!(one, again);
    let report = r.bench("show --format json").run().ok().json();
    assert_eq!(report["commit"], json!(again));
    assert!(report["runs"][0]["origin"].as_str().unwrap().contains(&one));
    let bytes = r.bench("show --payload").run().ok().bytes;
    assert!(String::from_utf8(bytes).unwrap().contains(&one));
}
