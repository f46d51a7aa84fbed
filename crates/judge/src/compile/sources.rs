//! A program as its author wrote it: its files, and the one that it starts in.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};

use letscode_languages::Language;
use letscode_model::RunFile;
use letscode_package::{Constants, JurySubmission, ProgramFile};

use crate::error::EngineError;
use crate::execute::files::WorkspaceFile;
use crate::execute::jail::sealed_copy;

/// Size of all files of one program together.
const MAX_PROGRAM_BYTES: u64 = 16 << 20;
/// A run is requested with one message, which carries at most 64 descriptors.
const MAX_FILES: usize = 48;

/// Sources of a program, as they were submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    files: Vec<SourceFile>,
    /// Entry point, where the author names one.
    entry: Option<String>,
    /// True if a single source keeps its name.
    keeps_names: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct SourceFile {
    /// Path from the program's folder; empty for a source without a name.
    name: String,
    contents: Vec<u8>,
    /// Added by the package and not by the program's author.
    included: bool,
}

impl Sources {
    /// Returns a program of one source without a name.
    pub fn single(contents: impl Into<Vec<u8>>) -> Sources {
        Sources {
            files: vec![SourceFile {
                name: String::new(),
                contents: contents.into(),
                included: false,
            }],
            entry: None,
            keeps_names: false,
        }
    }

    /// Returns the program of an ad-hoc run or of its checker, with the files beside it. It starts in
    /// `entry`, an index.
    pub(crate) fn of_run(files: &[RunFile], entry: Option<usize>) -> Sources {
        let source = |file: &RunFile| SourceFile {
            name: file.name.clone().unwrap_or_default(),
            contents: file.content.as_bytes().to_vec(),
            included: false,
        };
        Sources {
            entry: entry.and_then(|entry| files.get(entry)?.name.clone()),
            files: files.iter().map(source).collect(),
            keeps_names: true,
        }
    }

    pub(crate) fn keeps_names(&self) -> bool {
        self.keeps_names
    }

    /// Reads a solution of the jury.
    pub(crate) fn of_jury(
        submission: &JurySubmission,
        constants: &Constants,
    ) -> Result<Sources, EngineError> {
        let sources = Sources::read(&submission.files)?.with_constants(constants)?;
        Ok(sources.with_entry(submission.entrypoint.clone()))
    }

    /// Puts the values of the package's constants in.
    pub(crate) fn with_constants(mut self, constants: &Constants) -> Result<Sources, EngineError> {
        for file in &mut self.files {
            let max_bytes = usize::try_from(MAX_PROGRAM_BYTES).unwrap_or(usize::MAX);
            let filled = constants
                .fill_in(&file.contents, max_bytes)
                .ok_or_else(|| {
                    let name = &file.name;
                    EngineError::Unsupported(format!(
                        "{name} is too large with its constants' values"
                    ))
                })?;
            if let Cow::Owned(filled) = filled {
                file.contents = filled;
            }
        }
        Ok(self)
    }

    /// Sets the entry point.
    pub(crate) fn with_entry(self, entry: Option<String>) -> Sources {
        Sources { entry, ..self }
    }

    pub(crate) fn entry(&self) -> Option<&str> {
        self.entry.as_deref()
    }

    /// Reads a program of a package.
    pub fn read(files: &[ProgramFile]) -> Result<Sources, EngineError> {
        let mut left_bytes = MAX_PROGRAM_BYTES;
        let mut read = Vec::new();
        for file in files {
            let contents =
                read_bounded(file, left_bytes).map_err(|source| EngineError::TestData {
                    path: file.path.clone(),
                    source,
                })?;
            left_bytes -= contents.len() as u64;
            read.push(SourceFile {
                name: file.name.clone(),
                contents,
                included: false,
            });
        }
        Ok(Sources {
            files: read,
            entry: None,
            keeps_names: false,
        })
    }

    /// Returns the size that counts against a problem's limit on code.
    pub fn size_bytes(&self) -> u64 {
        self.files
            .iter()
            .map(|file| file.contents.len() as u64)
            .sum()
    }

    /// Returns names and contents of all files.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files
            .iter()
            .map(|file| (file.name.as_str(), file.contents.as_slice()))
    }

    /// Adds the files that a package puts beside every submission. They replace files of the same name.
    pub(crate) fn with_included(
        mut self,
        included: &[&ProgramFile],
        constants: &Constants,
    ) -> Result<Sources, EngineError> {
        for file in included {
            let read = Sources::read(&[(*file).clone()])?
                .with_constants(constants)?
                .files;
            self.files.retain(|own| own.name != file.name);
            self.files.extend(read.into_iter().map(|file| SourceFile {
                included: true,
                ..file
            }));
        }
        Ok(self)
    }

    /// Prepares the files for a cell.
    pub(crate) fn assemble(&self, language: &Language) -> Result<AssembledProgram, EngineError> {
        let is_single = self.files.len() == 1;
        let mut files = Vec::new();
        let mut own_sources = Vec::new();
        for file in &self.files {
            let is_renamed = is_single && !self.keeps_names;
            let name = if is_renamed || file.name.is_empty() {
                language.source.clone()
            } else {
                checked_name(&file.name)?
            };
            if !file.included && language.has_extension(&name) {
                own_sources.push(name.clone());
            }
            files.push(workspace_file(name, &file.contents)?);
        }
        own_sources.sort();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        if files.len() > MAX_FILES {
            return Err(EngineError::Unsupported(format!(
                "the program has {} files, and at most {MAX_FILES} can be judged",
                files.len()
            )));
        }
        let names = files.iter().map(|file| &file.name);
        let sources: Vec<String> = names
            .filter(|name| language.has_extension(name))
            .cloned()
            .collect();
        let main = match &self.entry {
            Some(entry) if (self.keeps_names || !is_single) && language.has_entry_file() => {
                named_entry(&sources, entry)?
            }
            _ => entry_point(&sources, &own_sources).unwrap_or(&language.source),
        };
        let main = main.to_owned();
        Ok(AssembledProgram {
            files,
            sources,
            main,
        })
    }
}

fn read_bounded(file: &ProgramFile, limit_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(&file.path)?
        .take(limit_bytes + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit_bytes {
        return Err(io::Error::other("the program is too large"));
    }
    Ok(bytes)
}

/// Returns the name if no compiler mistakes it for an option, and no cell for a path outside.
fn checked_name(name: &str) -> Result<String, EngineError> {
    let plain = |c: char| c.is_alphanumeric() || " ._-+/()[],'&!#~=%^;@".contains(c);
    let parts_are_names = name
        .split('/')
        .all(|part| !part.is_empty() && !part.starts_with(['.', '-', '@']));
    if name.chars().all(plain) && parts_are_names {
        return Ok(name.to_owned());
    }
    Err(EngineError::Unsupported(format!(
        "a program with a file named `{}` can't be judged",
        name.escape_debug()
    )))
}

/// Returns the entry point of several sources: `__main__`, `main`, or by name the first that the
/// author wrote.
fn entry_point<'s>(sources: &'s [String], own: &'s [String]) -> Option<&'s str> {
    let stem = |name: &str| {
        let base = name.rsplit('/').next().unwrap_or_default();
        base.split('.')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    ["__main__", "main"]
        .iter()
        .find_map(|entry| sources.iter().find(|name| stem(name) == *entry))
        .or(own.first())
        .map(String::as_str)
}

/// Returns the source that the author named as entry point, with or without its extension.
fn named_entry<'s>(sources: &'s [String], entry: &str) -> Result<&'s str, EngineError> {
    let is_entry = |name: &&String| {
        name.as_str() == entry || name.rsplit_once('.').is_some_and(|(stem, _)| stem == entry)
    };
    let source = sources.iter().find(is_entry).map(String::as_str);
    source.ok_or_else(|| {
        let entry = entry.escape_debug();
        EngineError::Unsupported(format!(
            "the program should start in `{entry}`, and has no source of this name"
        ))
    })
}

/// Makes a workspace file with these contents: immutable and without a name on the host.
pub(crate) fn workspace_file(name: String, contents: &[u8]) -> Result<WorkspaceFile, EngineError> {
    let doing = "copying the source";
    let copy = sealed_copy("source", contents);
    let fd = copy.map_err(|source| EngineError::Io { doing, source })?;
    Ok(WorkspaceFile { name, fd })
}

/// Files of a program, ready for a compiler or an interpreter.
#[derive(Debug)]
pub(crate) struct AssembledProgram {
    pub files: Vec<WorkspaceFile>,
    /// Names of the files in the program's language.
    pub sources: Vec<String>,
    pub main: String,
}

impl AssembledProgram {
    /// Replaces `{sources}` and `{main}` by names.
    pub fn fill_in(&self, command: &[String]) -> Vec<String> {
        let mut filled = Vec::new();
        for argument in command {
            match argument.as_str() {
                "{sources}" => filled.extend(self.sources.iter().cloned()),
                "{main}" => filled.push(self.main.clone()),
                _ => filled.push(argument.clone()),
            }
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn main_or_first_source_is_the_entry_point() {
        for (sources, expected) in [
            (&["solution.py"][..], Some("solution.py")),
            (&["a.py", "main.py", "__main__.py"], Some("__main__.py")),
            (&["a.py", "Main.py"], Some("Main.py")),
            (&["lib/main.rs", "zz.rs"], Some("lib/main.rs")),
            (&["b.py", "c.py"], Some("b.py")),
            (&[], None),
        ] {
            let sources: Vec<String> = sources.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(entry_point(&sources, &sources), expected);
        }
    }

    #[test]
    fn named_entry_point_has_precedence() {
        let sources = ["lib/b.py", "main.py", "start.py"].map(str::to_owned);
        for (entry, expected) in [
            ("start.py", Some("start.py")),
            ("start", Some("start.py")),
            ("lib/b", Some("lib/b.py")),
            ("b.py", None),
            ("", None),
        ] {
            let source = named_entry(&sources, entry);
            assert_eq!(source.ok(), expected, "{entry}");
        }
    }

    #[test]
    fn included_file_is_an_entry_point_only_by_name() {
        let names = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        let own = names(&["solution.py"]);
        let helper = names(&["given.py", "solution.py"]);
        assert_eq!(entry_point(&helper, &own), Some("solution.py"));
        let driver = names(&["main.py", "solution.py"]);
        assert_eq!(entry_point(&driver, &own), Some("main.py"));
    }

    #[test]
    fn special_file_names_are_refused() {
        for good in [
            "a.cpp",
            "lib/graph.h",
            "my solution (1).py",
            "größe.py",
            "x!=y/it's.py",
        ] {
            assert!(checked_name(good).is_ok(), "{good}");
        }
        for bad in [
            "-o", "@file", "../a", "a//b", ".hidden", "a\nb", "$(x).py", "/a",
        ] {
            assert!(checked_name(bad).is_err(), "{bad}");
        }
    }
}
