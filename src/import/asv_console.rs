//! airspeed velocity: what `asv run` prints.

use super::asv_kind::Kind;
use super::{Importer, Input, ReadOptions, broken, json};
use crate::Result;
use crate::model::{Measurement, Run};

/// Reader of asv's console output.
pub struct AsvConsole;

impl Importer for AsvConsole {
    fn name(&self) -> &'static str {
        "asv-console"
    }

    fn doc(&self) -> &'static str {
        "airspeed velocity: the output of 'asv run'"
    }

    fn example(&self) -> &'static str {
        "asv run | git bench record -"
    }

    fn claims(&self, input: &Input) -> bool {
        input.text().is_some_and(|text| text.lines().any(|line| step(line).is_some_and(|rest| rest.contains(' '))))
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let lines: Vec<&str> = input.text().unwrap_or_default().lines().collect();
        let mut run = Run { harness: Some("asv".into()), ..Run::default() };
        let mut commits: Vec<&str> = Vec::new();
        let mut at = 0;
        while at < lines.len() {
            let line = lines[at];
            at += 1;
            if let Some(commit) = commit(line)
                && commits.last() != Some(&commit)
            {
                commits.push(commit);
            }
            let Some((name, value)) = step(line).and_then(result) else { continue };
            let table = lines.get(at).and_then(|next| step(next)).is_some_and(|rest| rest.starts_with("=="));
            if table {
                let length = table_length(&lines[at..]).ok_or_else(|| {
                    broken(input, "asv output", &format!("line {}", at + 1), "expected a table with its last line")
                })?;
                read_table(name, &lines[at..at + length], &mut run.measurements);
                at += length;
            } else {
                run.measurements.extend(measured(name, name, value));
            }
        }
        match commits[..] {
            [one] => run.commit = Some(one.to_owned()),
            [] => {}
            _ => run
                .warnings
                .push(format!("the output is of {} commits: their results stand side by side", commits.len())),
        }
        Ok(vec![run])
    }
}

/// What stands behind `[ 5.00%] ··· `, the prefix of a benchmark's line (`---` where the terminal has no `·`).
fn step(line: &str) -> Option<&str> {
    let (percent, rest) = line.trim_start().strip_prefix('[')?.split_once("%] ")?;
    percent.trim().parse::<f64>().ok()?;
    let dot = if rest.starts_with('·') { '·' } else { '-' };
    let text = rest.trim_start_matches(dot);
    ((rest.len() - text.len()) / dot.len_utf8() >= 3).then_some(text.strip_prefix(' ')?.trim())
}

/// The commit of `[..] · For project commit 9ca65bea <main>:`.
fn commit(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once(" For ")?.1.split_once("commit ")?;
    let id = rest.split([' ', ':']).next()?;
    (id.len() >= 4 && id.bytes().all(|b| b.is_ascii_hexdigit())).then_some(id)
}

/// Name and printed value; older versions put `Running ` before the name.
fn result(rest: &str) -> Option<(&str, &str)> {
    if ["Running (", "Setting up ", "Building ", "Importing "].iter().any(|word| rest.starts_with(word)) {
        return None;
    }
    let (name, value) = rest.strip_prefix("Running ").unwrap_or(rest).rsplit_once(' ')?;
    let (name, value) = (name.trim_end(), value.trim());
    match name.rsplit_once(' ') {
        Some((name, part)) if value == "failed" && part.split_once('/').is_some() => Some((name.trim_end(), value)),
        _ => Some((name, value)),
    }
}

/// A printed value: `1.05±0.03μs`, `8.06k`, `failed`, `Infinity`; none where it is skipped or no result.
fn measured(full: &str, name: &str, text: &str) -> Option<Measurement> {
    let kind = Kind::of_name(name);
    let failed = |unit: &str| Some(Measurement::new(full, kind.metric.as_str(), unit, kind.better, None));
    if matches!(text, "failed" | "Infinity" | "-Infinity") {
        return failed(&kind.unit);
    }
    let digits = |text: &str| {
        let number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e');
        text.find(|c| !number(c)).unwrap_or(text.len())
    };
    let (value, rest) = text.split_at(digits(text));
    let suffix = match rest.strip_prefix(['±', '~']) {
        Some(rest) => &rest[digits(rest)..],
        None => rest,
    };
    let time = ["ns", "μs", "µs", "us", "ms", "s", "m", "h", "d", "w", "y"].contains(&suffix);
    let power = match suffix {
        "" => Some(0),
        _ => ["k", "M", "G", "T", "P", "E", "H"].iter().position(|s| *s == suffix).map(|i| 3 * (i + 1)),
    };
    let (unit, power) = match (kind.metric.as_str(), power) {
        ("time", _) | ("track", None) if time => (if suffix == "m" { "min" } else { suffix }, 0),
        ("memory" | "track", Some(power)) => (kind.unit.as_str(), power),
        _ => return None,
    };
    let value: f64 = if power == 0 { value.parse().ok()? } else { format!("{value}e{power}").parse().ok()? };
    Some(Measurement::new(full, kind.metric.as_str(), unit, kind.better, Some(value)))
}

fn is_rule(line: &str, dash: char) -> bool {
    let line = line.trim();
    line.contains(dash) && line.chars().all(|c| c == dash || c == ' ')
}

/// How many lines the table takes: it ends with its second `====` line, its third where it has a header on top.
fn table_length(lines: &[&str]) -> Option<usize> {
    let rules = if has_top(lines) { 2 } else { 1 };
    let ends = lines.iter().enumerate().skip(1).take_while(|(_, line)| step(line).is_none());
    ends.filter(|(_, line)| is_rule(line, '=')).nth(rules - 1).map(|(i, _)| i + 1)
}

fn has_top(lines: &[&str]) -> bool {
    lines.get(1).is_some_and(|line| line.trim_start().starts_with("-- ") && !is_rule(line, '-'))
}

/// The rows of a parameterised benchmark. The last parameters may stand in the columns, their names on top.
fn read_table(name: &str, lines: &[&str], out: &mut Vec<Measurement>) {
    let Some(last) = lines.last() else { return };
    let base = last.chars().count() - last.trim_start().chars().count();
    let rule: Vec<char> = last.trim().chars().collect();
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (i, c) in rule.iter().enumerate().filter(|(_, c)| **c == '=') {
        match spans.last_mut() {
            Some((_, end)) if *end == i && *c == '=' => *end += 1,
            _ => spans.push((i, i + 1)),
        }
    }
    let cut = |line: &str, from: usize, to: usize| -> String {
        let text: String = line.chars().skip(base + from).take(to - from).collect();
        text.trim().to_owned()
    };
    let cells = |line: &str| -> Vec<String> { spans.iter().map(|(from, to)| cut(line, *from, *to)).collect() };
    let top = has_top(lines);
    let (header, body) = if top { (3, 5) } else { (1, 3) };
    if lines.len() <= body || spans.is_empty() {
        return;
    }
    let names = cells(lines[header]);
    // The left part of the line below the top header spans the columns of the parameters that stand in rows.
    let rows = match top {
        true => {
            let left = lines[2].trim().chars().take_while(|c| *c == '-').count();
            spans.iter().filter(|(_, to)| *to <= left).count()
        }
        false => spans.len() - 1,
    };
    let tops = if top { cut(lines[1], spans[rows.min(spans.len() - 1)].0, usize::MAX - base) } else { String::new() };
    let tops: Vec<&str> = tops.split(" / ").collect();
    for line in &lines[body..lines.len() - 1] {
        let row = cells(line);
        for column in rows..row.len() {
            let mut params: Vec<(&str, &str)> = names.iter().zip(&row).take(rows).map(|(k, v)| (&**k, &**v)).collect();
            let values: Vec<&str> = names[column].split(" / ").collect();
            let joined = tops.join(" / ");
            if top && values.len() == tops.len() {
                params.extend(tops.iter().copied().zip(values));
            } else if top {
                params.push((&joined, &names[column]));
            }
            out.extend(measured(&json::with_params(name, &params), name, &row[column]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<String> {
        let (reader, runs) =
            super::super::read(&Input::file("out", text.into()), None, &ReadOptions::default()).unwrap();
        assert_eq!(reader.name(), "asv-console");
        let one = |m: &Measurement| format!("{} {} {:?} {}", m.name, m.metric, m.value, m.unit);
        runs[0].measurements.iter().map(one).collect()
    }

    #[test]
    fn values_are_read_with_their_units() {
        let found = rows(
            "[ 5.00%] ··· Running (b.time_a--).\n[10.00%] ··· Setting up b:3   failed\n[20.00%] ··· b.mem_x   8.06k\n\
             [30.00%] ··· b.time_a   1.05±0.03μs\n[40.00%] ··· b.time_b   n/a\n[50.00%] ··· b.track_c   1e-07\n\
             [60.00%] --- b.time_d   1.50~0.1m\n[70.00%] ··· b.time_e   failed\n[80.00%] ··· Running b.time_f  3.1ms\n\
             [90.00%] ··· b.time_g skipped\n[99.00%] ··· b.time_h skipped (setup_cache failed)\n",
        );
        assert_eq!(
            found,
            [
                "b.mem_x memory Some(8060.0) B",
                "b.time_a time Some(1.05) us",
                "b.track_c track Some(1e-7) ",
                "b.time_d time Some(1.5) min",
                "b.time_e time None s",
                "b.time_f time Some(3.1) ms",
            ]
        );
    }

    #[test]
    fn tables_name_their_parameters() {
        let found = rows(
            "[11.11%] ··· b.time_a           1/4 failed\n[11.11%] ··· === ====== ======= =====\n             --            p / q    \n\
             \u{20}            ---------- -------------\n              n    m     1 / a  2 / b\n             === ====== ======= =====\n\
             \u{20}             5    x    1.0ms   2s  \n              6    y z  failed  n/a \n             === ====== ======= =====\n\n\
             [22.22%] ··· b.mem_b              ok\n[22.22%] ··· === ======\n              n        \n             --- ------\n\
             \u{20}             5   1.2M \n             === ======\n[100.00%] ··· b.track_c     3\n",
        );
        assert_eq!(
            found,
            [
                "b.time_a[n=5,m=x,p=1,q=a] time Some(1.0) ms",
                "b.time_a[n=5,m=x,p=2,q=b] time Some(2.0) s",
                "b.time_a[n=6,m=y z,p=1,q=a] time None s",
                "b.mem_b[n=5] memory Some(1200000.0) B",
                "b.track_c track Some(3.0) ",
            ]
        );
    }
}
