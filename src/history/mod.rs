//! Ancestry and records become series: which commits were measured, what their points are, which of them is the baseline
//! of which.

pub mod bisect;
mod series;
mod trail;

pub use series::{Failed, Group, Point, Series, SeriesSet, groups, series};
pub use trail::{Accepted, Measured, Origin, Reach, Trail, measured_at, trail};
