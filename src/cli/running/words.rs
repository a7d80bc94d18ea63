//! Texts of the command line that mean more than a text: commands and times.

use std::time::Duration;

use git_bench::{Error, Result};

/// A command in one text, as `--vs` takes it, split into words as a shell splits: blanks, quotes, backslashes. What only a
/// shell understands is refused, since a shell on one side alone would be measured too.
///
/// # Errors
/// Usage: an open quote, or words of a shell.
pub(crate) fn split(option: &str, text: &str) -> Result<Vec<String>> {
    let (mut words, mut word, mut open) = (Vec::new(), None::<String>, None);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (open, c) {
            (Some(quote), c) if c == quote => open = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (_, '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, '\'' | '"') => {
                open = Some(c);
                word.get_or_insert_default();
            }
            (_, '$' | '`') => return Err(of_shell(option, c)),
            (None, '|' | '&' | ';' | '<' | '>') => return Err(of_shell(option, c)),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if open.is_some() {
        return Err(Error::usage(format!("'{option}' has an open quote: {text}")));
    }
    words.extend(word);
    if words.is_empty() {
        return Err(Error::usage(format!("'{option}' names no command")));
    }
    Ok(words)
}

fn of_shell(option: &str, c: char) -> Error {
    Error::usage(format!("'{option}' has '{c}', which only a shell understands"))
        .hint(format!("git bench run {option} \"sh -c 'a | b'\" -- sh -c 'c | d' measures a shell on both sides"))
}

/// A command that a shell runs.
pub(crate) fn shell(text: &str) -> Vec<String> {
    let words: &[&str] = if cfg!(windows) { &["cmd", "/C", text] } else { &["sh", "-c", text] };
    words.iter().map(|&word| word.to_owned()).collect()
}

/// A time: `30`, `1.5s`, `200ms`, `2m`, `1h`; without unit seconds.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ms" => Some(0.001),
        "" | "s" => Some(1.0),
        "m" | "min" => Some(60.0),
        "h" => Some(3600.0),
        _ => None,
    };
    let seconds = factor.zip(number.parse::<f64>().ok()).map(|(factor, number)| factor * number);
    seconds
        .filter(|seconds| *seconds > 0.0)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "a time such as 30, 1.5s, 200ms, 2m or 1h is expected".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_split_as_a_shell_does() {
        for (text, want) in [
            ("a  b\tc", &["a", "b", "c"][..]),
            (r#"a "b c" 'd "e' f\ g"#, &["a", "b c", "d \"e", "f g"]),
            ("a ''", &["a", ""]),
            ("sh -c 'a | b > $c'", &["sh", "-c", "a | b > $c"]),
        ] {
            assert_eq!(split("--vs", text).unwrap(), want);
        }
        for text in ["a | b", "a 'b", "", " ", "a $b", "a > b"] {
            assert!(split("--vs", text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_have_units() {
        assert_eq!(time("1.5"), Ok(Duration::from_millis(1500)));
        assert_eq!(time("200ms"), Ok(Duration::from_millis(200)));
        assert_eq!(time("2m"), Ok(Duration::from_secs(120)));
        for text in ["", "0", "-1", "1d", "s"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
