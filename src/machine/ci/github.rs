//! GitHub Actions, and Gitea and Forgejo, which set the same variables.
//!
//! Sources: <https://docs.github.com/actions/reference/workflows-and-actions/variables>,
//! <https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows>,
//! <https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request>.

use serde_json::Value;

use super::{CiFacts, Read, Vars, branch, id, pull_number};

/// - `GITHUB_ACTIONS`: always `true`.
/// - `GITHUB_REF`: the full ref that started the run; `refs/pull/N/merge` for a pull request that is not merged, the base
///   branch for `pull_request_target`, `refs/heads/gh-readonly-queue/...` for `merge_group`, `refs/tags/T` for a tag.
/// - `GITHUB_SHA`: the commit that started the run; of `refs/pull/N/merge` the merge; of `merge_group` the merge group's
///   head, which lands as it is; of `pull_request_target` the base branch's tip.
/// - `GITHUB_HEAD_REF`, `GITHUB_BASE_REF`: source and target branch, only for pull requests.
/// - `GITHUB_EVENT_PATH`: file with the webhook's payload: `repository.default_branch`, `pull_request.head.sha`,
///   `.head.label` (`owner:branch`), `.head.repo.full_name`, `merge_group.base_ref`.
/// - `GITHUB_ACTOR`; `GITHUB_SERVER_URL`, `GITHUB_REPOSITORY`, `GITHUB_RUN_ID`: the parts of the run's page.
pub(super) fn detect(vars: &Vars, read: Read) -> Option<CiFacts> {
    if !vars.is("GITHUB_ACTIONS", "true") {
        return None;
    }
    let event: Value = vars
        .get("GITHUB_EVENT_PATH")
        .and_then(read)
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or(Value::Null);
    let said = |path: &str| event.pointer(path).and_then(Value::as_str);
    let reference = vars.get("GITHUB_REF").unwrap_or_default();
    let mut facts = CiFacts {
        provider: "github",
        default_branch: said("/repository/default_branch").map(str::to_owned),
        commit: vars.get("GITHUB_SHA").and_then(id),
        actor: vars.own("GITHUB_ACTOR"),
        run_url: page(vars),
        ..CiFacts::default()
    };
    let target = vars.is("GITHUB_EVENT_NAME", "pull_request_target");
    let number = pull_number(reference)
        .or_else(|| target.then(|| event.pointer("/pull_request/number").and_then(Value::as_u64)).flatten());
    if let Some(number) = number {
        let head = said("/pull_request/head/sha").and_then(id);
        facts.pr = Some(number);
        facts.branch = source(vars, &event);
        facts.base_branch = vars.own("GITHUB_BASE_REF").or_else(|| said("/pull_request/base/ref").map(str::to_owned));
        facts.throwaway = reference.ends_with("/merge");
        if target {
            // The facts are about the pull request, which such a job checks out by itself, not about the base's tip.
            facts.commit.clone_from(&head);
        }
        facts.pr_head = head;
    } else if let Some(tag) = reference.strip_prefix("refs/tags/") {
        facts.tag = Some(tag.to_owned());
    } else if reference.starts_with("refs/heads/") {
        facts.branch = Some(branch(reference));
        facts.base_branch = said("/merge_group/base_ref").map(branch);
    }
    Some(facts)
}

/// The pull request's branch, `owner:branch` where it lies in a fork (a deleted fork has no `repo`).
fn source(vars: &Vars, event: &Value) -> Option<String> {
    let said = |path: &str| event.pointer(path).and_then(Value::as_str);
    let fork = event.pointer("/pull_request/head").is_some()
        && said("/pull_request/head/repo/full_name") != said("/pull_request/base/repo/full_name");
    let label = said("/pull_request/head/label").filter(|_| fork);
    label.or_else(|| vars.get("GITHUB_HEAD_REF")).or_else(|| said("/pull_request/head/ref")).map(str::to_owned)
}

fn page(vars: &Vars) -> Option<String> {
    let (server, repository) = (vars.get("GITHUB_SERVER_URL")?, vars.get("GITHUB_REPOSITORY")?);
    Some(format!("{server}/{repository}/actions/runs/{}", vars.get("GITHUB_RUN_ID")?))
}
