//! Measuring one revision, in a work tree of its own.

use std::path::{Component, Path};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use git_bench::git::Id;
use git_bench::import::{Input, MAX_INPUT, hex_digest};
use git_bench::measure::{self, Command, Event, ExitOutcome, Interrupt, Output, Plan, Series, to_run};
use git_bench::model::Time;
use git_bench::record::RunRecord;
use git_bench::{Error, Result};

use crate::cli::commands::bisect::Args;
use crate::cli::context::Context;
use crate::cli::recording::{Found, Loaded, Named, Recorded, Wishes, load, record};
use crate::cli::running::{Names, Worktree, once, shell};

/// What became of a measurement.
pub(super) enum Outcome {
    /// It is recorded.
    Recorded(Box<RunRecord>),
    /// The revision cannot be measured, and why.
    Skipped(String),
    /// Ctrl-C.
    Interrupted,
}

/// Measures revisions, one after the other in the same work tree, so that builds go on from what is there.
pub(super) struct Bench<'a> {
    context: &'a Context,
    args: &'a Args,
    interrupt: &'a Arc<Interrupt>,
    begun: Instant,
    worktree: Option<Worktree<'a>>,
    /// The revision that is checked out and built.
    ready: Option<Id>,
    /// The name of a benchmark that is the command itself.
    name: String,
    suite: String,
}

impl<'a> Bench<'a> {
    /// A bench for this command line; nothing is checked out yet.
    ///
    /// # Errors
    /// Usage: an output outside of the work tree, no name for what is timed.
    pub(super) fn new(
        context: &'a Context,
        args: &'a Args,
        interrupt: &'a Arc<Interrupt>,
        suite: String,
        stored: Option<&str>,
    ) -> Result<Self> {
        if let Some(path) = &args.output {
            let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
            if !inside || path.components().next().is_none() {
                return Err(Error::usage(format!("'--output {}' is not below the work tree", path.display()))
                    .hint("name it relative to the folder that COMMAND runs in"));
            }
        }
        args.reading.options()?;
        let name = super::split(&args.pattern).0;
        let name = match stored {
            _ if !args.time || !name.contains(['*', '?']) => name.to_owned(),
            Some(stored) => stored.to_owned(),
            None => {
                return Err(Error::usage(format!("'{}' does not name what is timed", args.pattern))
                    .hint("git bench bisect NAME --time ... records it by that name"));
            }
        };
        let begun = Instant::now();
        Ok(Self { context, args, interrupt, begun, worktree: None, ready: None, name, suite })
    }

    /// Checks the revision out, builds it where that is not done, runs the command once and records what it says.
    ///
    /// # Errors
    /// What git says; what cannot be recorded.
    pub(super) fn measure(&mut self, commit: Id) -> Result<Outcome> {
        if self.ready != Some(commit) {
            self.ready = None;
            if let Some(why) = self.prepare(commit)? {
                return Ok(self.unless_stopped(Outcome::Skipped(why)));
            }
            self.ready = Some(commit);
        }
        if self.interrupt.stopped().is_some() {
            return Ok(Outcome::Interrupted);
        }
        let outcome = if self.args.time { self.timed(commit) } else { self.printed(commit) }?;
        Ok(self.unless_stopped(outcome))
    }

    /// After an interrupt only what is recorded counts.
    fn unless_stopped(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Skipped(_) if self.interrupt.stopped().is_some() => Outcome::Interrupted,
            other => other,
        }
    }

    /// Checks out and builds; why that is not possible.
    fn prepare(&mut self, commit: Id) -> Result<Option<String>> {
        match &self.worktree {
            Some(tree) => tree.switch(commit, self.interrupt)?,
            None => self.worktree = Some(Worktree::open(self.context, commit, self.interrupt)?),
        }
        let (Some(tree), None) = (&self.worktree, self.interrupt.stopped()) else { return Ok(None) };
        if let Some(folder) = tree.lacks_folder() {
            return Ok(Some(format!("it has no folder '{folder}'")));
        }
        let Some(setup) = &self.args.setup else { return Ok(None) };
        let folder = Some(tree.folder.clone());
        let command = Command { label: setup.clone(), argv: shell(setup), cwd: folder, ..Command::default() };
        let ended = if self.args.show_output {
            once(command, Output::Inherit, self.interrupt)?
        } else {
            quietly(command, self.interrupt)?
        };
        Ok((!ended.success()).then(|| format!("the setup ended with {ended}")))
    }

    fn plan(&self, stdout: Output) -> Plan {
        let command = Command {
            label: self.name.clone(),
            argv: self.args.command.clone(),
            cwd: self.worktree.as_ref().map(|tree| tree.folder.clone()),
            ..Command::default()
        };
        let shown = self.args.show_output;
        Plan {
            commands: vec![command],
            runs: 1,
            timeout: self.args.timeout,
            stdout: if shown && stdout == Output::Discard { Output::Inherit } else { stdout },
            stderr: if shown { Output::Inherit } else { Output::Discard },
            interrupt: Some(Arc::clone(self.interrupt)),
            ..Plan::default()
        }
    }

    /// Runs the command; what it printed and how long it took, or why it failed.
    fn execute(&self, stdout: Output) -> Result<Result<(Vec<u8>, Series), String>> {
        let mut printed = Vec::new();
        let done = measure::run(&self.plan(stdout), &mut |event| {
            if let Event::Output { bytes, .. } = event
                && printed.len() as u64 <= MAX_INPUT
            {
                printed.extend_from_slice(bytes);
            }
        });
        let series = match done {
            Ok(mut series) => series.pop(),
            // A program that is not there is one that was not built.
            Err(error) => return Ok(Err(error.chain())),
        };
        Ok(match series {
            Some(series) if series.samples.is_empty() => {
                let how = series.failed.unwrap_or(ExitOutcome::Signal(0));
                Err(match how {
                    ExitOutcome::TimedOut => "the command took longer than --timeout".to_owned(),
                    how => format!("the command ended with {how}"),
                })
            }
            Some(series) => Ok((printed, series)),
            None => Err("the command did not run".to_owned()),
        })
    }

    fn timed(&self, commit: Id) -> Result<Outcome> {
        let series = match self.execute(Output::Discard)? {
            Ok((_, series)) => series,
            Err(why) => return Ok(Outcome::Skipped(why)),
        };
        let seconds = series.samples.iter().map(|sample| sample.wall).sum();
        let run = to_run(&[series], Some(self.now()), Some(seconds));
        let digest = hex_digest(format!("{:?} {:?}", SystemTime::now(), run.measurements).as_bytes());
        let mut recorded = record(self.context, vec![(run, digest)], &self.wishes(commit))?;
        let recorded = recorded.pop().ok_or_else(|| Error::data("nothing was recorded"))?;
        Ok(Outcome::Recorded(Box::new(recorded.record)))
    }

    fn printed(&self, commit: Id) -> Result<Outcome> {
        let output = self.args.output.as_deref().and_then(|path| Some(self.worktree.as_ref()?.folder.join(path)));
        output.as_deref().map_or(Ok(()), remove)?;
        let stdout = if output.is_some() { Output::Discard } else { Output::Capture };
        let printed = match self.execute(stdout)? {
            Ok((printed, _)) => printed,
            Err(why) => return Ok(Outcome::Skipped(why)),
        };
        if self.args.show_output && output.is_none() {
            self.context.say(&String::from_utf8_lossy(&printed));
        }
        let loaded = match &output {
            Some(path) if !path.exists() => {
                return Ok(Outcome::Skipped("the command did not write its output".to_owned()));
            }
            Some(path) => load(path),
            None if printed.len() as u64 > MAX_INPUT => {
                return Ok(Outcome::Skipped(format!("the command printed more than {MAX_INPUT} bytes")));
            }
            None => {
                let json = matches!(printed.trim_ascii_start().first(), Some(b'{' | b'['));
                let name = if json { "stdout.json" } else { "stdout.txt" };
                let input = Input::file("standard output", printed.clone());
                Ok(Loaded { input, file: Some((name.to_owned(), printed)) })
            }
        };
        let mut found = Found::default();
        let options = self.args.reading.options()?;
        let read = loaded.and_then(|loaded| found.read(loaded, self.args.from.as_deref(), &options));
        if let Err(error) = read {
            // A wrong word on the command line is wrong everywhere.
            return if error.kind == git_bench::Kind::Usage { Err(error) } else { Ok(Outcome::Skipped(error.chain())) };
        }
        let now = self.now();
        for run in &mut found.runs {
            run.time.get_or_insert(now);
        }
        let mut recorded: Vec<Recorded> = found.record(self.context, self.wishes(commit))?;
        Ok(match recorded.pop() {
            Some(one) => Outcome::Recorded(Box::new(one.record)),
            None => Outcome::Skipped("the command printed nothing to record".to_owned()),
        })
    }

    fn now(&self) -> Time {
        Time(self.context.now().0 + self.begun.elapsed().as_secs() as i64)
    }

    fn wishes(&self, commit: Id) -> Wishes {
        let mut execution = serde_json::Map::new();
        execution.insert("command".into(), Names::of(self.context).words(&self.args.command).into());
        execution.insert("exit_code".into(), 0.into());
        Wishes {
            named: Named { commit: Some(commit.to_string()), apart: true, ..Named::default() },
            suite: Some(self.suite.clone()),
            platform: self.args.platform.clone(),
            // Two runs that say the same are two runs.
            again: true,
            execution,
            command: self.args.command.clone(),
            ..Wishes::default()
        }
    }
}

/// Runs a command of which nothing is shown.
fn quietly(command: Command, interrupt: &Arc<Interrupt>) -> Result<ExitOutcome> {
    let interrupt = Some(Arc::clone(interrupt));
    let plan = Plan { commands: vec![command], runs: 1, interrupt, ..Plan::default() };
    let series = measure::run(&plan, &mut |_| {})?;
    Ok(series.first().and_then(|series| series.failed).unwrap_or(ExitOutcome::Success))
}

/// What is there was left by another revision.
fn remove(path: &Path) -> Result<()> {
    let done = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match done {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::data(format!("cannot remove '{}'", path.display())).because(e))
        }
        _ => Ok(()),
    }
}
