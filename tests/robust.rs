//! No input makes a reader panic or hang: every fixture cut short at many places and with bytes changed, read by all
//! that claim it and by its own reader in any case.

mod common;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use common::{children, entries, fixtures};
use git_bench::import::{IMPORTERS, Importer, Input, ReadOptions};

/// Xorshift (Marsaglia 2003), seeded: the same bytes in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

const PIECES: &[&[u8]] = &[
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b"<",
    b">",
    b"\n",
    b" ",
    b":",
    b",",
    b"-",
    b"NaN",
    b"null",
    b"1e999",
    b"\xff",
    b"\xc2\xb5",
    b"\0",
    b"#2",
];

fn mutations(bytes: &[u8], random: &mut Random, count: usize) -> Vec<Vec<u8>> {
    let mut made = vec![Vec::new()];
    for _ in 0..count {
        made.push(bytes[..random.below(bytes.len() + 1)].to_vec());
        made.push(bytes[random.below(bytes.len() + 1)..].to_vec());
        let mut flipped = bytes.to_vec();
        for _ in 0..=random.below(4) {
            let at = random.below(flipped.len());
            if let Some(byte) = flipped.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        made.push(flipped);
        let at = random.below(bytes.len() + 1);
        let until = (at + random.below(12)).min(bytes.len());
        made.push([&bytes[..at], PIECES[random.below(PIECES.len())], &bytes[until..]].concat());
    }
    made
}

fn try_all(own: &dyn Importer, input: &Input) {
    let options = ReadOptions::default();
    for reader in IMPORTERS.iter().filter(|reader| reader.claims(input)) {
        let _ = reader.read(input, &options);
    }
    let _ = own.read(input, &options);
}

#[test]
fn broken_files_neither_panic_nor_hang() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let count = std::env::var("GIT_BENCH_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    for reader in IMPORTERS {
        let folder = fixtures().join(reader.name());
        for file in children(&folder) {
            let start = Instant::now();
            if file.is_dir() {
                break_folder(*reader, &file, &mut random);
            } else {
                let bytes = fs::read(&file).unwrap();
                let count = count.min(4_000_000 / bytes.len().max(1)).max(3);
                for made in mutations(&bytes, &mut random, count) {
                    try_all(*reader, &Input::file("broken", made));
                }
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{} took {:?}", file.display(), start.elapsed());
        }
    }
}

fn break_folder(reader: &dyn Importer, root: &Path, random: &mut Random) {
    let files = entries(root);
    for broken in &files {
        let bytes = fs::read(root.join(&broken.path)).unwrap();
        for made in mutations(&bytes, random, 2) {
            let (root, path) = (root.to_owned(), broken.path.clone());
            let input = Input::folder("broken", files.clone(), move |below| {
                if below == path { Ok(made.clone()) } else { fs::read(root.join(below)) }
            });
            try_all(reader, &input);
        }
    }
}
