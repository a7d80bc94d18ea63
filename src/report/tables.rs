//! Reports that are one list: `status`, `fsck`, `config`, `formats`, `push`, `pull`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Block, Cell, Column, Report, Table, Tone, View};

/// A list of rows under named columns, with lines before and after.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Listing {
    /// Version of this form.
    pub version: u64,
    /// The command.
    pub command: &'static str,
    /// Facts about the whole.
    #[serde(flatten)]
    pub facts: Map<String, Value>,
    /// The rows.
    pub rows: Vec<Map<String, Value>>,
    /// Lines for a person, before the table.
    #[serde(skip)]
    pub lines: Vec<(String, Tone)>,
    /// Columns that are shown: name of the field and where it is left out on a narrow terminal (0 = never).
    #[serde(skip)]
    pub columns: Vec<(&'static str, u8)>,
    /// Columns that are left out rather than cut.
    #[serde(skip)]
    pub whole: Vec<&'static str>,
}

impl Listing {
    /// An empty listing of a command.
    pub fn new(command: &'static str) -> Self {
        Self { version: super::VERSION, command, ..Self::default() }
    }

    /// Adds a line for a person.
    pub fn line(&mut self, text: impl Into<String>, tone: Tone) {
        self.lines.push((text.into(), tone));
    }

    /// Adds a fact about the whole.
    pub fn fact(&mut self, name: &str, value: impl Into<Value>) {
        self.facts.insert(name.into(), value.into());
    }

    /// Adds a row.
    pub fn row(&mut self, fields: &[(&str, Value)]) {
        self.rows.push(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect());
    }
}

impl Report for Listing {
    fn view(&self) -> View {
        let mut blocks: Vec<Block> =
            self.lines.iter().map(|(text, tone)| Block::Line(vec![Cell::Text(text.clone(), *tone)])).collect();
        if !self.rows.is_empty() && !self.columns.is_empty() {
            let numeric = |name: &str| self.rows.iter().all(|row| row.get(name).is_none_or(Value::is_number));
            let columns = self
                .columns
                .iter()
                .map(|(name, shed)| {
                    let column = if numeric(name) { Column::right(name) } else { Column::left(name) };
                    let column = column.shed(*shed);
                    if self.whole.contains(name) { column.whole() } else { column }
                })
                .collect();
            let rows = self
                .rows
                .iter()
                .map(|row| self.columns.iter().map(|(name, _)| cell(row.get(*name))).collect())
                .collect();
            blocks.push(Block::Table(Table { columns, rows }));
        }
        View { blocks }
    }
}

fn cell(value: Option<&Value>) -> Cell {
    match value {
        None | Some(Value::Null) => Cell::Missing,
        Some(Value::String(text)) => Cell::text(text),
        Some(Value::Number(number)) => Cell::Number(number.as_f64().unwrap_or(0.0), Tone::Plain),
        Some(other) => Cell::text(other.to_string()),
    }
}
