//! Runs in a CI: commit, branch, pull request, base and channel from its variables; throw-away merges.

use std::rc::Rc;

use serde_json::{Value, json};

use crate::{NO_DATA, Repo, Sandbox, repo, result};

/// A pull request as a forge holds it: `topic` (P) branched off `main`, which went on (B), and their merge (M).
struct Pull {
    forge: Repo,
    base: String,
    head: String,
    merge: String,
}

fn pull() -> (Rc<Sandbox>, Pull) {
    let sandbox = Sandbox::new();
    let forge = sandbox.repo("forge");
    forge.commit("start");
    forge.git("switch --quiet --create topic");
    forge.write("topic.txt", "new");
    let head = forge.commit_all("topic");
    forge.git("switch --quiet main");
    let base = forge.commit("main goes on");
    forge.git("switch --quiet --detach");
    forge.git_words(&["merge", "--quiet", "--no-ff", "-m", "Merge P into B", &head]);
    let merge = forge.id("HEAD");
    forge.git(&format!("update-ref refs/pull/7/merge {merge}"));
    forge.git("switch --quiet main");
    (sandbox, Pull { forge, base, head, merge })
}

impl Pull {
    /// A checkout as `actions/checkout` makes it: one commit, detached.
    fn checkout(&self, name: &str) -> Repo {
        let job = self.forge.sandbox.repo(name);
        job.git(&format!("remote add origin file://{}", self.forge.path().display()));
        let refspec = "+refs/pull/7/merge:refs/remotes/pull/7/merge";
        job.git(&format!("fetch --quiet --no-tags --depth=1 origin {refspec}"));
        job.git("checkout --quiet --force refs/remotes/pull/7/merge");
        job
    }

    fn event(&self) -> String {
        let event = json!({"repository": {"default_branch": "main"}, "pull_request": {"number": 7,
            "head": {"sha": self.head, "ref": "topic"}, "base": {"ref": "main"}}});
        self.forge.file("event.json", event.to_string())
    }

    fn github<'a>(&'a self, event: &'a str) -> Vec<(&'static str, &'a str)> {
        vec![
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_REF", "refs/pull/7/merge"),
            ("GITHUB_SHA", &self.merge),
            ("GITHUB_HEAD_REF", "topic"),
            ("GITHUB_BASE_REF", "main"),
            ("GITHUB_EVENT_PATH", event),
            ("GITHUB_ACTOR", "octocat"),
        ]
    }
}

fn picked(run: &Value, keys: &[&str]) -> Value {
    keys.iter().map(|key| run[*key].clone()).collect()
}

#[test]
fn a_github_merge_in_a_checkout_of_depth_1_belongs_to_the_pull_requests_head() {
    let (_sandbox, pull) = pull();
    let job = pull.checkout("job");
    assert!(!job.git_can("rev-parse --verify HEAD^2"), "git itself cannot name the head here");
    let event = pull.event();
    job.bench("record -").stdin(result(&[("parse", 1.5)])).envs(&pull.github(&event)).run().ok();
    let run = job.run(&pull.head);
    let found = picked(&run, &["commit", "measured", "base", "tree", "pr", "branch", "channel"]);
    let tree = pull.forge.id(&format!("{}^{{tree}}", pull.merge));
    assert_eq!(found, json!([pull.head, pull.merge, pull.base, tree, 7, "topic", "pr"]));
    assert_eq!((run.get("ctime"), run.get("parents"), run.get("dirty")), (None, None, None), "P is not here");
    assert!(run["payload"]["key"].as_str().unwrap().starts_with("pr/pr-7/"));
    assert_eq!(job.lines(&tree, "twin")[0]["commit"], json!(pull.head));
    // A retry adds nothing.
    let before = job.state();
    job.bench("record -").stdin(result(&[("parse", 1.5)])).envs(&pull.github(&event)).run().ok();
    job.is_still(&before);
}

#[test]
fn however_the_merge_is_named_the_run_belongs_to_the_head() {
    let (_sandbox, pull) = pull();
    let event = pull.event();
    for (i, how) in ["flag", "file", "head", "no event"].iter().enumerate() {
        let job = pull.checkout(&format!("job{i}"));
        let file = match *how {
            "file" => json!({"metadata": {"commit_sha": pull.merge}, "platform": {"machine": "lab"},
                             "benchmarks": [{"name": "parse", "latency_ms": 1.5}]})
            .to_string(),
            _ => result(&[("parse", 1.5)]),
        };
        let words = if *how == "flag" { format!("record - --commit {}", pull.merge) } else { "record -".into() };
        let mut vars = pull.github(&event);
        vars.retain(|(name, _)| *how != "no event" || *name != "GITHUB_EVENT_PATH");
        job.bench(&words).stdin(file).envs(&vars).run().ok();
        assert_eq!(job.run(&pull.head)["measured"], json!(pull.merge), "{how}");
    }
}

#[test]
fn a_full_clone_knows_time_and_parents_of_the_head() {
    let (sandbox, pull) = pull();
    let job = sandbox.clone_of(&pull.forge, "job", &[]);
    job.git("fetch --quiet origin refs/pull/7/merge");
    job.git(&format!("checkout --quiet --detach {}", pull.merge));
    let event = pull.event();
    job.bench("record -").stdin(result(&[("parse", 1.5)])).envs(&pull.github(&event)).run().ok();
    let run = job.run(&pull.head);
    assert_eq!(run["parents"], json!([pull.forge.id(&format!("{}^", pull.head))]));
    assert!(run["ctime"].is_i64());
}

#[test]
fn when_it_lands_squashed_the_tree_finds_it() {
    let (sandbox, pull) = pull();
    let event = pull.event();
    let job = pull.checkout("job");
    job.bench("record -").stdin(result(&[("parse", 1.5)])).envs(&pull.github(&event)).run().ok();
    job.bench("push").envs(&pull.github(&event)).run().ok();
    pull.forge.git("merge --quiet --squash topic");
    let landed = pull.forge.commit_all("Topic (#7)");
    let clone = sandbox.clone_of(&pull.forge, "clone", &[]);
    clone.bench("pull").run().ok();
    assert_eq!(clone.noted().len(), 2, "{:?}", clone.noted());
    let shown = clone.bench("show --format json").run().ok().json();
    assert_eq!(shown["commit"], json!(landed));
    assert_eq!(shown["runs"][0]["commit"], json!(pull.head));
    let log = clone.bench("log --format json").run().ok().json();
    assert_eq!(log["series"][0]["points"][0]["twin"], json!(pull.head));
}

#[test]
fn a_run_merged_into_its_base_is_compared_with_that_base() {
    let (_sandbox, pull) = pull();
    let r = &pull.forge;
    r.bench(&format!("record - --commit {}", pull.base)).stdin(result(&[("parse", 1.0)])).run().ok();
    let event = pull.event();
    r.git(&format!("switch --quiet --detach {}", pull.merge));
    r.bench("record -").stdin(result(&[("parse", 2.0)])).envs(&pull.github(&event)).run().ok();
    // On the merge itself, and later, from the head's name.
    let on_merge = r.bench("diff --format json").envs(&pull.github(&event)).run().ok().json();
    r.git("switch --quiet topic");
    let by_name = r.bench("diff main..topic --format json").run().ok().json();
    for report in [on_merge, by_name] {
        let ends = json!([report["base"]["commit"], report["head"]["commit"]]);
        assert_eq!(ends, json!([pull.base, pull.head]), "{report:#}");
        assert_eq!(report["series"][0]["change"], 1.0);
    }
    // Such a run is no point of the head in a walk: its tree is another.
    r.bench("log").run().code(NO_DATA);
}

#[test]
fn a_merge_queues_commit_lands_as_it_is() {
    let (_sandbox, pull) = pull();
    let r = &pull.forge;
    r.git(&format!("switch --quiet --detach {}", pull.merge));
    let event = r.file("queue.json", json!({"repository": {"default_branch": "main"}}).to_string());
    let reference = "refs/heads/gh-readonly-queue/main/pr-7-abc";
    let vars = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "merge_group"),
        ("GITHUB_REF", reference),
        ("GITHUB_SHA", pull.merge.as_str()),
        ("GITHUB_EVENT_PATH", event.as_str()),
    ];
    r.bench("record -").stdin(result(&[("parse", 1.5)])).envs(&vars).run().ok();
    let run = r.run(&pull.merge);
    assert_eq!((run["commit"].clone(), run.get("measured"), run.get("pr")), (json!(pull.merge), None, None));
    let train = [
        ("GITLAB_CI", "true"),
        ("CI_COMMIT_SHA", pull.merge.as_str()),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_EVENT_TYPE", "merge_train"),
    ];
    r.bench("record - --suite train").stdin(result(&[("parse", 1.5)])).envs(&train).run().ok();
    assert_eq!(r.runs(&pull.merge).len(), 2);
}

#[test]
fn gitlab_merged_results_belong_to_the_head() {
    let (_sandbox, pull) = pull();
    let vars = |kind: &'static str| {
        vec![
            ("GITLAB_CI", "true"),
            ("CI_COMMIT_SHA", pull.merge.as_str()),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_MERGE_REQUEST_EVENT_TYPE", kind),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "topic"),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", pull.head.as_str()),
            ("CI_DEFAULT_BRANCH", "main"),
        ]
    };
    let job = pull.checkout("job");
    job.bench("record -").stdin(result(&[("parse", 1.5)])).envs(&vars("merged_result")).run().ok();
    let found = picked(&job.run(&pull.head), &["measured", "base", "pr", "branch", "channel"]);
    assert_eq!(found, json!([pull.merge, pull.base, 7, "topic", "pr"]));
    // A detached pipeline builds the head itself.
    let r = &pull.forge;
    r.git(&format!("switch --quiet --detach {}", pull.head));
    let mut detached = vars("detached");
    detached[1].1 = &pull.head;
    r.bench("record -").stdin(result(&[("parse", 1.5)])).envs(&detached).run().ok();
    let run = r.run(&pull.head);
    assert_eq!((picked(&run, &["pr", "branch", "channel"]), run.get("measured")), (json!([7, "topic", "pr"]), None));
}

#[test]
fn jenkins_merges_in_its_workspace() {
    let (_sandbox, pull) = pull();
    let job = pull.checkout("job");
    let vars = [
        ("JENKINS_URL", "https://ci"),
        ("GIT_COMMIT", pull.head.as_str()),
        ("BRANCH_NAME", "PR-7"),
        ("CHANGE_ID", "7"),
        ("CHANGE_BRANCH", "topic"),
        ("CHANGE_TARGET", "main"),
    ];
    job.bench("record -").stdin(result(&[("parse", 1.5)])).envs(&vars).run().ok();
    let found = picked(&job.run(&pull.head), &["measured", "base", "pr", "branch", "channel"]);
    assert_eq!(found, json!([pull.merge, pull.base, 7, "topic", "pr"]));
}

#[test]
fn azure_names_the_head_beside_its_merge() {
    let (_sandbox, pull) = pull();
    let job = pull.checkout("job");
    let vars = [
        ("TF_BUILD", "True"),
        ("BUILD_SOURCEBRANCH", "refs/pull/7/merge"),
        ("BUILD_SOURCEVERSION", pull.merge.as_str()),
        ("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "7"),
        ("SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/topic"),
        ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
        ("SYSTEM_PULLREQUEST_SOURCECOMMITID", pull.head.as_str()),
    ];
    job.bench("record -").stdin(result(&[("parse", 1.5)])).envs(&vars).run().ok();
    let found = picked(&job.run(&pull.head), &["measured", "base", "pr", "branch", "channel"]);
    assert_eq!(found, json!([pull.merge, pull.base, 7, "topic", "pr"]));
}

/// A checkout of one commit, detached, as CIs make it.
fn detached() -> (Repo, String) {
    let r = repo();
    let id = r.commit("one");
    r.git("switch --quiet --detach");
    (r, id)
}

#[test]
fn branch_pull_request_and_tag_come_from_every_ci() {
    let (_, id) = detached();
    let event = repo().file("event.json", r#"{"repository":{"default_branch":"main"}}"#);
    let github = |reference| {
        vec![("GITHUB_ACTIONS", "true"), ("GITHUB_REF", reference), ("GITHUB_SHA", &id), ("GITHUB_EVENT_PATH", &event)]
    };
    let gitlab = |name, value| {
        vec![("GITLAB_CI", "true"), ("CI_COMMIT_SHA", id.as_str()), ("CI_DEFAULT_BRANCH", "main"), (name, value)]
    };
    let buildkite = |name, value| {
        let branch = ("BUILDKITE_BRANCH", if name == "BUILDKITE_TAG" { "v1" } else { "topic" });
        vec![("BUILDKITE", "true"), ("BUILDKITE_COMMIT", id.as_str()), branch, (name, value)]
    };
    let circle = |name, value| vec![("CIRCLECI", "true"), ("CIRCLE_SHA1", id.as_str()), (name, value)];
    let jenkins = |name, value| vec![("JENKINS_URL", "https://ci"), ("GIT_COMMIT", id.as_str()), (name, value)];
    let azure =
        |reference| vec![("TF_BUILD", "True"), ("BUILD_SOURCEBRANCH", reference), ("BUILD_SOURCEVERSION", id.as_str())];
    #[allow(clippy::type_complexity)]
    let cases: Vec<(&str, Vec<(&str, &str)>, Value)> = vec![
        ("github branch", github("refs/heads/main"), json!(["main", null, null, "daily"])),
        ("github topic", github("refs/heads/topic"), json!(["topic", null, null, "local"])),
        ("github tag", github("refs/tags/v1"), json!([null, null, "v1", "release"])),
        ("gitlab branch", gitlab("CI_COMMIT_BRANCH", "main"), json!(["main", null, null, "daily"])),
        ("gitlab tag", gitlab("CI_COMMIT_TAG", "v1"), json!([null, null, "v1", "release"])),
        ("buildkite branch", buildkite("BUILDKITE_PULL_REQUEST", "false"), json!(["topic", null, null, "local"])),
        ("buildkite pull", buildkite("BUILDKITE_PULL_REQUEST", "7"), json!(["topic", 7, null, "pr"])),
        ("buildkite tag", buildkite("BUILDKITE_TAG", "v1"), json!([null, null, "v1", "release"])),
        ("circle branch", circle("CIRCLE_BRANCH", "main"), json!(["main", null, null, "daily"])),
        ("circle tag", circle("CIRCLE_TAG", "v1"), json!([null, null, "v1", "release"])),
        (
            "circle pull",
            [circle("CIRCLE_BRANCH", "topic"), vec![("CIRCLE_PULL_REQUEST", "https://github.com/o/r/pull/7")]].concat(),
            json!(["topic", 7, null, "pr"]),
        ),
        ("jenkins branch", jenkins("GIT_BRANCH", "origin/main"), json!(["main", null, null, "daily"])),
        ("jenkins tag", jenkins("TAG_NAME", "v1"), json!([null, null, "v1", "release"])),
        ("azure branch", azure("refs/heads/main"), json!(["main", null, null, "daily"])),
        ("azure tag", azure("refs/tags/v1"), json!([null, null, "v1", "release"])),
    ];
    for (what, vars, expected) in cases {
        let (r, same) = detached();
        assert_eq!(same, id, "ids are fixed");
        let ran = r.bench("record -").stdin(result(&[("parse", 1.5)])).envs(&vars).run().ok();
        assert_eq!(picked(&r.run(&id), &["branch", "pr", "tag", "channel"]), expected, "{what}\n{}", ran.told());
    }
}

#[test]
fn a_job_that_measures_another_commit_gets_no_branch_of_what_started_it() {
    let r = repo();
    let one = r.commit("one");
    let two = r.commit("two");
    r.git("switch --quiet --detach HEAD~1");
    let vars = [("GITHUB_ACTIONS", "true"), ("GITHUB_REF", "refs/heads/topic"), ("GITHUB_SHA", two.as_str())];
    r.bench("record -").stdin(result(&[("parse", 1.5)])).envs(&vars).run().ok();
    let run = r.run(&one);
    assert_eq!((run.get("branch"), run["channel"].as_str()), (None, Some("local")));
}
