//! Where an export goes.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use git_bench::payload::{Payloads, StoreSpec};
use git_bench::render::number::bytes;
use git_bench::{Error, Result};

use crate::cli::context::Context;

/// A destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Stdout,
    File(PathBuf),
    /// A folder that may not be there yet.
    Folder(PathBuf),
    /// A bucket, or a folder by URL.
    Url(String),
}

impl Target {
    /// What `--out` means; `many` where the format writes several files.
    pub(crate) fn of(out: Option<&str>, many: bool) -> Self {
        match out {
            None | Some("-") => Self::Stdout,
            Some(url) if url.contains("://") => Self::Url(url.to_owned()),
            Some(path) if many || path.ends_with('/') || Path::new(path).is_dir() => Self::Folder(path.into()),
            Some(path) => Self::File(path.into()),
        }
    }
}

/// The store of a folder or URL. Region, account and endpoint are those of the configured store whose bucket it is.
pub(crate) fn store(context: &Context, target: &Target) -> Result<Payloads> {
    match target {
        Target::Url(url) => {
            let bucket = |url: &str| url.split('/').take(3).map(str::to_owned).collect::<Vec<_>>();
            let known = context.config()?.stores.iter().find(|store| bucket(&store.url) == bucket(url));
            let spec = StoreSpec {
                name: "export".into(),
                url: url.clone(),
                region: known.and_then(|s| s.region.clone()),
                account: known.and_then(|s| s.account.clone()),
                endpoint: known.and_then(|s| s.endpoint.clone()),
            };
            Payloads::open(&spec, &context.payload_options())
        }
        Target::Folder(path) | Target::File(path) => {
            fs::create_dir_all(path).map_err(|e| cannot_write(path, e))?;
            Payloads::local("export", path, &context.payload_options())
        }
        Target::Stdout => Err(Error::usage("parts need a folder").hint("git bench export --out FOLDER")),
    }
}

/// One file or standard output, written in stretches. A file is at its place only when it is whole.
pub(crate) struct Sink<'c> {
    context: &'c Context,
    /// Its place, where it is until it is whole, and itself.
    file: Option<(PathBuf, PathBuf, File)>,
    held: Vec<u8>,
    written: usize,
}

/// Bytes that are held before they are written.
const STRETCH: usize = 1 << 20;

impl<'c> Sink<'c> {
    pub(crate) fn open(context: &'c Context, target: &Target) -> Result<Self> {
        let file = match target {
            Target::File(path) => {
                let mut name = path.file_name().unwrap_or_default().to_owned();
                name.push(".part");
                let part = path.with_file_name(name);
                let file = File::create(&part).map_err(|e| cannot_write(path, e))?;
                Some((path.clone(), part, file))
            }
            _ => None,
        };
        Ok(Self { context, file, held: Vec::new(), written: 0 })
    }

    /// Begins anew, if nothing was written yet; whether it could.
    pub(crate) fn restart(&mut self) -> bool {
        self.held.clear();
        self.written == 0
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= STRETCH { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        self.written += self.held.len();
        match &mut self.file {
            Some((path, _, file)) => file.write_all(&self.held).map_err(|e| cannot_write(path, e))?,
            None => self.context.output.write(&self.held)?,
        }
        self.held.clear();
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<()> {
        self.flush()?;
        let Some((path, part, file)) = self.file.take() else { return Ok(()) };
        drop(file);
        fs::rename(&part, &path).map_err(|e| cannot_write(&path, e))?;
        self.context.say(&format!("wrote {} ({})", path.display(), bytes(self.written as u64)));
        Ok(())
    }
}

impl Drop for Sink<'_> {
    /// Nothing half-written stays.
    fn drop(&mut self) {
        if let Some((_, part, _)) = &self.file {
            let _ = fs::remove_file(part);
        }
    }
}

/// What the names of documents begin with, so that those of an earlier export are known.
const DOCUMENT: &str = "git-bench-";

/// Writes documents as `git-bench-0001.json` and so on into a folder; those of an earlier export there go.
pub(crate) fn documents(context: &Context, folder: &Path, ending: &str, documents: &[Vec<u8>]) -> Result<()> {
    let cannot = |e| cannot_write(folder, e);
    fs::create_dir_all(folder).map_err(cannot)?;
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let number = name.strip_prefix(DOCUMENT).and_then(|rest| rest.strip_suffix(&format!(".{ending}")));
        if number.is_some_and(|n| n.len() >= 4 && n.bytes().all(|b| b.is_ascii_digit())) {
            fs::remove_file(entry.path()).map_err(cannot)?;
        }
    }
    for (i, document) in documents.iter().enumerate() {
        fs::write(folder.join(format!("{DOCUMENT}{:04}.{ending}", i + 1)), document).map_err(cannot)?;
    }
    let size = bytes(documents.iter().map(Vec::len).sum::<usize>() as u64);
    context.say(&format!("wrote {} to {} ({size})", super::counted(documents.len(), "document"), folder.display()));
    Ok(())
}

fn cannot_write(path: &Path, error: std::io::Error) -> Error {
    Error::data(format!("cannot write '{}'", path.display()))
        .because(error)
        .hint("git bench export --out FILE writes elsewhere")
}
