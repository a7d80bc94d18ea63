//! Rights and credentials: each cause in its own words with its own next command, and never a secret.

use std::time::{Duration, Instant};

use git_bench::payload::{Check, Fault, Options, Payloads, fault, is_denied, is_missing};
use git_bench::{Error, Kind};

use super::peers::{Peer, each_server, object, peers, service_account};
use super::proxy::Spoil;

/// Everything that a user or a log may see of an error.
fn all_of(error: &Error) -> String {
    format!("{} | {error} | {error:?} | {:?}", error.chain(), error.hints)
}

/// Nothing of what the tests' stores hold secret stands there.
fn assert_clean(error: &Error) {
    let text = all_of(error);
    for secret in
        ["testsecret", "SIGNED-SECRET", "hunter2hunter2", "PRIVATE KEY", "Eby8vdM02x", "c2VjcmV0", "eyJ", "Signature="]
    {
        assert!(!text.contains(secret), "'{secret}' in {text}");
    }
    assert!(!text.contains('\u{1b}'));
}

/// The variables with one of them changed.
fn with(options: &Options, name: &str, value: &str) -> Options {
    let mut options = options.clone();
    options.variables.retain(|(n, _)| n != name);
    options.variables.push((name.into(), value.into()));
    options
}

fn wrong(peer: &Peer) -> Options {
    let options = peer.calm();
    match peer.scheme {
        "s3" => with(&options, "AWS_SECRET_ACCESS_KEY", "hunter2hunter2"),
        "gs" => with(&options, "GOOGLE_SERVICE_ACCOUNT_KEY", &service_account("someone@else.invalid").unwrap()),
        _ => with(&options, "AZURE_STORAGE_ACCOUNT_KEY", "c2VjcmV0c2VjcmV0c2VjcmV0"),
    }
}

#[test]
fn wrong_credentials_are_said_at_once() {
    each_server(|peer| {
        let store = Payloads::open(&peer.spec("bench", "wrong"), &wrong(peer)).unwrap();
        let start = Instant::now();
        let mut errors = vec![
            store.put(&object("k.json", b"1")).unwrap_err(),
            store.get("k.json", None, None).unwrap_err(),
            store.list("").unwrap_err(),
            store.overwrite(&object("k.json", b"1")).unwrap_err(),
        ];
        errors.extend(store.delete_all(&["k.json".into()]).into_iter().filter_map(Result::err));
        let objects: Vec<_> = (0..100).map(|n| object(&n.to_string(), b"1")).collect();
        errors.extend(store.put_all(&objects, &|_| {}).into_iter().filter_map(Result::err));
        assert!(errors.len() >= 104, "{}", errors.len());
        assert!(start.elapsed() < Duration::from_secs(15));
        for error in &errors {
            assert!(is_denied(error) && !is_missing(error), "{}: {}", peer.scheme, all_of(error));
            assert!(error.kind == Kind::Storage && !error.hints.is_empty());
            assert_clean(error);
        }
        let probes = store.probe();
        assert!(probes[0].result.is_err(), "{}: {probes:?}", peer.scheme);
        let reach = store.probe().remove(0).result.unwrap_err();
        assert_eq!((fault(&reach), reach.kind), (Some(Fault::BadCredentials), Kind::Storage), "{}", all_of(&reach));
        assert_clean(&reach);
    });
}

#[test]
fn refusals_are_told_apart() {
    each_server(|peer| {
        let store = Payloads::open(&peer.spec("bench", "refused"), &peer.options()).unwrap();
        for (status, code, want, words) in [
            ("400 Bad Request", "ExpiredToken", Fault::Expired, "have expired"),
            ("403 Forbidden", "RequestTimeTooSkewed", Fault::Skew, "the clock of this machine"),
            ("403 Forbidden", "AccessDenied", Fault::Denied, "have no right to it"),
            ("403 Forbidden", "InvalidAccessKeyId", Fault::BadCredentials, "does not know these credentials"),
            ("401 Unauthorized", "", Fault::BadCredentials, "does not know these credentials"),
            ("301 Moved Permanently", "PermanentRedirect", Fault::Region, "in another region"),
            ("404 Not Found", "NoSuchBucket", Fault::MissingBucket, "the bucket is not there"),
            ("507 Insufficient Storage", "", Fault::Full, "is full"),
        ] {
            peer.proxy().always(Spoil::xml(status, code));
            for error in [store.put(&object("k.json", b"1")).unwrap_err(), store.get("k.json", None, None).unwrap_err()]
            {
                assert_eq!(fault(&error), Some(want), "{} {status} {code}: {}", peer.scheme, all_of(&error));
                assert!(error.message.contains(words), "{}", error.message);
                assert!(want == Fault::Full || !error.hints.is_empty(), "{}", all_of(&error));
                assert_clean(&error);
            }
        }
    });
}

#[test]
fn a_store_that_only_reads_or_only_writes_is_probed_right() {
    each_server(|peer| {
        let store = peer.open("half");
        // The order of a probe: put, get, delete.
        peer.proxy().script(&[Spoil::xml("403 Forbidden", "AccessDenied")]);
        let probes = store.probe();
        let ok: Vec<_> = probes.iter().map(|p| (p.what, p.result.is_ok())).collect();
        assert_eq!(ok, [(Check::Reach, true), (Check::Read, true), (Check::Write, false)]);
        assert!(is_denied(probes[2].result.as_ref().unwrap_err()));
        peer.proxy().script(&[Spoil::Pass, Spoil::xml("403 Forbidden", "AccessDenied"), Spoil::Pass]);
        let ok: Vec<_> = store.probe().iter().map(|p| p.result.is_ok()).collect();
        assert_eq!(ok, [true, false, true]);
        peer.proxy().script(&[Spoil::Pass, Spoil::Pass, Spoil::xml("403 Forbidden", "AccessDenied")]);
        let probes = store.probe();
        assert!(probes[2].result.as_ref().is_ok_and(|w| w.contains("prune")), "{probes:?}");
    });
}

#[test]
fn no_credentials_at_all_do_not_hang() {
    each_server(|peer| {
        let mut options = peer.calm();
        let names =
            ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "GOOGLE_SERVICE_ACCOUNT_KEY", "AZURE_STORAGE_ACCOUNT_KEY"];
        options.variables.retain(|(n, _)| !names.contains(&n.as_str()));
        // A metadata server that takes the connection and says nothing, as a firewall does.
        let silent = super::proxy::Proxy::new("http://127.0.0.1:9");
        silent.always(Spoil::Hang(Duration::from_secs(20)));
        options = match peer.scheme {
            "s3" => with(&options, "AWS_METADATA_ENDPOINT", &silent.url()),
            "az" => with(&options, "AZURE_MSI_ENDPOINT", &format!("{}/metadata/identity/oauth2/token", silent.url())),
            // Read from the environment by the client; .ci/servers points it at nobody.
            _ if std::env::var("GCE_METADATA_HOST").is_ok() => options,
            _ => return,
        };
        let store = match Payloads::open(&peer.spec("bench", "none"), &options) {
            Ok(store) => store,
            Err(error) => panic!("{}", all_of(&error)),
        };
        let start = Instant::now();
        let objects: Vec<_> = (0..50).map(|n| object(&n.to_string(), b"1")).collect();
        for error in store.put_all(&objects, &|_| {}).into_iter().map(Result::unwrap_err) {
            assert_eq!(fault(&error), Some(Fault::NoCredentials), "{}: {}", peer.scheme, all_of(&error));
            let hint = match peer.scheme {
                "s3" => "aws configure export-credentials --format env",
                "gs" => "GOOGLE_BEARER_TOKEN=$(gcloud auth print-access-token)",
                _ => "AZURE_USE_AZURE_CLI=true",
            };
            assert!(error.hints.iter().any(|h| h.contains(hint)), "{}", all_of(&error));
        }
        assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    });
}

#[test]
fn what_cannot_be_right_is_refused_before_any_request() {
    let spec = |url: &str, endpoint: Option<&str>| git_bench::payload::StoreSpec {
        name: "aws".into(),
        url: url.into(),
        endpoint: endpoint.map(str::to_owned),
        ..Default::default()
    };
    let none = Options::default();
    for (spec, options, hint) in [
        (spec("s3://b", Some("http://127.0.0.1:1")), none.clone(), "export AWS_ALLOW_HTTP=true"),
        (spec("gs://b", Some("http://127.0.0.1:1")), none.clone(), "export GOOGLE_ALLOW_HTTP=true"),
        (spec("s3://b", None), with(&none, "AWS_ENDPOINT", "http://minio:9000"), "export AWS_ALLOW_HTTP=true"),
        (spec("s3://b", Some("minio:9000")), none.clone(), "https://HOST"),
        (spec("s3://b", Some("https://a:hunter2hunter2@h")), none.clone(), "https://HOST"),
        (spec("s3://b", None), with(&none, "AWS_TIMEOUT", "3"), "export AWS_TIMEOUT=3s"),
        (spec("az://b", None), none.clone(), "git config bench.store.aws.account ACCOUNT"),
        (spec("gs://b", None), with(&none, "GOOGLE_SERVICE_ACCOUNT_KEY", "hunter2hunter2"), "GOOGLE_BEARER_TOKEN"),
        (spec("gs://b", None), with(&none, "GOOGLE_SERVICE_ACCOUNT", "/not/there.json"), "GOOGLE_SERVICE_ACCOUNT"),
        (spec("ftp://b", None), none.clone(), "s3://BUCKET"),
        (spec("s3://key:hunter2hunter2@b", None), none, "environment"),
    ] {
        let error = Payloads::open(&spec, &options).err().unwrap_or_else(|| panic!("{spec:?} was opened"));
        assert_eq!(error.kind, Kind::Usage, "{}", all_of(&error));
        assert!(error.hints.iter().any(|h| h.contains(hint)), "{}", all_of(&error));
        assert_clean(&error);
        assert!(!format!("{options:?}").contains("hunter2"));
    }
}

#[test]
fn other_variables_do_not_reach_the_client() {
    let Some(peer) = peers().into_iter().find(|p| p.scheme == "s3") else { return };
    let mut options = peer.calm();
    let spec = peer.spec("bench", &peer.unique("variables"));
    // Unprefixed names that the client would take for its own, and settings of ours that the variables must not change.
    for (name, value) in [
        ("TOKEN", "x"),
        ("REGION", "nowhere"),
        ("BUCKET", "not-there"),
        ("ENDPOINT", "http://127.0.0.1:9"),
        ("AWS_BUCKET", "not-there"),
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9"),
        ("AWS_PROFILE", "team"),
        ("AWS_PAGER", ""),
    ] {
        options = with(&options, name, value);
    }
    Payloads::open(&spec, &options).unwrap().put(&object("k.json", b"1")).unwrap();
}
