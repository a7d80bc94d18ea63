//! Where objects lie in packs.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::{Id, Repo};

/// The place of an object: number of the pack, offset in it.
pub type Place = (usize, u64);

const HEAD: u64 = 8;
const FANOUT: u64 = 4 * 256;

impl Repo {
    /// The places of objects (sorted by id) in the packs of this repository; `None` where an object is loose or elsewhere.
    ///
    /// git stores similar objects as differences of each other, side by side: read in this order, each needs one step, in
    /// the order of their ids half a chain. It is only about speed, so that an index of packs that cannot be read gives
    /// no places.
    pub fn places(&self, sorted: &[Id]) -> Vec<Option<Place>> {
        let mut found = vec![None; sorted.len()];
        let Ok(entries) = std::fs::read_dir(self.common_dir().join("objects/pack")) else { return found };
        let mut packs: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        packs.retain(|path| path.extension().is_some_and(|e| e == "idx"));
        packs.sort();
        for (number, path) in packs.iter().enumerate() {
            // A pack that goes away meanwhile (git gc) is no failure.
            let _ = look(path, number, self.hex_len() as u64 / 2, sorted, &mut found);
        }
        found
    }
}

/// Reads a pack's index (version 2): head, 256 counts, sorted names, checksums, offsets, long offsets.
fn look(path: &Path, number: usize, width: u64, sorted: &[Id], found: &mut [Option<Place>]) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut head = vec![0; (HEAD + FANOUT) as usize];
    file.read_exact(&mut head)?;
    if head[..8] != [0xff, b't', b'O', b'c', 0, 0, 0, 2] {
        return Ok(());
    }
    let count = |byte: usize| u64::from(be32(&head[8 + 4 * byte..]));
    let all = count(255);
    let names = HEAD + FANOUT;
    let offsets = names + all * (width + 4);
    let mut at = 0;
    while at < sorted.len() {
        let byte = usize::from(sorted[at].as_bytes()[0]);
        let group = sorted[at..].iter().take_while(|id| usize::from(id.as_bytes()[0]) == byte).count();
        let (start, end) = (if byte == 0 { 0 } else { count(byte - 1) }, count(byte));
        let here = end.saturating_sub(start);
        let ids = part(&mut file, names + start * width, here * width)?;
        let places = part(&mut file, offsets + start * 4, here * 4)?;
        let mut rows = ids.chunks_exact(width as usize).zip(places.chunks_exact(4)).peekable();
        for (id, place) in sorted[at..at + group].iter().zip(&mut found[at..at + group]) {
            while rows.next_if(|(name, _)| *name < id.as_bytes()).is_some() {}
            if let Some((_, offset)) = rows.next_if(|(name, _)| *name == id.as_bytes()) {
                let short = be32(offset);
                let offset = if short >> 31 == 0 {
                    u64::from(short)
                } else {
                    let long = part(&mut file, offsets + all * 4 + u64::from(short & 0x7fff_ffff) * 8, 8)?;
                    u64::from(be32(&long)) << 32 | u64::from(be32(&long[4..]))
                };
                place.get_or_insert((number, offset));
            }
        }
        at += group;
    }
    Ok(())
}

fn part(file: &mut File, from: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length as usize];
    file.seek(SeekFrom::Start(from))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn be32(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |sum, b| sum << 8 | u32::from(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_objects_have_the_places_that_git_tells() {
        let dir = tempfile::tempdir().unwrap();
        let git = |args: &[&str]| {
            let mut command = std::process::Command::new("git");
            command.arg("-C").arg(dir.path()).args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(args);
            let output = command.output().unwrap();
            assert!(output.status.success(), "{args:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        git(&["init", "-q"]);
        for i in 0..300 {
            std::fs::write(dir.path().join(format!("f{i}")), format!("{i}")).unwrap();
        }
        git(&["add", "."]);
        git(&["commit", "-qm", "x"]);
        git(&["repack", "-adq"]);
        std::fs::write(dir.path().join("loose"), "loose").unwrap();
        git(&["add", "loose"]);
        let loose: Id = git(&["hash-object", "loose"]).trim().parse().unwrap();
        let repo = Repo::at(dir.path()).unwrap();
        let pack = std::fs::read_dir(repo.common_dir().join("objects/pack")).unwrap();
        let index =
            pack.filter_map(|e| Some(e.ok()?.path())).find(|p| p.extension().is_some_and(|e| e == "idx")).unwrap();
        // `git verify-pack -v` prints: id type size size-in-pack offset ...
        let told = git(&["verify-pack", "-v", index.to_str().unwrap()]);
        let mut wanted: Vec<(Id, Option<Place>)> = told
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .filter(|words| words.len() >= 5 && words[0].len() == 40)
            .map(|words| (words[0].parse().unwrap(), Some((0, words[4].parse().unwrap()))))
            .collect();
        assert!(wanted.len() > 300);
        wanted.push((loose, None));
        wanted.sort();
        let ids: Vec<Id> = wanted.iter().map(|(id, _)| *id).collect();
        assert_eq!(repo.places(&ids), wanted.iter().map(|(_, place)| *place).collect::<Vec<_>>());
        // A broken index of a pack gives no places, and no failure.
        std::fs::write(index, b"\xfftOc\0\0\0\x02short").unwrap_or_default();
        assert_eq!(repo.places(&ids[..2]).len(), 2);
    }
}
