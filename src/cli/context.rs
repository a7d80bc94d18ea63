//! What every command gets: the repository, the configuration, the environment, the clock, and where output goes.

use std::cell::OnceCell;
use std::io::{self, IsTerminal, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use git_bench::config::{Config, Source};
use git_bench::git::{ConfigEntry, ConfigRead, Identity, Repo};
use git_bench::machine::ci::{self, CiFacts};
use git_bench::model::Time;
use git_bench::payload::Payloads;
use git_bench::render::escape;
use git_bench::store::{Options, Store};
use git_bench::{Error, Result};

use super::git_config::GitConfig;
use super::options::{Global, When};
use super::output::Output;

/// Everything a command needs from outside.
pub(crate) struct Context {
    pub(crate) global: Global,
    pub(crate) variables: Vec<(String, String)>,
    /// Where output goes.
    pub(crate) output: Output,
    now: Time,
    entries: Vec<ConfigEntry>,
    repo: OnceCell<Repo>,
    config: OnceCell<Config>,
    ci: OnceCell<Option<CiFacts>>,
    /// The store inside the git common dir, once something was kept there.
    pub(super) local: OnceCell<Payloads>,
}

impl Context {
    /// Opens the repository, reads git's configuration and does `meanwhile`; that goes on beside the program git, where
    /// it is what reads (begun `ahead`, maybe).
    pub(crate) fn new(global: Global, ahead: Option<ConfigRead>, meanwhile: &dyn Fn(&Repo)) -> Result<Self> {
        if let Some(directory) = &global.directory {
            std::env::set_current_dir(directory)
                .map_err(|e| Error::usage(format!("cannot change to '{}'", directory.display())).because(e))?;
        }
        let variables: Vec<(String, String)> =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
        let opened = Repo::open();
        let reading = GitConfig::read(opened.as_ref().ok(), ahead.filter(|_| global.directory.is_none()))?;
        if let Ok(repo) = &opened {
            meanwhile(repo);
        }
        let entries = reading.finish()?;
        let now = match lookup(&variables, "GIT_BENCH_NOW").and_then(Time::parse) {
            Some(fixed) => fixed,
            None => Time(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64)),
        };
        let colour = colour(&global, &entries, &variables, io::stdout().is_terminal());
        let colour_err = colour_err(&global, &variables);
        let output = Output::new(&global, &variables, colour, colour_err);
        Ok(Self {
            global,
            variables,
            output,
            now,
            entries,
            repo: opened.ok().map_or_else(OnceCell::new, OnceCell::from),
            config: OnceCell::new(),
            ci: OnceCell::new(),
            local: OnceCell::new(),
        })
    }

    /// The time of this call.
    pub(crate) fn now(&self) -> Time {
        self.now
    }

    /// A variable of the environment; empty ones count as unset.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        lookup(&self.variables, name)
    }

    /// A value of git config (the last one).
    pub(crate) fn git_value(&self, key: &str) -> Option<&str> {
        self.entries.iter().rev().find(|e| e.key == key).map(|e| e.value.as_str()).filter(|v| !v.is_empty())
    }

    /// All values of git config under this key, each split at commas.
    pub(crate) fn git_list(&self, key: &str) -> Vec<&str> {
        let values = self.entries.iter().filter(|e| e.key == key);
        values.flat_map(|e| e.value.split(',')).map(str::trim).filter(|w| !w.is_empty()).collect()
    }

    /// The repository.
    pub(crate) fn repo(&self) -> Result<&Repo> {
        if let Some(repo) = self.repo.get() {
            return Ok(repo);
        }
        let repo = Repo::open()?;
        Ok(self.repo.get_or_init(|| repo))
    }

    /// The configuration with the work tree's `bench.toml` (in a bare repository HEAD's); its warnings are told once.
    pub(crate) fn config(&self) -> Result<&Config> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let name = self.config_file();
        let text = match self.repo().ok() {
            Some(repo) => match repo.work_dir() {
                Some(root) => std::fs::read_to_string(root.join(&name)).ok(),
                None => repo
                    .head()
                    .ok()
                    .flatten()
                    .and_then(|head| repo.file_at(head, &name))
                    .and_then(|bytes| String::from_utf8(bytes).ok()),
            },
            None => None,
        };
        let config = self.config_with(text.as_deref())?;
        for warning in &config.warnings {
            self.warn(warning);
        }
        Ok(self.config.get_or_init(|| config))
    }

    /// The name of `bench.toml` below the root of the work tree.
    pub(crate) fn config_file(&self) -> String {
        self.variable("GIT_BENCH_CONFIG").or_else(|| self.git_value("bench.config")).unwrap_or("bench.toml").to_owned()
    }

    /// The configuration with this text as `bench.toml`; warnings are not told.
    pub(crate) fn config_with(&self, file: Option<&str>) -> Result<Config> {
        let name = self.config_file();
        let git: Vec<ConfigEntry> = self.entries.iter().filter(|e| e.key.starts_with("bench.")).cloned().collect();
        Config::read(&Source { file: file.map(|text| (name.as_str(), text)), git: &git, variables: &self.variables })
    }

    /// What a CI says of this job.
    pub(crate) fn ci(&self) -> Option<&CiFacts> {
        self.ci.get_or_init(|| ci::detect(&self.variables, &|path| std::fs::read_to_string(path).ok())).as_ref()
    }

    /// Who commits notes: git's own committer; the CI's actor where git has none; else a name of ours.
    pub(crate) fn identity(&self) -> Identity {
        let name = self.variable("GIT_COMMITTER_NAME").or_else(|| self.git_value("user.name"));
        let email = self.variable("GIT_COMMITTER_EMAIL").or_else(|| self.git_value("user.email"));
        let time = self.now().0;
        match (name, email) {
            (Some(name), Some(email)) => Identity { name: name.to_owned(), email: email.to_owned(), time },
            (Some(name), None) => Identity { name: name.to_owned(), email: "git-bench@localhost".into(), time },
            _ => {
                let actor = self.ci().and_then(|ci| ci.actor.clone()).unwrap_or_else(|| "git-bench".into());
                Identity { name: actor, email: "git-bench@localhost".into(), time }
            }
        }
    }

    /// The records of the repository.
    pub(crate) fn store(&self) -> Result<Store<'_>> {
        let notes_ref = self.notes_ref(self.config()?);
        Ok(Store::new(self.repo()?, Options { notes_ref, identity: self.identity() }))
    }

    /// The full name of the notes ref that a configuration means.
    pub(crate) fn notes_ref(&self, config: &Config) -> String {
        match config.text("bench.ref") {
            full if full.starts_with("refs/") => full.to_owned(),
            short => format!("refs/notes/{short}"),
        }
    }

    /// Tells something that the user should know.
    pub(crate) fn warn(&self, text: &str) {
        self.output.err(&format!("warning: {}", escape::message(text)));
    }

    /// Tells what happened; not with `--quiet`.
    pub(crate) fn say(&self, text: &str) {
        if !self.global.quiet {
            self.output.err(&escape::message(text));
        }
    }

    /// Tells what to run next; not with `--quiet`.
    pub(crate) fn hint(&self, text: &str) {
        if !self.global.quiet {
            self.output.err(&format!("hint: {}", escape::message(text)));
        }
    }

    pub(crate) fn colour_err(&self) -> bool {
        self.output.colour_err
    }

    /// Flushes what was written.
    pub(crate) fn finish(&self) -> Result<()> {
        self.output.finish()
    }
}

fn lookup<'a>(variables: &'a [(String, String)], name: &str) -> Option<&'a str> {
    variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).filter(|v| !v.is_empty())
}

/// `--color` > `color.bench` > `color.ui` > `NO_COLOR` > `CLICOLOR_FORCE` > whether stdout is a terminal.
fn colour(global: &Global, entries: &[ConfigEntry], variables: &[(String, String)], terminal: bool) -> bool {
    let terminal = terminal && lookup(variables, "TERM") != Some("dumb");
    if let Some(when) = global.color {
        return when == When::Always || (when == When::Auto && terminal);
    }
    for key in ["color.bench", "color.ui"] {
        match entries.iter().rev().find(|e| e.key == key).map(|e| e.value.as_str()) {
            Some("always") => return true,
            Some("never" | "false" | "no" | "off") => return false,
            Some(_) => return terminal && lookup(variables, "NO_COLOR").is_none(),
            None => {}
        }
    }
    if lookup(variables, "NO_COLOR").is_some() {
        return false;
    }
    lookup(variables, "CLICOLOR_FORCE").is_some_and(|v| v != "0") || terminal
}

fn colour_err(global: &Global, variables: &[(String, String)]) -> bool {
    match global.color {
        Some(When::Always) => true,
        Some(When::Never) => false,
        _ => io::stderr().is_terminal() && lookup(variables, "NO_COLOR").is_none(),
    }
}

/// Reads standard input to its end, up to `limit` bytes.
pub(crate) fn read_stdin(limit: u64) -> Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::data("cannot read standard input").because(e))?;
    if bytes.len() as u64 > limit {
        return Err(Error::data(format!("standard input holds more than {limit} bytes")));
    }
    Ok(bytes)
}

/// Writes bytes to stdout as they are.
pub(crate) fn write_out(bytes: &[u8]) -> Result<()> {
    io::stdout().lock().write_all(bytes).map_err(|e| Error::data("cannot write the output").because(e))
}
