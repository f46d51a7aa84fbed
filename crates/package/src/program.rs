//! A program of the package: a jury submission or a validator, one file or a folder of files.

use std::path::PathBuf;

use letscode_model::LanguageId;

use crate::tree::{File, Folder};

/// The languages that are judged here, by the endings of their source files.
const ENDINGS: [(&str, &str); 9] = [
    ("py", "python"),
    ("py3", "python"),
    ("js", "javascript"),
    ("cpp", "cpp"),
    ("cc", "cpp"),
    ("cxx", "cpp"),
    ("c++", "cpp"),
    ("C", "cpp"),
    ("rs", "rust"),
];

/// The language of a file name; `None` for everything that can't be judged here.
pub(crate) fn language_of_name(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    ENDINGS
        .iter()
        .find(|(known, _)| *known == ending)
        .map(|(_, language)| *language)
}

/// The one language of a program's files. Headers, data and notes beside the sources don't count;
/// two languages in one program are no language.
pub(crate) fn language_of(files: &[&File]) -> Option<LanguageId> {
    let mut languages = files
        .iter()
        .filter_map(|file| language_of_name(&file.relative));
    let first = languages.next()?;
    let single = languages.all(|other| other == first) && !files.iter().any(|f| is_python_2(f));
    single.then(|| LanguageId(first.to_owned()))
}

/// In the legacy format the first line of a `.py` file tells the two Pythons apart.
fn is_python_2(file: &File) -> bool {
    let first_line = || {
        let (text, _) = file.read_text(256).ok()?;
        text.lines().next().map(str::to_owned)
    };
    file.relative.ends_with(".py")
        && first_line().is_some_and(|line| line.starts_with("#!") && line.contains("python2"))
}

/// An output validator: checker or interactor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validator {
    /// From the package folder, such as `output_validators/validate.cpp`.
    pub path: String,
    /// Absolute; the sources with what lies beside them.
    pub files: Vec<PathBuf>,
    /// `None` when it is built by its own script or in a language that is not supported here.
    pub language: Option<LanguageId>,
    /// Has a `build` or `run` script, which then counts instead of the language.
    pub has_script: bool,
}

impl Validator {
    fn new(path: &str, files: &[&File]) -> Self {
        let is_script = |file: &&File| matches!(name_in(file), "build" | "run");
        Validator {
            path: path.to_owned(),
            files: files.iter().map(|file| file.path.clone()).collect(),
            language: language_of(files),
            has_script: files.iter().any(is_script),
        }
    }
}

fn name_in(file: &File) -> &str {
    file.relative.rsplit('/').next().unwrap_or_default()
}

fn is_header(name: &str) -> bool {
    [".h", ".hh", ".hpp"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// The legacy `output_validators/`: every file and every folder is one program. Headers that lie
/// loose (`testlib.h`) belong to all of them.
pub(crate) fn legacy_validators(folder: &Folder) -> Vec<Validator> {
    let headers: Vec<&File> = folder
        .files()
        .filter(|(name, _)| is_header(name))
        .map(|(_, f)| f)
        .collect();
    let has_script = folder
        .files()
        .any(|(name, _)| matches!(name, "build" | "run"));
    if has_script {
        return single_validator(folder).into_iter().collect();
    }
    let folders = folder
        .folders()
        .filter_map(|(_, folder)| single_validator(folder));
    let files = folder
        .files()
        .filter(|(name, _)| {
            !is_header(name)
                && name.contains('.')
                && !name.ends_with(".md")
                && !name.ends_with(".txt")
        })
        .map(|(_, file)| {
            let all: Vec<&File> = std::iter::once(file)
                .chain(headers.iter().copied())
                .collect();
            Validator::new(&file.relative, &all)
        });
    let mut validators: Vec<Validator> = folders.chain(files).collect();
    validators.sort_by(|a, b| a.path.cmp(&b.path));
    validators
}

/// The draft's `output_validator/`: one program, directly in the folder or in its only sub-folder.
pub(crate) fn single_validator(folder: &Folder) -> Option<Validator> {
    let mut folder = folder;
    while folder.files().next().is_none() && folder.folders().count() == 1 {
        folder = folder.folders().next()?.1;
    }
    let files = folder.files_below();
    (!files.is_empty()).then(|| Validator::new(&folder.relative, &files))
}
