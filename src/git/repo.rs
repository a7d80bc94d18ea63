//! Opening a repository and resolving revisions.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Once;

use git2::{ErrorClass, ErrorCode, ObjectType, Repository};

use super::rewritten::Rewritten;
use super::{Ancestry, Git, Id};
use crate::{Error, Result};

/// A repository of any kind: with a work tree or bare, linked work tree, shallow, partial.
pub struct Repo {
    inner: Repository,
    reftable: bool,
    /// libgit2 opened it by itself, with git's variables.
    own: bool,
    rewritten: OnceCell<Rewritten>,
    /// Files that were asked of the program git: a partial clone asks its remote, also for what is nowhere.
    asked: RefCell<BTreeMap<String, Option<Vec<u8>>>>,
    /// Commits that a walk will meet soon, see [`Repo::foresee`].
    pub(super) foreseen: RefCell<BTreeMap<Id, Ancestry>>,
}

/// What a revision means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The commit.
    pub id: Id,
    /// The name of the tag, where the revision names one (`v1.2.0`, `refs/tags/v1.2.0`).
    pub tag: Option<String>,
}

static SETUP: Once = Once::new();

/// Extensions that only change what we leave to the program git, or that we handle.
const EXTENSIONS: &[&str] =
    &["noop", "objectformat", "worktreeconfig", "preciousobjects", "partialclone", "refstorage", "relativeworktrees"];

#[allow(unsafe_code)]
fn setup() {
    SETUP.call_once(|| {
        // SAFETY: the call writes a static of libgit2; `Once` makes this the only write, before any repository is open.
        let set = unsafe { git2::opts::set_extensions(EXTENSIONS) };
        debug_assert!(set.is_ok(), "{set:?}");
        git2::opts::strict_hash_verification(false);
    });
}

impl Repo {
    /// Opens the repository as git does: by `GIT_DIR` and its companions, else upwards from the current directory.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where there is none, or it belongs to another user.
    pub fn open() -> Result<Self> {
        setup();
        match Repository::open_from_env() {
            // libgit2 does not know the patterns of `safe.directory`; git decides.
            Err(error) if error.code() == ErrorCode::Owner => Ok(Self::with(reopen_trusted(error)?)),
            other => Ok(Self { own: true, ..Self::with(other.map_err(not_open)?) }),
        }
    }

    /// Opens the repository at this path, or above it.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where there is none.
    pub fn at(path: &Path) -> Result<Self> {
        setup();
        Ok(Self::with(Repository::discover(path).map_err(not_open)?))
    }

    fn with(inner: Repository) -> Self {
        let reftable = inner
            .config()
            .and_then(|c| c.get_string("extensions.refstorage"))
            .is_ok_and(|kind| kind.eq_ignore_ascii_case("reftable"));
        Self {
            inner,
            reftable,
            own: false,
            rewritten: OnceCell::new(),
            asked: RefCell::default(),
            foreseen: RefCell::default(),
        }
    }

    pub(super) fn inner(&self) -> &Repository {
        &self.inner
    }

    /// Commits whose parents git tells differently.
    pub(super) fn rewritten(&self) -> &Rewritten {
        self.rewritten.get_or_init(|| Rewritten::read(self))
    }

    pub(super) fn is_own(&self) -> bool {
        self.own
    }

    pub(super) fn is_reftable(&self) -> bool {
        self.reftable
    }

    /// The directory shared by all work trees of the repository (`.git`).
    pub fn common_dir(&self) -> &Path {
        self.inner.commondir()
    }

    /// Where git-bench keeps what is not pushed as a ref: lock, spool, local payloads.
    pub fn bench_dir(&self) -> PathBuf {
        self.inner.commondir().join("bench")
    }

    /// The root of the work tree; `None` in a bare repository.
    pub fn work_dir(&self) -> Option<&Path> {
        self.inner.workdir()
    }

    /// Whether the history is cut (`git clone --depth`).
    pub fn is_shallow(&self) -> bool {
        self.common_dir().join("shallow").exists()
    }

    /// The program git, run in this repository.
    pub fn git(&self) -> Git {
        Git::at(self.inner.workdir().unwrap_or_else(|| self.inner.path()))
    }

    /// The number of hex digits of an id: 40, or 64 in a SHA-256 repository.
    pub fn hex_len(&self) -> usize {
        match self.inner.object_format() {
            git2::ObjectFormat::Sha256 => 64,
            _ => 40,
        }
    }

    /// The commit that HEAD means; `None` where there is no commit yet.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where HEAD is broken.
    pub fn head(&self) -> Result<Option<Id>> {
        if self.reftable {
            return Ok(self.git().try_text(&["rev-parse", "--verify", "-q", "HEAD"]).and_then(|t| super::id(&t)));
        }
        match self.inner.head() {
            Ok(head) => Ok(Some(head.peel_to_commit()?.id())),
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The branch that HEAD is on, without `refs/heads/`; `None` where it is detached.
    pub fn head_branch(&self) -> Option<String> {
        let head = if self.reftable {
            self.git().try_text(&["symbolic-ref", "-q", "HEAD"])?
        } else {
            self.inner.find_reference("HEAD").ok()?.symbolic_target().ok().flatten()?.to_owned()
        };
        head.strip_prefix("refs/heads/").map(str::to_owned)
    }

    /// The commit that any rev-parse expression means; an annotated tag means its commit.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where it names nothing here, or no commit.
    pub fn resolve(&self, revision: &str) -> Result<Resolved> {
        let unknown = || {
            if revision.starts_with("HEAD") && self.head().is_ok_and(|head| head.is_none()) {
                return Error::data("this repository has no commit yet").hint("git commit, then run it again");
            }
            let error = Error::data(format!("unknown revision '{revision}'"));
            if self.is_shallow() {
                error.hint("this clone is shallow: git fetch --deepen=100, or git fetch --unshallow")
            } else {
                error.hint("git fetch --all --tags brings what the remotes have")
            }
        };
        let found = if self.reftable { None } else { self.inner.revparse_single(revision).ok() };
        let id = match found {
            Some(object) => object
                .peel(ObjectType::Commit)
                .map_err(|_| Error::data(format!("'{revision}' is no commit")).hint("git log --oneline shows commits"))?
                .id(),
            // libgit2 does not know every expression: '@{push}', the newest approximate dates.
            None => {
                let name = format!("{revision}^{{commit}}");
                self.git()
                    .try_text(&["rev-parse", "--verify", "-q", "--end-of-options", &name])
                    .and_then(|text| super::id(&text))
                    .ok_or_else(unknown)?
            }
        };
        Ok(Resolved { id, tag: self.tag_of(revision) })
    }

    fn tag_of(&self, revision: &str) -> Option<String> {
        let name = revision.strip_prefix("refs/tags/").or_else(|| revision.strip_prefix("tags/")).unwrap_or(revision);
        self.read_ref(&format!("refs/tags/{name}")).ok().flatten().map(|_| name.to_owned())
    }

    /// Whether tracked files differ from HEAD, as `git describe --dirty` has it; `false` in a bare repository.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where the index cannot be read.
    pub fn is_dirty(&self) -> Result<bool> {
        if self.inner.is_bare() || self.inner.workdir().is_none() {
            return Ok(false);
        }
        let mut options = git2::StatusOptions::new();
        options.include_untracked(false).include_ignored(false).exclude_submodules(true).update_index(false);
        let quick = self.inner.statuses(Some(&mut options)).map(|found| !found.is_empty());
        match quick {
            Ok(false) => Ok(false),
            // Filters and sparse checkouts are git's own affair: its word counts.
            _ => {
                let git = self.git();
                git.output(&["update-index", "-q", "--refresh"])?;
                Ok(!git.output(&["diff-index", "--quiet", "HEAD", "--"])?.status.success())
            }
        }
    }

    /// The bytes of a file at a commit; `None` where it is not there, or not here (a partial clone fetches it).
    pub fn file_at(&self, commit: Id, path: &str) -> Option<Vec<u8>> {
        let tree = self.inner.find_commit(commit).and_then(|c| c.tree());
        if let Ok(tree) = tree {
            let entry = match tree.get_path(Path::new(path)) {
                Ok(entry) => entry,
                Err(_) => return None,
            };
            if let Ok(blob) = self.inner.find_blob(entry.id()) {
                return Some(blob.content().to_vec());
            }
        }
        let name = format!("{commit}:{path}");
        if let Some(known) = self.asked.borrow().get(&name) {
            return known.clone();
        }
        let output = self.git().output(&["cat-file", "blob", &name]).ok()?;
        let found = output.status.success().then_some(output.stdout);
        self.asked.borrow_mut().insert(name, found.clone());
        found
    }

    /// The best common ancestor of two commits; `None` where they share none that is here.
    pub fn merge_base(&self, a: Id, b: Id) -> Option<Id> {
        if !self.rewritten().is_empty() {
            let found = self.git().try_text(&["merge-base", &a.to_string(), &b.to_string()])?;
            return super::id(found.lines().next()?);
        }
        // One is often on the other's first-parent line, which is many times shorter than all that it merged.
        if self.is_first_parent(b, a) {
            return Some(b);
        }
        if self.is_first_parent(a, b) {
            return Some(a);
        }
        self.inner.merge_base(a, b).ok()
    }

    /// Whether `ancestor` is met by a walk along first parents from `commit`, as far as commits are not older than it.
    fn is_first_parent(&self, ancestor: Id, commit: Id) -> bool {
        let Ok(time) = self.inner.find_commit(ancestor).map(|c| c.time().seconds()) else { return false };
        let walk = self.first_parents(commit).map_while(Result::ok);
        walk.take_while(|step| step.id == ancestor || step.time >= time).any(|step| step.id == ancestor)
    }

    /// Whether `ancestor` is `commit` or behind it.
    pub fn is_ancestor(&self, ancestor: Id, commit: Id) -> bool {
        if ancestor != commit && !self.rewritten().is_empty() {
            let words = ["merge-base", "--is-ancestor", &ancestor.to_string(), &commit.to_string()];
            return self.git().output(&words).is_ok_and(|output| output.status.success());
        }
        self.is_raw_ancestor(ancestor, commit)
    }

    /// As [`Repo::is_ancestor`], by what the commits say themselves.
    pub fn is_raw_ancestor(&self, ancestor: Id, commit: Id) -> bool {
        ancestor == commit || self.inner.graph_descendant_of(commit, ancestor).unwrap_or(false)
    }

    /// Whether an object with this id is here.
    pub fn has(&self, id: Id) -> bool {
        self.inner.odb().is_ok_and(|odb| odb.exists(id))
    }

    /// The full id of a unique abbreviation of a commit's id.
    pub fn expand(&self, prefix: &str) -> Option<Id> {
        if !prefix.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        self.inner.find_commit_by_prefix(prefix).ok().map(|c| c.id())
    }

    /// The full id of an abbreviation that several objects share, where only one of them is a commit; `None` where none or
    /// more are. Asks the program git: libgit2 does not look at the kinds.
    pub fn expand_among(&self, prefix: &str) -> Option<Id> {
        let name = format!("{prefix}^{{commit}}");
        self.git()
            .try_text(&["rev-parse", "--verify", "-q", "--end-of-options", &name])
            .and_then(|text| super::id(&text))
    }

    /// Whether an abbreviation is one of several objects.
    pub fn is_ambiguous(&self, prefix: &str) -> bool {
        self.inner.find_commit_by_prefix(prefix).is_err_and(|e| e.code() == ErrorCode::Ambiguous)
    }
}

fn reopen_trusted(error: git2::Error) -> Result<Repository> {
    let git = Git::at(".");
    match git.try_text(&["rev-parse", "--absolute-git-dir"]) {
        Some(dir) => {
            #[allow(unsafe_code)]
            // SAFETY: sets one flag of libgit2, before any other repository is opened; git itself trusts the directory.
            unsafe {
                git2::opts::set_verify_owner_validation(false)?;
            }
            Ok(Repository::open(dir)?)
        }
        None => Err(not_open(error).hint("git config --global --add safe.directory <that directory>")),
    }
}

fn not_open(error: git2::Error) -> Error {
    if error.code() == ErrorCode::NotFound && error.class() == ErrorClass::Repository {
        return Error::data("not a git repository (or any of the parent directories)")
            .hint("git init, or run it inside a clone");
    }
    Error::data("cannot open the repository").because(error)
}
