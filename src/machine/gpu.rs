//! Accelerators: NVIDIA by `nvidia-smi`, once a boot; AMD and Google's TPU by their device files.

use std::path::Path;

use serde_json::{Value, json};

use super::{Probe, put, squeeze};
use crate::model::Facts;

/// Adds `gpu_model`, `gpu_count` and `hardware`.
pub(super) fn add(probe: &Probe, facts: &mut Facts) {
    let nvidia = nvidia(probe);
    let (hardware, gpus) = if !nvidia.is_empty() {
        ("nvidia", nvidia)
    } else if probe.os != "linux" {
        return;
    } else {
        let amd = amd(probe);
        if amd.is_empty() {
            if facts.get("cloud").and_then(Value::as_str) == Some("gcp") && probe.exists("/dev/accel0") {
                put(facts, "hardware", Some("tpu"));
            }
            return;
        }
        ("amd", amd)
    };
    let mut kinds: Vec<&str> = Vec::new();
    for gpu in &gpus {
        if !kinds.contains(&gpu.as_str()) {
            kinds.push(gpu);
        }
    }
    put(facts, "hardware", Some(hardware));
    put(facts, "gpu_count", Some(gpus.len()));
    put(facts, "gpu_model", Some(kinds.join(" + ")));
}

/// The names of all NVIDIA GPUs. The program is asked only where a device of its driver is; its answer is kept with the id
/// of the boot and the number of devices seen (a container may see fewer).
fn nvidia(probe: &Probe) -> Vec<String> {
    let devices = match probe.os {
        "linux" => {
            let numbered = |name: &String| name.strip_prefix("nvidia").is_some_and(|n| n.parse::<u32>().is_ok());
            let count = probe.names("/dev").iter().filter(|name| numbered(name)).count();
            if count == 0 && !probe.exists("/dev/dxg") && !probe.exists("/dev/nvidiactl") {
                return Vec::new();
            }
            count
        }
        "windows" => 0,
        _ => return Vec::new(),
    };
    let boot = probe.text("/proc/sys/kernel/random/boot_id");
    let kept = probe.cache.as_deref().zip(boot.as_deref());
    if let Some((path, boot)) = kept
        && let Some(gpus) = recall(path, boot, devices)
    {
        return gpus;
    }
    let answer = (probe.run)(&["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]);
    let mut gpus: Vec<String> = answer.iter().flat_map(|out| out.lines()).map(squeeze).collect();
    gpus.retain(|name| !name.is_empty() && !name.contains("failed") && !name.starts_with("No devices"));
    if gpus.is_empty() {
        gpus = driver(probe);
    }
    if let Some((path, boot)) = kept {
        keep(path, boot, devices, &gpus);
    }
    gpus
}

/// What the kernel driver itself says, where the program is missing.
fn driver(probe: &Probe) -> Vec<String> {
    let folder = "/proc/driver/nvidia/gpus";
    let models = probe.names(folder).into_iter().filter_map(|slot| {
        let text = probe.text(&format!("{folder}/{slot}/information"))?;
        text.lines().find_map(|line| line.strip_prefix("Model:")).map(squeeze)
    });
    models.collect()
}

fn recall(path: &Path, boot: &str, devices: usize) -> Option<Vec<String>> {
    let kept: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    if kept.get("boot")?.as_str()? != boot || kept.get("devices")?.as_u64()? != devices as u64 {
        return None;
    }
    kept.get("gpus")?.as_array()?.iter().map(|gpu| gpu.as_str().map(str::to_owned)).collect()
}

/// Keeps the answer; where that fails it is asked again next time.
fn keep(path: &Path, boot: &str, devices: usize, gpus: &[String]) {
    let text = json!({"boot": boot, "devices": devices, "gpus": gpus}).to_string();
    let scratch = path.with_extension(format!("json.{}", std::process::id()));
    let parent = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    if parent.and_then(|()| std::fs::write(&scratch, text)).and_then(|()| std::fs::rename(&scratch, path)).is_err() {
        let _ = std::fs::remove_file(&scratch);
    }
}

/// AMD's compute devices: nodes of the kernel's `kfd` topology that have SIMD units. The name is the card's product name,
/// else the instruction set, `AMD gfx90a`.
fn amd(probe: &Probe) -> Vec<String> {
    let nodes = "/sys/class/kfd/kfd/topology/nodes";
    let names = probe.names(nodes);
    if names.is_empty() {
        return Vec::new();
    }
    let cards: Vec<String> = probe
        .names("/sys/class/drm")
        .into_iter()
        .filter(|name| name.starts_with("card") && !name.contains('-'))
        .filter_map(|card| probe.text(&format!("/sys/class/drm/{card}/device/product_name")))
        .collect();
    let mut found = Vec::new();
    for node in names {
        let text = probe.text(&format!("{nodes}/{node}/properties")).unwrap_or_default();
        let field = |name: &str| {
            let mut fields = text.lines().filter_map(|line| line.split_once(' '));
            fields.find(|(key, _)| *key == name).and_then(|(_, value)| value.trim().parse::<u64>().ok()).unwrap_or(0)
        };
        if field("simd_count") == 0 {
            continue;
        }
        let target = field("gfx_target_version");
        let set = format!("AMD gfx{}{:x}{:x}", target / 10000, target / 100 % 100, target % 100);
        found.push(cards.get(found.len()).map_or(set, |card| squeeze(card)));
    }
    found
}
