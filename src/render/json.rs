//! JSON: the report's own serde form.

use std::io::{self, Write};

use super::{Options, Renderer, escape};
use crate::report::Report;

/// The report as JSON, indented by two spaces.
pub(super) struct Json;

impl Renderer for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn doc(&self) -> &'static str {
        "the whole report for programs, with a version; fields are added, never changed"
    }

    fn render(&self, report: &dyn Report, _: &Options, out: &mut dyn Write) -> io::Result<()> {
        let text = serde_json::to_string_pretty(&report.json())?;
        writeln!(out, "{}", harmless(&text))
    }
}

/// Escapes inside the strings what would steer a terminal or hide (C1, bidi), which JSON allows raw; programs read the
/// same text. Outside of strings there are only line breaks.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && escape::is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::View;

    #[derive(serde::Serialize)]
    struct One {
        version: u32,
        name: String,
    }

    impl Report for One {
        fn view(&self) -> View {
            View::default()
        }
    }

    #[test]
    fn it_is_the_serde_form_without_raw_controls() {
        let one = One { version: 1, name: "é\x1b\u{9b}\u{202e}\u{e0041}\"".into() };
        let mut out = Vec::new();
        Json.render(&one, &Options::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "{\n  \"version\": 1,\n  \"name\": \"é\\u001b\\u009b\\u202e\\udb40\\udc41\\\"\"\n}\n");
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["name"], one.name.as_str());
    }
}
