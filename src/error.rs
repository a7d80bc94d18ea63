//! The one error of the crate: what failed, why, and the command to run next.

use std::fmt;

/// What kind of failure this is. The kind decides the exit code of the program and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Wrong words on the command line or in the configuration, an untrusted store (exit 2).
    Usage,
    /// Not enough data to answer (exit 3).
    NoData,
    /// The repository or the data in it: unreadable input, a commit that is not here, a run id met with other content
    /// (exit 4).
    Data,
    /// Storage or network; trying again may help (exit 5).
    Storage,
}

/// An error in git's style: `message` is lower case without a full stop and quotes its subject; each hint names the next
/// command.
#[derive(Debug)]
pub struct Error {
    /// Decides the exit code.
    pub kind: Kind,
    /// What failed and why, one line.
    pub message: String,
    /// What to run next, each printed behind `hint: `.
    pub hints: Vec<String>,
    /// What caused it, printed as a chain.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of everything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of this kind and message, without hint or source.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new(), source: None }
    }

    /// [`Kind::Usage`] with this message.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// [`Kind::NoData`] with this message.
    pub fn no_data(message: impl Into<String>) -> Self {
        Self::new(Kind::NoData, message)
    }

    /// [`Kind::Data`] with this message.
    pub fn data(message: impl Into<String>) -> Self {
        Self::new(Kind::Data, message)
    }

    /// [`Kind::Storage`] with this message.
    pub fn storage(message: impl Into<String>) -> Self {
        Self::new(Kind::Storage, message)
    }

    /// Adds a hint: the exact command to run next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The messages of the whole chain of causes, outermost first, joined by `: `; a cause that only repeats what stands
    /// before it is left out.
    pub fn chain(&self) -> String {
        let mut text = self.message.clone();
        let mut next: Option<&(dyn std::error::Error + 'static)> = self.source.as_ref().map(|e| &**e as _);
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
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|e| &**e as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_names_every_cause_once() {
        let inner = Error::storage("connection refused");
        let error = Error::storage("cannot read 'k'").because(inner).hint("git bench doctor");
        assert_eq!(error.chain(), "cannot read 'k': connection refused");
        assert_eq!(error.hints, ["git bench doctor"]);
    }
}
