//! BenchmarkDotNet's JSON exports: full, brief, with or without indentation.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, facts, json};
use crate::Result;
use crate::model::{Better, Facts, Measurement, Run};

/// Reader of `*-report-full.json`, `*-report-brief.json` and their kind.
pub struct BenchmarkDotNet;

impl Importer for BenchmarkDotNet {
    fn name(&self) -> &'static str {
        "benchmarkdotnet"
    }

    fn doc(&self) -> &'static str {
        "JSON export of BenchmarkDotNet (full, brief or compressed)"
    }

    fn example(&self) -> &'static str {
        "dotnet run -c Release -- --exporters json"
    }

    fn claims(&self, input: &Input) -> bool {
        input.json().is_some_and(|v| v.get("HostEnvironmentInfo").is_some() && v.get("Benchmarks").is_some())
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let fault = |place: &str, expected: &str| broken(input, "BenchmarkDotNet report", place, expected);
        let report = input.json().and_then(Value::as_object).ok_or_else(|| fault("file", "expected an object"))?;
        let benchmarks = report.get("Benchmarks").and_then(Value::as_array);
        let benchmarks = benchmarks.ok_or_else(|| fault("Benchmarks", "expected an array"))?;
        let mut measurements = Vec::new();
        for (i, value) in benchmarks.iter().enumerate() {
            let place = format!("Benchmarks[{i}]");
            let benchmark = value.as_object().ok_or_else(|| fault(&place, "expected an object"))?;
            let name = name(benchmark).ok_or_else(|| fault(&place, "'FullName' or 'Method' is missing"))?;
            read_benchmark(&name, benchmark, &mut measurements);
        }
        let empty = Map::new();
        let host = json::object_at(report, "HostEnvironmentInfo").unwrap_or(&empty);
        let harness = match json::str_at(host, "BenchmarkDotNetVersion") {
            Some(version) => format!("BenchmarkDotNet {version}"),
            None => "BenchmarkDotNet".into(),
        };
        let (platform, environment) = read_host(host);
        Ok(vec![Run { harness: Some(harness), measurements, platform, environment, ..Run::default() }])
    }
}

/// `FullName`, which has the parameters in it, else `Namespace.Type.Method[k=v,k2=v2]`.
fn name(benchmark: &Map<String, Value>) -> Option<String> {
    if let Some(full) = json::str_at(benchmark, "FullName") {
        return Some(full.to_owned());
    }
    let method = json::str_at(benchmark, "Method")?;
    let parts: Vec<&str> = [json::str_at(benchmark, "Namespace"), json::str_at(benchmark, "Type"), Some(method)]
        .into_iter()
        .flatten()
        .collect();
    let params = json::str_at(benchmark, "Parameters").map(|p| format!("[{}]", p.replace('&', ",")));
    Some(parts.join(".") + &params.unwrap_or_default())
}

fn read_benchmark(name: &str, benchmark: &Map<String, Value>, out: &mut Vec<Measurement>) {
    let statistics = json::object_at(benchmark, "Statistics");
    let number = |key| statistics.and_then(|s| json::f64_at(s, key));
    let mut time = Measurement::new(name, "time", "ns", Better::Lower, number("Mean"));
    if let Some(statistics) = statistics.filter(|_| !time.failed()) {
        time.n = json::u64_at(statistics, "N");
        (time.mean, time.median, time.stddev) = (time.value, number("Median"), number("StandardDeviation"));
        (time.min, time.max) = (number("Min"), number("Max"));
        time = time.sampled(json::numbers_at(statistics, "OriginalValues"));
    }
    out.push(time);
    let metrics: Vec<(&str, &Map<String, Value>, Option<f64>)> = json::array_at(benchmark, "Metrics")
        .iter()
        .filter_map(|metric| {
            let metric = metric.as_object()?;
            let descriptor = json::object_at(metric, "Descriptor")?;
            Some((json::str_at(descriptor, "Id")?, descriptor, json::f64_at(metric, "Value")))
        })
        .collect();
    let of_block = json::object_at(benchmark, "Memory").and_then(|m| json::f64_at(m, "BytesAllocatedPerOperation"));
    let of_metrics = || metrics.iter().find(|(id, ..)| *id == "Allocated Memory").and_then(|m| m.2);
    if let Some(bytes) = of_block.or_else(of_metrics) {
        out.push(Measurement::new(name, "memory", "B", Better::Lower, Some(bytes)));
    }
    for (id, descriptor, value) in metrics.into_iter().filter(|(id, ..)| *id != "Allocated Memory") {
        let better = match descriptor.get("TheGreaterTheBetter").and_then(Value::as_bool) {
            Some(true) => Better::Higher,
            Some(false) => Better::Lower,
            None => Better::None,
        };
        let unit = json::str_at(descriptor, "Unit").unwrap_or_default();
        let unit = if unit.eq_ignore_ascii_case("count") { "count" } else { unit };
        out.push(Measurement::new(name, id.to_lowercase(), unit, better, value));
    }
}

fn read_host(host: &Map<String, Value>) -> (Facts, Facts) {
    let (mut platform, mut environment) = (Facts::new(), Facts::new());
    let text = |key| json::str_at(host, key);
    // Version 0.9 had a lazy value here.
    let cpu = text("ProcessorName").or_else(|| json::str_at(json::object_at(host, "ProcessorName")?, "Value"));
    facts::put(&mut platform, "cpu_model", cpu);
    let count = json::u64_at(host, "LogicalCoreCount").or_else(|| json::u64_at(host, "ProcessorCount"));
    facts::put_count(&mut platform, "cpu_count", count);
    facts::put(&mut platform, "os_version", text("OsVersion"));
    let os = text("OsVersion").and_then(|version| {
        let lower = version.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        match () {
            () if has(&["windows"]) => Some("windows"),
            () if has(&["macos", "mac os", "darwin", "osx"]) => Some("macos"),
            () if has(&["linux", "ubuntu", "debian", "fedora", "alpine", "centos", "unix"]) => Some("linux"),
            () => None,
        }
    });
    facts::put(&mut platform, "os", os);
    // Early versions say only `64-bit`.
    facts::put(&mut platform, "arch", text("Architecture").filter(|a| !a.ends_with("bit")).map(facts::arch).as_deref());
    facts::put(&mut environment, "dotnet_runtime", text("RuntimeVersion").or_else(|| text("ClrVersion")));
    facts::put(&mut environment, "dotnet_version", text("DotNetCliVersion"));
    (platform, environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Run>> {
        let input = Input::file("r.json", text.into());
        assert!(BenchmarkDotNet.claims(&input));
        BenchmarkDotNet.read(&input, &ReadOptions::default())
    }

    #[test]
    fn failures_parameters_and_memory() {
        let run = read(
            "\u{feff}{\"HostEnvironmentInfo\":{\"Architecture\":\"Arm64\",\"OsVersion\":\"macOS 14\"},\"Benchmarks\":[\
             {\"Namespace\":\"N\",\"Type\":\"T\",\"Method\":\"M\",\"Parameters\":\"A=1&B=x\",\"Statistics\":null},\
             {\"FullName\":\"N.T.M(a: 1)\",\"Parameters\":\"a=1\",\"Statistics\":{\"N\":3,\"Mean\":2.5},\"Memory\":{\"BytesAllocatedPerOperation\":64},\
             \"Metrics\":[{\"Value\":64,\"Descriptor\":{\"Id\":\"Allocated Memory\",\"Unit\":\"B\"}},\
             {\"Value\":1,\"Descriptor\":{\"Id\":\"Lock Contentions\",\"Unit\":\"Count\",\"TheGreaterTheBetter\":false}}]}]}",
        )
        .unwrap()
        .remove(0);
        let rows: Vec<_> =
            run.measurements.iter().map(|m| (m.name.as_str(), m.metric.as_str(), m.value, m.n)).collect();
        assert_eq!(
            rows,
            [
                ("N.T.M[A=1,B=x]", "time", None, None),
                ("N.T.M(a: 1)", "time", Some(2.5), Some(3)),
                ("N.T.M(a: 1)", "memory", Some(64.0), None),
                ("N.T.M(a: 1)", "lock contentions", Some(1.0), None),
            ]
        );
        assert_eq!((run.platform["os"].as_str(), run.platform["arch"].as_str()), (Some("macos"), Some("aarch64")));
    }

    #[test]
    fn faults_are_named() {
        let error = read(r#"{"HostEnvironmentInfo":{},"Benchmarks":{}}"#).unwrap_err();
        assert!(error.message.contains("Benchmarks: expected an array"));
    }
}
