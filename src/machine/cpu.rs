//! Linux: model and number of the processors.

use super::{Probe, cgroup, put, squeeze};
use crate::model::Facts;

/// Cores of ARM and its licensees by implementer and part, which `/proc/cpuinfo` gives as numbers only. From the list in
/// util-linux's `lscpu-arm.c` and the kernel's `arch/arm64/include/asm/cputype.h`.
const ARM: &[(u32, u32, &str)] = &[
    (0x41, 0xd03, "ARM Cortex-A53"),
    (0x41, 0xd05, "ARM Cortex-A55"),
    (0x41, 0xd07, "ARM Cortex-A57"),
    (0x41, 0xd08, "ARM Cortex-A72"),
    (0x41, 0xd09, "ARM Cortex-A73"),
    (0x41, 0xd0a, "ARM Cortex-A75"),
    (0x41, 0xd0b, "ARM Cortex-A76"),
    (0x41, 0xd0c, "ARM Neoverse-N1"),
    (0x41, 0xd0d, "ARM Cortex-A77"),
    (0x41, 0xd40, "ARM Neoverse-V1"),
    (0x41, 0xd41, "ARM Cortex-A78"),
    (0x41, 0xd44, "ARM Cortex-X1"),
    (0x41, 0xd49, "ARM Neoverse-N2"),
    (0x41, 0xd4f, "ARM Neoverse-V2"),
    (0x41, 0xd83, "ARM Neoverse-V3AE"),
    (0x41, 0xd84, "ARM Neoverse-V3"),
    (0x41, 0xd8e, "ARM Neoverse-N3"),
    (0x43, 0x0af, "Cavium ThunderX2"),
    (0x48, 0xd01, "HiSilicon Kunpeng-920"),
    (0xc0, 0xac3, "Ampere-1"),
    (0xc0, 0xac4, "Ampere-1a"),
];

/// Adds `cpu_model` and `cpu_count`.
pub(super) fn add(probe: &Probe, facts: &mut Facts) {
    put(facts, "cpu_model", model(probe));
    put(facts, "cpu_count", count(probe));
}

fn model(probe: &Probe) -> Option<String> {
    // On x86 the first entry says all, and each further one costs time; ARM's entries are short and may differ.
    let x86 = matches!(probe.arch, "x86_64" | "x86");
    let info = probe.head("/proc/cpuinfo", if x86 { 8 << 10 } else { 256 << 10 }).unwrap_or_default();
    let field = |name: &str| {
        info.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.trim() == name)
            .map(|(_, value)| squeeze(value))
            .filter(|value| !value.is_empty())
    };
    field("model name")
        .or_else(|| arm(&info))
        .or_else(|| field("cpu model"))
        .or_else(|| field("cpu"))
        .or_else(|| field("uarch"))
        .or_else(|| probe.text("/proc/device-tree/model").map(|m| squeeze(&m)))
}

/// The kinds of core that an ARM machine has, each once: `ARM Neoverse-N1`, `ARM Cortex-A76 + ARM Cortex-A55`.
fn arm(info: &str) -> Option<String> {
    let hex = |value: &str| u32::from_str_radix(value.trim().trim_start_matches("0x"), 16).ok();
    let mut kinds: Vec<String> = Vec::new();
    let mut implementer = None;
    for (key, value) in info.lines().filter_map(|line| line.split_once(':')) {
        match key.trim() {
            "CPU implementer" => implementer = hex(value),
            "CPU part" => {
                let (Some(maker), Some(part)) = (implementer, hex(value)) else { continue };
                let known =
                    ARM.iter().find(|(i, p, _)| (*i, *p) == (maker, part)).map(|(_, _, name)| (*name).to_owned());
                let kind = known.unwrap_or_else(|| format!("ARM {maker:#04x}/{part:#05x}"));
                if !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
            _ => {}
        }
    }
    (!kinds.is_empty()).then(|| kinds.join(" + "))
}

/// The processors that are online and allowed, no more than the quota.
fn count(probe: &Probe) -> Option<u64> {
    let online = probe.text("/sys/devices/system/cpu/online").map(|t| ranges(&t));
    let status = probe.text("/proc/self/status").unwrap_or_default();
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).map(ranges);
    let usable = match (online, allowed) {
        (Some(online), Some(allowed)) => overlap(&online, &allowed),
        (Some(one), None) | (None, Some(one)) => overlap(&one, &one),
        (None, None) => return None,
    };
    let quota = cgroup::limits(probe).cpus.unwrap_or(u64::MAX);
    Some(usable.max(1).min(quota))
}

/// `0-3,8` as inclusive ranges.
fn ranges(list: &str) -> Vec<(u64, u64)> {
    list.trim()
        .split(',')
        .filter_map(|part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
        })
        .collect()
}

fn overlap(a: &[(u64, u64)], b: &[(u64, u64)]) -> u64 {
    let pairs = a.iter().flat_map(|x| b.iter().map(move |y| (x.0.max(y.0), x.1.min(y.1))));
    pairs.filter(|(first, last)| first <= last).map(|(first, last)| last - first + 1).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_those_online_and_allowed() {
        assert_eq!(overlap(&ranges("0-3,8"), &ranges("2-127")), 3);
        assert_eq!(overlap(&ranges("0"), &ranges("0-7")), 1);
    }

    #[test]
    fn kinds_of_core_are_named_once() {
        let info = "CPU implementer\t: 0x41\nCPU part\t: 0xd0b\n\nCPU implementer\t: 0x41\nCPU part\t: 0xd05\n\
                    CPU implementer\t: 0x41\nCPU part\t: 0xd05\nCPU implementer : 0x99\nCPU part : 0x1";
        assert_eq!(arm(info).as_deref(), Some("ARM Cortex-A76 + ARM Cortex-A55 + ARM 0x99/0x001"));
    }
}
