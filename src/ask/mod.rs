//! Answers over all runs: average and spread ([`stats`](stats::stats)), platforms side by side ([`compare`](compare::compare)).
//! Which runs there are is asked of the [`Index`] itself.
//!
//! ```
//! use git_bench::ask;
//! use git_bench::index::{Filter, Wanted};
//! use git_bench::model::Time;
//! # use git_bench::git::Identity;
//! # use git_bench::store::{Options, Store};
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/library/team.rs"));
//! # fn main() -> git_bench::Result<()> {
//! # let (_folder, repo) = team();
//! # let identity = Identity { name: "alice".into(), email: "alice@example.com".into(), time: 0 };
//! # let store = Store::new(&repo, Options { notes_ref: "refs/notes/bench".into(), identity });
//! let index = ask::open(&store)?;
//! let text = |text: &str| vec![text.to_owned()];
//!
//! // query(cloud_provider="aws", limit=5)
//! let aws = Filter { platform: text("aws"), ..Filter::default() };
//! let found = index.runs(&aws, &Wanted { limit: Some(5), measurements: true, ..Wanted::default() })?;
//! assert_eq!((found.total, found.runs.len()), (30, 5));
//! assert_eq!(found.runs[0].record.m[0].name, "parse"); // the newest first
//!
//! // query(start_date=..., end_date=..., benchmark_name="parse")
//! let week = Filter {
//!     benchmark: text("parse"),
//!     since: Time::parse("2024-01-08T00:00:00Z"),
//!     until: Time::parse("2024-01-14T23:59:59Z"),
//!     ..Filter::default()
//! };
//! assert_eq!(index.runs(&week, &Wanted::default())?.total, 14);
//!
//! // get_statistics(benchmark_name="parse", cloud_provider="aws")["avg_latency_ms"]
//! let latency = Filter { metric: text("latency"), platform: text("aws"), ..week };
//! let (report, _) = ask::stats::stats(&index, &latency, &["benchmark", "platform"])?;
//! let group = &report.groups[0];
//! assert_eq!((group.numbers.n, group.unit.as_str()), (7, "ms"));
//! let average = group.aliases["avg_latency_ms"].as_f64().unwrap();
//! assert!((10.0..10.1).contains(&average), "{average}");
//! # Ok(())
//! # }
//! ```

pub mod compare;
mod sides;
pub mod stats;

use crate::Result;
use crate::index::{Index, Named, Options};
use crate::model::{Facts, IDENTITY, describe, environment_key};
use crate::payload::keys;
use crate::store::Store;

/// What a machine is called: its key by this identity, the label that people gave it (else a description), cloud, hardware.
pub fn named<S: AsRef<str>>(env: &Facts, identity: &[S], label: Option<&str>) -> Named {
    Named {
        environment: environment_key(env, identity),
        label: label.map_or_else(|| describe(env), str::to_owned),
        platform: keys::platform(env),
        hardware: keys::hardware(env),
    }
}

/// The index of a store as of now, machines named without configuration.
///
/// # Errors
/// As [`Index::open`].
pub fn open(store: &Store<'_>) -> Result<Index> {
    // The words in which the program says the same of an empty configuration, so that the two share an index.
    let naming = format!("{} {IDENTITY:?} []", env!("CARGO_PKG_VERSION"));
    Index::open(store, &Options { naming: &naming, name: &|env| named(env, IDENTITY, None) })
}
