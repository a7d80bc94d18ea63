//! Configuration: one table of keys, read from ordered layers.
//!
//! default < `bench.toml` < git config (system < global < local < worktree < `git -c`) < environment < flag. What a
//! committed file may not set (endpoints, credentials, webhooks, commands, `file://`) is refused there with a warning.

mod keys;
mod layers;
mod lists;

pub use keys::{KEYS, Key, Shape};
pub use layers::{Config, Origin, Source};
pub use lists::{Label, Price, RuleEntry, StoreEntry};
