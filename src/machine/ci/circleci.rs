//! CircleCI. Source: <https://circleci.com/docs/reference/variables/>.

use super::{CiFacts, Read, Vars, id};

/// - `CIRCLECI`: `true`.
/// - `CIRCLE_SHA1`: the commit of the build; CircleCI builds heads, never merges.
/// - `CIRCLE_BRANCH`: the branch, `pull/N` (or `pull/N/head`) for a fork's pull request; absent for a tag.
/// - `CIRCLE_TAG`: the tag, if one started the build.
/// - `CIRCLE_PR_NUMBER`, `CIRCLE_PR_USERNAME`: number and owner, only for a fork's pull request.
/// - `CIRCLE_PULL_REQUEST`: the page of the pull request; `CIRCLE_PULL_REQUESTS`: several, with commas.
/// - `CIRCLE_USERNAME`, `CIRCLE_BUILD_URL`. There is none for the target or the default branch.
pub(super) fn detect(vars: &Vars, _: Read) -> Option<CiFacts> {
    if !vars.is("CIRCLECI", "true") {
        return None;
    }
    let commit = vars.get("CIRCLE_SHA1").and_then(id);
    let tag = vars.own("CIRCLE_TAG");
    let named = vars.get("CIRCLE_BRANCH").filter(|_| tag.is_none());
    let fork = named.and_then(|name| name.strip_prefix("pull/")).and_then(|rest| rest.split('/').next());
    let page = vars.get("CIRCLE_PULL_REQUEST").or_else(|| vars.get("CIRCLE_PULL_REQUESTS"));
    let pr = vars
        .number("CIRCLE_PR_NUMBER")
        .or_else(|| page?.split(',').next()?.trim_end_matches('/').rsplit('/').next()?.parse().ok())
        .or_else(|| fork?.parse().ok());
    Some(CiFacts {
        provider: "circleci",
        branch: match (fork, vars.get("CIRCLE_PR_USERNAME")) {
            // The fork's own branch is not told.
            (Some(number), Some(owner)) => Some(format!("{owner}:pull/{number}")),
            _ => named.map(str::to_owned),
        },
        pr_head: commit.clone().filter(|_| pr.is_some()),
        pr,
        tag,
        commit,
        actor: vars.own("CIRCLE_USERNAME"),
        run_url: vars.own("CIRCLE_BUILD_URL"),
        ..CiFacts::default()
    })
}
