//! Numbers in, verdicts out: is it a regression?
//!
//! Imports nothing else of this crate: slices and plain structs in, plain structs out; no clock, no randomness, no I/O. What each
//! formula assumes and where it comes from stands at its function and, in the user's words, in `docs/statistics.md`.
//!
//! ```text
//! Question (points of one series + rule) ─▶ METHODS[rule.method].decide ─▶ Decision ─┐
//! all of them ─▶ judge: common factor first, false discovery rate last ──────────────┴▶ Judgement
//! one series of values ─▶ change_points ─▶ where its level moved (log, blame, report)
//! ```

pub mod benchstat;
pub mod change_points;
pub mod common_factor;
pub mod decision;
pub mod e_divisive;
pub mod fdr;
pub mod history;
pub mod judge;
pub mod method;
pub mod peers;
pub mod question;
pub mod ranks;
pub mod robust;
pub mod smooth;
pub mod step;
pub mod student;

pub use change_points::{ChangeOptions, ChangePoint, change_points};
pub use decision::{Decision, Judgement, Step, Verdict};
pub use judge::{Spread, judge, judge_by};
pub use method::{METHODS, Method, method};
pub use question::{Better, Point, Question, Rule};

/// A file of the corpus that `GIT_BENCH_CORPUS` names (other people's data, never committed); `None`, with the reason on standard
/// error, where that is unset.
#[cfg(test)]
fn corpus(path: &str) -> Option<std::path::PathBuf> {
    use std::io::Write;
    let Some(root) = std::env::var_os("GIT_BENCH_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "skipped: GIT_BENCH_CORPUS is unset, so {path} is not there");
        return None;
    };
    Some(std::path::Path::new(&root).join(path))
}
