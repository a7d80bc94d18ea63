//! Where harnesses are installed, once, each by the client of its registry.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::tried;

/// The folder of a tool, made if need be.
pub fn tools(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ci-tools").join(name);
    fs::create_dir_all(&path).unwrap();
    path
}

/// Says that something is not to be had here.
pub fn missing(what: &str, why: &str) {
    assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "no {what}: {why}");
    eprintln!("skipped: no {what}: {why}");
}

/// The program of that name in a virtual environment with these packages from PyPI.
pub fn pip(program: &str, packages: &[&str]) -> Option<PathBuf> {
    let venv = tools(&format!("venv-{}", packages[0]));
    let file = venv.join("bin").join(program);
    // Written last: a broken installation is made anew.
    let done = venv.join("done");
    if !done.exists() {
        let made = tried(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv)).and_then(|_| {
            let mut pip = Command::new(venv.join("bin/pip"));
            tried(pip.args(["install", "-q", "--disable-pip-version-check"]).args(packages))
        });
        if let Err(why) = made {
            missing(packages[0], &why);
            return None;
        }
        fs::write(done, "").unwrap();
    }
    assert!(file.exists(), "{} is not in {packages:?}", file.display());
    Some(file)
}

/// A folder with a package from npm in it.
pub fn npm(package: &str) -> Option<PathBuf> {
    let folder = tools(package);
    if !folder.join("node_modules").join(package).exists() {
        fs::write(folder.join("package.json"), "{\"private\":true,\"type\":\"module\"}").unwrap();
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-fund", "--no-audit", package]).current_dir(&folder);
        if let Err(why) = tried(&mut npm) {
            missing(package, &why);
            return None;
        }
    }
    Some(folder)
}

/// A program from crates.io: of the first of these versions (`*` = the newest) that this compiler builds.
pub fn cargo(program: &str, versions: &[&str]) -> Option<PathBuf> {
    let root = tools(program);
    let file = root.join("bin").join(program);
    let install = |version: &&str| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["install", "-q", "--debug", "--locked", program, "--version", version, "--root"]).arg(&root);
        tried(cargo.arg("--target-dir").arg(root.join("target")))
    };
    let built = || {
        let mut why = String::new();
        versions.iter().any(|version| install(version).map_err(|error| why = error).is_ok()).then_some(()).ok_or(why)
    };
    if !file.exists()
        && let Err(why) = built()
    {
        missing(program, &why);
        return None;
    }
    // What it was built from is large.
    fs::remove_dir_all(root.join("target")).ok();
    Some(file)
}

/// A package with one `benches/b.rs`, and a harness from crates.io as its only dependency; the version is settled once.
pub fn package(harness: &str, dependency: &str, optimised: u8, bench: &str) -> PathBuf {
    let folder = tools(&format!("package-{harness}"));
    fs::create_dir_all(folder.join("benches")).unwrap();
    fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"words\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dev-dependencies]\n{harness} = {dependency}\n\n\
         [[bench]]\nname = \"b\"\nharness = false\n\n[profile.bench]\nopt-level = {optimised}\ndebug = 1\n\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("src/lib.rs"), "").unwrap();
    fs::write(folder.join("benches/b.rs"), bench).unwrap();
    folder
}
