//! What can go wrong with a store, told apart so that each has its own words and its own next command.

use std::fmt;

use crate::error::{Error, Kind};

/// The kinds of failure of a store. It travels inside [`Error::source`]; [`fault`] finds it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store answers, the object is not there.
    Missing,
    /// The bucket, container or folder itself is not there.
    MissingBucket,
    /// The credentials are known, the right is not given (403).
    Denied,
    /// The store does not know these credentials (401, wrong key, wrong signature).
    BadCredentials,
    /// The credentials were right once; their time is over.
    Expired,
    /// No credentials were found anywhere.
    NoCredentials,
    /// The clock of this machine is too far from the store's.
    Skew,
    /// Another content lies under this key already. Nothing was overwritten.
    Conflict,
    /// What was read is not what was stored: other bytes, or fewer.
    WrongBytes,
    /// No connection: name not found, refused, no route, TLS.
    Unreachable,
    /// Connected, but no answer in time.
    Timeout,
    /// The store asks to come back later (429, 503), or fails itself (5xx).
    Busy,
    /// The connection broke in the middle of a request or an answer.
    Broken,
    /// The region is wrong.
    Region,
    /// No space is left.
    Full,
    /// The store cannot do what is asked (501), or a key or setting is refused.
    Refused,
    /// Anything else.
    Other,
}

impl Fault {
    /// Whether all further requests to the same store will meet the same: no use to try the rest of a batch. Timeouts and
    /// broken connections are among them, for patience has ended by then.
    pub(super) fn is_of_the_store(self) -> bool {
        use Fault::{
            BadCredentials, Broken, Busy, Expired, Full, MissingBucket, NoCredentials, Region, Skew, Timeout,
            Unreachable,
        };
        match self {
            BadCredentials | NoCredentials | Expired | Skew | Region | MissingBucket | Full => true,
            Unreachable | Timeout | Busy | Broken => true,
            Fault::Missing | Fault::Denied | Fault::Conflict | Fault::WrongBytes | Fault::Refused | Fault::Other => {
                false
            }
        }
    }

    fn kind(self) -> Kind {
        match self {
            Fault::Conflict | Fault::WrongBytes | Fault::Refused => Kind::Data,
            _ => Kind::Storage,
        }
    }
}

/// What a store said, with the kind of fault; the source of every [`Error`] of this module.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Which kind of failure.
    pub fault: Fault,
    /// The store's own words, cleaned of control characters and secrets; one line.
    pub said: String,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

impl std::error::Error for Cause {}

/// The fault behind an error, where it comes from a store.
pub fn fault(error: &Error) -> Option<Fault> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = error.source.as_ref().map(|e| &**e as _);
    while let Some(cause) = next {
        if let Some(cause) = cause.downcast_ref::<Cause>() {
            return Some(cause.fault);
        }
        next = cause.source();
    }
    None
}

/// Whether the store answered that the object, or its whole bucket, is not there.
pub fn is_missing(error: &Error) -> bool {
    matches!(fault(error), Some(Fault::Missing | Fault::MissingBucket))
}

/// Whether the store refused for want of rights or of valid credentials: something else than "not there".
pub fn is_denied(error: &Error) -> bool {
    matches!(
        fault(error),
        Some(Fault::Denied | Fault::BadCredentials | Fault::Expired | Fault::NoCredentials | Fault::Skew)
    )
}

/// Whether to try once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// It would only fail the same way.
    No,
    /// For a few seconds: nobody listens there, or a rival's write is in flight.
    #[cfg_attr(not(feature = "clouds"), allow(dead_code, reason = "a folder is there or not"))]
    Briefly,
    /// As long as patience lasts.
    Yes,
}

/// One failed attempt: what, in which words, and whether another is worth it.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub fault: Fault,
    /// In plain words, one line, without secrets.
    pub words: String,
    /// The store's own words, cleaned.
    pub said: String,
    pub again: Again,
    pub hints: Vec<String>,
}

impl Trouble {
    pub fn new(fault: Fault, words: impl Into<String>) -> Self {
        Self { fault, words: words.into(), said: String::new(), again: Again::No, hints: Vec::new() }
    }

    pub fn again(mut self, again: Again) -> Self {
        self.again = again;
        self
    }

    pub fn said(mut self, said: impl Into<String>) -> Self {
        self.said = said.into();
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// As the crate's error: `what` says what failed, with its subjects in quotes.
    pub fn error(self, what: &str) -> Error {
        let Trouble { fault, words, said, hints, .. } = self;
        let said = if said.is_empty() { words.clone() } else { said };
        let mut error = Error::new(fault.kind(), format!("{what}: {words}")).because(Cause { fault, said });
        error.hints = hints;
        error
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let mut trouble = Trouble::new(fault(&error).unwrap_or(Fault::Refused), error.message);
        trouble.hints = error.hints;
        trouble
    }
}
