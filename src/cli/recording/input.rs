//! Files, folders and standard input as inputs of readers.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use git_bench::import::{Entry, Input, MAX_INPUT};
use git_bench::{Error, Result};

use crate::cli::context::read_stdin;

/// An input, and the name under which its bytes may travel as an attachment.
pub(crate) struct Loaded {
    pub(crate) input: Input,
    /// The bytes of a single file, to be kept as it is.
    pub(crate) file: Option<(String, Vec<u8>)>,
}

/// Loads what a command line names: a file, a folder, or `-` for standard input.
///
/// # Errors
/// What cannot be read, is too large, or is neither file nor folder.
pub(crate) fn load(path: &Path) -> Result<Loaded> {
    if path == Path::new("-") {
        let bytes = read_stdin(MAX_INPUT)?;
        return Ok(Loaded { input: Input::file("standard input", bytes.clone()), file: Some(("stdin".into(), bytes)) });
    }
    let shown = path.display().to_string();
    let cannot = |e: std::io::Error| Error::data(format!("cannot read '{shown}'")).because(e);
    let facts = std::fs::metadata(path).map_err(cannot)?;
    if facts.is_dir() {
        return Ok(Loaded { input: folder(path, &shown)?, file: None });
    }
    if facts.len() > MAX_INPUT {
        return Err(Error::data(format!("'{shown}' holds {} bytes, over the limit of {MAX_INPUT}", facts.len()))
            .hint("record it in parts, each with its own --suite"));
    }
    let bytes = std::fs::read(path).map_err(cannot)?;
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_else(|| "input".into());
    Ok(Loaded { input: Input::file(shown, bytes.clone()), file: Some((name, bytes)) })
}

/// Files below this many are looked at in a folder; more is no folder of results.
const MOST_FILES: usize = 200_000;

fn folder(root: &Path, shown: &str) -> Result<Input> {
    let mut entries = Vec::new();
    collect(root, String::new(), &mut entries, 0)
        .map_err(|e| Error::data(format!("cannot read '{shown}'")).because(e))?;
    if entries.len() >= MOST_FILES {
        return Err(Error::data(format!("'{shown}' holds more than {MOST_FILES} files"))
            .hint("name the folder that the harness wrote, not one above it"));
    }
    let root = root.to_owned();
    Ok(Input::folder(shown, entries, move |path| {
        let path = root.join(path);
        if std::fs::metadata(&path)?.len() > MAX_INPUT {
            return Err(std::io::Error::other("the file is too large"));
        }
        std::fs::read(path)
    }))
}

fn collect(root: &Path, prefix: String, out: &mut Vec<Entry>, depth: usize) -> std::io::Result<()> {
    if depth > 32 || out.len() >= MOST_FILES {
        return Ok(());
    }
    let mut found: Vec<_> = std::fs::read_dir(root)?.collect::<Result<_, _>>()?;
    found.sort_by_key(std::fs::DirEntry::file_name);
    for entry in found {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        let kind = entry.file_type()?;
        // Links are not followed: a folder of results is what the harness wrote there.
        if kind.is_dir() {
            collect(&entry.path(), path, out, depth + 1)?;
        } else if kind.is_file() {
            let modified = entry.metadata()?.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
            out.push(Entry { path, modified: modified.map(|d| d.as_secs() as i64) });
        }
    }
    Ok(())
}

/// Standard output of a program that answers within two seconds.
pub(crate) fn quick_output(argv: &[&str]) -> Option<String> {
    output_within(argv, Duration::from_secs(2))
}

/// Standard output of a program that answers within this time.
pub(crate) fn output_within(argv: &[&str], limit: Duration) -> Option<String> {
    let (program, args) = argv.split_first()?;
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let deadline = Instant::now() + limit;
    let mut stdout = child.stdout.take()?;
    let (done, said) = mpsc::channel();
    // Read meanwhile: a full pipe would stop the program.
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if stdout.read_to_end(&mut bytes).is_ok() {
            let _ = done.send(bytes);
        }
    });
    loop {
        match child.try_wait().ok()? {
            Some(status) if status.success() => break,
            Some(_) => return None,
            None if Instant::now() > deadline => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    let bytes = said.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Paths as given; none means standard input where it is no terminal.
pub(crate) fn paths_or_stdin(paths: &[PathBuf]) -> Vec<PathBuf> {
    if paths.is_empty() { vec![PathBuf::from("-")] } else { paths.to_vec() }
}
