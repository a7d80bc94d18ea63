//! What asking costs, against plain git in the same run: the index cold, after one more record, and warm.
//!
//! `cargo bench --bench index` measures 10,000 noted commits, `cargo bench --bench index -- 100000` as many as that; each
//! run holds 20 benchmarks. The repository is made once and kept below the target directory. Exits with 1 where a target
//! is missed (only those of 100,000 commits are targets).

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, ExitCode, Stdio};

use git_bench::measure::{Command, Plan, Series, run};
use git_bench::model::{Better, Facts, Time};
use git_bench::record::{Row, RunRecord, Twin};
use serde_json::Value;

const BENCHMARKS: usize = 20;

/// The last commit's time, and what the measured program takes for now: a day later.
const NOW: i64 = 1_770_000_000;

/// Commits are so many seconds apart: 100,000 of them are five years.
const STEP: i64 = 1_500;

type Failed = Box<dyn std::error::Error>;

fn git(repo: &Path, args: &[&str], input: Option<&[u8]>) -> Result<String, Failed> {
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

fn record(i: usize, commit: &str, tree: &str) -> RunRecord {
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
fn repository(count: usize) -> Result<PathBuf, Failed> {
    let repo = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("index-{count}"));
    if repo.join("done").exists() {
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
    std::fs::write(repo.join("done"), "")?;
    Ok(repo)
}

fn median(series: &Series, of: impl Fn(&git_bench::measure::Sample) -> f64) -> f64 {
    let mut values: Vec<f64> = series.samples.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn measured(count: usize, out: &mut dyn Write) -> Result<bool, Failed> {
    let repo = repository(count)?;
    let program = env!("CARGO_BIN_EXE_git-bench");
    let words = |text: &[&str]| text.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let command = |label: &str, argv: &[&str], prepare: Option<&[&str]>| Command {
        label: label.into(),
        argv: words(argv),
        prepare: prepare.map(words),
        cwd: Some(repo.clone()),
        env: vec![("GIT_BENCH_NOW".into(), Time(NOW + 86_400).to_string()), ("CI".into(), String::new())],
    };
    let log = command("git log", &["git", "log", "--notes=bench", "--format=%N"], None);
    let ask = [program, "query", "--limit", "1"];
    let remove = ["rm", "-f", ".git/bench/index.sqlite"];
    let record = [program, "record", "-q", "--again", "one.json", "--commit", "HEAD~7"];
    let cold = Plan {
        commands: vec![log, command("cold", &ask, Some(&remove))],
        runs: if count > 50_000 { 3 } else { 7 },
        warmup: 1,
        ..Plan::default()
    };
    let one = "kernels/attention/bench_03";
    let warm = Plan {
        commands: vec![
            command("after one record", &ask, Some(&record)),
            command("stats of one benchmark", &[program, "stats", "--benchmark", one], None),
            command("stats --platform aws", &[program, "stats", "--benchmark", one, "--platform", "aws"], None),
            command("query --days 7", &[program, "query", "--days", "7"], None),
            command("query --branch main", &[program, "query", "--branch", "main", "--limit", "20"], None),
            command("stats of all", &[program, "stats"], None),
            command("git bench --version", &[program, "--version"], None),
        ],
        runs: 15,
        warmup: 2,
        ..Plan::default()
    };
    let (cold, mut warm_series) = (run(&cold, &mut |_| {})?, run(&warm, &mut |_| {})?);
    if let Some(failed) = cold.iter().chain(&warm_series).find(|series| series.failed.is_some()) {
        return Err(format!("'{}' failed", failed.label).into());
    }
    let wall = |series: &Series| median(series, |s| s.wall) * 1e3;
    let memory = |series: &Series| median(series, |s| s.max_rss.unwrap_or(0) as f64) / 1e6;
    let base = wall(&cold[0]);
    writeln!(out, "{count} noted commits x {BENCHMARKS} benchmarks")?;
    writeln!(out, "{:<24}{base:>9.1} ms  {:>6.0} MB", cold[0].label, memory(&cold[0]))?;
    let size = std::fs::metadata(repo.join(".git/bench/index.sqlite"))?.len() as f64 / 1e6;
    writeln!(
        out,
        "{:<24}{:>9.1} ms  {:>6.0} MB  {:.2}x git log, a file of {size:.0} MB",
        cold[1].label,
        wall(&cold[1]),
        memory(&cold[1]),
        wall(&cold[1]) / base
    )?;
    let mut good = wall(&cold[1]) <= 2.5 * base && memory(&cold[1]) < 500.0;
    for (i, series) in warm_series.drain(..).enumerate() {
        writeln!(out, "{:<24}{:>9.1} ms  {:>6.0} MB", series.label, wall(&series), memory(&series))?;
        good &= !matches!(i, 0 | 1 | 3) || wall(&series) <= 50.0;
    }
    Ok(good || count < 100_000)
}

fn main() -> Result<ExitCode, Failed> {
    let wanted: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let mut good = true;
    for count in if wanted.is_empty() { vec![10_000] } else { wanted } {
        good &= measured(count, &mut io::stdout().lock())?;
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
