//! Numbers as benchstat writes them: at least four significant digits, one prefix for a whole row.
//!
//! Source: golang.org/x/perf `benchunit` (Scale, CommonScale): the value nearest to zero chooses prefix and digits.

/// Powers of 1000 from pico-free nano up, largest first.
const DECIMAL: [(&str, f64); 8] =
    [("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3), ("", 1.0), ("m", 1e-3), ("µ", 1e-6), ("n", 1e-9)];
/// Powers of 1024; below one byte there is no prefix.
const BINARY: [(&str, f64); 5] =
    [("Ti", 1_099_511_627_776.0), ("Gi", 1_073_741_824.0), ("Mi", 1_048_576.0), ("Ki", 1024.0), ("", 1.0)];

/// The prefix of a row and its digits behind the point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    prefix: &'static str,
    factor: f64,
    digits: usize,
}

impl Scale {
    /// The scale that fits all of these values.
    pub(super) fn of(values: &[f64], binary: bool) -> Self {
        let least = values.iter().map(|v| v.abs()).filter(|v| *v > 0.0 && v.is_finite()).reduce(f64::min);
        let Some(least) = least else { return Self { prefix: "", factor: 1.0, digits: 3 } };
        let steps: &[(&str, f64)] = if binary { &BINARY } else { &DECIMAL };
        let (prefix, factor) = *steps.iter().find(|(_, f)| least >= 0.99995 * f).unwrap_or(&steps[steps.len() - 1]);
        // Where rounding to four digits begins a further one.
        let digits = match least / factor {
            v if v >= 99.995 => 1,
            v if v >= 9.9995 => 2,
            v if v >= 0.99995 => 3,
            v => (3..10).find(|d| v >= 9.9995 / 10_f64.powi(*d - 2)).unwrap_or(10) as usize,
        };
        Self { prefix, factor, digits }
    }

    /// A value in this scale, `46.55n`.
    pub(super) fn write(self, value: f64) -> String {
        format!("{:.*}{}", self.digits, value / self.factor, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_nearest_to_zero_chooses() {
        for (values, binary, want) in [
            (&[46.55e-9][..], false, "46.55n"),
            (&[237.5e-9, 56.75e-9], false, "237.50n"),
            (&[1701e-9, 298e-9], false, "1701.0n"),
            (&[0.0], false, "0.000"),
            (&[0.0, 100.0], false, "0.0"),
            (&[307.3 * 1048576.0], true, "307.3Mi"),
            (&[1020.0 * 1024.0], true, "1020.0Ki"),
            (&[0.3e-9], false, "0.3000n"),
            (&[0.5], true, "0.5000"),
            (&[9.9996e-6], false, "10.00µ"),
            (&[-2.0], false, "-2.000"),
        ] {
            assert_eq!(Scale::of(values, binary).write(values[0]), want, "{values:?}");
        }
    }
}
