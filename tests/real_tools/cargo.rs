//! Harnesses of Rust and of the shell, from crates.io.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::install::{cargo, missing, package};
use crate::{bench, json, ran, recorded, repository, row, rows, series, tried};

#[test]
#[ignore = "installs harnesses from registries; run: cargo test --test real_tools -- --ignored"]
fn hyperfine() {
    // The newest may need a newer compiler than this one: then one that this one builds.
    let Some(program) = cargo("hyperfine", &["*", "1.20.0"]) else { return };
    let folder = repository();
    let words = ["-N", "-r", "3", "-L", "t", "0.01,0.02", "sleep {t}"];
    ran(folder.path(), &program, &[&words[..], &["--export-json", "out.json"]].concat());
    bench(folder.path(), &["record", "out.json"]);
    let recorded = rows(folder.path());
    for result in json(&folder.path().join("out.json"))["results"].as_array().unwrap() {
        let mean = result["mean"].as_f64();
        let name = recorded.iter().find(|row| row.metric == "time" && row.unit == "s" && row.value == mean);
        let name = &name.unwrap_or_else(|| panic!("{result} in {recorded:?}")).name;
        assert!(name.contains(result["parameters"]["t"].as_str().unwrap()), "{name}");
        assert_eq!(recorded.iter().filter(|row| row.name == *name && row.metric == "time").count(), 1);
    }
    // Wrapped, it is told to write a file.
    let folder = repository();
    let wrap = ["run", "--from", "hyperfine", "--", program.to_str().unwrap()];
    bench(folder.path(), &[&wrap[..], &words[..]].concat());
    assert_eq!(rows(folder.path()).iter().filter(|row| row.metric == "time").count(), 2);
}

/// `cargo bench` in a package of ours.
fn cargo_bench(package: &Path) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(["bench", "-q", "--bench", "b"]).current_dir(package);
    command.env("CARGO_TARGET_DIR", package.join("target")).env_remove("CRITERION_HOME").env("RUSTFLAGS", "");
    command
}

const CRITERION: &str = r#"
use criterion::{BatchSize, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};

fn words(c: &mut Criterion) {
    c.bench_function("plain", |b| b.iter(|| (0..100u64).sum::<u64>()));
    let mut group = c.benchmark_group("sum");
    for n in [10u64, 1000] {
        group.throughput(Throughput::Elements(n));
        group.bench_with_input(BenchmarkId::new("fold \"quoted\"", n), &n, |b, n| b.iter(|| (0..*n).fold(0, |a, b| a + b)));
    }
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("flat", |b| b.iter_batched(|| vec![1; 100], |v| v.len(), BatchSize::SmallInput));
    group.finish();
}

criterion_group!(benches, words);
criterion_main!(benches);
"#;

/// The `new/` folders of criterion's tree.
fn newest(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        if entry.ends_with("new") { found.push(entry) } else { newest(&entry, found) }
    }
}

#[test]
#[ignore = "installs harnesses from registries; run: cargo test --test real_tools -- --ignored"]
fn criterion() {
    let features = "{ version = \"*\", default-features = false, features = [\"cargo_bench_support\"] }";
    let place = package("criterion", features, 0, CRITERION);
    let mut fetch = Command::new(env!("CARGO"));
    if let Err(why) = tried(fetch.args(["fetch", "-q"]).current_dir(&place)) {
        return missing("criterion", &why);
    }
    fs::remove_dir_all(place.join("target/criterion")).ok();
    let mut command = cargo_bench(&place);
    command.args("-- --warm-up-time 0.05 --measurement-time 0.1 --sample-size 10 --noplot --color never".split(' '));
    let text = tried(&mut command).unwrap();

    let tree = place.join("target/criterion");
    let mut folders = Vec::new();
    newest(&tree, &mut folders);
    assert_eq!(folders.len(), 4, "{folders:?}");
    let found = recorded(&tree);
    assert_eq!(found.len(), 4, "{found:#?}");
    for folder in folders {
        let name = json(&folder.join("benchmark.json"))["full_id"].as_str().unwrap().to_owned();
        let estimates = json(&folder.join("estimates.json"));
        let kind = if name == "sum/flat" { "mean" } else { "slope" };
        let got = row(&found, &name, "time");
        let want = estimates[kind]["point_estimate"].as_f64();
        assert_eq!((got.value, got.unit.as_str(), got.n), (want, "ns", Some(10)), "{name} {estimates}");
    }
    // What it printed, rounded to five digits.
    fs::write(place.join("out.txt"), &text).unwrap();
    let shown = recorded(&place.join("out.txt"));
    let times = shown.iter().filter(|row| row.metric == "time").collect::<Vec<_>>();
    assert_eq!(times.len(), 4, "{text}\n{shown:#?}");
    for shown in times {
        let scale = ["ps", "ns", "us", "ms"].iter().position(|unit| *unit == shown.unit).unwrap() as i32 - 1;
        let ns = shown.value.unwrap() * 1000f64.powi(scale);
        let exact = row(&found, &shown.name, "time").value.unwrap();
        assert!((ns - exact).abs() <= 1e-4 * exact, "{shown:?} {exact}");
    }
}

const GUNGRAUN: &str = r#"
use gungraun::prelude::*;
use std::hint::black_box;

#[library_benchmark]
#[bench::short(10)]
#[bench::long(args = (1000))]
fn sums(n: u64) -> u64 {
    let (mut sum, mut i) = (0, 0);
    while i < black_box(n) {
        sum += i;
        i += 1;
    }
    sum
}

library_benchmark_group!(name = numbers, benchmarks = sums);
main!(library_benchmark_groups = numbers);
"#;

#[test]
#[ignore = "installs harnesses from registries; run: cargo test --test real_tools -- --ignored"]
fn gungraun() {
    if let Err(why) = tried(Command::new("valgrind").arg("--version")) {
        return missing("valgrind", &why);
    }
    // What is called within must be inlined: a function whose name begins as the benchmark's ends the counting.
    let place = package("gungraun", "\"*\"", 3, GUNGRAUN);
    fs::remove_dir_all(place.join("target/gungraun")).ok();
    let mut lock = Command::new(env!("CARGO"));
    if let Err(why) = tried(lock.args(["fetch", "-q"]).current_dir(&place)) {
        return missing("gungraun", &why);
    }
    // The runner is a program of its own, of just the same version.
    let lock = fs::read_to_string(place.join("Cargo.lock")).unwrap();
    let (_, rest) = lock.split_once("name = \"gungraun\"\nversion = \"").unwrap();
    let version = rest.split('"').next().unwrap();
    let Some(runner) = cargo("gungraun-runner", &[version]) else { return };
    let run = |words: &[&str]| {
        let mut command = cargo_bench(&place);
        tried(command.env("GUNGRAUN_RUNNER", &runner).arg("--").args(words)).unwrap()
    };
    let ids = ["b::numbers::sums short:(10)", "b::numbers::sums long:(1000)"];

    // As JSON; what it counts is the same in each run of one binary.
    let printed = run(&["--output-format=json", "--save-summary=json"]);
    let summaries: Vec<Value> =
        serde_json::Deserializer::from_str(&printed).into_iter().collect::<Result<_, _>>().unwrap();
    assert_eq!(summaries.len(), 2, "{printed}");
    fs::write(place.join("out.json"), &printed).unwrap();
    let found = recorded(&place.join("out.json"));
    let mut counted = BTreeMap::new();
    for (summary, name) in summaries.iter().zip(ids) {
        let metrics = &summary["profiles"][0]["data"]["total"]["metrics"];
        let ir = metrics["Ir"]["values"]["new"].clone();
        let want = ir.as_f64().or_else(|| ir["Int"].as_f64()).unwrap_or_else(|| panic!("{summary:#}"));
        let got = row(&found, name, "instructions");
        assert_eq!((got.value, got.unit.as_str()), (Some(want), "instructions"), "{name}");
        assert_eq!(found.iter().filter(|row| row.name == name).count(), metrics.as_object().unwrap().len());
        counted.insert(name, want);
    }
    assert!(counted[ids[1]] > 10.0 * counted[ids[0]], "{counted:?}");
    // The folder of summaries holds the same.
    assert_eq!(recorded(&place.join("target/gungraun")), found);
    // And the text of a second run, with what it was compared to beside it.
    let text = run(&["--color=never"]);
    fs::write(place.join("out.txt"), &text).unwrap();
    let shown = recorded(&place.join("out.txt"));
    assert_eq!(series(&shown).len(), 12, "{text}\n{shown:#?}");
    for name in ids {
        assert_eq!(row(&shown, name, "instructions").value, Some(counted[name]), "{text}");
    }
}
