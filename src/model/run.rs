//! One run of a harness, as a reader found it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Measurement, Time};

/// Facts by name, sorted bytewise: scalars for the note, nested values only for the payload.
pub type Facts = BTreeMap<String, Value>;

/// Counts of a test run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u64; 5]", into = "[u64; 5]")]
pub struct Tests {
    /// All cases, skipped ones included.
    pub total: u64,
    /// Cases that passed.
    pub passed: u64,
    /// Cases that failed.
    pub failed: u64,
    /// Cases that were not run.
    pub skipped: u64,
    /// Cases that broke outside the test itself (setup, collection).
    pub errors: u64,
}

impl From<[u64; 5]> for Tests {
    fn from([total, passed, failed, skipped, errors]: [u64; 5]) -> Self {
        Self { total, passed, failed, skipped, errors }
    }
}

impl From<Tests> for [u64; 5] {
    fn from(t: Tests) -> Self {
        [t.total, t.passed, t.failed, t.skipped, t.errors]
    }
}

/// A test that failed, as the harness tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Name of the test.
    pub test: String,
    /// What went wrong, one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
    /// The trace, as printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub traceback: String,
}

/// What a reader found in one input: one run of a harness. Everything is what the input itself says; what it does not
/// say stays empty and is completed by `record`.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Name and version of the harness in one string (`criterion 0.8.2`, or the name alone).
    pub harness: Option<String>,
    /// The commit that the input names, as written there.
    pub commit: Option<String>,
    /// The branch that the input names.
    pub branch: Option<String>,
    /// Who ran it, where the input says.
    pub who: Option<String>,
    /// The one time that the input states, or the end of the run.
    pub time: Option<Time>,
    /// The measurements, in file order. (name, metric) may repeat: `record` makes `#2`, `#3` of further ones.
    pub measurements: Vec<Measurement>,
    /// Test counts, where tests ran.
    pub tests: Option<Tests>,
    /// Tests that failed.
    pub failures: Vec<Failure>,
    /// Facts of the machine, in the words of `formats.md` (`cpu_model`, `cpu_count`, `memory_mb`, `os`, `arch` ...).
    pub platform: Facts,
    /// Versions and settings (`python_version` ...); scalars, lists of strings.
    pub environment: Facts,
    /// Seconds that the harness ran.
    pub duration: Option<f64>,
    /// The input itself where it is a result file of ours (the seed's format): kept whole, unknown fields included.
    pub document: Option<Map<String, Value>>,
    /// For formats that can hold many runs: the bytes of this run's own entry (RFC 8785 form where it is JSON, else as it
    /// stands). They give the input digest.
    pub entry: Option<Vec<u8>>,
    /// What the reader wants the user to know.
    pub warnings: Vec<String>,
}
