//! `drop`: what no longer counts, and stays so.

use serde_json::json;

use crate::{DATA, NO_DATA, Sandbox, USAGE, repo, result};

#[test]
fn a_dropped_run_no_longer_counts_and_is_kept_as_a_line() {
    let r = repo();
    let one = r.measured("one", 1.5);
    let id = r.run(&one)["id"].as_str().unwrap().to_owned();
    r.bench("drop").arg(&id[..8]).arg("--reason").arg("the fan was broken").run().ok().tells(&id);
    let drop = r.lines(&one, "drop").remove(0);
    assert_eq!(json!([drop["target"], drop["reason"], drop["who"]]), json!([id, "the fan was broken", "Alice"]));
    assert_eq!(r.runs(&one).len(), 1, "nothing is deleted");
    r.bench("show").run().ok().says("dropped").says("the fan was broken").says_not("1.5 ms");
    r.bench("log").run().code(NO_DATA);
    r.bench("show --payload").run().fails(NO_DATA, "no payload");
}

#[test]
fn recording_a_dropped_run_again_names_the_drop() {
    let r = repo();
    let one = r.measured("one", 1.5);
    let id = r.run(&one)["id"].as_str().unwrap().to_owned();
    r.bench("drop").arg(&id).args_reason().run().ok();
    let drop = r.lines(&one, "drop")[0]["id"].as_str().unwrap().to_owned();
    let before = r.state();
    let ran = r.bench("record -").stdin(result(&[("parse", 1.5)])).run().fails(DATA, &drop);
    ran.hints("--again");
    r.is_still(&before);
    r.bench("record - --again").stdin(result(&[("parse", 1.5)])).run().ok();
    let report = r.bench("show --format json").run().ok().json();
    assert_eq!(report["runs"].as_array().unwrap().len(), 1);
    r.bench("drop").arg(&id).args_reason().run().fails(DATA, "was dropped before");
}

impl crate::Call {
    fn args_reason(self) -> Self {
        self.arg("--reason").arg("noise")
    }
}

#[test]
fn a_prefix_must_be_unique_and_known() {
    let r = repo();
    let (one, two) = (r.commit("one"), r.commit("two"));
    let with_id = |id: &str, ms: f64| {
        let text = json!({"metadata": {"run_id": id}, "platform": {"machine": "lab"},
                          "benchmarks": [{"name": "parse", "latency_ms": ms}]});
        text.to_string()
    };
    r.bench(&format!("record - --commit {one}")).stdin(with_id("aaaaaaaa-0000-4000-8000-000000000001", 1.0)).run().ok();
    r.bench(&format!("record - --commit {two}")).stdin(with_id("aaaaaaaa-0000-4000-8000-000000000002", 2.0)).run().ok();
    let before = r.state();
    let ran = r.bench("drop aaaaaaaa").args_reason().run().fails(USAGE, "'aaaaaaaa' is not unique");
    ran.tells(&one[..12]).tells(&two[..12]).hints("--commit");
    r.bench("drop bbbbbbbb").args_reason().run().fails(DATA, "no run or accept has an id that begins with 'bbbbbbbb'");
    r.bench("drop aaaaaaaa").run().code(USAGE).tells("--reason");
    // Several at once: one fault, nothing is dropped.
    r.bench("drop aaaaaaaa-0000-4000-8000-000000000001 cccccccc").args_reason().run().code(DATA);
    r.is_still(&before);
    r.bench(&format!("drop aaaaaaaa --commit {two}")).args_reason().run().ok();
    assert_eq!((r.lines(&one, "drop").len(), r.lines(&two, "drop").len()), (0, 1));
}

#[test]
fn a_slip_drops_nothing() {
    let r = repo();
    r.measured("one", 1.5);
    let before = r.state();
    // An empty prefix fits every id.
    for slip in ["", "a"] {
        r.bench("drop").arg(slip).args_reason().run().fails(USAGE, "too short for an id");
    }
    r.is_still(&before);
}

#[test]
fn a_drop_is_pushed_like_a_run_and_wins_over_old_clones() {
    let sandbox = Sandbox::new();
    let remote = sandbox.bare("remote");
    let a = sandbox.repo("a");
    a.git(&format!("remote add origin {}", remote.path().display()));
    let one = a.measured("one", 1.5);
    a.git("push --quiet origin main");
    a.bench("push").run().ok();
    let b = sandbox.clone_of(&remote, "b", &[]);
    b.bench("pull").run().ok();
    assert_eq!(b.runs(&one).len(), 1);
    let id = a.run(&one)["id"].as_str().unwrap().to_owned();
    a.bench("drop").arg(&id).args_reason().run().ok();
    a.bench("push").run().ok();
    // The old clone adds a run of its own and pushes: the dropped one does not come back.
    b.bench("record - --suite other").stdin(result(&[("parse", 9.0)])).run().ok();
    b.bench("push").run().ok();
    a.bench("pull").run().ok();
    for clone in [&a, &b] {
        let report = clone.bench("show --format json").run().ok().json();
        let values: Vec<_> = report["runs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|run| run["measurements"][0]["value"].as_f64().unwrap())
            .collect();
        assert_eq!(values, [9.0]);
    }
    assert_eq!(b.runs(&one).len(), 1, "a merge leaves out the run that a drop names");
}
