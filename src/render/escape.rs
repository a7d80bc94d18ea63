//! Other people's text, made harmless: what steers a terminal, turns the reading direction or hides becomes visible.

use unicode_width::UnicodeWidthChar;

/// So many marks without width may follow one letter; real scripts need fewer.
const MARKS: usize = 4;

/// Whether a character is never shown as it is: controls (C0, DEL, C1), bidi controls, line and paragraph separators,
/// and all that Unicode has a display ignore (zero-width characters, variation selectors, tags).
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
            | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB
            | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

/// The text on one line: line breaks and tabs become a space, other hidden characters `\x1b` or `\u{202e}`.
pub fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_visible(&text.replace("\r\n", "\n").replace(['\n', '\r', '\t'], " "), &mut out);
    out
}

/// [`one_line`] for messages: who asks is taken out of every URL, since it may be a token or hold a password.
pub fn message(text: &str) -> String {
    one_line(&without_credentials(text))
}

/// `https://***@host/path` for `https://me:word@host/path`; a mere name stays where the URL is ssh's.
pub fn without_credentials(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        let end =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | '?' | '#' | '\'' | '"' | '<' | '>');
        let authority = after.split(end).next().unwrap_or_default();
        out.push_str(before);
        rest = after;
        if let Some((who, host)) = authority.rsplit_once('@') {
            let ssh = before.ends_with("ssh://") && !who.contains(':');
            out.push_str(if ssh { who } else { "***" });
            out.push_str(&rest[who.len()..=who.len()]);
            out.push_str(host);
            rest = &rest[authority.len()..];
        }
    }
    out + rest
}

/// The lines of the text without their ends: tabs become spaces up to the next multiple of 8, other hidden characters
/// `\x1b` or `\u{202e}`.
pub fn lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(|line| {
        let mut out = String::with_capacity(line.len());
        for (i, part) in line.split('\t').enumerate() {
            if i > 0 {
                let column = width(&out);
                out.extend(std::iter::repeat_n(' ', 8 - column % 8));
            }
            push_visible(part, &mut out);
        }
        out
    })
}

/// Text between tags or inside a quoted attribute of HTML.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// Columns of a terminal that the text takes: the sum over its characters, so that joined glyphs are never wider.
pub fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The text within `room` columns: where it is longer, its middle gives way to `dots`.
pub fn shorten(text: &str, room: usize, dots: &str) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let dots = if room < width(dots) + 2 { "" } else { dots };
    let left = room - width(dots);
    let head = take(text.chars(), left.div_ceil(2));
    let tail = take(text.chars().rev(), left / 2);
    // A mark without width must not lose its letter.
    let tail: Vec<char> = tail.chars().rev().skip_while(|c| c.width() == Some(0)).collect();
    format!("{head}{dots}{}", tail.into_iter().collect::<String>())
}

fn take(chars: impl Iterator<Item = char>, room: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= room
        })
        .collect()
}

fn push_visible(text: &str, out: &mut String) {
    // At the start a mark would join what stands before.
    let mut marks = MARKS;
    for c in text.chars() {
        let bare = c.width() == Some(0);
        if c.is_ascii_control() {
            out.push_str(&format!("\\x{:02x}", u32::from(c)));
        } else if is_hidden(c) || (bare && marks >= MARKS) {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        } else {
            out.push(c);
        }
        marks = if bare { marks + 1 } else { 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_messages_do_not_say_who_asks() {
        for (text, shown) in [
            ("cannot push to 'https://me:word@host/a@b': no", "cannot push to 'https://***@host/a@b': no"),
            ("https://token@host, s3://key:p@ss@bucket/x", "https://***@host, s3://***@bucket/x"),
            ("ssh://git@host/x ssh://git:word@host/x", "ssh://git@host/x ssh://***@host/x"),
            ("me@host, http://host/x?a=b@c, :// @", "me@host, http://host/x?a=b@c, :// @"),
        ] {
            assert_eq!(message(text), shown);
        }
    }

    #[test]
    fn what_steers_or_hides_becomes_visible() {
        for (raw, want) in [
            ("plain é 漢字 🦀", "plain é 漢字 🦀"),
            ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
            ("a\r\nb\tc\u{9b}2J\u{7f}", "a b c\\u{9b}2J\\x7f"),
            ("abc\u{202e}fdp.exe\u{2066}", "abc\\u{202e}fdp.exe\\u{2066}"),
            ("pay\u{200b}pal\u{feff}\u{e0041}", "pay\\u{200b}pal\\u{feff}\\u{e0041}"),
            ("\u{301}e\u{301}", "\\u{301}e\u{301}"),
            ("a\u{2028}b\u{61c}", "a\\u{2028}b\\u{61c}"),
        ] {
            assert_eq!(one_line(raw), want);
        }
        let piled = format!("e{}", "\u{301}".repeat(50));
        assert!(one_line(&piled).matches("\\u{301}").count() >= 40);
    }

    #[test]
    fn long_text_loses_its_middle() {
        assert_eq!(shorten("abcdefghij", 10, "…"), "abcdefghij");
        assert_eq!(shorten("abcdefghij", 6, "…"), "abc…ij");
        assert_eq!(shorten("漢字漢字漢字", 6, "…"), "漢…字");
        assert_eq!(shorten("abcdef", 1, ".."), "a");
        for room in 0..8 {
            assert!(width(&shorten("漢字ab漢字cd", room, "…")) <= room);
        }
    }

    #[test]
    fn verbatim_keeps_its_lines() {
        let got: Vec<_> = lines("a\tb\r\n\tc\n\x1b\n").collect();
        assert_eq!(got, ["a       b", "        c", "\\x1b"]);
    }
}
