//! A table in parts by date and suite, of which only what is new is written.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use git_bench::export::Writer;
use git_bench::export::parts::{Part, Parts, is_cut, run_key};
use git_bench::index::{Filter, FoundRun, Wanted};
use git_bench::render::number::bytes;
use git_bench::{Error, Result};

use super::places::Places;
use super::target::store;
use super::{Job, add, counted, each, once};
use crate::cli::exit::Outcome;
use crate::cli::progress::Progress;

/// Bytes and parts that are gathered before they are written.
const BYTES: usize = 64 << 20;
const PARTS: usize = 512;

/// Runs of one day and suite.
struct Open {
    writer: Box<dyn Writer>,
    runs: Vec<String>,
}

/// What was written.
#[derive(Default)]
struct Tally {
    runs: usize,
    rows: usize,
    parts: usize,
    bytes: usize,
    cut: BTreeSet<String>,
}

struct Work<'w, 's> {
    job: &'w Job<'w>,
    table: Parts<'s>,
    /// The day that is being gathered; runs come in the order of time.
    date: String,
    open: BTreeMap<String, Open>,
    ready: Vec<Part>,
    tally: Tally,
    progress: Progress,
}

/// Exports what is not there yet.
pub(crate) fn in_parts(job: &Job<'_>, anew: bool) -> Result<Outcome> {
    if !job.filter.benchmark.is_empty() || !job.filter.metric.is_empty() {
        return Err(Error::usage("parts hold whole runs, so --benchmark and --metric cannot choose among them")
            .hint("git bench export --format jsonl --benchmark NAME --out FILE writes one file"));
    }
    let context = job.context;
    let places = Places::of_base(context, true)?;
    let store = store(context, &job.target)?;
    let mut table = Parts::open(&store, job.exporter.ending())?;
    if anew {
        let count = table.clear()?;
        context.say(&format!("removed {}", counted(count, "part")));
    }
    let before = table.len();
    let work = RefCell::new(Work {
        job,
        table,
        date: String::new(),
        open: BTreeMap::new(),
        ready: Vec::new(),
        tally: Tally::default(),
        progress: Progress::new(context),
    });
    let (found, gone) = job.asking.ask(context, &|index| {
        let taken = each(job, index, &mut |run| work.borrow_mut().take(run, &places));
        let found = taken.map_err(|e| if work.borrow().tally.runs > 0 { once(e) } else { e })?;
        let mut all = HashSet::new();
        if before > 0 {
            index.each_run(&Filter::default(), &Wanted::default(), &mut |run| {
                all.insert(run_key(&run.record.id, &run.record.commit));
                Ok(())
            })?;
        }
        let mut work = work.borrow_mut();
        work.end_day()?;
        work.flush()?;
        Ok((found, if before > 0 { work.table.beyond(&all) } else { 0 }))
    })?;
    let work = work.into_inner();
    found.remarks.iter().for_each(|remark| context.say(remark));
    tell(&work, before, gone);
    Ok(if found.total == 0 { Outcome::NoData } else { Outcome::Done })
}

impl Work<'_, '_> {
    fn take(&mut self, run: &FoundRun, places: &Places) -> Result<()> {
        let key = run_key(&run.record.id, &run.record.commit);
        // A run without a measurement leaves no row behind.
        if run.record.m.is_empty() || self.table.has(&key) {
            return Ok(());
        }
        let date = run.record.time.date();
        if date != self.date {
            self.end_day()?;
            self.date = date;
        }
        let suite = &run.record.suite;
        if is_cut(suite) {
            self.tally.cut.insert(suite.clone());
        }
        let job = self.job;
        let open = self
            .open
            .entry(suite.clone())
            .or_insert_with(|| Open { writer: job.exporter.begin(&job.options), runs: Vec::new() });
        add(open.writer.as_mut(), run, places);
        open.runs.push(key);
        self.tally.runs += 1;
        self.tally.rows += run.record.m.len();
        Ok(())
    }

    fn end_day(&mut self) -> Result<()> {
        for (suite, open) in std::mem::take(&mut self.open) {
            let bytes = open.writer.finish().documents.concat();
            self.ready.push(Part { date: self.date.clone(), suite, runs: open.runs, bytes });
        }
        let size: usize = self.ready.iter().map(|part| part.bytes.len()).sum();
        if self.ready.len() >= PARTS || size >= BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        let parts = std::mem::take(&mut self.ready);
        self.tally.parts += parts.len();
        self.tally.bytes += parts.iter().map(|part| part.bytes.len()).sum::<usize>();
        let (total, progress) = (parts.len(), &self.progress);
        self.table.write(parts, &|done| progress.step(done, total, "parts")).map(|_| ())
    }
}

fn tell(work: &Work<'_, '_>, before: usize, gone: usize) {
    let (context, tally) = (work.job.context, &work.tally);
    let there = counted(before, "run");
    if tally.runs == 0 {
        context.say(&format!("nothing is new; {there} were there already"));
    } else {
        context.say(&format!(
            "wrote {} of {} in {} ({}); {there} were there already",
            counted(tally.rows, "row"),
            counted(tally.runs, "run"),
            counted(tally.parts, "part"),
            bytes(tally.bytes as u64)
        ));
    }
    for suite in &tally.cut {
        context.warn(&format!("the suite '{suite}' is too long for a path and was cut there"));
    }
    if gone > 0 {
        context.warn(&format!("{} there no longer count here (dropped or pruned), and stay", counted(gone, "run")));
        context.hint("git bench export --anew writes everything again");
    }
}
