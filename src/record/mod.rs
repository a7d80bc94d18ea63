//! A run and its two written forms: one line of a note (a summary), and the payload document (everything).
//!
//! ```
//! use git_bench::git::{Identity, Repo};
//! use git_bench::import::{Input, ReadOptions, read};
//! use git_bench::model::{IDENTITY, Time, environment_key};
//! use git_bench::payload::{self, Object, Payloads, StoreSpec, sha256_hex};
//! use git_bench::record::{Known, PayloadRef, compose, document_bytes};
//! use git_bench::store::{Added, Options, Store};
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/library/team.rs"));
//! # fn main() -> git_bench::Result<()> {
//! # let (folder, _) = team();
//! # let shared = tempfile::tempdir().unwrap();
//! // What a harness wrote: any of the formats.
//! let text = r#"{"platform": {"cloud": "aws"}, "benchmarks": [{"name": "parse", "latency_ms": 1.52}]}"#;
//! let input = Input::file("result.json", text.into());
//! let (reader, mut runs) = read(&input, None, &ReadOptions::default())?;
//! assert_eq!(reader.name(), "git-bench");
//! let run = runs.remove(0);
//!
//! // Which commit it is about, and what else is known.
//! let repo = Repo::at(folder.path())?;
//! let head = repo.commit(repo.resolve("HEAD")?.id)?.expect("it is in this clone");
//! let now = Time::parse("2024-02-01T10:30:00Z").expect("a time");
//! let known = Known {
//!     commit: head.id.to_string(),
//!     tree: Some(head.tree.to_string()),
//!     ctime: Some(head.time),
//!     branch: Some("main".into()),
//!     suite: "default".into(),
//!     channel: "daily".into(),
//!     platform: run.platform.clone(),
//!     input: input.digest(),
//!     now,
//!     ..Known::default()
//! };
//! let composed = compose(run, &known, &|env| environment_key(env, IDENTITY))?;
//!
//! // The full result into a folder or bucket first, then the line into the commit's note.
//! let mut record = composed.record;
//! if let Some(document) = composed.document {
//!     let bytes = document_bytes(&document);
//!     let (sha256, size) = (sha256_hex(&bytes), bytes.len() as u64);
//!     let key = format!("daily/2024-02-01/{}.json", record.id);
//!     let payloads = Payloads::open(&StoreSpec::folder("shared", shared.path()), &payload::Options::default())?;
//!     payloads.put(&Object { key: key.clone(), bytes, meta: Vec::new() })?;
//!     record.payload = Some(PayloadRef { sha256, size, key, store: "shared".into() });
//! }
//! let identity = Identity { name: "alice".into(), email: "alice@example.com".into(), time: now.0 };
//! let store = Store::new(&repo, Options { notes_ref: "refs/notes/bench".into(), identity });
//! assert_eq!(store.add_runs(&[record.clone()])?, [Added::New]);
//! assert_eq!(store.add_runs(&[record])?, [Added::Known]); // the same again changes nothing
//! # Ok(())
//! # }
//! ```

mod compose;
mod document;
mod id;
mod line;
mod many;
mod note;
mod rows;
mod v1;
mod write;

pub use compose::{Composed, Known, compose};
pub use document::to_bytes as document_bytes;
pub use id::{Identified, new_id, run_id};
pub use line::{Line, Unreadable, light_runs};
pub use many::{compose_all, lines};
pub use note::{Note, settle};
pub use rows::Beginnings;
pub use v1::{Accept, Drop, LightRow, MAX_LINE, PayloadRef, Row, RunRecord, Twin};
