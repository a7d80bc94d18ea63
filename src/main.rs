//! The program `git-bench`: see `git_bench` for the library behind it.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
