//! A bare remote with a history that was measured, pull requests, and checkouts as CIs make them.

use std::rc::Rc;

use serde_json::Value;

use crate::{Repo, Sandbox};

/// Measures: the latency that the file `speed` holds.
const MEASURE: &str = r#"#!/bin/sh
echo "{\"benchmarks\": [{\"name\": \"parse\", \"latency_ms\": $(cat speed)}]}" > results.json
"#;

/// Measured commits of main before the test begins.
pub const PAST: usize = 10;

/// The remote, and the clone of somebody who pushes to it.
pub struct Forge {
    /// Where everything lies.
    pub sandbox: Rc<Sandbox>,
    /// The bare remote.
    pub remote: Repo,
    /// A developer's clone.
    pub dev: Repo,
}

/// How a CI checks out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// All commits and tags, but no old files.
    Full,
    /// One commit.
    One,
}

impl Forge {
    /// A main of [`PAST`] commits whose speed is about 100 ms, measured and shared with these words for `record`.
    pub fn new(record: &str) -> Self {
        let sandbox = Sandbox::new();
        let remote = sandbox.bare("remote");
        remote.git("config uploadpack.allowFilter true");
        remote.git("config uploadpack.allowAnySHA1InWant true");
        let dev = sandbox.repo("dev");
        dev.git(&format!("remote add origin file://{}", remote.path().display()));
        dev.write("measure.sh", MEASURE);
        let forge = Self { sandbox, remote, dev };
        forge.dev.git("update-index --add --chmod=+x measure.sh");
        for i in 0..PAST {
            forge.speed(100.0 + (i % 3) as f64 * 0.1);
            forge.dev.write("count", i.to_string());
            forge.dev.commit_all(&format!("commit {i}"));
            forge.measure(record);
        }
        forge.dev.git("push --quiet origin main");
        forge.dev.bench("push").run().ok();
        forge
    }

    /// Sets how long the next commit takes.
    pub fn speed(&self, ms: f64) {
        self.dev.write("speed", ms.to_string());
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(self.dev.path().join("measure.sh"), mode).unwrap();
        self.dev.write(".gitignore", "results.json\n*.md\nnumber.txt\nbench.xml\n");
    }

    /// Measures in the developer's clone, and records with these words.
    pub fn measure(&self, words: &str) {
        let done = self.sandbox.command("./measure.sh").current_dir(self.dev.path()).status().unwrap();
        assert!(done.success());
        self.dev.bench(&format!("record {words} --channel daily results.json")).run().ok();
    }

    /// One more commit on main, pushed.
    pub fn land(&self, subject: &str, ms: f64) -> String {
        self.speed(ms);
        self.dev.write("count", subject);
        let id = self.dev.commit_all(subject);
        self.dev.git("push --quiet origin main");
        id
    }

    /// A branch with one commit, pushed, with the forge's merge of it into main; gives head and merge.
    pub fn pull(&self, number: u64, ms: f64) -> (String, String) {
        self.dev.git(&format!("switch --quiet --create topic-{number} main"));
        self.speed(ms);
        let head = self.dev.commit_all("topic");
        self.dev.git("switch --quiet --detach main");
        self.dev.git_words(&["merge", "--quiet", "--no-ff", "-m", "Merge topic into main", &head]);
        let merge = self.dev.id("HEAD");
        self.dev.git("switch --quiet main");
        self.dev.git(&format!("push --quiet origin {head}:refs/pull/{number}/head {merge}:refs/pull/{number}/merge"));
        self.dev.git(&format!("push --quiet origin {head}:refs/heads/topic-{number}"));
        (head, merge)
    }

    /// A checkout of a ref of the remote: `refs/heads/main`, `refs/tags/v1`, `refs/pull/7/merge`.
    pub fn checkout(&self, name: &str, reference: &str, depth: Depth) -> Repo {
        let job = self.sandbox.repo(name);
        job.git(&format!("remote add origin file://{}", self.remote.path().display()));
        let there = match reference.strip_prefix("refs/heads/") {
            Some(branch) => format!("refs/remotes/origin/{branch}"),
            None => reference.replace("refs/pull/", "refs/remotes/pull/"),
        };
        let refspec = format!("+{reference}:{there}");
        match depth {
            Depth::One => drop(job.git(&format!("fetch --quiet --no-tags --depth=1 origin {refspec}"))),
            Depth::Full => {
                let all = "+refs/heads/*:refs/remotes/origin/* +refs/tags/*:refs/tags/*";
                job.git(&format!("fetch --quiet --no-tags --filter=blob:none origin {all} {refspec}"));
            }
        }
        match reference.strip_prefix("refs/heads/") {
            Some(branch) => drop(job.git(&format!("checkout --quiet --force -B {branch} {there}"))),
            None => drop(job.git(&format!("checkout --quiet --force --detach {there}"))),
        }
        job
    }

    /// The runs of an object's note on the remote, those that lie on incoming refs too.
    pub fn runs(&self, object: &str) -> Vec<Value> {
        let refs = self.remote.git("for-each-ref --format=%(refname) refs/notes/bench refs/notes/bench-incoming");
        let mut found = Vec::new();
        for name in refs.lines() {
            let mut git = self.sandbox.command("git");
            let output =
                git.current_dir(self.remote.path()).args(["notes", "--ref", name, "show", object]).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            found.extend(lines.filter(|line| line["kind"] == "run"));
        }
        found.sort_by_key(|run| run["id"].as_str().map(str::to_owned));
        found.dedup();
        found
    }

    /// All refs of the remote, to see that none changed.
    pub fn refs(&self) -> String {
        self.remote.git("for-each-ref")
    }
}
