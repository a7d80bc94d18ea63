//! Blocks of code in the pages: what is said to be JSON, TOML, YAML or shell must be.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use yaml_rust2::YamlLoader;

use super::pages::Block;

/// What is wrong with a block of code; `None` where nothing is, or its language is not checked.
pub fn fault(block: &Block) -> Option<String> {
    let text = block.text.as_str();
    match block.language.as_str() {
        "json" => serde_json::from_str::<Value>(text).err().map(|e| e.to_string()),
        "jsonl" => text.lines().find_map(|line| serde_json::from_str::<Value>(line).err()).map(|e| e.to_string()),
        "toml" => text.parse::<toml::Table>().err().map(|e| e.to_string()),
        "yaml" => YamlLoader::load_from_str(text).err().map(|e| e.to_string()),
        "sh" | "bash" => shell(text),
        // A session: what follows the prompts, with the lines that go on.
        "console" => shell(&commands(text)),
        _ => None,
    }
}

/// The commands of a session.
pub fn commands(text: &str) -> String {
    let mut out = String::new();
    let mut goes_on = false;
    for line in text.lines() {
        let command = line.strip_prefix("$ ").or_else(|| line.strip_prefix("> ").filter(|_| goes_on));
        if let Some(command) = command {
            out.push_str(command);
            out.push('\n');
        }
        goes_on = command.is_some();
    }
    out
}

/// What `bash -n` says, which reads and runs nothing.
fn shell(text: &str) -> Option<String> {
    let mut bash = Command::new("bash");
    let mut child = bash.arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("bash is there");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("bash reads");
    let output = child.wait_with_output().expect("bash ends");
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}
