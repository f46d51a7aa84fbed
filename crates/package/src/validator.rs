//! Output validators: the programs in `output_validators/` and `output_validator/`.

use letscode_languages::{DetectedLanguage, Language, LanguageRegistry};
use letscode_model::LanguageId;

use crate::program::{ProgramFile, language_of};
use crate::protocol::{self, ValidatorProtocol};
use crate::script::{self, ValidatorScript};
use crate::tree::{PackageFile, PackageFolder};

/// An output validator: checker or interactor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputValidator {
    /// Path from the package folder, such as `output_validators/validate.cpp`.
    pub path: String,
    /// The sources and the files in their folder.
    pub files: Vec<ProgramFile>,
    /// `None` if it is built by its own script or in a language that is not supported here.
    pub language: Option<LanguageId>,
    /// Has a `build` or `run` script that does more than compile or start the sources. The script is
    /// then used instead of the language.
    pub has_script: bool,
    /// Main file, if a plain script names one.
    pub entrypoint: Option<String>,
    pub protocol: ValidatorProtocol,
}

impl OutputValidator {
    fn new(
        path: &str,
        sources: &[&PackageFile],
        files: Vec<ProgramFile>,
        languages: &LanguageRegistry,
    ) -> Self {
        let scripts = Scripts::read(sources, languages);
        let language = scripts
            .run_language
            .or_else(|| language_of(sources, languages));
        let has_entry_file = language.is_some_and(Language::has_entry_file);
        // Sources that the compiler's command line does not name are not part of the program.
        let is_compiled = |file: &ProgramFile| {
            let is_source = is_compiled_source(&file.name, languages);
            let named = &scripts.named_sources;
            named.is_empty() || has_entry_file || !is_source || named.contains(&file.name)
        };
        let run_name = scripts.run_language.map(run_file_name);
        let named = scripts.named_sources.first().filter(|_| has_entry_file);
        let entrypoint = run_name.as_ref().or(named).cloned();
        OutputValidator {
            path: path.to_owned(),
            files: files
                .into_iter()
                .filter_map(|file| match (file.name.as_str(), &run_name) {
                    ("run", Some(name)) => Some(ProgramFile {
                        name: name.clone(),
                        ..file
                    }),
                    _ if scripts.any_custom => Some(file),
                    (name, _) if !is_script(name) && is_compiled(&file) => Some(file),
                    _ => None,
                })
                .collect(),
            entrypoint: entrypoint.filter(|_| !scripts.any_custom),
            language: language.map(|language| language.id.clone()),
            has_script: scripts.any_custom,
            protocol: protocol::detect(sources),
        }
    }
}

/// The `build` and `run` scripts of a validator, together.
#[derive(Default)]
struct Scripts<'r> {
    /// One of them must be run.
    any_custom: bool,
    /// Language of a `run` that is itself the program.
    run_language: Option<&'r Language>,
    named_sources: Vec<String>,
}

impl<'r> Scripts<'r> {
    fn read(files: &[&PackageFile], languages: &'r LanguageRegistry) -> Self {
        let mut scripts = Scripts::default();
        for file in files.iter().filter(|file| is_script(file.name())) {
            match script::read(file, languages) {
                ValidatorScript::Plain(sources) => scripts.named_sources.extend(sources),
                ValidatorScript::Program(language) if file.name() == "run" => {
                    scripts.run_language = Some(language);
                }
                ValidatorScript::Program(_) | ValidatorScript::Custom => scripts.any_custom = true,
            }
        }
        scripts
    }
}

/// Returns the name that a `run` gets if it is itself a program: with its language's extension.
fn run_file_name(language: &Language) -> String {
    format!("run.{}", language.extensions[0])
}

fn is_compiled_source(name: &str, languages: &LanguageRegistry) -> bool {
    let language = languages.of_file(name).and_then(DetectedLanguage::judged);
    language.is_some_and(Language::is_compiled)
}

fn is_script(name: &str) -> bool {
    matches!(name, "build" | "run")
}

fn is_program(file: &PackageFile, languages: &LanguageRegistry) -> bool {
    let name = file.name();
    is_script(name) || languages.of_file(name).is_some()
}

fn is_header(name: &str) -> bool {
    [".h", ".hh", ".hpp"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// Validators of the legacy `output_validators/`: every source file and every folder is one program.
/// Headers outside the folders (`testlib.h`) belong to all of them.
pub(crate) fn legacy_validators(
    folder: &PackageFolder,
    languages: &LanguageRegistry,
) -> Vec<OutputValidator> {
    let headers: Vec<&PackageFile> = folder
        .files()
        .filter(|(name, _)| is_header(name))
        .map(|(_, f)| f)
        .collect();
    let has_script = folder.files().any(|(name, _)| is_script(name));
    if has_script {
        return single_validator(folder, languages).into_iter().collect();
    }
    let folders = folder
        .folders()
        // A folder of shared headers is not a program.
        .filter(|(_, folder)| {
            folder
                .files_below()
                .iter()
                .any(|file| is_program(file, languages))
        })
        .filter_map(|(_, folder)| single_validator(folder, languages));
    let files = folder
        .files()
        // Notes, grammars and data are not programs.
        .filter(|(name, _)| languages.of_file(name).is_some())
        .map(|(_, file)| {
            let all: Vec<&PackageFile> = std::iter::once(file)
                .chain(headers.iter().copied())
                .collect();
            let files = all.iter().map(|file| ProgramFile::of(file)).collect();
            OutputValidator::new(&file.relative, &all, files, languages)
        });
    let mut validators: Vec<OutputValidator> = folders.chain(files).collect();
    validators.sort_by(|a, b| a.path.cmp(&b.path));
    validators
}

/// The validator of the draft's `output_validator/`: directly in the folder or in its only subfolder.
pub(crate) fn single_validator(
    folder: &PackageFolder,
    languages: &LanguageRegistry,
) -> Option<OutputValidator> {
    let mut folder = folder;
    while folder.files().next().is_none() && folder.folders().count() == 1 {
        folder = folder.folders().next()?.1;
    }
    let files = folder.files_below();
    let named = ProgramFile::all_below(folder);
    (!files.is_empty()).then(|| OutputValidator::new(&folder.relative, &files, named, languages))
}
