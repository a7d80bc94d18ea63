//! What a benchmark of airspeed velocity measures: by its name, or by its definition.

use serde_json::{Map, Value};

use super::json;
use crate::model::Better;

/// What a benchmark measures.
pub(super) struct Kind {
    pub metric: String,
    pub unit: String,
    pub better: Better,
}

impl Kind {
    fn new(metric: &str, unit: &str, better: Better) -> Self {
        Self { metric: metric.into(), unit: unit.into(), better }
    }

    /// By the prefix of the last part: `suite.Class.time_it` is a time.
    pub fn of_name(name: &str) -> Self {
        let last = name.rsplit('.').next().unwrap_or(name);
        let begins = |word: &str| {
            let rest =
                last.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word)).map(|_| &last[word.len()..]);
            let camel = last.starts_with(|c: char| c.is_ascii_uppercase());
            rest.is_some_and(|rest| rest.starts_with(|c: char| c == '_' || (camel && c.is_ascii_uppercase())))
        };
        if begins("time") || begins("timeraw") {
            Self::new("time", "s", Better::Lower)
        } else if begins("mem") || begins("peakmem") {
            Self::new("memory", "B", Better::Lower)
        } else {
            Self::new("track", "", Better::None)
        }
    }

    /// By its definition in benchmarks.json.
    pub fn of_definition(defined: &Map<String, Value>) -> Option<Self> {
        let unit = json::str_at(defined, "unit").filter(|u| *u != "unit").unwrap_or("");
        Some(match json::str_at(defined, "type")? {
            "time" | "timeraw" => Self::new("time", "s", Better::Lower),
            "memory" | "peakmemory" => Self::new("memory", "B", Better::Lower),
            other => Self::new(other, unit, Better::None),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_a_name_says_it() {
        let metric = |name: &str| Kind::of_name(name).metric;
        for (name, want) in [
            ("m.Suite.time_it", "time"),
            ("m.timeraw_x", "time"),
            ("m.TimeIt", "time"),
            ("m.peakmem_x", "memory"),
            ("m.time_x.track_y", "track"),
            ("m.timely", "track"),
            ("m.\u{fc}n\u{ef}", "track"),
        ] {
            assert_eq!(metric(name), want, "{name}");
        }
    }
}
