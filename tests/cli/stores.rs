//! Where payloads go: by `when`, spooled until they are pushed, verified when they are read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::{DATA, Repo, STORAGE, Sandbox, USAGE, collect, result, result_on};

/// A repository with a remote and two folder stores in git config: `aws` for that cloud, `rest` for all.
fn with_stores() -> (Rc<Sandbox>, Repo) {
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
    r.git("push --quiet origin main");
    (sandbox, r)
}

fn stored(sandbox: &Sandbox, name: &str) -> Vec<String> {
    let mut found = BTreeMap::new();
    collect(&sandbox.path(name), "", &mut found);
    found.into_keys().collect()
}

fn key(run: &Value) -> String {
    run["payload"]["key"].as_str().unwrap().to_owned()
}

/// The file of a payload in the store of the clone.
fn local_file(r: &Repo, run: &Value) -> PathBuf {
    r.path().join(".git/bench/payloads").join(key(run))
}

#[test]
fn without_any_configuration_payloads_stay_in_the_clone() {
    let r = crate::repo();
    r.commit("one");
    r.record(&[("parse", 1.5)]);
    let run = r.run("HEAD");
    assert_eq!(run["payload"]["store"], "local");
    let bytes = std::fs::read(local_file(&r, &run)).unwrap();
    assert_eq!(run["payload"]["size"], bytes.len());
    assert_eq!(r.git_status_is_clean(), "");
}

impl Repo {
    fn git_status_is_clean(&self) -> String {
        self.git("status --porcelain")
    }
}

#[test]
fn the_first_store_that_fits_is_chosen_and_spooled() {
    let (sandbox, r) = with_stores();
    r.bench("record -").stdin(result_on(json!({"cloud": "aws", "machine": "a"}), &[("parse", 1.0)])).run().ok();
    r.bench("record -").stdin(result_on(json!({"cloud": "gcp", "machine": "b"}), &[("parse", 2.0)])).run().ok();
    r.bench("record - --store local").stdin(result(&[("parse", 3.0)])).run().ok();
    r.bench("record - --store aws").stdin(result(&[("parse", 4.0)])).run().ok();
    let mut stores: Vec<_> = r
        .runs("HEAD")
        .iter()
        .map(|run| (run["m"][0][4].as_f64().unwrap() as i64, run["payload"]["store"].to_string()))
        .collect();
    stores.sort();
    let words: Vec<_> = stores.iter().map(|(_, store)| store.trim_matches('"')).collect();
    assert_eq!(words, ["aws", "rest", "local", "aws"]);
    assert!(stored(&sandbox, "aws").is_empty() && stored(&sandbox, "rest").is_empty(), "nothing is sent by record");
    let status = r.bench("status --format json").run().ok().json();
    assert_eq!(status["spooled"], 3, "{status:#}");
    assert!(!status.to_string().contains("file://"), "the spool never holds a URL");
    // What is spooled is read from there.
    for ran in [r.bench("show --payload").run(), r.bench("fsck --payloads").run()] {
        ran.ok();
    }
}

#[test]
fn push_sends_payloads_first_then_notes() {
    let (sandbox, r) = with_stores();
    r.bench("record -").stdin(result_on(json!({"cloud": "aws"}), &[("parse", 1.0)])).run().ok();
    r.record(&[("parse", 2.0)]);
    r.bench("push").run().ok().tells("stored 2 payloads").tells("pushed the notes to 'origin'");
    for run in r.runs("HEAD") {
        let store = run["payload"]["store"].as_str().unwrap().to_owned();
        assert!(stored(&sandbox, &store).contains(&key(&run)), "{store}: {:?}", stored(&sandbox, &store));
    }
    assert_eq!(r.bench("status --format json").run().ok().json()["spooled"], 0);
    r.bench("fsck --payloads").run().ok().says("2 payloads");
    // A second push sends nothing.
    r.bench("push").run().ok().tells("'origin' is up to date").tells_not("stored");
    // Another clone reads them by its own configuration.
    let clone = sandbox.clone_of(&sandbox.at("remote"), "clone", &[]);
    clone.bench("pull").run().ok();
    clone.bench("show --payload").run().fails(STORAGE, "in no store that is configured here").hints("bench.store.");
    clone.git(&format!("config bench.store.mirror.url file://{}", sandbox.path("aws").display()));
    clone.git(&format!("config bench.store.rest.url file://{}", sandbox.path("rest").display()));
    clone.bench("show --payload").run().ok();
    clone.bench("fsck --payloads").run().ok();
}

#[test]
fn a_store_that_fails_keeps_notes_and_payloads_back() {
    let (sandbox, r) = with_stores();
    r.record(&[("parse", 2.0)]);
    std::fs::remove_dir(sandbox.path("rest")).unwrap();
    std::fs::write(sandbox.path("rest"), "in the way").unwrap();
    let remote = sandbox.at("remote");
    r.bench("push").run().fails(STORAGE, "no note was pushed").hints("--skip-payloads");
    assert_eq!(remote.git("for-each-ref refs/notes"), "");
    let status = r.bench("status --format json").run().ok().json();
    assert_eq!((&status["spooled"], status["rows"][0]["store"].as_str()), (&json!(1), Some("rest")), "{status:#}");
    r.bench("push --skip-payloads").run().ok().tells("warning:");
    assert_ne!(remote.git("for-each-ref refs/notes"), "");
    assert_eq!(r.bench("status --format json").run().ok().json()["spooled"], 1, "it stays spooled");
    // Once the store answers, the next push sends it.
    std::fs::remove_file(sandbox.path("rest")).unwrap();
    std::fs::create_dir(sandbox.path("rest")).unwrap();
    r.bench("push").run().ok().tells("stored 1 payload");
    assert!(stored(&sandbox, "rest").contains(&key(&r.run("HEAD"))));
}

#[test]
fn what_lies_in_the_clone_goes_to_the_first_shared_store_that_fits() {
    let sandbox = Sandbox::new();
    let remote = sandbox.bare("remote");
    let r = sandbox.repo("work");
    r.git(&format!("remote add origin {}", remote.path().display()));
    r.commit("one");
    r.record(&[("parse", 1.0)]);
    r.bench("push").run().ok().tells("1 payload").tells("in this clone").tells("pushed the notes");
    let rest = sandbox.path("rest");
    std::fs::create_dir(&rest).unwrap();
    r.git(&format!("config bench.store.rest.url file://{}", rest.display()));
    r.bench("push").run().ok().tells("stored 1 payload");
    assert_eq!(stored(&sandbox, "rest"), [key(&r.run("HEAD"))]);
    r.bench("push").run().ok().tells_not("stored");
}

#[test]
fn attachments_go_with_their_run() {
    let (sandbox, r) = with_stores();
    let profile = r.file("cpu.prof", [0_u8, 159, 146]);
    let input = result_on(json!({"cloud": "aws"}), &[("parse", 1.0)]);
    r.bench("record - --attach").arg(&profile).stdin(input).run().ok();
    r.bench("push").run().ok();
    let found = stored(&sandbox, "aws");
    assert_eq!(found.iter().filter(|key| key.starts_with("attachments/")).count(), 1, "{found:?}");
    assert!(stored(&sandbox, "rest").is_empty());
}

#[test]
fn the_newest_of_a_pull_request_and_a_release_lies_at_its_fixed_name() {
    let (sandbox, r) = with_stores();
    r.git("tag v1.0.0");
    let at = |ms: f64, time: &str| {
        let mut document: Value = serde_json::from_str(&result(&[("parse", ms)])).unwrap();
        document["metadata"] = json!({"timestamp": time});
        document.to_string()
    };
    r.bench("record - --pr 7").stdin(at(2.0, "2024-05-02T00:00:00Z")).run().ok();
    r.bench("push").run().ok();
    r.bench("record - --pr 7").stdin(at(1.0, "2024-05-01T00:00:00Z")).run().ok();
    r.bench("record - --tag v1.0.0").stdin(at(3.0, "2024-05-01T00:00:00Z")).run().ok();
    r.bench("push").run().ok();
    let read = |name: &str| -> Value {
        serde_json::from_slice(&std::fs::read(sandbox.path("rest").join(name)).unwrap()).unwrap()
    };
    assert_eq!(read("pr/pr-7/validation.json")["benchmarks"][0]["latency_ms"], 2, "the later one stays");
    assert_eq!(read("releases/v1.0.0/release-benchmark.json")["benchmarks"][0]["latency_ms"], 3);
    assert!(r.note("HEAD").iter().all(|line| !line.contains("validation.json") && !line.contains("release-benchmark")));
}

#[test]
fn bytes_that_were_changed_are_never_given_out() {
    let r = crate::repo();
    r.commit("one");
    r.record(&[("parse", 1.5)]);
    let run = r.run("HEAD");
    let file = local_file(&r, &run);
    let exact = std::fs::read(&file).unwrap();
    assert_eq!(r.bench("show --payload").run().ok().bytes, exact);
    for changed in
        [exact.iter().map(|b| if *b == b'5' { b'6' } else { *b }).collect(), exact[..20].to_vec(), Vec::new()]
    {
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, changed).unwrap();
        let ran = r.bench("show --payload").run().code(DATA);
        assert!(ran.bytes.is_empty() && ran.err.contains(&key(&run)), "{}", ran.told());
        r.bench("fsck --payloads").run().code(DATA).says(&key(&run));
    }
    std::fs::remove_file(&file).unwrap();
    r.bench("show --payload").run().fails(STORAGE, &key(&run));
    r.bench("show").run().ok().says("parse");
}

#[test]
fn init_sets_a_store_and_nothing_else() {
    let sandbox = Sandbox::new();
    let r = sandbox.repo("work");
    r.commit("one");
    let config = || r.git("config --local --list");
    let before = config();
    r.bench("init --store s3://bench-results --region eu-central-1")
        .run()
        .ok()
        .tells("notes.bench.mergeStrategy")
        .tells("undo");
    let text = std::fs::read_to_string(r.path().join("bench.toml")).unwrap();
    assert!(text.contains("url = \"s3://bench-results\"") && text.contains("region = \"eu-central-1\""), "{text}");
    assert_eq!(config(), format!("{before}\nnotes.bench.mergestrategy=cat_sort_uniq"));
    r.bench("config").run().ok().tells_not("warning").says("s3://bench-results");
    r.bench("init").run().ok().tells("bench.toml is there already");
    assert_eq!(std::fs::read_to_string(r.path().join("bench.toml")).unwrap(), text);
    r.bench("init --store ftp://x").run().fails(USAGE, "'ftp://x' is no store");
    r.bench("init --store s3://x --name local").run().fails(USAGE, "'local' cannot name a store");
    // A folder is a matter of this clone: git config only.
    let other = sandbox.repo("other");
    other.commit("one");
    other.bench("init --store").arg(sandbox.path("nas").to_str().unwrap()).run().ok();
    assert!(!std::fs::read_to_string(other.path().join("bench.toml")).unwrap().contains("nas"));
    assert_eq!(other.git("config bench.store.shared.url"), format!("file://{}", sandbox.path("nas").display()));
}
