//! The rules of putting and getting, the same over every kind of store.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::error::Result;

#[cfg(feature = "clouds")]
use super::cloud::Cloud;
use super::fault::{Again, Fault, Trouble};
use super::fixed::kept_copy;
use super::folder::Folder;
use super::patience::Patience;
use super::{LARGEST, Listed, Object, Options, Put, check_key, transfer_time};

/// Where the bytes go. Each call is one attempt.
pub(super) enum Backend {
    Folder(Folder),
    #[cfg(feature = "clouds")]
    Cloud(Cloud),
}

/// Forwards a call to whichever it is; a folder answers at once.
macro_rules! forward {
    ($self:ident.$call:ident($($argument:expr),*) $(, meta $meta:expr)?) => {
        match $self {
            Backend::Folder(folder) => folder.$call($($argument),*),
            #[cfg(feature = "clouds")]
            Backend::Cloud(cloud) => cloud.$call($($argument,)* $($meta)?).await,
        }
    };
}

impl Backend {
    async fn create(&self, object: &Object) -> Result<bool, Trouble> {
        forward!(self.create(&object.key, &object.bytes), meta & object.meta)
    }

    async fn overwrite(&self, object: &Object) -> Result<(), Trouble> {
        forward!(self.overwrite(&object.key, &object.bytes), meta & object.meta)
    }

    async fn read(&self, key: &str, limit: u64) -> Result<Vec<u8>, Trouble> {
        forward!(self.read(key, limit))
    }

    async fn size(&self, key: &str) -> Result<u64, Trouble> {
        forward!(self.size(key))
    }

    async fn delete(&self, key: &str) -> Result<(), Trouble> {
        forward!(self.delete(key))
    }

    /// One page, and what to ask the next one with.
    async fn page(&self, prefix: &str, token: Option<String>) -> Result<(Vec<Listed>, Option<String>), Trouble> {
        match (self, token) {
            (Backend::Folder(folder), _) => folder.list(prefix).map(|all| (all, None)),
            #[cfg(feature = "clouds")]
            (Backend::Cloud(cloud), token) => cloud.page(prefix, token).await,
        }
    }

    /// How long the store has asked to be left alone.
    fn pause(&self) -> Duration {
        match self {
            Backend::Folder(_) => Duration::ZERO,
            #[cfg(feature = "clouds")]
            Backend::Cloud(cloud) => cloud.pause(),
        }
    }
}

/// Not asked yet whether the store heeds "create if absent".
const UNKNOWN: u8 = 0;
/// It does: one request is enough.
const STRICT: u8 = 1;
/// It overwrites in silence, as some S3-likes do: look before and verify after.
const WEAK: u8 = 2;

/// One store with its habits.
pub(super) struct Store {
    pub name: String,
    backend: Backend,
    patience: Patience,
    habit: AtomicU8,
}

impl Store {
    /// `strict`: it is known to heed "create if absent".
    pub fn new(name: &str, backend: Backend, strict: bool, options: &Options) -> Self {
        let habit = if strict { STRICT } else { UNKNOWN };
        let patience = Patience { timeout: options.timeout, retry_for: options.retry_for };
        Self { name: name.to_owned(), backend, patience, habit: AtomicU8::new(habit) }
    }

    /// Whether its habit is known, and many puts may go at once.
    pub fn is_known(&self) -> bool {
        self.habit.load(Ordering::Relaxed) != UNKNOWN
    }

    /// Tries an operation on a key until it is done or patience ends.
    async fn persist<T, F>(&self, key: &str, size: u64, attempt: impl FnMut() -> F) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let seed = key.bytes().fold(0, |h: u64, b| h.wrapping_mul(31).wrapping_add(u64::from(b)));
        self.patience.run(transfer_time(size), seed, || self.backend.pause(), attempt).await
    }

    pub async fn put(&self, object: &Object) -> Result<Put> {
        check_key(&object.key)?;
        self.persist(&object.key, object.bytes.len() as u64, || self.put_once(object))
            .await
            .map_err(|t| t.error(&self.what("put", &object.key, "to")))
    }

    /// As [`Store::put`], the trouble as it is.
    pub(super) async fn put_raw(&self, object: &Object) -> Result<(), Trouble> {
        self.persist(&object.key, object.bytes.len() as u64, || self.put_once(object)).await.map(|_| ())
    }

    async fn put_once(&self, object: &Object) -> Result<Put, Trouble> {
        if self.habit.load(Ordering::Relaxed) == STRICT {
            return if self.backend.create(object).await? { Ok(Put::Created) } else { self.compare(object).await };
        }
        match self.look(object).await {
            Err(t) if t.fault == Fault::Missing => {}
            // A writer that may not read, or 403 for what is not there: the store must decide, or the write fails.
            Err(t) if t.fault == Fault::Denied => {}
            found => return found,
        }
        let created = match self.backend.create(object).await {
            Ok(created) => created,
            Err(t) if t.fault == Fault::Refused && t.said.contains("NotImplemented") => {
                self.habit.store(WEAK, Ordering::Relaxed);
                self.backend.overwrite(object).await?;
                return self.verify(object).await;
            }
            Err(t) => return Err(t),
        };
        if !created {
            self.habit.store(STRICT, Ordering::Relaxed);
            return self.compare(object).await;
        }
        if self.habit.load(Ordering::Relaxed) == UNKNOWN {
            // The same again: a store that heeds the condition refuses. Asked once, of the first object.
            let habit = if self.backend.create(object).await? { WEAK } else { STRICT };
            self.habit.store(habit, Ordering::Relaxed);
        }
        if self.habit.load(Ordering::Relaxed) == WEAK { self.verify(object).await } else { Ok(Put::Created) }
    }

    async fn verify(&self, object: &Object) -> Result<Put, Trouble> {
        self.compare(object).await.map(|_| Put::Created)
    }

    /// Something is there under the key: the same, or a conflict?
    async fn compare(&self, object: &Object) -> Result<Put, Trouble> {
        self.look(object).await.map_err(|t| match t.fault {
            // A rival's write is in flight (S3 says 409), or it was removed since.
            Fault::Missing => Trouble::new(Fault::Busy, "another write to this key is in flight").again(Again::Yes),
            Fault::Denied => {
                Trouble { words: format!("something is there already, and to compare it: {}", t.words), ..t }
            }
            _ => t,
        })
    }

    /// What lies under the key, against what should.
    async fn look(&self, object: &Object) -> Result<Put, Trouble> {
        let conflict = |theirs: u64| {
            let ours = object.bytes.len();
            Trouble::new(
                Fault::Conflict,
                format!(
                    "other content is there already ({theirs} bytes, not these {ours}), and nothing was overwritten"
                ),
            )
            .hint("give it a name of its own with 'git bench record --key PATH'")
        };
        match self.backend.read(&object.key, object.bytes.len() as u64).await {
            Ok(bytes) if bytes == object.bytes => Ok(Put::Same),
            Ok(bytes) => Err(conflict(bytes.len() as u64)),
            Err(t) if t.fault == Fault::WrongBytes => {
                Err(conflict(self.backend.size(&object.key).await.unwrap_or_default()))
            }
            Err(t) => Err(t),
        }
    }

    pub async fn overwrite(&self, object: &Object) -> Result<()> {
        check_key(&object.key)?;
        let kept = self.keep_replaced(object).await;
        kept.map_err(|t| t.error(&self.what("keep what is replaced at", &object.key, "in")))?;
        self.persist(&object.key, object.bytes.len() as u64, || self.backend.overwrite(object))
            .await
            .map_err(|t| t.error(&self.what("put", &object.key, "to")))
    }

    pub async fn get(&self, key: &str, sha256: Option<&str>, size: Option<u64>) -> Result<Vec<u8>> {
        let found = self.get_at(key, sha256, size).await;
        match sha256.and_then(|sha256| kept_copy(key, sha256)).filter(|_| found.is_err()) {
            Some(kept) => self.get_at(&kept, sha256, size).await.or(found),
            None => found,
        }
    }

    async fn get_at(&self, key: &str, sha256: Option<&str>, size: Option<u64>) -> Result<Vec<u8>> {
        check_key(key)?;
        let limit = size.unwrap_or(LARGEST);
        let mut reads = 0;
        // The backend bounds the wait for the answer and for its body, whose size it tells; this is for the whole.
        self.persist(key, limit, || {
            reads += 1;
            // Bytes may be spoilt on the way: once more, then it is the store's.
            let again = if reads == 1 { Again::Yes } else { Again::No };
            async move {
                let bytes = self.backend.read(key, limit).await?;
                check(&bytes, sha256, size).map_err(|t| t.again(again))?;
                Ok(bytes)
            }
        })
        .await
        .map_err(|t| t.error(&self.what("get", key, "from")))
    }

    pub async fn head(&self, key: &str) -> Result<Option<u64>> {
        check_key(key)?;
        match self.persist(key, 0, || self.backend.size(key)).await {
            Ok(size) => Ok(Some(size)),
            Err(t) if t.fault == Fault::Missing => Ok(None),
            Err(t) => Err(t.error(&self.what("look for", key, "in"))),
        }
    }

    pub async fn list(&self, prefix: &str) -> Result<Vec<Listed>> {
        if !prefix.is_empty() {
            check_key(prefix.strip_suffix('/').unwrap_or(prefix))?;
        }
        self.list_raw(prefix).await.map_err(|t| t.error(&format!("cannot list '{prefix}' in store '{}'", self.name)))
    }

    /// Everything below a prefix (checked before), the trouble as it is.
    pub(super) async fn list_raw(&self, prefix: &str) -> Result<Vec<Listed>, Trouble> {
        let (mut listed, mut token) = (Vec::new(), None);
        loop {
            let (found, next) = self.persist(prefix, 1 << 20, || self.backend.page(prefix, token.clone())).await?;
            listed.extend(found);
            if next.is_none() {
                break;
            }
            token = next;
        }
        listed.sort();
        listed.dedup_by(|a, b| a.key == b.key);
        Ok(listed)
    }

    pub async fn delete(&self, key: &str) -> Result<()> {
        check_key(key)?;
        self.persist(key, 0, || self.backend.delete(key)).await.map_err(|t| t.error(&self.what("delete", key, "from")))
    }

    /// One read by a single key, as the probe wants it: without retries beyond patience, the trouble as it is.
    pub async fn read_raw(&self, key: &str) -> Result<Vec<u8>, Trouble> {
        self.persist(key, LARGEST, || self.backend.read(key, LARGEST)).await
    }

    fn what(&self, verb: &str, key: &str, direction: &str) -> String {
        format!("cannot {verb} '{key}' {direction} store '{}'", self.name)
    }
}

/// Whether these are the bytes that were wanted.
fn check(bytes: &[u8], sha256: Option<&str>, size: Option<u64>) -> Result<(), Trouble> {
    let wrong = |words: String| Err(Trouble::new(Fault::WrongBytes, words).hint("git bench fsck --repair"));
    if let Some(size) = size
        && size != bytes.len() as u64
    {
        return wrong(format!("it has {} bytes, the note says {size}", bytes.len()));
    }
    if let Some(want) = sha256 {
        let have = sha256_hex(bytes);
        if !have.eq_ignore_ascii_case(want) {
            let (have, want) = (&have[..12], want.get(..12).unwrap_or(want));
            return wrong(format!("these are not the bytes of the note (sha256 {have}..., wanted {want}...)"));
        }
    }
    Ok(())
}

/// SHA-256 of the bytes as 64 hex digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('0');
    Sha256::digest(bytes).iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// The trouble of an object that is larger than it may be.
pub(super) fn too_large(size: u64, limit: u64) -> Trouble {
    Trouble::new(Fault::WrongBytes, format!("it has {size} bytes, at most {limit} were wanted"))
        .hint("git bench fsck --repair")
}
