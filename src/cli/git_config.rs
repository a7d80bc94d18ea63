//! Which of two ways reads git's configuration: libgit2, or the program git where only that surely sees all of it.

use std::env;
use std::ffi::OsString;
use std::path::Path;

use git_bench::Result;
use git_bench::git::{ConfigEntry, ConfigRead, Git, Repo};
use git_bench::model::parallel::call_helper;

/// The beginnings of the keys that a command may ask for.
const KEYS: [&str; 5] = ["bench.", "color.", "user.", "core.pager", "pager."];

/// Begins what takes as long as to parse the arguments: the helper, and a git that reads its configuration where only
/// that sees all of it; not where they begin with an option, which may be `-C`, and not without any.
pub(crate) fn read_ahead(mut arguments: impl Iterator<Item = OsString>) -> Option<ConfigRead> {
    let is_command = |word: &OsString| word.to_str().is_some_and(|w| w != "help" && !w.starts_with('-'));
    let word = arguments.nth(1).filter(is_command)?;
    if word == "diff" || word == "check" {
        call_helper();
    }
    if sight(&|name| env::var_os(name)) == Sight::Part { begin().ok() } else { None }
}

fn begin() -> Result<ConfigRead> {
    Git::at(".").begin_config(&format!("^({})", KEYS.join("|").replace('.', "\\.")))
}

/// The values of git's configuration that a command may ask for, or a read of them that goes on.
pub(crate) enum GitConfig {
    Read(Vec<ConfigEntry>),
    Begun(ConfigRead),
}

impl GitConfig {
    /// Reads them, or begins to; nothing is begun twice.
    pub(crate) fn read(repo: Option<&Repo>, ahead: Option<ConfigRead>) -> Result<Self> {
        if let Some(ahead) = ahead {
            return Ok(Self::Begun(ahead));
        }
        let direct = match sight(&|name| env::var_os(name)) {
            Sight::Part => None,
            seen => repo.and_then(|repo| repo.config_entries(&KEYS, seen == Sight::Whole)),
        };
        direct.map_or_else(|| begin().map(Self::Begun), |entries| Ok(Self::Read(entries)))
    }

    /// The values, in git's order.
    pub(crate) fn finish(self) -> Result<Vec<ConfigEntry>> {
        match self {
            Self::Read(entries) => Ok(entries),
            Self::Begun(reading) => reading.finish(),
        }
    }
}

/// What libgit2 sees of the configuration that git sees.
#[derive(Clone, Copy, PartialEq)]
enum Sight {
    /// All of it.
    Whole,
    /// All but the system's file: libgit2 reads `/etc/gitconfig`, git that or none.
    ButSystem,
    /// Some of it.
    Part,
}

/// What libgit2 sees in this environment, of which `variable` tells the values.
fn sight(variable: &dyn Fn(&str) -> Option<OsString>) -> Sight {
    // `git -c` is among them.
    const GIVEN: [&str; 5] =
        ["GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG"];
    // Where no variable names the home, libgit2 asks the system for it and git does not.
    let homeless = variable("HOME").is_none_or(|home| home.is_empty());
    if !cfg!(unix) || homeless || GIVEN.iter().any(|name| variable(name).is_some()) {
        return Sight::Part;
    }
    if variable("GIT_CONFIG_NOSYSTEM").is_some_and(|v| v == "1" || v == "true") {
        return Sight::Whole;
    }
    let found =
        variable("PATH").and_then(|path| std::env::split_paths(&path).map(|d| d.join("git")).find(|p| p.is_file()));
    let Some(program) = found.filter(|_| cfg!(target_os = "linux")).and_then(|path| path.canonicalize().ok()) else {
        return Sight::Part;
    };
    // A git that was built for /usr reads /etc/gitconfig, another one etc/gitconfig below its own prefix (git's Makefile,
    // sysconfdir), unless its builder said otherwise.
    let in_prefix = |below: &str| program.parent().and_then(|p| p.to_str()).and_then(|p| p.strip_suffix(below));
    match ["/bin", "/lib/git-core", "/libexec/git-core"].iter().find_map(|below| in_prefix(below)) {
        Some(prefix) if Path::new(prefix).join("etc/gitconfig").exists() => Sight::Part,
        Some("/usr") => Sight::Whole,
        Some(_) => Sight::ButSystem,
        None => Sight::Part,
    }
}
