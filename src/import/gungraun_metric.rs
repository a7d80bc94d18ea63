//! Names and units of Valgrind's events, as gungraun and iai label them.

use crate::model::Better;

/// Metric, unit and direction of a printed label: `Total read+write` is `total_read_write`.
pub fn of_label(label: &str) -> (String, &'static str, Better) {
    let mut word = String::with_capacity(label.len());
    for c in label.trim().chars() {
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        } else if !word.ends_with('_') {
            word.push('_');
        }
    }
    let word = word.trim_matches('_').to_owned();
    let moved = word.starts_with("reads_") || word.starts_with("writes_");
    let size = if moved { Better::None } else { Better::Lower };
    match word.as_str() {
        "total_bytes" => ("memory".into(), "B", Better::Lower),
        "total_blocks" => ("allocations".into(), "count", Better::Lower),
        "instructions" => (word, "instructions", Better::Lower),
        _ if word.ends_with("_cycles") => (word, "cycles", Better::Lower),
        _ if word.ends_with("_rate") => (word, "%", Better::None),
        _ if word.ends_with("_bytes") => (word, "B", size),
        _ if word.ends_with("_blocks") => (word, "count", size),
        _ => (word, "", Better::None),
    }
}

/// The label that gungraun prints for a key of its JSON; keys that are not here are printed as they are.
const LABELS: &[(&str, &str)] = &[
    ("Ir", "Instructions"),
    ("L1hits", "L1 Hits"),
    ("LLhits", "LL Hits"),
    ("L2hits", "L2 Hits"),
    ("L3hits", "L3 Hits"),
    ("RamHits", "RAM Hits"),
    ("TotalRW", "Total read+write"),
    ("EstimatedCycles", "Estimated Cycles"),
    ("I1MissRate", "I1 Miss Rate"),
    ("LLiMissRate", "LLi Miss Rate"),
    ("D1MissRate", "D1 Miss Rate"),
    ("LLdMissRate", "LLd Miss Rate"),
    ("LLMissRate", "LL Miss Rate"),
    ("L1HitRate", "L1 Hit Rate"),
    ("LLHitRate", "LL Hit Rate"),
    ("RamHitRate", "RAM Hit Rate"),
    ("TotalUnits", "Total units"),
    ("TotalEvents", "Total events"),
    ("TotalBytes", "Total bytes"),
    ("TotalBlocks", "Total blocks"),
    ("AtTGmaxBytes", "At t-gmax bytes"),
    ("AtTGmaxBlocks", "At t-gmax blocks"),
    ("AtTEndBytes", "At t-end bytes"),
    ("AtTEndBlocks", "At t-end blocks"),
    ("ReadsBytes", "Reads bytes"),
    ("WritesBytes", "Writes bytes"),
    ("TotalLifetimes", "Total lifetimes"),
    ("MaximumBytes", "Maximum bytes"),
    ("MaximumBlocks", "Maximum blocks"),
    ("SuppressedErrors", "Suppressed Errors"),
    ("SuppressedContexts", "Suppressed Contexts"),
];

/// Metric, unit and direction of a key in the JSON: `L1hits` is `l1_hits`.
pub fn of_key(key: &str) -> (String, &'static str, Better) {
    of_label(LABELS.iter().find(|(known, _)| *known == key).map_or(key, |(_, label)| label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_keys_meet() {
        assert_eq!(of_label("Total read+write"), of_key("TotalRW"));
        assert_eq!(of_label("At t-gmax bytes"), ("at_t_gmax_bytes".into(), "B", Better::Lower));
        assert_eq!(of_key("TotalBlocks"), ("allocations".into(), "count", Better::Lower));
        assert_eq!(of_key("ReadsBytes"), ("reads_bytes".into(), "B", Better::None));
        assert_eq!(of_key("LLdMissRate"), ("lld_miss_rate".into(), "%", Better::None));
        assert_eq!(of_key("DLmr").0, "dlmr");
    }
}
