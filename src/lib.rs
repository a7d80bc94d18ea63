//! Benchmark and test results in git: the core of `git bench`.
//!
//! The data flows one way, and the modules follow it:
//!
//! ```text
//! harness output ─ import ─▶ Run ─ record ─▶ one JSON line ─┐
//!                             │                              ├─ store ─▶ refs/notes/bench
//! full result JSON ─ payload ─▶ sha256 + key ────────────────┘            (+ bucket, index)
//! ancestry + store ─ history ─▶ Series ─ stats ─▶ Verdict ─ report ─▶ View ─ render ─▶ text md json csv
//! ```
//!
//! Nothing here prints, exits, or reads the environment or the clock; the binary hands these in as values.

pub mod error;
pub mod model;

#[cfg(feature = "index")]
pub mod ask;
pub mod cloud;
pub mod config;
pub mod export;
pub mod git;
pub mod history;
pub mod import;
#[cfg(feature = "index")]
pub mod index;
pub mod machine;
pub mod measure;
pub mod notify;
pub mod payload;
pub mod record;
pub mod render;
pub mod report;
pub mod stats;
pub mod store;

pub use error::{Error, Kind, Result};
