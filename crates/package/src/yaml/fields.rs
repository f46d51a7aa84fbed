//! Fields of a map, taken by key and type.

use std::collections::{HashMap, hash_map};

use super::node::{YamlEntry, YamlNode, YamlValue};
use crate::error::{PackageError, WarningList, shown};

/// Fields of a map that have not been taken yet.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// Keys above this map, such as `limits`; empty at the top.
    prefix: String,
    entries: Vec<YamlEntry>,
}

impl Fields {
    /// Fields of a map; none for null.
    pub(crate) fn of(
        node: YamlNode,
        prefix: &str,
        warnings: &mut WarningList,
    ) -> Result<Fields, PackageError> {
        match node.value {
            YamlValue::Null => Ok(Fields::default()),
            YamlValue::Map(entries) => Ok(Fields::new(prefix, entries, warnings)),
            _ if prefix.is_empty() => Err(PackageError::Yaml {
                location: node.location,
                message: "expected `key: value` lines".to_owned(),
            }),
            _ => Err(node.wrong_type(prefix, "a map")),
        }
    }

    /// Creates the fields of a map. The last of duplicate keys counts, as in most YAML libraries.
    fn new(prefix: &str, all: Vec<YamlEntry>, warnings: &mut WarningList) -> Self {
        let mut entries: Vec<YamlEntry> = Vec::with_capacity(all.len());
        let mut index = HashMap::new();
        for entry in all {
            match index.entry(entry.key.clone()) {
                hash_map::Entry::Vacant(vacant) => {
                    vacant.insert(entries.len());
                    entries.push(entry);
                }
                hash_map::Entry::Occupied(at) => {
                    let message = format!("`{}` appears twice: this one counts", shown(&entry.key));
                    warnings.add(entry.location.clone(), message);
                    entries[*at.get()] = entry;
                }
            }
        }
        Fields {
            prefix: prefix.to_owned(),
            entries,
        }
    }

    fn full(&self, key: &str) -> String {
        match self.prefix.as_str() {
            "" => key.to_owned(),
            prefix => format!("{prefix}.{key}"),
        }
    }

    /// Returns the keys that are left.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.key.as_str())
    }

    /// Takes the value of `key`; null counts as absent.
    pub(crate) fn take(&mut self, key: &str) -> Option<YamlNode> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(at).value).filter(|node| !node.is_null())
    }

    fn take_as<T>(
        &mut self,
        key: &str,
        convert: impl FnOnce(YamlNode, &str) -> Result<T, PackageError>,
    ) -> Result<Option<T>, PackageError> {
        let full = self.full(key);
        self.take(key).map(|node| convert(node, &full)).transpose()
    }

    /// Takes a text, trimmed; an empty one counts as absent.
    pub(crate) fn text(&mut self, key: &str) -> Result<Option<String>, PackageError> {
        let text = self.take_as(key, YamlNode::text)?;
        Ok(text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()))
    }

    pub(crate) fn number(&mut self, key: &str) -> Result<Option<f64>, PackageError> {
        self.take_as(key, YamlNode::number)
    }

    pub(crate) fn flag(&mut self, key: &str) -> Result<Option<bool>, PackageError> {
        self.take_as(key, YamlNode::flag)
    }

    pub(crate) fn texts(&mut self, key: &str) -> Result<Option<Vec<String>>, PackageError> {
        self.take_as(key, YamlNode::texts)
    }

    pub(crate) fn split_texts(&mut self, key: &str) -> Result<Option<Vec<String>>, PackageError> {
        self.take_as(key, YamlNode::split_texts)
    }

    /// Takes a number for which `fits` is true. `range` describes the valid range.
    pub(crate) fn number_in(
        &mut self,
        key: &str,
        fits: impl Fn(f64) -> bool,
        range: &'static str,
    ) -> Result<Option<f64>, PackageError> {
        self.take_as(key, |node, key| {
            let number = node.clone().number(key)?;
            let invalid = || node.invalid(key, format!("is {number}"), range);
            fits(number).then_some(number).ok_or_else(invalid)
        })
    }

    /// Takes a whole number from `min` to `max`.
    pub(crate) fn whole_in(
        &mut self,
        key: &str,
        (min, max): (u64, u64),
        range: &'static str,
    ) -> Result<Option<u64>, PackageError> {
        self.take_as(key, |node, key| {
            let number = node.clone().whole(key)?;
            let invalid = || node.invalid(key, format!("is {number}"), range);
            (min..=max)
                .contains(&number)
                .then_some(number)
                .ok_or_else(invalid)
        })
    }

    /// Takes the fields of the map at `key`; none if it is absent.
    pub(crate) fn fields(
        &mut self,
        key: &str,
        warnings: &mut WarningList,
    ) -> Result<Fields, PackageError> {
        let full = self.full(key);
        let node = self.take(key);
        node.map_or_else(
            || Ok(Fields::default()),
            |node| Fields::of(node, &full, warnings),
        )
    }

    /// Drops known keys that have no effect on judging.
    pub(crate) fn ignore(&mut self, keys: &[&str]) {
        self.entries
            .retain(|entry| !keys.contains(&entry.key.as_str()));
    }

    /// All remaining entries, in the file's order.
    pub(crate) fn into_entries(self) -> Vec<YamlEntry> {
        self.entries
    }

    /// Warns of every remaining key.
    pub(crate) fn finish(self, warnings: &mut WarningList) {
        for entry in &self.entries {
            let message = format!("unknown key `{}`", shown(&self.full(&entry.key)));
            warnings.add(entry.location.clone(), message);
        }
    }
}
