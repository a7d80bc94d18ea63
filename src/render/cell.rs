//! A cell as people read it, before a medium escapes it.

use super::{chart, number};
use crate::model::format_f64;
use crate::report::{Cell, Tone};

/// The longest spark; longer ones are averaged.
const SPARK: usize = 24;

/// The words of a cell; text is as it came, so that the caller must escape it. Without `unicode`, ours is ASCII.
pub(super) fn words(cell: &Cell, unicode: bool) -> String {
    match cell {
        Cell::Text(text, _) => text.clone(),
        Cell::Value(value, unit, _) => number::value(*value, unit),
        Cell::Change(ratio, _) if unicode => number::change(*ratio),
        Cell::Change(ratio, _) => number::change(*ratio).replace('×', "x").replace('÷', "/"),
        Cell::Share(ratio, _) => number::share(*ratio),
        Cell::Ratio(factor, _) if factor.is_finite() => format!("{factor:.2}x"),
        Cell::Number(value, _) if value.is_finite() => format_f64(*value),
        Cell::Duration(seconds, _) => number::duration(*seconds),
        Cell::Bytes(bytes, _) => number::bytes(*bytes),
        Cell::Commit(id) => id.chars().take(8).collect(),
        Cell::Spark(values) => chart::spark(values, SPARK, unicode),
        Cell::Ratio(..) | Cell::Number(..) | Cell::Missing => number::MISSING.into(),
    }
}

/// The tone of a cell.
pub(super) fn tone(cell: &Cell) -> Tone {
    match cell {
        Cell::Text(_, tone)
        | Cell::Value(_, _, tone)
        | Cell::Change(_, tone)
        | Cell::Share(_, tone)
        | Cell::Ratio(_, tone)
        | Cell::Number(_, tone)
        | Cell::Duration(_, tone)
        | Cell::Bytes(_, tone) => *tone,
        Cell::Commit(_) => Tone::Commit,
        Cell::Spark(_) => Tone::Plain,
        Cell::Missing => Tone::Dim,
    }
}
