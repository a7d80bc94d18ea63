//! Against the tables that benchstat printed, where the corpus is there.

use std::collections::BTreeMap;

use super::*;

#[test]
fn intervals_of_few_samples() {
    assert_eq!(summary(&[]), None);
    let of = |n: usize| median_interval(n, 0.95);
    assert_eq!((of(5).0, of(5).1), (0, 5));
    assert_eq!((of(6).0, of(6).1), (1, 6));
    assert_eq!((of(10).0, of(10).1), (2, 9));
    assert!((of(6).2 - 0.96875).abs() < 1e-12);
    let one = summary(&[3.0]).unwrap();
    assert_eq!((one.center, one.lo, one.hi, one.percent()), (3.0, None, None, None));
    let (low, high, sure) = of(31);
    assert!(low >= 10 && high <= 22 && sure >= 0.95, "{low} {high} {sure}");
    assert_eq!(geomean(&[1.0, 4.0]), Some(2.0));
    assert_eq!(geomean(&[1.0, 0.0]), None);
    assert_eq!(compare(&[0.0; 3], &[0.0; 3]).ratio, Some(1.0));
    assert_eq!(compare(&[0.0; 3], &[1.0; 3]).ratio, None);
}

/// Samples in seconds or bytes per second by (unit, benchmark without its prefix), in order of appearance.
fn samples(text: &str) -> BTreeMap<(String, String), Vec<f64>> {
    let mut out: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(name) = words.first().and_then(|w| w.strip_prefix("Benchmark")) else { continue };
        for pair in words[2..].chunks(2) {
            let Ok(value) = pair[0].parse::<f64>() else { continue };
            let (unit, value) = match pair[1] {
                "ns/op" => ("sec/op", value * 1e-9),
                "MB/s" => ("B/s", value * 1e6),
                other => (other, value),
            };
            out.entry((unit.to_string(), name.to_string())).or_default().push(value);
        }
    }
    out
}

/// A number as benchstat scales it: 46.55n, 1.594Gi, 100.0.
fn scaled(text: &str) -> f64 {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let factor = match &text[digits.len()..] {
        "" => 1.0,
        "n" => 1e-9,
        "µ" => 1e-6,
        "m" => 1e-3,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        other => panic!("scale {other}"),
    };
    digits.parse::<f64>().unwrap() * factor
}

#[test]
fn the_tables_of_benchstat() {
    let Some(folder) = crate::stats::corpus("golden/benchstat") else { return };
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let (old, new) = (samples(&read("crc-old.txt")), samples(&read("crc-new.txt")));
    let (mut unit, mut rows, mut centers) = (String::new(), 0, (Vec::new(), Vec::new()));
    for line in read("crcIgnore.stdout").lines() {
        let words: Vec<&str> = line.split_whitespace().filter(|w| !"│±".contains(w)).collect();
        if words.first().is_some_and(|w| *w == "sec/op" || *w == "B/s") {
            unit = words[0].to_string();
            centers = (Vec::new(), Vec::new());
        }
        let near = |value: f64, text: &str| {
            assert!((value / scaled(text) - 1.0).abs() < 2e-3, "{value} is not {text}: {line}")
        };
        if words.first() == Some(&"geomean") {
            let (a, b) = (geomean(&centers.0).unwrap(), geomean(&centers.1).unwrap());
            near(a, words[1]);
            near(b, words[2]);
            assert_eq!(format!("{:+.2}%", (b / a - 1.0) * 100.0), words[3]);
        }
        let Some(name) = words.first().filter(|w| w.starts_with("CRC32")) else { continue };
        let key = (unit.clone(), (*name).to_string());
        let (a, b) = (&old[&key], &new[&key]);
        let (x, y, c) = (summary(a).unwrap(), summary(b).unwrap(), compare(a, b));
        near(x.center, words[1]);
        near(y.center, words[3]);
        assert_eq!(format!("{:.0}%", x.percent().unwrap()), words[2], "{line}");
        assert_eq!(format!("{:.0}%", y.percent().unwrap()), words[4], "{line}");
        let delta = if c.p > c.alpha { "~".to_string() } else { format!("{:+.2}%", (c.ratio.unwrap() - 1.0) * 100.0) };
        assert_eq!(delta, words[5], "{line}");
        assert_eq!(format!("(p={:.3}", c.p), words[6], "{line}");
        centers.0.push(x.center);
        centers.1.push(y.center);
        rows += 1;
    }
    assert_eq!(rows, 72);
    let (old, new) = (samples(&read("old.txt")), samples(&read("new.txt")));
    for (name, percent, p) in
        [("Encode/format=json-48", "-17.20%", "0.000"), ("Encode/format=gob-48", "+0.15%", "0.446")]
    {
        let key = ("sec/op".to_string(), name.to_string());
        let c = compare(&old[&key], &new[&key]);
        assert_eq!(format!("{:+.2}%", (c.ratio.unwrap() - 1.0) * 100.0), percent);
        assert_eq!(format!("{:.3}", c.p), p);
    }
    let few = read("issue19634.txt");
    let (before, after) = few.split_once("note: after").unwrap();
    let (a, b) = (samples(before), samples(after));
    let (a, b) = (a.values().next().unwrap(), b.values().next().unwrap());
    assert_eq!(format!("{:.3} {:+.2}", compare(a, b).p, (compare(a, b).ratio.unwrap() - 1.0) * 100.0), "0.008 -31.48");
    assert_eq!(summary(a).unwrap().percent(), None);
}

#[test]
fn exact_values_are_their_mode_and_every_difference_counts() {
    let one = exact_summary(&[3.0, 1.0, 3.0, 2.0]).unwrap();
    assert_eq!((one.center, one.lo, one.hi, one.confidence, one.n), (3.0, Some(1.0), Some(3.0), 1.0, 4));
    assert_eq!(exact_summary(&[2.0, 1.0]).unwrap().center, 1.0, "of values that are as frequent, the smallest");
    assert_eq!(exact_summary(&[]), None);
    let compared = exact_compare(&[100.0], &[105.0, 105.0]);
    assert_eq!((compared.p, compared.ratio, compared.n1, compared.n2), (0.0, Some(1.05), 1, 2));
    assert_eq!((exact_compare(&[0.0], &[0.0]).ratio, exact_compare(&[0.0], &[1.0]).ratio), (Some(1.0), None));
}
