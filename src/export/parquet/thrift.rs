//! Thrift's compact protocol, written: the form of Parquet's headers and footers.
//!
//! Source: <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>.

/// Types of the compact protocol.
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A struct being written. Fields come in ascending order of their ids.
#[derive(Default)]
pub(super) struct Struct {
    out: Vec<u8>,
    last: u8,
}

impl Struct {
    fn field(&mut self, id: u8, kind: u8) {
        // All ids here lie within 15 of each other, which is the short form.
        self.out.push((id - self.last) << 4 | kind);
        self.last = id;
    }

    pub(super) fn flag(mut self, id: u8, value: bool) -> Self {
        self.field(id, if value { TRUE } else { FALSE });
        self
    }

    pub(super) fn i32(mut self, id: u8, value: i32) -> Self {
        self.field(id, I32);
        varint(zigzag(i64::from(value)), &mut self.out);
        self
    }

    pub(super) fn i64(mut self, id: u8, value: i64) -> Self {
        self.field(id, I64);
        varint(zigzag(value), &mut self.out);
        self
    }

    pub(super) fn binary(mut self, id: u8, value: &[u8]) -> Self {
        self.field(id, BINARY);
        bytes(value, &mut self.out);
        self
    }

    pub(super) fn structure(mut self, id: u8, value: Self) -> Self {
        self.field(id, STRUCT);
        self.out.extend(value.end());
        self
    }

    pub(super) fn i32s(mut self, id: u8, values: &[i32]) -> Self {
        self.list(id, I32, values.len());
        values.iter().for_each(|value| varint(zigzag(i64::from(*value)), &mut self.out));
        self
    }

    pub(super) fn binaries(mut self, id: u8, values: &[&str]) -> Self {
        self.list(id, BINARY, values.len());
        values.iter().for_each(|value| bytes(value.as_bytes(), &mut self.out));
        self
    }

    pub(super) fn structures(mut self, id: u8, values: Vec<Self>) -> Self {
        self.list(id, STRUCT, values.len());
        values.into_iter().for_each(|value| self.out.extend(value.end()));
        self
    }

    fn list(&mut self, id: u8, kind: u8, len: usize) {
        self.field(id, LIST);
        if len < 15 {
            self.out.push((len as u8) << 4 | kind);
        } else {
            self.out.push(0xf0 | kind);
            varint(len as u64, &mut self.out);
        }
    }

    /// The bytes of the whole struct.
    pub(super) fn end(mut self) -> Vec<u8> {
        self.out.push(0);
        self.out
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn bytes(value: &[u8], out: &mut Vec<u8>) {
    varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

/// Seven bits a byte, the lowest first.
pub(super) fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_as_the_protocol_has_them() {
        let got = Struct::default()
            .i32(1, -1)
            .i64(3, 300)
            .flag(4, true)
            .binary(5, b"ab")
            .i32s(6, &[1, 2])
            .structure(7, Struct::default().i32(1, 0))
            .end();
        assert_eq!(got, [0x15, 1, 0x26, 0xd8, 0x04, 0x11, 0x18, 2, b'a', b'b', 0x19, 0x25, 2, 4, 0x1c, 0x15, 0, 0, 0]);
        let long = Struct::default().structures(2, (0..16).map(|_| Struct::default()).collect()).end();
        assert_eq!(long[..3], [0x29, 0xfc, 16]);
    }
}
