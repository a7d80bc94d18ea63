//! Columns of numbers as short text: differences, zigzagged, in groups of five bits, a character each.
//!
//! Much like the base 64 VLQ of source maps; read by `app/data.js`.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The greatest integer that is written; twice its double is exact in a browser's numbers.
const GREATEST: f64 = (1_u64 << 50) as f64;

/// Significant digits that the smallest value of a series keeps.
const KEPT: i32 = 4;

/// Integers, each as the difference from the one before it (the first from 0).
pub(super) fn integers(values: impl IntoIterator<Item = i64>) -> String {
    let mut out = String::new();
    let mut before = 0_i64;
    for value in values {
        let difference = value - before;
        before = value;
        let mut rest = ((difference << 1) ^ (difference >> 63)) as u64;
        loop {
            let (five, more) = ((rest & 31) as usize, rest > 31);
            out.push(char::from(DIGITS[five | if more { 32 } else { 0 }]));
            rest >>= 5;
            if !more {
                break;
            }
        }
    }
    out
}

/// The power of ten that values are counted in, so that the smallest of them keeps four digits; fewer only where the greatest is
/// more than 10^11 times as great.
pub(super) fn exponent(values: &[f64]) -> i32 {
    let sizes = || values.iter().map(|v| v.abs()).filter(|v| *v > 0.0 && v.is_finite());
    let (least, greatest) = sizes().fold((f64::INFINITY, 0.0_f64), |(a, b), v| (a.min(v), b.max(v)));
    if greatest == 0.0 {
        return 0;
    }
    let digits = |v: f64| v.log10().floor() as i32;
    (digits(least) + 1 - KEPT).max(digits(greatest) - 14).max(-300)
}

/// A value in units of `10^exponent`; `None` where it is no finite number, or too great for them.
pub(super) fn counted(value: f64, exponent: i32) -> Option<i64> {
    // Two exact powers: 10^300 and more has no exact double, and 10^-4 none at all.
    let scaled = if exponent < 0 { value * 10_f64.powi(-exponent) } else { value / 10_f64.powi(exponent) };
    let rounded = scaled.round();
    (rounded.abs() <= GREATEST).then_some(rounded as i64)
}

/// Optional integers: 0 is an unknown one, all others are one more than they are; empty where none is known.
pub(super) fn optional(values: &[Option<i64>]) -> String {
    if values.iter().all(Option::is_none) {
        return String::new();
    }
    integers(values.iter().map(|v| v.map_or(0, |v| v.max(0).saturating_add(1).min(GREATEST as i64))))
}

/// Bytes in base 64 as a content security policy has them.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let group = three.iter().fold(0_u32, |all, b| (all << 8) | u32::from(*b)) << (8 * (3 - three.len()));
        for i in 0..=three.len() {
            out.push(match DIGITS[(group >> (18 - 6 * i)) as usize & 63] {
                b'-' => '+',
                b'_' => '/',
                digit => char::from(digit),
            });
        }
        out.extend(std::iter::repeat_n('=', 3 - three.len()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_differences_of_five_bits_a_character() {
        assert_eq!(integers([0, 1, 2, 3]), "ACCC");
        assert_eq!(integers([-1, 15, 16]), "BgBC");
        assert_eq!(integers([1 << 50]).len(), 11);
        assert_eq!(optional(&[None, None]), "");
        assert_eq!(optional(&[None, Some(0), Some(0)]), "ACA");
    }

    #[test]
    fn values_keep_four_digits_or_more() {
        for values in [&[1.23456, 98.7654][..], &[1.5e-9, 3.0e-9], &[123_456_789.0], &[-0.001234, 5.0], &[2.5e300]] {
            let e = exponent(values);
            for v in values {
                let back = counted(*v, e).unwrap() as f64 * 10_f64.powi(e);
                assert!((back / v - 1.0).abs() < 5.1e-4, "{v} {back}");
            }
        }
        assert_eq!((exponent(&[]), exponent(&[0.0])), (0, 0));
        assert!(counted(1e300, exponent(&[1e-5, 1e300])).is_some());
        assert_eq!(counted(f64::NAN, 0), None);
        assert_eq!(counted(1e300, 0), None);
    }

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (text, want) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("\u{fb}", "w7s=")]
        {
            assert_eq!(base64(text.as_bytes()), want);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }
}
