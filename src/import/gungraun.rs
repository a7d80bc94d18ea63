//! gungraun (iai-callgrind): its JSON summaries, alone, in a folder or among a build's output, and what it prints.

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, gungraun_metric, json, text};
use crate::Result;
use crate::model::{Measurement, Run};

/// Reader of gungraun's JSON and text. Only the newest run counts, not what it was compared with.
pub struct Gungraun;

impl Importer for Gungraun {
    fn name(&self) -> &'static str {
        "gungraun"
    }

    fn doc(&self) -> &'static str {
        "JSON, printed results or folder of gungraun (iai-callgrind)"
    }

    fn example(&self) -> &'static str {
        "cargo bench -- --output-format=json | git bench record -"
    }

    fn claims(&self, input: &Input) -> bool {
        fits(input)
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut run = Run { harness: Some("gungraun".into()), ..Run::default() };
        if input.is_folder() {
            for path in summaries(input) {
                match input.read_json(path)? {
                    Value::Object(map) if is_summary(&map) => read_summary(&map, &mut run.measurements),
                    _ => return Err(broken(input, "gungraun folder", path, "it is no summary of gungraun")),
                }
            }
            return Ok(vec![run]);
        }
        let found = documents(input);
        if found.is_empty() {
            let text = input.text().unwrap_or_default();
            if text.lines().any(|line| line.starts_with("Iai-Callgrind result:")) {
                run.harness = Some("iai-callgrind".into());
            }
            run.measurements = read_text(text);
            run.duration = text
                .lines()
                .find_map(|line| line.split_once("benchmarks finished in "))
                .and_then(|(_, rest)| text::number(rest.trim_end_matches('s')));
        }
        for map in &found {
            read_summary(map, &mut run.measurements);
        }
        Ok(vec![run])
    }
}

/// Whether there is a result of gungraun in the file or folder.
pub(super) fn fits(input: &Input) -> bool {
    if input.is_folder() {
        let first = summaries(input).next().and_then(|path| input.read_json(path).ok());
        return first.is_some_and(|value| value.as_object().is_some_and(is_summary));
    }
    !documents(input).is_empty()
        || text::plain(input).is_some_and(|text| text.lines().any(|line| metric(line).is_some()))
}

fn summaries(input: &Input) -> impl Iterator<Item = &str> {
    let named = |path: &&str| *path == "summary.json" || path.ends_with("/summary.json");
    input.entries().iter().map(|entry| entry.path.as_str()).filter(named)
}

fn is_summary(map: &Map<String, Value>) -> bool {
    map.contains_key("module_path") && map.get("profiles").is_some_and(Value::is_array)
}

/// The summaries in a file: each begins a line with `{`, one a line or spread over many; cut ones and other JSON between
/// them are passed over.
fn documents(input: &Input) -> Vec<Map<String, Value>> {
    let text = input.text().unwrap_or_default();
    if !(text.contains("\"module_path\"") && text.contains("\"profiles\"")) {
        return Vec::new();
    }
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let line = rest.split_inclusive('\n').next().unwrap_or(rest);
        let mut next = at + line.len();
        let indent = line.len() - line.trim_start().len();
        if line.trim_start().starts_with(['{', '[']) {
            let mut values = serde_json::Deserializer::from_str(rest.get(indent..).unwrap_or("")).into_iter::<Value>();
            if let Some(Ok(value)) = values.next() {
                next = next.max(at + indent + values.byte_offset());
                let many = match value {
                    Value::Array(items) => items,
                    one => vec![one],
                };
                found.extend(many.into_iter().filter_map(|value| match value {
                    Value::Object(map) if is_summary(&map) => Some(map),
                    _ => None,
                }));
            }
        }
        at = next;
    }
    found
}

fn read_summary(map: &Map<String, Value>, out: &mut Vec<Measurement>) {
    let text = |key| json::str_at(map, key);
    let described = match (text("id"), text("description").or_else(|| text("details"))) {
        (Some(id), Some(description)) => format!("{id}:{description}"),
        (Some(id), None) => id.to_owned(),
        (None, description) => description.unwrap_or_default().to_owned(),
    };
    let name = plain_name(&format!("{} {described}", text("module_path").unwrap_or_default()));
    for profile in json::array_at(map, "profiles") {
        let total = &profile[if profile["data"].is_object() { "data" } else { "summaries" }]["total"];
        // Since version 7: total.metrics; before: total.summary.Callgrind.
        let tools: Vec<&Value> = match total.get("metrics") {
            Some(metrics) => vec![metrics],
            None => total["summary"].as_object().into_iter().flatten().map(|(_, tool)| tool).collect(),
        };
        for (key, event) in tools.into_iter().filter_map(Value::as_object).flatten() {
            let newest = event["values"].get("new").or_else(|| {
                let metrics = &event["metrics"];
                metrics.get("Left").or_else(|| metrics.get("Both").and_then(|both| both.get(0)))
            });
            let number = newest.and_then(|value| {
                json::number(value).or_else(|| json::number(value.get("Int").or_else(|| value.get("Float"))?))
            });
            if let Some(number) = number {
                let (metric, unit, better) = gungraun_metric::of_key(key);
                out.push(Measurement::new(&name, metric, unit, better, Some(number)));
            }
        }
    }
}

/// On one line, without the path of a binary benchmark (`a::b id:() -> /path/to/it`).
fn plain_name(name: &str) -> String {
    let line = name.split_whitespace().collect::<Vec<_>>().join(" ");
    line.split(" -> ").next().unwrap_or_default().trim().to_owned()
}

fn read_text(text: &str) -> Vec<Measurement> {
    let mut found = Vec::new();
    let (mut head, mut name, mut ignored, mut named) = (Vec::new(), String::new(), false, true);
    for line in text.lines() {
        let inside = line.trim_start();
        if line.trim().is_empty() {
            head.clear();
        } else if !line.starts_with(' ') {
            if named {
                head.clear();
            }
            named = false;
            head.push(line);
        } else if let Some((label, value)) = metric(line) {
            if !named {
                // A description may run over lines; the name begins with the path of the module.
                let path = |line: &&str| line.split(' ').next().is_some_and(|word| word.contains("::"));
                let first = head.iter().rposition(path).unwrap_or(head.len().saturating_sub(1));
                name = plain_name(&head.get(first..).unwrap_or_default().join(" "));
                (named, ignored) = (true, false);
            }
            if let Some(value) = value.filter(|_| !ignored && !name.is_empty()) {
                let (metric, unit, better) = gungraun_metric::of_label(label);
                found.push(Measurement::new(&name, metric, unit, better, Some(value)));
            }
        } else if inside.starts_with("Comparison with") || inside.starts_with("## ") {
            // Other benchmarks, and the parts and threads of this one; its total counts.
            ignored = !inside.starts_with("## Total");
            if !named && let Some(last) = head.last() {
                name = plain_name(last);
                named = true;
            }
        } else if inside.starts_with("=======") {
            ignored = false;
        }
    }
    found
}

/// Label and new value of `  Instructions:   1805|N/A   (*********)`; the value is `None` where there is none.
fn metric(line: &str) -> Option<(&str, Option<f64>)> {
    let (label, rest) = line.strip_prefix("  ")?.split_once(':')?;
    let (values, change) = rest.trim_start().split_once(' ')?;
    let (new, old) = values.split_once('|')?;
    let known = |value: &str| value == "N/A" || text::number(value).is_some();
    let fits = !label.is_empty() && known(new) && known(old) && change.trim_start().starts_with('(');
    fits.then(|| (label.trim(), text::number(new)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(String, String, Option<f64>)> {
        let input = Input::file("g", text.into());
        assert!(Gungraun.claims(&input));
        let run = Gungraun.read(&input, &ReadOptions::default()).unwrap().remove(0);
        run.measurements.into_iter().map(|m| (m.name, m.metric, m.value)).collect()
    }

    fn row(name: &str, metric: &str, value: f64) -> (String, String, Option<f64>) {
        (name.into(), metric.into(), Some(value))
    }

    #[test]
    fn printed_results_take_the_left_of_the_bar() {
        let text = "test result: ok. 0 passed\na::b::c id:two\nlines\n  ======= CALLGRIND ====\n  Instructions:   12|10   (+20.0%) [+1.2x]\n  L1 Hits:   N/A|3   (-inf)\n\
            a::b::d x:() -> /bin/echo\n  Dr:   1.50|N/A   (*********)\n  Comparison with a::b::c id\n  Dr:   1|2   (+1%)\na::b::e\n  Total bytes:   5|5   (No change)\n\
            Regressions:\n\n  a::b::c id:\n    Callgrind: Instructions (10 -> 12): +20% exceeds\n";
        let want = [
            row("a::b::c id:two lines", "instructions", 12.0),
            row("a::b::d x:()", "dr", 1.5),
            row("a::b::e", "memory", 5.0),
        ];
        assert_eq!(rows(text), want);
    }

    #[test]
    fn summaries_are_found_in_noise() {
        let one = r#"{"module_path":"a::b","id":"i","description":"d","profiles":[{"data":{"total":{"metrics":{"Ir":{"values":{"new":3,"old":2}},"Dr":{"values":{"old":1}}}}}}]}"#;
        let old = r#"{"module_path":"a::c","id":null,"details":null,"profiles":[{"summaries":{"parts":[{"metrics_summary":{"Callgrind":{}}}],
            "total":{"summary":{"Callgrind":{"Ir":{"metrics":{"Both":[{"Int":5},{"Int":6}]}},"D1MissRate":{"metrics":{"Left":{"Float":0.5}}},"Dw":{"metrics":{"Right":{"Int":1}}}}}}}},
            {"summaries":{"total":{"summary":"None"}}}]}"#;
        let text = format!("running 0 tests\n{{\n \"cut\": [\n{{\"reason\":\"x\"}}\n{one}\nnoise\n{old}\n");
        let want =
            [row("a::b i:d", "instructions", 3.0), row("a::c", "instructions", 5.0), row("a::c", "d1_miss_rate", 0.5)];
        assert_eq!(rows(&text), want);
    }
}
