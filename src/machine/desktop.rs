//! macOS and Windows, where the facts come from programs of the system.

use super::{Probe, put, squeeze};
use crate::model::Facts;

/// macOS, by one call of `sysctl`: `os_version`, `kernel`, `memory_mb`, `cpu_model`, `cpu_count`.
pub(super) fn macos(probe: &Probe, facts: &mut Facts) {
    let names = ["machdep.cpu.brand_string", "hw.logicalcpu", "hw.memsize", "kern.osrelease", "kern.osproductversion"];
    let out = (probe.run)(&["sysctl", names[0], names[1], names[2], names[3], names[4]]).unwrap_or_default();
    let value = |name: &str| {
        let mut pairs = out.lines().filter_map(|line| line.split_once(": "));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| squeeze(value)).filter(|value| !value.is_empty())
    };
    let number = |name: &str| value(name).and_then(|text| text.parse::<u64>().ok());
    put(facts, "cpu_model", value(names[0]));
    put(facts, "cpu_count", number(names[1]));
    put(facts, "memory_mb", number(names[2]).map(|bytes| bytes >> 20));
    put(facts, "kernel", value(names[3]));
    put(facts, "os_version", value(names[4]));
}

/// Windows, by `ver`, the registry and its own variables: `os_version`, `cpu_model`, `cpu_count`.
pub(super) fn windows(probe: &Probe, facts: &mut Facts) {
    // `Microsoft Windows [Version 10.0.22631.3593]`; the word before the number is in the user's language.
    let release = (probe.run)(&["cmd", "/c", "ver"]).and_then(|out| {
        let (_, inner) = out.split_once('[')?;
        inner.split(']').next()?.split_whitespace().last().map(str::to_owned)
    });
    put(facts, "os_version", release);
    let key = r"HKLM\HARDWARE\DESCRIPTION\System\CentralProcessor\0";
    let name = (probe.run)(&["reg", "query", key, "/v", "ProcessorNameString"])
        .and_then(|out| out.split_once("REG_SZ").map(|(_, name)| squeeze(name)));
    put(facts, "cpu_model", name.or_else(|| probe.var("PROCESSOR_IDENTIFIER").map(squeeze)));
    put(facts, "cpu_count", probe.var("NUMBER_OF_PROCESSORS").and_then(|n| n.parse::<u64>().ok()));
}
