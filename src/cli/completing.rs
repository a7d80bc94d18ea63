//! Completion of revisions and names of benchmarks, wherever the parser says that they stand. Names are other people's text: a
//! script hands them to its shell as data, never as words to expand.

use std::fmt::Write as _;

use clap::{Arg, Command};
use clap_complete::Shell;

/// What stands in the place of an argument.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Revision,
    Benchmark,
}

impl Kind {
    fn of(arg: &Arg) -> Option<Self> {
        let value = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
        match (arg.get_id().as_str(), value) {
            ("benchmark" | "pattern" | "patterns", _) => Some(Self::Benchmark),
            (_, "REV" | "REV|A..B" | "TAG") => Some(Self::Revision),
            _ => None,
        }
    }

    /// The function of the scripts that lists them.
    fn function(self) -> &'static str {
        match self {
            Self::Revision => "__git_bench_revisions",
            Self::Benchmark => "__git_bench_benchmarks",
        }
    }
}

/// An option with such a value.
struct Choice<'c> {
    command: &'c str,
    option: &'c str,
    kind: Kind,
}

fn options(root: &Command) -> Vec<Choice<'_>> {
    let mut found = Vec::new();
    for command in root.get_subcommands() {
        for arg in command.get_opts() {
            if let (Some(option), Some(kind)) = (arg.get_long(), Kind::of(arg)) {
                found.push(Choice { command: command.get_name(), option, kind });
            }
        }
    }
    found
}

/// Commands whose plain arguments are of this kind: the first ones, or those behind `--`.
fn plain(root: &Command, kind: Kind, last: bool) -> Vec<&str> {
    let fits = |arg: &&Arg| arg.is_last_set() == last;
    let has = |command: &&Command| command.get_positionals().find(fits).and_then(Kind::of) == Some(kind);
    root.get_subcommands().filter(has).map(Command::get_name).collect()
}

/// The script of clap_complete, with these added.
pub(super) fn completed(shell: Shell, root: &Command, script: String) -> String {
    match shell {
        Shell::Bash => script + &bash(root),
        Shell::Zsh => zsh(&script),
        Shell::Fish => script + &fish(root),
        _ => script,
    }
}

/// What bash and git's own completion call: clap_complete's function first, whose name is `_git__bench`. git calls `_git_bench`
/// for 'git bench'. No `compgen -W`, which would expand what stands in a name.
const BASH: &str = r#"
__git_bench_revisions() { echo HEAD; git for-each-ref --format='%(refname:short)' refs/heads refs/tags refs/remotes 2>/dev/null; }
__git_bench_benchmarks() { git-bench completions --list benchmarks 2>/dev/null; }
__git_bench() {
    _git__bench "$@"
    local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}" list="" head="" word
    case "$cur" in -*) return ;; esac
    case "$command $prev" in
@OPTIONS@    *" --" | *" "[!-]*)
        case "$command" in
@PLAIN@        esac
        for word in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
            if [ "$word" = -- ]; then case "$command" in @LAST@) list=__git_bench_benchmarks ;; *) list="" ;; esac; fi
        done ;;
    esac
    [ -n "$list" ] || return
    # Readline breaks words at colons: what stands before the last one stays.
    word="${COMP_LINE:0:${COMP_POINT:-0}}"
    word="${word##* }"
    case "$word" in *:*) cur="$word" head="${word%:*}:" ;; esac
    COMPREPLY=()
    while IFS= read -r word; do
        case "$word" in "$cur"*) word="${word#"$head"}"; COMPREPLY+=("$(printf %q "$word")") ;; esac
    done < <("$list")
}
_git_bench() {
    COMP_WORDS=("git-bench" "${COMP_WORDS[@]:2}")
    COMP_CWORD=$((COMP_CWORD - 1))
    __git_bench git-bench "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
}
complete -F __git_bench -o bashdefault -o default git-bench
"#;

fn bash(root: &Command) -> String {
    let (mut options_text, mut plain_text) = (String::new(), String::new());
    for kind in [Kind::Revision, Kind::Benchmark] {
        let quoted = |c: &Choice<'_>| (c.kind == kind).then(|| format!("\"{} --{}\"", c.command, c.option));
        let places: Vec<String> = options(root).iter().filter_map(quoted).collect();
        let _ = writeln!(options_text, "    {}) list={} ;;", places.join(" | "), kind.function());
        let _ = writeln!(plain_text, "        {}) list={} ;;", plain(root, kind, false).join(" | "), kind.function());
    }
    BASH.replace("@OPTIONS@", &options_text)
        .replace("@PLAIN@", &plain_text)
        .replace("@LAST@", &plain(root, Kind::Benchmark, true).join(" | "))
}

/// `_arguments` knows no second list behind `--`, which is that of the benchmarks.
const ZSH: &str = r#"
__git_bench_revisions() {
    local -a found
    if [[ $LBUFFER == *' -- '* ]]; then __git_bench_benchmarks; return; fi
    found=(HEAD ${(f)"$(git for-each-ref --format='%(refname:short)' refs/heads refs/tags refs/remotes 2>/dev/null)"})
    compadd -a found
}
__git_bench_benchmarks() {
    local -a found
    found=(${(f)"$(git-bench completions --list benchmarks 2>/dev/null)"})
    compadd -a found
}
"#;

/// A place in zsh's script is `'--base=[help]:REV:_default'` or `'*::patterns -- help:_default'`.
fn zsh(script: &str) -> String {
    let mut out = String::with_capacity(script.len() + ZSH.len());
    for line in script.lines() {
        let place = line.strip_suffix(":_default' \\").map(|start| (start, start.trim_start_matches(['\'', '*', ':'])));
        let kind = place.and_then(|(_, place)| {
            let option = place.strip_prefix("--").or_else(|| place.split_once(")--").map(|(_, rest)| rest));
            match option {
                Some(option) if option.starts_with("benchmark=") => Some(Kind::Benchmark),
                Some(option) => matches!(option.rsplit(':').next(), Some("REV" | "TAG")).then_some(Kind::Revision),
                None => match place.split(" -- ").next() {
                    Some("revision" | "revisions" | "range") => Some(Kind::Revision),
                    Some("pattern" | "patterns") => Some(Kind::Benchmark),
                    _ => None,
                },
            }
        });
        match place.zip(kind) {
            Some(((start, _), kind)) => {
                let _ = writeln!(out, "{start}:{}' \\", kind.function());
            }
            None => {
                let _ = writeln!(out, "{line}");
            }
        }
        if line.starts_with("autoload -U is-at-least") {
            out.push_str(ZSH);
        }
    }
    out
}

const FISH: &str = r"
function __git_bench_revisions
    echo HEAD
    git for-each-ref --format='%(refname:short)' refs/heads refs/tags refs/remotes 2>/dev/null
end
function __git_bench_benchmarks
    git-bench completions --list benchmarks 2>/dev/null
end
";

fn fish(root: &Command) -> String {
    let mut out = FISH.to_owned();
    for Choice { command, option, kind } in options(root) {
        let _ = writeln!(
            out,
            "complete -c git-bench -n '__fish_git_bench_using_subcommand {command}' -l {option} -r -f -a '({})'",
            kind.function()
        );
    }
    for (kind, last) in [(Kind::Revision, false), (Kind::Benchmark, false), (Kind::Benchmark, true)] {
        let behind = if last { "contains" } else { "not contains" };
        for command in plain(root, kind, last) {
            let _ = writeln!(
                out,
                "complete -c git-bench -n '__fish_git_bench_using_subcommand {command}; and {behind} -- -- (commandline -opc)' -f -a '({})'",
                kind.function()
            );
        }
    }
    out
}
