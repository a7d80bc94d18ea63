//! The report of sysbench 1.

use super::{Importer, Input, ReadOptions, broken, scan};
use crate::Result;
use crate::model::{Better, Measurement, Run};

/// Reader of sysbench's report, one or several in a file.
pub struct Sysbench;

impl Importer for Sysbench {
    fn name(&self) -> &'static str {
        "sysbench"
    }

    fn doc(&self) -> &'static str {
        "report of sysbench 1.x (cpu, memory, fileio, oltp)"
    }

    fn example(&self) -> &'static str {
        "sysbench cpu run > sysbench.txt"
    }

    fn claims(&self, input: &Input) -> bool {
        // Warnings of old options may stand before the first line.
        input.text().is_some_and(|text| text.lines().take(20).any(is_head))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let text = input.text().unwrap_or_default();
        let mut reports: Vec<Vec<&str>> = Vec::new();
        for line in text.lines() {
            if is_head(line) {
                reports.push(Vec::new());
            }
            if let Some(report) = reports.last_mut() {
                report.push(line);
            }
        }
        let mut run = Run::default();
        let version = text.lines().find(|line| is_head(line)).and_then(|line| line.split_whitespace().nth(1));
        run.harness = version.map(|version| format!("sysbench {version}"));
        for report in &reports {
            let failed = read_report(report, &mut run.measurements);
            if failed && reports.len() == 1 {
                return Err(broken(input, "sysbench report", "file", "it ends before the latency (did the test run?)"));
            }
        }
        Ok(vec![run])
    }
}

fn is_head(line: &str) -> bool {
    line.strip_prefix("sysbench 1.").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Returns whether the report has no result.
fn read_report(lines: &[&str], out: &mut Vec<Measurement>) -> bool {
    let mut name = "sysbench";
    let (mut rate, mut events): (Option<f64>, Option<u64>) = (None, None);
    let mut latency: Vec<(String, f64)> = Vec::new();
    let mut operations: Vec<(&str, f64)> = Vec::new();
    let (mut in_latency, mut ended) = (false, false);
    for line in lines {
        let text = line.trim();
        let (key, rest) = text.split_once(':').map_or((text, ""), |(key, rest)| (key, rest.trim()));
        in_latency = (in_latency || key == "Latency (ms)") && !text.is_empty();
        // `1234 (56.78 per sec.)`, `5120 (512.34 per second)`
        let per_second = || scan::number(rest.split_once('(')?.1.split_whitespace().next()?);
        match key {
            "CPU speed" => name = "cpu",
            "SQL statistics" => name = "oltp",
            "File operations" => name = "fileio",
            "Running memory speed test with the following options" => name = "memory",
            "events per second" | "events/s (eps)" => rate = scan::number(rest),
            "transactions" => rate = rate.or_else(per_second),
            "Total operations" => rate = per_second(),
            "reads/s" | "writes/s" | "fsyncs/s" => {
                let word = key.trim_end_matches("/s");
                operations.extend(scan::number(rest).filter(|v| *v > 0.0).map(|v| (word, v)));
            }
            "total number of events" => events = rest.parse().ok(),
            "General statistics" => ended = true,
            _ if in_latency => latency.extend(scan::number(rest).map(|value| (key.to_owned(), value))),
            _ => {}
        }
    }
    if let Some(rate) = rate {
        out.push(Measurement::new(name, "throughput", "events/s", Better::Higher, Some(rate)));
    }
    for (word, value) in operations {
        out.push(Measurement::new(name, word, "ops/s", Better::Higher, Some(value)));
    }
    let of = |key: &str| latency.iter().find(|(known, _)| known == key).map(|(_, value)| *value);
    if let Some(average) = of("avg") {
        let mut read = Measurement::new(name, "latency", "ms", Better::Lower, Some(average)).count(events);
        (read.mean, read.min, read.max) = (Some(average), of("min"), of("max"));
        out.push(read);
    }
    for (key, value) in &latency {
        if let Some(percent) = key.strip_suffix("th percentile") {
            let read = Measurement::new(name, format!("p{percent}"), "ms", Better::Lower, Some(*value));
            out.push(read.count(events));
        }
    }
    !ended && rate.is_none() && latency.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(String, String, Option<f64>, Option<u64>)> {
        let input = Input::file("s.txt", text.into());
        assert!(Sysbench.claims(&input));
        let run = Sysbench.read(&input, &ReadOptions::default()).unwrap().remove(0);
        run.measurements.into_iter().map(|m| (m.name, m.metric, m.value, m.n)).collect()
    }

    fn row(name: &str, metric: &str, value: f64, n: Option<u64>) -> (String, String, Option<f64>, Option<u64>) {
        (name.into(), metric.into(), Some(value), n)
    }

    #[test]
    fn rates_of_databases_and_of_memory() {
        let text = "sysbench 1.0.20 (using system LuaJIT 2.1.0-beta3)\n\nSQL statistics:\n    queries performed:\n        read:   100\n\
            \x20   transactions:                        550    (54.91 per sec.)\n    queries:    11000  (1098.2 per sec.)\n\n\
            General statistics:\n    total time:  10.0s\n    total number of events:              550\n\n\
            Latency (ms):\n         min:   1.5\n         avg:    18.2\n         max:   40\n         99th percentile:   35.59\n         sum:  10010\n\n\
            sysbench 1.0.20 (using x)\n\nRunning memory speed test with the following options:\n  block size: 1KiB\n\n\
            Total operations: 5120 (512.34 per second)\n\n5.00 MiB transferred (0.50 MiB/sec)\n\n\
            General statistics:\n    total number of events:              5120\n\nLatency (ms):\n         avg:    0.01\n         95th percentile:  0.02\n";
        assert_eq!(
            rows(text),
            [
                row("oltp", "throughput", 54.91, None),
                row("oltp", "latency", 18.2, Some(550)),
                row("oltp", "p99", 35.59, Some(550)),
                row("memory", "throughput", 512.34, None),
                row("memory", "latency", 0.01, Some(5120)),
                row("memory", "p95", 0.02, Some(5120)),
            ]
        );
    }

    #[test]
    fn a_test_that_did_not_run_is_named() {
        let input = Input::file("s", b"sysbench 1.0.20 (using x)\nFATAL: no such test\n".to_vec());
        assert!(Sysbench.read(&input, &ReadOptions::default()).unwrap_err().message.contains("did the test run?"));
    }
}
