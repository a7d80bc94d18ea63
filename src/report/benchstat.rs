//! The samples of two ends, arranged as benchstat arranges them: `diff --format benchstat`.

use crate::model::Unit;

/// What `diff --format benchstat` prints: a table for each machine, suite, package and unit.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Heads of the two columns: what was compared.
    pub ends: [String; 2],
    /// The tables, in the order in which they were measured.
    pub tables: Vec<SampleTable>,
}

/// The benchmarks of one unit.
#[derive(Clone, Debug, Default)]
pub struct SampleTable {
    /// What the rows have in common (`goos`, `pkg`, ...); printed where it differs from the table before.
    pub keys: Vec<(String, String)>,
    /// The unit in benchstat's words: `sec/op`, `B/op`, `B/s`.
    pub unit: String,
    /// Whether values are scaled by powers of 1024.
    pub binary: bool,
    /// Whether its values are expected not to vary (`Unit ... assume=exact`).
    pub exact: bool,
    /// The benchmarks, in the order in which they were measured.
    pub rows: Vec<SampleRow>,
}

/// One benchmark.
#[derive(Clone, Debug, Default)]
pub struct SampleRow {
    /// Its name, without package and `Benchmark`.
    pub name: String,
    /// Samples at the base and at the head, in the base unit (s, B, B/s); empty where it was not measured.
    pub ends: [Vec<f64>; 2],
}

/// The scalar of an environment that names the metrics whose values are expected not to vary, separated by spaces.
pub const EXACT_METRICS: &str = "exact_metrics";

/// A unit in benchstat's words, the factor that brings values to it, and whether it is scaled by powers of 1024.
///
/// Source: golang.org/x/perf `benchunit` (Tidy, ClassOf): nanoseconds become seconds, MB/s bytes per second.
pub fn unit_of(metric: &str, unit: &Unit) -> (String, f64, bool) {
    let quantity = unit.quantity();
    let with = |tail: &str| match metric.ends_with(tail) {
        true => metric.to_owned(),
        false => format!("{metric}{tail}"),
    };
    let name = match (metric, quantity.base.as_str()) {
        ("time", "s") => "sec/op".to_owned(),
        ("memory", "B") => "B/op".to_owned(),
        ("allocations", "count" | "") => "allocs/op".to_owned(),
        ("throughput", "B/s") => "B/s".to_owned(),
        (_, "s") => with("-sec"),
        (_, "B") => with("-bytes"),
        (_, base) if base.is_empty() || base == "count" || base == metric => metric.to_owned(),
        (_, base) => format!("{metric} {base}"),
    };
    (name, quantity.factor, matches!(quantity.base.as_str(), "B" | "B/s"))
}

/// Package and name of a Go benchmark (`a/b.BenchmarkX/size=1` is `X/size=1` of `a/b`); others are of no package.
pub fn package_of(benchmark: &str) -> (&str, &str) {
    let go = |rest: &str| !rest.is_empty() && !rest.starts_with(char::is_lowercase);
    match benchmark.split_once(".Benchmark") {
        Some((package, name)) if go(name) => (package, name),
        _ => ("", benchmark.strip_prefix("Benchmark").filter(|rest| go(rest)).unwrap_or(benchmark)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_benchstats() {
        for (metric, unit, want) in [
            ("time", "ns", ("sec/op", 1e-9, false)),
            ("memory", "B", ("B/op", 1.0, true)),
            ("allocations", "count", ("allocs/op", 1.0, false)),
            ("throughput", "MB/s", ("B/s", 1e6, true)),
            ("p99-sec", "ms", ("p99-sec", 1e-3, false)),
            ("latency", "us", ("latency-sec", 1e-6, false)),
            ("text-bytes", "B", ("text-bytes", 1.0, true)),
            ("x", "x", ("x", 1.0, false)),
            ("rate", "frames/s", ("rate frames/s", 1.0, false)),
        ] {
            let (name, factor, binary) = unit_of(metric, &Unit::new(unit));
            assert_eq!((name.as_str(), factor, binary), want);
        }
    }

    #[test]
    fn packages_are_of_go_only() {
        assert_eq!(package_of("hash/crc32.BenchmarkCRC32/a=1"), ("hash/crc32", "CRC32/a=1"));
        assert_eq!(package_of("BenchmarkX"), ("", "X"));
        assert_eq!(package_of("Benchmarking"), ("", "Benchmarking"));
        assert_eq!(package_of("lib.parse"), ("", "lib.parse"));
    }
}
