use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Requests in a period, written as `120/min`. All of them may come at once; then one more is allowed
/// each time that its part of the period has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RateQuota {
    pub count: NonZeroU32,
    pub period: RatePeriod,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RatePeriod {
    Second,
    Minute,
    Hour,
    Day,
}

impl RatePeriod {
    const ALL: [(RatePeriod, &'static str, u64); 4] = [
        (RatePeriod::Second, "s", 1),
        (RatePeriod::Minute, "min", 60),
        (RatePeriod::Hour, "h", 3600),
        (RatePeriod::Day, "day", 86_400),
    ];

    fn row(self) -> (&'static str, u64) {
        let row = RatePeriod::ALL.iter().find(|(period, ..)| *period == self);
        row.map_or(("s", 1), |(_, unit, seconds)| (*unit, *seconds))
    }

    pub fn seconds(self) -> u64 {
        self.row().1
    }
}

impl RateQuota {
    pub fn per_minute(count: u32) -> Option<Self> {
        Some(RateQuota {
            count: NonZeroU32::new(count)?,
            period: RatePeriod::Minute,
        })
    }

    pub fn period(self) -> Duration {
        Duration::from_secs(self.period.seconds())
    }

    /// Time after which one more request is allowed.
    pub fn interval(self) -> Duration {
        self.period() / self.count.get()
    }
}

impl std::fmt::Display for RateQuota {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.count, self.period.row().0)
    }
}

impl From<RateQuota> for String {
    fn from(quota: RateQuota) -> Self {
        quota.to_string()
    }
}

/// Error for a text that is no quota.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a number of requests in a period, such as 10/s, 120/min, 500/h or 10000/day")]
pub struct InvalidRateQuota(String);

impl FromStr for RateQuota {
    type Err = InvalidRateQuota;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let quota = || {
            let (count, unit) = text.split_once('/')?;
            let mut periods = RatePeriod::ALL.iter();
            // As quotas of keys write it.
            let unit = if unit == "hour" { "h" } else { unit };
            let (period, ..) = periods.find(|(_, name, _)| *name == unit)?;
            Some(RateQuota {
                count: count.parse().ok()?,
                period: *period,
            })
        };
        quota().ok_or_else(|| InvalidRateQuota(text.to_owned()))
    }
}

impl TryFrom<String> for RateQuota {
    type Error = InvalidRateQuota;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_read_as_they_are_written() {
        for text in ["10/s", "120/min", "500/h", "10000/day"] {
            assert_eq!(text.parse::<RateQuota>().unwrap().to_string(), text);
        }
        assert_eq!("500/hour".parse(), "500/h".parse::<RateQuota>());
        let quota: RateQuota = "120/min".parse().unwrap();
        assert_eq!(quota.interval(), Duration::from_millis(500));
        for text in [
            "",
            "10",
            "0/s",
            "-1/s",
            "10/week",
            "10/ s",
            "1e9/s",
            "99999999999/s",
        ] {
            assert!(text.parse::<RateQuota>().is_err(), "{text:?}");
        }
    }
}
