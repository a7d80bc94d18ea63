//! A table within a width: columns are left out by rank, then text gives way in its middle, and where that is not
//! enough each row becomes a list. A number is never cut.

use super::paint::Paint;
use crate::render::escape::{one_line, shorten, width};
use crate::render::{cell, number};
use crate::report::{Align, Cell, Column, Table, Tone};

/// Space between two columns.
const GAP: usize = 2;

/// Columns are left out before text gets shorter than this.
const COMFORT: usize = 24;

/// The same of names, which are what a row is about.
const NAME: usize = 32;

/// What all names of a column begin with is left out from this width on.
const PREFIX: usize = 6;

/// Rows become lists before text gets shorter than this.
const LEAST: usize = 12;

/// Cells as escaped words, by row.
struct Grid<'a> {
    columns: &'a [Column],
    titles: Vec<String>,
    rows: Vec<Vec<(String, Tone)>>,
    /// Per column: the width it wants, and the width of its widest number.
    wants: Vec<(usize, usize)>,
    dots: &'static str,
}

/// The lines of the table; none is wider than `room` where that is at least 40.
pub(super) fn draw(table: &Table, room: usize, unicode: bool, paint: Paint) -> Vec<String> {
    let mut grid = Grid::new(table, unicode);
    if grid.wants.iter().map(|(want, _)| want + GAP).sum::<usize>() > room.saturating_add(GAP) {
        grid.shorten_names();
    }
    match grid.fit(room) {
        Some(layout) => grid.rows(&layout, unicode, paint),
        None => grid.lists(room, paint),
    }
}

impl<'a> Grid<'a> {
    fn new(table: &'a Table, unicode: bool) -> Self {
        let titles: Vec<_> = table.columns.iter().map(|c| one_line(&c.title)).collect();
        let mut wants: Vec<_> = titles.iter().map(|t| (width(t), 0)).collect();
        let mut rows = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let cells = (0..titles.len()).map(|i| row.get(i).unwrap_or(&Cell::Missing));
            let mut shown = Vec::with_capacity(titles.len());
            for (cell, (want, atom)) in cells.zip(&mut wants) {
                let words = one_line(&cell::words(cell, unicode));
                let wide = width(&words);
                *want = wide.max(*want);
                // What is wider has the name of a unit to lose.
                if !matches!(cell, Cell::Text(..)) && wide <= COMFORT {
                    *atom = wide.max(*atom);
                }
                shown.push((words, cell::tone(cell)));
            }
            rows.push(shown);
        }
        Self { columns: &table.columns, titles, rows, wants, dots: if unicode { "…" } else { ".." } }
    }

    /// Leaves out what all names of a column begin with, up to a separator: `…self/total memory`.
    fn shorten_names(&mut self) {
        for i in (0..self.columns.len()).filter(|i| self.wants[*i].0 > NAME).collect::<Vec<_>>() {
            let mut names = self.rows.iter().filter_map(|row| row.get(i));
            let Some((first, _)) = names.clone().next().filter(|_| names.all(|(_, tone)| *tone == Tone::Name)) else {
                continue;
            };
            let shared = self.rows.iter().map(|row| common(first, &row[i].0)).min().unwrap_or(0);
            let cut = first[..shared].rfind(['/', '.', ':', '[']).map_or(0, |at| at + 1);
            let alike = self.rows.iter().all(|row| row[i].0 == *first);
            if alike || width(&first[..cut]) < PREFIX {
                continue;
            }
            for row in &mut self.rows {
                row[i].0.replace_range(..cut, self.dots);
            }
            let widest = self.rows.iter().map(|row| width(&row[i].0)).max().unwrap_or(0);
            self.wants[i].0 = widest.max(width(&self.titles[i]));
        }
    }

    /// Whether a column holds names.
    fn named(&self, i: usize) -> bool {
        self.rows.iter().any(|row| row[i].1 == Tone::Name)
    }

    /// The columns that stay, each with its width; `None` where they cannot stand side by side.
    fn fit(&self, room: usize) -> Option<Vec<(usize, usize)>> {
        let mut kept: Vec<usize> = (0..self.columns.len()).collect();
        loop {
            let layout: Vec<_> = kept.iter().map(|i| (*i, self.wants[*i].0)).collect();
            if total(&layout) <= room {
                return Some(layout);
            }
            if let Some(layout) = self.shrunk(&layout, room, COMFORT) {
                return Some(layout);
            }
            let rank = |i: &usize| self.columns[*i].shed;
            match kept.iter().copied().filter(|i| rank(i) > 0).max_by_key(rank) {
                Some(worst) => kept.retain(|i| *i != worst),
                None => return self.shrunk(&layout, room, LEAST),
            }
        }
    }

    /// The widest columns of text made narrower until all fit; `None` where one would have less than `least`.
    fn shrunk(&self, layout: &[(usize, usize)], room: usize, least: usize) -> Option<Vec<(usize, usize)>> {
        let floor = |i: usize| {
            let (want, atom) = self.wants[i];
            match least {
                COMFORT if self.columns[i].whole => want,
                COMFORT if self.named(i) => atom.max(want.min(NAME)),
                _ => atom.max(want.min(least)),
            }
        };
        let floors: Vec<_> = layout.iter().map(|(i, _)| (*i, floor(*i))).collect();
        let spare = room.checked_sub(total(&floors))?;
        // The highest limit that all columns of text together can keep.
        let used = |limit: usize| -> usize {
            layout.iter().zip(&floors).map(|((_, want), (_, floor))| (*want).min(limit).max(*floor) - floor).sum()
        };
        let (mut low, mut high) = (0, layout.iter().map(|(_, want)| *want).max().unwrap_or(0));
        while low < high {
            let middle = (low + high).div_ceil(2);
            if used(middle) <= spare { low = middle } else { high = middle - 1 }
        }
        let mut fitted: Vec<_> =
            layout.iter().zip(&floors).map(|((i, want), (_, floor))| (*i, (*want).min(low).max(*floor))).collect();
        let mut left = room - total(&fitted);
        for (i, wide) in &mut fitted {
            if left > 0 && *wide < self.wants[*i].0 {
                *wide += 1;
                left -= 1;
            }
        }
        Some(fitted)
    }

    fn rows(&self, layout: &[(usize, usize)], unicode: bool, paint: Paint) -> Vec<String> {
        let mut lines = Vec::with_capacity(self.rows.len() + 2);
        if layout.iter().any(|(i, _)| !self.titles[*i].is_empty()) {
            lines.push(self.joined(layout, paint, |i| (&self.titles[i], Tone::Strong)));
            let rules: Vec<_> = layout.iter().map(|(_, w)| if unicode { "─" } else { "-" }.repeat(*w)).collect();
            lines.push(paint.tone(&rules.join(&" ".repeat(GAP)), Tone::Dim));
        }
        for row in &self.rows {
            lines.push(self.joined(layout, paint, |i| (&row[i].0, row[i].1)));
        }
        lines
    }

    fn joined<'b>(
        &self,
        layout: &[(usize, usize)],
        paint: Paint,
        cell: impl Fn(usize) -> (&'b String, Tone),
    ) -> String {
        let mut line = String::new();
        let mut blank = 0;
        for (i, wide) in layout {
            let (text, tone) = cell(*i);
            let text = shorten(text, *wide, self.dots);
            let pad = wide - width(&text);
            let (before, after) = if self.columns[*i].align == Align::Right { (pad, 0) } else { (0, pad) };
            if text.is_empty() {
                blank += wide + GAP;
                continue;
            }
            line.push_str(&" ".repeat(blank + before));
            line.push_str(&paint.tone(&text, tone));
            blank = after + GAP;
        }
        line
    }

    /// Each row as a list of titles and values.
    fn lists(&self, room: usize, paint: Paint) -> Vec<String> {
        let side = self.titles.iter().map(|t| width(t)).max().unwrap_or(0).min(room / 3);
        let mut lines = Vec::new();
        for (n, row) in self.rows.iter().enumerate() {
            if n > 0 {
                lines.push(String::new());
            }
            for (title, (text, tone)) in self.titles.iter().zip(row) {
                if text.is_empty() || text == number::MISSING {
                    continue;
                }
                let title = shorten(title, side, self.dots);
                let pad = " ".repeat(side - width(&title) + GAP);
                let text = shorten(text, room.saturating_sub(side + GAP), self.dots);
                lines.push(format!("{}{pad}{}", paint.tone(&title, Tone::Strong), paint.tone(&text, *tone)));
            }
        }
        lines
    }
}

/// How many bytes two texts have in common at their begin.
fn common(a: &str, b: &str) -> usize {
    a.char_indices().zip(b.chars()).find(|((_, x), y)| x != y).map_or(a.len().min(b.len()), |((at, _), _)| at)
}

fn total(layout: &[(usize, usize)]) -> usize {
    layout.iter().map(|(_, wide)| wide).sum::<usize>() + GAP * layout.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Column;

    fn drawn(room: usize) -> Vec<String> {
        let table = Table {
            columns: vec![Column::left("name"), Column::right("time"), Column::left("note").shed(1)],
            rows: vec![vec![
                Cell::name("a::rather::long::name::of::a::benchmark"),
                Cell::Value(1.5, "ms".into(), Tone::Plain),
                Cell::text("fine"),
            ]],
        };
        draw(&table, room, true, Paint { colour: false })
    }

    #[test]
    fn first_names_shrink_then_columns_go_then_rows_become_lists() {
        assert_eq!(drawn(80)[2], "a::rather::long::name::of::a::benchmark  1.5 ms  fine");
        assert_eq!(drawn(48)[2], "a::rather::long::…of::a::benchmark  1.5 ms  fine");
        assert_eq!(drawn(45)[2], "a::rather::long::n…::of::a::benchmark  1.5 ms");
        assert_eq!(drawn(34)[2], "a::rather::lo…a::benchmark  1.5 ms");
        assert_eq!(drawn(20)[2], "a::rat…hmark  1.5 ms");
        assert_eq!(drawn(19), ["name  a::rat…chmark", "time  1.5 ms", "note  fine"]);
    }

    #[test]
    fn what_all_names_begin_with_is_left_out_and_commands_are_never_cut() {
        let row = |name: &str| vec![Cell::name(name), Cell::text("cargo bench --bench all | git bench record -")];
        let columns = vec![Column::left("name"), Column::left("example").shed(1).whole()];
        let rows = vec![row("analysis-stats/webrender/total memory"), row("analysis-stats/webrender/time")];
        let table = Table { columns, rows };
        let drawn = |room| draw(&table, room, true, Paint { colour: false }).split_off(2);
        assert_eq!(drawn(90)[1], "analysis-stats/webrender/time          cargo bench --bench all | git bench record -");
        assert_eq!(drawn(70)[1], "…time          cargo bench --bench all | git bench record -");
        assert_eq!(drawn(50), ["…total memory", "…time"]);
    }

    #[test]
    fn a_table_without_titles_has_no_head_and_short_rows_are_filled() {
        let table = Table {
            columns: vec![Column::left(""), Column::right("")],
            rows: vec![vec![Cell::text("漢字"), Cell::Number(1.0, Tone::Plain)], vec![Cell::text("a")]],
        };
        assert_eq!(draw(&table, 80, true, Paint { colour: false }), ["漢字  1", "a     -"]);
    }
}
