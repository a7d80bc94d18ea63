//! The program from the outside: arguments and environment in, standard output, standard error and exit code out. One
//! binary for all of it; what is asserted is what the design says, not what the text happens to look like.

#![cfg(unix)]

mod calls;
mod codes;
mod files;
#[cfg(feature = "clouds")]
#[allow(dead_code)]
#[path = "../stores/proxy.rs"]
mod proxy;
mod sandbox;

mod accept;
mod benchstat;
mod blame;
mod check;
mod ci;
mod completing;
mod config;
mod diff;
mod disk;
mod drop;
mod fsck;
mod hook;
mod hostile;
mod hostile_data;
mod killed;
mod kinds;
mod log;
#[cfg(feature = "clouds")]
mod network;
mod never;
mod notes;
mod odd;
mod place;
mod prune;
mod record;
mod record_bad;
mod releases;
mod secrets;
mod share;
mod show;
mod soak;
mod stores;
mod tool;
mod trust;
mod twins;
mod weekly;
mod writers;

pub use calls::{Call, Ran, same_text};
pub use codes::{DATA, DONE, NO, NO_DATA, STORAGE, USAGE};
pub use files::{SEED, fixture, metric, result, result_on, seed_at};
pub use sandbox::{NOW, Repo, Sandbox, collect, repo};

/// Says what is not tested here, and why; cargo shows it with `--nocapture`.
#[allow(clippy::print_stdout)]
fn skipped(why: &str) {
    println!("skipped: {why}");
}
