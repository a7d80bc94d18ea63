//! Plain data without input or output: what a harness measured, in which unit, on which machine.

mod environment;
mod measurement;
mod moment;
mod number;
pub mod parallel;
mod pattern;
mod run;
pub mod schema;
mod time;
mod unit;

pub use environment::{IDENTITY, READINGS, describe, environment_key, identity_facts};
pub use measurement::{Better, Measurement};
pub use moment::Moment;
pub use number::{canonical, format_f64, round7};
pub use pattern::Pattern;
pub use run::{Facts, Failure, Run, Tests};
pub use time::Time;
pub use unit::{Quantity, Unit};
