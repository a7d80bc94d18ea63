//! A pull request is measured, squashed, and main's commit is found by its tree.

use serde_json::{Value, json};

use crate::forge::Depth;
use crate::{Forge, Job, Repo};

/// The end of a comparison: commit, and why it is this one.
fn head_of(r: &Repo, words: &str) -> (String, String, f64) {
    let report: Value = r.bench(&format!("{words} --format json")).run().ok().json();
    let head = &report["head"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&head["commit"]), text(&head["reason"]), report["series"][0]["head"]["value"].as_f64().unwrap())
}

/// Measures a checkout of the pull request, with these variables, and shares it.
fn measured(forge: &Forge, name: &str, reference: &str, variables: &[(&str, &str)]) {
    let job = Job::new(forge.checkout(name, reference, Depth::One), variables);
    let script = "git bench pull && ./measure.sh && git bench record results.json && git bench push";
    job.shell(&["bash", "-e", "-c"], script, &[]).is(0);
}

/// Lands the pull request as one commit on main, and gives it.
fn squash(forge: &Forge, number: u64) -> String {
    forge.dev.git("switch --quiet main");
    forge.dev.git(&format!("merge --quiet --squash topic-{number}"));
    let landed = forge.dev.commit_all(&format!("topic (#{number})"));
    forge.dev.git("push --quiet origin main");
    forge.dev.git(&format!("push --quiet origin :topic-{number} :refs/pull/{number}/head :refs/pull/{number}/merge"));
    forge.dev.git(&format!("branch --quiet -D topic-{number}"));
    landed
}

#[test]
fn a_pull_request_measured_as_its_head_is_found_when_it_lands_squashed() {
    let forge = Forge::new("");
    let (head, _) = forge.pull(7, 120.0);
    measured(&forge, "job", "refs/pull/7/head", &[]);
    let landed = squash(&forge, 7);
    assert!(forge.runs(&landed).is_empty(), "main's commit itself was not measured");
    // A clone that never had the branch.
    let clone = forge.sandbox.clone_of(&forge.remote, "clone", &[]);
    clone.bench("pull").run().ok();
    assert!(!clone.git_can(&format!("cat-file -e {head}")), "the pull request's head is nowhere any more");
    let (commit, reason, value) = head_of(&clone, "diff HEAD~1 HEAD");
    assert_eq!((&commit, value), (&landed, 120.0));
    assert!(reason.contains("same tree") && reason.contains(&head[..8]), "{reason}");
    let log = clone.bench("log -n 1 --format json").run().ok().json();
    assert_eq!(log["series"][0]["points"][0]["twin"], json!(head));
}

#[test]
fn a_pull_request_measured_as_the_cis_merge_is_found_when_it_lands_squashed() {
    let forge = Forge::new("");
    // Main goes on after the branch left: its head has another tree than what lands.
    let (head, _) = forge.pull(7, 120.0);
    forge.dev.write("other.txt", "main went on");
    forge.dev.git("switch --quiet main");
    forge.dev.write("speed", "100.1");
    forge.dev.commit_all("main goes on");
    forge.dev.git("push --quiet origin main");
    forge.dev.git("switch --quiet --detach main");
    forge.dev.git_words(&["merge", "--quiet", "--no-ff", "-X", "theirs", "-m", "Merge topic into main", &head]);
    let merge = forge.dev.id("HEAD");
    forge.dev.git("push --quiet --force origin HEAD:refs/pull/7/merge");
    forge.dev.git("switch --quiet main");
    let github = [
        ("CI", "true"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REF", "refs/pull/7/merge"),
        ("GITHUB_SHA", merge.as_str()),
        ("GITHUB_HEAD_REF", "topic-7"),
        ("GITHUB_BASE_REF", "main"),
    ];
    measured(&forge, "job", "refs/pull/7/merge", &github);
    let run = &forge.runs(&head)[0];
    assert_eq!((&run["measured"], &run["pr"]), (&json!(merge), &json!(7)), "it belongs to the head");
    // Squashed onto main, its tree is the merge's, not the head's.
    forge.dev.git_words(&["merge", "--quiet", "--squash", "-X", "theirs", "topic-7"]);
    let landed = forge.dev.commit_all("topic (#7)");
    assert_eq!(forge.dev.id(&format!("{landed}^{{tree}}")), run["tree"].as_str().unwrap());
    assert_ne!(forge.dev.id(&format!("{head}^{{tree}}")), run["tree"].as_str().unwrap());
    forge.dev.git("push --quiet origin main :topic-7 :refs/pull/7/head :refs/pull/7/merge");
    let clone = forge.sandbox.clone_of(&forge.remote, "clone", &[]);
    clone.bench("pull").run().ok();
    let (commit, reason, value) = head_of(&clone, "diff HEAD~1 HEAD");
    assert_eq!((commit, value), (landed, 120.0));
    assert!(reason.contains("same tree"), "{reason}");
    // The next one is judged against it.
    clone.bench("check").run().code(1);
}

#[test]
fn an_amended_message_keeps_its_runs_and_amended_code_does_not() {
    let forge = Forge::new("");
    let (head, _) = forge.pull(7, 120.0);
    measured(&forge, "job", "refs/pull/7/head", &[]);
    let dev = &forge.dev;
    dev.bench("pull").run().ok();
    dev.git("switch --quiet topic-7");
    dev.git_words(&["commit", "--quiet", "--amend", "-m", "a better message"]);
    assert_ne!(dev.id("HEAD"), head);
    assert_eq!(head_of(dev, "diff").0, dev.id("HEAD"));
    dev.write("speed", "90");
    dev.git_words(&["commit", "--quiet", "--all", "--amend", "--no-edit"]);
    dev.bench("check").run().code(3).tells("not measured");
}

#[test]
fn what_rewrite_ref_copies_never_counts_for_other_code() {
    let forge = Forge::new("");
    let (head, _) = forge.pull(7, 120.0);
    measured(&forge, "job", "refs/pull/7/head", &[]);
    let dev = &forge.dev;
    dev.bench("pull").run().ok();
    dev.git("switch --quiet topic-7");
    dev.git("config notes.rewriteRef refs/notes/bench");
    dev.write("speed", "90");
    dev.git_words(&["commit", "--quiet", "--all", "--amend", "--no-edit"]);
    let amended = dev.id("HEAD");
    // git copied the note, but its run is of another tree: it does not count for this code.
    assert_eq!(dev.runs("HEAD").len(), 1);
    assert_eq!(dev.runs("HEAD")[0]["commit"], json!(head));
    dev.bench("check").run().code(3);
    // Once it is measured, only that counts.
    assert!(forge.sandbox.command("./measure.sh").current_dir(dev.path()).status().unwrap().success());
    dev.bench("record results.json").run().ok();
    let (commit, _, value) = head_of(dev, "diff");
    assert_eq!((commit, value), (amended, 90.0));
}
