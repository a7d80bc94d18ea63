//! The walls of the house (`docs/architecture.md`), kept by reading `src/**`: which module may use which, which crate
//! belongs to whom, what the core never does, how large a file may be.

mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use sources::{Source, sources};

/// What each module of the core may use besides itself and `error`. The data flows one way, and so do these rows; what
/// has a reason behind it goes beyond the plain flow.
const WALLS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("model", &[]),
    // Policies as text, of checked names.
    ("cloud", &[]),
    ("import", &["model"]),
    ("machine", &["model"]),
    ("measure", &["model", "machine"]),
    // Slices in, verdict out: it can be used and tested without anything of ours.
    ("stats", &[]),
    ("record", &["model"]),
    ("git", &["model"]),
    ("payload", &["model"]),
    ("store", &["model", "record", "git", "payload"]),
    // The read model of all records, which names objects by git's ids.
    ("index", &["model", "record", "store", "git"]),
    // A point is made of run records, which the store hands out as they are.
    ("history", &["model", "store", "git", "record"]),
    ("report", &["model", "stats"]),
    // Questions over the index, answered as reports.
    ("ask", &["model", "payload", "store", "index", "report"]),
    ("render", &["model", "report", "stats"]),
    // Tables and metrics of records, made harmless as other output is, to a folder or bucket.
    ("export", &["model", "record", "payload", "render"]),
    ("notify", &["report", "render"]),
    // The values of git config come in as `git` reads them.
    ("config", &["model", "git"]),
];

/// Who may name a crate. Beside a wall of the design stands what holds today; a crate that many use has no wall.
const OWNERS: &[(&str, &[&str])] = &[
    ("chrono", &["model"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    // Packed inputs of harnesses, the objects of a pack, and the pages of Parquet.
    ("flate2", &["import", "git", "export"]),
    ("git2", &["git"]),
    ("libc", &["measure"]),
    // The allocator of the program (`cli/memory.rs`); the library leaves the choice to its users.
    ("mimalloc", &["cli"]),
    ("object_store", &["payload"]),
    ("quick_xml", &["import"]),
    ("reqwest", &["payload", "notify"]),
    ("rusqlite", &["index"]),
    ("rustls", &["payload", "notify"]),
    ("serde", EVERYBODY),
    ("serde_json", EVERYBODY),
    // The trailer of a pack, and the id that a note would have.
    ("sha1", &["git"]),
    // Digests: of inputs, machines, environments, payloads, run ids, messages, scripts, long names and packs of SHA-256
    // repositories.
    ("sha2", &["export", "git", "import", "machine", "model", "notify", "payload", "record", "render"]),
    ("similar", &["report"]),
    // The values of a point.
    ("smallvec", &["history"]),
    ("statrs", &["stats"]),
    // The nearest known name, of keys and of benchmarks.
    ("strsim", &["config", "cli"]),
    ("terminal_size", &["cli"]),
    ("tokio", &["payload"]),
    // `bench.toml`; and the history of one tracker, which is written in TOML.
    ("toml", &["config", "import"]),
    ("unicode_width", &["render"]),
    // Run ids; the names of incoming refs, whose randomness comes from `cli`.
    ("uuid", &["record", "store", "cli"]),
    ("wildmatch", &["model"]),
];

const EVERYBODY: &[&str] = &[];

/// What the core does not do: it prints nothing, never exits, and gets environment, clock and randomness as values. The
/// words, then the files that may use them, each with its reason.
const NEVER: &[(&str, &[(&str, &str)])] = &[
    ("print!", &[]),
    ("println!", &[]),
    ("eprint!", &[]),
    ("eprintln!", &[]),
    ("dbg!", &[]),
    ("todo!", &[]),
    ("unimplemented!", &[]),
    ("process::exit", &[]),
    ("stdout()", &[]),
    ("stderr()", &[]),
    ("stdin()", &[]),
    ("SystemTime::now", &[]),
    ("Utc::now", &[]),
    ("Local::now", &[]),
    (
        "std::env",
        &[("machine/mod.rs", "std::env::consts: what this program was built for, no variable of the environment")],
    ),
    (
        "Instant::now",
        &[
            ("measure/child/", "it measures"),
            ("index/open.rs", "how long a rival writer is waited for"),
            ("notify/", "time limits of requests"),
            ("payload/patience.rs", "time limits of requests"),
            ("payload/http.rs", "time limits of requests"),
        ],
    ),
    (
        "Command::new",
        &[("git/program.rs", "the one place that runs git"), ("measure/child/", "the commands that are measured")],
    ),
    ("TcpStream", &[]),
    ("thread_local!", &[]),
    ("static mut", &[]),
];

/// State that outlives a call, which the core has none of but these.
const STATICS: &[(&str, &str)] = &[
    ("cli/memory.rs", "the allocator: what of its stretch is given out"),
    ("git/repo.rs", "libgit2's own options, set once before the first repository is opened"),
    ("import/seed.rs", "the parsed schema, constant"),
    ("store/gate.rs", "the parsed schema, constant"),
    ("model/parallel.rs", "the thread that waits for work: a channel to it, and nothing of what it did"),
    ("payload/folder.rs", "a counter that makes temporary names differ within a process"),
    ("payload/spool.rs", "a counter that makes entries differ within a process"),
];

const LONGEST: usize = 600;
const MEDIAN: usize = 150;

fn core() -> Vec<&'static Source> {
    sources().iter().filter(|s| s.is_core()).collect()
}

fn assert_none(faults: &[String], what: &str) {
    assert!(faults.is_empty(), "{what}:\n  {}", faults.join("\n  "));
}

/// The modules that a file names as `crate::X` or within `crate::{X::.., Y}`.
fn used(source: &Source) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (at, _) in source.code.match_indices("crate::") {
        let rest = &source.code[at + "crate::".len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => top_level(group),
            None => vec![rest],
        };
        for name in names {
            let name: String = name.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if name.starts_with(|c: char| c.is_ascii_lowercase()) {
                found.push((name, source.line(at)));
            }
        }
    }
    found
}

/// The parts of `A, b::{c, d}, e};...` up to the closing brace.
fn top_level(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

#[test]
fn modules_use_only_what_lies_before_them() {
    let mut faults = Vec::new();
    for source in core().iter().filter(|s| s.path != "lib.rs") {
        let Some((_, allowed)) = WALLS.iter().find(|(name, _)| *name == source.module()) else {
            faults.push(format!("{}: the module has no row in WALLS", source.path));
            continue;
        };
        for (name, line) in used(source) {
            if name != source.module() && name != "error" && !allowed.contains(&name.as_str()) {
                faults.push(format!("src/{}:{line}: '{}' may not use '{name}'", source.path, source.module()));
            }
        }
    }
    assert_none(&faults, "walls");
}

#[test]
fn the_core_does_not_know_the_program() {
    let faults: Vec<String> = core()
        .iter()
        .flat_map(|s| ["cli::", "mod cli", "git_bench::"].map(|word| (s, word)))
        .filter(|(s, word)| s.words(word).next().is_some())
        .map(|(s, word)| format!("src/{}: '{word}'", s.path))
        .collect();
    assert_none(&faults, "the core names the program");
}

#[test]
fn the_walls_have_no_circle_and_no_dead_row() {
    let rows: BTreeMap<&str, &[&str]> = WALLS.iter().copied().collect();
    let modules: BTreeSet<String> =
        core().iter().filter(|s| s.path != "lib.rs").map(|s| s.module().to_owned()).collect();
    let mut done: BTreeSet<&str> = BTreeSet::from(["error"]);
    while let Some((name, _)) =
        rows.iter().find(|(n, uses)| !done.contains(*n) && uses.iter().all(|u| done.contains(u)))
    {
        done.insert(name);
    }
    assert_eq!(done.len(), rows.len(), "a circle among the modules beside {done:?}");
    let named: BTreeSet<String> = rows.keys().map(|n| (*n).to_owned()).collect();
    assert_eq!(named, modules, "WALLS and the modules of src");
    assert_eq!(rows["stats"], EVERYBODY, "stats uses nothing of ours");
}

/// Packages in `Cargo.lock`, over all platforms and with tests: the budget that `docs/architecture.md` states.
const PACKAGES: usize = 280;

#[test]
fn dependencies_stay_within_their_budget() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lock: toml::Table = fs::read_to_string(root.join("Cargo.lock")).unwrap().parse().unwrap();
    let packages = lock["package"].as_array().unwrap().len();
    assert!(packages <= PACKAGES, "{packages} packages, over the budget of {PACKAGES}");
    let stated = fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    assert!(stated.contains(&format!("at most {PACKAGES} packages")), "docs/architecture.md states the budget");
}

#[test]
fn every_crate_has_its_owner() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let mut dependencies: BTreeSet<String> = BTreeSet::new();
    let mut add = |table: Option<&toml::Value>| {
        let names = table.and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys);
        dependencies.extend(names.map(|name| name.replace('-', "_")));
    };
    add(manifest.get("dependencies"));
    for target in manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values) {
        add(target.get("dependencies"));
    }
    let owned: BTreeSet<String> = OWNERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let unowned: Vec<_> = dependencies.difference(&owned).collect();
    assert!(unowned.is_empty(), "crates without a row in OWNERS: {unowned:?}");
    let mut faults = Vec::new();
    for source in sources() {
        for (name, owners) in OWNERS.iter().filter(|(_, owners)| !owners.is_empty()) {
            let path = format!("{name}::");
            if let Some(at) = source.words(&path).next()
                && !owners.contains(&source.module())
            {
                let line = source.line(at);
                faults.push(format!("src/{}:{line}: '{name}' belongs to {}", source.path, owners.join(", ")));
            }
        }
    }
    assert_none(&faults, "crates");
}

#[test]
fn the_core_neither_prints_nor_exits_nor_looks_around() {
    let mut faults = Vec::new();
    for source in core() {
        for (word, exceptions) in NEVER {
            if exceptions.iter().any(|(path, _)| source.path.starts_with(path)) {
                continue;
            }
            for at in positions(source, word) {
                faults.push(format!("src/{}:{}: '{word}'", source.path, source.line(at)));
            }
        }
    }
    // consts are all that machine may take from there.
    for source in core().iter().filter(|s| s.path == "machine/mod.rs") {
        assert_eq!(source.code.matches("std::env").count(), source.code.matches("std::env::consts").count());
    }
    assert_none(&faults, "the core never does this; hand it in from cli");
}

#[test]
fn the_program_prints_through_its_streams_only() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|s| !s.is_core()) {
        for word in ["print!", "println!", "eprint!", "eprintln!", "dbg!", "process::exit", "todo!", "unimplemented!"] {
            faults
                .extend(positions(source, word).map(|at| format!("src/{}:{}: '{word}'", source.path, source.line(at))));
        }
    }
    assert_none(&faults, "cli");
}

/// Where a word stands in the code, also behind a path (`io::stdout()`), but not as the end of a longer word.
fn positions<'a>(source: &'a Source, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let of_name = |c: char| c.is_alphanumeric() || c == '_';
    source.code.match_indices(word).map(|(at, _)| at).filter(move |at| !source.code[..*at].ends_with(of_name))
}

#[test]
fn nothing_outlives_a_call() {
    let mut faults = Vec::new();
    for source in core() {
        for (number, line) in source.code.lines().enumerate() {
            let declared = line.trim_start().trim_start_matches("pub").trim_start().starts_with("static ");
            let stateful = ["Mutex", "RwLock", "Once", "Lazy", "Atomic", "Cell"].iter().any(|word| line.contains(word));
            if declared && stateful && !STATICS.iter().any(|(path, _)| *path == source.path) {
                faults.push(format!("src/{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    assert_none(&faults, "global state");
}

#[test]
fn async_stays_inside_payload() {
    let faults: Vec<String> = sources()
        .iter()
        .filter(|s| s.module() != "payload")
        .flat_map(|s| ["async ", ".await", "block_on("].map(|word| (s, word)))
        .filter(|(s, word)| s.code.contains(word))
        .map(|(s, word)| format!("src/{}: '{word}'", s.path))
        .collect();
    assert_none(&faults, "async");
}

#[test]
fn files_are_small_and_say_what_they_are() {
    let sources = sources();
    let mut faults = Vec::new();
    let mut sizes: Vec<usize> = Vec::new();
    for source in sources {
        let lines = source.text.lines().count();
        sizes.push(lines);
        if lines > LONGEST {
            faults.push(format!("src/{}: {lines} lines, over {LONGEST}", source.path));
        }
        if !source.text.starts_with("//! ") {
            faults.push(format!("src/{}: does not begin with '//! '", source.path));
        }
    }
    assert_none(&faults, "files");
    sizes.sort_unstable();
    let median = sizes[sizes.len() / 2];
    assert!(median < MEDIAN, "the median file has {median} lines, not under {MEDIAN}");
    let main = sources.iter().find(|s| s.path == "main.rs").unwrap();
    assert!(main.text.lines().count() <= 15, "main.rs has more than 15 lines");
}

#[test]
fn a_subcommand_is_one_file_with_args_and_run() {
    let mut faults = Vec::new();
    for source in sources().iter().filter(|s| s.path.starts_with("cli/commands/") && !s.path.ends_with("/mod.rs")) {
        if source.path.matches('/').count() > 2 {
            continue;
        }
        let name = source.path.trim_start_matches("cli/commands/").trim_end_matches(".rs");
        for part in ["pub(crate) struct Args {", "pub(crate) fn run(context: &Context,"] {
            if !source.code.contains(part) {
                faults.push(format!("src/{}: no '{part}'", source.path));
            }
        }
        if !source.text.starts_with(&format!("//! `git bench {name}`")) {
            faults.push(format!("src/{}: does not begin with '//! `git bench {name}`'", source.path));
        }
        let before = source.text.split("pub(crate) struct Args").next().unwrap_or_default();
        let documented = before.trim_end().lines().rev().take_while(|l| !l.is_empty()).any(|l| l.starts_with("///"));
        if !documented {
            faults.push(format!("src/{}: the doc comment of Args is its help, and there is none", source.path));
        }
    }
    assert_none(&faults, "subcommands");
}

#[test]
fn names_are_the_fields_own() {
    let mut faults = Vec::new();
    for source in sources() {
        for kind in ["struct ", "enum ", "trait ", "mod "] {
            for (at, _) in source.code.match_indices(kind) {
                let name: String =
                    source.code[at + kind.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let lower = name.to_lowercase();
                if ["manager", "helper", "util", "utils", "info"].iter().any(|bad| lower.ends_with(bad)) {
                    faults.push(format!("src/{}:{}: '{name}'", source.path, source.line(at)));
                }
            }
        }
    }
    assert_none(&faults, "names");
}

#[test]
fn errors_are_written_as_git_writes_them() {
    let mut faults = Vec::new();
    for source in sources() {
        for call in ["Error::usage(", "Error::data(", "Error::no_data(", "Error::storage("] {
            for (at, _) in source.code.match_indices(call) {
                let Some(message) = first_literal(&source.text[at + call.len()..]) else { continue };
                let first = message.split([' ', '\'']).next().unwrap_or_default();
                let proper = first.chars().skip(1).any(|c| c.is_ascii_uppercase()) || first.len() == 1;
                let capital = first.starts_with(|c: char| c.is_ascii_uppercase()) && !proper;
                if capital || message.ends_with('.') && !message.ends_with("...") {
                    faults.push(format!("src/{}:{}: {message}", source.path, source.line(at)));
                }
            }
        }
    }
    assert_none(&faults, "errors begin in lower case and end without a full stop");
}

/// The string literal that a call begins with, also within `format!(`.
fn first_literal(rest: &str) -> Option<String> {
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("format!(").unwrap_or(rest).trim_start().strip_prefix('"')?;
    let mut text = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.extend(chars.next()),
            '"' => return Some(text),
            _ => text.push(c),
        }
    }
    None
}

#[test]
fn the_reader_of_sources_blanks_what_is_no_code() {
    let all = sources();
    assert!(all.len() > 100 && all.iter().filter(|s| s.code.is_empty()).count() >= 3, "files and files of tests");
    let model = all.iter().find(|s| s.path == "model/time.rs").unwrap();
    assert!(model.code.contains("impl") && !model.code.contains("#[test]"));
    for source in all.iter().filter(|s| !s.code.is_empty()) {
        assert_eq!(source.code.len(), source.text.len(), "{}", source.path);
        let opened = source.code.matches('{').count();
        assert_eq!(opened, source.code.matches('}').count(), "{}: braces", source.path);
    }
}
