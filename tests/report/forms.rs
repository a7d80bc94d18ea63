//! The forms of the report beside the page: JSON, Markdown, SVG, a badge, release notes, a folder.

use crate::sandbox::{Sandbox, history, holds, read};

#[test]
fn the_facts_are_those_of_the_history() {
    let sandbox = history();
    let json = sandbox.json(&[]);
    let branches = json["branches"].as_array().unwrap();
    let names: Vec<_> = branches.iter().map(|b| b["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["main", "feature"]);
    assert_eq!(json["title"], "widgets");
    assert_eq!(json["commit_url"], "https://github.com/example/widgets/commit/");
    assert_eq!(json["commits"].as_array().unwrap().len(), 33, "commits of both branches stand once");
    let labels: Vec<_> = json["machines"].as_array().unwrap().iter().map(|m| m["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["runner-a", "runner-b"]);
    let main = &branches[0];
    assert_eq!(main["walked"], 30);
    let series = main["series"].as_array().unwrap();
    let parse = series.iter().find(|s| s["benchmark"] == "parse/large" && s["machine"] == 0).unwrap();
    assert_eq!(parse["values"].as_array().unwrap().len(), 30);
    assert_eq!((&parse["n"][3], &parse["stddev"][3], &parse["runs"][3]), (&30.into(), &0.0001.into(), &1.into()));
    let step = &parse["changes"][0];
    assert_eq!((&step["index"], &step["verdict"], &step["accepted"]), (&12.into(), &"regression".into(), &0.into()));
    assert_eq!(main["accepted"][0]["reason"], "order matters more");
    let print = series.iter().find(|s| s["benchmark"] == "print").unwrap();
    let step = &print["changes"][0];
    assert_eq!((&step["index"], &step["verdict"]), (&18.into(), &"regression".into()));
    assert!(step["accepted"].is_null());
    let only = sandbox.json(&["main", "-n", "5", "--", "print"]);
    assert_eq!(only["branches"][0]["series"].as_array().unwrap().len(), 1);
    assert_eq!(only["branches"][0]["commits"].as_array().unwrap().len(), 5);
}

#[test]
fn markdown_names_what_changed_and_escapes_names() {
    let sandbox = history();
    let text = sandbox.ends(0, &["report", "main", "--format", "md"]).out;
    holds(&text, &["## widgets", "## main", "30 of 30 commits measured", "print time", "accepted: order matters more"]);
    assert_eq!(text.matches("<img").count(), text.matches("`<img").count(), "HTML stands in code only: {text}");
}

#[test]
fn a_release_is_compared_with_the_tag_before_it() {
    let sandbox = history();
    let text = sandbox.ends(0, &["report", "--release", "v2", "--format", "md"]).out;
    holds(&text, &["v2 since v1", "regression", "print", "parse/large"]);
    assert!(!text.contains("## v2\n"), "the text for release notes has no histories");
    holds(&read(&sandbox.page(0, &["--release", "v2"])), &["<h2>Comparison</h2>", "v2 since v1"]);
    let first = sandbox.ends(3, &["report", "--release", "v1"]);
    holds(&first.err, &["there is no tag before 'v1'", "hint: git bench report A..B"]);
    holds(&sandbox.ends(2, &["report", "--release", "main"]).err, &["'main' is no tag", "hint: git tag"]);
}

#[test]
fn a_release_without_runs_says_whose_runs_it_shows() {
    let sandbox = Sandbox::new();
    sandbox.commit("one");
    sandbox.git(&["tag", "v1"]);
    sandbox.commit("two");
    sandbox.git(&["tag", "v2"]);
    assert!(sandbox.bench(&["report", "--release", "v2"]).err.contains("hint: "), "nothing was measured at all");
    sandbox.record("a", &[("x", 1.0, 0.1, 5)]);
    let nothing = sandbox.ends(3, &["report", "--release", "v2", "--format", "md"]);
    holds(&nothing.err, &["error: "]);
    sandbox.git(&["checkout", "-q", "v1"]);
    sandbox.record("a", &[("x", 1.0, 0.1, 5)]);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.commit("three");
    sandbox.git(&["tag", "v3"]);
    let text = sandbox.ends(0, &["report", "--release", "v3", "--format", "md"]).out;
    holds(&text, &["v3 since v2", "the nearest that was measured"]);
}

#[test]
fn two_revisions_stand_above_the_charts() {
    let sandbox = history();
    let page = read(&sandbox.page(0, &["main..feature"]));
    holds(&page, &["<h2>Comparison</h2>", "improvement", "main..feature"]);
    let json = sandbox.json(&["main..feature"]);
    assert_eq!(json["changes"]["command"], "diff");
    assert_eq!(json["branches"][0]["name"], "feature");
    holds(&sandbox.ends(2, &["report", "a..b", "c..d"]).err, &["one range only", "hint: git bench report A..B"]);
}

#[test]
#[cfg(feature = "index")]
fn platforms_stand_above_the_charts() {
    let sandbox = history();
    let args = ["--platform", "machine=runner-a", "--platform", "machine=runner-b"];
    holds(&read(&sandbox.page(0, &args)), &["<h2>Platforms</h2>", "runner-b"]);
    assert_eq!(sandbox.json(&args)["platforms"]["command"], "compare");
    let one = sandbox.ends(2, &["report", "--platform", "machine=runner-a"]);
    holds(&one.err, &["two platforms are needed", "hint: git bench report --platform A --platform B"]);
}

#[test]
fn pictures_are_whole_and_harmless() {
    let sandbox = history();
    let svg = sandbox.ends(0, &["report", "main", "--svg"]).out;
    holds(&svg, &["<svg xmlns", "<polyline", "class=\"b\"", "class=\"n\"", "print time", "prefers-color-scheme"]);
    let badge = sandbox.ends(0, &["report", "main", "--badge"]).out;
    holds(&badge, &["<svg xmlns", "1 regression in 20 commits"]);
    let one = sandbox.ends(0, &["report", "main", "--badge", "--", "print"]).out;
    holds(&one, &["print time", " ms"]);
    let hostile = sandbox.ends(0, &["report", "main", "--badge", "--", "<img*"]).out;
    for picture in [&svg, &badge, &one, &hostile] {
        assert!(!picture.contains("<img") && !picture.contains("<script"), "{picture}");
        quick(picture);
    }
}

/// Every element that is opened is closed.
fn quick(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in svg.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(name), "{svg}"),
            (_, true) => {}
            _ => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_folder_gets_an_index_and_other_formats_go_there_too() {
    let sandbox = history();
    let folder = sandbox.path("site/");
    sandbox.ends(0, &["report", "--out", &format!("{}/", folder.display())]);
    let page = read(&folder.join("index.html"));
    holds(&page, &["<!doctype html>", "Content-Security-Policy", "default-src 'none'"]);
    assert!(!page.contains("src=\"http") && !page.contains("href=\"http"), "nothing comes from elsewhere");
    let on_stdout = sandbox.ends(0, &["report"]).out;
    assert_eq!(on_stdout.len(), page.len());
    let file = sandbox.path("notes.md");
    sandbox.ends(0, &["report", "--format", "md", "--out", file.to_str().unwrap()]);
    holds(&read(&file), &["## widgets"]);
    let nowhere = sandbox.ends(4, &["report", "--out", "/nowhere/page.html"]);
    holds(&nowhere.err, &["cannot write '/nowhere/page.html'", "hint: "]);
    holds(&sandbox.ends(2, &["report", "--format", "pdf"]).err, &["unknown format 'pdf'"]);
}
