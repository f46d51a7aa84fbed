//! `submissions/<folder>/<program>`: the jury's submissions, accepted and rejected ones.

use std::collections::BTreeSet;

use letscode_languages::LanguageRegistry;
use letscode_model::{LanguageId, Verdict};

use crate::error::{PackageError, WarningList, shown};
use crate::expectation::{self, ExpectationSource, FolderExpectation};
use crate::program::{ProgramFile, language_of};
use crate::submissions_yaml::{self, SubmissionsYaml};
use crate::tree::{PackageFile, PackageFolder, TreeEntry};

/// Annotations are searched for in this many bytes at the beginning of every file.
const MAX_ANNOTATED_BYTES: u64 = 64 << 10;

/// A submission of the jury, with the verdicts expected of it.
#[derive(Debug, Clone, PartialEq)]
pub struct JurySubmission {
    /// Path from the package folder: `submissions/accepted/fast.cpp`.
    pub path: String,
    /// Sorted by name; more than one if the program is a folder.
    pub files: Vec<ProgramFile>,
    /// `None` for a language that is not supported here.
    pub language: Option<LanguageId>,
    /// Main file, if submissions.yaml names one.
    pub entrypoint: Option<String>,
    /// Verdicts that the author expects; empty if any verdict is fine.
    pub expected: BTreeSet<Verdict>,
    /// Must get some points, but not all.
    pub partially_accepted: bool,
    /// Smallest and largest score that the author expects.
    pub expected_score: Option<(f64, f64)>,
    pub source: ExpectationSource,
}

pub(crate) fn read(
    package: &PackageFolder,
    languages: &LanguageRegistry,
    warnings: &mut WarningList,
) -> Result<Vec<JurySubmission>, PackageError> {
    let Some(root) = package.folder("submissions") else {
        return Ok(vec![]);
    };
    let declared = match root
        .file("submissions.yaml")
        .or_else(|| package.file("submissions.yaml"))
    {
        Some(file) => submissions_yaml::read(file, languages, warnings)?,
        None => SubmissionsYaml::default(),
    };
    for (name, file) in root.files() {
        if languages.of_file(name).is_some() {
            let message = "ignored: put submissions in folders such as `accepted/`";
            warnings.add_file(&file.relative, message);
        }
    }
    let mut submissions = Vec::new();
    let mut build_outputs = Vec::new();
    for (folder_name, folder) in root.folders() {
        let rule = expectation::of_folder(folder_name);
        let mut any_unknown = false;
        for (name, entry) in &folder.entries {
            let Some(program) = program(name, entry) else {
                continue;
            };
            if !declared.names_language_of(program.below()) && !program.has_source(languages)? {
                build_outputs.push(program.relative);
                continue;
            }
            let submission = read_submission(
                program,
                folder_name,
                rule.as_ref(),
                &declared,
                languages,
                warnings,
            )?;
            any_unknown |= rule.is_none() && submission.source == ExpectationSource::Folder;
            submissions.push(submission);
        }
        if any_unknown {
            let message = "unknown folder: no verdict is expected of the submissions in it";
            warnings.add_file(&folder.relative, message);
        }
    }
    if !build_outputs.is_empty() {
        let message = format!(
            "ignored, as they are not source code: {}",
            list_of(&build_outputs)
        );
        warnings.add_file(&root.relative, message);
    }
    Ok(submissions)
}

/// Joins the first few paths, and counts the others.
fn list_of(paths: &[&str]) -> String {
    const MAX_NAMED: usize = 10;
    let named: Vec<String> = paths
        .iter()
        .take(MAX_NAMED)
        .map(|path| shown(path))
        .collect();
    match paths.len().saturating_sub(MAX_NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

struct SubmissionEntry<'f> {
    relative: &'f str,
    sources: Vec<&'f PackageFile>,
    files: Vec<ProgramFile>,
}

impl SubmissionEntry<'_> {
    /// Returns the path from `submissions/`.
    fn below(&self) -> &str {
        let below = self.relative.strip_prefix("submissions/");
        below.unwrap_or(self.relative)
    }

    /// False if all files are compiled programs, backups and the like.
    fn has_source(&self, languages: &LanguageRegistry) -> Result<bool, PackageError> {
        for file in &self.sources {
            let is_source = languages.of_file(&file.relative).is_some();
            if is_source || !is_build_output(file)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// True for compiled programs, by their first bytes, for files that compilers and editors leave, and for
/// notes, data and rules for building.
fn is_build_output(file: &PackageFile) -> Result<bool, PackageError> {
    const SUFFIXES: [&str; 34] = [
        "#", "~", ".a", ".ans", ".bak", ".class", ".diff", ".dll", ".exe", ".gch", ".ilk", ".in",
        ".jar", ".log", ".md", ".o", ".obj", ".old", ".orig", ".out", ".patch", ".pdb", ".pdf",
        ".pyc", ".pyo", ".rej", ".so", ".swo", ".swp", ".tmp", ".txt", ".yaml", ".yml", ".zip",
    ];
    const NAMES: [&str; 3] = ["core", "license", "makefile"];
    /// ELF, Windows, and macOS on Intel and ARM.
    const MAGIC_NUMBERS: [&[u8]; 3] = [b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe"];
    let name = file.name().to_ascii_lowercase();
    let is_known = |suffix: &&str| name.ends_with(suffix);
    if SUFFIXES.iter().any(is_known) || NAMES.contains(&name.as_str()) {
        return Ok(true);
    }
    let (start, _) = file.read(4)?;
    Ok(MAGIC_NUMBERS.iter().any(|magic| start.starts_with(magic)))
}

/// Returns an entry's program; `None` if it has none.
fn program<'f>(name: &str, entry: &'f TreeEntry) -> Option<SubmissionEntry<'f>> {
    if name == "__pycache__" || name.to_ascii_uppercase().starts_with("README") {
        return None;
    }
    let program = match entry {
        TreeEntry::File(file) => SubmissionEntry {
            relative: &file.relative,
            sources: vec![file],
            files: vec![ProgramFile::of(file)],
        },
        TreeEntry::Folder(folder) => SubmissionEntry {
            relative: &folder.relative,
            sources: folder.files_below(),
            files: ProgramFile::all_below(folder),
        },
    };
    (!program.sources.is_empty()).then_some(program)
}

fn read_submission(
    program: SubmissionEntry<'_>,
    folder_name: &str,
    folder_rule: Option<&FolderExpectation>,
    declared: &SubmissionsYaml,
    languages: &LanguageRegistry,
    warnings: &mut WarningList,
) -> Result<JurySubmission, PackageError> {
    let SubmissionEntry {
        relative,
        sources,
        files,
    } = program;
    let below = relative.strip_prefix("submissions/").unwrap_or(relative);
    let from_yaml = declared.overrides(below, folder_name, folder_rule);
    let mut submission = JurySubmission {
        path: relative.to_owned(),
        files,
        language: from_yaml.language.unwrap_or_else(|| {
            let language = language_of(&sources, languages);
            language.map(|language| language.id.clone())
        }),
        entrypoint: from_yaml.entrypoint,
        expected: folder_rule
            .map(|rule| rule.verdicts.clone())
            .unwrap_or_default(),
        partially_accepted: folder_rule.is_some_and(|rule| rule.partially_accepted),
        expected_score: from_yaml.score,
        source: ExpectationSource::Folder,
    };
    if let Some(verdicts) = from_yaml.verdicts {
        if verdicts.is_empty() {
            let message =
                "the rules of submissions.yaml contradict each other: no verdict is allowed";
            warnings.add_file(relative, message);
        }
        submission.expected = verdicts;
        submission.source = ExpectationSource::SubmissionsYaml;
    }
    annotate(&mut submission, &sources, warnings)?;
    Ok(submission)
}

/// Applies an annotation in the source, which takes precedence over everything else.
fn annotate(
    submission: &mut JurySubmission,
    files: &[&PackageFile],
    warnings: &mut WarningList,
) -> Result<(), PackageError> {
    for file in files {
        let (bytes, _) = file.read(MAX_ANNOTATED_BYTES)?;
        let Some(annotation) = expectation::of_source(&bytes, &file.relative, warnings) else {
            continue;
        };
        submission.expected_score = annotation.score.or(submission.expected_score);
        if let Some(verdicts) = annotation.verdicts {
            if verdicts.is_disjoint(&submission.expected)
                && !submission.expected.is_empty()
                && !verdicts.is_empty()
            {
                let message =
                    "`@EXPECTED_RESULTS@` contradicts the folder: `@EXPECTED_RESULTS@` counts";
                warnings.add_file(&file.relative, message);
            }
            submission.expected = verdicts;
            submission.partially_accepted = false;
            submission.source = ExpectationSource::Annotation;
        }
        return Ok(());
    }
    Ok(())
}
