//! What of a command line is kept: no secrets, no home, no folders of this build.

use std::path::Path;

use git_bench::measure::{Private, hide_secrets};

use crate::cli::context::Context;

/// Longest name of a benchmark that comes from a command line, in characters.
const LONGEST: usize = 200;

/// Cleans command lines.
pub(crate) struct Names {
    private: Private,
    /// Folders of this machine and what stands for them.
    folders: Vec<(String, &'static str)>,
}

impl Names {
    /// The rules of this repository, machine and user.
    pub(crate) fn of(context: &Context) -> Self {
        let mut folders = Vec::new();
        let mut add = |path: &Path, by| {
            for path in [path.to_path_buf()].into_iter().chain(path.canonicalize()) {
                let text = path.to_string_lossy().trim_end_matches(['/', '\\']).to_owned();
                if text.len() > 1 && !folders.iter().any(|(known, _)| *known == text) {
                    folders.push((text, by));
                }
            }
        };
        if let Some(target) = context.variable("CARGO_TARGET_DIR").map(Path::new).filter(|path| path.is_absolute()) {
            add(target, "target");
        }
        if let Some(root) = context.repo().ok().and_then(|repo| repo.work_dir()) {
            add(root, ".");
        }
        Self { private: context.private(), folders }
    }

    /// The words of a command as they are recorded: the program without its folder where that is absolute, paths below the
    /// work tree relative to its root, secrets hidden.
    pub(crate) fn words(&self, argv: &[String]) -> Vec<String> {
        hide_secrets(argv).iter().enumerate().map(|(i, word)| self.word(word, i == 0)).collect()
    }

    fn word(&self, word: &str, program: bool) -> String {
        let word = self.text(word);
        match Path::new(&word).file_name() {
            Some(name) if program && (Path::new(&word).is_absolute() || word.starts_with('~')) => {
                name.to_string_lossy().into_owned()
            }
            _ => word,
        }
    }

    /// A text without secrets, folders of this build, home, host and user.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (folder, by) in &self.folders {
            text = without_folder(&text, folder, by);
        }
        self.private.clean(&text)
    }

    /// The name of a benchmark that is this command.
    pub(crate) fn label(&self, argv: &[String]) -> String {
        let words: Vec<String> = self.words(argv).iter().map(|word| quoted(word)).collect();
        shortened(&words.join(" "))
    }

    /// Whether a word names a place in this work tree.
    pub(crate) fn names_work_tree(&self, word: &str) -> bool {
        self.folders.iter().any(|(folder, by)| *by == "." && without_folder(word, folder, by) != *word)
    }
}

/// One line, not too long.
pub(crate) fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

/// A word as a shell would have to be given it.
fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || "_-./=:,+@%^{}[]*~".contains(c);
    if !word.is_empty() && word.chars().all(safe) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Replaces a folder where it begins a path: with `.` what lies in it becomes relative.
fn without_folder(text: &str, folder: &str, by: &str) -> String {
    let name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '\\');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(folder) {
        let after = &rest[at + folder.len()..];
        let begins = !rest[..at].chars().next_back().or_else(|| out.chars().next_back()).is_some_and(name);
        let below = after.strip_prefix(['/', '\\']);
        out.push_str(&rest[..at]);
        rest = match below {
            Some(below) if begins && by == "." && !below.is_empty() => below,
            Some(_) if begins => {
                out.push_str(by);
                after
            }
            None if begins && !after.chars().next().is_some_and(name) => {
                out.push_str(by);
                after
            }
            _ => {
                out.push_str(folder);
                after
            }
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_this_machine_stays() {
        let private = Private { home: Some("/data/al".into()), ..Private::default() };
        let names = Names { private, folders: vec![("/build/target".into(), "target"), ("/build".into(), ".")] };
        let label = |text: &[&str]| names.label(&text.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
        for (argv, want) in [
            (&["/usr/bin/python3", "/build/b.py", "/builds/x"][..], "python3 b.py /builds/x"),
            (&["./run", "--out=/build/o", "/build", "/build/"], "./run --out=o . ./"),
            (&["/build/target/release/app", "--data", "/data/al/x"], "target/release/app --data ~/x"),
            (&["/data/al/.cargo/bin/app", "--token", "t"], "app --token ***"),
            (&["sh", "-c", "cd /build/x &&\n  echo 'a'"], r"sh -c 'cd x && echo '\''a'\'''"),
        ] {
            assert_eq!(label(argv), want);
        }
        assert!(label(&["x".repeat(300).as_str()]).ends_with("x..."));
        assert!(names.names_work_tree("--in=/build/x") && !names.names_work_tree("/builds/x"));
    }
}
