//! Which names may stand in a policy or a command.

use crate::error::{Error, Result};

fn bad(what: &str, name: &str, why: &str) -> Error {
    let shown: String = name.chars().flat_map(char::escape_debug).take(100).collect();
    Error::usage(format!("'{shown}' is no {what}: {why}"))
}

pub(super) fn bucket(name: &str) -> Result<()> {
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
    let ends = [name.bytes().next(), name.bytes().last()];
    let ends = ends.iter().all(|end| end.is_some_and(|b| b.is_ascii_alphanumeric()));
    if (3..=222).contains(&name.len()) && plain && ends && !name.contains("..") {
        return Ok(());
    }
    Err(bad("bucket", name, "at least 3 of a-z 0-9 . _ -, a letter or digit at both ends"))
}

pub(super) fn prefix(name: &str) -> Result<()> {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-=/".contains(&b));
    let parts = name.is_empty() || name.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if name.len() <= 500 && plain && parts {
        return Ok(());
    }
    Err(bad("prefix", name, "folders of A-Z a-z 0-9 . _ - =, with one slash between"))
}

pub(super) fn member(name: &str) -> Result<()> {
    let kinds = ["user", "group", "serviceAccount", "domain", "principal", "principalSet"];
    let plain = |rest: &str| rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"@._+-/:%".contains(&b));
    match name.split_once(':') {
        Some((kind, rest)) if kinds.contains(&kind) && !rest.is_empty() && plain(rest) => Ok(()),
        _ => Err(bad("member", name, "user:NAME@HOST, group:..., serviceAccount:..., domain:... or principal:...")),
    }
}

pub(super) fn project(name: &str) -> Result<()> {
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".:-".contains(&b));
    if plain && name.bytes().next().is_some_and(|b| b.is_ascii_lowercase()) {
        return Ok(());
    }
    Err(bad("project", name, "letters a-z, digits and '-', a letter first"))
}
