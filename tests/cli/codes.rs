//! The exit codes, by the names of `docs/cli.md`.

/// Done, or the answer is yes.
pub const DONE: i32 = 0;
/// The answer is no: a regression, a difference with `--exit-code`.
pub const NO: i32 = 1;
/// Usage or configuration, an untrusted store.
pub const USAGE: i32 = 2;
/// Not enough data to answer.
pub const NO_DATA: i32 = 3;
/// Repository or unreadable data.
pub const DATA: i32 = 4;
/// Storage or network; trying again may help.
pub const STORAGE: i32 = 5;
