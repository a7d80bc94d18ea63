//! What the arguments of pytest say.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cli::context::Context;

/// Options of pytest whose value is the next word.
const WITH_VALUE: &[&str] = &[
    "-k",
    "-m",
    "-p",
    "-c",
    "-n",
    "-o",
    "-W",
    "-r",
    "--rootdir",
    "--confcutdir",
    "--basetemp",
    "--ignore",
    "--deselect",
    "--durations",
    "--maxfail",
    "--tb",
    "--junitxml",
    "--junit-xml",
    "--json-report-file",
    "--benchmark-json",
    "--benchmark-group-by",
    "--benchmark-columns",
    "--benchmark-sort",
    "--timeout",
    "--cov",
];

/// The words behind the word `pytest` of a command: `pytest ...`, `python -m pytest ...`, `uv run pytest ...`.
pub(super) fn arguments(argv: &[String]) -> Option<&[String]> {
    let named = |word: &String| {
        matches!(Path::new(word).file_name().and_then(|name| name.to_str()), Some("pytest" | "py.test" | "pytest.exe"))
    };
    let at = argv.iter().take(6).position(named)?;
    let before = |word: &String| !matches!(word.as_str(), "sh" | "bash" | "echo" | "cat");
    argv[..at].iter().all(before).then(|| &argv[at + 1..])
}

/// The test path and the other arguments, as the seed's `execution` has them.
pub(super) fn execution(arguments: &[String]) -> (Option<String>, Vec<String>) {
    let (mut paths, mut others, mut value) = (Vec::new(), Vec::new(), false);
    for word in arguments {
        if !value && !word.starts_with('-') {
            paths.push(word.as_str());
        } else {
            others.push(word.clone());
        }
        value = !value && WITH_VALUE.contains(&word.as_str());
    }
    ((!paths.is_empty()).then(|| paths.join(" ")), others)
}

/// The value of an option: `--name=value` or `--name value`.
pub(super) fn value<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    arguments.iter().enumerate().find_map(|(i, word)| match word.strip_prefix(name)? {
        "" => arguments.get(i + 1).map(String::as_str),
        rest => rest.strip_prefix('='),
    })
}

/// Whether the pytest of this command has the plugin pytest-benchmark: its interpreter is asked.
pub(super) fn has_benchmark(context: &Context, argv: &[String]) -> bool {
    let Some(program) = argv.first() else { return false };
    let interpreter = if Path::new(program).file_name().is_some_and(|name| name.to_string_lossy().starts_with("python"))
    {
        vec![program.clone()]
    } else {
        match found(context, program).and_then(|path| first_line(&path)) {
            Some(words) => words,
            None => return false,
        }
    };
    let Some((program, words)) = interpreter.split_first() else { return false };
    let mut command = Command::new(program);
    command.args(words).args(["-c", "import pytest_benchmark"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Where a program is.
fn found(context: &Context, program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program));
    }
    std::env::split_paths(context.variable("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// The interpreter that a script names in its first line.
fn first_line(script: &Path) -> Option<Vec<String>> {
    let bytes = std::fs::read(script).ok()?;
    let line = bytes.split(|b| *b == b'\n').next()?.strip_prefix(b"#!")?;
    let words: Vec<String> = String::from_utf8_lossy(line).split_whitespace().map(str::to_owned).collect();
    words.iter().any(|word| word.contains("python")).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn arguments_are_told_apart() {
        let argv = words("python3 -m pytest tests/a tests/b.py::t -v --tb=short -k fast -n 4");
        let (path, others) = execution(arguments(&argv).unwrap());
        assert_eq!(path.as_deref(), Some("tests/a tests/b.py::t"));
        assert_eq!(others, words("-v --tb=short -k fast -n 4"));
        assert_eq!(arguments(&words("uv run pytest")), Some(&[][..]));
        assert_eq!(arguments(&words("sh pytest")), None);
        assert_eq!(value(&argv, "-k"), Some("fast"));
        assert_eq!(value(&argv, "--tb"), Some("short"));
        assert_eq!(value(&argv, "--t"), None);
    }
}
