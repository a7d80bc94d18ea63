//! Markdown as GitHub reads it: tables, folded blocks as `<details>`, curves in code fences. Other people's text never
//! links, mentions, fetches or formats.

mod inline;

use std::io::{self, Write};

use super::{Options, Renderer, bars, cell, chart, escape};
use crate::report::{Align, Block, Cell, Report, Table, Tone};

/// Columns of a chart: what a comment on GitHub shows without scrolling.
const CHART: usize = 80;

/// Markdown for a comment or a file.
pub(super) struct Markdown;

impl Renderer for Markdown {
    fn name(&self) -> &'static str {
        "md"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["markdown"]
    }

    fn doc(&self) -> &'static str {
        "Markdown for a comment, a job summary or a file"
    }

    fn render(&self, report: &dyn Report, _: &Options, out: &mut dyn Write) -> io::Result<()> {
        let mut text = String::new();
        blocks(&report.view().blocks, 2, &mut text);
        out.write_all(text.as_bytes())
    }
}

fn blocks(blocks: &[Block], level: usize, out: &mut String) {
    for (i, block) in blocks.iter().enumerate() {
        let lines = matches!(block, Block::Line(_)) && i > 0 && matches!(blocks[i - 1], Block::Line(_));
        if i > 0 && !lines {
            out.push('\n');
        }
        match block {
            Block::Heading(text) => out.push_str(&format!("{} {}\n", "#".repeat(level), inline::text(text))),
            Block::Line(cells) => line(cells, matches!(blocks.get(i + 1), Some(Block::Line(_))), out),
            Block::Table(table) => self::table(table, out),
            Block::Verbatim(text) => fence(&escape::lines(text).collect::<Vec<_>>(), out),
            Block::Chart { title, unit, values, marks } => {
                fence(&chart::chart(title, unit, values, marks, CHART, true), out);
            }
            Block::Bars { title, unit, bars } => fence(&bars::draw(title, unit, bars, CHART, true), out),
            Block::Folded { summary, blocks } => {
                out.push_str(&format!("<details><summary>{}</summary>\n\n", inline::html(summary)));
                self::blocks(blocks, (level + 1).min(6), out);
                out.push_str("\n</details>\n");
            }
        }
    }
}

/// A paragraph; where another line follows it ends in a hard break.
fn line(cells: &[Cell], more: bool, out: &mut String) {
    let mut text = String::new();
    for (i, cell) in cells.iter().enumerate() {
        let (words, weight) = (inline(cell, false), strong(cell));
        // Stars make bold only where they touch white space, punctuation or an edge outside.
        let before = text.chars().next_back().is_none_or(char::is_whitespace);
        let after = cells.get(i + 1).is_none_or(|next| cell::words(next, true).starts_with(char::is_whitespace));
        text.push_str(&if weight && before && after { bold(&words) } else { words });
    }
    let text = inline::at_line_start(text.trim());
    out.push_str(&text);
    out.push_str(if more && !text.is_empty() { "\\\n" } else { "\n" });
}

fn table(table: &Table, out: &mut String) {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    out.push_str(&row(table.columns.iter().map(|c| inline::text(&c.title)).collect()));
    let rule = |align| if align == Align::Right { "--:" } else { "---" }.to_owned();
    out.push_str(&row(table.columns.iter().map(|c| rule(c.align)).collect()));
    for cells in &table.rows {
        let cells = (0..table.columns.len()).map(|i| {
            let cell = cells.get(i).unwrap_or(&Cell::Missing);
            let words = inline(cell, true);
            if strong(cell) { bold(words.trim()) } else { words.trim().to_owned() }
        });
        out.push_str(&row(cells.collect()));
    }
}

/// The words of a cell; names as code, so that they stay what they are.
fn inline(cell: &Cell, in_table: bool) -> String {
    let words = cell::words(cell, true);
    match cell {
        Cell::Text(name, Tone::Name) => inline::code(name, in_table),
        _ => inline::text(&words),
    }
}

/// Tones that a reader must not miss.
fn strong(cell: &Cell) -> bool {
    matches!(cell::tone(cell), Tone::Bad | Tone::Strong)
}

fn bold(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!("**{words}**") }
}

/// A code fence longer than any run of backticks in the lines.
fn fence(lines: &[String], out: &mut String) {
    let fence = "`".repeat(lines.iter().map(|line| inline::backticks(line)).max().unwrap_or(0).max(2) + 1);
    out.push_str(&fence);
    out.push('\n');
    for line in lines {
        out.push_str(line);
        out.push('\n');
    }
    out.push_str(&fence);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::{rendered, sample};

    #[test]
    fn the_sample_is_as_expected() {
        let want = r##"## Changes

slower: `parse/small` by **+5.0 %** (1 of 2)\
on linux

| benchmark | machine | time | change | spread | runs | size | took | commit | trend |
| --- | --- | --: | --: | --: | --: | --: | --: | --- | --- |
| `parse/small` | linux | **1.25 ms** | **+5.0 %** | 1.2 % | 16 | 1.3 MB | 1h 02m | 01234567 | ▁▃·█ |
| `parse/big` | - | - | -12.3 % | - | 3 | 512 B | 4.5 ms | - | - |

```
parse/small
1.25 ms ┤            ████▅▅▅▅
        │            ████████
        │            ████████
        │            ████████
        │            ████████
        │            ████████
        │            ████████
   1 ms ┤▁▁▁▁▄▄▄▄····████████
        └────────────▲───────
        5 commits, 1 not measured, ▲ 1 change
```

<details><summary>environment</summary>

| key | value |
| --- | --- |
| kernel | 6.1 |

````
-parse/small
+```linux
````

</details>
"##;
        assert_eq!(rendered(&Markdown, &sample(), &Options::default()), want);
    }
}
