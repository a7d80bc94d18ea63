//! Where a store is (its URL) and which keys may be asked of it.

use std::path::PathBuf;

use crate::error::{Error, Result};

/// How a store is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    File,
    S3,
    Gs,
    Az,
}

impl Scheme {
    /// As it stands in a URL.
    #[cfg(not(feature = "clouds"))]
    pub fn name(self) -> &'static str {
        match self {
            Scheme::File => "file",
            Scheme::S3 => "s3",
            Scheme::Gs => "gs",
            Scheme::Az => "az",
        }
    }
}

/// A store's URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub scheme: Scheme,
    /// Bucket or container; empty for a folder.
    pub bucket: String,
    /// Without slashes at its ends; empty where there is none.
    pub prefix: String,
    /// The folder, for `file://` only.
    pub folder: PathBuf,
}

const FORMS: &str = "use s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX or file:///FOLDER";

impl Place {
    /// Takes a store's URL apart. It holds no credentials, no query and no host but the bucket's name.
    pub fn parse(url: &str) -> Result<Self> {
        let shown = show_url(url);
        let bad = |why: &str| Error::usage(format!("the store's url '{shown}' {why}")).hint(FORMS);
        if url.chars().any(char::is_control) {
            return Err(bad("has control characters in it"));
        }
        let Some((scheme, rest)) = url.split_once("://") else { return Err(bad("names no scheme")) };
        let scheme = match scheme {
            "file" => Scheme::File,
            "s3" => Scheme::S3,
            "gs" => Scheme::Gs,
            "az" => Scheme::Az,
            _ => return Err(bad("has a scheme that is not known here")),
        };
        if scheme == Scheme::File {
            let path = rest.strip_prefix("localhost").filter(|r| r.starts_with('/')).unwrap_or(rest);
            let path = unescape(path).ok_or_else(|| bad("is no path in UTF-8"))?;
            // file:///C:/folder means C:/folder.
            let path = match path.as_bytes() {
                [b'/', drive, b':', ..] if cfg!(windows) && drive.is_ascii_alphabetic() => path[1..].to_owned(),
                _ => path,
            };
            let folder = PathBuf::from(&path);
            if !folder.is_absolute() {
                return Err(bad("is no absolute path (three slashes: file:///folder)"));
            }
            return Ok(Self { scheme, bucket: String::new(), prefix: String::new(), folder });
        }
        if rest.contains('@') {
            return Err(bad("must not carry an account or credentials").hint(
                "credentials come from the environment; set the account by 'git config bench.store.NAME.account'",
            ));
        }
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(bad("names no bucket"));
        }
        if !bucket.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) {
            return Err(bad("has a bucket that is no plain name"));
        }
        let prefix = prefix.trim_end_matches('/').to_owned();
        if !prefix.is_empty() {
            check_key(&prefix).map_err(|e| bad(&format!("has a bad prefix: {}", e.message)))?;
        }
        Ok(Self { scheme, bucket: bucket.to_owned(), prefix, folder: PathBuf::new() })
    }
}

/// A URL as it may be shown: what stands before an `@`, and a query, are left out, control characters too.
pub(super) fn show_url(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(s, r)| (s, r));
    let rest = rest.rsplit_once('@').map_or(rest, |(_, r)| r);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let text = if scheme.is_empty() { rest.to_owned() } else { format!("{scheme}://{rest}") };
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// `%41` to `A`; `None` where the bytes are no UTF-8 or hold a NUL. A lone `%` stays.
fn unescape(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = bytes.get(i + 1..i + 3).filter(|h| h.iter().all(u8::is_ascii_hexdigit));
        match (bytes[i], hex.and_then(|h| std::str::from_utf8(h).ok())) {
            (b'%', Some(hex)) => {
                out.push(u8::from_str_radix(hex, 16).ok()?);
                i += 3;
            }
            (byte, _) => {
                out.push(byte);
                i += 1;
            }
        }
    }
    String::from_utf8(out).ok().filter(|s| !s.chars().any(char::is_control))
}

/// Whether a store can have this URL.
///
/// # Errors
/// Usage: it has another form, or carries credentials; they are not repeated.
pub fn check_url(url: &str) -> Result<()> {
    Place::parse(url).map(drop)
}

/// The folder that a `file://` URL means; `None` for every other URL.
pub fn folder_of(url: &str) -> Option<PathBuf> {
    Place::parse(url).ok().filter(|place| place.scheme == Scheme::File).map(|place| place.folder)
}

/// The `file://` URL of a folder; everything but plain characters escaped.
pub fn folder_url(path: &std::path::Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut url = String::from(if text.starts_with('/') { "file://" } else { "file:///" });
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-~:+,=@".contains(&byte) {
            url.push(byte as char);
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

/// Names that begin so are half-written files of a folder store; no key may.
pub(super) const TEMPORARY: &str = ".tmp-";

/// Refuses a key that is not a plain relative path: the keys of notes are other people's words.
///
/// Relative, at most 900 bytes, no empty part, no `.` or `..`, no backslash, no control or direction-changing character,
/// no drive, no part that begins with `.tmp-`.
pub fn check_key(key: &str) -> Result<()> {
    let bad = |why: &str| {
        let shown: String = key.chars().flat_map(char::escape_debug).take(200).collect();
        Err(Error::data(format!("the key '{shown}' {why}"))
            .because(super::Cause { fault: super::Fault::Refused, said: "a key is a plain relative path".into() }))
    };
    if key.is_empty() {
        return bad("is empty");
    }
    if key.len() > 900 {
        return bad("is longer than 900 bytes");
    }
    if key.contains("://") {
        return bad("names a store of its own");
    }
    if key.starts_with('/') {
        return bad("is an absolute path");
    }
    if key.contains('\\') {
        return bad("has a backslash in it");
    }
    if matches!(key.as_bytes(), [drive, b':', ..] if drive.is_ascii_alphabetic()) {
        return bad("is an absolute path");
    }
    if key.chars().any(|c| c.is_control() || is_direction(c)) {
        return bad("has control characters in it");
    }
    for part in key.split('/') {
        match part {
            "" => return bad("has an empty part"),
            "." | ".." => return bad("leaves its place by '.' or '..'"),
            _ if part.starts_with(TEMPORARY) => return bad("has the name of a half-written file"),
            _ => {}
        }
    }
    Ok(())
}

/// Characters that change the direction of text or have no width: they make a name look like another.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let place = Place::parse("s3://bench/team/a/").unwrap();
        assert_eq!((place.scheme, &*place.bucket, &*place.prefix), (Scheme::S3, "bench", "team/a"));
        assert_eq!(Place::parse("az://c").unwrap().prefix, "");
        assert_eq!(Place::parse("file:///a%20b/c%").unwrap().folder, PathBuf::from("/a b/c%"));
        assert_eq!(Place::parse("file://localhost/x").unwrap().folder, PathBuf::from("/x"));
        let folder = std::path::Path::new("/a b/ü%20#?");
        assert_eq!(Place::parse(&folder_url(folder)).unwrap().folder, folder);
    }

    #[test]
    fn bad_urls_are_refused_without_what_they_carry() {
        for url in [
            "bucket",
            "ftp://x",
            "https://x/y",
            "s3://",
            "s3:///p",
            "s3://AKIA:hunter2@bucket/p",
            "s3://b?token=hunter2",
            "s3://b/../c",
            "s3://b//c",
            "file://relative",
            "file:relative",
            "gs://a\nb",
        ] {
            let error = Place::parse(url).unwrap_err();
            assert_eq!(error.kind, crate::error::Kind::Usage, "{url}");
            assert!(!error.message.contains("hunter2"), "{}", error.message);
            assert!(error.message.contains('\''), "{}", error.message);
        }
    }

    #[test]
    fn hostile_keys_are_refused_by_name() {
        for key in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a/./b",
            "a//b",
            "a/",
            "a\\..\\b",
            "C:/x",
            "s3://other/k",
            "a\nb",
            "a\u{0}b",
            "a/\u{202e}gnp.exe",
            "a/.tmp-1",
            "https://evil/x",
        ] {
            let error = check_key(key).unwrap_err();
            assert!(error.message.starts_with("the key '"), "{}", error.message);
            assert!(!error.message.chars().any(char::is_control));
        }
        for key in ["daily/2024-01-15/x.json", "ü/b c.json", "a..b/c...", "ab:c/d", ".hidden"] {
            check_key(key).unwrap();
        }
        assert!(check_key(&"x".repeat(901)).is_err());
    }
}
