//! The recipes of `docs/ci/`, run: the shell of each step is taken from the file and run against a bare remote, in a
//! checkout as that CI makes it and in one of depth 1, with the CI's variables. `git-bench` is the one that was built;
//! `cargo`, `gh`, `curl`, `buildkite-agent` and `mail` are stubs on the PATH that write down how they were called.

#![cfg(unix)]

// The sandbox of the other tests; each binary uses a part of it.
#[allow(dead_code)]
#[path = "../cli/calls.rs"]
mod calls;
#[allow(dead_code)]
#[path = "../cli/codes.rs"]
mod codes;
#[allow(dead_code)]
#[path = "../cli/files.rs"]
mod files;
#[allow(dead_code)]
#[path = "../cli/sandbox.rs"]
mod sandbox;

mod forge;
mod shell;
mod yaml;

mod cron;
mod github;
mod others;
mod squash;

pub use calls::{Call, same_text};
pub use codes::DONE;
pub use files::result;
pub use forge::Forge;
pub use sandbox::{Repo, Sandbox};
pub use shell::{Job, Stub};
