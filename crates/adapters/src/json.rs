//! Values in the peers' JSON: their clients send numbers as texts, and null for what is not there.
//! None of them ever holds much more than was sent.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A value that may be of any type, of which only plain ones matter.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum JsonScalar {
    #[default]
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    /// A list or an object. Its content was skipped.
    Nested,
}

impl JsonScalar {
    pub fn is_null(&self) -> bool {
        *self == JsonScalar::Null
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            JsonScalar::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn into_text(self) -> Option<String> {
        match self {
            JsonScalar::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns a number, also of a text that is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            JsonScalar::Number(number) => Some(*number),
            JsonScalar::Text(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
            _ => None,
        }
    }

    /// Returns a boolean, also of a text or number that stands for one.
    pub fn boolean(&self) -> Option<bool> {
        match self {
            JsonScalar::Bool(value) => Some(*value),
            JsonScalar::Number(number) => Some(*number != 0.0),
            JsonScalar::Text(text) => match text.as_str() {
                "true" | "1" => Some(true),
                "false" | "0" | "" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for JsonScalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = JsonScalar;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<JsonScalar, E> {
        Ok(JsonScalar::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<JsonScalar, E> {
        Ok(JsonScalar::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<JsonScalar, E> {
        Ok(JsonScalar::Number(value as f64))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<JsonScalar, E> {
        Ok(JsonScalar::Number(value as f64))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<JsonScalar, E> {
        Ok(JsonScalar::Number(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<JsonScalar, E> {
        Ok(JsonScalar::Text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<JsonScalar, E> {
        Ok(JsonScalar::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<JsonScalar, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(JsonScalar::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonScalar, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(JsonScalar::Nested)
    }
}

/// A list of at most [`MAX_ITEMS`] values. Null is an empty one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BoundedList<T>(pub Vec<T>);

/// Longest list or map that is read.
pub(crate) const MAX_ITEMS: usize = 1000;

impl<T> Default for BoundedList<T> {
    fn default() -> Self {
        BoundedList(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for BoundedList<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = BoundedList<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(BoundedList::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            push(&mut items, item)?;
        }
        Ok(BoundedList(items))
    }
}

/// An object of at most [`MAX_ITEMS`] values in the order in which they were sent. Null, and PHP's
/// empty list, are an empty one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BoundedMap<T>(pub Vec<(String, T)>);

impl<T> Default for BoundedMap<T> {
    fn default() -> Self {
        BoundedMap(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for BoundedMap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MapVisitor(PhantomData))
    }
}

struct MapVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for MapVisitor<T> {
    type Value = BoundedMap<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(BoundedMap::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        match list.next_element::<IgnoredAny>()? {
            Some(_) => Err(A::Error::custom("an object is expected, not a list")),
            None => Ok(BoundedMap::default()),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            push(&mut entries, entry)?;
        }
        Ok(BoundedMap(entries))
    }
}

fn push<T, E: Error>(items: &mut Vec<T>, item: T) -> Result<(), E> {
    if items.len() == MAX_ITEMS {
        return Err(E::custom(format!(
            "at most {MAX_ITEMS} entries are allowed"
        )));
    }
    items.push(item);
    Ok(())
}

#[cfg(test)]
mod tests {
    use letscode_json::{JsonMistake, read_json};

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct SampleBody {
        value: JsonScalar,
        list: BoundedList<String>,
        map: BoundedMap<JsonScalar>,
    }

    fn read(text: &str) -> Result<SampleBody, JsonMistake> {
        read_json(text.as_bytes())
    }

    #[test]
    fn scalars_stand_for_numbers_and_booleans() {
        let value = |text: &str| read(&format!(r#"{{"value":{text}}}"#)).unwrap().value;
        assert_eq!(value("1.5").number(), Some(1.5));
        assert_eq!(value(r#""1.5""#).number(), Some(1.5));
        assert_eq!(value(r#""inf""#).number(), None);
        assert_eq!(value(r#""true""#).boolean(), Some(true));
        assert_eq!(value("0").boolean(), Some(false));
        assert_eq!(value("[[1],{\"a\":2}]"), JsonScalar::Nested);
        assert!(value("null").is_null());
    }

    #[test]
    fn lists_are_bounded() {
        let list = |length: usize| format!(r#"{{"list":[{}]}}"#, vec![r#""""#; length].join(","));
        assert_eq!(read(&list(MAX_ITEMS)).unwrap().list.0.len(), MAX_ITEMS);
        let mistake = read(&list(MAX_ITEMS + 1)).unwrap_err();
        assert!(mistake.field.unwrap().starts_with("list"));
        assert_eq!(read(r#"{"map":[]}"#).unwrap(), SampleBody::default());
    }
}
