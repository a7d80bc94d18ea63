//! What stands beside the histories: two revisions, a release and the one before it, platforms.

use git_bench::report::changes::Changes;
use git_bench::{Error, Result};

use crate::cli::commands::diff::compared;
use crate::cli::context::Context;
use crate::cli::ends::{Asked, Question, asked, question};
use crate::cli::options::Selection;
use crate::cli::releases::before;
use crate::cli::settings::Policy;

/// `A..B` as `diff` has it, with the end of it that is the newer one.
pub(crate) fn two(context: &Context, range: &str, selection: &Selection) -> Result<(Changes, Asked)> {
    let question = question(context, &[range.to_owned()])?;
    let (Question::Branch { head, .. } | Question::Ends { head, .. } | Question::Gate { head, .. }) = &question;
    let head = head.clone();
    let policy = Policy::of(context.config()?)?;
    Ok((compared(context, &question, &policy, selection, false)?.0, head))
}

/// A tag against the tag before it: the nearest one that its first parent descends from.
///
/// # Errors
/// Usage: it is no tag. [`git_bench::Kind::NoData`]: there is no tag before it, or one of the two was never measured.
pub(crate) fn release(context: &Context, tag: &str, selection: &Selection) -> Result<(Changes, Asked, String)> {
    let repo = context.repo()?;
    if repo.resolve(tag)?.tag.is_none() {
        return Err(Error::usage(format!("'{tag}' is no tag"))
            .hint("git tag lists them; git bench report A..B takes any two revisions"));
    }
    let before = before(context, tag)?.ok_or_else(|| {
        Error::no_data(format!("there is no tag before '{tag}'"))
            .hint("git bench report A..B takes any two revisions; git fetch --tags brings the remote's tags")
    })?;
    let (base, head) = (asked(context, &before)?, asked(context, tag)?);
    let policy = Policy::of(context.config()?)?;
    let question = Question::Ends { base, head: head.clone() };
    Ok((compared(context, &question, &policy, selection, false)?.0, head, before))
}

/// Platforms side by side, as `compare` has them.
#[cfg(feature = "index")]
pub(crate) fn platforms(
    context: &Context,
    names: &[String],
    selection: &Selection,
) -> Result<git_bench::report::compare::Compare> {
    use crate::cli::asking::Asking;
    use crate::cli::commands::compare;
    let asking = Asking::of(selection);
    let args = compare::Args::of(names, asking)
        .ok_or_else(|| Error::usage("two platforms are needed").hint("git bench report --platform A --platform B"))?;
    compare::compared(context, &args)
}
