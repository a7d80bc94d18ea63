//! What the page of `report` costs: 1,000 series of 2,000 points each, written as one HTML file.
//!
//! `cargo bench --bench page` prints seconds and megabytes, and leaves the file in the target directory for a look at how a
//! browser takes it; `cargo bench --bench page -- 200 500` writes other numbers of series and points. Exits with 1 where a target
//! is missed (2 s and 12 MB, of 1,000 times 2,000).

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use git_bench::model::Time;
use git_bench::render::page::html;
use git_bench::report::VERSION;
use git_bench::report::page::{Branch, Commit, Machine, Page, Series, Step};

/// The targets: seconds and bytes.
const SECONDS: f64 = 2.0;
const BYTES: usize = 12_000_000;

/// Numbers that look like noise and are the same in every run.
struct Noise(u64);

impl Noise {
    /// Uniform in -1 to 1.
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

fn series(i: usize, points: usize, noise: &mut Noise) -> Series {
    let level = 10_f64.powf(1.0 + 4.0 * noise.next().abs());
    let step = points / 2 + i % 100;
    let value = |at: usize, noise: &mut Noise| {
        level * if at < step { 1.0 } else { 1.1 } * (1.0 + 0.02 * (noise.next() + noise.next()))
    };
    let values: Vec<f64> = (0..points).map(|at| value(at, noise)).collect();
    let change = Step {
        index: step.min(points - 1),
        before: level,
        level: level * 1.1,
        change: Some(0.1),
        verdict: "regression",
        unmeasured: 0,
        accepted: None,
    };
    Series {
        benchmark: format!("suite_{:02}/group_{}/case[{i}]", i % 37, i % 7),
        metric: "time".into(),
        unit: "us".into(),
        better: "lower".into(),
        suite: "default".into(),
        // A tenth of the series misses a commit now and then.
        at: (0..points).filter(|at| !i.is_multiple_of(10) || at % 97 != i % 97).collect(),
        n: vec![Some(30); points],
        runs: vec![1; points],
        stddev: (0..points).map(|_| Some(level * 0.01 * (1.0 + 0.3 * noise.next()))).collect(),
        changes: vec![change],
        values,
        ..Series::default()
    }
    .fitted()
}

/// As many entries in every column as there are points.
trait Fitted {
    fn fitted(self) -> Self;
}

impl Fitted for Series {
    fn fitted(mut self) -> Self {
        let points = self.at.len();
        self.values.truncate(points);
        self.n.truncate(points);
        self.runs.truncate(points);
        self.stddev.truncate(points);
        self.changes.retain(|c| c.index > 0 && c.index < points);
        self
    }
}

fn page(count: usize, points: usize) -> Page {
    let mut noise = Noise(0x9E37_79B9_7F4A_7C15);
    let commits = (0..points)
        .map(|i| Commit {
            id: format!("{:040x}", (i as u128 + 1).wrapping_mul(0x0123_4567_89AB_CDEF_0011_2233_4455_6677)),
            time: Time(1_600_000_000 + 7_200 * i as i64),
            author: format!("Author {}", i % 23),
            subject: format!("Change number {i} of a subject that is about as long as subjects are"),
        })
        .collect();
    Page {
        version: VERSION,
        command: "report",
        title: "large".into(),
        generated: "2026-01-01T00:00:00Z".into(),
        commits,
        machines: vec![Machine { environment: "0123456789ab".into(), label: "runner".into() }],
        branches: vec![Branch {
            name: "main".into(),
            tip: "0".repeat(40),
            walked: points,
            commits: (0..points).collect(),
            distances: (0..points).rev().collect(),
            series: (0..count).map(|i| series(i, points, &mut noise)).collect(),
            ..Branch::default()
        }],
        ..Page::default()
    }
}

fn main() -> ExitCode {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let (count, points) = (numbers.first().copied().unwrap_or(1_000), numbers.get(1).copied().unwrap_or(2_000).max(2));
    let page = page(count, points);
    let begin = Instant::now();
    let text = html(&page);
    let seconds = begin.elapsed().as_secs_f64();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page.html");
    let kept = std::fs::write(&file, &text).map_or_else(|e| e.to_string(), |()| file.display().to_string());
    let _ = writeln!(
        io::stdout(),
        "{count} series x {points} points: {seconds:.2} s, {:.1} MB ({kept})",
        text.len() as f64 / 1e6
    );
    let as_asked = numbers.is_empty();
    if as_asked && (seconds > SECONDS || text.len() > BYTES) {
        let _ = writeln!(io::stdout(), "missed: at most {SECONDS} s and {} MB", BYTES / 1_000_000);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
