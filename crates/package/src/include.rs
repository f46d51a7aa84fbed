//! `include/<language>/`: files that are compiled with every submission in that language.

use std::collections::BTreeMap;

use letscode_model::LanguageId;

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
    pub fn files_for(&self, language: &LanguageId) -> Vec<&ProgramFile> {
        let mut files = BTreeMap::new();
        for folder in ["default", language.as_str()]
            .into_iter()
            .chain(other_name(language))
        {
            for file in self.by_folder.get(folder).into_iter().flatten() {
                files.insert(file.name.as_str(), file);
            }
        }
        files.into_values().collect()
    }
}

/// The format's own code of a language, if it differs from ours.
fn other_name(language: &LanguageId) -> Option<&'static str> {
    (language.as_str() == "python").then_some("python3")
}
