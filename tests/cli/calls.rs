//! One call of the program, and what came of it.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::LazyLock;
use std::thread::JoinHandle;

use git_bench::model::schema::{SCHEMAS, validate};
use serde_json::Value;
use similar::TextDiff;

use crate::sandbox::MARK;
use crate::{DONE, Sandbox};

/// A call that is being put together.
pub struct Call {
    command: Command,
    words: String,
    stdin: Option<Vec<u8>>,
}

impl Call {
    /// `git-bench WORDS` in a folder; the words are split at spaces.
    pub fn new(sandbox: &Rc<Sandbox>, folder: &Path, words: &str) -> Self {
        let mut command = sandbox.command(env!("CARGO_BIN_EXE_git-bench"));
        command.current_dir(folder).args(words.split_whitespace());
        Self { command, words: format!("git-bench {words}"), stdin: None }
    }

    /// `git bench WORDS`: git finds the program on the path.
    pub fn by_git(sandbox: &Rc<Sandbox>, folder: &Path, words: &str) -> Self {
        let mut command = sandbox.command("git");
        command.current_dir(folder).arg("bench").args(words.split_whitespace());
        Self { command, words: format!("git bench {words}"), stdin: None }
    }

    /// One more argument, spaces and all.
    pub fn arg(mut self, arg: impl AsRef<str>) -> Self {
        self.words.push_str(&format!(" '{}'", arg.as_ref()));
        self.command.arg(arg.as_ref());
        self
    }

    /// A variable of the environment.
    pub fn env(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.command.env(name, value.as_ref());
        self
    }

    /// Variables of the environment.
    pub fn envs(mut self, variables: &[(&str, &str)]) -> Self {
        self.command.envs(variables.iter().copied());
        self
    }

    /// Takes a variable away.
    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Another time on the clock.
    pub fn at(self, now: &str) -> Self {
        self.env("GIT_BENCH_NOW", now)
    }

    /// In another folder.
    pub fn inside(mut self, folder: impl Into<PathBuf>) -> Self {
        self.command.current_dir(folder.into());
        self
    }

    /// What standard input holds; without it, it is closed.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// Starts it, for calls that run beside each other.
    pub fn start(mut self) -> Started {
        let input = if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() };
        self.command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        if let (Some(bytes), Some(mut pipe)) = (self.stdin, child.stdin.take()) {
            // A program that fails early need not read it all.
            let _ = pipe.write_all(&bytes);
        }
        let (out, err) = (drained(child.stdout.take()), drained(child.stderr.take()));
        Started { child, words: self.words, out, err }
    }

    /// Runs it to its end.
    pub fn run(self) -> Ran {
        self.start().wait()
    }
}

/// Reads a pipe to its end beside us: who only looks whether a call has ended must not hold it up.
fn drained(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    let mut pipe = pipe.unwrap();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// A call that runs.
pub struct Started {
    child: std::process::Child,
    words: String,
    out: JoinHandle<Vec<u8>>,
    err: JoinHandle<Vec<u8>>,
}

impl Started {
    /// Ends it as kill -9 does, and waits until it is gone. What it has started itself goes on.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it as Ctrl-C does, and waits until it is gone.
    pub fn interrupt(self) -> Ran {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        self.wait()
    }

    /// Whether it has ended by itself.
    pub fn ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Ran {
        let code = self.child.wait().unwrap().code();
        let (bytes, err) = (self.out.join().unwrap(), self.err.join().unwrap());
        let ran = Ran { words: self.words, code, bytes, err: String::from_utf8_lossy(&err).into_owned() };
        assert!(!ran.err.contains("panicked at"), "a panic\n{}", ran.told());
        // The suite's own scan for credentials: nothing that any call says holds one.
        let secret = [&ran.out(), &ran.err].into_iter().any(|text| text.contains(MARK));
        assert!(!secret, "a secret was said\n{}", ran.told());
        ran
    }
}

/// What came of a call.
pub struct Ran {
    words: String,
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Standard output, byte for byte.
    pub bytes: Vec<u8>,
    /// Standard error.
    pub err: String,
}

static REPORT: LazyLock<Value> = LazyLock::new(|| {
    let (_, text) = SCHEMAS.iter().find(|(name, _)| *name == "report").unwrap();
    serde_json::from_str(text).unwrap()
});

impl Ran {
    /// Standard output as text.
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// All of it, for the message of a failed assertion.
    pub fn told(&self) -> String {
        format!("$ {}\ncode: {:?}\nstdout:\n{}\nstderr:\n{}", self.words, self.code, self.out(), self.err)
    }

    /// It ended with this code, by the names in [`crate::codes`].
    #[track_caller]
    pub fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, Some(expected), "{}", self.told());
        self
    }

    /// It is done.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.code(DONE)
    }

    /// It failed with this code and one `error:` line that holds this text, and no output.
    #[track_caller]
    pub fn fails(self, code: i32, text: &str) -> Self {
        let line = self.err.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
        assert!(line.contains(text), "no error that says '{text}'\n{}", self.told());
        assert!(self.bytes.is_empty(), "output beside an error\n{}", self.told());
        assert!(!line.trim_end().ends_with('.'), "an error with a full stop\n{}", self.told());
        self.code(code)
    }

    /// Standard output holds this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.out().contains(text), "no '{text}' in the output\n{}", self.told());
        self
    }

    /// Standard output does not hold this text.
    #[track_caller]
    pub fn says_not(self, text: &str) -> Self {
        assert!(!self.out().contains(text), "'{text}' in the output\n{}", self.told());
        self
    }

    /// Standard error holds this text.
    #[track_caller]
    pub fn tells(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no '{text}' in what it tells\n{}", self.told());
        self
    }

    /// Standard error does not hold this text.
    #[track_caller]
    pub fn tells_not(self, text: &str) -> Self {
        assert!(!self.err.contains(text), "'{text}' in what it tells\n{}", self.told());
        self
    }

    /// Standard error holds a hint with this text.
    #[track_caller]
    pub fn hints(self, text: &str) -> Self {
        let hinted = self.err.lines().any(|line| line.starts_with("hint: ") && line.contains(text));
        assert!(hinted, "no hint that says '{text}'\n{}", self.told());
        self
    }

    /// Standard output is exactly this.
    #[track_caller]
    pub fn out_is(self, expected: &str) -> Self {
        same_text(&self.out(), expected, &self.told());
        self
    }

    /// Standard output as the JSON of a report, which is held against its schema.
    #[track_caller]
    pub fn json(&self) -> Value {
        let value: Value = serde_json::from_slice(&self.bytes).unwrap_or_else(|e| panic!("{e}\n{}", self.told()));
        if let Err(fault) = validate(&REPORT, &value) {
            panic!("schema/report.v1.json: {}: {}\n{}", fault.path, fault.expected, self.told());
        }
        value
    }
}

/// Equal texts, else a diff.
#[track_caller]
pub fn same_text(found: &str, expected: &str, told: &str) {
    if found != expected {
        let diff = TextDiff::from_lines(expected, found);
        panic!("{}\n{told}", diff.unified_diff().header("expected", "found"));
    }
}
