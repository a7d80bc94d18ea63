//! A repository with as many noted commits as asked for, made once and kept below the target directory.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use git_bench::measure::{Sample, Series};
use git_bench::model::{Better, Facts, Time};
use git_bench::record::{Row, RunRecord, Twin};
use serde_json::Value;

/// Benchmarks of each run.
pub const BENCHMARKS: usize = 20;

/// The last commit's time, and what the measured program takes for now: a day later.
pub const NOW: i64 = 1_770_000_000;

/// Commits are so many seconds apart: 100,000 of them are five years.
const STEP: i64 = 1_500;

/// What went wrong.
pub type Failed = Box<dyn std::error::Error>;

/// Runs git and gives what it wrote.
pub fn git(repo: &Path, args: &[&str], input: Option<&[u8]>) -> Result<String, Failed> {
    let mut child = Process::new("git")
        .arg("-C")
        .arg(repo)
        .args(args)
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .spawn()?;
    if let (Some(bytes), Some(mut pipe)) = (input, child.stdin.take()) {
        pipe.write_all(bytes)?;
    }
    let output = child.wait_with_output()?;
    if output.status.success() { Ok(String::from_utf8(output.stdout)?) } else { Err(format!("git {args:?}").into()) }
}

/// The run of commit `i`.
pub fn record(i: usize, commit: &str, tree: &str) -> RunRecord {
    let fact = |key: &str, value: Value| (key.to_owned(), value);
    let machine = if i.is_multiple_of(4) { ("aws", "p4d.24xlarge") } else { ("gcp", "a2-highgpu-8g") };
    let noise = |k: usize| ((i * 31 + k * 17) % 997) as f64 / 1e5;
    RunRecord {
        id: format!("{i:08x}-0000-4000-8000-{:012x}", i * 7919),
        time: Time(NOW - STEP * i as i64 + 600),
        who: Some("alice".into()),
        commit: commit.into(),
        tree: Some(tree.into()),
        ctime: Some(NOW - STEP * i as i64),
        parents: Vec::new(),
        measured: None,
        branch: Some("main".into()),
        base: None,
        pr: None,
        tag: None,
        suite: "default".into(),
        channel: "daily".into(),
        dirty: false,
        env: Facts::from([
            fact("cloud", machine.0.into()),
            fact("gpu_count", 8.into()),
            fact("gpu_model", "NVIDIA A100".into()),
            fact("instance_type", machine.1.into()),
            fact("region", "us-west-2".into()),
        ]),
        tests: None,
        duration: Some(1847.0),
        cost: Some(16.82),
        spot: Some(true),
        harness: Some("pytest-benchmark 4.0.0".into()),
        input: format!("{i:016x}"),
        m: (0..BENCHMARKS)
            .map(|k| Row {
                name: format!("kernels/attention/bench_{k:02}"),
                metric: "time".into(),
                unit: "ms".into(),
                better: Better::Lower,
                value: Some(1.5 + noise(k)),
                n: Some(30),
                stddev: Some(0.01),
                min: Some(1.49),
                max: Some(1.6),
                samples: None,
            })
            .collect(),
        payload: None,
    }
}

/// A repository with so many noted commits, packed.
pub fn repository(count: usize) -> Result<PathBuf, Failed> {
    let repo = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("noted-{count}"));
    if let Ok(tip) = std::fs::read_to_string(repo.join("done"))
        && !tip.is_empty()
    {
        // As it was made: what a run adds would make the next one slower.
        git(&repo, &["update-ref", "refs/notes/bench", &tip], None)?;
        git(&repo, &["update-ref", "-d", "refs/notes/copy"], None)?;
        git(&repo, &["update-ref", "-d", "refs/bench/seen"], None)?;
        let _ = std::fs::remove_dir_all(repo.join(".git/bench"));
        git(&repo, &["reflog", "expire", "--expire=now", "--all"], None)?;
        git(&repo, &["prune", "--expire=now"], None)?;
        return Ok(repo);
    }
    let _ = std::fs::remove_dir_all(&repo);
    std::fs::create_dir_all(&repo)?;
    git(&repo, &["init", "-q", "-b", "main"], None)?;
    git(&repo, &["config", "user.name", "bench"], None)?;
    git(&repo, &["config", "user.email", "bench@localhost"], None)?;
    let mut feed = String::new();
    for i in 0..count {
        let (time, text) = (NOW - STEP * (count - 1 - i) as i64, i.to_string());
        write!(
            feed,
            "commit refs/heads/main\nmark :{}\ncommitter a <a@b> {time} +0000\ndata 1\nx\n{}M 644 inline f\ndata {}\n{text}\n",
            i + 1,
            if i > 0 { format!("from :{i}\n") } else { String::new() },
            text.len()
        )?;
    }
    git(&repo, &["fast-import", "--quiet"], Some(feed.as_bytes()))?;
    let list = git(&repo, &["log", "--format=%H %T", "main"], None)?;
    let mut feed = String::from("commit refs/notes/bench\ncommitter a <a@b> 1700000000 +0000\ndata 1\nn\n");
    let mut note = |object: &str, mut line: Vec<u8>| -> Result<(), Failed> {
        line.push(b'\n');
        let path = format!("{}/{}/{}", &object[..2], &object[2..4], &object[4..]);
        write!(feed, "M 100644 inline {path}\ndata {}\n{}\n", line.len(), String::from_utf8(line)?)?;
        Ok(())
    };
    for (i, row) in list.lines().enumerate() {
        let (commit, tree) = row.split_once(' ').ok_or("no tree")?;
        note(commit, record(i, commit, tree).to_line())?;
        note(tree, Twin { commit: commit.into() }.to_line())?;
    }
    git(&repo, &["fast-import", "--quiet"], Some(feed.as_bytes()))?;
    git(&repo, &["repack", "-adfq"], None)?;
    git(&repo, &["reset", "-q", "--hard"], None)?;
    std::fs::write(
        repo.join("one.json"),
        r#"{"benchmarks":[{"name":"kernels/attention/bench_00","metrics":{"time":{"value":1.52,"unit":"ms"}}}]}"#,
    )?;
    std::fs::write(repo.join("done"), git(&repo, &["rev-parse", "refs/notes/bench"], None)?.trim())?;
    Ok(repo)
}

/// The median over the samples of a command.
pub fn median(series: &Series, of: impl Fn(&Sample) -> f64) -> f64 {
    let mut values: Vec<f64> = series.samples.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
