//! `config`: every setting, its value and where it comes from.

use serde_json::Value;

use crate::{DATA, NO_DATA, Repo, USAGE, repo, result};

fn rows(r: &Repo, words: &str, vars: &[(&str, &str)]) -> Vec<(String, String, String)> {
    let report = r.bench(&format!("--format json config {words}")).envs(vars).run().ok().json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = report["rows"].as_array().unwrap();
    rows.iter().map(|row| (text(&row["key"]), text(&row["value"]), text(&row["from"]))).collect()
}

#[track_caller]
fn is_from(r: &Repo, vars: &[(&str, &str)], key: &str, value: &str, from: &str) {
    let all = rows(r, "", vars);
    let row = all.iter().find(|(name, ..)| name == key).unwrap_or_else(|| panic!("no {key} in {all:#?}"));
    assert_eq!((row.1.as_str(), row.2.as_str()), (value, from), "{key}");
}

#[test]
fn each_layer_goes_over_the_one_before() {
    let r = repo();
    r.commit("one");
    is_from(&r, &[], "bench.suite", "default", "default");
    r.write("bench.toml", "[bench]\nsuite = \"file\"\n");
    is_from(&r, &[], "bench.suite", "file", "bench.toml");
    r.git("config --global bench.suite global");
    is_from(&r, &[], "bench.suite", "global", "git config (global)");
    r.git("config bench.suite local");
    is_from(&r, &[], "bench.suite", "local", "git config (local)");
    r.git("config extensions.worktreeConfig true");
    r.git("config --worktree bench.suite worktree");
    is_from(&r, &[], "bench.suite", "worktree", "git config (worktree)");
    let by_command =
        [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "bench.suite"), ("GIT_CONFIG_VALUE_0", "command")];
    is_from(&r, &by_command, "bench.suite", "command", "git -c");
    let all = [&by_command[..], &[("GIT_BENCH_SUITE", "variable")]].concat();
    is_from(&r, &all, "bench.suite", "variable", "environment");
    // And a flag over all of them.
    r.bench("record - --suite flag").env("GIT_BENCH_SUITE", "variable").stdin(result(&[("a", 1.0)])).run().ok();
    assert_eq!(r.run("HEAD")["suite"], "flag");
}

#[test]
fn git_c_reaches_the_program() {
    let r = repo();
    r.commit("one");
    let ran = crate::Call::by_git(&r.sandbox, r.path(), "config suite");
    ran.run().code(USAGE).tells("unknown key 'suite'");
    let mut git = r.sandbox.command("git");
    git.current_dir(r.path()).args(["-c", "bench.suite=once", "bench", "config", "bench.suite"]);
    assert_eq!(String::from_utf8(git.output().unwrap().stdout).unwrap(), "once\n");
}

#[test]
fn one_key_is_printed_alone_by_any_of_its_names() {
    let r = repo();
    r.git("config bench.check.window 17");
    for name in ["check.window", "bench.check.window", "GIT_BENCH_CHECK_WINDOW"] {
        r.bench("config").arg(name).run().ok().out_is("17\n");
    }
    r.bench("config bench.colour").run().fails(USAGE, "unknown key 'bench.colour'");
}

#[test]
fn an_unknown_key_is_a_warning_with_the_nearest_name() {
    let r = repo();
    r.commit("one");
    r.write("bench.toml", "[bench]\nbse = \"main\"\n[chek]\nthreshold = \"5%\"\n[[stor]]\nname = \"x\"\n");
    let ran = r.bench("config").run().ok();
    let ran =
        ran.tells("unknown key 'bench.bse'; did you mean 'bench.base'?").tells("'chek'").tells("did you mean 'check'?");
    ran.tells("did you mean 'store'?");
    r.git("config bench.check.windw 3");
    r.bench("config").run().ok().tells("'bench.check.windw'; did you mean 'bench.check.window'?");
    // It stays a warning where something is recorded.
    r.bench("record -").stdin(result(&[("a", 1.0)])).run().ok().tells("did you mean");
}

#[test]
fn broken_toml_is_an_error_with_its_line() {
    let r = repo();
    r.commit("one");
    r.write("bench.toml", "[bench]\nbase = main\n");
    let before = r.state();
    r.bench("config").run().fails(USAGE, "'bench.toml' is no valid TOML: line 2:").hints("git bench schema config");
    r.bench("record -").stdin(result(&[("a", 1.0)])).run().code(USAGE);
    r.is_still(&before);
    r.write("bench.toml", "[check]\nthreshold = \"much\"\n");
    r.bench("config").run().fails(USAGE, "'check.threshold' in 'bench.toml' is 'much': expected a share");
    std::fs::remove_file(r.path().join("bench.toml")).unwrap();
    r.git("config bench.check.missing perhaps");
    r.bench("config").run().fails(USAGE, "'bench.check.missing' in git config is 'perhaps': expected fail, warn, ok");
    r.git("config --unset bench.check.missing");
    r.bench("config").env("GIT_BENCH_CHECK_WINDOW", "-1").run().fails(USAGE, "GIT_BENCH_CHECK_WINDOW");
}

#[test]
fn stores_are_listed_and_secrets_are_not() {
    let r = repo();
    r.write("bench.toml", "[[store]]\nname = \"aws\"\nurl = \"s3://b\"\nwhen = { cloud = \"aws\" }\n");
    r.git("config bench.store.nas.url file:///srv/bench");
    r.git("config bench.notify.slack https://hooks.example/T000/secret");
    let ran = r.bench("config").run().ok().says("s3://b").says("cloud=aws").says("file:///srv/bench").says("(set)");
    ran.says_not("secret");
    r.bench("config --format json").run().ok().says_not("secret");
}

#[test]
fn the_work_tree_has_its_file_and_a_bare_repository_that_of_head() {
    let r = repo();
    r.write("bench.toml", "[bench]\nsuite = \"committed\"\n");
    r.commit("one");
    let bare = r.sandbox.clone_of(&r, "bare", &["--bare"]);
    is_from(&bare, &[], "bench.suite", "committed", "bench.toml");
    r.write("bench.toml", "[bench]\nsuite = \"edited\"\n");
    is_from(&r, &[], "bench.suite", "edited", "bench.toml");
    std::fs::create_dir_all(r.path().join("deep/er")).unwrap();
    r.bench("config bench.suite").inside(r.path().join("deep/er")).run().ok().out_is("edited\n");
    // Another name, by git config only.
    r.write("ci/bench.toml", "[bench]\nsuite = \"ci\"\n");
    r.git("config bench.config ci/bench.toml");
    r.bench("config bench.suite").run().ok().out_is("ci\n");
}

#[test]
fn outside_of_a_repository_the_rest_still_counts() {
    let r = repo();
    r.git("config --global bench.suite everywhere");
    let outside = r.sandbox.path("home");
    r.bench("config bench.suite").inside(&outside).run().ok().out_is("everywhere\n");
    r.bench("show").inside(&outside).run().fails(DATA, "not a git repository");
}

#[test]
fn the_identity_of_machines_can_be_configured() {
    let r = repo();
    let on = |cpus: u32, ms: f64| {
        let platform = serde_json::json!({"cpu_model": "x", "cpu_count": cpus, "os": "linux"});
        r.bench("record -").stdin(crate::result_on(platform, &[("parse", ms)])).run().ok();
    };
    r.commit("base");
    on(4, 1.0);
    r.git("switch --quiet --create topic");
    r.commit("head");
    on(8, 1.1);
    r.bench("diff").run().code(NO_DATA).hints("--across");
    r.write("bench.toml", "[bench]\nenvironment = [\"cpu_model\", \"os\"]\n");
    r.bench("diff").run().ok().says("+10.0 %");
}

#[test]
fn the_address_of_a_hook_is_never_printed() {
    let r = repo();
    r.git("config bench.notify.slack https://hooks.slack.com/services/T0/B0/secret");
    r.git("config bench.notify.webhook https://user:secret@example.org/hook");
    for words in ["config", "config --format json", "config bench.notify.slack", "config bench.notify.webhook"] {
        r.bench(words).run().ok().says("(set)").says_not("secret").tells_not("secret");
    }
    r.bench("config bench.base").run().ok();
}

/// What the program git would answer, forced by a count of variables, is what is read without it.
#[track_caller]
fn both_ways_agree(r: &Repo) -> Vec<(String, String, String)> {
    let direct = rows(r, "", &[]);
    assert_eq!(direct, rows(r, "", &[("GIT_CONFIG_COUNT", "0")]));
    direct
}

/// What is written so that libgit2 would read it differently, in the user's file; and what the variables of both say.
#[test]
fn what_libgit2_reads_differently_is_left_to_git() {
    let r = repo();
    r.commit("one");
    let global = r.sandbox.path("home/.gitconfig");
    let before = std::fs::read_to_string(&global).unwrap_or_default();
    for (text, suite) in
        [("[bench]\n\tsuite = a\\\n# note\n\tref = x\n", "a"), ("[bench]\n\tsuite = \"C:\\\\\" ; comment\n", "C:\\")]
    {
        std::fs::write(&global, [&before, text].concat()).unwrap();
        let all = both_ways_agree(&r);
        assert!(all.iter().any(|row| row.0 == "bench.suite" && row.1 == suite), "{all:#?}");
    }
    std::fs::write(&global, [&before, "[bench]\n\tsuite = \"x\n"].concat()).unwrap();
    r.bench("config").run().fails(USAGE, "cannot read git's configuration");
    // Neither may take a file below the current directory for the user's.
    std::fs::write(&global, &before).unwrap();
    r.write("git/config", "[bench]\n\tsuite = committed\n");
    is_from(&r, &[("XDG_CONFIG_HOME", "")], "bench.suite", "default", "default");
    let home = r.sandbox.path("home");
    let split = format!("{}:{}", home.display(), r.path().display());
    r.write(".gitconfig", "[bench]\n\tsuite = committed\n");
    is_from(&r, &[("HOME", &split), ("XDG_CONFIG_HOME", &split)], "bench.suite", "default", "default");
}

#[test]
fn a_bare_repository_that_git_does_not_trust_says_nothing() {
    let r = repo();
    r.commit("one");
    r.git("clone -q --bare . bare.git");
    r.git("--git-dir bare.git config bench.suite bare");
    let suite = || r.bench("-C bare.git config bench.suite").run().ok().out();
    assert_eq!(suite(), "bare\n");
    r.git("config --global safe.bareRepository explicit");
    assert_eq!(suite(), "default\n");
}

#[test]
fn libgit2_reads_what_git_reads() {
    let r = repo();
    r.commit("one");
    let home = r.sandbox.path("home");
    std::fs::create_dir_all(home.join(".config/git")).unwrap();
    std::fs::write(home.join(".config/git/config"), "[bench]\n\tsuite = xdg\n\tbase = xdg\n\tref = xdg\n").unwrap();
    let text = "# a comment\n[Bench] suite = \"a 'quoted' # word\" ; and a comment\r\n[bench \"check\"]\n\twindow = 17\n\
                [bench \"Store.Main\"]\n\turl = file:///nowhere/here\n[bench]\n\tBase =   two words  # three\n\tbase\n\
                [bench \"check\"] threshold = 3%\n";
    let global = home.join(".gitconfig");
    std::fs::write(&global, [&std::fs::read_to_string(&global).unwrap_or_default(), text].concat()).unwrap();
    r.git("config --add bench.branch first");
    r.git("config --add bench.branch second");
    let all = both_ways_agree(&r);
    let is = |key: &str, value: &str, from: &str| {
        assert!(all.contains(&(key.into(), value.into(), from.into())), "{key} = {value} ({from}) in {all:#?}");
    };
    is("bench.suite", "a 'quoted' # word", "git config (global)");
    is("bench.check.window", "17", "git config (global)");
    is("bench.ref", "xdg", "git config (global)");
}

#[test]
fn what_libgit2_does_not_follow_is_left_to_git() {
    let r = repo();
    r.commit("one");
    let other = r.sandbox.path("other.config");
    std::fs::write(&other, "[bench]\n\tsuite = included\n").unwrap();
    r.git("remote add origin https://example.com/team/project");
    let key = "includeIf.hasconfig:remote.*.url:https://example.com/**.path";
    r.git(&format!("config {key} {}", other.display()));
    let all = both_ways_agree(&r);
    assert!(all.iter().any(|row| row.0 == "bench.suite" && row.1 == "included"), "{all:#?}");
}

#[test]
fn a_git_of_another_place_may_have_another_file_of_the_system() {
    let r = repo();
    r.commit("one");
    // Below its prefix lies the file that it reads; libgit2 reads the one in /etc.
    let elsewhere = r.sandbox.path("elsewhere");
    std::fs::create_dir_all(elsewhere.join("bin")).unwrap();
    std::fs::create_dir_all(elsewhere.join("etc")).unwrap();
    let script = "#!/bin/sh\nexport GIT_CONFIG_SYSTEM=\"$(dirname \"$(dirname \"$0\")\")/etc/gitconfig\"\nPATH=${PATH#*:} exec git \"$@\"\n";
    let program = elsewhere.join("bin/git");
    std::fs::write(&program, script).unwrap();
    std::process::Command::new("chmod").arg("+x").arg(&program).status().unwrap();
    std::fs::write(elsewhere.join("etc/gitconfig"), "[bench]\n\tsuite = of-the-system\n").unwrap();
    let path = format!("{}:{}", elsewhere.join("bin").display(), std::env::var("PATH").unwrap());
    is_from(
        &r,
        &[("PATH", &path), ("GIT_CONFIG_NOSYSTEM", "0")],
        "bench.suite",
        "of-the-system",
        "git config (system)",
    );
}
