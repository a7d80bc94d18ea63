//! The Rust files of the package, and their code without comments, literals and tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// One file below `src`.
pub struct Source {
    /// Its path below `src`, `git/notes.rs`.
    pub path: String,
    /// Its bytes as text.
    pub text: String,
    /// The same length of text with comments, literals and `#[cfg(test)]` items blanked; empty in a file of tests.
    pub code: String,
}

impl Source {
    /// The module it belongs to: `git` of `git/notes.rs`, `error` of `error.rs`.
    pub fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// Whether it belongs to the library, not to the program.
    pub fn is_core(&self) -> bool {
        !matches!(self.module(), "main" | "cli")
    }

    /// The number of a byte's line.
    pub fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    /// Where a word stands in the code: not as part of another word, nor as the end of a path.
    pub fn words<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        let of_name = |c: char| c.is_alphanumeric() || c == '_';
        self.code.match_indices(word).map(|(at, _)| at).filter(move |at| {
            let before = &self.code[..*at];
            let after = &self.code[at + word.len()..];
            let part_of_a_path = before.ends_with(of_name) || before.ends_with("::") || before.ends_with('.');
            let goes_on = word.ends_with(of_name) && after.starts_with(of_name);
            !part_of_a_path && !goes_on
        })
    }
}

static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(read);

/// All Rust files below `src`, by path.
pub fn sources() -> &'static [Source] {
    &SOURCES
}

fn read() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let texts: Vec<(String, String)> = files
        .iter()
        .map(|file| {
            let path = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            (path, fs::read_to_string(file).unwrap())
        })
        .collect();
    let of_tests: Vec<String> = texts.iter().flat_map(|(path, text)| test_files(path, text)).collect();
    texts
        .into_iter()
        .map(|(path, text)| {
            let code = if of_tests.contains(&path) { String::new() } else { without_tests(&blanked(&text)) };
            Source { path, text, code }
        })
        .collect()
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// The files that a file declares as `#[cfg(test)] mod NAME;`.
fn test_files(path: &str, text: &str) -> Vec<String> {
    let folder = match path.rsplit_once('/') {
        Some((folder, "mod.rs")) => format!("{folder}/"),
        Some((folder, file)) => format!("{folder}/{}/", file.trim_end_matches(".rs")),
        None => String::new(),
    };
    let mut found = Vec::new();
    let mut lines = text.lines().map(str::trim).skip_while(|line| *line != "#[cfg(test)]");
    while let Some(line) = lines.next() {
        if line != "#[cfg(test)]" {
            continue;
        }
        let mut next = lines.next().unwrap_or_default();
        // `#[path = "..."]` names the file itself, beside this one.
        if let Some(named) = next.strip_prefix("#[path = \"").and_then(|l| l.strip_suffix("\"]")) {
            let beside = path.rsplit_once('/').map(|(f, _)| format!("{f}/")).unwrap_or_default();
            found.push(format!("{beside}{named}"));
            next = lines.next().unwrap_or_default();
        }
        if let Some(name) = next.strip_prefix("mod ").and_then(|l| l.strip_suffix(';')) {
            found.extend([format!("{folder}{name}.rs"), format!("{folder}{name}/mod.rs")]);
        }
    }
    found
}

/// The text with comments and the insides of literals made blank, newlines kept.
fn blanked(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at);
        match end {
            Some(end) => {
                out[at..end].iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
                at = end;
            }
            None => at += 1,
        }
    }
    // Every byte of a multi-byte character stands in a comment or literal, or all of them do not.
    String::from_utf8(out).unwrap()
}

/// Where the comment or literal ends that begins here; `None` where none does.
fn literal_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at..];
    let after = |n: usize| (at + n).min(bytes.len());
    let find = |from: usize, what: &[u8]| {
        let tail = &bytes[after(from)..];
        tail.windows(what.len()).position(|w| w == what).map_or(bytes.len(), |n| after(from) + n + what.len())
    };
    if rest.starts_with(b"//") {
        return Some(rest.iter().position(|b| *b == b'\n').map_or(bytes.len(), |n| at + n));
    }
    if rest.starts_with(b"/*") {
        return Some(find(2, b"*/"));
    }
    let in_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    let prefix = match rest {
        [b'b', b'r', ..] if !in_word => 2,
        [b'r' | b'b', ..] if !in_word => 1,
        _ => 0,
    };
    let hashes = rest[prefix..].iter().take_while(|b| **b == b'#').count();
    let raw = prefix > 0 && rest[prefix - 1] == b'r';
    if raw && rest.get(prefix + hashes) == Some(&b'"') {
        let close: Vec<u8> = [b'"'].into_iter().chain(std::iter::repeat_n(b'#', hashes)).collect();
        return Some(find(prefix + hashes + 1, &close));
    }
    match rest.get(if raw { 0 } else { prefix }) {
        Some(b'"') => quoted_end(bytes, at + prefix + 1, b'"'),
        // A lifetime has no closing quote two or a few bytes on.
        Some(b'\'') => match &rest[prefix + 1..] {
            [b'\\', ..] => quoted_end(bytes, at + prefix + 1, b'\''),
            tail => (1..=4)
                .find(|n| tail.get(*n) == Some(&b'\''))
                .filter(|n| is_char(&tail[..*n]))
                .map(|n| after(prefix + 2 + n)),
        },
        _ => None,
    }
}

fn is_char(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().count() == 1)
}

fn quoted_end(bytes: &[u8], mut at: usize, quote: u8) -> Option<usize> {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b if b == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
    Some(bytes.len())
}

/// The code without items that stand behind `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::new();
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        out.push_str(&rest[..at]);
        let item = &rest[at..];
        let end = item_end(item);
        out.extend(item[..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &item[end..];
    }
    out.push_str(rest);
    out
}

/// Where an item ends: at its first `;`, or at the brace that closes its first one.
fn item_end(item: &str) -> usize {
    let mut depth = 0;
    for (at, c) in item.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    item.len()
}
