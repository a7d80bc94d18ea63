//! Buildkite. Source: <https://buildkite.com/docs/pipelines/configure/environment-variables>.

use super::{CiFacts, Read, Vars, branch, id};

/// - `BUILDKITE`: always `true`.
/// - `BUILDKITE_COMMIT`: the commit of the build, or a name such as `HEAD`.
/// - `BUILDKITE_BRANCH`: the branch; of a tag's build the tag's name. For a fork `owner:branch`, as the pipeline's setting
///   prefixes it.
/// - `BUILDKITE_TAG`: the tag, if one started the build.
/// - `BUILDKITE_PULL_REQUEST`: the number, or `false`. `BUILDKITE_PULL_REQUEST_BASE_BRANCH`: its target.
/// - `BUILDKITE_PULL_REQUEST_USING_MERGE_REFSPEC`: `true` where the agent checks out `refs/pull/N/merge` instead of the
///   head (agent 3.137, a preview feature); then `BUILDKITE_COMMIT` need not be what is checked out.
/// - `BUILDKITE_MERGE_QUEUE_BASE_BRANCH`: the target of a merge queue's build, whose commit lands as it is.
/// - `BUILDKITE_PIPELINE_DEFAULT_BRANCH`, `BUILDKITE_BUILD_CREATOR`, `BUILDKITE_BUILD_URL`.
pub(super) fn detect(vars: &Vars, _: Read) -> Option<CiFacts> {
    if !vars.is("BUILDKITE", "true") {
        return None;
    }
    let commit = vars.get("BUILDKITE_COMMIT").and_then(id);
    let tag = vars.own("BUILDKITE_TAG");
    let mut facts = CiFacts {
        provider: "buildkite",
        branch: vars.get("BUILDKITE_BRANCH").filter(|_| tag.is_none()).map(branch),
        default_branch: vars.own("BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
        base_branch: vars.own("BUILDKITE_MERGE_QUEUE_BASE_BRANCH"),
        tag,
        actor: vars.own("BUILDKITE_BUILD_CREATOR"),
        run_url: vars.own("BUILDKITE_BUILD_URL"),
        ..CiFacts::default()
    };
    facts.pr = vars.number("BUILDKITE_PULL_REQUEST").filter(|_| facts.base_branch.is_none());
    if facts.pr.is_some() {
        facts.base_branch = vars.own("BUILDKITE_PULL_REQUEST_BASE_BRANCH");
        facts.throwaway = vars.is("BUILDKITE_PULL_REQUEST_USING_MERGE_REFSPEC", "true");
        if !facts.throwaway {
            facts.pr_head.clone_from(&commit);
        }
    }
    facts.commit = commit.filter(|_| !facts.throwaway);
    Some(facts)
}
