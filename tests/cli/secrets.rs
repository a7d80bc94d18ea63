//! What is secret stays where it is: a scan of all that the program says and keeps. What it says is scanned for [`MARK`] by
//! every call of the suite (`calls.rs`), so here it is enough to call.

use std::collections::BTreeMap;
use std::fs;

use serde_json::json;

use crate::sandbox::MARK;
use crate::{Repo, Sandbox, collect, result};

/// Credentials as a CI or a developer has them.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "AKIAHUSHHUSH0001"),
    ("AWS_SECRET_ACCESS_KEY", "HUSHHUSH0002/abc+def"),
    ("AWS_SESSION_TOKEN", "FwoGHUSHHUSH0003=="),
    ("AWS_ALLOW_HTTP", "true"),
    ("GOOGLE_BEARER_TOKEN", "ya29.HUSHHUSH0004"),
    ("GOOGLE_ALLOW_HTTP", "true"),
    ("AZURE_STORAGE_ACCOUNT_KEY", "SFVTSEhVU0g=HUSHHUSH0005"),
    ("AZURE_STORAGE_SAS_TOKEN", "sv=2024&sig=HUSHHUSH0006%3D"),
    ("AZURE_ALLOW_HTTP", "true"),
    ("GITHUB_TOKEN", "ghp_HUSHHUSH0007"),
    ("CI_JOB_TOKEN", "glcbt-HUSHHUSH0008"),
    ("GIT_BENCH_NOTIFY_SLACK", "http://127.0.0.1:9/services/T0/B0/HUSHHUSH0009"),
    ("MY_PASSWORD", "HUSHHUSH0010"),
    ("NO_PROXY", "127.0.0.1,localhost"),
];

/// A clone whose remote and stores are at nobody's address, with credentials wherever they can stand.
fn project() -> (std::rc::Rc<Sandbox>, Repo) {
    let sandbox = Sandbox::new();
    let r = sandbox.repo("work");
    r.write("bench.toml", "[[store]]\nname = \"file\"\nurl = \"s3://bucket\"\n");
    r.commit("one");
    for (key, value) in [
        ("remote.origin.url", "http://me:HUSHHUSH0020@127.0.0.1:9/repo.git"),
        ("http.extraHeader", "Authorization: Bearer HUSHHUSH0021"),
        ("credential.helper", "!echo password=HUSHHUSH0022; false"),
        ("bench.notify.webhook", "http://127.0.0.1:9/hook?token=HUSHHUSH0023"),
        ("bench.store.s3.url", "s3://bucket"),
        ("bench.store.s3.endpoint", "http://127.0.0.1:9"),
        ("bench.store.gs.url", "gs://bucket"),
        ("bench.store.gs.endpoint", "http://127.0.0.1:9"),
        ("bench.store.az.url", "az://container"),
        ("bench.store.az.account", "account"),
        ("bench.store.az.endpoint", "http://127.0.0.1:9/account"),
        ("bench.base", "main"),
    ] {
        r.git_words(&["config", key, value]);
    }
    (sandbox, r)
}

/// All objects of the repository and all files of its bench folder, as text.
fn kept(r: &Repo) -> String {
    let batch = "cat-file --batch-all-objects --batch --buffer";
    let output = r.sandbox.command("git").current_dir(r.path()).args(batch.split(' ')).output().unwrap();
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut files = BTreeMap::new();
    collect(&r.path().join(".git/bench"), "", &mut files);
    assert!(files.keys().any(|name| name.starts_with("spool/")), "{:?}", files.keys());
    for (name, bytes) in files {
        text.push_str(&format!("{name}\n{}\n", String::from_utf8_lossy(&bytes)));
    }
    text.push_str(&r.git("for-each-ref"));
    text
}

#[test]
fn no_credential_is_said_or_kept() {
    let (sandbox, r) = project();
    let bench = |words: &str| r.bench(words).envs(ENVIRONMENT);
    let marked = json!({"platform": {"machine": "lab"}, "benchmarks": [{"name": "parse", "latency_ms": 1.5}]});
    bench("record -").stdin(marked.to_string()).run().ok();
    // All that measures a command, or runs in a CI.
    bench("run -n 2 --platform machine=lab -- sh -c true").arg("--token=HUSHHUSH0030").run().ok();
    let ci =
        bench("record - --suite ci").env("GITHUB_ACTIONS", "true").env("GITHUB_REPOSITORY", "o/r").env("CI", "true");
    ci.stdin(result(&[("parse", 2.0)])).run().ok();
    for store in ["s3", "gs", "az"] {
        let call = bench(&format!("record - --store {store} --suite {store}"));
        call.stdin(result(&[("parse", 3.0)])).run().ok();
    }
    assert!(!kept(&r).contains(MARK));
    // Nobody listens: every error of the wire and of the clouds.
    let calls: Vec<_> = [
        "push",
        "push --skip-payloads",
        "push http://me:HUSHHUSH0040@127.0.0.1:9/other.git",
        "pull",
        "pull http://me:HUSHHUSH0040@127.0.0.1:9/other.git",
        "status",
        "doctor",
        "doctor --format json",
        "config",
        "config --format json",
        "show",
        "show --payload",
        "log",
        "fsck --payloads",
        "fsck --repair",
        "check --notify=always",
        "prune -n --keep 1",
        "query --limit 3",
        "drop HEAD --reason HUSH",
        "report --out report.html",
        "no-such-command",
    ]
    .map(|words| (words, bench(words).start()))
    .into();
    let mut failed = 0;
    for (words, call) in calls {
        let ran = call.wait();
        failed += usize::from(ran.code != Some(0));
        if words == "pull" {
            // What the remote's address is can be said, without who asks.
            ran.tells("127.0.0.1");
        }
    }
    assert!(failed >= 6, "{failed}");
    assert!(!kept(&r).contains(MARK));
    let report = fs::read_to_string(r.path().join("report.html")).unwrap_or_default();
    assert!(!report.contains(MARK));
    drop(sandbox);
}

#[test]
fn a_url_with_credentials_is_not_repeated() {
    let sandbox = Sandbox::new();
    for (n, (url, endpoint)) in [
        ("s3://AKIAHUSHHUSH:HUSHHUSH@bucket", ""),
        ("https://me:HUSHHUSH@host/bucket", ""),
        ("s3://bucket", "https://me:HUSHHUSH@host"),
        ("az://container", "http://127.0.0.1:9/account?sig=HUSHHUSH"),
    ]
    .into_iter()
    .enumerate()
    {
        let r = sandbox.repo(&format!("work-{n}"));
        r.git_words(&["remote", "add", "origin", sandbox.bare(&format!("remote-{n}")).path().to_str().unwrap()]);
        r.commit("one");
        r.git("push --quiet origin main");
        r.git_words(&["config", "bench.store.odd.url", url]);
        if !endpoint.is_empty() {
            r.git_words(&["config", "bench.store.odd.endpoint", endpoint]);
            r.git_words(&["config", "bench.store.odd.account", "account"]);
        }
        for words in ["record -", "push", "doctor", "config", "config --format json", "show", "fsck --payloads"] {
            r.bench(words).envs(ENVIRONMENT).stdin(result(&[("parse", 2.0)])).run();
        }
    }
    let r = sandbox.at("work-0");
    for words in [
        "init --store https://me:HUSHHUSH@host",
        "init --store s3://AKIA:HUSHHUSH@bucket",
        "push http://me:HUSHHUSH@127.0.0.1:9/x",
        "pull http://HUSHHUSH@127.0.0.1:9/x",
        "import s3://AKIA:HUSHHUSH@bucket",
        "access aws --role reader --bucket https://me:HUSHHUSH@host",
    ] {
        r.bench(words).run();
    }
    assert!(!fs::read_to_string(r.path().join("bench.toml")).unwrap_or_default().contains(MARK));
}

#[test]
#[should_panic(expected = "a secret was said")]
fn the_scan_sees_what_is_said() {
    crate::repo().bench("HUSHHUSH").run();
}
