//! The message for Slack: the verdict first, then what changed and since when, what is missing, and where it ran.
//!
//! Limits of Block Kit: 150 characters in a header, 3,000 in a section, 50 blocks.

use serde_json::{Value, json};

use super::About;
use super::mrkdwn::{code, link, short, text};
use crate::render::number;
use crate::report::Verdict;
use crate::report::changes::{Changes, End, SeriesChange};

/// Regressions that are listed.
const WORSE: usize = 10;
/// Others of a kind that are listed.
const OTHERS: usize = 5;
/// Characters of a header.
const HEADER: usize = 150;
/// Characters of one name or subject.
const NAME: usize = 120;
/// Characters of a section, with room to spare.
const SECTION: usize = 2800;

/// The message: a text for the notification, and the blocks.
pub fn message(changes: &Changes, about: &About) -> Value {
    let (sign, title) = match changes.outcome {
        Some("fail") => (":red_circle:", "Regression"),
        Some("pass") => (":large_green_circle:", "No regression"),
        _ => (":warning:", "Not enough data"),
    };
    let of = if about.repository.is_empty() { String::new() } else { format!(" in {}", about.repository) };
    let header = short(&crate::render::escape::one_line(&format!("{title}{of}")), HEADER - sign.len() - 1);
    let mut blocks = vec![json!({
        "type": "header",
        "text": {"type": "plain_text", "text": format!("{sign} {header}"), "emoji": true}
    })];
    blocks.push(section(&[head(changes, about), changes.summary()].join("\n")));
    let lines = lines(changes);
    if !lines.is_empty() {
        blocks.push(json!({"type": "divider"}));
        blocks.extend(packed(&lines).iter().map(|text| section(text)));
    }
    blocks.push(json!({"type": "context", "elements": [mrkdwn(&foot(changes, about))]}));
    json!({
        "text": format!("{sign} {}: {}", text(&header), changes.summary()),
        "blocks": blocks,
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": mrkdwn(text)})
}

/// Branch, commit and subject.
fn head(changes: &Changes, about: &About) -> String {
    let commit = commit(&changes.head);
    match &about.branch {
        Some(branch) => format!("{} at {commit}", code(&short(branch, NAME))),
        None => commit,
    }
}

fn commit(end: &End) -> String {
    let id = end.commit.as_deref().unwrap_or(&end.asked_commit);
    let subject = end.subject.as_deref().map(|subject| format!(" {}", text(&short(subject, NAME))));
    format!("{}{}", code(id.get(..8).unwrap_or(id)), subject.unwrap_or_default())
}

fn foot(changes: &Changes, about: &About) -> String {
    let mut parts = vec![format!("against {}", commit(&changes.base))];
    let mut labels: Vec<&str> = changes.environments.iter().map(|machine| machine.label.as_str()).collect();
    labels.dedup();
    match labels[..] {
        [] => {}
        [only] => parts.push(format!("on {}", text(&short(only, NAME)))),
        _ => parts.push(format!("on {} machines", labels.len())),
    }
    parts.extend(about.run_url.as_deref().and_then(|address| link(address, "the CI's run")));
    parts.push(concat!("git-bench ", env!("CARGO_PKG_VERSION")).to_owned());
    parts.join(" \u{b7} ")
}

/// One line a series: what is worse, what is missing, what is better; then the remarks.
fn lines(changes: &Changes) -> Vec<String> {
    let mut lines = Vec::new();
    let mut list = |all: Vec<String>, most: usize, what: &str| {
        let more = all.len().saturating_sub(most);
        lines.extend(all.into_iter().take(most));
        if more > 0 {
            lines.push(format!("and {more} more {what}"));
        }
    };
    let of = |verdict: Verdict, sign: &str| -> Vec<String> {
        changes.series.iter().filter(|s| s.verdict == verdict).map(|s| changed(s, sign)).collect()
    };
    list(of(Verdict::Regression, ":red_circle:"), WORSE, "regressions");
    let missing = changes.missing.iter().map(|m| {
        let (name, metric) = (short(&m.benchmark, NAME), short(&m.metric, NAME));
        format!(":warning: {} {}: {}", code(&name), text(&metric), text(&short(&m.why, NAME)))
    });
    list(missing.collect(), OTHERS, "missing");
    list(of(Verdict::Improvement, ":large_green_circle:"), OTHERS, "improvements");
    let remarks = changes.notes.iter().map(|note| text(&short(note, 2 * NAME)));
    list(remarks.collect(), OTHERS, "remarks");
    lines
}

fn changed(s: &SeriesChange, sign: &str) -> String {
    let value = |v: Option<f64>| v.map_or_else(|| "-".to_owned(), |v| text(&number::value(v, &short(&s.unit, 20))));
    let change = s.change.map(|c| format!(" (*{}*)", number::change(c))).unwrap_or_default();
    let since = s.first_bad.as_ref().map(|first| {
        let range = if first.unmeasured > 0 {
            format!(" or one of {} unmeasured before it", first.unmeasured)
        } else {
            String::new()
        };
        let id = first.commit.get(..8).unwrap_or(&first.commit);
        let (author, subject) = (text(&short(&first.author, NAME)), text(&short(&first.subject, NAME)));
        format!("\n        since {}{range}, {author}: {subject}", code(id))
    });
    let (name, metric) = (code(&short(&s.benchmark, NAME)), text(&short(&s.metric, NAME)));
    let (base, head) = (value(s.base.value), value(s.head.value));
    format!("{sign} {name} {metric}: {base} \u{2192} {head}{change}{}", since.unwrap_or_default())
}

/// Lines in as few texts as sections can hold.
fn packed(lines: &[String]) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for line in lines {
        match texts.last_mut() {
            Some(text) if text.chars().count() + line.chars().count() < SECTION => {
                text.push('\n');
                text.push_str(line);
            }
            _ => texts.push(line.clone()),
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::changes::{FirstBad, Machine, Missing, Side};

    fn series(name: &str, verdict: Verdict) -> SeriesChange {
        let side = |value: f64| Side { value: Some(value), ..Side::default() };
        SeriesChange {
            benchmark: name.into(),
            metric: "time".into(),
            unit: "ms".into(),
            better: "lower".into(),
            environment: "e".into(),
            suite: "default".into(),
            base: side(12.3),
            head: side(13.5),
            change: Some(0.0976),
            difference: 1.2,
            verdict,
            threshold: 0.02,
            noise: None,
            p: None,
            q: None,
            interval: None,
            smallest_effect: None,
            more_runs: None,
            first_bad: None,
            notes: Vec::new(),
        }
    }

    fn changes() -> Changes {
        let end = |commit: &str, subject: &str| End {
            commit: Some(commit.into()),
            subject: Some(subject.into()),
            ..End::default()
        };
        let mut changes = Changes::new("check", end("aaaaaaaaaaaa", "base"), end("bbbbbbbbbbbb", "head <!here>"));
        changes.outcome = Some("fail");
        changes
    }

    #[test]
    fn the_verdict_stands_first_and_the_text_of_others_is_harmless() {
        let mut changes = changes();
        let mut worse = series("parse<!channel>", Verdict::Regression);
        worse.first_bad = Some(FirstBad {
            commit: "cccccccccccc".into(),
            after: "dddddddddddd".into(),
            unmeasured: 2,
            author: "Eve @here".into(),
            subject: "see <https://evil|this> *now*".into(),
        });
        changes.series = vec![worse, series("faster", Verdict::Improvement), series("same", Verdict::Unchanged)];
        changes.missing.push(Missing {
            benchmark: "gone".into(),
            metric: "time".into(),
            environment: "e".into(),
            suite: "s".into(),
            why: "missing at head".into(),
        });
        changes.environments.push(Machine {
            environment: "e".into(),
            label: "lab & co".into(),
            suite: "default".into(),
            base_env: vec![],
            head_env: vec![],
        });
        let about = About {
            repository: "app".into(),
            branch: Some("main".into()),
            run_url: Some("https://ci.example.com/1".into()),
        };
        let message = message(&changes, &about);
        let texts: Vec<&str> = message["blocks"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|b| b["text"]["text"].as_str().or(b["elements"][0]["text"].as_str()))
            .collect();
        assert_eq!(texts[0], ":red_circle: Regression in app");
        assert_eq!(
            texts[1],
            "`main` at `bbbbbbbb` head &lt;!here&gt;\n3 series compared: 1 regression, 1 improvement, 1 unchanged, 1 missing"
        );
        assert_eq!(
            texts[2],
            ":red_circle: `parse&lt;!channel&gt;` time: 12.3 ms \u{2192} 13.5 ms (*+9.8 %*)\n        since `cccccccc` or one \
             of 2 unmeasured before it, Eve \u{ff20}here: see &lt;https://evil|this&gt; \u{2217}now\u{2217}\n:warning: `gone` \
             time: missing at head\n:large_green_circle: `faster` time: 12.3 ms \u{2192} 13.5 ms (*+9.8 %*)"
        );
        assert!(texts[3].starts_with(
            "against `aaaaaaaa` base \u{b7} on lab &amp; co \u{b7} <https://ci.example.com/1|the CI's run>"
        ));
        assert!(message["text"].as_str().unwrap().starts_with(":red_circle: Regression in app: 3 series compared"));
        assert_eq!(message["blocks"][1]["text"]["verbatim"], true);
    }

    #[test]
    fn the_limits_of_blocks_are_kept() {
        let mut changes = changes();
        let long = "x".repeat(5000);
        changes.series = (0..500).map(|_| series(&long, Verdict::Regression)).collect();
        changes.notes = vec![long.clone(); 50];
        changes.base.subject = Some(long.clone());
        let message = message(&changes, &About { repository: long.clone(), branch: Some(long), run_url: None });
        let blocks = message["blocks"].as_array().unwrap();
        assert!(blocks.len() < 50);
        for block in blocks {
            let most = if block["type"] == "header" { 150 } else { 3000 };
            let text = block["text"]["text"].as_str().or(block["elements"][0]["text"].as_str()).unwrap_or_default();
            assert!(text.chars().count() <= most, "{}: {}", block["type"], text.len());
        }
        assert!(message.to_string().contains("and 490 more regressions"));
    }
}
