//! The documentation, held against the program: what is generated is fresh, every command, key, format, field and crate
//! is there, links lead somewhere, and the commands that it shows exist.
//!
//! `GIT_BENCH_BLESS=1 cargo test --test docs` writes the generated parts.

mod blocks;
mod generated;
mod hints;
mod pages;
mod recipes;
#[cfg(unix)]
mod tutorial;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use git_bench::config::KEYS;
use git_bench::import::IMPORTERS;
use git_bench::model::schema::SCHEMAS;
use pages::{Page, pages, root, text_of};
use serde_json::Value;

/// Commands that the documentation may speak of before they are here.
const PENDING_COMMANDS: &[&str] = &[];

/// What hints of the program name before it is here.
const OWED: &[&str] = &[];

/// Words that follow "git bench" where a hint speaks of the program.
const SPOKEN: &[&str] = &["needs", "detect"];

fn assert_none(faults: &[String], what: &str) {
    assert!(faults.is_empty(), "{what}:\n  {}", faults.join("\n  "));
}

#[test]
fn the_generated_parts_are_fresh() {
    generated::hold("docs/cli.md", "cli", &generated::commands());
    generated::hold("docs/config.md", "keys", &generated::keys());
    generated::hold("docs/harnesses.md", "formats", &generated::formats());
    generated::hold("docs/ci.md", "recipes", &recipes::all());
    generated::hold("docs/troubleshooting.md", "hints", &hints::table());
    generated::hold("docs/export.md", "columns", &generated::columns());
    generated::hold("docs/at-scale.md", "athena", &generated::athena());
}

#[cfg(unix)]
#[test]
fn the_tutorial_prints_what_it_says() {
    tutorial::hold();
}

#[test]
fn every_command_key_and_format_is_there() {
    let (readme, config, harnesses) = (text_of("README.md"), text_of("docs/config.md"), text_of("docs/harnesses.md"));
    let mut faults = Vec::new();
    for name in generated::names() {
        if !readme.contains(&format!("`{name}`")) {
            faults.push(format!("README.md: no row for the command `{name}`"));
        }
    }
    for key in KEYS {
        for name in [key.name.to_owned(), key.git_name(), key.env_name()] {
            if !config.contains(&format!("`{name}`")) {
                faults.push(format!("docs/config.md: no `{name}`"));
            }
        }
    }
    for reader in IMPORTERS {
        if !harnesses.contains(&format!("`{}`", reader.name())) {
            faults.push(format!("docs/harnesses.md: no `{}`", reader.name()));
        }
    }
    assert_none(&faults, "missing in the documentation");
}

/// All names of properties below a schema.
fn properties(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(fields)) = map.get("properties") {
                found.extend(fields.keys().cloned());
            }
            map.values().for_each(|value| properties(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| properties(value, found)),
        _ => {}
    }
}

#[test]
fn every_field_of_the_formats_is_described() {
    let (formats, config) = (text_of("docs/formats.md"), text_of("docs/config.md"));
    let mut faults = Vec::new();
    for (name, text) in SCHEMAS {
        let mut fields = BTreeSet::new();
        properties(&serde_json::from_str(text).expect("a schema is JSON"), &mut fields);
        let (page, place) = if *name == "config" { (&config, "config") } else { (&formats, "formats") };
        for field in fields {
            let said = [
                format!("`{field}`"),
                format!("\"{field}\""),
                format!("{field} = "),
                format!("[{field}]"),
                format!(".{field}`"),
            ];
            let word = |w: &str| w.trim_matches(|c: char| !c.is_alphanumeric() && c != '_') == field;
            let spans = page.split('`').skip(1).step_by(2);
            if !said.iter().any(|s| page.contains(s.as_str())) && !spans.flat_map(str::split_whitespace).any(word) {
                faults.push(format!("docs/{place}.md: '{field}' of the schema '{name}'"));
            }
        }
    }
    assert_none(&faults, "fields that are not described");
}

#[test]
fn every_crate_has_its_reason() {
    let architecture = text_of("docs/architecture.md");
    let (_, table) = architecture.split_once("## Crates").expect("the table of crates");
    let mut faults = Vec::new();
    let mut section = "";
    let manifest = text_of("Cargo.toml");
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
        } else if section.ends_with("dependencies")
            && let Some((name, _)) = line.split_once(" = ")
            && !table
                .lines()
                .filter(|l| l.starts_with('|'))
                .any(|l| l.split('|').nth(1).is_some_and(|cell| cell.split([',', ' ', '(']).any(|word| word == name)))
        {
            faults.push(name.to_owned());
        }
    }
    assert_none(&faults, "crates without a reason in docs/architecture.md");
}

#[test]
fn links_lead_somewhere() {
    let all = pages();
    let mut faults = Vec::new();
    for page in &all {
        for (line, target) in page.links() {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target.as_str(), ""));
            let file = if path.is_empty() { page.path.clone() } else { page.beside(path) };
            if !root().join(&file).exists() {
                faults.push(format!("{}:{line}: '{target}' is not there", page.path));
            } else if !anchor.is_empty() && !Page::read(&file).headings().iter().any(|h| h == anchor) {
                faults.push(format!("{}:{line}: '{target}' names no heading", page.path));
            }
        }
    }
    assert_none(&faults, "links");
}

#[test]
fn blocks_of_code_are_what_they_say() {
    let mut faults = Vec::new();
    let mut checked = BTreeSet::new();
    for page in &pages() {
        for block in page.blocks() {
            checked.insert(block.language.clone());
            if block.language.is_empty() {
                faults.push(format!("{}:{}: a block without a language", page.path, block.line));
            }
            faults.extend(blocks::fault(&block).map(|why| format!("{}:{}: {why}", page.path, block.line)));
        }
    }
    assert_none(&faults, "blocks of code that are not what they say");
    for language in ["json", "toml", "yaml", "sh", "console"] {
        assert!(checked.contains(language), "no block of {language}: is the pattern right?");
    }
}

#[test]
fn every_recipe_is_shown_or_linked() {
    let page = Page::read("docs/ci.md");
    let linked: BTreeSet<String> = page.links().into_iter().map(|(_, target)| target).collect();
    let mut faults = Vec::new();
    let mut folders = vec![root().join("docs/ci")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("docs/ci can be read").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let below =
                path.strip_prefix(root().join("docs")).expect("it lies there").to_string_lossy().replace('\\', "/");
            if !linked.contains(&below) {
                faults.push(below);
            }
        }
    }
    assert_none(&faults, "recipes that docs/ci.md does not name");
    assert!(recipes::files().count() > 5);
}

#[test]
fn the_summary_lists_every_page() {
    let summary = Page::read("docs/SUMMARY.md");
    let listed: BTreeSet<String> = summary.links().into_iter().map(|(_, target)| summary.beside(&target)).collect();
    let faults: Vec<String> = pages()
        .iter()
        .map(|page| page.path.clone())
        .filter(|path| path.starts_with("docs/") && path != "docs/SUMMARY.md" && !listed.contains(path))
        .collect();
    assert_none(&faults, "pages that docs/SUMMARY.md does not list");
}

#[test]
fn the_commands_that_are_shown_exist() {
    let names = generated::names();
    let helps: BTreeMap<String, String> =
        names.iter().map(|name| (name.clone(), generated::help(&[name, "-h"]))).collect();
    let mut faults = Vec::new();
    for page in &pages() {
        for (line, words) in page.commands() {
            let unknown = unknown(&words, &helps).filter(|_| !PENDING_COMMANDS.contains(&words[0].as_str()));
            faults.extend(unknown.map(|what| format!("{}:{line}: {what}", page.path)));
        }
    }
    for (says, hint) in hints::all() {
        for words in pages::calls(&hint) {
            let call = words.join(" ");
            if !OWED.iter().any(|owed| call.starts_with(owed)) && !SPOKEN.contains(&words[0].as_str()) {
                faults.extend(unknown(&words, &helps).map(|what| format!("the hint of '{says}': {what}")));
            }
        }
    }
    assert_none(&faults, "commands that do not exist");
}

/// What is wrong with a call: no such command, or a flag that it does not have.
fn unknown(words: &[String], helps: &BTreeMap<String, String>) -> Option<String> {
    let (name, rest) = words.split_first()?;
    if matches!(name.as_str(), "help" | "CMD" | "COMMAND") || name.starts_with('-') {
        return None;
    }
    let Some(help) = helps.get(name) else { return Some(format!("there is no 'git bench {name}'")) };
    let known = |flag: &str| help.split([' ', '[', '=', ',', '\n']).any(|word| word == flag);
    rest.iter()
        .take_while(|word| *word != "--")
        .filter(|word| word.starts_with("--"))
        .map(|flag| flag.split('=').next().unwrap_or(flag))
        .find(|flag| !known(flag))
        .map(|flag| format!("'git bench {name}' has no '{flag}'"))
}

#[test]
fn proofs_that_are_named_exist() {
    let page = text_of("docs/reliability.md");
    let mut faults = Vec::new();
    for span in page.split('`').skip(1).step_by(2) {
        let Some((file, test)) = span.split_once("::") else { continue };
        let path = root().join(file);
        if !fs::read_to_string(path).is_ok_and(|text| text.contains(&format!("fn {test}("))) {
            faults.push(span.to_owned());
        }
    }
    assert_none(&faults, "tests that docs/reliability.md names and that are not there");
}
