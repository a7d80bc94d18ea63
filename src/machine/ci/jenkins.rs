//! Jenkins. Sources: `/env-vars.html` of any Jenkins (branch-api and git plugin),
//! <https://plugins.jenkins.io/git/#plugin-content-environment-variables>.

use super::{CiFacts, Read, Vars, branch, id};

/// - `JENKINS_URL`: set in every build.
/// - `GIT_COMMIT`: the revision that is built. Where a pull request is built merged with its target, the merge is made in
///   the workspace and this stays the pull request's head; so such a merge is told by its parents
///   ([`CiFacts::merged`]), never by a variable.
/// - `GIT_BRANCH`: `origin/main`, or of a multibranch job its own name. `GIT_LOCAL_BRANCH`: the local one, if any.
/// - Multibranch: `BRANCH_NAME` (`PR-24` for a pull request, the tag for a tag), `BRANCH_IS_PRIMARY` (`true` on a primary
///   branch), `CHANGE_ID` (number of the pull request), `CHANGE_BRANCH` (its source), `CHANGE_TARGET`, `CHANGE_FORK` (the
///   fork's owner, or owner and name), `CHANGE_AUTHOR`, `TAG_NAME`.
/// - `BUILD_URL`.
pub(super) fn detect(vars: &Vars, _: Read) -> Option<CiFacts> {
    vars.get("JENKINS_URL")?;
    let commit = vars.get("GIT_COMMIT").and_then(id);
    let mut facts = CiFacts {
        provider: "jenkins",
        tag: vars.own("TAG_NAME"),
        actor: vars.own("CHANGE_AUTHOR"),
        run_url: vars.own("BUILD_URL"),
        ..CiFacts::default()
    };
    if let Some(number) = vars.number("CHANGE_ID") {
        facts.pr = Some(number);
        facts.base_branch = vars.own("CHANGE_TARGET");
        facts.branch = vars.get("CHANGE_BRANCH").map(|name| match vars.get("CHANGE_FORK") {
            Some(fork) => format!("{fork}:{name}"),
            None => name.to_owned(),
        });
        facts.pr_head.clone_from(&commit);
    } else if facts.tag.is_none() {
        let remote = |name: &str| {
            let name = name.strip_prefix("refs/remotes/").unwrap_or(name);
            branch(name.strip_prefix("origin/").unwrap_or(name))
        };
        facts.branch = vars
            .own("BRANCH_NAME")
            .or_else(|| vars.own("GIT_LOCAL_BRANCH"))
            .or_else(|| vars.get("GIT_BRANCH").map(remote))
            .filter(|name| name != "detached" && name != "HEAD");
        if vars.is("BRANCH_IS_PRIMARY", "true") {
            facts.default_branch.clone_from(&facts.branch);
        }
    }
    facts.commit = commit;
    Some(facts)
}
