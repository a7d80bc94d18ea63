//! `git bench doctor`, `access` and `fsck --repair` in scratch repositories with stores in folders.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const RESULT: &str = r#"[{"name": "parse", "unit": "ms", "value": 1.5}]"#;

struct Sandbox(TempDir);

impl Sandbox {
    fn new() -> Self {
        let sandbox = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(sandbox.root()).unwrap();
        sandbox.git(&["init", "-q", "-b", "main", "."]);
        sandbox.git(&["commit", "-q", "--allow-empty", "-m", "one"]);
        sandbox
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("repo")
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.root()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", self.0.path()).env("LC_ALL", "C.UTF-8");
        for (name, value) in [("NAME", "carol"), ("EMAIL", "carol@example.com")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    fn git(&self, args: &[&str]) -> String {
        let output = self.command("git", args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Runs it and expects this exit code: standard output and error.
    fn ends(&self, code: i32, args: &[&str]) -> (String, String) {
        let output = self.command(env!("CARGO_BIN_EXE_git-bench"), args).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{out}\n{err}");
        (out, err)
    }

    fn json(&self, code: i32, args: &[&str]) -> Value {
        serde_json::from_str(&self.ends(code, args).0).unwrap()
    }

    /// A store in a folder that is there.
    fn store(&self, name: &str) -> PathBuf {
        let folder = self.0.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        self.git(&["config", &format!("bench.store.{name}.url"), &format!("file://{}", folder.display())]);
        folder
    }

    /// Records one result; the key of its payload.
    fn record(&self) -> String {
        fs::write(self.0.path().join("result.json"), RESULT).unwrap();
        self.ends(0, &["record", "../result.json"]);
        let note = self.git(&["notes", "--ref=bench", "show", "HEAD"]);
        let line: Value = note
            .lines()
            .find_map(|l| serde_json::from_str::<Value>(l).ok().filter(|v| v["payload"].is_object()))
            .unwrap();
        line["payload"]["key"].as_str().unwrap().to_owned()
    }

    /// A bare remote, to which everything is pushed.
    fn remote(&self) {
        let path = self.0.path().join("remote.git");
        let path = path.to_str().unwrap();
        self.git(&["init", "-q", "--bare", "-b", "main", path]);
        self.git(&["remote", "add", "origin", path]);
        self.git(&["push", "-q", "-u", "origin", "main"]);
    }
}

fn row<'v>(report: &'v Value, check: &str) -> &'v Value {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().find(|row| row["check"] == check).unwrap_or_else(|| panic!("no {check} in {report:#}"))
}

#[test]
fn all_is_well_in_a_repository_that_is_set_up() {
    let r = Sandbox::new();
    r.remote();
    let folder = r.store("shared");
    r.git(&["config", "notes.bench.mergeStrategy", "cat_sort_uniq"]);
    r.record();
    r.ends(0, &["push"]);
    let report = r.json(0, &["doctor", "--format", "json"]);
    assert_eq!(report["bad"], 0);
    for check in [
        "git",
        "repository",
        "base",
        "config",
        "notes",
        "merge",
        "remote",
        "store shared: reach",
        "store shared: read",
        "store shared: write",
        "spool",
        "clock",
    ] {
        assert_eq!(row(&report, check)["state"], "ok", "{report:#}");
    }
    assert!(!folder.join("git-bench-doctor.json").exists());
    let (out, _) = r.ends(0, &["doctor"]);
    assert!(out.contains("ok    git: git version"), "{out}");
}

#[test]
fn what_is_not_well_is_said_with_what_mends_it() {
    let r = Sandbox::new();
    r.store("gone");
    fs::remove_dir_all(r.0.path().join("gone")).unwrap();
    r.git(&["remote", "add", "origin", "/nowhere/at/all"]);
    r.git(&["notes", "--ref=bench", "add", "-m", "no record", "HEAD"]);
    fs::write(r.root().join("bench.toml"), "[bench]\nbse = \"main\"\n").unwrap();
    let output = r
        .command(env!("CARGO_BIN_EXE_git-bench"), &["doctor", "--format", "json"])
        .env("GIT_BENCH_NOW", "2001-01-01T00:00:00Z")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for check in ["config", "notes", "remote", "store gone: reach", "clock"] {
        assert_eq!(row(&report, check)["state"], "bad", "{report:#}");
    }
    assert_eq!(row(&report, "notes")["mend"], "git bench fsck");
    assert_eq!(row(&report, "merge")["mend"], "git config notes.bench.mergeStrategy cat_sort_uniq");
    assert!(row(&report, "remote")["mend"].as_str().unwrap().contains("git ls-remote origin"));
    let (out, err) = r.ends(4, &["doctor"]);
    assert!(out.contains("        git bench fsck\n"), "{out}");
    assert!(err.contains("checks found what is not well"), "{err}");
}

/// Every check that is not well says what mends it.
fn mends(report: &Value) {
    for row in report["rows"].as_array().unwrap() {
        let (found, mend) = (row["found"].as_str().unwrap(), row["mend"].as_str().unwrap());
        assert!(!found.is_empty() && (row["state"] == "ok" || !mend.is_empty()), "{row:#}");
    }
}

/// The check is in this state; what mends it, run by a shell line by line, makes it well.
fn mended(r: &Sandbox, check: &str, state: &str) {
    let ask = |code| r.json(code, &["doctor", "--format", "json"]);
    let report = ask(if state == "bad" { 4 } else { 0 });
    mends(&report);
    assert_eq!(row(&report, check)["state"], state, "{report:#}");
    let mend = row(&report, check)["mend"].as_str().unwrap().to_owned();
    let program = Path::new(env!("CARGO_BIN_EXE_git-bench")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let line = mend.lines().next().unwrap();
    let output = r.command("sh", &["-c", line]).env("PATH", path).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let report = ask(0);
    assert_eq!(row(&report, check)["state"], "ok", "{line}\n{report:#}");
}

#[test]
fn what_it_says_mends_it() {
    let r = Sandbox::new();
    r.remote();
    r.git(&["config", "notes.bench.mergeStrategy", "manual"]);
    mended(&r, "merge", "bad");
    r.git(&["config", "--unset", "notes.bench.mergeStrategy"]);
    mended(&r, "merge", "note");
    let folder = r.store("shared");
    r.record();
    mended(&r, "spool", "note");
    fs::remove_dir_all(&folder).unwrap();
    mended(&r, "store shared: reach", "bad");
    r.git(&["config", "bench.base", "trunk"]);
    r.git(&["push", "-q", "origin", "main:trunk"]);
    r.git(&["update-ref", "-d", "refs/remotes/origin/trunk"]);
    mended(&r, "base", "bad");
    // A clone of one commit.
    let remote = format!("file://{}", r.0.path().join("remote.git").display());
    r.git(&["commit", "-q", "--allow-empty", "-m", "two"]);
    r.git(&["push", "-q", "origin", "main"]);
    let shallow = Sandbox(tempfile::tempdir().unwrap());
    let path = shallow.root();
    r.git(&["clone", "-q", "--depth", "1", &remote, path.to_str().unwrap()]);
    mended(&shallow, "repository", "note");
}

#[test]
fn what_it_only_can_point_to_it_points_to() {
    let r = Sandbox::new();
    fs::create_dir(r.root().join("bench.toml")).unwrap();
    let report = r.json(4, &["doctor", "--format", "json"]);
    mends(&report);
    assert_eq!(row(&report, "config")["state"], "bad", "{report:#}");
    fs::remove_dir(r.root().join("bench.toml")).unwrap();
    r.store("shared");
    r.record();
    let spool = r.root().join(".git/bench/spool");
    let bytes = fs::read_dir(&spool).unwrap().map(|e| e.unwrap().path()).find(|p| p.extension().unwrap() == "bytes");
    fs::write(bytes.unwrap(), "cut").unwrap();
    let report = r.json(4, &["doctor", "--format", "json"]);
    mends(&report);
    assert_eq!(row(&report, "spool")["state"], "bad", "{report:#}");
    // Without a commit and a remote it is all there, and nothing is wrong.
    let fresh = Sandbox(tempfile::tempdir().unwrap());
    fs::create_dir(fresh.root()).unwrap();
    fresh.git(&["init", "-q", "."]);
    let report = fresh.json(0, &["doctor", "--format", "json"]);
    mends(&report);
    assert_eq!(row(&report, "base")["state"], "note", "{report:#}");
    // A git that is too old, and none.
    let old = fresh.0.path().join("old");
    fs::create_dir(&old).unwrap();
    let path = std::env::var("PATH").unwrap();
    let script =
        format!("#!/bin/sh\n[ \"$1\" = version ] && echo git version 2.20.1 && exit\nPATH='{path}' exec git \"$@\"\n");
    fs::write(old.join("git"), script).unwrap();
    fs::set_permissions(old.join("git"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let doctor = |path: &Path| {
        let mut call = fresh.command(env!("CARGO_BIN_EXE_git-bench"), &["doctor", "--format", "json"]);
        let output = call.env("PATH", path).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
        output
    };
    let report: Value = serde_json::from_slice(&doctor(&old).stdout).unwrap();
    mends(&report);
    assert!(row(&report, "git")["found"].as_str().unwrap().contains("2.26 or newer is needed"), "{report:#}");
    let told = String::from_utf8(doctor(Path::new("/nowhere")).stderr).unwrap();
    assert!(told.contains("error: cannot run 'git'") && told.contains("hint: install git"), "{told}");
}

#[test]
fn a_store_that_the_base_branch_does_not_name_is_not_asked() {
    let r = Sandbox::new();
    fs::write(r.root().join("bench.toml"), "[bench]\nsuite = \"s\"\n").unwrap();
    r.git(&["add", "bench.toml"]);
    r.git(&["commit", "-q", "-m", "settings"]);
    r.remote();
    fs::write(r.root().join("bench.toml"), "[[store]]\nname = \"evil\"\nurl = \"s3://evil-bucket\"\n").unwrap();
    let report = r.json(0, &["doctor", "--format", "json"]);
    assert_eq!(row(&report, "store evil")["state"], "note", "{report:#}");
    let (out, _) = r.ends(0, &["doctor", "--format", "md"]);
    assert!(out.contains("only the work tree"), "{out}");
}

#[test]
fn outside_a_repository_it_says_so() {
    let r = Sandbox::new();
    let folder = r.0.path().to_str().unwrap();
    let report = r.json(4, &["-C", folder, "doctor", "--format", "json"]);
    assert_eq!(row(&report, "repository")["state"], "bad");
}

#[test]
fn a_reader_of_a_bucket_gets_a_policy() {
    let r = Sandbox::new();
    let policy = r.json(0, &["access", "aws", "--role", "reader", "--bucket", "torchbridge-benchmarks"]);
    assert_eq!(policy["Version"], "2012-10-17");
    assert_eq!(policy["Statement"][0]["Action"], serde_json::json!(["s3:GetObject"]));
    r.ends(2, &["access", "aws", "--role", "reader"]);
    r.ends(2, &["access", "aws", "--role", "reader", "--bucket", "a\"b"]);
    r.ends(2, &["access", "gcp", "--role", "reader", "--bucket", "bucket", "--member", "allUsers"]);
}

#[test]
fn the_store_says_which_bucket_and_prefix() {
    let r = Sandbox::new();
    let toml = "[[store]]\nname = \"a\"\nurl = \"s3://my-bucket/team\"\nregion = \"cn-north-1\"\n[[store]]\nname = \"g\"\nurl = \"gs://other-bucket\"\n";
    fs::write(r.root().join("bench.toml"), toml).unwrap();
    let policy = r.json(0, &["access", "aws", "--role", "writer"]);
    assert_eq!(policy["Statement"][0]["Resource"], "arn:aws-cn:s3:::my-bucket/team/*");
    let (out, _) = r.ends(0, &["access", "gcp", "--role", "writer", "--store", "g", "--member", "group:g@example.com"]);
    assert_eq!(out.lines().count(), 2, "{out}");
    assert!(
        out.contains("gs://other-bucket --member='group:g@example.com' --role=roles/storage.objectCreator"),
        "{out}"
    );
    let bound = r.json(0, &["access", "gcp", "--role", "reader", "--format", "json"]);
    assert_eq!(bound["bindings"][0]["role"], "roles/storage.objectViewer");
    r.ends(2, &["access", "aws", "--role", "reader", "--store", "g"]);
}

/// A payload in two stores, of which the first is the one that its note names.
fn in_two_stores(r: &Sandbox) -> (PathBuf, PathBuf) {
    r.remote();
    let first = r.store("first");
    let key = r.record();
    r.ends(0, &["push"]);
    let second = r.store("second");
    let (here, there) = (first.join(&key), second.join(&key));
    fs::create_dir_all(there.parent().unwrap()).unwrap();
    fs::copy(&here, &there).unwrap();
    (here, there)
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn what_a_store_lost_comes_back_from_another() {
    let r = Sandbox::new();
    let (here, there) = in_two_stores(&r);
    assert_eq!(r.json(0, &["fsck", "--repair", "--format", "json"])["mended"], 0);
    fs::remove_file(&here).unwrap();
    let report = r.json(0, &["fsck", "--repair", "--format", "json"]);
    assert_eq!((&report["mended"], &report["faults"]), (&1.into(), &0.into()), "{report:#}");
    assert_eq!(read(&here), read(&there));
}

#[test]
fn what_is_nowhere_is_a_fault_and_what_is_wrong_is_never_overwritten() {
    let r = Sandbox::new();
    let (here, there) = in_two_stores(&r);
    let set = |path: &Path, bytes: &[u8]| {
        let _ = fs::remove_file(path);
        fs::write(path, bytes).unwrap();
    };
    set(&here, b"{}");
    let (out, _) = r.ends(4, &["fsck", "--repair"]);
    assert!(out.contains("nothing is overwritten") && out.contains("'second' has the right ones"), "{out}");
    assert_eq!(read(&here), b"{}");
    set(&there, b"[]");
    fs::remove_file(&here).unwrap();
    let (out, _) = r.ends(4, &["fsck", "--repair"]);
    assert!(out.contains("nowhere else"), "{out}");
    assert!(!here.exists());
}

#[test]
fn what_is_spooled_goes_to_its_store() {
    let r = Sandbox::new();
    let first = r.store("first");
    let key = r.record();
    assert!(!first.join(&key).exists());
    let report = r.json(0, &["fsck", "--repair", "--format", "json"]);
    assert_eq!((&report["mended"], &report["attachments"]), (&2.into(), &1.into()), "{report:#}");
    assert!(first.join(&key).exists());
}
