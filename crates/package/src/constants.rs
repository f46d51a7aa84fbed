//! `constants` of problem.yaml: values for `{{name}}` in the package's own texts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::error::{PackageError, WarningList, shown};
use crate::yaml::{Fields, YamlEntry, YamlValue};

const OPENS: &[u8] = b"{{";
const CLOSES: &[u8] = b"}}";

/// Values by name, as they are written in problem.yaml.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Constants(BTreeMap<String, String>);

impl Constants {
    pub(crate) fn read(
        fields: &mut Fields,
        warnings: &mut WarningList,
    ) -> Result<Self, PackageError> {
        let mut values = BTreeMap::new();
        for YamlEntry {
            key,
            location,
            value,
        } in fields.fields("constants", warnings)?.into_entries()
        {
            match value.value {
                YamlValue::Scalar(value) => _ = values.insert(key, value),
                // BAPCtools' variants of one value: `{{key}}` is its `value`, `{{key.other}}` another.
                YamlValue::Map(variants) => {
                    for YamlEntry {
                        key: variant,
                        value,
                        ..
                    } in variants
                    {
                        let YamlValue::Scalar(value) = value.value else {
                            continue;
                        };
                        if variant == "value" {
                            values.insert(key.clone(), value.clone());
                        }
                        values.insert(format!("{key}.{variant}"), value);
                    }
                }
                _ => {
                    let message = format!("`{}` is not text or a number: ignored", shown(&key));
                    warnings.add(location, message);
                }
            }
        }
        Ok(Constants(values))
    }

    /// Replaces `{{name}}` by the constant of that name; unknown names stay. Returns `None` if the
    /// result would have more than `max_bytes` bytes.
    pub fn fill_in<'t>(&self, text: &'t [u8], max_bytes: usize) -> Option<Cow<'t, [u8]>> {
        if self.0.is_empty() {
            return Some(Cow::Borrowed(text));
        }
        let mut filled = Vec::with_capacity(text.len());
        let mut remaining = text;
        while let Some(at) = find(remaining, OPENS) {
            let (before, named) = remaining.split_at(at);
            filled.extend_from_slice(before);
            remaining = match self.value(named) {
                Some((value, after)) => {
                    filled.extend_from_slice(value.as_bytes());
                    after
                }
                // The name may begin behind the first of three braces.
                None => {
                    filled.push(named[0]);
                    &named[1..]
                }
            };
            if filled.len() > max_bytes {
                return None;
            }
        }
        filled.extend_from_slice(remaining);
        (filled.len() <= max_bytes).then_some(Cow::Owned(filled))
    }

    /// [`Constants::fill_in`] for a setting or a statement. Returns the text unchanged if the result
    /// would be too long.
    pub(crate) fn in_text(&self, text: String) -> String {
        const MAX_BYTES: usize = 2 << 20;
        let filled = self
            .fill_in(text.as_bytes(), MAX_BYTES)
            .map(Cow::into_owned);
        let filled = filled.and_then(|bytes| String::from_utf8(bytes).ok());
        filled.unwrap_or(text)
    }

    /// Returns the value of the `{{name}}` that the text starts with, and the text behind it.
    fn value<'t>(&self, text: &'t [u8]) -> Option<(&str, &'t [u8])> {
        let inside = text.strip_prefix(OPENS)?;
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.".contains(byte);
        let length = inside.iter().take_while(is_name).count();
        let (name, behind) = inside.split_at(length);
        let value = self.0.get(std::str::from_utf8(name).ok()?)?;
        Some((value, behind.strip_prefix(CLOSES)?))
    }
}

fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len())
        .position(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("int n = {{N}};", "int n = 1000;")]
    #[case("{{N}}{{name}}", "1000x y")]
    #[case("{{{N}}}", "{1000}")]
    #[case("{{N.short}} {{N.long}}", "1e3 {{N.long}}")]
    #[case("{{ N }} {{M}} {N} {{N} {{N", "{{ N }} {{M}} {N} {{N} {{N")]
    #[case("", "")]
    fn names_are_replaced_by_values(#[case] text: &str, #[case] expected: &str) {
        let pairs = [("N", "1000"), ("N.short", "1e3"), ("name", "x y")];
        let named = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let constants = Constants(named.into_iter().collect());
        let filled = constants.fill_in(text.as_bytes(), 100);
        assert_eq!(filled.as_deref(), Some(expected.as_bytes()));
    }

    #[test]
    fn filled_text_is_bounded() {
        let constants = Constants([("N".to_owned(), "x".repeat(60))].into());
        assert!(constants.fill_in(b"{{N}}", 60).is_some());
        assert!(constants.fill_in(b"{{N}}", 59).is_none());
        assert!(constants.fill_in(b"{{N}} {{N}}", 100).is_none());
    }
}
