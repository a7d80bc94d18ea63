//! Which command runs when.

use std::sync::Arc;

use super::{Command, Event, Interrupt, Output, Plan, Series, SplitMix64, child};
use crate::{Error, Result};

/// Runs the plan and gives a series for each command, in the plan's order. A command that fails is not run again; the
/// others go on. After an interrupt what was measured so far comes back at once ([`Interrupt::stopped`] tells).
///
/// # Errors
/// [`crate::Kind::Usage`]: nothing to run, a program that cannot be started, a preparation that failed.
pub fn run(plan: &Plan, sink: &mut dyn FnMut(Event)) -> Result<Vec<Series>> {
    run_until(plan, plan.runs, &mut |_| true, sink)
}

/// As [`run`], but goes on after `plan.runs` runs until `decided` says that what was measured suffices, or a command has had
/// `limit` runs. `decided` is asked after every round (not interleaved: after every run).
///
/// # Errors
/// As [`run`].
pub fn run_until(
    plan: &Plan,
    limit: usize,
    decided: &mut dyn FnMut(&[Series]) -> bool,
    sink: &mut dyn FnMut(Event),
) -> Result<Vec<Series>> {
    if plan.commands.is_empty() || plan.commands.iter().any(|command| command.argv.is_empty()) {
        return Err(Error::usage("no command to run").hint("git bench run -- COMMAND [ARGUMENT]..."));
    }
    if plan.runs == 0 {
        return Err(Error::usage("'0' runs measure nothing").hint("git bench run -n 10 -- COMMAND"));
    }
    let blank = |command: &Command| Series { label: command.label.clone(), samples: Vec::new(), failed: None };
    let mut session = Session {
        plan,
        series: plan.commands.iter().map(blank).collect(),
        interrupt: plan.interrupt.clone().unwrap_or_default(),
        sink,
    };
    let turns: Vec<Vec<usize>> = if plan.interleave {
        vec![(0..plan.commands.len()).collect()]
    } else {
        (0..plan.commands.len()).map(|i| vec![i]).collect()
    };
    let mut random = SplitMix64::new(plan.seed);
    for turn in turns {
        for round in 0..plan.warmup {
            for i in random.order(turn.len()) {
                session.step(turn[i], round, true)?;
            }
        }
        for round in 0..limit.max(plan.runs) {
            if session.over(&turn) || (round >= plan.runs && decided(&session.series)) {
                break;
            }
            for i in random.order(turn.len()) {
                session.step(turn[i], round, false)?;
            }
        }
    }
    Ok(session.series)
}

struct Session<'a> {
    plan: &'a Plan,
    series: Vec<Series>,
    interrupt: Arc<Interrupt>,
    sink: &'a mut dyn FnMut(Event),
}

impl Session<'_> {
    /// Whether nothing of this turn can run any more.
    fn over(&self, turn: &[usize]) -> bool {
        self.interrupt.stopped().is_some() || turn.iter().all(|i| self.series[*i].failed.is_some())
    }

    /// One run of one command, its preparation first.
    fn step(&mut self, i: usize, round: usize, warmup: bool) -> Result<()> {
        if self.over(&[i]) {
            return Ok(());
        }
        let command = &self.plan.commands[i];
        if let Some(argv) = command.prepare.as_ref().filter(|argv| !argv.is_empty()) {
            let prepare = Command { argv: argv.clone(), ..command.clone() };
            let stdout = if self.plan.stdout == Output::Inherit { Output::Inherit } else { Output::Discard };
            let done = child::execute(&prepare, self.plan, stdout, &self.interrupt, &mut |_| {})?;
            if self.interrupt.stopped().is_some() {
                return Ok(());
            }
            if !done.exit.success() {
                return Err(Error::usage(format!("the preparation '{}' ended with {}", argv.join(" "), done.exit))
                    .hint("git bench run --show-output ... shows what it says"));
            }
        }
        (self.sink)(Event::Start { command: i, round, warmup });
        let sink = &mut *self.sink;
        let mut output = |bytes: &[u8]| sink(Event::Output { command: i, bytes });
        let sample = child::execute(command, self.plan, self.plan.stdout, &self.interrupt, &mut output)?;
        if self.interrupt.stopped().is_some() {
            return Ok(());
        }
        (self.sink)(Event::End { command: i, sample, warmup });
        let series = &mut self.series[i];
        if !sample.exit.success() {
            series.failed = Some(sample.exit);
        } else if !warmup {
            series.samples.push(sample);
        }
        Ok(())
    }
}
