//! `fsck`: is every line readable, is every payload there.

use crate::{DATA, NO_DATA, Sandbox, repo, result};

#[test]
fn a_whole_repository_has_no_fault() {
    let r = repo();
    r.bench("fsck").run().ok().says("0 notes, 0 runs: 0 faults");
    r.measured("one", 1.5);
    r.measured("two", 2.5);
    r.bench("fsck").run().ok().says("4 notes, 2 runs: 0 faults");
    r.bench("fsck --payloads").run().ok().says("2 payloads: 0 faults");
    let report = r.bench("fsck --payloads --format json").run().ok().json();
    assert_eq!((&report["runs"], &report["payloads"], &report["faults"]), (&2.into(), &2.into(), &0.into()));
    r.bench("fsck -n 1").run().ok().says("1 notes, 1 runs");
}

#[test]
fn a_payload_that_is_gone_is_named_with_its_commit() {
    let r = repo();
    let one = r.measured("one", 1.5);
    r.measured("two", 2.5);
    let key = r.run(&one)["payload"]["key"].as_str().unwrap().to_owned();
    std::fs::remove_file(r.path().join(".git/bench/payloads").join(&key)).unwrap();
    r.bench("fsck").run().ok();
    let ran = r.bench("fsck --payloads").run().code(DATA).says(&one[..8]).says(&key).tells("error: 1 faults");
    assert!(!ran.out().contains("two"), "{}", ran.told());
    let report = r.bench("fsck --payloads --format json").run().code(DATA).json();
    assert_eq!(report["rows"][0]["object"], one.as_str());
}

#[test]
fn forget_needs_a_ref_to_forget() {
    let r = repo();
    r.commit("one");
    r.bench("fsck --forget").run().ok();
    r.bench("fsck --forget --payloads").run().code(crate::USAGE);
    r.bench("record -").stdin(result(&[("parse", 1.0)])).run().ok();
    r.bench("fsck --forget").run().ok();
    r.bench("show").run().code(NO_DATA);
}

#[test]
fn a_range_is_checked_alone() {
    let r = repo();
    let one = r.measured("one", 1.0);
    r.measured("two", 2.0);
    r.measured("three", 3.0);
    r.bench("fsck HEAD~2..").run().ok().says("2 notes, 2 runs: 0 faults");
    r.bench("fsck HEAD~1").run().ok().says("2 notes, 2 runs: 0 faults");
    r.bench("fsck HEAD~1 -n 1").run().ok().says("1 notes, 1 runs: 0 faults");
    r.bench("fsck nothing").run().fails(DATA, "unknown revision 'nothing'");
    // What is broken beyond the range is not seen, what is within is.
    r.git_words(&["notes", "--ref=bench", "append", "-m", "{", &one]);
    let key = r.run(&one)["payload"]["key"].as_str().unwrap().to_owned();
    std::fs::remove_file(r.path().join(".git/bench/payloads").join(key)).unwrap();
    r.bench("fsck HEAD~2.. --payloads").run().ok().says("2 payloads: 0 faults");
    r.bench("fsck HEAD~2 --payloads").run().code(DATA).says("1 payloads: 2 faults");
}

#[test]
fn many_notes_are_read_by_several_threads_and_all_of_them() {
    let r = repo();
    r.commit("one");
    let entries: Vec<_> = (1..=400)
        .map(|i| {
            serde_json::json!({"metadata": {"commit_sha": format!("{:040x}", u128::MAX / i)},
                                    "platform": {"machine": "lab"}, "benchmarks": [{"name": "parse", "latency_ms": i}]})
        })
        .collect();
    r.bench("record -").stdin(serde_json::json!(entries).to_string()).run().ok();
    for object in r.noted().iter().step_by(50) {
        r.git_words(&["notes", "--ref=bench", "append", "-m", "broken", object]);
    }
    let report = r.bench("fsck --format json").run().code(DATA).json();
    assert_eq!((&report["notes"], &report["runs"], &report["faults"]), (&400.into(), &400.into(), &8.into()));
    r.bench("fsck --payloads").run().code(DATA).says("400 payloads: 8 faults");
}

#[test]
fn attachments_are_checked_and_mended_with_their_payload() {
    let sandbox = Sandbox::new();
    let r = sandbox.repo("work");
    for name in ["first", "second"] {
        std::fs::create_dir(sandbox.path(name)).unwrap();
    }
    r.git(&format!("config bench.store.first.url file://{}", sandbox.path("first").display()));
    r.commit("one");
    r.git(&format!("remote add origin {}", sandbox.bare("remote").path().display()));
    let log = r.file("log.txt", "a log");
    r.bench("record - --attach").arg(&log).stdin(result(&[("parse", 1.0)])).run().ok();
    r.bench("push").run().ok();
    r.bench("fsck --payloads").run().ok().says("1 payloads, 1 attachments: 0 faults");
    let mut files = std::collections::BTreeMap::new();
    crate::collect(&sandbox.path("first"), "", &mut files);
    let key = files.keys().find(|key| key.starts_with("attachments/")).unwrap();
    let (here, there) = (sandbox.path("first").join(key), sandbox.path("second").join(key));
    std::fs::create_dir_all(there.parent().unwrap()).unwrap();
    std::fs::rename(&here, &there).unwrap();
    r.bench("fsck --payloads").run().code(DATA).says(&format!("attachment '{key}'"));
    r.bench("fsck --repair").run().code(DATA).says("the right bytes are nowhere else");
    // Another store that has it.
    r.git(&format!("config bench.store.second.url file://{}", sandbox.path("second").display()));
    r.bench("fsck --payloads").run().ok();
    r.bench("fsck --repair").run().ok().says(&format!("put '{key}' back into 'first'"));
    assert_eq!(std::fs::read(&here).unwrap(), b"a log");
}

#[test]
fn two_threads_list_what_one_lists_at_any_fanout() {
    let r = repo();
    r.commit("one");
    let mut feed = String::from("commit refs/notes/bench\ncommitter a <a@b> 0 +0000\ndata 0\n");
    for i in 0..600_u32 {
        let id = git_bench::import::hex_digest(&i.to_le_bytes())[..40].to_owned();
        // One note in three layouts, some of them of the same object.
        let id = if i % 50 == 1 { git_bench::import::hex_digest(&(i - 1).to_le_bytes())[..40].to_owned() } else { id };
        let path = match i % 3 {
            0 => id,
            1 => format!("{}/{}", &id[..2], &id[2..]),
            _ => format!("{}/{}/{}", &id[..2], &id[2..4], &id[4..]),
        };
        feed.push_str(&format!("M 100644 inline {path}\ndata 3\nx{}\n\n", i % 10));
    }
    let feed = r.file("feed", &feed);
    let mut import = r.sandbox.command("git");
    import.args(["fast-import", "--quiet"]).current_dir(r.path()).stdin(std::fs::File::open(feed).unwrap());
    assert!(import.status().unwrap().success());
    let repo = git_bench::git::Repo::at(r.path()).unwrap();
    let notes = git_bench::git::Notes::of_ref(&repo, "refs/notes/bench").unwrap();
    let one = notes.list().unwrap();
    assert_eq!(one, notes.list_by_two().unwrap());
    // And an id is told without asking git.
    for (object, blobs) in &one {
        for blob in blobs {
            let content = notes.blob(*blob).unwrap();
            assert_eq!(git_bench::git::Notes::blob_id(*object, &content), Some(*blob));
        }
    }
    assert_eq!((one.len(), one.iter().filter(|(_, blobs)| blobs.len() == 2).count()), (588, 12));
}
