//! What the control group of this process allows: processors and memory.

use super::Probe;

/// The limits of the group and of all groups above it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Limits {
    /// Whole processors of the smallest quota, at least one.
    pub cpus: Option<u64>,
    /// Bytes of the smallest memory limit.
    pub memory: Option<u64>,
}

/// Reads the limits of version 2 (`cpu.max`, `memory.max`) and version 1 (`cpu.cfs_quota_us`, `memory.limit_in_bytes`).
/// Inside a container the group's own folder is the root of the mount; outside it is named by `/proc/self/cgroup`.
pub(super) fn limits(probe: &Probe) -> Limits {
    let mut limits = Limits::default();
    let own = probe.text("/proc/self/cgroup").unwrap_or_default();
    for line in own.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let has = |name: &str| controllers.split(',').any(|c| c == name);
        if controllers.is_empty() {
            for folder in ancestors("/sys/fs/cgroup", path) {
                lower(&mut limits.cpus, probe.text(&format!("{folder}/cpu.max")).and_then(|t| quota(&t)));
                lower(&mut limits.memory, probe.text(&format!("{folder}/memory.max")).and_then(|t| t.parse().ok()));
            }
        }
        if has("cpu") {
            for folder in ancestors("/sys/fs/cgroup/cpu", path) {
                let number = |name: &str| probe.text(&format!("{folder}/{name}"));
                let both = number("cpu.cfs_quota_us").zip(number("cpu.cfs_period_us"));
                lower(&mut limits.cpus, both.and_then(|(q, p)| quota(&format!("{q} {p}"))));
            }
        }
        if has("memory") {
            for folder in ancestors("/sys/fs/cgroup/memory", path) {
                let limit = probe.text(&format!("{folder}/memory.limit_in_bytes"));
                lower(&mut limits.memory, limit.and_then(|t| t.parse().ok()));
            }
        }
    }
    limits
}

/// The folder of a group and those above it, up to the root of the mount.
fn ancestors(mount: &str, path: &str) -> Vec<String> {
    let mut folders = vec![mount.to_owned()];
    for part in path.split('/').filter(|part| !part.is_empty() && *part != "..") {
        let deeper = format!("{}/{part}", folders.last().map_or(mount, String::as_str));
        folders.push(deeper);
    }
    folders
}

fn lower(limit: &mut Option<u64>, found: Option<u64>) {
    if let Some(found) = found {
        *limit = Some(limit.map_or(found, |l| l.min(found)));
    }
}

/// `200000 100000` is two processors; `max` and `-1` are none.
fn quota(text: &str) -> Option<u64> {
    let (quota, period) = text.split_once(char::is_whitespace)?;
    let (quota, period) = (quota.parse::<u64>().ok()?, period.trim().parse::<u64>().ok()?);
    (period > 0).then(|| (quota / period).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_whole_processors() {
        assert_eq!(quota("250000 100000"), Some(2));
        assert_eq!(quota("50000 100000"), Some(1));
        assert_eq!(quota("max 100000"), None);
        assert_eq!(quota("-1 100000"), None);
    }

    #[test]
    fn groups_above_count_too() {
        assert_eq!(ancestors("/c", "/a/b"), ["/c", "/c/a", "/c/a/b"]);
        assert_eq!(ancestors("/c", "/"), ["/c"]);
    }
}
