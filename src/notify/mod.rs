//! A finished `check` is told to Slack or to a generic webhook. The only user of the HTTP client.
//!
//! Every hook gets three tries within ten seconds, all at once; what fails is returned and never an error of the check. An
//! address is a secret: it is in no message, no error and no `Debug` form.

#[cfg(feature = "notify")]
mod client;
mod memory;
mod mrkdwn;
mod slack;

use std::fmt;
use std::time::Duration;

use crate::report::Report;
use crate::report::changes::Changes;

pub use memory::{Memory, fingerprint};
pub use slack::message;

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An incoming webhook of Slack: a message of blocks.
    Slack,
    /// Anything that takes the JSON report by POST.
    Webhook,
}

impl Kind {
    /// The last part of its key: `slack`, `webhook`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Webhook => "webhook",
        }
    }
}

/// Where to tell it.
#[derive(Clone, PartialEq, Eq)]
pub struct Hook {
    kind: Kind,
    address: String,
}

impl Hook {
    /// A hook at this address.
    pub fn new(kind: Kind, address: &str) -> Self {
        Self { kind, address: address.trim().to_owned() }
    }

    /// What it is told.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the way there is open to others: not encrypted, and not on this machine.
    pub fn is_open(&self) -> bool {
        let Some(rest) = self.address.strip_prefix("http://") else { return false };
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let name = host.strip_prefix('[').map_or_else(
            || host.rsplit_once(':').map_or(host, |(name, _)| name),
            |rest| rest.split(']').next().unwrap_or_default(),
        );
        !(name == "localhost" || name == "::1" || name.starts_with("127."))
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What the report does not say: which repository and branch, and where it ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Short name of the repository.
    pub repository: String,
    /// The branch that was checked.
    pub branch: Option<String>,
    /// The page of the CI's run.
    pub run_url: Option<String>,
}

/// How to tell it.
#[derive(Clone, Debug)]
pub struct Options {
    /// The variables of the environment, for its proxies.
    pub variables: Vec<(String, String)>,
    /// Time for all tries together.
    pub limit: Duration,
    /// Tries of each hook.
    pub tries: u32,
}

impl Default for Options {
    /// Three tries within ten seconds, no proxies.
    fn default() -> Self {
        Self { variables: Vec::new(), limit: Duration::from_secs(10), tries: 3 }
    }
}

/// Tells all hooks at once. What became of each, in order: nothing, or why it was not told, in words without the address.
#[cfg(feature = "notify")]
pub fn send(hooks: &[Hook], changes: &Changes, about: &About, options: &Options) -> Vec<Result<(), String>> {
    let until = std::time::Instant::now() + options.limit;
    let bodies: Vec<Vec<u8>> = hooks.iter().map(|hook| body(hook.kind, changes, about)).collect();
    std::thread::scope(|scope| {
        let each = hooks.iter().zip(&bodies);
        let threads: Vec<_> = each
            .map(|(hook, body)| scope.spawn(move || client::post(hook, body, changes, about, options, until)))
            .collect();
        let done = threads.into_iter().map(|thread| thread.join());
        done.map(|done| done.unwrap_or_else(|_| Err("the client broke off".into()))).collect()
    })
}

/// A build without HTTP client tells nobody.
#[cfg(not(feature = "notify"))]
pub fn send(hooks: &[Hook], _: &Changes, _: &About, _: &Options) -> Vec<Result<(), String>> {
    hooks.iter().map(|_| Err("this build is without the feature 'notify'".into())).collect()
}

/// What is posted.
pub fn body(kind: Kind, changes: &Changes, about: &About) -> Vec<u8> {
    let value = match kind {
        Kind::Slack => message(changes, about),
        Kind::Webhook => (changes as &dyn Report).json(),
    };
    value.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_not_shown_and_open_ways_are_known() {
        let hook = |address: &str| Hook::new(Kind::Slack, address);
        assert_eq!(format!("{:?}", hook("https://hooks.slack.com/services/T/B/SECRET")), "Hook { kind: Slack, .. }");
        for (address, open) in [
            ("https://example.com/x", false),
            ("http://example.com/x", true),
            ("http://127.0.0.1:80/x", false),
            ("http://localhost/x", false),
            ("http://[::1]:80/x", false),
            ("http://localhost@example.com/", true),
            ("http://localhost.example.com/", true),
        ] {
            assert_eq!(hook(address).is_open(), open, "{address}");
        }
    }
}
