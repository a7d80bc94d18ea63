//! git-bench

pub mod stats;
