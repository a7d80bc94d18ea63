//! Text for a terminal: tables that fit its width, curves from block characters, colours where asked for.

mod paint;
mod table;

use std::io::{self, Write};

use super::{Options, Renderer, bars, cell, chart, escape};
use crate::report::{Block, Cell, Report, Tone};
use paint::Paint;

/// A chart is never wider than this.
const CHART: usize = 100;

/// Text for people at a terminal; no contract.
pub(super) struct Text;

impl Renderer for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["table"]
    }

    fn doc(&self) -> &'static str {
        "tables and curves for a terminal; may change with every version"
    }

    fn render(&self, report: &dyn Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        let mut page = Page { options, out, last: None };
        page.blocks(&report.view().blocks)
    }
}

/// What stands above, for the empty lines between blocks.
#[derive(Clone, Copy, PartialEq)]
enum Above {
    Heading,
    Line,
    Other,
}

struct Page<'a> {
    options: &'a Options,
    out: &'a mut dyn Write,
    last: Option<Above>,
}

impl Page<'_> {
    fn blocks(&mut self, blocks: &[Block]) -> io::Result<()> {
        blocks.iter().try_for_each(|block| self.block(block))
    }

    fn block(&mut self, block: &Block) -> io::Result<()> {
        let Options { unicode, all, colour, .. } = *self.options;
        let width = self.width();
        let paint = Paint { colour };
        match block {
            Block::Heading(text) => {
                self.gap(Above::Heading)?;
                let text = escape::one_line(text);
                self.put(paint::wrap(&[(text, Tone::Strong)], width, paint))
            }
            Block::Line(cells) => {
                self.gap(Above::Line)?;
                self.line(cells)
            }
            Block::Table(table) => {
                self.gap(Above::Other)?;
                self.put(table::draw(table, width, unicode, paint))
            }
            Block::Verbatim(text) => {
                self.gap(Above::Other)?;
                escape::lines(text).try_for_each(|line| writeln!(self.out, "{line}"))
            }
            Block::Chart { title, unit, values, marks } => {
                self.gap(Above::Other)?;
                self.put(chart::chart(title, unit, values, marks, width.min(CHART), unicode))
            }
            Block::Bars { title, unit, bars } => {
                self.gap(Above::Other)?;
                self.put(bars::draw(title, unit, bars, width.min(CHART), unicode))
            }
            Block::Folded { summary, blocks } => {
                self.gap(Above::Line)?;
                let sign = match (unicode, all) {
                    (true, true) => "▾ ",
                    (true, false) => "▸ ",
                    (false, true) => "- ",
                    (false, false) => "+ ",
                };
                self.line(&[Cell::dim(sign), Cell::text(summary)])?;
                if all {
                    self.last = Some(Above::Heading);
                    self.blocks(blocks)?;
                    self.last = Some(Above::Other);
                }
                Ok(())
            }
        }
    }

    fn line(&mut self, cells: &[Cell]) -> io::Result<()> {
        let spans: Vec<_> =
            cells.iter().map(|c| (escape::one_line(&cell::words(c, self.options.unicode)), cell::tone(c))).collect();
        let lines = paint::wrap(&spans, self.width(), Paint { colour: self.options.colour });
        self.put(lines)
    }

    fn width(&self) -> usize {
        if self.options.width == 0 { usize::MAX } else { self.options.width }
    }

    fn gap(&mut self, next: Above) -> io::Result<()> {
        let close =
            matches!(self.last, None | Some(Above::Heading)) || (self.last == Some(Above::Line) && next == Above::Line);
        self.last = Some(next);
        if close { Ok(()) } else { writeln!(self.out) }
    }

    fn put(&mut self, lines: Vec<String>) -> io::Result<()> {
        lines.iter().try_for_each(|line| writeln!(self.out, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::{rendered, sample};

    fn sample_in(options: &Options) -> String {
        rendered(&Text, &sample(), options)
    }

    #[test]
    fn a_wide_page_with_all() {
        let want = r##"Changes
slower: parse/small by +5.0 % (1 of 2)
on linux

benchmark    machine     time   change  spread  runs    size    took  commit    trend
───────────  ───────  ───────  ───────  ──────  ────  ──────  ──────  ────────  ─────
parse/small  linux    1.25 ms   +5.0 %   1.2 %    16  1.3 MB  1h 02m  01234567  ▁▃·█
parse/big    -              -  -12.3 %       -     3   512 B  4.5 ms  -         -

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

▾ environment
key     value
──────  ─────
kernel  6.1

-parse/small
+```linux
"##;
        assert_eq!(sample_in(&Options { width: 100, all: true, ..Options::default() }), want);
        let endless = sample_in(&Options { width: 0, all: true, ..Options::default() });
        assert_eq!(endless, want);
    }

    #[test]
    fn a_narrow_page_in_ascii_leaves_columns_out() {
        let want = r##"Changes
slower: parse/small by +5.0 % (1 of 2)
on linux

benchmark       time   change  commit
-----------  -------  -------  --------
parse/small  1.25 ms   +5.0 %  01234567
parse/big          -  -12.3 %  -

parse/small
1.25 ms |            ####||||
        |            ########
        |            ########
        |            ########
        |            ########
        |            ########
        |            ########
   1 ms |....::::    ########
        +------------^-------
5 commits, 1 not measured, ^ 1 change

+ environment
"##;
        let got = sample_in(&Options { width: 44, unicode: false, ..Options::default() });
        assert_eq!(got, want);
        assert!(got.is_ascii());
    }

    #[test]
    fn colours_follow_the_tone() {
        let want = "\x1b[1mChanges\x1b[0m\n\
slower: \x1b[36mparse/small\x1b[0m by \x1b[31m+5.0 %\x1b[0m\x1b[2m (1 of 2)\x1b[0m\n\
on linux\n\
\n\
\x1b[1mbenchmark\x1b[0m       \x1b[1mtime\x1b[0m   \x1b[1mchange\x1b[0m  \x1b[1mcommit\x1b[0m\n\
\x1b[2m───────────  ───────  ───────  ────────\x1b[0m\n\
\x1b[36mparse/small\x1b[0m  \x1b[1m1.25 ms\x1b[0m   \x1b[31m+5.0 %\x1b[0m  \x1b[33m01234567\x1b[0m\n\
\x1b[36mparse/big\x1b[0m          \x1b[2m-\x1b[0m  \x1b[32m-12.3 %\x1b[0m  \x1b[2m-\x1b[0m";
        let got = sample_in(&Options { width: 40, colour: true, ..Options::default() });
        assert!(got.starts_with(want), "{got}");
    }
}
