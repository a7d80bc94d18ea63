//! The same promises over every kind of store.

use git_bench::Kind;
use git_bench::payload::{Check, Fault, Payloads, Put, Wanted, fault, is_missing};

use super::peers::{each, each_and_weak, object, sha};

#[test]
fn put_once_then_the_same_then_other_content() {
    each_and_weak(|peer| {
        let store = peer.open("once");
        let key = "daily/2024-01-15/aws-nvidia-default-abc123de-20240115T1030-1a2b3c4d.json";
        let (ours, theirs) = (object(key, b"{\"ours\": 1}\n"), object(key, b"{\"theirs\": 22}\n"));
        for store in [&store, &peer.open("once")] {
            // The first store learns the server's habit by the first put, the second by a key that is taken.
            let first = store.put(&ours).unwrap();
            assert!(first == Put::Created || store.put(&ours).unwrap() == Put::Same);
            assert_eq!(store.put(&ours).unwrap(), Put::Same);
            let error = store.put(&theirs).unwrap_err();
            assert_eq!((error.kind, fault(&error)), (Kind::Data, Some(Fault::Conflict)), "{}", error.chain());
            assert!(
                error.message.contains(key) && error.message.contains("nothing was overwritten"),
                "{}",
                error.message
            );
            assert_eq!(store.get(key, Some(&sha(&ours.bytes)), None).unwrap(), ours.bytes);
        }
        // Same length, other bytes.
        let mut same_length = ours.clone();
        same_length.bytes[3] ^= 1;
        assert_eq!(fault(&store.put(&same_length).unwrap_err()), Some(Fault::Conflict));
    });
}

#[test]
fn of_sixteen_writers_one_wins_and_all_others_know() {
    each(|peer| {
        let (spec, options) = (peer.spec("bench", &peer.unique("race")), peer.calm());
        let answers: Vec<_> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..16)
                .map(|n| {
                    let (spec, options) = (&spec, &options);
                    scope.spawn(move || {
                        let store = Payloads::open(spec, options).unwrap();
                        store.put(&object("k.json", format!("writer {n}").as_bytes())).map_err(|e| fault(&e))
                    })
                })
                .collect();
            writers.into_iter().map(|w| w.join().unwrap()).collect()
        });
        let winners: Vec<usize> = (0..16).filter(|&n| answers[n].is_ok()).collect();
        assert_eq!(winners.len(), 1, "{answers:?}");
        assert!(answers.iter().all(|a| matches!(a, Ok(_) | Err(Some(Fault::Conflict)))), "{answers:?}");
        let store = Payloads::open(&spec, &options).unwrap();
        assert_eq!(store.get("k.json", None, None).unwrap(), format!("writer {}", winners[0]).into_bytes());
    });
}

#[test]
fn what_is_read_is_verified() {
    each_and_weak(|peer| {
        let store = peer.open("verify");
        let bytes = vec![7u8; 300_000];
        store.put(&object("a/b.bin", &bytes)).unwrap();
        assert_eq!(store.get("a/b.bin", Some(&sha(&bytes)), Some(300_000)).unwrap(), bytes);
        assert_eq!(store.get("a/b.bin", None, None).unwrap(), bytes);
        for (sha256, size) in [(Some(sha(b"other")), None), (None, Some(299_999)), (None, Some(300_001))] {
            let error = store.get("a/b.bin", sha256.as_deref(), size).unwrap_err();
            assert_eq!((error.kind, fault(&error)), (Kind::Data, Some(Fault::WrongBytes)), "{}", error.chain());
            assert!(error.message.contains("'a/b.bin'") && !error.hints.is_empty());
        }
        assert_eq!(store.head("a/b.bin").unwrap(), Some(300_000));
        let empty = object("empty", b"");
        assert_eq!(store.put(&empty).unwrap(), Put::Created);
        assert_eq!(store.put(&empty).unwrap(), Put::Same);
        assert_eq!(store.get("empty", Some(&sha(b"")), Some(0)).unwrap(), b"");
    });
}

#[test]
fn many_at_once_and_pages_of_a_list() {
    each(|peer| {
        let store = peer.open("list");
        let objects: Vec<_> =
            (0..2500).map(|n| object(&format!("daily/d{}/{n:04}.json", n % 7), n.to_string().as_bytes())).collect();
        let told = std::cell::RefCell::new(Vec::new());
        let answers = store.put_all(&objects, &|done| told.borrow_mut().push(done));
        assert!(answers.iter().all(|a| matches!(a, Ok(Put::Created))));
        // A wait is told by the same number again.
        let mut told = told.into_inner();
        told.dedup();
        assert!(told.iter().copied().filter(|&n| n > 0).eq(1..=2500), "{told:?}");
        store.put(&object("dailyx/1.json", b"1")).unwrap();

        let listed = store.list("daily/").unwrap();
        let mut keys: Vec<_> = objects.iter().map(|o| o.key.clone()).collect();
        keys.sort();
        assert_eq!(listed.iter().map(|l| l.key.clone()).collect::<Vec<_>>(), keys);
        assert!(listed.iter().all(|l| l.size > 0 && l.modified > 1_700_000_000));
        assert_eq!(store.list("daily/d3/00").unwrap().len(), 14);
        assert_eq!(store.list("").unwrap().len(), 2501);
        assert_eq!(store.list("weekly/").unwrap(), []);

        let wanted = |o: &git_bench::payload::Object| Wanted {
            key: o.key.clone(),
            sha256: Some(sha(&o.bytes)),
            size: Some(o.bytes.len() as u64),
        };
        let mut wanted: Vec<_> = objects.iter().take(200).map(wanted).collect();
        wanted[77].key = "daily/none.json".into();
        let got = store.get_all(&wanted, &|_| {});
        assert!(got.iter().enumerate().all(|(i, g)| if i == 77 {
            g.as_ref().is_err_and(is_missing)
        } else {
            *g.as_ref().unwrap() == objects[i].bytes
        }));

        keys.truncate(300);
        keys.push("not/there.json".into());
        let failed: Vec<_> = store.delete_all(&keys).into_iter().filter_map(Result::err).map(|e| e.chain()).collect();
        assert_eq!(failed, [""; 0]);
        assert_eq!(store.list("daily/").unwrap().len(), 2200);
    });
}

#[test]
fn a_missing_object_and_a_missing_bucket_are_told_apart() {
    each(|peer| {
        let store = peer.open("missing");
        let error = store.get("daily/none.json", None, None).unwrap_err();
        assert_eq!((error.kind, fault(&error)), (Kind::Storage, Some(Fault::Missing)), "{}", error.chain());
        assert!(error.message.contains("'daily/none.json'") && error.message.contains("'test'"), "{}", error.message);
        assert_eq!(store.head("daily/none.json").unwrap(), None);

        let store = Payloads::open(&peer.spec("not-there", ""), &peer.options()).unwrap();
        let put = store.put(&object("k.json", b"1")).unwrap_err();
        let get = store.get("k.json", None, None).unwrap_err();
        let list = store.list("").unwrap_err();
        for error in [put, get, list] {
            assert_eq!(fault(&error), Some(Fault::MissingBucket), "{}", error.chain());
            assert!(is_missing(&error) && !error.hints.is_empty());
        }
        // The rest of a batch is not tried.
        let objects: Vec<_> = (0..40).map(|n| object(&n.to_string(), b"1")).collect();
        assert!(store.put_all(&objects, &|_| {}).iter().all(|a| a.as_ref().is_err_and(is_missing)));
        let reach = &store.probe()[0];
        assert_eq!((reach.what, reach.result.as_ref().is_err_and(is_missing)), (Check::Reach, true));
    });
}

#[test]
fn fixed_copies_are_overwritten() {
    each_and_weak(|peer| {
        let store = peer.open("fixed");
        for text in ["first", "second, longer", "3"] {
            store.overwrite(&object("pr/pr-7/validation.json", text.as_bytes())).unwrap();
            assert_eq!(store.get("pr/pr-7/validation.json", None, None).unwrap(), text.as_bytes());
        }
    });
}

#[test]
fn metadata_travels_in_plain_ascii() {
    each(|peer| {
        peer.open("meta").put(&object("k.json", b"1")).unwrap();
        let Some(proxy) = &peer.proxy else { return };
        let log = proxy.log();
        let put = log.iter().find(|l| l.starts_with("PUT ") && l.contains("-meta-")).unwrap();
        assert!(put.contains("meta-developer=J%C3%BCrgen M%C3%BCller"), "{put}");
        assert!(put.contains("meta-run_id=550e8400") && put.contains("meta-branch=feature/x"), "{put}");
    });
}

#[test]
fn the_prefix_of_the_url_is_the_root_of_all_keys() {
    each_and_weak(|peer| {
        let prefix = peer.unique("team/a");
        let store = Payloads::open(&peer.spec("bench", &prefix), &peer.calm()).unwrap();
        store.put(&object("daily/k.json", b"1")).unwrap();
        let above = prefix.rsplit_once("/team/a").unwrap().0.to_owned();
        let above = Payloads::open(&peer.spec("bench", &above), &peer.calm()).unwrap();
        assert_eq!(above.get("team/a/daily/k.json", None, None).unwrap(), b"1");
        assert_eq!(store.list("").unwrap().iter().map(|l| &*l.key).collect::<Vec<_>>(), ["daily/k.json"]);
        for key in ["../../up.json", "/up.json", "daily/../../up.json", "s3://other/up.json", ""] {
            let error = store.put(&object(key, b"1")).unwrap_err();
            assert!(error.kind == Kind::Data && error.message.starts_with("the key '"), "{}", error.message);
            assert!(store.get(key, None, None).is_err() && store.head(key).is_err());
            assert!(store.delete_all(&[key.to_owned()])[0].is_err());
        }
    });
}

#[test]
fn names_that_are_not_plain_keep_their_letters() {
    each_and_weak(|peer| {
        let store = peer.open("names");
        for key in ["ü/b c.json", "a+b/100%.json", "x=1&y=2.json", "a%20b.json", "tilde~'quote'.json", "hash#1.json"] {
            store.put(&object(key, key.as_bytes())).unwrap();
            assert_eq!(store.put(&object(key, key.as_bytes())).unwrap(), Put::Same, "{key}");
            assert_eq!(store.get(key, None, None).unwrap(), key.as_bytes());
        }
        assert_eq!(store.list("").unwrap().len(), 6, "{:?}", store.list(""));
        assert_eq!(store.list("ü/").unwrap()[0].key, "ü/b c.json");
    });
}

#[test]
fn a_probe_leaves_nothing() {
    each(|peer| {
        let store = peer.open("probe");
        let probes = store.probe();
        assert_eq!(probes.iter().map(|p| p.what).collect::<Vec<_>>(), [Check::Reach, Check::Read, Check::Write]);
        assert!(probes.iter().all(|p| p.result.is_ok()), "{probes:?}");
        assert_eq!(store.list("").unwrap(), []);
    });
}
