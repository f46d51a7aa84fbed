//! A program as its author wrote it: files, and the one that it starts in.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use letscode_package::{Constants, JurySubmission, ProgramFile};
use letscode_sandbox::{InputFile, sealed_copy};

use crate::engine::EngineError;
use crate::language::Language;

/// Of all files of one program together.
const MAX_PROGRAM_BYTES: u64 = 16 << 20;
/// A cell is asked for with one message, which takes 64 descriptors.
const MAX_FILES: usize = 48;

/// The source of a program, as it was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    files: Vec<SourceFile>,
    /// The file that it starts in, where its author says so.
    entry: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct SourceFile {
    /// From the program's folder; empty for a source without a name of its own.
    name: String,
    contents: Vec<u8>,
    /// Put there by the package and not by the program's author.
    included: bool,
}

impl Sources {
    /// One source, which has no name.
    pub fn single(contents: impl Into<Vec<u8>>) -> Sources {
        Sources {
            files: vec![SourceFile {
                name: String::new(),
                contents: contents.into(),
                included: false,
            }],
            entry: None,
        }
    }

    /// A jury's solution.
    pub(crate) fn of(
        submission: &JurySubmission,
        constants: &Constants,
    ) -> Result<Sources, EngineError> {
        let sources = Sources::read(&submission.files)?.naming(constants)?;
        Ok(sources.starting_in(submission.entrypoint.clone()))
    }

    /// The package's constants have their values.
    pub(crate) fn naming(mut self, constants: &Constants) -> Result<Sources, EngineError> {
        for file in &mut self.files {
            let most = usize::try_from(MAX_PROGRAM_BYTES).unwrap_or(usize::MAX);
            let filled = constants.fill_in(&file.contents, most).ok_or_else(|| {
                let name = &file.name;
                EngineError::Unsupported(format!("{name} is too large with its constants' values"))
            })?;
            if let Cow::Owned(filled) = filled {
                file.contents = filled;
            }
        }
        Ok(self)
    }

    /// Names the file that the program starts in.
    pub(crate) fn starting_in(self, entry: Option<String>) -> Sources {
        Sources { entry, ..self }
    }

    pub(crate) fn entry(&self) -> Option<&str> {
        self.entry.as_deref()
    }

    /// Reads a program of a package.
    pub fn read(files: &[ProgramFile]) -> Result<Sources, EngineError> {
        let mut left = MAX_PROGRAM_BYTES;
        let mut read = Vec::new();
        for file in files {
            let contents = read_bounded(file, left).map_err(|source| EngineError::TestData {
                path: file.path.clone(),
                source,
            })?;
            left -= contents.len() as u64;
            read.push(SourceFile {
                name: file.name.clone(),
                contents,
                included: false,
            });
        }
        Ok(Sources {
            files: read,
            entry: None,
        })
    }

    /// What counts against a problem's limit on the size of code.
    pub fn size_bytes(&self) -> u64 {
        self.files
            .iter()
            .map(|file| file.contents.len() as u64)
            .sum()
    }

    /// Names and contents, for telling programs apart.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files
            .iter()
            .map(|file| (file.name.as_str(), file.contents.as_slice()))
    }

    /// Adds what a package puts beside every submission; a file of the same name is replaced.
    pub(crate) fn with(
        mut self,
        included: &[&ProgramFile],
        constants: &Constants,
    ) -> Result<Sources, EngineError> {
        for file in included {
            let read = Sources::read(&[(*file).clone()])?.naming(constants)?.files;
            self.files.retain(|own| own.name != file.name);
            self.files.extend(read.into_iter().map(|file| SourceFile {
                included: true,
                ..file
            }));
        }
        Ok(self)
    }

    /// The files as a cell gets them.
    pub(crate) fn assemble(&self, language: &Language) -> Result<Assembled, EngineError> {
        let alone = self.files.len() == 1;
        let mut files = Vec::new();
        let mut own_sources = Vec::new();
        for file in &self.files {
            let name = match alone || file.name.is_empty() {
                true => language.source.clone(),
                false => vetted(&file.name)?,
            };
            if !file.included && language.has_extension(&name) {
                own_sources.push(name.clone());
            }
            files.push(CellFile::new(name, &file.contents)?);
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
            Some(entry) if !alone && language.has_entry_file() => named_entry(&sources, entry)?,
            _ => entry_point(&sources, &own_sources).unwrap_or(&language.source),
        };
        let main = main.to_owned();
        Ok(Assembled {
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
    match bytes.len() as u64 > limit_bytes {
        true => Err(io::Error::other("the program is too large")),
        false => Ok(bytes),
    }
}

/// A name that neither a compiler takes for an option nor a cell for another place.
fn vetted(name: &str) -> Result<String, EngineError> {
    let plain = |c: char| c.is_alphanumeric() || " ._-+/()[],'&!#~=%^;@".contains(c);
    let parts_are_names = name
        .split('/')
        .all(|part| !part.is_empty() && !part.starts_with(['.', '-', '@']));
    match name.chars().all(plain) && parts_are_names {
        true => Ok(name.to_owned()),
        false => Err(EngineError::Unsupported(format!(
            "a program with a file named `{}` can't be judged",
            name.escape_debug()
        ))),
    }
}

/// Where a program of several sources starts: in `__main__`, in `main`, or in the first by name of
/// those that its author wrote.
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

/// The source that its author named, with or without its ending.
fn named_entry<'s>(sources: &'s [String], entry: &str) -> Result<&'s str, EngineError> {
    let is_meant = |name: &&String| {
        name.as_str() == entry || name.rsplit_once('.').is_some_and(|(stem, _)| stem == entry)
    };
    let found = sources.iter().find(is_meant).map(String::as_str);
    found.ok_or_else(|| {
        let entry = entry.escape_debug();
        EngineError::Unsupported(format!(
            "the program is to start in `{entry}`, and none of its sources is called so"
        ))
    })
}

/// A file for a cell's workspace: immutable and without a name on the host.
#[derive(Debug)]
pub(crate) struct CellFile {
    pub name: String,
    pub fd: OwnedFd,
}

impl CellFile {
    pub fn new(name: String, contents: &[u8]) -> Result<CellFile, EngineError> {
        let doing = "copying the source";
        let copy = sealed_copy("source", contents);
        let fd = copy.map_err(|source| EngineError::Io { doing, source })?;
        Ok(CellFile { name, fd })
    }

    /// A file of a package. It is read by the cell's init before the program runs, and copied.
    pub fn open(name: impl Into<String>, path: &PathBuf) -> Result<CellFile, EngineError> {
        let file = File::open(path).map_err(|source| EngineError::TestData {
            path: path.clone(),
            source,
        })?;
        Ok(CellFile {
            name: name.into(),
            fd: file.into(),
        })
    }

    pub fn as_input(&self) -> InputFile<'_> {
        InputFile {
            name: &self.name,
            contents: self.fd.as_fd(),
            executable: false,
        }
    }
}

/// A program's files, ready for a compiler or an interpreter.
#[derive(Debug)]
pub(crate) struct Assembled {
    pub files: Vec<CellFile>,
    /// The names of those that are in the program's language.
    pub sources: Vec<String>,
    pub main: String,
}

impl Assembled {
    /// Puts names in for `{sources}` and `{main}`.
    pub fn fill_in(&self, command: &[String]) -> Vec<String> {
        let mut filled = Vec::new();
        for word in command {
            match word.as_str() {
                "{sources}" => filled.extend(self.sources.iter().cloned()),
                "{main}" => filled.push(self.main.clone()),
                _ => filled.push(word.clone()),
            }
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_starts_where_its_author_expects() {
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
    fn an_author_may_name_the_entry_point() {
        let sources = ["lib/b.py", "main.py", "start.py"].map(str::to_owned);
        for (entry, expected) in [
            ("start.py", Some("start.py")),
            ("start", Some("start.py")),
            ("lib/b", Some("lib/b.py")),
            ("b.py", None),
            ("", None),
        ] {
            let found = named_entry(&sources, entry);
            assert_eq!(found.ok(), expected, "{entry}");
        }
    }

    #[test]
    fn what_a_package_adds_is_an_entry_point_only_by_its_name() {
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
    fn names_that_mean_something_to_others_are_refused() {
        for good in [
            "a.cpp",
            "lib/graph.h",
            "my solution (1).py",
            "größe.py",
            "x!=y/it's.py",
        ] {
            assert!(vetted(good).is_ok(), "{good}");
        }
        for bad in [
            "-o", "@file", "../a", "a//b", ".hidden", "a\nb", "$(x).py", "/a",
        ] {
            assert!(vetted(bad).is_err(), "{bad}");
        }
    }
}
