//! The exact text of small tables.

use super::*;

fn row(name: &str, base: &[f64], head: &[f64]) -> SampleRow {
    SampleRow { name: name.into(), ends: [base.to_vec(), head.to_vec()] }
}

fn table(unit: &str, binary: bool, rows: Vec<SampleRow>) -> SampleTable {
    SampleTable { keys: vec![("pkg".into(), "a/b".into())], unit: unit.into(), binary, exact: false, rows }
}

fn printed(tables: Vec<SampleTable>) -> String {
    super::tables(&Samples { ends: ["old".into(), "new".into()], tables })
}

#[test]
fn medians_intervals_changes_and_means() {
    let (a, b) = ([10e-6, 11e-6, 12e-6, 13e-6, 14e-6, 15e-6], [20e-6, 21e-6, 22e-6, 23e-6, 24e-6, 25e-6]);
    let same = [5e-9; 6];
    let bytes = table("B/op", true, vec![row("Parse", &[2048.0], &[1024.0])]);
    let text = printed(vec![table("sec/op", false, vec![row("Parse", &a, &b), row("Noop", &same, &same)]), bytes]);
    let want = "\
pkg: a/b
        │     old      │                  new                  │
        │    sec/op    │    sec/op     vs base                 │
Parse     12.50µ ± 20%   22.50µ ± 11%  +80.00% (p=0.002 n=6)
Noop      5.000n ±  0%   5.000n ±  0%        ~ (p=1.000 n=6) ¹
geomean   250.0n         335.4n        +34.16%
¹ all samples are equal

      │      old      │               new                │
      │     B/op      │     B/op       vs base           │
Parse   2.000Ki ± ∞ ¹   1.000Ki ± ∞ ¹  ~ (p=1.000 n=1) ²
¹ need >= 6 samples for confidence interval at level 0.95
² need >= 4 samples to detect a difference at alpha level 0.05
";
    assert_eq!(text, want, "\n{text}");
}

#[test]
fn one_end_alone_zeros_and_hostile_text() {
    let rows = vec![row("x\x1b[2J\n", &[0.0; 6], &[0.0; 6]), row("y", &[0.0; 6], &[1.0; 6]), row("z", &[-1.0; 6], &[])];
    let text = printed(vec![table("count", false, rows)]);
    assert!(!text.contains('\x1b') && !text.contains("NaN") && !text.contains("inf"), "{text}");
    assert!(text.contains("? (p=0.002 n=6)") && text.contains("benchmark set differs from baseline"), "{text}");
    assert_eq!(text.lines().filter(|l| l.contains('│')).count(), 2, "{text}");
    let only = printed(vec![table("sec/op", false, vec![row("z", &[], &[1.0, 2.0])])]);
    assert!(!only.contains("vs base") && !only.contains("old"), "{only}");
}

#[test]
fn an_exact_unit_that_varies_says_so_in_the_numbers_of_go() {
    let varies = SampleTable { exact: true, ..table("sec/op", false, vec![row("X", &[5e-9, 6e-9, 5e-9], &[0.5])]) };
    let text = printed(vec![varies]);
    assert!(text.contains("¹ exact distribution expected, but values range from 5e-09 to 6e-09"), "{text}");
    assert_eq!([go_number(1e21), go_number(100.5), go_number(0.0001)], ["1e+21", "100.5", "0.0001"]);
}
