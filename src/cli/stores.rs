//! Payload stores as configured: where a payload goes, and where it is looked for.

use git_bench::config::{Config, StoreEntry};
use git_bench::model::Facts;
use git_bench::payload::spool::{Item, Spool};
use git_bench::payload::{self, Object, Payloads, StoreSpec, Wanted};
use git_bench::record::PayloadRef;
use git_bench::{Error, Kind, Result};

use super::context::Context;
use super::progress::Progress;

/// The store of the embedded default: a folder in the git common dir.
pub(crate) const LOCAL: &str = "local";

/// The first store that a run of this env goes to; `local` where none fits.
pub(crate) fn fitting<'c>(config: &'c Config, env: &Facts) -> Option<&'c StoreEntry> {
    config.stores.iter().find(|store| store.fits(env))
}

/// The store with this name, for `--store`.
///
/// # Errors
/// Usage: none is configured by that name.
pub(crate) fn named<'c>(config: &'c Config, name: &str) -> Result<&'c StoreEntry> {
    config.stores.iter().find(|store| store.name == name).ok_or_else(|| {
        let known: Vec<_> = config.stores.iter().map(|s| s.name.as_str()).collect();
        let known =
            if known.is_empty() { "none is configured".to_owned() } else { format!("known are {}", known.join(", ")) };
        Error::usage(format!("unknown store '{name}'; {known}"))
            .hint(format!("git config bench.store.{name}.url URL, or a [[store]] in bench.toml"))
    })
}

impl Context {
    /// How stores are opened.
    pub(crate) fn payload_options(&self) -> payload::Options {
        payload::Options { variables: self.variables.clone(), ..payload::Options::default() }
    }

    /// Opens a configured store.
    pub(crate) fn open_store(&self, entry: &StoreEntry) -> Result<Payloads> {
        let spec = StoreSpec {
            name: entry.name.clone(),
            url: entry.url.clone(),
            region: entry.region.clone(),
            account: entry.account.clone(),
            endpoint: entry.endpoint.clone(),
        };
        Payloads::open(&spec, &self.payload_options())
    }

    /// The store inside the git common dir.
    pub(crate) fn local_store(&self) -> Result<Payloads> {
        Payloads::local(LOCAL, &self.repo()?.bench_dir().join("payloads"), &self.payload_options())
    }

    /// What is not uploaded yet.
    pub(crate) fn spool(&self) -> Result<Spool> {
        Ok(Spool::at(self.repo()?.bench_dir().join("spool")))
    }

    /// Keeps an object for its store: in the spool, or at once where the store is `local`.
    pub(crate) fn keep(&self, item: &Item, bytes: &[u8]) -> Result<()> {
        if item.store == LOCAL {
            let object = Object { key: item.key.clone(), bytes: bytes.to_vec(), meta: item.meta.clone() };
            // An import keeps hundreds.
            let store = match self.local.get() {
                Some(store) => store,
                None => {
                    let store = self.local_store()?;
                    self.local.get_or_init(|| store)
                }
            };
            return store.put(&object).map(|_| ());
        }
        self.spool()?.add(item, bytes)
    }

    /// The bytes of a payload, verified: from the spool, the store that the note names, then every other one. Only the
    /// SHA-256 is believed.
    pub(crate) fn fetch_payload(&self, wanted: &PayloadRef) -> Result<Vec<u8>> {
        if let Ok(Some(bytes)) = self.spool()?.read(&wanted.sha256) {
            return Ok(bytes);
        }
        let config = self.config()?;
        let mut failures: Vec<Error> = Vec::new();
        let mut tried = Vec::new();
        let mut names: Vec<&str> = vec![&wanted.store, LOCAL];
        names.extend(config.stores.iter().map(|s| s.name.as_str()));
        for name in names {
            if tried.contains(&name) {
                continue;
            }
            tried.push(name);
            let store = if name == LOCAL {
                self.local_store()
            } else {
                match config.stores.iter().find(|s| s.name == name) {
                    Some(entry) => self.open_store(entry),
                    None => continue,
                }
            };
            match store.and_then(|store| self.read_one(&store, wanted, name)) {
                Ok(bytes) => return Ok(bytes),
                Err(error) => failures.push(error),
            }
        }
        Err(self.not_fetched(wanted, failures))
    }

    /// Reads one payload, and shows the wait.
    fn read_one(&self, store: &Payloads, wanted: &PayloadRef, name: &str) -> Result<Vec<u8>> {
        let progress = Progress::new(self);
        let what = format!("reading the payload from '{name}'");
        let asked = Wanted { key: wanted.key.clone(), sha256: Some(wanted.sha256.clone()), size: Some(wanted.size) };
        let mut read = store.get_all(&[asked], &|done| progress.step(done, 1, &what));
        read.pop().unwrap_or_else(|| Err(Error::storage(format!("'{}' was not read", wanted.key))))
    }

    fn not_fetched(&self, wanted: &PayloadRef, failures: Vec<Error>) -> Error {
        // A refusal or a broken network says more than "not there".
        let all_missing = failures.iter().all(payload::is_missing);
        let telling = failures.into_iter().find(|e| !payload::is_missing(e));
        if let Some(error) = telling.filter(|_| !all_missing) {
            return error;
        }
        let error =
            Error::new(Kind::Storage, format!("the payload '{}' is in no store that is configured here", wanted.key));
        if wanted.store == LOCAL {
            error.hint(
                "it was recorded without a shared store: 'git bench push' in the clone that recorded it shares it",
            )
        } else {
            error.hint(format!("the note names the store '{}': git config bench.store.{0}.url URL", wanted.store))
        }
    }
}
