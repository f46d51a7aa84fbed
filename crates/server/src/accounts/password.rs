//! Passwords: what they may be, and their hashes (argon2id, 19 MiB each).

use std::fmt;
use std::sync::OnceLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use letscode_model::{RandomSecret, UserName};

/// A password that somebody chooses: 8 characters to 1,024 bytes, without control characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Rules that a password breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a password has at least {min} characters and at most {max} bytes, no control characters, and is \
     not the user name; a few random words are a good one",
    min = Password::MIN_CHARS,
    max = Password::MAX_BYTES
)]
pub struct InvalidPassword;

impl Password {
    pub const MIN_CHARS: usize = 8;
    pub const MAX_BYTES: usize = 1024;

    /// Checks a password that is to be an account's.
    pub fn choose(text: &str, name: &UserName) -> Result<Self, InvalidPassword> {
        let is_name = text.to_lowercase() == name.as_str();
        let is_short = text.chars().count() < Self::MIN_CHARS;
        let is_long = text.len() > Self::MAX_BYTES;
        if is_name || is_short || is_long || text.chars().any(char::is_control) {
            return Err(InvalidPassword);
        }
        Ok(Password(text.to_owned()))
    }

    /// Returns the hash that is stored: a PHC string with a salt of its own. Takes tens of milliseconds
    /// of processor time.
    pub fn hash(&self) -> String {
        let hash: Result<PasswordHash, _> = Argon2::default().hash_password(self.0.as_bytes());
        // The parameters are the defaults, and the password is shorter than 4 GiB.
        hash.expect("passwords can be hashed").to_string()
    }

    /// True if `text` is the password that was hashed. Without a hash it takes as long, so that nobody
    /// learns by the time which accounts there are.
    pub(crate) fn verify(text: &str, hash: Option<&str>) -> bool {
        static NOBODY: OnceLock<String> = OnceLock::new();
        let dummy_hash =
            || NOBODY.get_or_init(|| Password(RandomSecret::new().as_text().into()).hash());
        let parsed = PasswordHash::new(hash.unwrap_or_else(|| dummy_hash()));
        let is_equal = |hash| {
            Argon2::default()
                .verify_password(text.as_bytes(), &hash)
                .is_ok()
        };
        // Longer ones are no password of anybody.
        let text_fits = text.len() <= Self::MAX_BYTES;
        text_fits && parsed.is_ok_and(is_equal) && hash.is_some()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_verified_by_their_hash() {
        let ada = UserName::parse("ada").unwrap();
        let password = Password::choose("correct horse", &ada).unwrap();
        let hash = password.hash();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_ne!(hash, password.hash(), "each has a salt");
        assert!(Password::verify("correct horse", Some(&hash)));
        for wrong in ["correct horsf", "", "correct horse\0", &"x".repeat(2000)] {
            assert!(!Password::verify(wrong, Some(&hash)), "{wrong:?}");
        }
        assert!(!Password::verify("correct horse", None));
        assert!(!Password::verify("correct horse", Some("no hash")));
        assert!(!format!("{password:?}").contains("horse"));
    }

    #[test]
    fn bad_passwords_are_refused() {
        let name = UserName::parse("ada.lovelace").unwrap();
        for text in [
            "",
            "seven77",
            "Ada.Lovelace",
            "correct\0horse",
            "correct\nhorse",
            &"x".repeat(1025),
        ] {
            assert!(Password::choose(text, &name).is_err(), "{text:?}");
        }
        for text in [
            "eight888",
            "пароль-пароль",
            &"x".repeat(1024),
            "🐎🐎🐎🐎🐎🐎🐎🐎",
        ] {
            assert!(Password::choose(text, &name).is_ok(), "{text:?}");
        }
    }
}
