//! Completion in the real shells: commands, options, revisions and names of benchmarks.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::{Repo, USAGE, repo, skipped};

/// A repository with branches and benchmarks, one of which a shell must not expand.
fn measured() -> Repo {
    let r = repo();
    r.commit("one");
    r.record(&[("parse/small", 1.0), ("parse/large", 2.0), ("scan::all", 3.0), ("$(touch harmed)", 4.0)]);
    r.git("branch feature-x");
    r.git("tag v1.2.0");
    r
}

fn is_here(shell: &str) -> bool {
    let here = Command::new(shell).arg("--version").stdout(Stdio::null()).status().is_ok();
    if !here {
        skipped(&format!("there is no {shell} here (apt-get install {shell})"));
    }
    here
}

/// Runs a shell in the repository, so that `git-bench` is found.
fn shell(r: &Repo, program: &str, args: &[&str]) -> Vec<String> {
    let output = r.sandbox.command(program).args(args).current_dir(r.path()).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).filter(|line| !line.is_empty()).collect()
}

/// Completes the last of these words in a bash that has loaded the script.
fn bash(r: &Repo, function: &str, words: &[&str]) -> Vec<String> {
    let script = r.bench("completions bash").run().ok().out();
    let list: Vec<String> = words.iter().map(|w| format!("'{w}'")).collect();
    let line = words.join(" ");
    let text = format!(
        "{script}\nCOMP_WORDS=({})\nCOMP_CWORD={}\nCOMP_LINE='{line}'\nCOMP_POINT={}\n{function} {} '{}' '{}'\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        list.join(" "),
        words.len() - 1,
        line.len(),
        words[0],
        words[words.len() - 1],
        words[words.len() - 2],
    );
    shell(r, "bash", &["--norc", "-c", &text])
}

#[test]
fn bash_completes_both_spellings() {
    if !is_here("bash") {
        return;
    }
    let r = measured();
    for (words, want) in [
        (&["git-bench", "rec"][..], &["record"][..]),
        (&["git-bench", "diff", "--exit"], &["--exit-code"]),
        (&["git-bench", "diff", "fea"], &["feature-x"]),
        (&["git-bench", "diff", "main", "v"], &["v1.2.0"]),
        (&["git-bench", "record", "--commit", "fea"], &["feature-x"]),
        (&["git-bench", "stats", "--benchmark", "parse"], &["parse/large", "parse/small"]),
        (&["git-bench", "diff", "main", "--", "parse/s"], &["parse/small"]),
        (&["git-bench", "bisect", "sc"], &["scan::all"]),
        (&["git-bench", "stats", "--benchmark", "scan::a"], &["all"]),
        (&["git-bench", "stats", "--benchmark", "$"], &["\\$\\(touch\\ harmed\\)"]),
    ] {
        assert_eq!(bash(&r, "__git_bench", words), want, "{words:?}");
    }
    for (words, want) in
        [("git bench rec", "record"), ("git bench diff --exit", "--exit-code"), ("git bench log v", "v1.2.0")]
    {
        assert_eq!(bash(&r, "_git_bench", &words.split(' ').collect::<Vec<_>>()), [want]);
    }
    assert!(!r.path().join("harmed").exists());
    r.bench("completions cmd").run().code(USAGE);
    r.bench("completions").run().code(USAGE);
}

#[test]
fn fish_completes() {
    if !is_here("fish") {
        return;
    }
    let r = measured();
    let file = r.file("git-bench.fish", r.bench("completions fish").run().ok().out());
    for (line, want) in [
        ("git-bench diff --exit", &["--exit-code"][..]),
        ("git-bench diff fea", &["feature-x"]),
        ("git-bench record --commit v1", &["v1.2.0"]),
        ("git-bench stats --benchmark parse", &["parse/large", "parse/small"]),
        ("git-bench diff main -- parse/s", &["parse/small"]),
        ("git-bench bisect sc", &["scan::all"]),
    ] {
        let found = shell(&r, "fish", &["--no-config", "-c", &format!("source {file}; complete -C '{line}'")]);
        let words: Vec<&str> = found.iter().map(|l| l.split('\t').next().unwrap()).collect();
        assert_eq!(words, want, "{line}");
    }
    shell(&r, "fish", &["--no-config", "-c", &format!("source {file}; complete -C 'git-bench stats --benchmark '")]);
    assert!(!r.path().join("harmed").exists());
}

#[test]
fn zsh_completes() {
    if !is_here("zsh") || !is_here("script") {
        return;
    }
    let r = measured();
    let script = r.bench("completions zsh").run().ok().out();
    r.write("functions/_git-bench", script);
    // Typed at a real prompt: what tab made of the line goes to a file, and is not run.
    for (line, want) in [
        ("git-bench diff --exit", "git-bench diff --exit-code"),
        ("git-bench diff fea", "git-bench diff feature-x"),
        ("git-bench record --commit v1", "git-bench record --commit v1.2.0"),
        ("git-bench stats --benchmark parse/s", "git-bench stats --benchmark parse/small"),
        ("git-bench diff main -- parse/s", "git-bench diff main -- parse/small"),
        ("git-bench bisect sc", "git-bench bisect scan::all"),
        ("git bench log fea", "git bench log feature-x"),
    ] {
        let typed = format!(
            "fpath=($PWD/functions $fpath); autoload -U compinit; compinit -u -D\n\
             keep() {{ print -r -- $BUFFER >kept; exit; }}; zle -N keep-line keep; bindkey '^T' keep-line\n{line}\t\u{14}"
        );
        let mut child = r
            .sandbox
            .command("timeout")
            .args(["60", "script", "-qec", "zsh -f -i", "/dev/null"])
            .current_dir(r.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let kept = std::fs::read_to_string(r.path().join("kept"));
        let kept = kept.unwrap_or_else(|_| panic!("{line}: {}", String::from_utf8_lossy(&output.stdout)));
        assert_eq!(kept.trim_end(), want);
    }
    assert!(!r.path().join("harmed").exists());
}
