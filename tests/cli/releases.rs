//! Releases: recorded by tag, one row each in `log --tags`, compared by name, kept by `prune`.

use serde_json::{Value, json};

use crate::{DATA, NO_DATA, Repo, Sandbox, USAGE, repo, result};

/// Tags of each kind at measured commits, and one at a commit that was not measured.
fn releases() -> Repo {
    let r = repo();
    for (tag, ms) in [("v1.0.0", 10.0), ("v1.1.0", 10.1), ("v1.2.0", 15.0)] {
        r.commit(tag);
        r.git_words(&["tag", "--annotate", "--message", tag, tag]);
        let latencies = [("parse", ms), ("write", 5.0)];
        r.bench("record - --tag").arg(tag).stdin(result(&latencies)).run().ok();
        r.commit(&format!("after {tag}"));
    }
    r.git("tag v1.3.0");
    r
}

#[test]
fn a_release_is_found_by_its_tag_and_lies_at_its_place() {
    let r = releases();
    let run = r.run("v1.1.0^{commit}");
    assert_eq!(
        (&run["tag"], &run["channel"], &run["commit"]),
        (&json!("v1.1.0"), &json!("release"), &json!(r.id("v1.1.0^{commit}")))
    );
    assert!(run["payload"]["key"].as_str().unwrap().starts_with("releases/v1.1.0/"), "{run}");
    let shown = r.bench("show v1.1.0 --format json").run().ok().json();
    assert_eq!((shown["runs"][0]["tag"].as_str(), shown["commit"].as_str()), (Some("v1.1.0"), run["commit"].as_str()));
    let payload: Value = serde_json::from_slice(&r.bench("show --payload v1.1.0").run().ok().bytes).unwrap();
    assert_eq!(payload["metadata"]["tag"], "v1.1.0");
    let found = r.bench("query --tag v1.1.* --format json").run().ok().json();
    assert_eq!(found["total"], 1);
    r.bench("record - --tag v9")
        .stdin(result(&[("parse", 1.0)]))
        .run()
        .fails(DATA, "there is no tag 'v9'")
        .hints("git fetch --tags");
}

#[test]
fn a_row_for_each_release() {
    let r = releases();
    let log = r.bench("log --tags --format json").run().ok().json();
    let row = |i: usize| &log["releases"][i];
    let tags: Vec<_> = (0..4).map(|i| row(i)["tag"].as_str().unwrap()).collect();
    assert_eq!(tags, ["v1.3.0", "v1.2.0", "v1.1.0", "v1.0.0"], "newest first");
    assert_eq!((row(0)["values"].as_array().map(Vec::len), row(0)["against"].as_str()), (Some(0), Some("v1.2.0")));
    assert_eq!(row(0).get("regressions"), None, "what was not measured is not compared");
    assert_eq!(row(1)["against"], "v1.1.0");
    let parse = &row(1)["values"][0];
    assert_eq!((parse["benchmark"].as_str(), parse["value"].as_f64()), (Some("parse"), Some(15.0)));
    assert!((parse["change"].as_f64().unwrap() - (15.0 / 10.1 - 1.0)).abs() < 1e-12);
    let counted: u64 =
        ["regressions", "improvements", "unchanged", "inconclusive"].iter().map(|k| row(1)[k].as_u64().unwrap()).sum();
    assert_eq!(counted, 2);
    // It is what 'diff' says of the two.
    let diff = r.bench("diff v1.1.0 v1.2.0 --format json").run().ok().json();
    let verdict = |name: &str| {
        diff["series"].as_array().unwrap().iter().find(|s| s["benchmark"] == name).unwrap()["verdict"].clone()
    };
    assert_eq!(parse["verdict"], verdict("parse"));
    assert_eq!(row(3).get("against"), None);
    assert_eq!(row(3)["values"][0].get("change"), None);
    r.bench("log --tags").run().ok().says("v1.2.0").says("not measured").says("parse latency");
}

#[test]
fn releases_are_chosen_by_glob_number_range_and_series() {
    let r = releases();
    let tags = |words: &str| -> Vec<String> {
        let log = r.bench(&format!("log --format json {words}")).run().ok().json();
        log["releases"].as_array().unwrap().iter().map(|row| row["tag"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(tags("--tags=*1.0"), ["v1.1.0"]);
    assert_eq!(tags("--tags v1.2.0"), ["v1.2.0", "v1.1.0", "v1.0.0"]);
    assert_eq!(tags("--tags v1.0.0..v1.2.0"), ["v1.2.0", "v1.1.0"]);
    assert_eq!(tags("--tags -n 2"), ["v1.3.0", "v1.2.0"]);
    let told = r.bench("log --tags -n 2 --format json -- write").run().ok().json();
    assert_eq!(told["releases"][1]["values"].as_array().unwrap().len(), 1);
    assert!(told["notes"][0].as_str().unwrap().contains("2 of 4"), "{told}");
    r.bench("log --tags=nothing*").run().code(NO_DATA).hints("git fetch --tags");
    r.bench("log --tags --chart").run().code(USAGE);
}

#[test]
fn an_unmeasured_release_before_is_said() {
    let r = releases();
    r.commit("more");
    r.git("tag v1.4.0");
    r.bench("record - --tag v1.4.0").stdin(result(&[("parse", 15.0)])).run().ok();
    let log = r.bench("log --tags -n 1 --format json").run().ok().json();
    assert_eq!(log["releases"][0]["against"], "v1.3.0");
    let said = log["notes"].to_string();
    assert!(said.contains("v1.3.0 was not measured") && said.contains("1 commits before"), "{said}");
}

#[test]
fn release_notes_name_both_tags() {
    let r = releases();
    let text = r.bench("report --release v1.2.0 --format md").run().ok().out();
    assert!(text.contains("v1.2.0 since v1.1.0") && text.contains("parse"), "{text}");
    r.bench("report --release main --format md").run().fails(USAGE, "is no tag");
    r.bench("report --release v1.0.0 --format md").run().fails(NO_DATA, "no tag before 'v1.0.0'");
}

#[test]
fn prune_keeps_releases() {
    let r = releases();
    let pruned = r.bench("prune --older-than 1d --format json").at("2026-01-01T00:00:00Z").run().ok().json();
    assert_eq!((&pruned["runs"], &pruned["kept_releases"]), (&json!(0), &json!(3)), "{pruned:#}");
    r.bench("show v1.0.0").run().ok();
}

#[test]
fn a_tag_build_is_a_release() {
    let sandbox = Sandbox::new();
    let r = sandbox.repo("work");
    let id = r.commit("one");
    r.git("tag 2.0");
    let ci = [("CI", "true"), ("GITHUB_ACTIONS", "true"), ("GITHUB_REF", "refs/tags/2.0"), ("GITHUB_SHA", id.as_str())];
    r.bench("record -").stdin(result(&[("parse", 1.0)])).envs(&ci).run().ok();
    let run = r.run("HEAD");
    assert_eq!((run["channel"].as_str(), run["tag"].as_str()), (Some("release"), Some("2.0")));
    assert!(run["payload"]["key"].as_str().unwrap().starts_with("releases/v2.0/"), "a 'v' before the digit: {run}");
}
