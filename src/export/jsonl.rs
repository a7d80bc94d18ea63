//! JSON Lines: one measurement a line, every column always there, `null` where it is not known.

use serde_json::{Map, Number, Value};

use super::columns::{Cell, Column, columns};
use super::{Exporter, Options, Row, VERSION, Writer, Written};
use crate::render::json::harmless;

pub(super) struct JsonLines;

impl Exporter for JsonLines {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn doc(&self) -> &'static str {
        "JSON Lines, one measurement a line"
    }

    fn ending(&self) -> &'static str {
        "jsonl"
    }

    fn is_table(&self) -> bool {
        true
    }

    fn begin(&self, options: &Options) -> Box<dyn Writer> {
        Box::new(Lines { columns: columns(options.partitioned), out: String::new() })
    }
}

struct Lines {
    columns: Vec<&'static Column>,
    out: String,
}

impl Writer for Lines {
    fn add(&mut self, row: &Row<'_>) {
        let mut line = Map::with_capacity(self.columns.len() + 1);
        line.insert("version".into(), VERSION.into());
        for column in &self.columns {
            let value = match (column.get)(row) {
                Cell::Missing => Value::Null,
                Cell::Text(words) => Value::String(words.into_owned()),
                Cell::Integer(n) => n.into(),
                Cell::Real(v) => Number::from_f64(v).map_or(Value::Null, Value::Number),
                Cell::Flag(flag) => flag.into(),
                Cell::Moment(time) => Value::String(time.to_string()),
            };
            line.insert(column.name.into(), value);
        }
        self.out.push_str(&harmless(&Value::Object(line).to_string()));
        self.out.push('\n');
    }

    fn ready(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out).into_bytes()
    }

    fn finish(self: Box<Self>) -> Written {
        Written { documents: vec![self.out.into_bytes()], ..Written::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::sample::{exported, rows};
    use crate::export::{COLUMNS, PARTITIONED};

    #[test]
    fn every_line_has_every_column_and_the_version() {
        let mut runs = rows();
        runs[0].m[0].name = "\u{202e}x\n".into();
        let of = |partitioned| {
            let options = Options { partitioned, ..Options::default() };
            let text = String::from_utf8(exported(&JsonLines, &runs, &options).concat()).unwrap();
            assert!(!text.contains('\u{202e}'));
            text.lines().map(|line| serde_json::from_str::<Map<String, Value>>(line).unwrap()).collect::<Vec<_>>()
        };
        let lines = of(false);
        assert_eq!((lines.len(), &lines[0]["version"], &lines[0]["benchmark"]), (3, &1.into(), &"\u{202e}x\n".into()));
        assert_eq!(lines[0]["value"], 1.52);
        assert!(lines.iter().all(|line| line.len() == COLUMNS.len() + 1));
        assert!(lines[1]["value"].is_null());
        assert!(of(true).iter().all(|line| PARTITIONED.iter().all(|name| !line.contains_key(*name))));
    }
}
