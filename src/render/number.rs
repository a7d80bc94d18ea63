//! Numbers as people read them: four significant digits, a unit of a readable size, never `inf` or `NaN`.

use crate::model::Unit;

/// What stands where a number is unknown.
pub const MISSING: &str = "-";

/// Steps of one quantity: name, size in base units, from which size on it is chosen.
type Steps = &'static [(&'static str, f64, f64)];

const TIME: Steps = &[
    ("ps", 1e-12, 0.0),
    ("ns", 1e-9, 1e-9),
    ("us", 1e-6, 1e-6),
    ("ms", 1e-3, 1e-3),
    ("s", 1.0, 1.0),
    ("h", 3600.0, 10_000.0),
];
const SHORT_TIME: Steps = &[("ns", 1e-9, 0.0), ("us", 1e-6, 1e-6), ("ms", 1e-3, 1e-3), ("s", 1.0, 1.0)];
const DECIMAL: Steps = &[("B", 1.0, 0.0), ("kB", 1e3, 1e3), ("MB", 1e6, 1e6), ("GB", 1e9, 1e9), ("TB", 1e12, 1e12)];
const BINARY: Steps = &[
    ("B", 1.0, 0.0),
    ("KiB", 1024.0, 1024.0),
    ("MiB", 1048576.0, 1048576.0),
    ("GiB", 1073741824.0, 1073741824.0),
    ("TiB", 1099511627776.0, 1099511627776.0),
];
const COUNT: Steps = &[("", 1.0, 0.0), ("k", 1e3, 1e4), ("M", 1e6, 1e6), ("G", 1e9, 1e9), ("T", 1e12, 1e12)];

/// A measured value: `12.35 ms`, `1.25M`, `1.5 MiB`, `873 MB/s`. The unit is scaled within its quantity; a binary unit
/// of bytes stays binary; without a known unit, 10,000 and more are written with `k`, `M`, `G` or `T`.
pub fn value(value: f64, unit: &str) -> String {
    if !value.is_finite() {
        return MISSING.into();
    }
    let typed = Unit::new(unit);
    let (what, per) = unit.split_once('/').map_or((unit, ""), |(what, per)| (what, per));
    let bytes = if what.ends_with("iB") { BINARY } else { DECIMAL };
    if value == 0.0 || unit == "%" {
        return joined(digits(value, 4), if unit == "count" { "" } else { unit });
    }
    if typed.is_time() {
        // Minutes and hours that read well stay what they are.
        if matches!(unit, "min" | "h") && (1.0..1000.0).contains(&value.abs()) {
            return joined(digits(value, 4), unit);
        }
        return scaled(value, unit, TIME, "");
    }
    if typed.is_bytes() {
        return scaled(value, unit, bytes, "");
    }
    if typed.is_rate() && Unit::new(what).is_bytes() && Unit::new(per).is_time() {
        return scaled(value, unit, bytes, "/s");
    }
    let (name, size, _) = step(value, COUNT);
    joined(format!("{}{name}", digits(value / size, 4)), if unit == "count" { "" } else { unit })
}

/// How values of a unit are written, for those who write them elsewhere: what stands behind the number, how many of `unit`
/// one of it is, and from which size in `unit` on it is chosen; ascending.
pub fn scale(unit: &str) -> Vec<(String, f64, f64)> {
    let typed = Unit::new(unit);
    let (what, per) = unit.split_once('/').map_or((unit, ""), |(what, per)| (what, per));
    let bytes = if what.ends_with("iB") { BINARY } else { DECIMAL };
    let spaced = |text: &str| if text.is_empty() { String::new() } else { format!(" {text}") };
    let of = |steps: Steps, tail: &str| {
        let factor = typed.quantity().factor;
        steps.iter().map(|(name, size, from)| (format!(" {name}{tail}"), size / factor, from / factor)).collect()
    };
    if unit == "%" {
        return vec![(" %".into(), 1.0, 0.0)];
    }
    if typed.is_time() {
        let mut all: Vec<(String, f64, f64)> = of(TIME, "");
        if matches!(unit, "min" | "h") {
            all.retain(|(_, _, from)| *from < 1.0);
            all.push((format!(" {unit}"), 1.0, 1.0));
            // A thousand minutes are hours.
            all.extend((unit == "min").then(|| (" h".to_owned(), 60.0, 1000.0)));
        }
        return all;
    }
    if typed.is_bytes() {
        return of(bytes, "");
    }
    if typed.is_rate() && Unit::new(what).is_bytes() && Unit::new(per).is_time() {
        return of(bytes, "/s");
    }
    let unit = spaced(if unit == "count" { "" } else { unit });
    COUNT.iter().map(|(name, size, from)| (format!("{name}{unit}"), *size, *from)).collect()
}

/// A change as a ratio: `+5.0 %`, `-12.3 %`; from the double on `×3.2`, below a hundredth `÷250`.
pub fn change(ratio: f64) -> String {
    let factor = 1.0 + ratio;
    if !factor.is_finite() {
        MISSING.into()
    } else if factor >= 2.0 {
        format!("×{}", times(factor))
    } else if factor > 0.0 && factor < 0.01 {
        format!("÷{}", times(1.0 / factor))
    } else {
        let text = percent(ratio.abs());
        match ratio {
            _ if text == "0.0 %" || text == MISSING => text,
            r if r < 0.0 => format!("-{text}"),
            _ => format!("+{text}"),
        }
    }
}

/// A share or a spread as a ratio: `5.0 %`, `0.02 %`, `150.0 %`.
pub fn share(ratio: f64) -> String {
    if !ratio.is_finite() {
        return MISSING.into();
    }
    let text = percent(ratio.abs());
    if ratio < 0.0 && text != "0.0 %" && text != MISSING { format!("-{text}") } else { text }
}

/// Seconds: `4.5 ms`, `12.3 s`, `1m 05s`, `1h 02m`, `2d 03h`.
pub fn duration(seconds: f64) -> String {
    let all = seconds.abs();
    if !all.is_finite() {
        return MISSING.into();
    }
    let sign = if seconds < 0.0 { "-" } else { "" };
    let text = if all == 0.0 {
        "0 s".into()
    } else if all < 59.95 {
        let (name, size, _) = step(all, SHORT_TIME);
        joined(digits(all / size, 3), name)
    } else if all >= 1e9 {
        joined(digits(all / 86400.0, 3), "d")
    } else {
        let (s, m) = (all.round(), (all / 60.0).round());
        let h = (all / 3600.0).round();
        if s < 3600.0 {
            format!("{}m {:02}s", (s / 60.0).floor(), s % 60.0)
        } else if m < 24.0 * 60.0 {
            format!("{}h {:02}m", (m / 60.0).floor(), m % 60.0)
        } else {
            format!("{}d {:02}h", (h / 24.0).floor(), h % 24.0)
        }
    };
    format!("{sign}{text}")
}

/// Bytes: `512 B`, `1.3 MB`, `130 GB`.
pub fn bytes(bytes: u64) -> String {
    let value = bytes as f64;
    let (name, size, _) = step(value, DECIMAL);
    let text = if name == "B" || value / size >= 99.95 {
        format!("{:.0}", value / size)
    } else {
        format!("{:.1}", value / size)
    };
    joined(text, name)
}

/// A number in `significant` digits without zeros at the end; whole digits are never cut: `1.25`, `12346`, `1.2e-7`.
pub fn digits(value: f64, significant: usize) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let text = format!("{value:.*e}", significant.saturating_sub(1));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..15).contains(&exponent) {
        return format!("{}e{exponent}", stripped(mantissa));
    }
    let decimals = significant as i32 - 1 - exponent;
    if decimals <= 0 { format!("{value:.0}") } else { stripped(&format!("{value:.*}", decimals as usize)).into() }
}

fn stripped(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

fn joined(number: String, unit: &str) -> String {
    if unit.is_empty() { number } else { format!("{number} {unit}") }
}

fn scaled(value: f64, unit: &str, steps: Steps, tail: &str) -> String {
    let base = value * Unit::new(unit).quantity().factor;
    if !base.is_normal() {
        return joined(digits(value, 4), unit);
    }
    let (name, size, _) = step(base, steps);
    format!("{} {name}{tail}", digits(base / size, 4))
}

/// The largest step that the value reaches once it is rounded to four digits: 999.96 us is 1 ms.
fn step(value: f64, steps: Steps) -> (&'static str, f64, f64) {
    let reaches = |size: f64, from: f64| {
        let rounded: f64 = format!("{:.3e}", value.abs() / size).parse().unwrap_or(0.0);
        rounded * size >= from * (1.0 - 1e-9)
    };
    steps.iter().rev().copied().find(|(_, size, from)| reaches(*size, *from)).unwrap_or(steps[0])
}

fn percent(ratio: f64) -> String {
    let value = ratio * 100.0;
    if !value.is_finite() {
        return MISSING.into();
    }
    if value >= 999.95 {
        return joined(digits(value, 4), "%");
    }
    let decimals = if (0.005..0.095).contains(&value) { 2 } else { 1 };
    format!("{value:.decimals$} %")
}

fn times(factor: f64) -> String {
    if factor < 9.95 {
        format!("{factor:.1}")
    } else if factor < 9999.5 {
        format!("{factor:.0}")
    } else {
        value(factor, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_get_a_readable_unit() {
        for (number, unit, want) in [
            (1250000.0, "", "1.25M"),
            (9999.0, "", "9999"),
            (12345.0, "count", "12.35k"),
            (1.5, "", "1.5"),
            (0.0000123456, "", "1.235e-5"),
            (0.0, "ms", "0 ms"),
            (-1500.0, "us", "-1.5 ms"),
            (999.96, "us", "1 ms"),
            (1234.5678, "ns", "1.235 us"),
            (0.25, "ns", "250 ps"),
            (90.0, "s", "90 s"),
            (36000.0, "s", "10 h"),
            (5.0, "min", "5 min"),
            (0.5, "min", "30 s"),
            (1536.0, "KiB", "1.5 MiB"),
            (1500.0, "kB", "1.5 MB"),
            (2048.0, "B", "2.048 kB"),
            (873.2, "MB/s", "873.2 MB/s"),
            (0.5, "GiB/s", "512 MiB/s"),
            (60.0, "MB/min", "1 MB/s"),
            (1250000.0, "ops/s", "1.25M ops/s"),
            (123456.0, "%", "123456 %"),
            (3.0e9, "instructions", "3G instructions"),
            (f64::NAN, "ms", "-"),
            (f64::INFINITY, "", "-"),
            (f64::MAX, "s", "4.994e304 h"),
            (f64::MAX, "GB", "1.798e308 GB"),
            (5e-324, "s", "4.941e-324 s"),
        ] {
            assert_eq!(value(number, unit), want, "{number} {unit}");
        }
    }

    #[test]
    fn changes_and_shares_are_per_cent() {
        for (ratio, want) in [
            (0.05, "+5.0 %"),
            (-0.123, "-12.3 %"),
            (0.0, "0.0 %"),
            (-0.00001, "0.0 %"),
            (0.0002, "+0.02 %"),
            (0.99, "+99.0 %"),
            (2.2, "×3.2"),
            (41.0, "×42"),
            (2e6, "×2M"),
            (-1.0, "-100.0 %"),
            (-0.996, "÷250"),
            (-1e20, "-1e22 %"),
            (f64::MIN, "-"),
            (f64::INFINITY, "-"),
        ] {
            assert_eq!(change(ratio), want, "{ratio}");
        }
        assert_eq!((share(0.05), share(1.5), share(-0.1)), ("5.0 %".into(), "150.0 %".into(), "-10.0 %".into()));
    }

    #[test]
    fn durations_and_bytes_are_short() {
        for (seconds, want) in [
            (0.0, "0 s"),
            (0.0045, "4.5 ms"),
            (12.34, "12.3 s"),
            (59.96, "1m 00s"),
            (65.0, "1m 05s"),
            (3599.7, "1h 00m"),
            (3725.0, "1h 02m"),
            (97200.0, "1d 03h"),
            (-2.0, "-2 s"),
            (1e300, "1.16e295 d"),
        ] {
            assert_eq!(duration(seconds), want, "{seconds}");
        }
        for (n, want) in
            [(0, "0 B"), (512, "512 B"), (1_300_000, "1.3 MB"), (999_960, "1.0 MB"), (u64::MAX, "18446744 TB")]
        {
            assert_eq!(bytes(n), want);
        }
    }
}
