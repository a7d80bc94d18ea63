//! `git bench doctor`

use std::collections::BTreeSet;

use git_bench::git::Git;
use git_bench::payload::{Check, Fault, fault};
use git_bench::record::Note;
use git_bench::report::Tone;
use git_bench::report::tables::Listing;
use git_bench::{Error, Result};
use serde_json::Value;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;
use crate::cli::progress::Progress;
use crate::cli::stores::LOCAL;

/// Look for what is not well, and say the command that mends it
///
/// git, the repository, the base branch, bench.toml, the notes, the remote, every store (a small object is written, read
/// and removed), the spool, the clock. Exit code 0: all is well; 4: something is not.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Well,
    /// It works; there is something to know or to do.
    Note,
    Bad,
}

/// What a check found, and what mends it.
struct Finding {
    check: String,
    state: State,
    found: String,
    mend: Vec<String>,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, check: &str, state: State, found: impl Into<String>, mend: &[&str]) {
        let mend = mend.iter().map(|&m| m.to_owned()).collect();
        self.0.push(Finding { check: check.to_owned(), state, found: found.into(), mend });
    }

    fn well(&mut self, check: &str, found: impl Into<String>) {
        self.add(check, State::Well, found, &[]);
    }

    fn failed(&mut self, check: &str, error: &Error) {
        self.0.push(Finding {
            check: check.to_owned(),
            state: State::Bad,
            found: error.chain(),
            mend: error.hints.clone(),
        });
    }
}

/// What each check is called, and how it is made.
type Checks = [(&'static str, fn(&Context, &mut Findings) -> Result<()>)];

const CHECKS: &Checks = &[
    ("repository", repository),
    ("base", base),
    ("config", config),
    ("notes", notes),
    ("merge", merge),
    ("remote", remote),
    ("store", stores),
    ("spool", spool),
    ("clock", clock),
];

pub(crate) fn run(context: &Context, _args: Args) -> Result<Outcome> {
    let mut findings = Findings::default();
    git(&mut findings);
    match context.repo() {
        Err(error) => findings.failed("repository", &error),
        Ok(_) => {
            for (name, check) in CHECKS {
                if let Err(error) = check(context, &mut findings) {
                    findings.failed(name, &error);
                }
            }
        }
    }
    let bad = findings.0.iter().filter(|f| f.state == State::Bad).count();
    context.output.report(&listing(context, &findings.0, bad))?;
    match bad {
        0 => Ok(Outcome::Done),
        1 => Err(Error::data("1 check found what is not well")),
        _ => Err(Error::data(format!("{bad} checks found what is not well"))),
    }
}

fn listing(context: &Context, findings: &[Finding], bad: usize) -> Listing {
    let mut listing = Listing::new("doctor");
    let text = context.output.is_text();
    if !text {
        listing.columns = vec![("check", 0), ("state", 0), ("found", 0), ("mend", 0)];
    }
    listing.fact("bad", bad);
    for finding in findings {
        let (state, tone) = match finding.state {
            State::Well => ("ok", Tone::Good),
            State::Note => ("note", Tone::Warn),
            State::Bad => ("bad", Tone::Bad),
        };
        listing.row(&[
            ("check", Value::from(finding.check.as_str())),
            ("state", Value::from(state)),
            ("found", Value::from(finding.found.as_str())),
            ("mend", Value::from(finding.mend.join("\n"))),
        ]);
        // A table would cut the commands off on a narrow terminal.
        if text {
            let shown = format!("{state:<5} {}: {}", finding.check, finding.found);
            listing.lines.push((shown, tone));
            listing.lines.extend(finding.mend.iter().map(|mend| (format!("        {mend}"), Tone::Plain)));
        }
    }
    listing
}

fn git(findings: &mut Findings) {
    let version = match Git::at(".").text(&["version"]) {
        Ok(text) => text,
        Err(error) => return findings.failed("git", &error.hint("git version shows what is wrong with it")),
    };
    let mut parts = version.trim_start_matches("git version ").split(['.', ' ', '-']).map_while(|p| p.parse().ok());
    let number: (u32, u32) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if number >= (2, 26) {
        findings.well("git", version);
    } else {
        findings.add(
            "git",
            State::Bad,
            format!("{version}; 2.26 or newer is needed"),
            &["https://git-scm.com/install"],
        );
    }
}

fn repository(context: &Context, findings: &mut Findings) -> Result<()> {
    let repo = context.repo()?;
    let git = repo.git();
    let mut kinds = Vec::new();
    kinds.push(if repo.work_dir().is_none() { "bare" } else { "with a work tree" });
    if repo.hex_len() == 64 {
        kinds.push("sha256");
    }
    if git.try_text(&["config", "extensions.refstorage"]).is_some_and(|kind| kind.eq_ignore_ascii_case("reftable")) {
        kinds.push("reftable");
    }
    if git.try_text(&["config", "--get-regexp", "^remote\\..*\\.promisor$"]).is_some() {
        kinds.push("partial");
    }
    if repo.is_shallow() {
        let found = format!("{}, shallow: history ends early, so comparisons may lack a base", kinds.join(", "));
        findings.add("repository", State::Note, found, &["git fetch --unshallow"]);
    } else {
        findings.well("repository", kinds.join(", "));
    }
    Ok(())
}

fn base(context: &Context, findings: &mut Findings) -> Result<()> {
    if context.repo()?.head()?.is_none() {
        findings.add("base", State::Note, "this repository has no commit yet", &["git commit"]);
        return Ok(());
    }
    let base = context.base()?;
    let remote = base.remote.as_deref().unwrap_or("origin");
    match base.tip {
        _ if base.name.is_empty() => {
            let mend = "git config bench.base BRANCH";
            findings.add("base", State::Bad, "no base branch is known: nothing to compare with", &[mend]);
        }
        Some(tip) => findings.well("base", format!("'{}' at {}", base.name, &tip.to_string()[..12])),
        None => {
            let mend = format!("git fetch {remote} +refs/heads/{0}:refs/remotes/{remote}/{0}", base.name);
            findings.add("base", State::Bad, format!("'{}' is not in this clone", base.name), &[&mend]);
        }
    }
    Ok(())
}

fn config(context: &Context, findings: &mut Findings) -> Result<()> {
    let name = context.config_file();
    let file = context.repo()?.work_dir().map(|root| root.join(&name));
    if let Some(Err(error)) = file.as_ref().filter(|f| f.exists()).map(std::fs::read_to_string) {
        let mend = format!("ls -l '{name}'");
        findings.add("config", State::Bad, format!("'{name}' cannot be read, so it is not heeded: {error}"), &[&mend]);
    }
    let config = context.config()?;
    for warning in &config.warnings {
        findings.add("config", State::Bad, warning, &["git bench config"]);
    }
    if config.warnings.is_empty() {
        let absent = file.is_some_and(|f| !f.exists());
        findings.well(
            "config",
            if absent { format!("no '{name}': the defaults hold") } else { format!("'{name}' is well") },
        );
    }
    Ok(())
}

fn notes(context: &Context, findings: &mut Findings) -> Result<()> {
    let store = context.store()?;
    let (mut runs, mut unreadable, mut conflicts) = (0, 0, 0);
    store.reader()?.each(&mut |_, content| {
        let note = Note::parse(content);
        runs += note.runs.len();
        unreadable += note.unreadable.len();
        conflicts += note.conflicts.len();
        true
    })?;
    let name = store.notes_ref();
    if unreadable + conflicts > 0 {
        let found = format!("{name}: {runs} runs, {unreadable} unreadable lines, {conflicts} conflicts");
        findings.add("notes", State::Bad, found, &["git bench fsck"]);
    } else {
        findings.well("notes", format!("{name}: {runs} runs, every line reads"));
    }
    Ok(())
}

fn merge(context: &Context, findings: &mut Findings) -> Result<()> {
    const KEY: &str = "notes.bench.mergeStrategy";
    match context.repo()?.git().try_text(&["config", KEY]) {
        Some(strategy) if matches!(strategy.as_str(), "cat_sort_uniq" | "union") => {
            findings.well("merge", format!("{KEY} = {strategy}"));
        }
        Some(other) => {
            let mend = format!("git config {KEY} cat_sort_uniq");
            findings.add(
                "merge",
                State::Bad,
                format!("{KEY} = {other} loses lines in a plain git notes merge"),
                &[&mend],
            );
        }
        None => {
            let mend = format!("git config {KEY} cat_sort_uniq");
            findings.add(
                "merge",
                State::Note,
                format!("{KEY} is not set; only a plain git notes merge needs it"),
                &[&mend],
            );
        }
    }
    Ok(())
}

fn remote(context: &Context, findings: &mut Findings) -> Result<()> {
    let base = context.base()?;
    let Some(name) = context.remote(Some(&base.name))? else {
        let mend = "git remote add origin URL";
        findings.add("remote", State::Note, "none: what is recorded stays in this clone", &[mend]);
        return Ok(());
    };
    let notes = context.store()?.notes_ref().to_owned();
    let there = context.repo()?.remote_refs(&name, &notes)?.iter().any(|(found, _)| *found == notes);
    let what = if there { "has notes" } else { "has no notes yet" };
    findings.well("remote", format!("'{name}' answers and {what}"));
    Ok(())
}

fn stores(context: &Context, findings: &mut Findings) -> Result<()> {
    // A probe writes, so it goes where `push` would: never to what only the work tree's bench.toml names.
    let trusted = context.trusted(false)?.1;
    let own = &context.config()?.stores;
    if trusted.stores.is_empty() && own.is_empty() {
        findings.well("store", "none is configured: full results stay in this clone");
    }
    for entry in own.iter().filter(|own| !trusted.stores.iter().any(|s| s.name == own.name && s.url == own.url)) {
        let found = "only the work tree's bench.toml names it; push uses it once the base branch does";
        let mend = format!("git config bench.store.{}.url URL", entry.name);
        findings.add(&format!("store {}", entry.name), State::Note, found, &[&mend]);
    }
    let spooled = context.spool()?.items()?.items;
    let waits = |store: &str| spooled.iter().any(|item| item.store == store);
    let progress = Progress::new(context);
    for (done, entry) in trusted.stores.iter().enumerate() {
        progress.step(done, trusted.stores.len(), &format!("asking store '{}'", entry.name));
        let check = format!("store {}", entry.name);
        let store = match context.open_store(entry) {
            Ok(store) => store,
            Err(error) => {
                findings.failed(&check, &error);
                continue;
            }
        };
        let probes = store.probe();
        let read = probes.iter().any(|probe| probe.what == Check::Read && probe.result.is_ok());
        for probe in probes {
            let check = match probe.what {
                Check::Reach => format!("{check}: reach"),
                Check::Read => format!("{check}: read"),
                Check::Write => format!("{check}: write"),
            };
            match &probe.result {
                Ok(found) => findings.well(&check, found),
                Err(error) if probe.what == Check::Write && read && only_reads(error) && !waits(&entry.name) => {
                    let found = "objects can be read, not written: enough for who only reads";
                    let mend: Vec<&str> = error.hints.iter().map(String::as_str).collect();
                    findings.add(&check, State::Note, found, &mend);
                }
                Err(error) => findings.failed(&check, error),
            }
        }
    }
    Ok(())
}

/// A refusal to write, as readers get it.
fn only_reads(error: &Error) -> bool {
    fault(error) == Some(Fault::Denied)
}

fn spool(context: &Context, findings: &mut Findings) -> Result<()> {
    let spooled = context.spool()?.items()?;
    for broken in &spooled.broken {
        let found = format!("'{}': {}", broken.path.display(), broken.why);
        findings.add("spool", State::Bad, found, &["git bench fsck --payloads"]);
    }
    let stores: BTreeSet<&str> = spooled.items.iter().map(|i| i.store.as_str()).filter(|s| *s != LOCAL).collect();
    let stores: Vec<&str> = stores.into_iter().collect();
    match spooled.items.len() {
        0 => findings.well("spool", "nothing waits"),
        count => {
            let payloads = if count == 1 { "payload waits" } else { "payloads wait" };
            let found = format!("{count} {payloads} for {}", stores.join(", "));
            findings.add("spool", State::Note, found, &["git bench push"]);
        }
    }
    Ok(())
}

/// Seconds that clocks may differ without harm.
const LENIENCE: i64 = 300;

fn clock(context: &Context, findings: &mut Findings) -> Result<()> {
    let repo = context.repo()?;
    let refs = ["refs/heads", "refs/remotes", "refs/notes"];
    let mut args = vec!["for-each-ref", "--sort=-committerdate", "--count=1", "--format=%(committerdate:unix)"];
    args.extend(refs);
    let newest = repo.git().try_text(&args).and_then(|text| text.trim().parse::<i64>().ok());
    let behind = newest.map_or(0, |newest| newest - context.now().0);
    if behind > LENIENCE {
        let found = format!("this clock is {behind} seconds behind the newest commit here");
        findings.add("clock", State::Bad, found, &["sudo timedatectl set-ntp true; date -u"]);
    } else {
        findings.well("clock", "not behind the newest commit");
    }
    Ok(())
}
