//! A bucket or folder in the layout of result files: daily, weekly, pr, releases. What lies there stays there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use git_bench::config::{Config, StoreEntry};
use git_bench::git::Repo;
use git_bench::import::{self, Input, ReadOptions, hex_digest};
use git_bench::model::{Run, Time, canonical};
use git_bench::payload::{self, Listed, Payloads, Wanted, sha256_hex};
use git_bench::record::PayloadRef;
use git_bench::{Error, Result};
use serde_json::Value;

use super::{Entry, History, of_entry};
use crate::cli::context::Context;
use crate::cli::stores::{LOCAL, named};

/// Objects fetched at a time.
const FETCH: usize = 256;

/// Where an object of the layout lies.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spot {
    channel: &'static str,
    pr: Option<u64>,
    tag: Option<String>,
    /// One of the names that are written again and again.
    fixed: bool,
}

/// Reads the result files of a store.
///
/// # Errors
/// Usage: no store, or another one, is meant by the path. Storage: it cannot be listed or read at all.
pub(super) fn read(context: &Context, paths: &[PathBuf], store: Option<&str>) -> Result<History> {
    let mut history = History::default();
    let targets = match paths {
        [] => vec![target(context, None, store)?],
        paths => paths.iter().map(|path| target(context, Some(path), store)).collect::<Result<_>>()?,
    };
    for (name, payloads) in targets {
        let mut reader = Reader { name, payloads, repo: context.repo()?, seen: BTreeSet::new() };
        reader.read(&mut history)?;
    }
    Ok(history)
}

/// The store that a path means: its name in notes, and itself (or a folder that is its copy).
fn target(context: &Context, path: Option<&PathBuf>, name: Option<&str>) -> Result<(String, Payloads)> {
    let config = context.config()?;
    let chosen = name.filter(|name| *name != LOCAL).map(|name| named(config, name)).transpose()?;
    let Some(path) = path else {
        return match chosen {
            Some(entry) => Ok((entry.name.clone(), context.open_store(entry)?)),
            None => Ok((LOCAL.into(), context.local_store()?)),
        };
    };
    let text = path.to_string_lossy();
    let folder = if text.contains("://") { payload::folder_of(&text) } else { Some(path.clone()) };
    let Some(folder) = folder else {
        let same = |entry: &&StoreEntry| entry.url.trim_end_matches('/') == text.trim_end_matches('/');
        let entry = match chosen {
            Some(entry) if same(&entry) => entry,
            Some(entry) => {
                return Err(Error::usage(format!("the store '{}' is at '{}', not at '{text}'", entry.name, entry.url)));
            }
            None => config.stores.iter().find(same).ok_or_else(|| unknown(&text, &text))?,
        };
        return Ok((entry.name.clone(), context.open_store(entry)?));
    };
    let folder = std::fs::canonicalize(&folder)
        .map_err(|e| Error::data(format!("cannot read '{}'", folder.display())).because(e))?;
    let name = match chosen {
        Some(entry) => entry.name.clone(),
        None => in_folder(config, &folder).ok_or_else(|| unknown(&text, &payload::folder_url(&folder)))?,
    };
    Ok((name.clone(), Payloads::local(&name, &folder, &context.payload_options())?))
}

/// The configured store in this folder.
fn in_folder(config: &Config, folder: &Path) -> Option<String> {
    let there = |entry: &&StoreEntry| {
        payload::folder_of(&entry.url).and_then(|f| std::fs::canonicalize(f).ok()).is_some_and(|f| f == folder)
    };
    config.stores.iter().find(there).map(|entry| entry.name.clone())
}

fn unknown(path: &str, url: &str) -> Error {
    Error::usage(format!("no store is configured at '{path}', so notes could not name it"))
        .hint(format!("git config bench.store.results.url {url}"))
        .hint("git bench import layout FOLDER --store NAME reads a copy of the store NAME")
}

struct Reader<'r> {
    name: String,
    payloads: Payloads,
    repo: &'r Repo,
    /// What was read: digests of contents, and run ids.
    seen: BTreeSet<String>,
}

impl Reader<'_> {
    fn read(&mut self, history: &mut History) -> Result<()> {
        let (mut own, mut fixed, mut attachments) = (Vec::new(), Vec::new(), 0);
        for object in self.payloads.list("")? {
            match spot(&object.key) {
                _ if object.key.starts_with("attachments/") => attachments += 1,
                Some(spot) if spot.fixed => fixed.push((object, spot)),
                Some(spot) => own.push((object, spot)),
                None => history.refuse(object.key, "it is no result file in daily/, weekly/, pr/ or releases/"),
            }
        }
        for group in own.chunks(FETCH) {
            self.fetch(group, history, &mut |reader, object, spot, bytes, history| {
                reader.take(object, spot, bytes, history)
            })?;
        }
        let mut copies = 0;
        for group in fixed.chunks(FETCH) {
            self.fetch(group, history, &mut |reader, object, spot, bytes, history| {
                copies += reader.take_fixed(object, spot, bytes, history)?;
                Ok(())
            })?;
        }
        for (count, what) in [
            (attachments, "attachments stay beside their runs"),
            (copies, "copies under fixed names are of runs that were read under names of their own"),
        ] {
            if count > 0 {
                history.passed.push((count, what));
            }
        }
        Ok(())
    }

    fn fetch(&mut self, group: &[(Listed, Spot)], history: &mut History, take: &mut Take<'_>) -> Result<()> {
        let wanted: Vec<Wanted> =
            group.iter().map(|(o, _)| Wanted { key: o.key.clone(), ..Wanted::default() }).collect();
        for ((object, spot), bytes) in group.iter().zip(self.payloads.get_all(&wanted, &|_| ())) {
            match bytes {
                Ok(bytes) => take(self, object, spot, &bytes, history)?,
                Err(error) if payload::is_denied(&error) || payload::is_missing(&error) => {
                    history.refuse(&*object.key, error.chain());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes the run or runs of an object.
    fn take(&mut self, object: &Listed, spot: &Spot, bytes: &[u8], history: &mut History) -> Result<()> {
        let runs = match of_entry(runs(&object.key, bytes))? {
            Ok(runs) => runs,
            Err(why) => {
                history.refuse(&*object.key, why);
                return Ok(());
            }
        };
        let alone = runs.len() == 1;
        for run in runs {
            self.seen.extend(marks(&run));
            let stored = alone.then(|| PayloadRef {
                sha256: sha256_hex(bytes),
                size: bytes.len() as u64,
                key: object.key.clone(),
                store: self.name.clone(),
            });
            self.add(object, spot, run, bytes, stored, history);
        }
        Ok(())
    }

    /// Takes what is under a fixed name, unless it was read under a name of its own; gives how much was.
    fn take_fixed(&mut self, object: &Listed, spot: &Spot, bytes: &[u8], history: &mut History) -> Result<usize> {
        let Ok(Value::Object(document)) = import::json::parse(bytes) else {
            self.take(object, spot, bytes, history)?;
            return Ok(0);
        };
        // The full benchmark of a week holds the result files of its runs.
        let Some(Value::Array(list)) = document.get("runs").filter(|_| !document.contains_key("benchmarks")) else {
            if self.is_seen(&Value::Object(document)) {
                return Ok(1);
            }
            self.take(object, spot, bytes, history)?;
            return Ok(0);
        };
        let mut copies = 0;
        for (i, item) in list.iter().enumerate() {
            if self.is_seen(item) {
                copies += 1;
                continue;
            }
            let place = format!("{}: runs[{i}]", object.key);
            let bytes = item.to_string().into_bytes();
            match of_entry(runs(&place, &bytes))? {
                Ok(found) => {
                    for run in found {
                        self.seen.extend(marks(&run));
                        let inner = Listed { key: place.clone(), ..object.clone() };
                        self.add(&inner, spot, run, canonical(item).as_bytes(), None, history);
                    }
                }
                Err(why) => history.refuse(place, why),
            }
        }
        Ok(copies)
    }

    fn add(
        &self,
        object: &Listed,
        spot: &Spot,
        run: Run,
        bytes: &[u8],
        stored: Option<PayloadRef>,
        history: &mut History,
    ) {
        let metadata = |key: &str| run.document.as_ref()?.get("metadata")?.get(key)?.as_str().map(str::to_owned);
        // Local runs lie in daily/ too; the full benchmark of a week holds both.
        let stated = metadata("channel").filter(|channel| match spot.channel {
            "daily" => channel == "local",
            "weekly" => stored.is_none() && matches!(channel.as_str(), "daily" | "local"),
            _ => false,
        });
        let tag = metadata("tag").or_else(|| spot.tag.as_deref().map(|tag| self.tag(tag)));
        history.entries.push(Entry {
            place: object.key.clone(),
            digest: run.entry.as_deref().map_or_else(|| hex_digest(bytes), hex_digest),
            channel: Some(stated.unwrap_or_else(|| spot.channel.to_owned())),
            pr: spot.pr,
            tag,
            stored,
            time: (object.modified > 0).then_some(Time(object.modified)),
            run,
        });
    }

    /// The tag that a folder of releases is named after: `v` stands before a tag that begins with a digit.
    fn tag(&self, folder: &str) -> String {
        let is_tag = |name: &&str| matches!(self.repo.read_ref(&format!("refs/tags/{name}")), Ok(Some(_)));
        let bare = folder.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        [Some(folder), bare].into_iter().flatten().find(is_tag).unwrap_or(folder).to_owned()
    }

    fn is_seen(&self, document: &Value) -> bool {
        let id = document.get("metadata").and_then(|m| m.get("run_id")).and_then(Value::as_str);
        self.seen.contains(&canonical(document)) || id.is_some_and(|id| self.seen.contains(id))
    }
}

type Take<'a> = dyn FnMut(&mut Reader<'_>, &Listed, &Spot, &[u8], &mut History) -> Result<()> + 'a;

fn runs(name: &str, bytes: &[u8]) -> Result<Vec<Run>> {
    let input = Input::file(name, bytes.to_vec());
    import::read(&input, Some("git-bench"), &ReadOptions::default()).map(|(_, runs)| runs)
}

/// By what a copy of this run is known again: its document, and its run id.
fn marks(run: &Run) -> Vec<String> {
    let Some(document) = &run.document else { return Vec::new() };
    let id = document.get("metadata").and_then(|m| m.get("run_id")).and_then(Value::as_str).map(str::to_owned);
    id.into_iter().chain([canonical(&Value::Object(document.clone()))]).collect()
}

/// Where an object lies; `None` where that is no place of the layout.
fn spot(key: &str) -> Option<Spot> {
    let mut parts = key.split('/');
    let (place, folder) = (parts.next()?, parts.next()?);
    let name = parts.next_back().filter(|name| name.ends_with(".json"))?;
    let spot = |channel, fixed: &str| Spot { channel, pr: None, tag: None, fixed: name == fixed };
    match place {
        "daily" => Some(spot("daily", "")),
        "weekly" => Some(spot("weekly", "full-benchmark.json")),
        "pr" => {
            let number = folder.strip_prefix("pr-")?.parse().ok()?;
            Some(Spot { pr: Some(number), ..spot("pr", "validation.json") })
        }
        "releases" => Some(Spot { tag: Some(folder.to_owned()), ..spot("release", "release-benchmark.json") }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart() {
        let told = |key: &str| spot(key).map(|s| (s.channel, s.pr, s.tag, s.fixed));
        assert_eq!(told("daily/2024-01-15/aws-x.json"), Some(("daily", None, None, false)));
        assert_eq!(told("weekly/2024-W03/full-benchmark.json"), Some(("weekly", None, None, true)));
        assert_eq!(told("pr/pr-7/validation.json"), Some(("pr", Some(7), None, true)));
        assert_eq!(told("releases/v1.2.0/a.json"), Some(("release", None, Some("v1.2.0".into()), false)));
        for other in ["daily/x.json", "pr/seven/x.json", "daily/2024-01-15/x.csv", "other/a/x.json", "x.json"] {
            assert_eq!(told(other), None, "{other}");
        }
    }
}
