//! Reads problem packages in the Kattis/ICPC format, as their authors really write them.
//!
//! [`Package::load`] takes a folder in the `legacy` format or in one of the formats since
//! `2023-07-draft` and returns all that a judge needs: limits, how outputs are validated, the tests
//! in judging order with their groups, the jury's submissions with the verdicts expected of them,
//! statements and samples. [`unpack_zip`] makes such a folder from an uploaded archive,
//! [`convert_package`] from a package of another judge, and [`pack_zip`] the archive again.
//!
//! Structure: `tree` walks the folder once and vets every name; `yaml` reads settings into values
//! that know their locations; `metadata`, `limits`, `validation`, `group`/`testdata`,
//! `submissions`, `statement` each read one part.
//!
//! Packages come from strangers: every read is bounded, no link leads out, and no input makes the
//! loader panic. Absent on purpose: nothing is run or compiled here, input validators, generators
//! and custom graders are ignored, and test data are not read (they may be large).

mod constants;
mod convert;
mod error;
mod expectation;
mod file_names;
mod foreign_format;
mod glob;
mod group;
mod include;
mod ini;
mod limits;
mod metadata;
mod pack;
mod program;
mod protocol;
mod script;
mod statement;
mod submissions;
mod submissions_yaml;
mod testdata;
mod tree;
mod trust;
mod validation;
mod validator;
mod yaml;
mod zip;
mod zip_names;

use std::path::{Path, PathBuf};

use letscode_languages::LanguageRegistry;
use letscode_model::{
    ProblemDetail, ProblemId, ProblemSample, ProblemSummary, Statement, Trust, imitating_word,
};

pub use constants::Constants;
pub use convert::{ConvertedPackage, convert_package};
pub use error::{PackageError, PackageWarning, SourceLocation};
pub use expectation::ExpectationSource;
pub use file_names::CALIBRATED_FILE;
pub use foreign_format::ForeignFormat;
pub use group::{
    DraftScoring, GraderFlags, Grading, GroupSettings, MaxScore, OnReject, ScoreAggregation,
    ScoreMode, VerdictMode,
};
pub use include::IncludedFiles;
pub use limits::{ProblemLimits, TimeLimit, TimeLimitMultipliers, TimeLimitProvenance};
pub use metadata::{ProblemMetadata, ProblemSource};
pub use pack::pack_zip;
pub use program::{ProgramFile, read_program};
pub use protocol::ValidatorProtocol;
pub use submissions::JurySubmission;
pub use testdata::{GroupItem, TestCase, TestData, TestGroup};
pub use validation::{CustomValidation, Validation};
pub use validator::OutputValidator;
pub use zip::{UNNAMED_ZIP, UnpackLimits, unpack_zip};

use error::{WarningList, shown};
use file_names::{DOMJUDGE_INI, PROBLEM_YAML};
use tree::PackageFolder;
use yaml::Fields;

/// A problem package, read and vetted.
#[derive(Debug, Clone, PartialEq)]
pub struct Package {
    /// The package folder; absolute, without links.
    pub dir: PathBuf,
    /// The package folder's name.
    pub id: ProblemId,
    pub format: PackageFormat,
    /// From problem.yaml, or else domjudge-problem.ini, the statement, or the id.
    pub title: String,
    pub metadata: ProblemMetadata,
    pub limits: ProblemLimits,
    pub validation: Validation,
    /// A scoring problem: accepted submissions get points.
    pub scoring: bool,
    pub grading: Grading,
    /// Client if verdicts of browsers count on this problem.
    pub trust: Trust,
    pub data: TestData,
    pub submissions: Vec<JurySubmission>,
    /// Files of `include/`, compiled with every submission.
    pub includes: IncludedFiles,
    /// Values for `{{name}}` in the package's own texts.
    pub constants: Constants,
    pub statements: Vec<Statement>,
    /// Images for the statements, as paths relative to the statements' folder.
    pub statement_files: Vec<String>,
    pub samples: Vec<ProblemSample>,
    /// Problems that did not stop the load, for the author.
    pub warnings: Vec<PackageWarning>,
}

/// Format that a package is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageFormat {
    /// `legacy`, `legacy-icpc`, or no version at all.
    Legacy,
    /// `2023-07-draft` and later.
    Draft,
}

impl Package {
    /// Reads the package in the folder `dir`: settings, statements, samples and the beginnings of
    /// the jury's sources, but no test data. `languages`: languages of the package's programs.
    pub fn load(dir: &Path, languages: &LanguageRegistry) -> Result<Package, PackageError> {
        let mut warnings = WarningList::default();
        let (root, id) = locate(dir)?;
        if let Some(format) = ForeignFormat::detect(&root) {
            let path = dir.to_owned();
            return Err(PackageError::Foreign { path, format });
        }
        let tree = tree::walk(&root, &mut warnings)?;
        let fields = match tree.file(PROBLEM_YAML) {
            Some(yaml) => yaml::read(yaml, &mut warnings)?,
            // Old DOMjudge packages have no problem.yaml.
            None if tree.file(DOMJUDGE_INI).is_some() => {
                let message =
                    "missing: only the time limit and the name are read, from domjudge-problem.ini";
                warnings.add_file(PROBLEM_YAML, message);
                Fields::default()
            }
            None => {
                return Err(PackageError::NoProblemYaml {
                    path: dir.to_owned(),
                });
            }
        };
        let mut package = assemble(root, id, &tree, fields, languages, &mut warnings)?;
        package.warnings = warnings.into_vec();
        Ok(package)
    }

    /// Returns the public part of the problem.
    pub fn detail(&self) -> ProblemDetail {
        ProblemDetail {
            summary: ProblemSummary {
                id: self.id.clone(),
                title: self.title.clone(),
                time_limit: self.limits.time.duration.as_secs_f64() * 1000.0,
                memory_limit: self.limits.memory_bytes,
                total_tests: u32::try_from(self.data.tests.len()).unwrap_or(u32::MAX),
                keywords: self.metadata.keywords.clone(),
                scoring: self.scoring,
                interactive: self.validation.is_interactive(),
                code_limit: self.limits.code_bytes,
            },
            time_limit_from: self.limits.time.provenance.describe().to_owned(),
            statements: self.statements.clone(),
            statement_files: self.statement_files.clone(),
            samples: self.samples.clone(),
            trust: self.trust,
            author: self.metadata.author(),
            source: self.metadata.source(),
            license: self.metadata.license.clone(),
        }
    }
}

/// Resolves the folder's links and derives the problem's id from its name.
fn locate(dir: &Path) -> Result<(PathBuf, ProblemId), PackageError> {
    let root = dir
        .canonicalize()
        .map_err(|source| PackageError::io(dir, source))?;
    if !root.is_dir() {
        return Err(PackageError::NotAFolder {
            path: dir.to_owned(),
        });
    }
    // `.` and `..` have no name of their own.
    let name = dir.file_name().or(root.file_name()).unwrap_or_default();
    let id = ProblemId::parse(&name.to_string_lossy())?;
    Ok((root, id))
}

fn assemble(
    dir: PathBuf,
    id: ProblemId,
    tree: &PackageFolder,
    mut fields: Fields,
    languages: &LanguageRegistry,
    warnings: &mut WarningList,
) -> Result<Package, PackageError> {
    let format = format(&mut fields, warnings)?;
    let draft = format == PackageFormat::Draft;
    let metadata = metadata::read(&mut fields, warnings)?;
    let ini = ini::DomjudgeIni::read(tree, warnings)?;
    let mut extension = fields.fields("x-letscode", warnings)?;
    let mut declared = validation::read_declared(&mut fields)?;
    declared.protocol = protocol::read(&mut extension)?;
    let validation = validation::decide(&declared, draft, tree, languages, warnings)?;
    let kind = limits::ProblemKind {
        draft,
        interactive: validation.is_interactive(),
    };
    let limit_fields = fields.fields("limits", warnings)?;
    let limits = limits::read(limit_fields, kind, &ini, tree, warnings)?;
    let (grading, overrides) = group::read_grading(fields.fields("grading", warnings)?, warnings)?;
    let constants = Constants::read(&mut fields, warnings)?;
    let trust_setting = trust::read(&mut extension, warnings)?;
    extension.finish(warnings);
    warn_of_unsupported(tree, warnings);
    fields.finish(warnings);

    let context = group::GroupDefaults {
        draft,
        scoring: declared.scoring,
        validator_flags: declared.flags,
        overrides,
        constants,
    };
    let data = testdata::read(tree.folder("data"), &context, warnings)?;
    let statements = statement::read(tree, &context.constants, warnings)?;
    let samples = statement::samples(tree, &data, &validation)?;
    if matches!(validation, Validation::Default) {
        warn_of_large_answers(&data, &dir, limits.output_bytes, warnings);
    }
    let trust = trust::decide(
        trust_setting,
        &data,
        &samples,
        &validation,
        declared.scoring,
        warnings,
    );
    let title = [metadata.name().map(str::to_owned), ini.name]
        .into_iter()
        .flatten()
        .find_map(|name| statement::presentable(&name))
        .or_else(|| statement::title(&statements))
        .unwrap_or_else(|| id.to_string());
    warn_of_imitation(&title, warnings);
    Ok(Package {
        dir,
        id,
        format,
        title,
        metadata,
        limits,
        validation,
        scoring: declared.scoring,
        grading,
        trust,
        data,
        submissions: submissions::read(tree, languages, warnings)?,
        constants: context.constants,
        includes: IncludedFiles::read(tree.folder("include")),
        statements,
        statement_files: statement::images(tree),
        samples,
        warnings: vec![],
    })
}

/// Reads `problem_format_version`. All versions since 2023-07 are read alike; an unknown version
/// that starts with a date counts as one of them, any other as legacy.
fn format(fields: &mut Fields, warnings: &mut WarningList) -> Result<PackageFormat, PackageError> {
    let Some(node) = fields.take("problem_format_version") else {
        return Ok(PackageFormat::Legacy);
    };
    let location = node.location.clone();
    let version = node.text("problem_format_version")?;
    match version.trim() {
        "legacy" | "legacy-icpc" => Ok(PackageFormat::Legacy),
        "draft" | "2023-07-draft" | "2023-07" | "2025-09-draft" | "2025-09" => {
            Ok(PackageFormat::Draft)
        }
        other => {
            let dated = other.len() >= 7 && other.starts_with("20") && other.as_bytes()[4] == b'-';
            let format = if dated {
                PackageFormat::Draft
            } else {
                PackageFormat::Legacy
            };
            let fallback = if dated { "2025-09" } else { "legacy" };
            let message = format!(
                "unknown format version `{}`: read as {fallback}",
                shown(other)
            );
            warnings.add(location, message);
            Ok(format)
        }
    }
}

/// Warns of a title that looks like another one.
fn warn_of_imitation(title: &str, warnings: &mut WarningList) {
    if let Some(word) = imitating_word(title) {
        let letters = word.escape_unicode();
        let message = format!("letters of several scripts in the title's word “{word}”: {letters}");
        warnings.add_file("problem.yaml", message);
    }
}

/// Warns of the first answer above the output limit: no submission can print it.
fn warn_of_large_answers(
    data: &TestData,
    dir: &Path,
    output_bytes: u64,
    warnings: &mut WarningList,
) {
    let size_of = |test: &TestCase| std::fs::metadata(&test.answer).map_or(0, |file| file.len());
    let too_large = data
        .tests
        .iter()
        .map(|test| (test, size_of(test)))
        .find(|(_, bytes)| *bytes > output_bytes);
    if let Some((test, bytes)) = too_large {
        let message = format!(
            "the answer has {bytes} bytes, but the output limit is {output_bytes}: no submission can be accepted"
        );
        let answer = test.answer.strip_prefix(dir).unwrap_or(&test.answer);
        warnings.add_file(&answer.to_string_lossy(), message);
    }
}

/// Warns of parts of a package that change verdicts in other judges and are ignored here.
fn warn_of_unsupported(tree: &PackageFolder, warnings: &mut WarningList) {
    let folders = [
        ("graders", "not used: no group says `grading: custom`"),
        (
            "static_validator",
            "not used: no group has `static_validation`",
        ),
    ];
    for (name, message) in folders {
        if tree
            .folder(name)
            .is_some_and(|folder| !folder.files_below().is_empty())
        {
            warnings.add_file(name, message);
        }
    }
}
