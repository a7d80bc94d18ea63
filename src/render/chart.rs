//! Curves from block characters.

use super::escape::{one_line, shorten, width};
use super::number;

/// Height of a chart in lines.
const ROWS: usize = 8;

/// A chart is stretched up to so many columns.
const STRETCH: usize = 60;

/// The curve on one line of at most `room` columns, between its least and its greatest value, yet so that a range of
/// less than 2 % of the level does not fill the height. Longer ones are averaged; `·` is what was not measured.
pub(super) fn spark(values: &[Option<f64>], room: usize, unicode: bool) -> String {
    let points = resample(values, values.len().min(room));
    let Some((least, greatest)) = range(&points) else {
        return points.iter().map(|_| if unicode { '·' } else { ' ' }).collect();
    };
    let middle = least / 2.0 + greatest / 2.0;
    let half = (greatest / 2.0 - least / 2.0).max(middle.abs() * 0.01);
    let level = |v: f64| if half > 0.0 { (((v - middle) / half + 1.0) * 3.5).round() as usize + 1 } else { 4 };
    let glyphs: Vec<char> = if unicode { "·▁▂▃▄▅▆▇█" } else { " _.:-=+*#" }.chars().collect();
    points.iter().map(|point| glyphs[point.map_or(0, |v| level(v).min(8))]).collect()
}

/// The lines of a chart within `room` columns: title, plot with the greatest and the least value at its side, axis with
/// marks at the change points, and what there is to know about it. All text in it is escaped.
pub(super) fn chart(
    title: &str,
    unit: &str,
    values: &[Option<f64>],
    marks: &[usize],
    room: usize,
    unicode: bool,
) -> Vec<String> {
    let dots = if unicode { "…" } else { ".." };
    let mut lines = vec![shorten(&one_line(title), room, dots)];
    let Some((least, greatest)) = range(values) else {
        lines.push("not measured".into());
        return lines;
    };
    let label = |v: f64| shorten(&one_line(&number::value(v, unit)), (room / 4).max(8), dots);
    let (top, bottom) = (label(greatest), label(least));
    let side = width(&top).max(width(&bottom));
    let plot = room.saturating_sub(side + 2).max(1);
    let columns = match plot.min(STRETCH) / values.len() {
        0 => values.len().min(plot),
        times => values.len() * times.min(4),
    };
    let points = resample(values, columns);
    let level = |v: f64| {
        let share = (v / 2.0 - least / 2.0) / (greatest / 2.0 - least / 2.0);
        if top == bottom { ROWS * 4 } else { 1 + (share * (ROWS * 8 - 1) as f64).round() as usize }
    };
    let glyphs: Vec<char> = if unicode { " ▁▂▃▄▅▆▇█" } else { " ..::||##" }.chars().collect();
    let (tick, wall, corner, floor, mark) =
        if unicode { ('┤', '│', '└', '─', '▲') } else { ('|', '|', '+', '-', '^') };
    for row in (0..ROWS).rev() {
        let (label, edge) = match row {
            // What reads the same is drawn level: no noise as high as the chart.
            _ if top == bottom && row == ROWS / 2 - 1 => (top.as_str(), tick),
            _ if top == bottom => ("", wall),
            0 => (bottom.as_str(), tick),
            _ if row == ROWS - 1 => (top.as_str(), tick),
            _ => ("", wall),
        };
        let mut line = format!("{}{label} {edge}", " ".repeat(side - width(label)));
        line.extend(points.iter().map(|point| match point {
            Some(v) => glyphs[level(*v).saturating_sub(row * 8).min(8)],
            None if row == 0 && unicode => '·',
            None => ' ',
        }));
        lines.push(line.trim_end().to_owned());
    }
    let mut axis = vec![floor; columns];
    let shown: Vec<_> = marks.iter().filter(|m| **m < values.len()).collect();
    for at in &shown {
        axis[**at * columns / values.len()] = mark;
    }
    lines.push(format!("{} {corner}{}", " ".repeat(side), axis.into_iter().collect::<String>()));
    let legend = legend(values, shown.len(), mark);
    let indent = if side + 1 + width(&legend) <= room { side + 1 } else { 0 };
    lines.push(shorten(&format!("{}{legend}", " ".repeat(indent)), room, dots));
    lines
}

fn legend(values: &[Option<f64>], marks: usize, mark: char) -> String {
    let gaps = values.iter().filter(|v| !v.is_some_and(f64::is_finite)).count();
    let mut text = format!("{} {}", values.len(), if values.len() == 1 { "commit" } else { "commits" });
    if gaps > 0 {
        text.push_str(&format!(", {gaps} not measured"));
    }
    if marks > 0 {
        text.push_str(&format!(", {mark} {marks} {}", if marks == 1 { "change" } else { "changes" }));
    }
    text
}

/// Least and greatest of the finite values.
pub(super) fn range(values: &[Option<f64>]) -> Option<(f64, f64)> {
    let finite = values.iter().flatten().copied().filter(|v| v.is_finite());
    finite.fold(None, |range, v| match range {
        None => Some((v, v)),
        Some((least, greatest)) => Some((v.min(least), v.max(greatest))),
    })
}

/// As many points as asked for: the mean of the finite values that fall on each, or each value several times.
fn resample(values: &[Option<f64>], count: usize) -> Vec<Option<f64>> {
    let n = values.len();
    (0..count)
        .map(|i| {
            let from = i * n / count;
            let to = ((i + 1) * n / count).max(from + 1);
            let finite: Vec<f64> = values[from..to].iter().flatten().copied().filter(|v| v.is_finite()).collect();
            (!finite.is_empty()).then(|| finite.iter().map(|v| v / finite.len() as f64).sum())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_the_same_is_level_and_what_is_long_is_averaged() {
        let got = chart("t", "ms", &[Some(100.0), Some(100.00001)], &[7], 40, true);
        assert_eq!(got[5], "100 ms ┤████████");
        assert!(got[1..5].iter().all(|line| line == "       │"), "{got:?}");
        assert_eq!(got[9..], ["       └────────", "       2 commits"]);
        let many: Vec<_> = (0..2000).map(|i| Some(f64::from(i))).collect();
        let got = chart("t", "", &many, &[1999], 40, true);
        assert!(got.iter().all(|line| width(line) <= 40));
        assert!(got[9].ends_with("─▲"));
        assert_eq!(chart("t", "", &[None], &[0], 40, true), ["t", "not measured"]);
    }

    #[test]
    fn sparks_show_gaps_and_keep_small_noise_small() {
        let some = |values: &[f64]| values.iter().map(|v| Some(*v)).collect::<Vec<_>>();
        assert_eq!(spark(&some(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]), 24, true), "▁▂▃▄▅▆▇█");
        assert_eq!(spark(&[Some(1.0), None, Some(f64::NAN), Some(2.0)], 24, true), "▁··█");
        assert_eq!(spark(&[Some(1.0), None, Some(2.0)], 24, false), "_ #");
        assert_eq!(spark(&some(&[100.0, 100.1, 100.0]), 24, true), "▄▅▄");
        assert_eq!(spark(&[None, None], 24, true), "··");
        assert_eq!(spark(&[], 24, true), "");
        assert_eq!(spark(&some(&[-f64::MAX, f64::MAX, 0.0]), 24, true).chars().count(), 3);
        assert_eq!(spark(&some(&[0.0; 2000]), 24, true).chars().count(), 24);
    }
}
