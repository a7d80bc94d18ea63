//! Small programs of `sh`.
#![cfg(unix)]

use std::fs;
use std::time::Instant;

use super::*;

fn sh(script: &str) -> Command {
    Command { label: script.into(), argv: vec!["sh".into(), "-c".into(), script.into()], ..Command::default() }
}

fn plan(commands: Vec<Command>, runs: usize) -> Plan {
    Plan { commands, runs, ..Plan::default() }
}

#[test]
fn wall_time_is_measured() {
    let series = run(&plan(vec![sh("sleep 0.05")], 2), &mut |_| {}).unwrap();
    assert_eq!((series[0].samples.len(), series[0].failed, series[0].exit_code()), (2, None, 0));
    for sample in &series[0].samples {
        assert!((0.05..5.0).contains(&sample.wall), "{sample:?}");
        assert!(sample.user.unwrap() + sample.system.unwrap() < 0.05, "sleeping costs no processor: {sample:?}");
    }
}

#[test]
fn processor_time_of_children_counts() {
    let busy = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done";
    let series = run(&plan(vec![sh(&format!("sh -c '{busy}'; true"))], 1), &mut |_| {}).unwrap();
    let sample = series[0].samples[0];
    let used = sample.user.unwrap() + sample.system.unwrap();
    assert!(used > 0.005 && used < sample.wall * 1.5 + 0.05, "{sample:?}");
}

#[test]
fn memory_is_that_of_the_command() {
    let large = "x=$(head -c 40000000 /dev/zero | tr '\\0' a); true";
    let series = run(&plan(vec![sh("true"), sh(large)], 1), &mut |_| {}).unwrap();
    let memory = |i: usize| series[i].samples[0].max_rss.unwrap();
    assert!(memory(1) > 40_000_000, "{}", memory(1));
    assert!(memory(0) > 100_000 && memory(0) < memory(1) / 2, "{} {}", memory(0), memory(1));
}

#[test]
fn a_failure_ends_its_command_only() {
    let mut events = Vec::new();
    let plan = Plan { interleave: false, ..plan(vec![sh("exit 3"), sh("kill -9 $$"), sh("true")], 3) };
    let series = run(&plan, &mut |event| {
        if let Event::End { command, sample, .. } = event {
            events.push((command, sample.exit));
        }
    })
    .unwrap();
    let failed: Vec<_> = series.iter().map(|s| s.failed).collect();
    assert_eq!(failed, [Some(ExitOutcome::Code(3)), Some(ExitOutcome::Signal(9)), None]);
    assert_eq!(series.iter().map(Series::exit_code).collect::<Vec<_>>(), [3, 137, 0]);
    assert_eq!(events.iter().map(|e| e.0).collect::<Vec<_>>(), [0, 1, 2, 2, 2]);
    assert!(series[0].samples.is_empty() && series[2].samples.len() == 3);
}

#[test]
fn commands_take_turns_in_the_order_of_the_seed() {
    let order = |seed| {
        let mut order = Vec::new();
        let plan = Plan { warmup: 1, seed, ..plan(vec![sh("true"), sh(":")], 4) };
        run(&plan, &mut |event| {
            if let Event::Start { command, round, warmup } = event {
                order.push((warmup, round, command));
            }
        })
        .unwrap();
        order
    };
    let first = order(7);
    assert_eq!(first, order(7));
    assert_eq!(first.len(), 10);
    assert!(first[..2].iter().all(|(warmup, ..)| *warmup));
    for pair in first.chunks(2) {
        assert!(pair[0].1 == pair[1].1 && pair[0].2 != pair[1].2, "each round has both: {first:?}");
    }
    assert!((0..8).any(|seed| order(seed) != first));
}

#[test]
fn it_goes_on_until_decided_or_the_limit() {
    let count = |limit, enough: usize| {
        let mut decided = |series: &[Series]| series[0].samples.len() >= enough;
        run_until(&plan(vec![sh(":")], 2), limit, &mut decided, &mut |_| {}).unwrap()[0].samples.len()
    };
    assert_eq!((count(6, 4), count(6, 1), count(6, 100)), (4, 2, 6));
}

#[test]
fn preparation_runs_before_each_run_and_must_succeed() {
    let dir = tempfile::tempdir().unwrap();
    let words = |script: &str| Some(vec!["sh".to_owned(), "-c".into(), script.into()]);
    let command = Command { prepare: words("echo x >> log"), cwd: Some(dir.path().into()), ..sh("cat log") };
    run(&Plan { warmup: 1, ..plan(vec![command.clone()], 2) }, &mut |_| {}).unwrap();
    assert_eq!(fs::read_to_string(dir.path().join("log")).unwrap(), "x\nx\nx\n");
    let broken = Command { prepare: words("exit 4"), ..command };
    let error = run(&plan(vec![broken], 2), &mut |_| {}).unwrap_err();
    assert_eq!(error.message, "the preparation 'sh -c exit 4' ended with exit code 4");
}

#[test]
fn output_is_captured_while_it_comes() {
    let command = Command { env: vec![("WHAT".into(), "two".into())], ..sh("echo one; echo $WHAT; sleep 5 & exit 0") };
    let mut text = Vec::new();
    let plan = Plan { stdout: Output::Capture, interrupt: Some(Arc::default()), ..plan(vec![command], 1) };
    let start = Instant::now();
    let series = run(&plan, &mut |event| {
        if let Event::Output { bytes, .. } = event {
            text.extend_from_slice(bytes);
        }
    })
    .unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), "one\ntwo\n");
    assert!(series[0].samples[0].wall < 1.0 && start.elapsed().as_secs() < 4, "what stays behind is not waited for");
}

/// Whether a process with this number in the file still runs.
fn alive(file: &std::path::Path) -> bool {
    let pid = fs::read_to_string(file).unwrap();
    let status = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    !status.is_empty() && !status.contains(") Z ")
}

#[test]
fn the_time_limit_ends_the_whole_group() {
    let dir = tempfile::tempdir().unwrap();
    let command = Command { cwd: Some(dir.path().into()), ..sh("sleep 30 & echo $! > pid; wait") };
    let limit = Some(Duration::from_millis(300));
    let plan = Plan { timeout: limit, interrupt: Some(Arc::default()), ..plan(vec![command], 3) };
    let start = Instant::now();
    let series = run(&plan, &mut |_| {}).unwrap();
    assert_eq!((series[0].failed, series[0].exit_code()), (Some(ExitOutcome::TimedOut), 124));
    assert!(start.elapsed().as_secs() < 10);
    std::thread::sleep(Duration::from_millis(50));
    assert!(!alive(&dir.path().join("pid")));
}

#[test]
fn an_interrupt_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let script = "trap '' INT; sleep 30 & echo $! > pid.new; mv pid.new pid; wait; sleep 30";
    let command = Command { cwd: Some(dir.path().into()), ..sh(script) };
    let interrupt = Arc::new(Interrupt::default());
    let plan = Plan { interrupt: Some(Arc::clone(&interrupt)), ..plan(vec![sh(":"), command], 3) };
    let pid = dir.path().join("pid");
    let series = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !pid.exists() {
                std::thread::sleep(Duration::from_millis(5));
            }
            interrupt.stop(2);
        });
        run(&plan, &mut |_| {}).unwrap()
    });
    assert_eq!(interrupt.stopped(), Some(2));
    assert!(series[1].samples.is_empty() && series[1].failed.is_none());
    std::thread::sleep(Duration::from_millis(50));
    assert!(!alive(&pid));
    assert!(run(&plan, &mut |_| panic!("nothing starts any more")).unwrap()[0].samples.is_empty());
}

#[test]
fn what_cannot_run_is_named() {
    let nothing = Command { argv: vec!["git-bench-no-such-program".into()], ..Command::default() };
    let error = run(&plan(vec![nothing], 1), &mut |_| {}).unwrap_err();
    assert!(error.chain().starts_with("cannot run 'git-bench-no-such-program': No such file"), "{}", error.chain());
    assert!(!error.hints.is_empty());
    assert!(run(&plan(Vec::new(), 1), &mut |_| {}).is_err());
    assert!(run(&plan(vec![sh(":")], 0), &mut |_| {}).is_err());
}

/// The signals that this thread blocks, as the kernel shows them.
fn blocked() -> String {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("SigBlk")).unwrap_or_default().to_owned()
}

#[test]
fn signals_reach_the_interrupt_and_commands_get_theirs() {
    // The signal goes to a process of its own: this very test, started again. It inherits a mask that blocks the signals in
    // all its threads, as they are in a program that watches before it starts any.
    if let Some(marker) = std::env::var_os("GIT_BENCH_TEST_WATCH") {
        let interrupt = Arc::new(Interrupt::default());
        let _watch = Watch::start(Arc::clone(&interrupt)).unwrap();
        let plan = Plan { interrupt: Some(Arc::clone(&interrupt)), ..plan(vec![sh("kill -INT $$; sleep 30")], 3) };
        assert_eq!(run(&plan, &mut |_| {}).unwrap()[0].failed, Some(ExitOutcome::Signal(2)));
        let plan = Plan { commands: vec![sh("kill -INT $PPID; sleep 30")], ..plan };
        let series = run(&plan, &mut |_| {}).unwrap();
        assert_eq!((interrupt.stopped(), series[0].samples.len(), series[0].failed), (Some(2), 0, None));
        fs::write(marker, "watched").unwrap();
        return;
    }
    let marker = tempfile::tempdir().unwrap();
    let path = marker.path().join("marker");
    let name = "signals_reach_the_interrupt_and_commands_get_theirs";
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args([name, "--nocapture"]).env("GIT_BENCH_TEST_WATCH", &path);
    let before = blocked();
    let watch = Watch::start(Arc::default()).unwrap();
    assert!(before.is_empty() || blocked() != before);
    let out = again.output().unwrap();
    drop(watch);
    assert_eq!(blocked(), before);
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), "watched", "{said}");
}
