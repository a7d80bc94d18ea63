//! `git bench completions`

use clap_complete::Shell;
use git_bench::Result;

use crate::cli::context::Context;
use crate::cli::exit::Outcome;

/// Print the completion script of a shell
///
/// bash: 'git bench completions bash > ~/.local/share/bash-completion/completions/git-bench' completes both 'git bench' and
/// 'git-bench'. zsh: put it as '_git-bench' into a folder of $fpath. fish: '~/.config/fish/completions/git-bench.fish'.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// git's own completion calls `_git_bench` for 'git bench': it shifts the words and completes as 'git-bench' does.
const BASH_GIT: &str = r#"
_git_bench() {
    local words cword prev cur
    COMP_WORDS=("git-bench" "${COMP_WORDS[@]:2}")
    COMP_CWORD=$((COMP_CWORD - 1))
    _git-bench git-bench "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
}
"#;

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let mut script = Vec::new();
    let mut command = crate::cli::command().bin_name("git-bench");
    clap_complete::generate(args.shell, &mut command, "git-bench", &mut script);
    if args.shell == Shell::Bash {
        script.extend_from_slice(BASH_GIT.as_bytes());
    }
    context.output.write(&script)?;
    Ok(Outcome::Done)
}
