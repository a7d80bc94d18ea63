//! The rows of a line as [`super::write`] writes them, read without a general parser: they are most of a long line, and most
//! of what reading a history costs. Whatever is written otherwise is left to `serde_json`, so that nothing but the time differs.

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;

use super::v1::{LightRow, Row, RunRecord};
use crate::model::Better;

/// How the rows of the run begin that was read last: those of the next one mostly begin the same, which is seen sooner than
/// read.
#[derive(Debug, Default)]
pub struct Beginnings {
    line: String,
    rows: Vec<Beginning>,
}

/// The begin of a row: `["NAME","METRIC","UNIT","BETTER",`.
#[derive(Debug)]
struct Beginning {
    /// Between which bytes of the line it stands.
    at: Range<usize>,
    /// Bytes of name, metric and unit.
    lengths: [usize; 3],
    better: Better,
}

/// Reads the line of a run, its rows whole or borrowed; `last` is of the run that was read before.
///
/// # Errors
/// Those of `serde_json`.
pub(super) fn read_run<'a, R: From<LightRow<'a>> + Deserialize<'a>>(
    text: &'a str,
    last: &mut Beginnings,
) -> serde_json::Result<RunRecord<R>> {
    if let Some((rows, from, to)) = rows(text, last)
        && let Ok(run) = serde_json::from_str::<RunRecord>(&[&text[..from], &text[to..]].concat())
    {
        return Ok(run.with_rows(rows).0);
    }
    serde_json::from_str(text)
}

/// The rows of a line, and between which bytes they stand.
fn rows<'a, R: From<LightRow<'a>>>(text: &'a str, last: &mut Beginnings) -> Option<(Vec<R>, usize, usize)> {
    let from = begin(text.as_bytes())?;
    let mut known = last.rows.iter();
    if let Some(alike) = rows_with(text, from, |cursor| cursor.alike(known.next()?, &last.line)) {
        return Some(alike);
    }
    let mut seen = Vec::with_capacity(last.rows.len());
    let found = rows_with(text, from, |cursor| {
        let (begin, found) = (cursor.at, cursor.names()?);
        let (names, better) = found;
        seen.push(Beginning { at: begin..cursor.at, lengths: names.map(str::len), better });
        Some(found)
    })?;
    *last = Beginnings { line: text[..found.2].to_owned(), rows: seen };
    Some(found)
}

/// What a row begins with: name, metric and unit; and which direction is better.
type Names<'a> = ([&'a str; 3], Better);

fn rows_with<'a, R: From<LightRow<'a>>>(
    text: &'a str,
    from: usize,
    mut names: impl FnMut(&mut Cursor<'a>) -> Option<Names<'a>>,
) -> Option<(Vec<R>, usize, usize)> {
    let mut cursor = Cursor { text, at: from };
    let mut rows = Vec::new();
    loop {
        let (names, better) = names(&mut cursor)?;
        rows.push(cursor.row(names, better)?.into());
        // Rows of one run are about as long.
        if rows.len() == 1 {
            rows.reserve((text.len() - from) / (cursor.at - from));
        }
        if cursor.take(b']') {
            return Some((rows, from, cursor.at - 1));
        }
        cursor.expect(b',')?;
    }
}

/// Where the first row begins: behind the `"m":[` of the object itself, not of one within.
fn begin(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        match bytes.get(at)? {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b'"' => {
                let from = at + 1;
                at = from + end_of_string(&bytes[from..])?;
                if depth == 1 && &bytes[from..at] == b"m" && bytes[at..].starts_with(b"\":[") {
                    return Some(at + 3);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// Up to the quote that ends a string.
fn end_of_string(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|b| matches!(b, b'"' | b'\\'))?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// Bytes that stand for themselves in a string.
const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut byte = 0;
    while byte < b' ' as usize {
        plain[byte] = false;
        byte += 1;
    }
    plain[b'"' as usize] = false;
    plain[b'\\' as usize] = false;
    plain
};

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn take(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    fn names(&mut self) -> Option<Names<'a>> {
        self.expect(b'[')?;
        let names = [self.string()?, self.string()?, self.string()?];
        Some((names, Better::parse(self.string()?)?))
    }

    /// The same as of a row of another line, where this one begins with the same bytes.
    #[inline]
    fn alike(&mut self, known: &Beginning, line: &str) -> Option<Names<'a>> {
        let rest = &self.text[self.at..];
        if !rest.as_bytes().starts_with(&line.as_bytes()[known.at.clone()]) {
            return None;
        }
        // Behind the bracket; between two strings stand two quotes and a comma.
        let [name, metric, unit] = known.lengths;
        let (metric_at, unit_at) = (2 + name + 3, 2 + name + 3 + metric + 3);
        let names = [&rest[2..2 + name], &rest[metric_at..metric_at + metric], &rest[unit_at..unit_at + unit]];
        self.at += known.at.len();
        Some((names, known.better))
    }

    /// A row behind its names.
    #[inline]
    fn row(&mut self, [name, metric, unit]: [&'a str; 3], better: Better) -> Option<LightRow<'a>> {
        let value = self.maybe(Self::float)?;
        self.expect(b',')?;
        let n = self.maybe(Self::count)?;
        self.expect(b',')?;
        let [stddev, min, max] = match self.word(b"null,null,null,") {
            true => [None; 3],
            false => {
                let mut spread = [None; 3];
                for number in &mut spread {
                    *number = self.maybe(Self::float)?;
                    self.expect(b',')?;
                }
                spread
            }
        };
        let samples = self.maybe(Self::floats)?;
        self.expect(b']')?;
        let cow = Cow::Borrowed;
        Some(LightRow(cow(name), cow(metric), cow(unit), better, value, n, stddev, min, max, samples))
    }

    /// A string without escapes, and the comma behind it.
    fn string(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let from = self.at;
        self.skip(|byte| PLAIN[usize::from(byte)]);
        let text = self.text.get(from..self.at)?;
        self.expect(b'"')?;
        self.expect(b',')?;
        Some(text)
    }

    #[inline]
    fn skip(&mut self, is: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&is) {
            self.at += 1;
        }
    }

    #[inline]
    fn word<const N: usize>(&mut self, word: &[u8; N]) -> bool {
        let is = self.text.as_bytes()[self.at..].first_chunk() == Some(word);
        self.at += if is { N } else { 0 };
        is
    }

    #[inline]
    fn maybe<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.word(b"null") { Some(None) } else { read(self).map(Some) }
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        self.skip(|byte| byte.is_ascii_digit());
        self.at - from
    }

    /// The digits of an integer without sign: no leading zero.
    fn integer(&mut self) -> Option<()> {
        let zero = self.peek() == Some(b'0');
        let length = self.digits();
        (length == 1 || (length > 1 && !zero)).then_some(())
    }

    fn count(&mut self) -> Option<u64> {
        let from = self.at;
        self.integer()?;
        self.text[from..self.at].parse().ok()
    }

    /// A number by the grammar of RFC 8259; the one nearest to its digits, as `serde_json` reads it with `float_roundtrip`.
    fn float(&mut self) -> Option<f64> {
        let from = self.at;
        self.take(b'-');
        self.integer()?;
        if self.take(b'.') && self.digits() == 0 {
            return None;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            if self.digits() == 0 {
                return None;
            }
        }
        self.text[from..self.at].parse().ok().filter(|number: &f64| number.is_finite())
    }

    fn floats(&mut self) -> Option<Vec<f64>> {
        self.expect(b'[')?;
        let mut all = Vec::new();
        if self.take(b']') {
            return Some(all);
        }
        loop {
            all.push(self.float()?);
            if self.take(b']') {
                return Some(all);
            }
            self.expect(b',')?;
        }
    }
}

impl From<LightRow<'_>> for Row {
    fn from(row: LightRow<'_>) -> Self {
        let LightRow(name, metric, unit, better, value, n, stddev, min, max, samples) = row;
        let (name, metric, unit) = (name.into_owned(), metric.into_owned(), unit.into_owned());
        Self { name, metric, unit, better, value, n, stddev, min, max, samples }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXTURE: &str = include_str!("../../tests/fixtures/record.v1.line");

    /// Both ways agree, on the rows and on what is no run.
    fn agrees(text: &str) -> bool {
        agrees_after(text, &mut Beginnings::default())
    }

    /// The same, also where another run was read before.
    fn agrees_after(text: &str, last: &mut Beginnings) -> bool {
        let ours: Option<RunRecord> = read_run(text, &mut Beginnings::default()).ok();
        let theirs: Option<RunRecord> = serde_json::from_str(text).ok();
        let light: Option<RunRecord<LightRow<'_>>> = read_run(text, last).ok();
        assert_eq!(light, serde_json::from_str(text).ok(), "{text}");
        // Not equal by `==`: -0 is not 0.
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{text}");
        ours.is_some()
    }

    fn line(rows: &str) -> String {
        let head = r#"{"v":1,"kind":"run","id":"x","time":"2024-01-15T10:30:00Z","commit":"c","suite":"default","channel":"local""#;
        format!(r#"{head},"env":{{"m":[["a"]],"s":",\"m\":[["}},"input":"1","m":[{rows}],"payload":null}}"#)
    }

    #[test]
    fn rows_as_they_are_written_take_the_short_way() {
        assert!(agrees(FIXTURE.trim_end()));
        assert!(rows::<Row>(FIXTURE.trim_end(), &mut Beginnings::default()).is_none(), "a name in it is escaped");
        for row in [
            r#"["a/b[c=d] é","time","ms","lower",1.5,1,null,null,null,null]"#,
            r#"["a","time","","none",null,null,0.1,-0,1e-300,[]]"#,
            r#"["a","time","s","higher",123456789012345678901234567890,18446744073709551615,5e-324,2.2250738585072011e-308,-1.7976931348623157E+308,[0,1.25,9007199254740993]]"#,
        ] {
            let two = line(&format!("{row},{row}"));
            assert!(agrees(&two) && rows::<Row>(&two, &mut Beginnings::default()).is_some(), "{two}");
        }
    }

    #[test]
    fn what_is_written_otherwise_is_read_as_ever() {
        for (rows_of, is_run) in [
            ("", true),
            (r#" ["a","time","s","lower",1,1,null,null,null,null]"#, true),
            (r#"["a\u0041\"","time","s","lower",1,1,null,null,null,null]"#, true),
            (r#"["a","time","s","lower",1 ,1,null,null,null,null]"#, true),
            (r#"["a","time","s","lower",01,1,null,null,null,null]"#, false),
            (r#"["a","time","s","lower",1.,1,null,null,null,null]"#, false),
            (r#"["a","time","s","lower",.5,1,null,null,null,null]"#, false),
            (r#"["a","time","s","lower",1e,1,null,null,null,null]"#, false),
            (r#"["a","time","s","lower",1e999,1,null,null,null,null]"#, false),
            (r#"["a","time","s","lower",NaN,1,null,null,null,null]"#, false),
            (r#"["a","time","s","lower",+1,1,null,null,null,null]"#, false),
            (r#"["a","time","s","lower",1,1.0,null,null,null,null]"#, false),
            (r#"["a","time","s","lower",1,-1,null,null,null,null]"#, false),
            (r#"["a","time","s","lower",1,18446744073709551616,null,null,null,null]"#, false),
            (r#"["a","time","s","upper",1,1,null,null,null,null]"#, false),
            (r#"["a","time","s","lower",1,1,null,null,null,[1,]]"#, false),
            (r#"["a","time","s","lower",1,1,null,null,null,[null]]"#, false),
            (r#"["a","time","s","lower",1,1,null,null,null,null],"#, false),
            (r#"["a","time","s","lower",1,1,null,null,null,null,1]"#, false),
            (r#"["a","time","s","lower",1,1,null,null,null]"#, false),
            ("[\"a\tb\",\"time\",\"s\",\"lower\",1,1,null,null,null,null]", false),
            (r#"["a","time","s","lower",1,1,null,null,null,null]],"m":[["#, false),
        ] {
            assert_eq!(agrees(&line(rows_of)), is_run, "{rows_of}");
        }
    }

    #[test]
    fn both_ways_agree_on_lines_with_wrong_bytes() {
        let text = line(
            r#"["a","time","ms","lower",1.5,12,0.25,null,-3e2,[1,2.5]],["b","size","B","none",7,1,null,null,null,null]"#,
        );
        let mut state = 1_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let mut runs = 0;
        let mut last = Beginnings::default();
        for _ in 0..20_000 {
            let mut bytes = text.clone().into_bytes();
            for _ in 0..=random(2) {
                let at = random(bytes.len());
                let byte = br#"",[]{}:\0159.-eEnul m"#[random(20)];
                match random(3) {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    _ => drop(bytes.remove(at)),
                }
            }
            if let Ok(changed) = String::from_utf8(bytes) {
                agrees_after(&text, &mut last);
                runs += usize::from(agrees_after(&changed, &mut last));
            }
        }
        assert!(runs > 1000 && runs < 19_000, "{runs}");
    }
}
