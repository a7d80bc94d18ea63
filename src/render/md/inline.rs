//! Foreign text inside a line of Markdown.

use crate::render::escape::{self, one_line};

/// Parts what GitHub would link or notify (`@`, `#1`, `https://`): as its own bots do, since it looks for these after
/// Markdown has taken the backslashes away.
const PART: &str = "&#8203;";

/// The text so that all of it is shown and none of it acts.
pub(super) fn text(raw: &str) -> String {
    let line = one_line(raw);
    let mut out = String::with_capacity(line.len() + 8);
    for (i, c) in line.char_indices() {
        let rest = &line[i + c.len_utf8()..];
        match c {
            // A backslash before the bar would take the bar's own.
            '\\' if rest.starts_with('|') => out.push_str("&#92;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            _ => out.push(c),
        }
        if parts(&line[..i], c, rest) {
            out.push_str(PART);
        }
    }
    out
}

/// The text inside an HTML line of Markdown (a summary).
pub(super) fn html(raw: &str) -> String {
    let line = one_line(raw);
    let mut out = String::with_capacity(line.len() + 8);
    for (i, c) in line.char_indices() {
        out.push_str(&escape::html(c.encode_utf8(&mut [0; 4])));
        if parts(&line[..i], c, &line[i + c.len_utf8()..]) {
            out.push_str(PART);
        }
    }
    out
}

/// Whether something acts if the character and what follows stay together.
fn parts(before: &str, c: char, rest: &str) -> bool {
    let digit = rest.starts_with(|d: char| d.is_ascii_digit());
    let ends = |word: &str| {
        let at = before.len().checked_sub(word.len());
        at.and_then(|at| before.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(word))
    };
    match c {
        '@' => true,
        '#' | '!' => digit,
        ':' => rest.starts_with("//"),
        '-' => digit && ends("gh"),
        'w' | 'W' => rest.starts_with('.') && ends("ww"),
        _ => false,
    }
}

/// The text as code; as plain text where a table would read it otherwise.
pub(super) fn code(raw: &str, in_table: bool) -> String {
    let line = one_line(raw);
    if line.trim().is_empty() || (in_table && line.contains("\\|")) {
        return text(raw);
    }
    let fence = "`".repeat(backticks(&line) + 1);
    let pad = if line.starts_with(['`', ' ']) || line.ends_with(['`', ' ']) { " " } else { "" };
    let line = if in_table { line.replace('|', "\\|") } else { line };
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// A line that begins neither a list, a heading, a rule, a quote, a table nor indented code.
pub(super) fn at_line_start(line: &str) -> String {
    let line = line.trim_start();
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if line.starts_with(['-', '+', '#', '=', ':']) {
        format!("\\{line}")
    } else if digits > 0 && line[digits..].starts_with(['.', ')']) {
        format!("{}\\{}", &line[..digits], &line[digits..])
    } else {
        line.to_owned()
    }
}

/// The longest run of backticks.
pub(super) fn backticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts() {
        for (raw, want) in [
            ("a|b", "a\\|b"),
            ("a\\|b", "a&#92;\\|b"),
            ("a\\b", "a\\\\b"),
            ("`x` *y* _z_", "\\`x\\` \\*y\\* \\_z\\_"),
            ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
            ("@me a@b.c", "@&#8203;me a@&#8203;b.c"),
            ("#1 a/b#2 #x gh-3 GH-4", "#&#8203;1 a/b#&#8203;2 #x gh-&#8203;3 GH-&#8203;4"),
            ("![x](https://e/)", "!\\[x\\](https:&#8203;//e/)"),
            ("www.e.com !5", "www&#8203;.e.com !&#8203;5"),
            ("two\nlines\x1b", "two lines\\\\x1b"),
        ] {
            assert_eq!(text(raw), want, "{raw}");
        }
        assert_eq!(html("<i>`@me`</i> #1"), "&lt;i&gt;`@&#8203;me`&lt;/i&gt; #&#8203;1");
    }

    #[test]
    fn code_stays_code() {
        assert_eq!(code("a::b<c>", true), "`a::b<c>`");
        assert_eq!(code("a`b", true), "``a`b``");
        assert_eq!(code("`a", true), "`` `a ``");
        assert_eq!(code("a|b", true), "`a\\|b`");
        assert_eq!(code("a|b", false), "`a|b`");
        assert_eq!(code("a\\|b", true), "a&#92;\\|b");
        assert_eq!(code(" ", true), " ");
    }

    #[test]
    fn a_line_starts_no_block() {
        for (raw, want) in [
            ("- a", "\\- a"),
            ("+5.0 %", "\\+5.0 %"),
            ("12. a", "12\\. a"),
            ("12 a", "12 a"),
            ("   # a", "\\# a"),
            ("===", "\\==="),
        ] {
            assert_eq!(at_line_start(raw), want);
        }
    }
}
