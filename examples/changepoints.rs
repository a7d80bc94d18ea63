//! Change points of any series, at the defaults: JSON lines on standard input, one object on standard output.
//!
//! `cargo run --release --example changepoints < series.jsonl > predictions.json`
//!
//! A line is `{"id": "name", "mean": [1.0, 1.1, ...], ...}`, one value a point, oldest first (`null` = not measured); instead of
//! `mean`, `values`, `value` or `median` will do. The answer is `{"name": [index, ...], ...}`; an index is the first point of a
//! new level, 0-based.

use std::error::Error;
use std::io::{self, BufRead, Write};

use git_bench::stats::{ChangeOptions, change_points};
use serde_json::{Map, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let mut found = Map::new();
    for (number, line) in io::stdin().lock().lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let row: Value = serde_json::from_str(&line).map_err(|e| format!("line {}: {e}", number + 1))?;
        let values = ["mean", "values", "value", "median"].iter().find_map(|key| row[*key].as_array());
        let values = values.ok_or_else(|| format!("line {}: no array 'mean'", number + 1))?;
        let values: Vec<f64> = values.iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect();
        let at = change_points(&values, &ChangeOptions::default());
        let id = row["id"].as_str().map_or_else(|| (number + 1).to_string(), str::to_string);
        found.insert(id, at.iter().map(|c| Value::from(c.index)).collect());
    }
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &Value::Object(found))?;
    out.write_all(b"\n")?;
    Ok(())
}
