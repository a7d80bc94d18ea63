//! The tables and views; `docs/query.md` documents the views as an interface.

use rusqlite::{Connection, Result};

/// Version of the tables. One that an older git-bench wrote is made anew; one of a newer is left alone.
pub(super) const VERSION: i64 = 1;

/// Marks the file as ours (`gbix`).
pub(super) const APPLICATION: i64 = 0x6762_6978;

/// Tables. Names are interned: `word`, `env`, `series`, and in `shape` the list of series that a run measured, which
/// most runs share. Ids of git objects are blobs. `measurement` is sorted by series, so that one benchmark lies together.
const TABLES: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE env (id INTEGER PRIMARY KEY, json TEXT NOT NULL UNIQUE,
  environment TEXT NOT NULL, label TEXT NOT NULL, platform TEXT NOT NULL, hardware TEXT NOT NULL);
CREATE TABLE series (id INTEGER PRIMARY KEY, benchmark TEXT NOT NULL, metric TEXT NOT NULL, unit TEXT NOT NULL,
  better TEXT NOT NULL, UNIQUE (benchmark, metric, unit, better));
CREATE TABLE shape (id INTEGER PRIMARY KEY, series TEXT NOT NULL UNIQUE, count INTEGER NOT NULL);
CREATE TABLE run (id INTEGER PRIMARY KEY, note BLOB NOT NULL, uuid TEXT NOT NULL, time INTEGER NOT NULL, who INTEGER,
  owner BLOB, tree BLOB, ctime INTEGER, parents BLOB, measured BLOB, branch INTEGER, base BLOB, pr INTEGER, tag INTEGER,
  suite INTEGER NOT NULL, channel INTEGER NOT NULL, dirty INTEGER NOT NULL, env INTEGER NOT NULL, tests TEXT,
  duration REAL, cost REAL, spot INTEGER, harness INTEGER, input TEXT NOT NULL, shape INTEGER NOT NULL,
  payload_store INTEGER, payload_key TEXT, payload_sha256 BLOB, payload_size INTEGER, copy INTEGER NOT NULL);
CREATE TABLE measurement (series INTEGER NOT NULL, run INTEGER NOT NULL, env INTEGER NOT NULL, value REAL, n INTEGER,
  stddev REAL, min REAL, max REAL, samples TEXT, PRIMARY KEY (series, run)) WITHOUT ROWID;
CREATE TABLE unreadable (note BLOB PRIMARY KEY, lines INTEGER NOT NULL) WITHOUT ROWID;
";

/// Made after the first filling, which is faster so.
const INDEXES: &str = "
CREATE INDEX run_note ON run (note);
CREATE INDEX run_time ON run (time, copy, dirty, env);
CREATE INDEX run_owner ON run (owner) WHERE owner IS NOT NULL;
";

const VIEWS: &str = "
CREATE VIEW runs AS SELECT r.uuid AS id, lower(hex(r.note)) AS \"commit\",
  strftime('%Y-%m-%dT%H:%M:%SZ', r.time, 'unixepoch') AS time, r.time AS epoch, w.text AS who, b.text AS branch,
  t.text AS tag, r.pr AS pr, s.text AS suite, c.text AS channel, r.dirty AS dirty, e.platform AS platform,
  e.hardware AS hardware, e.label AS machine, e.environment AS environment, e.json AS env, h.text AS harness,
  json_extract(r.tests, '$[0]') AS tests, json_extract(r.tests, '$[1]') AS passed,
  json_extract(r.tests, '$[2]') AS failed, json_extract(r.tests, '$[3]') AS skipped,
  json_extract(r.tests, '$[4]') AS errors, r.duration AS duration, r.cost AS cost, r.spot AS spot,
  lower(hex(r.tree)) AS tree, r.ctime AS ctime, lower(hex(r.base)) AS base, sh.count AS measurements,
  p.text AS payload_store, r.payload_key AS payload_key, lower(hex(r.payload_sha256)) AS payload_sha256,
  r.payload_size AS payload_size, r.id AS run
FROM run r JOIN env e ON e.id = r.env JOIN shape sh ON sh.id = r.shape LEFT JOIN word w ON w.id = r.who
  LEFT JOIN word b ON b.id = r.branch LEFT JOIN word t ON t.id = r.tag LEFT JOIN word s ON s.id = r.suite
  LEFT JOIN word c ON c.id = r.channel LEFT JOIN word h ON h.id = r.harness
  LEFT JOIN word p ON p.id = r.payload_store
WHERE NOT r.copy;
CREATE VIEW measurements AS SELECT s.benchmark AS benchmark, s.metric AS metric, m.value AS value, s.unit AS unit,
  s.better AS better, m.n AS n, m.stddev AS stddev, m.min AS min, m.max AS max, m.samples AS samples,
  r.uuid AS id, lower(hex(r.note)) AS \"commit\", strftime('%Y-%m-%dT%H:%M:%SZ', r.time, 'unixepoch') AS time,
  r.time AS epoch, e.platform AS platform, e.hardware AS hardware, e.label AS machine, e.environment AS environment,
  b.text AS branch, t.text AS tag, u.text AS suite, c.text AS channel, r.dirty AS dirty, m.series AS series,
  m.run AS run
FROM measurement m JOIN series s ON s.id = m.series JOIN run r ON r.id = m.run JOIN env e ON e.id = m.env
  LEFT JOIN word b ON b.id = r.branch LEFT JOIN word t ON t.id = r.tag LEFT JOIN word u ON u.id = r.suite
  LEFT JOIN word c ON c.id = r.channel
WHERE NOT r.copy;
CREATE VIEW samples AS SELECT s.benchmark AS benchmark, s.metric AS metric, j.key AS place, j.value AS value,
  s.unit AS unit, r.uuid AS id, lower(hex(r.note)) AS \"commit\", e.label AS machine, m.series AS series, m.run AS run
FROM measurement m JOIN series s ON s.id = m.series JOIN run r ON r.id = m.run JOIN env e ON e.id = m.env
  JOIN json_each(m.samples) j
WHERE NOT r.copy;
CREATE VIEW machines AS SELECT e.environment AS environment, e.label AS machine, e.platform AS platform,
  e.hardware AS hardware, e.json AS env, (SELECT count(*) FROM run r WHERE r.env = e.id AND NOT r.copy) AS runs
FROM env e WHERE EXISTS (SELECT 1 FROM run r WHERE r.env = e.id AND NOT r.copy);
CREATE VIEW benchmarks AS SELECT s.benchmark AS benchmark, s.metric AS metric, s.unit AS unit, s.better AS better,
  (SELECT count(*) FROM measurement m WHERE m.series = s.id) AS measurements, s.id AS series
FROM series s WHERE EXISTS (SELECT 1 FROM measurement m WHERE m.series = s.id);
";

/// Makes the tables and views in an empty database.
pub(super) fn create(db: &Connection) -> Result<()> {
    db.execute_batch(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};"))?;
    db.execute_batch(TABLES)?;
    db.execute_batch(VIEWS)
}

/// Makes the indexes, once the tables are filled.
pub(super) fn create_indexes(db: &Connection) -> Result<()> {
    db.execute_batch(INDEXES)
}
