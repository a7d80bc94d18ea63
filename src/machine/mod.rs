//! Facts of the machine that measures, and of the CI it runs on.
//!
//! Everything comes in by a [`Probe`]: where the file system begins, the environment variables, how to run a program. No
//! network, no host name, no user name, no home path, no serial number.

mod cgroup;
pub mod ci;
mod cloud;
mod cpu;
mod desktop;
mod gpu;
mod identity;
mod system;
mod tools;

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use serde_json::Value;

use crate::model::Facts;

pub use identity::{IDENTITY, environment_key, merge};
pub use tools::{Tool, reproducibility};

/// The way to the machine, handed in by the caller; tests hand in a folder that looks like one.
pub struct Probe<'a> {
    /// Where the file system begins: `/`.
    pub root: PathBuf,
    /// The operating system in Rust's word (`std::env::consts::OS`).
    pub os: &'a str,
    /// The processor architecture in Rust's word (`std::env::consts::ARCH`).
    pub arch: &'a str,
    /// The environment variables.
    pub vars: Vec<(String, String)>,
    /// Runs a program with its arguments, within a short time limit, and gives its standard output; `None` where it is
    /// missing, failed or took too long.
    pub run: &'a dyn Fn(&[&str]) -> Option<String>,
    /// Where the answer of `nvidia-smi` is kept, `<git common dir>/bench/machine.json`; `None` keeps nothing.
    pub cache: Option<PathBuf>,
}

impl<'a> Probe<'a> {
    /// A probe of the machine that this program was built for, from `/`, without variables and without a cache.
    pub fn new(run: &'a dyn Fn(&[&str]) -> Option<String>) -> Self {
        Self {
            root: PathBuf::from("/"),
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
            vars: Vec::new(),
            run,
            cache: None,
        }
    }

    /// The path below the root; `path` is absolute, as it would be on the machine itself.
    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// The first `limit` bytes of a file as trimmed text; `None` where it is absent, unreadable or blank.
    fn head(&self, path: &str, limit: u64) -> Option<String> {
        let mut bytes = Vec::new();
        File::open(self.path(path)).ok()?.take(limit).read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes).trim_matches(['\0', ' ', '\n', '\t', '\r']).to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// A small file as trimmed text.
    fn text(&self, path: &str) -> Option<String> {
        self.head(path, 64 << 10)
    }

    /// The names in a folder, sorted; empty where it is absent.
    fn names(&self, path: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(path)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// Whether this path exists.
    fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// The value of an environment variable; `None` where it is absent or empty.
    fn var(&self, name: &str) -> Option<&str> {
        self.vars.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }
}

/// What this machine is, in the words of `platform` (`docs/formats.md`): `os`, `os_version`, `kernel`, `arch`,
/// `cpu_model`, `cpu_count`, `memory_mb`, `cloud`, `instance_type`, `gpu_model`, `gpu_count`, `hardware` (`nvidia`, `amd`,
/// `tpu`: only where there is an accelerator). What cannot be told is absent.
///
/// `cpu_count` is the number of logical processors that this process may use: online, in its affinity mask and cpuset, and
/// no more than the whole processors of its cgroup quota. `memory_mb` is in units of 2^20 bytes, no more than the cgroup's
/// limit.
pub fn facts(probe: &Probe) -> Facts {
    let mut facts = Facts::new();
    put(&mut facts, "os", Some(probe.os));
    put(&mut facts, "arch", Some(probe.arch));
    match probe.os {
        "macos" => desktop::macos(probe, &mut facts),
        "windows" => desktop::windows(probe, &mut facts),
        _ => {
            system::add(probe, &mut facts);
            cpu::add(probe, &mut facts);
        }
    }
    cloud::add(probe, &mut facts);
    gpu::add(probe, &mut facts);
    facts
}

/// Adds a text where it is known.
fn put(facts: &mut Facts, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        facts.insert(name.to_owned(), value.into());
    }
}

/// Runs of white space become one space.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
