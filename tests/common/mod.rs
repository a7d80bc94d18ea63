//! Files and folders as inputs, and the rows that a reader found in them.
#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use git_bench::import::{Entry, IMPORTERS, Importer, Input};
use git_bench::model::{Measurement, Run};

/// A file, or a folder with all files below it.
pub fn input(path: &Path) -> Input {
    let name = path.to_string_lossy().into_owned();
    if path.is_dir() {
        let root = path.to_owned();
        Input::folder(name, entries(path), move |below| fs::read(root.join(below)))
    } else {
        Input::file(name, fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
    }
}

/// The files below a folder, as `record` lists them.
pub fn entries(root: &Path) -> Vec<Entry> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for child in children(&folder) {
            if child.is_dir() {
                folders.push(child);
                continue;
            }
            let modified = child.metadata().and_then(|m| m.modified()).ok();
            let below = child.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            let seconds = modified.and_then(|t| t.duration_since(UNIX_EPOCH).ok()).map(|d| d.as_secs() as i64);
            found.push(Entry { path: below, modified: seconds });
        }
    }
    found
}

/// The files and folders in a folder, sorted.
pub fn children(folder: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = listed.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The readers that claim an input.
pub fn claims(input: &Input) -> Vec<&'static str> {
    IMPORTERS.iter().filter(|i| i.claims(input)).map(|i| i.name()).collect()
}

/// The reader with this name, if it is registered.
pub fn registered(name: &str) -> Option<&'static dyn Importer> {
    IMPORTERS.iter().copied().find(|i| i.name() == name)
}

/// The newest run: of those with the greatest time the first.
pub fn newest(runs: &[Run]) -> Option<&Run> {
    runs.iter().rev().max_by_key(|run| run.time)
}

/// The measurements with `#2`, `#3` behind the names of further ones of the same name and metric, as `record` has them.
pub fn numbered(run: &Run) -> Vec<Measurement> {
    let mut seen = std::collections::BTreeMap::new();
    let mut found = run.measurements.clone();
    for m in &mut found {
        let count = seen.entry((m.name.clone(), m.metric.clone())).or_insert(0);
        *count += 1;
        if *count > 1 {
            m.name = format!("{}#{count}", m.name);
        }
    }
    found
}

/// `tests/fixtures/formats`.
pub fn fixtures() -> PathBuf {
    let here = Path::new(file!()).parent().unwrap().parent().unwrap().join("fixtures/formats");
    if here.is_dir() { here } else { Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats") }
}
