//! What Luau's `bench/bench.py` prints.

use std::collections::BTreeMap;

use super::{Importer, Input, ReadOptions, json, scan};
use crate::Result;
use crate::model::{Better, Measurement, Run};

/// Reader of the output of Luau's `bench.py`.
pub struct BenchmarkLuau;

impl Importer for BenchmarkLuau {
    fn name(&self) -> &'static str {
        "benchmarkluau"
    }

    fn doc(&self) -> &'static str {
        "output of Luau's bench/bench.py"
    }

    fn example(&self) -> &'static str {
        "python3 bench/bench.py --vm ./luau > luau.txt"
    }

    fn claims(&self, input: &Input) -> bool {
        input.text().is_some_and(|text| text.lines().any(|line| result(line).is_some()))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let text = input.text().unwrap_or_default();
        let results: Vec<_> = text.lines().filter_map(result).collect();
        let several = results.iter().any(|r| Some(r.vm) != results.first().map(|first| first.vm));
        let mins = minima(text);
        let read = |r: &Outcome| {
            let params: &[(&str, &str)] = if several { &[("driver", r.vm)] } else { &[] };
            let mut read = Measurement::new(json::with_params(r.name, params), "time", "ms", Better::Lower, r.average);
            if !read.failed() {
                (read.mean, read.min) = (read.value, mins.get(&(r.name, r.vm)).copied());
            }
            read
        };
        let measurements = results.iter().map(read).collect();
        Ok(vec![Run { harness: Some("luau bench".into()), measurements, ..Run::default() }])
    }
}

struct Outcome<'a> {
    name: &'a str,
    vm: &'a str,
    /// None where it failed.
    average: Option<f64>,
}

/// `SUCCESS: NAME : 1.0ms +/- 1% on VM`, or `FAILED: 'PATH' on 'VM': why`.
fn result(line: &str) -> Option<Outcome<'_>> {
    if let Some(rest) = line.trim().strip_prefix("SUCCESS: ") {
        let (rest, vm) = rest.rsplit_once("% on ")?;
        let (rest, _) = rest.rsplit_once("ms +/- ")?;
        let (name, average) = rest.rsplit_once(':')?;
        return Some(Outcome { name: name.trim(), vm: vm.trim(), average: Some(scan::number(average)?) });
    }
    let rest = line.trim().strip_prefix("FAILED: '")?;
    let (path, rest) = rest.split_once("' on '")?;
    let (vm, _) = rest.split_once('\'')?;
    let file = scan::file_name(path);
    Some(Outcome { name: file.rsplit_once('.').map_or(file, |(stem, _)| stem), vm, average: None })
}

/// The column `Min` of the table, by test and driver.
fn minima(text: &str) -> BTreeMap<(&str, &str), f64> {
    let mut columns: Option<[usize; 3]> = None;
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| line.contains('|')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let at = |word: &str| cells.iter().position(|cell| *cell == word);
        if let (Some(test), Some(min), Some(driver)) = (at("Test"), at("Min"), at("Driver")) {
            columns = Some([test, min, driver]);
        } else if let Some([Some(test), Some(min), Some(driver)]) = columns.map(|c| c.map(|i| cells.get(i).copied()))
            && let Some(min) = min.strip_suffix("ms").and_then(scan::number)
        {
            found.insert((test, driver), min);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_are_named_where_there_are_several() {
        let text = "SUCCESS: base: 64     :   1,015.041ms +/-  0.636% on luau\nFAILED: '/x/tests/life.v2.lua' on 'luau-old': boom\n\
            Test     | Min       | Average   | StdDev% | Driver\n---------+-----------+------\nbase: 64 | 1014.5ms  | 1015.0ms  | 0.6%    | luau  \n";
        let input = Input::file("l.txt", text.into());
        assert!(BenchmarkLuau.claims(&input));
        let run = BenchmarkLuau.read(&input, &ReadOptions::default()).unwrap().remove(0);
        let rows: Vec<_> = run.measurements.iter().map(|m| (m.name.as_str(), m.value, m.min)).collect();
        assert_eq!(
            rows,
            [("base: 64[driver=luau]", Some(1015.041), Some(1014.5)), ("life.v2[driver=luau-old]", None, None)]
        );
    }
}
