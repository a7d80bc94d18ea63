//! Rows for the tests of the formats.

use serde_json::json;

use super::{Exporter, Machine, Options, Place, Row};
use crate::model::{Better, Time};
use crate::record::{self, RunRecord};

/// Two runs with three measurements, one of which failed.
pub fn rows() -> Vec<RunRecord> {
    let row = |name: &str, metric: &str, unit: &str, value: Option<f64>| record::Row {
        name: name.into(),
        metric: metric.into(),
        unit: unit.into(),
        better: Better::Lower,
        value,
        n: Some(1),
        stddev: None,
        min: None,
        max: None,
        samples: None,
    };
    let run = |id: &str, time: &str, m: Vec<record::Row>| {
        let text = json!({"id": id, "time": time, "commit": "c".repeat(40), "ctime": 1_705_312_800, "suite": "default",
            "channel": "local", "env": {"cloud": "aws", "gpu_count": 8}, "input": "0123456789abcdef"});
        let run: RunRecord = serde_json::from_value(text).unwrap();
        RunRecord { m, ..run }
    };
    vec![
        run(
            "550e8400-e29b-41d4-a716-446655440000",
            "2024-01-15T10:30:00Z",
            vec![
                row("flash_attention_forward", "latency", "ms", Some(1.52)),
                row("flash_attention_forward", "memory", "MB", None),
            ],
        ),
        run(
            "650e8400-e29b-41d4-a716-446655440000",
            "2024-01-15T11:30:00Z",
            vec![row("flash_attention_forward", "latency", "us", Some(1540.0))],
        ),
    ]
}

/// The documents of these runs, all on one machine and at place 3.
pub fn exported(exporter: &dyn Exporter, runs: &[RunRecord], options: &Options) -> Vec<Vec<u8>> {
    let mut writer = exporter.begin(options);
    let machine = Machine { environment: "0123456789ab", label: "AWS P4d", platform: "aws", hardware: "nvidia" };
    let mut documents = Vec::new();
    for run in runs {
        for measured in &run.m {
            writer.add(&Row { run, machine, place: Some(Place::Commit(3)), measured });
        }
        documents.push(writer.ready());
    }
    documents.extend(writer.finish().documents);
    documents
}

/// Ten minutes after the last of [`rows`].
pub const NOW: Time = Time(1_705_318_800);
