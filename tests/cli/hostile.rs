//! Other people's text: control characters never reach a terminal, nothing unescaped reaches Markdown, CSV or HTML.

use serde_json::json;

use crate::{Call, Repo, USAGE, repo};

/// A name that colours, moves, retitles, turns the direction of text, hides, and breaks lines and markup.
const NAME: &str = "a\x1b[31mred\x1b]0;title\x07\u{202e}lr\u{200b}\u{9b}2J\r\n|<b>`x`=1+1\u{7f}\t";

/// No byte of a terminal's language but the newlines of the program itself.
#[track_caller]
fn harmless(ran: &crate::Ran) {
    // CSV ends its lines as RFC 4180 has it.
    for text in [ran.out().replace("\r\n", "\n"), ran.err.clone()] {
        for c in text.chars() {
            let control = c.is_control() && c != '\n';
            let turning = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
            assert!(!control && !turning, "{c:?} in\n{}", ran.told().escape_debug());
        }
    }
}

fn hostile() -> Repo {
    let r = repo();
    let file = |ms: f64| {
        json!({"metadata": {"developer": NAME, "branch": NAME, "suite": "s\x1b[1m"},
               "platform": {"machine": NAME, "cpu_model": NAME}, "environment": {NAME: NAME},
               "benchmarks": [{"name": NAME, "metrics": {NAME: {"value": ms, "unit": "m\x1b[5ms"}}}],
               "failures": [{"test": NAME, "error": NAME}]})
        .to_string()
    };
    for i in 0..3 {
        r.write("code.txt", format!("{i}\n"));
        r.commit_all("subject \x1b[31mred\u{202e}");
        r.bench("record -").stdin(file(f64::from(i) + 1.0)).run().ok();
    }
    r.git("switch --quiet --create topic");
    r.write("code.txt", "topic\n");
    r.commit_all("topic \x1b[31mred");
    r.bench("record -").stdin(file(9.0)).run().ok();
    r
}

#[test]
fn nothing_hostile_reaches_the_terminal() {
    let r = hostile();
    r.git_words(&["notes", "--ref=bench", "append", "-m", "broken \x1b[31m line"]);
    let id = r.runs("HEAD")[0]["id"].as_str().unwrap().to_owned();
    for words in
        ["show", "log", "diff", "diff --env", "status", "fsck", "log --chart", "show HEAD~1", "diff HEAD~1 HEAD"]
    {
        let ran = r.bench(words).run();
        assert!(ran.out().contains("red") || matches!(words, "status" | "fsck"), "{}", ran.told());
        harmless(&ran);
        for format in ["md", "csv"] {
            harmless(&r.bench(words).arg("--format").arg(format).run());
        }
        r.bench(words).arg("--format").arg("json").run().json();
    }
    let ran = r.bench("drop").arg(&id).arg("--reason").arg(NAME).run().ok();
    harmless(&ran);
    harmless(&r.bench("show").run());
}

#[test]
fn what_was_asked_for_is_harmless_in_errors() {
    let r = hostile();
    let bad = "x\x1b[31m\u{202e}\x07";
    let calls: Vec<Call> = vec![
        r.bench("show").arg(bad),
        r.bench("record").arg(bad),
        r.bench("record - --from").arg(bad).stdin("{}"),
        r.bench("show --format").arg(bad),
        r.bench("config").arg(bad),
        r.bench("schema").arg(bad),
        r.bench("man").arg(bad),
        r.bench("diff --method").arg(bad),
        r.bench("diff --").arg(bad),
        r.bench("log --").arg(bad),
        r.bench("drop --reason x").arg(bad),
        r.bench("push").arg(bad),
        r.bench("record - --commit").arg(bad).stdin(crate::result(&[("a", 1.0)])),
        r.bench("record - --store").arg(bad).stdin(crate::result(&[("a", 1.0)])),
        r.bench("record - --channel").arg(bad).stdin(crate::result(&[("a", 1.0)])),
        r.bench("record - --platform").arg(bad).stdin(crate::result(&[("a", 1.0)])),
    ];
    for call in calls {
        let ran = call.run();
        assert_ne!(ran.code, Some(0), "{}", ran.told());
        harmless(&ran);
    }
    // Also where the parser of arguments speaks.
    let ran = r.bench("completions").arg(bad).run().code(USAGE);
    harmless(&ran);
}

#[test]
fn a_hostile_file_is_harmless_in_errors() {
    let r = hostile();
    for text in [
        format!("{{\"benchmarks\":[{{\"name\":{},\"latency_ms\":-1}}]}}", json!(NAME)),
        format!(
            "{{\"benchmarks\":[{{\"name\":\"a\",{}:{{\"value\":1}}, \"metrics\":{{\"t\":{{\"value\":{}}}}}}}]}}",
            json!(NAME),
            json!(NAME)
        ),
        format!("{{\"metadata\":{{\"commit_sha\":{}}},\"benchmarks\":[{{\"name\":3}}]}}", json!(NAME)),
        "\x1b[31m\x1b]0;x\x07 goos: linux\nBenchmarkX\x1b 1 1 ns/op\n".into(),
    ] {
        harmless(&r.bench("record -").stdin(text).run());
    }
    r.write("bench.toml", "\"\x7f\u{202e}\" = 1\n[\"\\u001b[31mevil\"]\nx = 1\n[[store]]\nname = \"\\u001b[1m\"\nurl = \"ftp://\\u001b[31m\"\n");
    harmless(&r.bench("config").run());
    r.write("bench.toml", "[bench]\nbase = \u{202e}\x07\n");
    harmless(&r.bench("config").run());
}

#[test]
fn markup_and_formulas_are_escaped() {
    let r = repo();
    r.commit("one");
    let text = json!({"platform": {"machine": "lab"}, "benchmarks": [
        {"name": "<img src=x onerror=alert(1)>", "latency_ms": 1}, {"name": "=HYPERLINK(1)", "latency_ms": 2},
        {"name": "a|b", "latency_ms": 3}, {"name": "@user #1 ![x](http://evil)", "latency_ms": 4}]});
    r.bench("record -").stdin(text.to_string()).run().ok();
    let html = r.bench("show --format html").run().ok().says_not("<img src=x");
    html.says("&lt;img");
    let csv = r.bench("show --format csv").run().ok();
    assert!(
        !csv.out().lines().any(|line| line.starts_with('=') || line.contains(",=") || line.contains(",\"=")),
        "{}",
        csv.told()
    );
    let md = r.bench("show --format md").run().ok();
    let row = md.out().lines().find(|l| l.contains("a") && l.contains("3 ms")).unwrap().to_owned();
    assert_eq!(row.replace("\\|", "").matches('|').count(), 8, "{row}");
    assert!(!md.out().contains("\n| <img") && !md.out().contains("| ![x]("), "{}", md.told());
}
