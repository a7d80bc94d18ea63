//! Every renderer against text that attacks its medium.

use super::escape::{is_hidden, width};
use super::sample::{HOSTILE, page, rendered};
use super::{Options, RENDERERS, csv, html, md, renderer, text};

/// Pages with each hostile text as name, as machine and as unit, and with all of them at once.
fn pages() -> Vec<super::sample::Page> {
    let all = HOSTILE.concat();
    HOSTILE.iter().flat_map(|raw| [page(raw, &all, "ms"), page("n", raw, raw)]).collect()
}

#[test]
fn no_control_leaves_any_renderer() {
    for page in pages() {
        for renderer in RENDERERS {
            for options in [Options::default(), Options { all: true, unicode: false, width: 50, ..Options::default() }]
            {
                let got = rendered(*renderer, &page, &options);
                let bad =
                    got.chars().find(|c| is_hidden(*c) && *c != '\n' && !(*c == '\r' && renderer.name() == "csv"));
                assert_eq!(bad, None, "{} {got}", renderer.name());
            }
        }
    }
}

#[test]
fn with_colours_text_writes_only_its_own_sequences() {
    for page in pages() {
        let got = rendered(&text::Text, &page, &Options { colour: true, all: true, ..Options::default() });
        let mut rest = got.as_str();
        while let Some(at) = rest.find('\x1b') {
            let (code, _) = rest[at + 1..].split_once('m').unwrap();
            assert!(["[0", "[1", "[2", "[31", "[32", "[33", "[35", "[36"].contains(&code), "{code:?}");
            rest = &rest[at + 1..];
        }
    }
}

#[test]
fn lines_never_exceed_the_width() {
    for page in pages() {
        for wide in (40..130).step_by(3) {
            for (all, unicode) in [(false, true), (true, false)] {
                let got = rendered(&text::Text, &page, &Options { width: wide, all, unicode, colour: false });
                // Verbatim text comes last and is not folded.
                for line in got.lines().take_while(|line| !line.starts_with('-') && !line.starts_with("  kernel")) {
                    assert!(width(line) <= wide, "{wide}: {line}");
                }
            }
        }
    }
}

#[test]
fn html_has_no_tag_and_no_attribute_of_others() {
    for page in pages() {
        let got = rendered(&html::Html, &page, &Options::default());
        for bad in ["<script", "<img", "onerror=alert(1)>", "<!-- -->", "alert(1)\""] {
            assert!(!got.contains(bad), "{bad}");
        }
        assert_eq!(got.matches("<details>").count(), got.matches("</details>").count());
        assert_eq!(got.matches("<tr>").count(), got.matches("</tr>").count());
    }
}

/// The lines outside of code fences.
fn unfenced(text: &str) -> Vec<&str> {
    let mut fence = None;
    let outside = |line: &&str| {
        let is_fence = line.len() > 2 && line.chars().all(|c| c == '`');
        match fence {
            None if is_fence => fence = Some((*line).to_owned()),
            None => return true,
            Some(ref open) if open == line => fence = None,
            Some(_) => {}
        }
        false
    };
    text.lines().filter(outside).collect()
}

#[test]
fn markdown_keeps_its_cells_and_blocks() {
    for page in pages() {
        let got = rendered(&md::Markdown, &page, &Options::default());
        let lines = unfenced(&got);
        let rows: Vec<_> = lines.iter().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), 7, "{got}");
        for row in rows {
            // Bars that no backslash takes.
            let bars = row.replace("\\\\", "").replace("\\|", "").matches('|').count();
            assert!(bars == 11 || bars == 3, "{row}");
        }
        assert_eq!(lines.iter().filter(|line| line.contains('<') && line.starts_with('<')).count(), 2, "{got}");
        assert_eq!(lines.iter().filter(|line| line.starts_with('#')).count(), 1, "{got}");
        assert!(!lines.iter().any(|line| line.starts_with(['>', '-', '+', '=', '~', ' '])), "{got}");
    }
}

/// The fields of a CSV, as RFC 4180 has them.
fn fields(text: &str) -> Vec<String> {
    let (mut all, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' | '\n' if !quoted => all.push(std::mem::take(&mut field)),
            '\r' if !quoted => {}
            _ => field.push(c),
        }
    }
    all
}

#[test]
fn no_field_of_csv_is_a_formula() {
    for page in pages() {
        let got = rendered(&csv::Csv, &page, &Options::default());
        assert_eq!(got.matches("\r\n").count(), 6);
        assert!([3 * 10 + 5, 3 * 11 + 5].contains(&fields(&got).len()));
        for field in fields(&got) {
            assert!(field.parse::<f64>().is_ok() || !field.trim_start().starts_with(['=', '+', '-', '@']), "{field:?}");
        }
    }
}

#[test]
fn an_empty_page_is_no_fault() {
    let page = super::sample::Page(Default::default());
    for name in ["text", "md", "csv"] {
        assert_eq!(rendered(renderer(name).unwrap(), &page, &Options::default()), "");
    }
}
