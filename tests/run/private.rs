//! What never leaves the machine.

use std::fs;

use crate::sandbox::{PYTEST, Sandbox};

#[test]
fn nothing_secret_is_kept() {
    let mut sandbox = Sandbox::new();
    sandbox.variables.push(("MY_API_KEY".into(), "hunter2222".into()));
    sandbox.variables.push(("USER".into(), "caroline".into()));
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned();
    let home = sandbox.home().join("data/x").display().to_string();
    let inside = sandbox.root().join("a.txt").display().to_string();
    let script = "cat \"$3\" > /dev/null; true";
    let words =
        ["--token=hunter1111", &home, &inside, "https://u:hunter3333@example.com/", &host, "/tmp/of/caroline/y"];
    let args: Vec<&str> = ["run", "-n", "2", "--", "sh", "-c", script].into_iter().chain(words).collect();
    sandbox.ends(0, &args);
    // The harness repeats what it was given.
    sandbox.write("out.json", &PYTEST.replace("test_a", "test_a[hunter1111]").replace("lab-host", "hunter2222"));
    let args: Vec<&str> =
        ["run", "--from", "auto", "--", "sh", "-c", "cat out.json; exit 0"].into_iter().chain(words).collect();
    sandbox.ends(0, &args);
    let kept = sandbox.kept();
    let root = sandbox.root().display().to_string();
    for secret in ["hunter", &*sandbox.home().display().to_string(), &root, "caroline"] {
        assert!(!kept.contains(secret), "{secret} in {kept}");
    }
    assert!(kept.contains("--token=***") && kept.contains("~/data/x a.txt"), "{kept}");
    let common = ["localhost", ""].contains(&&*host) || host.len() < 3;
    assert!(common || !kept.contains(&format!("/ {host} /")), "{host} in {kept}");
}

#[test]
fn patterns_are_hidden_everywhere() {
    let sandbox = Sandbox::new();
    sandbox.git(&["checkout", "-q", "-b", "acme-branch"]);
    let commit = sandbox.commit("for acme-corp", &[("b.txt", "b")]);
    sandbox.write("out.json", &PYTEST.replace("test_a", "test_acme-corp").replace("lab-host", "acme-\\u0068ost"));
    sandbox.write("notes.txt", "by acme-labs\n");
    let record = ["record", "out.json", "--redact", "acme*", "--attach", "notes.txt", "--meta", "k=acme-meta"];
    sandbox.ends(0, &record);
    let run = ["run", "-n", "1", "--redact", "acme*", "--suite", "s", "--", "sh", "-c", "true", "acme-run"];
    sandbox.ends(0, &run);
    let kept = sandbox.kept();
    assert!(!kept.contains("acme"), "{kept}");
    assert!(kept.contains("by ***") && kept.contains("test_***") && kept.contains(&commit), "{kept}");
    let (_, err) = sandbox.ends(2, &["record", "out.json", "--redact", "**"]);
    assert!(err.contains("would hide everything"), "{err}");
}
