//! Parts that are written from the program: commands, keys, formats.

use std::fs;
use std::process::Command;

use git_bench::config::{KEYS, Shape};
use git_bench::export::{COLUMNS, Kind, PARTITIONED};
use git_bench::import::IMPORTERS;

use super::pages::{root, text_of};

/// Holds the part of a page between its two markers against what it should be; with `GIT_BENCH_BLESS=1` writes it.
pub fn hold(path: &str, mark: &str, wanted: &str) {
    let text = text_of(path);
    let (open, close) = (format!("<!-- {mark}: "), format!("<!-- /{mark} -->"));
    let start = text.find(&open).unwrap_or_else(|| panic!("{path} has no marker '{open}'"));
    let start = start + text[start..].find('\n').expect("a marker ends its line") + 1;
    let end = text.find(&close).unwrap_or_else(|| panic!("{path} has no marker '{close}'"));
    let wanted = format!("\n{}\n\n", wanted.trim());
    if text[start..end] == wanted {
        return;
    }
    if std::env::var_os("GIT_BENCH_BLESS").is_some() {
        fs::write(root().join(path), format!("{}{wanted}{}", &text[..start], &text[end..]))
            .expect("the page is written");
        return;
    }
    let differs = text[start..end].lines().zip(wanted.lines()).find(|(a, b)| a != b);
    panic!("{path} is stale (GIT_BENCH_BLESS=1 cargo test --test docs writes it); first difference: {differs:#?}");
}

/// What the program prints for these arguments.
pub fn help(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_git-bench"))
        .args(args)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .output()
        .expect("the program runs");
    String::from_utf8(output.stdout).expect("help is UTF-8")
}

/// The names of all commands but `help`.
pub fn names() -> Vec<String> {
    let help = help(&["-h"]);
    let (_, list) = help.split_once("Commands:\n").expect("a list of commands");
    list.lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ").filter(|l| !l.starts_with(' '))?.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Options that every command has beside those under [`EVERY`]; they are told once.
const EVERYWHERE: &[&str] = &["-h, --help", "-V, --version"];

/// The head of the list of options that every command has.
const EVERY: &str = "Options of every command:\n";

/// `docs/cli.md`: the long text of each command, then its usage, arguments and own options.
pub fn commands() -> String {
    let top = help(&["-h"]);
    let list = |title: &str| {
        let (_, options) = top.split_once(title).expect("options of the program");
        entries(options.split("\n\n").next().unwrap_or_default()).concat()
    };
    let everywhere = list(EVERY) + &list("\nOptions:\n");
    let mut out = format!("## Options of every command\n\n```text\n{}```\n", everywhere);
    for name in names() {
        let long = help(&["help", &name]);
        let (about, _) = long.split_once("Usage:").expect("a usage line");
        let short = help(&[&name, "-h"]);
        let (_, rest) = short.split_once("Usage:").expect("a usage line");
        // The list of every command's options goes on to an empty line, what is behind it belongs to the command.
        let (before, after) = rest.split_once(EVERY).unwrap_or((rest, ""));
        let after = after.split_once("\n\n").map_or("", |(_, after)| after);
        let mut body = format!("Usage:{before}{after}");
        if let Some(at) = body.find("Options:\n") {
            let tail = body.split_off(at + "Options:\n".len());
            let (list, after) = tail.split_once("\n\n").unwrap_or((tail.trim_end(), ""));
            let own: Vec<String> =
                entries(list).into_iter().filter(|e| !EVERYWHERE.iter().any(|x| head(e).contains(x))).collect();
            body.push_str(&own.concat());
            if own.is_empty() {
                body.truncate(at);
            }
            if !after.is_empty() {
                body.push('\n');
                body.push_str(after);
            }
        }
        out.push_str(&format!("\n## {name}\n\n{}\n\n```text\n{}\n```\n", about.trim(), body.trim()));
    }
    out
}

fn head(entry: &str) -> &str {
    entry.lines().next().unwrap_or_default()
}

/// The options of a list, each with the lines that go on about it.
fn entries(list: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in list.lines() {
        let indent = line.len() - line.trim_start().len();
        if (indent == 2 || indent == 6) && line.trim_start().starts_with('-') {
            found.push(String::new());
        }
        if let Some(last) = found.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    found
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{}`", cell(text)) }
}

/// The table of keys.
pub fn keys() -> String {
    let mut out = String::from(
        "| key | git config | environment | value | default | what | in bench.toml |\n|---|---|---|---|---|---|---|\n",
    );
    for key in KEYS {
        let shape = match key.shape {
            Shape::Text => "text".to_owned(),
            Shape::Bool => "true or false".to_owned(),
            Shape::Count => "a whole number, at least 1".to_owned(),
            Shape::Share => "a share: `2%` or `0.02`".to_owned(),
            Shape::Choice(words) => words.iter().map(|w| code(w)).collect::<Vec<_>>().join(", "),
            Shape::List => "words; separated by commas in git config and the environment".to_owned(),
        };
        out.push_str(&format!(
            "| {} | {} | {} | {shape} | {} | {} | {} |\n",
            code(key.name),
            code(&key.git_name()),
            code(&key.env_name()),
            code(&key.default.replace(',', ", ")),
            cell(key.doc),
            if key.in_repository { "yes" } else { "no" }
        ));
    }
    out
}

/// The table of formats.
pub fn formats() -> String {
    let mut out = String::from("| format | reads | example |\n|---|---|---|\n");
    for reader in IMPORTERS {
        let example = reader.example();
        let example = if example.contains('`') { format!("`` {} ``", cell(example)) } else { code(example) };
        out.push_str(&format!("| `{}` | {} | {example} |\n", reader.name(), cell(reader.doc())));
    }
    out
}

/// The columns of an export.
pub fn columns() -> String {
    let mut out = String::from("| column | holds | what |\n|---|---|---|\n");
    for column in COLUMNS {
        let kind = match column.kind {
            Kind::Text => "text",
            Kind::Integer => "whole number",
            Kind::Real => "number",
            Kind::Flag => "true or false",
            Kind::Moment => "time, UTC",
        };
        out.push_str(&format!("| `{}` | {kind} | {} |\n", column.name, cell(column.doc)));
    }
    out
}

/// The table as Athena defines it.
pub fn athena() -> String {
    let inside = COLUMNS.iter().filter(|column| !PARTITIONED.contains(&column.name));
    let columns: Vec<String> = inside
        .map(|column| {
            let kind = match column.kind {
                Kind::Text => "string",
                Kind::Integer => "bigint",
                Kind::Real => "double",
                Kind::Flag => "boolean",
                Kind::Moment => "timestamp",
            };
            format!("`{}` {kind}", column.name)
        })
        .collect();
    let lines: Vec<String> = columns.chunks(6).map(|line| format!("  {}", line.join(", "))).collect();
    format!(
        "```sql\n-- athena\ncreate external table measurements (\n{}\n)\npartitioned by (`date` date, `suite` string)\n\
         stored as parquet location 's3://team-bench/lake/';\n```",
        lines.join(",\n")
    )
}
