//! The rows of a run, read several times faster than value by value: they are nearly all of a note, and of a plain form.
//!
//! What is not of exactly that form (spaces, escapes, another order) is read by serde, which decides what a row is.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::v1::{LightRow, Row};
use crate::model::Better;

/// The fields of a row in their order, strings borrowed.
pub struct Fields<'a> {
    name: &'a str,
    metric: &'a str,
    unit: &'a str,
    better: Better,
    value: Option<f64>,
    n: Option<u64>,
    stddev: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    samples: Option<Vec<f64>>,
}

impl From<Fields<'_>> for Row {
    fn from(f: Fields<'_>) -> Self {
        Self {
            name: f.name.to_owned(),
            metric: f.metric.to_owned(),
            unit: f.unit.to_owned(),
            better: f.better,
            value: f.value,
            n: f.n,
            stddev: f.stddev,
            min: f.min,
            max: f.max,
            samples: f.samples,
        }
    }
}

impl<'a> From<Fields<'a>> for LightRow<'a> {
    fn from(f: Fields<'a>) -> Self {
        let text = Cow::Borrowed;
        Self(text(f.name), text(f.metric), text(f.unit), f.better, f.value, f.n, f.stddev, f.min, f.max, f.samples)
    }
}

/// Reads the `m` of a run.
pub fn rows<'de, D: Deserializer<'de>, R>(deserializer: D) -> Result<Vec<R>, D::Error>
where
    R: Deserialize<'de> + From<Fields<'de>>,
{
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    match plain(raw) {
        Some(rows) => Ok(rows),
        None => serde_json::from_str(raw).map_err(serde::de::Error::custom),
    }
}

/// The rows of a text that is of the form that we write; else `None`.
fn plain<'a, R: From<Fields<'a>>>(text: &'a str) -> Option<Vec<R>> {
    let mut scan = Scan { text, at: 0 };
    let mut rows = Vec::with_capacity(text.len() / 64);
    scan.token(b'[')?;
    if scan.next_is(b']') {
        return (scan.at == text.len()).then_some(rows);
    }
    loop {
        rows.push(R::from(scan.row()?));
        if scan.next_is(b']') {
            return (scan.at == text.len()).then_some(rows);
        }
        scan.token(b',')?;
    }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next_is(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn token(&mut self, byte: u8) -> Option<()> {
        self.next_is(byte).then_some(())
    }

    fn row(&mut self) -> Option<Fields<'a>> {
        self.token(b'[')?;
        let name = self.string()?;
        let metric = self.after_comma(Self::string)?;
        let unit = self.after_comma(Self::string)?;
        let better = Better::parse(self.after_comma(Self::string)?)?;
        let value = self.after_comma(Self::number)?;
        let n = self.after_comma(Self::count)?;
        let stddev = self.after_comma(Self::number)?;
        let min = self.after_comma(Self::number)?;
        let max = self.after_comma(Self::number)?;
        let samples = self.after_comma(Self::numbers)?;
        self.token(b']')?;
        Some(Fields { name, metric, unit, better, value, n, stddev, min, max, samples })
    }

    fn after_comma<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.token(b',')?;
        read(self)
    }

    /// A string without escapes.
    fn string(&mut self) -> Option<&'a str> {
        self.token(b'"')?;
        let rest = self.text.get(self.at..)?;
        let end = rest.bytes().position(|b| matches!(b, b'"' | b'\\' | 0..0x20))?;
        self.at += end;
        self.token(b'"')?;
        rest.get(..end)
    }

    fn null(&mut self) -> bool {
        let is = self.text.as_bytes()[self.at..].starts_with(b"null");
        self.at += if is { 4 } else { 0 };
        is
    }

    /// A number or `null`.
    fn number(&mut self) -> Option<Option<f64>> {
        if self.null() { Some(None) } else { self.float().map(Some) }
    }

    /// A whole number or `null`.
    fn count(&mut self) -> Option<Option<u64>> {
        if self.null() {
            return Some(None);
        }
        let digits = self.digits()?;
        digits.parse().ok().map(Some)
    }

    /// A list of numbers or `null`.
    fn numbers(&mut self) -> Option<Option<Vec<f64>>> {
        if self.null() {
            return Some(None);
        }
        self.token(b'[')?;
        let mut all = Vec::new();
        if self.next_is(b']') {
            return Some(Some(all));
        }
        loop {
            all.push(self.float()?);
            if self.next_is(b']') {
                return Some(Some(all));
            }
            self.token(b',')?;
        }
    }

    /// Digits of a whole number, without a leading zero.
    fn digits(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let end = rest.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
        self.at += end;
        let digits = &rest[..end];
        (!digits.is_empty() && (end == 1 || !digits.starts_with('0'))).then_some(digits)
    }

    /// A number as JSON has it, that is finite.
    fn float(&mut self) -> Option<f64> {
        let start = self.at;
        self.next_is(b'-');
        self.digits()?;
        let more = |scan: &mut Self| -> Option<()> {
            let from = scan.at;
            while scan.peek().is_some_and(|b| b.is_ascii_digit()) {
                scan.at += 1;
            }
            (scan.at > from).then_some(())
        };
        if self.next_is(b'.') {
            more(self)?;
        }
        if self.next_is(b'e') || self.next_is(b'E') {
            let _sign = self.next_is(b'+') || self.next_is(b'-');
            more(self)?;
        }
        // Correctly rounded, as serde_json does it.
        self.text[start..self.at].parse::<f64>().ok().filter(|number| number.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(text: &str) -> (Option<Vec<Row>>, Option<Vec<Row>>) {
        (plain(text), serde_json::from_str(text).ok())
    }

    #[test]
    fn the_plain_form_reads_as_serde_reads_it() {
        for text in [
            "[]",
            r#"[["a","time","ms","lower",1.5,30,0.01,1.4,1.6,[1.5,1.25e-3,-0,0]]]"#,
            r#"[["größe","throughput","","higher",1250000,1,null,null,null,null],["b","x","B","none",null,null,null,null,null,[]]]"#,
            r#"[["a","t","s","lower",123456789012345678901234567890,18446744073709551615,5e-324,1.7976931348623157e308,0.1,null]]"#,
            r#"[["a","t","s","lower",2.2250738585072011e-308,0,1E5,1e+2,9007199254740993,null]]"#,
        ] {
            let (fast, slow) = both(text);
            assert!(fast.is_some(), "{text}");
            assert_eq!(fast, slow, "{text}");
        }
    }

    #[test]
    fn anything_else_is_left_to_serde() {
        let row = r#"["a","t","s","lower",1,1,null,null,null,null]"#;
        for text in [
            format!("[ {row}]"),
            format!("[{row} ]"),
            format!("[{row},]"),
            format!("[{row}]]"),
            format!("[{row}"),
            format!("[{}]", row.replace("\"a\"", "\"a\\n\"")),
            format!("[{}]", row.replace("\"a\"", "\"a\nb\"")),
            format!("[{}]", row.replace("lower", "down")),
            format!("[{}]", row.replace(",1,1,", ",01,1,")),
            format!("[{}]", row.replace(",1,1,", ",1.,1,")),
            format!("[{}]", row.replace(",1,1,", ",+1,1,")),
            format!("[{}]", row.replace(",1,1,", ",1e999,1,")),
            format!("[{}]", row.replace(",1,1,", ",1,1.0,")),
            format!("[{}]", row.replace(",1,1,", ",1,-1,")),
            format!("[{}]", row.replace(",1,1,", ",NaN,1,")),
            format!("[{}]", row.replace(",1,1,", ",nul,1,")),
            String::new(),
        ] {
            assert!(plain::<Row>(&text).is_none(), "{text}");
        }
        assert!(both(&format!("[ {row}]")).1.is_some());
    }

    /// Every way to cut or spoil a byte of a line: what the fast way takes, serde takes alike.
    #[test]
    fn spoilt_rows_are_never_read_otherwise() {
        let text = r#"[["a b","time","ms","lower",1.5e3,30,0.01,null,-1.6,[1.5,20]],["c","t","","none",null,null,null,null,null,null]]"#;
        for at in 0..text.len() {
            for with in ["", "0", "1", "-", ".", "e", "\"", ",", "[", "]", "n", " ", "\\", "\u{e9}"] {
                for spoilt in [
                    format!("{}{with}{}", &text[..at], &text[at..]),
                    format!("{}{with}{}", &text[..at], &text[at + 1..]),
                ] {
                    if let (Some(fast), slow) = both(&spoilt) {
                        assert_eq!(Some(fast), slow, "{spoilt}");
                    }
                }
            }
        }
    }
}
