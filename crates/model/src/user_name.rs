use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

use crate::text::{imitating_word, is_deceptive};

/// Names of nobody: shared ones, and those by which the audit log calls others than accounts.
const RESERVED_NAMES: [&str; 2] = ["anonymous", "operator"];

/// The name that a person logs in with: 2 to 32 letters, digits and `.`, `_`, `-`, in lower case.
///
/// Two names that look alike are the same name: see [`UserName::look`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "ada"))]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

/// A text that is no user name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a user name is 2 to 32 letters, digits, `.`, `_` or `-`, begins with a letter or digit, has \
     letters of one script, and is not `anonymous` or `operator`"
)]
pub struct InvalidUserName;

impl UserName {
    pub const MIN_CHARS: usize = 2;
    pub const MAX_CHARS: usize = 32;
    /// Longest text that is read as a name, before it is normalised.
    const MAX_BYTES: usize = 256;

    /// Normalises a text (NFKC, lower case) and checks it.
    pub fn parse(text: &str) -> Result<Self, InvalidUserName> {
        if text.len() > Self::MAX_BYTES || text.chars().any(is_deceptive) {
            return Err(InvalidUserName);
        }
        let name: String = text.nfkc().collect::<String>().to_lowercase();
        let name: String = name.nfkc().collect();
        let is_allowed = |character: char| character.is_alphanumeric() || "._-".contains(character);
        let fits = (Self::MIN_CHARS..=Self::MAX_CHARS).contains(&name.chars().count());
        let begins_well = name.chars().next().is_some_and(char::is_alphanumeric);
        let name = Some(name)
            .filter(|name| fits && begins_well && name.chars().all(is_allowed))
            .filter(|name| imitating_word(name).is_none())
            .map(UserName)
            .ok_or(InvalidUserName)?;
        let is_reserved = |reserved: &&str| skeleton_of(reserved) == name.look();
        if RESERVED_NAMES.iter().any(is_reserved) {
            return Err(InvalidUserName);
        }
        Ok(name)
    }

    /// Returns what the name looks like (the skeleton of Unicode Technical Standard 39): unique among
    /// accounts, so that nobody is mistaken for another one.
    pub fn look(&self) -> String {
        skeleton_of(&self.0)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn skeleton_of(text: &str) -> String {
    // Digits look like capital letters: 0 like O.
    skeleton(text).collect::<String>().to_lowercase()
}

impl std::fmt::Display for UserName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for UserName {
    type Err = InvalidUserName;

    fn from_str(text: &str) -> Result<Self, InvalidUserName> {
        UserName::parse(text)
    }
}

impl TryFrom<String> for UserName {
    type Error = InvalidUserName;

    fn try_from(text: String) -> Result<Self, InvalidUserName> {
        UserName::parse(&text)
    }
}

impl From<UserName> for String {
    fn from(name: UserName) -> String {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised() {
        for (text, name) in [
            ("Ada", "ada"),
            ("ＡＤＡ", "ada"),
            ("Zoe\u{308}", "zoë"),
            ("ﬁn", "fin"),
        ] {
            assert_eq!(UserName::parse(text).unwrap().as_str(), name, "{text}");
        }
    }

    #[test]
    fn names_that_deceive_are_refused() {
        for text in [
            "",
            "a",
            "a b",
            "ada\0",
            "ada\u{200b}",
            "\u{202e}ada",
            "аdmin",
            "-ada",
            "a/b",
            "a@b",
            "anonymous",
            "Operator",
            "0perator",
            "../x",
            "ada\n",
            &"x".repeat(33),
            &"x".repeat(300),
        ] {
            assert!(UserName::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn names_that_look_alike_have_one_look() {
        let look = |text: &str| UserName::parse(text).unwrap().look();
        assert_eq!(look("аса"), look("aca"), "Cyrillic and Latin");
        assert_eq!(look("bill"), look("bil1"));
        assert_ne!(look("ada"), look("eve"));
    }
}
