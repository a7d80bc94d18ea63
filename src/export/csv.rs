//! CSV (RFC 4180): a head, then one line a measurement. Text is made harmless as that of every other CSV here: no formula, no
//! control character; JSON Lines and Parquet have the text as it is.

use super::columns::{Cell, Column, columns};
use super::{Exporter, Options, Row, Writer, Written};
use crate::model::format_f64;
use crate::render::csv::text;

pub(super) struct Csv;

impl Exporter for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn doc(&self) -> &'static str {
        "a table for spreadsheets and databases (RFC 4180)"
    }

    fn ending(&self) -> &'static str {
        "csv"
    }

    fn is_table(&self) -> bool {
        true
    }

    fn begin(&self, options: &Options) -> Box<dyn Writer> {
        let columns = columns(options.partitioned);
        let head: Vec<&str> = columns.iter().map(|column| column.name).collect();
        Box::new(Lines { out: head.join(",") + "\r\n", columns })
    }
}

struct Lines {
    columns: Vec<&'static Column>,
    out: String,
}

impl Writer for Lines {
    fn add(&mut self, row: &Row<'_>) {
        for (i, column) in self.columns.iter().enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            match (column.get)(row) {
                Cell::Missing => {}
                Cell::Text(words) => self.out.push_str(&text(&words)),
                Cell::Integer(n) => self.out.push_str(&n.to_string()),
                Cell::Real(v) => self.out.push_str(&format_f64(v)),
                Cell::Flag(flag) => self.out.push_str(if flag { "true" } else { "false" }),
                Cell::Moment(time) => self.out.push_str(&time.to_string()),
            }
        }
        self.out.push_str("\r\n");
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

    #[test]
    fn a_line_a_measurement_and_no_formula() {
        let mut runs = rows();
        runs[0].m[0].name = "=cmd|' /C calc'!A0,x".into();
        let text = exported(&Csv, &runs, &Options::default()).concat();
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines.len(), 5, "{text}");
        assert!(lines[0].starts_with("benchmark,metric,value,unit,better,n,"), "{}", lines[0]);
        assert!(lines[1].starts_with("\"'=cmd|' /C calc'!A0,x\",latency,1.52,ms,lower,1,,,,"), "{}", lines[1]);
        assert!(lines[2].starts_with("flash_attention_forward,memory,,MB,lower,"), "failed: {}", lines[2]);
        assert!(
            lines[1].contains(",3,commit,2024-01-15T10:00:00Z,2024-01-15T10:30:00Z,1705314600,2024-01-15,"),
            "{}",
            lines[1]
        );
    }
}
