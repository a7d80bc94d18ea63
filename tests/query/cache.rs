//! The index is a cache: always what the notes say, never in the way.

use std::fs;

use rusqlite::Connection;

use crate::sandbox::{NOW, Sandbox, exists, result, seed};

fn total(sandbox: &Sandbox) -> u64 {
    sandbox.ok(&["query", "--format", "json"]).json()["total"].as_u64().unwrap()
}

#[test]
fn it_follows_the_notes() {
    let sandbox = Sandbox::new(3);
    sandbox.record(&seed("aws", 1.5), "HEAD");
    assert_eq!(sandbox.same(), 1);
    sandbox.record(&seed("gcp", 1.6), "HEAD");
    sandbox.record(&result("parse", 2.0, NOW), "HEAD~1");
    sandbox.record(&result("parse", 3.0, "2024-01-19T00:00:00.5Z"), "HEAD~2");
    assert_eq!(sandbox.same(), 4);
    // A drop takes away exactly its run.
    let id = sandbox.ok(&["query", "--platform", "gcp", "--format", "json"]).json()["runs"][0]["id"].to_string();
    sandbox.ok(&["drop", id.trim_matches('"'), "--reason", "noise"]);
    assert_eq!(sandbox.same(), 3);
    assert_eq!(sandbox.bench(&["query", "--platform", "gcp"]).code, 3);
    // What another clone recorded comes with a pull.
    sandbox.git(".", &["clone", "-q", "repo", "other"]);
    sandbox.git("other", &["fetch", "-q", "origin", "refs/notes/bench:refs/notes/bench"]);
    sandbox.record_at("other", &result("parse", 4.0, NOW), "HEAD~1");
    sandbox.git("repo", &["remote", "add", "origin", "../other"]);
    let pulled = sandbox.ok(&["pull"]);
    assert_eq!(sandbox.same(), 4, "{}", pulled.err);
    // Another branch of notes: all differs. Lines that are lost are lost here too.
    sandbox.git("repo", &["update-ref", "refs/notes/bench", "refs/notes/bench~2"]);
    sandbox.same();
    sandbox.git("repo", &["update-ref", "-d", "refs/notes/bench"]);
    assert_eq!(sandbox.same(), 0);
    sandbox.git("repo", &["fetch", "-q", "../other", "refs/notes/bench:refs/notes/bench"]);
    assert!(sandbox.same() > 0);
    fs::remove_file(sandbox.index()).unwrap();
    assert!(sandbox.same() > 0);
}

#[test]
fn a_notes_commit_that_is_gone_is_no_matter() {
    let sandbox = Sandbox::new(2);
    sandbox.record(&seed("aws", 1.5), "HEAD");
    assert_eq!(sandbox.same(), 1);
    let db = Connection::open(sandbox.index()).unwrap();
    db.execute("UPDATE meta SET value = '0123456789012345678901234567890123456789' WHERE key = 'tip'", []).unwrap();
    drop(db);
    assert_eq!((sandbox.same(), total(&sandbox)), (1, 1));
}

#[test]
fn plain_git_writes_notes_too() {
    let sandbox = Sandbox::new(3);
    sandbox.record(&seed("aws", 1.5), "HEAD");
    // A flat layout beside ours, a foreign line, a blank one, a newer version.
    let text = "not ours\n\n{\"v\":9,\"kind\":\"run\"}\n";
    sandbox.git("repo", &["notes", "--ref=bench", "append", "-m", text, "HEAD~1"]);
    assert_eq!(sandbox.same(), 1);
    let said = sandbox.ok(&["query"]);
    assert!(said.err.contains("2 lines of the notes cannot be read"), "{}", said.err);
    // A copied note is one run, not two; alone it counts.
    sandbox.git("repo", &["notes", "--ref=bench", "copy", "-f", "HEAD", "HEAD~1"]);
    assert_eq!(total(&sandbox), 1);
    let stats = sandbox.ok(&["stats", "--metric", "latency", "--format", "json"]).json();
    assert_eq!(stats["groups"][0]["n"], 1);
    sandbox.git("repo", &["notes", "--ref=bench", "remove", "HEAD"]);
    assert_eq!(total(&sandbox), 1);
}

#[test]
fn damage_is_mended() {
    let sandbox = Sandbox::new(3);
    for i in 0..60 {
        sandbox.record(&result(&format!("bench {i}"), f64::from(i), NOW), ["HEAD", "HEAD~1", "HEAD~2"][i as usize % 3]);
    }
    assert_eq!(sandbox.same(), 60);
    let good = fs::read(sandbox.index()).unwrap();
    let garbage = |from: usize, to: usize| {
        let mut bytes = good.clone();
        for (i, b) in bytes[from..to].iter_mut().enumerate() {
            *b = (i * 151 + 7) as u8;
        }
        bytes
    };
    let page = 4096;
    let mut damages = vec![
        b"no database at all".to_vec(),
        Vec::new(),
        good[..good.len() / 2 / page * page].to_vec(),
        good[..good.len() - 100].to_vec(),
        garbage(0, good.len()),
        garbage(0, 100),
    ];
    // Each page in turn.
    damages.extend((0..good.len() / page).map(|i| garbage(i * page, (i + 1) * page)));
    for (i, damage) in damages.iter().enumerate() {
        fs::write(sandbox.index(), damage).unwrap();
        let said = sandbox.ok(&["stats", "--by", "benchmark", "--format", "json"]);
        assert_eq!(said.json()["groups"].as_array().unwrap().len(), 60, "damage {i}: {}", said.err);
        assert_eq!(total(&sandbox), 60, "damage {i}");
    }
    // Another program's database in its place.
    fs::remove_file(sandbox.index()).unwrap();
    Connection::open(sandbox.index()).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let said = sandbox.ok(&["query", "--format", "json"]);
    assert!(said.err.contains("damaged"), "{}", said.err);
    assert_eq!((said.json()["total"].as_u64(), sandbox.same()), (Some(60), 60));
}

#[test]
fn held_newer_or_denied_a_temporary_one_answers() {
    let sandbox = Sandbox::new(2);
    sandbox.record(&seed("aws", 1.5), "HEAD");
    assert_eq!(total(&sandbox), 1);
    let db = Connection::open(sandbox.index()).unwrap();
    db.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let said = sandbox.ok(&["query", "--format", "json"]);
    assert!(said.err.contains("another program holds the index"), "{}", said.err);
    assert_eq!(said.json()["total"], 1);
    db.execute_batch("ROLLBACK; PRAGMA user_version = 99").unwrap();
    drop(db);
    let before = fs::read(sandbox.index()).unwrap();
    sandbox.record(&seed("gcp", 1.5), "HEAD");
    let said = sandbox.ok(&["query", "--format", "json"]);
    assert!(said.err.contains("of a newer git-bench (tables of version 99)"), "{}", said.err);
    assert_eq!(said.json()["total"], 2);
    assert_eq!(fs::read(sandbox.index()).unwrap(), before);
    // Nothing can be written: neither the lock nor the file can be made.
    fs::remove_file(sandbox.index()).unwrap();
    fs::create_dir(sandbox.index()).unwrap();
    assert_eq!(total(&sandbox), 2);
    fs::remove_dir(sandbox.index()).unwrap();
    let lock = sandbox.path("repo/.git/bench/index.lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    let said = sandbox.ok(&["query", "--format", "json"]);
    assert!(said.err.contains("cannot be written"), "{}", said.err);
    assert_eq!(said.json()["total"], 2);
    fs::remove_dir(&lock).unwrap();
    // An old journal beside a missing file is no harm.
    fs::write(sandbox.path("repo/.git/bench/index.sqlite-journal"), "x").unwrap();
    assert_eq!((total(&sandbox), sandbox.same()), (2, 2));
}

#[test]
fn an_old_version_is_made_anew() {
    let sandbox = Sandbox::new(1);
    sandbox.record(&seed("aws", 1.5), "HEAD");
    assert_eq!(total(&sandbox), 1);
    Connection::open(sandbox.index())
        .unwrap()
        .execute_batch("PRAGMA user_version = 0; DROP TABLE measurement")
        .unwrap();
    let said = sandbox.ok(&["query", "--format", "json"]);
    assert_eq!((said.json()["total"].as_u64(), said.err.as_str()), (Some(1), ""));
}

#[test]
fn many_processes_at_once() {
    let sandbox = Sandbox::new(3);
    for i in 0..4 {
        sandbox.record(&result("parse", f64::from(i), NOW), "HEAD");
        if i == 2 {
            let _ = fs::remove_file(sandbox.index());
        }
        let children: Vec<_> = (0..6).map(|_| sandbox.start(&["query", "--format", "json"])).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(json["total"], i + 1);
            assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        }
    }
    assert_eq!(sandbox.same(), 4);
}

#[test]
fn an_empty_repository_says_so_and_leaves_nothing() {
    let sandbox = Sandbox::new(0);
    let said = sandbox.bench(&["query", "--format", "json"]);
    assert_eq!((said.code, said.json()["runs"].as_array().unwrap().len()), (3, 0));
    assert!(said.err.contains("nothing is recorded here yet"), "{}", said.err);
    assert_eq!(sandbox.bench(&["stats"]).code, 3);
    let said = sandbox.bench(&["compare", "--platform-a", "aws", "--platform-b", "gcp"]);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(!exists(&sandbox.index()));
    assert_eq!(
        sandbox.ok(&["query", "--sql", "select count(*) from runs", "--format", "csv"]).out,
        "count(*)\r\n0\r\n"
    );
}

#[test]
fn names_follow_the_configuration() {
    let sandbox = Sandbox::new(1);
    sandbox.record(&seed("aws", 1.5), "HEAD");
    let machine = |s: &Sandbox| s.ok(&["query", "--sql", "select machine from runs", "--format", "csv"]).out;
    assert_eq!(machine(&sandbox), "machine\r\n\"aws p4d.24xlarge, 8 x NVIDIA A100\"\r\n");
    let label = "[[label]]\nname = \"Big\"\nwhen = { cloud = \"aws\" }\n";
    fs::write(sandbox.path("repo/bench.toml"), label).unwrap();
    assert_eq!(machine(&sandbox), "machine\r\nBig\r\n");
    assert_eq!(sandbox.ok(&["query", "--platform", "Big", "--format", "json"]).json()["total"], 1);
    fs::remove_file(sandbox.path("repo/bench.toml")).unwrap();
    assert_eq!(machine(&sandbox), "machine\r\n\"aws p4d.24xlarge, 8 x NVIDIA A100\"\r\n");
}
