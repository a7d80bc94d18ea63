//! Units: the spelling is ours, the value stays the harness's own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The unit of a value in our spelling (`ns us ms s`, `B kB MB KiB`, `ops/s`, `count`, `%` ...); empty where there is
/// none. Two units compare where [`Unit::quantity`] is the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unit(String);

/// What a unit measures, with the factor to the base unit of that quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// `s`, `B`, `B/s` or the unit itself.
    pub base: String,
    /// How many base units one unit is.
    pub factor: f64,
}

const TIME: &[(&str, f64)] =
    &[("ps", 1e-12), ("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("min", 60.0), ("h", 3600.0)];
const BYTES: &[(&str, f64)] = &[
    ("B", 1.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("KiB", 1024.0),
    ("MiB", 1048576.0),
    ("GiB", 1073741824.0),
    ("TiB", 1099511627776.0),
];

impl Unit {
    /// A unit from a harness's spelling: `µs` and `usec` become `us`, `/op` and `/iter` are dropped, `bytes` is `B`,
    /// `ops/sec` is `ops/s`. What we do not know stays as it is.
    pub fn new(raw: &str) -> Self {
        let mut text = raw.trim();
        for tail in ["/op", "/iter", "/iteration", " per operation"] {
            text = text.strip_suffix(tail).unwrap_or(text);
        }
        if let Some((what, per)) = text.split_once('/') {
            let per = Self::word(per.trim());
            return Self(format!("{}/{per}", Self::word(what.trim())));
        }
        Self(Self::word(text).to_owned())
    }

    fn word(text: &str) -> &str {
        match text {
            "nsec" | "nsecs" | "nanosecond" | "nanoseconds" => "ns",
            "µs" | "μs" | "usec" | "usecs" | "microsecond" | "microseconds" => "us",
            "msec" | "msecs" | "millisecond" | "milliseconds" => "ms",
            "sec" | "secs" | "second" | "seconds" | "S" => "s",
            "minute" | "minutes" => "min",
            "hour" | "hours" => "h",
            "byte" | "bytes" | "b" | "Byte" | "Bytes" => "B",
            "KB" | "kilobytes" | "Kilobytes" => "kB",
            "megabytes" | "Megabytes" | "mb" => "MB",
            "gigabytes" | "Gigabytes" | "gb" => "GB",
            "kb" => "kB",
            "percent" => "%",
            other => other,
        }
    }

    /// The text of the unit.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What this unit measures; rates of a known unit too (`MB/s`).
    pub fn quantity(&self) -> Quantity {
        let find = |table: &[(&str, f64)], base: &str, unit: &str| {
            table
                .iter()
                .find(|(name, _)| *name == unit)
                .map(|(_, factor)| Quantity { base: base.into(), factor: *factor })
        };
        if let Some(found) = find(TIME, "s", &self.0).or_else(|| find(BYTES, "B", &self.0)) {
            return found;
        }
        if let Some((what, per)) = self.0.split_once('/')
            && let Some(time) = find(TIME, "s", per)
        {
            let what = find(BYTES, "B", what).unwrap_or(Quantity { base: what.into(), factor: 1.0 });
            return Quantity { base: format!("{}/s", what.base), factor: what.factor / time.factor };
        }
        Quantity { base: self.0.clone(), factor: 1.0 }
    }

    /// The factor that turns a value in this unit into one in `other`; `None` where they measure different things.
    pub fn factor_to(&self, other: &Self) -> Option<f64> {
        if self == other {
            return Some(1.0);
        }
        let (a, b) = (self.quantity(), other.quantity());
        (a.base == b.base).then(|| a.factor / b.factor)
    }

    /// Whether it is a unit of time.
    pub fn is_time(&self) -> bool {
        TIME.iter().any(|(name, _)| *name == self.0)
    }

    /// Whether it is a unit of bytes.
    pub fn is_bytes(&self) -> bool {
        BYTES.iter().any(|(name, _)| *name == self.0)
    }

    /// Whether it is something per time.
    pub fn is_rate(&self) -> bool {
        self.0.split_once('/').is_some_and(|(_, per)| TIME.iter().any(|(name, _)| *name == per))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_become_ours() {
        for (raw, want) in [
            ("µs", "us"),
            ("ns/iter", "ns"),
            ("ops/sec", "ops/s"),
            ("bytes", "B"),
            ("B/op", "B"),
            ("KB", "kB"),
            ("frob", "frob"),
            ("iter/sec", "iter/s"),
        ] {
            assert_eq!(Unit::new(raw).as_str(), want);
        }
    }

    #[test]
    fn like_converts_and_unlike_refuses() {
        assert_eq!(Unit::new("s").factor_to(&Unit::new("ms")), Some(1000.0));
        assert_eq!(Unit::new("ms").factor_to(&Unit::new("B")), None);
        assert_eq!(Unit::new("MB/s").factor_to(&Unit::new("B/s")), Some(1e6));
        assert!(Unit::new("MB/s").is_rate() && !Unit::new("MB").is_rate());
    }
}
