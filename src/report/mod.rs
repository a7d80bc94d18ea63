//! What a command found, as plain data: serde gives the JSON, `view` what a person reads.

pub mod benchstat;
pub mod bisected;
pub mod blame;
pub mod changes;
pub mod compare;
pub mod history;
pub mod measured;
pub mod page;
pub mod query;
pub mod releases;
pub mod runs;
pub mod sql;
pub mod stats;
pub mod tables;
mod view;

pub use view::{Align, Block, Cell, Column, Row, Table, Tone, View};

use serde::{Serialize, Serializer};

/// A finished report: its own serde form is the JSON, its view everything else.
pub trait Report: erased::Json {
    /// The same facts as tables and lines for a person.
    fn view(&self) -> View;
}

/// Serialisation behind a trait object.
mod erased {
    /// Anything that serialises to a JSON value.
    pub trait Json {
        /// The report as JSON.
        fn json(&self) -> serde_json::Value;
    }

    impl<T: serde::Serialize> Json for T {
        fn json(&self) -> serde_json::Value {
            serde_json::to_value(self).unwrap_or_default()
        }
    }
}

/// Version of every report's JSON; within it fields are only added.
pub const VERSION: u64 = 1;

/// The verdict on a series, as its word in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Worse, beyond noise and threshold.
    Regression,
    /// The data can say neither.
    Inconclusive,
    /// Better, by the same measure.
    Improvement,
    /// No change, and the data could have shown one.
    Unchanged,
}

impl Verdict {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::Inconclusive => "inconclusive",
            Self::Improvement => "improvement",
            Self::Unchanged => "unchanged",
        }
    }

    /// How it is shown.
    pub fn tone(self) -> Tone {
        match self {
            Self::Regression => Tone::Bad,
            Self::Improvement => Tone::Good,
            Self::Inconclusive => Tone::Warn,
            Self::Unchanged => Tone::Dim,
        }
    }
}

impl From<crate::stats::Verdict> for Verdict {
    fn from(verdict: crate::stats::Verdict) -> Self {
        match verdict {
            crate::stats::Verdict::Regression => Self::Regression,
            crate::stats::Verdict::Improvement => Self::Improvement,
            crate::stats::Verdict::Unchanged => Self::Unchanged,
            crate::stats::Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
