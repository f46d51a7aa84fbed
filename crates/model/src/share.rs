use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{ClientAddress, UserId};

const KEY_PREFIX: &str = "key:";
const ACCOUNT_PREFIX: &str = "account:";

/// Holder of a share of the slots. New names cost nothing, so a share belongs to what a client can't
/// have many of: an account or an API key where requests prove one, and its address otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ShareHolder {
    Address(ClientAddress),
    /// The users of one API key, by the key's namespace: letters, digits, `.`, `_` and `-`.
    Key(String),
    Account(UserId),
}

impl From<ClientAddress> for ShareHolder {
    fn from(address: ClientAddress) -> Self {
        ShareHolder::Address(address)
    }
}

/// Formats the holder as `203.0.113.7`, `2001:db8::/64`, `key:moodle` or `account:acct-…`.
impl std::fmt::Display for ShareHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ShareHolder::Address(address) => address.fmt(f),
            ShareHolder::Key(namespace) => write!(f, "{KEY_PREFIX}{namespace}"),
            ShareHolder::Account(id) => write!(f, "{ACCOUNT_PREFIX}{id}"),
        }
    }
}

impl From<ShareHolder> for String {
    fn from(holder: ShareHolder) -> Self {
        holder.to_string()
    }
}

impl TryFrom<String> for ShareHolder {
    type Error = InvalidShareHolder;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Error for a text that names no holder of a share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an IP address, `key:NAMESPACE` or `account:ID`")]
pub struct InvalidShareHolder(String);

impl FromStr for ShareHolder {
    type Err = InvalidShareHolder;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(namespace) = text.strip_prefix(KEY_PREFIX) {
            return Ok(ShareHolder::Key(namespace.to_owned()));
        }
        let invalid = || InvalidShareHolder(text.to_owned());
        if let Some(id) = text.strip_prefix(ACCOUNT_PREFIX) {
            let id = UserId::parse(id).ok_or_else(invalid)?;
            return Ok(ShareHolder::Account(id));
        }
        let address: IpAddr = text
            .strip_suffix("/64")
            .unwrap_or(text)
            .parse()
            .map_err(|_| invalid())?;
        Ok(ShareHolder::Address(address.into()))
    }
}

/// Terms on which a job takes its turns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TurnTerms {
    /// Whose share of the slots the job uses. Absent when no client waits, as after recovery from the
    /// store.
    #[serde(default, alias = "address", skip_serializing_if = "Option::is_none")]
    pub share: Option<ShareHolder>,
    /// The client's address, for whom a share belongs to somebody else.
    #[serde(
        default,
        rename = "clientAddress",
        skip_serializing_if = "Option::is_none"
    )]
    pub address: Option<ClientAddress>,
    /// Most jobs of the job's user that run at once, this one included; by default as many as there
    /// are slots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_running: Option<NonZeroU32>,
    /// True if that is the most of the whole share, under whatever names.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub caps_share: bool,
    /// True if it waits in the last lane, whatever it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gives_way: bool,
    /// True if it was queued again from the store.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_recovered: bool,
}

impl TurnTerms {
    /// Returns the terms of a client: the share is that of the account or key that the request proves,
    /// and otherwise the address's.
    pub fn of_client(proven_share: Option<ShareHolder>, address: Option<ClientAddress>) -> Self {
        TurnTerms {
            share: proven_share.or(address.map(ShareHolder::from)),
            address,
            ..TurnTerms::default()
        }
    }

    /// Returns the terms of a share without further bounds.
    pub fn of_share(share: impl Into<ShareHolder>) -> Self {
        TurnTerms {
            share: Some(share.into()),
            ..TurnTerms::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_are_read_as_they_are_written() {
        for text in [
            "203.0.113.7",
            "2001:db8::/64",
            "key:moodle",
            "account:acct-1",
        ] {
            let holder: ShareHolder = text.parse().unwrap();
            assert_eq!(holder.to_string(), text);
        }
        let network: ShareHolder = "2001:db8::7".parse().unwrap();
        assert_eq!(network.to_string(), "2001:db8::/64");
        for text in ["", "moodle", "account:", "account:a\0b", "1.2.3"] {
            assert!(text.parse::<ShareHolder>().is_err(), "{text:?}");
        }
    }

    /// Jobs that a version without accounts queued have an address.
    #[test]
    fn addresses_of_older_jobs_are_shares() {
        let terms: TurnTerms = serde_json::from_str(r#"{"address": "2001:db8::"}"#).unwrap();
        let address: IpAddr = "2001:db8::9".parse().unwrap();
        assert_eq!(terms, TurnTerms::of_share(ClientAddress::from(address)));
    }
}
