//! A program of the package: a jury submission or a validator, one file or a folder of files.

use std::path::{Path, PathBuf};

use letscode_model::LanguageId;

use crate::error::{PackageError, Warnings};
use crate::script::{self, Script};
use crate::tree::{self, File, Folder};

/// Languages by the endings of their source files, in the order in which they win a tie. Those
/// that are not judged here are known too: a program in Java with a Python script beside it is not
/// a Python program.
const LANGUAGES: [(&str, &[&str]); 16] = [
    ("cpp", &["cpp", "cc", "cxx", "c++", "C"]),
    ("c", &["c"]),
    (PYTHON_2, &["py2"]),
    ("python", &["py", "py3"]),
    ("java", &["java"]),
    ("csharp", &["cs"]),
    ("haskell", &["hs"]),
    ("rust", &["rs"]),
    ("javascript", &["js"]),
    ("go", &["go"]),
    ("kotlin", &["kt"]),
    ("pascal", &["pas"]),
    ("ruby", &["rb"]),
    ("php", &["php"]),
    ("ocaml", &["ml"]),
    ("scala", &["scala", "sc"]),
];
const PYTHON_2: &str = "python2";
const JUDGED: [&str; 4] = ["cpp", "python", "rust", "javascript"];

/// A file of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramFile {
    /// From the program's folder, such as `util/graph.h`.
    pub name: String,
    /// Absolute, links resolved.
    pub path: PathBuf,
}

impl ProgramFile {
    fn loose(file: &File) -> Self {
        ProgramFile {
            name: name_in(file).to_owned(),
            path: file.path.clone(),
        }
    }

    /// All files below a folder, named from there on.
    pub(crate) fn all_below(folder: &Folder) -> Vec<Self> {
        let named = |file: &&File| ProgramFile {
            name: file.relative[folder.relative.len()..]
                .trim_start_matches('/')
                .to_owned(),
            path: file.path.clone(),
        };
        folder.files_below().iter().map(named).collect()
    }

    /// A program that is one file.
    pub(crate) fn only(file: &File) -> Vec<Self> {
        vec![Self::loose(file)]
    }
}

/// The position in [`LANGUAGES`] of a file name's language.
fn language_of_name(name: &str) -> Option<usize> {
    let (_, ending) = name.rsplit_once('.')?;
    LANGUAGES
        .iter()
        .position(|(_, endings)| endings.contains(&ending))
}

/// Whether it is a source file by its name, in whatever language.
pub(crate) fn written_in_any(name: &str) -> bool {
    language_of_name(name).is_some()
}

/// What a program is written in, also when that is not judged here: as in Kattis' tools the
/// language with the most files, in a tie the one that comes first.
fn written_in(files: &[&File]) -> Option<&'static str> {
    let mut counts = [0_usize; LANGUAGES.len()];
    for file in files {
        if let Some(language) = language_of_name(&file.relative) {
            counts[language] += 1;
        }
    }
    // The last of several greatest is taken, so the order is turned round.
    let (most, count) = counts
        .iter()
        .enumerate()
        .rev()
        .max_by_key(|(_, count)| **count)?;
    let language = LANGUAGES[most].0;
    match *count {
        0 => None,
        _ if language == "python" && files.iter().any(|file| is_python_2(file)) => Some(PYTHON_2),
        _ => Some(language),
    }
}

/// The language of a program, if it is judged here. Headers, data and notes beside the sources
/// don't count.
pub(crate) fn language_of(files: &[&File]) -> Option<LanguageId> {
    let language = written_in(files).filter(|language| JUDGED.contains(language))?;
    Some(LanguageId(language.to_owned()))
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

/// Reads a folder that holds one program: its files, and its language if it is judged here.
pub fn read_program(folder: &Path) -> Result<(Vec<ProgramFile>, Option<LanguageId>), PackageError> {
    let root = folder
        .canonicalize()
        .map_err(|source| PackageError::io(folder, source))?;
    let tree = tree::walk(&root, &mut Warnings::default())?;
    let language = language_of(&tree.files_below());
    Ok((ProgramFile::all_below(&tree), language))
}

/// How a validator is called and what its exit codes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// The package format's own: 42 accepts, 43 rejects.
    Kattis,
    /// That of `testlib.h` as it is published: input, output and answer as files; 0 accepts, 1
    /// and 2 reject, 7 gives points.
    Testlib,
}

/// An output validator: checker or interactor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validator {
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
    pub protocol: Protocol,
}

impl Validator {
    fn new(path: &str, found: &[&File], files: Vec<ProgramFile>) -> Self {
        let (mut own_script, mut in_python, mut named) = (false, false, Vec::new());
        for file in found.iter().filter(|file| is_script(name_in(file))) {
            match script::read(file) {
                Script::Plain(sources) => named.extend(sources),
                Script::Python if name_in(file) == "run" => in_python = true,
                Script::Python | Script::Own => own_script = true,
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
        Validator {
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
            protocol: script::protocol(found),
        }
    }
}

/// What `run` is called where it is a program in Python.
const PYTHON_SCRIPT: &str = "run.py";

fn is_script(name: &str) -> bool {
    matches!(name, "build" | "run")
}

fn name_in(file: &File) -> &str {
    file.relative.rsplit('/').next().unwrap_or_default()
}

fn is_program(file: &File) -> bool {
    let name = name_in(file);
    is_script(name) || language_of_name(name).is_some()
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
            let all: Vec<&File> = std::iter::once(file)
                .chain(headers.iter().copied())
                .collect();
            let files = all.iter().map(|file| ProgramFile::loose(file)).collect();
            Validator::new(&file.relative, &all, files)
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
    let named = ProgramFile::all_below(folder);
    (!files.is_empty()).then(|| Validator::new(&folder.relative, &files, named))
}
