//! Times in UTC, whole seconds.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone, Utc, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC; whole seconds since 1970, fractions cut. Written `2024-01-15T10:30:00Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// Reads ISO 8601 as harnesses write it: with `T` or a space, with or without fraction and zone (none = UTC), or a
    /// date alone (midnight).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Some(Self(time.timestamp()));
        }
        for format in
            ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f %#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y.%m.%d %H:%M:%S %z"]
        {
            if let Ok(time) = DateTime::parse_from_str(text, format) {
                return Some(Self(time.timestamp()));
            }
        }
        let naive = text.strip_suffix('Z').unwrap_or(text);
        for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"] {
            if let Ok(time) = NaiveDateTime::parse_from_str(naive, format) {
                return Some(Self(time.and_utc().timestamp()));
            }
        }
        let date = NaiveDate::parse_from_str(naive, "%Y-%m-%d").ok()?;
        Some(Self(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp()))
    }

    /// From milliseconds since 1970, fractions cut downwards.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.div_euclid(1000))
    }

    /// As chrono's type; times beyond its range become 1970.
    pub fn utc(self) -> DateTime<Utc> {
        Utc.timestamp_opt(self.0, 0).single().unwrap_or_default()
    }

    /// `2024-01-15`.
    pub fn date(self) -> String {
        self.utc().format("%Y-%m-%d").to_string()
    }

    /// The begin of an ISO week, written `2024-W03`: Monday, midnight.
    pub fn of_week(text: &str) -> Option<Self> {
        let (year, week) = text.split_once("-W")?;
        let digits = |text: &str, n| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(week, 2) {
            return None;
        }
        let monday = NaiveDate::from_isoywd_opt(year.parse().ok()?, week.parse().ok()?, Weekday::Mon)?;
        Some(Self(monday.and_hms_opt(0, 0, 0)?.and_utc().timestamp()))
    }

    /// ISO week, `2024-W03`.
    pub fn week(self) -> String {
        self.utc().format("%G-W%V").to_string()
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format_args!("'{text}' is no time")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_harnesses_write_them() {
        for text in [
            "2024-01-15T10:30:00Z",
            "2024-01-15T10:30:00.987Z",
            "2024-01-15T11:30:00+01:00",
            "2024-01-15T11:30:00.5+0100",
            "2024-01-15 10:30:00",
            "2024-01-15T10:30:00.123456",
            "2024-01-15 10:30:00 +0000",
            "2024.01.15 11:30:00 +0100",
        ] {
            assert_eq!(Time::parse(text).map(|t| t.to_string()), Some("2024-01-15T10:30:00Z".into()), "{text}");
        }
        assert_eq!(Time::parse("2024-01-15").map(|t| t.week()), Some("2024-W03".into()));
        assert_eq!(Time::parse("yesterday"), None);
    }

    #[test]
    fn weeks_begin_on_monday_and_belong_to_the_year_of_their_thursday() {
        for (week, monday) in [("2024-W03", "2024-01-15"), ("2020-W53", "2020-12-28"), ("2025-W01", "2024-12-30")] {
            let time = Time::of_week(week).unwrap();
            assert_eq!((time.date(), time.week()), (monday.into(), week.into()));
            assert_eq!(Time(time.0 + 7 * 86_400 - 1).week(), week);
        }
        for wrong in ["2024-W54", "2021-W53", "2024-W3", "2024-W00", "2024W03", "24-W03", "2024-W+3", "", "2024-01-15"]
        {
            assert_eq!(Time::of_week(wrong), None, "{wrong}");
        }
    }
}
