//! The recipes in `docs/ci.md`: each file of `docs/ci/` with what is to be said of it.

use super::pages::text_of;

/// Title, file below `docs/ci/`, language, and the text before and behind it.
type Recipe = (&'static str, &'static str, &'static str, &'static str, &'static str);

const RECIPES: &[Recipe] = &[
    (
        "## GitHub Actions",
        "github/bench.yml",
        "yaml",
        "Also for Gitea and Forgejo, which set the same variables.",
        "A pull request's job needs neither secrets nor the right to write, so forks work as other branches do.",
    ),
    (
        "### One comment, kept up to date",
        "github/bench-comment.yml",
        "yaml",
        "`check --format md` ends in the mark `<!-- git-bench check -->` and stays under GitHub's limit. A second workflow posts it.",
        "",
    ),
    (
        "### Pull requests from forks",
        "",
        "",
        "They run without secrets and with a read-only token; the job above needs neither. Its runs stay in the job: the comment\n\
         tells what was found. When the pull request lands, main's job measures it. To keep a fork's runs, record the artifact's\n\
         `results.json` in a job of the base branch, which runs none of the fork's code: `git fetch origin pull/NUMBER/head`, then\n\
         `git bench record --commit FETCH_HEAD --pr NUMBER results.json`.",
        "",
    ),
    (
        "### Releases",
        "github/bench-release.yml",
        "yaml",
        "A tag build records a release benchmark by itself. The text for the release notes is what changed since the tag before.",
        "",
    ),
    (
        "### A matrix, and an action of its own",
        "github/bench-matrix.yml",
        "yaml",
        "Jobs beside each other measure different suites. Each pushes by itself: with `actions/checkout`'s usual depth of one\n\
         commit, too. The last one takes in what went to incoming refs, and judges every suite that the commit was measured in.",
        "The action is in [docs/ci/action/action.yml](ci/action/action.yml): it installs git-bench unless it is on PATH, measures,\n\
         records, and shares (`push: true`) or checks. Its output `code` is the exit code of the check.",
    ),
    (
        "## GitLab CI",
        "gitlab-ci.yml",
        "yaml",
        "",
        "Merged results pipelines and merge trains are understood: in the first the run belongs to the head of the source branch,\n\
         in the second to the commit that lands. Jobs of a `parallel: matrix` take `--suite` each, as above.",
    ),
    ("## Buildkite", "buildkite.yml", "yaml", "The annotation of a build is updated in place.", ""),
    (
        "## Jenkins",
        "Jenkinsfile",
        "groovy",
        "",
        "The clone must hold the base branch: in the pipeline's source, advanced clone behaviours with the refspec\n\
         `+refs/heads/*:refs/remotes/origin/*`, not shallow. Outside of CI's own variables name it with `git config bench.base main`.",
    ),
    (
        "## Cron",
        "bench-nightly",
        "sh",
        "A machine of your own, a crontab line, and a script; nothing else is quieter.",
        "Checked out detached, HEAD has no branch name: hence `--channel daily`.",
    ),
];

/// The part of the page.
pub fn all() -> String {
    let mut out = Vec::new();
    for (title, file, language, before, behind) in RECIPES {
        let shown = if file.is_empty() {
            String::new()
        } else {
            let text = text_of(&format!("docs/ci/{file}"));
            format!("[docs/ci/{file}](ci/{file}):\n\n```{language}\n{}\n```", text.trim_end())
        };
        out.extend(
            [*title, *before, &shown, *behind].iter().filter(|part| !part.is_empty()).map(|part| (*part).to_owned()),
        );
    }
    out.join("\n\n")
}

/// The files that are shown.
pub fn files() -> impl Iterator<Item = &'static str> {
    RECIPES.iter().map(|recipe| recipe.1).filter(|file| !file.is_empty())
}
