//! A map's fields, handed out by key and type.

use std::collections::{HashMap, hash_map};

use super::{Entry, Node};
use crate::error::{PackageError, Warnings, shown};

/// The fields of a map that nobody has asked for yet.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// The keys that lead here, such as `limits`; empty at the top.
    prefix: String,
    entries: Vec<Entry>,
}

impl Fields {
    /// Of a key that stands twice the last counts, as in most YAML libraries.
    pub(super) fn new(prefix: &str, all: Vec<Entry>, warnings: &mut Warnings) -> Self {
        let mut entries: Vec<Entry> = Vec::with_capacity(all.len());
        let mut index = HashMap::new();
        for entry in all {
            match index.entry(entry.key.clone()) {
                hash_map::Entry::Vacant(vacant) => {
                    vacant.insert(entries.len());
                    entries.push(entry);
                }
                hash_map::Entry::Occupied(at) => {
                    let message = format!("`{}` stands twice: this one counts", shown(&entry.key));
                    warnings.add(entry.place.clone(), message);
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

    /// The value of `key`; null counts as absent.
    pub(crate) fn take(&mut self, key: &str) -> Option<Node> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(at).value).filter(|node| !node.is_null())
    }

    fn take_as<T>(
        &mut self,
        key: &str,
        convert: impl FnOnce(Node, &str) -> Result<T, PackageError>,
    ) -> Result<Option<T>, PackageError> {
        let full = self.full(key);
        self.take(key).map(|node| convert(node, &full)).transpose()
    }

    /// Without the white space around it; empty counts as absent.
    pub(crate) fn text(&mut self, key: &str) -> Result<Option<String>, PackageError> {
        let text = self.take_as(key, Node::text)?;
        Ok(text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()))
    }

    pub(crate) fn number(&mut self, key: &str) -> Result<Option<f64>, PackageError> {
        self.take_as(key, Node::number)
    }

    pub(crate) fn flag(&mut self, key: &str) -> Result<Option<bool>, PackageError> {
        self.take_as(key, Node::flag)
    }

    pub(crate) fn texts(&mut self, key: &str) -> Result<Option<Vec<String>>, PackageError> {
        self.take_as(key, Node::texts)
    }

    pub(crate) fn words(&mut self, key: &str) -> Result<Option<Vec<String>>, PackageError> {
        self.take_as(key, Node::words)
    }

    /// A number that `fits`, which `range` puts into words.
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

    /// A whole number from `min` to `max`.
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

    /// The fields of the map at `key`; none when it is absent.
    pub(crate) fn fields(
        &mut self,
        key: &str,
        warnings: &mut Warnings,
    ) -> Result<Fields, PackageError> {
        let full = self.full(key);
        let node = self.take(key);
        node.map_or_else(
            || Ok(Fields::default()),
            |node| node.into_fields(&full, warnings),
        )
    }

    /// Keys that are known but mean nothing to a judge.
    pub(crate) fn ignore(&mut self, keys: &[&str]) {
        self.entries
            .retain(|entry| !keys.contains(&entry.key.as_str()));
    }

    /// All that is left, in the file's order.
    pub(crate) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// Warns of every key that is left.
    pub(crate) fn finish(self, warnings: &mut Warnings) {
        for entry in &self.entries {
            let message = format!("unknown key `{}`", shown(&self.full(&entry.key)));
            warnings.add(entry.place.clone(), message);
        }
    }
}
