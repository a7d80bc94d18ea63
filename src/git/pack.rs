//! Many new objects as one pack, written by ourselves.
//!
//! libgit2's memory pack packs the whole tree of each commit again, old notes and all, searches deltas among everything,
//! and parses what it made once more for the index. Here only new objects are packed, without deltas: `git gc` finds those.
//! Formats: `gitformat-pack(5)`, pack version 2, index version 2.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use git2::{ObjectType, Odb};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::Id;
use crate::model::parallel::by_parts;
use crate::{Error, Result};

/// Objects that are worth a thread of their own.
const PART: usize = 100;

/// Where new objects go.
pub(super) trait Sink {
    /// Takes an object and gives its id.
    fn write(&self, kind: ObjectType, bytes: &[u8]) -> Result<Id>;
}

impl Sink for Odb<'_> {
    fn write(&self, kind: ObjectType, bytes: &[u8]) -> Result<Id> {
        Odb::write(self, kind, bytes).map_err(|e| cannot_write().because(e))
    }
}

fn cannot_write() -> Error {
    Error::data("cannot write to the object database")
        .hint("check the free space and the owner of the git directory; nothing was changed")
}

/// Objects that become one pack.
pub(super) struct Pack {
    sha256: bool,
    known: RefCell<BTreeSet<Id>>,
    objects: RefCell<Vec<(Id, ObjectType, Vec<u8>)>>,
}

impl Sink for Pack {
    fn write(&self, kind: ObjectType, bytes: &[u8]) -> Result<Id> {
        let head = format!("{} {}\0", kind.str(), bytes.len());
        let id = Id::from_bytes(&self.digest(&[head.as_bytes(), bytes]))?;
        if self.known.borrow_mut().insert(id) {
            self.objects.borrow_mut().push((id, kind, bytes.to_vec()));
        }
        Ok(id)
    }
}

impl Pack {
    /// An empty pack of a repository with ids of this many hex digits.
    pub(super) fn new(hex_len: usize) -> Self {
        Self { sha256: hex_len == 64, known: RefCell::default(), objects: RefCell::default() }
    }

    fn digest(&self, parts: &[&[u8]]) -> Vec<u8> {
        fn of<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut hash = D::new();
            parts.iter().for_each(|part| hash.update(part));
            hash.finalize().to_vec()
        }
        if self.sha256 { of::<Sha256>(parts) } else { of::<Sha1>(parts) }
    }

    /// Writes pack and index into this folder (`objects/pack`). The objects are there once this returns.
    ///
    /// # Errors
    /// [`crate::Kind::Data`] where they cannot be written, or are 2 GiB and more.
    pub(super) fn store(self, folder: &Path) -> Result<()> {
        let objects = self.objects.take();
        let entries = compressed(&objects).map_err(|e| cannot_write().because(e))?;
        let size = 12 + entries.iter().map(Vec::len).sum::<usize>();
        if size >= 1 << 31 {
            return Err(Error::data("these notes are 2 GiB and more: too much for one write"));
        }
        let mut pack = Vec::with_capacity(size + 32);
        pack.extend_from_slice(b"PACK\0\0\0\x02");
        pack.extend_from_slice(&(objects.len() as u32).to_be_bytes());
        let mut rows: Vec<(Id, u32, u32)> = Vec::with_capacity(objects.len());
        for ((id, ..), entry) in objects.iter().zip(&entries) {
            let mut crc = Crc::new();
            crc.update(entry);
            rows.push((*id, crc.sum(), pack.len() as u32));
            pack.extend_from_slice(entry);
        }
        let trailer = self.digest(&[&pack]);
        pack.extend_from_slice(&trailer);
        let index = self.index(rows, &trailer);
        let name: String = trailer.iter().map(|b| format!("{b:02x}")).collect();
        // The index comes last: with it the pack counts.
        for (bytes, extension) in [(&pack, "pack"), (&index, "idx")] {
            put(folder, &folder.join(format!("pack-{name}.{extension}")), bytes)
                .map_err(|e| cannot_write().because(e))?;
        }
        Ok(())
    }

    /// The index of these objects: id, CRC of the entry, offset.
    fn index(&self, mut rows: Vec<(Id, u32, u32)>, trailer: &[u8]) -> Vec<u8> {
        rows.sort_unstable();
        let mut index = b"\xfftOc\0\0\0\x02".to_vec();
        for first in 0..=255 {
            let upto = rows.partition_point(|(id, ..)| id.as_bytes()[0] <= first) as u32;
            index.extend_from_slice(&upto.to_be_bytes());
        }
        rows.iter().for_each(|(id, ..)| index.extend_from_slice(id.as_bytes()));
        rows.iter().for_each(|(_, crc, _)| index.extend_from_slice(&crc.to_be_bytes()));
        rows.iter().for_each(|(_, _, offset)| index.extend_from_slice(&offset.to_be_bytes()));
        index.extend_from_slice(trailer);
        let own = self.digest(&[&index]);
        index.extend_from_slice(&own);
        index
    }
}

/// The entries of a pack: kind and size, then the compressed bytes.
fn compressed(objects: &[(Id, ObjectType, Vec<u8>)]) -> io::Result<Vec<Vec<u8>>> {
    let entries = by_parts(objects.iter().collect(), PART, &|part| {
        // One for all of a part: it is large, and to make it anew takes longer than a small object.
        let mut zlib = Compress::new(Compression::fast(), true);
        part.into_iter().map(|(_, kind, bytes)| entry(&mut zlib, *kind, bytes)).collect()
    });
    entries.into_iter().collect()
}

fn entry(zlib: &mut Compress, kind: ObjectType, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let code: usize = match kind {
        ObjectType::Commit => 1,
        ObjectType::Tree => 2,
        _ => 3,
    };
    let mut out = Vec::with_capacity(bytes.len() / 2 + 64);
    let (mut byte, mut rest) = (code << 4 | bytes.len() & 15, bytes.len() >> 4);
    while rest > 0 {
        out.push(byte as u8 | 0x80);
        (byte, rest) = (rest & 0x7f, rest >> 7);
    }
    out.push(byte as u8);
    zlib.reset();
    loop {
        let taken = zlib.total_in() as usize;
        match zlib.compress_vec(&bytes[taken..], &mut out, FlushCompress::Finish).map_err(io::Error::other)? {
            Status::StreamEnd => return Ok(out),
            _ => out.reserve(out.capacity()),
        }
    }
}

/// Writes a file under a temporary name (which `git gc` knows), then gives it its own.
fn put(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let (temporary, mut file) = temporary(folder)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| {
        let mut mode = file.metadata()?.permissions();
        mode.set_readonly(true);
        std::fs::set_permissions(&temporary, mode)?;
        std::fs::rename(&temporary, path)
    });
    written.inspect_err(|_| _ = std::fs::remove_file(&temporary))
}

fn temporary(folder: &Path) -> io::Result<(PathBuf, File)> {
    for n in 0.. {
        let path = folder.join(format!("tmp_bench_{}_{n}", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::Error::other("no name is free"))
}
