use serde::{Deserialize, Serialize};

use crate::text::{imitating_word, is_deceptive};

/// Beginning of the ids of users who have a secret.
const PUBLIC_PREFIX: &str = "pub-";
/// Beginning of the ids of accounts.
const ACCOUNT_PREFIX: &str = "acct-";
/// Number of hexadecimal digits after either: 128 bits.
const PROTECTED_DIGITS: usize = 32;
/// Purpose of the hash that makes a public id of a secret, as BLAKE3 wants it.
const PUBLIC_ID_CONTEXT: &str = "letscode 2026-11-30 public id of a user's secret";

/// The public id of a user: 1 to 128 bytes, no control characters or invisible ones.
///
/// An id that a client just states is unprotected: everybody may state it. One of the form
/// `pub-` and 32 hexadecimal digits is derived from a secret, and only who has that acts under
/// it. One of `acct-` and 32 hexadecimal digits belongs to an account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "user-123"))]
#[serde(transparent)]
pub struct UserId(pub String);

impl UserId {
    pub const MAX_BYTES: usize = 128;

    /// Returns `None` unless the id is 1 to 128 bytes without control characters, invisible ones,
    /// those that change the direction of text, and words that imitate others by mixed scripts.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::MAX_BYTES).contains(&text.len());
        let is_plain = || !text.chars().any(is_deceptive) && imitating_word(text).is_none();
        (fits && is_plain()).then(|| UserId(text.to_owned()))
    }

    /// Returns the id of a new account.
    pub fn new_account() -> Self {
        let digits = uuid::Uuid::new_v4().simple();
        UserId(format!("{ACCOUNT_PREFIX}{digits}"))
    }

    /// True if only the owner of its secret or account may act under this id.
    pub fn is_protected(&self) -> bool {
        self.has_digits_after(PUBLIC_PREFIX) || self.is_account()
    }

    /// True for the id of an account.
    pub fn is_account(&self) -> bool {
        self.has_digits_after(ACCOUNT_PREFIX)
    }

    fn has_digits_after(&self, prefix: &str) -> bool {
        let digits = self.0.strip_prefix(prefix);
        digits.is_some_and(|digits| {
            digits.len() == PROTECTED_DIGITS
                && digits
                    .bytes()
                    .all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase())
        })
    }
}

impl std::fmt::Display for UserId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user id as a request states it: not checked, and proven by nothing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct StatedUserId(String);

impl StatedUserId {
    /// Returns the text, for who decides whether to believe it.
    pub fn as_unproven(&self) -> &str {
        &self.0
    }
}

impl From<&str> for StatedUserId {
    fn from(text: &str) -> Self {
        StatedUserId(text.to_owned())
    }
}

/// The secret of a user: who sends it is that user. Never stored, logged or returned.
#[derive(Clone, PartialEq, Eq)]
pub struct UserSecret(String);

impl UserSecret {
    /// Shorter secrets could be guessed.
    pub const MIN_BYTES: usize = 16;
    pub const MAX_BYTES: usize = 128;

    /// Returns `None` unless the secret is 16 to 128 visible ASCII characters.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (Self::MIN_BYTES..=Self::MAX_BYTES).contains(&text.len());
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        (fits && is_plain).then(|| UserSecret(text.to_owned()))
    }

    /// Returns the secret if the text is a user id as the page made them when that was its only
    /// protection: `web-` and a UUID, or four numbers.
    pub fn from_old_user_id(text: &str) -> Option<Self> {
        let random = text.strip_prefix("web-")?;
        let is_uuid = random.len() == 36 && uuid::Uuid::try_parse(random).is_ok();
        let numbers = random.split('-').map(str::parse::<u32>);
        let are_numbers = random.split('-').count() == 4 && numbers.into_iter().all(|n| n.is_ok());
        if is_uuid || are_numbers {
            Self::parse(text)
        } else {
            None
        }
    }

    /// Returns the id that the user is known by: the first 128 bits of a hash of the secret.
    pub fn public_id(&self) -> UserId {
        let hash = blake3::Hash::from(blake3::derive_key(PUBLIC_ID_CONTEXT, self.0.as_bytes()));
        let digits = hash.to_hex();
        UserId(format!("{PUBLIC_PREFIX}{}", &digits[..PROTECTED_DIGITS]))
    }
}

impl std::fmt::Debug for UserSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UserSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD_ID: &str = "web-0b6f1c1e-5d0f-4c3a-9c67-0d2f8f6d3a11";

    #[test]
    fn public_ids_are_derived_and_protected() {
        let secret = UserSecret::parse("correct-horse-battery").unwrap();
        let id = secret.public_id();
        assert!(id.is_protected(), "{id}");
        assert_eq!(id, secret.public_id());
        let similar = UserSecret::parse("correct-horse-batterz").unwrap();
        assert_ne!(id, similar.public_id());
        assert!(!format!("{secret:?}").contains("horse"));
    }

    #[test]
    fn ids_of_accounts_are_protected() {
        let id = UserId::new_account();
        assert!(id.is_protected() && id.is_account(), "{id}");
        assert_ne!(id, UserId::new_account());
    }

    #[test]
    fn stated_names_are_not_protected() {
        for name in [
            "ada",
            "acct-ada",
            "pub-ada",
            "pub-0123456789ABCDEF0123456789ABCDEF",
            OLD_ID,
        ] {
            assert!(!UserId::parse(name).unwrap().is_protected(), "{name}");
        }
    }

    #[test]
    fn old_ids_of_the_page_are_secrets() {
        for id in [OLD_ID, "web-4294967295-1-234567-89"] {
            assert!(UserSecret::from_old_user_id(id).is_some(), "{id}");
        }
        for id in [
            "web-ada",
            "ada",
            "web-1-2-3",
            &OLD_ID[..39],
            "web-1-2-3-4294967296",
        ] {
            assert!(UserSecret::from_old_user_id(id).is_none(), "{id}");
        }
    }

    #[test]
    fn short_or_unprintable_secrets_are_refused() {
        for text in ["", "fifteen-letters", "sixteen letters!", "sixteen-letterß"] {
            assert!(UserSecret::parse(text).is_none(), "{text}");
        }
        assert!(UserSecret::parse(&"x".repeat(129)).is_none());
    }

    #[test]
    fn deceptive_user_ids_are_refused() {
        for text in [
            "",
            "a\nb",
            "a\u{202e}b",
            "ada\u{200b}",
            "\u{feff}ada",
            "a\u{2066}b",
        ] {
            assert!(UserId::parse(text).is_none(), "{text:?}");
        }
        for text in ["ada", "Ада", "José 🎉", "田中"] {
            assert!(UserId::parse(text).is_some(), "{text}");
        }
    }
}
