//! GitLab CI/CD. Source: <https://docs.gitlab.com/ci/variables/predefined_variables/>.

use super::{CiFacts, Read, Vars, id};

/// - `GITLAB_CI`: `true` in every job.
/// - `CI_COMMIT_SHA`: what is built; in a merged results pipeline the throw-away merge, in a merge train the commit that
///   lands, else the head of the branch.
/// - `CI_COMMIT_BRANCH`: absent in merge request and tag pipelines. `CI_COMMIT_TAG`: only in tag pipelines.
/// - `CI_DEFAULT_BRANCH`.
/// - `CI_MERGE_REQUEST_IID`: the number within the project. `CI_MERGE_REQUEST_SOURCE_BRANCH_NAME`,
///   `CI_MERGE_REQUEST_TARGET_BRANCH_NAME`, `CI_MERGE_REQUEST_SOURCE_PROJECT_PATH`, `CI_MERGE_REQUEST_PROJECT_PATH` (the
///   two differ for a fork).
/// - `CI_MERGE_REQUEST_EVENT_TYPE`: `detached`, `merged_result` or `merge_train`.
/// - `CI_MERGE_REQUEST_SOURCE_BRANCH_SHA`: the head of the source branch; empty in a detached pipeline, where
///   `CI_COMMIT_SHA` is it.
/// - `CI_EXTERNAL_PULL_REQUEST_IID` and its `_SOURCE_BRANCH_NAME`, `_SOURCE_BRANCH_SHA`, `_TARGET_BRANCH_NAME`: pull
///   requests of GitHub that GitLab builds.
/// - `GITLAB_USER_LOGIN`, `CI_JOB_URL`.
pub(super) fn detect(vars: &Vars, _: Read) -> Option<CiFacts> {
    if !vars.is("GITLAB_CI", "true") {
        return None;
    }
    let commit = vars.get("CI_COMMIT_SHA").and_then(id);
    let mut facts = CiFacts {
        provider: "gitlab",
        branch: vars.own("CI_COMMIT_BRANCH"),
        default_branch: vars.own("CI_DEFAULT_BRANCH"),
        tag: vars.own("CI_COMMIT_TAG"),
        actor: vars.own("GITLAB_USER_LOGIN"),
        run_url: vars.own("CI_JOB_URL"),
        ..CiFacts::default()
    };
    let external = "CI_EXTERNAL_PULL_REQUEST";
    if let Some(number) = vars.number("CI_MERGE_REQUEST_IID") {
        facts.pr = Some(number);
        facts.branch = source(vars);
        facts.base_branch = vars.own("CI_MERGE_REQUEST_TARGET_BRANCH_NAME");
        facts.throwaway = vars.is("CI_MERGE_REQUEST_EVENT_TYPE", "merged_result");
        let head = vars.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").and_then(id);
        if facts.throwaway {
            facts.pr_head = head;
        } else if !vars.is("CI_MERGE_REQUEST_EVENT_TYPE", "merge_train") {
            facts.pr_head = head.or_else(|| commit.clone());
        }
    } else if let Some(number) = vars.number(&format!("{external}_IID")) {
        facts.pr = Some(number);
        facts.branch = vars.own(&format!("{external}_SOURCE_BRANCH_NAME")).or(facts.branch);
        facts.base_branch = vars.own(&format!("{external}_TARGET_BRANCH_NAME"));
        facts.pr_head = vars.get(&format!("{external}_SOURCE_BRANCH_SHA")).and_then(id);
    }
    facts.commit = commit;
    Some(facts)
}

fn source(vars: &Vars) -> Option<String> {
    let name = vars.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME")?;
    let path = vars.get("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH");
    match path.filter(|path| vars.get("CI_MERGE_REQUEST_PROJECT_PATH").is_some_and(|own| own != *path)) {
        Some(fork) => Some(format!("{fork}:{name}")),
        None => Some(name.to_owned()),
    }
}
