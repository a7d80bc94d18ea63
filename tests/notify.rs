//! `check --notify` against a server of the suite's own, on loopback.
#![cfg(all(unix, feature = "notify"))]

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How one request is answered.
#[derive(Clone, Copy, Debug)]
enum Answer {
    /// Status line and body.
    Say(&'static str, &'static str),
    /// The connection is closed without a word.
    Close,
    /// Nothing is said for a long time.
    Hang,
}

const OK: Answer = Answer::Say("200 OK", "ok");

/// A request: its head and its body.
#[derive(Clone, Debug)]
struct Request {
    head: String,
    body: Value,
}

/// Answers by a script, its last answer again and again.
struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    fn new(script: &[Answer]) -> Self {
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

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/services/T0/{SECRET}", self.port)
    }

    fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

/// A part of the addresses.
const SECRET: &str = "s3cretS3CRETs3cret";

fn serve(mut stream: TcpStream, answer: Answer, requests: &Mutex<Vec<Request>>) {
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
struct Sandbox {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Sandbox {
    fn new() -> Self {
        let sandbox = Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() };
        fs::create_dir_all(sandbox.root()).unwrap();
        sandbox.git(&["init", "-q", "-b", "main", "."]);
        for i in 0..12 {
            sandbox.measured(&format!("commit {i}"), 100.0 + f64::from(i % 3));
        }
        sandbox
    }

    /// One more commit with this time, three times measured.
    fn measured(&self, subject: &str, value: f64) {
        self.git(&["commit", "-q", "--allow-empty", "-m", subject]);
        for i in 0..3 {
            let text =
                format!(r#"[{{"name": "parse <b> @here", "unit": "ms", "value": {}}}]"#, value + f64::from(i) / 10.0);
            fs::write(self.folder.path().join("out.json"), text).unwrap();
            let args = ["record", "-q", "--again", "../out.json", "--platform", "machine=lab"];
            let (code, out, err) = self.bench(&args);
            assert_eq!(code, 0, "{out}{err}");
        }
    }

    fn hooks(mut self, slack: Option<&Server>, webhook: Option<&Server>) -> Self {
        self.variables.extend(slack.map(|server| ("GIT_BENCH_NOTIFY_SLACK".into(), server.url())));
        self.variables.extend(webhook.map(|server| ("GIT_BENCH_NOTIFY_WEBHOOK".into(), server.url())));
        self
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.root()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", self.folder.path()).env("LC_ALL", "C.UTF-8");
        for (name, value) in [("NAME", "carol"), ("EMAIL", "carol@example.com")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        command.env("GIT_CONFIG_NOSYSTEM", "1").envs(self.variables.iter().map(|(k, v)| (k, v)));
        command
    }

    fn git(&self, args: &[&str]) -> String {
        let output = self.command("git", args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Exit code, standard output and error; none of them ever has a part of an address.
    fn bench(&self, args: &[&str]) -> (i32, String, String) {
        let output = self.command(env!("CARGO_BIN_EXE_git-bench"), args).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        for said in [&out, &err] {
            assert!(!said.contains(SECRET) && !said.contains("127.0.0.1") && !said.contains("/services"), "{said}");
        }
        (output.status.code().unwrap(), out, err)
    }

    /// Checks and tells; the words on standard error.
    fn check(&self, code: i32, args: &[&str]) -> String {
        let all: Vec<&str> = ["check"].iter().chain(args).copied().collect();
        let (got, out, err) = self.bench(&all);
        assert_eq!(got, code, "{out}{err}");
        err
    }
}

#[test]
fn slack_gets_blocks_and_the_webhook_the_report() {
    let (slack, webhook) = (Server::new(&[OK]), Server::new(&[Answer::Say("204 No Content", "")]));
    let sandbox = Sandbox::new().hooks(Some(&slack), Some(&webhook));
    sandbox.measured("slow <!channel> & *bold*", 150.0);
    let err = sandbox.check(1, &["--notify"]);
    assert!(err.contains("Slack was notified") && err.contains("the webhook was notified"), "{err}");
    let requests = slack.requests();
    let [request] = &requests[..] else { panic!("{requests:?}") };
    assert!(request.head.starts_with(&format!("POST /services/T0/{SECRET} HTTP/1.1")), "{}", request.head);
    assert!(request.head.to_lowercase().contains("content-type: application/json"));
    let blocks = request.body["blocks"].as_array().unwrap();
    assert_eq!((blocks[0]["type"].as_str(), blocks[0]["text"]["type"].as_str()), (Some("header"), Some("plain_text")));
    assert_eq!(blocks[0]["text"]["text"], ":red_circle: Regression in repo");
    let text = request.body.to_string();
    assert!(
        text.contains("`main` at `") && text.contains("slow &lt;!channel&gt; &amp; \u{2217}bold\u{2217}"),
        "{text}"
    );
    assert!(text.contains("`parse &lt;b&gt; \u{ff20}here` time: ") && text.contains("(*+"), "{text}");
    assert!(!text.contains("<!channel>") && !text.contains("@here") && text.contains("on lab"), "{text}");
    // The report is the one that '--format json' prints.
    let requests = webhook.requests();
    let [request] = &requests[..] else { panic!("{requests:?}") };
    let (_, out, _) = sandbox.bench(&["check", "--format", "json"]);
    assert_eq!(request.body, serde_json::from_str::<Value>(&out).unwrap());
    assert_eq!((request.body["outcome"].as_str(), request.body["version"].as_u64()), (Some("fail"), Some(1)));
    let head = request.head.to_lowercase();
    for line in ["git-bench-event: check", "git-bench-outcome: fail", "git-bench-branch: main", "idempotency-key: "] {
        assert!(head.contains(line), "{head}");
    }
}

#[test]
fn what_passes_is_tried_again_and_what_does_not_is_told() {
    for (script, told, tries) in [
        (&[Answer::Say("500 Oops", ""), Answer::Close, OK][..], true, 3),
        (&[Answer::Say("429 Slow", "rate_limited"), OK], true, 2),
        (&[Answer::Close], false, 3),
        (&[Answer::Say("503 Down", "")], false, 3),
        (&[Answer::Say("404 Not Found", "no_service")], false, 1),
        (&[Answer::Say("302 Found", "")], false, 1),
    ] {
        let server = Server::new(script);
        let sandbox = Sandbox::new().hooks(None, Some(&server));
        let begun = Instant::now();
        let err = sandbox.check(0, &["--notify"]);
        assert!(begun.elapsed() < Duration::from_secs(9), "{script:?}");
        assert_eq!(server.requests().len(), tries, "{script:?}: {err}");
        assert_eq!(err.contains("the webhook was notified"), told, "{script:?}: {err}");
        assert_eq!(err.contains("warning: the webhook was not notified: "), !told, "{script:?}: {err}");
        if let [Answer::Say(status, said)] = script {
            assert!(err.contains(&format!("it answered {}", &status[..3])) && err.contains(said), "{err}");
        }
        let keys: Vec<String> = server
            .requests()
            .iter()
            .map(|r| r.head.lines().find(|l| l.to_lowercase().starts_with("idempotency-key")).unwrap().to_owned())
            .collect();
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]), "one message, one key: {keys:?}");
    }
}

#[test]
fn it_gives_up_in_time_and_the_check_keeps_its_answer() {
    let (slack, webhook) = (Server::new(&[Answer::Hang]), Server::new(&[Answer::Hang]));
    let sandbox = Sandbox::new().hooks(Some(&slack), Some(&webhook));
    sandbox.measured("slow", 150.0);
    let begun = Instant::now();
    let err = sandbox.check(1, &["--notify"]);
    assert!(begun.elapsed() < Duration::from_millis(11_500), "{:?}", begun.elapsed());
    assert!(err.contains("Slack was not notified: no answer in time"), "{err}");
    assert!(err.contains("the webhook was not notified: no answer in time"), "{err}");
    // Nobody listens there any more; no URL; nobody at all.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut sandbox = Sandbox::new();
    sandbox.variables = vec![("GIT_BENCH_NOTIFY_SLACK".into(), format!("http://127.0.0.1:{port}/services/{SECRET}"))];
    let err = sandbox.check(0, &["--notify"]);
    assert!(err.contains("warning: Slack was not notified: no connection"), "{err}");
    sandbox.variables = vec![("GIT_BENCH_NOTIFY_SLACK".into(), format!("ftp//{SECRET}"))];
    let err = sandbox.check(0, &["--notify"]);
    assert!(err.contains("Slack was not notified: its address is no"), "{err}");
    sandbox.variables.clear();
    let err = sandbox.check(0, &["--notify"]);
    assert!(err.contains("there is nobody to notify") && err.contains("bench.notify.slack"), "{err}");
}

#[test]
fn only_a_change_is_told_if_asked() {
    let server = Server::new(&[OK]);
    let sandbox = Sandbox::new().hooks(Some(&server), None);
    let count = || server.requests().len();
    let err = sandbox.check(0, &["--notify=change"]);
    assert!(count() == 0 && err.contains("nothing new on 'main'"), "a first pass is no news: {err}");
    sandbox.measured("slow", 150.0);
    sandbox.check(1, &["--notify=change"]);
    assert_eq!(count(), 1);
    sandbox.check(1, &["--notify=change"]);
    sandbox.measured("as slow", 150.1);
    sandbox.check(1, &["--notify=change"]);
    assert_eq!(count(), 1, "the same regression again");
    sandbox.check(1, &["--notify"]);
    assert_eq!(count(), 2, "asked for always");
    // Another branch is another matter.
    sandbox.git(&["checkout", "-q", "-b", "topic", "HEAD~2"]);
    sandbox.measured("slower", 170.0);
    sandbox.check(1, &["--notify=change"]);
    assert_eq!(count(), 3);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.check(1, &["--notify=change"]);
    assert_eq!(count(), 3);
    let memory = fs::read_to_string(sandbox.root().join(".git/bench/notified.json")).unwrap();
    assert!(memory.contains("topic") && !memory.contains(SECRET), "{memory}");
    // Accepted: it passes again, which is news.
    sandbox.bench(&["accept", "HEAD~1", "parse*", "--reason", "known"]);
    let err = sandbox.check(0, &["--notify=change"]);
    assert_eq!(count(), 4, "{err}");
    assert!(server.requests()[3].body.to_string().contains("No regression"));
}

#[test]
fn what_was_not_told_is_told_the_next_time() {
    let server = Server::new(&[Answer::Say("404 Not Found", "no_service"), OK]);
    let sandbox = Sandbox::new().hooks(Some(&server), None);
    sandbox.measured("slow", 150.0);
    let err = sandbox.check(1, &["--notify=change"]);
    assert!(err.contains("it answered 404 (no_service)"), "{err}");
    let err = sandbox.check(1, &["--notify=change"]);
    assert!(err.contains("Slack was notified"), "{err}");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_committed_file_names_no_hook() {
    let server = Server::new(&[OK]);
    let sandbox = Sandbox::new();
    fs::write(sandbox.root().join("bench.toml"), format!("[notify]\nwebhook = \"{}\"\n", server.url())).unwrap();
    let err = sandbox.check(0, &["--notify"]);
    assert!(err.contains("there is nobody to notify") && server.requests().is_empty(), "{err}");
    // git config may, and its address is told nowhere.
    sandbox.git(&["config", "bench.notify.webhook", &server.url()]);
    sandbox.check(0, &["--notify"]);
    assert_eq!(server.requests().len(), 1);
    let (_, out, _) = sandbox.bench(&["config"]);
    assert!(out.contains("(set)"), "{out}");
}
