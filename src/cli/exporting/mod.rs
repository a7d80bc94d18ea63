//! From the index to a table or to metrics: one file, several documents, or parts in a folder or bucket.

mod charts;
mod parts;
mod places;
mod target;

use std::cell::RefCell;

use git_bench::export::{Exporter, Machine, Options, Row, Writer};
use git_bench::index::{Filter, Found, FoundRun, Index, Wanted, is_damaged};
use git_bench::{Error, Result};

use super::asking::{Asking, tell_nothing};
use super::context::Context;
use super::exit::Outcome;

pub(crate) use charts::{Service, charts};
pub(crate) use parts::in_parts;
pub(crate) use target::Target;

use places::Places;
use target::{Sink, documents};

/// What is to be exported, and how.
pub(crate) struct Job<'a> {
    pub(crate) context: &'a Context,
    pub(crate) asking: &'a Asking,
    pub(crate) filter: Filter,
    pub(crate) exporter: &'static dyn Exporter,
    pub(crate) options: Options,
    pub(crate) target: Target,
}

/// Exports into one file or standard output, or several documents into a folder.
pub(crate) fn whole(job: &Job<'_>) -> Result<Outcome> {
    let context = job.context;
    let places = if job.exporter.is_table() { Places::of_base(context, false)? } else { Places::default() };
    let sink = RefCell::new(Sink::open(context, &job.target)?);
    let (found, written) = job.asking.ask(context, &|index| {
        if !sink.borrow_mut().restart() {
            return Err(Error::data("the index turned out to be damaged, and what was written is not whole")
                .hint("git bench export --rebuild makes the index anew"));
        }
        let mut writer = job.exporter.begin(&job.options);
        let found = each(job, index, &mut |run| {
            add(writer.as_mut(), run, &places);
            sink.borrow_mut().write(&writer.ready())
        })?;
        Ok((found, writer.finish()))
    })?;
    let mut sink = sink.into_inner();
    if let Target::Folder(folder) = &job.target {
        documents(context, folder, job.exporter.ending(), &written.documents)?;
    } else {
        for document in &written.documents {
            sink.write(document)?;
        }
        sink.finish()?;
    }
    found.remarks.iter().chain(&written.remarks).for_each(|remark| context.say(remark));
    // All metrics may be too old for the service.
    let nothing = found.total == 0 || written.documents.is_empty();
    Ok(if nothing { Outcome::NoData } else { Outcome::Done })
}

/// Visits the runs that fit, the earliest first; tells where there are none.
fn each(job: &Job<'_>, index: &Index, visit: &mut dyn FnMut(&FoundRun) -> Result<()>) -> Result<Found> {
    let wanted = Wanted { sort: "time".into(), limit: None, measurements: true };
    let found = index.each_run(&job.filter, &wanted, &mut |run| visit(&run))?;
    if found.total == 0 {
        tell_nothing(job.context, index, &job.filter)?;
    }
    Ok(found)
}

/// Adds the measurements of a run.
fn add(writer: &mut dyn Writer, run: &FoundRun, places: &Places) {
    let named = &run.named;
    let machine = Machine {
        environment: &named.environment,
        label: &named.label,
        platform: &named.platform,
        hardware: &named.hardware,
    };
    let place = places.of(&run.record);
    for measured in &run.record.m {
        writer.add(&Row { run: &run.record, machine, place, measured });
    }
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// An error of the index that is told as such, so that nothing is written twice.
fn once(error: Error) -> Error {
    if is_damaged(&error) {
        return Error::data("the index is damaged; what was written so far stays")
            .because(error)
            .hint("git bench export --rebuild makes the index anew");
    }
    error
}
