//! `check --notify`: from the configuration to the hooks.

use clap::ValueEnum;
use git_bench::Result;
use git_bench::notify::{About, Hook, Kind, Memory, Options, fingerprint, send};
use git_bench::report::changes::Changes;

use super::context::Context;

/// When the hooks are told.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// After every check.
    Always,
    /// Only another outcome than they were told last of this branch.
    Change,
}

/// Tells the configured hooks what a check found. What goes wrong is a warning: the check has its answer.
pub(crate) fn notify(context: &Context, changes: &Changes, when: When) {
    if let Err(error) = tell(context, changes, when) {
        context.warn(&error.chain());
    }
}

fn tell(context: &Context, changes: &Changes, when: When) -> Result<()> {
    let config = context.config()?;
    let hook = |kind: Kind| config.set_text(&format!("notify.{}", kind.name())).map(|url| Hook::new(kind, url));
    let hooks: Vec<Hook> = [Kind::Slack, Kind::Webhook].into_iter().filter_map(hook).collect();
    if hooks.is_empty() {
        context.warn("there is nobody to notify");
        context.hint("git config bench.notify.slack URL, or GIT_BENCH_NOTIFY_SLACK (webhook: the same for any other)");
        return Ok(());
    }
    let about = about(context, changes)?;
    let file = Memory::file(&context.repo()?.bench_dir());
    let mut memory = Memory::read(&file);
    let outcome = fingerprint(changes);
    let branch = about.branch.clone().unwrap_or_else(|| "HEAD".to_owned());
    let (news, old): (Vec<Hook>, Vec<Hook>) = hooks
        .into_iter()
        .partition(|hook| when == When::Always || memory.is_news(&branch, hook.kind().name(), &outcome));
    for hook in old {
        context.say(&format!("{} was not notified: nothing new on '{branch}'", name(hook.kind())));
        memory.tell(&branch, hook.kind().name(), &outcome, context.now().0);
    }
    for hook in news.iter().filter(|hook| hook.is_open()) {
        context.warn(&format!("the address of {} is not encrypted", name(hook.kind())));
    }
    let options = Options { variables: context.variables.clone(), ..Options::default() };
    for (hook, done) in news.iter().zip(send(&news, changes, &about, &options)) {
        match done {
            Ok(()) => {
                memory.tell(&branch, hook.kind().name(), &outcome, context.now().0);
                context.say(&format!("{} was notified", name(hook.kind())));
            }
            Err(why) => context.warn(&format!("{} was not notified: {why}", name(hook.kind()))),
        }
    }
    memory.write(&file)
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Slack => "Slack",
        Kind::Webhook => "the webhook",
    }
}

/// The repository by its remote or folder, the branch that was asked for, and the CI's page.
fn about(context: &Context, changes: &Changes) -> Result<About> {
    let repo = context.repo()?;
    let remote = context.remote(None)?.and_then(|remote| {
        let key = format!("remote.{remote}.url");
        repo.git().try_text(&["config", "--get", &key])
    });
    // Only the last part of an address: what stands before it may be a secret.
    let of_remote = remote.as_deref().and_then(|url| url.trim_end_matches('/').rsplit(['/', ':', '\\']).next());
    let of_folder = repo.work_dir().and_then(|root| root.file_name()).map(|name| name.to_string_lossy().into_owned());
    let repository = of_remote.map(str::to_owned).or(of_folder).unwrap_or_default();
    let ci = context.ci();
    let branch = match changes.head.asked.as_str() {
        "HEAD" => ci.and_then(|ci| ci.branch.clone()).or_else(|| repo.head_branch()),
        asked => Some(asked.to_owned()),
    };
    Ok(About {
        repository: repository.trim_end_matches(".git").to_owned(),
        branch,
        run_url: ci.and_then(|ci| ci.run_url.clone()),
    })
}
