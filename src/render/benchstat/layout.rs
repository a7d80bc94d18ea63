//! The grid that benchstat prints: columns as wide as their cells, a margin before each, cells that span columns.

use crate::render::escape;

/// Where a cell's text stands in its columns.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Place {
    /// At the left, nothing behind it.
    #[default]
    Left,
    /// In the middle, rounded to the left, nothing behind it.
    Middle,
    /// At the right.
    Right,
}

/// A cell of a row, of one column or more.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    /// Its first column.
    pub(super) at: usize,
    /// How many columns it spans.
    pub(super) span: usize,
    /// The text, on one line.
    pub(super) text: String,
    /// What stands before it; a column's margin is as wide as the widest of its cells.
    pub(super) margin: &'static str,
    /// Where in its columns.
    pub(super) place: Place,
}

/// Lays rows out. A cell that needs more than its columns have widens the first of them.
pub(super) fn lines(rows: &[Vec<Cell>]) -> String {
    let count = rows.iter().flatten().map(|c| c.at + c.span).max().unwrap_or(0);
    let (mut margins, mut widths) = (vec![0; count], vec![0; count]);
    for cell in rows.iter().flatten() {
        margins[cell.at] = margins[cell.at].max(escape::width(cell.margin));
    }
    let mut wide: Vec<&Cell> = rows.iter().flatten().collect();
    wide.sort_by_key(|c| c.span);
    for cell in wide {
        let has: usize = widths[cell.at..cell.at + cell.span].iter().sum();
        let needs = escape::width(&cell.text) + margins[cell.at];
        widths[cell.at] += needs.saturating_sub(has);
    }
    let start = |column: usize| widths[..column].iter().sum::<usize>();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for cell in row.iter().filter(|c| !c.text.trim().is_empty() || !c.margin.trim().is_empty()) {
            let margin = margins[cell.at];
            let room = start(cell.at + cell.span).saturating_sub(start(cell.at) + margin);
            pad(&mut line, start(cell.at) + margin - escape::width(cell.margin));
            line.push_str(cell.margin);
            let free = room.saturating_sub(escape::width(&cell.text));
            let before = match cell.place {
                Place::Left => 0,
                Place::Middle => free / 2,
                Place::Right => free,
            };
            pad(&mut line, start(cell.at) + margin + before);
            line.push_str(&cell.text);
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// Spaces up to a column.
fn pad(line: &mut String, column: usize) {
    let spaces = column.saturating_sub(escape::width(line));
    line.extend(std::iter::repeat_n(' ', spaces));
}
