//! Student's t, and the two-sample t test after Welch.

use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::beta::beta_reg;

use super::robust::{mean, variance};

/// Two-sided p value of a t statistic with `df` degrees of freedom: the regularised incomplete beta function
/// I(df / (df + t^2); df / 2, 1 / 2), exact far into the tails (Abramowitz & Stegun 26.7.1). 1 where undefined.
pub fn two_sided(t: f64, df: f64) -> f64 {
    if !t.is_finite() {
        return if t.is_nan() || df.is_nan() || df <= 0.0 { 1.0 } else { 0.0 };
    }
    if df.is_nan() || df <= 0.0 {
        return 1.0;
    }
    beta_reg(df / 2.0, 0.5, (df / (df + t * t)).clamp(0.0, 1.0)).clamp(0.0, 1.0)
}

/// The t that a share `1 - alpha` of values lies within, two-sided, with `df` (at least 1) degrees of freedom.
pub fn critical(alpha: f64, df: f64) -> f64 {
    let share = 1.0 - alpha.clamp(1e-12, 1.0) / 2.0;
    StudentsT::new(0.0, 1.0, df.max(1.0)).map_or(f64::MAX, |t| t.inverse_cdf(share))
}

/// What a two-sample t test saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TTest {
    /// Mean of the second minus mean of the first.
    pub difference: f64,
    /// Standard error of `difference`.
    pub error: f64,
    /// Degrees of freedom after Welch and Satterthwaite.
    pub df: f64,
    /// Two-sided p value.
    pub p: f64,
}

/// Welch's unequal-variances t test (Welch, Biometrika 34 (1947) 28-35) from means, sample variances (n - 1) and sizes. `None`
/// below two values a side. Where both variances are 0, p is 1 for equal means and else 0.
pub fn welch_of(first: (f64, f64, f64), second: (f64, f64, f64)) -> Option<TTest> {
    let ((m1, v1, n1), (m2, v2, n2)) = (first, second);
    if n1 < 2.0 || n2 < 2.0 || !(m1 + m2 + v1 + v2).is_finite() {
        return None;
    }
    let (e1, e2) = (v1 / n1, v2 / n2);
    let (difference, error) = (m2 - m1, (e1 + e2).sqrt());
    if error == 0.0 {
        return Some(TTest { difference, error, df: n1 + n2 - 2.0, p: if difference == 0.0 { 1.0 } else { 0.0 } });
    }
    let df = (e1 + e2) * (e1 + e2) / (e1 * e1 / (n1 - 1.0) + e2 * e2 / (n2 - 1.0));
    Some(TTest { difference, error, df, p: two_sided(difference / error, df) })
}

/// [`welch_of`] two slices of samples.
pub fn welch(first: &[f64], second: &[f64]) -> Option<TTest> {
    let of = |x: &[f64]| (mean(x), variance(x), x.len() as f64);
    welch_of(of(first), of(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_of_tables() {
        assert!((two_sided(2.228, 10.0) - 0.05).abs() < 1e-4);
        assert!((critical(0.05, 10.0) - 2.2281).abs() < 1e-3);
        assert!(two_sided(40.0, 58.0) > 0.0 && two_sided(40.0, 58.0) < 1e-30);
        assert_eq!(two_sided(f64::NAN, 3.0), 1.0);
        assert_eq!(two_sided(1.0, 0.0), 1.0);
    }

    #[test]
    fn welch_by_hand() {
        let t = welch(&[1.0, 2.0, 3.0, 4.0], &[2.0, 4.0, 6.0, 8.0]).unwrap();
        assert!(
            (t.difference - 2.5).abs() < 1e-12 && (t.df - 4.4118).abs() < 1e-3 && (t.p - 0.151).abs() < 5e-3,
            "{t:?}"
        );
        assert_eq!(welch(&[1.0, 1.0], &[2.0, 2.0]).unwrap().p, 0.0);
        assert!(welch(&[1.0], &[2.0, 2.0]).is_none());
    }
}
