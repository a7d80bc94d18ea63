//! A page with every kind of block and cell, and hostile text, for the tests of all renderers.

use super::{Options, Renderer};
use crate::report::{Block, Cell, Column, Report, Table, Tone, View};

/// A report that is only its view.
#[derive(Clone)]
pub(super) struct Page(pub(super) View);

impl serde::Serialize for Page {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl Report for Page {
    fn view(&self) -> View {
        self.0.clone()
    }
}

/// What a renderer writes.
pub(super) fn rendered(renderer: &dyn Renderer, report: &dyn Report, options: &Options) -> String {
    let mut out = Vec::new();
    renderer.render(report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Every kind of block and cell.
pub(super) fn sample() -> Page {
    page("parse/small", "linux", "us")
}

/// A page whose foreign text is the given one.
pub(super) fn page(name: &str, machine: &str, unit: &str) -> Page {
    let columns = vec![
        Column::left("benchmark"),
        Column::left("machine").shed(3),
        Column::right("time"),
        Column::right("change"),
        Column::right("spread").shed(1),
        Column::right("runs").shed(2),
        Column::right("size").shed(2),
        Column::right("took").shed(2),
        Column::left("commit"),
        Column::left("trend").shed(4),
    ];
    let rows = vec![
        vec![
            Cell::name(name),
            Cell::text(machine),
            Cell::Value(1250.0, unit.into(), Tone::Strong),
            Cell::Change(0.05, Tone::Bad),
            Cell::Share(0.012, Tone::Dim),
            Cell::Number(16.0, Tone::Plain),
            Cell::Bytes(1_300_000, Tone::Plain),
            Cell::Duration(3725.0, Tone::Warn),
            Cell::Commit("0123456789abcdef0123456789abcdef01234567".into()),
            Cell::Spark(vec![Some(1.0), Some(2.0), None, Some(4.0)]),
        ],
        vec![
            Cell::name("parse/big"),
            Cell::maybe(None::<&str>),
            Cell::Missing,
            Cell::Change(-0.123, Tone::Good),
            Cell::Missing,
            Cell::Number(3.0, Tone::Plain),
            Cell::Bytes(512, Tone::Plain),
            Cell::Duration(0.0045, Tone::Plain),
            Cell::Missing,
            Cell::Missing,
        ],
    ];
    let facts = Table {
        columns: vec![Column::left("key"), Column::left("value")],
        rows: vec![vec![Cell::dim("kernel"), Cell::text("6.1")]],
    };
    let blocks = vec![
        Block::Heading("Changes".into()),
        Block::Line(vec![
            Cell::text("slower: "),
            Cell::name(name),
            Cell::text(" by "),
            Cell::Change(0.05, Tone::Bad),
            Cell::dim(" (1 of 2)"),
        ]),
        Block::Line(vec![Cell::text("on "), Cell::text(machine)]),
        Block::Table(Table { columns, rows }),
        Block::Chart {
            title: name.into(),
            unit: unit.into(),
            values: vec![Some(1000.0), Some(1010.0), None, Some(1250.0), Some(1240.0)],
            marks: vec![3],
        },
        Block::Folded {
            summary: "environment".into(),
            blocks: vec![Block::Table(facts), Block::Verbatim(format!("-{name}\n+```{machine}\n"))],
        },
    ];
    Page(View { blocks })
}

/// Text that attacks a terminal, Markdown, HTML or a spreadsheet.
pub(super) const HOSTILE: &[&str] = &[
    "\x1b[31mred\x1b]0;title\x07\x1b]8;;http://evil\x1b\\",
    "\u{9b}2J\u{85}\u{7f}\0\x08",
    "line\nbreak\r\ncarriage\rtab\t\u{b}\u{c}\u{2028}\u{2029}",
    "\u{202e}gnp.exe\u{2066}\u{200e}\u{200f}\u{61c}",
    "zero\u{200b}width\u{200d}\u{2060}\u{feff}\u{ad}\u{e0041}\u{fe0f}",
    "\u{301}e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;",
    "| a | b |\n|---|---|\n\\| \\\\| ` `` ``` ```` <!-- --> </details>",
    "@octocat #123 owner/repo#1 GH-12 ![x](http://evil/i.png) [a](javascript:alert(1)) <http://evil> www.evil.com",
    "# head\n> quote\n- item\n1. item\n=== \n***\n    code\n```\nfence",
    "=cmd|' /C calc'!A0",
    "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字",
    "مرحبا بالعالم 👩‍👩‍👧‍👦 🇩🇪 👍🏽",
    "a_very_long_name::without::any::space::aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "",
    " ",
];
