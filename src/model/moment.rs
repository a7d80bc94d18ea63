//! Moments as people say them: `2024-01-15`, `7d`, `2 weeks ago`, `yesterday`.

use chrono::{Days, Months, TimeDelta};

use super::Time;

/// A moment that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The moment; the first second of a day where a day was named.
    pub time: Time,
    /// Whether a whole day was named (`2024-01-15`, `yesterday`).
    pub is_day: bool,
}

const DAY: i64 = 86_400;

impl Moment {
    /// Reads a moment, relative ones as seen from `now`: ISO 8601, a date, `now`, `today`, `yesterday`, `7d`, `7 days`,
    /// `2 weeks ago`, `a month ago`; units are s, min, h, d, w, mo, y and their words. `None` where it is neither.
    pub fn parse(text: &str, now: Time) -> Option<Self> {
        let text = text.trim();
        let midnight = Time(now.0 - now.0.rem_euclid(DAY));
        match text.to_ascii_lowercase().as_str() {
            "now" => return Some(Self { time: now, is_day: false }),
            "today" => return Some(Self { time: midnight, is_day: true }),
            "yesterday" => return Some(Self { time: Time(midnight.0 - DAY), is_day: true }),
            _ => {}
        }
        if let Some(time) = Time::parse(text) {
            return Some(Self { time, is_day: text.len() <= 10 });
        }
        ago(text, now).map(|time| Self { time, is_day: false })
    }

    /// The first second that it means.
    pub fn begin(self) -> Time {
        self.time
    }

    /// The last second that it means: of a day its end.
    pub fn end(self) -> Time {
        if self.is_day { Time(self.time.0 + DAY - 1) } else { self.time }
    }
}

fn ago(text: &str, now: Time) -> Option<Time> {
    let text = text.to_ascii_lowercase();
    let text = text.strip_suffix("ago").unwrap_or(&text).trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = match text.split_once(' ') {
        Some(("a" | "an" | "one", unit)) => (1, unit),
        _ => (text[..digits].parse::<u32>().ok()?, &text[digits..]),
    };
    let unit = unit.trim();
    let now = now.utc();
    let count64 = u64::from(count);
    let then = match unit {
        "s" | "sec" | "secs" | "second" | "seconds" => now.checked_sub_signed(TimeDelta::seconds(i64::from(count))),
        "min" | "mins" | "minute" | "minutes" => now.checked_sub_signed(TimeDelta::minutes(i64::from(count))),
        "h" | "hour" | "hours" => now.checked_sub_signed(TimeDelta::hours(i64::from(count))),
        "d" | "day" | "days" => now.checked_sub_days(Days::new(count64)),
        "w" | "week" | "weeks" => now.checked_sub_days(Days::new(7 * count64)),
        "mo" | "month" | "months" => now.checked_sub_months(Months::new(count)),
        "y" | "year" | "years" => now.checked_sub_months(Months::new(count.checked_mul(12)?)),
        _ => return None,
    };
    // What lies before chrono's range is before all records.
    Some(then.map_or(Time(i64::MIN / 2), |t| Time(t.timestamp())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_people_say_them() {
        let now = Time::parse("2024-03-31T12:30:00Z").unwrap();
        let said = |text: &str| Moment::parse(text, now).map(|m| format!("{} {}", m.begin(), m.end().0 - m.begin().0));
        for (text, want) in [
            ("2024-01-15", "2024-01-15T00:00:00Z 86399"),
            ("2024-01-15T10:30:00", "2024-01-15T10:30:00Z 0"),
            ("now", "2024-03-31T12:30:00Z 0"),
            ("Yesterday", "2024-03-30T00:00:00Z 86399"),
            ("7d", "2024-03-24T12:30:00Z 0"),
            ("2 weeks ago", "2024-03-17T12:30:00Z 0"),
            ("90 min", "2024-03-31T11:00:00Z 0"),
            ("a month ago", "2024-02-29T12:30:00Z 0"),
            ("1y", "2023-03-31T12:30:00Z 0"),
        ] {
            assert_eq!(said(text).as_deref(), Some(want), "{text}");
        }
        for text in ["", "7", "7 parsecs", "-7d", "soon", "7 d d", "99999999999d"] {
            assert_eq!(said(text), None, "{text}");
        }
        assert!(Moment::parse("4000000000 weeks", now).is_some_and(|m| m.time.0 < -(1 << 60)));
    }
}
