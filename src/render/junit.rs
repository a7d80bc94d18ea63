//! `check --format junit`: each series a test case.

use super::escape;
use super::number;
use crate::report::Verdict;
use crate::report::changes::{Changes, SeriesChange, why};

/// A JUnit document: a regression is a failure, an inconclusive series skipped, a missing one an error.
pub fn suites(changes: &Changes) -> String {
    let failures = changes.count(Verdict::Regression);
    let skipped = changes.count(Verdict::Inconclusive);
    let errors = changes.missing.len();
    let tests = changes.series.len() + errors;
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"git bench check\" \
         tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">\n"
    );
    for s in &changes.series {
        let inner = match s.verdict {
            Verdict::Regression => format!("<failure message=\"{}\"/>", text(&sentence(s))),
            Verdict::Inconclusive => format!("<skipped message=\"{}\"/>", text(&sentence(s))),
            Verdict::Improvement | Verdict::Unchanged => String::new(),
        };
        case(&mut out, &s.suite, &s.benchmark, &s.metric, &inner);
    }
    for m in &changes.missing {
        case(&mut out, &m.suite, &m.benchmark, &m.metric, &format!("<error message=\"{}\"/>", text(&m.why)));
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn case(out: &mut String, suite: &str, benchmark: &str, metric: &str, inner: &str) {
    let (class, name) = (text(suite), text(&format!("{benchmark} {metric}")));
    if inner.is_empty() {
        out.push_str(&format!("    <testcase classname=\"{class}\" name=\"{name}\"/>\n"));
    } else {
        out.push_str(&format!("    <testcase classname=\"{class}\" name=\"{name}\">{inner}</testcase>\n"));
    }
}

fn sentence(s: &SeriesChange) -> String {
    let value = |v: Option<f64>| v.map_or_else(|| "-".to_owned(), |v| number::value(v, &s.unit));
    let change = s.change.map(|c| format!(" ({})", number::change(c))).unwrap_or_default();
    format!("{}: {} to {}{change}; {}", s.verdict.as_str(), value(s.base.value), value(s.head.value), why(s))
}

fn text(raw: &str) -> String {
    escape::html(&escape::one_line(raw))
}
