//! A run and its two written forms: one line of a note (a summary), and the payload document (everything).

mod compose;
mod document;
mod id;
mod line;
mod many;
mod note;
mod rows;
mod v1;
mod write;

pub use compose::{Composed, Known, compose};
pub use document::to_bytes as document_bytes;
pub use id::{Identified, new_id, run_id};
pub use line::{Line, Unreadable, light_runs};
pub use many::{compose_all, lines};
pub use note::{Note, settle};
pub use v1::{Accept, Drop, LightRow, MAX_LINE, PayloadRef, Row, RunRecord, Twin};
