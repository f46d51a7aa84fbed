//! `test_cases` of DMOJ's `init.yml`: listed one by one and in batches, or by patterns of names.

use std::collections::BTreeMap;

use regex::Regex;

use super::problem::{ConvertedGroup, ConvertedTest, GroupPoints};
use crate::error::{PackageError, WarningList, shown};
use crate::file_names::INIT_YML;
use crate::foreign_format::ForeignFormat;
use crate::tree::{PackageFile, PackageFolder};
use crate::yaml::{Fields, YamlNode, YamlValue};

const MAX_CASES: usize = 20_000;

fn unsupported(reason: impl Into<String>, help: &str) -> PackageError {
    ForeignFormat::Dmoj.unsupported(INIT_YML, reason, help)
}

/// DMOJ's own pattern, without the part that looks ahead for `in` or `out`.
const DEFAULT_PATTERN: &str = r"^.*?(?:(?:^|\W)(?P<batch>\d+)[^\d\s]+)?(?P<case>\d+)[^\d\s]*$";
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// The files that cases name: those of the archive, or of the problem's folder.
#[derive(Clone, Copy)]
pub(super) struct CaseFiles<'f>(pub &'f PackageFolder);

impl<'f> CaseFiles<'f> {
    fn file(self, path: Option<String>) -> Result<Option<&'f PackageFile>, PackageError> {
        let Some(path) = path else { return Ok(None) };
        match self.0.file_at(&path) {
            Some(file) => Ok(Some(file)),
            None => Err(unsupported(
                format!("it names `{}`, which is missing", shown(&path)),
                "put the archive of tests beside init.yml, with all of its files",
            )),
        }
    }
}

pub(super) fn read<'f>(
    node: Option<YamlNode>,
    files: CaseFiles<'f>,
    default_points: Option<f64>,
    warnings: &mut WarningList,
) -> Result<Vec<ConvertedGroup<'f>>, PackageError> {
    let is_list = |node: &YamlNode| matches!(node.value, YamlValue::List(_));
    let groups = match node {
        Some(node) if is_list(&node) => {
            let mut reader = DmojCaseReader {
                files,
                default_points,
                warnings,
                gate: None,
                count: 0,
            };
            reader.listed(node.into_items())?
        }
        other => by_pattern(other, files, default_points, warnings)?,
    };
    if groups.iter().all(|group| group.tests.is_empty()) {
        return Err(unsupported(
            "it has no tests",
            "list its tests in `test_cases`",
        ));
    }
    Ok(groups)
}

struct DmojCaseReader<'f, 'a> {
    files: CaseFiles<'f>,
    default_points: Option<f64>,
    warnings: &'a mut WarningList,
    /// The last case without points: where it fails, nothing after it is judged.
    gate: Option<usize>,
    count: usize,
}

impl<'f> DmojCaseReader<'f, '_> {
    fn listed(&mut self, nodes: Vec<YamlNode>) -> Result<Vec<ConvertedGroup<'f>>, PackageError> {
        let mut groups: Vec<ConvertedGroup<'f>> = Vec::new();
        // Dependencies count batches, not cases.
        let mut batches = Vec::new();
        for node in nodes {
            let mut fields = Fields::of(node, "test_cases", self.warnings)?;
            refuse_generated_cases(&mut fields)?;
            let points = self.points(&mut fields)?;
            let batched = fields.take("batched");
            let mut requires: Vec<usize> = self.gate.into_iter().collect();
            if let Some(dependencies) = fields.take("dependencies") {
                for item in dependencies.into_items() {
                    let number = item.whole("dependencies")?;
                    let batch = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
                    let group = batch.and_then(|batch| batches.get(batch));
                    let group = group.ok_or_else(|| {
                        let reason = format!(
                            "a batch depends on batch {number}, which does not come before it"
                        );
                        unsupported(reason, "correct `dependencies`")
                    })?;
                    requires.push(*group);
                }
            }
            let mut tests = Vec::new();
            match batched {
                Some(cases) => {
                    batches.push(groups.len());
                    for case in cases.into_items() {
                        let mut fields = Fields::of(case, "batched", self.warnings)?;
                        refuse_generated_cases(&mut fields)?;
                        tests.push(self.test(&mut fields)?);
                    }
                }
                None => tests.push(self.test(&mut fields)?),
            }
            requires.sort_unstable();
            requires.dedup();
            if points <= 0.0 {
                self.gate = Some(groups.len());
            }
            groups.push(ConvertedGroup {
                tests,
                points: GroupPoints::Least(points),
                requires,
                requires_samples: false,
            });
        }
        Ok(groups)
    }

    fn points(&self, fields: &mut Fields) -> Result<f64, PackageError> {
        let stated = fields.number_in("points", |points| points >= 0.0, "use 0 or more")?;
        Ok(stated.or(self.default_points).unwrap_or(1.0))
    }

    fn test(&mut self, fields: &mut Fields) -> Result<ConvertedTest<'f>, PackageError> {
        self.count += 1;
        if self.count > MAX_CASES {
            let reason = format!("it has more than {MAX_CASES} tests");
            return Err(unsupported(reason, "remove some"));
        }
        Ok(ConvertedTest {
            input: self.files.file(fields.text("in")?)?,
            answer: self.files.file(fields.text("out")?)?,
            points: 0.0,
        })
    }
}

/// Refuses a case that is made by code, or judged otherwise than the others.
fn refuse_generated_cases(fields: &mut Fields) -> Result<(), PackageError> {
    let forbidden = ["generator", "generator_args", "checker"];
    let key = fields
        .keys()
        .find(|key| key.ends_with('+') || forbidden.contains(key))
        .map(str::to_owned);
    match key {
        None => Ok(()),
        Some(key) => Err(unsupported(
            format!("a test has a `{}` of its own", shown(&key)),
            "give every test its files in the archive, and all tests one checker",
        )),
    }
}

/// Finds the cases by the names of their files. A case without a batch is one by itself.
fn by_pattern<'f>(
    node: Option<YamlNode>,
    files: CaseFiles<'f>,
    default_points: Option<f64>,
    warnings: &mut WarningList,
) -> Result<Vec<ConvertedGroup<'f>>, PackageError> {
    let mut fields = match node {
        Some(node) => Fields::of(node, "test_cases", warnings)?,
        None => Fields::default(),
    };
    let inputs = NamePattern::read(fields.text("input_format")?, "in")?;
    let outputs = NamePattern::read(fields.text("output_format")?, "out")?;
    let case_points = match fields.take("case_points") {
        None => Vec::new(),
        Some(node) => node
            .into_items()
            .into_iter()
            .map(|node| node.number("case_points"))
            .collect::<Result<Vec<f64>, _>>()?,
    };
    let mut cases: BTreeMap<(u64, Option<u64>), ConvertedTest<'f>> = BTreeMap::new();
    for file in files.0.files_below() {
        if let Some(key) = inputs.key_of(file) {
            cases.entry(key).or_default().input = Some(file);
        } else if let Some(key) = outputs.key_of(file) {
            cases.entry(key).or_default().answer = Some(file);
        }
    }
    cases.retain(|_, test| test.input.is_some());
    let mut batches: BTreeMap<u64, Vec<ConvertedTest<'f>>> = BTreeMap::new();
    for ((batch, _), test) in cases.into_iter().take(MAX_CASES) {
        batches.entry(batch).or_default().push(test);
    }
    let groups = batches.into_values().enumerate();
    let groups = groups.map(|(index, tests)| {
        let points = case_points.get(index).copied().or(default_points);
        ConvertedGroup {
            tests,
            points: GroupPoints::Least(points.filter(|points| *points >= 0.0).unwrap_or(1.0)),
            ..ConvertedGroup::default()
        }
    });
    Ok(groups.collect())
}

/// Pattern of the names of inputs or outputs, with the numbers of batch and case in it.
struct NamePattern {
    regex: Regex,
    /// A word of the default pattern: a name must contain it after a dot, or begin with.
    word: Option<&'static str>,
}

impl NamePattern {
    fn read(own: Option<String>, word: &'static str) -> Result<Self, PackageError> {
        let word = own.is_none().then_some(word);
        let pattern = own.as_deref().unwrap_or(DEFAULT_PATTERN);
        let regex = regex::RegexBuilder::new(pattern)
            .size_limit(MAX_PATTERN_BYTES)
            .build();
        match regex {
            Ok(regex) => Ok(NamePattern { regex, word }),
            Err(_) => Err(unsupported(
                format!("the pattern `{}` is not understood", shown(pattern)),
                "write it without looking around, or list the tests one by one",
            )),
        }
    }

    /// Returns the batch and the case of a file. A case without a batch counts as one of its own.
    fn key_of(&self, file: &PackageFile) -> Option<(u64, Option<u64>)> {
        let name = &file.relative;
        if let Some(word) = self.word
            && !name.contains(&format!(".{word}"))
            && !name.starts_with(word)
        {
            return None;
        }
        let captures = self.regex.captures(name)?;
        let number = |group: &str| captures.name(group)?.as_str().parse::<u64>().ok();
        let case = number("case")?;
        Some(match number("batch") {
            Some(batch) => (batch, Some(case)),
            None => (case, None),
        })
    }
}
