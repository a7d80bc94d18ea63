//! Real histories on the real graphs of their projects: `GIT_BENCH_CORPUS` names the folder that holds them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use crate::sandbox::Sandbox;

fn corpus() -> Option<PathBuf> {
    let root = std::env::var_os("GIT_BENCH_CORPUS").map(PathBuf::from);
    if root.is_none() {
        println!("skipped: GIT_BENCH_CORPUS is not set");
    }
    root
}

/// Imports a history twice and holds notes and report against its key. `samples`: the key's points are values behind the
/// measurements, not measurements. `here`: how many of the commits the graph holds.
fn hold(sandbox: &Sandbox, args: &[&str], key: &Value, samples: bool, here: &str) {
    let report = sandbox.import(args);
    let runs = sandbox.runs();
    let commits: BTreeSet<_> = runs.iter().map(|run| &run.commit).collect();
    assert_eq!(key["commits"], commits.len(), "{args:?}: commits");
    let weight = |run: &git_bench::record::RunRecord| match samples {
        true => run.m.iter().map(|row| row.n.unwrap_or(1)).sum(),
        false => run.m.len() as u64,
    };
    assert_eq!(key["points"], runs.iter().map(weight).sum::<u64>(), "{args:?}: points");
    assert_eq!(report["runs"], runs.len(), "{args:?}: runs");
    let with_tree: BTreeSet<_> = runs.iter().filter(|run| run.tree.is_some()).map(|run| &run.commit).collect();
    assert_eq!(key[here], with_tree.len(), "{args:?}: {here}");
    let failed = runs.iter().flat_map(|run| &run.m).filter(|row| row.value.is_none()).count();
    assert_eq!(key["nulls"], failed, "{args:?}: nulls");
    assert_eq!(report["not_taken"], 0, "{args:?}");
    sandbox.again(args);
}

fn key(path: PathBuf) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn graph(root: &std::path::Path, name: &str) -> Option<Sandbox> {
    let sandbox = Sandbox::of_corpus(root, name);
    if sandbox.is_none() {
        println!("skipped: repos/open.sh {name} does not run here");
    }
    sandbox
}

#[test]
fn data_js_of_adblock_rust_and_libplanet() {
    let Some(root) = corpus() else { return };
    let histories = root.join("histories");
    if let Some(sandbox) = graph(&root, "adblock-rust") {
        let path = histories.join("adblock-rust/data.js");
        let key = key(histories.join("adblock-rust/KEY.json"));
        hold(&sandbox, &["github-action-benchmark", path.to_str().unwrap()], &key, false, "commits_resolving");
    }
    let Some(sandbox) = graph(&root, "libplanet") else { return };
    let machines = ["linux-8cores", "ubuntu-latest", "windows-latest"];
    let mut points = 0;
    for machine in machines {
        let folder = histories.join("libplanet-main").join(machine);
        let (path, platform) = (folder.join("data.js"), format!("machine={machine}"));
        let report = sandbox.import(&["github-action-benchmark", path.to_str().unwrap(), "--platform", &platform]);
        let key = key(folder.join("KEY.json"));
        assert_eq!((&report["commits"], &report["measurements"]), (&key["commits"], &key["points"]), "{machine}");
        assert_eq!(report["not_in_this_clone"], 0, "{machine}");
        points += key["points"].as_u64().unwrap();
    }
    assert_eq!(sandbox.runs().iter().map(|run| run.m.len() as u64).sum::<u64>(), points);
}

#[test]
fn lines_of_rust_analyzer() {
    let Some(root) = corpus() else { return };
    let Some(sandbox) = graph(&root, "rust-analyzer") else { return };
    let folder = root.join("histories/rust-analyzer-metrics");
    let path = folder.join("metrics.json");
    hold(&sandbox, &["line-json", path.to_str().unwrap()], &key(folder.join("KEY.json")), false, "commits_resolving");
}

#[test]
fn notes_of_git_perf() {
    let Some(root) = corpus() else { return };
    let Some(sandbox) = graph(&root, "git-perf") else { return };
    hold(&sandbox, &["git-perf", "."], &key(root.join("histories/git-perf-notes/KEY.json")), true, "commits_in_pack");
}

#[test]
fn results_of_lsdb_without_its_graph() {
    let Some(root) = corpus() else { return };
    let folder = root.join("histories/lsdb-asv");
    let (sandbox, path) = (Sandbox::new(0), folder.join("_results"));
    // No commit of the project is here.
    let mut key = key(folder.join("KEY.json"));
    key["commits_resolving"] = 0.into();
    hold(&sandbox, &["asv", path.to_str().unwrap()], &key, false, "commits_resolving");
}
