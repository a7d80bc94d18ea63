//! Which commands the command line means.

use git_bench::Result;
use git_bench::measure::{Command, Scan, Series, expand};

use super::naming::{Names, shortened};
use super::words::{shell, split};
use crate::cli::commands::run::Args;

/// One command, and what it takes turns with.
pub(super) struct Group {
    /// The command.
    pub(super) own: Command,
    /// Another command, or the same one in the base.
    pub(super) other: Option<Command>,
}

/// What was measured of a group: the other first.
pub(super) struct Done {
    /// The other, if there is one.
    pub(super) other: Option<Series>,
    /// The command.
    pub(super) own: Series,
}

/// The commands of the command line, parameters filled in.
pub(super) fn groups(args: &Args, names: &Names) -> Result<Vec<Group>> {
    let mut scans = Vec::new();
    for pair in args.parameter_list.chunks(2) {
        scans.extend(pair.first().zip(pair.get(1)).map(|(name, values)| Scan::list(name, values)));
    }
    for range in args.parameter_scan.chunks(3) {
        if let [name, min, max] = range {
            scans.push(Scan::range(name, min, max, args.step.as_deref()));
        }
    }
    let scans = scans.into_iter().collect::<Result<Vec<Scan>>>()?;
    let prepare = args.prepare.as_deref().map(shell);
    // A name that was asked for stays; a parameter's value in it can name a place or a secret.
    let asked = args.name.is_some() && scans.is_empty();
    let made = |argv: Vec<String>, label: String| -> Result<Vec<Command>> {
        let command = Command { label, argv, prepare: prepare.clone(), ..Command::default() };
        let mut all = expand(&command, &scans)?;
        if !asked {
            all.iter_mut().for_each(|command| command.label = shortened(&names.text(&command.label)));
        }
        Ok(all)
    };
    let label = args.name.clone().unwrap_or_else(|| names.label(&args.command));
    let own = made(args.command.clone(), label)?;
    let Some(text) = &args.vs else { return Ok(own.into_iter().map(|own| Group { own, other: None }).collect()) };
    let argv = split("--vs", text)?;
    let label = names.label(&argv);
    let others = made(argv, label)?;
    Ok(own
        .into_iter()
        .zip(others)
        .map(|(own, mut other)| {
            if other.label == own.label {
                other.label.push_str("#2");
            }
            Group { own, other: Some(other) }
        })
        .collect())
}
