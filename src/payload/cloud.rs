//! A bucket, and its errors put into words.

use std::sync::Arc;
use std::time::Duration;

use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload,
};

use super::answer::{Answer, Asked};
use super::fault::{Again, Fault, Trouble};
use super::http::Pause;
use super::place::Place;
use super::redact::Redactor;
use super::{Listed, transfer_time};

/// What the three clients can do.
pub(super) trait Bucket: ObjectStore + PaginatedListStore {}
impl<T: ObjectStore + PaginatedListStore> Bucket for T {}

/// A client, whichever cloud it speaks to.
pub(super) type Client = Arc<dyn Bucket>;

/// One bucket with a prefix.
pub(super) struct Cloud {
    client: Client,
    place: Place,
    timeout: Duration,
    pause: Pause,
    redactor: Redactor,
}

type Outcome<T> = Result<T, Trouble>;

impl Cloud {
    pub fn new(client: Client, place: Place, timeout: Duration, pause: Pause, redactor: Redactor) -> Self {
        Self { client, place, timeout, pause, redactor }
    }

    pub fn pause(&self) -> Duration {
        self.pause.left()
    }

    fn path(&self, key: &str) -> Outcome<Path> {
        let full = if self.place.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.place.prefix) };
        Path::parse(full).map_err(|e| Trouble::new(Fault::Refused, self.redactor.clean(&e.to_string())))
    }

    /// Create-if-absent: `false` where something is there.
    pub async fn create(&self, key: &str, bytes: &[u8], meta: &[(String, String)]) -> Outcome<bool> {
        match self.write(key, bytes, meta, PutMode::Create).await? {
            Ok(_) => Ok(true),
            Err(StoreError::AlreadyExists { .. } | StoreError::Precondition { .. }) => Ok(false),
            Err(e) => Err(self.trouble(e, Asked::Write)),
        }
    }

    pub async fn overwrite(&self, key: &str, bytes: &[u8], meta: &[(String, String)]) -> Outcome<()> {
        self.write(key, bytes, meta, PutMode::Overwrite).await?.map(drop).map_err(|e| self.trouble(e, Asked::Write))
    }

    async fn write(
        &self,
        key: &str,
        bytes: &[u8],
        meta: &[(String, String)],
        mode: PutMode,
    ) -> Outcome<Result<object_store::PutResult, StoreError>> {
        let path = self.path(key)?;
        let mut options = PutOptions::from(mode);
        options.attributes = attributes(key, meta);
        Ok(self.client.put_opts(&path, PutPayload::from(bytes.to_vec()), options).await)
    }

    pub async fn read(&self, key: &str, limit: u64) -> Outcome<Vec<u8>> {
        let path = self.path(key)?;
        let late = || Trouble::new(Fault::Timeout, "no answer in time").again(Again::Yes);
        let answer = tokio::time::timeout(self.timeout, self.client.get(&path)).await.map_err(|_| late())?;
        let answer = answer.map_err(|e| self.trouble(e, Asked::Read))?;
        let size = answer.meta.size;
        if size > limit {
            return Err(super::transfer::too_large(size, limit));
        }
        let body = tokio::time::timeout(self.timeout + transfer_time(size), answer.bytes()).await;
        let bytes = body.map_err(|_| late())?.map_err(|e| self.trouble(e, Asked::Read))?;
        if bytes.len() as u64 != size {
            let words = format!("the answer broke off after {} of {size} bytes", bytes.len());
            return Err(Trouble::new(Fault::Broken, words).again(Again::Yes));
        }
        Ok(bytes.into())
    }

    /// Size of an object. A HEAD that fails has no body to say why: a GET asks for the reason.
    pub async fn size(&self, key: &str) -> Outcome<u64> {
        let path = self.path(key)?;
        let failed = match self.client.head(&path).await {
            Ok(meta) => return Ok(meta.size),
            Err(e) => self.trouble(e, Asked::Read),
        };
        if failed.again != Again::No {
            return Err(failed);
        }
        match self.client.get(&path).await {
            Ok(answer) => Ok(answer.meta.size),
            Err(e) => Err(self.trouble(e, Asked::Read)),
        }
    }

    pub async fn delete(&self, key: &str) -> Outcome<()> {
        let path = self.path(key)?;
        match self.client.delete(&path).await {
            Ok(()) => Ok(()),
            Err(e) => match self.trouble(e, Asked::Delete) {
                t if t.fault == Fault::Missing => Ok(()),
                t => Err(t),
            },
        }
    }

    /// One page of what begins with `prefix`, and how to ask for the next.
    pub async fn page(&self, prefix: &str, token: Option<String>) -> Outcome<(Vec<Listed>, Option<String>)> {
        let lead = if self.place.prefix.is_empty() { String::new() } else { format!("{}/", self.place.prefix) };
        let full = format!("{lead}{prefix}");
        let options = PaginatedListOptions { page_token: token, ..PaginatedListOptions::default() };
        let asked = (!full.is_empty()).then_some(full.as_str());
        let page = self.client.list_paginated(asked, options).await.map_err(|e| self.trouble(e, Asked::List))?;
        let found = page.result.objects.into_iter().filter_map(|object| {
            let key = object.location.as_ref().strip_prefix(lead.as_str())?.to_owned();
            Some(Listed { key, size: object.size, modified: object.last_modified.timestamp() })
        });
        Ok((found.collect(), page.page_token))
    }

    fn trouble(&self, error: StoreError, asked: Asked) -> Trouble {
        let answer = Answer::of(&error);
        let said = self.redactor.clean(&answer.said());
        let (fault, words, again) = answer.judge(asked);
        let mut trouble = Trouble::new(fault, if words.is_empty() { said.clone() } else { words.to_owned() });
        if !words.is_empty() && !said.is_empty() && said != words {
            trouble.words += &format!(" ({said})");
        }
        trouble.again = again;
        trouble.hints = super::hints::hints(fault, &self.place, asked);
        if words.contains("certificate") {
            let hint = "install the system's certificates (ca-certificates), or export SSL_CERT_FILE=/PATH/OF/CA.pem";
            trouble.hints.insert(0, hint.to_owned());
        }
        trouble.said(if said.is_empty() { "the store gave no reason".to_owned() } else { said })
    }
}

/// Object metadata, fit for a header of all three clouds: at most 2 KB, what does not fit is left out.
fn attributes(key: &str, meta: &[(String, String)]) -> Attributes {
    let mut attributes = Attributes::new();
    if key.ends_with(".json") {
        attributes.insert(Attribute::ContentType, "application/json".into());
    }
    let mut left = 1900usize;
    for (name, value) in meta {
        let mut name: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .take(60)
            .collect();
        if !name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') {
            name.insert(0, '_');
        }
        let value = escape(value);
        let size = name.len() + value.len();
        if size <= left && !value.is_empty() {
            left -= size;
            attributes.insert(Attribute::Metadata(name.into()), value.into());
        }
    }
    attributes
}

/// Percent-encodes what is not printable ASCII, the percent sign, and spaces that a header would lose.
fn escape(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut out = String::with_capacity(bytes.len());
    for (i, &byte) in bytes.iter().enumerate() {
        let alone = byte == b' '
            && i > 0
            && bytes[i - 1].is_ascii_graphic()
            && bytes.get(i + 1).is_some_and(u8::is_ascii_graphic);
        if alone || (byte.is_ascii_graphic() && byte != b'%') {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The messages of an error and its causes, outermost first, each said once.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_fit_for_a_header() {
        assert_eq!(escape("Jürgen Müller"), "J%C3%BCrgen M%C3%BCller");
        assert_eq!(escape(" a  b\n100%"), "%20a%20%20b%0A100%25");
        let meta = [("run-id".into(), "x".into()), ("2nd".into(), "y".into()), ("big".into(), "z".repeat(5000))];
        let got = attributes("a.json", &meta);
        let names: Vec<String> = got.iter().map(|(k, _)| format!("{k:?}")).collect();
        assert_eq!(got.len(), 3, "{names:?}");
        assert!(names.iter().any(|n| n.contains("run_id")) && names.iter().any(|n| n.contains("_2nd")), "{names:?}");
    }
}
