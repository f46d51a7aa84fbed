//! Text to [`YamlNode`]s, by serde-saphyr.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Location, Spanned};

use super::node::{YamlEntry, YamlNode, YamlValue};
use crate::error::{PackageError, SourceLocation};

pub(super) fn parse(name: &Arc<str>, bytes: &[u8]) -> Result<YamlNode, PackageError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line_start = before
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |at| at + 1);
        PackageError::Yaml {
            location: SourceLocation {
                file: name.clone(),
                line: 1 + before.iter().filter(|b| **b == b'\n').count() as u64,
                column: 1 + (before.len() - line_start) as u64,
            },
            message: "it is not UTF-8 text".to_owned(),
        }
    })?;
    let raw: Spanned<RawValue> = serde_saphyr::from_str_with_options(text, options())
        .map_err(|error| syntax_error(name, &error))?;
    Ok(node(raw, text, name))
}

/// Limits far below the parser's own and far above an author's needs: aliases can't expand a small
/// file into a large tree.
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
    // The location is printed before the message, so remove the one that the library appends.
    let message = match text.rfind(" at line ") {
        Some(at) if location.is_some() => text[..at].to_owned(),
        _ => text,
    };
    let location = SourceLocation {
        file: name.clone(),
        line: location.map_or(0, |l| l.line()),
        column: location.map_or(0, |l| l.column()),
    };
    PackageError::Yaml { location, message }
}

fn node(raw: Spanned<RawValue>, text: &str, name: &Arc<str>) -> YamlNode {
    let location_of = |location: Location| SourceLocation {
        file: name.clone(),
        line: location.line(),
        column: location.column(),
    };
    let location = location_of(raw.referenced);
    let value = match raw.value {
        RawValue::Null => YamlValue::Null,
        RawValue::Text(text) => YamlValue::Scalar(text),
        RawValue::Plain(parsed) => {
            YamlValue::Scalar(source_of(raw.defined, text).unwrap_or(parsed))
        }
        RawValue::List(items) => YamlValue::List(
            items
                .into_iter()
                .map(|item| node(item, text, name))
                .collect(),
        ),
        RawValue::Map(entries) => {
            let entry = |(key, value): (Spanned<String>, _)| YamlEntry {
                key: key.value,
                location: location_of(key.referenced),
                value: node(value, text, name),
            };
            YamlValue::Map(entries.into_iter().map(entry).collect())
        }
    };
    YamlNode { location, value }
}

/// Source text of a scalar that the parser turned into a number or boolean.
fn source_of(location: Location, text: &str) -> Option<String> {
    let start = usize::try_from(location.span().byte_offset()?).ok()?;
    let length = usize::try_from(location.span().byte_len()?).ok()?;
    let slice = text.get(start..start.checked_add(length)?)?;
    (!slice.is_empty()).then(|| slice.to_owned())
}

/// Value from the parser.
enum RawValue {
    Null,
    Text(String),
    /// A plain scalar that was parsed as a number or boolean.
    Plain(String),
    List(Vec<Spanned<RawValue>>),
    Map(Vec<(Spanned<String>, Spanned<RawValue>)>),
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E: de::Error>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }
    fn visit_none<E: de::Error>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }
    fn visit_bool<E: de::Error>(self, value: bool) -> Result<RawValue, E> {
        Ok(RawValue::Plain(value.to_string()))
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<RawValue, E> {
        Ok(RawValue::Plain(value.to_string()))
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<RawValue, E> {
        Ok(RawValue::Plain(value.to_string()))
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<RawValue, E> {
        Ok(RawValue::Plain(value.to_string()))
    }
    fn visit_str<E: de::Error>(self, value: &str) -> Result<RawValue, E> {
        Ok(RawValue::Text(value.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RawValue, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(RawValue::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawValue, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(RawValue::Map(entries))
    }
}
