//! How fast the readers of big files are, against `serde_json::Value` of the same bytes (JUnit, which is no JSON: against
//! counting its lines), in the same run.
//!
//! `cargo bench --bench readers`, or `-- MEGABYTES` for other sizes than 8 MB. What is timed is what `record` does with a
//! file: detection among all readers, and reading. The fastest of several turns counts.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Instant;

use git_bench::import::{Input, ReadOptions, read};
use serde_json::Value;

const TURNS: usize = 5;

/// Numbers that look measured and are the same each time.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        0.001 + (self.0 >> 33) as f64 / 1e13
    }
}

/// A file of at least so many bytes: a head, parts until it is long enough, a tail.
fn file(
    bytes: usize,
    head: &str,
    part: &mut dyn FnMut(usize, &mut Noise) -> String,
    between: &str,
    tail: &str,
) -> Vec<u8> {
    let (mut text, mut noise, mut i) = (head.to_owned(), Noise(7), 0);
    while text.len() < bytes {
        if i > 0 {
            text.push_str(between);
        }
        text.push_str(&part(i, &mut noise));
        i += 1;
    }
    text.push_str(tail);
    text.into_bytes()
}

fn numbers(count: usize, noise: &mut Noise) -> String {
    let mut text = String::new();
    for i in 0..count {
        let _ = write!(text, "{}{}", if i > 0 { ", " } else { "" }, noise.next());
    }
    text
}

fn inputs(bytes: usize) -> Vec<(&'static str, Vec<u8>)> {
    let pytest = file(
        bytes,
        r#"{"machine_info": {"node": "x", "python_version": "3.12.1"}, "commit_info": {}, "version": "5.1.0", "datetime": "2026-01-01T00:00:00+00:00", "benchmarks": ["#,
        &mut |i, noise| {
            format!(
                r#"{{"group": null, "name": "test_{i}", "fullname": "tests/test_a.py::test_{i}", "params": null, "extra_info": {{}}, "options": {{}}, "stats": {{"min": 0.001, "max": 0.9, "mean": 0.0{}, "stddev": 0.0001, "rounds": 5000, "median": 0.01, "iqr": 0.001, "q1": 0.009, "q3": 0.011, "ops": 100.0, "total": 50.0, "iterations": 1, "data": [{}]}}}}"#,
                i + 11,
                numbers(5000, noise)
            )
        },
        ", ",
        "]}",
    );
    let google = file(
        bytes,
        r#"{"context": {"date": "2026-01-01T00:00:00+00:00", "num_cpus": 8, "mhz_per_cpu": 3000, "cpu_scaling_enabled": false, "caches": [], "load_avg": [], "library_build_type": "release"}, "benchmarks": ["#,
        &mut |i, noise| {
            let time = noise.next() * 1e6;
            format!(
                r#"{{"name": "BM_copy/{i}", "family_index": {i}, "per_family_instance_index": 0, "run_name": "BM_copy/{i}", "run_type": "iteration", "repetitions": 1, "repetition_index": 0, "threads": 1, "iterations": 1000, "real_time": {time}, "cpu_time": {time}, "time_unit": "ns", "bytes_per_second": 1.5e9}}"#
            )
        },
        ",\n",
        "]}",
    );
    let hyperfine = file(
        bytes,
        r#"{"results": ["#,
        &mut |i, noise| {
            format!(
                r#"{{"command": "sleep {i}", "mean": 0.5, "stddev": 0.01, "median": 0.5, "user": 0.1, "system": 0.1, "min": 0.4, "max": 0.6, "times": [{}], "exit_codes": [0]}}"#,
                numbers(2000, noise)
            )
        },
        ", ",
        "]}",
    );
    let criterion = file(
        bytes,
        "",
        &mut |i, noise| {
            format!(
                r#"{{"reason":"benchmark-complete","id":"group/case {i}","report_directory":"/x","iteration_count":[1,2,3],"measured_values":[{}],"unit":"ns","throughput":[],"typical":{{"estimate":1.5,"lower_bound":1.4,"upper_bound":1.6,"unit":"ns"}},"mean":{{"estimate":1.5,"lower_bound":1.4,"upper_bound":1.6,"unit":"ns"}},"median":{{"estimate":1.5,"lower_bound":1.4,"upper_bound":1.6,"unit":"ns"}},"median_abs_dev":{{"estimate":0.1,"lower_bound":0.1,"upper_bound":0.1,"unit":"ns"}},"slope":null,"change":null}}"#,
                numbers(100, noise)
            )
        },
        "\n",
        "\n",
    );
    let junit = file(
        bytes,
        r#"<?xml version="1.0"?><testsuites><testsuite name="s">"#,
        &mut |i, noise| format!(r#"<testcase classname="a.b" name="case {i}" time="{}"/>"#, noise.next()),
        "\n",
        "</testsuite></testsuites>",
    );
    vec![
        ("pytest-benchmark", pytest),
        ("google-benchmark", google),
        ("hyperfine", hyperfine),
        ("cargo-criterion", criterion),
        ("junit", junit),
    ]
}

/// The fastest of some turns, in seconds.
fn fastest(mut work: impl FnMut()) -> f64 {
    (0..TURNS)
        .map(|_| {
            let begin = Instant::now();
            work();
            begin.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min)
}

fn main() -> io::Result<()> {
    let megabytes: usize = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(8);
    let mut out = io::stdout().lock();
    writeln!(out, "| format | MB | reader | serde_json::Value | ratio |\n|---|---|---|---|---|")?;
    for (name, bytes) in inputs(megabytes * 1_000_000) {
        let size = bytes.len() as f64 / 1e6;
        let mut rows = 0;
        let reader = fastest(|| {
            let input = Input::file(name, bytes.clone());
            rows = match read(&input, None, &ReadOptions::default()) {
                Ok((_, runs)) => runs.iter().map(|run| run.measurements.len()).sum(),
                Err(_) => 0,
            };
        });
        if rows == 0 {
            return Err(io::Error::other(format!("the generated {name} file was not read")));
        }
        let plain = fastest(|| {
            let values = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
            let _ = if name == "junit" { bytes.iter().filter(|b| **b == b'\n').count() } else { values.count() };
        });
        writeln!(
            out,
            "| {name} | {size:.1} | {:.0} MB/s | {:.0} MB/s | {:.2} |",
            size / reader,
            size / plain,
            plain / reader
        )?;
    }
    Ok(())
}
