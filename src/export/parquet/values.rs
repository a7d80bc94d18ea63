//! The values of one column chunk: gathered, encoded, compressed.
//!
//! Encodings are those that every reader knows: PLAIN for numbers, a dictionary for text, RLE and bit packing for levels and
//! places in a dictionary (<https://parquet.apache.org/docs/file-format/data-pages/encodings/>).

use std::collections::HashMap;
use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::thrift::{Struct, varint};
use crate::export::columns::{Cell, Kind};

const PLAIN: i32 = 0;
const RLE: i32 = 3;
const RLE_DICTIONARY: i32 = 8;
const GZIP: i32 = 2;
const DATA_PAGE: i32 = 0;
const DICTIONARY_PAGE: i32 = 2;

/// The physical type of a kind.
pub(super) fn physical(kind: Kind) -> i32 {
    match kind {
        Kind::Flag => 0,
        Kind::Integer | Kind::Moment => 2,
        Kind::Real => 5,
        Kind::Text => 6,
    }
}

/// The cells of one column, in order.
pub(super) struct Values {
    kind: Kind,
    /// Whether there is a value, by row.
    there: Vec<bool>,
    /// Those that are there, in PLAIN; of text the dictionary.
    plain: Vec<u8>,
    /// Of flags the bits.
    flags: Vec<bool>,
    /// Of text the places in the dictionary.
    places: Vec<u32>,
    known: HashMap<String, u32>,
    /// Of whole numbers and moments.
    range: Option<(i64, i64)>,
}

/// Bytes of a chunk and what the footer says of it.
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    uncompressed: usize,
    values: usize,
    dictionary: Option<usize>,
    nulls: usize,
    range: Option<(i64, i64)>,
}

impl Values {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            there: Vec::new(),
            plain: Vec::new(),
            flags: Vec::new(),
            places: Vec::new(),
            known: HashMap::new(),
            range: None,
        }
    }

    pub(super) fn push(&mut self, cell: Cell<'_>) {
        self.there.push(cell != Cell::Missing);
        match cell {
            Cell::Missing => {}
            Cell::Text(text) => {
                let next = self.known.len() as u32;
                let place = match self.known.get(&*text) {
                    Some(place) => *place,
                    None => {
                        self.plain.extend((text.len() as u32).to_le_bytes());
                        self.plain.extend_from_slice(text.as_bytes());
                        self.known.insert(text.into_owned(), next);
                        next
                    }
                };
                self.places.push(place);
            }
            // Milliseconds, the finest that every reader of the kind takes.
            Cell::Moment(time) => self.integer(time.0.saturating_mul(1000)),
            Cell::Integer(n) => self.integer(n),
            Cell::Real(v) => self.plain.extend(v.to_le_bytes()),
            Cell::Flag(flag) => self.flags.push(flag),
        }
    }

    fn integer(&mut self, n: i64) {
        self.plain.extend(n.to_le_bytes());
        self.range = Some(self.range.map_or((n, n), |(low, high)| (low.min(n), high.max(n))));
    }

    /// The chunk: a dictionary page where there is text, one data page.
    pub(super) fn end(self) -> Chunk {
        let count = self.there.len();
        let nulls = self.there.iter().filter(|there| !**there).count();
        let mut body = Vec::new();
        let levels = hybrid(&self.there.iter().map(|there| u32::from(*there)).collect::<Vec<_>>(), 1);
        body.extend((levels.len() as u32).to_le_bytes());
        body.extend(levels);
        let with_dictionary = !self.known.is_empty();
        let mut chunk =
            Chunk { bytes: Vec::new(), uncompressed: 0, values: count, dictionary: None, nulls, range: self.range };
        let encoding = if with_dictionary {
            let head = Struct::default().i32(1, self.known.len() as i32).i32(2, PLAIN);
            chunk.page(DICTIONARY_PAGE, 7, head, &self.plain);
            chunk.dictionary = Some(chunk.bytes.len());
            // A width of 0 is allowed, but not every reader is sure of it.
            let width = (32 - (self.known.len() as u32 - 1).leading_zeros()).max(1);
            body.push(width as u8);
            body.extend(hybrid(&self.places, width));
            RLE_DICTIONARY
        } else {
            match self.kind {
                Kind::Flag => body.extend(packed(&self.flags.iter().map(|f| u32::from(*f)).collect::<Vec<_>>(), 1)),
                _ => body.extend(&self.plain),
            }
            PLAIN
        };
        let head = Struct::default().i32(1, count as i32).i32(2, encoding).i32(3, RLE).i32(4, RLE);
        chunk.page(DATA_PAGE, 5, head, &body);
        chunk
    }
}

impl Chunk {
    fn page(&mut self, kind: i32, field: u8, head: Struct, body: &[u8]) {
        let packed = gzip(body);
        let head = Struct::default()
            .i32(1, kind)
            .i32(2, body.len() as i32)
            .i32(3, packed.len() as i32)
            .structure(field, head)
            .end();
        self.uncompressed += head.len() + body.len();
        self.bytes.extend(head);
        self.bytes.extend(packed);
    }

    /// Its entry in the footer; `at` is where it begins in the file.
    pub(super) fn meta(&self, kind: Kind, name: &str, at: usize) -> Struct {
        let encodings: &[i32] = if self.dictionary.is_some() { &[PLAIN, RLE, RLE_DICTIONARY] } else { &[PLAIN, RLE] };
        let mut meta = Struct::default()
            .i32(1, physical(kind))
            .i32s(2, encodings)
            .binaries(3, &[name])
            .i32(4, GZIP)
            .i64(5, self.values as i64)
            .i64(6, self.uncompressed as i64)
            .i64(7, self.bytes.len() as i64)
            .i64(9, (at + self.dictionary.unwrap_or(0)) as i64);
        if self.dictionary.is_some() {
            meta = meta.i64(11, at as i64);
        }
        let mut statistics = Struct::default().i64(3, self.nulls as i64);
        if let Some((low, high)) = self.range {
            statistics = statistics.binary(5, &high.to_le_bytes()).binary(6, &low.to_le_bytes());
        }
        meta.structure(12, statistics)
    }
}

/// RLE where all values are the same, else all bit-packed: the compression behind it makes short work of repetitions.
fn hybrid(values: &[u32], width: u32) -> Vec<u8> {
    let mut out = Vec::new();
    match values.first() {
        None => {}
        Some(first) if values.iter().all(|value| value == first) => {
            varint((values.len() as u64) << 1, &mut out);
            out.extend(&first.to_le_bytes()[..width.div_ceil(8) as usize]);
        }
        Some(_) => {
            let groups = values.len().div_ceil(8);
            varint((groups as u64) << 1 | 1, &mut out);
            let mut bits = packed(values, width);
            bits.resize(groups * width as usize, 0);
            out.extend(bits);
        }
    }
    out
}

/// Values of `width` bits one behind the other, the lowest bit first.
fn packed(values: &[u32], width: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(values.len() * width as usize / 8 + 1);
    let (mut held, mut bits) = (0u64, 0);
    for value in values {
        held |= u64::from(*value) << bits;
        bits += width;
        while bits >= 8 {
            out.push(held as u8);
            held >>= 8;
            bits -= 8;
        }
    }
    if bits > 0 {
        out.push(held as u8);
    }
    out
}

/// Always the same bytes for the same input: no name, no time.
fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    // Writing to memory does not fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_is_as_the_format_has_it() {
        // The example of the specification: 0 to 7 in three bits.
        assert_eq!(packed(&[0, 1, 2, 3, 4, 5, 6, 7], 3), [0b1000_1000, 0b1100_0110, 0b1111_1010]);
        assert_eq!(hybrid(&[4; 100], 3), [0xc8, 0x01, 4]);
        assert_eq!(hybrid(&[1, 0, 1], 1), [3, 0b101]);
        assert_eq!(hybrid(&[300; 4], 9), [8, 44, 1]);
        assert!(hybrid(&[], 1).is_empty());
    }
}
