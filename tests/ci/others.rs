//! GitLab CI, Buildkite and Jenkins.

use serde_json::json;

use crate::forge::Depth;
use crate::shell::Ended;
use crate::yaml::{recipe, scalar, text};
use crate::{DONE, Forge, Job, Stub};

/// The lines of a GitLab job, as its runner puts them together; `cargo` is left to the stub.
fn gitlab(job: &Job, name: &str) -> Ended {
    let file = recipe("gitlab-ci.yml");
    let lines = |key: &str, part: &str| -> Vec<String> {
        file[key][part].as_vec().map(|list| list.iter().map(scalar).collect()).unwrap_or_default()
    };
    let base = scalar(&file[name]["extends"]);
    let script = [lines(&base, "before_script"), lines(name, "script")].concat().join("\n");
    job.shell(&["bash", "-eo", "pipefail", "-c"], &script, &[])
}

#[test]
fn gitlab_records_the_default_branch_and_tags() {
    let forge = Forge::new("");
    let _cargo = Stub::new(&forge.sandbox, "cargo");
    for (name, depth) in [("full", Depth::Full), ("shallow", Depth::One)] {
        let id = forge.land(name, 100.1);
        let job = Job::new(
            forge.checkout(name, "refs/heads/main", depth),
            &[
                ("CI", "true"),
                ("GITLAB_CI", "true"),
                ("CI_COMMIT_SHA", &id),
                ("CI_COMMIT_BRANCH", "main"),
                ("CI_DEFAULT_BRANCH", "main"),
                ("CI_SERVER_HOST", "gitlab.example"),
                ("CI_PROJECT_PATH", "group/project"),
                ("BENCH_TOKEN", "secret"),
            ],
        );
        // The address of the server is ours.
        job.repo.git(&format!(
            "config url.file://{}.insteadOf https://bench:secret@gitlab.example/group/project.git",
            forge.remote.path().display()
        ));
        let ended = gitlab(&job, "bench:share").is(DONE);
        assert!(!ended.text.contains("secret"), "{}", ended.text);
        let runs = forge.runs(&id);
        assert_eq!((runs.len(), &runs[0]["channel"]), (1, &json!("daily")), "{name}");
    }
}

#[test]
fn gitlab_checks_a_merge_request_and_keeps_one_note() {
    let forge = Forge::new("");
    let _cargo = Stub::new(&forge.sandbox, "cargo");
    let curl = Stub::new(&forge.sandbox, "curl");
    let (head, merge) = forge.pull(7, 200.0);
    let merged = [
        ("CI", "true"),
        ("GITLAB_CI", "true"),
        ("CI_COMMIT_SHA", &*merge),
        ("CI_DEFAULT_BRANCH", "main"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_EVENT_TYPE", "merged_result"),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "topic-7"),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", &*head),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("CI_API_V4_URL", "https://gitlab.example/api/v4"),
        ("CI_PROJECT_ID", "42"),
    ];
    let before = forge.refs();
    for (name, depth) in [("full", Depth::Full), ("shallow", Depth::One)] {
        let mut job = Job::new(forge.checkout(name, "refs/pull/7/merge", depth), &merged);
        gitlab(&job, "bench:check").is(1);
        assert!(curl.calls().is_empty(), "without the token (a fork) nothing is posted");
        assert!(job.read("comment.md").ends_with("<!-- git-bench check -->\n"));
        assert!(job.read("bench.xml").contains("<failure"), "{}", job.read("bench.xml"));
        assert_eq!(job.repo.run(&head)["pr"], 7);
        job.variables.push(("BENCH_TOKEN".into(), "secret".into()));
        curl.answers(r#"[{"id": 1, "body": "hello"}]"#);
        gitlab(&job, "bench:check").is(1);
        let calls = curl.calls();
        let notes = "https://gitlab.example/api/v4/projects/42/merge_requests/7/notes";
        assert!(calls[1].ends_with(&format!("--data-urlencode body@comment.md -X POST {notes}")), "{calls:?}");
        assert_eq!(curl.body(), job.read("comment.md"));
        curl.answers(r#"[{"id": 1, "body": "hello"}, {"id": 9, "body": "old <!-- git-bench check -->"}]"#);
        gitlab(&job, "bench:check").is(1);
        assert!(curl.calls()[1].ends_with(&format!("-X PUT {notes}/9")));
    }
    assert_eq!(forge.refs(), before);
}

/// The command of the Buildkite step, as the agent gets it after the upload filled in `$$` and the matrix.
fn buildkite(job: &Job, suite: &str) -> Ended {
    let file = recipe("buildkite.yml");
    let command =
        scalar(&file["steps"].as_vec().unwrap()[0]["command"]).replace("$$", "$").replace("{{matrix}}", suite);
    job.shell(&["bash", "-e", "-c"], &command, &[])
}

#[test]
fn buildkite_records_main_and_annotates_pull_requests() {
    let forge = Forge::new("--suite fast");
    let agent = Stub::new(&forge.sandbox, "buildkite-agent");
    let suites: Vec<String> =
        recipe("buildkite.yml")["steps"].as_vec().unwrap()[0]["matrix"].as_vec().unwrap().iter().map(scalar).collect();
    let id = forge.land("next", 100.1);
    let always = [("CI", "true"), ("BUILDKITE", "true"), ("BUILDKITE_PIPELINE_DEFAULT_BRANCH", "main")];
    for suite in &suites {
        let own = [("BUILDKITE_COMMIT", &*id), ("BUILDKITE_BRANCH", "main"), ("BUILDKITE_PULL_REQUEST", "false")];
        let job = Job::new(forge.checkout(suite, "refs/heads/main", Depth::One), &[&always[..], &own].concat());
        buildkite(&job, suite).is(DONE);
    }
    let runs = forge.runs(&id);
    assert_eq!(runs.len(), 2);
    assert!(runs.iter().all(|run| run["channel"] == "daily" && run["branch"] == "main"), "{runs:#?}");
    let (head, _) = forge.pull(7, 200.0);
    let own = [
        ("BUILDKITE_COMMIT", &*head),
        ("BUILDKITE_BRANCH", "topic-7"),
        ("BUILDKITE_PULL_REQUEST", "7"),
        ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main"),
    ];
    let job = Job::new(forge.checkout("pull", "refs/pull/7/head", Depth::Full), &[&always[..], &own].concat());
    let before = forge.refs();
    buildkite(&job, "fast").is(1);
    assert_eq!(agent.calls(), ["annotate --context bench-fast"]);
    assert!(agent.stdin().contains("<!-- git-bench check -->"));
    assert_eq!(job.repo.run(&head)["pr"], 7);
    assert_eq!(forge.refs(), before);
}

/// The `sh` steps of the stages of the Jenkinsfile, as they stand there.
fn stages() -> Vec<(String, Vec<String>)> {
    let file = text("Jenkinsfile");
    let mut found = Vec::new();
    for stage in file.split("stage('").skip(1) {
        let (name, body) = stage.split_once('\'').unwrap();
        let quoted = |rest: &str| rest.split('\'').nth(1).unwrap().to_owned();
        let steps = body.lines().filter_map(|line| {
            let line = line.trim();
            line.strip_prefix("sh ")
                .map(quoted)
                .or_else(|| line.split_once("sh(script: ").map(|(_, rest)| quoted(rest)))
        });
        found.push((name.to_owned(), steps.collect()));
    }
    found
}

fn jenkins(job: &Job, wanted: &[&str]) -> Ended {
    let mut ended = Ended { code: 0, text: String::new() };
    for (name, steps) in stages() {
        for step in steps.iter().filter(|_| wanted.contains(&name.as_str())) {
            ended = job.shell(&["sh", "-xe", "-c"], step, &[]);
            if ended.code != 0 {
                return ended;
            }
        }
    }
    ended
}

#[test]
fn jenkins_measures_shares_and_checks() {
    assert_eq!(
        stages().iter().map(|(name, steps)| (name.as_str(), steps.len())).collect::<Vec<_>>(),
        [("measure", 3), ("share", 1), ("check", 1)]
    );
    let forge = Forge::new("");
    let id = forge.land("next", 100.1);
    let main = [
        ("JENKINS_URL", "https://jenkins.example"),
        ("GIT_COMMIT", &*id),
        ("BRANCH_NAME", "main"),
        ("BRANCH_IS_PRIMARY", "true"),
    ];
    let job = Job::new(forge.checkout("main", "refs/heads/main", Depth::One), &main);
    jenkins(&job, &["measure", "share"]).is(DONE);
    assert_eq!(forge.runs(&id)[0]["channel"], "daily");
    let (head, _) = forge.pull(7, 200.0);
    let pull = [
        ("JENKINS_URL", "https://jenkins.example"),
        ("GIT_COMMIT", &*head),
        ("BRANCH_NAME", "PR-7"),
        ("CHANGE_ID", "7"),
        ("CHANGE_BRANCH", "topic-7"),
        ("CHANGE_TARGET", "main"),
    ];
    let before = forge.refs();
    for (name, reference) in [("head", "refs/pull/7/head"), ("merged", "refs/pull/7/merge")] {
        let job = Job::new(forge.checkout(name, reference, Depth::Full), &pull);
        jenkins(&job, &["measure", "check"]).is(1);
        assert!(job.read("bench.xml").contains("<failure"), "{}", job.read("bench.xml"));
        assert_eq!(job.repo.run(&head)["pr"], 7, "{name}");
    }
    assert_eq!(forge.refs(), before);
}
