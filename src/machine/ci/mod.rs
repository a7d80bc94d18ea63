//! What a CI says of the run: commit, branch, pull request. One file a CI; each variable with its source.

mod azure;
mod buildkite;
mod circleci;
mod github;
mod gitlab;
mod jenkins;

/// What a CI's variables say. They speak of one commit ([`CiFacts::speaks_of`]): a job may have checked out another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CiFacts {
    /// `github`, `gitlab`, `buildkite`, `jenkins`, `circleci` or `azure`.
    pub provider: &'static str,
    /// The branch that is built; of a pull request its source branch, `owner:branch` where that lies in a fork. Absent for
    /// tags.
    pub branch: Option<String>,
    /// The repository's default branch.
    pub default_branch: Option<String>,
    /// The branch that the pull request, or the merge queue's commit, is to be merged into.
    pub base_branch: Option<String>,
    /// The number of the pull request. Absent for a merge queue of several.
    pub pr: Option<u64>,
    /// The head of the pull request. Absent for a merge queue, whose commit lands as it is.
    pub pr_head: Option<String>,
    /// The tag that is built.
    pub tag: Option<String>,
    /// The commit that the CI says it has checked out; absent where it gives no id.
    pub commit: Option<String>,
    /// Whether `commit` is the CI's own merge of the pull request into its base, which never lands.
    pub throwaway: bool,
    /// Who started it, by the CI's login.
    pub actor: Option<String>,
    /// The page of the job or build.
    pub run_url: Option<String>,
}

/// Which commit a throw-away merge stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The head of the pull request: what the run belongs to.
    pub head: String,
    /// The commit of the base that it was merged with; unknown where the merge is not here.
    pub base: Option<String>,
}

impl CiFacts {
    /// Whether branch, tag and pull request are about this commit: the one that is built, the pull request's head, or any
    /// where the CI names none. A job that checks out something else (each commit of a history, a pull request on a
    /// comment) must not get the branch of what started it.
    pub fn speaks_of(&self, commit: &str) -> bool {
        let same = |id: &Option<String>| id.as_deref() == Some(commit);
        same(&self.commit) || same(&self.pr_head) || (self.commit.is_none() && self.pr_head.is_none())
    }

    /// If `commit` is a throw-away merge of the pull request: its head and its base. `parents` are those of the raw commit
    /// object, which names both even in a checkout of depth 1; empty where the object is not here.
    ///
    /// A commit that has the pull request's head as one of two parents is such a merge in every CI. Else the CI must have
    /// said so; then the first parent is the base.
    pub fn merged(&self, commit: &str, parents: &[String]) -> Option<Merged> {
        self.pr?;
        if self.pr_head.as_deref() == Some(commit) {
            return None;
        }
        if let [first, second] = parents {
            let base = match self.pr_head.as_deref() {
                Some(head) if head == second => Some(first),
                Some(head) if head == first => Some(second),
                _ => None,
            };
            if let Some(base) = base {
                return Some(Merged { head: self.pr_head.clone()?, base: Some(base.clone()) });
            }
        }
        if !self.throwaway || self.commit.as_deref().is_some_and(|built| built != commit) {
            return None;
        }
        match parents {
            [base, head] => Some(Merged { head: head.clone(), base: Some(base.clone()) }),
            [] => Some(Merged { head: self.pr_head.clone()?, base: None }),
            _ => None,
        }
    }
}

/// The variables of a job; an empty one counts as absent, as CIs set those that do not apply.
struct Vars<'a>(&'a [(String, String)]);

impl Vars<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    fn own(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.get(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }
}

/// Reads a file by its path.
type Read<'a> = &'a dyn Fn(&str) -> Option<String>;

/// All CIs. Those that run inside another's machines come first.
static PROVIDERS: &[fn(&Vars, Read) -> Option<CiFacts>] =
    &[buildkite::detect, circleci::detect, gitlab::detect, github::detect, azure::detect, jenkins::detect];

/// What the CI says that this process runs in; `None` outside of the known ones. `read` reads the file that
/// `GITHUB_EVENT_PATH` names.
pub fn detect(vars: &[(String, String)], read: &dyn Fn(&str) -> Option<String>) -> Option<CiFacts> {
    let vars = Vars(vars);
    PROVIDERS.iter().find_map(|provider| provider(&vars, read))
}

/// `refs/heads/a/b` is the branch `a/b`; a short name stays.
fn branch(reference: &str) -> String {
    reference.strip_prefix("refs/heads/").unwrap_or(reference).to_owned()
}

/// The number in `refs/pull/N/merge`.
fn pull_number(reference: &str) -> Option<u64> {
    reference.strip_prefix("refs/pull/")?.split('/').next()?.parse().ok()
}

/// A full object id, which `HEAD` and other names are not.
fn id(text: &str) -> Option<String> {
    let hex = text.len() >= 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
    hex.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
