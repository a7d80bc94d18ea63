//! What a store is opened with.

use std::fmt;
use std::path::Path;
use std::time::Duration;

/// One configured store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoreSpec {
    /// Its name in the configuration; notes name it, never its URL.
    pub name: String,
    /// `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX`, `az://CONTAINER/PREFIX` or `file:///FOLDER`.
    pub url: String,
    /// Region, S3 only.
    pub region: Option<String>,
    /// Storage account, Azure only.
    pub account: Option<String>,
    /// Another host that speaks the same protocol. The caller has taken it from a trusted place.
    pub endpoint: Option<String>,
}

impl StoreSpec {
    /// A store in a folder, its path escaped as a URL wants it.
    pub fn folder(name: &str, path: &Path) -> Self {
        Self { name: name.to_owned(), url: super::place::folder_url(path), ..Self::default() }
    }
}

/// How patient to be, and what the environment says. `Debug` names the variables without their values.
#[derive(Clone)]
pub struct Options {
    /// Time for one request to be answered, without the time that its body takes (counted at 256 KiB/s). 10 s.
    pub timeout: Duration,
    /// Whole time before giving up, all tries and waits of one object together; no further try begins later. 20 s.
    pub retry_for: Duration,
    /// Requests at once. 32.
    pub concurrency: usize,
    /// `AWS_*`, `GOOGLE_*`, `AZURE_*`, `*_PROXY` of the environment; all others are ignored.
    pub variables: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            retry_for: Duration::from_secs(20),
            concurrency: 32,
            variables: Vec::new(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.variables.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Options")
            .field("timeout", &self.timeout)
            .field("retry_for", &self.retry_for)
            .field("concurrency", &self.concurrency)
            .field("variables", &names)
            .finish()
    }
}

#[cfg(feature = "clouds")]
impl Options {
    /// The variable's value, by its name in capitals; an empty one counts as absent.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }
}
