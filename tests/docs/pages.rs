//! The pages, with their links, headings and the commands that they show.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the source tree.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file below the root.
pub fn text_of(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("cannot read '{path}': {e}"))
}

/// A page of the documentation.
pub struct Page {
    /// Path below the root.
    pub path: String,
    text: String,
}

/// README and its like, and everything in `docs/`.
pub fn pages() -> Vec<Page> {
    let mut paths: Vec<String> = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_owned).into();
    collect(&root().join("docs"), &mut paths);
    paths.sort();
    paths.iter().map(|path| Page::read(path)).collect()
}

fn collect(folder: &Path, paths: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("docs/ can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|e| e == "md") {
            let below = path.strip_prefix(root()).expect("it lies below the root");
            paths.push(below.to_string_lossy().replace('\\', "/"));
        }
    }
}

/// A fenced block of code.
pub struct Block {
    /// Where it begins.
    pub line: usize,
    /// What it is said to be; empty where nothing is said.
    pub language: String,
    /// What stands in it.
    pub text: String,
    indent: usize,
}

impl Page {
    pub fn read(path: &str) -> Self {
        Self { path: path.to_owned(), text: text_of(path) }
    }

    /// A relative path as seen from this page, below the root.
    pub fn beside(&self, target: &str) -> String {
        let mut parts: Vec<&str> = self.path.split('/').collect();
        parts.pop();
        for part in target.split('/') {
            match part {
                ".." => drop(parts.pop()),
                "." | "" => {}
                other => parts.push(other),
            }
        }
        parts.join("/")
    }

    /// Lines outside of fences, with their number.
    fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().filter(|(_, _, fenced)| !fenced).map(|(number, line, _)| (number, line))
    }

    /// Number, line, and whether it stands in a fence.
    fn lines(&self) -> impl Iterator<Item = (usize, &str, bool)> {
        let mut fenced = false;
        self.text.lines().enumerate().map(move |(i, line)| {
            let fence = line.trim_start().starts_with("```");
            let inside = fenced || fence;
            fenced ^= fence;
            (i + 1, line, inside)
        })
    }

    /// The fenced blocks of code.
    pub fn blocks(&self) -> Vec<Block> {
        let mut found: Vec<Block> = Vec::new();
        let mut open = false;
        for (number, line, fenced) in self.lines() {
            match line.trim_start().strip_prefix("```") {
                Some(language) if !open => {
                    let indent = line.len() - line.trim_start().len();
                    let language = language.split([',', ' ']).next().unwrap_or_default().to_owned();
                    found.push(Block { line: number, language, text: String::new(), indent });
                    open = true;
                }
                Some(_) => open = false,
                None => {
                    if let Some(block) = found.last_mut().filter(|_| fenced) {
                        block.text.push_str(line.get(block.indent.min(line.len())..).unwrap_or(line));
                        block.text.push('\n');
                    }
                }
            }
        }
        found
    }

    /// Targets of links, with the line that they stand in.
    pub fn links(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (number, line) in self.prose() {
            // What stands in backticks is no link.
            let plain: String = line.split('`').step_by(2).collect::<Vec<_>>().join("");
            for rest in plain.split("](").skip(1) {
                if let Some((target, _)) = rest.split_once(')') {
                    found.push((number, target.to_owned()));
                }
            }
        }
        found
    }

    /// Headings as their anchors.
    pub fn headings(&self) -> Vec<String> {
        self.prose()
            .filter(|(_, line)| line.starts_with('#'))
            .map(|(_, line)| line.trim_start_matches('#').trim())
            .map(|heading| {
                let lower = heading.to_lowercase();
                lower
                    .chars()
                    .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                    .map(|c| if c == ' ' { '-' } else { c })
                    .collect()
            })
            .collect()
    }

    /// The words behind every `git bench` in fences and in spans of code, with the line that they stand in.
    pub fn commands(&self) -> Vec<(usize, Vec<String>)> {
        let mut found = Vec::new();
        for (number, line, fenced) in self.lines() {
            if fenced {
                found.extend(calls(line).into_iter().map(|words| (number, words)));
            } else {
                for span in line.split('`').skip(1).step_by(2) {
                    found.extend(calls(span).into_iter().map(|words| (number, words)));
                }
            }
        }
        found
    }
}

/// The calls in a line of shell, or in a sentence of the program.
pub fn calls(line: &str) -> Vec<Vec<String>> {
    let begins = line.trim_start().trim_start_matches("$ ").starts_with("git-bench ");
    let line = if begins { line.replacen("git-bench ", "git bench ", 1) } else { line.to_owned() };
    let mut found = Vec::new();
    for rest in line.split("git bench ").skip(1) {
        let end = rest.find(['|', ';', '&', '#', '\'', '"', ')', '`', '>', '$', ',', ':']).unwrap_or(rest.len());
        let words: Vec<String> = rest[..end].split_whitespace().map(str::to_owned).collect();
        let word = |w: &String| w.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-');
        if words.first().is_some_and(word) {
            found.push(words);
        }
    }
    found
}
