//! Machines as folders.

use std::cell::Cell;
use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

const AZURE_TAG: &str = "7783-7084-3265-9085-8269-3286-77";

fn root(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn none(_: &[&str]) -> Option<String> {
    None
}

fn probe<'a>(dir: &TempDir, run: &'a dyn Fn(&[&str]) -> Option<String>) -> Probe<'a> {
    Probe { root: dir.path().into(), os: "linux", arch: "x86_64", ..Probe::new(run) }
}

fn shown(facts: &Facts) -> Value {
    serde_json::to_value(facts).unwrap()
}

const LINUX: &[(&str, &str)] = &[
    ("proc/cpuinfo", "processor\t: 0\nmodel name\t: Intel(R) Xeon(R)   CPU @ 2.20GHz\ncpu MHz : 1\n"),
    ("proc/meminfo", "MemTotal:       16384000 kB\nMemFree: 1 kB\n"),
    ("proc/self/status", "Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t0-127\n"),
    ("sys/devices/system/cpu/online", "0-7\n"),
    ("proc/sys/kernel/osrelease", "6.8.0-1014-aws\n"),
    ("etc/os-release", "PRETTY_NAME=\"Ubuntu 24.04.1 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\n"),
];

fn with(more: &[(&'static str, &'static str)]) -> TempDir {
    root(&[LINUX, more].concat())
}

#[test]
fn bare_metal_has_no_cloud() {
    let dir = with(&[("sys/class/dmi/id/sys_vendor", "Dell Inc.\n"), ("sys/class/dmi/id/product_name", "R740\n")]);
    assert_eq!(
        shown(&facts(&probe(&dir, &none))),
        json!({"arch": "x86_64", "cpu_count": 8, "cpu_model": "Intel(R) Xeon(R) CPU @ 2.20GHz",
            "kernel": "6.8.0-1014-aws", "memory_mb": 16000, "os": "linux", "os_version": "Ubuntu 24.04"})
    );
}

#[test]
fn clouds_are_told_by_dmi() {
    let dmi = |files: &[(&str, &str)]| {
        let files: Vec<_> = files.iter().map(|(n, t)| (format!("sys/class/dmi/id/{n}"), *t)).collect();
        let dir = root(&files.iter().map(|(n, t)| (n.as_str(), *t)).collect::<Vec<_>>());
        let found = facts(&probe(&dir, &none));
        let text = |name| found.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
        format!("{} {}", text("cloud"), text("instance_type"))
    };
    let azure = [
        ("sys_vendor", "Microsoft Corporation\n"),
        ("product_name", "Virtual Machine\n"),
        ("chassis_asset_tag", AZURE_TAG),
    ];
    assert_eq!(
        dmi(&[("sys_vendor", "Amazon EC2\n"), ("product_name", "p4d.24xlarge\n"), ("board_asset_tag", "i-0abc\n")]),
        "aws p4d.24xlarge"
    );
    assert_eq!(dmi(&[("sys_vendor", "Amazon EC2"), ("product_name", "c7g.metal-16xl\n")]), "aws c7g.metal-16xl");
    assert_eq!(dmi(&[("sys_vendor", "Xen"), ("product_name", "HVM domU"), ("bios_version", "4.11.amazon\n")]), "aws -");
    assert_eq!(dmi(&azure), "azure -");
    assert_eq!(dmi(&azure[..2]), "- -", "Hyper-V elsewhere is not Azure");
    assert_eq!(
        dmi(&[("sys_vendor", "Google\n"), ("product_name", "Google Compute Engine\n"), ("bios_vendor", "Google")]),
        "gcp -"
    );
    assert_eq!(dmi(&[("sys_vendor", "Google\n"), ("product_name", "Eve\n"), ("bios_vendor", "coreboot")]), "- -");
    assert_eq!(dmi(&[("sys_vendor", "QEMU"), ("chassis_asset_tag", "OracleCloud.com\n")]), "oracle -");
    assert_eq!(dmi(&[("sys_vendor", "Hetzner\n"), ("product_name", "vServer")]), "hetzner -");
}

#[test]
fn a_container_has_the_limits_of_its_group() {
    let id = "0123456789ab".to_owned() + &"c".repeat(52);
    let mounts = format!("1 2 0:1 /var/lib/docker/containers/{id}/hostname /etc/hostname rw - ext4 /dev/sda rw\n");
    let dir = with(&[
        ("proc/self/cgroup", "0::/\n"),
        ("sys/fs/cgroup/cpu.max", "250000 100000\n"),
        ("sys/fs/cgroup/memory.max", "536870912\n"),
        (".dockerenv", ""),
        ("proc/loadavg", "0.52 0.58 0.59 1/467 1234\n"),
    ]);
    fs::write(dir.path().join("proc/self/mountinfo"), mounts).unwrap();
    let probe = probe(&dir, &none);
    let found = facts(&probe);
    assert_eq!((&found["cpu_count"], &found["memory_mb"]), (&json!(2), &json!(512)));
    assert_eq!(
        shown(&reproducibility(&probe, &[])),
        json!({"container": "docker", "container_id": "0123456789ab", "load_average": 0.52})
    );
}

#[test]
fn absent_files_are_absent_facts() {
    let dir = root(&[]);
    assert_eq!(shown(&facts(&probe(&dir, &none))), json!({"arch": "x86_64", "os": "linux"}));
    assert_eq!(shown(&reproducibility(&probe(&dir, &none), Tool::ALL)), json!({}));
    let mac = Probe { os: "macos", arch: "aarch64", ..probe(&dir, &none) };
    assert_eq!(shown(&facts(&mac)), json!({"arch": "aarch64", "os": "macos"}));
}

#[test]
fn macos_and_windows_are_asked_by_their_programs() {
    let dir = root(&[]);
    let sysctl = |argv: &[&str]| {
        assert_eq!(argv[0], "sysctl");
        Some(
            "machdep.cpu.brand_string: Apple M2 Pro\nhw.logicalcpu: 10\nhw.memsize: 17179869184\n\
              kern.osrelease: 23.5.0\nkern.osproductversion: 14.5\n"
                .to_owned(),
        )
    };
    let mac = Probe { os: "macos", arch: "aarch64", ..probe(&dir, &sysctl) };
    assert_eq!(
        shown(&facts(&mac)),
        json!({"arch": "aarch64", "cpu_count": 10, "cpu_model": "Apple M2 Pro", "kernel": "23.5.0", "memory_mb": 16384,
            "os": "macos", "os_version": "14.5"})
    );
    let windows = |argv: &[&str]| match argv[0] {
        "cmd" => Some("\r\nMicrosoft Windows [Version 10.0.22631.3593]\r\n".to_owned()),
        "reg" => {
            Some("\r\nHKEY\r\n    ProcessorNameString    REG_SZ    AMD Ryzen 7 5800X 8-Core Processor  \r\n".to_owned())
        }
        _ => None,
    };
    let windows =
        Probe { os: "windows", vars: vec![("NUMBER_OF_PROCESSORS".into(), "16".into())], ..probe(&dir, &windows) };
    assert_eq!(
        shown(&facts(&windows)),
        json!({"arch": "x86_64", "cpu_count": 16, "cpu_model": "AMD Ryzen 7 5800X 8-Core Processor", "os": "windows",
            "os_version": "10.0.22631.3593"})
    );
}

#[test]
fn nvidia_is_asked_once_a_boot() {
    let asked = Cell::new(0);
    let smi = |argv: &[&str]| {
        assert_eq!(argv[0], "nvidia-smi");
        asked.set(asked.get() + 1);
        Some("NVIDIA A100-SXM4-40GB\nNVIDIA A100-SXM4-40GB\n".to_owned())
    };
    let dir = root(&[
        ("dev/nvidia0", ""),
        ("dev/nvidia1", ""),
        ("dev/nvidiactl", ""),
        ("proc/sys/kernel/random/boot_id", "0b1e9c39\n"),
    ]);
    let cache = dir.path().join("git/bench/machine.json");
    let probe = Probe { cache: Some(cache.clone()), ..probe(&dir, &smi) };
    let want = json!({"arch": "x86_64", "os": "linux", "gpu_count": 2, "gpu_model": "NVIDIA A100-SXM4-40GB",
        "hardware": "nvidia"});
    assert_eq!(shown(&facts(&probe)), want);
    assert_eq!(shown(&facts(&probe)), want);
    assert_eq!(asked.get(), 1);
    assert!(cache.exists());
    fs::write(dir.path().join("proc/sys/kernel/random/boot_id"), "another").unwrap();
    assert_eq!(shown(&facts(&probe)), want);
    fs::write(&cache, "{ broken").unwrap();
    assert_eq!(shown(&facts(&probe)), want);
    assert_eq!(asked.get(), 3);
}

#[test]
fn accelerators_without_a_program() {
    let no_gpu = |argv: &[&str]| panic!("{argv:?} is started without need");
    let tpu = root(&[("sys/class/dmi/id/product_name", "Google Compute Engine"), ("dev/accel0", "")]);
    assert_eq!(facts(&probe(&tpu, &no_gpu))["hardware"], "tpu");
    let nodes = "sys/class/kfd/kfd/topology/nodes";
    let (cpu, gpu) = (format!("{nodes}/0/properties"), format!("{nodes}/1/properties"));
    let amd = root(&[(&cpu, "simd_count 0\n"), (&gpu, "simd_count 440\ngfx_target_version 90010\n")]);
    let found = facts(&probe(&amd, &no_gpu));
    assert_eq!((&found["hardware"], &found["gpu_model"]), (&json!("amd"), &json!("AMD gfx90a")));
    let driver =
        root(&[("dev/nvidia0", ""), ("proc/driver/nvidia/gpus/0000:00:04.0/information", "Model: \t\t Tesla T4\n")]);
    let found = facts(&probe(&driver, &none));
    assert_eq!((&found["hardware"], &found["gpu_model"]), (&json!("nvidia"), &json!("Tesla T4")));
}

#[test]
fn toolchains_are_read_and_asked() {
    let dir = root(&[
        ("venv/pyvenv.cfg", "home = /home/alice/.pyenv\nversion_info = 3.11.4.final.0\n"),
        ("go/VERSION", "go1.22.1\ntime 2024\n"),
        ("usr/local/cuda/version.json", "{\"cuda\": {\"version\": \"12.4.1\"}}"),
        ("proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19\n"),
        ("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "powersave\n"),
        ("sys/devices/system/cpu/cpufreq/policy1/scaling_governor", "powersave\n"),
        ("sys/devices/system/cpu/intel_pstate/no_turbo", "1\n"),
        ("sys/devices/system/cpu/smt/active", "1\n"),
    ]);
    let run = |argv: &[&str]| match argv {
        ["rustc", ..] => Some("rustc 1.95.0 (f2d3ce0bd 2026-03-21)\n".to_owned()),
        ["python3", "-m", ..] => {
            Some("numpy==1.26\ntorch==2.3.1\n-e /home/alice/x\nmine @ file:///home/alice/mine\n".to_owned())
        }
        _ => None,
    };
    let vars = vec![("VIRTUAL_ENV".into(), "/venv".into()), ("GOROOT".into(), "/go".into())];
    let probe = Probe { vars, ..probe(&dir, &run) };
    assert_eq!(
        shown(&reproducibility(&probe, &[])),
        json!({"cpu_governor": "powersave", "cpu_smt": true, "cpu_turbo": false, "cuda_version": "12.4.1",
            "go_version": "1.22.1", "nvidia_driver": "535.104.05", "python_version": "3.11.4"})
    );
    let asked = reproducibility(&probe, &[Tool::Rustc, Tool::Pip, Tool::Node]);
    assert_eq!(asked["rustc_version"], "1.95.0");
    assert_eq!(asked["pytorch_version"], "2.3.1");
    assert_eq!(asked["pip_freeze"], json!(["numpy==1.26", "torch==2.3.1", "mine"]));
}

#[test]
fn this_machine_answers_fast() {
    let probe = Probe::new(&none);
    let start = std::time::Instant::now();
    let found = facts(&probe);
    assert_eq!(found["os"], std::env::consts::OS);
    assert!(start.elapsed().as_millis() < 200, "{:?}", start.elapsed());
}
