//! Writers, pushers, pullers, pruners and faults at random, for minutes: what is there at the end is exactly what was
//! recorded and not pruned.
//!
//! `cargo test --test cli -- --ignored --nocapture soak`; `SOAK_SECONDS` (600) and `SOAK_SEED` are taken from the
//! environment, and the seed is printed.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::calls::Started;
use crate::{Repo, STORAGE, Sandbox, collect, result};

const CLONES: usize = 4;
const LATER: &str = "2099-01-01T00:00:00Z";
/// What is older goes.
const CUT: &str = "prune --older-than 2024-01-01";

/// Numbers at random, the same for the same seed (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n
    }
}

/// A call that runs, and the number that it records.
struct Job {
    started: Started,
    what: &'static str,
    clone: usize,
    number: Option<u64>,
}

struct Soak {
    sandbox: Rc<Sandbox>,
    remote: Repo,
    clones: Vec<Repo>,
    jobs: Vec<Job>,
    dice: Dice,
    next: u64,
    /// Recorded for sure.
    kept: BTreeSet<u64>,
    /// To be recorded again: clone and number.
    again: Vec<(usize, u64)>,
    done: std::collections::BTreeMap<String, u64>,
}

/// Every third run is an old one.
fn is_old(number: u64) -> bool {
    number.is_multiple_of(3)
}

impl Soak {
    fn new(seed: u64) -> Self {
        let sandbox = Sandbox::new();
        let remote = sandbox.bare("remote");
        let first = sandbox.repo("first");
        for i in 0..6 {
            first.commit(&format!("c{i}"));
        }
        first.git(&format!("push --quiet {} main", remote.path().display()));
        fs::create_dir(sandbox.path("store")).unwrap();
        let clones: Vec<Repo> = (0..CLONES).map(|i| sandbox.clone_of(&remote, &format!("clone-{i}"), &[])).collect();
        for clone in &clones {
            clone.git(&format!("config bench.store.shared.url file://{}", sandbox.path("store").display()));
        }
        let (jobs, again) = (Vec::new(), Vec::new());
        let (kept, done) = (BTreeSet::new(), std::collections::BTreeMap::new());
        Self { sandbox, remote, clones, jobs, dice: Dice(seed | 1), next: 0, kept, again, done }
    }

    fn record(&mut self, clone: usize, number: u64) {
        let (year, second) = (if is_old(number) { 2023 } else { 2024 }, number % 60);
        let call = self.clones[clone].bench(&format!("record - --commit HEAD~{}", number % 6));
        let call =
            call.stdin(result(&[("parse", number as f64 + 1.0)])).at(&format!("{year}-03-01T00:00:{second:02}Z"));
        self.jobs.push(Job { started: call.start(), what: "record", clone, number: Some(number) });
    }

    fn start(&mut self, clone: usize, what: &'static str, words: &str) {
        let call = self.clones[clone].bench(words).at(LATER);
        self.jobs.push(Job { started: call.start(), what, clone, number: None });
    }

    /// Takes in what has ended.
    fn reap(&mut self) {
        for mut job in std::mem::take(&mut self.jobs) {
            if !job.started.ended() {
                self.jobs.push(job);
                continue;
            }
            let ran = job.started.wait();
            *self.done.entry(format!("{} -> {}", job.what, ran.code.unwrap_or(-1))).or_default() += 1;
            match job.number {
                Some(number) => {
                    assert_eq!(ran.code, Some(0), "{}", ran.told());
                    self.kept.insert(number);
                }
                None => assert!(matches!(ran.code, Some(0 | STORAGE)), "{}", ran.told()),
            }
        }
    }

    fn kill(&mut self) {
        if self.jobs.is_empty() {
            return;
        }
        let at = self.dice.below(self.jobs.len() as u64) as usize;
        let job = self.jobs.swap_remove(at);
        *self.done.entry(format!("{} -> killed", job.what)).or_default() += 1;
        job.started.kill();
        self.again.extend(job.number.map(|number| (job.clone, number)));
    }

    /// The remote refuses notes, or the store is away; or neither.
    fn fault(&mut self, refuses: bool, away: bool) {
        let hook = self.remote.path().join("hooks/update");
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        let script = if refuses { "#!/bin/sh\nexit 1\n" } else { "#!/bin/sh\nexec git bench hook update \"$@\"\n" };
        let fresh = hook.with_extension("new");
        fs::write(&fresh, script).unwrap();
        fs::set_permissions(&fresh, fs::Permissions::from_mode(0o755)).unwrap();
        fs::rename(&fresh, &hook).unwrap();
        let (here, there) = (self.sandbox.path("store"), self.sandbox.path("store-away"));
        if away && here.exists() {
            fs::rename(here, there).unwrap();
        } else if !away && there.exists() {
            fs::rename(there, here).unwrap();
        }
    }

    fn step(&mut self) {
        let clone = self.dice.below(CLONES as u64) as usize;
        match self.dice.below(100) {
            0..45 => match self.again.pop() {
                Some((clone, number)) => self.record(clone, number),
                None => {
                    self.next += 1;
                    self.record(clone, self.next);
                }
            },
            45..60 => self.start(clone, "push", "push"),
            60..72 => self.start(clone, "pull", "pull"),
            72..77 => self.start(clone, "prune", CUT),
            77..80 => self.start(clone, "fsck", "fsck"),
            80..84 => {
                let mut git = self.sandbox.command("git");
                let place = if self.dice.below(4) == 0 { self.remote.path() } else { self.clones[clone].path() };
                git.current_dir(place).args(["gc", "--quiet"]).output().unwrap();
            }
            84..86 => drop(self.clones[clone].git_can("notes --ref=bench prune")),
            86..94 => self.kill(),
            94..97 => self.fault(true, false),
            97..98 => self.fault(false, true),
            _ => self.fault(false, false),
        }
    }

    fn finish(&mut self) {
        self.fault(false, false);
        while !self.jobs.is_empty() {
            self.reap();
            std::thread::sleep(Duration::from_millis(20));
        }
        while let Some((clone, number)) = self.again.pop() {
            self.record(clone, number);
            while !self.jobs.is_empty() {
                self.reap();
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        for _ in 0..2 {
            for clone in &self.clones {
                clone.bench("pull").run().ok();
                clone.bench("push").run().ok();
            }
        }
        // After the grace of all drops.
        self.clones[0].bench(CUT).at("2099-06-01T00:00:00Z").run().ok();
        for clone in &self.clones {
            clone.bench("pull").run().ok();
        }
    }

    fn numbers(r: &Repo) -> BTreeSet<u64> {
        let mut found = Vec::new();
        for object in r.noted() {
            found.extend(r.runs(&object).iter().map(|run| run["m"][0][4].as_f64().unwrap() as u64 - 1));
        }
        let once: BTreeSet<u64> = found.iter().copied().collect();
        assert_eq!(once.len(), found.len(), "each once");
        once
    }
}

#[test]
#[ignore = "ten minutes; run: cargo test --test cli -- --ignored --nocapture soak"]
#[allow(clippy::print_stdout)]
fn soak() {
    let given = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed =
        given("SOAK_SEED").unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64);
    println!("SOAK_SEED={seed}");
    let end = Instant::now() + Duration::from_secs(given("SOAK_SECONDS").unwrap_or(600));
    let mut soak = Soak::new(seed);
    soak.fault(false, false);
    while Instant::now() < end {
        soak.reap();
        if soak.jobs.len() < 6 {
            soak.step();
        } else {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    soak.finish();
    let wanted: BTreeSet<u64> = soak.kept.iter().copied().filter(|number| !is_old(*number)).collect();
    println!("{} recorded, {} of them stay\n{:#?}", soak.kept.len(), wanted.len(), soak.done);
    assert_eq!(soak.kept.len() as u64, soak.next, "every record ended well");
    let reader = soak.sandbox.clone_of(&soak.remote, "reader", &[]);
    reader.bench("pull").run().ok();
    for one in soak.clones.iter().chain([&reader]) {
        assert_eq!(Soak::numbers(one), wanted, "{}", one.path().display());
        one.git("fsck --strict --no-dangling");
    }
    soak.remote.git("fsck --strict --no-dangling");
    soak.clones[0].bench("fsck --payloads").run().ok();
    let mut files = std::collections::BTreeMap::new();
    collect(&soak.sandbox.path("store"), "", &mut files);
    assert_eq!(files.keys().filter(|key| key.ends_with(".json")).count(), wanted.len(), "one payload a run");
    assert_eq!(soak.remote.git("for-each-ref refs/notes/bench-incoming"), "");
}
