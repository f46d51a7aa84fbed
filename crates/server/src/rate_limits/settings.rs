use std::collections::HashMap;
use std::str::FromStr;

use letscode_model::RateQuota;
use strum::{Display, EnumString};

use super::class::RateClass;

/// Subject that requests are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum RateSubject {
    /// The client's address: an IPv4 address or the /64 of an IPv6 address.
    Address,
    /// An account, whether its user has logged in or sends a key of their own.
    User,
    /// A key that vouches for users, by its namespace.
    Key,
}

/// The quotas of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimitSettings {
    quotas: HashMap<(RateSubject, RateClass), RateQuota>,
}

/// Quotas by default, per minute. Runs of one address are many: a back end or a model's trainer without
/// a key is one, and turns share out the slots. A class of forty behind one address, each with two
/// submissions a minute, uses a twentieth of its submissions (80 of 1,500); each with six attempts to log
/// in within a minute, it uses four fifths of its log-ins.
const DEFAULTS: [(RateSubject, RateClass, u32); 11] = [
    (RateSubject::Address, RateClass::Run, 60_000),
    (RateSubject::Address, RateClass::Submit, 1500),
    (RateSubject::Address, RateClass::Read, 30_000),
    (RateSubject::Address, RateClass::LogIn, 300),
    (RateSubject::User, RateClass::Run, 240),
    (RateSubject::User, RateClass::Submit, 60),
    (RateSubject::User, RateClass::Read, 3000),
    (RateSubject::Key, RateClass::Run, 60_000),
    (RateSubject::Key, RateClass::Submit, 60_000),
    (RateSubject::Key, RateClass::Read, 300_000),
    (RateSubject::Key, RateClass::LogIn, 60),
];

impl Default for RateLimitSettings {
    fn default() -> Self {
        let quotas = DEFAULTS.iter().filter_map(|(subject, class, count)| {
            Some(((*subject, *class), RateQuota::per_minute(*count)?))
        });
        RateLimitSettings {
            quotas: quotas.collect(),
        }
    }
}

impl RateLimitSettings {
    /// Returns settings that limit nothing.
    pub fn unlimited() -> Self {
        RateLimitSettings {
            quotas: HashMap::new(),
        }
    }

    pub(super) fn quota(&self, subject: RateSubject, class: RateClass) -> Option<RateQuota> {
        self.quotas.get(&(subject, class)).copied()
    }

    /// Applies a change that the operator gives.
    pub fn apply(&mut self, rule: RateRule) {
        let place = (rule.subject, rule.class);
        match rule.quota {
            Some(quota) => self.quotas.insert(place, quota),
            None => self.quotas.remove(&place),
        };
    }
}

/// A quota that the operator gives: `user.run=240/min`, or `address.read=off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateRule {
    subject: RateSubject,
    class: RateClass,
    /// Absent: no limit.
    quota: Option<RateQuota>,
}

impl FromStr for RateRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let explain = |part: &str| {
            format!(
                "{part}; write SUBJECT.CLASS=QUOTA, such as user.run=240/min or address.read=off: \
                 the subjects are address, user and key, the classes run, submit, read and log-in"
            )
        };
        let (place, quota) = text.split_once('=').ok_or_else(|| explain("no `=`"))?;
        let (subject, class) = place.split_once('.').ok_or_else(|| explain("no `.`"))?;
        Ok(RateRule {
            subject: subject
                .parse()
                .map_err(|_| explain(&format!("unknown subject `{subject}`")))?,
            class: class
                .parse()
                .map_err(|_| explain(&format!("unknown class `{class}`")))?,
            quota: match quota {
                "off" => None,
                quota => Some(
                    quota
                        .parse()
                        .map_err(|error| explain(&format!("{error}")))?,
                ),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_change_one_quota() {
        let mut settings = RateLimitSettings::default();
        settings.apply("user.run=10/s".parse().unwrap());
        settings.apply("address.log-in=off".parse().unwrap());
        let quota = |subject, class| settings.quota(subject, class);
        let run = quota(RateSubject::User, RateClass::Run).unwrap();
        assert_eq!(run.to_string(), "10/s");
        assert_eq!(quota(RateSubject::Address, RateClass::LogIn), None);
        let read = quota(RateSubject::Address, RateClass::Read).unwrap();
        assert_eq!(read.to_string(), "30000/min");
    }

    #[test]
    fn mistyped_rules_are_explained() {
        for text in [
            "",
            "run=1/s",
            "user.run",
            "users.run=1/s",
            "user.runs=1/s",
            "user.run=1/y",
        ] {
            let error = text.parse::<RateRule>().unwrap_err();
            assert!(error.contains("user.run=240/min"), "{text}: {error}");
        }
    }
}
