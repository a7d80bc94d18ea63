//! `docs/tutorial.md`: every command in its `console` blocks is run, in order, as a newcomer types it; what they print
//! stands below them. Dates, names and ids are fixed.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use super::pages::{root, text_of};

const PAGE: &str = "docs/tutorial.md";

/// 2024-01-01T00:00:00Z, when the project begins.
const EPOCH: u64 = 1_704_067_200;

/// A project on a server, and an empty folder of somebody who is new.
struct Newcomer {
    root: tempfile::TempDir,
    /// Commands so far; the clock goes on by a minute with each.
    minute: u64,
}

impl Newcomer {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        for folder in ["home", "bin", "desk", "server"] {
            fs::create_dir(root.path().join(folder)).expect("a folder");
        }
        symlink(env!("CARGO_BIN_EXE_git-bench"), root.path().join("bin/git-bench")).expect("a link");
        let config = format!(
            "[user]\n\tname = Alice\n\temail = alice@example.org\n[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n\
             [core]\n\tabbrev = 8\n[protocol \"file\"]\n\tallow = always\n[url \"file://{}/\"]\n\tinsteadOf = https://git.example.org/\n",
            root.path().join("server").display()
        );
        fs::write(root.path().join("home/.gitconfig"), config).expect("it is written");
        let mut made = Self { root, minute: 0 };
        made.project();
        made
    }

    /// The project `sorter` on the server: eight commits, never measured, and a branch that makes it slower.
    fn project(&mut self) {
        self.must("git init --quiet --bare server/sorter.git && git clone --quiet server/sorter.git work 2>/dev/null");
        let work = self.root.path().join("work");
        for name in ["sort.awk", "measure"] {
            let text = text_of(&format!("tests/docs/sorter/{name}"));
            fs::write(work.join(name), text).expect("it is written");
        }
        fs::set_permissions(work.join("measure"), fs::Permissions::from_mode(0o755)).expect("it may be run");
        for subject in [
            "Sort numbers by insertion",
            "Say what it does",
            "Measure it",
            "Write down the licence",
            "Name the authors",
            "Explain the output",
            "Add an example",
            "Mention the versions of awk",
        ] {
            let line = format!("echo '{subject}.' >> README && git add --all && git commit --quiet -m '{subject}'");
            self.must(&format!("cd work && {line}"));
        }
        fs::write(work.join("sort.awk"), text_of("tests/docs/sorter/tidy.awk")).expect("it is written");
        self.must(
            "cd work && git switch --quiet --create tidy && git commit --quiet --all --message 'Tidy the inner loop'",
        );
        self.must("cd work && git push --quiet origin main tidy");
    }

    fn must(&mut self, script: &str) {
        let (text, code, _) = self.run(script, Path::new("."));
        assert_eq!(code, 0, "{script}\n{text}");
    }

    /// Runs shell in a folder below the root; gives what it printed, its exit code, and where it was at its end.
    fn run(&mut self, script: &str, folder: &Path) -> (String, i32, std::path::PathBuf) {
        self.minute += 1;
        let date = format!("{} +0000", EPOCH + 60 * self.minute);
        let (path, place) = (std::env::var("PATH").unwrap_or_default(), self.root.path().join("place"));
        let told = format!("exec 2>&1\n{script}\ncode=$?; pwd -P > '{}'; exit $code", place.display());
        let output = Command::new("bash")
            .args(["-c", &told])
            .current_dir(self.root.path().join(folder))
            .env_clear()
            .env("PATH", format!("{}:{path}", self.root.path().join("bin").display()))
            .env("HOME", self.root.path().join("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TEMPLATE_DIR", "")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .env("GIT_BENCH_NOW", format!("2024-01-01T{:02}:{:02}:00Z", self.minute / 60, self.minute % 60))
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .output()
            .expect("bash runs");
        let text = String::from_utf8(output.stdout).expect("text");
        let there = fs::read_to_string(place).expect("where it was");
        let there = Path::new(there.trim()).strip_prefix(self.root.path().canonicalize().expect("a path"));
        (text, output.status.code().unwrap_or(-1), there.expect("below the root").to_owned())
    }
}

/// The page with the output of every command as it is now.
pub fn written() -> String {
    let mut newcomer = Newcomer::new();
    let mut place = std::path::PathBuf::from("desk");
    let mut out = String::new();
    let mut lines = text_of(PAGE).lines().map(str::to_owned).collect::<Vec<_>>().into_iter().peekable();
    while let Some(line) = lines.next() {
        out.push_str(&line);
        out.push('\n');
        if line != "```console" {
            continue;
        }
        while let Some(line) = lines.next_if(|line| line != "```") {
            // What a command has printed before is written anew.
            let Some(first) = line.strip_prefix("$ ") else { continue };
            let mut script = first.to_owned();
            out.push_str(&line);
            out.push('\n');
            while let Some(more) = lines.next_if(|line| line.starts_with("> ")) {
                script.push('\n');
                script.push_str(&more[2..]);
                out.push_str(&more);
                out.push('\n');
            }
            let (text, code, there) = newcomer.run(&script, &place);
            assert_eq!(code, 0, "$ {script}\n{text}");
            place = there;
            for line in text.trim_end_matches('\n').lines() {
                out.push_str(line.trim_end());
                out.push('\n');
            }
        }
    }
    out
}

/// Holds the page against what its commands print; with `GIT_BENCH_BLESS=1` writes it.
pub fn hold() {
    let (is, wanted) = (text_of(PAGE), written());
    if is == wanted {
        return;
    }
    if std::env::var_os("GIT_BENCH_BLESS").is_some() {
        fs::write(root().join(PAGE), wanted).expect("the page is written");
        return;
    }
    let differs = is.lines().zip(wanted.lines()).find(|(a, b)| a != b);
    panic!("{PAGE} is stale (GIT_BENCH_BLESS=1 cargo test --test docs writes it); first difference: {differs:#?}");
}
