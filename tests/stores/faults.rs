//! Broken networks and broken servers: what is promised, how long it takes, and that the next try succeeds.

use std::time::{Duration, Instant};

use git_bench::payload::{Fault, Put, fault};

use super::peers::{Peer, at_once, each_server as each, object, sha, weak};
use super::proxy::Spoil;

/// What may happen to one request, and go by.
fn passing() -> Vec<Spoil> {
    vec![
        Spoil::Reset,
        Spoil::LoseAnswer,
        Spoil::Truncate,
        Spoil::xml("503 Slow Down", "SlowDown"),
        Spoil::Say("500 Internal Server Error", String::new(), String::new()),
        Spoil::Say("429 Too Many Requests", "retry-after: 1\r\n".into(), String::new()),
        Spoil::Slow(Duration::from_millis(100)),
        Spoil::Hang(Duration::from_millis(1500)),
    ]
}

/// Runs it and says how long it took.
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (work(), start.elapsed())
}

#[test]
fn a_put_outlives_one_fault_at_any_of_its_requests() {
    each(|peer| {
        for (n, spoil) in passing().into_iter().enumerate() {
            // A new store asks thrice (is it there, put, put again: is the condition heeded), a known one once.
            for before in 0..3 {
                let store = peer.open_impatient(&format!("one-fault-{n}-{before}"));
                let mut script = vec![Spoil::Pass; before];
                script.push(spoil.clone());
                peer.proxy().script(&script);
                let (put, time) = timed(|| store.put(&object("k.json", b"content")));
                assert!(put.is_ok(), "{spoil:?} at request {before}: {}", put.unwrap_err().chain());
                assert!(time < Duration::from_secs(4), "{spoil:?}: {time:?}");
                peer.proxy().script(std::slice::from_ref(&spoil));
                let put = store.put(&object("second.json", b"more"));
                assert!(put.is_ok(), "{spoil:?}: {}", put.unwrap_err().chain());
                peer.proxy().script(&[]);
                assert_eq!(store.get("k.json", Some(&sha(b"content")), Some(7)).unwrap(), b"content");
                assert_eq!(store.get("second.json", Some(&sha(b"more")), Some(4)).unwrap(), b"more");
                assert_eq!(fault(&store.put(&object("k.json", b"other!!")).unwrap_err()), Some(Fault::Conflict));
            }
        }
    });
}

#[test]
fn a_get_a_list_and_a_delete_outlive_one_fault() {
    each(|peer| {
        let store = peer.open_impatient("get-fault");
        let bytes = vec![b'x'; 50_000];
        store.put(&object("k.json", &bytes)).unwrap();
        let mut spoils = passing();
        spoils.push(Spoil::WrongBytes);
        for spoil in spoils {
            peer.proxy().script(std::slice::from_ref(&spoil));
            let (got, time) = timed(|| store.get("k.json", Some(&sha(&bytes)), Some(50_000)));
            assert!(got.as_ref().is_ok_and(|g| *g == bytes), "{spoil:?}: {}", got.unwrap_err().chain());
            assert!(time < Duration::from_secs(4), "{spoil:?}: {time:?}");
            if spoil == Spoil::WrongBytes {
                continue;
            }
            peer.proxy().script(std::slice::from_ref(&spoil));
            let listed = store.list("");
            assert!(listed.as_ref().is_ok_and(|l| l.len() == 1), "{spoil:?}: {listed:?}");
            peer.proxy().script(std::slice::from_ref(&spoil));
            let head = store.head("k.json");
            assert!(head.as_ref().is_ok_and(|h| *h == Some(50_000)), "{spoil:?}: {head:?}");
            peer.proxy().script(std::slice::from_ref(&spoil));
            assert!(store.delete_all(&["k.json".into()])[0].is_ok(), "{spoil:?}");
            peer.proxy().script(&[]);
            store.put(&object("k.json", &bytes)).unwrap();
        }
    });
}

#[test]
fn what_lasts_is_given_up_in_the_stated_time_and_the_next_try_succeeds() {
    each(|peer| {
        let limit = Duration::from_millis(3000 + 500 + 700);
        for (spoil, want, at_once) in [
            (Spoil::Reset, Fault::Broken, false),
            (Spoil::LoseAnswer, Fault::Broken, false),
            (Spoil::xml("503 Slow Down", "SlowDown"), Fault::Busy, false),
            (Spoil::Say("429 Too Many Requests", "Retry-After: 3600\r\n".into(), String::new()), Fault::Busy, true),
            (Spoil::Hang(Duration::from_secs(5)), Fault::Timeout, false),
        ] {
            let store = peer.open_impatient("lasting");
            let object = object("k.json", b"content");
            peer.proxy().always(spoil.clone());
            let (put, time) = timed(|| store.put(&object));
            let error = put.unwrap_err();
            assert_eq!(fault(&error), Some(want), "{spoil:?}: {}", error.chain());
            assert!(time < limit && (!at_once || time < Duration::from_secs(1)), "{spoil:?}: {time:?}");
            assert_eq!(error.kind, git_bench::Kind::Storage);
            assert!(!error.hints.is_empty() && error.message.contains("'k.json'"), "{}", error.message);
            let stated = if at_once { "asks to wait 3600 s" } else { "gave up after " };
            assert!(error.message.contains(stated), "{}", error.message);
            peer.proxy().always(Spoil::Pass);
            // Another process, that has not heard what the store asked for.
            let again = peer.open_impatient("lasting");
            assert!(again.put(&object).is_ok());
            assert_eq!(again.get("k.json", None, None).unwrap(), object.bytes);
        }
        let store = peer.open_impatient("lasting");
        for (spoil, want) in [(Spoil::WrongBytes, Fault::WrongBytes), (Spoil::Truncate, Fault::Broken)] {
            peer.proxy().always(spoil);
            let (got, time) = timed(|| store.get("k.json", Some(&sha(b"content")), Some(7)));
            let error = got.unwrap_err();
            assert!(fault(&error) == Some(want) && time < limit, "{time:?} {}", error.chain());
            peer.proxy().always(Spoil::Pass);
            assert_eq!(store.get("k.json", Some(&sha(b"content")), Some(7)).unwrap(), b"content");
        }
    });
}

#[test]
fn a_batch_waits_once_for_a_server_that_hangs() {
    each(|peer| {
        let store = peer.open_impatient("batch");
        // On a slow machine half a second is not always enough.
        assert!((0..5).any(|_| store.put(&object("first", b"1")).is_ok()));
        let objects: Vec<_> = (0..200).map(|n| object(&format!("{n}.json"), b"1")).collect();
        peer.proxy().always(Spoil::Hang(Duration::from_secs(5)));
        let ticks = std::cell::Cell::new(0);
        let (answers, time) = timed(|| store.put_all(&objects, &|_| ticks.set(ticks.get() + 1)));
        assert!(ticks.get() > 10, "a wait is shown");
        assert!(answers.iter().all(|a| a.as_ref().is_err_and(|e| fault(e) == Some(Fault::Timeout))));
        assert!(time < Duration::from_secs(6), "{time:?}");
        peer.proxy().always(Spoil::Pass);
        let answers = peer.open("batch").put_all(&objects, &|_| {});
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    });
}

#[test]
fn many_are_asked_at_once_by_a_store_just_opened() {
    each(|peer| {
        let keys: Vec<_> = (0..32).map(|n| format!("{n}.json")).collect();
        peer.proxy().always(Spoil::Slow(Duration::from_millis(200)));
        let (found, time) = timed(|| peer.open("at-once").head_all(&keys, &|_| {}));
        assert!(found.iter().all(|f| f.as_ref().is_ok_and(Option::is_none)), "{found:?}");
        // One by one it would be 13 s: each asks twice.
        assert!(time < Duration::from_secs(5), "{time:?}");
    });
}

#[test]
fn a_batch_outlives_faults_at_random_places() {
    each(|peer| {
        let store = peer.open("random");
        let objects: Vec<_> = (0..120).map(|n| object(&format!("{n}.json"), n.to_string().as_bytes())).collect();
        let kinds = passing();
        // A fixed, uneven sequence: every fourth request or so meets something.
        let script: Vec<_> = (0..200usize)
            .map(|n| if n * n % 11 == 4 || n % 7 == 5 { kinds[n / 3 % kinds.len()].clone() } else { Spoil::Pass })
            .filter(|s| !matches!(s, Spoil::Hang(_)))
            .collect();
        peer.proxy().script(&script);
        let answers = store.put_all(&objects, &|_| {});
        let failed: Vec<_> = answers.iter().filter_map(|a| a.as_ref().err().map(git_bench::Error::chain)).collect();
        assert_eq!(failed, [""; 0]);
        peer.proxy().script(&[]);
        assert_eq!(store.list("").unwrap().len(), 120);
        assert!(objects.iter().all(|o| store.get(&o.key, Some(&sha(&o.bytes)), None).is_ok()));
    });
}

#[test]
fn nobody_there_is_said_soon() {
    each(|peer| {
        let mut spec = peer.spec("bench", "nobody");
        spec.endpoint = spec.endpoint.map(|e| e.replace(&peer.proxy().port.to_string(), "9"));
        let store = git_bench::payload::Payloads::open(&spec, &peer.calm()).unwrap();
        let (put, time) = timed(|| store.put(&object("k.json", b"1")));
        let error = put.unwrap_err();
        assert_eq!(fault(&error), Some(Fault::Unreachable), "{}", error.chain());
        assert!(error.chain().contains("refused"), "{}", error.chain());
        assert!(time < Duration::from_secs(5), "{time:?}");
    });
}

#[test]
fn a_weak_peer_loses_nothing() {
    at_once(weak(), |peer: &Peer| {
        let spec = peer.spec("bench", &peer.unique("weak"));
        let open = || git_bench::payload::Payloads::open(&spec, &peer.options()).unwrap();
        let store = open();
        let (ours, theirs) = (object("a/k.json", b"ours"), object("a/k.json", b"theirs"));
        // On a slow machine the first try may be given up and the second find what it stored.
        assert!(matches!(store.put(&ours).unwrap(), Put::Created | Put::Same));
        for store in [&store, &open()] {
            assert_eq!(store.put(&ours).unwrap(), Put::Same);
            assert_eq!(fault(&store.put(&theirs).unwrap_err()), Some(Fault::Conflict));
            assert_eq!(store.get("a/k.json", Some(&sha(b"ours")), None).unwrap(), b"ours");
            let answers = store.put_all(&[theirs.clone(), object("a/2.json", b"2"), ours.clone()], &|_| {});
            assert!(answers[0].is_err() && answers[1].is_ok() && answers[2].is_ok());
        }
        for spoil in [Spoil::LoseAnswer, Spoil::Reset, Spoil::xml("503 Slow Down", "SlowDown")] {
            for before in 0..4 {
                let store = open();
                let mut script = vec![Spoil::Pass; before];
                script.push(spoil.clone());
                peer.proxy().script(&script);
                let key = format!("lost/{before}-{}.json", format!("{spoil:?}").len());
                let put = store.put(&object(&key, b"content"));
                peer.proxy().script(&[]);
                assert!(put.is_ok(), "{spoil:?} at {before}: {}", put.unwrap_err().chain());
                assert_eq!(store.get(&key, Some(&sha(b"content")), None).unwrap(), b"content");
                assert_eq!(fault(&store.put(&object(&key, b"other")).unwrap_err()), Some(Fault::Conflict));
            }
        }
    });
}
