//! A bucket in the layout of result files, as the program takes it over: from real servers, and nothing in it changes.

use std::path::Path;
use std::process::{Command, Output};

use git_bench::payload::{Object, Payloads};
use serde_json::{Value, json};

use super::peers::{Peer, each};

fn run(at: &Path, peer: &Peer, program: &str, args: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(args).current_dir(at).env_clear().envs(peer.options().variables);
    for name in ["PATH", "TMPDIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Ada").env(format!("GIT_{role}_EMAIL"), "ada@example.com");
    }
    command.env("HOME", at).env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap()
}

fn ok(at: &Path, peer: &Peer, program: &str, args: &[&str]) -> Vec<u8> {
    let done = run(at, peer, program, args);
    assert!(done.status.success(), "{}: {args:?}: {}", peer.scheme, String::from_utf8_lossy(&done.stderr));
    done.stdout
}

fn result(commit: &str, latency: f64) -> Vec<u8> {
    let metadata = json!({"timestamp": "2024-01-15T10:30:00Z", "developer": "alice", "commit_sha": commit});
    let body = json!({"metadata": metadata, "platform": {"cloud": "aws"}, "benchmarks": [{"name": "mm", "latency_ms": latency}], "failures": [{"test": "t", "error": "e"}]});
    format!("{body:#}\n").into_bytes()
}

/// Every object, with its bytes.
fn content(store: &Payloads) -> Vec<(String, Vec<u8>)> {
    let keys = store.list("").unwrap().into_iter().map(|listed| listed.key);
    let mut all: Vec<_> = keys.map(|key| (key.clone(), store.get(&key, None, None).unwrap())).collect();
    all.sort();
    all
}

#[test]
fn a_bucket_is_taken_over_where_it_stands() {
    each(|peer| {
        let spec = peer.spec("bench", &peer.unique("layout"));
        let store = Payloads::open(&spec, &peer.calm()).unwrap();
        let home = tempfile::tempdir().unwrap();
        let at = home.path();
        let git = |args: &[&str]| String::from_utf8(ok(at, peer, "git", args)).unwrap().trim().to_owned();
        git(&["init", "-q", "-b", "main"]);
        git(&["commit", "-q", "--allow-empty", "-m", "first"]);
        git(&["tag", "v1.2.0"]);
        let head = git(&["rev-parse", "HEAD"]);
        for (key, bytes) in [
            ("daily/2024-01-15/aws-a100-abc.json", result(&head[..12], 1.5)),
            ("pr/pr-7/validation.json", result(&head, 2.5)),
            ("releases/v1.2.0/release-benchmark.json", result(&head, 3.5)),
            ("daily/2024-01-16/unversioned.json", result("unversioned", 4.5)),
            ("daily/2024-01-16/note.txt", b"hello".to_vec()),
        ] {
            store.put(&Object { key: key.into(), bytes, ..Object::default() }).unwrap();
        }
        let before = content(&store);
        git(&["config", "bench.store.results.url", &spec.url]);
        let settings = [("endpoint", &spec.endpoint), ("account", &spec.account)];
        for (name, value) in settings.iter().filter_map(|(name, value)| Some((name, value.as_deref()?))) {
            git(&["config", &format!("bench.store.results.{name}"), value]);
        }
        let bench = |args: &[&str]| ok(at, peer, env!("CARGO_BIN_EXE_git-bench"), args);
        let import = || -> Value {
            let told = bench(&["import", "layout", "--store", "results", "--format", "json"]);
            serde_json::from_slice(&told).unwrap()
        };
        let report = import();
        assert_eq!((&report["new"], &report["not_taken"]), (&json!(3), &json!(2)), "{}: {report:#}", peer.scheme);
        let tip = git(&["rev-parse", "refs/notes/bench"]);
        assert_eq!(import()["new"], 0);
        assert_eq!(git(&["rev-parse", "refs/notes/bench"]), tip);
        // Each payload is read from where it was and verified.
        bench(&["fsck", "--payloads"]);
        let notes = git(&["notes", "--ref=bench", "show", "HEAD"]);
        let taken: Vec<_> = before.iter().filter(|(key, _)| notes.contains(key.as_str())).collect();
        assert_eq!(taken.len(), 3, "{}: {notes}", peer.scheme);
        for (key, bytes) in taken {
            let line = notes.lines().find(|line| line.contains(key.as_str())).unwrap();
            let id = serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
            assert_eq!(&bench(&["show", "--payload", "--run", &id]), bytes, "{}: {key}", peer.scheme);
        }
        assert_eq!(content(&store), before, "{}", peer.scheme);
    });
}
