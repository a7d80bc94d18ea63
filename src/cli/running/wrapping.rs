//! A harness that is run, and whose output is recorded.

use std::path::Path;
use std::sync::Arc;

use git_bench::import::{Input, MAX_INPUT};
use git_bench::measure::{self, Command, Event, Interrupt, Output, Plan, Sample, Watch};
use git_bench::model::Run;
use git_bench::{Error, Result};
use serde_json::{Map, Value};

use super::harness::Harness;
use super::naming::Names;
use super::{finish, interrupted, passed, pytest, warn_of};
use crate::cli::commands::run::Args;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::recording::{Found, Loaded, load, place};

/// Lines of what a harness printed that are shown where it failed and left nothing to read.
const LAST: usize = 20;

/// Runs the harness once and records what it wrote, with its arguments, duration and exit code, which is passed on.
///
/// # Errors
/// An unknown format, a harness that cannot be started, output of a successful one that cannot be read.
pub(crate) fn wrap(context: &Context, args: &Args, from: &str) -> Result<Outcome> {
    let mut wishes = args.about.wishes()?;
    wishes.command.clone_from(&args.command);
    if wishes.named.commit.is_some() || wishes.named.tag.is_some() {
        // What is wrong with the place is told before the harness runs for an hour.
        place(context, context.config()?, &Run::default(), &wishes.named)?;
    }
    let harness = Harness::of(context, from, &args.command, args.output.as_deref())?;
    let interrupt = Arc::new(Interrupt::default());
    let watch = Watch::start(Arc::clone(&interrupt))?;
    let (printed, sample) = execute(context, args, &harness, &interrupt)?;
    drop(watch);
    if let Some(signal) = interrupt.stopped() {
        return Ok(interrupted(context, signal));
    }
    let code = sample.exit.code();
    wishes.execution.extend(execution(&Names::of(context), &args.command, &sample));
    let recorded = read(args, &harness, printed.clone()).and_then(|found| found.record(context, wishes));
    match recorded {
        Ok(recorded) => {
            if code != 0 {
                context.warn(&format!("the command ended with {}: recorded with its exit code", sample.exit));
            }
            finish(context, &recorded, args.push, code)
        }
        Err(error) if code != 0 => {
            if !args.show_output {
                let text = String::from_utf8_lossy(&printed);
                let lines: Vec<&str> = text.lines().collect();
                lines.iter().skip(lines.len().saturating_sub(LAST)).for_each(|line| context.say(line));
            }
            context.warn(&format!("the command ended with {}, and nothing was recorded", sample.exit));
            warn_of(context, &error);
            Ok(passed(code))
        }
        Err(error) => Err(error),
    }
}

/// Runs the harness: what it printed, where that is to be read, and how it ended.
fn execute(context: &Context, args: &Args, harness: &Harness, interrupt: &Arc<Interrupt>) -> Result<(Vec<u8>, Sample)> {
    let captured = harness.sources.is_empty();
    let command = Command { label: args.command.join(" "), argv: harness.argv.clone(), ..Command::default() };
    let plan = Plan {
        commands: vec![command],
        runs: 1,
        timeout: args.timeout,
        stdout: if captured { Output::Capture } else { Output::Inherit },
        stderr: Output::Inherit,
        interrupt: Some(Arc::clone(interrupt)),
        ..Plan::default()
    };
    let (mut printed, mut ended, mut shown) = (Vec::new(), None, Ok(()));
    measure::run(&plan, &mut |event| match event {
        Event::Output { bytes, .. } => {
            if (printed.len() as u64) <= MAX_INPUT {
                printed.extend_from_slice(bytes);
            }
            if args.show_output && shown.is_ok() {
                shown = context.output.write(bytes);
            }
        }
        Event::End { sample, .. } => ended = Some(sample),
        Event::Start { .. } => {}
    })?;
    shown?;
    let interrupted = Sample {
        wall: 0.0,
        user: None,
        system: None,
        max_rss: None,
        exit: measure::ExitOutcome::Signal(interrupt.stopped().unwrap_or_default()),
    };
    Ok((printed, ended.unwrap_or(interrupted)))
}

/// Reads what the harness wrote or printed.
fn read(args: &Args, harness: &Harness, printed: Vec<u8>) -> Result<Found> {
    let options = args.reading.options()?;
    let mut found = Found::default();
    if harness.sources.is_empty() {
        if printed.len() as u64 > MAX_INPUT {
            return Err(Error::data(format!("the command printed more than {MAX_INPUT} bytes")));
        }
        let input = Input::file("standard output", printed.clone());
        let json = matches!(printed.trim_ascii_start().first(), Some(b'{' | b'['));
        let name = if json { "stdout.json" } else { "stdout.txt" };
        let file = Some((name.to_owned(), printed));
        found.read(Loaded { input, file }, harness.format.as_deref(), &options).map_err(|error| {
            error.hint("--output FILE names the file that the harness writes; --show-output shows what it prints")
        })?;
        return Ok(found);
    }
    for source in &harness.sources {
        let empty = std::fs::metadata(&source.path).is_ok_and(|facts| facts.is_file() && facts.len() == 0);
        if source.ours && (empty || !source.path.exists()) {
            continue;
        }
        if !source.written() {
            return Err(unwritten(&source.path));
        }
        let before = found.runs.len();
        match found.read(load(&source.path)?, source.format.as_deref(), &options) {
            // pytest-benchmark writes a file without benchmarks too, where there are only tests.
            Err(_) if source.ours && harness.sources.len() > 1 => continue,
            other => other?,
        }
        // junit has the times of the same tests that a benchmark's own file measures properly.
        if source.format.as_deref() == Some("junit") && found.runs[..before].iter().any(|r| !r.measurements.is_empty())
        {
            found.runs[before..].iter_mut().for_each(|run| run.measurements.clear());
        }
    }
    if found.runs.is_empty() {
        return Err(Error::data("the command left no result to read").hint(format!(
            "git bench run --from {} --output FILE -- COMMAND",
            args.from.as_deref().unwrap_or("auto")
        )));
    }
    Ok(found)
}

fn unwritten(path: &Path) -> Error {
    let shown = path.display();
    if path.exists() {
        Error::data(format!("'{shown}' was not written by the command: it is as old as before"))
            .hint(format!("git bench record {shown} records it all the same"))
    } else {
        Error::data(format!("the command did not write '{shown}'"))
            .hint("--output names what the harness writes, relative to the current directory")
    }
}

/// The seed's `execution`: the command and how it ended; of pytest also its test path and other arguments.
fn execution(names: &Names, command: &[String], sample: &Sample) -> Map<String, Value> {
    let words = names.words(command);
    let mut execution = Map::new();
    if let Some(arguments) = pytest::arguments(&words) {
        let (path, others) = pytest::execution(arguments);
        if let Some(path) = path {
            execution.insert("test_path".into(), path.into());
        }
        execution.insert("pytest_args".into(), others.into());
    }
    execution.insert("duration_seconds".into(), sample.wall.into());
    execution.insert("command".into(), words.into());
    execution.insert("exit_code".into(), sample.exit.code().into());
    execution
}
