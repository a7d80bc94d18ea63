//! Filling an index: all notes at once, or those that changed.

use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use rusqlite::{Connection, params};

use super::fault::Fault;
use super::parse::{ParsedNote, Parser};
use super::schema;
use super::write::Writer;
use super::{Named, Options};
use crate::model::Facts;
use crate::store::{Reader, Source};
use crate::{Error, Result};

/// Threads that read and parse notes while this one writes.
const READERS: usize = 2;

/// Notes that are handed over at once.
const STRETCH: usize = 512;

/// Changed notes from which on filling anew is faster than changing.
const MANY: usize = 20_000;

/// Makes a new index file beside `path` and puts it in its place. The caller holds the lock.
pub(super) fn make(path: &Path, reader: &Reader<'_>, options: &Options<'_>) -> Result<(), Fault> {
    let denied = |e: std::io::Error| Fault::Denied(e.to_string());
    let new = path.with_extension("sqlite.new");
    let remove = |path: &Path| match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(denied(e)),
        _ => Ok(()),
    };
    remove(&new)?;
    {
        let db = Connection::open(&new)?;
        // Nobody else sees this file: no journal, and one sync at the end.
        db.execute_batch(
            "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA cache_size = -65536;",
        )?;
        fill(&db, reader, options)?;
        db.close().map_err(|(_, e)| e)?;
    }
    std::fs::File::open(&new).and_then(|file| file.sync_all()).map_err(denied)?;
    // What a killed writer left of the old file must never be played back into the new one.
    remove(&path.with_extension("sqlite-journal"))?;
    std::fs::rename(&new, path).map_err(denied)
}

/// Fills an empty database with all that counts.
pub(super) fn fill(db: &Connection, reader: &Reader<'_>, options: &Options<'_>) -> Result<(), Fault> {
    db.execute_batch("BEGIN")?;
    schema::create(db)?;
    let mut writer = Writer::new(db, options.name)?;
    let source = reader.source()?.without_twins().in_pack_order();
    thread::scope(|scope| -> Result<(), Fault> {
        let mut channels = Vec::new();
        let mut threads = Vec::new();
        for part in 0..READERS {
            let (send, receive) = sync_channel::<Vec<(Vec<u8>, ParsedNote)>>(4);
            let source: &Source = &source;
            channels.push(receive);
            threads.push(scope.spawn(move || {
                let mut parser = Parser::default();
                source.each(part, READERS, STRETCH, &mut |notes| {
                    let parsed = notes
                        .into_iter()
                        .map(|(object, content)| (object.as_bytes().to_vec(), parser.note(&content)))
                        .collect();
                    send.send(parsed).is_ok()
                })
            }));
        }
        // In turn, so that the same notes give the same file.
        let mut turn = channels.iter().cycle();
        while let Some(Ok(notes)) = turn.next().map(|channel| channel.recv()) {
            for (object, note) in notes {
                writer.add(&object, note)?;
            }
        }
        drop(channels);
        for thread in threads {
            thread.join().map_err(|_| Error::data("a thread that reads notes died"))??;
        }
        Ok(())
    })?;
    writer.flush()?;
    drop(writer);
    schema::create_indexes(db)?;
    mark_copies(db)?;
    remember(db, &reader.tip(), options.naming)?;
    db.execute_batch("COMMIT")?;
    Ok(())
}

/// Brings an index from the notes commit `tip` to today's, and its names to today's configuration. `false` where it is
/// to be made anew: that commit is gone, or most of it changed.
pub(super) fn update(
    db: &Connection,
    tip: &str,
    misnamed: bool,
    reader: &Reader<'_>,
    options: &Options<'_>,
) -> Result<bool, Fault> {
    let Some(changed) = reader.changed_since(tip)? else { return Ok(false) };
    if changed.len() > MANY {
        return Ok(false);
    }
    let mut writer = Writer::new(db, options.name)?;
    let mut parser = Parser::default();
    for object in &changed {
        writer.remove(object.as_bytes())?;
        if let Some(content) = reader.notes().read(*object)? {
            writer.add(object.as_bytes(), parser.note(&content))?;
        }
    }
    writer.flush()?;
    drop(writer);
    if misnamed {
        rename(db, options.name)?;
    }
    if !changed.is_empty() {
        mark_copies(db)?;
    }
    remember(db, &reader.tip(), options.naming)?;
    Ok(true)
}

/// Runs that `git notes copy` put under another commit count once where their own commit has them too.
fn mark_copies(db: &Connection) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE run SET copy = EXISTS (SELECT 1 FROM run o WHERE o.note = run.owner AND o.uuid = run.uuid)
           OR EXISTS (SELECT 1 FROM run o WHERE o.owner = run.owner AND o.uuid = run.uuid AND o.note < run.note)
         WHERE owner IS NOT NULL",
        [],
    )
    .map(|_| ())
}

fn rename(db: &Connection, name: &dyn Fn(&Facts) -> Named) -> rusqlite::Result<()> {
    let mut find = db.prepare("SELECT id, json FROM env")?;
    let found = find.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    let mut change =
        db.prepare("UPDATE env SET environment = ?2, label = ?3, platform = ?4, hardware = ?5 WHERE id = ?1")?;
    for found in found.collect::<rusqlite::Result<Vec<_>>>()? {
        let Named { environment, label, platform, hardware } = name(&facts(&found.1));
        change.execute(params![found.0, environment, label, platform, hardware])?;
    }
    Ok(())
}

fn remember(db: &Connection, tip: &str, naming: &str) -> rusqlite::Result<()> {
    db.execute("INSERT OR REPLACE INTO meta VALUES ('tip', ?1), ('naming', ?2)", [tip, naming]).map(|_| ())
}

/// The facts in the JSON of an env.
pub(super) fn facts(json: &str) -> Facts {
    serde_json::from_str(json).unwrap_or_default()
}
