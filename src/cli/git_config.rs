//! Which of two ways reads git's configuration: libgit2, or the program git where only that surely sees all of it.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

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
        let variable = |name: &str| env::var_os(name);
        let direct = match sight(&variable) {
            Sight::Part => None,
            seen => repo
                .filter(|repo| are_plain(repo, &variable))
                .and_then(|repo| repo.config_entries(&KEYS, seen == Sight::Whole)),
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
    // Values themselves (`git -c`), other files, and what makes libgit2 look for the home elsewhere.
    const GIVEN: [&str; 6] = [
        "GIT_CONFIG_PARAMETERS",
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG",
        "APP_SANDBOX_CONTAINER_ID",
    ];
    // libgit2 splits these at colons, asks the system for a home that no variable names, and takes nothing for here.
    let is_plain = |path: OsString| path.to_str().is_some_and(|p| p.starts_with('/') && !p.contains(':'));
    let home = variable("HOME").is_some_and(is_plain) && variable("XDG_CONFIG_HOME").is_none_or(is_plain);
    if !cfg!(target_os = "linux") || !home || GIVEN.iter().any(|name| variable(name).is_some()) {
        return Sight::Part;
    }
    // Without a git, its absence is what there is to tell.
    let Some(found) =
        variable("PATH").and_then(|path| env::split_paths(&path).map(|d| d.join("git")).find(|p| p.is_file()))
    else {
        return Sight::Part;
    };
    if variable("GIT_CONFIG_NOSYSTEM").is_some_and(|v| v == "1" || v == "true") {
        return Sight::Whole;
    }
    let Some(program) = found.canonicalize().ok().filter(|path| is_binary(path)) else {
        return Sight::Part;
    };
    // A git that was built for /usr reads /etc/gitconfig, one for /usr/local /usr/local/etc/gitconfig (git's Makefile,
    // sysconfdir) or, if its builder said so, that; what others read is not known.
    let in_prefix = |below: &str| program.parent().and_then(|p| p.to_str()).and_then(|p| p.strip_suffix(below));
    match ["/bin", "/lib/git-core", "/libexec/git-core"].iter().find_map(|below| in_prefix(below)) {
        Some(prefix) if Path::new(prefix).join("etc/gitconfig").exists() => Sight::Part,
        Some("/usr") => Sight::Whole,
        Some("/usr/local") => Sight::ButSystem,
        _ => Sight::Part,
    }
}

/// Whether a program is no script, which may say anything to git.
fn is_binary(program: &Path) -> bool {
    let mut magic = [0; 4];
    File::open(program).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == *b"\x7fELF"
}

/// Whether the files are written so that libgit2 reads them as git does: it differs where a line goes on behind a
/// backslash, where one escapes a quote, and where a quote is not closed.
fn are_plain(repo: &Repo, variable: &dyn Fn(&str) -> Option<OsString>) -> bool {
    let home = PathBuf::from(variable("HOME").unwrap_or_default());
    let of_user = variable("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from);
    let files = [
        repo.common_dir().join("config"),
        home.join(".gitconfig"),
        of_user.join("git/config"),
        PathBuf::from("/etc/gitconfig"),
    ];
    let closed = |line: &[u8]| line.iter().filter(|b| **b == b'"').count().is_multiple_of(2);
    files.iter().all(|file| match fs::read(file) {
        Ok(text) => !text.contains(&b'\\') && text.split(|b| *b == b'\n').all(closed),
        Err(error) => error.kind() == ErrorKind::NotFound,
    })
}
