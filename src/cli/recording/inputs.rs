//! What readers found in the inputs of one call becomes runs.

use git_bench::import::{ReadOptions, read};
use git_bench::model::Run;
use git_bench::{Error, Result};

use super::{Loaded, Recorded, Wishes, digest_of, record};
use crate::cli::context::Context;

/// What was found in the inputs of one call.
#[derive(Default)]
pub(crate) struct Found {
    /// The runs, in the order of the inputs.
    pub(crate) runs: Vec<Run>,
    files: Vec<String>,
    attached: Vec<(String, Vec<u8>)>,
}

impl Found {
    /// Reads one more input.
    ///
    /// # Errors
    /// What cannot be read.
    pub(crate) fn read(&mut self, loaded: Loaded, from: Option<&str>, options: &ReadOptions) -> Result<()> {
        let Loaded { input, file } = loaded;
        let (_, runs) = read(&input, from, options)?;
        self.files.extend(input.digests());
        if runs.iter().all(|run| run.document.is_none() && run.entry.is_none()) {
            self.attached.extend(file);
        }
        self.runs.extend(runs);
        Ok(())
    }

    /// Records the runs: one, unless the inputs hold runs of many commits. A file of a harness that stands alone travels
    /// along.
    ///
    /// # Errors
    /// What cannot be recorded.
    pub(crate) fn record(self, context: &Context, mut wishes: Wishes) -> Result<Vec<Recorded>> {
        let Self { runs, files, attached } = self;
        let many = runs.iter().filter(|run| run.entry.is_some()).count() > 1;
        if many && wishes.named.commit.is_some() && commits(&runs) > 1 {
            return Err(Error::usage(
                "the input holds runs of several commits: '--commit' cannot stand for all of them",
            )
            .hint("leave out --commit: each run goes to the commit that it names"));
        }
        wishes.named.absent_ok = many;
        if attached.len() == 1 && files.len() == 1 && context.config()?.bool("bench.attachInput") {
            wishes.attachments.extend(attached);
        }
        let runs = if many { runs } else { vec![merged(runs)] };
        let with_digest = |run: Run| {
            let digest = digest_of(&run, &files);
            (run, digest)
        };
        record(context, runs.into_iter().map(with_digest).collect(), &wishes)
    }
}

fn commits(runs: &[Run]) -> usize {
    runs.iter().filter_map(|run| run.commit.as_deref()).collect::<std::collections::BTreeSet<_>>().len()
}

/// Several inputs of one call are one run: measurements and tests together, facts of the first that has them.
fn merged(runs: Vec<Run>) -> Run {
    let mut runs = runs.into_iter();
    let Some(mut all) = runs.next() else { return Run::default() };
    let mut several = false;
    for run in runs {
        several = true;
        all.measurements.extend(run.measurements);
        all.failures.extend(run.failures);
        all.warnings.extend(run.warnings);
        all.tests = match (all.tests, run.tests) {
            (Some(a), Some(b)) => {
                let (a, b): ([u64; 5], [u64; 5]) = (a.into(), b.into());
                Some(std::array::from_fn::<u64, 5, _>(|i| a[i] + b[i]).into())
            }
            (a, b) => a.or(b),
        };
        all.harness = match (all.harness, run.harness) {
            (Some(a), Some(b)) if !a.split(", ").any(|known| known == b) => Some(format!("{a}, {b}")),
            (a, b) => a.or(b),
        };
        all.commit = all.commit.or(run.commit);
        all.branch = all.branch.or(run.branch);
        all.who = all.who.or(run.who);
        all.time = all.time.max(run.time);
        all.duration = match (all.duration, run.duration) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        for (key, value) in run.platform {
            all.platform.entry(key).or_insert(value);
        }
        for (key, value) in run.environment {
            all.environment.entry(key).or_insert(value);
        }
        // A result file of ours among others: its own words stay, its benchmarks are among the measurements.
        if let Some(document) = run.document {
            let kept = all.document.get_or_insert_default();
            for (key, value) in document {
                kept.entry(key).or_insert(value);
            }
        }
    }
    if let Some(document) = all.document.as_mut().filter(|_| several) {
        // The document no longer says all: the payload is built from the measurements.
        document.shift_remove("benchmarks");
        document.shift_remove("results");
        document.shift_remove("failures");
    }
    all
}
