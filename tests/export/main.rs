//! `export` and `dashboards`: what they write, what real readers make of it, and that databases give the same answers.
#![cfg(feature = "index")]

mod forms;
mod odd;
mod parts;
mod readers;
#[path = "../query/sandbox.rs"]
#[allow(dead_code)] // what `tests/query` alone needs
mod sandbox;
mod scale;
mod services;
