//! What a command found, as plain data: serde gives the JSON, `view` what a person reads.

mod view;

pub use view::{Align, Block, Cell, Column, Row, Table, Tone, View};

/// A finished report: its own serde form is the JSON, its view everything else.
pub trait Report: erased::Json {
    /// The same facts as tables and lines for a person.
    fn view(&self) -> View;
}

/// Serialisation behind a trait object.
mod erased {
    /// Anything that serialises to a JSON value.
    pub trait Json {
        /// The report as JSON.
        fn json(&self) -> serde_json::Value;
    }

    impl<T: serde::Serialize> Json for T {
        fn json(&self) -> serde_json::Value {
            serde_json::to_value(self).unwrap_or_default()
        }
    }
}
