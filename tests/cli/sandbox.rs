//! A folder of its own for each test: home, repositories, folders for stores. Nothing of the user, the system or the CI
//! gets in; dates are fixed, so commit ids are.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::rc::Rc;

use serde_json::Value;

use crate::Call;

/// The clock of all calls that set no other.
pub const NOW: &str = "2024-05-01T12:00:00Z";

/// 2024-01-01T00:00:00Z, when the first commit is made.
const EPOCH: i64 = 1_704_067_200;

/// In every secret of [`SECRETS`].
pub const MARK: &str = "HUSHHUSH";

/// Secrets of a CI that every call finds in its environment; what any test's call says is held against them. None of them
/// lets anybody in anywhere.
const SECRETS: &[(&str, &str)] = &[
    ("GITHUB_TOKEN", "ghp_HUSHHUSH1002"),
    ("CI_JOB_TOKEN", "glcbt-HUSHHUSH1003"),
    ("NPM_TOKEN", "npm_HUSHHUSH1004"),
    ("DATABASE_URL", "postgres://me:HUSHHUSH1005@host/db"),
    ("SSH_PASSWORD", "HUSHHUSH1006"),
];

/// The folder.
pub struct Sandbox {
    root: tempfile::TempDir,
    commits: Cell<i64>,
}

impl Sandbox {
    /// An empty one: a home with a name and an address, and the program on the path.
    pub fn new() -> Rc<Self> {
        let root = tempfile::tempdir().unwrap();
        let made = Self { root, commits: Cell::new(0) };
        fs::create_dir_all(made.path("home")).unwrap();
        fs::create_dir_all(made.path("bin")).unwrap();
        symlink(env!("CARGO_BIN_EXE_git-bench"), made.path("bin/git-bench")).unwrap();
        fs::write(
            made.path("home/.gitconfig"),
            "[user]\n\tname = Alice\n\temail = alice@example.org\n[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n\
             [commit]\n\tgpgsign = false\n[protocol \"file\"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n",
        )
        .unwrap();
        Rc::new(made)
    }

    /// A path in the folder.
    pub fn path(&self, below: &str) -> PathBuf {
        self.root.path().join(below)
    }

    /// A command that sees nothing but the sandbox.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        let path = std::env::var("PATH").unwrap_or_default();
        let date = format!("{} +0000", EPOCH + 60 * self.commits.get());
        command
            .env_clear()
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("HOME", self.path("home"))
            .env("XDG_CONFIG_HOME", self.path("home/.config"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TEMPLATE_DIR", "")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .env("GIT_BENCH_NOW", NOW)
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .envs(SECRETS.iter().copied());
        command
    }

    /// A new repository on branch `main`, without commits.
    pub fn repo(self: &Rc<Self>, name: &str) -> Repo {
        self.init(name, &["init", "--quiet"])
    }

    /// A new bare repository.
    pub fn bare(self: &Rc<Self>, name: &str) -> Repo {
        self.init(name, &["init", "--quiet", "--bare"])
    }

    fn init(self: &Rc<Self>, name: &str, words: &[&str]) -> Repo {
        fs::create_dir_all(self.path(name)).unwrap();
        let repo = self.at(name);
        repo.git_words(words);
        repo
    }

    /// A repository that is there already.
    pub fn at(self: &Rc<Self>, name: &str) -> Repo {
        Repo { sandbox: Rc::clone(self), path: self.path(name) }
    }

    /// A clone of a repository, with these further options.
    pub fn clone_of(self: &Rc<Self>, from: &Repo, name: &str, options: &[&str]) -> Repo {
        // A path would make a local clone, which knows no depth.
        let url = format!("file://{}", from.path.display());
        let target = self.path(name);
        let mut words = vec!["clone", "--quiet"];
        words.extend_from_slice(options);
        let target = target.to_str().unwrap().to_owned();
        words.extend([url.as_str(), target.as_str()]);
        check(self.command("git").current_dir(self.root.path()).args(&words).output().unwrap(), &words);
        self.at(name)
    }
}

/// A new repository in a sandbox of its own.
pub fn repo() -> Repo {
    Sandbox::new().repo("work")
}

/// A repository in a sandbox.
#[derive(Clone)]
pub struct Repo {
    /// The directory it lies in, removed at the end.
    pub sandbox: Rc<Sandbox>,
    path: PathBuf,
}

impl Repo {
    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A call of the program in its folder: the words are split at spaces.
    pub fn bench(&self, words: &str) -> Call {
        Call::new(&self.sandbox, &self.path, words)
    }

    /// Runs git in its folder, the words split at spaces; its output without the last newline.
    #[track_caller]
    pub fn git(&self, words: &str) -> String {
        self.git_words(&words.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs git in its folder.
    #[track_caller]
    pub fn git_words(&self, words: &[&str]) -> String {
        let output = self.sandbox.command("git").current_dir(&self.path).args(words).output().unwrap();
        check(output, words)
    }

    /// Whether git succeeds with these words.
    pub fn git_can(&self, words: &str) -> bool {
        let mut git = self.sandbox.command("git");
        git.current_dir(&self.path).args(words.split_whitespace()).output().unwrap().status.success()
    }

    /// Writes a file of the work tree.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Writes a file of the sandbox outside the repository and gives its path.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.sandbox.path("files").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Commits all of the work tree, with a tree of its own, a minute after the last; gives the full id.
    #[track_caller]
    pub fn commit(&self, subject: &str) -> String {
        self.write("code.txt", format!("{subject}\n"));
        self.commit_all(subject)
    }

    /// Commits the work tree as it is.
    #[track_caller]
    pub fn commit_all(&self, subject: &str) -> String {
        self.sandbox.commits.set(self.sandbox.commits.get() + 1);
        self.git("add --all");
        self.git_words(&["commit", "--quiet", "--allow-empty", "-m", subject]);
        self.id("HEAD")
    }

    /// The full id of a revision.
    #[track_caller]
    pub fn id(&self, revision: &str) -> String {
        self.git_words(&["rev-parse", "--verify", revision])
    }

    /// Records latencies at HEAD.
    #[track_caller]
    pub fn record(&self, latencies: &[(&str, f64)]) {
        self.bench("record -").stdin(crate::result(latencies)).run().ok();
    }

    /// Commits, and records one latency there; gives the commit's id.
    #[track_caller]
    pub fn measured(&self, subject: &str, latency: f64) -> String {
        let id = self.commit(subject);
        self.record(&[("parse", latency)]);
        id
    }

    /// The lines of a note of git's own telling; none where there is no note.
    pub fn note(&self, object: &str) -> Vec<String> {
        let output =
            self.sandbox.command("git").current_dir(&self.path).args(["notes", "--ref=bench", "show", object]).output();
        let output = output.unwrap();
        if !output.status.success() {
            return Vec::new();
        }
        String::from_utf8(output.stdout).unwrap().lines().filter(|l| !l.is_empty()).map(str::to_owned).collect()
    }

    /// The lines of one kind in a note.
    pub fn lines(&self, object: &str, kind: &str) -> Vec<Value> {
        let parsed =
            self.note(object).iter().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect::<Vec<_>>();
        parsed.into_iter().filter(|line| line["kind"] == kind).collect()
    }

    /// The runs in a note that are of our version.
    pub fn runs(&self, object: &str) -> Vec<Value> {
        self.lines(object, "run").into_iter().filter(|run| run["v"] == 1).collect()
    }

    /// The only run in a note.
    #[track_caller]
    pub fn run(&self, object: &str) -> Value {
        let mut runs = self.runs(object);
        assert_eq!(runs.len(), 1, "runs of {object}: {runs:#?}");
        runs.remove(0)
    }

    /// The ids of all objects that have a note.
    pub fn noted(&self) -> Vec<String> {
        let list = self.git("notes --ref=bench list");
        list.lines().filter_map(|line| line.split(' ').nth(1)).map(str::to_owned).collect()
    }

    /// What a command that fails must leave as it is: all refs, the files of the bench folder, and the work tree.
    pub fn state(&self) -> State {
        let common = self.git("rev-parse --git-common-dir");
        let mut files = BTreeMap::new();
        collect(&self.path.join(common).join("bench"), "", &mut files);
        files.retain(|name, _| !matches!(name.as_str(), "lock" | "machine.json"));
        let mut text = format!("{}\n{}", self.git("for-each-ref"), self.git_status());
        for (name, bytes) in files {
            let sum = bytes.iter().fold(5381_u64, |sum, b| sum.wrapping_mul(33) ^ u64::from(*b));
            text.push_str(&format!("bench/{name}: {} bytes, {sum:x}\n", bytes.len()));
        }
        State(text)
    }

    /// Nothing has changed since.
    #[track_caller]
    pub fn is_still(&self, before: &State) {
        crate::same_text(&self.state().0, &before.0, "the refs, the bench folder or the work tree changed");
    }

    fn git_status(&self) -> String {
        let output = self.sandbox.command("git").current_dir(&self.path).args(["status", "--porcelain"]).output();
        String::from_utf8_lossy(&output.unwrap().stdout).into_owned()
    }
}

/// See [`Repo::state`].
pub struct State(String);

/// The files below a folder, by path.
pub fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), found);
        } else {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
}

#[track_caller]
fn check(output: Output, words: &[&str]) -> String {
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {}: {}\n{err}", words.join(" "), output.status);
    String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()
}
