//! The registries, and the schemas held against the types: what is listed is complete, what is documented is true.

// Skips are said on standard output.
#![allow(clippy::print_stdout)]

#[path = "../common/mod.rs"]
mod common;

mod registries;
mod samples;
mod schemas;
mod twice;
