//! How numbers become text in our formats: RFC 8785 (JSON Canonicalization Scheme), which is ECMAScript's
//! `Number::toString`.

use serde_json::Value;

/// Writes a finite number as RFC 8785 section 3.2.2.3 has it: `1250000`, `1.52`, `1e-7`, `-0` as `0`. What is not finite
/// becomes `null`.
pub fn format_f64(value: f64) -> String {
    if !value.is_finite() {
        return "null".into();
    }
    if value == 0.0 {
        return "0".into();
    }
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return (value as i64).to_string();
    }
    // Rust's `{:e}` gives the shortest digits that read back to the same value, as ECMAScript wants them.
    let text = format!("{:e}", value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let len = digits.len() as i32;
    let sign = if value < 0.0 { "-" } else { "" };
    if len <= point && point <= 21 {
        format!("{sign}{digits}{}", "0".repeat((point - len) as usize))
    } else if 0 < point && point <= 21 {
        format!("{sign}{}.{}", &digits[..point as usize], &digits[point as usize..])
    } else if -6 < point && point <= 0 {
        format!("{sign}0.{}{digits}", "0".repeat(-point as usize))
    } else {
        let power = point - 1;
        let plus = if power > 0 { "+" } else { "" };
        let rest = if len > 1 { format!(".{}", &digits[1..]) } else { String::new() };
        format!("{sign}{}{rest}e{plus}{power}", &digits[..1])
    }
}

/// Rounds to 7 significant digits, as the spread and the samples of a note line are.
pub fn round7(value: f64) -> f64 {
    format!("{value:.6e}").parse().unwrap_or(value)
}

/// The RFC 8785 form of a JSON value: keys sorted by UTF-16 code units, no white space, numbers by [`format_f64`].
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write_canonical(value, &mut out);
    out
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Number(n) => out.push_str(&format_f64(n.as_f64().unwrap_or(f64::NAN))),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_canonical(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            if entries.iter().all(|(key, _)| key.is_ascii()) {
                entries.sort_unstable_by_key(|(key, _)| *key);
            } else {
                entries.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
            }
            out.push('{');
            for (i, (key, item)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                write_canonical(item, out);
            }
            out.push('}');
        }
        Value::String(text) => write_text(text, out),
        other => out.push_str(&other.to_string()),
    }
}

/// A string in quotes, escaped only where it must be.
fn write_text(text: &str, out: &mut String) {
    if text.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&Value::from(text).to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_rfc_8785() {
        // The samples of RFC 8785, appendix B.
        for (bits, want) in [
            (0x0000000000000000u64, "0"),
            (0x8000000000000000, "0"),
            (0x0000000000000001, "5e-324"),
            (0x7fefffffffffffff, "1.7976931348623157e+308"),
            (0x4340000000000000, "9007199254740992"),
            (0x4430000000000000, "295147905179352830000"),
            (0x44b52d02c7e14af5, "9.999999999999997e+22"),
            (0x444b1ae4d6e2ef4e, "999999999999999700000"),
            (0x444b1ae4d6e2ef50, "1e+21"),
            (0x3eb0c6f7a0b5ed8d, "0.000001"),
            (0x41b3de4355555553, "333333333.3333332"),
            (0xbecbf647612f3696, "-0.0000033333333333333333"),
        ] {
            assert_eq!(format_f64(f64::from_bits(bits)), want);
        }
        assert_eq!(format_f64(1e-7), "1e-7");
        assert_eq!(format_f64(1.52), "1.52");
    }

    #[test]
    fn the_canonical_form_sorts_keys() {
        let value = serde_json::json!({"b": 1.0, "a": [null, "x\n", {"z": 2, "y": true}]});
        assert_eq!(canonical(&value), r#"{"a":[null,"x\n",{"y":true,"z":2}],"b":1}"#);
    }

    #[test]
    fn seven_digits_are_kept() {
        assert_eq!(round7(0.123456789), 0.1234568);
        assert_eq!(round7(1234567890.0), 1234568000.0);
    }
}
