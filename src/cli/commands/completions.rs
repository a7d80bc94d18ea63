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

/// git's own completion calls `_git_bench` for 'git bench': it shifts the words and completes as 'git-bench' does, by the
/// function that clap_complete names `_git__bench`.
const BASH_GIT: &str = r#"
_git_bench() {
    COMP_WORDS=("git-bench" "${COMP_WORDS[@]:2}")
    COMP_CWORD=$((COMP_CWORD - 1))
    _git__bench git-bench "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
}
"#;

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let mut script = Vec::new();
    let mut command = crate::cli::parser().bin_name("git-bench");
    clap_complete::generate(args.shell, &mut command, "git-bench", &mut script);
    if args.shell == Shell::Bash {
        // clap_complete 4.6 writes the hyphen of a program's name in two ways, so that no option of a subcommand is found.
        let text = String::from_utf8_lossy(&script).replace("git__subcmd__bench", "git__bench");
        script = [text.as_bytes(), BASH_GIT.as_bytes()].concat();
    }
    context.output.write(&script)?;
    Ok(Outcome::Done)
}
