//! CSV (RFC 4180): every table of the view, folded ones too, one after the other with an empty line between.
//!
//! Numbers are in full and without unit. A column that holds measured values is followed by one more, `TITLE unit`, with
//! the unit of each value; changes and shares are ratios (0.05), durations seconds, commit ids whole, curves their
//! values with `;` between, and what is not known is empty.

use std::io::{self, Write};

use super::{Options, Renderer, escape};
use crate::model::format_f64;
use crate::report::{Block, Cell, Report, Row, Table};

/// Tables for a spreadsheet.
pub(super) struct Csv;

impl Renderer for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn doc(&self) -> &'static str {
        "the tables for a spreadsheet, numbers in full (RFC 4180)"
    }

    fn render(&self, report: &dyn Report, _: &Options, out: &mut dyn Write) -> io::Result<()> {
        let mut first = true;
        blocks(&report.view().blocks, &mut first, out)
    }
}

fn blocks(blocks: &[Block], first: &mut bool, out: &mut dyn Write) -> io::Result<()> {
    for block in blocks {
        match block {
            Block::Table(table) => {
                if !std::mem::take(first) {
                    out.write_all(b"\r\n")?;
                }
                write_table(table, out)?;
            }
            Block::Folded { blocks: inner, .. } => self::blocks(inner, first, out)?,
            Block::Heading(_) | Block::Line(_) | Block::Verbatim(_) | Block::Chart { .. } | Block::Bars { .. } => {}
        }
    }
    Ok(())
}

fn write_table(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let measured = |row: &Row, i: usize| matches!(row.get(i), Some(Cell::Value(_, unit, _)) if !unit.is_empty());
    let with_unit: Vec<bool> =
        (0..table.columns.len()).map(|i| table.rows.iter().any(|row| measured(row, i))).collect();
    let mut head = Vec::new();
    for (column, with_unit) in table.columns.iter().zip(&with_unit) {
        head.push(text(&column.title));
        if *with_unit {
            head.push(text(&format!("{} unit", column.title)));
        }
    }
    write_record(&head, out)?;
    for row in &table.rows {
        let mut record = Vec::with_capacity(head.len());
        for (i, with_unit) in with_unit.iter().enumerate() {
            let cell = row.get(i).unwrap_or(&Cell::Missing);
            record.push(field(cell));
            if *with_unit {
                record.push(if let Cell::Value(_, unit, _) = cell { text(unit) } else { String::new() });
            }
        }
        write_record(&record, out)?;
    }
    Ok(())
}

fn write_record(fields: &[String], out: &mut dyn Write) -> io::Result<()> {
    // One empty field alone would be an empty line, which separates tables.
    let line = if fields == [""] { "\"\"".into() } else { fields.join(",") };
    write!(out, "{line}\r\n")
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Text(words, _) | Cell::Commit(words) => text(words),
        Cell::Value(v, _, _)
        | Cell::Change(v, _)
        | Cell::Share(v, _)
        | Cell::Number(v, _)
        | Cell::Duration(v, _)
        | Cell::Ratio(v, _) => number(*v),
        Cell::Bytes(bytes, _) => bytes.to_string(),
        Cell::Spark(values) => values.iter().map(|v| v.map_or(String::new(), number)).collect::<Vec<_>>().join(";"),
        Cell::Missing => String::new(),
    }
}

fn number(value: f64) -> String {
    if value.is_finite() { format_f64(value) } else { String::new() }
}

/// A text field on one line: no spreadsheet takes it for a formula, no terminal for a command; quoted where it must be.
/// Whoever writes CSV elsewhere (`export`) does it by this.
pub fn text(raw: &str) -> String {
    let mut text = escape::one_line(raw);
    // Spreadsheets skip white space before the sign, and take the full-width signs as well.
    let start = raw.trim_start_matches(' ');
    if start.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        text.insert(0, '\'');
    }
    if text.contains(['"', ',', ';']) || text.starts_with(' ') || text.ends_with(' ') {
        text = format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::{Page, rendered, sample};
    use crate::report::{Column, View};

    #[test]
    fn the_sample_is_as_expected() {
        let want = "\
benchmark,machine,time,time unit,change,spread,runs,size,took,commit,trend\r
parse/small,linux,1250,us,0.05,0.012,16,1300000,3725,0123456789abcdef0123456789abcdef01234567,1;2;;4\r
parse/big,,,,-0.123,,3,512,0.0045,,\r
\r
key,value\r
kernel,6.1\r
";
        assert_eq!(rendered(&Csv, &sample(), &Options::default()), want);
    }

    #[test]
    fn text_is_no_formula_and_quotes_are_doubled() {
        for (raw, want) in [
            ("=1+1", "'=1+1"),
            ("+5", "'+5"),
            ("-5", "'-5"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "' =1"),
            ("\r=1", "' =1"),
            ("  =1", "'  =1"),
            (" a ", "\" a \""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=cmd|' /C calc'!A0,\"x\"", "\"'=cmd|' /C calc'!A0,\"\"x\"\"\""),
            ("two\r\nlines\x1b", "two lines\\x1b"),
            ("a-b", "a-b"),
        ] {
            assert_eq!(text(raw), want, "{raw:?}");
        }
    }

    #[test]
    fn numbers_are_numbers() {
        let row = vec![Cell::Value(-0.1, "=ms".into(), Default::default()), Cell::Change(f64::NAN, Default::default())];
        let table = Table { columns: vec![Column::right("a"), Column::right("=b")], rows: vec![row] };
        let page = Page(View { blocks: vec![Block::Table(table)] });
        assert_eq!(rendered(&Csv, &page, &Options::default()), "a,a unit,'=b\r\n-0.1,'=ms,\r\n");
    }
}
