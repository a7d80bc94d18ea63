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
pub(crate) struct Worktree<'a> {
    repo: &'a Repo,
    path: PathBuf,
    /// Where the command runs: the folder that the user is in, there.
    pub(crate) folder: PathBuf,
}

impl<'a> Worktree<'a> {
    /// Checks out a revision beside this work tree. After an interrupt the tree may not be there.
    ///
    /// # Errors
    /// An unknown revision, a bare repository, a folder that it has not, what git says.
    pub(super) fn add(context: &'a Context, commit: Id, interrupt: &Arc<Interrupt>) -> Result<Self> {
        if context.repo()?.work_dir().is_none() {
            return Err(Error::usage("'--base' measures this work tree too, and a bare repository has none")
                .hint("git worktree add PATH HEAD, then git -C PATH bench run --base REV -- COMMAND"));
        }
        let tree = Self::open(context, commit, interrupt)?;
        match tree.lacks_folder() {
            Some(below) if interrupt.stopped().is_none() => {
                Err(Error::data(format!("{commit} has no folder '{below}'"))
                    .hint("git -C ROOT bench run ... measures from the root of the work tree"))
            }
            _ => Ok(tree),
        }
    }

    /// Checks out a revision, also of a bare repository. After an interrupt the tree may not be there.
    ///
    /// # Errors
    /// An unknown revision, what git says.
    pub(crate) fn open(context: &'a Context, commit: Id, interrupt: &Arc<Interrupt>) -> Result<Self> {
        let repo = context.repo()?;
        let all = repo.bench_dir().join("worktrees");
        sweep(repo, &all);
        let below = repo.work_dir().map_or_else(|| Ok(PathBuf::new()), below)?;
        let path = all.join(format!("{:08x}", uuid::Uuid::new_v4().as_u128() as u32));
        std::fs::create_dir_all(&all)
            .map_err(|e| Error::data(format!("cannot make the folder '{}'", all.display())).because(e))?;
        let path = std::path::absolute(&path).unwrap_or(path);
        let tree = Self { repo, folder: path.join(below), path };
        let path = tree.path.display().to_string();
        let args = ["worktree", "add", "--quiet", "--detach", &path, &commit.to_string()];
        tree.git(repo.git().directory(), &args, commit, interrupt)?;
        Ok(tree)
    }

    /// Checks out another revision in it. What a build left there stays, unless the revision has a file of that name.
    ///
    /// # Errors
    /// What git says.
    pub(crate) fn switch(&self, commit: Id, interrupt: &Arc<Interrupt>) -> Result<()> {
        let args = ["checkout", "--quiet", "--force", "--detach", &commit.to_string()];
        self.git(&self.path, &args, commit, interrupt)
    }

    /// The folder that the user is in, where the revision has none.
    pub(crate) fn lacks_folder(&self) -> Option<String> {
        let below = self.folder.strip_prefix(&self.path).unwrap_or(Path::new("")).display().to_string();
        (!self.folder.is_dir()).then_some(below)
    }

    fn git(&self, from: &Path, args: &[&str], commit: Id, interrupt: &Arc<Interrupt>) -> Result<()> {
        let argv = ["git"].iter().chain(args).map(|&word| word.to_owned()).collect();
        let command = Command { label: args.join(" "), argv, cwd: Some(from.into()), ..Command::default() };
        let ended = super::once(command, Output::Discard, interrupt)?;
        if interrupt.stopped().is_none() && !ended.success() {
            return Err(Error::data(format!("cannot check out {commit} beside this work tree")));
        }
        Ok(())
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
