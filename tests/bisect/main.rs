//! `git bench bisect` in scratch repositories.
#![cfg(unix)]

mod finding;
mod sandbox;
mod stopping;
