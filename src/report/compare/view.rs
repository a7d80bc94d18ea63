//! The page of a comparison, in the seed's order.

use serde_json::Value;

use super::{Compare, MetricRow};
use crate::report::{Block, Cell, Column, Row, Table, Tone, View};

/// Up to so many metrics are drawn as bars at once; more are folded.
const DRAWN: usize = 8;

/// More bars than these say nothing.
const MOST: usize = 60;

/// Facts that are shown, with what they are called.
const PROPERTIES: &[(&str, &str)] = &[
    ("machine", "Machine"),
    ("cloud", "Cloud"),
    ("instance_type", "Instance"),
    ("region", "Region"),
    ("hardware", "Hardware"),
    ("gpu_model", "GPU"),
    ("gpu_count", "GPUs"),
    ("cpu_model", "CPU"),
    ("cpu_count", "CPUs"),
    ("memory_mb", "Memory (MB)"),
    ("os", "OS"),
    ("arch", "Architecture"),
];

pub(super) fn of(report: &Compare) -> View {
    let strong = |text: &str| Cell::Text(text.into(), Tone::Strong);
    let moment = report.generated.replace('T', " ").trim_end_matches('Z').to_owned();
    let mut blocks = vec![
        Block::Heading("Cross-Platform Comparison Report".into()),
        Block::Line(vec![strong("Generated:"), Cell::text(format!(" {moment}"))]),
        Block::Heading("Platforms Compared".into()),
        Block::Table(properties(report)),
        Block::Heading("Metrics Comparison".into()),
        Block::Table(metrics(report, &report.metrics)),
    ];
    if !report.cost_of_work.is_empty() {
        blocks.push(Block::Heading("Cost of Work".into()));
        blocks.push(Block::Table(metrics(report, &report.cost_of_work)));
    }
    blocks.push(Block::Heading("Summary".into()));
    let winner = if report.winner == "tie" { "Tie" } else { &report.winner };
    blocks.push(Block::Line(vec![strong("Overall Winner:"), Cell::text(format!(" {winner}"))]));
    for difference in &report.summary {
        let what = match &difference.benchmark {
            Some(name) if several(report) => format!("{}, {name}:", difference.metric),
            _ => format!("{}:", difference.metric),
        };
        let than = if report.platforms.len() > 2 { format!(" than {}", difference.than) } else { String::new() };
        blocks.push(Block::Line(vec![
            strong(&what),
            Cell::text(format!(" {} is ", difference.winner)),
            Cell::Share(difference.better_by, Tone::Plain),
            Cell::text(format!(" better{than}")),
        ]));
    }
    for note in &report.notes {
        blocks.push(Block::Line(vec![Cell::Text(note.clone(), Tone::Warn)]));
    }
    blocks.extend(bars(report));
    View { blocks }
}

/// Whether more than one benchmark is compared.
fn several(report: &Compare) -> bool {
    let mut names = report.metrics.iter().filter_map(|row| row.benchmark.as_ref());
    let first = names.next();
    names.any(|name| Some(name) != first)
}

fn properties(report: &Compare) -> Table {
    let mut columns = vec![Column::left("Property")];
    columns.extend(report.platforms.iter().map(|p| Column::left(&p.label)));
    let mut rows: Vec<Row> = Vec::new();
    for (key, title) in PROPERTIES {
        if report.platforms.iter().any(|p| p.properties.contains_key(*key)) {
            let mut row = vec![Cell::text(*title)];
            row.extend(report.platforms.iter().map(|p| property(key, p.properties.get(*key))));
            rows.push(row);
        }
    }
    let mut samples = vec![Cell::text("Samples")];
    samples.extend(report.platforms.iter().map(|p| Cell::Number(p.samples as f64, Tone::Plain)));
    rows.push(samples);
    Table { columns, rows }
}

fn property(key: &str, value: Option<&Value>) -> Cell {
    let plain = |value: &Value| match value.as_str() {
        Some(cloud @ ("aws" | "gcp")) if key == "cloud" => cloud.to_ascii_uppercase(),
        Some("azure") if key == "cloud" => "Azure".into(),
        Some(text) => text.to_owned(),
        None => value.to_string(),
    };
    match value {
        None => Cell::Missing,
        Some(Value::Array(all)) if all.len() > 3 => {
            let first: Vec<_> = all.iter().take(3).map(plain).collect();
            Cell::text(format!("{} and {} more", first.join(", "), all.len() - 3))
        }
        Some(Value::Array(all)) => Cell::text(all.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Some(value) => Cell::text(plain(value)),
    }
}

fn metrics(report: &Compare, rows: &[MetricRow]) -> Table {
    let several = rows.iter().any(|row| row.benchmark != rows[0].benchmark) && several(report);
    let names = short(&report.platforms.iter().map(|p| p.label.clone()).collect::<Vec<_>>());
    let words = first_words(&names);
    let mut columns = Vec::new();
    if several {
        columns.push(Column::left("Benchmark"));
    }
    columns.push(Column::left("Metric"));
    columns.extend(names.iter().map(|name| Column::right(name)));
    match &names[..] {
        [_, _] => columns.push(Column::right("Ratio")),
        [first, others @ ..] => {
            columns.extend(others.iter().map(|name| Column::right(&format!("{name} / {first}")).shed(2)));
        }
        [] => {}
    }
    columns.push(Column::left("Winner"));
    let rows = rows.iter().map(|row| {
        let mut cells = Vec::new();
        if several {
            cells.push(row.benchmark.as_ref().map_or(Cell::text(""), Cell::name));
        }
        cells.push(Cell::text(row.title()));
        let value = |i: usize, side: &Option<super::SideValue>| {
            let tone = if row.winner.place == Some(i) { Tone::Good } else { Tone::Plain };
            side.as_ref().map_or(Cell::Missing, |v| Cell::Number(rounded(v.value), tone))
        };
        cells.extend(row.values.iter().enumerate().map(|(i, side)| value(i, side)));
        cells.extend(row.ratios.iter().map(|r| r.map_or(Cell::Missing, |r| Cell::Ratio(r, Tone::Plain))));
        cells.push(match (row.winner.place, row.winner.because) {
            (Some(place), _) => Cell::text(&words[place]),
            (None, Some("equal")) => Cell::dim("tie"),
            (None, Some(because)) => Cell::dim(format!("tie ({because})")),
            (None, None) => Cell::Missing,
        });
        cells
    });
    let rows = rows.collect();
    Table { columns, rows }
}

/// Five significant digits, whole digits never cut.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let decimals = (4 - value.abs().log10().floor() as i32).clamp(0, 300) as usize;
    format!("{value:.decimals$}").parse().unwrap_or(value)
}

/// Labels without what stands in brackets at their ends, where they still differ.
fn short(labels: &[String]) -> Vec<String> {
    let cut = |label: &String| match label.split_once(" (") {
        Some((head, rest)) if rest.ends_with(')') && !head.is_empty() => head.to_owned(),
        _ => label.clone(),
    };
    if_distinct(labels.iter().map(cut).collect(), labels)
}

/// First words, where they still differ.
fn first_words(names: &[String]) -> Vec<String> {
    let word = |name: &String| name.split_whitespace().next().unwrap_or(name).to_owned();
    if_distinct(names.iter().map(word).collect(), names)
}

fn if_distinct(new: Vec<String>, old: &[String]) -> Vec<String> {
    let twice = new.iter().enumerate().any(|(i, name)| new[..i].contains(name));
    if twice { old.to_vec() } else { new }
}

fn bars(report: &Compare) -> Vec<Block> {
    let several = several(report);
    let drawn = |row: &MetricRow| -> Option<Block> {
        let bars: Vec<(String, f64)> = report
            .platforms
            .iter()
            .zip(&row.values)
            .filter_map(|(platform, side)| Some((platform.label.clone(), side.as_ref()?.value)))
            .collect();
        let title = match &row.benchmark {
            Some(name) if several => format!("{name}: {}", row.metric),
            _ => row.title(),
        };
        (bars.len() > 1).then(|| Block::Bars { title, unit: row.unit.clone(), bars })
    };
    let all: Vec<Block> = report.metrics.iter().filter_map(drawn).take(MOST).collect();
    match all.len() {
        0 => Vec::new(),
        n if n <= DRAWN => std::iter::once(Block::Heading("Chart".into())).chain(all).collect(),
        n => vec![Block::Folded { summary: format!("{n} charts"), blocks: all }],
    }
}
