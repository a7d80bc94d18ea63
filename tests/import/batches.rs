//! Many runs in one notes commit.

use git_bench::git::{Identity, Repo};
use git_bench::record::RunRecord;
use git_bench::store::{Added, Options, Store};

use crate::sandbox::Sandbox;

fn made_up(numbers: std::ops::Range<usize>, commit: impl Fn(usize) -> String) -> Vec<RunRecord> {
    let line = |i: usize| {
        let head = format!(r#"{{"id":"{i}","time":"2024-01-15T10:30:00Z","commit":"{}""#, commit(i));
        format!(r#"{head},"suite":"default","channel":"daily","env":{{}},"input":"{i}","m":[]}}"#)
    };
    numbers.map(|i| serde_json::from_str(&line(i)).unwrap()).collect()
}

fn store_of(repo: &Repo) -> Store<'_> {
    let identity = Identity { name: "Ada".into(), email: "a@b".into(), time: 0 };
    Store::new(repo, Options { notes_ref: "refs/notes/bench".into(), identity })
}

/// Large batches become packs of our own, small ones loose objects, in one process and in any order.
#[test]
fn batches_of_every_size_are_kept() {
    keep_batches("sha1");
    keep_batches("sha256");
}

fn keep_batches(format: &str) {
    let sandbox = Sandbox::empty(&["--object-format", format]);
    let repo = Repo::at(&sandbox.repo).unwrap();
    let length = repo.hex_len();
    let store = store_of(&repo);
    // Spread over all folders of notes.
    let commit =
        |i: usize| format!("{:0length$x}", (i as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
    let runs = made_up(0..1300, |i| commit(i).chars().rev().collect());
    assert!(store.foresee(&runs).unwrap().iter().all(|fate| *fate == Added::New));
    for part in [0..100, 100..400, 400..401, 401..1299, 1299..1300] {
        store.add_history(&runs[part]).unwrap();
    }
    assert!(store.foresee(&runs).unwrap().iter().all(|fate| *fate == Added::Known));
    assert_eq!(sandbox.runs().len(), 1300);
    assert_eq!(sandbox.git(&["notes", "--ref=bench", "list"]).lines().count(), 1300);
    sandbox.git(&["fsck", "--strict", "--full"]);
    let mut packs = 0;
    for entry in std::fs::read_dir(repo.common_dir().join("objects/pack")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "idx") {
            sandbox.git(&["verify-pack", path.to_str().unwrap()]);
            packs += 1;
        }
    }
    assert_eq!(packs, 2);
    // A plain `git gc` and a clone take it from there.
    sandbox.git(&["gc", "--quiet"]);
    assert_eq!(sandbox.runs().len(), 1300);
}

/// A crowded flat tree that is split while one of its folders changes.
#[test]
fn a_flat_tree_with_a_folder_is_split() {
    let sandbox = Sandbox::new(0);
    let repo = Repo::at(&sandbox.repo).unwrap();
    let commit = |i: usize| format!("{i:040x}").chars().rev().collect::<String>();
    let mut stream = String::from("commit refs/notes/bench\ncommitter A <a@b> 0 +0000\ndata 0\n");
    let runs = made_up(0..700, commit);
    for run in &runs[..260] {
        let line = String::from_utf8(run.to_line()).unwrap();
        let name = &run.commit;
        let folder = format!("{}/{}", &name[..2], &name[2..]);
        let path = if run.id == "17" { &folder } else { name };
        stream += &format!("M 100644 inline {path}\ndata {}\n{line}\n\n", line.len() + 1);
    }
    sandbox.git_with(&["fast-import", "--quiet"], &format!("{stream}\ndone\n"));
    store_of(&repo).add_history(&runs).unwrap();
    assert_eq!(sandbox.runs().len(), 700);
    sandbox.git(&["fsck", "--strict"]);
}
