//! A work tree of another revision, for a while.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use git_bench::git::{Id, Repo};
use git_bench::measure::{Command, Interrupt, Output};
use git_bench::{Error, Result};

use crate::cli::context::Context;

/// What an earlier call left behind, because it was killed, is removed after this time.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// A work tree below the bench folder of the git common dir; gone when it is dropped.
pub(super) struct Worktree<'a> {
    repo: &'a Repo,
    path: PathBuf,
    /// Where the command runs: the folder that the user is in, there.
    pub(super) folder: PathBuf,
}

impl<'a> Worktree<'a> {
    /// Checks out a revision. After an interrupt the tree may not be there.
    ///
    /// # Errors
    /// An unknown revision, a bare repository, what git says.
    pub(super) fn add(context: &'a Context, commit: Id, interrupt: &Arc<Interrupt>) -> Result<Self> {
        let repo = context.repo()?;
        let Some(root) = repo.work_dir() else {
            return Err(Error::usage("'--base' measures this work tree too, and a bare repository has none")
                .hint("git worktree add PATH HEAD, then git -C PATH bench run --base REV -- COMMAND"));
        };
        let all = repo.bench_dir().join("worktrees");
        sweep(repo, &all);
        let below = below(root)?;
        let path = all.join(format!("{:08x}", uuid::Uuid::new_v4().as_u128() as u32));
        std::fs::create_dir_all(&all)
            .map_err(|e| Error::data(format!("cannot make the folder '{}'", all.display())).because(e))?;
        let path = std::path::absolute(&path).unwrap_or(path);
        let tree = Self { repo, folder: path.join(below), path };
        let words = ["git", "worktree", "add", "--quiet", "--detach"].map(str::to_owned);
        let argv = words.into_iter().chain([tree.path.display().to_string(), commit.to_string()]).collect();
        let command = Command { label: "git worktree add".into(), argv, cwd: Some(root.into()), ..Command::default() };
        let ended = super::once(command, Output::Discard, interrupt)?;
        if interrupt.stopped().is_none() {
            if !ended.success() {
                return Err(Error::data(format!("cannot check out {commit} beside this work tree")));
            }
            if !tree.folder.is_dir() {
                let below = tree.folder.strip_prefix(&tree.path).unwrap_or(Path::new("")).display().to_string();
                return Err(Error::data(format!("{commit} has no folder '{below}'"))
                    .hint("git -C ROOT bench run ... measures from the root of the work tree"));
            }
        }
        Ok(tree)
    }
}

impl Drop for Worktree<'_> {
    fn drop(&mut self) {
        remove(self.repo, &self.path);
    }
}

/// The current directory below the root of the work tree.
fn below(root: &Path) -> Result<PathBuf> {
    let here = std::env::current_dir()
        .and_then(|here| here.canonicalize())
        .map_err(|e| Error::data("the current directory is gone").because(e))?;
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    Ok(here.strip_prefix(&root).map(Path::to_path_buf).unwrap_or_default())
}

fn remove(repo: &Repo, path: &Path) {
    // Whatever git thinks of it: the folder is ours.
    let text = path.display().to_string();
    let _ = repo.git().output(&["worktree", "remove", "--force", "--force", &text]);
    let _ = std::fs::remove_dir_all(path);
    let _ = repo.git().output(&["worktree", "prune"]);
    if let Some(all) = path.parent() {
        // Only where it is empty.
        let _ = std::fs::remove_dir(all);
    }
}

fn sweep(repo: &Repo, all: &Path) {
    for entry in std::fs::read_dir(all).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|facts| facts.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > STALE) {
            remove(repo, &entry.path());
        }
    }
}
