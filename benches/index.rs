//! What asking costs, against plain git in the same run: the index cold, after one more record, and warm.
//!
//! `cargo bench --bench index` measures 10,000 noted commits, `cargo bench --bench index -- 100000` as many as that; each
//! run holds 20 benchmarks. The repository is made once and kept below the target directory. Exits with 1 where a target
//! is missed (only those of 100,000 commits are targets).

mod common;

use std::io::{self, Write};
use std::process::ExitCode;

use git_bench::measure::{Command, Plan, Series, run};
use git_bench::model::Time;

use common::{BENCHMARKS, Failed, NOW, median, repository};

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
