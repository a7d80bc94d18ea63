//! The command itself: formats, destinations, flags.

use serde_json::Value;

use crate::readers::{full, lines};
use crate::sandbox::{Sandbox, result};

#[test]
fn csv_is_the_default_and_filters_narrow() {
    let sandbox = full();
    let out = sandbox.ok(&["export"]).out;
    assert!(out.starts_with("benchmark,metric,value,unit,better,"), "{out}");
    assert!(out.contains("\"'=1+1,\"\"x\"\"\\u{202e}\u{5d0}\",time,10,ms,lower,"), "{out}");
    assert!(!out.contains('\u{202e}'));
    let of = |args: &[&str]| lines(&sandbox, args).len();
    assert_eq!(of(&[]), 10);
    assert_eq!(of(&["--platform", "aws"]), 3);
    assert_eq!(of(&["--benchmark", "flash_attention", "--metric", "latency"]), 2);
    assert_eq!(of(&["--suite", "a b/c=d"]), 1);
    assert_eq!(of(&["--since", "2024-01-20"]), 3);
    assert_eq!(of(&["--commit", "HEAD"]), 2);
    let times: Vec<String> = lines(&sandbox, &[]).iter().map(|l| l["time"].to_string()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let none = sandbox.bench(&["export", "--platform", "azure"]);
    assert_eq!((none.code, none.out.lines().count()), (3, 1), "{}", none.out);
    assert!(none.err.contains("no run fits"), "{}", none.err);
}

#[test]
fn a_file_is_written_whole_and_a_pipe_is_standard_output() {
    let sandbox = full();
    let said = sandbox.ok(&["export", "--out", "all.csv"]);
    assert_eq!(said.out, "");
    assert!(said.err.contains("wrote all.csv"), "{}", said.err);
    assert_eq!(
        std::fs::read_to_string(sandbox.path("repo/all.csv")).unwrap(),
        sandbox.ok(&["export", "--out", "-"]).out
    );
    assert!(!sandbox.path("repo/all.csv.part").exists());
    let said = sandbox.bench(&["export", "--out", "no/such/folder/all.csv"]);
    assert_eq!(said.code, 4, "{}", said.err);
}

#[test]
fn what_does_not_go_together_is_said() {
    let sandbox = Sandbox::new(1);
    for (args, word) in [
        (&["--format", "json"][..], "hint: git bench export --format jsonl"),
        (&["--format", "moon"], "'export' knows csv, jsonl, parquet"),
        (&["--format", "parquet"], "hint: git bench export --format parquet --out FOLDER"),
        (&["--format", "openmetrics", "--out", "s3://bucket"], "not to a bucket"),
        (&["--anew", "--out", "x.csv"], "--anew is for parts"),
        (&["--project", "p"], "--project belongs to gcp-monitoring"),
        (&["--out", "lake/", "--metric", "time"], "parts hold whole runs"),
        (&["--out", "ftp://x/"], "scheme"),
    ] {
        let said = sandbox.bench(&[&["export"], args].concat());
        assert_eq!(said.code, 2, "{args:?}: {}", said.err);
        assert!(said.err.contains(word), "{args:?}: {}", said.err);
    }
}

#[test]
fn a_position_is_counted_from_the_root_and_a_squash_finds_its_tree() {
    let sandbox = Sandbox::new(3);
    sandbox.record(&result("a", 1.0, "2024-01-01T00:00:00Z"), "HEAD~2");
    sandbox.record(&result("a", 2.0, "2024-01-02T00:00:00Z"), "HEAD");
    // A branch whose tree lands on main by a squash, one that does not, and a dirty-free run of a merge's tree.
    for (branch, file) in [("landed", "x"), ("open", "y")] {
        sandbox.git("repo", &["checkout", "-q", "-b", branch, "main"]);
        std::fs::write(sandbox.path("repo").join(file), "1").unwrap();
        sandbox.git("repo", &["add", file]);
        sandbox.git("repo", &["commit", "-qm", branch]);
    }
    sandbox.record(&result("a", 3.0, "2024-01-03T00:00:00Z"), "landed");
    sandbox.record(&result("a", 4.0, "2024-01-04T00:00:00Z"), "open");
    sandbox.git("repo", &["checkout", "-q", "main"]);
    sandbox.git("repo", &["merge", "-q", "--squash", "landed"]);
    sandbox.git("repo", &["commit", "-qm", "squashed"]);
    let placed = |sandbox: &Sandbox, repo: &str| -> Vec<(Value, Value)> {
        let out = sandbox.at(repo, &["export", "--format", "jsonl"]).out;
        let all = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        all.map(|line| (line["position"].clone(), line["placed"].clone())).collect()
    };
    let null = || (Value::Null, Value::Null);
    let at = |n: u64, by: &str| (Value::from(n), Value::from(by));
    assert_eq!(placed(&sandbox, "repo"), [at(0, "commit"), at(2, "commit"), at(3, "tree"), null()]);
    let repo = sandbox.path("repo");
    let url = format!("file://{}", repo.display());
    sandbox.git(".", &["clone", "-q", "--depth", "2", &url, "shallow"]);
    sandbox.git("shallow", &["fetch", "-q", "origin", "refs/notes/bench:refs/notes/bench"]);
    let said = sandbox.at("shallow", &["export", "--format", "jsonl"]);
    assert!(
        said.err.contains("this clone is shallow") && said.err.contains("hint: git fetch --unshallow"),
        "{}",
        said.err
    );
    assert!(placed(&sandbox, "shallow").iter().all(|place| *place == null()));
    let said = sandbox.at("shallow", &["export", "--format", "parquet", "--out", "lake"]);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(said.err.contains("parts are never written again"), "{}", said.err);
    assert!(!sandbox.path("shallow/lake").exists());
}

#[test]
fn documents_of_a_service_replace_only_their_own() {
    let sandbox = full();
    let put = sandbox.path("repo/put");
    std::fs::create_dir(&put).unwrap();
    for name in ["git-bench-0007.json", "git-bench-mine.json", "2024.json"] {
        std::fs::write(put.join(name), "{}").unwrap();
    }
    sandbox.ok(&["export", "--format", "cloudwatch", "--out", "put"]);
    let mut names: Vec<_> = std::fs::read_dir(&put).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["2024.json", "git-bench-0001.json", "git-bench-mine.json"]);
    // All too old: nothing to send, and it is said.
    let said = sandbox.bench(&["export", "--format", "cloudwatch", "--until", "2024-01-05"]);
    assert_eq!((said.code, said.out.as_str()), (3, ""), "{}", said.err);
}

#[test]
fn a_damaged_index_is_made_anew_first() {
    let sandbox = full();
    let wanted = sandbox.ok(&["export"]).out;
    std::fs::write(sandbox.index(), "no index").unwrap();
    let said = sandbox.ok(&["export"]);
    assert_eq!(said.out, wanted);
    assert!(said.err.contains("the index was damaged and is made anew"), "{}", said.err);
}
