// The repository that the examples in the documentation of the library work on: thirty commits, each measured on two platforms
// three hours apart; `parse` takes 10 ms on one and 12 ms on the other, and half as long again from the 24th commit on.

/// The folder, which goes away with the value, and the repository in it.
fn team() -> (tempfile::TempDir, git_bench::git::Repo) {
    use git_bench::git::{Identity, Repo};
    use git_bench::import::{Input, ReadOptions, read};
    use git_bench::model::{IDENTITY, Time, environment_key};
    use git_bench::record::{Known, compose};
    use git_bench::store::{Options, Store};

    let folder = tempfile::tempdir().unwrap();
    let git = |words: &[&str]| {
        let status = std::process::Command::new("git").args(words).current_dir(folder.path()).status();
        assert!(status.unwrap().success(), "{words:?}");
    };
    git(&["init", "-q", "-b", "main", "."]);
    let repo = Repo::at(folder.path()).unwrap();
    let mut runs = Vec::new();
    for i in 0..30 {
        let named = ["-c", "user.name=alice", "-c", "user.email=alice@example.com", "-c", "commit.gpgsign=false"];
        git(&[&named[..], &["commit", "-q", "--allow-empty", "-m", &format!("commit {i}")]].concat());
        let head = repo.commit(repo.resolve("HEAD").unwrap().id).unwrap().unwrap();
        for (hour, cloud, instance, base) in [(0, "aws", "p4d.24xlarge", 10.0), (3, "gcp", "a2-highgpu-8g", 12.0)] {
            // A little noise, the same each time.
            let latency = base * (1.0 + 0.002 * f64::from(i * 7 % 5)) * if i < 23 { 1.0 } else { 1.5 };
            let text = format!(
                r#"{{"metadata": {{"timestamp": "2024-01-{:02}T{:02}:00:00Z"}},
                    "platform": {{"cloud": "{cloud}", "instance_type": "{instance}"}},
                    "benchmarks": [{{"name": "parse", "latency_ms": {latency}, "throughput": {}}}]}}"#,
                i + 1,
                8 + hour,
                1e4 / latency
            );
            let input = Input::file("result.json", text.into_bytes());
            let run = read(&input, None, &ReadOptions::default()).unwrap().1.remove(0);
            let known = Known {
                commit: head.id.to_string(),
                tree: Some(head.tree.to_string()),
                ctime: Some(head.time),
                suite: "default".into(),
                channel: "daily".into(),
                platform: run.platform.clone(),
                input: input.digest(),
                now: Time(head.time),
                ..Known::default()
            };
            runs.push(compose(run, &known, &|env| environment_key(env, IDENTITY)).unwrap().record);
        }
    }
    let identity = Identity { name: "alice".into(), email: "alice@example.com".into(), time: 1_706_000_000 };
    let options = Options { notes_ref: "refs/notes/bench".into(), identity };
    Store::new(&repo, options).add_runs(&runs).unwrap();
    (folder, repo)
}
