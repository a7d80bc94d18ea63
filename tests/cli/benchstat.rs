//! `diff --format benchstat`: what benchstat prints of the same Go benchmarks, recorded at two commits.

use std::path::PathBuf;

use crate::{NO_DATA, Repo, USAGE, repo, result, same_text, skipped};

/// Two commits, tagged, with a Go text each.
fn recorded(ends: [(&str, &str); 2]) -> Repo {
    let r = repo();
    for (tag, text) in ends {
        r.commit(tag);
        r.git(&format!("tag {tag}"));
        r.bench("record - --platform machine=lab").stdin(text).run().ok();
    }
    r
}

fn printed(r: &Repo, words: &str) -> String {
    r.bench(&format!("diff {words} --format benchstat")).run().ok().out()
}

const OLD: &str = "goos: linux\ngoarch: amd64\npkg: a/b\ncpu: Lab 1\n\
    BenchmarkParse/size=1-8 10 100 ns/op 20.48 MB/s 2048 B/op 3 allocs/op\n\
    BenchmarkParse/size=1-8 10 102 ns/op 20.48 MB/s 2048 B/op 3 allocs/op\n\
    BenchmarkParse/size=1-8 10 104 ns/op 20.48 MB/s 2048 B/op 3 allocs/op\n\
    BenchmarkParse/size=1-8 10 106 ns/op 20.48 MB/s 2048 B/op 3 allocs/op\n\
    BenchmarkParse/size=1-8 10 108 ns/op 20.48 MB/s 2048 B/op 3 allocs/op\n\
    BenchmarkParse/size=1-8 10 110 ns/op 20.48 MB/s 2048 B/op 3 allocs/op\n\
    BenchmarkGone-8 10 5 ns/op\nPASS\n";
const NEW: &str = "goos: linux\ngoarch: amd64\npkg: a/b\ncpu: Lab 1\n\
    BenchmarkParse/size=1-8 10 1200 ns/op 20.48 MB/s 1024 B/op 3 allocs/op\n\
    BenchmarkParse/size=1-8 10 1202 ns/op 20.48 MB/s 1024 B/op 3 allocs/op\n\
    BenchmarkParse/size=1-8 10 1204 ns/op 20.48 MB/s 1024 B/op 3 allocs/op\n\
    BenchmarkParse/size=1-8 10 1206 ns/op 20.48 MB/s 1024 B/op 3 allocs/op\n\
    BenchmarkParse/size=1-8 10 1208 ns/op 20.48 MB/s 1024 B/op 3 allocs/op\n\
    BenchmarkParse/size=1-8 10 1210 ns/op 20.48 MB/s 1024 B/op 3 allocs/op\nPASS\n";

#[test]
fn a_table_a_unit_with_changes_and_remarks() {
    let r = recorded([("old", OLD), ("new", NEW)]);
    let want = "\
goos: linux
goarch: amd64
pkg: a/b
cpu: Lab 1
             │      old      │                   new                   │
             │    sec/op     │    sec/op     vs base                   │
Parse/size=1   105.0n ± 5%     1205.0n ± 0%  +1047.62% (p=0.002 n=6)
Gone           5.000n ±  ∞ ¹
geomean        22.91n           1.205µ       +1047.62%               ²
¹ need >= 6 samples for confidence interval at level 0.95
² benchmark set differs from baseline; geomeans may not be comparable

             │     old      │               new               │
             │     B/s      │     B/s       vs base           │
Parse/size=1   19.53Mi ± 0%   19.53Mi ± 0%  ~ (p=1.000 n=6) ¹
¹ all samples are equal

             │     old      │                 new                 │
             │     B/op     │     B/op      vs base               │
Parse/size=1   2.000Ki ± 0%   1.000Ki ± 0%  -50.00% (p=0.002 n=6)

             │    old     │              new              │
             │ allocs/op  │ allocs/op   vs base           │
Parse/size=1   3.000 ± 0%   3.000 ± 0%  ~ (p=1.000 n=6) ¹
¹ all samples are equal
";
    same_text(&printed(&r, "old new"), want, "");
    assert_eq!(printed(&r, "old new"), printed(&r, "old new"));
    // What is compared is said beside it.
    r.bench("diff old new --format benchstat").run().ok().tells("base ").tells("(old)").tells("head ");
    let only = printed(&r, "old new --metric memory");
    assert!(only.contains("B/op") && !only.contains("sec/op"), "{only}");
    r.bench("diff old new --format benchstat --exit-code").run().code(crate::NO);
}

#[test]
fn samples_beyond_a_line_come_from_the_full_result() {
    let text = |from: u32| -> String {
        let lines = (0..20).rev().map(|i| format!("BenchmarkZ-8 10 {} ns/op\nBenchmarkA-8 10 5 ns/op\n", from + i));
        format!("pkg: p\n{}PASS\n", lines.collect::<String>())
    };
    let r = recorded([("old", &text(100)), ("new", &text(200))]);
    let ran = r.bench("diff old new --format benchstat").run().ok().tells_not("warning");
    let out = ran.out();
    assert!(out.contains("(p=0.000 n=20)") && out.contains("109.5n ± 4%"), "{out}");
    assert!(out.find("\nZ ") < out.find("\nA "), "in the order in which they were measured: {out}");
    // Where the full results are gone, it is said.
    std::fs::remove_dir_all(r.path().join(".git/bench")).unwrap();
    let ran = r.bench("diff old new --format benchstat").run().ok();
    ran.tells("2 full results are not at hand").tells("each counts as one sample").says("n=1");
}

#[test]
fn other_harnesses_and_what_cannot_be_compared() {
    let r = repo();
    r.measured("one", 2.0);
    r.git("switch --quiet --create topic");
    r.measured("two", 3.0);
    let out = printed(&r, "");
    assert!(out.contains("latency-sec") && out.contains("2.000m ± ∞ ¹") && out.contains("need >= 6 samples"), "{out}");
    r.bench("diff --format benchstat -- nothing").run().fails(NO_DATA, "no benchmark fits");
    for words in ["log", "show", "check", "blame"] {
        r.bench(&format!("{words} --format benchstat")).run().fails(USAGE, "'benchstat' is of 'git bench diff' alone");
    }
    r.bench("log --format github").run().fails(USAGE, "'github' is of 'git bench check' alone");
    // A unit that does not convert is a table of its own, and said.
    r.git("switch --quiet --create bytes main");
    r.commit("bytes");
    r.bench("record -").stdin(crate::metric("parse", "latency", "B", 1500.0)).run().ok();
    let ran = r.bench("diff --format benchstat").run().code(NO_DATA);
    ran.tells("its unit changed from 'ms' to 'B'").says("latency-bytes").says("latency-sec");
    r.git("switch --quiet --create renamed main");
    r.commit("renamed");
    r.bench("record -").stdin(result(&[("parse2", 3.0)])).run().ok();
    r.bench("diff --format benchstat").run().code(NO_DATA).says("benchmark set differs from baseline");
}

#[test]
fn of_two_benchmarks_with_one_name_the_first_keeps_it() {
    let r = repo();
    let twice = r#"{"benchmarks":[{"name":"x","metrics":{"time":{"samples":[1,1,1],"unit":"ms"}}},{"name":"x","metrics":{"time":{"samples":[9,9,9],"unit":"ms"}}}]}"#;
    for tag in ["old", "new"] {
        r.commit(tag);
        r.git(&format!("tag {tag}"));
        r.bench("record -").stdin(twice).run().ok();
    }
    let out = printed(&r, "old new");
    assert!(out.lines().any(|line| line.starts_with("x ") && line.contains("1.000m")), "{out}");
}

#[test]
fn a_unit_that_is_said_to_be_exact_needs_no_six_samples() {
    let text = |sizes: [u32; 3]| {
        let lines: String = sizes.iter().map(|n| format!("BenchmarkBuild 1 {n} text-bytes 5 ns/op\n")).collect();
        format!("Unit text-bytes assume=exact\nUnit sec/op assume=exact\n{lines}")
    };
    let r = recorded([("old", &text([7, 9, 9])), ("new", &text([10, 10, 10]))]);
    let out = printed(&r, "old new --metric text-bytes");
    assert!(out.contains("9.000 ± 22% ¹   10.000 ± 0%  +11.11% (n=3)"), "{out}");
    assert!(out.contains("¹ exact distribution expected, but values range from 7 to 9"), "{out}");
    let out = printed(&r, "old new --metric time");
    assert!(out.contains("5.000n ± 0%   5.000n ± 0%  0.00% (n=3)"), "{out}");
}

fn golden(name: &str) -> Option<String> {
    let Some(root) = std::env::var_os("GIT_BENCH_CORPUS") else {
        skipped("GIT_BENCH_CORPUS is not set");
        return None;
    };
    let path = PathBuf::from(root).join("golden/benchstat").join(name);
    Some(std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}

/// A printed table as we can know it: without the lines of the configuration, and without the `-8` that all names share, which
/// is a fact of the machine for us.
fn without_procs(text: &str, suffix: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let rest: Option<(&str, &str)> = line.split_once(suffix).filter(|(name, _)| !name.contains(' '));
        let line = match rest {
            _ if ["pkg:", "goos:", "goarch:", "cpu:"].iter().any(|key| line.starts_with(key)) => continue,
            Some((name, rest)) => format!("{name}{rest}"),
            None if line.starts_with("geomean") => line.replacen(&" ".repeat(suffix.len()), "", 1),
            None => line.strip_prefix(&" ".repeat(suffix.len())).unwrap_or(line).to_owned(),
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}

#[test]
fn the_tables_of_benchstat_byte_for_byte() {
    let Some(old) = golden("crc-old.txt") else { return };
    let (new, table) = (golden("crc-new.txt").unwrap(), golden("crcIgnore.stdout").unwrap());
    let r = recorded([("crc-old.txt", &old), ("crc-new.txt", &new)]);
    let out = printed(&r, "crc-old.txt crc-new.txt");
    for key in ["pkg: hash/crc32", "goarch: amd64", "goos: darwin"] {
        assert!(out.lines().any(|line| line == key), "{key}: {out}");
    }
    same_text(&without_procs(&out, ""), &without_procs(&table, "-8"), "crcIgnore");
    // One file with both ends, each under its note.
    for (name, suffix) in [("issue19565", ""), ("issue19634", "-4"), ("smallSample", ""), ("units", ""), ("zero", "")] {
        let text = golden(&format!("{name}.txt")).unwrap();
        let (before, after) = text.split_once("note: after").unwrap();
        let r = recorded([("before", before), ("after", after)]);
        let out = printed(&r, "before after");
        let table = golden(&format!("{name}.stdout")).unwrap();
        same_text(&without_procs(&out, ""), &without_procs(&table, suffix), name);
    }
}

#[test]
fn the_numbers_of_benchstat_where_its_form_is_another() {
    let Some(old) = golden("old.txt") else { return };
    let r = recorded([("old.txt", &old), ("new.txt", &golden("new.txt").unwrap())]);
    let out = printed(&r, "old.txt new.txt");
    for row in
        golden("csvOldNew.stdout").unwrap().lines().filter(|l| l.starts_with("Encode") || l.starts_with("geomean"))
    {
        let cells: Vec<&str> = row.split(',').collect();
        let name = cells[0].trim_end_matches("-48");
        let found = out.lines().find(|l| l.starts_with(name)).unwrap_or_else(|| panic!("{name}: {out}"));
        let micro = |cell: &str| format!("{:.3}µ", cell.parse::<f64>().unwrap() * 1e6);
        for wanted in [&micro(cells[1]), cells[2], &micro(cells[3]), cells[4], cells[5], cells[6]] {
            assert!(found.contains(wanted), "{wanted} is not in {found}");
        }
    }
}

/// `8602.5Mi`, `37%` or `(p=0.000` as a number and half of what its last digit is worth.
fn number(word: &str) -> (f64, f64) {
    let word = word.trim_start_matches("(p=").trim_end_matches([')', '%', '¹', '²']).replace('+', "");
    let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
    let scale = match &word[digits.len()..] {
        "" => 1.0,
        "n" => 1e-9,
        "µ" => 1e-6,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        other => panic!("{other} in {word}"),
    };
    let places = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len() as i32);
    (digits.parse::<f64>().unwrap() * scale, scale * 0.5 * 10_f64.powi(-places))
}

/// The numbers of the rows, table by table: name, then each center, interval, change, p and n.
fn rows_of(text: &str) -> Vec<Vec<String>> {
    let rows = text.lines().filter(|line| line.contains('±') || line.starts_with("geomean"));
    let words = |line: &str| {
        line.split_whitespace().filter(|word| !matches!(*word, "±" | "¹" | "²")).map(str::to_owned).collect()
    };
    rows.map(words).collect()
}

/// Two commits say what one table of benchstat says of two of its columns: the same to the last digit that both print.
#[track_caller]
fn is_as_printed(ours: &str, theirs: &[Vec<String>]) {
    let ours = rows_of(ours);
    assert_eq!(ours.len(), theirs.len(), "{ours:#?}");
    for (our, their) in ours.iter().zip(theirs) {
        assert_eq!((&our[0], our.len()), (&their[0], their.len()), "{our:?} {their:?}");
        for (a, b) in our.iter().zip(their).skip(1) {
            let same = a == b || {
                let ((a, half), (b, other)) = (number(a), number(b));
                (a - b).abs() <= 1.001 * half.max(other)
            };
            assert!(same, "{a} is not {b}: {our:?} {their:?}");
        }
    }
}

#[test]
fn the_numbers_of_tables_whose_columns_are_not_two_files() {
    let Some(old) = golden("crc-old.txt") else { return };
    let new = golden("crc-new.txt").unwrap();
    // One file alone, under its note: against itself, its columns are those of the table.
    let tables = golden("crcOldNew.stdout").unwrap();
    let (of_old, of_new) = tables.split_once("note: hw acceleration enabled").unwrap();
    for (text, table) in [(&old, of_old), (&new, of_new)] {
        let out = printed(&recorded([("one", text), ("two", text)]), "one two");
        let column = |row: Vec<String>| row[..if row[0] == "geomean" { 2 } else { 3 }].to_vec();
        let ours: Vec<Vec<String>> = rows_of(&out).into_iter().map(column).collect();
        let theirs: Vec<Vec<String>> = rows_of(&table.replace("-8  ", "  ")).into_iter().map(column).collect();
        assert_eq!(ours, theirs);
        assert_eq!(theirs.len(), 74);
    }
    // The polynomials of one file beside each other: each is measured at a commit of its own.
    let table = rows_of(&golden("crcSizeVsPoly.stdout").unwrap());
    let of = |poly: &str| -> String {
        let begin = format!("BenchmarkCRC32/poly={poly}/size=");
        let lines = new.lines().filter_map(|line| line.strip_prefix(&begin)).filter(|line| line.contains("/align=0-8"));
        lines.map(|line| format!("Benchmark{}\n", line.replace("/align=0-8", "-8"))).collect()
    };
    for (poly, (row_at, mean_at)) in [("Castagnoli", (3, 2)), ("Koopman", (8, 4))] {
        let out = printed(&recorded([("IEEE", &of("IEEE")), (poly, &of(poly))]), &format!("IEEE {poly}"));
        let pair = |row: &Vec<String>| match row[0].as_str() {
            // Of each column but the first, a mean and a change.
            "geomean" => [&row[..2], &row[mean_at..mean_at + 2]].concat(),
            _ => [&row[..3], &row[row_at..row_at + 5]].concat(),
        };
        is_as_printed(&out, &table.iter().map(pair).collect::<Vec<_>>());
    }
    // All formats of a benchmark as one row: their samples together.
    let pooled = golden("new.txt").unwrap().replace("/format=json", "").replace("/format=gob", "");
    let out = printed(&recorded([("one", &pooled), ("two", &pooled)]), "one two");
    let found = out.lines().find(|l| l.starts_with("Encode ")).unwrap_or_else(|| panic!("{out}"));
    let table = golden("csvErrors.stdout").unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|row| row.split(',').collect()).collect();
    let cells = rows.iter().find(|cells| cells[0] == "Encode").unwrap();
    let micro = |cell: &str| format!("{:.3}µ", cell.parse::<f64>().unwrap() * 1e6);
    assert!(found.contains(&micro(cells[1])) && found.contains(cells[2]), "{cells:?}: {found}");
    // The mean of one row, which is not printed, is that row.
    let mean = rows.iter().find(|cells| cells[0] == "geomean").unwrap();
    assert_eq!(micro(mean[1]), micro(cells[1]));
}
