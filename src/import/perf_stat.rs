//! `perf stat` of Linux: text, JSON lines (`-j`) and separated columns (`-x,`).

use serde_json::{Map, Value};

use super::{Importer, Input, ReadOptions, broken, json, scan};
use crate::Result;
use crate::model::{Better, Measurement, Run};

/// Reader of `perf stat` in its three forms.
pub struct PerfStat;

const HEAD: &str = "Performance counter stats for ";

impl Importer for PerfStat {
    fn name(&self) -> &'static str {
        "perf-stat"
    }

    fn doc(&self) -> &'static str {
        "output of perf stat: text, -j (JSON lines) or -x, (CSV)"
    }

    fn example(&self) -> &'static str {
        "perf stat -r 10 -o perf.txt -- ./program"
    }

    fn claims(&self, input: &Input) -> bool {
        if let Some(lines) = json_lines(input) {
            return lines.iter().all(Value::is_object) && lines.iter().any(is_counter);
        }
        if scan::first_of_broken_lines(input).is_some_and(|first| is_counter(&first)) {
            return true;
        }
        let Some(text) = input.text() else { return false };
        text.lines().any(|line| header(line).is_some()) || separator(text).is_some()
    }

    fn read(&self, input: &Input, _options: &ReadOptions) -> Result<Vec<Run>> {
        let mut run = Run { harness: Some("perf stat".into()), ..Run::default() };
        if let Some(lines) = json_lines(input) {
            run.measurements = lines.iter().filter_map(Value::as_object).filter_map(read_json).collect();
            return Ok(vec![run]);
        }
        let text = input.text().unwrap_or_default();
        if text.lines().any(|line| header(line).is_some()) {
            read_text(text, &mut run.measurements);
        } else if let Some(separator) = separator(text) {
            let rows = text.lines().filter_map(|line| row(line, separator).flatten());
            run.measurements =
                rows.filter_map(|row| Some(event(NAMELESS, &row.params, &row.event, &row.unit, row.value?))).collect();
        } else {
            return Err(broken(input, "perf stat output", &scan::broken_line(input), "expected a JSON object"));
        }
        Ok(vec![run])
    }
}

/// The name where the output does not say what was measured.
const NAMELESS: &str = "perf stat";

fn json_lines(input: &Input) -> Option<&[Value]> {
    match input.json() {
        Some(one) => Some(std::slice::from_ref(one)),
        None => input.json_lines(),
    }
}

fn is_counter(line: &Value) -> bool {
    line.get("counter-value").is_some() && line.get("event").is_some()
}

/// A counter of an event; `params` are what `-A` and its kind tell apart.
fn event(name: &str, params: &[(String, String)], event: &str, unit: &str, value: f64) -> Measurement {
    let (metric, unit, better) = match event.split(':').next().unwrap_or(event) {
        "task-clock" => ("cpu_time", if unit.is_empty() { "ms" } else { unit }, Better::Lower),
        base @ ("cycles" | "instructions") => (event, base, Better::Lower),
        _ => (event, unit, Better::None),
    };
    Measurement::new(json::with_params(name, params), metric, unit, better, Some(value))
}

fn read_json(line: &Map<String, Value>) -> Option<Measurement> {
    let value = json::f64_at(line, "counter-value")?;
    let keys = ["cpu", "core", "die", "socket", "node"];
    let params: Vec<(String, String)> =
        keys.iter().filter_map(|key| Some(((*key).to_owned(), json::plain(line.get(*key)?)))).collect();
    let unit = json::str_at(line, "unit").unwrap_or_default();
    Some(event(NAMELESS, &params, json::str_at(line, "event")?, unit, value))
}

/// What was measured, and how often.
fn header(line: &str) -> Option<(String, Option<u64>)> {
    let rest = line.trim().strip_prefix(HEAD)?.strip_suffix(':')?;
    let (subject, runs) = match rest.strip_suffix(" runs)").and_then(|rest| rest.rsplit_once(" (")) {
        Some((subject, runs)) => (subject, runs.parse().ok()),
        None => (rest, None),
    };
    // A process or thread id is not in quotes right here; a path to the program is not its name.
    let Some(command) = subject.strip_prefix('\'').and_then(|s| s.strip_suffix('\'')) else {
        return Some((NAMELESS.into(), runs));
    };
    let (program, arguments) = command.split_at(command.find(' ').unwrap_or(command.len()));
    let program = if program.starts_with('/') { scan::file_name(program) } else { program };
    Some((format!("{program}{arguments}"), runs))
}

fn read_text(text: &str, out: &mut Vec<Measurement>) {
    let (mut name, mut runs, mut start) = (NAMELESS.to_owned(), None, Some(out.len()));
    for line in text.lines() {
        if let Some(found) = header(line) {
            (name, runs) = found;
            start = Some(out.len());
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().take_while(|w| !w.starts_with(['(', '#'])).collect();
        let cpu = words.first().and_then(|w| w.strip_prefix("CPU")).filter(|w| w.parse::<u32>().is_ok());
        let params: Vec<(String, String)> = cpu.map(|cpu| ("cpu".into(), cpu.into())).into_iter().collect();
        let words = words.get(params.len()..).unwrap_or_default();
        let Some(value) = words.first().and_then(|w| scan::number(w)) else { continue };
        let own = |metric| Measurement::new(&name, metric, "s", Better::Lower, Some(value));
        let mut read = match words {
            [_, "seconds", "time", "elapsed"] | [_, "+-", _, "seconds", "time", "elapsed"] => own("time"),
            [_, "seconds", "user"] => own("user"),
            [_, "seconds", "sys"] => own("system"),
            [_, word] => event(&name, &params, word, "", value),
            [_, unit, word] if scan::number(unit).is_none() => event(&name, &params, word, unit, value),
            _ => continue,
        };
        read.n = runs;
        // perf prints the standard error of the mean in percent of it.
        let percent = line.split_once("( +-").and_then(|(_, rest)| scan::number(rest.split('%').next()?));
        read.stddev = percent.zip(runs).map(|(p, n)| p / 100.0 * value.abs() * (n as f64).sqrt());
        // The main value first, though perf prints it last.
        match if read.metric == "time" { start.take() } else { None } {
            Some(at) => out.insert(at, read),
            None => out.push(read),
        }
    }
}

struct Row {
    params: Vec<(String, String)>,
    /// None where the event was not counted.
    value: Option<f64>,
    unit: String,
    event: String,
}

/// One line of `-x`: `[CPUn,]value,unit,event[,variance],run time,percentage[,metric,its unit]`. `Some(None)` for lines
/// without a counter, `None` where it is no such line.
fn row(line: &str, separator: char) -> Option<Option<Row>> {
    if line.trim().is_empty() || line.starts_with('#') {
        return Some(None);
    }
    let mut fields = line.split(separator).peekable();
    let cpu = fields.next_if(|f| f.strip_prefix("CPU").is_some_and(|n| n.parse::<u32>().is_ok()));
    let params = cpu.and_then(|f| f.strip_prefix("CPU")).map(|n| ("cpu".to_owned(), n.to_owned()));
    let (value, unit) = (fields.next()?, fields.next()?);
    let mut event = fields.next()?.to_owned();
    if value.is_empty() && unit.is_empty() && event.is_empty() {
        return Some(None);
    }
    // An event of a PMU may hold the separator: `cpu/event=0x3c,umask=0x0/`.
    for _ in 0..16 {
        if event.matches('/').count() != 1 {
            break;
        }
        event.push(separator);
        event.push_str(fields.next()?);
    }
    fields.next_if(|f| f.strip_suffix('%').is_some_and(|v| scan::number(v).is_some()));
    let counted = fields.next()?.parse::<u64>().is_ok() && scan::number(fields.next()?).is_some();
    let value = if value.starts_with("<not ") { None } else { Some(scan::number(value)?) };
    let plain = unit.len() <= 16 && unit.chars().all(|c| c.is_alphanumeric() || c == '%');
    let named = event.starts_with(|c: char| c.is_ascii_alphabetic()) && !event.contains(' ');
    let params = params.into_iter().collect();
    (counted && plain && named).then(|| Some(Row { params, value, unit: unit.to_owned(), event }))
}

/// The separator for which all lines are of that form, and one has a counter.
fn separator(text: &str) -> Option<char> {
    let fits = |separator: &char| {
        let mut rows = 0;
        for line in text.lines() {
            rows += usize::from(row(line, *separator)?.is_some());
        }
        (rows > 0).then_some(())
    };
    [',', ';', '\t', '|', ':'].into_iter().find(|separator| fits(separator).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(clippy::type_complexity)]
    fn rows(text: &str) -> Vec<(String, String, String, Option<f64>, Option<u64>)> {
        let input = Input::file("p", text.into());
        assert!(PerfStat.claims(&input), "{text}");
        let run = PerfStat.read(&input, &ReadOptions::default()).unwrap().remove(0);
        let row = |m: Measurement| (m.name, m.metric, m.unit.as_str().to_owned(), m.value, m.n);
        run.measurements.into_iter().map(row).collect()
    }

    fn row_of(
        name: &str,
        metric: &str,
        unit: &str,
        value: f64,
        n: Option<u64>,
    ) -> (String, String, String, Option<f64>, Option<u64>) {
        (name.into(), metric.into(), unit.into(), Some(value), n)
    }

    #[test]
    fn text_of_several_runs() {
        let text = "
 Performance counter stats for '/opt/x/bin/prog -n 'a b'' (3 runs):

              0.32 msec task-clock:u                     #    0.242 CPUs utilized            ( +- 11.74% )
         1,234,567      cycles:u                         #    2.1 GHz                        (83.3%)
   <not supported>      instructions
             12.50 Joules power/energy-pkg/

          0.001321 +- 0.000386 seconds time elapsed  ( +- 29.21% )

       0.000866000 seconds user
";
        let name = "prog -n 'a b'";
        assert_eq!(
            rows(text),
            [
                row_of(name, "time", "s", 0.001321, Some(3)),
                row_of(name, "cpu_time", "ms", 0.32, Some(3)),
                row_of(name, "cycles:u", "cycles", 1_234_567.0, Some(3)),
                row_of(name, "power/energy-pkg/", "Joules", 12.5, Some(3)),
                row_of(name, "user", "s", 0.000866, Some(3)),
            ]
        );
    }

    #[test]
    fn columns_and_json() {
        let text =
            "# started on Tue\n\nCPU1;47;;page-faults;102365487;100.00;;\n<not counted>;;cycles;0.00%;0;100.00;;\n";
        assert_eq!(rows(text), [row_of("perf stat[cpu=1]", "page-faults", "", 47.0, None)]);
        let text = "9,,cpu/event=0x3c,umask=0x0/,1,100.00,,\n";
        assert_eq!(rows(text), [row_of("perf stat", "cpu/event=0x3c,umask=0x0/", "", 9.0, None)]);
        let text = "{\"counter-value\" : \"5.000000\", \"unit\" : \"\", \"event\" : \"instructions\"}\n{\"metric-value\" : 1}\n";
        assert_eq!(rows(text), [row_of("perf stat", "instructions", "instructions", 5.0, None)]);
    }

    #[test]
    fn other_tables_are_left_alone() {
        for text in ["time,a,b\n1,2,3\n", "1,2,3,4,5\n", "", "# x\n"] {
            assert!(!PerfStat.claims(&Input::file("p", text.into())), "{text}");
        }
    }
}
