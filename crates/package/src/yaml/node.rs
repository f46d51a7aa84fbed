//! A parsed value that knows its location, and its conversions.

use crate::error::{PackageError, SourceLocation, shown};

#[derive(Debug, Clone)]
pub(crate) struct YamlNode {
    pub location: SourceLocation,
    pub value: YamlValue,
}

#[derive(Debug, Clone)]
pub(crate) enum YamlValue {
    Null,
    /// As written, without quotes.
    Scalar(String),
    List(Vec<YamlNode>),
    Map(Vec<YamlEntry>),
}

#[derive(Debug, Clone)]
pub(crate) struct YamlEntry {
    pub key: String,
    /// Location of the key.
    pub location: SourceLocation,
    pub value: YamlNode,
}

impl YamlValue {
    fn kind(&self) -> &'static str {
        match self {
            YamlValue::Null => "empty",
            YamlValue::Scalar(_) => "text",
            YamlValue::List(_) => "a list",
            YamlValue::Map(_) => "a map",
        }
    }
}

impl YamlNode {
    pub(crate) fn wrong_type(&self, key: &str, expected: &'static str) -> PackageError {
        PackageError::WrongType {
            location: self.location.clone(),
            key: shown(key),
            expected,
            actual: self.value.kind(),
        }
    }

    pub(crate) fn invalid(
        &self,
        key: &str,
        problem: impl Into<String>,
        help: &'static str,
    ) -> PackageError {
        PackageError::InvalidValue {
            location: self.location.clone(),
            key: shown(key),
            problem: problem.into(),
            help,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, YamlValue::Null)
    }

    pub(crate) fn text(self, key: &str) -> Result<String, PackageError> {
        match self.value {
            YamlValue::Scalar(text) => Ok(text),
            _ => Err(self.wrong_type(key, "text")),
        }
    }

    pub(crate) fn number(self, key: &str) -> Result<f64, PackageError> {
        let parsed = match &self.value {
            YamlValue::Scalar(text) => text.trim().parse::<f64>().ok().filter(|n| n.is_finite()),
            _ => None,
        };
        parsed.ok_or_else(|| self.wrong_type(key, "a number"))
    }

    pub(crate) fn whole(self, key: &str) -> Result<u64, PackageError> {
        let parsed = match &self.value {
            // Some authors write `memory: 512.0`.
            YamlValue::Scalar(text) => {
                let text = text.trim();
                text.strip_suffix(".0").unwrap_or(text).parse::<u64>().ok()
            }
            _ => None,
        };
        parsed.ok_or_else(|| self.wrong_type(key, "a whole number"))
    }

    /// Reads YAML 1.1's booleans too, such as `yes`: authors still write them.
    pub(crate) fn flag(self, key: &str) -> Result<bool, PackageError> {
        let YamlValue::Scalar(text) = &self.value else {
            return Err(self.wrong_type(key, "true or false"));
        };
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Ok(true),
            "false" | "no" | "off" | "n" => Ok(false),
            _ => Err(self.wrong_type(key, "true or false")),
        }
    }

    /// The items of a list, or a single value in place of a list; empty for null.
    pub(crate) fn into_items(self) -> Vec<YamlNode> {
        match self.value {
            YamlValue::List(items) => items,
            YamlValue::Null => vec![],
            _ => vec![self],
        }
    }

    /// Reads a list of texts, or one text.
    pub(crate) fn texts(self, key: &str) -> Result<Vec<String>, PackageError> {
        self.into_items()
            .into_iter()
            .map(|item| item.text(key))
            .collect()
    }

    /// Reads a list of texts, or one text whose words are separated by white space.
    pub(crate) fn split_texts(self, key: &str) -> Result<Vec<String>, PackageError> {
        match self.value {
            YamlValue::Scalar(text) => Ok(text.split_whitespace().map(str::to_owned).collect()),
            _ => self.texts(key),
        }
    }
}
