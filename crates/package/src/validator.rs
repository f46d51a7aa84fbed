//! Output validators: the programs in `output_validators/` and `output_validator/`.

use letscode_model::LanguageId;

use crate::program::{ProgramFile, language_of, language_of_name};
use crate::protocol::{self, ValidatorProtocol};
use crate::script::{self, ValidatorScript};
use crate::tree::{PackageFile, PackageFolder};

/// An output validator: checker or interactor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputValidator {
    /// From the package folder, such as `output_validators/validate.cpp`.
    pub path: String,
    /// The sources with what lies beside them.
    pub files: Vec<ProgramFile>,
    /// `None` when it is built by its own script or in a language that is not supported here.
    pub language: Option<LanguageId>,
    /// Has a `build` or `run` script that does more than to compile or start the sources as they
    /// are; it then counts instead of the language.
    pub has_script: bool,
    /// The file that it starts in, where a script that is plain otherwise names one.
    pub entrypoint: Option<String>,
    pub protocol: ValidatorProtocol,
}

impl OutputValidator {
    fn new(path: &str, found: &[&PackageFile], files: Vec<ProgramFile>) -> Self {
        let (mut own_script, mut in_python, mut named) = (false, false, Vec::new());
        for file in found.iter().filter(|file| is_script(file.name())) {
            match script::read(file) {
                ValidatorScript::Plain(sources) => named.extend(sources),
                ValidatorScript::Python if file.name() == "run" => in_python = true,
                ValidatorScript::Python | ValidatorScript::Own => own_script = true,
            }
        }
        let language = match in_python {
            true => Some(LanguageId("python".to_owned())),
            false => language_of(found),
        };
        let is_python = language
            .as_ref()
            .is_some_and(|one| one.as_str() == "python");
        // Of a compiler's call the sources that it doesn't name are no part of the program.
        let is_part = |file: &ProgramFile| {
            let is_source = language_of_name(&file.name) == language_of_name("a.cpp");
            named.is_empty() || is_python || !is_source || named.contains(&file.name)
        };
        let entrypoint = match in_python {
            true => Some(PYTHON_SCRIPT.to_owned()),
            false => named.first().filter(|_| is_python).cloned(),
        };
        OutputValidator {
            path: path.to_owned(),
            files: files
                .into_iter()
                .filter_map(|file| match file.name.as_str() {
                    "run" if in_python => Some(ProgramFile {
                        name: PYTHON_SCRIPT.to_owned(),
                        ..file
                    }),
                    name if own_script || (!is_script(name) && is_part(&file)) => Some(file),
                    _ => None,
                })
                .collect(),
            entrypoint: entrypoint.filter(|_| !own_script),
            language,
            has_script: own_script,
            protocol: protocol::detect(found),
        }
    }
}

/// What `run` is called where it is a program in Python.
const PYTHON_SCRIPT: &str = "run.py";

fn is_script(name: &str) -> bool {
    matches!(name, "build" | "run")
}

fn is_program(file: &PackageFile) -> bool {
    let name = file.name();
    is_script(name) || language_of_name(name).is_some()
}

fn is_header(name: &str) -> bool {
    [".h", ".hh", ".hpp"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// The legacy `output_validators/`: every file and every folder is one program. Headers that lie
/// loose (`testlib.h`) belong to all of them.
pub(crate) fn legacy_validators(folder: &PackageFolder) -> Vec<OutputValidator> {
    let headers: Vec<&PackageFile> = folder
        .files()
        .filter(|(name, _)| is_header(name))
        .map(|(_, f)| f)
        .collect();
    let has_script = folder.files().any(|(name, _)| is_script(name));
    if has_script {
        return single_validator(folder).into_iter().collect();
    }
    let folders = folder
        .folders()
        // Headers that several share are no program.
        .filter(|(_, folder)| folder.files_below().iter().any(|file| is_program(file)))
        .filter_map(|(_, folder)| single_validator(folder));
    let files = folder
        .files()
        // Notes, grammars and data beside the programs are none.
        .filter(|(name, _)| language_of_name(name).is_some())
        .map(|(_, file)| {
            let all: Vec<&PackageFile> = std::iter::once(file)
                .chain(headers.iter().copied())
                .collect();
            let files = all.iter().map(|file| ProgramFile::of(file)).collect();
            OutputValidator::new(&file.relative, &all, files)
        });
    let mut validators: Vec<OutputValidator> = folders.chain(files).collect();
    validators.sort_by(|a, b| a.path.cmp(&b.path));
    validators
}

/// The draft's `output_validator/`: one program, directly in the folder or in its only sub-folder.
pub(crate) fn single_validator(folder: &PackageFolder) -> Option<OutputValidator> {
    let mut folder = folder;
    while folder.files().next().is_none() && folder.folders().count() == 1 {
        folder = folder.folders().next()?.1;
    }
    let files = folder.files_below();
    let named = ProgramFile::all_below(folder);
    (!files.is_empty()).then(|| OutputValidator::new(&folder.relative, &files, named))
}
