//! What a run depends on besides the machine: toolchains, frequency scaling, container, load.

use serde_json::Value;

use super::{Probe, put, squeeze};
use crate::model::Facts;

/// A tool whose version is asked by starting it; only on request, since each costs milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// `python_version`, by `python3 --version`.
    Python,
    /// `pip_freeze` (a list, so only in the payload) and from it `pytorch_version`.
    Pip,
    /// `rustc_version`.
    Rustc,
    /// `cargo_version`.
    Cargo,
    /// `go_version`.
    Go,
    /// `node_version`.
    Node,
    /// `cuda_version`, by `nvcc --version`.
    Nvcc,
    /// `cc_version`, the C compiler's first line.
    Cc,
}

impl Tool {
    /// All of them, in order.
    pub const ALL: &[Self] =
        &[Self::Python, Self::Pip, Self::Rustc, Self::Cargo, Self::Go, Self::Node, Self::Nvcc, Self::Cc];

    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Pip => "pip",
            Self::Rustc => "rustc",
            Self::Cargo => "cargo",
            Self::Go => "go",
            Self::Node => "node",
            Self::Nvcc => "nvcc",
            Self::Cc => "cc",
        }
    }

    /// The tool with this word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|tool| tool.as_str() == text)
    }

    fn ask(self, probe: &Probe, facts: &mut Facts) {
        let run = |argv: &[&str]| (probe.run)(argv).filter(|out| !out.trim().is_empty());
        let word = |argv: &[&str], n: usize| run(argv)?.split_whitespace().nth(n).map(str::to_owned);
        match self {
            Self::Python => {
                let argv = ["python3", "--version"];
                put(facts, "python_version", word(&argv, 1).or_else(|| word(&["python", "--version"], 1)));
            }
            Self::Pip => pip(run(&["python3", "-m", "pip", "freeze", "--disable-pip-version-check"]), facts),
            Self::Rustc => put(facts, "rustc_version", word(&["rustc", "-V"], 1)),
            Self::Cargo => put(facts, "cargo_version", word(&["cargo", "-V"], 1)),
            Self::Go => {
                let version = word(&["go", "version"], 2);
                put(facts, "go_version", version.map(|v| v.trim_start_matches("go").to_owned()));
            }
            Self::Node => {
                let version = word(&["node", "--version"], 0);
                put(facts, "node_version", version.map(|v| v.trim_start_matches('v').to_owned()));
            }
            Self::Nvcc => {
                // `Cuda compilation tools, release 12.4, V12.4.131`
                let version = run(&["nvcc", "--version"])
                    .and_then(|out| out.split_once("release ")?.1.split([',', ' ', '\n']).next().map(str::to_owned));
                put(facts, "cuda_version", version);
            }
            Self::Cc => {
                put(facts, "cc_version", run(&["cc", "--version"]).and_then(|out| out.lines().next().map(squeeze)))
            }
        }
    }
}

/// Facts for `environment`: what may explain why the same code on the same machine gave another number.
///
/// Always, from files and variables only: `python_version` (of an active virtual environment), `go_version` (GOROOT),
/// `java_version` (JAVA_HOME), `cuda_version`, `nvidia_driver`, `cpu_governor`, `cpu_turbo`, `cpu_smt`, `container`,
/// `container_id`, `load_average` (one minute). `tools` are started besides, in order, and their answers win.
pub fn reproducibility(probe: &Probe, tools: &[Tool]) -> Facts {
    let mut facts = Facts::new();
    put(&mut facts, "python_version", python(probe));
    put(&mut facts, "go_version", go(probe));
    put(&mut facts, "java_version", java(probe));
    put(&mut facts, "cuda_version", cuda(probe));
    put(&mut facts, "nvidia_driver", nvidia_driver(probe));
    if probe.os == "linux" {
        put(&mut facts, "cpu_governor", governor(probe));
        put(&mut facts, "cpu_turbo", turbo(probe));
        put(&mut facts, "cpu_smt", probe.text("/sys/devices/system/cpu/smt/active").map(|t| t == "1"));
        container(probe, &mut facts);
        let load = probe.text("/proc/loadavg").and_then(|t| t.split_whitespace().next()?.parse::<f64>().ok());
        put(&mut facts, "load_average", load);
    }
    for tool in tools {
        tool.ask(probe, &mut facts);
    }
    facts
}

/// `version = 3.11.4` (venv) or `version_info = 3.11.4.final.0` (virtualenv, uv) of an active virtual environment.
fn python(probe: &Probe) -> Option<String> {
    let text = probe.text(&format!("{}/pyvenv.cfg", probe.var("VIRTUAL_ENV")?))?;
    let field = |name: &str| {
        let mut pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
    };
    let version = field("version").or_else(|| field("version_info"))?;
    Some(version.split('.').take(3).collect::<Vec<_>>().join("."))
}

fn go(probe: &Probe) -> Option<String> {
    let text = probe.text(&format!("{}/VERSION", probe.var("GOROOT")?))?;
    text.lines().next()?.strip_prefix("go").map(str::to_owned)
}

fn java(probe: &Probe) -> Option<String> {
    let text = probe.text(&format!("{}/release", probe.var("JAVA_HOME")?))?;
    text.lines().find_map(|line| line.strip_prefix("JAVA_VERSION=")).map(|v| v.trim_matches('"').to_owned())
}

/// The toolkit's version, from its own file or the variable that NVIDIA's container images set.
fn cuda(probe: &Probe) -> Option<String> {
    let home = probe.var("CUDA_HOME").or_else(|| probe.var("CUDA_PATH")).unwrap_or("/usr/local/cuda");
    let json = probe.text(&format!("{home}/version.json")).and_then(|t| serde_json::from_str::<Value>(&t).ok());
    json.and_then(|v| v.pointer("/cuda/version")?.as_str().map(str::to_owned))
        .or_else(|| probe.text(&format!("{home}/version.txt"))?.split_whitespace().last().map(str::to_owned))
        .or_else(|| probe.var("CUDA_VERSION").map(str::to_owned))
}

/// `NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 ...`
fn nvidia_driver(probe: &Probe) -> Option<String> {
    let text = probe.text("/proc/driver/nvidia/version")?;
    let dotted = |word: &&str| word.contains('.') && word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    text.lines().next()?.split_whitespace().find(dotted).map(str::to_owned)
}

/// The scaling governors of all processors, each once: `performance`, `powersave, schedutil`.
fn governor(probe: &Probe) -> Option<String> {
    let folder = "/sys/devices/system/cpu/cpufreq";
    let policies = probe.names(folder).into_iter().filter(|name| name.starts_with("policy"));
    let mut found: Vec<String> =
        policies.filter_map(|policy| probe.text(&format!("{folder}/{policy}/scaling_governor"))).collect();
    if found.is_empty() {
        found.extend(probe.text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
    }
    found.sort();
    found.dedup();
    (!found.is_empty()).then(|| found.join(", "))
}

fn turbo(probe: &Probe) -> Option<bool> {
    let off = probe.text("/sys/devices/system/cpu/intel_pstate/no_turbo").map(|t| t == "0");
    off.or_else(|| probe.text("/sys/devices/system/cpu/cpufreq/boost").map(|t| t == "1"))
}

/// Adds `container` (the engine) and `container_id` (the first 12 digits, as the engines print it).
fn container(probe: &Probe, facts: &mut Facts) {
    let groups = probe.text("/proc/self/cgroup").unwrap_or_default();
    let engine = if probe.var("KUBERNETES_SERVICE_HOST").is_some() || groups.contains("/kubepods") {
        Some("kubernetes")
    } else if probe.exists("/run/.containerenv") {
        Some("podman")
    } else if probe.exists("/.dockerenv") || groups.contains("/docker") {
        Some("docker")
    } else if groups.contains("/lxc/") || probe.var("container") == Some("lxc") {
        Some("lxc")
    } else {
        None
    };
    put(facts, "container", engine);
    if engine.is_some() {
        // Version 1 names the container in the group's path; under version 2 the mounted hosts file does.
        let id = long_hex(&groups).or_else(|| {
            let mounts = probe.text("/proc/self/mountinfo").unwrap_or_default();
            mounts
                .lines()
                .filter(|line| line.contains("/containers/") || line.contains("/sandboxes/"))
                .find_map(long_hex)
        });
        put(facts, "container_id", id);
    }
}

/// The first 12 of the first 64 hex digits in a row.
fn long_hex(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_ascii_digit() && !('a'..='f').contains(&c));
    words.into_iter().find(|word| word.len() == 64).map(|word| word[..12].to_owned())
}

/// The packages, one a line; a link to a place on this machine or with credentials is cut to the name.
fn pip(out: Option<String>, facts: &mut Facts) {
    let Some(out) = out else { return };
    let mut packages = Vec::new();
    for line in out.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let local = line.contains(" @ file:") || line.starts_with("-e /") || line.starts_with("-e file:");
        if line.starts_with("-e ") && local {
            continue;
        }
        let secret = line.split_once("://").is_some_and(|(_, rest)| {
            rest.split('/').next().is_some_and(|authority| authority.contains('@') && !authority.starts_with("git@"))
        });
        let name = if local || secret { line.split(" @ ").next().unwrap_or(line) } else { line };
        if let Some(version) = name.strip_prefix("torch==") {
            put(facts, "pytorch_version", Some(version));
        }
        packages.push(name.to_owned());
    }
    put(facts, "pip_freeze", Some(packages));
}
