//! A pull request chooses neither its bucket nor its judge: what counts at upload is git config and the base branch's
//! `bench.toml`. Recording works all the same.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::{Repo, Sandbox, collect, result};

const EVIL: &str = "[[store]]\nname = \"shared\"\nurl = \"s3://evil-bucket\"\n";

/// A clone of a project, and a folder store `shared` that this clone knows by git config if wanted.
fn project(base_toml: Option<&str>) -> (Rc<Sandbox>, Repo) {
    let sandbox = Sandbox::new();
    let remote = sandbox.bare("remote");
    let first = sandbox.repo("first");
    if let Some(text) = base_toml {
        first.write("bench.toml", text);
    }
    first.commit("one");
    first.git(&format!("push --quiet {} main", remote.path().display()));
    let clone = sandbox.clone_of(&remote, "clone", &[]);
    (sandbox, clone)
}

fn spooled(r: &Repo) -> Vec<Value> {
    let status = r.bench("status --format json").run().ok().json();
    status["rows"].as_array().unwrap().clone()
}

/// A server that stands for the cloud: it refuses all requests, and remembers them.
struct Cloud {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Cloud {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut first, mut length) = (String::new(), 0);
                let _ = reader.read_line(&mut first);
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                    if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap_or(0);
                    }
                    line.clear();
                }
                let _ = reader.take(length).read_to_end(&mut Vec::new());
                log.lock().unwrap().push(first.trim().to_owned());
                let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            }
        });
        Self { url, asked }
    }

    /// The call with keys for this cloud.
    fn reached_by(&self, call: crate::Call) -> crate::Call {
        call.env("AWS_ENDPOINT_URL", &self.url).envs(&[
            ("AWS_ACCESS_KEY_ID", "x"),
            ("AWS_SECRET_ACCESS_KEY", "y"),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_REGION", "us-east-1"),
            ("NO_PROXY", "*"),
        ])
    }

    /// The buckets that were asked for anything.
    fn buckets(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let mut found: Vec<_> = asked
            .iter()
            .filter_map(|line| line.split(['/', '?', ' ']).filter(|p| !p.is_empty()).nth(1))
            .map(str::to_owned)
            .collect();
        found.sort();
        found.dedup();
        found
    }
}

#[test]
fn a_new_store_of_a_pull_request_gets_nothing() {
    // The base branch has a bench.toml, without stores.
    let (_sandbox, r) = project(Some("[bench]\nsuite = \"default\"\n"));
    r.git("switch --quiet --create evil");
    r.write("bench.toml", EVIL);
    r.commit("Benchmarks for everyone");
    r.bench("record -").stdin(result(&[("parse", 1.0)])).run().ok();
    assert_eq!(spooled(&r)[0]["store"], "shared", "spooled by name, never by URL");
    let cloud = Cloud::new();
    let ran = cloud.reached_by(r.bench("push")).run().ok().tells("warning:").tells("stays spooled");
    assert!(!ran.err.contains("evil-bucket") && cloud.buckets().is_empty(), "{}", ran.told());
    assert_eq!(spooled(&r).len(), 1);
    r.bench("show --payload").run().ok();
}

#[test]
fn a_changed_url_of_a_pull_request_is_not_followed() {
    let (sandbox, r) = project(Some("[[store]]\nname = \"shared\"\nurl = \"s3://good-bucket\"\n"));
    r.git("switch --quiet --create evil");
    r.write("bench.toml", EVIL);
    r.commit("Move the bucket");
    r.bench("record -").stdin(result(&[("parse", 1.0)])).run().ok();
    // The name is looked up at the base branch: its bucket is asked, which fails here, and no note is pushed.
    let cloud = Cloud::new();
    cloud.reached_by(r.bench("push")).run().code(crate::STORAGE);
    assert_eq!(cloud.buckets(), ["good-bucket"]);
    // git config goes before any file.
    let folder = sandbox.path("mine");
    std::fs::create_dir(&folder).unwrap();
    r.git(&format!("config bench.store.shared.url file://{}", folder.display()));
    r.bench("push").run().ok().tells("stored 1 payload");
    let mut found = std::collections::BTreeMap::new();
    collect(&folder, "", &mut found);
    assert_eq!(found.len(), 1);
}

#[test]
fn a_store_under_another_name_goes_to_the_trusted_one_that_fits() {
    let (sandbox, r) = project(Some("[bench]\nsuite = \"default\"\n"));
    let folder = sandbox.path("mine");
    std::fs::create_dir(&folder).unwrap();
    r.git("switch --quiet --create evil");
    r.write("bench.toml", EVIL);
    r.commit("Benchmarks for everyone");
    r.bench("record -").stdin(result(&[("parse", 1.0)])).run().ok();
    r.git(&format!("config bench.store.mine.url file://{}", folder.display()));
    r.bench("push").run().ok().tells("stored 1 payload");
    assert!(spooled(&r).is_empty());
}

#[test]
fn where_the_base_has_no_file_that_of_the_work_tree_counts() {
    let (_sandbox, r) = project(None);
    r.write("bench.toml", "[[store]]\nname = \"shared\"\nurl = \"s3://first-bucket\"\n");
    r.commit("Set up git bench");
    r.bench("record -").stdin(result(&[("parse", 1.0)])).run().ok();
    let cloud = Cloud::new();
    cloud.reached_by(r.bench("push")).run().fails(crate::STORAGE, "no note was pushed");
    assert_eq!(cloud.buckets(), ["first-bucket"]);
}

#[test]
fn what_a_committed_file_may_not_say_is_refused_with_a_warning() {
    let (_sandbox, r) = project(None);
    for (text, told) in [
        ("[[store]]\nname = \"a\"\nurl = \"file:///tmp/x\"\n", "buckets only"),
        ("[[store]]\nname = \"a\"\nurl = \"s3://b\"\nendpoint = \"http://evil\"\n", "names an endpoint"),
        ("[[store]]\nname = \"a\"\nurl = \"http://evil/b\"\n", "buckets only"),
        ("[notify]\nslack = \"https://evil\"\n", "notify.slack"),
        ("[notify]\nwebhook = \"https://evil\"\n", "notify.webhook"),
        ("[bench]\nref = \"refs/heads/main\"\n", "bench.ref"),
        ("[bench]\nremote = \"evil\"\n", "bench.remote"),
    ] {
        r.write("bench.toml", text);
        let ran = r.bench("record - --again").stdin(result(&[("parse", 1.0)])).run().ok();
        ran.tells("warning:").tells(told);
    }
    assert!(spooled(&r).is_empty(), "all of them stay in the clone");
    assert_eq!(r.git("for-each-ref --format=%(refname) refs/notes"), "refs/notes/bench");
}

#[test]
fn the_tip_of_the_base_is_fetched_where_it_is_not_here() {
    let (sandbox, r) = project(Some("[[store]]\nname = \"shared\"\nurl = \"s3://good-bucket\"\n"));
    let remote = sandbox.at("remote");
    r.git("switch --quiet --create topic");
    r.commit("topic");
    r.git("push --quiet origin topic");
    let job = sandbox.clone_of(&remote, "job", &["--depth", "1", "--single-branch", "--branch", "topic"]);
    job.write("bench.toml", EVIL);
    job.git("config bench.base main");
    job.bench("record -").stdin(result(&[("parse", 1.0)])).run().ok();
    let cloud = Cloud::new();
    cloud.reached_by(job.bench("push")).run().code(crate::STORAGE);
    assert_eq!(cloud.buckets(), ["good-bucket"]);
    assert!(job.git_can("rev-parse --verify refs/remotes/origin/main"), "the base branch's tip");
    assert_eq!(job.git("rev-list --count refs/remotes/origin/main"), "1", "the clone stays shallow");
}
