//! The notes ref beside plain git: `git notes` reads what we write, and what it writes is read, kept and put back.

use serde_json::json;

use crate::{DATA, Repo, repo, result};

const NEWER: &str = r#"{"v":2,"kind":"run","id":"x","shape":[1,2]}"#;
const OTHER_KIND: &str = r#"{"v":1,"kind":"weather","sun":true}"#;
const BROKEN: &str = r#"{"v":1,"kind":"run","id":"#;

/// The bytes of a note.
fn raw(r: &Repo, object: &str) -> String {
    r.git_words(&["notes", "--ref=bench", "show", object])
}

#[test]
fn git_shows_what_we_wrote() {
    let r = repo();
    let one = r.measured("one", 1.5);
    let note = raw(&r, "HEAD");
    assert!(note.starts_with(r#"{"v":1,"kind":"run","id":""#) && note.lines().count() == 1, "{note}");
    let log = r.git_words(&["log", "--notes=bench", "--format=%H %N", "-1"]);
    assert_eq!(log.trim_end(), format!("{one} {note}"));
    assert_eq!(r.noted().len(), 2, "the commit, and the twin line under its tree");
    assert_eq!(raw(&r, "HEAD^{tree}"), format!(r#"{{"v":1,"kind":"twin","commit":"{one}"}}"#));
    r.git("fsck --strict --no-dangling");
}

#[test]
fn what_git_notes_append_adds_is_kept_and_reported() {
    let r = repo();
    r.measured("one", 1.5);
    r.git_words(&["notes", "--ref=bench", "append", "-m", "looks good to me"]);
    r.bench("show").run().ok().says("1.5 ms").tells("warning:").tells("it is kept as it is");
    r.record(&[("parse", 2.5)]);
    let lines = r.note("HEAD");
    assert!(lines.contains(&"looks good to me".to_owned()), "{lines:?}");
    assert_eq!(r.runs("HEAD").len(), 2);
    r.bench("fsck").run().code(DATA).says("a broken line");
}

#[test]
fn newer_and_broken_lines_are_kept_byte_for_byte_and_reported() {
    let r = repo();
    r.measured("one", 1.5);
    for line in [NEWER, OTHER_KIND, BROKEN] {
        r.git_words(&["notes", "--ref=bench", "append", "-m", line]);
    }
    let shown = r.bench("show").run().ok().says("1.5 ms");
    shown.tells("version 2, kind 'run'").tells("kind 'weather'").tells("a broken line");
    let report = r.bench("show --format json").run().ok().json();
    assert_eq!(report["unreadable"].as_array().unwrap().len(), 3);
    r.bench("log").run().ok().says("3 lines could not be read");
    // A write, a drop and a merge keep them.
    r.bench("record - --suite more").stdin(result(&[("parse", 2.0)])).run().ok();
    let id = r.runs("HEAD")[0]["id"].as_str().unwrap().to_owned();
    r.bench("drop").arg(&id).arg("--reason").arg("noise").run().ok();
    let lines = r.note("HEAD");
    for line in [NEWER, OTHER_KIND, BROKEN] {
        assert!(lines.iter().any(|known| known == line), "{line} is gone: {lines:#?}");
    }
    r.bench("fsck").run().code(DATA).says("3 faults").tells("error:");
}

#[test]
fn a_line_that_another_writer_lost_is_put_back() {
    let r = repo();
    let one = r.measured("one", 1.5);
    let kept = r.note("HEAD");
    // `git notes add -f` replaces the note, and our line with it.
    r.git_words(&["notes", "--ref=bench", "add", "-f", "-m", "mine"]);
    r.bench("show").run().tells("it is kept as it is");
    assert!(r.runs(&one).is_empty(), "a read puts nothing back");
    let two = r.commit("two");
    r.record(&[("parse", 2.0)]);
    assert!(r.note(&one).contains(&kept[0]) && r.note(&one).contains(&"mine".to_owned()), "{:?}", r.note(&one));
    assert_eq!(r.runs(&two).len(), 1);
}

#[test]
fn a_note_that_was_removed_or_pruned_comes_back_with_the_next_write() {
    let r = repo();
    let one = r.measured("one", 1.5);
    let two = r.measured("two", 2.0);
    r.git_words(&["notes", "--ref=bench", "remove", &one]);
    r.record(&[("parse", 2.1)]);
    assert_eq!((r.runs(&one).len(), r.runs(&two).len()), (1, 2));
    // git prunes notes of objects that are gone: here of a commit that never came with a fetch.
    let absent = "1234567890123456789012345678901234567890";
    let entry = |ms: f64, commit: &str| {
        json!({"metadata": {"commit_sha": commit}, "platform": {"machine": "lab"},
               "benchmarks": [{"name": "parse", "latency_ms": ms}]})
    };
    r.bench("record -").stdin(json!([entry(1.0, absent), entry(2.0, &one)]).to_string()).run().ok();
    r.git("notes --ref=bench prune");
    assert!(!r.noted().contains(&absent.to_owned()));
    r.record(&[("parse", 2.2)]);
    assert!(r.noted().contains(&absent.to_owned()));
}

#[test]
fn a_ref_that_was_deleted_comes_back_unless_it_is_forgotten() {
    let r = repo();
    let one = r.measured("one", 1.5);
    r.git("update-ref -d refs/notes/bench");
    r.commit("two");
    r.record(&[("parse", 2.0)]);
    assert_eq!(r.runs(&one).len(), 1);
    r.bench("fsck --forget").run().ok().tells("refs/notes/bench").hints("git bench pull");
    assert_eq!(r.git("for-each-ref refs/notes refs/bench"), "");
    r.record(&[("parse", 2.0)]);
    assert!(r.runs(&one).is_empty());
}

#[test]
fn a_merge_by_git_itself_is_a_union_that_we_read() {
    let r = repo();
    let one = r.measured("one", 1.5);
    // A rival state of the notes: another line on the same commit, made from nothing.
    r.git("update-ref refs/notes/mine refs/notes/bench");
    r.bench("fsck --forget").run().ok();
    r.record(&[("parse", 2.5)]);
    r.git("update-ref refs/notes/theirs refs/notes/mine");
    r.git("notes --ref=bench merge -s cat_sort_uniq refs/notes/theirs");
    assert_eq!(r.runs(&one).len(), 2);
    let report = r.bench("show --format json").run().ok().json();
    assert_eq!(report["runs"].as_array().unwrap().len(), 2);
    r.bench("record - --suite after").stdin(result(&[("parse", 3.0)])).run().ok();
    assert_eq!(r.runs(&one).len(), 3);
    r.bench("fsck").run().ok();
}

#[test]
fn init_makes_git_merge_so_by_itself() {
    let r = repo();
    r.measured("one", 1.5);
    r.bench("init").run().ok();
    r.git("update-ref refs/notes/theirs refs/notes/bench");
    r.bench("fsck --forget").run().ok();
    r.record(&[("parse", 2.5)]);
    r.git("notes --ref=bench merge refs/notes/theirs");
    assert_eq!(r.runs("HEAD").len(), 2);
}

/// Writes the notes of `r` into a tree by hand: name of the path of an object's note, and its content.
fn plant(r: &Repo, notes: &[(String, String)]) {
    let mut index = r.sandbox.command("git");
    let file = r.sandbox.path("plant.index");
    let _ = std::fs::remove_file(&file);
    index.current_dir(r.path()).env("GIT_INDEX_FILE", &file).args(["update-index", "--add", "--index-info"]);
    let mut lines = String::new();
    for (path, content) in notes {
        let blob = r.git_words(&["hash-object", "-w", &r.file("blob", content)]);
        lines.push_str(&format!("100644 {blob}\t{path}\n"));
    }
    let mut child = index.stdin(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), lines.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let output = r.sandbox.command("git").current_dir(r.path()).env("GIT_INDEX_FILE", &file).arg("write-tree").output();
    let tree = String::from_utf8(output.unwrap().stdout).unwrap();
    let commit = r.git_words(&["commit-tree", tree.trim(), "-m", "planted"]);
    r.git(&format!("update-ref refs/notes/bench {commit}"));
}

#[test]
fn mixed_fanouts_are_read_whole_and_written_into() {
    let r = repo();
    let one = r.measured("one", 1.0);
    let (line, known) = (r.note(&one).remove(0), r.run(&one));
    let run = |ms: &str, id: u32| {
        line.replacen("\"lower\",1,1", &format!("\"lower\",{ms},1"), 1)
            .replacen(known["id"].as_str().unwrap(), &format!("id-{id}"), 1)
            .replacen(known["input"].as_str().unwrap(), &format!("{id:016x}"), 1)
    };
    let (flat, two, four) =
        (one.clone(), format!("{}/{}", &one[..2], &one[2..]), format!("{}/{}/{}", &one[..2], &one[2..4], &one[4..]));
    let tree = r.id("HEAD^{tree}");
    r.bench("fsck --forget").run().ok();
    plant(
        &r,
        &[
            (flat.clone(), run("1.25", 1) + "\n"),
            (two, run("2.25", 2)),
            (four, run("3.25", 3) + "\n"),
            (tree, format!("{{\"v\":1,\"kind\":\"twin\",\"commit\":\"{one}\"}}\n")),
            ("README".into(), "no note\n".into()),
        ],
    );
    let values = || {
        let report = r.bench("show --format json").run().ok().json();
        let mut all: Vec<f64> = report["runs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|run| run["measurements"][0]["value"].as_f64().unwrap())
            .collect();
        all.sort_by(f64::total_cmp);
        all
    };
    assert_eq!(values(), [1.25, 2.25, 3.25]);
    r.record(&[("parse", 4.0)]);
    assert_eq!(values(), [1.25, 2.25, 3.25, 4.0]);
    let paths = r.git("ls-tree -r --name-only refs/notes/bench");
    assert!(paths.contains("README"), "what is no note stays: {paths}");
    assert_eq!(paths.lines().filter(|p| p.replace('/', "") == one).count(), 1, "folded into one: {paths}");
    r.bench("fsck").run().ok().says("2 notes, 4 runs");
}

#[test]
fn two_lines_of_one_run_count_once_and_clashing_ones_are_reported() {
    let r = repo();
    let one = r.measured("one", 1.0);
    let line = r.note(&one).remove(0);
    r.git_words(&["notes", "--ref=bench", "append", "-m", &line.replacen("\"who\":\"Alice\"", "\"who\":\"Bob\"", 1)]);
    let report = r.bench("show --format json").run().ok().json();
    assert_eq!(
        (report["runs"].as_array().unwrap().len(), &report["runs"][0]["who"]),
        (1, &json!("Bob")),
        "the greater"
    );
    r.bench("fsck").run().ok();
    let input = r.runs(&one)[0]["input"].as_str().unwrap().to_owned();
    r.git_words(&["notes", "--ref=bench", "append", "-m", &line.replacen(&input, "ffffffffffffffff", 1)]);
    r.bench("show").run().ok().tells("stands on two runs with different input").hints("git bench drop");
    r.bench("fsck").run().code(DATA).says("two runs with different input");
}

#[test]
fn unknown_fields_of_a_line_stay() {
    let r = repo();
    let one = r.measured("one", 1.0);
    let line = r.note(&one).remove(0).replacen("\"suite\"", "\"weather\":\"sunny\",\"suite\"", 1);
    r.git_words(&["notes", "--ref=bench", "add", "-f", "-m", &line]);
    r.bench("record - --suite more").stdin(result(&[("parse", 2.0)])).run().ok();
    assert!(r.note(&one).contains(&line), "{:#?}", r.note(&one));
}

#[test]
fn many_notes_are_split_as_git_splits_them() {
    let r = repo();
    r.commit("one");
    let entries: Vec<_> = (0..600)
        .map(|i| {
            json!({"metadata": {"commit_sha": format!("{:040x}", 0x0123_4567_89ab_cdef_u128 * (i + 1) * 0x1_0001_0001)},
                   "platform": {"machine": "lab"}, "benchmarks": [{"name": "parse", "latency_ms": i}]})
        })
        .collect();
    r.bench("record -").stdin(json!(entries).to_string()).run().ok().tells("recorded 600 runs");
    assert_eq!(r.noted().len(), 600);
    assert_eq!(r.git("rev-list --count refs/notes/bench"), "1", "one commit for all of them");
    let paths = r.git("ls-tree -r --name-only refs/notes/bench");
    assert!(paths.lines().all(|path| path.as_bytes()[2] == b'/'), "two digits, a slash, the rest");
    r.git("fsck --strict --no-dangling");
}

#[test]
fn concurrent_writers_lose_nothing() {
    let r = repo();
    let one = r.commit("one");
    let writers: Vec<_> =
        (0..12).map(|i| r.bench("record -").stdin(result(&[("parse", f64::from(i) + 0.5)])).start()).collect();
    for writer in writers {
        writer.wait().ok();
    }
    assert_eq!(r.runs(&one).len(), 12);
    assert_eq!(r.git("rev-parse refs/bench/seen"), r.git("rev-parse refs/notes/bench"));
    r.bench("fsck --payloads").run().ok().says("12 payloads");
}

#[test]
fn another_ref_can_hold_the_records() {
    let r = repo();
    r.commit("one");
    r.git("config bench.ref refs/notes/perf");
    r.record(&[("parse", 1.5)]);
    assert_eq!(r.git("for-each-ref --format=%(refname) refs/notes"), "refs/notes/perf");
    r.bench("show").run().ok();
}
