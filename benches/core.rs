//! What the daily commands cost, against plain git in the same run on the same repository.
//!
//! `cargo bench --bench core` measures 1,000 and 10,000 noted commits of 20 benchmarks each; `-- 100000` as many as that.
//! Each pair of commands runs interleaved; the medians and their ratio are printed. Exits with 1 where a target is missed:
//! `record` 3x `git notes append` of the same line, also with 1,000 results; `diff` 2x `git log -n 40` and 4 ms; `check` 2x
//! `git log -n 60` and 4 ms; reading every record 1x `git log --format=%N` (that of 10,000 commits).

mod common;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use git_bench::measure::{Command, Plan, Series, run};
use git_bench::model::Time;
use serde_json::json;

use common::{Failed, NOW, git, median, repository};

/// One line of the table.
struct Pair<'a> {
    /// What is measured.
    what: &'a str,
    /// Our command.
    ours: Vec<String>,
    /// What git does for the same question.
    git: Vec<String>,
    /// The most that ours may take, from what git took; in ms.
    limit: Option<fn(f64) -> f64>,
    /// Runs of each.
    runs: usize,
}

fn words(text: &[&str]) -> Vec<String> {
    text.iter().map(|word| (*word).to_owned()).collect()
}

/// A file of so many results, and the note line that `record` makes of it.
fn input(repo: &Path, count: usize) -> Result<(), Failed> {
    let (file, line) = (repo.join(format!("{count}.json")), repo.join(format!("{count}.line")));
    let rows: Vec<_> = (0..count)
        .map(|i| json!({"name": format!("kernels/attention/bench_{i:02}"), "metrics": {"time": {"value": 1.5 + i as f64 / 1e4, "unit": "ms"}}}))
        .collect();
    std::fs::write(&file, json!({"benchmarks": rows}).to_string())?;
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_git-bench"))
        .args(["record", "-q", &format!("{count}.json"), "--commit", "HEAD~900"])
        .current_dir(repo)
        .status()?;
    if !run.success() {
        return Err("record failed".into());
    }
    let note = git(repo, &["notes", "--ref=bench", "show", "HEAD~900"], None)?;
    let own = note.lines().find(|line| line.matches("\"kernels/").count() == count);
    std::fs::write(line, own.ok_or("the recorded line is not there")?)?;
    git(repo, &["update-ref", "refs/notes/copy", "refs/notes/bench"], None)?;
    Ok(())
}

fn measured(count: usize, out: &mut dyn Write) -> Result<bool, Failed> {
    let repo = repository(count)?;
    for results in [20, 1000] {
        input(&repo, results)?;
    }
    let near = |git: f64| 2.0 * git + 4.0;
    let ours = |text: &[&str]| [words(&["git", "bench"]), words(text)].concat();
    let append = |file: &str| words(&["git", "notes", "--ref=copy", "append", "-F", file, "HEAD~7"]);
    let pairs = [
        Pair {
            what: "record of 20 results",
            ours: ours(&["record", "-q", "--again", "20.json", "--commit", "HEAD~7"]),
            git: append("20.line"),
            limit: Some(|git| 3.0 * git),
            runs: 15,
        },
        Pair {
            what: "record of 1,000 results",
            ours: ours(&["record", "-q", "--again", "1000.json", "--commit", "HEAD~8"]),
            git: append("1000.line"),
            limit: Some(|git| 3.0 * git),
            runs: 15,
        },
        Pair {
            what: "diff of commits 40 apart",
            ours: ours(&["diff", "HEAD~61..HEAD~21"]),
            git: words(&["git", "log", "--notes=bench", "-n", "40", "HEAD~21"]),
            limit: Some(near),
            runs: 25,
        },
        Pair {
            what: "check",
            ours: ours(&["check", "HEAD~21", "--missing=ok"]),
            git: words(&["git", "log", "--notes=bench", "-n", "60", "HEAD~21"]),
            limit: Some(near),
            runs: 25,
        },
        Pair {
            what: "reading every record",
            ours: ours(&["fsck"]),
            git: words(&["git", "log", "--notes=bench", "--format=%N"]),
            limit: (count == 10_000).then_some(|git| git),
            runs: if count > 50_000 { 3 } else { 7 },
        },
    ];
    let program = Path::new(env!("CARGO_BIN_EXE_git-bench"));
    let path = std::env::join_paths(
        program.parent().map(Path::to_owned).into_iter().chain(std::env::split_paths(&std::env::var("PATH")?)),
    )?;
    let env = vec![
        ("GIT_BENCH_NOW".into(), Time(NOW + 86_400).to_string()),
        ("CI".into(), String::new()),
        ("PATH".into(), path.into_string().map_err(|_| "PATH is no text")?),
    ];
    writeln!(out, "{count} noted commits x {} benchmarks", common::BENCHMARKS)?;
    let mut good = true;
    for pair in pairs {
        let command = |argv: Vec<String>| Command {
            label: argv.join(" "),
            argv,
            prepare: None,
            cwd: Some(repo.clone()),
            env: env.clone(),
        };
        let plan = Plan {
            commands: vec![command(pair.ours), command(pair.git)],
            runs: pair.runs,
            warmup: 2,
            ..Plan::default()
        };
        let series = run(&plan, &mut |_| {})?;
        if let Some(failed) = series.iter().find(|s| s.failed.is_some()) {
            return Err(format!("'{}' failed", failed.label).into());
        }
        let wall = |series: &Series| median(series, |s| s.wall) * 1e3;
        let (ours, git) = (wall(&series[0]), wall(&series[1]));
        let limit = pair.limit.map(|of| of(git));
        let verdict = match limit {
            Some(limit) if ours > limit => format!("MISSED: at most {limit:.1} ms"),
            Some(limit) => format!("at most {limit:.1} ms"),
            None => String::new(),
        };
        good &= limit.is_none_or(|limit| ours <= limit);
        writeln!(out, "  {:<26}{ours:>9.1} ms  git {git:>9.1} ms  {:>5.2}x  {verdict}", pair.what, ours / git)?;
    }
    Ok(good)
}

fn main() -> ExitCode {
    let counts: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let counts = if counts.is_empty() { vec![1_000, 10_000] } else { counts };
    let mut out = io::stdout().lock();
    let all: Result<Vec<bool>, Failed> = counts.iter().map(|count| measured(*count, &mut out)).collect();
    match all {
        Ok(all) if all.iter().all(|good| *good) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}
