//! `check --format md`: one comment on a pull request, which the next run can update in place.

use super::md::Markdown;
use super::{Options, Renderer};
use crate::report::Verdict;
use crate::report::changes::Changes;

/// GitHub refuses comments over 65,536 characters.
const LIMIT: usize = 65_000;

/// Stands in every comment, so that a CI finds the one to update.
pub const MARKER: &str = "<!-- git-bench check -->";

/// The comment: the verdict first, the unchanged folded, under GitHub's limit, with [`MARKER`] at the end.
pub fn markdown(changes: &Changes) -> Vec<u8> {
    let mut shown = changes.clone();
    // The first line counts all, also what is left out below.
    shown.counted = Some(changes.summary());
    let mut text = render(&shown);
    let unchanged = |s: &crate::report::changes::SeriesChange| s.verdict == Verdict::Unchanged;
    if text.len() > LIMIT {
        let left_out = shown.series.iter().filter(|s| unchanged(s)).count();
        shown.series.retain(|s| !unchanged(s));
        shown.notes.push(format!("{left_out} unchanged series are left out of this comment"));
        text = render(&shown);
    }
    let all = shown.series.len();
    while text.len() > LIMIT && (shown.series.len() > 1 || shown.missing.len() > 1 || shown.new.len() > 1) {
        for list in [&mut shown.missing, &mut shown.new] {
            list.truncate(list.len().div_ceil(2));
        }
        shown.series.truncate(shown.series.len().div_ceil(2));
        shown.notes.truncate(20);
        shown.notes.push(format!("only the first {} of {all} series are shown", shown.series.len()));
        text = render(&shown);
    }
    text.push_str(&format!("\n{MARKER}\n"));
    text.into_bytes()
}

fn render(changes: &Changes) -> String {
    let mut out = Vec::new();
    // Writing to memory cannot fail.
    let _ = Markdown.render(changes, &Options::default(), &mut out);
    String::from_utf8_lossy(&out).into_owned()
}
