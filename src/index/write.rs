//! Writing runs: names become numbers, measurements go in sorted by series.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Result, Statement, params};

use super::Named;
use super::parse::{Key, Numbers, ParsedNote, ParsedRun};
use crate::model::Facts;

/// Rows are sorted and written when so many wait: some 60 MB.
const PENDING: usize = 500_000;

const RUN: &str = "INSERT INTO run VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,
    ?22,?23,?24,?25,?26,?27,?28,?29,0)";

/// A measurement that waits to be written.
struct Pending {
    series: i64,
    run: i64,
    env: i64,
    numbers: Numbers,
}

/// The rows of a run before, as numbers: most runs have the same ones, so that comparing is enough.
struct Shape {
    keys: Arc<Vec<Key>>,
    ids: Vec<i64>,
    id: i64,
}

/// So many machines and shapes are remembered; the oldest goes first.
const REMEMBERED: usize = 16;

/// Adds and removes the runs of notes.
pub(super) struct Writer<'c> {
    db: &'c Connection,
    name: &'c dyn Fn(&Facts) -> Named,
    words: HashMap<String, i64>,
    series: HashMap<Key, i64>,
    shapes: Vec<Shape>,
    envs: Vec<(Facts, i64)>,
    pending: Vec<Pending>,
    insert_run: Statement<'c>,
    insert_row: Statement<'c>,
    next: i64,
}

impl<'c> Writer<'c> {
    pub(super) fn new(db: &'c Connection, name: &'c dyn Fn(&Facts) -> Named) -> Result<Self> {
        Ok(Self {
            db,
            name,
            words: HashMap::new(),
            series: HashMap::new(),
            shapes: Vec::new(),
            envs: Vec::new(),
            pending: Vec::new(),
            insert_run: db.prepare(RUN)?,
            insert_row: db.prepare("INSERT INTO measurement VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)")?,
            next: db.query_row("SELECT coalesce(max(id), 0) + 1 FROM run", [], |r| r.get(0))?,
        })
    }

    /// Adds the runs of a note that count.
    pub(super) fn add(&mut self, object: &[u8], note: ParsedNote) -> Result<()> {
        for parsed in note.runs {
            self.add_run(object, parsed)?;
        }
        if note.unreadable > 0 {
            let lines = note.unreadable as i64;
            self.db.execute("INSERT INTO unreadable VALUES (?1, ?2)", params![object, lines])?;
        }
        if self.pending.len() >= PENDING { self.flush() } else { Ok(()) }
    }

    /// Takes away what is known of a note.
    pub(super) fn remove(&mut self, object: &[u8]) -> Result<()> {
        let mut find =
            self.db.prepare("SELECT r.id, s.series FROM run r JOIN shape s ON s.id = r.shape WHERE r.note = ?1")?;
        let found = find.query_map([object], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        let mut delete = self.db.prepare("DELETE FROM measurement WHERE series = ?1 AND run = ?2")?;
        for found in found.collect::<Result<Vec<_>>>()? {
            for series in ids(&found.1) {
                delete.execute([series, found.0])?;
            }
        }
        self.db.execute("DELETE FROM run WHERE note = ?1", [object])?;
        self.db.execute("DELETE FROM unreadable WHERE note = ?1", [object])?;
        Ok(())
    }

    fn add_run(&mut self, object: &[u8], ParsedRun { run, keys }: ParsedRun) -> Result<()> {
        let id = self.next;
        self.next += 1;
        let env = self.env(&run.env)?;
        let shape = self.shape(&keys)?;
        let owner = Some(git_id(&run.commit)).filter(|owner| *owner != Value::Blob(object.to_vec()));
        let parents = (!run.parents.is_empty()).then(|| git_id(&run.parents.join("")));
        let optional = |text: &Option<String>| text.as_deref().map(git_id);
        let payload = run.payload.as_ref();
        let tests = run.tests.map(|t| {
            let counts: [u64; 5] = t.into();
            format!("[{}]", counts.map(|n| n.to_string()).join(","))
        });
        let (who, branch) = (self.word(run.who.as_deref())?, self.word(run.branch.as_deref())?);
        let (tag, harness) = (self.word(run.tag.as_deref())?, self.word(run.harness.as_deref())?);
        let (suite, channel) = (self.word(Some(&run.suite))?, self.word(Some(&run.channel))?);
        let store = self.word(payload.map(|p| p.store.as_str()))?;
        self.insert_run.execute(params![
            id,
            object,
            run.id,
            run.time.0,
            who,
            owner,
            optional(&run.tree),
            run.ctime,
            parents,
            optional(&run.measured),
            branch,
            optional(&run.base),
            run.pr.map(|n| n as i64),
            tag,
            suite,
            channel,
            run.dirty,
            env,
            tests,
            run.duration,
            run.cost,
            run.spot,
            harness,
            run.input,
            self.shapes[shape].id,
            store,
            payload.map(|p| p.key.as_str()),
            payload.map(|p| git_id(&p.sha256)),
            payload.map(|p| p.size as i64),
        ])?;
        let ids = &self.shapes[shape].ids;
        self.pending.extend(ids.iter().zip(run.m).map(|(series, numbers)| Pending {
            series: *series,
            run: id,
            env,
            numbers,
        }));
        Ok(())
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.pending.sort_unstable_by_key(|row| (row.series, row.run));
        for row in self.pending.drain(..) {
            let Numbers { value, n, stddev, min, max, samples } = row.numbers;
            self.insert_row.execute(params![row.series, row.run, row.env, value, n, stddev, min, max, samples])?;
        }
        Ok(())
    }

    fn word(&mut self, text: Option<&str>) -> Result<Option<i64>> {
        let Some(text) = text else { return Ok(None) };
        if let Some(id) = self.words.get(text) {
            return Ok(Some(*id));
        }
        let id = intern(self.db, "word", "text", text)?;
        self.words.insert(text.to_owned(), id);
        Ok(Some(id))
    }

    fn env(&mut self, facts: &Facts) -> Result<i64> {
        if let Some((_, id)) = self.envs.iter().find(|(known, _)| known == facts) {
            return Ok(*id);
        }
        let json = serde_json::to_string(facts).unwrap_or_default();
        let known =
            self.db.prepare("SELECT id FROM env WHERE json = ?1")?.query_row([&json], |r| r.get(0)).optional()?;
        let id = match known {
            Some(id) => id,
            None => {
                let Named { environment, label, platform, hardware } = (self.name)(facts);
                self.db.execute(
                    "INSERT INTO env (json, environment, label, platform, hardware) VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![json, environment, label, platform, hardware],
                )?;
                self.db.last_insert_rowid()
            }
        };
        if self.envs.len() >= REMEMBERED {
            self.envs.remove(0);
        }
        self.envs.push((facts.clone(), id));
        Ok(id)
    }

    /// The place in `shapes` of these rows.
    fn shape(&mut self, keys: &Arc<Vec<Key>>) -> Result<usize> {
        let known = self.shapes.iter().position(|s| Arc::ptr_eq(&s.keys, keys));
        if let Some(place) = known.or_else(|| self.shapes.iter().position(|s| s.keys == *keys)) {
            // The next run of the same reader has the same list in the same place.
            self.shapes[place].keys = Arc::clone(keys);
            return Ok(place);
        }
        let ids = keys.iter().map(|key| self.series(key)).collect::<Result<Vec<i64>>>()?;
        let text = format!("[{}]", ids.iter().map(i64::to_string).collect::<Vec<_>>().join(","));
        let find = "SELECT id FROM shape WHERE series = ?1";
        let id = match self.db.prepare(find)?.query_row([&text], |r| r.get(0)).optional()? {
            Some(id) => id,
            None => {
                let count = ids.len() as i64;
                self.db.execute("INSERT INTO shape (series, count) VALUES (?1, ?2)", params![text, count])?;
                self.db.last_insert_rowid()
            }
        };
        if self.shapes.len() >= REMEMBERED {
            self.shapes.remove(0);
        }
        self.shapes.push(Shape { keys: Arc::clone(keys), ids, id });
        Ok(self.shapes.len() - 1)
    }

    fn series(&mut self, key: &Key) -> Result<i64> {
        if let Some(id) = self.series.get(key) {
            return Ok(*id);
        }
        let values = params![key.0, key.1, key.2, key.3.as_str()];
        let find = "SELECT id FROM series WHERE benchmark = ?1 AND metric = ?2 AND unit = ?3 AND better = ?4";
        let id = match self.db.prepare(find)?.query_row(values, |r| r.get(0)).optional()? {
            Some(id) => id,
            None => {
                let add = "INSERT INTO series (benchmark, metric, unit, better) VALUES (?1, ?2, ?3, ?4)";
                self.db.execute(add, values)?;
                self.db.last_insert_rowid()
            }
        };
        self.series.insert(key.clone(), id);
        Ok(id)
    }
}

fn intern(db: &Connection, table: &str, column: &str, text: &str) -> Result<i64> {
    let find = format!("SELECT id FROM {table} WHERE {column} = ?1");
    if let Some(id) = db.prepare(&find)?.query_row([text], |r| r.get(0)).optional()? {
        return Ok(id);
    }
    db.execute(&format!("INSERT INTO {table} ({column}) VALUES (?1)"), [text])?;
    Ok(db.last_insert_rowid())
}

/// The ids in the text of a shape.
pub(super) fn ids(shape: &str) -> impl Iterator<Item = i64> {
    shape.trim_matches(['[', ']']).split(',').filter_map(|id| id.parse().ok())
}

/// Lower-case hex digits as a blob of half the size; anything else stays text.
pub(super) fn git_id(text: &str) -> Value {
    let digits = text.as_bytes();
    let hex = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    let pairs: Option<Vec<u8>> = digits.chunks(2).map(|c| Some(hex(c[0])? << 4 | hex(*c.get(1)?)?)).collect();
    match pairs {
        Some(bytes) if !bytes.is_empty() => Value::Blob(bytes),
        _ => Value::Text(text.to_owned()),
    }
}
