//! The base branch: what changes are compared with, and whose `bench.toml` is believed.

use git_bench::Result;
use git_bench::config::{Config, Origin};
use git_bench::git::{Id, Repo};

use super::context::Context;

/// A base branch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Base {
    /// Its name, or any revision that was configured as base; empty where none is known.
    pub(crate) name: String,
    /// The remote that it is of.
    pub(crate) remote: Option<String>,
    /// Its tip; `None` where it is not in this clone.
    pub(crate) tip: Option<Id>,
}

impl Context {
    /// The base branch by the work tree's configuration.
    pub(crate) fn base(&self) -> Result<Base> {
        let configured = self.config()?.set_text("bench.base").map(str::to_owned);
        Ok(self.find_base(configured.as_deref())?.unwrap_or_default())
    }

    /// The base branch and the configuration that a pull request cannot choose: that of the base branch's tip. Where that
    /// tip has no `bench.toml`, or there is no remote, it is the work tree's. With `fetch`, a tip that is not here is
    /// fetched.
    pub(crate) fn trusted(&self, fetch: bool) -> Result<(Base, Config)> {
        // The first word on the base is that of git config and the environment, never of a committed file.
        let config = self.config()?;
        let own = (config.origin("bench.base") > Origin::File).then(|| config.text("bench.base").to_owned());
        let Some(mut base) = self.find_base(own.as_deref().filter(|b| !b.is_empty()))? else {
            return Ok((Base::default(), config.clone()));
        };
        let repo = self.repo()?;
        if fetch && base.tip.is_none() {
            self.fetch_tip(repo, &base)?;
            base.tip = tip(repo, &base.name, base.remote.as_deref());
        }
        let Some(trusted) = self.config_at(repo, &base)? else { return Ok((self.base()?, config.clone())) };
        // The base branch itself may name another one.
        match trusted.set_text("bench.base").filter(|name| *name != base.name).map(str::to_owned) {
            Some(name) => {
                let other = Base { tip: tip(repo, &name, base.remote.as_deref()), name, remote: base.remote };
                let config = self.config_at(repo, &other)?.unwrap_or(trusted);
                Ok((other, config))
            }
            None => Ok((base, trusted)),
        }
    }

    fn config_at(&self, repo: &Repo, base: &Base) -> Result<Option<Config>> {
        let (Some(tip), Some(_)) = (base.tip, base.remote.as_ref()) else { return Ok(None) };
        let Some(bytes) = repo.file_at(tip, &self.config_file()) else { return Ok(None) };
        self.config_with(Some(&String::from_utf8_lossy(&bytes))).map(Some)
    }

    /// Says so where the work tree's `bench.toml` is another one than that of the base branch, which is what counts.
    pub(crate) fn tell_if_overruled(&self, base: &Base) -> Result<()> {
        let (Some(tip), Some(remote)) = (base.tip, base.remote.as_ref()) else { return Ok(()) };
        let repo = self.repo()?;
        let (name, root) = (self.config_file(), repo.work_dir());
        let Some(theirs) = repo.file_at(tip, &name) else { return Ok(()) };
        let ours = root.map(|root| std::fs::read(root.join(&name)).unwrap_or_default());
        if ours.is_some_and(|ours| ours != theirs) {
            self.say(&format!("what counts is '{name}' as it is on '{}' of '{remote}', not as it is here", base.name));
        }
        Ok(())
    }

    fn fetch_tip(&self, repo: &Repo, base: &Base) -> Result<()> {
        let (Some(remote), name) = (&base.remote, &base.name) else { return Ok(()) };
        let refspec = format!("+refs/heads/{name}:refs/remotes/{remote}/{name}");
        let depth: &[&str] = if repo.is_shallow() { &["--depth", "1"] } else { &[] };
        repo.fetch(remote, depth, &[refspec]).map(|_| ())
    }

    fn find_base(&self, configured: Option<&str>) -> Result<Option<Base>> {
        let repo = self.repo()?;
        let remote = self.remote(configured)?;
        let name = match configured {
            Some(name) => Some(name.to_owned()),
            None => default_branch(self, repo, remote.as_deref()),
        };
        Ok(name.map(|name| Base { tip: tip(repo, &name, remote.as_deref()), name, remote }))
    }

    /// The remote: `bench.remote`, else that of the base branch, else `origin`, else the only one.
    pub(crate) fn remote(&self, base: Option<&str>) -> Result<Option<String>> {
        if let Some(name) = self.config()?.set_text("bench.remote") {
            return Ok(Some(name.to_owned()));
        }
        let repo = self.repo()?;
        if let Some(remote) = base.and_then(|name| repo.upstream_remote(name)) {
            return Ok(Some(remote));
        }
        let remotes = repo.remotes();
        Ok(match &remotes[..] {
            [only] => Some(only.clone()),
            several => several.iter().find(|name| *name == "origin").cloned(),
        })
    }
}

fn tip(repo: &Repo, name: &str, remote: Option<&str>) -> Option<Id> {
    let of_remote = remote.map(|remote| format!("refs/remotes/{remote}/{name}"));
    of_remote
        .into_iter()
        .chain([format!("refs/heads/{name}")])
        .find_map(|full| repo.read_ref(&full).ok().flatten())
        .or_else(|| repo.resolve(name).ok().map(|found| found.id))
}

fn default_branch(context: &Context, repo: &Repo, remote: Option<&str>) -> Option<String> {
    if let Some(remote) = remote {
        let prefix = format!("refs/remotes/{remote}/");
        if let Some(target) = repo.symbolic_target(&format!("{prefix}HEAD")) {
            return target.strip_prefix(&prefix).map(str::to_owned);
        }
    }
    if let Some(name) = context.ci().and_then(|ci| ci.default_branch.clone()) {
        return Some(name);
    }
    ["main", "master"].into_iter().find(|name| tip_here(repo, name, remote)).map(str::to_owned)
}

fn tip_here(repo: &Repo, name: &str, remote: Option<&str>) -> bool {
    let of_remote = remote.map(|remote| format!("refs/remotes/{remote}/{name}"));
    of_remote
        .into_iter()
        .chain([format!("refs/heads/{name}")])
        .any(|full| repo.read_ref(&full).ok().flatten().is_some())
}
