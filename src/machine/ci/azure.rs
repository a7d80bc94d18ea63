//! Azure Pipelines. Source: <https://learn.microsoft.com/azure/devops/pipelines/build/variables>; a variable
//! `Build.SourceBranch` stands in the environment as `BUILD_SOURCEBRANCH`.

use super::{CiFacts, Read, Vars, branch, id, pull_number};

/// - `TF_BUILD`: `True` in every build.
/// - `BUILD_SOURCEBRANCH`: `refs/heads/a/b`, `refs/tags/T`, or of a pull request `refs/pull/N/merge`.
/// - `BUILD_SOURCEVERSION`: what is built; of `refs/pull/N/merge` the throw-away merge.
/// - `SYSTEM_PULLREQUEST_PULLREQUESTNUMBER`: the number, for GitHub, whose id (`SYSTEM_PULLREQUEST_PULLREQUESTID`) is
///   another; Azure Repos has only the id.
/// - `SYSTEM_PULLREQUEST_SOURCEBRANCH`, `SYSTEM_PULLREQUEST_TARGETBRANCH`: with or without `refs/heads/`.
/// - `SYSTEM_PULLREQUEST_SOURCECOMMITID`: the head. `SYSTEM_PULLREQUEST_ISFORK`: `True` for a fork; its owner is part of
///   `SYSTEM_PULLREQUEST_SOURCEREPOSITORYURI`.
/// - `SYSTEM_COLLECTIONURI`, `SYSTEM_TEAMPROJECT`, `BUILD_BUILDID`: the parts of the build's page.
pub(super) fn detect(vars: &Vars, _: Read) -> Option<CiFacts> {
    if !vars.is("TF_BUILD", "true") {
        return None;
    }
    let reference = vars.get("BUILD_SOURCEBRANCH").unwrap_or_default();
    let mut facts = CiFacts {
        provider: "azure",
        commit: vars.get("BUILD_SOURCEVERSION").and_then(id),
        tag: reference.strip_prefix("refs/tags/").map(str::to_owned),
        actor: vars.own("BUILD_REQUESTEDFOR"),
        run_url: page(vars),
        ..CiFacts::default()
    };
    let number = vars
        .number("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER")
        .or_else(|| pull_number(reference))
        .or_else(|| vars.number("SYSTEM_PULLREQUEST_PULLREQUESTID"));
    if let Some(number) = number {
        facts.pr = Some(number);
        facts.branch = vars.get("SYSTEM_PULLREQUEST_SOURCEBRANCH").map(|name| match owner(vars) {
            Some(owner) => format!("{owner}:{}", branch(name)),
            None => branch(name),
        });
        facts.base_branch = vars.get("SYSTEM_PULLREQUEST_TARGETBRANCH").map(branch);
        facts.pr_head = vars.get("SYSTEM_PULLREQUEST_SOURCECOMMITID").and_then(id);
        facts.throwaway = reference.ends_with("/merge");
    } else if reference.starts_with("refs/heads/") {
        facts.branch = Some(branch(reference));
    }
    Some(facts)
}

/// The owner of the fork, from `https://github.com/owner/name`; `fork` where it cannot be told.
fn owner(vars: &Vars) -> Option<String> {
    if !vars.is("SYSTEM_PULLREQUEST_ISFORK", "true") {
        return None;
    }
    let uri = vars.get("SYSTEM_PULLREQUEST_SOURCEREPOSITORYURI").unwrap_or_default();
    let owner = uri.strip_prefix("https://github.com/").and_then(|path| path.split('/').next());
    Some(owner.unwrap_or("fork").to_owned())
}

fn page(vars: &Vars) -> Option<String> {
    let (server, project) = (vars.get("SYSTEM_COLLECTIONURI")?, vars.get("SYSTEM_TEAMPROJECT")?.replace(' ', "%20"));
    let server = server.trim_end_matches('/');
    Some(format!("{server}/{project}/_build/results?buildId={}", vars.get("BUILD_BUILDID")?))
}
