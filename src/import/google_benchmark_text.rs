//! Google Benchmark's CSV and console output, as rows.

use super::google_benchmark_rows::{Cell, Row};
use super::{csv, facts, text};
use crate::model::{Run, Time};

const CSV_HEAD: &str = "name,iterations,real_time,cpu_time,time_unit";

/// The part of the text that is CSV; what stands before its head is the context of the run.
pub(super) fn csv(text: &str) -> Option<&str> {
    let mut at = 0;
    for line in text.split_inclusive('\n').take(100) {
        if line.starts_with(CSV_HEAD) {
            return text.get(at..);
        }
        at += line.len();
    }
    None
}

/// The lines of console output from the head of the table on.
pub(super) fn console(text: &str) -> Option<&str> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if is_head(line) {
            return text.get(at..);
        }
        at += line.len();
    }
    None
}

fn is_head(line: &str) -> bool {
    line.starts_with("Benchmark ") && line.split_whitespace().take(4).eq(["Benchmark", "Time", "CPU", "Iterations"])
}

/// What is printed before the results: `2024-01-15T10:30:00+00:00`, `Run on (8 X 2445 MHz CPU s)`.
pub(super) fn context(text: &str, run: &mut Run) {
    for line in text.lines().take(40).take_while(|line| !is_head(line) && !line.starts_with(CSV_HEAD)) {
        if let Some(count) = line.strip_prefix("Run on (").and_then(|rest| rest.split(' ').next()) {
            facts::put_count(&mut run.platform, "cpu_count", count.parse().ok());
        } else if run.time.is_none() && line.starts_with(|c: char| c.is_ascii_digit()) {
            run.time = Time::parse(line);
        }
    }
}

/// Rows of CSV.
///
/// # Errors
/// Place and fault of the first broken row.
pub(super) fn read_csv(text: &str) -> Result<Vec<Row>, (String, &'static str)> {
    let rows = csv::rows(text, ',');
    let Some(((_, head), rows)) = rows.split_first() else { return Ok(Vec::new()) };
    let column = |name: &str| head.iter().position(|h| h == name);
    let (label, error, message) = (column("label"), column("error_occurred"), column("error_message"));
    let mut read = Vec::new();
    for (line, row) in rows {
        let cell = |at: usize| row.get(at).map_or("", String::as_str);
        let unit = cell(4);
        let mut one = Row { name: cell(0).to_owned(), repetitions: cell(1).parse().ok(), ..Row::default() };
        if error.is_some_and(|at| cell(at) == "true") {
            one.fail("ns");
            read.push(one);
            continue;
        }
        // Complexities and variations are in no unit of time.
        if !["ns", "us", "ms", "s"].contains(&unit)
            && ["_BigO", "_RMS", "_cv"].iter().any(|end| one.name.ends_with(end))
        {
            continue;
        }
        for (at, key) in [(2, "real_time"), (3, "cpu_time")] {
            let value = text::number(cell(at)).ok_or((format!("line {line}"), "'real_time' is no number"))?;
            one.values.push(Cell::time(key, unit, value));
        }
        for (at, (value, name)) in row.iter().zip(head).enumerate().skip(5) {
            if let Some(value) = text::number(value).filter(|_| ![label, error, message].contains(&Some(at))) {
                one.values.push(Cell::counter(name, "", value));
            }
        }
        read.push(one);
    }
    Ok(read)
}

/// Rows of console output.
pub(super) fn read_console(text: &str) -> Vec<Row> {
    let (mut read, mut columns) = (Vec::new(), Vec::new());
    for line in text.lines() {
        if is_head(line) {
            columns = line.split_whitespace().skip(4).filter(|name| *name != "UserCounters...").collect();
        } else if let Some(row) = error_row(line).or_else(|| row(line, &columns)) {
            read.push(row);
        }
    }
    read
}

fn error_row(line: &str) -> Option<Row> {
    let (name, message) = line.split_once("ERROR OCCURRED: ")?;
    if name.trim().is_empty() || !message.starts_with('\'') {
        return None;
    }
    let mut row = Row { name: name.trim().into(), ..Row::default() };
    row.fail("ns");
    Some(row)
}

/// `NAME  14.5 ns  5.02 ns  2785625 counters label`; rows in percent and complexities do not fit and are left out.
fn row(line: &str, columns: &[&str]) -> Option<Row> {
    let words: Vec<(usize, &str)> = text::words(line).collect();
    let unit = |word: &str| matches!(word, "ns" | "us" | "ms" | "s");
    let fits = |w: &[(usize, &str)]| match w {
        [(_, time), (_, u), (_, cpu), (_, v), (_, n)] => {
            unit(u)
                && unit(v)
                && text::number(time).is_some()
                && text::number(cpu).is_some()
                && n.parse::<u64>().is_ok()
        }
        _ => false,
    };
    let at = words.windows(5).skip(1).position(fits)? + 1;
    let word = |i: usize| words.get(at + i).map_or("", |(_, word)| *word);
    let name = line.get(..words.get(at)?.0)?.trim();
    let mut row = Row { name: name.into(), repetitions: word(4).parse().ok(), ..Row::default() };
    row.values.push(Cell::time("real_time", word(1), text::number(word(0))?));
    row.values.push(Cell::time("cpu_time", word(3), text::number(word(2))?));
    let rest = words.get(at + 5..).unwrap_or_default();
    if columns.is_empty() {
        let mut rest = rest;
        while let [(_, word), behind @ ..] = rest {
            // The label follows the counters.
            let Some((key, (value, unit))) = word.rsplit_once('=').and_then(|(k, v)| Some((k, scaled(v, k)?))) else {
                break;
            };
            row.values.push(Cell::counter(key, unit, value));
            rest = behind;
        }
        read_old_rates(rest, &mut row);
    } else {
        for (key, (_, word)) in columns.iter().zip(rest) {
            let Some((value, unit)) = scaled(word, key) else { break };
            row.values.push(Cell::counter(key, unit, value));
        }
    }
    Some(row)
}

/// Versions up to 1.4 print `1.4GB/s` and `2.4G items/s` behind the counters, in steps of 1024.
fn read_old_rates(mut rest: &[(usize, &str)], row: &mut Row) {
    let number = |text: &str| scaled(text, "bytes_per_second").map(|(value, _)| value);
    if let [(_, word), behind @ ..] = rest
        && let Some(value) = word.strip_suffix("B/s").and_then(number)
    {
        row.values.push(Cell::counter("bytes_per_second", "", value));
        rest = behind;
    }
    if let [(_, word), (_, "items/s"), ..] = rest {
        row.values.extend(number(word).map(|value| Cell::counter("items_per_second", "", value)));
    }
}

/// `24.4503M/s` is 24450300 and `/s`. Steps are of 1000, in bytes per second and with an `i` of 1024.
fn scaled<'a>(text: &'a str, key: &str) -> Option<(f64, &'a str)> {
    let unit = ["/s", "s"].into_iter().find(|unit| text.ends_with(unit)).unwrap_or("");
    let text = text.strip_suffix(unit)?;
    if text.ends_with('%') {
        return None;
    }
    let (text, binary) =
        text.strip_suffix('i').filter(|rest| !rest.is_empty()).map_or((text, false), |rest| (rest, true));
    let step: f64 = if binary || key == "bytes_per_second" { 1024.0 } else { 1000.0 };
    let power = ["y", "z", "a", "f", "p", "n", "u", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y"];
    let last = text.chars().next_back()?;
    let at = power
        .iter()
        .position(|p| !p.is_empty() && (p.starts_with(last) || (*p == "k" && last == 'K')))
        .filter(|_| !text.ends_with("nan") && !text.ends_with("inf"));
    let number = at.map_or(Some(text), |_| text.strip_suffix(last))?;
    let value = text::number(number)?;
    Some((value * step.powi(at.map_or(0, |at| at as i32 - 8)), unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(row: &Row) -> Vec<(&str, &str, f64)> {
        row.values.iter().map(|c| (c.metric.as_str(), c.unit.as_str(), c.value)).collect()
    }

    #[test]
    fn prefixes_are_read() {
        assert_eq!(scaled("1.5G/s", "bytes_per_second"), Some((1.5 * 1024.0 * 1024.0 * 1024.0, "/s")));
        assert_eq!(scaled("2k", "x"), Some((2000.0, "")));
        assert_eq!(scaled("2Ki/s", "x"), Some((2048.0, "/s")));
        assert_eq!(scaled("42", "x"), Some((42.0, "")));
        assert!(scaled("-nan", "x").is_some_and(|(v, _)| v.is_nan()) && scaled("inf/s", "x").is_some());
        assert_eq!(scaled("1.63%", "x"), None);
        assert_eq!(scaled("long", "x"), None);
    }

    #[test]
    fn console_rows_with_labels_and_counter_columns() {
        let text = "Benchmark          Time             CPU   Iterations UserCounters...\n\
            BM_T<a, b>/8     14.5 ns         5.02 ns      2785625 bytes_per_second=1G/s Foo=2k x=y label\n\
            BM_cv            6.83 %          1.64 %             3\nBM_Err   ERROR OCCURRED: 'no'\nBM_Old 1 us 2 us 5 1.5kB/s 2 items/s\n\
            Benchmark          Time             CPU   Iterations        Foo bytes_per_second\n\
            BM_X             1.00 ms         2.00 ms            5         42            1Mi/s\n";
        let rows = read_console(console(text).unwrap());
        let names: Vec<_> = rows.iter().map(|r| (r.name.as_str(), r.failed)).collect();
        assert_eq!(names, [("BM_T<a, b>/8", false), ("BM_Err", true), ("BM_Old", false), ("BM_X", false)]);
        let times = [("time", "ns", 14.5), ("cpu_time", "ns", 5.02)];
        assert_eq!(cells(&rows[0]), [&times[..], &[("throughput", "B/s", 1073741824.0), ("foo", "", 2000.0)]].concat());
        assert_eq!(cells(&rows[2])[2..], [("throughput", "B/s", 1536.0), ("throughput", "items/s", 2.0)]);
        assert_eq!(cells(&rows[3])[2..], [("foo", "", 42.0), ("throughput", "B/s", 1048576.0)]);
    }

    #[test]
    fn csv_rows_with_counters_and_errors() {
        let text = "Running ./b\nname,iterations,real_time,cpu_time,time_unit,bytes_per_second,items_per_second,label,error_occurred,error_message,\"Foo\"\n\
            \"a<b,c>\",10,1.5,2,us,,8,\"l\",,,3\n\"e\",,,,,,,,true,\"no\"\n\"a_BigO\",,1,1,N,,,,,\n";
        let rows = read_csv(csv(text).unwrap()).unwrap();
        assert_eq!(
            rows.iter().map(|r| (r.name.as_str(), r.failed)).collect::<Vec<_>>(),
            [("a<b,c>", false), ("e", true)]
        );
        assert_eq!(
            cells(&rows[0]),
            [("time", "us", 1.5), ("cpu_time", "us", 2.0), ("throughput", "items/s", 8.0), ("foo", "", 3.0)]
        );
    }
}
