use std::fmt;

use serde::{Deserialize, Serialize};

/// Number of random bytes in a secret.
const SECRET_BYTES: usize = 32;
/// Purpose of the hash, as BLAKE3 wants it.
const HASH_CONTEXT: &str = "letscode 2026-11-30 hash of a random secret";

/// A new secret of 256 random bits, which is shown once and stored as its [`SecretHash`].
#[derive(Clone, PartialEq, Eq)]
pub struct RandomSecret(String);

impl RandomSecret {
    /// Beginning of the text of API keys, by which scanners for leaked secrets find them.
    pub const KEY_PREFIX: &str = "lc_";

    /// Makes an API key.
    pub fn new_key() -> Self {
        RandomSecret(format!("{}{}", Self::KEY_PREFIX, random_digits()))
    }

    /// Makes a secret for a session, an invitation or a pending log-in.
    pub fn new() -> Self {
        RandomSecret(random_digits())
    }

    /// Returns the text that its owner gets.
    pub fn as_text(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }
}

impl Default for RandomSecret {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RandomSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RandomSecret(…)")
    }
}

fn random_digits() -> String {
    let mut bytes = [0; SECRET_BYTES];
    // Without random numbers there are no secrets: nothing useful can go on.
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    blake3::Hash::from(bytes).to_hex().to_string()
}

/// Hash of a random secret: what the store has of it. Nothing slower than BLAKE3 is needed, since 256
/// random bits can't be guessed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(String);

impl SecretHash {
    /// Hashes the text that somebody sent as a secret.
    pub fn of(text: &str) -> Self {
        let hash = blake3::derive_key(HASH_CONTEXT, text.as_bytes());
        SecretHash(blake3::Hash::from(hash).to_hex().to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_random_and_shown_on_request_only() {
        let (first, second) = (RandomSecret::new_key(), RandomSecret::new_key());
        assert_ne!(first, second);
        assert_eq!(first.as_text().len(), 3 + 64);
        assert!(first.as_text().starts_with(RandomSecret::KEY_PREFIX));
        assert!(!format!("{first:?}").contains(&first.as_text()[3..]));
        assert_eq!(first.hash(), SecretHash::of(first.as_text()));
        assert!(!first.as_text().contains(first.hash().as_str()));
    }
}
