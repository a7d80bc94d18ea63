//! Ancestry and records become series: which commits were measured, what their points are, which of them is the baseline
//! of which.
//!
//! ```
//! use git_bench::history::{Point, Reach, groups, series, trail};
//! use git_bench::model::IDENTITY;
//! use git_bench::stats::{Better, Question, Rule, Verdict, judge};
//! # use git_bench::git::Identity;
//! # use git_bench::store::{Options, Store};
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/library/team.rs"));
//! # fn main() -> git_bench::Result<()> {
//! # let (_folder, repo) = team();
//! # let identity = Identity { name: "alice".into(), email: "alice@example.com".into(), time: 0 };
//! # let store = Store::new(&repo, Options { notes_ref: "refs/notes/bench".into(), identity });
//! // The measured commits of the branch, newest first.
//! let reach = Reach { stop: None, limit: 1000, batch: 32, accepts: false };
//! let walked = trail(&repo, &store.reader()?, repo.resolve("main")?.id, reach, &mut |_| false)?;
//! let points: Vec<_> = walked.points.iter().collect();
//! let machine: Vec<String> = IDENTITY.iter().map(|key| (*key).to_owned()).collect();
//!
//! // detect_regression(db, benchmark_name, threshold=0.10), for each machine: the newest commit against those before it.
//! let to_point = |p: &Point| git_bench::stats::Point { value: p.value, time: p.time, ..Default::default() };
//! let mut questions = Vec::new();
//! for group in groups(points[0], &machine).keys() {
//!     let found = series(&points, group, &machine, false, &|name, metric| (name, metric) == ("parse", "latency"));
//!     let (newest, past) = found.series[0].points.split_first().expect("the newest commit was measured");
//!     questions.push(Question {
//!         better: Better::Lower,
//!         base: past.iter().rev().map(to_point).collect(),
//!         own: vec![to_point(newest)],
//!         rule: Rule { threshold: 0.10, look_back: 20, ..Rule::default() },
//!     });
//! }
//! let judgement = judge(questions);
//! assert_eq!(judgement.decisions.len(), 2);
//! for decision in &judgement.decisions {
//!     assert_eq!(decision.verdict, Verdict::Regression);
//!     // Half as long again, since the 24th commit.
//!     assert!((decision.change.unwrap() - 0.5).abs() < 0.02);
//!     assert_eq!(decision.step.unwrap().index, 23);
//! }
//! # Ok(())
//! # }
//! ```

pub mod bisect;
mod series;
mod trail;

pub use series::{Failed, Group, Point, Series, SeriesSet, groups, series};
pub use trail::{Accepted, Measured, Origin, Reach, Trail, measured_at, trail};
