//! `fsck`: every line, and every payload with its attachments.

mod lines;
mod payloads;

pub(crate) use lines::{Range, read_lines};
pub(crate) use payloads::{Files, check_files};

use git_bench::git::Id;
use git_bench::payload::keys::attachment_folder;
use git_bench::record::PayloadRef;
use serde_json::Value;

/// So many files are in memory at once.
pub(crate) const AT_ONCE: usize = 256;

/// A file that a run needs.
#[derive(Clone, Debug)]
pub(crate) struct Needed {
    /// Where it lies and what it must be.
    pub(crate) file: PayloadRef,
    /// The object whose note names it.
    pub(crate) object: Id,
    /// The run; `None` where the file is an attachment.
    pub(crate) run: Option<String>,
}

impl Needed {
    /// As it is called in messages.
    pub(crate) fn what(&self) -> &'static str {
        if self.run.is_some() { "payload" } else { "attachment" }
    }

    /// The attachments that a payload names in its run's own folder; they lie in its store. What else it names was there
    /// before git-bench, and is not ours.
    pub(crate) fn attachments(&self, bytes: &[u8]) -> Vec<Self> {
        let Some(run) = &self.run else { return Vec::new() };
        let folder = attachment_folder(run);
        let document: Value = serde_json::from_slice(bytes).unwrap_or_default();
        let named = document.get("attachments").and_then(Value::as_array).cloned().unwrap_or_default();
        let file = |one: &Value| {
            let text = |field: &str| one.get(field).and_then(Value::as_str).map(str::to_owned);
            let key = text("key").filter(|key| key.starts_with(&folder))?;
            let size = one.get("size").and_then(Value::as_u64)?;
            let file = PayloadRef { sha256: text("sha256")?, size, key, store: self.file.store.clone() };
            Some(Self { file, object: self.object, run: None })
        };
        named.iter().filter_map(file).collect()
    }
}
