//! Which commit a run belongs to, and what is said of it there.

use serde_json::json;

use crate::{DATA, fixture, repo, result, seed_at};

#[test]
fn head_is_the_commit_of_a_file_that_names_none() {
    let r = repo();
    let one = r.commit("one");
    r.git("switch --quiet --detach");
    r.record(&[("parse", 1.5)]);
    let run = r.run("HEAD");
    assert_eq!(run["commit"], one);
    assert_eq!((run.get("branch"), &run["channel"]), (None, &json!("local")), "a detached HEAD is on no branch");
}

#[test]
fn any_revision_can_be_named() {
    let r = repo();
    let (one, two) = (r.commit("one"), r.commit("two"));
    r.commit("three");
    r.git("tag light HEAD~1");
    r.git("config push.default upstream");
    r.git("config branch.main.remote .");
    r.git("config branch.main.merge refs/heads/main");
    let described = format!("v0-2-g{}", &one[..9]);
    for (i, revision) in
        ["HEAD~2", "main~2", "light~1", &one[..9], "HEAD^^", "@~2", "HEAD^{/one}", ":/one", &described, "main@{push}~2"]
            .iter()
            .enumerate()
    {
        let ran = r.bench("record - --commit").arg(revision).stdin(result(&[("parse", i as f64)])).run().ok();
        assert_eq!(r.runs(&one).len(), i + 1, "{revision}\n{}", ran.told());
    }
    let run = r.runs(&one).remove(0);
    assert_eq!((run.get("branch"), run.get("dirty")), (None, None), "HEAD's branch is not that of an older commit");
    r.bench("record - --commit light").stdin(result(&[("parse", 1.0)])).run().ok();
    assert_eq!(r.run(&two)["tag"], "light");
}

#[test]
fn an_annotated_tag_means_its_commit_and_is_kept_as_a_name() {
    let r = repo();
    let one = r.commit("one");
    r.git_words(&["tag", "-a", "v1.0.0", "-m", "release"]);
    r.commit("two");
    assert_ne!(r.id("v1.0.0"), one, "the tag is an object of its own");
    r.bench("record - --tag v1.0.0").stdin(result(&[("parse", 1.5)])).run().ok();
    let run = r.run(&one);
    assert_eq!(json!([run["commit"], run["tag"], run["channel"]]), json!([one, "v1.0.0", "release"]));
    assert!(run["payload"]["key"].as_str().unwrap().starts_with("releases/v1.0.0/"));
    r.bench("record - --commit v1.0.0").stdin(result(&[("parse", 1.6)])).run().ok();
    let named = r.runs(&one).into_iter().find(|run| run["m"][0][4] == 1.6).unwrap();
    assert_eq!(named["tag"], "v1.0.0");
    r.bench("show v1.0.0").run().ok().says(&one[..8]);
    r.bench("show refs/tags/v1.0.0").run().ok();
}

#[test]
fn a_commit_that_is_not_here_is_never_silently_head() {
    let r = repo();
    let one = r.commit("one");
    let before = r.state();
    r.bench("record -")
        .stdin(seed_at("abc123def456"))
        .run()
        .fails(DATA, "the file names commit 'abc123def456', which is not here")
        .hints("git fetch")
        .hints("--commit");
    r.is_still(&before);
    let ran = r.bench("record - --commit HEAD").stdin(seed_at("abc123def456")).run().ok();
    ran.tells("warning:").tells("abc123def456");
    assert_eq!(r.run("HEAD")["commit"], one);
    let payload: serde_json::Value = serde_json::from_slice(&r.bench("show --payload").run().ok().bytes).unwrap();
    assert_eq!(payload["metadata"]["commit_sha"], "abc123def456", "the payload keeps what the file said");
    assert_eq!(payload["metadata"]["commit"], one);
}

#[test]
fn a_file_names_its_commit_and_a_flag_wins() {
    let r = repo();
    let (one, two) = (r.commit("one"), r.commit("two"));
    r.bench("record -").stdin(seed_at(&one[..7])).run().ok().tells_not("warning");
    assert_eq!(r.runs(&one).len(), 1);
    r.bench("record - --commit HEAD")
        .stdin(seed_at(&one[..7]).replace("550e8400", "650e8400"))
        .run()
        .ok()
        .tells("warning");
    assert_eq!(r.run(&two)["commit"], two);
    // What is no id names none.
    for word in ["unversioned", "", "HEAD", "abc"] {
        let text = format!(r#"{{"metadata":{{"commit_sha":"{word}"}},"benchmarks":[{{"name":"a","x":1}}]}}"#);
        let ran = r.bench("record - --suite").arg(format!("s{word}")).stdin(text).run().ok();
        assert!(ran.err.contains(&two[..12]), "'{word}'\n{}", ran.told());
    }
}

#[test]
fn a_dirty_tree_is_marked_and_has_no_tree_and_no_twin() {
    let r = repo();
    r.commit("one");
    r.write("results.json", result(&[("parse", 1.5)]));
    r.bench("record results.json").run().ok().tells_not("dirty");
    assert_eq!(r.run("HEAD").get("dirty"), None, "an untracked file does not count");
    r.write("code.txt", "changed\n");
    r.bench("record -").stdin(result(&[("parse", 2.0)])).run().ok().tells("warning:").tells("dirty");
    let run = r.runs("HEAD").into_iter().find(|run| run["m"][0][4] == 2.0).unwrap();
    assert_eq!((run["dirty"].clone(), run.get("tree")), (json!(true), None));
    let tree = r.id("HEAD^{tree}");
    assert_eq!(r.lines(&tree, "twin").len(), 1, "only that of the clean run");
    // Staged counts, another commit does not.
    r.git("add code.txt");
    r.commit_all("two");
    r.write("code.txt", "again\n");
    r.git("add code.txt");
    r.bench("record -").stdin(result(&[("parse", 3.0)])).run().ok();
    assert_eq!(r.run("HEAD")["dirty"], true);
    r.bench("record - --commit HEAD~1").stdin(result(&[("parse", 4.0)])).run().ok();
    let run = r.runs("HEAD~1").into_iter().find(|run| run["m"][0][4] == 4.0).unwrap();
    assert_eq!(run.get("dirty"), None, "what is measured is not HEAD");
}

#[test]
fn a_file_may_say_that_it_was_dirty() {
    let r = repo();
    r.commit("one");
    let text = r#"{"metadata":{"dirty":true},"platform":{"machine":"lab"},"benchmarks":[{"name":"a","x":1}]}"#;
    r.bench("record -").stdin(text).run().ok();
    assert_eq!(r.run("HEAD")["dirty"], true);
}

#[test]
fn the_branch_is_the_files_then_that_of_head() {
    let r = repo();
    r.commit("one");
    r.git("switch --quiet --create topic/x");
    r.record(&[("parse", 1.5)]);
    assert_eq!(r.run("HEAD")["branch"], "topic/x");
    let text = json!({"metadata": {"branch": "theirs"}, "platform": {"machine": "lab"}, "benchmarks": [{"name": "a", "x": 1}]});
    r.bench("record -").stdin(text.to_string()).run().ok();
    let branches: Vec<_> = r.runs("HEAD").iter().map(|run| run["branch"].as_str().unwrap().to_owned()).collect();
    assert!(branches.contains(&"theirs".to_owned()), "{branches:?}");
}

#[test]
fn a_machine_is_the_files_completed_or_what_was_asked_for() {
    let r = repo();
    r.commit("one");
    let env = |words: &str, input: &[u8]| {
        r.bench(words).stdin(input.to_vec()).run().ok();
        let runs = r.runs("HEAD");
        r.git("update-ref -d refs/notes/bench");
        r.git("update-ref -d refs/bench/seen");
        runs.last().unwrap()["env"].clone()
    };
    let bare = br#"{"benchmarks":[{"name":"a","x":1}]}"#;
    let here = env("record -", bare);
    assert_eq!(here["os"], std::env::consts::OS);
    assert_eq!(here["arch"], std::env::consts::ARCH);
    assert!(here["cpu_count"].as_u64().unwrap() > 0);
    assert_eq!(env("record - --platform none", bare), json!({}));
    let named = env("record - --platform machine=lab", bare);
    assert_eq!((&named["machine"], &named["os"]), (&json!("lab"), &here["os"]));
    let none = env("record - --platform none --platform gpu_count=2", bare);
    assert_eq!(none, json!({"gpu_count": 2}));
    // The seed's file states its platform: kept exactly, nothing added.
    let stated = br#"{"platform":{"cloud":"aws"},"benchmarks":[{"name":"a","x":1}]}"#;
    assert_eq!(env("record -", stated), json!({"cloud": "aws"}));
    assert_eq!(env("record - --platform auto", stated)["os"], here["os"]);
    // A harness's own facts win, unless they are of another machine.
    let pytest = fixture("pytest-benchmark/saved.json");
    let found = env("record -", &pytest);
    assert!(found["cpu_count"].is_number() && found["python_version"].is_string(), "{found}");
    for (key, value) in here.as_object().unwrap() {
        let text = value.to_string();
        assert!(!text.contains("/home/") && !text.contains("/root"), "{key}: {text}");
        assert!(!matches!(key.as_str(), "hostname" | "host" | "user" | "username"), "{key}");
    }
}

#[test]
fn what_the_program_knows_of_a_machine_is_told_apart_by_its_key() {
    let r = repo();
    r.commit("one");
    for machine in ["lab", "attic"] {
        let words = format!("record - --platform machine={machine}");
        r.bench(&words).stdin(result(&[("parse", 1.5)])).run().ok();
    }
    let report = r.bench("show --format json").run().ok().json();
    let keys: Vec<_> =
        report["runs"].as_array().unwrap().iter().map(|run| run["environment"].as_str().unwrap()).collect();
    assert_ne!(keys[0], keys[1]);
    assert!(keys.iter().all(|key| key.len() == 12));
}
