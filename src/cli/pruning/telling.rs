//! What `prune` tells: the plan as data, and what came of it.

use git_bench::report::Tone;
use git_bench::report::tables::Listing;
use git_bench::store::Survey;
use git_bench::store::retention::{Plan, Rules};
use serde_json::Value;

use super::Asked;
use super::payloads::{Fate, Going};

/// The report, and what to run next.
pub(crate) struct Told {
    pub(crate) listing: Listing,
    pub(crate) hints: Vec<String>,
    /// Lines that were taken out.
    pub(crate) lines: usize,
    dry_run: bool,
    keep_payloads: bool,
    runs: usize,
    standing: usize,
    waits: bool,
}

impl Told {
    pub(super) fn new(asked: &Asked, plan: &Plan, survey: &Survey) -> Self {
        let mut listing = Listing::new("prune");
        listing.columns = vec![
            ("time", 1),
            ("commit", 0),
            ("run", 0),
            ("channel", 2),
            ("suite", 3),
            ("objects", 3),
            ("bytes", 2),
            ("payload", 0),
        ];
        listing.fact("dry_run", asked.dry_run);
        listing.fact("reason", reason(&asked.rules));
        listing.fact("runs", plan.goes.len());
        listing.fact("kept", survey.standing.len() - plan.goes.len());
        listing.fact("kept_releases", plan.releases);
        Self {
            listing,
            hints: Vec::new(),
            lines: 0,
            dry_run: asked.dry_run,
            keep_payloads: asked.keep_payloads,
            runs: plan.goes.len(),
            standing: survey.standing.len(),
            waits: false,
        }
    }

    /// The drops are on their way, and the rest must wait for them.
    pub(super) fn waits(&mut self, remote: &str) {
        self.waits = true;
        self.hints.push(format!(
            "git bench prune again, once 'git bench pull && git bench push' has merged it on '{remote}'"
        ));
    }

    /// One row a run that goes, with what becomes of its objects.
    pub(super) fn payloads(&mut self, going: &[Going]) {
        let (mut objects, mut bytes, mut stay) = (0, 0, 0);
        for (at, one) in going.iter().enumerate() {
            // What an earlier prune has finished, or was asked to leave, is no news.
            let new = at + self.runs >= going.len();
            if !new && (one.fate == Fate::Nothing || self.keep_payloads) {
                continue;
            }
            let fate = match &one.fate {
                Fate::Nothing => "none".to_owned(),
                Fate::Goes if self.dry_run => "would go".to_owned(),
                Fate::Goes => "gone".to_owned(),
                Fate::Stays(why) => format!("stays: {why}"),
            };
            if one.fate == Fate::Goes {
                objects += one.count();
                bytes += one.bytes();
            }
            stay += usize::from(matches!(one.fate, Fate::Stays(_)));
            let payload = one.run.payload.as_ref();
            self.listing.row(&[
                ("time", Value::from(one.run.time.to_string())),
                ("commit", Value::from(one.run.object.to_string())),
                ("run", Value::from(one.run.id.as_str())),
                ("channel", known(&one.run.channel)),
                ("suite", known(&one.run.suite)),
                ("store", payload.map_or(Value::Null, |p| Value::from(p.store.as_str()))),
                ("key", payload.map_or(Value::Null, |p| Value::from(p.key.as_str()))),
                ("objects", Value::from(one.count())),
                ("bytes", Value::from(one.bytes())),
                ("payload", Value::from(fate)),
            ]);
        }
        self.listing.fact("objects", objects);
        self.listing.fact("bytes", bytes);
        self.listing.fact("payloads_stay", stay);
        if stay > 0 && !self.dry_run && !self.keep_payloads {
            self.hints.push("git bench prune again takes up what stays, with the same options".into());
        }
    }

    /// The finished report.
    pub(crate) fn finish(mut self) -> (Listing, Vec<String>) {
        let fact = |name: &str| self.listing.facts.get(name).and_then(Value::as_u64).unwrap_or(0);
        let verb = if self.dry_run { "would go" } else { "dropped" };
        let mut text = format!("{} of {} runs {verb}", self.runs, self.standing);
        if fact("kept_releases") > 0 {
            text.push_str(&format!(", {} of releases stay", fact("kept_releases")));
        }
        if self.waits {
            text.push_str("; their payloads stay until the drops are merged");
        } else {
            let done = if self.dry_run { "would go" } else { "deleted" };
            text.push_str(&format!("; {} objects of {} bytes {done}", fact("objects"), fact("bytes")));
        }
        if !self.dry_run {
            text.push_str(&format!(", {} lines taken out", self.lines));
        }
        let lines = self.lines;
        self.listing.fact("lines", lines);
        self.listing.line(text, Tone::Strong);
        if self.dry_run && self.runs > 0 {
            self.hints.push("the same without --dry-run does it".into());
        }
        (self.listing, self.hints)
    }
}

fn known(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { Value::from(text) }
}

/// Why a run goes, as its `drop` line says it.
pub(super) fn reason(rules: &Rules) -> String {
    let mut parts = Vec::new();
    if !rules.channels.is_empty() {
        parts.push(format!("channel {}", rules.channels.join(", ")));
    }
    parts.extend(rules.before.map(|before| format!("before {}", before.date())));
    parts.extend(rules.keep.map(|keep| format!("not among the newest {keep} of any series")));
    parts.extend(rules.unreachable.then(|| "on no branch or tag".to_owned()));
    format!("prune: {}", parts.join("; "))
}
