//! The rank test: Mann & Whitney, "On a Test of Whether one of Two Random Variables is Stochastically Larger than the Other",
//! Annals of Mathematical Statistics 18 (1947) 50-60, with the limits of golang.org/x/perf (benchmath, AssumeNothing), so that
//! the p values are benchstat's.

use statrs::function::erf::erfc;

use super::robust::sorted;

/// Up to this many samples a side the exact distribution is used where no two values are equal.
pub const EXACT: usize = 50;
/// The same where values are equal.
pub const EXACT_TIED: usize = 25;

/// Two-sided p value of the Mann-Whitney U test. `None` where a side is empty or all values are equal (the ranks say nothing).
///
/// Exact up to [`EXACT`] samples a side ([`EXACT_TIED`] with ties, over the distribution conditional on these ties: Klotz, JASA
/// 61 (1966) 772-787); else the normal approximation with tie and continuity correction.
pub fn mann_whitney(first: &[f64], second: &[f64]) -> Option<f64> {
    let (n1, n2) = (first.len(), second.len());
    if n1 == 0 || n2 == 0 {
        return None;
    }
    let (groups, twice_rank_sum) = rank(first, second);
    if groups.len() == 1 {
        return None;
    }
    let tied = groups.iter().any(|g| *g > 1);
    let limit = if tied { EXACT_TIED } else { EXACT };
    // Twice U, so that half ranks stay whole numbers; the smaller of both sides'.
    let twice_u1 = twice_rank_sum - n1 * (n1 + 1);
    let twice_u = twice_u1.min(2 * n1 * n2 - twice_u1);
    if n1 <= limit && n2 <= limit {
        return Some(if twice_u == n1 * n2 { 1.0 } else { (2.0 * tail(&groups, n1, twice_u)).min(1.0) });
    }
    let (a, b) = (n1 as f64, n2 as f64);
    let n = a + b;
    let ties: f64 = groups.iter().map(|&g| (g as f64).powi(3) - g as f64).sum();
    let sigma = (a * b * ((n + 1.0) - ties / (n * (n - 1.0))) / 12.0).sqrt();
    let away = twice_u as f64 / 2.0 - a * b / 2.0;
    if sigma.is_nan() || sigma <= 0.0 {
        return None;
    }
    let z = (away - away.signum() * if away == 0.0 { 0.0 } else { 0.5 }) / sigma;
    Some(erfc(z.abs() / std::f64::consts::SQRT_2).min(1.0))
}

/// Sizes of the groups of equal values, ascending by value, and twice the sum of the (average) ranks of `first`.
fn rank(first: &[f64], second: &[f64]) -> (Vec<usize>, usize) {
    let (a, b) = (sorted(first), sorted(second));
    let (mut i, mut j, mut before, mut twice) = (0, 0, 0, 0);
    let mut groups = Vec::new();
    while i < a.len() || j < b.len() {
        let value = match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) => x.min(*y),
            (Some(x), None) | (None, Some(x)) => *x,
            (None, None) => break,
        };
        let same = |x: &f64| x.total_cmp(&value).is_le() || *x == value;
        let of_a = a[i..].iter().take_while(|x| same(x)).count();
        let of_b = b[j..].iter().take_while(|x| same(x)).count();
        let size = of_a + of_b;
        // Ranks before + 1 ..= before + size; twice their average is 2 before + size + 1.
        twice += of_a * (2 * before + size + 1);
        groups.push(size);
        before += size;
        i += of_a;
        j += of_b;
    }
    (groups, twice)
}

/// P(2 U <= `twice_u`) over all ways to choose which `n1` of the ranked values are the first sample's.
fn tail(groups: &[usize], n1: usize, twice_u: usize) -> f64 {
    // Without ties every rank is whole, so that half of the sums cannot occur.
    let unit = if groups.iter().all(|g| *g == 1) { 2 } else { 1 };
    let limit = (twice_u + n1 * (n1 + 1)) / unit;
    // ways[k][s]: choices of k values among the groups seen so far whose twice rank sum is s units (s <= limit).
    let mut ways = vec![vec![0.0_f64; limit + 1]; n1 + 1];
    ways[0][0] = 1.0;
    let (mut seen, mut all) = (0, vec![0.0_f64; n1 + 1]);
    all[0] = 1.0;
    for &size in groups {
        let twice_rank = 2 * seen + size + 1;
        let choose = binomials(size);
        for k in (0..=n1).rev() {
            for take in (1..=size.min(k)).rev() {
                let shift = take * twice_rank / unit;
                let (low, high) = ways.split_at_mut(k);
                for s in shift..=limit {
                    let more = low[k - take][s - shift];
                    if more != 0.0 {
                        high[0][s] += more * choose[take];
                    }
                }
                all[k] += all[k - take] * choose[take];
            }
        }
        seen += size;
    }
    ways[n1].iter().sum::<f64>() / all[n1]
}

fn binomials(n: usize) -> Vec<f64> {
    let mut row = vec![1.0];
    for k in 0..n {
        row.push(row[k] * (n - k) as f64 / (k + 1) as f64);
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_values_of_tables() {
        let p = |a: &[f64], b: &[f64]| mann_whitney(a, b).unwrap();
        assert!((p(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0]) - 2.0 / 70.0).abs() < 1e-12);
        assert!((p(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]) - 0.1).abs() < 1e-12);
        assert_eq!(p(&[1.0, 4.0], &[2.0, 3.0]), 1.0);
        assert_eq!(p(&[1.0], &[2.0]), 1.0);
        // Five against five, four of the first equal: still the most extreme split of C(10,5) = 252.
        let tied = p(&[115.0, 114.0, 115.0, 115.0, 115.0], &[78.8; 5]);
        assert!((tied - 2.0 / 252.0).abs() < 1e-12, "{tied}");
        assert_eq!(mann_whitney(&[1.0; 3], &[1.0; 3]), None);
        assert_eq!(mann_whitney(&[], &[1.0]), None);
    }

    #[test]
    fn the_approximation_meets_the_exact_values() {
        let a: Vec<f64> = (0..50).map(|i| f64::from(i * 2)).collect();
        let b: Vec<f64> = (0..50).map(|i| f64::from(i * 2 + 13)).collect();
        let exact = mann_whitney(&a, &b).unwrap();
        let a: Vec<f64> = a.into_iter().chain([55.0 + 0.5]).collect();
        let near = mann_whitney(&a, &b).unwrap();
        assert!((exact / near - 1.0).abs() < 0.2 && exact < 0.1, "{exact} {near}");
    }
}
