//! git-bench
