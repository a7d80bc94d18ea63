//! Full result files in a bucket or a folder, under keys whose content never changes.
//!
//! A [`Payloads`] is one open store. Everything written is written once (create if absent) and everything read is
//! verified against its SHA-256, so a store is believed for nothing but keeping bytes. Requests are bounded in time and
//! tried again here, not by the client below: it gives a lost answer up, and waits minutes for a server that hangs.
//!
//! The only user of `object_store` and `tokio`; async stays inside.
//!
//! ```
//! use git_bench::payload::{Object, Options, Payloads, Put, StoreSpec};
//! # fn main() -> git_bench::Result<()> {
//! # let folder = tempfile::tempdir().unwrap();
//! // S3Uploader(bucket="...", region="us-west-2"): a url 's3://BUCKET', 'gs://BUCKET', 'az://CONTAINER', or a folder.
//! let store = Payloads::open(&StoreSpec::folder("shared", folder.path()), &Options::default())?;
//!
//! // upload_json(data=..., path=..., metadata=...)
//! let result = Object {
//!     key: "daily/2024-01-15/aws-nvidia-abc123.json".into(),
//!     bytes: br#"{"benchmarks": [{"name": "parse", "latency_ms": 1.52}]}"#.to_vec(),
//!     meta: vec![("developer".into(), "alice".into()), ("branch".into(), "main".into())],
//! };
//! assert_eq!(store.put(&result)?, Put::Created);
//! assert_eq!(store.put(&result)?, Put::Same); // never written over
//! assert_eq!(store.get(&result.key, None, None)?, result.bytes);
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "clouds")]
mod answer;
mod batch;
#[cfg(feature = "clouds")]
mod cloud;
#[cfg(feature = "clouds")]
mod connect;
mod fault;
mod fixed;
mod folder;
#[cfg(feature = "clouds")]
mod hints;
#[cfg(feature = "clouds")]
mod http;
pub mod keys;
mod options;
mod patience;
mod place;
mod probe;
#[cfg(feature = "clouds")]
mod redact;
pub mod spool;
mod transfer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result};

pub use fault::{Cause, Fault, fault, is_denied, is_missing};
pub use options::{Options, StoreSpec};
pub use place::{check_key, check_url, folder_of, folder_url};
pub use probe::{Check, Probe};

use place::{Place, Scheme};
pub use transfer::sha256_hex;
use transfer::{Backend, Store};

/// An object to be stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// Where, relative to the store (see [`check_key`]).
    pub key: String,
    /// What.
    pub bytes: Vec<u8>,
    /// Metadata: names become `[a-z0-9_]`, values are percent-encoded where they are not printable ASCII. A folder keeps
    /// none, so nothing may depend on it.
    pub meta: Vec<(String, String)>,
}

/// An object to be fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Where, relative to the store.
    pub key: String,
    /// SHA-256 of the bytes, 64 hex digits, where known.
    pub sha256: Option<String>,
    /// Number of the bytes, where known.
    pub size: Option<u64>,
}

/// An object that a store lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Where, relative to the store.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Seconds since 1970 by the store's clock.
    pub modified: i64,
}

/// How a [`Payloads::put`] went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// Written now.
    Created,
    /// The same bytes were there already (or this call's own first try had landed).
    Same,
}

/// One open store. Cheap to open; nothing is asked of the network before the first call.
pub struct Payloads {
    /// Always there, until it is dropped.
    runtime: Option<tokio::runtime::Runtime>,
    store: Arc<Store>,
    concurrency: usize,
}

impl Payloads {
    /// Opens a store.
    ///
    /// # Errors
    /// Usage: a URL, scheme, endpoint or variable that cannot be right. No network is asked.
    pub fn open(spec: &StoreSpec, options: &Options) -> Result<Self> {
        let place = Place::parse(&spec.url)?;
        // The three clouds themselves heed "create if absent"; what else speaks their protocol may not.
        let (backend, strict) = match place.scheme {
            Scheme::File => (Backend::Folder(folder::Folder::new(place.folder.clone(), false)), true),
            #[cfg(feature = "clouds")]
            _ => {
                let own = connect::endpoint(spec, place.scheme, options).is_none();
                (Backend::Cloud(connect::connect(spec, &place, options)?), own)
            }
            #[cfg(not(feature = "clouds"))]
            _ => {
                return Err(Error::usage(format!("this git-bench was built without '{}://'", place.scheme.name()))
                    .hint("cargo install git-bench --features clouds"));
            }
        };
        Self::with(&spec.name, backend, strict, options)
    }

    /// The store in a folder of one's own, such as `<git common dir>/bench/payloads`: made on the first write.
    ///
    /// # Errors
    /// Only where no runtime can be made.
    pub fn local(name: &str, folder: &Path, options: &Options) -> Result<Self> {
        Self::with(name, Backend::Folder(folder::Folder::new(folder.to_owned(), true)), true, options)
    }

    fn with(name: &str, backend: Backend, strict: bool, options: &Options) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Error::storage("no runtime for requests can be made").because(e))?;
        let store = Arc::new(Store::new(name, backend, strict, options));
        Ok(Self { runtime: Some(runtime), store, concurrency: options.concurrency.max(1) })
    }

    /// The name that the store has in the configuration.
    pub fn name(&self) -> &str {
        &self.store.name
    }

    /// Writes an object unless its key is taken.
    ///
    /// # Errors
    /// Data: other content lies there (nothing is overwritten), or the key is none. Storage: everything else, see
    /// [`Fault`].
    pub fn put(&self, object: &Object) -> Result<Put> {
        self.wait(self.store.put(object))
    }

    /// [`Payloads::put`] of many, 32 at once by default; the answers stand in the order of the objects. `progress` hears
    /// how many are done, after each and at least four times a second, so that a wait can be shown. Once the store itself fails (no rights, no answer), the rest is not tried.
    pub fn put_all(&self, objects: &[Object], progress: &dyn Fn(usize)) -> Vec<Result<Put>> {
        let store = &self.store;
        let work = |object: &Object| {
            let (store, object) = (store.clone(), object.clone());
            async move { store.put(&object).await }
        };
        self.wait(batch::run(objects, self.concurrency, || !store.is_known(), progress, work))
    }

    /// Writes an object over whatever is there; only for the fixed copies of the newest. What was there is kept under a name
    /// of its own content, since a note may name it.
    ///
    /// # Errors
    /// As [`Payloads::put`], without the conflict.
    pub fn overwrite(&self, object: &Object) -> Result<()> {
        self.wait(self.store.overwrite(object))
    }

    /// Reads an object and verifies it by what is known of it.
    ///
    /// # Errors
    /// Data: other bytes than wanted ([`Fault::WrongBytes`]). Storage: not there, no rights and so on, see [`Fault`].
    pub fn get(&self, key: &str, sha256: Option<&str>, size: Option<u64>) -> Result<Vec<u8>> {
        self.wait(self.store.get(key, sha256, size))
    }

    /// [`Payloads::get`] of many at once; see [`Payloads::put_all`].
    pub fn get_all(&self, wanted: &[Wanted], progress: &dyn Fn(usize)) -> Vec<Result<Vec<u8>>> {
        let store = &self.store;
        self.run(wanted, progress, |wanted| {
            let (store, wanted) = (store.clone(), wanted.clone());
            async move { store.get(&wanted.key, wanted.sha256.as_deref(), wanted.size).await }
        })
    }

    /// Size of an object; `None` where it is not there.
    ///
    /// # Errors
    /// Storage, see [`Fault`].
    pub fn head(&self, key: &str) -> Result<Option<u64>> {
        self.wait(self.store.head(key))
    }

    /// [`Payloads::head`] of many at once; see [`Payloads::put_all`].
    pub fn head_all(&self, keys: &[String], progress: &dyn Fn(usize)) -> Vec<Result<Option<u64>>> {
        let store = &self.store;
        self.run(keys, progress, |key| {
            let (store, key) = (store.clone(), key.clone());
            async move { store.head(&key).await }
        })
    }

    /// Everything whose key begins with `prefix` (any text, empty for all), sorted by key.
    ///
    /// # Errors
    /// Storage, see [`Fault`].
    pub fn list(&self, prefix: &str) -> Result<Vec<Listed>> {
        self.wait(self.store.list(prefix))
    }

    /// Removes objects, many at once; what is not there counts as removed.
    pub fn delete_all(&self, keys: &[String]) -> Vec<Result<()>> {
        let store = &self.store;
        self.run(keys, &|_| {}, |key| {
            let (store, key) = (store.clone(), key.clone());
            async move { store.delete(&key).await }
        })
    }

    /// Asks the store what it lets these credentials do, by writing, reading and removing one small object.
    pub fn probe(&self) -> Vec<Probe> {
        self.wait(probe::probe(&self.store))
    }

    /// The one place where async work is waited for.
    fn wait<F: Future>(&self, work: F) -> F::Output {
        match &self.runtime {
            Some(runtime) => runtime.block_on(work),
            None => unreachable!("the runtime lives as long as the store"),
        }
    }

    fn run<I, T, F>(&self, items: &[I], progress: &dyn Fn(usize), work: impl Fn(&I) -> F) -> Vec<Result<T>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.wait(batch::run(items, self.concurrency, || false, progress, work))
    }
}

impl Drop for Payloads {
    fn drop(&mut self) {
        // A plain drop would wait for a name lookup that hangs.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// More than this is read only where the note says so.
const LARGEST: u64 = 1 << 30;

/// Seconds that a body of this size may take beyond the time of one request: 256 KiB/s at the slowest.
fn transfer_time(size: u64) -> Duration {
    Duration::from_millis(size / 262)
}
