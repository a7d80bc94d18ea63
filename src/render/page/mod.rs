//! The page of `report`: one HTML file with its data, its script and the chart library in it, and nothing from elsewhere.
//!
//! `app/` is the script and the style, in the order of `APP`; `vendor/` is uPlot. Only these may run: the policy in the
//! page names their digests.

mod data;
mod pack;

use sha2::{Digest, Sha256};

use super::escape;
use super::html::fragment;
use crate::report::page::Page;
use crate::report::{Block, Cell, Report, Tone};

/// The script, in reading order; the parts share one scope.
const APP: &[&str] = &[
    include_str!("app/numbers.js"),
    include_str!("app/data.js"),
    include_str!("app/dom.js"),
    include_str!("app/chart.js"),
    include_str!("app/tip.js"),
    include_str!("app/tables.js"),
    include_str!("app/cards.js"),
    include_str!("app/detail.js"),
    include_str!("app/main.js"),
];
const STYLE: &str = include_str!("app/page.css");
const BODY: &str = include_str!("app/body.html");
const CHARTS: &str = include_str!("vendor/uPlot.iife.min.js");
const CHARTS_STYLE: &str = include_str!("vendor/uPlot.min.css");
const LICENCE: &str = include_str!("vendor/LICENSE.uPlot");

/// The page as a whole.
pub fn html(page: &Page) -> String {
    let app = format!("(() => {{\n'use strict';\n{}}})();\n", APP.concat());
    // A line break right behind a tag is content, and so counts for its digest.
    let style = format!("\n{CHARTS_STYLE}\n{STYLE}");
    let policy = format!(
        "default-src 'none'; script-src {} {}; style-src {}; base-uri 'none'; form-action 'none'",
        digest(CHARTS),
        digest(&app),
        digest(&style)
    );
    let title = escape::html(&escape::one_line(&page.title));
    let body = BODY
        .replace("{{title}}", &title)
        .replace("{{generated}}", &escape::html(&escape::one_line(&page.generated)))
        .replace("{{beside}}", &beside(page));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title} benchmarks</title>\n\
         <style>{style}</style>\n</head>\n<body>\n{body}\
         <script type=\"application/json\" id=\"data\">{}</script>\n\
         <!-- uPlot:\n{LICENCE}-->\n<script>{CHARTS}</script>\n<script>{app}</script>\n</body>\n</html>\n",
        data::json(page)
    )
}

/// The comparisons, readable without script.
fn beside(page: &Page) -> String {
    let mut out = String::new();
    if !page.notes.is_empty() {
        let line = |note: &String| Block::Line(vec![Cell::Text(note.clone(), Tone::Warn)]);
        out.push_str(&fragment(&page.notes.iter().map(line).collect::<Vec<_>>()));
    }
    let mut add = |title: &str, blocks: &[Block]| {
        out.push_str(&format!("<section>\n<h2>{title}</h2>\n{}</section>\n", fragment(blocks)));
    };
    if let Some(changes) = &page.changes {
        add("Comparison", &changes.view().blocks);
    }
    if let Some(platforms) = &page.platforms {
        add("Platforms", &platforms.view().blocks);
    }
    if out.is_empty() { out } else { format!("<div id=\"beside\">\n{out}</div>\n") }
}

fn digest(text: &str) -> String {
    format!("'sha256-{}'", pack::base64(&Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Time;
    use crate::report::page::{Branch, Commit, Machine, Series};

    #[test]
    fn the_vendored_files_are_those_of_the_note() {
        let note = include_str!("vendor/README.md");
        for (name, text) in [("uPlot.iife.min.js", CHARTS), ("uPlot.min.css", CHARTS_STYLE), ("LICENSE.uPlot", LICENCE)]
        {
            let hex: String = Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
            assert!(note.contains(&format!("| {name} | {hex} |")), "{name} is {hex}");
        }
    }

    #[test]
    fn other_peoples_text_cannot_leave_its_place() {
        let hostile = "</script><script>alert(1)</script><!-- \u{202e} \u{2028} \"' & ${x}";
        let text = hostile.to_owned();
        let page = Page {
            title: text.clone(),
            generated: text.clone(),
            notes: vec![text.clone()],
            commits: vec![Commit { id: "0".repeat(40), time: Time(0), author: text.clone(), subject: text.clone() }],
            machines: vec![Machine { environment: text.clone(), label: text.clone() }],
            branches: vec![Branch {
                name: text.clone(),
                commits: vec![0],
                distances: vec![0],
                notes: vec![text.clone()],
                series: vec![Series {
                    benchmark: text.clone(),
                    metric: text.clone(),
                    unit: text.clone(),
                    suite: text.clone(),
                    at: vec![0],
                    values: vec![1.0],
                    n: vec![None],
                    runs: vec![1],
                    stddev: vec![Some(f64::NAN)],
                    other_unit: Some(text),
                    ..Series::default()
                }],
                ..Branch::default()
            }],
            ..Page::default()
        };
        let html = html(&page);
        assert!(!html.contains("alert(1)</script>") && !html.contains("<script>alert"), "{hostile}");
        assert!(!html.contains('\u{202e}') && !html.contains('\u{2028}'));
        let (_, data) = html.split_once("id=\"data\">").unwrap();
        let (data, _) = data.split_once("</script>").unwrap();
        let data: serde_json::Value = serde_json::from_str(data).unwrap();
        assert!(data["subjects"][0].as_str().unwrap().starts_with("</script><script>"));
        assert_eq!(data["branches"][0]["series"][0][3], "w-B", "1 as 1000 times 0.001");
    }

    #[test]
    fn nothing_in_the_scripts_ends_them_or_loads_anything() {
        for text in APP.iter().chain(&[CHARTS, STYLE, CHARTS_STYLE]) {
            let lower = text.to_lowercase();
            assert!(!lower.contains("</script") && !lower.contains("</style") && !lower.contains("<!--"));
        }
        for text in APP.iter().chain(&[BODY, STYLE]) {
            for word in
                ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "fetch(", "url(", "style=\""]
            {
                assert!(!text.contains(word), "{word}");
            }
        }
    }
}
