//! HTML: one page without script or anything from elsewhere; tables, folded blocks as `<details>`, curves as SVG.

pub(super) mod svg;

use std::io::{self, Write};

use super::{Options, Renderer, cell, escape, number};
use crate::model::format_f64;
use crate::report::{Align, Block, Cell, Report, Table, Tone};

const STYLE: &str = include_str!("page.css");

/// A page for a browser or a mail.
pub(super) struct Html;

impl Renderer for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn doc(&self) -> &'static str {
        "one page for a browser, without script and without anything from elsewhere"
    }

    fn render(&self, report: &dyn Report, _: &Options, out: &mut dyn Write) -> io::Result<()> {
        let view = report.view();
        let heading =
            view.blocks.iter().find_map(|block| if let Block::Heading(text) = block { Some(text) } else { None });
        let title = escaped(heading.map_or("git bench", String::as_str));
        let mut text = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        );
        blocks(&view.blocks, 2, &mut text);
        text.push_str("</body>\n</html>\n");
        out.write_all(text.as_bytes())
    }
}

/// Blocks for a page that has its own head and heading.
pub(super) fn fragment(blocks: &[Block]) -> String {
    let mut text = String::new();
    self::blocks(blocks, 3, &mut text);
    text
}

fn blocks(blocks: &[Block], level: usize, out: &mut String) {
    for (i, block) in blocks.iter().enumerate() {
        match block {
            Block::Heading(text) if level == 2 && i == 0 => out.push_str(&format!("<h1>{}</h1>\n", escaped(text))),
            Block::Heading(text) => out.push_str(&format!("<h{level}>{}</h{level}>\n", escaped(text))),
            Block::Line(cells) => {
                let words: String = cells.iter().map(span).collect();
                out.push_str(&format!("<p>{words}</p>\n"));
            }
            Block::Table(table) => self::table(table, out),
            Block::Verbatim(text) => {
                let lines: Vec<_> = escape::lines(text).map(|line| escape::html(&line)).collect();
                // A line break right behind <pre> is dropped by browsers.
                out.push_str(&format!("<pre>\n{}\n</pre>\n", lines.join("\n")));
            }
            Block::Chart { title, unit, values, marks } => svg::chart(title, unit, values, marks, out),
            Block::Bars { title, unit, bars } => svg::bars(title, unit, bars, out),
            Block::Folded { summary, blocks } => {
                out.push_str(&format!("<details>\n<summary>{}</summary>\n", escaped(summary)));
                self::blocks(blocks, (level + 1).min(6), out);
                out.push_str("</details>\n");
            }
        }
    }
}

fn table(table: &Table, out: &mut String) {
    let right = |i: usize| if table.columns[i].align == Align::Right { " class=\"r\"" } else { "" };
    // Wide tables scroll by themselves, and by keyboard.
    out.push_str("<div class=\"scroll\" tabindex=\"0\">\n<table>\n<thead>\n<tr>");
    for (i, column) in table.columns.iter().enumerate() {
        out.push_str(&format!("<th scope=\"col\"{}>{}</th>", right(i), escaped(&column.title)));
    }
    out.push_str("</tr>\n</thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for i in 0..table.columns.len() {
            let words = span(row.get(i).unwrap_or(&Cell::Missing));
            out.push_str(&format!("<td{}>{words}</td>", right(i)));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
}

/// A cell in its tone, with what was rounded away or cut off as its tooltip.
fn span(cell: &Cell) -> String {
    let words = if let Cell::Spark(values) = cell { svg::spark(values) } else { escaped(&cell::words(cell, true)) };
    let full = match cell {
        Cell::Value(v, unit, _) if v.is_finite() => format!("{} {unit}", format_f64(*v)).trim_end().to_owned(),
        Cell::Change(v, _) | Cell::Share(v, _) | Cell::Ratio(v, _) if v.is_finite() => format_f64(*v),
        Cell::Duration(v, _) if v.is_finite() => format!("{} s", format_f64(*v)),
        Cell::Bytes(bytes, _) => format!("{bytes} B"),
        Cell::Commit(id) => id.clone(),
        _ => String::new(),
    };
    let class = match cell::tone(cell) {
        Tone::Plain => "",
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Warn => "warn",
        Tone::Dim => "dim",
        Tone::Strong => "strong",
        Tone::Commit => "commit",
        Tone::Name => "name",
    };
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let title = if full.is_empty() { String::new() } else { format!(" title=\"{}\"", escaped(&full)) };
    // Text of other scripts keeps its own direction without turning what stands beside it.
    let dir = if matches!(cell, Cell::Text(..)) && !words.is_ascii() { " dir=\"auto\"" } else { "" };
    if class.is_empty() && title.is_empty() && dir.is_empty() {
        return words;
    }
    format!("<span{class}{dir}{title}>{words}</span>")
}

/// Text on one line, for between tags and for attributes.
fn escaped(text: &str) -> String {
    escape::html(&escape::one_line(text))
}

/// A measured value as text for a label.
fn label(value: f64, unit: &str) -> String {
    escaped(&number::value(value, unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::{rendered, sample};

    #[test]
    fn the_sample_is_as_expected() {
        let got = rendered(&Html, &sample(), &Options::default());
        let (head, body) = got.split_once("<body>\n").unwrap();
        assert!(head.contains("default-src 'none'") && head.contains("<title>Changes</title>"), "{head}");
        assert_eq!(body, include_str!("sample.html"));
    }
}
