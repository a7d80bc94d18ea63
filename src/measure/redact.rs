//! What is never to leave this machine: the user's own patterns, home folders, host and user names.

use serde_json::Value;

use super::secrets::{HIDDEN, hide_secrets_in};

/// A pattern whose matches are hidden: `*` stands for any text within a word, `?` for one character of it; all else for
/// itself. A word ends at white space, a quote or a backslash, so that what surrounds it stays whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redaction(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    One,
    Any,
}

/// The longest text that one `*` covers, so that long lines stay cheap.
const REACH: usize = 1024;

impl Redaction {
    /// The pattern with this text; `None` where it has nothing but stars, which would hide all.
    pub fn new(pattern: &str) -> Option<Self> {
        let mut parts: Vec<Part> = Vec::new();
        for c in pattern.chars() {
            match (c, parts.last_mut()) {
                ('*', Some(Part::Any)) => {}
                ('*', _) => parts.push(Part::Any),
                ('?', _) => parts.push(Part::One),
                (c, Some(Part::Text(text))) => text.push(c),
                (c, _) => parts.push(Part::Text(c.to_string())),
            }
        }
        parts.iter().any(|part| matches!(part, Part::Text(_))).then_some(Self(parts))
    }

    fn apply(&self, text: &str) -> String {
        // A star in front only widens a match to the left; the rest begins the search.
        let (widen, parts) = match self.0.split_first() {
            Some((Part::Any, rest)) => (true, rest),
            _ => (false, self.0.as_slice()),
        };
        let mut out = String::new();
        let (mut done, mut at) = (0, 0);
        while at < text.len() {
            // A match can begin only where its first text does.
            if let Some(Part::Text(first)) = parts.first() {
                match text[at..].find(first.as_str()) {
                    Some(next) => at += next,
                    None => break,
                }
            }
            match matched(parts, &text[at..]).filter(|n| *n > 0) {
                Some(length) => {
                    let start = if widen { word_start(text, done, at) } else { at };
                    out.push_str(&text[done..start]);
                    out.push_str(HIDDEN);
                    at += length;
                    done = at;
                }
                // What a star cannot reach from here, it cannot reach from further on in the same word.
                None => match word_length(&text[at..]) {
                    Some(word) if matches!(parts, [Part::Text(_), Part::Any, ..]) && word > 0 => at += word,
                    _ => at += text[at..].chars().next().map_or(1, char::len_utf8),
                },
            }
        }
        out.push_str(&text[done..]);
        out
    }
}

fn in_word(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '"' | '\'' | '`' | '\\')
}

/// The bytes up to the end of the word; `None` where it lies out of reach.
fn word_length(text: &str) -> Option<usize> {
    let end = text.char_indices().take(REACH).find(|(_, c)| !in_word(*c));
    end.map(|(i, _)| i).or_else(|| (text.len() < REACH).then_some(text.len()))
}

fn word_start(text: &str, from: usize, at: usize) -> usize {
    let before = text[from..at].char_indices().rev().take(REACH).take_while(|(_, c)| in_word(*c));
    before.last().map_or(at, |(i, _)| from + i)
}

/// The length of the longest match at the beginning of `text`.
fn matched(parts: &[Part], text: &str) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else { return Some(0) };
    match part {
        Part::Text(own) => Some(own.len() + matched(rest, text.strip_prefix(own.as_str())?)?),
        Part::One => {
            let c = text.chars().next().filter(|c| in_word(*c))?;
            Some(c.len_utf8() + matched(rest, &text[c.len_utf8()..])?)
        }
        Part::Any => {
            let word: usize = text.chars().take(REACH).take_while(|c| in_word(*c)).map(char::len_utf8).sum();
            let Some(Part::Text(next)) = rest.first() else {
                return (0..=word)
                    .rev()
                    .filter(|n| text.is_char_boundary(*n))
                    .find_map(|n| Some(n + matched(rest, &text[n..])?));
            };
            // Only where the following text stands, the last one first.
            let reach = (word + next.len()).min(text.len());
            let reach = (reach..=text.len()).find(|n| text.is_char_boundary(*n))?;
            text[..reach]
                .rmatch_indices(next.as_str())
                .filter(|(n, _)| *n <= word)
                .find_map(|(n, _)| Some(n + matched(rest, &text[n..])?))
        }
    }
}

/// The text with every match of every pattern as `***`.
pub fn redact(text: &str, patterns: &[Redaction]) -> String {
    patterns.iter().fold(text.to_owned(), |text, pattern| pattern.apply(&text))
}

/// Puts every string of a JSON value, keys of objects included, through `clean`.
pub fn redact_value(value: &mut Value, clean: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = clean(text),
        Value::Array(items) => items.iter_mut().for_each(|item| redact_value(item, clean)),
        Value::Object(map) => {
            for (key, mut item) in std::mem::take(map) {
                redact_value(&mut item, clean);
                map.insert(clean(&key), item);
            }
        }
        _ => {}
    }
}

/// What a command line must not say, besides secrets.
#[derive(Clone, Debug, Default)]
pub struct Private {
    /// The user's home folder, which becomes `~`.
    pub home: Option<String>,
    /// The host's name, hidden where it is a word of its own; of `a.b.c` also `a` alone.
    pub host: Option<String>,
    /// The user's login name, hidden where it is a word of its own; names that many machines have (`root`, `runner`) tell
    /// nothing and stay.
    pub user: Option<String>,
    /// The user's own patterns (`--redact`).
    pub patterns: Vec<Redaction>,
}

impl Private {
    /// The text without secrets ([`hide_secrets_in`]), home folders (this user's, and any of `/home`, `/Users`,
    /// `C:\Users`), the names of host and user, and what the patterns match.
    pub fn clean(&self, text: &str) -> String {
        let mut text = self.without_home(&hide_secrets_in(text));
        for homes in ["/home/", "/Users/", r"C:\Users\"] {
            text = replace_path(&text, homes, "~", true);
        }
        let host = self.host.as_deref().unwrap_or_default();
        let short = host.split('.').next().unwrap_or_default();
        let user = self.user.as_deref().filter(|user| !COMMON.contains(user)).unwrap_or_default();
        for name in [host, short, user].into_iter().filter(|name| name.len() > 2 && *name != "localhost") {
            text = replace_word(&text, name);
        }
        redact(&text, &self.patterns)
    }

    /// The text with this user's home folder as `~`, else as it is.
    pub fn without_home(&self, text: &str) -> String {
        match self.home.as_deref().map(|home| home.trim_end_matches(['/', '\\'])).filter(|home| home.len() > 1) {
            Some(home) => replace_path(text, home, "~", false),
            None => text.to_owned(),
        }
    }
}

/// Login names that tell nobody, and words that commands need.
const COMMON: &[&str] = &[
    "admin",
    "azureuser",
    "bench",
    "build",
    "builder",
    "centos",
    "circleci",
    "debian",
    "dev",
    "docker",
    "ec2-user",
    "git",
    "github",
    "gitlab-runner",
    "jenkins",
    "node",
    "nobody",
    "python",
    "root",
    "runner",
    "runneradmin",
    "rust",
    "test",
    "ubuntu",
    "user",
    "vscode",
    "work",
];

/// Replaces a folder where it begins a path and ends at a separator; with `one_more` also the name that follows it.
fn replace_path(text: &str, folder: &str, by: &str, one_more: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(folder) {
        let (before, found) = rest.split_at(at);
        let after = &found[folder.len()..];
        let name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
        let length = if one_more { after.find(|c| !name(c)).unwrap_or(after.len()) } else { 0 };
        let begins = !before.chars().next_back().or_else(|| out.chars().next_back()).is_some_and(name);
        let ends = one_more || !after.chars().next().is_some_and(name);
        out.push_str(before);
        if begins && ends && (length > 0 || !one_more) {
            out.push_str(by);
            rest = &after[length..];
        } else {
            out.push_str(folder);
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

fn replace_word(text: &str, word: &str) -> String {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let after = &rest[at + word.len()..];
        let before = rest[..at].chars().next_back().or_else(|| out.chars().next_back());
        out.push_str(&rest[..at]);
        out.push_str(if part(before) || part(after.chars().next()) { word } else { HIDDEN });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_hide_within_a_word() {
        for (pattern, text, want) in [
            ("acme", "an acme acmeacme", "an *** ******"),
            ("id-*", "x id-12/3 y", "x *** y"),
            ("*.internal", "http://db.internal/x or a.internal", "***/x or ***"),
            ("k=*;", "k=1;2; k=3", "*** k=3"),
            ("a?c", "abc a c äc", "*** a c äc"),
            ("*x*", r#"{"a":"one x1","b":"n"}"#, r#"{"a":"one ***","b":"n"}"#),
            ("ö*", "größe", "gr***"),
            ("a*b*c", "aab aabbc c", "aab *** c"),
            ("a*b", "aaa ab", "aaa ***"),
        ] {
            assert_eq!(redact(text, &[Redaction::new(pattern).unwrap()]), want, "{pattern}");
        }
        assert_eq!(Redaction::new("**"), None);
        let long = "a".repeat(1 << 20);
        assert_eq!(redact(&long, &[Redaction::new("b*c").unwrap()]), long);
    }

    #[test]
    fn a_value_is_cleaned_keys_and_all() {
        let mut value = serde_json::json!({"b": ["acme 1", 2], "acme": {"x": null}});
        let patterns = [Redaction::new("acme").unwrap()];
        redact_value(&mut value, &|text| redact(text, &patterns));
        assert_eq!(value.to_string(), r#"{"b":["*** 1",2],"***":{"x":null}}"#);
    }

    #[test]
    fn homes_and_hosts_do_not_leave() {
        let some = |text: &str| Some(text.to_owned());
        let private =
            Private { home: some("/data/alice/"), host: some("lab-7"), user: some("alice"), ..Private::default() };
        for (text, want) in [
            ("cat /data/alice/x /data/alice2/y", "cat ~/x /data/alice2/y"),
            ("python /home/bob/p.py --out=/Users/eve", "python ~/p.py --out=~"),
            (r"C:\Users\bob\x.exe", r"~\x.exe"),
            ("/mnt/home/x", "/mnt~"),
            ("ping lab-7 lab-70 http://lab-7:80/", "ping *** lab-70 http://***:80/"),
            ("x --token=1", "x --token=***"),
            ("x /tmp/of/alice/y alices", "x /tmp/of/***/y alices"),
        ] {
            if text != "/mnt/home/x" {
                assert_eq!(private.clean(text), want);
            }
        }
        assert_eq!(private.clean("/mnt/home/x"), "/mnt/home/x");
    }
}
