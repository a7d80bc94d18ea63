//! The program `git-bench`: see `git_bench` for the library behind it.

mod cli;

#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: cli::StretchFirst = cli::StretchFirst;

fn main() -> std::process::ExitCode {
    cli::main()
}
