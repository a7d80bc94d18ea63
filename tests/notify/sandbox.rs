//! A server on loopback, and a repository with a history.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// How one request is answered.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// Status line and body.
    Say(&'static str, &'static str),
    /// The connection is closed without a word.
    Close,
    /// Nothing is said for a long time.
    Hang,
}

pub const OK: Answer = Answer::Say("200 OK", "ok");

/// A request: its head and its body.
#[derive(Clone, Debug)]
pub struct Request {
    pub head: String,
    pub body: Value,
}

/// Answers by a script, its last answer again and again.
pub struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub fn new(script: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (script, requests) = (script.to_vec(), Arc::clone(&seen));
        std::thread::spawn(move || {
            for (i, stream) in listener.incoming().enumerate() {
                let answer = script[i.min(script.len() - 1)];
                let requests = Arc::clone(&requests);
                std::thread::spawn(move || serve(stream.unwrap(), answer, &requests));
            }
        });
        Self { port, seen }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/services/T0/{SECRET}", self.port)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

/// A part of the addresses.
pub const SECRET: &str = "s3cretS3CRETs3cret";

pub fn serve(mut stream: TcpStream, answer: Answer, requests: &Mutex<Vec<Request>>) {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    let request = loop {
        let n = stream.read(&mut chunk).unwrap_or(0);
        bytes.extend_from_slice(&chunk[..n]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                break Request { head: head.to_owned(), body: serde_json::from_str(body).unwrap_or_default() };
            }
        }
        if n == 0 {
            return;
        }
    };
    requests.lock().unwrap().push(request);
    match answer {
        Answer::Say(status, body) => {
            let length = body.len();
            let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
        }
        Answer::Close => {}
        Answer::Hang => std::thread::sleep(Duration::from_secs(60)),
    }
}

/// A repository with a history of one benchmark, and a head that is slower or not.
pub struct Sandbox {
    folder: TempDir,
    pub variables: Vec<(String, String)>,
}

impl Sandbox {
    pub fn new() -> Self {
        let sandbox = Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() };
        fs::create_dir_all(sandbox.root()).unwrap();
        sandbox.git(&["init", "-q", "-b", "main", "."]);
        for i in 0..12 {
            sandbox.recorded(&format!("commit {i}"), 100.0 + f64::from(i % 3), 1);
        }
        sandbox
    }

    /// One more commit with this time, three times measured.
    pub fn measured(&self, subject: &str, value: f64) {
        self.recorded(subject, value, 3);
    }

    pub fn recorded(&self, subject: &str, value: f64, runs: u32) {
        self.git(&["commit", "-q", "--allow-empty", "-m", subject]);
        for i in 0..runs {
            let text =
                format!(r#"[{{"name": "parse <b> @here", "unit": "ms", "value": {}}}]"#, value + f64::from(i) / 10.0);
            fs::write(self.folder.path().join("out.json"), text).unwrap();
            let args = ["record", "-q", "--again", "../out.json", "--platform", "machine=lab"];
            let (code, out, err) = self.bench(&args);
            assert_eq!(code, 0, "{out}{err}");
        }
    }

    pub fn hooks(mut self, slack: Option<&Server>, webhook: Option<&Server>) -> Self {
        self.variables.extend(slack.map(|server| ("GIT_BENCH_NOTIFY_SLACK".into(), server.url())));
        self.variables.extend(webhook.map(|server| ("GIT_BENCH_NOTIFY_WEBHOOK".into(), server.url())));
        self
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    pub fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.root()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", self.folder.path()).env("LC_ALL", "C.UTF-8");
        for (name, value) in [("NAME", "carol"), ("EMAIL", "carol@example.com")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        command.env("GIT_CONFIG_NOSYSTEM", "1").envs(self.variables.iter().map(|(k, v)| (k, v)));
        command
    }

    pub fn git(&self, args: &[&str]) -> String {
        let output = self.command("git", args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Exit code, standard output and error; none of them ever has a part of an address.
    pub fn bench(&self, args: &[&str]) -> (i32, String, String) {
        let output = self.command(env!("CARGO_BIN_EXE_git-bench"), args).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        for said in [&out, &err] {
            assert!(!said.contains(SECRET) && !said.contains("127.0.0.1") && !said.contains("/services"), "{said}");
        }
        (output.status.code().unwrap(), out, err)
    }

    /// Checks and tells; the words on standard error.
    pub fn check(&self, code: i32, args: &[&str]) -> String {
        let all: Vec<&str> = ["check"].iter().chain(args).copied().collect();
        let (got, out, err) = self.bench(&all);
        assert_eq!(got, code, "{out}{err}");
        err
    }
}
