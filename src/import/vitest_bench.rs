//! `vitest bench`: its JSON (`--outputJson`) and what it prints.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, json, scan};
use crate::Result;
use crate::model::{Better, Measurement, Run};

/// Reader of vitest's benchmarks.
pub struct VitestBench;

impl Importer for VitestBench {
    fn name(&self) -> &'static str {
        "vitest-bench"
    }

    fn doc(&self) -> &'static str {
        "vitest bench: its JSON or its console output"
    }

    fn example(&self) -> &'static str {
        "vitest bench --run --outputJson=bench.json"
    }

    fn claims(&self, input: &Input) -> bool {
        match input.json() {
            Some(value) => {
                let file = |file: &Value| file.get("filepath").is_some() && file.get("groups").is_some();
                let files = value.get("files").and_then(Value::as_array);
                files.is_some_and(|files| !files.is_empty() && files.iter().all(file)) || old_groups(value).is_some()
            }
            None => input.text().is_some_and(|text| text.lines().any(is_header)),
        }
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut run = Run { harness: Some("vitest".into()), ..Run::default() };
        let Some(report) = input.json() else {
            let text = input.text().unwrap_or_default();
            run.measurements = Console::default().read(text);
            let version = text.lines().take(50).find_map(|line| {
                let mut words = line.split_whitespace().skip_while(|word| *word != "RUN");
                words.nth(1)?.strip_prefix('v').map(|version| format!("vitest {version}"))
            });
            run.harness = version.or(run.harness);
            return Ok(vec![run]);
        };
        for (group, benchmarks) in old_groups(report).into_iter().flatten() {
            for benchmark in benchmarks.as_array().into_iter().flatten().filter_map(Value::as_object) {
                if let Some(own) = json::str_at(benchmark, "name") {
                    run.measurements.push(read_benchmark(format!("{group} > {own}"), benchmark));
                }
            }
        }
        let fault = |place: String, expected: &str| broken(input, "vitest bench report", &place, expected);
        for (f, file) in report.get("files").and_then(Value::as_array).into_iter().flatten().enumerate() {
            let groups = file.get("groups").and_then(Value::as_array);
            let groups = groups.ok_or_else(|| fault(format!("files[{f}].groups"), "expected an array"))?;
            for (g, group) in groups.iter().enumerate() {
                let place = || format!("files[{f}].groups[{g}]");
                let group = group.as_object().ok_or_else(|| fault(place(), "expected an object"))?;
                for benchmark in json::array_at(group, "benchmarks").iter().filter_map(Value::as_object) {
                    let own =
                        json::str_at(benchmark, "name").ok_or_else(|| fault(place(), "a benchmark has no name"))?;
                    let name =
                        json::str_at(group, "fullName").map_or_else(|| own.into(), |full| format!("{full} > {own}"));
                    run.measurements.push(read_benchmark(name, benchmark));
                }
            }
        }
        Ok(vec![run])
    }
}

/// The groups of the JSON reporter before version 1: arrays of benchmarks.
fn old_groups(report: &Value) -> Option<&Map<String, Value>> {
    let groups = report.get("testResults")?.as_object()?;
    let group = |group: &Value| group.as_array().is_some_and(|all| all.iter().all(|b| b.get("rank").is_some()));
    (report.get("numTotalTests").is_some() && groups.values().all(group)).then_some(groups)
}

fn read_benchmark(name: String, benchmark: &Map<String, Value>) -> Measurement {
    let number = |key| json::f64_at(benchmark, key);
    let count = json::u64_at(benchmark, "sampleCount");
    let mean = number("mean").filter(|_| count != Some(0));
    let mut read = Measurement::new(name, "time", "ms", Better::Lower, mean);
    if read.failed() {
        return read;
    }
    read.n = count;
    (read.mean, read.stddev, read.median) = (mean, number("sd"), number("median"));
    (read.min, read.max) = (number("min"), number("max"));
    read.sampled(json::numbers_at(benchmark, "samples"))
}

const HEAD: [&str; 5] = ["name", "hz", "min", "max", "mean"];

fn is_header(line: &str) -> bool {
    line.split_whitespace().take(5).eq(HEAD) && line.split_whitespace().any(|word| word == "rme")
}

/// What is known while the console output is read.
#[derive(Default)]
struct Console<'a> {
    /// Titles with their indentation: since version 3 one with all in it, before a tree.
    titles: Vec<(usize, &'a str)>,
    files: BTreeSet<&'a str>,
    seen: BTreeSet<(String, &'a str)>,
    names: BTreeSet<String>,
    /// Names that may have failed: in the summary or an error, perhaps with a row.
    named: Vec<String>,
    out: Vec<Measurement>,
}

impl<'a> Console<'a> {
    fn read(mut self, text: &'a str) -> Vec<Measurement> {
        let (mut table, mut summary) = (false, false);
        for line in text.lines() {
            if is_header(line) {
                table = true;
            } else if line.trim_start().starts_with("BENCH ") && line.trim_end().ends_with("Summary") {
                (table, summary) = (false, true);
            } else if let Some((name, numbers)) = row(line).filter(|_| table) {
                self.row(name, numbers);
            } else if let Some((_, full)) = line.split_once(" FAIL ").filter(|(before, _)| before.is_empty()) {
                self.named.extend(full.contains(" > ").then(|| full.trim().to_owned()));
            } else if let Some(title) = title(line).filter(|_| !summary) {
                table = false;
                let indent = line.len() - line.trim_start().len();
                self.titles.retain(|(outer, _)| *outer < indent);
                if self.titles.is_empty() {
                    self.files.insert(title.split(" > ").next().unwrap_or(title));
                }
                self.titles.push((indent, title));
            } else if summary && line.starts_with("  ") && !line.starts_with("   ") && line.len() < 4096 {
                self.named.extend(self.summarised(line.trim()));
            }
        }
        for name in std::mem::take(&mut self.named) {
            if self.names.insert(name.clone()) {
                self.out.push(Measurement::new(name, "time", "ms", Better::Lower, None));
            }
        }
        self.out
    }

    /// A row; the same one printed again, when its file is done, is the same.
    fn row(&mut self, name: &str, numbers: &'a str) {
        let titles = self.titles.iter().map(|(_, title)| *title);
        let full = titles.chain(std::iter::once(name)).collect::<Vec<_>>().join(" > ");
        if !self.seen.insert((full.clone(), numbers)) {
            return;
        }
        let mut words = numbers.split_whitespace();
        let hz = words.next();
        let mut column = || words.next().and_then(scan::number);
        let (min, max, mean) = (column(), column(), column());
        let count: Option<u64> = words.skip_while(|word| !word.starts_with('±')).nth(1).and_then(|n| n.parse().ok());
        let mean = mean.filter(|_| count != Some(0) && hz.is_some());
        let mut read = Measurement::new(&full, "time", "ms", Better::Lower, mean);
        if !read.failed() {
            (read.n, read.mean, read.min, read.max) = (count, mean, min, max);
        }
        self.names.insert(full);
        self.out.push(read);
    }

    /// `NAME - FILE > GROUP`, where both may hold ` - `: what follows begins with a file of this run.
    fn summarised(&self, line: &str) -> Option<String> {
        let cuts =
            || line.match_indices(" - ").filter_map(|(at, cut)| Some((line.get(..at)?, line.get(at + cut.len()..)?)));
        let of_file = |full: &str| self.files.contains(full.trim_end_matches(" >").split(" > ").next().unwrap_or(full));
        let (name, full) = cuts().find(|(_, full)| of_file(full)).or_else(|| cuts().last())?;
        Some(format!("{} > {name}", full.trim_end_matches(" >")))
    }
}

/// The title of a group, ` ✓ FILE > GROUP 555ms` or, in a tree, ` ✓ FILE (2) 555ms`.
fn title(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix(['✓', '√', '×', '❯', '✗'])?.trim_start();
    let timed = rest.rsplit_once(' ').filter(|(_, last)| {
        last.strip_suffix("ms").or_else(|| last.strip_suffix('s')).is_some_and(|n| scan::number(n).is_some())
    });
    let rest = timed.map_or(rest, |(before, _)| before.trim_end());
    let counted = rest
        .rsplit_once(" (")
        .filter(|(before, n)| !before.contains(" > ") && n.strip_suffix(')').is_some_and(|n| n.parse::<u32>().is_ok()));
    Some(counted.map_or(rest, |(before, _)| before))
}

/// Name and numbers of `· NAME  hz min max mean p75 p99 p995 p999 ±rme samples`; rows of a baseline are not of this run.
fn row(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim().strip_prefix('·')?.trim();
    if rest.ends_with("(baseline)") {
        return None;
    }
    // The eight numbers before the margin of error; a name may hold numbers too.
    let mut start = rest.rfind('±').filter(|at| rest.get(*at..).is_some_and(|margin| margin.contains('%')))?;
    for _ in 0..8 {
        let before = rest.get(..start)?.trim_end();
        start =
            before.rfind(char::is_whitespace).and_then(|at| Some(at + before.get(at..)?.chars().next()?.len_utf8()))?;
    }
    Some((rest.get(..start)?.trim_end(), rest.get(start..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(String, Option<f64>, Option<u64>)> {
        let input = Input::file("v", text.into());
        assert!(VitestBench.claims(&input));
        let run = VitestBench.read(&input, &ReadOptions::default()).unwrap().remove(0);
        run.measurements.into_iter().map(|m| (m.name, m.value, m.n)).collect()
    }

    #[test]
    fn rows_are_named_by_their_titles() {
        let text = "
 ✓ a.bench.ts > g - 1 12ms
     name       hz  min  max  mean  p75  p99  p995  p999  rme  samples
   · x - 2    10.00  0.1  0.2  1,000.5  0.1  0.1  0.1  0.1  ±1.00%  7  [1.02x] ⇑
   · x - 2     9.00  0.1  0.2  2.5  0.1  0.1  0.1  0.1  ±1.00%  6  (baseline)
   · zero    0.0000  0.0000  0.0000  0.0000  0.0000  0.0000  0.0000  0.0000  ±0.00%  0
   ↓ skipped [skipped]

 ✓ old/t.bench.ts (2) 100ms
   ✓ sort (2) 99ms
     name      hz  min  max  mean  p75  p99  p995  p999  rme  samples
   · quick  10.00  0.1  0.2  3.5  0.1  0.1  0.1  0.1  ±1.00%  7   fastest

 BENCH  Summary

  x - 2 - a.bench.ts > g - 1
    1.2x faster than zero

  boom - a.bench.ts > failing
";
        let want = [
            ("a.bench.ts > g - 1 > x - 2", Some(1000.5), Some(7)),
            ("a.bench.ts > g - 1 > zero", None, None),
            ("old/t.bench.ts > sort > quick", Some(3.5), Some(7)),
            ("a.bench.ts > failing > boom", None, None),
        ];
        assert_eq!(rows(text), want.map(|(name, value, n)| (name.to_owned(), value, n)));
    }

    #[test]
    fn a_benchmark_without_statistics_failed() {
        let text = r#"{"files":[{"filepath":"/x/a.ts","groups":[{"fullName":"a.ts > g","benchmarks":[
            {"name":"x","mean":1.5,"samples":[1,2]},{"name":"y","rank":0,"samples":[]}]}]}]}"#;
        assert_eq!(
            rows(text),
            [("a.ts > g > x".to_owned(), Some(1.5), Some(2)), ("a.ts > g > y".to_owned(), None, None)]
        );
    }
}
