//! Apache Parquet, written by hand: every column optional, one dictionary and one data page a column chunk, gzip, which is what
//! DuckDB, Spark, Athena, BigQuery and pyarrow all read (<https://parquet.apache.org/docs/file-format/>).
//!
//! The crate `parquet` does far more than is needed here, and would be a feature that has to be installed.

mod thrift;
mod values;

use super::columns::{Column, Kind, columns};
use super::{Exporter, Options, Row, Writer, Written};
use thrift::Struct;
use values::{Values, physical};

pub(super) struct Parquet;

/// Rows of one row group: some 20 MB while it is gathered.
const GROUP: usize = 100_000;

const MAGIC: &[u8] = b"PAR1";

impl Exporter for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn doc(&self) -> &'static str {
        "Parquet, in parts by date and suite"
    }

    fn ending(&self) -> &'static str {
        "parquet"
    }

    fn is_table(&self) -> bool {
        true
    }

    fn begin(&self, options: &Options) -> Box<dyn Writer> {
        let columns = columns(options.partitioned);
        Box::new(File {
            values: fresh(&columns),
            columns,
            waiting: 0,
            out: MAGIC.to_vec(),
            written: 0,
            groups: Vec::new(),
            rows: 0,
        })
    }
}

fn fresh(columns: &[&Column]) -> Vec<Values> {
    columns.iter().map(|column| Values::new(column.kind)).collect()
}

/// A file that is being written.
struct File {
    columns: Vec<&'static Column>,
    values: Vec<Values>,
    /// Rows in `values`.
    waiting: usize,
    out: Vec<u8>,
    /// Bytes that were taken out of `out`.
    written: usize,
    groups: Vec<Struct>,
    rows: usize,
}

impl File {
    fn end_group(&mut self) {
        if self.waiting == 0 {
            return;
        }
        let values = std::mem::replace(&mut self.values, fresh(&self.columns));
        let (mut chunks, mut size) = (Vec::new(), 0);
        for (column, values) in self.columns.iter().zip(values) {
            let chunk = values.end();
            let at = self.written + self.out.len();
            let meta = chunk.meta(column.kind, column.name, at);
            chunks.push(Struct::default().i64(2, at as i64).structure(3, meta));
            size += chunk.bytes.len();
            self.out.extend(chunk.bytes);
        }
        let group = Struct::default().structures(1, chunks).i64(2, size as i64).i64(3, self.waiting as i64);
        self.groups.push(group);
        self.rows += self.waiting;
        self.waiting = 0;
    }

    fn footer(&mut self) -> Vec<u8> {
        let mut schema = vec![Struct::default().binary(4, b"measurements").i32(5, self.columns.len() as i32)];
        schema.extend(self.columns.iter().map(|column| element(column)));
        let orders = self.columns.iter().map(|_| Struct::default().structure(1, Struct::default())).collect();
        let version =
            Struct::default().binary(1, b"git-bench.version").binary(2, super::VERSION.to_string().as_bytes());
        Struct::default()
            .i32(1, 1)
            .structures(2, schema)
            .i64(3, self.rows as i64)
            .structures(4, std::mem::take(&mut self.groups))
            .structures(5, vec![version])
            .binary(6, concat!("git-bench version ", env!("CARGO_PKG_VERSION")).as_bytes())
            .structures(7, orders)
            .end()
    }
}

/// A column in the schema: optional, with what its bytes mean.
fn element(column: &Column) -> Struct {
    const OPTIONAL: i32 = 1;
    const UTF8: i32 = 0;
    const TIMESTAMP_MILLIS: i32 = 9;
    let element = Struct::default().i32(1, physical(column.kind)).i32(3, OPTIONAL).binary(4, column.name.as_bytes());
    let empty = Struct::default;
    match column.kind {
        Kind::Text => element.i32(6, UTF8).structure(10, empty().structure(1, empty())),
        Kind::Moment => {
            let millis = empty().structure(1, empty());
            let timestamp = empty().flag(1, true).structure(2, millis);
            element.i32(6, TIMESTAMP_MILLIS).structure(10, empty().structure(8, timestamp))
        }
        Kind::Integer | Kind::Real | Kind::Flag => element,
    }
}

impl Writer for File {
    fn add(&mut self, row: &Row<'_>) {
        for (column, values) in self.columns.iter().zip(&mut self.values) {
            values.push((column.get)(row));
        }
        self.waiting += 1;
        if self.waiting == GROUP {
            self.end_group();
        }
    }

    fn ready(&mut self) -> Vec<u8> {
        self.written += self.out.len();
        std::mem::take(&mut self.out)
    }

    fn finish(mut self: Box<Self>) -> Written {
        self.end_group();
        let footer = self.footer();
        self.out.extend(&footer);
        self.out.extend((footer.len() as u32).to_le_bytes());
        self.out.extend(MAGIC);
        Written { documents: vec![self.out], ..Written::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::sample::{exported, rows};

    /// What real readers make of it is in `tests/export`.
    #[test]
    fn the_same_rows_are_the_same_bytes_between_magic_words() {
        let bytes = exported(&Parquet, &rows(), &Options::default()).concat();
        assert_eq!(bytes, exported(&Parquet, &rows(), &Options::default()).concat());
        assert_eq!((&bytes[..4], &bytes[bytes.len() - 4..]), (MAGIC, MAGIC));
        let length = u32::from_le_bytes(bytes[bytes.len() - 8..bytes.len() - 4].try_into().unwrap()) as usize;
        assert!(length > 100 && length < bytes.len());
    }
}
