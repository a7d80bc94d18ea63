//! Opening: fresh, brought up to date, made anew, or a temporary one; always of the notes as they are now.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior};

use super::fault::{Fault, told};
use super::schema::{APPLICATION, VERSION};
use super::{Index, Options, build};
use crate::Result;
use crate::store::{Reader, Store};

/// How long another program may hold the file before a temporary index answers.
const PATIENCE: Duration = Duration::from_millis(1500);

/// How long another process of ours may take to make or change the index.
const LOCK_PATIENCE: Duration = Duration::from_secs(120);

/// How often the notes may move while the index is brought up to date.
const TRIES: usize = 5;

/// How an index stands to the notes.
enum State {
    Fresh,
    /// Of an older notes commit, or of other names of machines.
    Behind {
        tip: String,
        misnamed: bool,
    },
    /// Nothing in it yet, or of an older git-bench.
    Old,
    Newer(i64),
}

/// Opens the index of the notes as they are now.
pub(super) fn open(store: &Store<'_>, options: &Options<'_>, anew: bool) -> Result<Index> {
    let directory = store.repo().bench_dir();
    let path = directory.join("index.sqlite");
    let mut remarks = Vec::new();
    let mut anew = anew;
    for _ in 0..TRIES {
        let reader = store.reader()?;
        if reader.tip().is_empty() && !path.exists() {
            return temporary(&reader, options, remarks);
        }
        let found = if anew { Ok(None) } else { fresh(&path, &reader, options) };
        let outcome = match found {
            Ok(Some(db)) => return Ok(Index { db, remarks }),
            Ok(None) => refresh(&directory, &path, &reader, options, anew),
            Err(Fault::Damaged(why)) => {
                remarks.push(format!("the index was damaged and is made anew ({why})"));
                refresh(&directory, &path, &reader, options, true)
            }
            Err(fault) => Err(fault),
        };
        anew = false;
        match outcome {
            Ok(()) => {}
            Err(Fault::Damaged(why)) => {
                remarks.push(format!("the index was damaged and is made anew ({why})"));
                anew = true;
            }
            Err(Fault::Busy) => {
                remarks.push("another program holds the index; a temporary one answers, which takes longer".into());
                return temporary(&reader, options, remarks);
            }
            Err(Fault::Denied(why)) => {
                remarks
                    .push(format!("the index cannot be written ({why}); a temporary one answers, which takes longer"));
                return temporary(&reader, options, remarks);
            }
            Err(Fault::Newer(version)) => {
                remarks.push(format!(
                    "the index is of a newer git-bench (tables of version {version}); a temporary one answers, which \
                     takes longer"
                ));
                return temporary(&reader, options, remarks);
            }
            Err(Fault::Fatal(error)) => return Err(error),
        }
    }
    let reader = store.reader()?;
    temporary(&reader, options, remarks)
}

/// An index in memory.
fn temporary(reader: &Reader<'_>, options: &Options<'_>, remarks: Vec<String>) -> Result<Index> {
    let db = Connection::open_in_memory().map_err(told)?;
    match build::fill(&db, reader, options) {
        Ok(()) => Ok(Index { db, remarks }),
        Err(Fault::Fatal(error)) => Err(error),
        Err(fault) => Err(crate::Error::data(format!("cannot make an index in memory: {fault:?}"))),
    }
}

/// The file, in a read transaction that began with this state of the notes; `None` where it is not up to date.
fn fresh(path: &Path, reader: &Reader<'_>, options: &Options<'_>) -> Result<Option<Connection>, Fault> {
    if !path.exists() {
        return Ok(None);
    }
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(PATIENCE)?;
    db.execute_batch("PRAGMA query_only = 1; PRAGMA cache_size = -32768; BEGIN")?;
    match state(&db, &reader.tip(), options.naming)? {
        State::Fresh => Ok(Some(db)),
        State::Newer(version) => Err(Fault::Newer(version)),
        State::Behind { .. } | State::Old => Ok(None),
    }
}

fn state(db: &Connection, tip: &str, naming: &str) -> Result<State, Fault> {
    let pragma = |name: &str| db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(State::Old);
    }
    if application != APPLICATION {
        return Err(Fault::Damaged("it is no index of git-bench".into()));
    }
    if version > VERSION {
        return Ok(State::Newer(version));
    }
    if version < VERSION {
        return Ok(State::Old);
    }
    let value = |key: &str| {
        db.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get::<_, String>(0)).optional()
    };
    let (Some(known), Some(named)) = (value("tip")?, value("naming")?) else { return Ok(State::Old) };
    Ok(match (known == tip, named == naming) {
        (true, true) => State::Fresh,
        (_, same) => State::Behind { tip: known, misnamed: !same },
    })
}

/// Brings the file up to date, or makes it; one process at a time.
fn refresh(
    directory: &Path,
    path: &PathBuf,
    reader: &Reader<'_>,
    options: &Options<'_>,
    anew: bool,
) -> Result<(), Fault> {
    let _lock = lock(directory)?;
    if !path.exists() || anew {
        return build::make(path, reader, options);
    }
    let mut db =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(PATIENCE)?;
    db.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768;")?;
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it while we waited.
    let done = match state(&transaction, &reader.tip(), options.naming)? {
        State::Fresh => true,
        State::Behind { tip, misnamed } => build::update(&transaction, &tip, misnamed, reader, options)?,
        State::Old => false,
        State::Newer(version) => return Err(Fault::Newer(version)),
    };
    if done {
        return Ok(transaction.commit()?);
    }
    drop(transaction);
    drop(db);
    build::make(path, reader, options)
}

/// The lock of those who write the index; released when the file is closed.
fn lock(directory: &Path) -> Result<File, Fault> {
    let denied = |e: std::io::Error| Fault::Denied(e.to_string());
    std::fs::create_dir_all(directory).map_err(denied)?;
    let path = directory.join("index.lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(denied)?;
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if start.elapsed() < LOCK_PATIENCE => sleep(Duration::from_millis(10)),
            Err(TryLockError::WouldBlock) => return Err(Fault::Busy),
            Err(TryLockError::Error(e)) => return Err(denied(e)),
        }
    }
}
