//! The stores that the suite speaks to. A folder is always there; the servers where `.ci/servers` has started them.

use std::time::Duration;

use git_bench::payload::{Object, Options, Payloads, StoreSpec, sha256_hex};

use super::gcs;
use super::proxy::Proxy;

/// One kind of store, with a proxy in front of it where it is a server.
pub struct Peer {
    pub scheme: &'static str,
    pub proxy: Option<Proxy>,
    /// It overwrites in silence though it was asked not to.
    pub weak: bool,
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// The well-known account of the emulator; it is in every manual and opens nothing.
const AZURE_KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

fn variable(name: &str) -> Option<String> {
    let value = std::env::var(name).ok().filter(|v| !v.is_empty());
    let must = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(value.is_some() || !must, "{name} is not set: start the servers with .ci/servers start, or run .ci/test");
    value
}

fn set(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let all = pairs.iter().chain(&[("NO_PROXY", "127.0.0.1,localhost")]);
    all.map(|&(n, v)| (n.to_owned(), v.to_owned())).collect()
}

/// A new peer of this scheme; `None` where its server is not running.
pub fn peer(scheme: &'static str) -> Option<Peer> {
    let (proxy, variables) = match scheme {
        "file" => (None, Vec::new()),
        "s3" => {
            let keys = [("AWS_ACCESS_KEY_ID", "testkey"), ("AWS_SECRET_ACCESS_KEY", "testsecret")];
            let other = [("AWS_REGION", "us-east-1"), ("AWS_ALLOW_HTTP", "true")];
            (Some(Proxy::new(&variable("GIT_BENCH_TEST_S3")?)), set(&[keys, other].concat()))
        }
        "gs" => {
            let proxy = gcs::rewrite(&variable("GIT_BENCH_TEST_GS")?, false);
            let account = service_account(gcs::ISSUER)?;
            (Some(proxy), set(&[("GOOGLE_SERVICE_ACCOUNT_KEY", &account), ("GOOGLE_ALLOW_HTTP", "true")]))
        }
        "az" => {
            let proxy = Proxy::new(&variable("GIT_BENCH_TEST_AZ")?);
            (Some(proxy), set(&[("AZURE_STORAGE_ACCOUNT_KEY", AZURE_KEY), ("AZURE_ALLOW_HTTP", "true")]))
        }
        other => panic!("no scheme {other}"),
    };
    Some(Peer { scheme, proxy, weak: false, folder: tempfile::tempdir().unwrap(), variables })
}

/// All that are there; `GIT_BENCH_TEST_SCHEME` narrows them to one.
pub fn peers() -> Vec<Peer> {
    let only = std::env::var("GIT_BENCH_TEST_SCHEME").ok();
    ["file", "s3", "gs", "az"]
        .into_iter()
        .filter(|s| only.as_deref().is_none_or(|o| o == *s))
        .filter_map(peer)
        .collect()
}

/// The peers that are servers.
pub fn servers() -> Vec<Peer> {
    peers().into_iter().filter(|peer| peer.proxy.is_some()).collect()
}

/// A service account of a self-made key.
pub fn service_account(email: &str) -> Option<String> {
    let key = std::fs::read_to_string(variable("GIT_BENCH_TEST_GS_KEY")?).unwrap();
    Some(serde_json::json!({"type": "service_account", "private_key": key, "private_key_id": "1", "client_email": email}).to_string())
}

/// Runs the test with every peer, all at once: most of the time is waiting. The thread's name in a failure is the scheme.
pub fn each(test: impl Fn(&Peer) + Sync) {
    at_once(peers(), test);
}

/// [`each`] with the weak peers, too.
pub fn each_and_weak(test: impl Fn(&Peer) + Sync) {
    at_once(peers().into_iter().chain(weak()).collect(), test);
}

/// [`each`] with the servers only.
pub fn each_server(test: impl Fn(&Peer) + Sync) {
    at_once(servers(), test);
}

pub fn at_once(peers: Vec<Peer>, test: impl Fn(&Peer) + Sync) {
    std::thread::scope(|scope| {
        for peer in peers {
            let (test, name) = (&test, format!("{}{}", if peer.weak { "weak " } else { "" }, peer.scheme));
            std::thread::Builder::new().name(name).spawn_scoped(scope, move || test(&peer)).unwrap();
        }
    });
}

impl Peer {
    /// The store under a prefix of the test's own, so that tests do not meet.
    pub fn spec(&self, bucket: &str, prefix: &str) -> StoreSpec {
        if self.scheme == "file" {
            let folder = self.folder.path().join(bucket).join(prefix);
            if bucket == "bench" {
                std::fs::create_dir_all(&folder).unwrap();
            }
            return StoreSpec::folder("test", &folder);
        }
        // Only there may one write without a signature, as the weak one does.
        let bucket = if self.weak && self.scheme == "s3" && bucket == "bench" { "weak" } else { bucket };
        let endpoint =
            self.proxy.as_ref().map(|p| p.url() + if self.scheme == "az" { "/devstoreaccount1" } else { "" });
        StoreSpec {
            name: "test".into(),
            url: format!("{}://{bucket}/{prefix}", self.scheme),
            account: (self.scheme == "az").then(|| "devstoreaccount1".into()),
            endpoint,
            ..StoreSpec::default()
        }
    }

    /// Patience for tests: half a second for a request, three in all.
    pub fn options(&self) -> Options {
        Options {
            timeout: Duration::from_millis(500),
            retry_for: Duration::from_secs(3),
            variables: self.variables.clone(),
            ..Options::default()
        }
    }

    /// As above, for tests that hold the servers' work and not their silence.
    pub fn calm(&self) -> Options {
        Options { timeout: Duration::from_secs(20), retry_for: Duration::from_secs(40), ..self.options() }
    }

    /// Opened at the bucket that is there, patient.
    pub fn open(&self, prefix: &str) -> Payloads {
        Payloads::open(&self.spec("bench", &self.unique(prefix)), &self.calm()).unwrap()
    }

    /// Opened at the bucket that is there, with little patience.
    pub fn open_impatient(&self, prefix: &str) -> Payloads {
        Payloads::open(&self.spec("bench", &self.unique(prefix)), &self.options()).unwrap()
    }

    /// A prefix that no other run of the suite has: servers may live longer than one.
    pub fn unique(&self, prefix: &str) -> String {
        format!("{}/{prefix}", self.folder.path().file_name().unwrap().to_string_lossy().replace('.', "t"))
    }

    pub fn proxy(&self) -> &Proxy {
        self.proxy.as_ref().unwrap()
    }
}

/// An object with some metadata.
pub fn object(key: &str, bytes: &[u8]) -> Object {
    let meta = [("developer", "Jürgen Müller"), ("branch", "feature/x"), ("run-id", "550e8400")];
    let meta = meta.map(|(n, v)| (n.to_owned(), v.to_owned()));
    Object { key: key.into(), bytes: bytes.to_vec(), meta: meta.into() }
}

pub fn sha(bytes: &[u8]) -> String {
    sha256_hex(bytes)
}

/// Servers that overwrite in silence though they were asked not to: the condition is taken out on the way.
pub fn weak() -> Vec<Peer> {
    let mut weak = Vec::new();
    for mut peer in servers() {
        peer.weak = true;
        peer.proxy = Some(match peer.scheme {
            // The condition is signed too, so the request goes on without a signature, to a bucket that is open to all.
            "s3" => Proxy::with(
                &variable("GIT_BENCH_TEST_S3").unwrap(),
                Box::new(|request| {
                    request
                        .headers
                        .retain(|(n, _)| !["if-none-match", "authorization"].contains(&&*n.to_ascii_lowercase()));
                    None
                }),
                Box::new(|_, _| {}),
            ),
            "gs" => gcs::rewrite(&variable("GIT_BENCH_TEST_GS").unwrap(), true),
            _ => continue,
        });
        weak.push(peer);
    }
    weak
}
