//! Which reader an input belongs to.

use super::{IMPORTERS, Importer, Input, ReadOptions};
use crate::model::Run;
use crate::{Error, Result};

/// The reader with this name.
///
/// # Errors
/// [`crate::Kind::Usage`] with the nearest name where there is none.
pub fn importer(name: &str) -> Result<&'static dyn Importer> {
    IMPORTERS.iter().copied().find(|i| i.name() == name).ok_or_else(|| {
        Error::usage(format!("unknown format '{name}'")).hint("git bench formats lists what 'record' reads")
    })
}

/// The one reader that claims the input.
///
/// # Errors
/// [`crate::Kind::Data`] where none does, or more than one (both are named).
pub fn detect(input: &Input) -> Result<&'static dyn Importer> {
    let claims: Vec<_> = IMPORTERS.iter().copied().filter(|i| i.claims(input)).collect();
    match claims[..] {
        [one] => Ok(one),
        [] => Err(unclaimed(input)),
        _ => {
            let names: Vec<_> = claims.iter().map(|i| format!("'{}'", i.name())).collect();
            Err(Error::data(format!("'{}' could be {}", input.name(), names.join(" or ")))
                .hint(format!("say which: git bench record --from {} ...", claims[0].name())))
        }
    }
}

fn unclaimed(input: &Input) -> Error {
    let name = input.name();
    let why = if input.is_folder() {
        if input.entries().is_empty() { "the folder is empty" } else { "no reader knows this folder" }
    } else if input.bytes().trim_ascii().is_empty() {
        "it is empty"
    } else if input.text().is_none() {
        "it is binary"
    } else if matches!(input.bytes().trim_ascii().first(), Some(b'{' | b'['))
        && input.json().is_none()
        && input.json_lines().is_none()
    {
        "it looks like JSON, but is broken or cut short"
    } else {
        "no reader claims it"
    };
    Error::data(format!("cannot read '{name}': {why}"))
        .hint("git bench formats lists what 'record' reads; any script can write the format 'git-bench'")
}

/// Reads an input with the reader called `from`, or the one that claims it, and returns it with the runs found.
///
/// # Errors
/// Those of [`importer`], [`detect`] and [`Importer::read`]; [`crate::Kind::Data`] where nothing was measured.
pub fn read(input: &Input, from: Option<&str>, options: &ReadOptions) -> Result<(&'static dyn Importer, Vec<Run>)> {
    let reader = match from {
        Some(name) => {
            let reader = importer(name)?;
            if reader.unasked() && !reader.claims(input) {
                let known = match detect(input) {
                    Ok(other) => format!("it looks like '{}'", other.name()),
                    Err(error) => error.message,
                };
                return Err(Error::data(format!("'{}' is no {name}: {known}", input.name()))
                    .hint("leave out '--from' to let git bench detect the format"));
            }
            reader
        }
        None => detect(input)?,
    };
    let runs = reader.read(input, options)?;
    if runs.iter().all(|run| run.measurements.is_empty() && run.tests.is_none()) {
        return Err(Error::data(format!("'{}' ({}) holds no benchmark and no test", input.name(), reader.name()))
            .hint("did the harness run anything? look at the file; nothing was recorded"));
    }
    Ok((reader, runs))
}
