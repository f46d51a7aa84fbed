//! Times and durations on the command line.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::{Date, Month, OffsetDateTime, Time};

/// Parses a duration such as `90s`, `15m`, `24h` or `30d`; a number alone is days.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "it is not a time such as 90s, 15m, 24h or 30d".to_owned();
    let (number, seconds) = match text.chars().last() {
        Some('s') => (&text[..text.len() - 1], 1),
        Some('m') => (&text[..text.len() - 1], 60),
        Some('h') => (&text[..text.len() - 1], 3600),
        Some('d') => (&text[..text.len() - 1], 24 * 3600),
        _ => (text, 24 * 3600),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = number.checked_mul(seconds).filter(|seconds| *seconds > 0);
    // A hundred years: more would overflow times in milliseconds.
    let seconds = seconds.filter(|seconds| *seconds <= 100 * 366 * 24 * 3600);
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

/// Parses the beginning of a span of time, in Unix milliseconds: a date, or a duration before now.
pub fn since(text: &str) -> Result<i64, String> {
    if let Some(date) = date(text) {
        let begin = date.with_time(Time::MIDNIGHT).assume_utc();
        return Ok(begin.unix_timestamp() * 1000);
    }
    let wrong = |_| "it is not a date such as 2026-11-30, or a time such as 2h or 7d".to_owned();
    let ago = duration(text).map_err(wrong)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let begin = now.unwrap_or_default().saturating_sub(ago).as_millis();
    Ok(i64::try_from(begin).unwrap_or(0))
}

fn date(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()
}

/// Formats Unix milliseconds for people: `2026-11-30 17:45:01 UTC`.
pub fn utc(unix_millis: i64) -> String {
    let Ok(time) = OffsetDateTime::from_unix_timestamp(unix_millis.div_euclid(1000)) else {
        return unix_millis.to_string();
    };
    let (hour, minute, second) = time.to_hms();
    let month = u8::from(time.month());
    let (year, day) = (time.year(), time.day());
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        for (text, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("24h", 86_400),
            ("30", 2_592_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "0", "-1d", "1w", "d", "99999999999999999d", "1é"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn dates_are_days_in_utc() {
        let begin = since("2026-11-30").unwrap();
        assert_eq!(utc(begin), "2026-11-30 00:00:00 UTC");
        assert_eq!(utc(i64::MAX), i64::MAX.to_string());
        assert!(since("2026-13-30").is_err() && since("yesterday").is_err());
    }
}
