//! Names, authors, sources, license and keywords of a problem.

use std::collections::BTreeMap;

use letscode_model::plain_title;

use crate::error::{PackageError, WarningList};
use crate::yaml::{Fields, YamlEntry, YamlNode, YamlValue};

/// Settings of problem.yaml that have no effect on judging.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProblemMetadata {
    /// `name` by language code; a name without a language is `en`.
    pub names: BTreeMap<String, String>,
    /// Legacy `author`, since 2023-07 `credits.authors`.
    pub authors: Vec<String>,
    pub sources: Vec<ProblemSource>,
    /// As written, such as `cc by-sa`.
    pub license: Option<String>,
    pub rights_owner: Option<String>,
    pub uuid: Option<String>,
    pub keywords: Vec<String>,
}

/// Contest or book in which the problem was first used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemSource {
    pub name: String,
    pub url: Option<String>,
}

impl ProblemMetadata {
    /// The English name, or else the first in any language.
    pub(crate) fn name(&self) -> Option<&str> {
        let name = self.names.get("en").or_else(|| self.names.values().next());
        name.map(String::as_str)
    }

    /// Removes control characters, invisible ones and those that change the direction of text from
    /// what people are shown.
    fn clean(&mut self) {
        let sources = self.sources.iter_mut().map(|source| &mut source.name);
        let texts = self
            .names
            .values_mut()
            .chain(&mut self.authors)
            .chain(&mut self.keywords)
            .chain(&mut self.license)
            .chain(&mut self.rights_owner)
            .chain(sources);
        for text in texts {
            *text = plain_title(text);
        }
        self.authors.retain(|name| !name.is_empty());
        self.keywords.retain(|word| !word.is_empty());
    }

    /// All authors in one line.
    pub fn author(&self) -> Option<String> {
        (!self.authors.is_empty()).then(|| self.authors.join(", "))
    }

    /// All sources in one line.
    pub fn source(&self) -> Option<String> {
        let names: Vec<_> = self
            .sources
            .iter()
            .map(|source| source.name.as_str())
            .collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

pub(crate) fn read(
    fields: &mut Fields,
    warnings: &mut WarningList,
) -> Result<ProblemMetadata, PackageError> {
    let mut metadata = ProblemMetadata {
        names: names(fields)?,
        authors: authors(fields, warnings)?,
        sources: sources(fields, warnings)?,
        license: fields.text("license")?,
        rights_owner: fields.text("rights_owner")?,
        uuid: fields.text("uuid")?,
        keywords: fields.split_texts("keywords")?.unwrap_or_default(),
    };
    metadata.clean();
    // Known keys without effect on judging.
    fields.ignore(&["version", "allow_file_writing"]);
    warn_of_restrictions(fields, warnings)?;
    Ok(metadata)
}

/// Warns of restrictions that are not enforced here.
fn warn_of_restrictions(
    fields: &mut Fields,
    warnings: &mut WarningList,
) -> Result<(), PackageError> {
    if let Some(node) = fields.take("embargo_until") {
        warnings.add(
            node.location,
            "`embargo_until` is not enforced: the problem is public at once",
        );
    }
    if let Some(node) = fields.take("languages") {
        let location = node.location.clone();
        if node.split_texts("languages")? != ["all"] {
            warnings.add(
                location,
                "`languages` is not enforced: every language is accepted",
            );
        }
    }
    Ok(())
}

fn names(fields: &mut Fields) -> Result<BTreeMap<String, String>, PackageError> {
    let Some(node) = fields.take("name") else {
        return Ok(BTreeMap::new());
    };
    let named = |language: String, node: YamlNode| -> Result<_, PackageError> {
        let name = node.text("name")?.trim().to_owned();
        Ok((!name.is_empty()).then_some((language, name)))
    };
    match node.value {
        YamlValue::Scalar(_) => Ok(named("en".to_owned(), node)?.into_iter().collect()),
        YamlValue::Map(entries) => {
            let not_null = entries.into_iter().filter(|entry| !entry.value.is_null());
            let names = not_null.map(|entry| named(entry.key, entry.value));
            Ok(names
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .flatten()
                .collect())
        }
        _ => Err(node.wrong_type("name", "text, or a map of languages to names")),
    }
}

/// `author: A and B` or `credits: …`. The legacy string is not split: a name may contain `and`.
fn authors(fields: &mut Fields, warnings: &mut WarningList) -> Result<Vec<String>, PackageError> {
    let legacy = fields.texts("author")?.unwrap_or_default();
    let credited = match fields.take("credits") {
        None => vec![],
        Some(node) if matches!(node.value, YamlValue::Map(_)) => {
            let mut credits = Fields::of(node, "credits", warnings)?;
            credits.ignore(&[
                "contributors",
                "testers",
                "translators",
                "packagers",
                "acknowledgements",
            ]);
            let authors = credits.take("authors").map(people).transpose()?;
            credits.finish(warnings);
            authors.unwrap_or_default()
        }
        Some(node) => people(node)?,
    };
    let all = if credited.is_empty() {
        legacy
    } else {
        credited
    };
    let trimmed = all.iter().map(|name| name.trim().to_owned());
    Ok(trimmed.filter(|name| !name.is_empty()).collect())
}

/// Names without e-mail addresses, as names are public.
fn people(node: YamlNode) -> Result<Vec<String>, PackageError> {
    let people = node
        .into_items()
        .into_iter()
        .map(|person| match person.value {
            // Older drafts: `{name: …, email: …}`.
            YamlValue::Map(ref entries) => match value_of(entries, "name") {
                Some(name) => name.text("credits.authors.name"),
                None => Err(person.wrong_type("credits.authors", "a name")),
            },
            _ => person.text("credits.authors"),
        });
    let without_address = |person: String| {
        person
            .split('<')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    people.map(|person| person.map(without_address)).collect()
}

fn sources(
    fields: &mut Fields,
    warnings: &mut WarningList,
) -> Result<Vec<ProblemSource>, PackageError> {
    let legacy_url = fields.text("source_url")?;
    let nodes = fields
        .take("source")
        .map(YamlNode::into_items)
        .unwrap_or_default();
    let mut sources = Vec::new();
    for node in nodes {
        let source = match node.value {
            YamlValue::Map(_) => {
                let mut map = Fields::of(node, "source", warnings)?;
                let (name, url) = (map.text("name")?, map.text("url")?);
                map.finish(warnings);
                name.or(url.clone()).map(|name| ProblemSource { name, url })
            }
            _ => Some(node.text("source")?.trim().to_owned())
                .filter(|name| !name.is_empty())
                .map(|name| ProblemSource { name, url: None }),
        };
        sources.extend(source);
    }
    if let [source] = sources.as_mut_slice() {
        source.url = source.url.take().or(legacy_url);
    }
    Ok(sources)
}

fn value_of(entries: &[YamlEntry], key: &str) -> Option<YamlNode> {
    let entry = entries.iter().rev().find(|entry| entry.key == key)?;
    Some(entry.value.clone())
}
