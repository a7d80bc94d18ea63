//! The tool itself: help, formats, schemas, manual pages, completions.

use git_bench::import::IMPORTERS;
use git_bench::model::schema::SCHEMAS;

use crate::{Call, DONE, Repo, USAGE, repo};

#[test]
fn formats_lists_every_reader() {
    let r = repo();
    let ran = r.bench("formats").run().ok();
    for reader in IMPORTERS {
        assert!(ran.out().contains(reader.name()), "no '{}'\n{}", reader.name(), ran.told());
    }
    let report = r.bench("formats --format json").run().ok().json();
    assert_eq!(report["rows"].as_array().unwrap().len(), IMPORTERS.len());
    r.bench("formats").inside(r.sandbox.path("home")).run().ok();
}

#[test]
fn schemas_are_printed_byte_for_byte() {
    let r = repo();
    for (name, text) in SCHEMAS {
        r.bench("schema").arg(name).run().ok().out_is(text);
        r.bench("schema").arg(format!("{name}.v1.json")).run().ok().out_is(text);
    }
    r.bench("schema payload").run().fails(USAGE, "unknown schema 'payload'; known are result, record, report, config");
}

/// The subcommands by the program's own help.
fn subcommands(r: &Repo) -> Vec<String> {
    let help = r.bench("-h").run().ok().out();
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    list.lines()
        .filter_map(|l| l.strip_prefix("  ")?.split(' ').next())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn help_is_there_for_every_command() {
    let r = repo();
    let commands = subcommands(&r);
    for wanted in
        "init record show log diff drop push pull status fsck config formats schema man completions help".split(' ')
    {
        assert!(commands.iter().any(|c| c == wanted), "no '{wanted}' in {commands:?}");
    }
    for command in commands.iter().filter(|c| *c != "help") {
        let short = r.bench(&format!("{command} -h")).run();
        let long = r.bench(&format!("help {command}")).run();
        assert_eq!((short.code, long.code), (Some(DONE), Some(DONE)), "{}{}", short.told(), long.told());
        assert!(short.out().contains("Usage: git bench"), "{}", short.told());
    }
    r.bench("-h").run().ok().says("git bench help").says("exit codes");
    r.bench("--version").run().ok().says(env!("CARGO_PKG_VERSION"));
    r.bench("").run().code(USAGE);
    r.bench("recrod").run().code(USAGE).tells("record");
    Call::by_git(&r.sandbox, r.path(), "-h").run().ok().says("Usage: git bench");
}

#[test]
fn manual_pages_are_printed_and_installed() {
    let r = repo();
    r.bench("man").run().ok().says(".TH GIT-BENCH 1");
    r.bench("man record").run().ok().says("git\\-bench\\-record").says("\\-\\-commit");
    r.bench("man nothing").run().fails(USAGE, "no page 'git-bench-nothing'");
    let folder = r.sandbox.path("man/man1");
    r.bench("man --out").arg(folder.to_str().unwrap()).run().ok().tells("wrote");
    for command in subcommands(&r).iter().filter(|c| *c != "help") {
        let page = folder.join(format!("git-bench-{command}.1"));
        let text = std::fs::read_to_string(&page).unwrap_or_else(|e| panic!("{}: {e}", page.display()));
        assert!(text.contains(".TH GIT-BENCH-"), "{command}");
    }
    // By the program's own prefix.
    let prefix = r.sandbox.path("prefix/bin");
    std::fs::create_dir_all(&prefix).unwrap();
    if std::fs::hard_link(env!("CARGO_BIN_EXE_git-bench"), prefix.join("git-bench")).is_err() {
        std::fs::copy(env!("CARGO_BIN_EXE_git-bench"), prefix.join("git-bench")).unwrap();
    }
    let status = r.sandbox.command(prefix.join("git-bench")).args(["man", "--install"]).status().unwrap();
    assert!(status.success());
    assert!(r.sandbox.path("prefix/share/man/man1/git-bench.1").is_file());
}

#[test]
fn a_closed_pipe_is_a_quiet_success() {
    let r = repo();
    r.measured("one", 1.0);
    for words in ["formats", "schema report", "man record", "completions bash", "log", "show", "help record", "-h"] {
        // The reader is gone before a word is written.
        let text = format!("set -o pipefail; (sleep 0.05; exec git-bench {words}) | true");
        let output = r.sandbox.command("bash").current_dir(r.path()).args(["-c", &text]).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && err.is_empty(), "{words}: {:?}\n{err}", output.status);
    }
    let text = "set -o pipefail; git bench formats | head -1";
    let output = r.sandbox.command("bash").current_dir(r.path()).args(["-c", text]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
}

#[test]
fn data_goes_to_stdout_and_everything_else_to_stderr() {
    let r = repo();
    r.commit("one");
    let ran = r.bench("record -").stdin(crate::result(&[("parse", 1.0)])).run().ok();
    assert!(ran.bytes.is_empty() && ran.err.contains("recorded"), "{}", ran.told());
    let ran = r.bench("record - --quiet --suite q").stdin(crate::result(&[("parse", 1.0)])).run().ok();
    assert!(ran.bytes.is_empty() && ran.err.is_empty(), "{}", ran.told());
    let ran = r.bench("status -q").run().ok();
    assert!(ran.err.is_empty(), "{}", ran.told());
}

#[test]
fn colour_is_as_git_has_it() {
    let r = repo();
    r.measured("one", 1.0);
    let coloured = |call: Call| call.run().ok().out().contains('\x1b');
    let bench = |words: &str| r.bench(words);
    assert!(!coloured(bench("show")), "no terminal");
    assert!(coloured(bench("show --color always")));
    assert!(coloured(bench("show").env("CLICOLOR_FORCE", "1")));
    assert!(!coloured(bench("show").env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")));
    r.git("config color.ui always");
    assert!(coloured(bench("show")));
    assert!(coloured(bench("show").env("NO_COLOR", "1")), "git config goes before NO_COLOR");
    r.git("config color.bench never");
    assert!(!coloured(bench("show")));
    assert!(coloured(bench("show --color always")));
    for format in ["json", "csv", "md"] {
        assert!(!coloured(bench("show --color always --format").arg(format)), "{format}");
    }
}
