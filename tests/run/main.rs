//! `git bench run` in real repositories, with real commands.
#![cfg(unix)]
#![allow(clippy::print_stderr)]

mod comparing;
mod measuring;
mod private;
mod sandbox;
mod wrapping;
