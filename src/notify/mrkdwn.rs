//! Other people's text inside Slack's `mrkdwn`.
//!
//! Source: Slack's documentation, "Formatting message text": `&`, `<` and `>` are the control characters; what stands in
//! angle brackets is a link, a mention or `<!channel>`. The text objects say `verbatim` besides, so that Slack makes no
//! links and mentions of plain text.

use crate::render::escape;

/// Text on one line that formats nothing, links nothing and mentions nobody.
pub(super) fn text(text: &str) -> String {
    let line: Vec<char> = escape::one_line(text).chars().collect();
    let mut out = String::with_capacity(line.len());
    for (i, &c) in line.iter().enumerate() {
        let beside = |at: Option<usize>| at.and_then(|at| line.get(at)).is_some_and(|c| c.is_alphanumeric());
        match c {
            '*' => out.push('\u{2217}'),
            '~' => out.push('\u{223c}'),
            '`' => out.push('\''),
            // Within a word it stays what it is.
            '_' if !(beside(i.checked_sub(1)) && beside(Some(i + 1))) => out.push('\u{ff3f}'),
            c => push(c, &mut out),
        }
    }
    out
}

/// A name, as code: nothing in it is read.
pub(super) fn code(text: &str) -> String {
    let mut out = String::from("`");
    for c in escape::one_line(text).chars() {
        push(if c == '`' { '\'' } else { c }, &mut out);
    }
    out.push('`');
    out
}

fn push(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        // A full-width sign mentions nobody.
        '@' => out.push('\u{ff20}'),
        c => out.push(c),
    }
}

/// A link of ours; `None` where the address could end it, or is none of the web.
pub(super) fn link(address: &str, words: &str) -> Option<String> {
    let plain = address.starts_with("https://") || address.starts_with("http://");
    let whole = address.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '|' | '"' | '`'));
    (plain && whole).then(|| format!("<{}|{words}>", address.replace('&', "&amp;")))
}

/// The text within so many characters.
pub(super) fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['\u{2026}']).collect(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_formatted_linked_or_mentioned() {
        for (raw, want) in [
            ("a & b", "a &amp; b"),
            ("<!channel> <https://evil|click>", "&lt;!channel&gt; &lt;https://evil|click&gt;"),
            ("hi @channel @here", "hi \u{ff20}channel \u{ff20}here"),
            ("*bold* ~gone~ `code`", "\u{2217}bold\u{2217} \u{223c}gone\u{223c} 'code'"),
            ("test_parse_all _it_", "test_parse_all \u{ff3f}it\u{ff3f}"),
            ("a\nb\x1b", "a b\\x1b"),
        ] {
            assert_eq!(text(raw), want);
        }
        assert_eq!(code("a`b*<c>\n@here"), "`a'b*&lt;c&gt; \u{ff20}here`");
        assert_eq!(link("https://ci/x?a=1&b=2", "run").as_deref(), Some("<https://ci/x?a=1&amp;b=2|run>"));
        for address in ["javascript:alert(1)", "https://x|y>", "https://x y", "https://x>\n<!here"] {
            assert_eq!(link(address, "run"), None, "{address}");
        }
        assert_eq!((short("abcdef", 4), short("abcd", 4)), ("abc\u{2026}".to_owned(), "abcd".to_owned()));
    }
}
