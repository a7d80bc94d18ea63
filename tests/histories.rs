//! Real histories of other trackers against their keys: `GIT_BENCH_CORPUS` names the folder that holds `histories/`.

// Skips are said on standard output.
#![allow(clippy::print_stdout)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use git_bench::import::{self, ReadOptions, git_perf};
use git_bench::model::{Measurement, Run};
use serde_json::Value;

fn corpus() -> Option<PathBuf> {
    let root = std::env::var_os("GIT_BENCH_CORPUS").map(PathBuf::from);
    if root.is_none() {
        println!("skipped: GIT_BENCH_CORPUS is not set");
    }
    root
}

/// One value of a series: the commit and the measurement.
type Point<'a> = (&'a str, &'a Measurement);

/// Holds runs against `KEY.json`; `label` gives the key's name of a series, `order` says whether the file has an order.
fn compare(key: &Path, runs: &[Run], order: bool, label: impl Fn(&Run, &Measurement) -> String) {
    let key: Value = serde_json::from_slice(&std::fs::read(key).unwrap()).unwrap();
    let mut series: BTreeMap<String, Vec<Point>> = BTreeMap::new();
    for run in runs {
        for m in &run.measurements {
            series.entry(label(run, m)).or_default().push((run.commit.as_deref().unwrap_or(""), m));
        }
    }
    let commits: BTreeSet<_> = runs.iter().filter_map(|run| run.commit.as_deref()).collect();
    let all = || series.values().flatten().map(|(_, m)| *m);
    let points: u64 = all().map(weight).sum();
    let nulls = all().filter(|m| m.failed()).count();
    assert_eq!(key["commits"], commits.len(), "commits");
    assert_eq!(key["points"], points, "points");
    assert_eq!(key["benchmarks"], series.len(), "benchmarks");
    assert_eq!(key["nulls"], nulls, "nulls");
    for want in key["series"].as_array().unwrap() {
        let name = want["benchmark"].as_str().unwrap();
        let found = series.get(name).unwrap_or_else(|| panic!("no series {name}"));
        assert_eq!(want["n"], found.iter().map(|(_, m)| weight(m)).sum::<u64>(), "{name}: n");
        let all: Vec<f64> = found.iter().flat_map(|(_, m)| values(m)).copied().collect();
        assert_eq!(want["numeric"], all.len(), "{name}: numeric");
        assert_eq!(want["min"].as_f64(), all.iter().copied().reduce(f64::min), "{name}: min");
        assert_eq!(want["max"].as_f64(), all.iter().copied().reduce(f64::max), "{name}: max");
        for (place, end) in [("first_in_file", found.first()), ("last_in_file", found.last())] {
            let (commit, value) = (want[place]["commit"].as_str().unwrap(), want[place]["value"].as_f64());
            let (_, at) = end.filter(|(id, _)| !order || *id == commit).unwrap_or_else(|| panic!("{name}: {place}"));
            let known = |m: &Measurement| value.is_none_or(|v| values(m).contains(&v));
            let fits = if order { known(at) } else { found.iter().any(|(id, m)| *id == commit && known(m)) };
            assert!(fits, "{name}: {place} is not {value:?}");
        }
    }
}

/// How many values of the tracker are in it.
fn weight(m: &Measurement) -> u64 {
    m.samples.len().max(1) as u64
}

/// The values themselves.
fn values(m: &Measurement) -> &[f64] {
    if m.samples.is_empty() { m.value.as_slice() } else { &m.samples }
}

fn read(path: &Path, format: &str) -> Vec<Run> {
    let (reader, runs) = import::read(&common::input(path), None, &ReadOptions::default()).expect("it is read");
    assert_eq!(reader.name(), format);
    assert!(runs.iter().all(|run| run.entry.is_some()), "every run has an entry of its own");
    runs
}

#[test]
fn github_action_benchmark_histories_are_as_their_keys_say() {
    let Some(root) = corpus() else { return };
    let folders = [
        "adblock-rust",
        "libplanet-main/linux-8cores",
        "libplanet-main/ubuntu-latest",
        "libplanet-main/windows-latest",
    ];
    for folder in folders.map(|name| root.join("histories").join(name)) {
        let runs = read(&folder.join("data.js"), "github-action-benchmark-datajs");
        compare(&folder.join("KEY.json"), &runs, true, |_, m| m.name.replacen('/', "::", 1));
    }
}

#[test]
fn rust_analyzer_metrics_are_as_the_key_says() {
    let Some(root) = corpus() else { return };
    let folder = root.join("histories/rust-analyzer-metrics");
    let runs = read(&folder.join("metrics.json"), "rust-analyzer-metrics");
    compare(&folder.join("KEY.json"), &runs, true, |_, m| m.name.clone());
}

#[test]
fn asv_results_are_as_the_key_says() {
    let Some(root) = corpus() else { return };
    let folder = root.join("histories/lsdb-asv");
    let mut runs = read(&folder.join("_results"), "asv");
    // The key counts values, not the samples behind them.
    runs.iter_mut().flat_map(|run| &mut run.measurements).for_each(|m| m.samples.clear());
    compare(&folder.join("KEY.json"), &runs, false, |run, m| {
        format!("{}@{}", m.name, run.platform["machine"].as_str().unwrap())
    });
}

#[test]
fn git_perf_notes_are_as_the_key_says() {
    let Some(root) = corpus() else { return };
    let folder = tempfile::tempdir().unwrap();
    let repo = folder.path().join("git-perf.git");
    match Command::new("sh").arg(root.join("repos/open.sh")).arg("git-perf").arg(&repo).output() {
        Ok(done) if done.status.success() => {}
        _ => return println!("skipped: repos/open.sh does not run here"),
    }
    let runs: Vec<Run> = notes(&repo)
        .iter()
        .flat_map(|(commit, note)| git_perf::read_note(commit, note).unwrap())
        .inspect(|run| assert!(run.warnings.is_empty(), "{:?}", run.warnings))
        .collect();
    compare(&root.join("histories/git-perf-notes/KEY.json"), &runs, false, |_, m| {
        m.name.replace(']', "").replacen('[', "|", 1)
    });
}

/// The notes of git-perf's ref by commit.
fn notes(repo: &Path) -> Vec<(String, String)> {
    let git = |args: &[&str], stdin: &str| {
        let input = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(input.path(), stdin).unwrap();
        let stdin = Stdio::from(std::fs::File::open(input.path()).unwrap());
        let done = Command::new("git").arg("-C").arg(repo).args(args).stdin(stdin).output().unwrap();
        assert!(done.status.success(), "git {args:?}");
        String::from_utf8(done.stdout).unwrap()
    };
    let tree = git(&["ls-tree", "-r", git_perf::NOTES_REF], "");
    let listed: Vec<(&str, String)> = tree
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(blob, path)| (blob.rsplit(' ').next().unwrap(), path.replace('/', "")))
        .collect();
    let ids: String = listed.iter().map(|(blob, _)| format!("{blob}\n")).collect();
    let mut batch = &git(&["cat-file", "--batch"], &ids)[..];
    let one = |(_, commit): (&str, String)| {
        let (head, rest) = batch.split_once('\n').unwrap();
        let size: usize = head.rsplit(' ').next().unwrap().parse().unwrap();
        batch = &rest[size + 1..];
        (commit, rest[..size].to_owned())
    };
    listed.into_iter().map(one).collect()
}
