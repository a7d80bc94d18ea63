//! criterion's folder `target/criterion`: one folder a benchmark, with the newest run in `new/`.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, json};
use crate::Result;
use crate::model::{Better, Measurement, Run};

/// Reader of criterion's own files; `base/`, `change/` and saved baselines are older runs and left out.
pub struct CriterionTree;

/// Entries this much older than the newest were left by an earlier run, in seconds.
const STALE: i64 = 3600;

impl Importer for CriterionTree {
    fn name(&self) -> &'static str {
        "criterion-tree"
    }

    fn doc(&self) -> &'static str {
        "criterion's folder target/criterion (its new/ results)"
    }

    fn example(&self) -> &'static str {
        "cargo bench && git bench record target/criterion"
    }

    fn claims(&self, input: &Input) -> bool {
        folders(input).next().is_some()
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut run = Run { harness: Some("criterion".into()), ..Run::default() };
        let mut ages = Vec::new();
        for (folder, modified) in folders(input) {
            let measured = read_folder(input, folder)?;
            ages.push((modified, measured.name.clone()));
            run.measurements.push(measured);
        }
        let newest = ages.iter().filter_map(|(modified, _)| *modified).max().unwrap_or_default();
        let old = |modified: &Option<i64>| modified.is_some_and(|m| newest.saturating_sub(m) > STALE);
        let stale: Vec<&str> = ages.iter().filter(|(m, _)| old(m)).map(|(_, name)| name.as_str()).collect();
        if let Some(first) = stale.first() {
            let more = if stale.len() > 1 { format!(" and {} more", stale.len() - 1) } else { String::new() };
            run.warnings.push(format!(
                "'{first}'{more} in '{}' are more than an hour older than the newest result: left from an earlier run?",
                input.name()
            ));
        }
        Ok(vec![run])
    }
}

/// The `new/` folders that hold a benchmark (with a `/` at the end unless empty), and when their result was written.
fn folders(input: &Input) -> impl Iterator<Item = (&str, Option<i64>)> {
    let known = |path: String| input.entries().binary_search_by(|e| e.path.as_str().cmp(path.as_str())).is_ok();
    input.entries().iter().filter_map(move |entry| {
        let folder = entry.path.strip_suffix("benchmark.json")?;
        let inside = folder == "new/" || folder.ends_with("/new/");
        (inside && known(format!("{folder}estimates.json"))).then_some((folder, entry.modified))
    })
}

fn object(input: &Input, path: &str) -> Result<Map<String, Value>> {
    match input.read_json(path)? {
        Value::Object(map) => Ok(map),
        _ => Err(broken(input, "criterion folder", path, "expected an object")),
    }
}

fn read_folder(input: &Input, folder: &str) -> Result<Measurement> {
    let place = format!("{folder}benchmark.json");
    let benchmark = object(input, &place)?;
    let Some(name) = json::str_at(&benchmark, "full_id") else {
        return Err(broken(input, "criterion folder", &place, "'full_id' is missing"));
    };
    let place = format!("{folder}estimates.json");
    let estimates = object(input, &place)?;
    // Up to 0.3.3 the estimates had upper case names.
    let estimate = |keys: [&str; 2]| keys.into_iter().find_map(|key| json::object_at(&estimates, key));
    let point = |keys: [&str; 2]| estimate(keys).and_then(|e| json::f64_at(e, "point_estimate"));
    let Some(headline) = estimate(["slope", "Slope"]).or_else(|| estimate(["mean", "Mean"])) else {
        return Err(broken(input, "criterion folder", &place, "neither 'slope' nor 'mean' is there"));
    };
    let value = json::f64_at(headline, "point_estimate");
    let mut read = Measurement::new(name, "time", "ns", Better::Lower, value);
    (read.mean, read.median) = (point(["mean", "Mean"]), point(["median", "Median"]));
    read.stddev = point(["std_dev", "StdDev"]);
    let sample = format!("{folder}sample.json");
    if input.entries().binary_search_by(|e| e.path.as_str().cmp(&sample)).is_err() {
        return Ok(read);
    }
    let (iterations, times) = match input.read_json(&sample)? {
        Value::Object(map) => (json::numbers_at(&map, "iters"), json::numbers_at(&map, "times")),
        // Up to 0.3.3: [iters, times].
        Value::Array(pair) => {
            let numbers = |at: usize| -> Vec<f64> {
                pair.get(at).and_then(Value::as_array).into_iter().flatten().filter_map(json::number).collect()
            };
            (numbers(0), numbers(1))
        }
        _ => return Err(broken(input, "criterion folder", &sample, "expected an object")),
    };
    let read = read.count((!times.is_empty()).then_some(times.len() as u64));
    if iterations.len() != times.len() {
        return Ok(read);
    }
    Ok(read.sampled(times.iter().zip(&iterations).map(|(time, count)| time / count).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Entry;

    fn folder(files: &[(&str, &str, i64)]) -> Input {
        let entries = files.iter().map(|f| Entry { path: f.0.into(), modified: Some(f.2) }).collect();
        let files: Vec<_> = files.iter().map(|f| (f.0.to_owned(), f.1.to_owned())).collect();
        Input::folder("criterion", entries, move |path| {
            Ok(files.iter().find(|f| f.0 == path).map(|f| f.1.clone().into_bytes()).unwrap_or_default())
        })
    }

    #[test]
    fn only_new_counts_and_flat_sampling_takes_the_mean() {
        let input = folder(&[
            ("new/base/benchmark.json", r#"{"full_id":"new"}"#, 0),
            ("new/base/estimates.json", "{}", 0),
            ("new/new/benchmark.json", r#"{"full_id":"new"}"#, 0),
            (
                "new/new/estimates.json",
                r#"{"slope":null,"mean":{"point_estimate":3.5},"std_dev":{"point_estimate":1}}"#,
                0,
            ),
            ("new/new/sample.json", r#"{"iters":[2,2],"times":[6,8]}"#, 0),
            ("old/new/benchmark.json", r#"{"full_id":"o/l\"d"}"#, -4000),
            ("old/new/estimates.json", r#"{"Slope":{"point_estimate":7}}"#, -4000),
            ("old/new/sample.json", "[[1,2,3],[7,14,21]]", -4000),
        ]);
        assert!(CriterionTree.claims(&input));
        let run = CriterionTree.read(&input, &ReadOptions::default()).unwrap().remove(0);
        let rows: Vec<_> =
            run.measurements.iter().map(|m| (m.name.as_str(), m.value, m.n, m.samples.clone())).collect();
        assert_eq!(
            rows,
            [("new", Some(3.5), Some(2), vec![3.0, 4.0]), ("o/l\"d", Some(7.0), Some(3), vec![7.0, 7.0, 7.0])]
        );
        assert_eq!(run.measurements[0].stddev, Some(1.0));
        assert!(run.warnings[0].starts_with("'o/l\"d' in 'criterion'"), "{:?}", run.warnings);
    }

    #[test]
    fn faults_name_the_file() {
        let input = folder(&[("a/new/benchmark.json", "{}", 0), ("a/new/estimates.json", "{}", 0)]);
        let error = CriterionTree.read(&input, &ReadOptions::default()).unwrap_err();
        assert_eq!(
            error.message,
            "'criterion' is no valid criterion folder: a/new/benchmark.json: 'full_id' is missing"
        );
    }
}
