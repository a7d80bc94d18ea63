//! Globs on names of benchmarks, metrics and environments.

use wildmatch::WildMatch;

/// A glob: `*` stands for any text, also across `/`, `?` for one character; brackets mean themselves, since names hold
/// parameters (`matmul[dtype=fp16]`). A pattern without either matches the name itself.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    glob: WildMatch,
}

impl Pattern {
    /// The pattern with this text; every text is a valid pattern.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), glob: WildMatch::new(text) }
    }

    /// The text it was made from.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole name fits.
    pub fn matches(&self, name: &str) -> bool {
        self.glob.matches(name)
    }
}
