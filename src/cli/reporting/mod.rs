//! What `report` shows: branches, machines and series as columns, and what stands beside them.

mod branch;
mod link;
mod sections;
mod serve;

use std::collections::BTreeMap;

use git_bench::Result;
use git_bench::git::Id;
use git_bench::model::Time;
use git_bench::report::VERSION;
use git_bench::report::page::{Commit, Machine, Page, Series};

use super::context::Context;
use super::ends::{Asked, asked};
use super::options::Selection;

#[cfg(feature = "index")]
pub(crate) use sections::platforms;
pub(crate) use sections::{release, two};
pub(crate) use serve::serve;

/// The commits and machines of a page, each once.
#[derive(Default)]
pub(super) struct Shared {
    commits: Vec<Commit>,
    places: BTreeMap<Id, usize>,
    machines: Vec<Machine>,
}

impl Shared {
    /// The place of a commit; `time` where it is not here.
    fn commit(&mut self, context: &Context, id: Id, time: i64) -> Result<usize> {
        if let Some(at) = self.places.get(&id) {
            return Ok(*at);
        }
        let found = context.repo()?.commit(id)?;
        let (author, subject) = found.as_ref().map(|c| (c.author.clone(), c.subject.clone())).unwrap_or_default();
        let time = Time(found.map_or(time, |c| c.time));
        self.commits.push(Commit { id: id.to_string(), time, author, subject });
        self.places.insert(id, self.commits.len() - 1);
        Ok(self.commits.len() - 1)
    }

    fn machine(&mut self, machine: Machine) -> usize {
        match self.machines.iter().position(|known| *known == machine) {
            Some(at) => at,
            None => {
                self.machines.push(machine);
                self.machines.len() - 1
            }
        }
    }
}

/// The branches that are shown where none is named: the base branch, and HEAD's where it is another one.
pub(crate) fn usual(context: &Context) -> Result<Vec<Asked>> {
    let mut all = Vec::new();
    let base = context.base()?;
    if let Some(id) = base.tip {
        all.push(Asked { words: base.name, id });
    }
    let repo = context.repo()?;
    if repo.head()?.is_some() || all.is_empty() {
        let mut head = asked(context, "HEAD")?;
        head.words = repo.head_branch().unwrap_or(head.words);
        if all.iter().all(|known| known.words != head.words) {
            all.push(head);
        }
    }
    Ok(all)
}

/// Reads up to `number` measured commits of each branch.
///
/// # Errors
/// [`git_bench::Kind::Data`] where a commit or note cannot be read.
pub(crate) fn gather(context: &Context, branches: &[Asked], selection: &Selection, number: usize) -> Result<Page> {
    let mut shared = Shared::default();
    let mut page = Page {
        version: VERSION,
        command: "report",
        title: title(context),
        generated: context.now().to_string(),
        commit_url: link::of_commits(context)?,
        ..Page::default()
    };
    for (i, one) in branches.iter().enumerate() {
        let behind = branches.first().filter(|_| i > 0);
        page.branches.push(branch::read(context, &mut shared, one, behind, selection, number)?);
    }
    if context.base()?.tip.is_none() {
        page.notes.push("no base branch is known here: git config bench.base BRANCH names it".to_owned());
    }
    page.commits = shared.commits;
    page.machines = shared.machines;
    by_label(&mut page);
    Ok(page)
}

/// Sorts the machines by label; the series follow.
fn by_label(page: &mut Page) {
    let mut order: Vec<usize> = (0..page.machines.len()).collect();
    order.sort_by(|a, b| {
        let key = |i: usize| (&page.machines[i].label, &page.machines[i].environment);
        key(*a).cmp(&key(*b))
    });
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(new, old)| place[*old] = new);
    page.machines = order.iter().map(|old| page.machines[*old].clone()).collect();
    for branch in &mut page.branches {
        branch.series.iter_mut().for_each(|s| s.machine = place[s.machine]);
        branch.series.sort_by(|a, b| identity(a).cmp(&identity(b)));
    }
}

/// What tells series apart, in their order.
fn identity(s: &Series) -> (&str, &str, &str, &str, usize) {
    (&s.benchmark, &s.metric, &s.unit, &s.suite, s.machine)
}

/// The name of the repository: that of its folder.
fn title(context: &Context) -> String {
    let Ok(repo) = context.repo() else { return String::new() };
    let folder = repo.work_dir().unwrap_or_else(|| repo.common_dir());
    let name = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    name.strip_suffix(".git").filter(|n| !n.is_empty()).map_or(name.clone(), str::to_owned)
}
