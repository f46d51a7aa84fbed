//! Programs of the package: jury submissions and validators, each one file or a folder of files.

use std::path::{Path, PathBuf};

use letscode_model::LanguageId;

use crate::error::{PackageError, WarningList};
use crate::tree::{self, PackageFile, PackageFolder};

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
    /// Path from the program's folder, such as `util/graph.h`.
    pub name: String,
    /// Absolute path, links resolved.
    pub path: PathBuf,
}

impl ProgramFile {
    /// A file that is a program by itself, or is used by several.
    pub(crate) fn of(file: &PackageFile) -> Self {
        ProgramFile {
            name: file.name().to_owned(),
            path: file.path.clone(),
        }
    }

    /// All files below a folder, with paths from that folder.
    pub(crate) fn all_below(folder: &PackageFolder) -> Vec<Self> {
        let named = |file: &&PackageFile| ProgramFile {
            name: file.relative[folder.relative.len()..]
                .trim_start_matches('/')
                .to_owned(),
            path: file.path.clone(),
        };
        folder.files_below().iter().map(named).collect()
    }
}

/// The position in [`LANGUAGES`] of a file name's language.
pub(crate) fn language_of_name(name: &str) -> Option<usize> {
    let (_, ending) = name.rsplit_once('.')?;
    LANGUAGES
        .iter()
        .position(|(_, endings)| endings.contains(&ending))
}

/// Whether it is a source file by its name, in whatever language.
pub(crate) fn is_source(name: &str) -> bool {
    language_of_name(name).is_some()
}

/// What a program is written in, also when that is not judged here: as in Kattis' tools the
/// language with the most files, in a tie the one that comes first.
fn detect_language(files: &[&PackageFile]) -> Option<&'static str> {
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
pub(crate) fn language_of(files: &[&PackageFile]) -> Option<LanguageId> {
    let language = detect_language(files).filter(|language| JUDGED.contains(language))?;
    Some(LanguageId(language.to_owned()))
}

/// In the legacy format the first line of a `.py` file tells the two Pythons apart.
fn is_python_2(file: &PackageFile) -> bool {
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
    let tree = tree::walk(&root, &mut WarningList::default())?;
    let language = language_of(&tree.files_below());
    Ok((ProgramFile::all_below(&tree), language))
}
