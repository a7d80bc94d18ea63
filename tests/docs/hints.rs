//! Every hint of the program, found in its source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::pages::root;

/// What begins a message that a hint belongs to.
const SAYS: &[&str] = &[
    "Error::usage(",
    "Error::data(",
    "Error::no_data(",
    "Error::storage(",
    "Trouble::new(",
    "bad(",
    ".say(",
    ".warn(",
    "listing.line(",
];

/// The table of messages with their hints, sorted.
pub fn table() -> String {
    let mut out = String::from("| it says | hints |\n|---|---|\n");
    let mut by_message: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (says, hint) in all() {
        by_message.entry(says).or_default().push(hint);
    }
    for (says, hints) in by_message {
        let says = if says.is_empty() { "(several)".to_owned() } else { cell(&says) };
        let hints: Vec<String> = hints.iter().map(|hint| cell(hint)).collect();
        out.push_str(&format!("| {says} | {} |\n", hints.join("<br>")));
    }
    out
}

/// Every message with a hint, as the source has them; what is filled in stands as `…`.
pub fn all() -> BTreeSet<(String, String)> {
    let mut rows = BTreeSet::new();
    visit(&root().join("src"), &mut rows);
    rows
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*")
}

fn visit(folder: &Path, rows: &mut BTreeSet<(String, String)>) {
    for entry in fs::read_dir(folder).expect("src/ can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            visit(&path, rows);
        } else if path.extension().is_some_and(|e| e == "rs") && path.file_stem().is_some_and(|s| s != "tests") {
            let text = fs::read_to_string(&path).expect("source is UTF-8");
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            if path.ends_with("payload/hints.rs") {
                // Nothing but hints, by what a store has answered.
                let sentences =
                    literals(code).into_iter().filter(|l| l.contains(' ') && !l.starts_with("Storage Blob"));
                rows.extend(sentences.map(|hint| ("(a store refuses, or cannot be reached)".to_owned(), shown(&hint))));
            } else {
                find(code, rows);
            }
        }
    }
}

fn find(code: &str, rows: &mut BTreeSet<(String, String)>) {
    for word in [".hint(", "hints.push("] {
        for (at, _) in code.match_indices(word) {
            let inside = argument(&code[at + word.len()..]);
            let mut hints = literals(inside);
            if hints.is_empty() {
                hints = named(code, inside.trim());
            }
            // What is filled in, such as a flag, is no sentence of its own.
            for hint in hints.iter().filter(|hint| hint.contains(' ') && hint.contains(char::is_alphabetic)) {
                rows.insert((shown(&message(&code[..at])), shown(hint)));
            }
        }
    }
}

/// The literals that a constant or a variable of this name is made from.
fn named(code: &str, name: &str) -> Vec<String> {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let begins = [format!("let {name} = "), format!("const {name}: &str = ")];
    let at = begins.iter().find_map(|begin| code.find(begin.as_str()).map(|at| at + begin.len())).filter(|_| plain);
    at.map(|at| literals(code[at..].split(";\n").next().unwrap_or_default())).unwrap_or_default()
}

/// The text of a call up to its closing parenthesis.
fn argument(code: &str) -> &str {
    let (mut depth, mut quoted, mut escaped) = (1, false, false);
    for (i, c) in code.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return &code[..i];
                }
            }
            _ => {}
        }
    }
    code
}

/// The string literals of a piece of code.
fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut current: Option<String> = None;
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        match (&mut current, c) {
            (Some(text), '\\') => match chars.next() {
                Some('n') => text.push(' '),
                // A line that goes on.
                Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
                Some(other) => text.push(other),
                None => {}
            },
            (Some(_), '"') => found.extend(current.take()),
            (Some(text), other) => text.push(other),
            (None, '"') => current = Some(String::new()),
            (None, _) => {}
        }
    }
    found
}

/// The message before a hint: the first literal of the nearest call that says something.
fn message(before: &str) -> String {
    let start = before.char_indices().rev().nth(900).map_or(0, |(i, _)| i);
    let near = &before[start..];
    let nearest = SAYS.iter().filter_map(|word| near.rfind(word).map(|at| at + word.len())).max();
    nearest.and_then(|at| literals(argument(&near[at..])).into_iter().next()).unwrap_or_default()
}

/// A literal of the source as the reader sees it: what is filled in stands as `…`.
fn shown(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' if chars.peek() == Some(&'{') => out.extend(chars.next()),
            '{' => {
                depth += 1;
                out.push('…');
            }
            '}' if depth > 0 => depth -= 1,
            '}' => {
                chars.next_if_eq(&'}');
                out.push('}');
            }
            _ if depth > 0 => {}
            other => out.push(other),
        }
    }
    out
}
