//! `query`, `stats`, `compare` and the index: the same as the notes, whatever befalls the file.
#![cfg(feature = "index")]

mod ask;
mod cache;
mod compare;
#[allow(dead_code)] // what `tests/export` alone needs
mod sandbox;
