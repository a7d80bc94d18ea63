//! `check --notify` against a server of the suite's own, on loopback.
#![cfg(all(unix, feature = "notify"))]

mod sandbox;

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use sandbox::{Answer, OK, SECRET, Sandbox, Server};
use serde_json::Value;

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
    let mut sandbox = Sandbox::new();
    for (script, told, tries) in [
        (&[Answer::Say("500 Oops", ""), Answer::Close, OK][..], true, 3),
        (&[Answer::Say("429 Slow", "rate_limited"), OK], true, 2),
        (&[Answer::Close], false, 3),
        (&[Answer::Say("503 Down", "")], false, 3),
        (&[Answer::Say("404 Not Found", "no_service")], false, 1),
        (&[Answer::Say("302 Found", "")], false, 1),
    ] {
        let server = Server::new(script);
        sandbox.variables = vec![("GIT_BENCH_NOTIFY_WEBHOOK".into(), server.url())];
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
