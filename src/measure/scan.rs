//! Parameter scans, as hyperfine has them: one command becomes one for each value, or each combination.

use super::Command;
use crate::{Error, Result};

/// A parameter and its values. `{name}` in a command stands for the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The name.
    pub name: String,
    /// The values, at least one.
    pub values: Vec<String>,
}

/// More values than this are a mistake.
const MOST: u64 = 10_000;

impl Scan {
    /// `-L name a,b,c`: `\,` is a comma inside a value, `\\` a backslash.
    ///
    /// # Errors
    /// [`crate::Kind::Usage`]: no name.
    pub fn list(name: &str, values: &str) -> Result<Self> {
        let mut found = vec![String::new()];
        let mut chars = values.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' if matches!(chars.peek(), Some(',' | '\\')) => found.extend_last(chars.next()),
                ',' => found.push(String::new()),
                other => found.extend_last(Some(other)),
            }
        }
        Self::named(name, found)
    }

    /// `--parameter-scan name min max` with a step (`None` = 1): both ends included, decimals kept exactly.
    ///
    /// # Errors
    /// [`crate::Kind::Usage`]: what is no decimal number, a step of 0 or away from the end, decimals without a step, more
    /// than 10,000 values.
    pub fn range(name: &str, min: &str, max: &str, step: Option<&str>) -> Result<Self> {
        let wrong =
            |what: String| Error::usage(what).hint(format!("git bench run --parameter-scan {name} 1 8 -D 1 ..."));
        let parse = |text: &str| decimal(text).ok_or_else(|| wrong(format!("'{text}' is no decimal number")));
        let (min, max, step) = (parse(min)?, parse(max)?, step.map(parse).transpose()?);
        if step.is_none() && (min.1 > 0 || max.1 > 0) {
            return Err(wrong(format!("the scan of '{name}' has decimals and so needs a step")));
        }
        let step = step.unwrap_or((1, 0));
        let places = min.1.max(max.1).max(step.1);
        let whole = |(digits, own): (i64, u32)| digits.checked_mul(10_i64.pow(places - own));
        let (Some(first), Some(last), Some(step)) = (whole(min), whole(max), whole(step)) else {
            return Err(wrong(format!("the numbers of the scan of '{name}' are too long")));
        };
        if step == 0 || (last < first) != (step < 0) && first != last {
            return Err(wrong(format!("the step of the scan of '{name}' never reaches the end")));
        }
        let count = last.abs_diff(first) / step.unsigned_abs();
        if count >= MOST {
            return Err(wrong(format!("the scan of '{name}' has more than {MOST} values")));
        }
        let values = (0..=count as i64).map(|i| written(first + i * step, places)).collect();
        Self::named(name, values)
    }

    fn named(name: &str, values: Vec<String>) -> Result<Self> {
        if name.is_empty() || name.contains(['{', '}', '=', ',', '[', ']']) {
            return Err(Error::usage(format!("'{name}' is no name of a parameter"))
                .hint("git bench run -L threads 1,2,4 -- COMMAND --jobs {threads}"));
        }
        Ok(Self { name: name.to_owned(), values })
    }
}

trait ExtendLast {
    fn extend_last(&mut self, c: Option<char>);
}

impl ExtendLast for Vec<String> {
    fn extend_last(&mut self, c: Option<char>) {
        if let Some(last) = self.last_mut() {
            last.extend(c);
        }
    }
}

/// A decimal as digits and decimal places.
fn decimal(text: &str) -> Option<(i64, u32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((format!("{whole}{fraction}").parse().ok()?, fraction.len() as u32))
}

fn written(digits: i64, places: u32) -> String {
    if places == 0 {
        return digits.to_string();
    }
    let unit = 10_u64.pow(places);
    let (sign, size) = (if digits < 0 { "-" } else { "" }, digits.unsigned_abs());
    format!("{sign}{}.{:0width$}", size / unit, size % unit, width = places as usize)
}

/// The command once for each combination of values, the first parameter slowest. Its label gets the parameters:
/// `sort {file}` becomes `sort a.txt[file=a.txt]`. Without scans it comes back as it is.
///
/// # Errors
/// [`crate::Kind::Usage`]: a name twice, a parameter that stands nowhere in the command or its preparation.
pub fn expand(command: &Command, scans: &[Scan]) -> Result<Vec<Command>> {
    let mut all = vec![(command.clone(), String::new())];
    for (i, scan) in scans.iter().enumerate() {
        let place = format!("{{{}}}", scan.name);
        if scans[..i].iter().any(|other| other.name == scan.name) {
            return Err(Error::usage(format!("the parameter '{}' is given twice", scan.name)));
        }
        let mut words = command.argv.iter().chain(command.prepare.iter().flatten());
        if !words.any(|word| word.contains(&place)) {
            return Err(Error::usage(format!("the command does not use the parameter '{}'", scan.name))
                .hint(format!("write {place} where its value is to stand")));
        }
        all = all
            .iter()
            .flat_map(|(command, params)| {
                let place = &place;
                scan.values.iter().map(move |value| {
                    let comma = if params.is_empty() { "" } else { "," };
                    (filled(command, place, value), format!("{params}{comma}{}={value}", scan.name))
                })
            })
            .collect();
    }
    let labelled = all.into_iter().map(|(mut command, params)| {
        if !params.is_empty() {
            command.label = format!("{}[{params}]", command.label);
        }
        command
    });
    Ok(labelled.collect())
}

fn filled(command: &Command, place: &str, value: &str) -> Command {
    let fill = |words: &[String]| words.iter().map(|word| word.replace(place, value)).collect::<Vec<_>>();
    Command {
        label: command.label.replace(place, value),
        argv: fill(&command.argv),
        prepare: command.prepare.as_deref().map(fill),
        ..command.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ranges_are_those_of_hyperfine() {
        assert_eq!(Scan::list("x", r"a,b\,c,\\").unwrap().values, ["a", "b,c", r"\"]);
        assert_eq!(Scan::range("x", "1", "4", None).unwrap().values, ["1", "2", "3", "4"]);
        assert_eq!(Scan::range("x", "0.1", "0.35", Some("0.1")).unwrap().values, ["0.10", "0.20", "0.30"]);
        assert_eq!(Scan::range("x", "-1", "1", None).unwrap().values, ["-1", "0", "1"]);
        assert_eq!(Scan::range("x", "4", "1", Some("-2")).unwrap().values, ["4", "2"]);
        for (min, max, step) in [("1", "x", None), ("0.1", "1", None), ("1", "2", Some("0")), ("2", "1", None)] {
            assert!(Scan::range("x", min, max, step).is_err(), "{min} {max} {step:?}");
        }
        assert!(Scan::range("x", "0", "1000000", None).is_err());
        assert!(Scan::list("", "a").is_err());
    }

    #[test]
    fn a_command_becomes_one_for_each_combination() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let command = Command { label: "cc {o} {f}".into(), argv: words("cc {o} {f}"), ..Command::default() };
        let scans = [Scan::list("o", "-O1,-O2").unwrap(), Scan::list("f", "a.c,b.c").unwrap()];
        let all = expand(&command, &scans).unwrap();
        let labels: Vec<_> = all.iter().map(|c| c.label.as_str()).collect();
        assert_eq!(
            labels,
            [
                "cc -O1 a.c[o=-O1,f=a.c]",
                "cc -O1 b.c[o=-O1,f=b.c]",
                "cc -O2 a.c[o=-O2,f=a.c]",
                "cc -O2 b.c[o=-O2,f=b.c]"
            ]
        );
        assert_eq!(all[3].argv, words("cc -O2 b.c"));
        assert_eq!(expand(&command, &[]).unwrap(), std::slice::from_ref(&command));
        let unused = expand(&command, &[Scan::list("n", "1").unwrap()]).unwrap_err();
        assert_eq!(unused.message, "the command does not use the parameter 'n'");
    }
}
