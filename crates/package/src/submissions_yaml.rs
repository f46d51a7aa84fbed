//! `submissions.yaml` of the formats since 2023-07: rules for the submissions that a glob matches.
//!
//! The format's rules are about the verdicts of all tests: all are among `permitted`, and at least
//! one is among `required`. We have one verdict for the whole submission, that of the first failure
//! or Accepted, so we check less: a failure must be permitted, and Accepted must be required too.
//! Rules for single groups or tests are not checked.

use std::collections::BTreeSet;

use letscode_languages::LanguageRegistry;
use letscode_model::{LanguageId, Verdict};

use crate::error::{PackageError, WarningList, shown};
use crate::expectation::{FolderExpectation, of_code};
use crate::glob;
use crate::tree::PackageFile;
use crate::yaml::{self, Fields, YamlNode, YamlValue};

#[derive(Debug, Default)]
pub(crate) struct SubmissionsYaml {
    rules: Vec<GlobRule>,
}

#[derive(Debug)]
struct GlobRule {
    glob: String,
    permitted: Option<BTreeSet<Verdict>>,
    required: Option<BTreeSet<Verdict>>,
    /// The inner `None` is a language that is not supported here.
    language: Option<Option<LanguageId>>,
    entrypoint: Option<String>,
    score: Option<(f64, f64)>,
}

/// Settings of the file for one submission.
#[derive(Debug, Default)]
pub(crate) struct SubmissionOverrides {
    pub verdicts: Option<BTreeSet<Verdict>>,
    pub language: Option<Option<LanguageId>>,
    pub entrypoint: Option<String>,
    pub score: Option<(f64, f64)>,
}

pub(crate) fn read(
    file: &PackageFile,
    languages: &LanguageRegistry,
    warnings: &mut WarningList,
) -> Result<SubmissionsYaml, PackageError> {
    let mut rules = Vec::new();
    for entry in yaml::read(file, warnings)?.into_entries() {
        if glob::expand(&entry.key).is_none() {
            let message = format!(
                "`{}` is not a supported pattern: ignored",
                shown(&entry.key)
            );
            warnings.add(entry.location, message);
            continue;
        }
        let fields = Fields::of(entry.value, &entry.key, warnings)?;
        rules.push(rule(entry.key, fields, languages, warnings)?);
    }
    Ok(SubmissionsYaml { rules })
}

fn rule(
    glob: String,
    mut fields: Fields,
    languages: &LanguageRegistry,
    warnings: &mut WarningList,
) -> Result<GlobRule, PackageError> {
    let rule = GlobRule {
        glob,
        permitted: fields.take("permitted").map(verdicts).transpose()?,
        required: fields.take("required").map(verdicts).transpose()?,
        language: fields.text("language")?.map(|name| {
            let language = languages.by_name(&name);
            language.map(|language| language.id.clone())
        }),
        entrypoint: fields.text("entrypoint")?,
        score: fields.take("score").map(score).transpose()?,
    };
    fields.ignore(&["authors", "model_solution", "message", "use_for_time_limit"]);
    for entry in fields.into_entries() {
        let message = match entry.value.value {
            YamlValue::Map(_) => "rules for single groups are not checked",
            _ => "unknown key",
        };
        warnings.add(
            entry.location,
            format!("`{}`: {message}", shown(&entry.key)),
        );
    }
    Ok(rule)
}

fn verdicts(node: YamlNode) -> Result<BTreeSet<Verdict>, PackageError> {
    let mut verdicts = BTreeSet::new();
    for code in node.clone().split_texts("permitted or required")? {
        let of_this = of_code(code.trim_end_matches(',')).ok_or_else(|| {
            let problem = format!("has the unknown value `{}`", shown(&code));
            node.invalid("permitted or required", problem, "use AC, WA, TLE and RTE")
        })?;
        verdicts.extend(of_this);
    }
    Ok(verdicts)
}

fn score(node: YamlNode) -> Result<(f64, f64), PackageError> {
    let numbers = node
        .clone()
        .into_items()
        .into_iter()
        .map(|item| item.number("score"));
    match numbers.collect::<Result<Vec<_>, _>>()?[..] {
        [exact] => Ok((exact, exact)),
        [low, high] if low <= high => Ok((low, high)),
        _ => Err(node.invalid("score", "is not a score", "use one number or `[low, high]`")),
    }
}

impl SubmissionsYaml {
    /// True if a rule says in which language the submission at `below` is.
    pub(crate) fn names_language_of(&self, below: &str) -> bool {
        let mut rules = self.rules.iter();
        rules.any(|rule| rule.language.is_some() && glob::matches(&rule.glob, below))
    }

    /// Returns the settings for the submission at `below`, its path from `submissions/`. A rule for
    /// exactly the folder replaces `folder_rule`, key by key; other matching rules are added to it.
    pub(crate) fn overrides(
        &self,
        below: &str,
        folder: &str,
        folder_rule: Option<&FolderExpectation>,
    ) -> SubmissionOverrides {
        let mut overrides = SubmissionOverrides::default();
        let mut verdicts = folder_rule.map(|rule| rule.verdicts.clone());
        let mut any = false;
        for rule in self
            .rules
            .iter()
            .filter(|rule| glob::matches(&rule.glob, below))
        {
            overrides.language = rule.language.clone().or(overrides.language);
            overrides.entrypoint = rule.entrypoint.clone().or(overrides.entrypoint);
            overrides.score = rule.score.or(overrides.score);
            if rule.permitted.is_none() && rule.required.is_none() {
                continue;
            }
            any = true;
            let allowed = rule.allowed();
            verdicts = match verdicts {
                // A rule for the folder itself with one of the keys narrows the default as other
                // rules do: the other key is inherited.
                Some(before) if rule.glob != folder || rule.permitted.is_none() => {
                    Some(before.intersection(&allowed).copied().collect())
                }
                _ => Some(allowed),
            };
        }
        overrides.verdicts = verdicts.filter(|_| any);
        overrides
    }
}

impl GlobRule {
    fn allowed(&self) -> BTreeSet<Verdict> {
        let everything = || {
            ["AC", "WA", "TLE", "RTE"]
                .into_iter()
                .filter_map(of_code)
                .flatten()
                .copied()
        };
        let permitted = self
            .permitted
            .clone()
            .unwrap_or_else(|| everything().collect());
        let required = self
            .required
            .clone()
            .unwrap_or_else(|| everything().collect());
        // Accepted means that no test failed, so it must be required too.
        permitted
            .iter()
            .copied()
            .filter(|verdict| *verdict != Verdict::Accepted || required.contains(verdict))
            .collect()
    }
}
