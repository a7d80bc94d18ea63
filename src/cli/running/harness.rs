//! Where a wrapped harness leaves its results.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use git_bench::import::importer;
use git_bench::{Error, Result};

use super::pytest;
use crate::cli::context::Context;

/// A place where results are looked for after the harness has ended.
pub(super) struct Source {
    /// The reader; `None` = by content.
    pub(super) format: Option<String>,
    /// The file or folder.
    pub(super) path: PathBuf,
    /// A file that the harness was told to write into a folder of ours: it may be absent or empty.
    pub(super) ours: bool,
    /// When it was last changed before.
    before: Option<SystemTime>,
}

impl Source {
    fn new(format: Option<&str>, path: &Path, ours: bool) -> Self {
        Self { format: format.map(str::to_owned), path: path.to_owned(), ours, before: newest(path, 0) }
    }

    /// Whether the harness wrote it.
    pub(super) fn written(&self) -> bool {
        newest(&self.path, 0).is_some_and(|now| self.before.is_none_or(|before| now > before))
    }
}

/// How a harness is run.
pub(super) struct Harness {
    /// The command, completed.
    pub(super) argv: Vec<String>,
    /// Where its results are; none = it prints them.
    pub(super) sources: Vec<Source>,
    /// The reader of what it prints; `None` = by content.
    pub(super) format: Option<String>,
    folder: Option<PathBuf>,
}

impl Harness {
    /// Looks at the command: where it is told to write results, or, for pytest and hyperfine, tells it.
    ///
    /// # Errors
    /// Usage: an unknown format.
    pub(super) fn of(context: &Context, from: &str, command: &[String], output: Option<&Path>) -> Result<Self> {
        let format = match from {
            "auto" | "pytest" => None,
            name => Some(importer(name)?.name()),
        };
        let mut harness =
            Self { argv: command.to_vec(), sources: Vec::new(), format: format.map(str::to_owned), folder: None };
        if let Some(path) = output {
            harness.sources.push(Source::new(format, path, false));
        } else if let Some(arguments) = pytest::arguments(command) {
            harness.of_pytest(context, from, arguments)?;
        } else if from == "hyperfine" || (from == "auto" && program(command) == "hyperfine") {
            match pytest::value(command, "--export-json") {
                Some(path) => harness.sources.push(Source::new(Some("hyperfine"), Path::new(path), false)),
                None if program(command) == "hyperfine" => {
                    let file = harness.file(context, "hyperfine.json")?;
                    harness.argv.splice(1..1, ["--export-json".to_owned(), file.display().to_string()]);
                    harness.sources.push(Source::new(Some("hyperfine"), &file, true));
                }
                None => {}
            }
        }
        Ok(harness)
    }

    fn of_pytest(&mut self, context: &Context, from: &str, arguments: &[String]) -> Result<()> {
        let wanted = |format: &str| matches!(from, "auto" | "pytest") || from == format;
        for (option, format) in [
            ("--benchmark-json", "pytest-benchmark"),
            ("--json-report-file", "pytest-json-report"),
            ("--junitxml", "junit"),
            ("--junit-xml", "junit"),
        ] {
            if let Some(path) = pytest::value(arguments, option).filter(|_| wanted(format)) {
                self.sources.push(Source::new(Some(format), Path::new(path), false));
            }
        }
        if !self.sources.is_empty() {
            return Ok(());
        }
        let asked = from == "pytest-benchmark";
        if asked || (wanted("pytest-benchmark") && pytest::has_benchmark(context, &self.argv)) {
            self.told(context, "--benchmark-json", "pytest-benchmark", "benchmark.json")?;
        }
        if wanted("junit") {
            self.told(context, "--junit-xml", "junit", "junit.xml")?;
        }
        Ok(())
    }

    /// Tells the harness to write a file.
    fn told(&mut self, context: &Context, option: &str, format: &str, name: &str) -> Result<()> {
        let file = self.file(context, name)?;
        self.argv.push(format!("{option}={}", file.display()));
        self.sources.push(Source::new(Some(format), &file, true));
        Ok(())
    }

    /// A file in a folder of ours that is gone afterwards.
    fn file(&mut self, context: &Context, name: &str) -> Result<PathBuf> {
        if self.folder.is_none() {
            let unique = format!("run-{:08x}", uuid::Uuid::new_v4().as_u128() as u32);
            let folder = context.repo()?.bench_dir().join(unique);
            let folder = std::path::absolute(&folder).unwrap_or(folder);
            std::fs::create_dir_all(&folder)
                .map_err(|e| Error::data(format!("cannot make the folder '{}'", folder.display())).because(e))?;
            self.folder = Some(folder);
        }
        Ok(self.folder.iter().map(|folder| folder.join(name)).collect())
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

fn program(command: &[String]) -> String {
    let name = command.first().and_then(|word| Path::new(word).file_stem());
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// When a file, or the newest file in a folder, was last changed.
fn newest(path: &Path, depth: usize) -> Option<SystemTime> {
    let facts = std::fs::metadata(path).ok()?;
    if !facts.is_dir() {
        return facts.modified().ok();
    }
    if depth > 16 {
        return None;
    }
    std::fs::read_dir(path).ok()?.flatten().filter_map(|entry| newest(&entry.path(), depth + 1)).max()
}
