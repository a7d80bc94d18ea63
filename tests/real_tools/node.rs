//! Harnesses of JavaScript, from npm.

use std::fs;

use serde_json::Value;

use crate::install::npm;
use crate::{Row, json, ran, recorded};

#[test]
#[ignore = "installs harnesses from registries; run: cargo test --test real_tools -- --ignored"]
fn vitest() {
    let Some(place) = npm("vitest") else { return };
    let text = "import { bench, describe } from 'vitest'\ndescribe('sort', () => {\n  \
                bench('small', () => { [3, 1, 2].sort() }, { time: 50 })\n  \
                bench('large', () => { Array.from({ length: 500 }, (_, i) => -i).sort() }, { time: 50 })\n})\n";
    fs::write(place.join("sort.bench.js"), text).unwrap();
    let file = place.join("out.json");
    ran(&place, "npx", &["vitest", "bench", "--run", "--outputJson", "out.json"]);
    let recorded = recorded(&file);
    let groups = json(&file);
    let benchmarks: Vec<Value> = groups["files"][0]["groups"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["benchmarks"].as_array().unwrap().clone())
        .collect();
    assert_eq!(benchmarks.len(), 2, "{groups}");
    for one in benchmarks {
        let (name, mean) = (one["name"].as_str().unwrap(), one["mean"].as_f64());
        let fits =
            |row: &&Row| row.name.contains(name) && row.metric == "time" && row.unit == "ms" && row.value == mean;
        assert_eq!(recorded.iter().filter(fits).count(), 1, "{name} {mean:?} in {recorded:?}");
    }
}

#[test]
#[ignore = "installs harnesses from registries; run: cargo test --test real_tools -- --ignored"]
fn tinybench() {
    let Some(place) = npm("tinybench") else { return };
    let text = "import { Bench } from 'tinybench'\nconst bench = new Bench({ time: 50 })\n\
                bench.add('sort', () => { [3, 1, 2].sort() })\nbench.add('join', () => { [3, 1, 2].join() })\n\
                await bench.run()\nconsole.log(JSON.stringify(bench.tasks.map(({ name, result }) => ({ name, result }))))\n";
    fs::write(place.join("b.mjs"), text).unwrap();
    let printed = ran(&place, "node", &["b.mjs"]);
    fs::write(place.join("out.json"), &printed).unwrap();
    let recorded = recorded(&place.join("out.json"));
    let tasks: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(tasks.as_array().unwrap().len(), 2, "{printed}");
    for task in tasks.as_array().unwrap() {
        let mean = task["result"]["latency"]["mean"].as_f64().unwrap();
        let name = task["name"].as_str().unwrap();
        let mut got = recorded.iter().filter(|row| row.name == name);
        assert!(got.any(|row| row.value == Some(mean)), "{name} {mean} in {recorded:?}");
    }
}
