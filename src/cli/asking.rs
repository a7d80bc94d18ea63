//! Questions over all runs: the flags that say which, and the index that answers.

use clap::Args;
use git_bench::ask::named;
use git_bench::index::{Filter, Index, Options, is_damaged};
use git_bench::model::{Facts, Moment, Time};
use git_bench::{Error, Result};

use super::context::Context;
use super::options::Selection;
use super::settings::nearest;

/// Which runs; each flag may stand several times, then any of its values will do.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Asking {
    /// Only runs on this hardware: nvidia, tpu, amd, x86_64 ..., a model ('*A100*'), or KEY=GLOB of any fact
    #[arg(long, value_name = "GLOB")]
    hardware: Vec<String>,
    /// Only runs of these benchmarks; a name without '*' that none has takes those that begin with it
    #[arg(long, value_name = "GLOB")]
    pub(crate) benchmark: Vec<String>,
    /// Only these metrics
    #[arg(long, value_name = "GLOB")]
    pub(crate) metric: Vec<String>,
    /// Only this branch
    #[arg(long, value_name = "GLOB")]
    branch: Vec<String>,
    /// Only this suite
    #[arg(long, value_name = "GLOB")]
    suite: Vec<String>,
    /// Only this channel: daily, local, weekly, pr, release
    #[arg(long, value_name = "GLOB")]
    channel: Vec<String>,
    /// Only this tag
    #[arg(long, value_name = "GLOB")]
    tag: Vec<String>,
    /// Only runs by this person
    #[arg(long, value_name = "GLOB")]
    who: Vec<String>,
    /// Only runs of this commit
    #[arg(long, value_name = "REV")]
    commit: Vec<String>,
    /// Not before: 2024-01-15, 2024-01-15T10:30, 7d, '2 weeks ago', yesterday (UTC)
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Not after; a day counts to its end
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Only the last N days
    #[arg(long, value_name = "N", conflicts_with = "since")]
    days: Option<u32>,
    /// Leave out runs of a dirty work tree
    #[arg(long)]
    clean: bool,
    /// Make the index anew from the notes first
    #[arg(long)]
    rebuild: bool,
}

impl Asking {
    /// Runs of the series that are selected.
    pub(crate) fn of(selection: &Selection) -> Self {
        Self {
            benchmark: selection.patterns.clone(),
            metric: selection.metric.iter().cloned().collect(),
            suite: selection.suite.iter().cloned().collect(),
            ..Self::default()
        }
    }

    /// The filter for the index, on these platforms (any, if empty).
    ///
    /// # Errors
    /// Usage: a time that cannot be read. Data: a commit that is not here.
    pub(crate) fn filter(&self, context: &Context, platforms: &[String]) -> Result<Filter> {
        let now = context.now();
        let moment = |flag: &str, text: &str| {
            Moment::parse(text, now).ok_or_else(|| {
                Error::usage(format!("cannot read the time '{text}' of --{flag}"))
                    .hint(format!("--{flag} 2024-01-15, --{flag} 7d, --{flag} '2 weeks ago'"))
            })
        };
        let since = match (&self.since, self.days) {
            (Some(text), _) => Some(moment("since", text)?.begin()),
            (None, Some(days)) => Some(Time(now.0 - i64::from(days) * 86_400)),
            (None, None) => None,
        };
        let until = self.until.as_deref().map(|text| moment("until", text)).transpose()?.map(Moment::end);
        let mut commit = Vec::new();
        for revision in &self.commit {
            commit.push(context.repo()?.resolve(revision)?.id.to_string());
        }
        Ok(Filter {
            platform: platforms.to_vec(),
            hardware: self.hardware.clone(),
            benchmark: self.benchmark.clone(),
            metric: self.metric.clone(),
            branch: self.branch.clone(),
            suite: self.suite.clone(),
            channel: self.channel.clone(),
            tag: self.tag.clone(),
            who: self.who.clone(),
            commit,
            since,
            until,
            clean: self.clean,
        })
    }

    /// Whether benchmarks or metrics are chosen.
    pub(crate) fn chooses_series(&self) -> bool {
        !self.benchmark.is_empty() || !self.metric.is_empty()
    }

    /// Puts a question to the index; one that turns out to be damaged is made anew and asked again.
    pub(crate) fn ask<T>(&self, context: &Context, question: &dyn Fn(&Index) -> Result<T>) -> Result<T> {
        let config = context.config()?;
        let identity = config.list("bench.environment");
        let naming = format!("{} {identity:?} {:?}", env!("CARGO_PKG_VERSION"), config.labels);
        let name = |env: &Facts| named(env, &identity, Some(&context.label(env)));
        let options = Options { naming: &naming, name: &name };
        let store = context.store()?;
        let open = |anew: bool| {
            let index = if anew { Index::rebuild(&store, &options) } else { Index::open(&store, &options) }?;
            index.remarks().iter().for_each(|remark| context.warn(remark));
            Ok::<_, Error>(index)
        };
        let answered = |index: &Index| Ok::<_, Error>((index.unreadable()?, question(index)?));
        let index = open(self.rebuild)?;
        let (lines, answer) = match answered(&index) {
            Err(error) if is_damaged(&error) => {
                context.warn(&format!("the index was damaged and is made anew ({})", error.chain()));
                drop(index);
                answered(&open(true)?)
            }
            answer => answer,
        }?;
        tell_unreadable(context, lines);
        Ok(answer)
    }
}

fn tell_unreadable(context: &Context, lines: u64) {
    if lines > 0 {
        let (line, it) = if lines == 1 { ("line", "it") } else { ("lines", "they") };
        context.warn(&format!("{lines} {line} of the notes cannot be read, so {it} cannot count"));
        context.hint("git bench fsck tells which and why");
    }
}

/// Tells why nothing fits, and what there is.
pub(crate) fn tell_nothing(context: &Context, index: &Index, filter: &Filter) -> Result<()> {
    let machines = index.machines()?;
    if machines.is_empty() {
        context.say("nothing is recorded here yet");
        context.hint("git bench record FILE records a run; git bench pull fetches what others recorded");
        return Ok(());
    }
    context.say("no run fits");
    if !filter.benchmark.is_empty() {
        let names = index.benchmarks()?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for text in &filter.benchmark {
            let fits = git_bench::model::Pattern::new(text);
            if !names.iter().any(|name| fits.matches(name) || name.starts_with(text.as_str())) {
                let near = nearest(text, &names).map(|n| format!("; the nearest is '{n}'")).unwrap_or_default();
                context.say(&format!("'{text}' fits no benchmark{near}"));
            }
        }
    }
    if !filter.platform.is_empty() || !filter.hardware.is_empty() {
        let mut known: Vec<String> =
            machines.iter().map(|m| format!("{} ({}, {})", m.platform, m.label, m.hardware)).collect();
        known.dedup();
        let more = known.len().saturating_sub(8);
        known.truncate(8);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        context.hint(&format!("there are runs on {}{more}", known.join("; ")));
    }
    Ok(())
}
