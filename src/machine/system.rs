//! Linux: release, kernel and memory.

use super::{Probe, cgroup, put};
use crate::model::Facts;

/// Adds `os_version`, `kernel` and `memory_mb`.
pub(super) fn add(probe: &Probe, facts: &mut Facts) {
    put(facts, "os_version", release(probe));
    put(facts, "kernel", probe.text("/proc/sys/kernel/osrelease"));
    put(facts, "memory_mb", memory(probe));
}

/// `Debian GNU/Linux 12`: name and number of `/etc/os-release`, without the point releases that its long name has.
fn release(probe: &Probe) -> Option<String> {
    let text = probe.text("/etc/os-release").or_else(|| probe.text("/usr/lib/os-release"))?;
    let field = |name: &str| {
        text.lines()
            .filter_map(|line| line.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.trim_matches(['"', '\'']).to_owned())
            .filter(|value| !value.is_empty())
    };
    match (field("NAME"), field("VERSION_ID").or_else(|| field("BUILD_ID"))) {
        (Some(name), Some(version)) => Some(format!("{name} {version}")),
        (name, _) => field("PRETTY_NAME").or(name),
    }
}

fn memory(probe: &Probe) -> Option<u64> {
    let info = probe.head("/proc/meminfo", 4 << 10)?;
    let line = info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let bytes = line.split_whitespace().next()?.parse::<u64>().ok()? << 10;
    Some(cgroup::limits(probe).memory.unwrap_or(u64::MAX).min(bytes) >> 20)
}
