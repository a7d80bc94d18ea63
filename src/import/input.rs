//! One input of a reader, with its parsed forms computed once and shared by all that look at it.

use std::cell::{OnceCell, RefCell};
use std::io;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::json;
use crate::model::parallel::by_all;
use crate::{Error, Result};

/// Inputs over this size are refused with a clear word, in bytes.
pub const MAX_INPUT: u64 = 512 * 1024 * 1024;

/// One file of a folder: its path below the folder with `/`, and when it was last changed.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Relative path with `/` between the parts.
    pub path: String,
    /// Seconds since 1970, where the system says.
    pub modified: Option<i64>,
}

type Reader = Box<dyn Fn(&str) -> io::Result<Vec<u8>>>;

enum Content {
    File(Vec<u8>),
    Folder { entries: Vec<Entry>, read: Reader, digests: RefCell<Vec<(String, String)>> },
}

/// A file (or standard input), or a folder whose files are read when a reader asks for them.
pub struct Input {
    name: String,
    content: Content,
    json: OnceCell<Option<Value>>,
    lines: OnceCell<Option<Vec<Value>>>,
    text: OnceCell<Option<String>>,
}

impl Input {
    /// A file with these bytes; `name` is for messages only.
    pub fn file(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self::with(name.into(), Content::File(bytes))
    }

    /// A folder with these files, sorted by path here; `read` gets a relative path of one of them.
    pub fn folder(
        name: impl Into<String>,
        mut entries: Vec<Entry>,
        read: impl Fn(&str) -> io::Result<Vec<u8>> + 'static,
    ) -> Self {
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Self::with(name.into(), Content::Folder { entries, read: Box::new(read), digests: RefCell::default() })
    }

    fn with(name: String, content: Content) -> Self {
        Self { name, content, json: OnceCell::new(), lines: OnceCell::new(), text: OnceCell::new() }
    }

    /// The name for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes of a file; empty for a folder.
    pub fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::File(bytes) => bytes,
            Content::Folder { .. } => &[],
        }
    }

    /// The files of a folder, sorted by path; empty for a file.
    pub fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::File(_) => &[],
            Content::Folder { entries, .. } => entries,
        }
    }

    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        matches!(self.content, Content::Folder { .. })
    }

    /// Reads a file of the folder and counts it into the input digest.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where it cannot be read.
    pub fn read(&self, path: &str) -> Result<Vec<u8>> {
        let Content::Folder { read, digests, .. } = &self.content else {
            return Err(Error::data(format!("'{}' is a file, not a folder", self.name)));
        };
        let bytes =
            read(path).map_err(|e| Error::data(format!("cannot read '{path}' in '{}'", self.name)).because(e))?;
        let mut digests = digests.borrow_mut();
        if !digests.iter().any(|(known, _)| known == path) {
            digests.push((path.to_owned(), hex_digest(&bytes)));
        }
        Ok(bytes)
    }

    /// Looks into a file of the folder as JSON to judge what the folder is: not counted into the input digest.
    pub fn peek_json(&self, path: &str) -> Option<Value> {
        let Content::Folder { read, .. } = &self.content else { return None };
        json::parse(&read(path).ok()?).ok()
    }

    /// Reads a file of the folder as JSON, bare NaN and Infinity allowed (see [`json::parse`]).
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where it cannot be read or is no JSON.
    pub fn read_json(&self, path: &str) -> Result<Value> {
        let bytes = self.read(path)?;
        json::parse(&bytes).map_err(|e| Error::data(format!("'{path}' in '{}' is no valid JSON", self.name)).because(e))
    }

    /// The file as one JSON value, bare NaN and Infinity allowed (see [`json::parse`]); `None` where it is none.
    pub fn json(&self) -> Option<&Value> {
        self.json
            .get_or_init(|| {
                let bytes = json::trim(self.bytes());
                matches!(bytes.first(), Some(b'{' | b'[')).then(|| json::parse(bytes).ok()).flatten()
            })
            .as_ref()
    }

    /// The file as JSON lines: every line that begins with `{`, parsed; `None` where one of them is no JSON or there is
    /// none. Other lines (a harness's chatter) are passed over.
    pub fn json_lines(&self) -> Option<&[Value]> {
        let whole = json::trim(self.bytes());
        if whole.first() == Some(&b'{') && !whole.contains(&b'\n') {
            return self.json().map(std::slice::from_ref);
        }
        self.lines
            .get_or_init(|| {
                let lines = self.bytes().split(|b| *b == b'\n').map(json::trim).filter(|l| l.first() == Some(&b'{'));
                let parsed = by_all(lines.collect(), &|line| json::parse(line).ok());
                parsed.into_iter().collect::<Option<Vec<_>>>().filter(|values| !values.is_empty())
            })
            .as_deref()
    }

    /// The file as text without byte order mark, terminal colours and carriage returns; `None` where it holds NUL or is
    /// mostly no UTF-8 (single wrong bytes become U+FFFD; UTF-16 with a byte order mark is decoded).
    pub fn text(&self) -> Option<&str> {
        self.text.get_or_init(|| decode(self.bytes())).as_deref()
    }

    /// The input digest of formats.md: of a file the SHA-256 of its bytes; of a folder that of the sorted hex digests of
    /// the files read so far, one a line. 64 hex digits.
    pub fn digest(&self) -> String {
        match &self.content {
            Content::File(bytes) => hex_digest(bytes),
            Content::Folder { digests, .. } => {
                combined_digest(&digests.borrow().iter().map(|(_, digest)| digest.clone()).collect::<Vec<_>>())
            }
        }
    }

    /// The hex digests of the files behind [`Input::digest`], to combine several inputs of one run.
    pub fn digests(&self) -> Vec<String> {
        match &self.content {
            Content::File(bytes) => vec![hex_digest(bytes)],
            Content::Folder { digests, .. } => digests.borrow().iter().map(|(_, digest)| digest.clone()).collect(),
        }
    }
}

/// SHA-256 of bytes, 64 hex digits.
pub fn hex_digest(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('0');
    Sha256::digest(bytes).iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// The digest of several files: SHA-256 of their sorted hex digests, one a line.
pub fn combined_digest(digests: &[String]) -> String {
    let mut sorted = digests.to_vec();
    sorted.sort();
    hex_digest(sorted.iter().map(|d| format!("{d}\n")).collect::<String>().as_bytes())
}

fn decode(bytes: &[u8]) -> Option<String> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    let wrong = text.matches('\u{fffd}').count();
    if text.contains('\0') || wrong * 10 > text.len() {
        return None;
    }
    let text = if text.contains('\u{1b}') { strip_ansi(&text) } else { text };
    Some(if text.contains('\r') { text.replace('\r', "") } else { text })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units: Vec<u16> = bytes.as_chunks().0.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16_lossy(&units)
}

/// Removes terminal control sequences (CSI and OSC), as ECMA-48 has them.
pub fn strip_ansi(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('[') => while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
            Some(']') => {
                while let Some(c) = chars.next() {
                    if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_without_colours_and_marks() {
        assert_eq!(Input::file("a", b"\xef\xbb\xbf\x1b[1;32mok\x1b[0m\r\n".to_vec()).text(), Some("ok\n"));
        assert_eq!(Input::file("a", b"a\0b".to_vec()).text(), None);
        assert_eq!(strip_ansi("\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\ end"), "link end");
        assert_eq!(Input::file("a", b"\xff\xfea\0b\0".to_vec()).text(), Some("ab"));
    }

    #[test]
    fn a_folder_is_hashed_by_the_files_that_were_read() {
        let entries = ["b", "a", "c"].map(|path| Entry { path: path.into(), modified: None }).to_vec();
        let folder = Input::folder("f", entries, |path| Ok(path.as_bytes().to_vec()));
        folder.read("b").unwrap();
        folder.read("a").unwrap();
        folder.read("a").unwrap();
        assert_eq!(folder.digest(), combined_digest(&[hex_digest(b"a"), hex_digest(b"b")]));
    }
}
