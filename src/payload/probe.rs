//! What a store lets us do, asked by doing it.

use crate::error::{Error, Result};

use super::fault::{Fault, Trouble};
use super::transfer::Store;
use super::{Object, fault};

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The store answers, and the bucket is there.
    Reach,
    /// An object can be read.
    Read,
    /// An object can be written and removed.
    Write,
}

/// One thing tried, and what came of it.
#[derive(Debug)]
pub struct Probe {
    /// What.
    pub what: Check,
    /// What was found, in words, or why not.
    pub result: Result<String>,
}

/// Written and removed again; two that probe at once do not disturb each other.
const KEY: &str = "git-bench-doctor.json";

/// Writes, reads and removes one small object. A LIST is not asked: its errors say nothing, and its right is another.
pub(super) async fn probe(store: &Store) -> Vec<Probe> {
    let object = Object { key: KEY.into(), bytes: b"{}\n".to_vec(), meta: Vec::new() };
    let written = store.overwrite(&object).await;
    let read = store.read_raw(KEY).await;
    let removed = if written.is_ok() { store.delete(KEY).await } else { Ok(()) };
    let reach = match (&written, &read) {
        (Ok(()), _) | (_, Ok(_)) => Ok("it answers".to_owned()),
        (Err(_), Err(t)) if matches!(t.fault, Fault::Missing | Fault::Denied) => Ok("it answers".to_owned()),
        (Err(_), Err(t)) => Err(t.clone().error(&format!("cannot reach store '{}'", store.name))),
    };
    let reached = reach.is_ok();
    let mut probes = vec![Probe { what: Check::Reach, result: reach }];
    if !reached {
        return probes;
    }
    let read = match read {
        Ok(_) => Ok("objects can be read".to_owned()),
        // Not there is an answer that only a reader gets.
        Err(Trouble { fault: Fault::Missing, .. }) => Ok("objects can be read".to_owned()),
        Err(t) => Err(t.error(&format!("cannot read from store '{}'", store.name))),
    };
    let write = match (written, removed) {
        (Ok(()), Ok(())) => Ok("objects can be written and removed".to_owned()),
        (Ok(()), Err(e)) if fault(&e) == Some(Fault::Denied) => {
            Ok("objects can be written, not removed ('git bench prune' needs that)".to_owned())
        }
        (Ok(()), Err(e)) => Err(e),
        (Err(e), _) => Err(rename(e, &store.name)),
    };
    probes.push(Probe { what: Check::Read, result: read });
    probes.push(Probe { what: Check::Write, result: write });
    probes
}

fn rename(mut error: Error, name: &str) -> Error {
    if let Some((_, why)) = error.message.split_once("': ") {
        error.message = format!("cannot write to store '{name}': {}", why.split_once("': ").map_or(why, |(_, w)| w));
    }
    error
}
