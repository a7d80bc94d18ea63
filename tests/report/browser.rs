//! The page in headless Chromium, driven by playwright-core. `.ci/servers install` fetches both; without them these tests pass
//! over it with a line that says so, and fail with `CI=true`.

// Skips are said on standard error.
#![allow(clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::sandbox::{INJECTED, history};

/// A browser and what drives it.
pub struct Browser {
    chromium: PathBuf,
    playwright: PathBuf,
}

impl Browser {
    /// What `.ci/servers` names, else what it has fetched here; `None`, with a word, where one of the two is missing.
    pub fn find() -> Option<Self> {
        let named = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ci-tools/browser/node_modules/playwright-core");
        let playwright = named("GIT_BENCH_TEST_PLAYWRIGHT").unwrap_or(tools);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let installed = || {
            let names = ["chromium", "chromium-browser", "google-chrome"];
            std::env::split_paths(&path).flat_map(|folder| names.map(|n| folder.join(n))).find(|file| file.is_file())
        };
        let chromium = named("GIT_BENCH_TEST_CHROMIUM").or_else(installed);
        if let Some(chromium) = chromium.filter(|_| playwright.is_dir()) {
            return Some(Self { chromium, playwright });
        }
        let must = std::env::var("CI").is_ok_and(|ci| ci == "true");
        let how = "apt-get install -y chromium, then .ci/servers install";
        assert!(!must, "no browser: {how}");
        eprintln!("skipped: no browser: {how}");
        None
    }
}

/// Opens the page and holds it against what is wanted (`drive.mjs` says what can be); gives what was found.
#[track_caller]
pub fn expect(browser: &Browser, page: &Path, mode: &str, wanted: &Value) -> Value {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    std::fs::create_dir_all(&kept).unwrap();
    let task = json!({
        "playwright": browser.playwright, "chromium": browser.chromium, "page": page, "kept": kept, "mode": mode, "wanted": wanted,
    });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report/drive.mjs");
    let done = Command::new("node").arg(script).arg(task.to_string()).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{out}\n{err}");
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}\n{err}"))
}

#[test]
fn the_page_works_in_a_browser() {
    let sandbox = history();
    let page = sandbox.page(0, &[]);
    let Some(browser) = Browser::find() else { return };
    let head = sandbox.git(&["rev-parse", "main"]);
    let wanted = json!({
        "head": head, "link": format!("https://github.com/example/widgets/commit/{head}"), "names": INJECTED,
        "machines": ["runner-a", "runner-b"], "author": "Ada", "accepted": "order matters more",
    });
    let found = expect(&browser, &page, "whole", &wanted);
    for picture in ["light", "dark"] {
        let file = PathBuf::from(found[picture].as_str().unwrap());
        assert!(file.metadata().unwrap().len() > 10_000, "{}", file.display());
    }
}

#[test]
fn a_comparison_leads_to_its_charts() {
    let sandbox = history();
    let page = sandbox.page(0, &["main..feature"]);
    let Some(browser) = Browser::find() else { return };
    expect(&browser, &page, "comparison", &json!({"name": "parse/large"}));
}
