use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{KeyScope, UserId};

/// Identifies an API key, and is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = Uuid))]
#[serde(transparent)]
pub struct KeyId(pub Uuid);

impl KeyId {
    pub fn random() -> Self {
        KeyId(Uuid::new_v4())
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for KeyId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(KeyId)
    }
}

/// An API key as the store has it, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: KeyId,
    /// For people; need not be unique.
    pub name: String,
    pub owner: KeyOwner,
    pub scopes: BTreeSet<KeyScope>,
    pub quota: Option<KeyQuota>,
    /// This and the other times: Unix time in milliseconds.
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
    /// Exact to the hour.
    pub last_used_at: Option<i64>,
}

/// The users that a key acts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyOwner {
    /// Acts as this account alone.
    Account(UserId),
    /// Vouches for the user ids that requests state, which are stored below the namespace.
    Namespace(KeyNamespace),
}

impl ApiKey {
    /// Longest name, in bytes.
    pub const MAX_NAME_BYTES: usize = 64;

    /// True if the key is neither revoked nor expired.
    pub fn is_valid_at(&self, now: i64) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// Beginning of the ids that a key vouches for: `moodle` in `moodle/ada`. 1 to 64 of `a-z`, `0-9`,
/// `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "moodle"))]
#[serde(transparent)]
pub struct KeyNamespace(String);

impl KeyNamespace {
    const MAX_BYTES: usize = 64;

    pub fn parse(text: &str) -> Option<Self> {
        let is_allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        let fits = (1..=Self::MAX_BYTES).contains(&text.len()) && text.bytes().all(is_allowed);
        fits.then(|| KeyNamespace(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses a user id as it is stored: one that an API key vouches for is longer by its namespace.
    pub fn parse_user(text: &str) -> Option<UserId> {
        let vouched = text.split_once('/').and_then(|(namespace, stated)| {
            Some(KeyNamespace::parse(namespace)?.user(&UserId::parse(stated)?))
        });
        vouched.or_else(|| UserId::parse(text))
    }

    /// Returns the id that a stated one is stored as.
    pub fn user(&self, stated: &UserId) -> UserId {
        UserId(format!("{}/{stated}", self.0))
    }

    /// True if an id is one that keys of this namespace vouch for.
    pub fn contains(&self, stored: &UserId) -> bool {
        let stated = stored.0.strip_prefix(&self.0);
        stated.is_some_and(|stated| stated.starts_with('/'))
    }

    /// Returns a stored id as the key's client stated it; others stay.
    pub fn without(&self, stored: UserId) -> UserId {
        let stated = stored.0.strip_prefix(&self.0);
        match stated.and_then(|stated| stated.strip_prefix('/')) {
            Some(stated) => UserId(stated.to_owned()),
            None => stored,
        }
    }
}

impl std::fmt::Display for KeyNamespace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Number of runs and submissions that a key may be used for in each period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyQuota {
    pub uses: u32,
    pub period: QuotaPeriod,
}

/// Length of the time that a quota is for. Periods begin at full hours and days of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display, strum::EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum QuotaPeriod {
    /// Also read as `h`, as rate limits write it.
    #[strum(to_string = "hour", serialize = "h")]
    Hour,
    Day,
}

impl QuotaPeriod {
    pub fn millis(self) -> i64 {
        match self {
            QuotaPeriod::Hour => 3_600_000,
            QuotaPeriod::Day => 24 * 3_600_000,
        }
    }
}

/// A text that is no quota.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a quota is a number of runs and submissions by hour or day, such as 10000/day")]
pub struct InvalidQuota;

impl std::str::FromStr for KeyQuota {
    type Err = InvalidQuota;

    fn from_str(text: &str) -> Result<Self, InvalidQuota> {
        let (uses, period) = text.split_once('/').ok_or(InvalidQuota)?;
        Ok(KeyQuota {
            uses: uses.parse().map_err(|_| InvalidQuota)?,
            period: period.parse().map_err(|_| InvalidQuota)?,
        })
    }
}

impl std::fmt::Display for KeyQuota {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.uses, self.period)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_written_as_they_are_read() {
        for text in ["10000/day", "5/hour", "0/day"] {
            assert_eq!(text.parse::<KeyQuota>().unwrap().to_string(), text);
        }
        let short: KeyQuota = "5/h".parse().unwrap();
        assert_eq!(short.to_string(), "5/hour");
        for text in [
            "",
            "10",
            "10/week",
            "-1/day",
            "99999999999/day",
            "1/day/day",
        ] {
            assert!(text.parse::<KeyQuota>().is_err(), "{text}");
        }
    }

    #[test]
    fn namespaces_keep_users_apart() {
        let [moodle, mood] = ["moodle", "mood"].map(|name| KeyNamespace::parse(name).unwrap());
        let stored = moodle.user(&UserId("ada/1".to_owned()));
        assert_eq!(stored.0, "moodle/ada/1");
        assert_eq!(moodle.without(stored.clone()).0, "ada/1");
        assert_eq!(mood.without(stored.clone()), stored);
        let longest = format!("{}/{}", "n".repeat(64), "u".repeat(128));
        for text in ["ada", "moodle/ada", "a b/c", &longest] {
            assert_eq!(KeyNamespace::parse_user(text).unwrap().0, text);
        }
        for text in [
            "",
            "a/\0",
            &longest[1..].replace('/', ""),
            &format!("{longest}u"),
        ] {
            assert!(KeyNamespace::parse_user(text).is_none(), "{text:?}");
        }
        for text in ["", "a/b", "Moodle", "a b", "a\0"] {
            assert!(KeyNamespace::parse(text).is_none(), "{text:?}");
        }
    }
}
