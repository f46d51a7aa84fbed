//! Programs of the package: jury submissions and validators, each one file or a folder of files.

use std::path::{Path, PathBuf};

use letscode_languages::{DetectedLanguage, Language, LanguageRegistry};
use letscode_model::LanguageId;

use crate::error::{PackageError, WarningList};
use crate::tree::{self, PackageFile, PackageFolder};

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

/// Returns the language of a program, if it is judged here. Headers, data and notes beside the sources
/// don't count.
pub(crate) fn language_of<'r>(
    files: &[&PackageFile],
    languages: &'r LanguageRegistry,
) -> Option<&'r Language> {
    let names: Vec<&str> = files.iter().map(|file| file.relative.as_str()).collect();
    let detected = languages.detect(&names, |index| first_line(files[index]));
    detected.and_then(DetectedLanguage::judged)
}

fn first_line(file: &PackageFile) -> Option<String> {
    let (text, _) = file.read_text(256).ok()?;
    text.lines().next().map(str::to_owned)
}

/// Reads a folder that holds one program: its files, and its language if it is judged here.
pub fn read_program(
    folder: &Path,
    languages: &LanguageRegistry,
) -> Result<(Vec<ProgramFile>, Option<LanguageId>), PackageError> {
    let root = folder
        .canonicalize()
        .map_err(|source| PackageError::io(folder, source))?;
    let tree = tree::walk(&root, &mut WarningList::default())?;
    let language = language_of(&tree.files_below(), languages);
    Ok((
        ProgramFile::all_below(&tree),
        language.map(|l| l.id.clone()),
    ))
}
