//! Data that means harm: depth, length, keys that lead elsewhere, a pull request that chooses its judge.

use std::fs;

use serde_json::{Value, json};

use crate::{DATA, NO, Repo, Sandbox, USAGE, repo, result};

/// Where there is an index, it reads all notes.
const QUERY: &str = if cfg!(feature = "index") { "query" } else { "log" };

/// Puts this text into the note of HEAD by git itself.
fn plant(r: &Repo, text: impl AsRef<[u8]>) {
    let file = r.file("note", text);
    r.git_words(&["notes", "--ref=bench", "add", "-f", "-F", &file, "HEAD"]);
}

fn nested(open: &str, middle: &str, close: &str) -> String {
    const DEPTH: usize = 200_000;
    format!("{}{middle}{}", open.repeat(DEPTH), close.repeat(DEPTH))
}

#[test]
fn great_depth_is_refused_in_every_format_and_harmless_in_notes() {
    let r = repo();
    r.commit("one");
    for text in [
        nested("[", "", ""),
        nested("{\"a\":", "1", "}"),
        format!("{{\"benchmarks\":[{{\"name\":\"x\",\"latency_ms\":1,\"z\":{}}}]}}", nested("[", "", "]")),
        format!(
            "<testsuites>{}</testsuites>",
            nested("<testsuite>", "<testcase name=\"x\" time=\"1\"/>", "</testsuite>")
        ),
        nested("<a>", "", "</a>"),
    ] {
        r.bench("record -").stdin(text).run().code(DATA).tells("error: ");
    }
    r.write("bench.toml", format!("[bench]\nsuite = {}\n", nested("[", "", "]")));
    r.bench("config").run().fails(USAGE, "'bench.toml' is no valid TOML");
    fs::remove_file(r.path().join("bench.toml")).unwrap();
    for line in [nested("[", "", "]"), format!("{{\"v\":1,\"kind\":\"run\",\"x\":{}}}", nested("[", "", "]"))] {
        plant(&r, line);
        for words in ["show", "log", QUERY, "status", "prune -n --keep 1"] {
            assert!(matches!(r.bench(words).run().code, Some(0 | 3)), "{words}");
        }
        r.bench("fsck").run().code(DATA).says("a broken line");
        r.bench("record - --again").stdin(result(&[("a", 1.0)])).run().ok();
        r.bench("show").run().ok().says("1 ms");
    }
}

#[test]
fn a_very_long_line_is_kept_reported_and_read_in_bounded_memory() {
    const LENGTH: usize = 48 << 20;
    let r = repo();
    r.commit("one");
    r.record(&[("parse", 1.0)]);
    let line = r.note("HEAD").remove(0);
    let long = format!("{{\"v\":1,\"kind\":\"run\",\"id\":\"{}\"}}", "a".repeat(LENGTH));
    plant(&r, format!("{line}\n{long}\n"));
    // So much address space in all, in kB: the line some times over.
    let bounded = |words: &str| {
        let mut shell = r.sandbox.command("sh");
        let call = format!("ulimit -v {}; exec git-bench {words}", 10 * (LENGTH >> 10));
        let output = shell.current_dir(r.path()).args(["-c", &call]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), told)
    };
    let (code, out, told) = bounded("show");
    assert!(code == Some(0) && out.contains("1 ms") && told.contains("over the limit of"), "{out}{told}");
    for words in ["log", QUERY, "prune -n --keep 1", "status"] {
        let (code, out, told) = bounded(words);
        assert!(matches!(code, Some(0 | 3)), "{words}: {code:?}\n{out}{told}");
    }
    let (code, out, told) = bounded("fsck");
    assert!(code == Some(DATA) && out.contains("over the limit of"), "{code:?} {out}{told}");
    // It is kept byte for byte by a write.
    r.bench("record - --suite more").stdin(result(&[("parse", 2.0)])).run().ok();
    assert!(r.note("HEAD").contains(&long));
    // An input of one long line.
    let name = "b".repeat(LENGTH);
    let input = r.file("long.json", json!({"benchmarks": [{"name": name, "latency_ms": 1}]}).to_string());
    r.bench("record").arg(&input).run().fails(DATA, "over the limit of 10485760 of a note line");
}

#[test]
#[ignore = "two minutes in a debug build; run: cargo test --test cli hundred_megabytes -- --ignored"]
fn a_hundred_megabytes_of_samples_are_read_in_bounded_memory() {
    const COUNT: usize = 9_000_000;
    let r = repo();
    r.commit("one");
    // Eleven digits each; the sum of whole numbers is exact.
    let sample = |i: usize| 100_000_000 + i * 7919 % 1000;
    let mut text = String::with_capacity(12 * COUNT);
    let mut sum = 0;
    for i in 0..COUNT {
        sum += sample(i);
        text.push_str(if i == 0 { "" } else { "," });
        text.push_str(&format!("{}.0", sample(i)));
    }
    let json = format!(
        "{{\"benchmarks\":[{{\"name\":\"parse\",\"metrics\":{{\"time\":{{\"unit\":\"ns\",\"samples\":[{text}]}}}}}}]}}"
    );
    assert!(json.len() > 100_000_000, "{}", json.len());
    let limit = 32.0 * json.len() as f64;
    let file = r.file("large.json", json);
    // Its peak memory, by our own measure.
    r.bench("run -n 1 --suite peak --name peak -- git-bench record").arg(&file).run().ok();
    let runs: Vec<Value> = r.note("HEAD").iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let row = |suite: &str, metric: &str| {
        let run = runs.iter().find(|run| run["suite"] == suite).unwrap();
        run["m"].as_array().unwrap().iter().find(|row| row[1] == metric).unwrap().clone()
    };
    let (time, memory) = (row("default", "time"), row("peak", "memory"));
    assert_eq!((time[4].as_f64(), time[5].as_u64()), (Some(sum as f64 / COUNT as f64), Some(COUNT as u64)), "{time}");
    assert!(memory[2] == "B" && memory[4].as_f64().is_some_and(|bytes| bytes < limit), "{memory} of {limit}");
    // What is larger than the limit is refused before it is read; a hole in a file costs nothing.
    let huge = r.file("huge.json", "{");
    fs::File::options().write(true).open(&huge).unwrap().set_len(600 << 20).unwrap();
    r.bench("record").arg(&huge).run().fails(DATA, "holds 629145600 bytes, over the limit of 536870912");
}

#[test]
fn keys_that_lead_elsewhere_are_refused_by_name() {
    let sandbox = Sandbox::new();
    let r = sandbox.repo("work");
    r.commit("one");
    r.record(&[("parse", 1.0)]);
    let line: Value = serde_json::from_str(&r.note("HEAD")[0]).unwrap();
    let secret = r.file("secret.json", "{}");
    fs::create_dir(sandbox.path("shared")).unwrap();
    r.git(&format!("config bench.store.shared.url file://{}", sandbox.path("shared").display()));
    for key in [
        "../../../../etc/passwd",
        "daily/../../x.json",
        secret.as_str(),
        "/etc/passwd",
        "s3://other-bucket/x.json",
        "https://evil.example/x.json",
        "//evil.example/x.json",
        "gs:other/x.json",
        "a\\..\\b",
        "C:\\x",
        "daily/x\u{202e}.json",
        "daily/\u{1b}[31m.json",
        "",
    ] {
        for store in ["local", "shared"] {
            let mut hostile = line.clone();
            hostile["payload"]["key"] = key.into();
            hostile["payload"]["store"] = store.into();
            plant(&r, hostile.to_string() + "\n");
            let ran = r.bench("show --payload").run();
            assert!(!matches!(ran.code, Some(0)), "{key}: {}", ran.told());
            assert!(
                !ran.told().contains('\u{1b}') && !ran.told().contains('\u{202e}'),
                "{}",
                ran.told().escape_debug()
            );
            r.bench("fsck --payloads").run().code(DATA).says("1 payloads: 1 faults");
            r.bench("fsck --repair").run().code(DATA).says("1 faults");
            let ran = r.bench("prune -n --older-than 0d").at("2099-01-01T00:00:00Z").run().ok();
            assert!(ran.out().contains("stays: ") || ran.out().contains("none"), "{key}: {}", ran.told());
        }
        r.git("update-ref refs/bench/seen refs/notes/bench");
    }
    assert_eq!(fs::read(&secret).unwrap(), b"{}");
    for key in ["../x", "/x", "s3://b/x", "a/../../x"] {
        let call = r.bench("record - --again --key").arg(key).stdin(result(&[("parse", 2.0)]));
        let ran = call.run();
        assert!(matches!(ran.code, Some(DATA | USAGE)), "{key}: {}", ran.told());
    }
}

#[test]
fn a_link_in_a_shared_folder_leads_nowhere() {
    let sandbox = Sandbox::new();
    let r = sandbox.repo("work");
    r.git(&format!("remote add origin {}", sandbox.bare("remote").path().display()));
    let (shared, outside) = (sandbox.path("shared"), sandbox.path("outside"));
    fs::create_dir(&shared).unwrap();
    fs::create_dir(&outside).unwrap();
    r.git(&format!("config bench.store.shared.url file://{}", shared.display()));
    r.commit("one");
    std::os::unix::fs::symlink(&outside, shared.join("daily")).unwrap();
    r.record(&[("parse", 1.0)]);
    r.bench("push").run().code(crate::STORAGE).tells("no note was pushed");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0, "nothing was written through the link");
    fs::remove_file(shared.join("daily")).unwrap();
    r.bench("push").run().ok();
    // The file of a payload is a link to what others may not read.
    let key = r.run("HEAD")["payload"]["key"].as_str().unwrap().to_owned();
    let secret = r.file("secret", fs::read(shared.join(&key)).unwrap());
    fs::remove_file(shared.join(&key)).unwrap();
    std::os::unix::fs::symlink(&secret, shared.join(&key)).unwrap();
    r.bench("fsck --payloads").run().code(DATA).says("1 faults");
    r.bench("prune --older-than 0d").at("2099-01-01T00:00:00Z").run().ok();
    assert!(fs::exists(&secret).unwrap(), "prune deletes nothing behind a link");
}

#[test]
fn a_pull_request_does_not_choose_its_judge() {
    let sandbox = Sandbox::new();
    let remote = sandbox.bare("remote");
    let r = sandbox.repo("work");
    r.git(&format!("remote add origin {}", remote.path().display()));
    r.write("bench.toml", "[check]\nthreshold = \"5%\"\n");
    for i in 0..8 {
        r.measured(&format!("c{i}"), 1.0 + f64::from(i % 2) / 100.0);
    }
    r.git("push --quiet origin main");
    r.git("remote set-head origin main");
    r.git("switch --quiet --create evil");
    r.write(
        "bench.toml",
        "[bench]\nbase = \"evil\"\nenvironment = [\"none\"]\nref = \"refs/notes/other\"\nremote = \"evil\"\n\
         [check]\nthreshold = \"900%\"\nmissing = \"ok\"\nwindow = 1\nmethod = \"percent\"\ncommand = \"touch /tmp/owned\"\n\
         [notify]\nslack = \"https://evil.example\"\nwebhook = \"https://evil.example\"\n\
         [hook]\ncommand = \"touch owned\"\n\
         [[rule]]\nbenchmark = \"*\"\nthreshold = \"900%\"\nbetter = \"higher\"\n\
         [[store]]\nname = \"x\"\nurl = \"s3://evil\"\nendpoint = \"https://evil.example\"\n\
         [[store]]\nname = \"y\"\nurl = \"file:///tmp\"\n",
    );
    r.measured("evil", 3.0);
    let ran = r.bench("check --notify=always").run().code(NO).says("parse");
    for said in [
        "bench.ref",
        "bench.remote",
        "notify.slack",
        "notify.webhook",
        "'check.command'",
        "'hook'",
        "endpoint",
        "buckets only",
    ] {
        ran.err
            .lines()
            .find(|l| l.starts_with("warning: ") && l.contains(said))
            .unwrap_or_else(|| panic!("{said} is not said\n{}", ran.told()));
    }
    let ran = ran.tells("what counts is 'bench.toml' as it is on 'main' of 'origin'");
    assert!(!ran.told().contains("cannot tell"), "nobody was told: {}", ran.told());
    assert!(!fs::exists(r.path().join("owned")).unwrap());
}
