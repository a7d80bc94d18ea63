//! `record`: what is kept, where, and that a second time changes nothing.

use serde_json::{Value, json};

use crate::{DATA, DONE, Repo, SEED, USAGE, fixture, repo, result, seed_at};

/// The keys of an object in their order.
fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn dates_are_fixed_and_so_are_ids() {
    let r = repo();
    assert_eq!(r.commit("one"), "99afc79e0e57884b853e1a094f4ea121d3c7a15b");
    r.record(&[("parse", 1.5)]);
    assert_eq!(r.id("refs/notes/bench^{tree}"), "772ee7596c5e12cacd4645f7fc2455202356ba1b");
}

#[test]
fn the_seeds_example_becomes_the_line_of_the_formats() {
    let r = repo();
    let parent = r.commit("one");
    let commit = r.commit("Optimize FlashAttention kernel");
    r.bench("record -").stdin(seed_at(&commit[..12])).run().ok().says("").tells("recorded 3 measurements");
    let run = r.run(&commit);
    let order = "v kind id time who commit tree ctime parents branch suite channel env tests duration cost spot input m payload";
    assert_eq!(keys(&run).join(" "), order);
    assert!(r.note(&commit)[0].starts_with(r#"{"v":1,"kind":"run","id":"550e8400-e29b-41d4-a716-446655440000","#));
    for (key, value) in [
        ("time", json!("2024-01-15T10:30:00Z")),
        ("who", json!("alice")),
        ("commit", json!(commit)),
        ("tree", json!(r.id("HEAD^{tree}"))),
        ("ctime", json!(1_704_067_320)),
        ("parents", json!([parent])),
        ("branch", json!("feature/new-optimizer")),
        ("suite", json!("default")),
        ("channel", json!("local")),
        (
            "env",
            json!({"cloud": "aws", "gpu_count": 8, "gpu_model": "NVIDIA A100", "instance_type": "p4d.24xlarge",
                       "region": "us-west-2"}),
        ),
        ("tests", json!([157, 150, 2, 5, 0])),
        ("duration", json!(1847)),
        ("cost", json!(16.82)),
        ("spot", json!(true)),
        (
            "m",
            json!([
                ["flash_attention_forward", "latency", "ms", "lower", 1.52, 1, null, null, null, null],
                ["flash_attention_forward", "memory", "MB", "lower", 2048, 1, null, null, null, null],
                ["flash_attention_forward", "throughput", "", "higher", 1_250_000, 1, null, null, null, null]
            ]),
        ),
    ] {
        assert_eq!(run[key], value, "{key}");
    }
    let payload = &run["payload"];
    let start = format!("daily/2024-01-15/aws-nvidia-default-{}-20240115T1030-", &commit[..8]);
    let key = payload["key"].as_str().unwrap();
    assert_eq!(key, format!("{start}{}.json", &payload["sha256"].as_str().unwrap()[..8]));
    assert_eq!(payload["store"], "local");
}

#[test]
fn nothing_of_the_seeds_example_is_lost() {
    let r = repo();
    let commit = r.commit("one");
    let with_more = seed_at(&commit).replacen("\"metadata\": {", "\"mine\": [1, null], \"metadata\": {\"x\": 1.0,", 1);
    r.bench("record -").stdin(with_more.clone()).run().ok();
    let payload: Value = serde_json::from_slice(&r.bench("show --payload").run().ok().bytes).unwrap();
    let given: Value = serde_json::from_str(&with_more).unwrap();
    for (section, value) in given.as_object().unwrap() {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    assert_eq!(payload[section][key].as_f64(), value.as_f64(), "{section}.{key}");
                    if !value.is_number() {
                        assert_eq!(payload[section][key], *value, "{section}.{key}");
                    }
                }
            }
            other => assert_eq!(payload[section], *other, "{section}"),
        }
    }
    let known: Value = json!([payload["metadata"]["commit"], payload["metadata"]["suite"], payload["schema_version"]]);
    assert_eq!(known, json!([commit, "default", "1.0.0"]));
    assert_eq!(keys(&payload).first(), Some(&"schema_version"));
    assert_eq!(keys(&payload).last(), Some(&"mine"), "unknown keys come last");
}

#[test]
fn the_same_file_again_changes_nothing_on_any_day_by_anybody() {
    let r = repo();
    r.commit("one");
    let file = r.file("r.json", result(&[("parse", 1.5)]));
    r.bench("record").arg(&file).run().ok();
    let before = r.state();
    let again = |_: &str, call: crate::Call| {
        call.run().ok().tells("already recorded");
        r.is_still(&before);
    };
    again("at once", r.bench("record").arg(&file));
    again("on another day", r.bench("record").arg(&file).at("2025-02-03T04:05:06Z"));
    again(
        "by another",
        r.bench("record")
            .arg(&file)
            .env("GIT_CONFIG_COUNT", "1")
            .envs(&[("GIT_CONFIG_KEY_0", "user.name"), ("GIT_CONFIG_VALUE_0", "Bob")]),
    );
    again("from elsewhere", r.bench("record -").stdin(result(&[("parse", 1.5)])));
    again("after a retry of a CI", r.bench("record").arg(&file).envs(&[("CI", "true"), ("GITHUB_ACTIONS", "true")]));
}

#[test]
fn the_id_follows_commit_suite_machine_and_input() {
    let r = repo();
    r.commit("one");
    let file = r.file("r.json", result(&[("parse", 1.5)]));
    let other = r.file("other.json", result(&[("parse", 1.6)]));
    for words in ["record", "record --suite nightly", "record --platform machine=attic"] {
        r.bench(words).arg(&file).run().ok().tells("recorded 1 measurement");
    }
    r.bench("record").arg(&other).run().ok().tells("recorded 1 measurement");
    let runs = r.runs("HEAD");
    let ids: std::collections::BTreeSet<_> = runs.iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!((runs.len(), ids.len()), (4, 4));
    assert!(ids.iter().all(|id| id.len() == 36 && id.as_bytes()[14] == b'8'), "UUIDv8: {ids:?}");
    r.commit("two");
    r.bench("record").arg(&file).run().ok();
    assert!(!ids.contains(r.run("HEAD")["id"].as_str().unwrap()));
}

#[test]
fn a_run_id_met_with_other_content_is_an_error() {
    let r = repo();
    let commit = r.commit("one");
    r.bench("record -").stdin(seed_at(&commit)).run().ok();
    let before = r.state();
    let changed = seed_at(&commit).replace("1.52", "1.53");
    r.bench("record -")
        .stdin(changed.clone())
        .run()
        .fails(DATA, "run id 550e8400-e29b-41d4-a716-446655440000 was recorded before with other content")
        .hints("--again");
    r.is_still(&before);
    r.bench("record --again -").stdin(changed).run().ok();
    let runs = r.runs("HEAD");
    assert_eq!(runs.len(), 2);
    let fresh = runs.iter().find(|r| r["id"] != "550e8400-e29b-41d4-a716-446655440000").unwrap();
    assert_eq!(fresh["id"].as_str().unwrap().as_bytes()[14], b'4', "UUIDv4: {fresh}");
}

#[test]
fn an_id_of_another_form_stays_in_the_payload() {
    let r = repo();
    r.commit("one");
    let text = r#"{"metadata":{"run_id":"nightly-17"},"benchmarks":[{"name":"a","x":1}]}"#;
    r.bench("record -").stdin(text).run().ok();
    assert_ne!(r.run("HEAD")["id"], "nightly-17");
    let payload: Value = serde_json::from_slice(&r.bench("show --payload").run().ok().bytes).unwrap();
    assert_eq!(payload["metadata"]["run_id"], "nightly-17");
}

#[test]
fn standard_input_needs_no_word() {
    let r = repo();
    r.commit("one");
    r.bench("record").stdin(result(&[("parse", 1.5)])).run().ok();
    r.bench("record -").stdin(result(&[("parse", 1.5)])).run().ok().tells("already recorded");
    assert_eq!(r.runs("HEAD").len(), 1);
}

#[test]
fn several_inputs_of_one_call_are_one_run() {
    let r = repo();
    r.commit("one");
    let ours = r.file("ours.json", result(&[("parse", 1.5)]));
    let hyperfine = r.file("h.json", fixture("hyperfine/hf-1.20.0-noshell.json"));
    let junit = r.file("junit.xml", fixture("junit/pytest-9-xunit2.xml"));
    r.bench("record").arg(&ours).arg(&hyperfine).arg(&junit).run().ok();
    let run = r.run("HEAD");
    let names: Vec<_> = run["m"].as_array().unwrap().iter().map(|row| row[0].as_str().unwrap()).collect();
    assert!(names.contains(&"parse") && names.contains(&"true"), "{names:?}");
    assert!(run["tests"].is_array());
    let pairs: Vec<_> = run["m"].as_array().unwrap().iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    assert!(pairs.is_sorted(), "{pairs:?}");
    // The order of the files does not matter to the id.
    r.bench("record").arg(&junit).arg(&ours).arg(&hyperfine).run().ok().tells("already recorded");
    let payload: Value = serde_json::from_slice(&r.bench("show --payload").run().ok().bytes).unwrap();
    let kept: Vec<_> = payload["benchmarks"].as_array().unwrap().iter().map(|b| b["name"].as_str().unwrap()).collect();
    assert!(kept.contains(&"parse") && kept.contains(&"true"), "{kept:?}");
}

#[test]
fn a_folder_is_read_as_its_harness_wrote_it() {
    let r = repo();
    r.commit("one");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/formats/criterion-tree/criterion");
    r.bench("record").arg(folder).run().ok();
    assert!(r.run("HEAD")["harness"].as_str().unwrap().starts_with("criterion"));
    r.bench("record").arg(folder).run().ok().tells("already recorded");
}

#[test]
fn a_file_of_many_commits_gives_each_its_run() {
    let r = repo();
    let (one, two) = (r.commit("one"), r.commit("two"));
    let line = |commit: &str, ms: f64| {
        json!({"metadata": {"commit_sha": commit}, "platform": {"machine": "lab"},
               "benchmarks": [{"name": "parse", "latency_ms": ms}]})
    };
    let absent = "1234567890123456789012345678901234567890";
    let all = json!([line(&one, 1.0), line(&two, 2.0), line(absent, 3.0)]).to_string();
    let before = r.state();
    r.bench("record --commit HEAD -").stdin(all.clone()).run().fails(USAGE, "several commits");
    r.is_still(&before);
    r.bench("record -").stdin(all.clone()).run().ok();
    let value = |commit: &str| r.run(commit)["m"][0][4].as_f64();
    assert_eq!((value(&one), value(&two)), (Some(1.0), Some(2.0)));
    assert!(r.noted().contains(&absent.to_owned()), "a commit that is not here is kept by its full id");
    let before = r.state();
    r.bench("record -").stdin(all).run().ok();
    r.is_still(&before);
}

#[test]
fn flags_say_what_the_file_does_not() {
    let r = repo();
    let base = r.commit("one");
    r.commit("two");
    let words = "record - --suite gpu --pr 7 --base HEAD~1 --cost 0.25 --spot --key mine/run.json --meta team=core";
    r.bench(words).stdin(result(&[("parse", 1.5)])).run().ok();
    let run = r.run("HEAD");
    let found =
        json!([run["suite"], run["channel"], run["pr"], run["base"], run["cost"], run["spot"], run["payload"]["key"]]);
    assert_eq!(found, json!(["gpu", "pr", 7, base, 0.25, true, "mine/run.json"]));
    r.bench("record - --channel hourly").stdin(result(&[("a", 1.0)])).run().fails(USAGE, "unknown channel 'hourly'");
    r.bench("record - --meta team").stdin(result(&[("a", 1.0)])).run().fails(USAGE, "--meta team");
    r.bench("record - --cost -1").stdin(result(&[("a", 1.0)])).run().code(USAGE);
    r.bench("record - --key ../../escape").stdin(result(&[("a", 1.0)])).run().code(DATA);
}

#[test]
fn channels_follow_tag_pull_request_and_branch() {
    let r = repo();
    r.commit("one");
    let channel = |words: &str, ms: f64| {
        r.bench(words).stdin(result(&[("parse", ms)])).run().ok();
        r.runs("HEAD").into_iter().find(|run| run["m"][0][4] == ms).unwrap()["channel"].clone()
    };
    assert_eq!(channel("record -", 1.0), "daily");
    assert_eq!(channel("record - --pr 3", 2.0), "pr");
    assert_eq!(channel("record - --channel weekly", 3.0), "weekly");
    r.git("tag v1");
    assert_eq!(channel("record - --tag v1", 4.0), "release");
    r.git("switch --quiet --create topic");
    assert_eq!(channel("record -", 5.0), "local");
}

#[test]
fn what_failed_in_a_harness_is_recorded_as_failed() {
    let r = repo();
    r.commit("one");
    r.bench("record -").stdin(fixture("google-benchmark/nan-inf-error.json")).run().ok().tells("3 failed");
    let run = r.run("HEAD");
    let value = |name: &str, metric: &str| {
        let rows = run["m"].as_array().unwrap();
        rows.iter().find(|row| row[0] == name && row[1] == metric).unwrap()[4].clone()
    };
    for (name, metric) in [("BM_Items/100", "inf"), ("BM_Items/100", "nan"), ("BM_Err", "time")] {
        assert_eq!(value(name, metric), Value::Null, "{name} {metric}");
    }
    assert_eq!(value("BM_Items/100", "foo"), 42);
    r.bench("show").run().ok().says_not("NaN");
}

#[test]
fn without_a_name_nobody_is_named() {
    let r = repo();
    r.commit("one");
    std::fs::write(r.sandbox.path("home/.gitconfig"), "").unwrap();
    r.bench("record -").stdin(result(&[("parse", 1.5)])).run().ok();
    assert_eq!(r.run("HEAD").get("who"), None);
    let committer = r.git_words(&["log", "-1", "--format=%cn <%ce> %ct", "refs/notes/bench"]);
    assert_eq!(committer, "git-bench <git-bench@localhost> 1714564800");
    r.commit_as_actor();
    let committer = r.git_words(&["log", "-1", "--format=%cn", "refs/notes/bench"]);
    assert_eq!(committer, "octocat");
}

impl Repo {
    fn commit_as_actor(&self) {
        let ci = [("GITHUB_ACTIONS", "true"), ("GITHUB_ACTOR", "octocat")];
        self.bench("record -").stdin(result(&[("parse", 1.6)])).envs(&ci).run().ok();
    }
}

#[test]
fn what_came_in_travels_as_an_attachment() {
    let r = repo();
    r.commit("one");
    let bytes = fixture("hyperfine/hf-1.20.0-noshell.json");
    r.bench("record -").stdin(bytes.clone()).run().ok();
    let payload: Value = serde_json::from_slice(&r.bench("show --payload").run().ok().bytes).unwrap();
    let attachment = &payload["attachments"][0];
    let stored = r.path().join(".git/bench/payloads").join(attachment["key"].as_str().unwrap());
    assert_eq!(std::fs::read(stored).unwrap(), bytes);
    let key = attachment["key"].as_str().unwrap();
    let id = r.run("HEAD")["id"].as_str().unwrap().to_owned();
    assert!(key.starts_with(&format!("attachments/{id}/")), "{key}");
    // Not a result file of ours, which is in the payload whole; and not where it is switched off.
    r.bench("record -").stdin(result(&[("parse", 1.5)])).run().ok();
    r.git("config bench.attachInput false");
    r.bench("record --suite off -").stdin(bytes).run().ok();
    for suite in ["default", "off"] {
        let shown = r.bench("show --payload --suite").arg(suite).run().ok();
        let counted = shown.out().matches("attachments/").count();
        assert_eq!(counted, usize::from(suite == "default"), "{}", shown.told());
    }
}

#[test]
fn files_are_attached_on_request() {
    let r = repo();
    r.commit("one");
    let (profile, log) = (r.file("cpu.prof", [0_u8, 159, 146]), r.file("run.log", "ok\n"));
    let call = r.bench("record - --attach").arg(&profile).arg("--attach").arg(&log);
    call.stdin(result(&[("parse", 1.5)])).run().ok();
    let payload: Value = serde_json::from_slice(&r.bench("show --payload").run().ok().bytes).unwrap();
    let names: Vec<_> =
        payload["attachments"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["cpu.prof", "run.log"]);
    assert!(payload["attachments"][0]["key"].as_str().unwrap().ends_with(".prof"));
    let before = r.state();
    r.bench("record - --attach /nowhere/at/all").stdin(result(&[("parse", 1.6)])).run().fails(DATA, "/nowhere/at/all");
    r.is_still(&before);
}

#[test]
fn json_of_the_seed_is_detected_and_so_are_the_others() {
    for (name, file) in [
        ("seed", SEED.replace("abc123def456", "HEAD").into_bytes()),
        ("pytest-benchmark", fixture("pytest-benchmark/saved.json")),
        ("junit", fixture("junit/surefire.xml")),
        ("go", fixture("go-bench/go1.19-count5.txt")),
        ("google-benchmark", fixture("google-benchmark/nan-inf-error.json")),
        ("hyperfine", fixture("hyperfine/hf-1.15-one.json")),
        ("criterion", fixture("cargo-criterion/cargo-criterion-1.1.0-second-run-change.ndjson")),
    ] {
        let r = repo();
        r.commit("one");
        let ran = r.bench("record - --commit HEAD").stdin(file).run();
        assert_eq!(ran.code, Some(DONE), "{name}\n{}", ran.told());
        assert_eq!(r.runs("HEAD").len(), 1, "{name}");
    }
}
