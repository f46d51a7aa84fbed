//! `include/<language>/`: files that are compiled with every submission in that language.

use std::collections::BTreeMap;

use letscode_languages::Language;

use crate::program::ProgramFile;
use crate::tree::PackageFolder;

/// The files of `include/`, by folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IncludedFiles {
    by_folder: BTreeMap<String, Vec<ProgramFile>>,
}

impl IncludedFiles {
    pub(crate) fn read(include: Option<&PackageFolder>) -> Self {
        let folders = include.into_iter().flat_map(PackageFolder::folders);
        IncludedFiles {
            by_folder: folders
                .map(|(name, folder)| (name.to_owned(), ProgramFile::all_below(folder)))
                .collect(),
        }
    }

    /// Files for a submission in this language: those of `default`, then those of the language,
    /// which replace files of the same name.
    pub fn files_for(&self, language: &Language) -> Vec<&ProgramFile> {
        let mut files = BTreeMap::new();
        let names = std::iter::once(language.id.as_str());
        let codes = language.package.codes.iter().map(String::as_str);
        for folder in std::iter::once("default").chain(names).chain(codes) {
            for file in self.by_folder.get(folder).into_iter().flatten() {
                files.insert(file.name.as_str(), file);
            }
        }
        files.into_values().collect()
    }
}
