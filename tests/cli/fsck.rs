//! `fsck`: is every line readable, is every payload there.

use crate::{DATA, NO_DATA, repo, result};

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
