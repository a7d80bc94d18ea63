//! Measurements on their way into the index, gathered by series, since the table is sorted so.

use rusqlite::{Connection, Result, Statement};

use super::parse::Numbers;

/// Rows are written when so many wait: some 80 MB.
const PENDING: usize = 700_000;

/// Rows that one statement writes: opening the table once for all of them saves a fifth.
const TOGETHER: usize = 16;

const ROW: &str = "(?,?,?,?,?,?,?,?,?)";

/// Columns of `measurement`.
const COLUMNS: usize = 9;

/// A measurement that waits to be written.
struct Pending {
    run: u32,
    env: u32,
    numbers: Numbers,
}

/// Measurements that wait to be written.
pub(super) struct Rows<'c> {
    /// By the number of the series; runs come in ascending order, so each list is sorted.
    waiting: Vec<Vec<Pending>>,
    count: usize,
    one: Statement<'c>,
    many: Statement<'c>,
}

impl<'c> Rows<'c> {
    pub(super) fn new(db: &'c Connection) -> Result<Self> {
        Ok(Self {
            waiting: Vec::new(),
            count: 0,
            one: db.prepare(&format!("INSERT INTO measurement VALUES {ROW}"))?,
            many: db.prepare(&format!("INSERT INTO measurement VALUES {}", [ROW; TOGETHER].join(",")))?,
        })
    }

    /// Adds a measurement; numbers of runs must not go down.
    pub(super) fn add(&mut self, series: i64, run: i64, env: i64, numbers: Numbers) -> Result<()> {
        let place = series as usize;
        if self.waiting.len() <= place {
            self.waiting.resize_with(place + 1, Vec::new);
        }
        self.waiting[place].push(Pending { run: run as u32, env: env as u32, numbers });
        self.count += 1;
        if self.count >= PENDING { self.flush() } else { Ok(()) }
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self) -> Result<()> {
        for (series, rows) in self.waiting.iter_mut().enumerate() {
            let together = rows.len() / TOGETHER * TOGETHER;
            for chunk in rows[..together].chunks(TOGETHER) {
                for (i, row) in chunk.iter().enumerate() {
                    row.bind(series, &mut self.many, COLUMNS * i)?;
                }
                self.many.raw_execute()?;
            }
            for row in &rows[together..] {
                row.bind(series, &mut self.one, 0)?;
                self.one.raw_execute()?;
            }
            rows.clear();
        }
        self.count = 0;
        Ok(())
    }
}

impl Pending {
    fn bind(&self, series: usize, statement: &mut Statement<'_>, before: usize) -> Result<()> {
        let Numbers { value, n, stddev, min, max, samples } = &self.numbers;
        statement.raw_bind_parameter(before + 1, series as i64)?;
        statement.raw_bind_parameter(before + 2, self.run)?;
        statement.raw_bind_parameter(before + 3, self.env)?;
        statement.raw_bind_parameter(before + 4, value)?;
        statement.raw_bind_parameter(before + 5, n)?;
        statement.raw_bind_parameter(before + 6, stddev)?;
        statement.raw_bind_parameter(before + 7, min)?;
        statement.raw_bind_parameter(before + 8, max)?;
        statement.raw_bind_parameter(before + 9, samples.as_deref())
    }
}
