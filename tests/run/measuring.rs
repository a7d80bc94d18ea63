//! Commands measured by themselves.

use crate::sandbox::{Sandbox, rows};

#[test]
fn a_command_is_measured_and_recorded() {
    let sandbox = Sandbox::new();
    let report = sandbox.json(&["run", "-n", "3", "--warmup", "1", "--", "sleep", "0.01"]);
    assert_eq!((report["benchmarks"][0]["runs"].as_u64(), report["command"].as_str()), (Some(3), Some("run")));
    let run = &sandbox.runs("HEAD")[0];
    let names: Vec<String> = rows(run).iter().map(|(name, metric, _)| format!("{name} {metric}")).collect();
    assert_eq!(names, ["sleep 0.01 memory", "sleep 0.01 system", "sleep 0.01 time", "sleep 0.01 user"]);
    let time = &run["m"][2];
    assert!(time[4].as_f64().unwrap() >= 0.01, "{time}");
    assert_eq!((time[2].as_str(), time[3].as_str(), time[5].as_u64()), (Some("s"), Some("lower"), Some(3)));
    assert_eq!(run["m"][0][2].as_str(), Some("B"));
    let payload = sandbox.payload();
    assert_eq!(payload["execution"]["command"], serde_json::json!(["sleep", "0.01"]));
    assert_eq!(payload["execution"]["exit_code"], 0);
    assert!(payload["execution"]["duration_seconds"].as_f64().unwrap() > 0.03);
    // Measured again it is another run, though nothing changed.
    sandbox.ends(0, &["run", "-n", "1", "--suite", "night", "--name", "nap", "--", "sleep", "0.01"]);
    let runs = sandbox.runs("HEAD");
    assert_eq!(runs.len(), 2);
    assert!(runs.iter().any(|run| run["suite"] == "night" && rows(run)[0].0 == "nap"));
}

#[test]
fn a_failure_is_recorded_and_its_code_passed_on() {
    let sandbox = Sandbox::new();
    sandbox.ends(3, &["run", "--", "sh", "-c", "exit 3"]);
    let run = &sandbox.runs("HEAD")[0];
    assert_eq!(rows(run), [("sh -c 'exit 3'".to_owned(), "time".to_owned(), None)]);
    assert_eq!(sandbox.payload()["execution"]["exit_code"], 3);
    sandbox.ends(124, &["run", "--timeout", "50ms", "--", "sleep", "5"]);
    sandbox.ends(143, &["run", "--", "sh", "-c", "kill -TERM $$"]);
    let (_, err) = sandbox.ends(2, &["run", "--", "no-such-program-here"]);
    assert!(err.contains("error: cannot run 'no-such-program-here'") && err.contains("hint:"), "{err}");
}

#[test]
fn parameters_make_benchmarks() {
    let sandbox = Sandbox::new();
    sandbox.ends(0, &["run", "-n", "1", "-L", "x", "a,b", "--name", "echo", "--", "echo", "{x}"]);
    sandbox.ends(0, &["run", "-n", "1", "-P", "n", "1", "3", "-D", "2", "--", "echo", "{n}"]);
    let mut names: Vec<String> = sandbox.runs("HEAD").iter().flat_map(rows).map(|row| row.0).collect();
    names.sort();
    names.dedup();
    assert_eq!(names, ["echo 1[n=1]", "echo 3[n=3]", "echo[x=a]", "echo[x=b]"]);
}

#[test]
fn the_price_table_and_the_flags_fill_the_execution() {
    let sandbox = Sandbox::new();
    sandbox.commit("price", &[("bench.toml", "[price]\n\"big\" = 36000\n")]);
    sandbox.ends(0, &["run", "-n", "2", "--platform", "instance_type=big", "--spot", "--", "sleep", "0.01"]);
    let run = &sandbox.runs("HEAD")[0];
    let (cost, seconds) = (run["cost"].as_f64().unwrap(), run["duration"].as_f64().unwrap());
    assert!((cost - seconds * 10.0).abs() < 1e-6 * cost && run["spot"] == true, "{run}");
    let args = ["run", "-n", "1", "--suite", "s", "--cost", "1.5", "--platform", "instance_type=big", "--", "true"];
    sandbox.ends(0, &args);
    assert!(sandbox.runs("HEAD").iter().any(|run| run["cost"] == 1.5));
}

#[test]
fn tools_tell_their_versions() {
    let sandbox = Sandbox::new();
    if !sandbox.command("python3", &["--version"]).output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: there is no python3");
        return;
    }
    sandbox.ends(0, &["run", "-n", "1", "--tools", "python", "--", "true"]);
    assert!(sandbox.runs("HEAD")[0]["env"]["python_version"].as_str().unwrap().starts_with('3'));
    let (_, err) = sandbox.ends(2, &["run", "--tools", "cobol", "--", "true"]);
    assert!(err.contains("unknown tool 'cobol'"), "{err}");
}

#[test]
fn wrong_words_are_told() {
    let sandbox = Sandbox::new();
    for (args, said) in [
        (&["run", "--until-decided", "--", "true"][..], "needs something to decide"),
        (&["run", "--vs", "a | b", "--", "true"], "which only a shell understands"),
        (&["run", "-n", "0", "--", "true"], "at least 1"),
        (&["run", "--setup", "x", "--", "true"], "--base"),
        (&["run", "--from", "auto", "-n", "3", "--", "true"], "cannot be used with"),
        (&["run", "-L", "x", "1,2", "--", "true"], "does not use the parameter 'x'"),
        (&["run", "true"], "--"),
    ] {
        let (_, err) = sandbox.ends(2, args);
        assert!(err.contains(said), "{args:?}: {err}");
    }
    assert!(sandbox.runs("HEAD").is_empty());
}
