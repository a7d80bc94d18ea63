//! What a unit alone says about a number: the metric and its direction, for trackers that store nothing else.

use crate::model::{Better, Unit};

/// Metric, unit in our spelling, and direction of a value with this unit: a time, a rate, bytes, allocations; everything
/// else is `value` without a direction.
pub(super) fn by_unit(raw: &str) -> (&'static str, String, Better) {
    // Some trackers kept the next columns of the harness's row, tabs and all.
    let unit = spelled(raw.split('\t').find(|part| !part.trim().is_empty()).unwrap_or(""));
    match unit.as_str() {
        "allocs" | "allocations" | "alloc" => ("allocations", "count".into(), Better::Lower),
        _ if unit.is_time() => ("time", unit.to_string(), Better::Lower),
        _ if unit.is_rate() => ("throughput", unit.to_string(), Better::Higher),
        _ if unit.is_bytes() => ("memory", unit.to_string(), Better::Lower),
        _ => ("value", unit.to_string(), Better::None),
    }
}

/// A unit in our spelling, also of words that begin with a capital (`Milliseconds`, `Percent`).
pub(super) fn spelled(raw: &str) -> Unit {
    let unit = Unit::new(raw);
    if raw.len() < 4 || raw.contains('/') || unit.as_str() != raw.trim() {
        return unit;
    }
    let lower = Unit::new(&raw.to_lowercase());
    if lower.is_time() || lower.is_bytes() || lower.as_str() == "%" { lower } else { unit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_says_what_is_measured() {
        for (raw, want) in [
            ("ns/iter", ("time", "ns", Better::Lower)),
            ("µs", ("time", "us", Better::Lower)),
            ("Milliseconds", ("time", "ms", Better::Lower)),
            ("iter/sec", ("throughput", "iter/s", Better::Higher)),
            ("MB/s", ("throughput", "MB/s", Better::Higher)),
            ("B/op", ("memory", "B", Better::Lower)),
            ("allocs/op", ("allocations", "count", Better::Lower)),
            ("ns/op\t       0 B/op\t       0 allocs/op", ("time", "ns", Better::Lower)),
            ("Percent", ("value", "%", Better::None)),
            ("Widgets", ("value", "Widgets", Better::None)),
            ("", ("value", "", Better::None)),
        ] {
            let (metric, unit, better) = by_unit(raw);
            assert_eq!((metric, unit.as_str(), better), want, "{raw}");
        }
    }
}
