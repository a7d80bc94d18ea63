//! Ages on the command line: `14d`, `12w`, `1y`, or the day since when.

use git_bench::model::Time;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// An age, or a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// So many seconds.
    Seconds(i64),
    /// What lies before this moment is older.
    Since(Time),
}

impl Age {
    /// The moment that this age means at `now`.
    pub(crate) fn before(self, now: Time) -> Time {
        match self {
            Self::Seconds(seconds) => Time(now.0.saturating_sub(seconds)),
            Self::Since(time) => time,
        }
    }
}

/// Reads `14d`, `12w`, `1y` (365 days) or a date.
pub(crate) fn parse_age(text: &str) -> Result<Age, String> {
    let days = |unit: char| match unit {
        'd' => Some(1),
        'w' => Some(7),
        'y' => Some(365),
        _ => None,
    };
    let counted = text.chars().last().and_then(days).and_then(|days| {
        let number: i64 = text[..text.len() - 1].parse().ok().filter(|n| *n >= 0)?;
        number.checked_mul(days)?.checked_mul(DAY)
    });
    counted
        .map(Age::Seconds)
        .or_else(|| Time::parse(text).map(Age::Since))
        .ok_or_else(|| "an age such as 90d, 12w or 1y, or a date such as 2024-01-15".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_dates_are_read() {
        let now = Time::parse("2024-05-01").unwrap();
        let before = |text: &str| parse_age(text).map(|age| age.before(now).to_string());
        assert_eq!(before("14d").unwrap(), "2024-04-17T00:00:00Z");
        assert_eq!(before("2w"), before("14d"));
        assert_eq!(before("0d").unwrap(), now.to_string());
        assert_eq!(before("2024-01-15").unwrap(), "2024-01-15T00:00:00Z");
        for wrong in ["", "d", "14", "-1d", "3 months", "1é", "99999999999999999999y", "9223372036854775807y"] {
            assert!(parse_age(wrong).is_err(), "{wrong}");
        }
    }
}
