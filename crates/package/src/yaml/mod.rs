//! YAML as package authors write it: a small tree in which every value knows its place.
//!
//! Typed structs would stop at the first `yes` where `true` was meant, lose the spelling of `1e-6`
//! in a validator's flags and know no place for an unknown key. So a document is read into
//! [`Node`]s that keep scalars as they were written, and [`Fields`] hands them out by key and type;
//! what nobody asked for is an unknown key and becomes a warning.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Location, Spanned};

use crate::error::{PackageError, Place, Warnings, shown};
use crate::tree::File;

mod fields;

pub(crate) use fields::Fields;

/// The largest settings file that is read, in bytes.
pub(crate) const MAX_YAML_BYTES: u64 = 1 << 20;

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub place: Place,
    pub value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    /// As it was written, without quotes.
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    pub value: Node,
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Value::Null => "empty",
            Value::Scalar(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

/// The settings in `file`: none when it is empty.
pub(crate) fn read(file: &File, warnings: &mut Warnings) -> Result<Fields, PackageError> {
    let (bytes, whole) = file.read(MAX_YAML_BYTES)?;
    if !whole {
        return Err(PackageError::YamlTooLarge {
            file: file.relative.clone(),
            limit_bytes: MAX_YAML_BYTES,
        });
    }
    let name: Arc<str> = file.relative.as_str().into();
    parse(&name, &bytes)?.into_fields("", warnings)
}

fn parse(name: &Arc<str>, bytes: &[u8]) -> Result<Node, PackageError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line_start = before
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |at| at + 1);
        PackageError::Yaml {
            place: Place {
                file: name.clone(),
                line: 1 + before.iter().filter(|b| **b == b'\n').count() as u64,
                column: 1 + (before.len() - line_start) as u64,
            },
            message: "it is not UTF-8 text".to_owned(),
        }
    })?;
    let raw: Spanned<Raw> = serde_saphyr::from_str_with_options(text, options())
        .map_err(|error| syntax_error(name, &error))?;
    Ok(node(raw, text, name))
}

/// Far below what the parser would stand, far above what an author needs: aliases can't blow a
/// small file up into a large tree.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 24,
            max_documents: 2,
            max_nodes: 50_000,
            max_events: 200_000,
            max_anchors: 1_000,
            max_aliases: 1_000,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 50_000,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
        emit_comments: false,
    }
}

fn syntax_error(name: &Arc<str>, error: &serde_saphyr::Error) -> PackageError {
    let location = error.location();
    let text = error.render_with_formatter(&serde_saphyr::UserMessageFormatter);
    // The place is told in front of the message; the library also appends it.
    let message = match text.rfind(" at line ") {
        Some(at) if location.is_some() => text[..at].to_owned(),
        _ => text,
    };
    let place = Place {
        file: name.clone(),
        line: location.map_or(0, |l| l.line()),
        column: location.map_or(0, |l| l.column()),
    };
    PackageError::Yaml { place, message }
}

fn node(raw: Spanned<Raw>, text: &str, name: &Arc<str>) -> Node {
    let place_of = |location: Location| Place {
        file: name.clone(),
        line: location.line(),
        column: location.column(),
    };
    let place = place_of(raw.referenced);
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Text(text) => Value::Scalar(text),
        Raw::Plain(parsed) => Value::Scalar(written(raw.defined, text).unwrap_or(parsed)),
        Raw::List(items) => Value::List(
            items
                .into_iter()
                .map(|item| node(item, text, name))
                .collect(),
        ),
        Raw::Map(entries) => {
            let entry = |(key, value): (Spanned<String>, _)| Entry {
                key: key.value,
                place: place_of(key.referenced),
                value: node(value, text, name),
            };
            Value::Map(entries.into_iter().map(entry).collect())
        }
    };
    Node { place, value }
}

/// The source text of a scalar that the parser turned into a number or boolean.
fn written(location: Location, text: &str) -> Option<String> {
    let start = usize::try_from(location.span().byte_offset()?).ok()?;
    let length = usize::try_from(location.span().byte_len()?).ok()?;
    let slice = text.get(start..start.checked_add(length)?)?;
    (!slice.is_empty()).then(|| slice.to_owned())
}

/// What the parser hands over.
enum Raw {
    Null,
    Text(String),
    /// A plain scalar that was taken for a number or boolean.
    Plain(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }
    fn visit_none<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Plain(value.to_string()))
    }
    fn visit_str<E: de::Error>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

impl Node {
    pub(crate) fn wrong_type(&self, key: &str, expected: &'static str) -> PackageError {
        PackageError::WrongType {
            place: self.place.clone(),
            key: shown(key),
            expected,
            found: self.value.kind(),
        }
    }

    pub(crate) fn invalid(
        &self,
        key: &str,
        problem: impl Into<String>,
        help: &'static str,
    ) -> PackageError {
        PackageError::InvalidValue {
            place: self.place.clone(),
            key: shown(key),
            problem: problem.into(),
            help,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    pub(crate) fn text(self, key: &str) -> Result<String, PackageError> {
        match self.value {
            Value::Scalar(text) => Ok(text),
            _ => Err(self.wrong_type(key, "text")),
        }
    }

    pub(crate) fn number(self, key: &str) -> Result<f64, PackageError> {
        let parsed = match &self.value {
            Value::Scalar(text) => text.trim().parse::<f64>().ok().filter(|n| n.is_finite()),
            _ => None,
        };
        parsed.ok_or_else(|| self.wrong_type(key, "a number"))
    }

    pub(crate) fn whole(self, key: &str) -> Result<u64, PackageError> {
        let parsed = match &self.value {
            // `memory: 512.0` is written too.
            Value::Scalar(text) => {
                let text = text.trim();
                text.strip_suffix(".0").unwrap_or(text).parse::<u64>().ok()
            }
            _ => None,
        };
        parsed.ok_or_else(|| self.wrong_type(key, "a whole number"))
    }

    /// YAML 1.1's booleans, which authors still write (`yes`).
    pub(crate) fn flag(self, key: &str) -> Result<bool, PackageError> {
        let Value::Scalar(text) = &self.value else {
            return Err(self.wrong_type(key, "true or false"));
        };
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Ok(true),
            "false" | "no" | "off" | "n" => Ok(false),
            _ => Err(self.wrong_type(key, "true or false")),
        }
    }

    /// The items of a list, or the one value that stands in its place; empty for null.
    pub(crate) fn into_items(self) -> Vec<Node> {
        match self.value {
            Value::List(items) => items,
            Value::Null => vec![],
            _ => vec![self],
        }
    }

    /// A list of texts, or one text.
    pub(crate) fn texts(self, key: &str) -> Result<Vec<String>, PackageError> {
        self.into_items()
            .into_iter()
            .map(|item| item.text(key))
            .collect()
    }

    /// A list of texts, or one text with white space between the words.
    pub(crate) fn words(self, key: &str) -> Result<Vec<String>, PackageError> {
        match self.value {
            Value::Scalar(text) => Ok(text.split_whitespace().map(str::to_owned).collect()),
            _ => self.texts(key),
        }
    }

    /// A map's fields; none for null.
    pub(crate) fn into_fields(
        self,
        prefix: &str,
        warnings: &mut Warnings,
    ) -> Result<Fields, PackageError> {
        match self.value {
            Value::Null => Ok(Fields::default()),
            Value::Map(entries) => Ok(Fields::new(prefix, entries, warnings)),
            _ if prefix.is_empty() => Err(PackageError::Yaml {
                place: self.place,
                message: "expected `key: value` lines".to_owned(),
            }),
            _ => Err(self.wrong_type(prefix, "a map")),
        }
    }
}
