//! `git bench completions`

use clap_complete::Shell;
use git_bench::Result;

use crate::cli::completing;
use crate::cli::context::Context;
use crate::cli::exit::Outcome;

/// Print the completion script of a shell
///
/// bash: 'git bench completions bash > ~/.local/share/bash-completion/completions/git-bench' completes both 'git bench' and
/// 'git-bench'. zsh: put it as '_git-bench' into a folder of $fpath. fish: '~/.config/fish/completions/git-bench.fish'.
///
/// In all three, revisions and names of benchmarks are completed too.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_name = "SHELL", required_unless_present = "list")]
    shell: Option<Shell>,
    /// What a script asks for
    #[arg(long, hide = true)]
    list: Option<List>,
}

/// What a script cannot ask git.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum List {
    Benchmarks,
}

pub(crate) fn run(context: &Context, args: Args) -> Result<Outcome> {
    let Some(shell) = args.shell else {
        context.output.write(names(context)?.as_bytes())?;
        return Ok(Outcome::Done);
    };
    let mut script = Vec::new();
    let mut command = crate::cli::parser().bin_name("git-bench");
    clap_complete::generate(shell, &mut command, "git-bench", &mut script);
    // clap_complete 4.6 writes the hyphen of a program's name in two ways, so that bash finds no option of a subcommand.
    let script = String::from_utf8_lossy(&script).replace("git__subcmd__bench", "git__bench");
    context.output.write(completing::completed(shell, &command, script).as_bytes())?;
    Ok(Outcome::Done)
}

/// Names of all benchmarks, a line each; one with a control character cannot be typed.
#[cfg(feature = "index")]
fn names(context: &Context) -> Result<String> {
    let names = crate::cli::asking::Asking::default().ask(context, &|index| index.benchmarks())?;
    Ok(names.iter().filter(|name| !name.contains(char::is_control)).map(|name| format!("{name}\n")).collect())
}

#[cfg(not(feature = "index"))]
fn names(_context: &Context) -> Result<String> {
    Ok(String::new())
}
