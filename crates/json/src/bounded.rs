//! Lists and texts with a bound that reading them enforces.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A list of at most `MAX` items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundedVec<T, const MAX: usize>(pub Vec<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for BoundedVec<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(VecVisitor(PhantomData))
    }
}

struct VecVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for VecVisitor<T, MAX> {
    type Value = BoundedVec<T, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MAX} items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            if items.len() == MAX {
                return Err(A::Error::custom(format!("at most {MAX} items are allowed")));
            }
            items.push(item);
        }
        Ok(BoundedVec(items))
    }
}

/// A text of 1 to `MAX` bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundedText<const MAX: usize>(pub String);

impl<'de, const MAX: usize> Deserialize<'de> for BoundedText<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if (1..=MAX).contains(&text.len()) {
            Ok(BoundedText(text))
        } else {
            let length = text.len();
            Err(D::Error::custom(format!(
                "it has {length} bytes; 1 to {MAX} are allowed"
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::read_json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct SampleBody {
        list: BoundedVec<BoundedText<3>, 2>,
    }

    #[test]
    fn bounds_are_enforced() {
        let read = |list: &str| read_json::<SampleBody>(format!(r#"{{"list":{list}}}"#).as_bytes());
        assert!(read(r#"[]"#).is_ok() && read(r#"["abc","a"]"#).is_ok());
        for (list, field) in [
            (r#"["a","b","c"]"#, "list"),
            (r#"["a","abcd"]"#, "list[1]"),
            (r#"[""]"#, "list[0]"),
            (r#"{}"#, "list"),
        ] {
            let mistake = read(list).unwrap_err();
            let named = mistake.field.as_deref().unwrap_or_default();
            assert!(named.starts_with(field), "{list}: {mistake:?}");
        }
    }
}
