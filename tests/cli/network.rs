//! Broken networks, seen through the program: what `push` and `show --payload` say, what they keep back, and that the next
//! try succeeds. The store is a real one for S3 (`.ci/servers`), behind the suite's own proxy.

use std::rc::Rc;
use std::time::Duration;

use crate::calls::Started;
use crate::proxy::{Message, Proxy, Spoil};
use crate::{Call, DATA, Ran, Repo, STORAGE, Sandbox};

/// A remote, and a clone whose store is a bucket behind a proxy.
struct Cloud {
    sandbox: Rc<Sandbox>,
    remote: Repo,
    r: Repo,
    proxy: Proxy,
}

impl Cloud {
    fn new() -> Option<Self> {
        let Some(server) = std::env::var("GIT_BENCH_TEST_S3").ok().filter(|url| !url.is_empty()) else {
            assert!(std::env::var("CI").is_err(), "GIT_BENCH_TEST_S3 is not set: run .ci/test");
            crate::skipped("no server for S3: .ci/servers start");
            return None;
        };
        let sandbox = Sandbox::new();
        let remote = sandbox.bare("remote");
        let r = sandbox.repo("work");
        r.git(&format!("remote add origin {}", remote.path().display()));
        r.commit("one");
        r.git("push --quiet origin main");
        let cloud = Self { sandbox, remote, r, proxy: Proxy::new(&server) };
        cloud.configure(&cloud.r);
        Some(cloud)
    }

    /// The store in a clone's configuration, under a prefix that no other run of the suite has.
    fn configure(&self, r: &Repo) {
        let prefix = self.sandbox.path("").file_name().unwrap().to_string_lossy().replace('.', "t");
        r.git(&format!("config bench.store.shared.url s3://bench/{prefix}"));
        r.git(&format!("config bench.store.shared.endpoint {}", self.proxy.url()));
    }

    fn call(&self, r: &Repo, words: &str) -> Call {
        r.bench(words).envs(&[
            ("AWS_ACCESS_KEY_ID", "testkey"),
            ("AWS_SECRET_ACCESS_KEY", "testsecret"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ALLOW_HTTP", "true"),
            ("NO_PROXY", "127.0.0.1,localhost"),
        ])
    }

    fn bench(&self, words: &str) -> Call {
        self.call(&self.r, words)
    }

    /// Nothing was lost and nothing is half there.
    #[track_caller]
    fn is_whole(&self, spooled: usize) {
        for one in [&self.r, &self.remote] {
            one.git("fsck --strict --no-dangling");
        }
        assert_eq!(self.bench("status --format json").run().ok().json()["spooled"], spooled);
    }

    /// Waits until the store was asked so often.
    fn asked(&self, times: usize) {
        for _ in 0..1500 {
            if self.proxy.log().len() >= times {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the store was asked {} of {times} times", self.proxy.log().len());
    }

    /// A push after the fault is gone: the notes and every payload are there.
    #[track_caller]
    fn next_push_finishes(&self) {
        self.proxy.script(&[]);
        self.proxy.always(Spoil::Pass);
        self.bench("push").run().ok().tells("pushed the notes to 'origin'");
        self.is_whole(0);
        assert_eq!(self.remote.git("rev-parse refs/notes/bench"), self.r.git("rev-parse refs/notes/bench"));
        self.bench("fsck --payloads").run().ok().says(" 0 faults");
    }
}

fn hang() -> Spoil {
    Spoil::Hang(Duration::from_secs(60))
}

/// What goes by.
fn passing() -> Vec<Spoil> {
    vec![
        Spoil::Reset,
        Spoil::LoseAnswer,
        Spoil::Truncate,
        Spoil::xml("503 Slow Down", "SlowDown"),
        Spoil::Say("429 Too Many Requests", "retry-after: 1\r\n".into(), String::new()),
        Spoil::Slow(Duration::from_millis(300)),
    ]
}

#[test]
fn what_goes_by_is_not_even_seen() {
    let Some(cloud) = Cloud::new() else { return };
    for (n, spoil) in passing().into_iter().enumerate() {
        cloud.r.record(&[("parse", n as f64 + 1.0)]);
        // At its first, second or third request.
        let mut script = vec![Spoil::Pass; n % 3];
        script.push(spoil.clone());
        cloud.proxy.script(&script);
        let ran = cloud.bench("push").run().ok().tells("stored 1 payload").tells_not("error");
        assert!(ran.err.contains("pushed the notes"), "{spoil:?}: {}", ran.told());
        cloud.is_whole(0);
    }
    let payload = cloud.bench("show --payload").run().ok().bytes;
    assert!(!payload.is_empty());
    for spoil in passing().into_iter().chain([Spoil::WrongBytes]) {
        cloud.proxy.script(std::slice::from_ref(&spoil));
        assert_eq!(cloud.bench("show --payload").run().ok().bytes, payload, "{spoil:?}");
    }
    cloud.bench("fsck --payloads").run().ok().says("6 payloads: 0 faults");
}

#[test]
fn what_lasts_is_named_and_given_up_and_the_next_push_finishes() {
    // Each waits its 20 s, so all of them wait together.
    let lasting = [
        (Spoil::Reset, "the connection broke", "gave up after"),
        (Spoil::LoseAnswer, "the connection broke", "gave up after"),
        (Spoil::xml("503 Slow Down", "SlowDown"), "the store is busy", "gave up after"),
        (
            Spoil::Say("429 Too Many Requests", "Retry-After: 3600\r\n".into(), String::new()),
            "the store is busy",
            "asks to wait 3600 s",
        ),
        (hang(), "no answer within ", "gave up after"),
    ];
    let mut pushes: Vec<(Cloud, Started, Spoil, &str, &str)> = Vec::new();
    for (spoil, cause, time) in lasting {
        let Some(cloud) = Cloud::new() else { return };
        cloud.r.record(&[("parse", 1.0)]);
        cloud.proxy.always(spoil.clone());
        let push = cloud.bench("push").start();
        pushes.push((cloud, push, spoil, cause, time));
    }
    for (cloud, push, spoil, cause, time) in pushes {
        let ran =
            push.wait().fails(STORAGE, "no note was pushed").hints("git bench push again").hints("--skip-payloads");
        assert!(ran.err.contains(cause) && ran.err.contains(time), "{spoil:?}: {}", ran.told());
        assert!(ran.err.contains("'shared'"), "{spoil:?}: {}", ran.told());
        assert_eq!(cloud.remote.git("for-each-ref refs/notes"), "", "{spoil:?}");
        cloud.is_whole(1);
        cloud.next_push_finishes();
    }
}

#[test]
fn a_payload_that_cannot_be_read_is_never_shown_in_part() {
    let lasting = [
        (Spoil::Truncate, STORAGE, "the connection broke"),
        (Spoil::WrongBytes, DATA, "these are not the bytes"),
        (Spoil::Reset, STORAGE, "the connection broke"),
        (hang(), STORAGE, "no answer within "),
    ];
    let mut shows: Vec<(Cloud, Started, i32, &str)> = Vec::new();
    for (spoil, code, cause) in lasting {
        let Some(cloud) = Cloud::new() else { return };
        cloud.r.record(&[("parse", 1.0)]);
        cloud.bench("push").run().ok();
        cloud.proxy.always(spoil);
        let show = cloud.bench("show --payload").start();
        shows.push((cloud, show, code, cause));
    }
    for (cloud, show, code, cause) in shows {
        let ran: Ran = show.wait().fails(code, "'shared'");
        assert!(ran.err.contains(cause) && ran.err.contains("hint: "), "{}", ran.told());
        cloud.proxy.always(Spoil::Pass);
        cloud.bench("show --payload").run().ok().says("parse");
    }
}

#[test]
fn a_push_that_ends_amid_its_payloads_is_finished_by_the_next() {
    for interrupted in [false, true] {
        let Some(cloud) = Cloud::new() else { return };
        for i in 0..6 {
            cloud.r.record(&[("parse", f64::from(i) + 1.0)]);
        }
        let before = cloud.proxy.log().len();
        let mut script = vec![Spoil::Pass; 5];
        script.extend(vec![hang(); 60]);
        cloud.proxy.script(&script);
        let push = cloud.bench("push").start();
        cloud.asked(before + 8);
        if interrupted {
            assert_eq!(push.interrupt().code, None, "a signal ends it at once");
        } else {
            push.kill();
        }
        assert_eq!(cloud.remote.git("for-each-ref refs/notes"), "", "no note before its payload");
        cloud.is_whole(6);
        cloud.next_push_finishes();
        cloud.bench("fsck --payloads").run().ok().says("6 payloads");
    }
}

#[test]
fn a_wait_is_shown_on_a_terminal() {
    let Some(cloud) = Cloud::new() else { return };
    if std::process::Command::new("script").arg("--version").output().is_err() {
        crate::skipped("no program 'script' to make a terminal");
        return;
    }
    cloud.r.record(&[("parse", 1.0)]);
    cloud.proxy.script(&[Spoil::Slow(Duration::from_secs(2))]);
    let mut terminal = cloud.sandbox.command("script");
    terminal.current_dir(cloud.r.path()).args(["--quiet", "--return", "--command", "git-bench push", "/dev/null"]);
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "testkey"),
        ("AWS_SECRET_ACCESS_KEY", "testsecret"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ALLOW_HTTP", "true"),
        ("NO_PROXY", "127.0.0.1,localhost"),
        ("TERM", "xterm"),
    ] {
        terminal.env(name, value);
    }
    let output = terminal.stdin(std::process::Stdio::null()).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("0/1 storing payloads in 'shared'"), "{shown}");
    assert!(shown.contains("pushed the notes"), "{shown}");
}

#[test]
fn who_only_reads_a_bucket_is_well_until_something_waits() {
    let Some(server) = std::env::var("GIT_BENCH_TEST_S3").ok() else { return };
    let Some(mut cloud) = Cloud::new() else { return };
    // A reader's credentials: the store refuses what changes it.
    cloud.proxy = Proxy::with(
        &server,
        Box::new(|request| {
            let (head, body) = ("HTTP/1.1 403 Forbidden", "<Error><Code>AccessDenied</Code></Error>");
            let headers = vec![("content-length".to_owned(), body.len().to_string())];
            (!["GET", "HEAD"].contains(&request.method())).then(|| Message {
                first: head.into(),
                headers,
                body: body.into(),
            })
        }),
        Box::new(|_, _| {}),
    );
    cloud.configure(&cloud.r);
    let note = "note  store shared: write: objects can be read, not written";
    cloud
        .bench("doctor")
        .run()
        .ok()
        .says("ok    store shared: read")
        .says(note)
        .says("git bench access aws --role writer");
    cloud.r.record(&[("parse", 1.0)]);
    cloud.bench("doctor").run().code(DATA).says("bad   store shared: write").tells("1 check found what is not well");
    cloud.bench("push").run().fails(STORAGE, "no right").hints("git bench access aws --role writer");
    cloud.is_whole(1);
}
