//! `query --sql`: what the user's own statement gave.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Block, Cell, Column, Report, Table, Tone, View};

/// A value of a cell that the user's own SQL gave.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlCell {
    /// Nothing; left out in JSON.
    Null,
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Real(f64),
    /// Text.
    Text(String),
}

/// The report of `query --sql`.
#[derive(Clone, Debug, Default)]
pub struct Sql {
    /// Version of this form.
    pub version: u64,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Each as long as `columns`.
    pub rows: Vec<Vec<SqlCell>>,
}

impl Serialize for Sql {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Form<'a> {
            version: u64,
            command: &'static str,
            columns: &'a [String],
            rows: Vec<Map<String, Value>>,
        }
        let object = |row: &Vec<SqlCell>| {
            let value = |cell: &SqlCell| match cell {
                SqlCell::Null => None,
                SqlCell::Integer(n) => Some(Value::from(*n)),
                SqlCell::Real(v) => serde_json::Number::from_f64(*v).map(Value::Number),
                SqlCell::Text(text) => Some(Value::from(text.as_str())),
            };
            self.columns.iter().zip(row).filter_map(|(name, cell)| Some((name.clone(), value(cell)?))).collect()
        };
        let rows = self.rows.iter().map(object).collect();
        Form { version: self.version, command: "query", columns: &self.columns, rows }.serialize(serializer)
    }
}

impl Report for Sql {
    fn view(&self) -> View {
        let number = |i: usize| {
            self.rows.iter().all(|row| !matches!(row.get(i), Some(SqlCell::Text(_)))) && !self.rows.is_empty()
        };
        let head = |(i, name): (usize, &String)| if number(i) { Column::right(name) } else { Column::left(name) };
        let columns = self.columns.iter().enumerate().map(head).collect();
        let cell = |cell: &SqlCell| match cell {
            SqlCell::Null => Cell::Missing,
            SqlCell::Integer(n) if n.unsigned_abs() > 1 << 53 => Cell::text(n.to_string()),
            SqlCell::Integer(n) => Cell::Number(*n as f64, Tone::Plain),
            SqlCell::Real(v) => Cell::Number(*v, Tone::Plain),
            SqlCell::Text(text) => Cell::text(text),
        };
        let rows = self.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        View { blocks: vec![Block::Table(Table { columns, rows })] }
    }
}
