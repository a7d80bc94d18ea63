//! GitHub Actions: the workflows' jobs, step by step, and the composite action.

use std::collections::BTreeMap;

use serde_json::json;

use crate::forge::Depth;
use crate::shell::Ended;
use crate::yaml::{Yaml, entries, recipe, scalar};
use crate::{DONE, Forge, Job, Stub};

/// What `${{ ... }}` is, by its words.
type Words = BTreeMap<String, String>;

/// One run of a job.
struct Run<'f> {
    job: Job,
    words: Words,
    forge: &'f Forge,
}

impl<'f> Run<'f> {
    /// A checkout at a ref, with the variables and contexts of an event.
    fn new(forge: &'f Forge, name: &str, reference: &str, depth: Depth) -> Self {
        let repo = forge.checkout(name, reference, depth);
        let pull = reference.strip_prefix("refs/pull/").and_then(|rest| rest.split('/').next());
        let short = reference.rsplit_once('/').map_or(reference, |(_, name)| name);
        let mut event = json!({"repository": {"default_branch": "main"}});
        if let Some(number) = pull {
            let head = forge.remote.id(&format!("refs/pull/{number}/head"));
            event["pull_request"] = json!({"number": number.parse::<u64>().unwrap(), "base": {"ref": "main"},
                "head": {"sha": head, "ref": format!("topic-{number}")}});
        }
        let (event_path, sha) = (repo.file(&format!("{name}.json"), event.to_string()), repo.id("HEAD"));
        let summary = repo.file(&format!("{name}.summary"), "");
        let output = repo.file(&format!("{name}.output"), "");
        let event_name = if pull.is_some() { "pull_request" } else { "push" };
        let mut variables = vec![
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", event_name),
            ("GITHUB_REF", reference),
            ("GITHUB_SHA", &sha),
            ("GITHUB_EVENT_PATH", &event_path),
            ("GITHUB_ACTOR", "octocat"),
            ("GITHUB_STEP_SUMMARY", &summary),
            ("GITHUB_OUTPUT", &output),
        ];
        if pull.is_some() {
            variables.push(("GITHUB_BASE_REF", "main"));
        }
        let job = Job::new(repo, &variables);
        let words = [
            ("github.event_name", event_name),
            ("github.event.number", pull.unwrap_or_default()),
            ("github.event.workflow_run.event", "pull_request"),
            ("github.ref_name", short),
            ("github.repository", "owner/name"),
            ("github.token", "a-token"),
        ];
        let words = words.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Self { job, words, forge }
    }

    /// One operand of an expression: a text in quotes, or a name that is known.
    fn operand(&self, text: &str) -> String {
        let text = text.trim();
        match text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            Some(quoted) => quoted.to_owned(),
            None => self.words.get(text).unwrap_or_else(|| panic!("'{text}' is not known here")).clone(),
        }
    }

    fn value(&self, expression: &str) -> String {
        match expression.split_once("==") {
            Some((a, b)) => (self.operand(a) == self.operand(b)).to_string(),
            None => self.operand(expression),
        }
    }

    /// A text with its `${{ ... }}` filled in.
    fn fill(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${{") {
            let (expression, tail) = after.split_once("}}").unwrap_or_else(|| panic!("an open expression: {text}"));
            out.push_str(before);
            out.push_str(&self.value(expression.trim()));
            rest = tail;
        }
        out + rest
    }

    /// Runs the steps, after a failure only those that always run; gives how it ended.
    fn steps(&mut self, steps: &Yaml) -> Ended {
        let mut ended = Ended { code: 0, text: String::new() };
        for step in steps.as_vec().expect("steps") {
            let condition = scalar(&step["if"]);
            let wanted = match condition.as_str() {
                "" => ended.code == 0,
                "always()" => true,
                other => ended.code == 0 && self.value(other) == "true",
            };
            if !wanted {
                continue;
            }
            let more: Vec<(String, String)> =
                entries(&step["env"]).into_iter().map(|(name, value)| (name, self.fill(&value))).collect();
            let uses = scalar(&step["uses"]);
            let now = match uses.split('@').next().unwrap_or_default() {
                "" => {
                    // What a step says in expressions must reach its shell by the environment alone.
                    let script = scalar(&step["run"]);
                    assert!(!script.contains("${{"), "an expression in shell: {script}");
                    let shell = if scalar(&step["shell"]) == "bash" { "-eo" } else { "-e" };
                    let words =
                        if shell == "-eo" { vec!["bash", "-eo", "pipefail", "-c"] } else { vec!["bash", "-e", "-c"] };
                    self.job.shell(&words, &script, &more)
                }
                // The checkout was made already; the rest needs a network.
                "actions/checkout" | "aws-actions/configure-aws-credentials" => Ended { code: 0, text: String::new() },
                "actions/upload-artifact" => self.upload(&scalar(&step["with"]["path"])),
                "actions/download-artifact" => self.download(),
                other if other.ends_with("/docs/ci/action") => self.action(&step["with"]),
                other => panic!("what is '{other}'?"),
            };
            ended.text.push_str(&now.text);
            if ended.code == 0 {
                ended.code = now.code;
            }
        }
        ended
    }

    fn upload(&self, paths: &str) -> Ended {
        let folder = self.forge.sandbox.path("artifact");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for name in paths.split_whitespace() {
            let _ = std::fs::copy(self.job.repo.path().join(name), folder.join(name));
        }
        Ended { code: 0, text: String::new() }
    }

    fn download(&self) -> Ended {
        for entry in std::fs::read_dir(self.forge.sandbox.path("artifact")).unwrap().flatten() {
            std::fs::copy(entry.path(), self.job.repo.path().join(entry.file_name())).unwrap();
        }
        Ended { code: 0, text: String::new() }
    }

    /// Runs the composite action with these inputs.
    fn action(&mut self, with: &Yaml) -> Ended {
        let action = recipe("action/action.yml");
        let given: BTreeMap<String, String> = entries(with).into_iter().collect();
        let Yaml::Hash(inputs) = &action["inputs"] else { panic!("inputs") };
        for name in given.keys() {
            assert!(!action["inputs"][name.as_str()].is_badvalue(), "the action has no input '{name}'");
        }
        for (name, input) in inputs {
            let name = scalar(name);
            let value = given.get(&name).map_or_else(|| scalar(&input["default"]), |value| self.fill(value));
            self.words.insert(format!("inputs.{name}"), value);
        }
        self.steps(&action["runs"]["steps"])
    }

    /// Runs a job of a workflow, if it is for this event.
    fn run(&mut self, file: &str, job: &str) -> Ended {
        let workflow = recipe(file);
        let job = &workflow["jobs"][job];
        let condition = scalar(&job["if"]);
        assert!(condition.is_empty() || self.value(&condition) == "true", "{file} is not for this event");
        self.steps(&job["steps"])
    }
}

const RECORD: &str = "--platform machine=ubuntu-latest";

#[test]
fn main_is_recorded_and_shared() {
    let forge = Forge::new(RECORD);
    let cargo = Stub::new(&forge.sandbox, "cargo");
    for (name, depth) in [("full", Depth::Full), ("shallow", Depth::One)] {
        let id = forge.land(name, 100.1);
        let mut run = Run::new(&forge, name, "refs/heads/main", depth);
        run.run("github/bench.yml", "record").is(DONE);
        let runs = forge.runs(&id);
        assert_eq!(runs.len(), 1, "{name}");
        assert_eq!((&runs[0]["branch"], &runs[0]["channel"]), (&json!("main"), &json!("daily")), "{name}");
        assert_eq!(runs[0]["env"]["machine"], "ubuntu-latest", "{name}");
        assert!(cargo.calls()[0].starts_with("install --locked --git"), "{name}");
        // A job that is tried again adds nothing.
        let before = forge.refs();
        run.run("github/bench.yml", "record").is(DONE);
        assert_eq!(forge.refs(), before, "{name}");
    }
    assert!(!forge.refs().contains("bench-incoming"), "the notes were fetched first, so they are merged");
}

#[test]
fn a_regression_on_main_fails_the_job_but_is_shared() {
    let forge = Forge::new(RECORD);
    let _cargo = Stub::new(&forge.sandbox, "cargo");
    let id = forge.land("slow", 200.0);
    let ended = Run::new(&forge, "job", "refs/heads/main", Depth::One).run("github/bench.yml", "record").is(1);
    assert!(ended.text.contains("regression"), "{}", ended.text);
    assert_eq!(forge.runs(&id).len(), 1);
}

#[test]
fn a_pull_request_is_checked_and_gets_one_comment() {
    let forge = Forge::new(RECORD);
    let _cargo = Stub::new(&forge.sandbox, "cargo");
    let gh = Stub::new(&forge.sandbox, "gh");
    forge.pull(7, 200.0);
    // The base went on meanwhile.
    for (name, depth) in [("full", Depth::Full), ("shallow", Depth::One)] {
        let before = forge.refs();
        let mut run = Run::new(&forge, name, "refs/pull/7/merge", depth);
        let ended = run.run("github/bench.yml", "check").is(1);
        assert!(ended.text.contains("::error"), "annotations: {}", ended.text);
        assert_eq!(forge.refs(), before, "nothing is pushed: a fork could not");
        let comment = run.job.read("comment.md");
        assert!(comment.contains("regression") && comment.ends_with("<!-- git-bench check -->\n"), "{comment}");
        assert!(!comment.contains("error:"), "{comment}");
        let summary = run.job.variables.iter().find(|(name, _)| name == "GITHUB_STEP_SUMMARY").unwrap().1.clone();
        assert_eq!(std::fs::read_to_string(summary).unwrap(), comment);
        // The second workflow has a checkout of nothing, only the artifact.
        let mut second = Run::new(&forge, &format!("{name}-comment"), "refs/heads/main", Depth::One);
        gh.answers("");
        second.run("github/bench-comment.yml", "comment").is(DONE);
        let calls = gh.calls();
        assert!(calls[0].contains("repos/owner/name/issues/7/comments") && calls[0].contains("--jq"), "{calls:?}");
        assert_eq!(calls[1], "api repos/owner/name/issues/7/comments -F body=@comment.md");
        assert_eq!(gh.body(), comment);
        // The next run updates it.
        gh.answers("4711\n");
        second.run("github/bench-comment.yml", "comment").is(DONE);
        assert_eq!(gh.calls()[1], "api -X PATCH repos/owner/name/issues/comments/4711 -F body=@comment.md");
    }
}

#[test]
fn a_harmless_pull_request_passes_and_a_young_history_too() {
    let forge = Forge::new(RECORD);
    let _cargo = Stub::new(&forge.sandbox, "cargo");
    forge.pull(7, 100.1);
    let mut run = Run::new(&forge, "job", "refs/pull/7/merge", Depth::Full);
    run.run("github/bench.yml", "check").is(DONE);
    assert!(run.job.read("comment.md").starts_with("pass: "), "{}", run.job.read("comment.md"));
    // Another machine: there is nothing to compare with, and nothing to comment.
    let young = Forge::new("--platform machine=other");
    let _cargo = Stub::new(&young.sandbox, "cargo");
    let gh = Stub::new(&young.sandbox, "gh");
    young.pull(7, 200.0);
    Run::new(&young, "job", "refs/pull/7/merge", Depth::Full).run("github/bench.yml", "check").is(DONE);
    Run::new(&young, "comment", "refs/heads/main", Depth::One).run("github/bench-comment.yml", "comment").is(DONE);
    assert!(gh.calls().is_empty());
}

#[test]
fn a_number_from_the_artifact_is_only_ever_a_number() {
    let forge = Forge::new(RECORD);
    let gh = Stub::new(&forge.sandbox, "gh");
    let mut run = Run::new(&forge, "comment", "refs/heads/main", Depth::One);
    std::fs::create_dir_all(forge.sandbox.path("artifact")).unwrap();
    std::fs::write(forge.sandbox.path("artifact/comment.md"), "hello").unwrap();
    std::fs::write(forge.sandbox.path("artifact/number.txt"), "1/../../x; touch owned $(touch owned) 2\n").unwrap();
    run.run("github/bench-comment.yml", "comment").is(DONE);
    assert!(gh.calls()[1].contains("issues/12/comments"));
    assert!(!run.job.repo.path().join("owned").exists());
}

#[test]
fn a_tag_is_a_release_with_notes() {
    let forge = Forge::new(RECORD);
    let _cargo = Stub::new(&forge.sandbox, "cargo");
    let gh = Stub::new(&forge.sandbox, "gh");
    forge.dev.git("tag v1.0.0");
    let id = forge.land("slower", 200.0);
    forge.dev.git("tag v1.1.0");
    forge.dev.git("push --quiet origin --tags");
    let mut run = Run::new(&forge, "job", "refs/tags/v1.1.0", Depth::Full);
    run.run("github/bench-release.yml", "release").is(DONE);
    let runs = forge.runs(&id);
    assert_eq!((&runs[0]["tag"], &runs[0]["channel"], runs.len()), (&json!("v1.1.0"), &json!("release"), 1));
    let notes = run.job.read("bench-notes.md");
    assert!(notes.contains("v1.1.0 since v1.0.0") && notes.contains("regression"), "{notes}");
    assert_eq!(gh.calls(), ["release view v1.1.0", "release upload v1.1.0 bench-notes.md --clobber"]);
    // Where there is no release of the forge yet, it is made.
    gh.fails("release view");
    run.run("github/bench-release.yml", "release").is(DONE);
    assert!(gh.calls()[1].starts_with("release create v1.1.0 --verify-tag"));
    // The first tag has none before it.
    let mut first = Run::new(&forge, "first", "refs/tags/v1.0.0", Depth::Full);
    first.run("github/bench-release.yml", "release").is(DONE);
    assert!(gh.calls().is_empty());
}

#[test]
fn jobs_of_a_matrix_lose_nothing_and_are_judged_by_suite() {
    let forge = Forge::new("--platform machine=ubuntu-latest --suite py3.11");
    let _cargo = Stub::new(&forge.sandbox, "cargo");
    let id = forge.land("next", 100.1);
    let matrix = recipe("github/bench-matrix.yml");
    let values: Vec<String> =
        matrix["jobs"]["measure"]["strategy"]["matrix"]["python"].as_vec().unwrap().iter().map(scalar).collect();
    assert_eq!(values, ["3.11", "3.12"]);
    let mut jobs: Vec<Run<'_>> =
        values.iter().map(|value| Run::new(&forge, &format!("job{value}"), "refs/heads/main", Depth::One)).collect();
    for (run, value) in jobs.iter_mut().zip(&values) {
        run.words.insert("matrix.python".into(), value.clone());
        run.run("github/bench-matrix.yml", "measure").is(DONE);
    }
    let mut suites: Vec<String> = forge.runs(&id).iter().map(|run| run["suite"].as_str().unwrap().to_owned()).collect();
    suites.sort();
    assert_eq!(suites, ["py3.11", "py3.12"]);
    Run::new(&forge, "judge", "refs/heads/main", Depth::Full).run("github/bench-matrix.yml", "judge").is(DONE);
    assert!(!forge.refs().contains("bench-incoming"));
    // A pull request that makes one suite slower; the action fails and tells its code.
    forge.pull(8, 200.0);
    let before = forge.refs();
    let mut run = Run::new(&forge, "pull", "refs/pull/8/merge", Depth::One);
    run.words.insert("matrix.python".into(), "3.11".into());
    run.run("github/bench-matrix.yml", "measure").is(1);
    let output = run.job.variables.iter().find(|(name, _)| name == "GITHUB_OUTPUT").unwrap().1.clone();
    assert_eq!(std::fs::read_to_string(output).unwrap(), "code=1\n");
    assert_eq!(forge.refs(), before, "a pull request pushes nothing");
}
