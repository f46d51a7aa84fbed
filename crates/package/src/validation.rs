//! Output validation, default or custom, and the problem's type.

use std::collections::BTreeSet;

use letscode_languages::LanguageRegistry;

use crate::error::{PackageError, WarningList};
use crate::protocol::ValidatorProtocol;
use crate::tree::PackageFolder;
use crate::validator::{OutputValidator, legacy_validators, single_validator};
use crate::yaml::{Fields, YamlNode};

/// Output validation of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Validation {
    /// Compares token by token with the answer, according to the validator's flags.
    Default,
    Custom(CustomValidation),
}

/// Validation by the package's own checker or interactor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomValidation {
    /// The validator talks with the submission while it runs.
    pub interactive: bool,
    /// The validator may write points.
    pub scoring: bool,
    /// The validator may ask for another run with another input.
    pub multi_pass: bool,
    /// Not empty; all of them must accept an output.
    pub validators: Vec<OutputValidator>,
    /// In an interactive problem of testlib's kind: checks the file that the interactor wrote.
    pub checker: Option<OutputValidator>,
}

impl Validation {
    pub fn is_interactive(&self) -> bool {
        matches!(self, Validation::Custom(custom) if custom.interactive)
    }

    pub fn is_multi_pass(&self) -> bool {
        matches!(self, Validation::Custom(custom) if custom.multi_pass)
    }
}

/// Settings of problem.yaml, in the keys of either format.
#[derive(Debug, Default)]
pub(crate) struct DeclaredValidation {
    pub scoring: bool,
    interactive: bool,
    multi_pass: bool,
    custom: bool,
    validator_scores: bool,
    /// Protocol of the validators, where it is stated.
    pub protocol: Option<ValidatorProtocol>,
    /// `validator_flags`: in front of the arguments of every test.
    pub flags: Vec<String>,
}

pub(crate) fn read_declared(fields: &mut Fields) -> Result<DeclaredValidation, PackageError> {
    let mut declared = DeclaredValidation::default();
    if let Some(node) = fields.take("type") {
        read_type(node, &mut declared)?;
    }
    if let Some(node) = fields.take("validation") {
        read_validation(node, &mut declared)?;
    }
    declared.flags = fields.split_texts("validator_flags")?.unwrap_or_default();
    Ok(declared)
}

/// A list, or one string; some authors write `interactive multi-pass` into one.
fn read_type(node: YamlNode, declared: &mut DeclaredValidation) -> Result<(), PackageError> {
    for kind in node.clone().split_texts("type")? {
        match kind.trim_end_matches(',') {
            "pass-fail" | "" => {}
            "scoring" => declared.scoring = true,
            "interactive" => declared.interactive = true,
            "multi-pass" | "multipass" => declared.multi_pass = true,
            kind => {
                return Err(PackageError::UnsupportedType {
                    location: node.location,
                    kind: crate::error::shown(kind),
                });
            }
        }
    }
    Ok(())
}

fn read_validation(node: YamlNode, declared: &mut DeclaredValidation) -> Result<(), PackageError> {
    let parts = node.clone().split_texts("validation")?;
    for (index, word) in parts.iter().enumerate() {
        match (index, word.as_str()) {
            (0, "default") => {}
            (0, "custom") => declared.custom = true,
            (1.., "interactive") if declared.custom => declared.interactive = true,
            (1.., "score") if declared.custom => declared.validator_scores = true,
            (1.., "multi-pass" | "multipass") if declared.custom => declared.multi_pass = true,
            _ => {
                return Err(PackageError::UnknownValidation {
                    location: node.location,
                    word: crate::error::shown(word),
                });
            }
        }
    }
    Ok(())
}

/// Decides on default or custom validation. In the legacy format problem.yaml decides; since 2023-07
/// the presence of a validator does.
pub(crate) fn decide(
    declared: &DeclaredValidation,
    draft: bool,
    package: &PackageFolder,
    languages: &LanguageRegistry,
    warnings: &mut WarningList,
) -> Result<Validation, PackageError> {
    let required = declared.custom || declared.interactive || declared.multi_pass;
    let (folder, validators) = find_validators(draft, package, languages);
    if !required && !draft {
        if !validators.is_empty() {
            warnings.add_file(
                folder,
                "not used: problem.yaml does not say `validation: custom`",
            );
        }
        return Ok(Validation::Default);
    }
    if validators.is_empty() {
        return if required {
            Err(PackageError::NoValidator {
                folder: folder.to_owned(),
            })
        } else {
            Ok(Validation::Default)
        };
    }
    let mut validators = drop_unsupported(drop_drafts(validators, warnings), warnings);
    for validator in &mut validators {
        validator.protocol = declared.protocol.unwrap_or(validator.protocol);
    }
    let checker = if declared.interactive {
        take_checker(&mut validators)
    } else {
        None
    };
    Ok(Validation::Custom(CustomValidation {
        interactive: declared.interactive,
        checker,
        scoring: declared.validator_scores || (draft && declared.scoring),
        multi_pass: declared.multi_pass,
        validators,
    }))
}

/// Takes the checker out of testlib's pair for interactive problems: `interactor/` talks, and `checker/`
/// then reads what that wrote to its output file.
fn take_checker(validators: &mut Vec<OutputValidator>) -> Option<OutputValidator> {
    let named = |validator: &OutputValidator, name: &str| {
        let last = validator.path.rsplit('/').next().unwrap_or_default();
        last.split('.').next() == Some(name) && validator.protocol.is_testlib()
    };
    let is_pair = validators.len() == 2 && validators.iter().any(|v| named(v, "interactor"));
    let at = validators
        .iter()
        .position(|v| is_pair && named(v, "checker"))?;
    Some(validators.remove(at))
}

/// Drops a validator that is one file if a folder of the same name has one too: `validator.cpp` beside
/// `validator/` is an older version, which would have to accept every output as well.
fn drop_drafts(
    mut validators: Vec<OutputValidator>,
    warnings: &mut WarningList,
) -> Vec<OutputValidator> {
    let paths: BTreeSet<String> = validators
        .iter()
        .map(|validator| validator.path.clone())
        .collect();
    validators.retain(|validator| {
        let stem = validator.path.rsplit_once('.').map(|(stem, _)| stem);
        let Some(folder) = stem.filter(|stem| paths.contains(*stem)) else {
            return true;
        };
        let message = format!("ignored: the validator in {folder}/ is used");
        warnings.add_file(&validator.path, message);
        false
    });
    validators
}

/// Drops validators in unsupported languages if there is another one: some packages have the same
/// validator in several languages, and Kattis' tools use only one.
fn drop_unsupported(
    validators: Vec<OutputValidator>,
    warnings: &mut WarningList,
) -> Vec<OutputValidator> {
    let is_unsupported =
        |validator: &OutputValidator| validator.language.is_none() && !validator.has_script;
    if validators.iter().all(is_unsupported) {
        return validators;
    }
    let (unsupported, supported): (Vec<_>, Vec<_>) =
        validators.into_iter().partition(is_unsupported);
    for validator in unsupported {
        let message = "ignored: its language is not supported; another validator is used";
        warnings.add_file(&validator.path, message);
    }
    supported
}

/// Finds the validators in the folder of the format, or else of the other: some packages mix the
/// formats.
fn find_validators(
    draft: bool,
    package: &PackageFolder,
    languages: &LanguageRegistry,
) -> (&'static str, Vec<OutputValidator>) {
    let plural = || {
        package
            .folder("output_validators")
            .map(|folder| legacy_validators(folder, languages))
            .unwrap_or_default()
    };
    let singular = || {
        package
            .folder("output_validator")
            .and_then(|folder| single_validator(folder, languages))
    };
    let folders = [
        ("output_validator", singular().into_iter().collect()),
        ("output_validators", plural()),
    ];
    let own = if draft {
        "output_validator"
    } else {
        "output_validators"
    };
    let (mut own_first, other): (Vec<_>, Vec<_>) =
        folders.into_iter().partition(|(name, _)| *name == own);
    own_first.extend(other);
    let used = own_first
        .into_iter()
        .find(|(_, validators)| !validators.is_empty());
    used.unwrap_or((own, vec![]))
}
