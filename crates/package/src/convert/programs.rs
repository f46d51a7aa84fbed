//! The sources of checkers and interactors, with the libraries that they include.

use std::path::{Path, PathBuf};

use letscode_languages::LanguageRegistry;

use super::problem::{JuryProgram, ProgramSource};
use super::refusal::named_file;
use crate::error::{PackageError, shown};
use crate::foreign_format::ForeignFormat;
use crate::tree::{PackageFile, PackageFolder};

const TESTLIB: &str = "testlib.h";

/// Paths of a testlib that was installed for all packages.
const INSTALLED: [&str; 2] = ["/usr/local/include/testlib.h", "/usr/include/testlib.h"];

/// Most bytes of a source that are searched for what it includes.
const MAX_SEARCHED_BYTES: u64 = 1 << 20;

/// Finds a program's files.
pub(super) struct ProgramFinder<'f, 'a> {
    pub format: ForeignFormat,
    /// File that names them, for messages.
    pub settings: &'a str,
    pub folder: &'f PackageFolder,
    /// Folders whose headers are put beside a program.
    pub header_folders: Vec<&'f PackageFolder>,
    pub languages: &'a LanguageRegistry,
}

impl<'f> ProgramFinder<'f, '_> {
    /// Returns a program of these sources. `role` is what people call it.
    pub(super) fn program(
        &self,
        role: &str,
        paths: &[String],
        extra: &[&'f PackageFile],
    ) -> Result<JuryProgram<'f>, PackageError> {
        let mut files: Vec<&PackageFile> = Vec::new();
        for path in paths {
            let file = named_file(self.folder, path, self.format, self.settings)?;
            let language = self.languages.of_file(file.name());
            let is_judged = language.and_then(|language| language.judged()).is_some();
            if !is_judged && !is_header(file.name()) {
                let reason = format!(
                    "its {role} `{}` is in a language that is not run here",
                    shown(path)
                );
                let help = "rewrite it in C++ or Python";
                return Err(self.format.unsupported(self.settings, reason, help));
            }
            files.push(file);
        }
        let headers = self.header_folders.iter().flat_map(|folder| {
            let headers = folder.files().filter(|(name, _)| is_header(name));
            headers.map(|(_, file)| file)
        });
        let beside: Vec<&PackageFile> = headers.chain(extra.iter().copied()).collect();
        for file in beside {
            if files.iter().all(|known| known.name() != file.name()) {
                files.push(file);
            }
        }
        let installed = self.installed_testlib(role, &files)?;
        let own = files.into_iter().map(|file| {
            let name = file.name().to_owned();
            (ProgramSource::File(file), name)
        });
        let installed = installed.map(|path| (ProgramSource::Host(path), TESTLIB.to_owned()));
        Ok(JuryProgram {
            files: own.chain(installed).collect(),
        })
    }

    /// Returns the host's testlib for a program that includes it and has none of its own.
    fn installed_testlib(
        &self,
        role: &str,
        files: &[&PackageFile],
    ) -> Result<Option<PathBuf>, PackageError> {
        let has_own = files.iter().any(|file| file.name() == TESTLIB);
        if has_own || !includes_testlib(files)? {
            return Ok(None);
        }
        let installed = INSTALLED.iter().map(Path::new).find(|path| path.is_file());
        match installed {
            Some(path) => Ok(Some(path.to_owned())),
            None => Err(self.format.unsupported(
                self.settings,
                format!("its {role} includes testlib.h, which the package does not have"),
                "put testlib.h (github.com/MikeMirzayanov/testlib) beside it, or for all packages into \
                 /usr/local/include, and import again",
            )),
        }
    }
}

fn is_header(name: &str) -> bool {
    [".h", ".hh", ".hpp"].iter().any(|end| name.ends_with(end))
}

fn includes_testlib(files: &[&PackageFile]) -> Result<bool, PackageError> {
    for file in files {
        let (text, _) = file.read_text(MAX_SEARCHED_BYTES)?;
        let includes = |line: &str| {
            let line = line.trim_start();
            line.starts_with('#') && line.contains("include") && line.contains(TESTLIB)
        };
        if text.lines().any(includes) {
            return Ok(true);
        }
    }
    Ok(false)
}
