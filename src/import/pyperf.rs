//! pyperf's JSON, also gzipped.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use serde_json::{Map, Value};

use super::{Importer, Input, MAX_INPUT, ReadOptions, broken, facts, json};
use crate::Result;
use crate::model::{Better, Measurement, Run, Time, Unit};

/// Reader of pyperf's JSON: the mean of all values. Calibration runs, warm-ups and metadata are no results.
pub struct Pyperf;

impl Importer for Pyperf {
    fn name(&self) -> &'static str {
        "pyperf"
    }

    fn doc(&self) -> &'static str {
        "JSON of pyperf, also gzipped"
    }

    fn example(&self) -> &'static str {
        "python bench.py -o bench.json && git bench record bench.json"
    }

    fn claims(&self, input: &Input) -> bool {
        match document(input) {
            Ok(Some(document)) => is_pyperf(&document),
            Ok(None) => false,
            // Cut or broken inside the gzip file.
            Err(begin) => begin.contains("\"benchmarks\"") && begin.contains("\"runs\""),
        }
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let document =
            document(input).map_err(|_| broken(input, "pyperf file", "it", "the gzip data is cut short or broken"))?;
        let Some(Value::Object(map)) = document.as_deref() else { return Ok(Vec::new()) };
        let mut run = Run::default();
        let empty = Map::new();
        let shared = json::object_at(map, "metadata").unwrap_or(&empty);
        let version = json::str_at(shared, "perf_version").map(|v| format!(" {v}")).unwrap_or_default();
        run.harness = Some(format!("pyperf{version}"));
        facts::put_platform(&mut run.platform, json::str_at(shared, "platform").unwrap_or_default());
        facts::put(&mut run.platform, "cpu_model", json::str_at(shared, "cpu_model_name"));
        facts::put_count(&mut run.platform, "cpu_count", json::u64_at(shared, "cpu_count"));
        for key in ["python_version", "python_implementation", "python_compiler"] {
            facts::put(&mut run.environment, key, json::str_at(shared, key));
        }
        for (i, benchmark) in json::array_at(map, "benchmarks").iter().enumerate() {
            let fault = |what| broken(input, "pyperf file", &format!("benchmarks[{i}]"), what);
            let Value::Object(benchmark) = benchmark else { return Err(fault("expected an object")) };
            let own = json::object_at(benchmark, "metadata").unwrap_or(&empty);
            let meta = |key| json::str_at(own, key).or_else(|| json::str_at(shared, key));
            let name = meta("name").ok_or_else(|| fault("'metadata.name' is missing"))?;
            let unit = meta("unit").unwrap_or("second");
            run.measurements.extend(measurement(name, unit, json::array_at(benchmark, "runs")));
            for one in json::array_at(benchmark, "runs").iter().filter_map(|run| run["metadata"].as_object()) {
                run.time = run.time.max(json::str_at(one, "date").and_then(Time::parse));
                if let Some(seconds) = json::f64_at(one, "duration") {
                    run.duration = Some(run.duration.unwrap_or_default() + seconds);
                }
            }
        }
        Ok(vec![run])
    }
}

fn measurement(name: &str, unit: &str, runs: &[Value]) -> Option<Measurement> {
    let values: Vec<&Value> = runs.iter().filter_map(|run| run["values"].as_array()).flatten().collect();
    if values.is_empty() {
        return None;
    }
    let numbers: Vec<f64> = values.iter().filter_map(|v| json::number(v)).filter(|v| v.is_finite()).collect();
    let mean = (numbers.len() == values.len()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64);
    let (metric, unit, better) = match unit {
        "second" => ("time", "s", Better::Lower),
        "byte" => ("memory", "B", Better::Lower),
        "integer" => ("value", "", Better::None),
        other if Unit::new(other).is_time() => ("time", other, Better::Lower),
        other => ("value", other, Better::None),
    };
    Some(Measurement::new(name, metric, unit, better, mean).count(Some(values.len() as u64)).sampled(numbers))
}

fn is_pyperf(document: &Value) -> bool {
    let benchmarks = document["benchmarks"].as_array().map_or(&[][..], Vec::as_slice);
    let ours = |b: &Value| b["runs"].as_array().is_some_and(|runs| runs.iter().all(Value::is_object));
    document.get("version").is_some()
        && document.get("context").is_none()
        && document.get("layout").is_none()
        && !benchmarks.is_empty()
        && benchmarks.iter().all(ours)
}

/// The document, out of its gzip file where it is in one; `None` where it is no JSON. The error is the first kilobytes of
/// a gzip file that is broken or too large.
fn document(input: &Input) -> Result<Option<Cow<'_, Value>>, String> {
    if !input.bytes().starts_with(&[0x1f, 0x8b]) {
        return Ok(input.json().map(Cow::Borrowed));
    }
    let mut bytes = Vec::new();
    let read = MultiGzDecoder::new(input.bytes()).take(MAX_INPUT + 1).read_to_end(&mut bytes);
    if read.is_err() || bytes.len() as u64 > MAX_INPUT {
        bytes.truncate(65536);
        return Err(String::from_utf8_lossy(&bytes).into_owned());
    }
    Ok(json::parse(json::trim(&bytes)).ok().map(Cow::Owned))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const TEXT: &str = r#"{"benchmarks":[{"metadata":{"name":"a"},"runs":[{"metadata":{"mem_max_rss":9},"warmups":[[1,7]]},
        {"values":[1,2],"metadata":{"date":"2024-01-15 10:30:00.5","duration":2}},{"values":[3]}]},
        {"metadata":{"name":"b","unit":"byte"},"runs":[{"values":[10]}]}],
        "metadata":{"unit":"second","hostname":"secret","platform":"Linux-6.1-x86_64-with"},"version":"1.0"}"#;

    fn zipped(text: &str) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(text.as_bytes()).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn values_of_all_runs_are_one_sample() {
        for bytes in [TEXT.as_bytes().to_vec(), zipped(TEXT)] {
            let input = Input::file("p", bytes);
            assert!(Pyperf.claims(&input));
            let run = Pyperf.read(&input, &ReadOptions::default()).unwrap().remove(0);
            let rows: Vec<_> =
                run.measurements.iter().map(|m| (m.name.as_str(), m.metric.as_str(), m.value, m.n)).collect();
            assert_eq!(rows, [("a", "time", Some(2.0), Some(3)), ("b", "memory", Some(10.0), Some(1))]);
            assert_eq!((run.duration, run.platform["os"].as_str()), (Some(2.0), Some("linux")));
        }
    }

    #[test]
    fn a_cut_gzip_file_is_named() {
        let long = format!("{}{}", TEXT, " ".repeat(1 << 20));
        let mut bytes = zipped(&long);
        bytes.truncate(bytes.len() - 20);
        let input = Input::file("p", bytes);
        assert!(Pyperf.claims(&input));
        let error = Pyperf.read(&input, &ReadOptions::default()).unwrap_err();
        assert!(error.message.contains("cut short"), "{}", error.message);
    }
}
