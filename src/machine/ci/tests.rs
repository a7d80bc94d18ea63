//! One row a kind of build.

use super::*;

const M: &str = "1111111111111111111111111111111111111111";
const P: &str = "2222222222222222222222222222222222222222";
const B: &str = "3333333333333333333333333333333333333333";

/// The facts in one line: branch, base, default, number, head, tag, commit, throw-away; `-` for what is absent.
fn line(vars: &[(&str, &str)], event: &str) -> String {
    let vars: Vec<_> = vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let Some(f) = detect(&vars, &|path| (path == "/event.json").then(|| event.to_owned())) else {
        return "none".into();
    };
    let text = |value: &Option<String>| {
        let name =
            |id: &str| [(M, "M"), (P, "P"), (B, "B")].iter().find(|(i, _)| *i == id).map(|(_, n)| (*n).to_owned());
        value.as_ref().map_or("-".into(), |v| name(v).unwrap_or_else(|| v.clone()))
    };
    let pr = f.pr.map_or("-".into(), |n| n.to_string());
    format!(
        "{} branch={} base={} default={} pr={pr} head={} tag={} commit={}{}",
        f.provider,
        text(&f.branch),
        text(&f.base_branch),
        text(&f.default_branch),
        text(&f.pr_head),
        text(&f.tag),
        text(&f.commit),
        if f.throwaway { " throwaway" } else { "" }
    )
}

fn pull(head_repo: &str) -> String {
    format!(
        r#"{{"repository": {{"default_branch": "main"}}, "pull_request": {{"number": 7,
        "head": {{"sha": "{P}", "ref": "fix", "label": "eve:fix", "repo": {head_repo}}},
        "base": {{"ref": "main", "repo": {{"full_name": "acme/app"}}}}}}}}"#
    )
}

#[test]
fn github() {
    let run = |more: &[(&str, &str)], event: &str| {
        line(&[&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_PATH", "/event.json")], more].concat(), event)
    };
    let merge = [
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REF", "refs/pull/7/merge"),
        ("GITHUB_SHA", M),
        ("GITHUB_HEAD_REF", "fix"),
        ("GITHUB_BASE_REF", "main"),
    ];
    let own = pull(r#"{"full_name": "acme/app"}"#);
    assert_eq!(run(&merge, &own), "github branch=fix base=main default=main pr=7 head=P tag=- commit=M throwaway");
    assert_eq!(
        run(&merge, &pull(r#"{"full_name": "eve/app"}"#)),
        "github branch=eve:fix base=main default=main pr=7 head=P tag=- commit=M throwaway"
    );
    assert_eq!(
        run(&merge, &pull("null")),
        "github branch=eve:fix base=main default=main pr=7 head=P tag=- commit=M throwaway"
    );
    assert_eq!(run(&merge, "no event"), "github branch=fix base=main default=- pr=7 head=- tag=- commit=M throwaway");
    let target = [
        ("GITHUB_EVENT_NAME", "pull_request_target"),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_SHA", B),
        ("GITHUB_HEAD_REF", "fix"),
        ("GITHUB_BASE_REF", "main"),
    ];
    assert_eq!(run(&target, &own), "github branch=fix base=main default=main pr=7 head=P tag=- commit=P");
    let merged = [
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_SHA", B),
        ("GITHUB_HEAD_REF", "fix"),
        ("GITHUB_BASE_REF", "main"),
    ];
    assert_eq!(run(&merged, &own), "github branch=main base=- default=main pr=- head=- tag=- commit=B");
    let queue = [
        ("GITHUB_EVENT_NAME", "merge_group"),
        ("GITHUB_REF", "refs/heads/gh-readonly-queue/main/pr-7-3333"),
        ("GITHUB_SHA", M),
    ];
    let group = r#"{"repository": {"default_branch": "main"}, "merge_group": {"base_ref": "refs/heads/main"}}"#;
    assert_eq!(
        run(&queue, group),
        "github branch=gh-readonly-queue/main/pr-7-3333 base=main default=main pr=- head=- tag=- commit=M"
    );
    assert_eq!(
        run(&[("GITHUB_REF", "refs/heads/feature/x"), ("GITHUB_SHA", P), ("GITHUB_HEAD_REF", "")], "{}"),
        "github branch=feature/x base=- default=- pr=- head=- tag=- commit=P"
    );
    assert_eq!(
        run(&[("GITHUB_REF", "refs/tags/v1.2"), ("GITHUB_SHA", P)], "{}"),
        "github branch=- base=- default=- pr=- head=- tag=v1.2 commit=P"
    );
}

#[test]
fn gitlab() {
    let run =
        |more: &[(&str, &str)]| line(&[&[("GITLAB_CI", "true"), ("CI_DEFAULT_BRANCH", "main")], more].concat(), "");
    let request = [
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "fix"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("CI_MERGE_REQUEST_PROJECT_PATH", "acme/app"),
    ];
    let kind = |kind, commit, head| {
        let own = ("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "acme/app");
        let more = [
            ("CI_MERGE_REQUEST_EVENT_TYPE", kind),
            ("CI_COMMIT_SHA", commit),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", head),
            own,
        ];
        run(&[&request[..], &more].concat())
    };
    assert_eq!(
        kind("merged_result", M, P),
        "gitlab branch=fix base=main default=main pr=7 head=P tag=- commit=M throwaway"
    );
    assert_eq!(kind("detached", P, ""), "gitlab branch=fix base=main default=main pr=7 head=P tag=- commit=P");
    assert_eq!(kind("merge_train", M, P), "gitlab branch=fix base=main default=main pr=7 head=- tag=- commit=M");
    let fork = [("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "eve/app"), ("CI_COMMIT_SHA", P)];
    assert_eq!(
        run(&[&request[..], &fork].concat()),
        "gitlab branch=eve/app:fix base=main default=main pr=7 head=P tag=- commit=P"
    );
    assert_eq!(
        run(&[("CI_COMMIT_BRANCH", "main"), ("CI_COMMIT_SHA", B)]),
        "gitlab branch=main base=- default=main pr=- head=- tag=- commit=B"
    );
    assert_eq!(
        run(&[("CI_COMMIT_TAG", "v1"), ("CI_COMMIT_SHA", B)]),
        "gitlab branch=- base=- default=main pr=- head=- tag=v1 commit=B"
    );
    assert_eq!(
        run(&[
            ("CI_EXTERNAL_PULL_REQUEST_IID", "9"),
            ("CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME", "fix"),
            ("CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA", P),
            ("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME", "main"),
            ("CI_COMMIT_SHA", P),
        ]),
        "gitlab branch=fix base=main default=main pr=9 head=P tag=- commit=P"
    );
}

#[test]
fn buildkite() {
    let run = |more: &[(&str, &str)]| {
        line(&[&[("BUILDKITE", "true"), ("BUILDKITE_PIPELINE_DEFAULT_BRANCH", "main")], more].concat(), "")
    };
    let request = [
        ("BUILDKITE_PULL_REQUEST", "7"),
        ("BUILDKITE_BRANCH", "eve:fix"),
        ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main"),
        ("BUILDKITE_COMMIT", P),
    ];
    assert_eq!(run(&request), "buildkite branch=eve:fix base=main default=main pr=7 head=P tag=- commit=P");
    assert_eq!(
        run(&[&request[..], &[("BUILDKITE_PULL_REQUEST_USING_MERGE_REFSPEC", "true")]].concat()),
        "buildkite branch=eve:fix base=main default=main pr=7 head=- tag=- commit=- throwaway"
    );
    assert_eq!(
        run(&[("BUILDKITE_PULL_REQUEST", "false"), ("BUILDKITE_BRANCH", "main"), ("BUILDKITE_COMMIT", "HEAD")]),
        "buildkite branch=main base=- default=main pr=- head=- tag=- commit=-"
    );
    assert_eq!(
        run(&[("BUILDKITE_TAG", "v1"), ("BUILDKITE_BRANCH", "v1"), ("BUILDKITE_COMMIT", B)]),
        "buildkite branch=- base=- default=main pr=- head=- tag=v1 commit=B"
    );
    assert_eq!(
        run(&[
            ("BUILDKITE_MERGE_QUEUE_BASE_BRANCH", "main"),
            ("BUILDKITE_PULL_REQUEST", "false"),
            ("BUILDKITE_BRANCH", "gh-readonly-queue/main/pr-7"),
            ("BUILDKITE_COMMIT", M),
        ]),
        "buildkite branch=gh-readonly-queue/main/pr-7 base=main default=main pr=- head=- tag=- commit=M"
    );
}

#[test]
fn jenkins() {
    let run = |more: &[(&str, &str)]| line(&[&[("JENKINS_URL", "https://ci/")], more].concat(), "");
    let request = [
        ("CHANGE_ID", "7"),
        ("BRANCH_NAME", "PR-7"),
        ("GIT_BRANCH", "PR-7"),
        ("CHANGE_BRANCH", "fix"),
        ("CHANGE_TARGET", "main"),
        ("GIT_COMMIT", P),
    ];
    assert_eq!(run(&request), "jenkins branch=fix base=main default=- pr=7 head=P tag=- commit=P");
    assert_eq!(
        run(&[&request[..], &[("CHANGE_FORK", "eve")]].concat()),
        "jenkins branch=eve:fix base=main default=- pr=7 head=P tag=- commit=P"
    );
    assert_eq!(
        run(&[("BRANCH_NAME", "main"), ("BRANCH_IS_PRIMARY", "true"), ("GIT_COMMIT", B)]),
        "jenkins branch=main base=- default=main pr=- head=- tag=- commit=B"
    );
    assert_eq!(
        run(&[("GIT_BRANCH", "origin/feature/x"), ("GIT_COMMIT", B)]),
        "jenkins branch=feature/x base=- default=- pr=- head=- tag=- commit=B"
    );
    assert_eq!(
        run(&[("TAG_NAME", "v1"), ("BRANCH_NAME", "v1"), ("GIT_COMMIT", B)]),
        "jenkins branch=- base=- default=- pr=- head=- tag=v1 commit=B"
    );
}

#[test]
fn circleci() {
    let run = |more: &[(&str, &str)]| line(&[&[("CIRCLECI", "true"), ("CIRCLE_SHA1", P)], more].concat(), "");
    assert_eq!(
        run(&[("CIRCLE_BRANCH", "fix"), ("CIRCLE_PULL_REQUEST", "https://github.com/acme/app/pull/7")]),
        "circleci branch=fix base=- default=- pr=7 head=P tag=- commit=P"
    );
    assert_eq!(
        run(&[("CIRCLE_BRANCH", "pull/7"), ("CIRCLE_PR_NUMBER", "7"), ("CIRCLE_PR_USERNAME", "eve")]),
        "circleci branch=eve:pull/7 base=- default=- pr=7 head=P tag=- commit=P"
    );
    assert_eq!(run(&[("CIRCLE_BRANCH", "main")]), "circleci branch=main base=- default=- pr=- head=- tag=- commit=P");
    assert_eq!(run(&[("CIRCLE_TAG", "v1")]), "circleci branch=- base=- default=- pr=- head=- tag=v1 commit=P");
}

#[test]
fn azure() {
    let run = |more: &[(&str, &str)]| line(&[&[("TF_BUILD", "True")], more].concat(), "");
    let request = [
        ("BUILD_SOURCEBRANCH", "refs/pull/7/merge"),
        ("BUILD_SOURCEVERSION", M),
        ("SYSTEM_PULLREQUEST_PULLREQUESTID", "99123"),
        ("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "7"),
        ("SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/fix"),
        ("SYSTEM_PULLREQUEST_TARGETBRANCH", "main"),
        ("SYSTEM_PULLREQUEST_SOURCECOMMITID", P),
    ];
    assert_eq!(run(&request), "azure branch=fix base=main default=- pr=7 head=P tag=- commit=M throwaway");
    let fork = [
        ("SYSTEM_PULLREQUEST_ISFORK", "True"),
        ("SYSTEM_PULLREQUEST_SOURCEREPOSITORYURI", "https://github.com/eve/app"),
    ];
    assert_eq!(
        run(&[&request[..], &fork].concat()),
        "azure branch=eve:fix base=main default=- pr=7 head=P tag=- commit=M throwaway"
    );
    assert_eq!(
        run(&[("BUILD_SOURCEBRANCH", "refs/heads/feature/x"), ("BUILD_SOURCEVERSION", B)]),
        "azure branch=feature/x base=- default=- pr=- head=- tag=- commit=B"
    );
    assert_eq!(
        run(&[("BUILD_SOURCEBRANCH", "refs/tags/v1"), ("BUILD_SOURCEVERSION", B)]),
        "azure branch=- base=- default=- pr=- head=- tag=v1 commit=B"
    );
}

#[test]
fn outside_of_a_ci_nothing_is_said() {
    assert_eq!(line(&[("CI", "true"), ("GITHUB_ACTIONS", "false"), ("GITHUB_SHA", M)], ""), "none");
}

#[test]
fn a_merge_is_told_by_its_parents_else_by_the_ci() {
    let own = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let pull = CiFacts { pr: Some(7), pr_head: Some(P.into()), commit: Some(M.into()), ..CiFacts::default() };
    let said = CiFacts { throwaway: true, ..pull.clone() };
    let merged = |head: &str, base: Option<&str>| Some(Merged { head: head.into(), base: base.map(str::to_owned) });
    assert_eq!(said.merged(M, &own(&[B, P])), merged(P, Some(B)));
    assert_eq!(pull.merged("other", &own(&[P, B])), merged(P, Some(B)), "Jenkins merges the base into the head");
    assert_eq!(said.merged(M, &own(&[B, "newer"])), merged("newer", Some(B)), "the commit knows better than the event");
    assert_eq!(said.merged(M, &[]), merged(P, None));
    assert_eq!(said.merged("other", &own(&[B, "x"])), None);
    assert_eq!(said.merged(P, &own(&["x", "y"])), None, "the pull request's head may be a merge itself");
    assert_eq!(said.merged(M, &own(&[B])), None);
    let train = CiFacts { pr: Some(7), commit: Some(M.into()), ..CiFacts::default() };
    assert_eq!(train.merged(M, &own(&[B, P])), None, "what a merge train builds lands as it is");
    assert!(said.speaks_of(M) && said.speaks_of(P) && !said.speaks_of(B));
    assert!(CiFacts::default().speaks_of(B));
}
