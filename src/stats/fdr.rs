//! Many series at once: the false discovery rate.

/// Adjusted p values (`q`) of Benjamini & Hochberg, "Controlling the False Discovery Rate", JRSS B 57 (1995) 289-300: sorted
/// ascending, `q_(i) = min over j >= i of p_(j) m / j`. Rejecting where q <= alpha keeps the expected share of false ones among
/// the rejected at alpha (independent or positively dependent tests). Same order as the input.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]).then(a.cmp(&b)));
    let mut q = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (rank, &at) in order.iter().enumerate().rev() {
        least = least.min(p[at] * p.len() as f64 / (rank + 1) as f64);
        q[at] = least;
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_paper() {
        // Benjamini & Hochberg 1995, section 4: 15 p values, four are rejected at 0.05.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0,
        ];
        assert_eq!(benjamini_hochberg(&p).iter().filter(|q| **q <= 0.05).count(), 4);
        assert_eq!(benjamini_hochberg(&[]), Vec::<f64>::new());
        assert_eq!(benjamini_hochberg(&[0.04, 0.01]), vec![0.04, 0.02]);
    }
}
