//! What is found, and from what.

use std::fs;

use serde_json::Value;

use crate::sandbox::{Sandbox, distinct, twelve};

#[test]
fn the_commit_is_found_and_every_step_is_kept() {
    let sandbox = Sandbox::of(&twelve(7, 100.0, 130.0));
    let first = sandbox.commits[0].clone();
    let report = sandbox.bisect(0, &["--good", &first]);
    assert_eq!((report["outcome"].as_str(), report["verdict"].as_str()), (Some("found"), Some("regression")));
    assert_eq!(report["found"]["commit"], sandbox.commits[7].as_str());
    assert_eq!(
        (report["found"]["author"].as_str(), report["found"]["subject"].as_str()),
        (Some("carol"), Some("commit 7"))
    );
    assert_eq!((report["before"].as_f64(), report["after"].as_f64()), (Some(100.0), Some(130.0)));
    assert!((report["change"].as_f64().unwrap() - 0.3).abs() < 1e-9);
    assert_eq!((report["commits"].as_u64(), report["benchmark"].as_str()), (Some(11), Some("parse")));
    let ran = sandbox.ran();
    assert_eq!(ran.len(), distinct(ran.clone()).len(), "nothing twice: {ran:?}");
    assert!(ran.len() <= 6, "two ends and four steps: {ran:?}");
    assert_eq!(
        (report["measured"].as_u64(), report["runs"].as_u64()),
        (Some(ran.len() as u64), Some(ran.len() as u64))
    );
    for at in 0..12 {
        assert_eq!(sandbox.runs(at), usize::from(ran.contains(&at)), "{at}");
    }
    let steps = report["steps"].as_array().unwrap();
    assert_eq!(steps.len(), ran.len());
    for step in steps {
        let at = sandbox.place(step["commit"].as_str().unwrap());
        assert_eq!(step["verdict"], if at < 7 { "good" } else { "bad" });
        assert_eq!(step["order"].as_u64(), ran.iter().position(|r| *r == at).map(|i| i as u64 + 1));
    }
    // The whole run is kept, on its commit, as of a clean tree.
    let note = sandbox.git(&["notes", "--ref", "bench", "show", &sandbox.commits[7]]);
    assert!(note.contains(r#"["other","#) && !note.contains(r#""dirty""#), "{note}");
    // The same again measures nothing.
    let again = sandbox.bisect(0, &["--good", &first]);
    assert_eq!((again["found"].clone(), again["measured"].as_u64()), (report["found"].clone(), Some(0)));
    assert_eq!(sandbox.ran().len(), ran.len());
    // Text says the same.
    let (out, _) = sandbox.ends(0, &["bisect", "parse", "--good", &first, "--", "sh", "bench.sh"]);
    let short = &sandbox.commits[7][..8];
    assert!(out.starts_with(&format!("{short} is the first with the new level: regression of parse")), "{out}");
    assert!(
        out.contains("100 ms -> 130 ms (+30.0 %)") && out.contains("carol, ") && out.contains(": commit 7"),
        "{out}"
    );
}

#[test]
fn stored_results_come_first_and_give_the_ends() {
    // A change in what is stored gives both ends; only between its two sides is measured.
    let numbers: Vec<f64> = (0..24).map(|i| if i < 13 { 50.0 } else { 40.0 }).collect();
    let sandbox = Sandbox::of(&numbers);
    sandbox.record(&[0, 1, 2, 4, 6, 8, 16, 17, 18, 20, 22, 23]);
    let report = sandbox.bisect(0, &[]);
    assert_eq!(report["found"]["commit"], sandbox.commits[13].as_str(), "{report}");
    assert_eq!(
        (report["verdict"].as_str(), report["good"]["subject"].as_str()),
        (Some("improvement"), Some("commit 8"))
    );
    let ran = sandbox.ran();
    assert!(ran.len() <= 3 && ran.iter().all(|at| (9..16).contains(at)), "{ran:?}");
    let stored = report["steps"].as_array().unwrap().iter().filter(|step| step["source"] == "stored").count();
    assert_eq!(stored, 7, "8 and 16 to 23: {report}");
    // Without a change there are no ends.
    let sandbox = Sandbox::of(&twelve(12, 100.0, 100.0));
    sandbox.record(&[2, 3, 4, 5, 6, 7, 8]);
    let (_, err) = sandbox.ends(3, &["bisect", "parse", "--", "sh", "bench.sh"]);
    assert!(err.contains("the 7 stored results of 'parse' show no change") && err.contains("--good REV"), "{err}");
    let (_, err) = sandbox.ends(3, &["bisect", "prase", "--", "sh", "bench.sh"]);
    assert!(err.contains("no stored result fits 'prase'; the nearest is 'parse'"), "{err}");
    assert!(sandbox.ran().is_empty());
}

#[test]
fn noise_is_answered_by_more_runs() {
    // Every run of a commit prints another number, the same ones in every execution of this test: 6 % noise, 12 % change.
    let noisy = |level: f64, i: usize| {
        format!(
            "n=$(grep -c \"$(git rev-parse HEAD)\" \"$BENCH_LOG\"); awk -v i={i} -v n=$n -v l={level} \
             'BEGIN {{ srand(i * 101 + n * 7 + 3); u = rand() + rand() + rand() + rand() - 2; printf \"%.4f\", l * exp(0.06 * u * 1.73) }}'"
        )
    };
    let scripts: Vec<String> = twelve(5, 100.0, 128.0).iter().enumerate().map(|(i, level)| noisy(*level, i)).collect();
    let sandbox = Sandbox::new(&scripts);
    let first = sandbox.commits[0].clone();
    let report = sandbox.bisect(0, &["--good", &first, "--runs", "8"]);
    assert_eq!(report["found"]["commit"], sandbox.commits[5].as_str(), "{report:#}");
    let ran = sandbox.ran();
    let most = (0..12).map(|at| ran.iter().filter(|r| **r == at).count()).max().unwrap();
    assert!((2..=8).contains(&most), "{ran:?}");
    assert_eq!(report["runs"].as_u64(), Some(ran.len() as u64));
    for at in 0..12 {
        assert_eq!(sandbox.runs(at), ran.iter().filter(|r| **r == at).count());
    }
    // Ends that do not differ are not decidable.
    let scripts: Vec<String> = (0..12).map(|i| noisy(100.0, i)).collect();
    let sandbox = Sandbox::new(&scripts);
    let first = sandbox.commits[0].clone();
    let report = sandbox.bisect(3, &["--good", &first, "--runs", "4"]);
    assert_eq!(
        (report["outcome"].as_str(), report["verdict"].as_str()),
        (Some("undecided"), Some("unchanged")),
        "{report}"
    );
    assert!(report["notes"].to_string().contains("the two ends are the same (noise "), "{report}");
    let ran = sandbox.ran();
    assert!([0, 11].iter().all(|end| ran.iter().filter(|at| *at == end).count() == 4), "{ran:?}");
}

#[test]
fn a_command_is_timed() {
    let scripts: Vec<String> = (0..6)
        .map(|i| format!("echo run $(git rev-parse HEAD) >> $BENCH_LOG; sleep {}", if i < 2 { 0.02 } else { 0.25 }))
        .collect();
    let sandbox = Sandbox::new(&scripts);
    let first = sandbox.commits[0].clone();
    let args = ["bisect", "--format", "json", "start", "--time", "--good", &first, "--", "sh", "number.sh"];
    let report: Value = serde_json::from_str(&sandbox.ends(0, &args).0).unwrap();
    assert_eq!(report["found"]["commit"], sandbox.commits[2].as_str(), "{report}");
    assert_eq!(
        (report["benchmark"].as_str(), report["metric"].as_str(), report["unit"].as_str()),
        (Some("start"), Some("time"), Some("s"))
    );
    // The stored name stands for a glob; without one there is no name to record it by.
    let args = ["bisect", "--format", "json", "st*", "--time", "--good", &first, "--", "sh", "number.sh"];
    let report: Value = serde_json::from_str(&sandbox.ends(0, &args).0).unwrap();
    assert_eq!((report["benchmark"].as_str(), report["measured"].as_u64()), (Some("start"), Some(0)), "{report}");
    let (_, err) = sandbox.ends(2, &["bisect", "x*", "--time", "--good", &first, "--", "true"]);
    assert!(err.contains("'x*' does not name what is timed"), "{err}");
}

#[test]
fn the_results_of_another_machine_narrow_it() {
    let sandbox = Sandbox::of(&twelve(7, 100.0, 130.0));
    for (at, value) in [(0, 10.0), (1, 10.2), (2, 10.1), (3, 9.9), (5, 10.05), (9, 13.0), (11, 13.1)] {
        let text = format!(r#"[{{"name": "parse", "unit": "ms", "value": {value}}}]"#);
        fs::write(sandbox.folder.path().join("out.json"), text).unwrap();
        let commit = &sandbox.commits[at];
        sandbox.ends(0, &["record", "../out.json", "--commit", commit, "--platform", "machine=ci"]);
    }
    let good = sandbox.commits[3].clone();
    let report = sandbox.bisect(0, &["--good", &good]);
    assert_eq!(report["found"]["commit"], sandbox.commits[7].as_str(), "{report}");
    let ran = distinct(sandbox.ran());
    assert!(ran.iter().all(|at| (5..=9).contains(at)) && ran.contains(&5) && ran.contains(&9), "{ran:?}");
    assert!(report["notes"].to_string().contains("the stored results of ci leave 4 commits"), "{report}");
    assert_eq!((report["good"]["subject"].as_str(), report["before"].as_f64()), (Some("commit 3"), Some(100.0)));
}

#[test]
fn twins_and_merges_are_understood() {
    // A revert has the tree of its twin: nothing of it is measured.
    let sandbox = Sandbox::of(&twelve(4, 100.0, 130.0));
    let first = sandbox.commits[0].clone();
    let side = sandbox.git(&["rev-parse", "HEAD~2"]);
    sandbox.git(&["checkout", "-q", "-b", "side", &side]);
    sandbox.write("other.txt", "x");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "side"]);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["merge", "-q", "--no-ff", "-m", "merge side", "side"]);
    // The good end lies on the side branch: the search begins where it parts.
    let (out, err) = sandbox.ends(3, &["bisect", "parse", "--good", "side", "--runs", "2", "--", "sh", "bench.sh"]);
    assert!(out.contains("'side' is not on the first parents of the bad end"), "{out}{err}");
    // A merge that brings the change is named, with the way into it.
    sandbox.git(&["checkout", "-q", "-b", "slow", "main"]);
    sandbox.write("number.sh", "echo 200");
    sandbox.git(&["commit", "-q", "-am", "slow"]);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["merge", "-q", "--no-ff", "-m", "merge slow", "slow"]);
    let merge = sandbox.git(&["rev-parse", "HEAD"]);
    let args = ["bisect", "parse", "--good", &first, "--", "sh", "bench.sh"];
    let (out, err) = sandbox.ends(0, &args);
    assert!(out.contains(&merge[..8]) || out.contains(&sandbox.commits[4][..8]), "{out}{err}");
    let (out, err) = sandbox.ends(0, &["bisect", "parse", "--good", "HEAD~2", "--", "sh", "bench.sh"]);
    assert!(
        out.starts_with(&merge[..8]) && err.contains("it is a merge: git bench bisect 'parse' --good "),
        "{out}{err}"
    );
}
