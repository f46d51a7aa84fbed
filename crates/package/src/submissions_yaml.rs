//! `submissions.yaml` of the formats since 2023-07: rules for the solutions that a glob matches.
//!
//! The format's rules speak of every test's verdict: all are among `permitted`, and one at least is
//! among `required`. We know one verdict for the whole solution, that of the first failure or
//! Accepted, so we ask less: a failure must be permitted, and Accepted must be required too.
//! Rules for single groups or tests are not checked.

use std::collections::BTreeSet;

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
    /// The inner `None` is a language that is not judged here.
    language: Option<Option<LanguageId>>,
    entrypoint: Option<String>,
    score: Option<(f64, f64)>,
}

/// What the file says of one solution; `None` where it says nothing.
#[derive(Debug, Default)]
pub(crate) struct SubmissionOverrides {
    pub verdicts: Option<BTreeSet<Verdict>>,
    pub language: Option<Option<LanguageId>>,
    pub entrypoint: Option<String>,
    pub score: Option<(f64, f64)>,
}

pub(crate) fn read(
    file: &PackageFile,
    warnings: &mut WarningList,
) -> Result<SubmissionsYaml, PackageError> {
    let mut rules = Vec::new();
    for entry in yaml::read(file, warnings)?.into_entries() {
        if glob::expand(&entry.key).is_none() {
            let message = format!(
                "`{}` is not a pattern that is understood: left out",
                shown(&entry.key)
            );
            warnings.add(entry.location, message);
            continue;
        }
        let fields = Fields::of(entry.value, &entry.key, warnings)?;
        rules.push(rule(entry.key, fields, warnings)?);
    }
    Ok(SubmissionsYaml { rules })
}

fn rule(
    glob: String,
    mut fields: Fields,
    warnings: &mut WarningList,
) -> Result<GlobRule, PackageError> {
    let rule = GlobRule {
        glob,
        permitted: fields.take("permitted").map(verdicts).transpose()?,
        required: fields.take("required").map(verdicts).transpose()?,
        language: fields.text("language")?.map(|name| language(&name)),
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
    for code in node.clone().words("permitted or required")? {
        let known = of_code(code.trim_end_matches(',')).ok_or_else(|| {
            let problem = format!("holds `{}`, which is unknown", shown(&code));
            node.invalid("permitted or required", problem, "use AC, WA, TLE and RTE")
        })?;
        verdicts.extend(known);
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

/// The codes of the format's languages table.
fn language(code: &str) -> Option<LanguageId> {
    let id = match code {
        "cpp" => "cpp",
        "python" | "python3" => "python",
        "javascript" => "javascript",
        "rust" => "rust",
        _ => return None,
    };
    Some(LanguageId(id.to_owned()))
}

impl SubmissionsYaml {
    /// `below`: the solution's path from `submissions/` on. A rule for exactly the folder stands in
    /// for `folder_rule`, key by key; every other matching rule comes on top.
    pub(crate) fn about(
        &self,
        below: &str,
        folder: &str,
        folder_rule: Option<&FolderExpectation>,
    ) -> SubmissionOverrides {
        let mut about = SubmissionOverrides::default();
        let mut verdicts = folder_rule.map(|rule| rule.verdicts.clone());
        let mut any = false;
        for rule in self
            .rules
            .iter()
            .filter(|rule| glob::matches(&rule.glob, below))
        {
            about.language = rule.language.clone().or(about.language);
            about.entrypoint = rule.entrypoint.clone().or(about.entrypoint);
            about.score = rule.score.or(about.score);
            if rule.permitted.is_none() && rule.required.is_none() {
                continue;
            }
            any = true;
            let allowed = rule.allowed();
            verdicts = match verdicts {
                // Half a rule for the folder itself narrows the default as any other does: what it
                // leaves unsaid is inherited.
                Some(before) if rule.glob != folder || rule.permitted.is_none() => {
                    Some(before.intersection(&allowed).copied().collect())
                }
                _ => Some(allowed),
            };
        }
        about.verdicts = verdicts.filter(|_| any);
        about
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
        // When all that may fail must not, only Accepted is left.
        permitted
            .iter()
            .copied()
            .filter(|verdict| *verdict != Verdict::Accepted || required.contains(verdict))
            .collect()
    }
}
