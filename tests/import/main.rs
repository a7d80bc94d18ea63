//! `git bench import`: histories of every tracker, made up and real.
#![allow(clippy::print_stdout)]

mod batches;
mod corpus;
mod files;
mod layout;
mod notes;
mod sandbox;
