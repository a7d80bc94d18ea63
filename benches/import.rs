//! How long `git bench import` takes, against `git fast-import` of the very notes that it writes, in the same run.
//!
//! `GIT_BENCH_CORPUS=DIR cargo bench --bench import`. Each is measured in a fresh repository, in turns; the ratio is that of
//! the fastest runs, since everything else on the machine only adds.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use git_bench::git::{Notes, Repo};

const TURNS: usize = 5;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let Some(corpus) = std::env::var_os("GIT_BENCH_CORPUS").map(PathBuf::from) else {
        return writeln!(out, "skipped: GIT_BENCH_CORPUS is not set");
    };
    writeln!(
        out,
        "| history | import | second import | git fast-import of its notes | ratio |\n|---|---|---|---|---|"
    )?;
    let metrics = corpus.join("histories/rust-analyzer-metrics/metrics.json");
    let metrics = metrics.to_string_lossy();
    for (name, graph, args) in [
        ("rust-analyzer-metrics", "rust-analyzer", ["line-json", &*metrics]),
        ("git-perf", "git-perf", ["git-perf", "."]),
    ] {
        match measure(&corpus, graph, &args)? {
            Some([import, again, git]) => {
                let ratio = import.as_secs_f64() / git.as_secs_f64();
                let ms = |time: Duration| time.as_millis();
                writeln!(out, "| {name} | {} ms | {} ms | {} ms | {ratio:.2} |", ms(import), ms(again), ms(git))?;
            }
            None => writeln!(out, "skipped: repos/open.sh {graph} does not run here")?,
        }
    }
    Ok(())
}

/// The fastest import, second import and fast-import.
fn measure(corpus: &Path, graph: &str, args: &[&str]) -> io::Result<Option<[Duration; 3]>> {
    let folder = tempfile::tempdir()?;
    let mut best = [Duration::MAX; 3];
    let stream = folder.path().join("stream");
    for turn in 0..TURNS {
        let (ours, theirs) = (folder.path().join(format!("a{turn}")), folder.path().join(format!("b{turn}")));
        for repo in [&ours, &theirs] {
            let done = Command::new("sh").arg(corpus.join("repos/open.sh")).arg(graph).arg(repo).output()?;
            if !done.status.success() {
                return Ok(None);
            }
        }
        for slot in &mut best[..2] {
            let mut command = program(env!("CARGO_BIN_EXE_git-bench"), &ours, folder.path());
            command.arg("import").args(args).stdout(Stdio::null());
            *slot = timed(&mut command)?.min(*slot);
        }
        if turn == 0 {
            std::fs::write(&stream, notes_stream(&ours).map_err(|e| io::Error::other(e.chain()))?)?;
        }
        let mut command = program("git", &theirs, folder.path());
        command.args(["fast-import", "--quiet"]).stdin(File::open(&stream)?);
        best[2] = timed(&mut command)?.min(best[2]);
    }
    Ok(Some(best))
}

fn program(name: &str, repo: &Path, home: &Path) -> Command {
    let mut command = Command::new(name);
    command.current_dir(repo).env("HOME", home).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_NO_LAZY_FETCH", "1");
    command.stderr(Stdio::null());
    command
}

fn timed(command: &mut Command) -> io::Result<Duration> {
    let start = Instant::now();
    let status = command.status()?;
    let time = start.elapsed();
    if status.success() { Ok(time) } else { Err(io::Error::other(format!("{command:?} fails"))) }
}

/// The notes as one commit for `git fast-import`, at the paths where they lie.
fn notes_stream(repo: &Path) -> git_bench::Result<Vec<u8>> {
    let repo = Repo::at(repo)?;
    let notes = Notes::of_ref(&repo, "refs/notes/bench")?;
    let mut stream = b"commit refs/notes/bench\ncommitter A <a@b> 0 +0000\ndata 0\n".to_vec();
    for (object, blobs) in notes.list()? {
        let hex = object.to_string();
        for blob in blobs {
            let bytes = notes.blob(blob)?;
            let head = format!("M 100644 inline {}/{}\ndata {}\n", &hex[..2], &hex[2..], bytes.len());
            stream.extend_from_slice(head.as_bytes());
            stream.extend_from_slice(&bytes);
            stream.push(b'\n');
        }
    }
    stream.extend_from_slice(b"done\n");
    Ok(stream)
}
